/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives of a few KiB with a rank that has used up the mappings a process may have, so that it
 * cannot make more memory readable in parts: before the others have lent it anything, or after. */
/* matrix: np=2,3 copy=auto,direct rings=default crowded=no limit=60 */
#include <sys/mman.h>

#include "tests/lib/mpitest.h"
#include "tests/lib/sanitized.h"

enum { BYTES = 8192, CALLS = 100, PAGE = 4096, PAGES = 300000 };

static unsigned char *out, *in;

static void use_up_mappings(void)
{
    char *memory = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    for (int page = 1; memory != MAP_FAILED && page < PAGES - 1; page += 2) {
        if (mprotect(memory + (size_t)page * PAGE, PAGE, PROT_NONE) != 0) {
            return;
        }
    }
}

static void move_data(MPI_Comm comm)
{
    const int each = BYTES / mpitest_size / 8 * 8;

    for (int call = 0; call < CALLS; call++) {
        mpitest_fill(out, BYTES, (uint64_t)mpitest_rank);
        MPI_Alltoall(out, each, MPI_CHAR, in, each, MPI_CHAR, comm);
        for (int from = 0; from < mpitest_size; from++) {
            CHECK_EQ(in[from * each],
                     mpitest_pattern_byte((uint64_t)from, (size_t)(mpitest_rank * each)));
        }
        memset(in, 0, BYTES);
        MPI_Bcast(mpitest_rank == 0 ? out : in, BYTES, MPI_CHAR, 0, comm);
        if (mpitest_rank != 0) {
            CHECK_PATTERN(in, BYTES, 0);
        }
    }
}

int main(int argc, char **argv)
{
    MPI_Comm other;

    mpitest_start(&argc, &argv);
    if (SANITIZED_ADDRESS || SANITIZED_THREAD) { // it needs mappings itself, and nothing is lent
        return mpitest_skip("mappings used up under a sanitizer");
    }
    CHECK_EQ(posix_memalign((void **)&out, PAGE, BYTES), 0);
    CHECK_EQ(posix_memalign((void **)&in, PAGE, BYTES), 0);
    MPI_Comm_dup(MPI_COMM_WORLD, &other);
    if (mpitest_rank == 1) {
        use_up_mappings();
    }
    move_data(MPI_COMM_WORLD);
    move_data(other);
    MPI_Comm_free(&other);
    free(out);
    free(in);
    return mpitest_finish();
}
