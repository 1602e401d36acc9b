/* SPDX-License-Identifier: BSD-3-Clause */
/* Schedules by themselves: what is written down, when it is taken, and what is left afterwards.
 * That every collective can be written down is tested in coll_test.c. */
#include "coll/schedule.h"

#include <stdlib.h>

#include "base/error.h"
#include "coll/coll.h"
#include "tests/lib/unit.h"
#include "tests/unit/coll/fake.h"

static int failing_call; /* the so many-th allocation from now on fails; 0: none */

static bool fails_now(void)
{
    return failing_call > 0 && --failing_call == 0;
}

void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);

void *__wrap_calloc(size_t count, size_t bytes)
{
    return fails_now() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *memory, size_t bytes)
{
    return fails_now() ? NULL : __real_realloc(memory, bytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    return fails_now() ? NULL : __real_aligned_alloc(alignment, bytes);
}

/* A communicator of one process, for what needs no messages. */
static struct mpr_comm alone = {.object.references = 1, .size = 1};

static struct mpr_items item(int *value)
{
    return mpr_items(value, 1, mpr_type_find(MPI_INT));
}

static struct mpr_request *finish(struct mpr_coll *coll)
{
    struct mpr_request *request = NULL;
    CU_ASSERT_EQUAL_FATAL(mpr_schedule_finish(coll, &request), 0);
    return request;
}

static struct mpr_coll begin(struct mpr_comm *comm, enum mpr_schedule_use use)
{
    struct mpr_coll coll;
    CU_ASSERT_EQUAL_FATAL(mpr_schedule_begin(comm, use, &coll), 0);
    return coll;
}

static void local_work_is_done_by_the_start(void)
{
    int from = 3, middle = 0, sum = 4;
    struct mpr_coll coll = begin(&alone, MPR_SCHEDULE_AGAIN);
    mpr_coll_copy(&coll, item(&from), item(&middle));
    mpr_coll_apply(&coll, mpr_op_find(MPI_SUM), &middle, &sum, item(&sum));
    struct mpr_request *request = finish(&coll);
    CU_ASSERT(middle == 0 && sum == 4);
    CU_ASSERT_EQUAL(mpr_request_start(request), 0);
    CU_ASSERT(request->complete && request->error == 0);
    CU_ASSERT(middle == 3 && sum == 7);
    CU_ASSERT_EQUAL(mpr_schedule_active_count, 0);
    mpr_request_release(request);
}

/* Of one that is started once, as far as nothing can go wrong. */
static void first_steps_are_taken_at_once(void)
{
    int from[2] = {3, 4}, to = 0, sum = 5;
    struct mpr_coll coll = begin(&alone, MPR_SCHEDULE_ONCE);
    mpr_coll_copy(&coll, item(&from[0]), item(&to));
    mpr_coll_apply(&coll, mpr_op_find(MPI_SUM), &to, &sum, item(&sum));
    CU_ASSERT(to == 3 && sum == 8);
    struct mpr_request *request = finish(&coll);
    CU_ASSERT(request->complete && request->class->binding);
    CU_ASSERT_EQUAL(mpr_request_start(request), 0);
    CU_ASSERT(to == 3 && sum == 8);
    mpr_request_release(request);

    coll = begin(&alone, MPR_SCHEDULE_ONCE);
    mpr_coll_copy(&coll, mpr_items(from, 2, mpr_type_find(MPI_INT)), item(&to));
    mpr_coll_copy(&coll, item(&from[1]), item(&sum));
    CU_ASSERT(coll.error == 0 && sum == 8);
    request = finish(&coll);
    mpr_request_start(request);
    CU_ASSERT(request->complete && request->error == MPR_ERR_TRUNCATE);
    CU_ASSERT_EQUAL(sum, 4);
    mpr_request_release(request);
}

/* A function of the user may do anything: it is not called before the call has begun. */
static void operators_of_the_user_wait_for_the_start(void)
{
    struct mpr_op op = *mpr_op_find(MPI_SUM);
    int in = 1, out = 2;
    op.predefined = false;
    op.object.references = 1;
    struct mpr_coll coll = begin(&alone, MPR_SCHEDULE_ONCE);
    mpr_coll_apply(&coll, &op, &in, &out, item(&out));
    struct mpr_request *request = finish(&coll);
    CU_ASSERT_EQUAL(out, 2);
    mpr_request_start(request);
    CU_ASSERT_EQUAL(out, 3);
    mpr_request_release(request);
}

static void add_to_seven(struct mpr_coll *coll, void *state)
{
    int *value = state;
    mpr_coll_note(coll, *value == 7 ? 0 : MPR_ERR_ARGUMENT);
    *value += 1;
}

static void a_function_is_called_in_its_turn(void)
{
    int seven = 7, value = 0;
    struct mpr_coll coll = begin(&alone, MPR_SCHEDULE_AGAIN);
    mpr_coll_copy(&coll, item(&seven), item(&value));
    mpr_coll_call(&coll, add_to_seven, &value);
    struct mpr_request *request = finish(&coll);
    CU_ASSERT_EQUAL(value, 0);
    for (int round = 0; round < 2; round++) {
        mpr_request_start(request);
        CU_ASSERT(request->complete && request->error == 0);
        CU_ASSERT_EQUAL(value, 8);
    }
    seven = 6;
    mpr_request_start(request);
    CU_ASSERT(request->complete && request->error == MPR_ERR_ARGUMENT);
    mpr_request_release(request);
}

static void truncation_is_the_result(void)
{
    int from[2] = {1, 2}, to = 0, after = 0;
    struct mpr_coll coll = begin(&alone, MPR_SCHEDULE_AGAIN);
    mpr_coll_copy(&coll, mpr_items(from, 2, mpr_type_find(MPI_INT)), item(&to));
    mpr_coll_copy(&coll, item(&to), item(&after));
    CU_ASSERT_EQUAL(coll.error, 0);
    struct mpr_request *request = finish(&coll);
    for (int round = 0; round < 2; round++) {
        mpr_request_start(request);
        CU_ASSERT(request->complete && request->error == MPR_ERR_TRUNCATE);
        CU_ASSERT_EQUAL(after, 1);
    }
    mpr_request_release(request);
}

static void much_work_is_spread_over_passes(void)
{
    enum { COPIES = 2000 };
    int values[COPIES + 1] = {5};
    struct mpr_coll coll = begin(&alone, MPR_SCHEDULE_AGAIN);
    for (int i = 0; i < COPIES; i++) {
        mpr_coll_copy(&coll, item(&values[i]), item(&values[i + 1]));
    }
    struct mpr_request *request = finish(&coll);
    mpr_request_start(request);
    int passes = 0;
    while (!request->complete && passes < COPIES) {
        CU_ASSERT(mpr_requests_advance() > 0);
        passes++;
    }
    CU_ASSERT(passes > 1 && passes < COPIES / 10);
    CU_ASSERT_EQUAL(values[COPIES], 5);
    mpr_request_release(request);
}

static void types_and_operators_are_kept(void)
{
    struct mpr_type type = *mpr_type_find(MPI_INT);
    struct mpr_op op = *mpr_op_find(MPI_SUM);
    int in = 1, out = 2;
    type.predefined = op.predefined = false;
    type.object.references = op.object.references = 1;
    struct mpr_coll coll = begin(&alone, MPR_SCHEDULE_AGAIN);
    mpr_coll_copy(&coll, mpr_items(&in, 1, &type), mpr_items(&out, 1, &type));
    mpr_coll_apply(&coll, &op, &in, &out, mpr_items(&out, 1, &type));
    CU_ASSERT(type.object.references > 1 && op.object.references > 1);
    struct mpr_request *request = finish(&coll);
    mpr_request_start(request);
    CU_ASSERT_EQUAL(out, 2);
    mpr_request_release(request);
    CU_ASSERT(type.object.references == 1 && op.object.references == 1);
}

/* Rank 1 sends when rank 0 has found that it cannot go on. */
static void stands_body(struct mpr_comm *comm, const void *argument)
{
    (void)argument;
    int value = 0, copy = 0, go = 0;
    struct mpr_coll now;
    struct mpr_coll coll = begin(comm, MPR_SCHEDULE_AGAIN);
    mpr_coll_begin(comm, &now);
    if (comm->rank == 1) {
        value = 8;
        mpr_coll_send(&coll, item(&value), 0);
        mpr_coll_recv(&now, item(&go), 0);
        struct mpr_request *request = finish(&coll);
        mpr_request_start(request);
        CU_ASSERT_EQUAL(mpr_request_wait_all(&request, 1), 0);
        return;
    }
    mpr_coll_recv(&coll, item(&value), 1);
    mpr_coll_copy(&coll, item(&value), item(&copy));
    struct mpr_request *request = finish(&coll);
    mpr_request_start(request);
    CU_ASSERT_EQUAL(mpr_requests_advance(), 0);
    CU_ASSERT(!request->complete && copy == 0);
    CU_ASSERT_EQUAL(mpr_schedule_active_count, 1);
    mpr_coll_send(&now, item(&go), 1);
    CU_ASSERT_EQUAL(mpr_request_wait_all(&request, 1), 0);
    CU_ASSERT_EQUAL(copy, 8);
}

static void stands_until_its_message_comes(void)
{
    CU_ASSERT(fake_run(2, FAKE_SENDS_EAGER, stands_body, NULL));
}

/* The ranks start two schedules in opposite orders, and wait for them so. */
static void crossed_body(struct mpr_comm *comm, const void *argument)
{
    (void)argument;
    int out[2] = {10 + comm->rank, 20 + comm->rank}, in[2] = {0, 0};
    struct mpr_request *requests[2];
    for (int i = 0; i < 2; i++) {
        struct mpr_coll coll = begin(comm, MPR_SCHEDULE_ONCE);
        mpr_coll_sendrecv(&coll, item(&out[i]), 1 - comm->rank, item(&in[i]), 1 - comm->rank);
        requests[i] = finish(&coll);
    }
    for (int i = 0; i < 2; i++) {
        mpr_request_start(requests[i ^ comm->rank]);
    }
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(mpr_request_wait_all(&requests[i ^ comm->rank], 1), 0);
    }
    CU_ASSERT(in[0] == 11 - comm->rank && in[1] == 21 - comm->rank);
}

