/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told of ranks, from status boards that the test writes, sound ones and others. */
#include "launcher/where.h"

#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "mpi.h"
#include "shm/context.h"
#include "shm/doorbell.h"
#include "tests/lib/unit.h"
#include "tests/unit/shm/segment_fixture.h"

enum { RANKS = 6, GARBAGE_ROUNDS = 2000, ANOTHER_CONTEXT = 77 };

static struct mpr_segment segment;
static char told[16384];
static int ended; /* the slot of the process that has; -1 */

static bool is_running(void *context, int slot)
{
    (void)context;
    return slot < RANKS && slot != ended;
}

static void take(void *context, const char *text)
{
    (void)context;
    CU_ASSERT_TRUE_FATAL(strlen(told) + strlen(text) + 2 < sizeof(told));
    strcat(strcat(told, text), "\n");
}

static const struct mpr_where where = {.segment = &segment, .is_running = is_running, .say = take};

static void begin(void)
{
    fixture_open(&segment, RANKS, 8, 4096);
    ended = -1;
    for (int slot = 0; slot < RANKS; slot++) {
        struct mpr_rank_control *control = mpr_segment_control(&segment, (uint32_t)slot);
        atomic_store(&control->state, MPR_RANK_ATTACHED);
    }
}

static void end(void)
{
    mpr_segment_detach(&segment);
}

/* The rank in `slot` is in a call, and waits for the one in `awaited`, if that is not -1. */
static void put(int slot, enum mpr_call call, int awaited, uint32_t context)
{
    struct mpr_board *board = &mpr_segment_control(&segment, (uint32_t)slot)->board;

    atomic_store(&board->call, (uint32_t)call);
    atomic_store(&board->peer, awaited >= 0 ? awaited : MPI_PROC_NULL);
    atomic_store(&board->slot, awaited);
    atomic_store(&board->tag, 0);
    atomic_store(&board->context, context);
}

static const char *say_stuck(void)
{
    told[0] = '\0';
    mpr_where_say_stuck(&where);
    return told;
}

static void expect(const char *line)
{
    CU_ASSERT_PTR_NOT_NULL(strstr(told, line));
    if (strstr(told, line) == NULL) {
        printf("\n    expected %s\n    told\n%s", line, told);
    }
}

static void expect_not(const char *text)
{
    CU_ASSERT_PTR_NULL(strstr(told, text));
}

static void finds_circles(void)
{
    begin();
    for (int slot = 0; slot < RANKS; slot++) {
        put(slot, MPR_CALL_Recv, slot == 4 ? 2 : slot + 1 < RANKS ? slot + 1 : -1, 0);
    }
    say_stuck(); // 0 and 1 lead there, 5 waits for nobody that is known
    expect("in a circle, rank 2 waits for rank 3, that for rank 4, that for rank 2\n");
    expect_not("missing");
    put(4, MPR_CALL_Recv, -1, 0);
    say_stuck();
    expect_not("circle");
    put(3, MPR_CALL_Recv, 3, 0);
    say_stuck();
    expect("rank 3 waits for itself\n");
    end();
}

/* Members of a barrier have each seen the next one missing; only rank 4 is. */
static void finds_who_is_missing(void)
{
    begin();
    for (int slot = 0; slot < RANKS; slot++) {
        put(slot, MPR_CALL_Barrier, (slot + 1) % RANKS, MPR_CONTEXT_WORLD);
    }
    put(4, MPR_CALL_Recv, -1, MPR_CONTEXT_WORLD);
    say_stuck();
    expect("ranks 0-3: in MPI_Barrier, waiting for rank 4\n");
    expect("rank 5: in MPI_Barrier, waiting for rank 4\n");
    expect("rank 4 is missing from MPI_Barrier\n");
    expect_not("circle");

    // It is in a barrier, but in that of other ranks.
    put(4, MPR_CALL_Barrier, 0, ANOTHER_CONTEXT);
    say_stuck();
    expect("ranks 0-3: in MPI_Barrier, waiting for rank 4\n");
    expect("in a circle, rank 0 waits for rank 4, that for rank 0\n");
    end();
}

static void finds_who_has_ended(void)
{
    begin();
    put(1, MPR_CALL_Ssend, 3, MPR_CONTEXT_WORLD);
    ended = 3;
    say_stuck();
    expect("rank 3: ended\n");
    expect("rank 3 has ended, but rank 1 waits for it in MPI_Ssend\n");
    expect_not("circle");
    end();
}

static void settle(struct mpr_rank_control *control)
{
    bool was_armed;

    mpr_doorbell_settle(control, mpr_doorbell_arm(control, &was_armed));
}

/* A job is stuck when all were settled alike at two looks, not before, and not otherwise. */
static void tells_when_nobody_can_go_on(void)
{
    uint32_t settled[RANKS + 4] = {0};
    bool was_armed;

    begin();
    for (int slot = 0; slot < RANKS; slot++) {
        struct mpr_rank_control *control = mpr_segment_control(&segment, (uint32_t)slot);
        CU_ASSERT_FALSE(mpr_where_is_stuck(&where, settled));
        settle(control);
    }
    CU_ASSERT_FALSE(mpr_where_is_stuck(&where, settled));
    CU_ASSERT_TRUE(mpr_where_is_stuck(&where, settled));
    struct mpr_rank_control *control = mpr_segment_control(&segment, 2);
    settle(control); // it has been awake in between
    CU_ASSERT_FALSE(mpr_where_is_stuck(&where, settled));
    CU_ASSERT_TRUE(mpr_where_is_stuck(&where, settled));
    mpr_doorbell_ring(control);
    CU_ASSERT_FALSE(mpr_where_is_stuck(&where, settled));
    mpr_doorbell_arm(control, &was_armed); // and looks
    CU_ASSERT_FALSE(mpr_where_is_stuck(&where, settled));
    CU_ASSERT_FALSE(mpr_where_is_stuck(&where, settled));
    ended = 2; // the others have slept all the time
    CU_ASSERT_TRUE(mpr_where_is_stuck(&where, settled));
    control = mpr_segment_control(&segment, 5);
    atomic_store(&control->state, MPR_RANK_FINALIZED);
    CU_ASSERT_FALSE(mpr_where_is_stuck(&where, settled));
    CU_ASSERT_FALSE(mpr_where_is_stuck(&where, settled));
    end();
}

/* Ranks may have written over their boards. */
static void trusts_no_board(void)
{
    begin();
    srand(1);
    for (int round = 0; round < GARBAGE_ROUNDS; round++) {
        for (int slot = 0; slot < RANKS; slot++) {
            int awaited = rand() % 4 == 0 ? rand() - RAND_MAX / 2 : rand() % (RANKS + 4);
            put(slot, rand() % 3 == 0 ? MPR_CALL_Barrier : (enum mpr_call)(rand() % 2000), awaited,
                (uint32_t)(rand() % 2));
        }
        ended = rand() % (RANKS + 1);
        CU_ASSERT_PTR_NOT_NULL(strstr(say_stuck(), "rank"));
    }
    end();
}

UNIT_MAIN("where", UNIT(finds_circles), UNIT(finds_who_is_missing), UNIT(finds_who_has_ended),
          UNIT(tells_when_nobody_can_go_on), UNIT(trusts_no_board))
