/* SPDX-License-Identifier: BSD-3-Clause */
/* Which parts of the machine this process is bound to: what the system says below /sys.
 *
 * A part (a package, a cache, a core...) has a number of its own among the parts of its kind; two
 * processes with the same number share it. The numbers are not those of any other tool. */
#ifndef MPR_BASE_HARDWARE_H
#define MPR_BASE_HARDWARE_H

/* From the whole to the single hardware thread. */
enum mpr_hardware {
    MPR_HARDWARE_MACHINE,
    MPR_HARDWARE_PACKAGE,
    MPR_HARDWARE_NUMA,
    MPR_HARDWARE_L3,
    MPR_HARDWARE_L2,
    MPR_HARDWARE_L1,
    MPR_HARDWARE_CORE,
    MPR_HARDWARE_THREAD,
    MPR_HARDWARE_COUNT
};

/* The number of the part that a CPU belongs to; -1 when the system does not say. `root` is "/sys"
 * but in tests. */
int mpr_hardware_of_cpu(const char *root, enum mpr_hardware kind, int cpu);

/* The number of the only part that the calling thread may run on; -1 when it may run on several, or
 * nobody knows. */
int mpr_hardware_here(enum mpr_hardware kind);

#endif
