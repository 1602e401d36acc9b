/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of requests: references, persistent ones, and composite ones that advance with their
 * parts. */
#include "p2p/done.h"

#include "tests/lib/unit.h"

/* A part does nothing by itself: the test completes it. */
static int start_part(struct mpr_request *request)
{
    mpr_request_activate(request);
    mpr_request_promise(request);
    return 0;
}

static const struct mpr_request_class part_class = {.start = start_part};

/* A composite request of STEPS steps with PARTS parts each. */
enum { STEPS = 3, PARTS = 4 };

struct steps {
    struct mpr_request *parts[PARTS];
    int begun;
    int advanced;
    int destroyed;
    int error;
};

static void begin_step(struct mpr_request *request)
{
    struct steps *steps = request->state;

    for (int i = 0; i < PARTS; i++) {
        steps->parts[i] = mpr_request_make(&part_class, NULL);
        mpr_request_start(steps->parts[i]);
        mpr_request_await(request, steps->parts[i]);
    }
    steps->begun++;
}

static int start_steps(struct mpr_request *request)
{
    mpr_request_activate(request);
    begin_step(request);
    return 0;
}

static int advance_steps(struct mpr_request *request)
{
    struct steps *steps = request->state;

    steps->advanced++;
    for (int i = 0; i < PARTS; i++) {
        if (steps->error == 0) {
            steps->error = steps->parts[i]->error;
        }
        mpr_request_release(steps->parts[i]);
    }
    if (steps->begun < STEPS) {
        begin_step(request);
    } else {
        mpr_request_complete(request, steps->error);
    }
    return 1;
}

static void destroy_steps(struct mpr_request *request)
{
    struct steps *steps = request->state;
    steps->destroyed++;
}

static const struct mpr_request_class steps_class = {
    .start = start_steps, .advance = advance_steps, .destroy = destroy_steps};

static struct mpr_request *make_steps(struct steps *steps)
{
    struct mpr_request *request = mpr_request_make(&steps_class, NULL);
    *steps = (struct steps){.begun = 0};
    request->state = steps;
    return request;
}

/* Completes the parts of the present step, the last one first; the last to complete has `error`. */
static void complete_parts(struct steps *steps, int error)
{
    for (int i = PARTS - 1; i >= 0; i--) {
        CU_ASSERT_EQUAL(mpr_requests_advance(), 0);
        mpr_request_complete(steps->parts[i], i == 0 ? error : 0);
    }
}

static void lives_as_long_as_it_is_held(void)
{
    int open = mpr_handle_count(MPR_KIND_REQUEST);
    struct mpr_request *request = mpr_request_make(&part_class, NULL);
    MPI_Request handle = mpr_request_handle(request);

    mpr_request_start(request);
    CU_ASSERT_EQUAL(mpr_request_promised, 1);
    mpr_request_release(request);
    CU_ASSERT_PTR_EQUAL(mpr_request_find(handle), request); // the transport has it
    mpr_request_complete(request, 0);
    CU_ASSERT_PTR_NULL(mpr_request_find(handle));
    CU_ASSERT_EQUAL(mpr_request_promised, 0);
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_REQUEST), open);
}

static void starts_again(void)
{
    struct mpr_request *request = mpr_request_make(&part_class, NULL);
    MPI_Request handle = mpr_request_handle(request);

    for (int i = 0; i < 3; i++) {
        mpr_request_start(request);
        CU_ASSERT_FALSE(request->complete);
        mpr_request_complete(request, i);
        CU_ASSERT_TRUE(request->complete);
        CU_ASSERT_EQUAL(request->error, i);
        CU_ASSERT_PTR_EQUAL(mpr_request_find(handle), request);
    }
    mpr_request_release(request);
    CU_ASSERT_PTR_NULL(mpr_request_find(handle));
}

static void advances_when_its_parts_are_complete(void)
{
    struct steps steps;
    struct mpr_request *request = make_steps(&steps);

    for (int round = 0; round < 2; round++) { // the second time as a persistent request would
        steps.begun = 0;
        steps.advanced = 0;
        mpr_request_start(request);
        for (int step = 1; step <= STEPS; step++) {
            CU_ASSERT_EQUAL(steps.begun, step);
            complete_parts(&steps, step == 2 ? round : 0);
            CU_ASSERT_FALSE(request->complete); // not from within a completion
            CU_ASSERT_EQUAL(mpr_requests_advance(), 1);
            CU_ASSERT_EQUAL(steps.advanced, step);
        }
        CU_ASSERT_TRUE(request->complete);
        CU_ASSERT_EQUAL(request->error, round);
    }
    CU_ASSERT_EQUAL(mpr_requests_advance(), 0);
    CU_ASSERT_EQUAL(steps.destroyed, 0);
    mpr_request_release(request);
    CU_ASSERT_EQUAL(steps.destroyed, 1);
}

static void completes_unseen(void)
{
    struct steps steps;
    struct mpr_request *request = make_steps(&steps);

    mpr_request_start(request);
    mpr_request_release(request);
    for (int step = 1; step <= STEPS; step++) {
        complete_parts(&steps, 0);
        CU_ASSERT_EQUAL(steps.destroyed, 0);
        CU_ASSERT_EQUAL(mpr_requests_advance(), 1);
    }
    CU_ASSERT_EQUAL(steps.destroyed, 1);
}

