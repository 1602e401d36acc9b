/* SPDX-License-Identifier: BSD-3-Clause */
/* Many nonblocking collectives at once, on three communicators, completed in any order by every
 * form of wait and test, each rank in its own way; while messages are on their way that any
 * wildcard may take, and blocking collectives come in between. Whatever was started comes out as
 * computed serially. */
/* matrix: np=1,2,3,8 copy=chunk,cma,pipe,direct engine=uring crowded=no,yes limit=120 */
#include "tests/lib/colltest.h"

enum { ROUNDS = 120, COMMS = 3, JOBS_MAX = 8, MESSAGES = 2, LONG_INTS = 20000 };

struct scene {
    MPI_Comm comm;
    int rank;
    int size;
};

static struct scene scenes[COMMS];

/* ---- Jobs: one collective in flight, with buffers of its own ---- */

struct job {
    const struct scene *scene;
    enum function {
        BARRIER,
        BCAST,
        GATHER,
        SCATTER,
        ALLGATHER,
        ALLTOALL,
        REDUCE,
        ALLREDUCE,
        REDUCE_SCATTER,
        SCAN,
        EXSCAN,
        FUNCTIONS
    } function;
    int root;
    int count; /* of a block, or of a vector */
    uint64_t key;
    int *in;
    int *out;
};

/* Item `index` of what `source` has for `dest`; reductions have dest 0. */
static int value_of(const struct job *job, int source, int dest, int index)
{
    uint64_t key = job->key + (uint64_t)source * COLLTEST_RANKS_MAX + (uint64_t)dest;
    return (int)(mpitest_mix(key) % 10000) + index;
}

/* The sum of the ranks 0 to last. */
static int sum_of(const struct job *job, int last, int index)
{
    int sum = 0;
    for (int rank = 0; rank <= last; rank++) {
        sum += value_of(job, rank, 0, index);
    }
    return sum;
}

static bool is_reduction(const struct job *job)
{
    return job->function >= REDUCE;
}

static void start(struct job *job, MPI_Request *request)
{
    int *in = job->in, *out = job->out, count = job->count, root = job->root;
    MPI_Comm comm = job->scene->comm;
    switch (job->function) {
    case BARRIER:
        MPI_Ibarrier(comm, request);
        break;
    case BCAST:
        MPI_Ibcast(job->scene->rank == root ? in : out, count, MPI_INT, root, comm, request);
        break;
    case GATHER:
        MPI_Igather(in, count, MPI_INT, out, count, MPI_INT, root, comm, request);
        break;
    case SCATTER:
        MPI_Iscatter(in, count, MPI_INT, out, count, MPI_INT, root, comm, request);
        break;
    case ALLGATHER:
        MPI_Iallgather(in, count, MPI_INT, out, count, MPI_INT, comm, request);
        break;
    case ALLTOALL:
        MPI_Ialltoall(in, count, MPI_INT, out, count, MPI_INT, comm, request);
        break;
    case REDUCE:
        MPI_Ireduce(in, out, count, MPI_INT, MPI_SUM, root, comm, request);
        break;
    case ALLREDUCE:
        MPI_Iallreduce(in, out, count, MPI_INT, MPI_SUM, comm, request);
        break;
    case REDUCE_SCATTER:
        MPI_Ireduce_scatter_block(in, out, count, MPI_INT, MPI_SUM, comm, request);
        break;
    case SCAN:
        MPI_Iscan(in, out, count, MPI_INT, MPI_SUM, comm, request);
        break;
    default:
        MPI_Iexscan(in, out, count, MPI_INT, MPI_SUM, comm, request);
    }
}

/* All ranks make the same job, each with its own data. */
static void make(struct job *job)
{
    job->scene = &scenes[mpitest_random_below(COMMS)];
    job->function = (enum function)mpitest_random_below(FUNCTIONS);
    job->count = (int)mpitest_random_below(mpitest_random_below(6) == 0 ? LONG_INTS : 30);
    job->key = mpitest_random();
    job->root = (int)(job->key % (uint64_t)job->scene->size);
    size_t total = (size_t)(job->count * job->scene->size);
    bool is_to_all = job->function == SCATTER || job->function == ALLTOALL;
    job->in = mpitest_malloc(sizeof(int) * total);
    job->out = mpitest_malloc(sizeof(int) * (total + 1));
    memset(job->out, COLLTEST_FILLER, sizeof(int) * (total + 1));
    for (int i = 0; i < (int)total; i++) {
        bool is_vector = is_reduction(job);
        job->in[i] = value_of(job, job->scene->rank, is_to_all ? i / job->count : 0,
                              is_vector ? i : i % job->count);
    }
}

