/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared values and arrays: the elements lie at home, and every call on them is one message there
 * and one back, so that home's order is the order for all. A caller that dies has changed
 * everything or nothing; with home, the values are gone. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pool/error.h"
#include "pool/hash.h"
#include "pool/object.h"

enum { GET, SET, UPDATE, SWAP };

enum { ELEMENT_BYTES_MAX = 64 };

static const char create_name[] = "mp_array_create";

struct mp_array {
    struct mpp_object object;
    MPI_Datatype type;
    size_t element_bytes;
    int64_t count;
    char *elements; /* at home */
    char *scratch;  /* at home: the elements as they were */
    unsigned fitting_ops; /* operators that are known to fit the type: a bit for each place */
};

/* What travels before the data of a call. */
struct range {
    int64_t first;
    int64_t count;
    int64_t op; /* place in the list of operators */
};

/* ---- operators, by their place in this list, because handles differ between processes ---- */

static MPI_Op op_at(int64_t place)
{
    const MPI_Op ops[] = {MPI_SUM,    MPI_PROD,   MPI_MAX,     MPI_MIN,  MPI_LAND,
                          MPI_LOR,    MPI_LXOR,   MPI_BAND,    MPI_BOR,  MPI_BXOR,
                          MPI_MAXLOC, MPI_MINLOC, MPI_REPLACE, MPI_NO_OP};
    int64_t count = (int64_t)(sizeof ops / sizeof *ops);
    return place < count ? ops[place] : MPI_OP_NULL;
}

/* Returns the place, or -1 for an operator of the user's. */
static int64_t place_of(MPI_Op op)
{
    int64_t place = 0;
    while (op_at(place) != MPI_OP_NULL && op_at(place) != op) {
        place++;
    }
    return op_at(place) == MPI_OP_NULL ? -1 : place;
}

static int combine(const struct mp_array *array, const void *operands, void *elements,
                   int64_t count, MPI_Op op)
{
    if (op == MPI_REPLACE) {
        memcpy(elements, operands, (size_t)count * array->element_bytes);
        return MPI_SUCCESS;
    }
    return op == MPI_NO_OP ? MPI_SUCCESS
                           : MPI_Reduce_local(operands, elements, (int)count, array->type, op);
}

/* ---- at home ---- */

static void answer_with(struct mp_array *array, const struct mpp_ticket *ticket,
                        const void *elements, int64_t count)
{
    mpp_answer(&array->object, ticket, MPP_OK, 0, elements, (size_t)count * array->element_bytes);
}

/* Changes the elements and answers with what they were, where that is wanted. */
static void serve_change(struct mp_array *array, const struct mpp_ticket *ticket,
                         const struct range *range, const char *operands)
{
    char *elements = array->elements + (size_t)range->first * array->element_bytes;
    size_t bytes = (size_t)range->count * array->element_bytes;
    int wants_before = ticket->value != 0;
    if (wants_before) {
        memcpy(array->scratch, elements, bytes);
    }
    if (ticket->operation == UPDATE) {
        combine(array, operands, elements, range->count, op_at(range->op));
    } else if (ticket->operation == SET) {
        memcpy(elements, operands, bytes);
    } else if (!memcmp(elements, operands, bytes)) {
        memcpy(elements, operands + bytes, bytes);
    }
    answer_with(array, ticket, array->scratch, wants_before ? range->count : 0);
}

static void serve(struct mpp_object *object, const struct mpp_ticket *ticket, const void *data,
                  size_t bytes)
{
    struct mp_array *array = (struct mp_array *)object;
    struct range range;
    (void)bytes;
    memcpy(&range, data, sizeof range);
    if (ticket->operation == GET) {
        answer_with(array, ticket, array->elements + (size_t)range.first * array->element_bytes,
                    range.count);
    } else {
        serve_change(array, ticket, &range, (const char *)data + sizeof range);
    }
}

static const struct mpp_class array_class = {.name = "array", .serve = serve};

/* ---- life ---- */

/* A type that MPI defines, whose elements lie one after the other: its size, or 0; *name is a
 * number that tells it from the others in all processes. */
static size_t size_of(MPI_Datatype type, int64_t *name)
{
    int integers = 0;
    int addresses = 0;
    int types = 0;
    int combiner = MPI_COMBINER_NAMED + 1;
    MPI_Aint lower = 0;
    MPI_Aint extent = 0;
    char text[MPI_MAX_OBJECT_NAME] = "";
    int length = 0;
    if (type == MPI_DATATYPE_NULL ||
        MPI_Type_get_envelope(type, &integers, &addresses, &types, &combiner) ||
        combiner != MPI_COMBINER_NAMED || MPI_Type_get_extent(type, &lower, &extent) ||
        MPI_Type_get_name(type, text, &length)) {
        return 0;
    }
    *name = (int64_t)(mpp_hash(MPP_HASH_START, text, (size_t)length) >> 1);
    return extent > 0 && extent <= ELEMENT_BYTES_MAX ? (size_t)extent : 0;
}

static void free_array(struct mp_array *array)
{
    if (array) {
        free(array->elements);
        free(array->scratch);
        free(array);
    }
}

static struct mp_array *new_array(MPI_Datatype type, size_t element_bytes, int64_t count,
                                  int is_home, const void *initial)
{
    struct mp_array *array = calloc(1, sizeof *array);
    if (!array) {
        return NULL;
    }
    array->type = type;
    array->element_bytes = element_bytes;
    array->count = count;
    if (!is_home) {
        return array;
    }
    array->elements = calloc((size_t)count + 1, element_bytes);
    array->scratch = malloc(((size_t)count + 1) * element_bytes);
    if (!array->elements || !array->scratch) {
        free_array(array);
        return NULL;
    }
    if (initial) {
        memcpy(array->elements, initial, (size_t)count * element_bytes);
    }
    return array;
}

