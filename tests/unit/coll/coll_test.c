/* SPDX-License-Identifier: BSD-3-Clause */
/* Every collective on every number of ranks, blocking, as a schedule and either as ranks like it,
 * with eager and with synchronous sends, as on a roomy, on a crowded and on a parted machine:
 * results are right, operands keep the order of ranks, and nobody hangs. */
#include "coll/coll.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "coll/schedule.h"
#include "tests/lib/unit.h"
#include "tests/unit/coll/fake.h"

struct setup {
    MPI_Count count; /* items of a block, or of a vector */
    int root;
    bool in_place;
};

static const int sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 33};
static const MPI_Count counts[] = {0, 1, 5, 300, 3001, 20003};

static struct mpr_type *word; /* MPI_UINT64_T */

/* How the ranks call. All forms send the same messages, so that they may even be mixed
 * where there is no slate. */
static enum form { BLOCKING, SCHEDULED, LASTING, MIXED, FORMS } form;

static struct mpr_coll begin(struct mpr_comm *comm)
{
    struct mpr_coll coll;
    if (form == BLOCKING || (form == MIXED && comm->rank % 2 == 0)) {
        mpr_coll_begin(comm, &coll);
    } else {
        enum mpr_schedule_use use = form == LASTING ? MPR_SCHEDULE_AGAIN : MPR_SCHEDULE_ONCE;
        CU_ASSERT_EQUAL_FATAL(mpr_schedule_begin(comm, use, &coll), 0);
    }
    return coll;
}

static int end(struct mpr_coll *coll)
{
    struct mpr_request *request;
    if (coll->schedule == NULL) {
        return coll->error;
    }
    CU_ASSERT_EQUAL_FATAL(mpr_schedule_finish(coll, &request), 0);
    mpr_request_start(request);
    return mpr_request_wait_all(&request, 1);
}

/* Runs `body` over the matrix. Blocks go up to 160 KiB, all of a call up to 2 MiB: below and above
 * every threshold. */
static void run_matrix(fake_body *body, const char *name)
{
    for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
        for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
            for (int variant = 0; variant < 12; variant++) {
                struct setup setup = {counts[c], variant % 3 * (sizes[s] - 1) / 2, variant % 2};
                if (counts[c] * sizes[s] > 1 << 18) {
                    continue;
                }
                fake_set_crowded(variant / 6);
                fake_set_parted((c + (size_t)variant / 2) % 2);
                form = (enum form)((s + c + (size_t)variant) % FORMS);
                fake_set_slates(form == BLOCKING && variant % 4 != 3);
                if (!fake_run(sizes[s], (enum fake_sends)(variant % 3), body, &setup)) {
                    fprintf(stderr, "%s: deadlock or leftovers: size %d, count %lld, variant %d\n",
                            name, sizes[s], (long long)counts[c], variant);
                    CU_FAIL("deadlock or leftovers");
                    return;
                }
            }
        }
    }
}

/* --- Values ----------------------------------------------------------------------------------- */

static uint64_t *words(MPI_Count count)
{
    uint64_t *memory = malloc(((size_t)count + 1) * sizeof(uint64_t));
    if (memory == NULL) {
        abort();
    }
    memset(memory, 0xa5, ((size_t)count + 1) * sizeof(uint64_t));
    return memory;
}

/* Item `index` of the block that `source` has for `dest`. */
static uint64_t moved(int source, int dest, MPI_Count index)
{
    return (uint64_t)source << 48 | (uint64_t)dest << 32 | (uint64_t)index;
}

static void fill(uint64_t *block, int source, int dest, MPI_Count count)
{
    for (MPI_Count i = 0; i < count; i++) {
        block[i] = moved(source, dest, i);
    }
}

static void check(const uint64_t *block, int source, int dest, MPI_Count count)
{
    for (MPI_Count i = 0; i < count; i++) {
        if (block[i] != moved(source, dest, i)) {
            CU_FAIL("a block is wrong");
            return;
        }
    }
}

/* An operand stands for a run of ranks, at an index of the vector; two combine when the second
 * begins where the first ends. Anything else is spoilt for good. */
#define SPOILT UINT64_MAX

static uint64_t run_of(int from, int to, MPI_Count index)
{
    return (uint64_t)from << 48 | (uint64_t)to << 32 | (uint64_t)index;
}

