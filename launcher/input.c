/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies standard input to all ranks, a piece at a time: the next piece is read when the slowest
 * rank has room for it. A rank that reads no more is left out. */
#include "launcher/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/compiler.h"

#define PIECE_BYTES 16384

struct outlet {
    struct mpr_engine_op write;
    struct mpr_input *input;
    int fd; // -1: closed
    size_t written_bytes;
};

struct mpr_input {
    struct mpr_engine_op read;
    struct mpr_engine *engine;
    int source_fd;
    int rank_count;
    int busy_count; // outlets that have not taken the present piece
    size_t piece_bytes;
    struct outlet *outlets;
    char piece[PIECE_BYTES];
};

static void close_outlet(struct outlet *outlet)
{
    if (outlet->fd >= 0) {
        close(outlet->fd);
        outlet->fd = -1;
    }
}

static void start_write(struct outlet *outlet)
{
    struct mpr_input *input = outlet->input;

    mpr_engine_write(input->engine, &outlet->write, outlet->fd,
                     input->piece + outlet->written_bytes,
                     input->piece_bytes - outlet->written_bytes);
}

static void written(struct mpr_engine_op *op, int result)
{
    struct outlet *outlet = mpr_container_of(op, struct outlet, write);
    struct mpr_input *input = outlet->input;

    if (result >= 0) {
        outlet->written_bytes += (size_t)result;
        if (outlet->written_bytes < input->piece_bytes) {
            start_write(outlet);
            return;
        }
    } else {
        close_outlet(outlet);
    }
    if (--input->busy_count == 0 && result != -ECANCELED) {
        mpr_input_start(input);
    }
}

static void arrived(struct mpr_engine_op *op, int result)
{
    struct mpr_input *input = mpr_container_of(op, struct mpr_input, read);

    for (int rank = 0; rank < input->rank_count; rank++) {
        struct outlet *outlet = &input->outlets[rank];
        if (result <= 0) {
            close_outlet(outlet);
        } else if (outlet->fd >= 0) {
            input->busy_count++;
            input->piece_bytes = (size_t)result;
            outlet->written_bytes = 0;
            start_write(outlet);
        }
    }
}

int mpr_input_create(struct mpr_input **created, struct mpr_engine *engine, int source_fd,
                     int rank_count)
{
    struct mpr_input *input = calloc(1, sizeof(*input));
    if (input == NULL) {
        return -ENOMEM;
    }
    input->outlets = calloc((size_t)rank_count, sizeof(*input->outlets));
    if (input->outlets == NULL) {
        free(input);
        return -ENOMEM;
    }
    for (int rank = 0; rank < rank_count; rank++) {
        input->outlets[rank] = (struct outlet){.write.complete = written, .input = input, .fd = -1};
    }
    input->read.complete = arrived;
    input->engine = engine;
    input->source_fd = source_fd;
    input->rank_count = rank_count;
    *created = input;
    return 0;
}

void mpr_input_destroy(struct mpr_input *input)
{
    if (input == NULL) {
        return;
    }
    for (int rank = 0; rank < input->rank_count; rank++) {
        close_outlet(&input->outlets[rank]);
    }
    free(input->outlets);
    free(input);
}

int mpr_input_open(struct mpr_input *input, int rank)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0) {
        return -errno;
    }
    input->outlets[rank].fd = fds[1];
    return fds[0];
}

void mpr_input_start(struct mpr_input *input)
{
    bool has_readers = false;

    for (int rank = 0; rank < input->rank_count; rank++) {
        has_readers |= input->outlets[rank].fd >= 0;
    }
    if (has_readers) {
        mpr_engine_read(input->engine, &input->read, input->source_fd, input->piece,
                        sizeof(input->piece));
    }
}
