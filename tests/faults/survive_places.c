/* SPDX-License-Identifier: BSD-3-Clause */
/* The places of the program `survive`: what the ranks are doing when one of them dies. Each returns
 * in a survivor when a call has failed. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/faults/survive.h"

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static int random_bytes(uint32_t *state)
{
    const uint32_t kind = next_random(state) % 10;

    return (int)(next_random(state) % (kind < 6 ? 100 : kind < 8 ? 30000 : BYTES_MAX));
}

static void compute(void)
{
    if (rank == victim) {
        rest();
    }
    if (!DIES(MPI_Recv(in, 1, MPI_CHAR, victim, TAG_NEVER, MPI_COMM_WORLD, MPI_STATUS_IGNORE))) {
        complain("something was received");
    }
}

static void sleep_all(void)
{
    MPI_Status status;

    if (!DIES(MPI_Recv(in, 1, MPI_CHAR, MPI_ANY_SOURCE, TAG_NEVER, MPI_COMM_WORLD, &status))) {
        complain("something was received");
    }
    if (status.MPI_SOURCE != victim) {
        complain("the source is %d instead of the dead, %d", status.MPI_SOURCE, victim);
    }
}

static void drip(void)
{
    const struct timespec millisecond = {.tv_nsec = 1000000};

    if (rank == victim) {
        rest();
    }
    while (!DIES(MPI_Send(out, 1, MPI_CHAR, victim, TAG_STREAM, MPI_COMM_WORLD))) {
        nanosleep(&millisecond, NULL);
    }
}

/* The same lengths and contents in both ranks of a pair. */
static bool exchange(int other, int wave, uint32_t *state)
{
    const int bytes = random_bytes(state);
    MPI_Status status;

    fill(out, bytes, rank + wave);
    if (DIES(MPI_Sendrecv(out, bytes, MPI_CHAR, other, TAG_STREAM, in, BYTES_MAX, MPI_CHAR, other,
                          TAG_STREAM, MPI_COMM_WORLD, &status))) {
        return false;
    }
    check(in, bytes, other + wave, "a message of the star");
    return true;
}

static void star(void)
{
    uint32_t states[64];

    for (int i = 0; i < size; i++) {
        states[i] = (uint32_t)(delay_us + i);
    }
    for (int wave = 0;; wave++) {
        if (rank != victim) {
            if (!exchange(victim, wave, &states[rank])) {
                return;
            }
            continue;
        }
        for (int other = 0; other < size; other++) {
            if (other != rank) {
                exchange(other, wave, &states[other]);
            }
        }
    }
}

static void offer(void)
{
    const int favourite = (victim + 1) % size;
    int code = MPI_SUCCESS;

    while (code == MPI_SUCCESS) {
        for (int other = 0; rank == victim && other < size; other++) {
            if (other == favourite) {
                MPI_Send(out, OFFER_BYTES, MPI_CHAR, other, TAG_STREAM, MPI_COMM_WORLD);
            } else if (other != rank) {
                MPI_Recv(in, OFFER_BYTES, MPI_CHAR, other, TAG_STREAM, MPI_COMM_WORLD,
                         MPI_STATUS_IGNORE);
            }
        }
        if (rank == favourite) {
            code = MPI_Recv(in, OFFER_BYTES, MPI_CHAR, victim, TAG_STREAM, MPI_COMM_WORLD,
                            MPI_STATUS_IGNORE);
        } else if (rank != victim) {
            code = MPI_Send(out, OFFER_BYTES, MPI_CHAR, victim, TAG_STREAM, MPI_COMM_WORLD);
        }
    }
    is_death(code, "the transfer");
}