static void join(const void *left, const void *right, void *out, MPI_Count count)
{
    const uint64_t *a = left, *b = right;
    uint64_t *to = out;
    for (MPI_Count i = 0; i < count; i++) {
        bool fits = a[i] != SPOILT && b[i] != SPOILT && (a[i] >> 32 & 0xffff) == b[i] >> 48 &&
                    (uint32_t)a[i] == (uint32_t)b[i];
        to[i] = fits ? a[i] >> 48 << 48 | (b[i] & 0xffffffffffff) : SPOILT;
    }
}

static mpr_kernel *const join_kernels[MPR_ELEMENT_COUNT] = {[MPR_ELEMENT_UINT64] = join};
static struct mpr_op join_op = {.name = "join", .predefined = true, .kernels = join_kernels};

static void add(const void *left, const void *right, void *out, MPI_Count count)
{
    const uint64_t *a = left, *b = right;
    uint64_t *to = out;
    for (MPI_Count i = 0; i < count; i++) {
        to[i] = a[i] + b[i];
    }
}

static mpr_kernel *const add_kernels[MPR_ELEMENT_COUNT] = {[MPR_ELEMENT_UINT64] = add};
static struct mpr_op add_op = {
    .name = "add", .commutative = true, .predefined = true, .kernels = add_kernels};

static void fill_runs(uint64_t *vector, int rank, MPI_Count count)
{
    for (MPI_Count i = 0; i < count; i++) {
        vector[i] = run_of(rank, rank + 1, i);
    }
}

/* `vector` begins at item `first` of the whole. */
static void check_runs(const uint64_t *vector, int to, MPI_Count first, MPI_Count count)
{
    for (MPI_Count i = 0; i < count; i++) {
        if (vector[i] != run_of(0, to, first + i)) {
            CU_FAIL("an operand is missing or out of order");
            return;
        }
    }
}

static void check_sums(const uint64_t *vector, int size, MPI_Count first, MPI_Count count)
{
    uint64_t sum = 0;
    for (int rank = 0; rank < size; rank++) {
        sum += run_of(rank, rank + 1, 0);
    }
    for (MPI_Count i = 0; i < count; i++) {
        if (vector[i] != sum + (uint64_t)size * (uint64_t)(first + i)) {
            CU_FAIL("a sum is wrong");
            return;
        }
    }
}

/* --- Bodies: one rank of each collective ------------------------------------------------------ */

static int entered_count;

static void barrier_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    (void)argument;
    for (int round = 1; round <= 3; round++) {
        entered_count++;
        coll = begin(comm);
        mpr_barrier(&coll);
        CU_ASSERT_EQUAL(end(&coll), 0);
        CU_ASSERT(entered_count >= round * comm->size);
    }
}

static void bcast_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    const struct setup *setup = argument;
    uint64_t *buffer = words(setup->count);
    if (comm->rank == setup->root) {
        fill(buffer, setup->root, 0, setup->count);
    }
    coll = begin(comm);
    mpr_bcast(&coll, buffer, setup->count, word, setup->root);
    CU_ASSERT_EQUAL(end(&coll), 0);
    check(buffer, setup->root, 0, setup->count);
    free(buffer);
}

static void gather_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    const struct setup *setup = argument;
    uint64_t *own = words(setup->count);
    uint64_t *all = words(setup->count * comm->size);
    fill(own, comm->rank, 0, setup->count);
    fill(all + setup->count * comm->rank, comm->rank, 0, setup->count);
    bool in_place = setup->in_place && comm->rank == setup->root;
    coll = begin(comm);
    mpr_gather(&coll, in_place ? MPI_IN_PLACE : own, setup->count, word, all, setup->count, word,
               setup->root);
    CU_ASSERT_EQUAL(end(&coll), 0);
    for (int rank = 0; rank < comm->size && comm->rank == setup->root; rank++) {
        check(all + setup->count * rank, rank, 0, setup->count);
    }
    free(own);
    free(all);
}

static void scatter_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    const struct setup *setup = argument;
    uint64_t *own = words(setup->count);
    uint64_t *all = words(setup->count * comm->size);
    for (int rank = 0; rank < comm->size && comm->rank == setup->root; rank++) {
        fill(all + setup->count * rank, comm->rank, rank, setup->count);
    }
    bool in_place = setup->in_place && comm->rank == setup->root;
    coll = begin(comm);
    mpr_scatter(&coll, all, setup->count, word, in_place ? MPI_IN_PLACE : own, setup->count, word,
                setup->root);
    CU_ASSERT_EQUAL(end(&coll), 0);
    check(in_place ? all + setup->count * comm->rank : own, setup->root, comm->rank, setup->count);
    free(own);
    free(all);
}