static void schedules_do_not_mix(void)
{
    for (int sends = 0; sends < 3; sends++) {
        CU_ASSERT(fake_run(2, (enum fake_sends)sends, crossed_body, NULL));
    }
}

enum { ROUNDS = 5 };

/* Two lasting ones, started in opposite orders by odd and even ranks, with calls in between. */
static void lasting_body(struct mpr_comm *comm, const void *argument)
{
    (void)argument;
    int in[2], out[2];
    struct mpr_request *requests[2];
    struct mpr_op *sum = mpr_op_find(MPI_SUM);
    for (int i = 0; i < 2; i++) {
        struct mpr_coll coll = begin(comm, MPR_SCHEDULE_AGAIN);
        CU_ASSERT(coll.tag < MPI_PROC_NULL);
        mpr_allreduce(&coll, &in[i], &out[i], 1, mpr_type_find(MPI_INT), sum);
        requests[i] = finish(&coll);
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct mpr_coll between;
        in[0] = round;
        in[1] = comm->rank;
        mpr_request_start(requests[comm->rank % 2]);
        mpr_coll_begin(comm, &between);
        mpr_barrier(&between);
        mpr_request_start(requests[1 - comm->rank % 2]);
        for (int i = 0; i < 2; i++) {
            struct mpr_request *kept = requests[i];
            kept->object.references++;
            CU_ASSERT_EQUAL(mpr_request_wait_all(&kept, 1), 0);
        }
        CU_ASSERT_EQUAL(out[0], round * comm->size);
        CU_ASSERT_EQUAL(out[1], comm->size * (comm->size - 1) / 2);
    }
    mpr_request_release(requests[0]);
    mpr_request_release(requests[1]);
}

