/* SPDX-License-Identifier: BSD-3-Clause */
/* How wide the vectors are that loops for the memory of messages should use. */
#ifndef MPR_BASE_VECTORS_H
#define MPR_BASE_VECTORS_H

/* Bytes of the widest vectors that this processor runs at full speed and that the user allows: 16,
 * 32 (AVX2) or 64 (AVX-512). 16 also where somebody watches what is read and written (a sanitizer),
 * which then sees plain loops. Reads the tunables. */
int mpr_vector_bytes(void);

#endif