/* Waits for three requests in one of three ways. */
static int wait_for(int wave, MPI_Request requests[3])
{
    MPI_Status statuses[3];
    int code = MPI_SUCCESS, index = 0, flag = 0;

    if (wave % 3 == 0) {
        code = MPI_Waitall(3, requests, statuses);
        for (int i = 0; code == MPI_ERR_IN_STATUS && i < 3; i++) {
            code = statuses[i].MPI_ERROR != MPI_SUCCESS ? statuses[i].MPI_ERROR : code;
        }
        return code;
    }
    for (int left = 3; left > 0 && code == MPI_SUCCESS; left--) {
        if (wave % 3 == 1) {
            code = MPI_Waitany(3, requests, &index, statuses);
            continue;
        }
        for (flag = 0; !flag && code == MPI_SUCCESS;) {
            code = MPI_Testany(3, requests, &index, &flag, statuses);
        }
    }
    return code;
}

/* Two sends and a receive with the victim in flight, at last with requests left over. */
static void request_much(void)
{
    MPI_Request lasting = MPI_REQUEST_NULL, requests[3], freed;
    int code = MPI_SUCCESS;

    for (int wave = 0; code == MPI_SUCCESS; wave++) {
        for (int other = 0; other < size; other++) {
            if (other == rank || (rank != victim && other != victim)) {
                continue;
            }
            if (rank != victim && lasting == MPI_REQUEST_NULL) {
                MPI_Send_init(out, 100, MPI_CHAR, victim, TAG_STREAM, MPI_COMM_WORLD, &lasting);
            }
            const int bytes = wave % 7 * 20000;
            MPI_Irecv(in, BYTES_MAX, MPI_CHAR, other, TAG_STREAM, MPI_COMM_WORLD, &requests[0]);
            MPI_Isend(out, bytes, MPI_CHAR, other, TAG_STREAM, MPI_COMM_WORLD, &requests[1]);
            MPI_Issend(out, 8, MPI_CHAR, other, TAG_LATER, MPI_COMM_WORLD, &requests[2]);
            MPI_Irecv(in + BYTES_MAX, 8, MPI_CHAR, other, TAG_LATER, MPI_COMM_WORLD, &freed);
            MPI_Request_free(&freed);
            code = wait_for(wave, requests);
        }
    }
    is_death(code, "a request");
    if (MPI_Start(&lasting) != MPI_SUCCESS ||
        !DIES(MPI_Wait(&lasting, MPI_STATUS_IGNORE))) {
        complain("a persistent send to the dead works");
    }
    MPI_Request_free(&lasting);
}

