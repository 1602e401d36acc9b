/* SPDX-License-Identifier: BSD-3-Clause */
/* Grids: coordinates, shifts, and balanced dimensions, against definitions that take their time. */
#include "comm/cart.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "tests/lib/unit.h"

enum { DIMS_MAX = 4 };

/* All grids of up to four dimensions of sizes 1 to 4, by number. */
static struct mpr_cart grid(int number, int dim_count, int *dims, int *periods)
{
    for (int dim = 0; dim < dim_count; dim++) {
        dims[dim] = 1 + (number >> (3 * dim) & 3);
        periods[dim] = number >> (3 * dim) & 4;
    }
    return (struct mpr_cart){dim_count, dims, periods};
}

static void coordinates_go_row_by_row(void)
{
    const int dims[] = {2, 3, 4}, periods[] = {0, 1, 0};
    const struct mpr_cart cart = {3, dims, periods};
    int coords[3], rank = 0;

    CU_ASSERT_EQUAL(mpr_cart_size(&cart), 24);
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 3; j++) {
            for (int k = 0; k < 4; k++) {
                const int expected[] = {i, j, k};
                mpr_cart_coords(&cart, rank, coords);
                CU_ASSERT_EQUAL(memcmp(coords, expected, sizeof(coords)), 0);
                CU_ASSERT_EQUAL(mpr_cart_rank(&cart, expected), rank);
                rank++;
            }
        }
    }
}

static void rings_count_round_and_lines_end(void)
{
    const int dims[] = {3, 5}, periods[] = {1, 0};
    const struct mpr_cart cart = {2, dims, periods};

    CU_ASSERT_EQUAL(mpr_cart_rank(&cart, (const int[]){-1, 2}), 12);
    CU_ASSERT_EQUAL(mpr_cart_rank(&cart, (const int[]){7, 2}), 7);
    CU_ASSERT_EQUAL(mpr_cart_rank(&cart, (const int[]){INT_MIN, 0}), 5);
    CU_ASSERT_EQUAL(mpr_cart_rank(&cart, (const int[]){INT_MAX, 0}), 5);
    CU_ASSERT_EQUAL(mpr_cart_rank(&cart, (const int[]){0, -1}), MPI_UNDEFINED);
    CU_ASSERT_EQUAL(mpr_cart_rank(&cart, (const int[]){9, 5}), MPI_UNDEFINED);
    CU_ASSERT_EQUAL(mpr_cart_outside(&cart, (const int[]){9, 5}), 1);
    CU_ASSERT_EQUAL(mpr_cart_outside(&cart, (const int[]){9, 4}), MPI_UNDEFINED);
}

static void shifts_agree_with_coordinates(void)
{
    const int distances[] = {0, 1, -1, 2, -3, 4, 7, -9, INT_MAX, INT_MIN};

    for (int number = 0; number < 1 << 9; number++) {
        int dims[DIMS_MAX], periods[DIMS_MAX], coords[DIMS_MAX];
        const struct mpr_cart cart = grid(number, 3, dims, periods);
        for (int rank = 0; rank < mpr_cart_size(&cart); rank++) {
            for (int i = 0; i < 3 * 10; i++) {
                int dim = i % 3;
                int64_t moved;
                mpr_cart_coords(&cart, rank, coords);
                moved = (int64_t)coords[dim] + distances[i / 3];
                bool inside = moved >= 0 && moved < dims[dim];
                coords[dim] = (int)((moved % dims[dim] + dims[dim]) % dims[dim]);
                CU_ASSERT_EQUAL(mpr_cart_shift(&cart, rank, dim, distances[i / 3]),
                                periods[dim] || inside ? mpr_cart_rank(&cart, coords)
                                                       : MPI_PROC_NULL);
            }
        }
    }
}

static void a_grid_without_dimensions_is_one_process(void)
{
    const struct mpr_cart cart = {0, NULL, NULL};

    CU_ASSERT_EQUAL(mpr_cart_size(&cart), 1);
    CU_ASSERT_EQUAL(mpr_cart_rank(&cart, NULL), 0);
    CU_ASSERT_EQUAL(mpr_cart_outside(&cart, NULL), MPI_UNDEFINED);
    mpr_cart_coords(&cart, 0, NULL);
}

