/* SPDX-License-Identifier: BSD-3-Clause */
/* How the members of a new communicator agree, seen from one of them. The other members are played
 * by the test: it takes the place of the collectives, and makes allocations fail. */
#include "coll/newcomm.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/coll.h"
#include "comm/errhandler.h"
#include "shm/context.h"
#include "shm/job.h"
#include "tests/lib/unit.h"

enum { SIZE = 4, THEIR_CONTEXT = (int)MPR_CONTEXT_PLANES * 555 };

/* What the other members do. */
static struct {
    int64_t offer;                /* of all of them together: the least one */
    int reduction_code;           /* of mpr_allreduce() itself */
    int colors[SIZE], keys[SIZE]; /* by rank */
    int64_t offered;              /* by the member under test, last */
} others;

static int world_references; /* to MPI_COMM_WORLD's group, before a test */
static int calloc_failures; /* so many calls fail from now on */

void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void __wrap_mpr_allreduce(struct mpr_coll *coll, const void *sendbuf, void *recvbuf,
                          MPI_Count count, struct mpr_type *type, struct mpr_op *op);
void __wrap_mpr_allgather(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                          struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                          struct mpr_type *recvtype);

void *__wrap_calloc(size_t count, size_t bytes)
{
    if (calloc_failures > 0) {
        calloc_failures--;
        return NULL;
    }
    return __real_calloc(count, bytes);
}

/* The minimum of the member's offers and the others'. */
void __wrap_mpr_allreduce(struct mpr_coll *coll, const void *sendbuf, void *recvbuf,
                          MPI_Count count, struct mpr_type *type, struct mpr_op *op)
{
    int64_t *offers = recvbuf;

    CU_ASSERT_PTR_EQUAL(sendbuf, MPI_IN_PLACE);
    CU_ASSERT_PTR_EQUAL(coll->comm, mpr_comm_world);
    CU_ASSERT(type == mpr_type_find(MPI_INT64_T) && op == mpr_op_find(MPI_MIN));
    others.offered = offers[0];
    for (MPI_Count i = 0; i < count; i++) {
        if (others.offer < offers[i]) {
            offers[i] = others.offer;
        }
    }
    coll->error = others.reduction_code;
}

/* Wishes are color, key and rank. */
void __wrap_mpr_allgather(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                          struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                          struct mpr_type *recvtype)
{
    int *wishes = recvbuf;

    CU_ASSERT(sendtype == mpr_type_byte && recvtype == mpr_type_byte);
    CU_ASSERT(sendcount == 3 * (MPI_Count)sizeof(int) && recvcount == sendcount);
    for (int rank = 0; rank < coll->size; rank++) {
        const int wish[] = {others.colors[rank], others.keys[rank], rank};
        memcpy(wishes + 3 * rank, wish, sizeof(wish));
    }
    memcpy(wishes + 3 * coll->rank, sendbuf, (size_t)sendcount);
}

static void start(int rank)
{
    const struct mpr_tunables tunables = {.pool_bytes = 64 << 10};
    const struct mpr_segment_config config = {
        .rank_count = SIZE, .cpus_usable = 1, .tunables = &tunables};

    CU_ASSERT_EQUAL_FATAL(mpr_segment_create(&mpr_job.segment, &config), 0);
    mpr_job.slot = rank;
    mpr_job.rank = rank;
    mpr_job.size = SIZE;
    CU_ASSERT_EQUAL_FATAL(mpr_type_start(), 0);
    CU_ASSERT_EQUAL_FATAL(mpr_op_start(), 0);
    CU_ASSERT_EQUAL_FATAL(mpr_errhandler_start(), 0);
    CU_ASSERT_EQUAL_FATAL(mpr_group_start(), 0);
    CU_ASSERT_EQUAL_FATAL(mpr_comm_start(), 0);
    world_references = mpr_comm_world->group->object.references;
    memset(&others, 0, sizeof(others));
    others.offer = INT64_MAX;
}

static int contexts_in_use(void)
{
    const struct mpr_context_table *table = mpr_segment_contexts(&mpr_job.segment);
    int count = 0;
    for (uint32_t i = 0; i < MPR_CONTEXT_SLOTS; i++) {
        count += table->users[i] != 0;
    }
    return count;
}

/* Nothing of a communicator that could not be made is left. */
static void stop(void)
{
    CU_ASSERT_EQUAL(contexts_in_use(), 0);
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_COMM), 0);
    CU_ASSERT_EQUAL(mpr_comm_world->group->object.references, world_references);
    mpr_comm_stop();
    mpr_segment_detach(&mpr_job.segment);
}

static int dup_world(struct mpr_comm **made)
{
    struct mpr_coll coll;
    struct mpr_dup dup;

    mpr_coll_begin(mpr_comm_world, &coll);
    mpr_comm_dup(&coll, 0, &dup);
    *made = coll.error == 0 ? dup.comm : NULL;
    return coll.error;
}

static void rank_0_offers_an_id_that_it_has_taken(void)
{
    struct mpr_comm *made = NULL;

    start(0);
    CU_ASSERT_EQUAL_FATAL(dup_world(&made), 0);
    CU_ASSERT_EQUAL((uint32_t)others.offered, made->context); // above it, the slate
    CU_ASSERT_EQUAL(
        mpr_segment_contexts(&mpr_job.segment)->users[made->context / MPR_CONTEXT_PLANES], SIZE);
    mpr_context_drop(mpr_segment_contexts(&mpr_job.segment), made->context, SIZE - 1);
    mpr_comm_free(made);
    stop();
}