/* What item i of the result is, in a rank that has one. */
static int expected(const struct job *job, int i)
{
    int rank = job->scene->rank, count = job->count;
    switch (job->function) {
    case BCAST:
        return value_of(job, job->root, 0, i);
    case GATHER:
    case ALLGATHER:
        return value_of(job, i / count, 0, i % count);
    case SCATTER:
        return value_of(job, job->root, rank, i);
    case ALLTOALL:
        return value_of(job, i / count, rank, i % count);
    case REDUCE_SCATTER:
        return sum_of(job, job->scene->size - 1, rank * count + i);
    case SCAN:
        return sum_of(job, rank, i);
    case EXSCAN:
        return sum_of(job, rank - 1, i);
    default:
        return sum_of(job, job->scene->size - 1, i);
    }
}

static int result_count(const struct job *job)
{
    bool is_root = job->scene->rank == job->root;
    switch (job->function) {
    case BARRIER:
        return 0;
    case BCAST:
        return is_root ? 0 : job->count;
    case GATHER:
        return is_root ? job->count * job->scene->size : 0;
    case ALLGATHER:
    case ALLTOALL:
        return job->count * job->scene->size;
    case REDUCE:
        return is_root ? job->count : 0;
    case EXSCAN:
        return job->scene->rank > 0 ? job->count : 0;
    default:
        return job->count;
    }
}

static void check(struct job *job)
{
    int count = result_count(job);
    int i = 0;
    while (i < count && job->out[i] == expected(job, i)) {
        i++;
    }
    if (i < count) {
        mpitest_fail(__FILE__, __LINE__, "function %d: item %d of %d is wrong", job->function, i,
                     count);
    }
    memset(&i, COLLTEST_FILLER, sizeof(i));
    CHECK((job->function == EXSCAN && count == 0) || job->out[count] == i);
    free(job->in);
    free(job->out);
}

/* ---- Ways to complete, of each rank's own choice ---- */

static uint64_t own_random(void)
{
    static uint64_t state;
    return mpitest_mix(mpitest_seed ^ mpitest_mix((uint64_t)mpitest_rank << 32 | ++state));
}

static void wait_each(int count, MPI_Request *requests)
{
    int first = (int)(own_random() % (uint64_t)count);
    for (int i = 0; i < count; i++) {
        CHECK_EQ(MPI_Wait(&requests[(first + i) % count], MPI_STATUS_IGNORE), MPI_SUCCESS);
    }
}

static void wait_all(int count, MPI_Request *requests)
{
    CHECK_EQ(MPI_Waitall(count, requests, MPI_STATUSES_IGNORE), MPI_SUCCESS);
}

static void wait_any(int count, MPI_Request *requests)
{
    int index = 0;
    for (int i = 0; i < count; i++) {
        CHECK_EQ(MPI_Waitany(count, requests, &index, MPI_STATUS_IGNORE), MPI_SUCCESS);
        CHECK(index >= 0 && index < count);
    }
}

static void wait_some(int count, MPI_Request *requests)
{
    int indices[JOBS_MAX + 2 * MESSAGES], some = 0;
    for (int done = 0; done < count; done += some) {
        CHECK_EQ(MPI_Waitsome(count, requests, &some, indices, MPI_STATUSES_IGNORE), MPI_SUCCESS);
        CHECK(some > 0);
    }
}

static void test_each(int count, MPI_Request *requests)
{
    int flag;
    for (int i = (int)(own_random() % (uint64_t)count), done = 0; done < count;
         i = (i + 1) % count) {
        if (requests[i] != MPI_REQUEST_NULL) {
            MPI_Test(&requests[i], &flag, MPI_STATUS_IGNORE);
            done += flag;
        }
    }
}

static void test_all(int count, MPI_Request *requests)
{
    int flag = 0;
    while (!flag) {
        CHECK_EQ(MPI_Testall(count, requests, &flag, MPI_STATUSES_IGNORE), MPI_SUCCESS);
    }
}

