/* SPDX-License-Identifier: BSD-3-Clause */
/* Functions as they travel between ranks: the module they lie in, and the offset in it.
 *
 * All ranks run the same program, but the loader puts it, and the libraries that tasks may lie in,
 * at another place in each. A module is known by a hash of its build id, or, where the linker gave
 * it none, of its name and the size of its code; so that another build of the program is not taken
 * for the same. */
#ifndef MPP_ADDRESS_H
#define MPP_ADDRESS_H

#include <stdint.h>

typedef void mpp_code(void);

struct mpp_address {
    uint64_t module;
    uint64_t offset;
};

/* Where a function of this process is. 0, or -1: it is in no loaded module. */
int mpp_address_of(mpp_code *code, struct mpp_address *address);

/* The function in this process, or null: no module of this process is that one. */
mpp_code *mpp_address_find(struct mpp_address address);

#endif