static void a_huge_grid_does_not_overflow(void)
{
    const int dims[] = {INT_MAX, INT_MAX, INT_MAX, INT_MAX, INT_MAX}, periods[5] = {0};
    CU_ASSERT_EQUAL(mpr_cart_size(&(struct mpr_cart){5, dims, periods}), INT64_MAX);
    CU_ASSERT_EQUAL(mpr_cart_size(&(struct mpr_cart){1, dims, periods}), INT_MAX);
}

/* ---- Balance ---- */

/* Whether `factors` is better than `best`: at the first difference, smaller. */
static bool is_better(const int *factors, const int *best, int count)
{
    for (int i = 0; i < count; i++) {
        if (factors[i] != best[i]) {
            return factors[i] < best[i];
        }
    }
    return false;
}

/* Every way to write `number` as descending factors, none above `most`. */
static void search(int number, int index, int count, int most, int *factors, int *best)
{
    if (index == count) {
        if (number == 1 && is_better(factors, best, count)) {
            memcpy(best, factors, (size_t)count * sizeof(*best));
        }
        return;
    }
    for (int factor = 1; factor <= most && factor <= number; factor++) {
        if (number % factor == 0) {
            factors[index] = factor;
            search(number / factor, index + 1, count, factor, factors, best);
        }
    }
}

static void factors_are_the_most_equal_ones(void)
{
    for (int number = 1; number <= 400; number++) {
        for (int count = 1; count <= 5; count++) {
            int factors[5], best[5] = {INT_MAX}, dims[5] = {0};
            search(number, 0, count, number, factors, best);
            CU_ASSERT_EQUAL(mpr_cart_balance(number, count, dims), 0);
            CU_ASSERT_EQUAL(memcmp(dims, best, (size_t)count * sizeof(*dims)), 0);
        }
    }
}

static void examples_of_the_standard(void)
{
    int a[] = {0, 0}, b[] = {0, 0}, c[] = {0, 3, 0}, d[] = {0, 3, 0};

    CU_ASSERT(mpr_cart_balance(6, 2, a) == 0 && a[0] == 3 && a[1] == 2);
    CU_ASSERT(mpr_cart_balance(7, 2, b) == 0 && b[0] == 7 && b[1] == 1);
    CU_ASSERT(mpr_cart_balance(6, 3, c) == 0 && c[0] == 2 && c[1] == 3 && c[2] == 1);
    CU_ASSERT(mpr_cart_balance(7, 3, d) == MPR_ERR_ARGUMENT);
}

static void fixed_dimensions_stay_and_must_divide(void)
{
    int dims[] = {0, 5, 0, 2}, fixed[] = {5, 2}, wrong[] = {5, 3}, small[] = {5, 1};

    CU_ASSERT_EQUAL(mpr_cart_balance(120, 4, dims), 0);
    CU_ASSERT(dims[0] == 4 && dims[1] == 5 && dims[2] == 3 && dims[3] == 2);
    CU_ASSERT_EQUAL(mpr_cart_balance(10, 2, fixed), 0);
    CU_ASSERT_EQUAL(mpr_cart_balance(10, 2, wrong), MPR_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(mpr_cart_balance(10, 2, small), MPR_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(mpr_cart_balance(1, 0, NULL), 0);
    CU_ASSERT_EQUAL(mpr_cart_balance(2, 0, NULL), MPR_ERR_ARGUMENT);
}

/* Numbers with very many divisors, primes, and more dimensions than there are prime factors. */
static void large_numbers_are_divided_at_once(void)
{
    const int numbers[] = {INT_MAX, 1 << 30, 2095133040, 1102701600, 1396755360, 46337 * 46327};

    for (int i = 0; i < 6; i++) {
        for (int count = 1; count <= 64; count++) {
            int dims[64] = {0};
            int64_t product = 1;
            CU_ASSERT_EQUAL(mpr_cart_balance(numbers[i], count, dims), 0);
            for (int dim = 0; dim < count; dim++) {
                product *= dims[dim];
                CU_ASSERT(dim == 0 || dims[dim] <= dims[dim - 1]);
            }
            CU_ASSERT_EQUAL(product, numbers[i]);
        }
    }
}

UNIT_MAIN("cart", UNIT(coordinates_go_row_by_row), UNIT(rings_count_round_and_lines_end),
          UNIT(shifts_agree_with_coordinates), UNIT(a_grid_without_dimensions_is_one_process),
          UNIT(a_huge_grid_does_not_overflow), UNIT(factors_are_the_most_equal_ones),
          UNIT(examples_of_the_standard), UNIT(fixed_dimensions_stay_and_must_divide),
          UNIT(large_numbers_are_divided_at_once))
