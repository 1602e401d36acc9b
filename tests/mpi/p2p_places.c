/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers at all kinds of places within a page, and messages that are received where others were
 * sent from. Nothing is written before or behind what is received. */
/* matrix: engine=uring */
#include "tests/lib/ringtest.h"

enum { PAGE = 4096, BYTES_MAX = 200001, ROOM = BYTES_MAX + 3 * PAGE, GUARD = 0xa5 };

static const int lengths[] = {100, 2047, 2048, 5000, 40000, BYTES_MAX};
static const int places[] = {0, 1, 8, 15, 16, 1000, PAGE - 8};

/* Memory that is not of the shared heap. */
static unsigned char static_source[ROOM], static_target[ROOM];

/* The same place in a page for all, with room in front. */
static unsigned char *base_of(unsigned char *memory)
{
    return memory + PAGE + 64 - (uintptr_t)memory % PAGE;
}

static void check_guards(const unsigned char *buffer, int bytes)
{
    for (int i = 1; i <= 64; i++) {
        CHECK_EQ(buffer[-i], GUARD);
        CHECK_EQ(buffer[bytes + i - 1], GUARD);
    }
}

static void send_around(const unsigned char *from, unsigned char *to, int bytes)
{
    MPI_Sendrecv(from, bytes, MPI_BYTE, next, 0, to, bytes, MPI_BYTE, previous, 0, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
}

static void test_place(unsigned char *from, unsigned char *to, int bytes)
{
    static uint64_t round;

    round += 1000;
    mpitest_fill(from, (size_t)bytes, round + (uint64_t)mpitest_rank);
    memset(to - 64, GUARD, (size_t)bytes + 128);
    send_around(from, to, bytes);
    CHECK_PATTERN(to, (size_t)bytes, round + (uint64_t)previous);
    check_guards(to, bytes);
}

static void test_places(unsigned char *from, unsigned char *to)
{
    for (size_t length = 0; length < sizeof lengths / sizeof lengths[0]; length++) {
        for (size_t place = 0; place < sizeof places / sizeof places[0]; place++) {
            test_place(base_of(from), base_of(to) + places[place], lengths[length]);
            test_place(base_of(from) + places[place], base_of(to), lengths[length]);
        }
    }
}

/* What all send goes around until it is back, each time from where it was received. */
static void test_handed_on(unsigned char *memory, unsigned char *other)
{
    for (size_t length = 0; length < sizeof lengths / sizeof lengths[0]; length++) {
        const size_t bytes = (size_t)lengths[length];

        mpitest_fill(memory, bytes, (uint64_t)mpitest_rank);
        for (int step = 1; step <= 4 * mpitest_size; step++) {
            send_around(memory, other, (int)bytes);
            memset(memory, GUARD, bytes);
            send_around(other, memory, (int)bytes);
            const int origin = (mpitest_rank + 2 * step * (mpitest_size - 1)) % mpitest_size;
            CHECK_PATTERN(memory, bytes, (uint64_t)origin);
        }
    }
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    ringtest_begin(ROOM);

    test_places(static_source, static_target);
    test_places(source, target);
    test_handed_on(source, target);
    ringtest_end();
    return mpitest_finish();
}