static void lasting_ones_are_started_again(void)
{
    for (int size = 1; size < 10; size++) {
        fake_set_crowded(size % 2);
        CU_ASSERT(fake_run(size, FAKE_SENDS_MIXED, lasting_body, NULL));
    }
}

static void count_errors(struct mpr_coll *coll, void *state)
{
    *(int *)state += coll->error != 0;
}

/* A call with scratch memory and many steps, of which each allocation fails in turn. Functions hear
 * of it once each. Schedules that are kept for the next call are taken by others before. */
static void without_memory_nothing_is_left(void)
{
    enum { COUNT = 100000, RANKS = 64, TRIES = 100, KEPT_AT_MOST = 64 };
    static int in[COUNT], out[COUNT];
    static struct mpr_coll others[KEPT_AT_MOST + TRIES];
    int other_count = 0;
    struct mpr_comm comm = {.object.references = 1, .size = RANKS};
    int handles = mpr_handle_count(MPR_KIND_REQUEST);
    int code = MPR_ERR_NO_MEMORY, tried = 0;
    fake_set_crowded(false);
    while (other_count < KEPT_AT_MOST) {
        others[other_count++] = begin(&alone, MPR_SCHEDULE_ONCE);
    }
    while (code != 0 && tried < TRIES) {
        struct mpr_coll coll;
        others[other_count++] = begin(&alone, MPR_SCHEDULE_ONCE);
        struct mpr_request *request;
        int heard[2] = {0, 0};
        bool has_begun = false;
        failing_call = ++tried;
        code = mpr_schedule_begin(&comm, MPR_SCHEDULE_ONCE, &coll);
        if (code == 0) {
            has_begun = true;
            mpr_coll_call(&coll, count_errors, &heard[0]);
            mpr_allreduce(&coll, in, out, COUNT, mpr_type_find(MPI_INT), mpr_op_find(MPI_SUM));
            mpr_coll_call(&coll, count_errors, &heard[1]);
            code = mpr_schedule_finish(&coll, &request);
        }
        if (code == 0) {
            mpr_request_release(request);
        }
        CU_ASSERT(code == 0 || code == MPR_ERR_NO_MEMORY);
        CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_REQUEST), handles);
        CU_ASSERT_EQUAL(comm.object.references, 1);
        int expected = has_begun && code != 0;
        CU_ASSERT(heard[0] == expected && heard[1] == expected);
    }
    failing_call = 0;
    CU_ASSERT_EQUAL(code, 0);
    CU_ASSERT(tried > 5);
    for (int i = 0; i < other_count; i++) {
        mpr_request_release(finish(&others[i]));
    }
}

static void predefined_objects_start(void)
{
    CU_ASSERT_EQUAL_FATAL(mpr_type_start(), 0);
    CU_ASSERT_EQUAL_FATAL(mpr_op_start(), 0);
}

UNIT_MAIN("coll/schedule", UNIT(predefined_objects_start), UNIT(local_work_is_done_by_the_start),
          UNIT(first_steps_are_taken_at_once), UNIT(operators_of_the_user_wait_for_the_start),
          UNIT(a_function_is_called_in_its_turn), UNIT(truncation_is_the_result),
          UNIT(much_work_is_spread_over_passes), UNIT(types_and_operators_are_kept),
          UNIT(stands_until_its_message_comes), UNIT(schedules_do_not_mix),
          UNIT(lasting_ones_are_started_again), UNIT(without_memory_nothing_is_left))
