/* SPDX-License-Identifier: BSD-3-Clause */
/* Balanced grids: a number as a product of factors that are as equal as can be.
 *
 * The largest factor of `count` is at least the count-th root. So the divisors from there upwards
 * are tried in turn, and the rest is divided likewise, into factors that are no larger. The first
 * way that is found is the best: no other has a smaller largest factor, nor, among those with the
 * same one, a smaller second. */
#include <stdbool.h>

#include "base/error.h"
#include "comm/cart.h"

/* An int has fewer prime factors; all further factors are 1. */
enum { FACTORS_MAX = 31 };

/* base to the power of `exponent`, or `limit` if it is at least that. */
static int64_t power(int64_t base, int exponent, int64_t limit)
{
    int64_t result = 1;
    for (int i = 0; i < exponent && result < limit; i++) {
        result *= base;
    }
    return result < limit ? result : limit;
}

/* The smallest number whose power is at least `number`. */
static int root_above(int number, int exponent)
{
    int low = 1;
    int high = number;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (power(middle, exponent, number) < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The smallest divisor of `number` that is at least `least`, which is at most `number`. Divisors
 * come in pairs: above the square root they are found by their partners. */
static int divisor_from(int number, int least)
{
    int64_t divisor = least;
    for (; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0) {
            return (int)divisor;
        }
    }
    for (int partner = (int)(number / divisor); partner > 1; partner--) {
        if (number % partner == 0) {
            return number / partner;
        }
    }
    return number;
}

/* Fills factors[] with `count` factors of `number` in descending order, none above `most`. Returns
 * whether there are such. */
static bool factorize(int number, int count, int most, int *factors)
{
    if (count == 1) {
        factors[0] = number;
        return number <= most;
    }
    for (int64_t least = root_above(number, count); least <= number; least = factors[0] + 1) {
        factors[0] = divisor_from(number, (int)least);
        if (factors[0] > most) {
            return false;
        }
        if (factorize(number / factors[0], count - 1, factors[0], factors + 1)) {
            return true;
        }
    }
    return false;
}

int mpr_cart_balance(int node_count, int dim_count, int *dims)
{
    int factors[FACTORS_MAX];
    int rest = node_count;
    int free_count = 0;

    for (int dim = 0; dim < dim_count; dim++) {
        if (dims[dim] == 0) {
            free_count++;
        } else if (rest % dims[dim] == 0) {
            rest /= dims[dim];
        } else {
            return MPR_ERR_ARGUMENT;
        }
    }
    if (free_count == 0) {
        return rest == 1 ? MPR_OK : MPR_ERR_ARGUMENT;
    }
    int factor_count = free_count < FACTORS_MAX ? free_count : FACTORS_MAX;
    factorize(rest, factor_count, rest, factors);
    for (int dim = 0, next = 0; dim < dim_count; dim++) {
        if (dims[dim] == 0) {
            dims[dim] = next < factor_count ? factors[next++] : 1;
        }
    }
    return MPR_OK;
}
