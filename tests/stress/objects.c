/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects of every kind, made and freed a million times: the memory of the process stays as it is.
 * With more ranks (`make soak`) the communicators are conversations.
 *
 * Usage: objects [CYCLES] */
/* matrix: np=1 copy=chunk engine=uring rings=default limit=240 */
#include "tests/lib/flattest.h"

enum { CYCLES = 1000000 };

/* ---- Datatypes ---- */

/* One of every constructor in turn, from one that is freed while it is in use. */
static void make_type(int index)
{
    int lengths[] = {1, 2}, places[] = {3, 0}, sizes[] = {4, 6}, parts[] = {2, 3},
        starts[] = {1, 1};
    int blocks[] = {MPI_DISTRIBUTE_BLOCK, MPI_DISTRIBUTE_CYCLIC}, grid[] = {2, 2};
    int defaults[] = {MPI_DISTRIBUTE_DFLT_DARG, MPI_DISTRIBUTE_DFLT_DARG};
    MPI_Aint offsets[] = {0, 64};
    MPI_Datatype part, made, types[2];

    MPI_Type_vector(3, 1, 2, MPI_INT, &part);
    types[0] = part;
    types[1] = MPI_DOUBLE;
    switch (index % 11) {
    case 0:
        MPI_Type_contiguous(3, part, &made);
        break;
    case 1:
        MPI_Type_create_hvector(3, 1, 100, part, &made);
        break;
    case 2:
        MPI_Type_indexed(2, lengths, places, part, &made);
        break;
    case 3:
        MPI_Type_create_hindexed(2, lengths, offsets, part, &made);
        break;
    case 4:
        MPI_Type_create_indexed_block(2, 1, places, part, &made);
        break;
    case 5:
        MPI_Type_create_hindexed_block(2, 1, offsets, part, &made);
        break;
    case 6:
        MPI_Type_create_struct(2, lengths, offsets, types, &made);
        break;
    case 7:
        MPI_Type_create_subarray(2, sizes, parts, starts, MPI_ORDER_C, part, &made);
        break;
    case 8:
        MPI_Type_create_darray(4, 1, 2, sizes, blocks, defaults, grid, MPI_ORDER_C, part, &made);
        break;
    case 9:
        MPI_Type_create_resized(part, -8, 64, &made);
        break;
    default:
        MPI_Type_dup(part, &made);
    }
    MPI_Type_free(&part);
    MPI_Type_commit(&made);
    MPI_Type_free(&made);
}

/* ---- Operators, groups, infos, error handlers, keyvals ---- */

static void add(void *in, void *inout, int *length, MPI_Datatype *type)
{
    (void)type;
    for (int i = 0; i < *length; i++) {
        ((int *)inout)[i] += ((int *)in)[i];
    }
}

static void make_op(int index)
{
    int value = index, sum = 1;
    MPI_Op op;

    MPI_Op_create(add, index % 2, &op);
    MPI_Reduce_local(&value, &sum, 1, MPI_INT, op);
    MPI_Op_free(&op);
}

static void make_group(int index)
{
    int rank = 0;
    MPI_Group world, one, both;

    (void)index;
    MPI_Comm_group(MPI_COMM_WORLD, &world);
    MPI_Group_incl(world, 1, &rank, &one);
    MPI_Group_union(world, one, &both);
    MPI_Group_free(&world);
    MPI_Group_free(&both);
    MPI_Group_free(&one);
}

static void make_info(int index)
{
    MPI_Info info, copy;

    MPI_Info_create(&info);
    MPI_Info_set(info, index % 2 ? "file" : "path", "somewhere");
    MPI_Info_dup(info, &copy);
    MPI_Info_free(&info);
    MPI_Info_free(&copy);
}

static void ignore_error(MPI_Comm *comm, int *code, ...)
{
    (void)comm;
    (void)code;
}

static void make_errhandler(int index)
{
    MPI_Errhandler handler, before;

    (void)index;
    MPI_Comm_get_errhandler(MPI_COMM_SELF, &before);
    MPI_Comm_create_errhandler(ignore_error, &handler);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, handler);
    MPI_Errhandler_free(&handler);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, before);
    MPI_Errhandler_free(&before);
}

/* The attribute outlives its keyval. */
static void make_keyval(int index)
{
    int keyval, freed, key_of_type;

    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, MPI_COMM_NULL_DELETE_FN, &keyval, NULL);
    MPI_Comm_set_attr(MPI_COMM_SELF, keyval, &index);
    freed = keyval;
    MPI_Comm_free_keyval(&freed);
    MPI_Comm_delete_attr(MPI_COMM_SELF, keyval);
    MPI_Type_create_keyval(MPI_TYPE_NULL_COPY_FN, MPI_TYPE_NULL_DELETE_FN, &key_of_type, NULL);
    MPI_Type_free_keyval(&key_of_type);
}

/* ---- Requests and messages ---- */