static void probe(void)
{
    MPI_Message message;
    int flag = 0, code = MPI_SUCCESS;

    if (rank == victim) {
        rest();
    }
    switch (rank % 3) {
    case 0:
        code = MPI_Probe(victim, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        break;
    case 1:
        code = MPI_Mprobe(MPI_ANY_SOURCE, TAG_NEVER, MPI_COMM_WORLD, &message, MPI_STATUS_IGNORE);
        break;
    default:
        while (code == MPI_SUCCESS && !flag) {
            code = MPI_Iprobe(victim, TAG_NEVER, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
        }
    }
    if (!is_death(code, "a probe")) {
        complain("a probe has found something");
    }
}

static void check_sums(const int *sums, int count, int wave)
{
    for (int i = 0; i < count; i++) {
        if (sums[i] != size * (wave + i) + size * (size - 1) / 2) {
            complain("sum %d of wave %d is wrong although it was no error", i, wave);
        }
    }
}

static void set_addends(int *values, int count, int wave)
{
    for (int i = 0; i < count; i++) {
        values[i] = rank + wave + i;
    }
}

static void collective(void)
{
    int *values = (int *)(void *)out;

    for (int wave = 0;; wave++) {
        const int count = wave % 2 == 0 ? 1 + wave % 9 : wave * 991 % 30000;
        set_addends(values, count, wave);
        if (DIES(MPI_Barrier(MPI_COMM_WORLD)) ||
            DIES(MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_INT, MPI_SUM, MPI_COMM_WORLD))) {
            return;
        }
        check_sums(values, count, wave);
        if (DIES(MPI_Bcast(in, BYTES_MAX, MPI_CHAR, wave % size, MPI_COMM_WORLD)) ||
            DIES(MPI_Alltoall(out, 100, MPI_CHAR, in, 100, MPI_CHAR, MPI_COMM_WORLD))) {
            return;
        }
    }
}

/* Vectors that the ranks lend each other, the same in all waves. Who hears of the death, or has its
 * sums, writes over what others may still be reading. */
static void lend(void)
{
    enum { COUNT = 2000 };
    int *values = (int *)(void *)out, *sums = (int *)(void *)in;

    for (bool has_died = false; !has_died;) {
        set_addends(values, COUNT, 0);
        has_died = DIES(MPI_Allreduce(values, sums, COUNT, MPI_INT, MPI_SUM, MPI_COMM_WORLD)) ||
                   DIES(MPI_Bcast(sums, COUNT, MPI_INT, 0, MPI_COMM_WORLD));
        memset(values, 0xa5, COUNT * sizeof *values);
        if (!has_died) {
            check_sums(sums, COUNT, 0);
        }
    }
}

static void schedule(void)
{
    int *values = (int *)(void *)out, *sums = (int *)(void *)in;
    MPI_Request lasting = MPI_REQUEST_NULL, requests[2];
    int code;

    code = MPI_Allreduce_init(values, sums, 2000, MPI_INT, MPI_SUM, MPI_COMM_WORLD, MPI_INFO_NULL,
                              &lasting);
    for (int wave = 0; !is_death(code, "a schedule"); wave++) {
        set_addends(values, 2000, wave);
        MPI_Start(&lasting);
        code = MPI_Wait(&lasting, MPI_STATUS_IGNORE);
        if (code != MPI_SUCCESS) {
            continue;
        }
        check_sums(sums, 2000, wave);
        if ((code = MPI_Ibarrier(MPI_COMM_WORLD, &requests[0])) != MPI_SUCCESS) {
            continue;
        }
        code = MPI_Ibcast(in, BYTES_MAX, MPI_CHAR, wave % size, MPI_COMM_WORLD, &requests[1]);
        if (code != MPI_SUCCESS) {
            code = MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
            continue;
        }
        code = MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
        const int other = MPI_Wait(&requests[1], MPI_STATUS_IGNORE);
        code = code == MPI_SUCCESS ? other : code;
    }
    if (lasting != MPI_REQUEST_NULL) {
        MPI_Request_free(&lasting);
    }
}

/* More broadcasts than there is room for in the ring of one that reads nothing. When they
 * have ended with the dead, messages to that one must find their way. */
static void clog(void)
{
    enum { BROADCASTS = 2000, MESSAGES = 20 };
    static MPI_Request requests[BROADCASTS];
    const int root = (victim + size - 1) % size, idle = (victim + 1) % size;
    int count = 0;

    if (rank == idle) {
        usleep((useconds_t)delay_us + 20000);
    }
    if (rank != root || idle == root) {
        compute();
    }
    if (idle == root) {
        return; // there are but two
    }
    while (rank == root && count < BROADCASTS &&
           !DIES(MPI_Ibcast(out, 4, MPI_CHAR, root, MPI_COMM_WORLD, &requests[count]))) {
        count++;
    }
    for (int i = 0; i < count; i++) {
        DIES(MPI_Wait(&requests[i], MPI_STATUS_IGNORE));
    }
    for (int i = 0; i < MESSAGES; i++) {
        if (rank == root) {
            WORKS(MPI_Isend(out, 4, MPI_CHAR, idle, TAG_STREAM, MPI_COMM_WORLD, &requests[i]));
        } else if (rank == idle) {
            WORKS(MPI_Irecv(in, 4, MPI_CHAR, root, TAG_STREAM, MPI_COMM_WORLD, &requests[i]));
            WORKS(MPI_Wait(&requests[i], MPI_STATUS_IGNORE));
        }
    }
    if (rank == root) {
        WORKS(MPI_Waitall(MESSAGES, requests, MPI_STATUSES_IGNORE));
    }
}

static void inter(MPI_Comm between)
{
    int *values = (int *)(void *)out, *sums = (int *)(void *)in;

    for (int wave = 0;; wave++) {
        const int count = wave * 37 % 5000;
        set_addends(values, count, wave);
        if (DIES(MPI_Allreduce(values, sums, count, MPI_INT, MPI_SUM, between))) {
            return;
        }
        for (int i = 0; i < count; i++) {
            int expected = 0;
            for (int other = 1 - rank % 2; other < size; other += 2) {
                expected += other + wave + i;
            }
            if (sums[i] != expected) {
                complain("sum %d of the other group is wrong although it was no error", i);
            }
        }
        if (DIES(MPI_Barrier(between))) {
            return;
        }
    }
}

static void making(void)
{
    for (int wave = 0;; wave++) {
        MPI_Comm copy, part;
        if (DIES(MPI_Comm_dup(MPI_COMM_WORLD, &copy))) {
            return;
        }
        if (DIES(MPI_Comm_split(copy, rank % 2, 0, &part))) {
            MPI_Comm_free(&copy);
            return;
        }
        MPI_Comm_free(&part);
        MPI_Comm_free(&copy);
    }
}

static void *receive_by_name(void *byte)
{
    if (!DIES(MPI_Recv(byte, 1, MPI_CHAR, victim, TAG_NEVER, MPI_COMM_WORLD, MPI_STATUS_IGNORE))) {
        complain("something was received");
    }
    return NULL;
}

static void *wait_for_any(void *byte)
{
    MPI_Request request;
    int index;

    MPI_Irecv(byte, 1, MPI_CHAR, MPI_ANY_SOURCE, TAG_NEVER, MPI_COMM_WORLD, &request);
    if (!DIES(MPI_Waitany(1, &request, &index, MPI_STATUS_IGNORE))) {
        complain("something was received");
    }
    return NULL;
}

static void *meet(void *byte)
{
    (void)byte;
    if (!DIES(MPI_Barrier(MPI_COMM_WORLD))) {
        complain("the dead has come to a barrier");
    }
    return NULL;
}

static void wait_in_threads(void)
{
    static void *(*const bodies[])(void *) = {receive_by_name, wait_for_any, meet};
    pthread_t threads[3];

    if (rank == victim) {
        rest();
    }
    for (int i = 0; i < 3; i++) {
        if (pthread_create(&threads[i], NULL, bodies[i], in + i) != 0) {
            complain("cannot start a thread");
        }
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* Nobody waits here; MPI_Finalize must. */
static void leave_offers(void)
{
    MPI_Request requests[2];

    if (rank == victim) {
        rest();
    }
    MPI_Isend(out, OFFER_BYTES, MPI_CHAR, victim, TAG_NEVER, MPI_COMM_WORLD, &requests[0]);
    MPI_Issend(out, 1, MPI_CHAR, victim, TAG_NEVER, MPI_COMM_WORLD, &requests[1]);
    MPI_Request_free(&requests[0]);
    MPI_Request_free(&requests[1]);
    MPI_Finalize();
    note_lateness();
    exit(0);
}

void go_to_the_place(MPI_Comm between)
{
    static const struct {
        const char *name;
        void (*go)(void);
    } places[] = {
        {"start", collective},   {"compute", compute},    {"asleep", sleep_all},
        {"drip", drip},          {"star", star},          {"offer", offer},
        {"probe", probe},        {"schedule", schedule},  {"collective", collective},
        {"making", making},      {"finalize", leave_offers}, {"nonblocking", request_much},
        {"threads", wait_in_threads}, {"clog", clog},     {"lend", lend},
    };

    if (strcmp(where, "inter") == 0) {
        inter(between);
        return;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strcmp(where, places[i].name) == 0) {
            places[i].go();
            return;
        }
    }
    complain("there is no such place");
}