static void does_not_await_what_is_complete(void)
{
    struct steps steps;
    struct mpr_request *request = make_steps(&steps);
    struct mpr_request *part = mpr_request_make(&part_class, NULL);

    mpr_request_activate(request);
    mpr_request_start(part);
    mpr_request_complete(part, 0);
    mpr_request_await(request, part);
    CU_ASSERT_EQUAL(request->awaited_count, 0);
    CU_ASSERT_EQUAL(mpr_requests_advance(), 0);
    mpr_request_release(part);
    mpr_request_complete(request, 0);
    mpr_request_release(request);
}

/* Of a receive that was done at once. */
static void is_born_done(void)
{
    int open = mpr_handle_count(MPR_KIND_REQUEST);
    struct mpr_request *request = mpr_request_make_done(&mpr_recv_class, 3, 5, 7);
    MPI_Status status;

    CU_ASSERT_PTR_NOT_NULL_FATAL(request);
    if (request == NULL) { // which the compiler does not see otherwise
        return;
    }
    MPI_Request handle = mpr_request_handle(request);
    CU_ASSERT_PTR_EQUAL(mpr_request_find_held(handle), request);
    CU_ASSERT_TRUE(request->born_done && request->complete && request->active);
    mpr_request_status(request, &status);
    CU_ASSERT_TRUE(status.MPI_SOURCE == 3 && status.MPI_TAG == 5 && mpr_status_bytes(&status) == 7);
    request->freed = true; // as MPI_Request_free has it
    mpr_request_release(request);
    CU_ASSERT_PTR_NULL(mpr_request_find(handle));
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_REQUEST), open);

    CU_ASSERT_PTR_EQUAL_FATAL(mpr_request_make_done(&mpr_recv_class, 4, 6, 8),
                              request); // in the same memory
    CU_ASSERT_NOT_EQUAL(mpr_request_handle(request), handle);
    CU_ASSERT_PTR_EQUAL(mpr_request_find_held(mpr_request_handle(request)), request);
    mpr_done_release(request);
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_REQUEST), open);
}

/* Of all sends that were done at once. */
static void is_shared(void)
{
    CU_ASSERT_EQUAL(mpr_done_start(), 0);
    MPI_Request handle = mpr_request_handle(&mpr_request_sent);

    for (int i = 0; i < 3; i++) {
        CU_ASSERT_PTR_EQUAL(mpr_request_share_sent(), &mpr_request_sent);
    }
    mpr_done_release(&mpr_request_sent);
    mpr_request_release(&mpr_request_sent);
    mpr_request_release(&mpr_request_sent);
    CU_ASSERT_PTR_EQUAL(mpr_request_find_held(handle), &mpr_request_sent);
}

/* A composite request as the only part of another one. */
static int start_outer(struct mpr_request *request)
{
    struct mpr_request *inner = request->state;

    mpr_request_activate(request);
    mpr_request_start(inner);
    mpr_request_await(request, inner);
    return 0;
}

static int advance_outer(struct mpr_request *request)
{
    mpr_request_complete(request, 0);
    return 1;
}

static const struct mpr_request_class outer_class = {.start = start_outer,
                                                     .advance = advance_outer};

static void is_a_part_itself(void)
{
    struct steps steps;
    struct mpr_request *inner = make_steps(&steps);
    struct mpr_request *outer = mpr_request_make(&outer_class, NULL);

    outer->state = inner;
    mpr_request_start(outer);
    for (int step = 1; step <= STEPS; step++) {
        complete_parts(&steps, 0);
        CU_ASSERT_EQUAL(mpr_requests_advance(), 1);
    }
    CU_ASSERT_TRUE(inner->complete);
    CU_ASSERT_FALSE(outer->complete);
    CU_ASSERT_EQUAL(mpr_requests_advance(), 1); // the outer one's turn is a pass of its own
    CU_ASSERT_TRUE(outer->complete);
    mpr_request_release(inner);
    mpr_request_release(outer);
}

/* One that asks to be called in each pass. */
static int start_polled(struct mpr_request *request)
{
    mpr_request_activate(request);
    mpr_request_advance_soon(request);
    mpr_request_advance_soon(request); // as good as once
    return 0;
}

static int advance_polled(struct mpr_request *request)
{
    int *looks = request->state;

    if (++*looks == 3) {
        mpr_request_complete(request, 0);
        return 1;
    }
    mpr_request_advance_soon(request);
    return 0;
}

static const struct mpr_request_class polled_class = {.start = start_polled,
                                                      .advance = advance_polled};

static void advances_once_in_a_pass(void)
{
    int looks[2] = {0, 0};
    struct mpr_request *requests[2];

    for (int i = 0; i < 2; i++) {
        requests[i] = mpr_request_make(&polled_class, NULL);
        requests[i]->state = &looks[i];
        mpr_request_start(requests[i]);
    }
    CU_ASSERT_EQUAL(mpr_requests_advance(), 0);
    CU_ASSERT_EQUAL(looks[0], 1);
    CU_ASSERT_EQUAL(looks[1], 1);
    CU_ASSERT_EQUAL(mpr_requests_advance(), 0);
    CU_ASSERT_EQUAL(mpr_requests_advance(), 2);
    CU_ASSERT_EQUAL(mpr_requests_advance(), 0);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_TRUE(requests[i]->complete);
        CU_ASSERT_EQUAL(looks[i], 3);
        mpr_request_release(requests[i]);
    }
}

UNIT_MAIN("request", UNIT(lives_as_long_as_it_is_held), UNIT(starts_again),
          UNIT(advances_when_its_parts_are_complete), UNIT(completes_unseen),
          UNIT(is_born_done), UNIT(is_shared),
          UNIT(does_not_await_what_is_complete), UNIT(is_a_part_itself),
          UNIT(advances_once_in_a_pass))