static void allgather_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    const struct setup *setup = argument;
    uint64_t *own = words(setup->count);
    uint64_t *all = words(setup->count * comm->size);
    fill(own, comm->rank, 0, setup->count);
    fill(all + setup->count * comm->rank, comm->rank, 0, setup->count);
    coll = begin(comm);
    mpr_allgather(&coll, setup->in_place ? MPI_IN_PLACE : own, setup->count, word, all,
                  setup->count, word);
    CU_ASSERT_EQUAL(end(&coll), 0);
    for (int rank = 0; rank < comm->size; rank++) {
        check(all + setup->count * rank, rank, 0, setup->count);
    }
    free(own);
    free(all);
}

static void alltoall_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    const struct setup *setup = argument;
    uint64_t *out = words(setup->count * comm->size);
    uint64_t *in = words(setup->count * comm->size);
    for (int rank = 0; rank < comm->size; rank++) {
        fill((setup->in_place ? in : out) + setup->count * rank, comm->rank, rank, setup->count);
    }
    coll = begin(comm);
    mpr_alltoall(&coll, setup->in_place ? MPI_IN_PLACE : out, setup->count, word, in, setup->count,
                 word);
    CU_ASSERT_EQUAL(end(&coll), 0);
    for (int rank = 0; rank < comm->size; rank++) {
        check(in + setup->count * rank, rank, comm->rank, setup->count);
    }
    free(out);
    free(in);
}

static void reduce_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    const struct setup *setup = argument;
    bool is_root = comm->rank == setup->root;
    for (int commutative = 0; commutative < 2; commutative++) {
        struct mpr_op *op = commutative ? &add_op : &join_op;
        uint64_t *own = words(setup->count);
        uint64_t *all = words(setup->count);
        fill_runs(own, comm->rank, setup->count);
        fill_runs(all, comm->rank, setup->count);
        const void *input = setup->in_place && is_root ? MPI_IN_PLACE : own;
        coll = begin(comm);
        mpr_reduce(&coll, input, is_root ? all : NULL, setup->count, word, op, setup->root);
        CU_ASSERT_EQUAL(end(&coll), 0);
        if (is_root && commutative) {
            check_sums(all, comm->size, 0, setup->count);
        } else if (is_root) {
            check_runs(all, comm->size, 0, setup->count);
        }
        free(own);
        free(all);
    }
}

static void allreduce_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    const struct setup *setup = argument;
    for (int commutative = 0; commutative < 2; commutative++) {
        struct mpr_op *op = commutative ? &add_op : &join_op;
        uint64_t *own = words(setup->count);
        uint64_t *all = words(setup->count);
        fill_runs(own, comm->rank, setup->count);
        fill_runs(all, comm->rank, setup->count);
        coll = begin(comm);
        mpr_allreduce(&coll, setup->in_place ? MPI_IN_PLACE : own, all, setup->count, word, op);
        CU_ASSERT_EQUAL(end(&coll), 0);
        if (commutative) {
            check_sums(all, comm->size, 0, setup->count);
        } else {
            check_runs(all, comm->size, 0, setup->count);
        }
        free(own);
        free(all);
    }
}

static void reduce_scatter_block_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    const struct setup *setup = argument;
    uint64_t *own = words(setup->count * comm->size);
    uint64_t *out = words(setup->count * comm->size);
    fill_runs(own, comm->rank, setup->count * comm->size);
    fill_runs(out, comm->rank, setup->count * comm->size);
    coll = begin(comm);
    mpr_reduce_scatter_block(&coll, setup->in_place ? MPI_IN_PLACE : own, out, setup->count, word,
                             &join_op);
    CU_ASSERT_EQUAL(end(&coll), 0);
    check_runs(out, comm->size, setup->count * comm->rank, setup->count);
    free(own);
    free(out);
}

