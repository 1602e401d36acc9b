/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators and error handlers as objects: handles, references, the use of contexts. */
#include "comm/comm.h"

#include "comm/errhandler.h"
#include "shm/context.h"
#include "shm/job.h"
#include "tests/lib/unit.h"

static void start(int rank, int size)
{
    const struct mpr_tunables tunables = {.pool_bytes = 64 << 10};
    const struct mpr_segment_config config = {
        .rank_count = (uint32_t)size, .cpus_usable = 1, .tunables = &tunables};

    CU_ASSERT_EQUAL_FATAL(mpr_segment_create(&mpr_job.segment, &config), 0);
    mpr_job.slot = rank;
    mpr_job.rank = rank;
    mpr_job.size = size;
    CU_ASSERT_EQUAL_FATAL(mpr_errhandler_start(), 0);
    CU_ASSERT_EQUAL_FATAL(mpr_group_start(), 0);
    CU_ASSERT_EQUAL_FATAL(mpr_comm_start(), 0);
}

static void stop(void)
{
    mpr_comm_stop();
    mpr_segment_detach(&mpr_job.segment);
}

static void world_and_self_are_there(void)
{
    start(2, 5);
    CU_ASSERT_PTR_NULL(mpr_comm_find(MPI_COMM_WORLD));
    CU_ASSERT_PTR_NULL(mpr_comm_find(MPI_COMM_SELF));
    mpr_comm_open_world();
    CU_ASSERT_PTR_EQUAL(mpr_comm_find(MPI_COMM_WORLD), mpr_comm_world);
    CU_ASSERT_PTR_EQUAL(mpr_comm_find(MPI_COMM_SELF), mpr_comm_self);
    CU_ASSERT_PTR_NULL(mpr_comm_find(MPI_COMM_NULL));
    CU_ASSERT_EQUAL(mpr_comm_world->size, 5);
    CU_ASSERT_EQUAL(mpr_comm_world->rank, 2);
    CU_ASSERT_EQUAL(mpr_comm_world->world_ranks[4], 4);
    CU_ASSERT_EQUAL(mpr_comm_self->size, 1);
    CU_ASSERT_EQUAL(mpr_comm_self->rank, 0);
    CU_ASSERT_EQUAL(mpr_comm_self->world_ranks[0], 2);
    CU_ASSERT(mpr_comm_self->context != mpr_comm_world->context);
    CU_ASSERT_EQUAL(mpr_comm_world->errhandler->kind, MPR_ERRHANDLER_FATAL);
    mpr_comm_close_world();
    CU_ASSERT_PTR_NULL(mpr_comm_find(MPI_COMM_WORLD));
    CU_ASSERT_PTR_NULL(mpr_comm_find(MPI_COMM_SELF));
    stop();
}

static void a_freed_communicator_lives_while_it_is_used(void)
{
    struct mpr_comm *comm;
    start(0, 3);
    struct mpr_context_table *contexts = mpr_segment_contexts(&mpr_job.segment);
    int group_references = mpr_comm_world->group->object.references;

    CU_ASSERT_EQUAL_FATAL(
        mpr_comm_make(mpr_comm_world->group, mpr_errhandler_find(MPI_ERRORS_RETURN), &comm), 0);
    CU_ASSERT(mpr_comm_world->group->object.references > group_references);
    CU_ASSERT_EQUAL_FATAL(mpr_context_take(contexts, 2, &comm->context), 0);
    uint32_t slot = comm->context / MPR_CONTEXT_PLANES;
    MPI_Comm handle = (MPI_Comm)comm->object.handle;
    CU_ASSERT_PTR_EQUAL(mpr_comm_find(handle), comm);

    mpr_comm_retain(comm);
    mpr_comm_free(comm);
    CU_ASSERT_PTR_NULL(mpr_comm_find(handle));
    CU_ASSERT_EQUAL(contexts->users[slot], 2);
    mpr_comm_release(comm);
    CU_ASSERT_EQUAL(contexts->users[slot], 1);
    CU_ASSERT_EQUAL(mpr_comm_world->group->object.references, group_references);
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_COMM), 0);
    stop();
}