int mp_array_create(MPI_Comm comm, int home, MPI_Datatype type, int64_t count, const void *initial,
                    mp_array **array)
{
    struct mpp_channel *channel = NULL;
    int64_t name = 0;
    int error = mpp_object_prepare(comm, home, array, &channel, create_name);
    if (error) {
        return error;
    }
    size_t element_bytes = size_of(type, &name);
    if (!element_bytes || count < 0 || count > INT32_MAX / (int64_t)element_bytes) {
        mpp_channel_release(channel);
        return element_bytes
                   ? mpp_bad_argument(comm, create_name, "%lld elements: from 0 to 2 GiB of them",
                                      (long long)count)
                   : mpp_bad_argument(comm, create_name, "the type is none that MPI defines");
    }
    int64_t facts[] = {name, (int64_t)element_bytes, count};
    struct mp_array *made = new_array(type, element_bytes, count, channel->rank == home, initial);
    error = mpp_object_open(made ? &made->object : NULL, &array_class, channel, home, facts, 3, 1,
                            create_name);
    if (error) {
        free_array(made);
        made = NULL;
    }
    *array = made;
    return error;
}

int mp_array_free(mp_array **array)
{
    if (!array || !*array) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__, "the array is a null pointer");
    }
    int error = mpp_object_close(&(*array)->object, __func__);
    free_array(*array);
    *array = NULL;
    return error;
}

/* ---- calls ---- */

static int check(const mp_array *array, int64_t first, int64_t count, const void *values,
                 const char *function)
{
    if (!array || (!values && count)) {
        return mpp_bad_argument(MPI_COMM_NULL, function,
                                "the array, or the place of the values, is a null pointer");
    }
    if (first < 0 || count < 0 || first > array->count || count > array->count - first) {
        return mpp_misuse(MP_ERROR_SIZE, array->object.channel->user_comm, function,
                          "%lld elements from %lld on: the array has %lld", (long long)count,
                          (long long)first, (long long)array->count);
    }
    return MPI_SUCCESS;
}

/* Calls with the range and up to two rows of operands. */
static int do_call(mp_array *array, uint16_t operation, const struct range *range,
                   const void *operands, const void *more, void *answer, const char *function)
{
    size_t bytes = (size_t)range->count * array->element_bytes;
    char small[sizeof *range + 2 * ELEMENT_BYTES_MAX];
    size_t total = sizeof *range + (operands ? bytes : 0) + (more ? bytes : 0);
    char *data = total <= sizeof small ? small : malloc(total);
    if (!data) {
        return mpp_no_memory(array->object.channel->user_comm, function, total);
    }
    memcpy(data, range, sizeof *range);
    if (operands) {
        memcpy(data + sizeof *range, operands, bytes);
    }
    if (more) {
        memcpy(data + sizeof *range + bytes, more, bytes);
    }
    struct mpp_call call = {.operation = operation,
                            .value = answer != NULL,
                            .data = data,
                            .bytes = total,
                            .answer = answer,
                            .room = bytes,
                            .timeout = MP_FOREVER};
    int result = mpp_object_call(&array->object, &call);
    if (data != small) {
        free(data);
    }
    return mpp_object_error(&array->object, result, function);
}

int mp_array_get(mp_array *array, int64_t first, int64_t count, void *values)
{
    struct range range = {.first = first, .count = count};
    int error = check(array, first, count, values, __func__);
    return error ? error : do_call(array, GET, &range, NULL, NULL, values, __func__);
}

int mp_array_set(mp_array *array, int64_t first, int64_t count, const void *values)
{
    struct range range = {.first = first, .count = count};
    int error = check(array, first, count, values, __func__);
    return error ? error : do_call(array, SET, &range, values, NULL, NULL, __func__);
}

/* Whether the operator works with the array's type: MPI says so itself, as an error on
 * MPI_COMM_SELF, which is not to end the job. */
static int try_op(const mp_array *array, MPI_Op op)
{
    char zero[ELEMENT_BYTES_MAX] __attribute__((aligned(16))) = {0};
    char element[ELEMENT_BYTES_MAX] __attribute__((aligned(16))) = {0};
    MPI_Errhandler before = mpp_hush_self();
    int error = combine(array, zero, element, 1, op);
    mpp_unhush_self(before);
    return error;
}

/* The same, once for each operator. */
static int check_op(mp_array *array, int64_t place, const char *function)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int error = MPI_SUCCESS;
    pthread_mutex_lock(&lock);
    if (!(array->fitting_ops >> place & 1)) {
        error = try_op(array, op_at(place));
        array->fitting_ops |= (unsigned)!error << place;
    }
    pthread_mutex_unlock(&lock);
    return error ? mpp_raise_from_mpi(error, array->object.channel->user_comm, function)
                 : MPI_SUCCESS;
}

int mp_array_update(mp_array *array, int64_t first, int64_t count, MPI_Op op, const void *operands,
                    void *before)
{
    struct range range = {.first = first, .count = count, .op = place_of(op)};
    int error = check(array, first, count, operands, __func__);
    if (error) {
        return error;
    }
    if (range.op < 0) {
        return mpp_bad_argument(array->object.channel->user_comm, __func__,
                                "the operator is none that MPI defines");
    }
    error = check_op(array, range.op, __func__);
    return error ? error : do_call(array, UPDATE, &range, operands, NULL, before, __func__);
}

int mp_array_compare_swap(mp_array *array, int64_t index, const void *expected, const void *desired,
                          void *before)
{
    struct range range = {.first = index, .count = 1};
    int error = check(array, index, 1, expected && desired ? before : NULL, __func__);
    return error ? error : do_call(array, SWAP, &range, expected, desired, before, __func__);
}