/* Rank r gets r % 3 * count / 2 items. */
static void reduce_scatter_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    const struct setup *setup = argument;
    int recvcounts[64];
    MPI_Count total = 0, first = 0;
    for (int rank = 0; rank < comm->size; rank++) {
        first = rank == comm->rank ? total : first;
        recvcounts[rank] = (int)(rank % 3 * setup->count / 2);
        total += recvcounts[rank];
    }
    struct mpr_vector recvs = mpr_vector_int(recvcounts, NULL);
    uint64_t *own = words(total);
    uint64_t *out = words(total);
    fill_runs(own, comm->rank, total);
    fill_runs(out, comm->rank, total);
    coll = begin(comm);
    mpr_reduce_scatter(&coll, setup->in_place ? MPI_IN_PLACE : own, out, &recvs, word, &join_op);
    CU_ASSERT_EQUAL(end(&coll), 0);
    check_runs(out, comm->size, first, recvcounts[comm->rank]);
    free(own);
    free(out);
}

static void scan_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    const struct setup *setup = argument;
    uint64_t *own = words(setup->count);
    uint64_t *out = words(setup->count);
    fill_runs(own, comm->rank, setup->count);
    fill_runs(out, comm->rank, setup->count);
    coll = begin(comm);
    mpr_scan(&coll, setup->in_place ? MPI_IN_PLACE : own, out, setup->count, word, &join_op);
    CU_ASSERT_EQUAL(end(&coll), 0);
    check_runs(out, comm->rank + 1, 0, setup->count);
    fill_runs(out, comm->rank, setup->count);
    coll = begin(comm);
    mpr_exscan(&coll, setup->in_place ? MPI_IN_PLACE : own, out, setup->count, word, &join_op);
    CU_ASSERT_EQUAL(end(&coll), 0);
    if (comm->rank > 0) {
        check_runs(out, comm->rank, 0, setup->count);
    }
    free(own);
    free(out);
}

/* Everyone but the root has room for half of what the root sends. */
static void truncation_body(struct mpr_comm *comm, const void *argument)
{
    struct mpr_coll coll;
    (void)argument;
    bool is_root = comm->rank == 0;
    uint64_t buffer[100] = {0};
    coll = begin(comm);
    mpr_bcast(&coll, buffer, is_root ? 100 : 50, word, 0);
    int code = end(&coll);
    if (comm->size == 2) {
        CU_ASSERT_EQUAL(code, is_root ? 0 : MPR_ERR_TRUNCATE);
    }
    coll = begin(comm);
    mpr_barrier(&coll);
    CU_ASSERT_EQUAL(end(&coll), 0);
}

/* --- Tests ------------------------------------------------------------------------------------ */

static void barrier_holds_everybody(void)
{
    for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
        for (int variant = 0; variant < 18; variant++) {
            fake_set_crowded(variant / 3 % 2);
            fake_set_parted((s + (size_t)variant) % 2);
            form = (enum form)(variant / 6);
            fake_set_slates(form == BLOCKING && variant < 3);
            entered_count = 0;
            CU_ASSERT(fake_run(sizes[s], (enum fake_sends)(variant % 3), barrier_body, NULL));
        }
    }
}

static void truncation_hangs_nobody(void)
{
    for (int size = 2; size < 20; size++) {
        fake_set_crowded(size % 2);
        form = (enum form)(size % FORMS);
        fake_set_slates(form == BLOCKING);
        CU_ASSERT(fake_run(size, FAKE_SENDS_MIXED, truncation_body, NULL));
    }
}

#define MATRIX_TEST(name)                                                                          \
    static void name(void)                                                                         \
    {                                                                                              \
        run_matrix(name##_body, #name);                                                            \
    }

MATRIX_TEST(bcast)
MATRIX_TEST(gather)
MATRIX_TEST(scatter)
MATRIX_TEST(allgather)
MATRIX_TEST(alltoall)
MATRIX_TEST(reduce)
MATRIX_TEST(allreduce)
MATRIX_TEST(reduce_scatter_block)
MATRIX_TEST(reduce_scatter)
MATRIX_TEST(scan)

static void predefined_types_start(void)
{
    CU_ASSERT_EQUAL_FATAL(mpr_type_start(), 0);
    word = mpr_type_find(MPI_UINT64_T);
    CU_ASSERT_PTR_NOT_NULL_FATAL(word);
}

UNIT_MAIN("coll", UNIT(predefined_types_start), UNIT(barrier_holds_everybody), UNIT(bcast),
          UNIT(gather), UNIT(scatter), UNIT(allgather), UNIT(alltoall), UNIT(reduce),
          UNIT(allreduce), UNIT(reduce_scatter_block), UNIT(reduce_scatter), UNIT(scan),
          UNIT(truncation_hangs_nobody))