static void a_handle_of_another_kind_is_no_communicator(void)
{
    start(0, 1);
    struct mpr_group *group = mpr_comm_world->group;
    CU_ASSERT_EQUAL_FATAL(mpr_group_open(group), 0);
    CU_ASSERT_PTR_NULL(mpr_comm_find((MPI_Comm)group->object.handle));
    CU_ASSERT_PTR_NULL(mpr_comm_find((MPI_Comm)MPI_GROUP_EMPTY));
    mpr_group_close(group);
    stop();
}

static void the_error_handlers_are_known(void)
{
    start(0, 1);
    CU_ASSERT_EQUAL(mpr_errhandler_find(MPI_ERRORS_ARE_FATAL)->kind, MPR_ERRHANDLER_FATAL);
    CU_ASSERT_EQUAL(mpr_errhandler_find(MPI_ERRORS_ABORT)->kind, MPR_ERRHANDLER_ABORT);
    CU_ASSERT_EQUAL(mpr_errhandler_find(MPI_ERRORS_RETURN)->kind, MPR_ERRHANDLER_RETURN);
    CU_ASSERT_PTR_NULL(mpr_errhandler_find(MPI_ERRHANDLER_NULL));
    CU_ASSERT_PTR_NULL(mpr_errhandler_find((MPI_Errhandler)MPI_COMM_WORLD));
    stop();
}

static void ignore(MPI_Comm *comm, int *error_code, ...)
{
    (void)comm;
    (void)error_code;
}

static void a_handler_lives_while_it_is_used(void)
{
    struct mpr_comm *heir;
    start(0, 2);
    struct mpr_errhandler *handler = mpr_errhandler_make(
        (struct mpr_errhandler_function){.kind = MPR_KIND_COMM, .comm = ignore});
    CU_ASSERT_EQUAL_FATAL(mpr_errhandler_open(handler), 0);
    MPI_Errhandler handle = (MPI_Errhandler)handler->object.handle;
    CU_ASSERT_EQUAL_FATAL(mpr_errhandler_open(handler), 0);
    CU_ASSERT_PTR_EQUAL(mpr_errhandler_find(handle), handler);
    mpr_errhandler_release(handler);

    mpr_comm_set_errhandler(mpr_comm_self, handler);
    mpr_comm_set_errhandler(mpr_comm_self, handler);
    CU_ASSERT_EQUAL_FATAL(mpr_comm_make(mpr_comm_self->group, handler, &heir), 0);
    CU_ASSERT_EQUAL(handler->object.references, 4);
    mpr_errhandler_close(handler);
    CU_ASSERT_PTR_EQUAL(mpr_errhandler_find(handle), handler);
    mpr_errhandler_close(handler);
    CU_ASSERT_PTR_NULL(mpr_errhandler_find(handle));
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_ERRHANDLER), 0);

    mpr_comm_set_errhandler(mpr_comm_self, mpr_errhandler_find(MPI_ERRORS_RETURN));
    CU_ASSERT_EQUAL(handler->object.references, 1);
    CU_ASSERT_EQUAL_FATAL(mpr_errhandler_open(handler), 0);
    CU_ASSERT_PTR_NULL(mpr_errhandler_find(handle));
    mpr_comm_free(heir);
    CU_ASSERT_EQUAL(handler->object.references, 1);
    mpr_errhandler_close(handler);
    stop();
}

static void predefined_handlers_are_not_counted(void)
{
    start(0, 1);
    struct mpr_errhandler *handler = mpr_errhandler_find(MPI_ERRORS_RETURN);
    int references = handler->object.references;
    CU_ASSERT_EQUAL(mpr_errhandler_open(handler), 0);
    mpr_errhandler_close(handler);
    mpr_errhandler_close(handler);
    CU_ASSERT_EQUAL(handler->object.references, references);
    CU_ASSERT_PTR_EQUAL(mpr_errhandler_find(MPI_ERRORS_RETURN), handler);
    stop();
}

UNIT_MAIN("comm", UNIT(world_and_self_are_there), UNIT(a_freed_communicator_lives_while_it_is_used),
          UNIT(a_handle_of_another_kind_is_no_communicator), UNIT(the_error_handlers_are_known),
          UNIT(a_handler_lives_while_it_is_used), UNIT(predefined_handlers_are_not_counted))