static void make_requests(int index)
{
    int value = index, back = -1;
    MPI_Request requests[2];

    MPI_Irecv(&back, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &requests[0]);
    MPI_Isend(&value, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
}

/* Both are freed before they are complete, which the messages behind them make sure of. */
static void forget_requests(int index)
{
    static int value, back;
    MPI_Request request;

    value = index;
    MPI_Irecv(&back, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
    MPI_Request_free(&request);
    MPI_Isend(&value, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
    MPI_Request_free(&request);
    MPI_Sendrecv(NULL, 0, MPI_INT, 0, 1, NULL, 0, MPI_INT, 0, 1, MPI_COMM_SELF, MPI_STATUS_IGNORE);
    CHECK_EQ(back, index);
}

static void cancel_request(int index)
{
    int back = index;
    MPI_Request request;

    MPI_Irecv(&back, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
    MPI_Cancel(&request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

static void make_persistent(int index)
{
    int value = index, back = -1;
    MPI_Request requests[2];

    MPI_Recv_init(&back, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &requests[0]);
    MPI_Send_init(&value, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &requests[1]);
    MPI_Startall(2, requests);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    MPI_Request_free(&requests[0]);
    MPI_Request_free(&requests[1]);
}

static int query(void *state, MPI_Status *status)
{
    (void)state;
    MPI_Status_set_elements(status, MPI_BYTE, 0);
    MPI_Status_set_cancelled(status, 0);
    status->MPI_SOURCE = MPI_UNDEFINED;
    status->MPI_TAG = MPI_UNDEFINED;
    return MPI_SUCCESS;
}

static int forget(void *state)
{
    free(state);
    return MPI_SUCCESS;
}

static int cancel(void *state, int complete)
{
    (void)state;
    (void)complete;
    return MPI_SUCCESS;
}

static void make_generalized(int index)
{
    MPI_Request request;

    (void)index;
    MPI_Grequest_start(query, forget, cancel, mpitest_malloc(100), &request);
    MPI_Grequest_complete(request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

static void make_schedule(int index)
{
    int value = index, sum;
    MPI_Request request;

    MPI_Iallreduce(&value, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_SELF, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

static void make_message(int index)
{
    int value = index, back = -1;
    MPI_Message message;
    MPI_Request request;

    MPI_Isend(&value, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
    MPI_Mprobe(0, 0, MPI_COMM_SELF, &message, MPI_STATUS_IGNORE);
    MPI_Mrecv(&back, 1, MPI_INT, &message, MPI_STATUS_IGNORE);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

/* ---- Communicators ---- */

static void make_comm(int index)
{
    MPI_Comm made = MPI_COMM_NULL;
    MPI_Group group;
    MPI_Request request;

    MPI_Comm_group(MPI_COMM_WORLD, &group);
    switch (index % 6) {
    case 0:
        MPI_Comm_dup(MPI_COMM_WORLD, &made);
        break;
    case 1:
        MPI_Comm_split(MPI_COMM_WORLD, mpitest_rank % 2, 0, &made);
        break;
    case 2:
        MPI_Comm_create(MPI_COMM_WORLD, group, &made);
        break;
    case 3:
        MPI_Comm_create_group(MPI_COMM_WORLD, group, 0, &made);
        break;
    case 4:
        MPI_Comm_idup(MPI_COMM_WORLD, &made, &request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        break;
    default:
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &made);
    }
    MPI_Group_free(&group);
    MPI_Comm_free(&made);
}

static void make_topology(int index)
{
    const int wraps = 1, ends = 1, self = 0, weight = 1;
    MPI_Comm made;

    switch (index % 4) {
    case 0:
        MPI_Cart_create(MPI_COMM_SELF, 1, &ends, &wraps, 0, &made);
        break;
    case 1:
        MPI_Graph_create(MPI_COMM_SELF, 1, &ends, &self, 0, &made);
        break;
    case 2:
        MPI_Dist_graph_create_adjacent(MPI_COMM_SELF, 1, &self, &weight, 1, &self, &weight,
                                       MPI_INFO_NULL, 0, &made);
        break;
    default:
        MPI_Dist_graph_create(MPI_COMM_SELF, 1, &self, &ends, &self, &weight, MPI_INFO_NULL, 0,
                              &made);
    }
    MPI_Comm_free(&made);
}

/* ---- All of them ---- */

static const struct kind {
    const char *name;
    void (*cycle)(int index);
} kinds[] = {
    {"datatypes", make_type},
    {"operators", make_op},
    {"groups", make_group},
    {"infos", make_info},
    {"error handlers", make_errhandler},
    {"keyvals", make_keyval},
    {"requests", make_requests},
    {"requests freed before they are complete", forget_requests},
    {"cancelled requests", cancel_request},
    {"persistent requests", make_persistent},
    {"generalized requests", make_generalized},
    {"nonblocking collectives", make_schedule},
    {"messages", make_message},
    {"communicators", make_comm},
    {"topologies", make_topology},
};

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    int cycles = argc > 1 ? atoi(argv[1]) : CYCLES;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        int failures = atomic_load(&mpitest_failure_count);
        double start = MPI_Wtime();
        flattest_check(kinds[i].cycle, cycles);
        if (mpitest_rank == 0) {
            printf("%9d times %s: %.2f s%s\n", cycles, kinds[i].name, MPI_Wtime() - start,
                   atomic_load(&mpitest_failure_count) > failures ? ", memory grows" : "");
        }
    }
    return mpitest_finish();
}