static void test_any(int count, MPI_Request *requests)
{
    int index, flag;
    for (int done = 0; done < count; done += flag) {
        CHECK_EQ(MPI_Testany(count, requests, &index, &flag, MPI_STATUS_IGNORE), MPI_SUCCESS);
    }
}

static void test_some(int count, MPI_Request *requests)
{
    int indices[JOBS_MAX + 2 * MESSAGES], some;
    for (int done = 0; done < count; done += some) {
        CHECK_EQ(MPI_Testsome(count, requests, &some, indices, MPI_STATUSES_IGNORE), MPI_SUCCESS);
    }
}

static void look_first(int count, MPI_Request *requests)
{
    int flag = 0;
    for (int i = count - 1; i >= 0; i--, flag = 0) {
        while (!flag) {
            MPI_Request_get_status(requests[i], &flag, MPI_STATUS_IGNORE);
        }
        CHECK(requests[i] != MPI_REQUEST_NULL);
    }
    wait_all(count, requests);
}

static void (*const completions[])(int, MPI_Request *) = {
    wait_each, wait_all, wait_any, wait_some, test_each, test_all, test_any, test_some, look_first};

static void complete(int count, MPI_Request *requests)
{
    uint64_t which = own_random() % (sizeof(completions) / sizeof(*completions));
    if (count > 0) {
        completions[which](count, requests);
    }
    for (int i = 0; i < count; i++) {
        CHECK(requests[i] == MPI_REQUEST_NULL);
    }
}

/* ---- Rounds ---- */

/* Every rank sends MESSAGES messages, and gets as many from anybody with any tag. */
static void start_messages(int round, int (*inbox)[2], const int *out, MPI_Request *requests)
{
    for (int k = 0; k < MESSAGES; k++) {
        MPI_Irecv(inbox[k], 2, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD,
                  &requests[2 * k]);
        MPI_Isend(out, 2, MPI_INT, (mpitest_rank + round * (k + 1)) % mpitest_size, k,
                  MPI_COMM_WORLD, &requests[2 * k + 1]);
    }
}

static void blocking_sum(void)
{
    int one = 1, sum = 0;
    MPI_Allreduce(&one, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    CHECK_EQ(sum, mpitest_size);
}

static void play_round(int round)
{
    struct job jobs[JOBS_MAX];
    MPI_Request requests[JOBS_MAX + 2 * MESSAGES];
    int inbox[MESSAGES][2];
    const int out[2] = {round, mpitest_rank};
    int count = 1 + (int)mpitest_random_below(JOBS_MAX);
    int early = (int)mpitest_random_below((uint64_t)count + 1);
    bool sums_between = mpitest_random_below(2) != 0;

    for (int i = 0; i < early; i++) {
        make(&jobs[i]);
        start(&jobs[i], &requests[i]);
    }
    if (sums_between) {
        blocking_sum();
    }
    for (int i = early; i < count; i++) {
        make(&jobs[i]);
        start(&jobs[i], &requests[i]);
    }
    start_messages(round, inbox, out, requests + count);
    if (sums_between) {
        blocking_sum();
    }
    complete(count + 2 * MESSAGES, requests);
    for (int i = 0; i < count; i++) {
        check(&jobs[i]);
    }
    for (int k = 0; k < MESSAGES; k++) {
        CHECK_EQ(inbox[k][0], round);
        CHECK(inbox[k][1] >= 0 && inbox[k][1] < mpitest_size);
    }
    /* A rank that is ahead must not fill receives that others have posted for this round. */
    MPI_Request barrier;
    MPI_Ibarrier(MPI_COMM_WORLD, &barrier);
    complete(1, &barrier);
}

int main(int argc, char **argv)
{
    MPI_Comm comms[COLLTEST_COMMS];
    mpitest_start(&argc, &argv);
    colltest_comms_make(comms);
    for (int i = 0; i < COMMS; i++) {
        scenes[i].comm = comms[i];
        MPI_Comm_rank(comms[i], &scenes[i].rank);
        MPI_Comm_size(comms[i], &scenes[i].size);
    }
    for (int round = 0; round < ROUNDS; round++) {
        play_round(round);
    }
    colltest_comms_free(comms);
    return mpitest_finish();
}