static void others_hear_of_the_id(void)
{
    struct mpr_comm *made = NULL;

    start(2);
    others.offer = THEIR_CONTEXT;
    mpr_segment_contexts(&mpr_job.segment)->users[THEIR_CONTEXT / MPR_CONTEXT_PLANES] = 1;
    CU_ASSERT_EQUAL_FATAL(dup_world(&made), 0);
    CU_ASSERT_EQUAL(others.offered, INT64_MAX);
    CU_ASSERT_EQUAL(made->context, THEIR_CONTEXT);
    CU_ASSERT_EQUAL(made->rank, 2);
    mpr_comm_free(made);
    stop();
}

static void a_failure_elsewhere_is_everybodys(void)
{
    for (int rank = 0; rank < SIZE; rank++) {
        struct mpr_comm *made = NULL;
        start(rank);
        others.offer = MPR_ERR_NO_MEMORY;
        CU_ASSERT_EQUAL(dup_world(&made), MPR_ERR_NO_MEMORY);
        CU_ASSERT_EQUAL(mpr_comm_split(mpr_comm_world, rank, 0, &made), MPR_ERR_NO_MEMORY);
        CU_ASSERT_EQUAL(mpr_comm_split(mpr_comm_world, MPI_UNDEFINED, 0, &made), MPR_ERR_NO_MEMORY);
        CU_ASSERT_PTR_NULL(made);
        stop();
    }
}

static void an_own_failure_is_told_to_the_others(void)
{
    for (int rank = 0; rank < SIZE; rank++) {
        struct mpr_comm *made = NULL;
        start(rank);
        others.offer = rank == 0 ? INT64_MAX : THEIR_CONTEXT;
        calloc_failures = 1;
        CU_ASSERT_EQUAL(dup_world(&made), MPR_ERR_NO_MEMORY);
        CU_ASSERT_EQUAL(others.offered, MPR_ERR_NO_MEMORY);
        calloc_failures = 1;
        CU_ASSERT_EQUAL(mpr_comm_split(mpr_comm_world, 0, 0, &made), MPR_ERR_NO_MEMORY);
        CU_ASSERT_EQUAL(others.offered, MPR_ERR_NO_MEMORY);
        CU_ASSERT_EQUAL(calloc_failures, 0);
        CU_ASSERT_PTR_NULL(made);
        stop();
    }
}

static void a_reduction_that_fails_leaves_nothing(void)
{
    struct mpr_comm *made = NULL;

    start(0);
    others.reduction_code = MPR_ERR_NO_MEMORY;
    CU_ASSERT_EQUAL(dup_world(&made), MPR_ERR_NO_MEMORY);
    CU_ASSERT_PTR_NULL(made);
    stop();
}

static void no_id_left_is_everybodys_error(void)
{
    struct mpr_comm *made = NULL;

    start(0);
    struct mpr_context_table *table = mpr_segment_contexts(&mpr_job.segment);
    for (uint32_t i = 0; i < MPR_CONTEXT_SLOTS; i++) {
        table->users[i] = 1;
    }
    CU_ASSERT_EQUAL(dup_world(&made), MPR_ERR_LIMIT);
    CU_ASSERT_EQUAL(others.offered, MPR_ERR_LIMIT);
    memset(table, 0, sizeof(*table));
    stop();
}

static void a_split_orders_by_key_then_rank(void)
{
    const int expected[] = {3, 0, 2};
    struct mpr_comm *made = NULL;

    start(2);
    for (int rank = 0; rank < SIZE; rank++) {
        others.colors[rank] = rank == 1 ? 9 : 4;
        others.keys[rank] = rank == 3 ? -1 : 7;
    }
    others.offer = THEIR_CONTEXT;
    mpr_segment_contexts(&mpr_job.segment)->users[THEIR_CONTEXT / MPR_CONTEXT_PLANES] = 1;
    CU_ASSERT_EQUAL_FATAL(mpr_comm_split(mpr_comm_world, 4, 7, &made), 0);
    CU_ASSERT_EQUAL_FATAL(made->size, 3);
    CU_ASSERT_EQUAL(made->rank, 2);
    CU_ASSERT_EQUAL(memcmp(made->world_ranks, expected, sizeof(expected)), 0);
    mpr_comm_free(made);
    stop();
}

static void nobody_wants_a_part(void)
{
    struct mpr_comm *made = mpr_comm_world;

    start(1);
    for (int rank = 0; rank < SIZE; rank++) {
        others.colors[rank] = MPI_UNDEFINED;
    }
    CU_ASSERT_EQUAL(mpr_comm_split(mpr_comm_world, MPI_UNDEFINED, 0, &made), 0);
    CU_ASSERT_PTR_NULL(made);
    stop();
}

UNIT_MAIN("newcomm", UNIT(rank_0_offers_an_id_that_it_has_taken), UNIT(others_hear_of_the_id),
          UNIT(a_failure_elsewhere_is_everybodys), UNIT(an_own_failure_is_told_to_the_others),
          UNIT(a_reduction_that_fails_leaves_nothing), UNIT(no_id_left_is_everybodys_error),
          UNIT(a_split_orders_by_key_then_rank), UNIT(nobody_wants_a_part))
