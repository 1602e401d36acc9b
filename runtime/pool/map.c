/* SPDX-License-Identifier: BSD-3-Clause */
/* Maps over arrays, and the single task that is waited for. */
#include <stdlib.h>
#include <string.h>

#include "pool/array_work.h"
#include "pool/clock.h"
#include "pool/error.h"
#include "pool/pool.h"

/* ---- the class: inputs and outputs are the user's arrays ---- */

static const void *inputs(struct mpp_work *work, int64_t first, int64_t count,
                          struct mpp_buffer *scratch)
{
    const struct mpp_array_work *array = (const struct mpp_array_work *)work;
    if (!array->columns) {
        return work->input_bytes ? array->input + (size_t)first * work->input_bytes : "";
    }
    scratch->used = 0;
    char *rows = mpp_buffer_reserve(scratch, (size_t)count * work->input_bytes);
    for (int i = 0; rows && i < array->column_count; i++) {
        const mp_column *column = &array->columns[i];
        const char *from = (const char *)column->items + (size_t)first * column->item_bytes;
        for (int64_t row = 0; row < count; row++) {
            memcpy(rows + (size_t)row * work->input_bytes + column->offset, from,
                   column->item_bytes);
            from += column->item_bytes;
        }
    }
    return rows;
}

static char *outputs(struct mpp_work *work, int64_t first)
{
    return ((struct mpp_array_work *)work)->output + (size_t)first * work->output_bytes;
}

static mp_bytes *bytes_of(struct mpp_work *work, int64_t index)
{
    return (mp_bytes *)((struct mpp_array_work *)work)->output + index;
}

static int keep(struct mpp_work *work, int64_t index, const void *data, size_t bytes)
{
    mp_bytes *place = bytes_of(work, index);
    *place = (mp_bytes){0};
    if (!bytes) {
        return 0;
    }
    place->data = malloc(bytes);
    if (!place->data) {
        return -1;
    }
    memcpy(place->data, data, bytes);
    place->bytes = bytes;
    return 0;
}

const struct mpp_work_class mpp_array_work_class = {
    .inputs = inputs,
    .outputs = outputs,
    .keep = keep,
};

/* ---- the calls ---- */

static int is_done(const void *what)
{
    return mpp_work_is_done(what);
}

/* Outputs are written while others of the inputs are still needed. */
static int overlap(const void *input, size_t input_bytes, const void *output, size_t output_bytes)
{
    uintptr_t in = (uintptr_t)input;
    uintptr_t out = (uintptr_t)output;
    return input && output && in < out + output_bytes && out < in + input_bytes;
}

static int check_arrays(mp_pool *pool, const struct mpp_array_work *array, int64_t count,
                        size_t input_bytes, size_t output_bytes, const char *name)
{
    if (count > 0 && input_bytes && !array->input && !array->columns) {
        return mpp_bad_argument(pool->user_comm, name, "input is null, with %lld tasks",
                                (long long)count);
    }
    if (count > 0 && output_bytes && !array->output) {
        return mpp_bad_argument(pool->user_comm, name, "output is null, with %lld tasks",
                                (long long)count);
    }
    size_t output_room = output_bytes == MP_VARIABLE ? sizeof(mp_bytes) : output_bytes;
    if (count > 0 && overlap(array->input, (size_t)count * input_bytes, array->output,
                             (size_t)count * output_room)) {
        return mpp_bad_argument(pool->user_comm, name,
                                "input and output overlap: give the outputs an array of their own");
    }
    return MPI_SUCCESS;
}

/* Adds a work over arrays to a pool that has been entered. */
static int begin(mp_pool *pool, struct mpp_array_work *array, mp_function *function, int64_t count,
                 size_t input_bytes, size_t output_bytes, const mp_options *options,
                 const char *name)
{
    array->work.class = &mpp_array_work_class;
    int error = check_arrays(pool, array, count, input_bytes, output_bytes, name);
    if (!error) {
        error = mpp_pool_prepare(pool, &array->work, function, count, input_bytes, output_bytes,
                                 options, name);
    }
    if (!error) {
        if (output_bytes == MP_VARIABLE && count > 0) {
            memset(array->output, 0, (size_t)count * sizeof(mp_bytes));
        }
        mpp_pool_add(pool, &array->work);
    }
    return error;
}

static int run(mp_pool *pool, struct mpp_array_work *array, mp_function *function, int64_t count,
               size_t input_bytes, size_t output_bytes, const mp_options *options, const char *name)
{
    int error = mpp_pool_enter(pool, name, 0);
    if (error) {
        return error;
    }
    error = begin(pool, array, function, count, input_bytes, output_bytes, options, name);
    if (!error) {
        mpp_pool_wait(pool, is_done, array, MPP_NEVER);
        mpp_pool_remove(pool, &array->work);
        error =
            pool->is_interrupted
                ? mpp_state(MP_ERROR_INTERRUPTED, name, "interrupted: %lld of %lld tasks are done",
                            (long long)array->work.done_count, (long long)count)
                : mpp_work_error(&array->work, name);
        mpp_pool_keep_failures(pool, &array->work);
        mpp_work_clear(&array->work);
    }
    mpp_pool_leave(pool);
    return error;
}

int mp_pool_map(mp_pool *pool, mp_function *function, const void *input, int64_t count,
                size_t input_bytes, void *output, size_t output_bytes, const mp_options *options)
{
    struct mpp_array_work array = {.input = input, .output = output};
    return run(pool, &array, function, count, input_bytes, output_bytes, options, "mp_pool_map");
}

int mp_pool_apply(mp_pool *pool, mp_function *function, const void *input, size_t input_bytes,
                  void *output, size_t output_bytes, const mp_options *options)
{
    struct mpp_array_work array = {.input = input, .output = output};
    return run(pool, &array, function, 1, input_bytes, output_bytes, options, "mp_pool_apply");
}

int mpp_check_columns(const mp_pool *pool, const mp_column *columns, int column_count,
                      size_t input_bytes, const char *name)
{
    MPI_Comm comm = pool ? pool->user_comm : MPI_COMM_SELF;
    if (!columns || column_count < 1) {
        return mpp_bad_argument(comm, name, "there are no columns");
    }
    for (int i = 0; i < column_count; i++) {
        if (columns[i].offset > input_bytes
            || columns[i].item_bytes > input_bytes - columns[i].offset) {
            return mpp_misuse(
                MP_ERROR_SIZE, comm, name,
                "column %d, of %zu bytes at offset %zu, does not fit into an input of %zu", i,
                columns[i].item_bytes, columns[i].offset, input_bytes);
        }
    }
    return MPI_SUCCESS;
}

int mp_pool_starmap(mp_pool *pool, mp_function *function, const mp_column *columns,
                    int column_count, int64_t count, size_t input_bytes, void *output,
                    size_t output_bytes, const mp_options *options)
{
    static const char name[] = "mp_pool_starmap";
    int error = mpp_check_columns(pool, columns, column_count, input_bytes, name);
    struct mpp_array_work array = {
        .columns = columns, .column_count = column_count, .output = output};
    return error ? error
                 : run(pool, &array, function, count, input_bytes, output_bytes, options, name);
}
