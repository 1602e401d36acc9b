/* SPDX-License-Identifier: BSD-3-Clause */
/* The names of the MPI calls: each has one, its own, and no number goes astray. */
#include "base/call.h"
#include "tests/lib/unit.h"

static void names_are_those_of_mpi_h(void)
{
    CU_ASSERT_STRING_EQUAL(mpr_call_name(MPR_CALL_Send), "MPI_Send");
    CU_ASSERT_STRING_EQUAL(mpr_call_name(MPR_CALL_Reduce_scatter_block_init),
                           "MPI_Reduce_scatter_block_init");
    CU_ASSERT_STRING_EQUAL(mpr_call_name(MPR_CALL_Send_c), "MPI_Send_c");
    CU_ASSERT_STRING_EQUAL(mpr_call_name(MPR_CALL_COUNT - 2), "MPI_Win_fromint");
}

static void every_call_has_a_name_of_its_own(void)
{
    for (int call = 0; call < MPR_CALL_COUNT; call++) {
        const char *name = mpr_call_name((enum mpr_call)call);
        CU_ASSERT_PTR_NOT_NULL_FATAL(name);
        for (int other = 0; other < call; other++) {
            CU_ASSERT_STRING_NOT_EQUAL(name, mpr_call_name((enum mpr_call)other));
        }
    }
}

static void other_numbers_have_a_text_too(void)
{
    CU_ASSERT_STRING_EQUAL(mpr_call_name(MPR_CALL_NONE), "no MPI call");
    CU_ASSERT_STRING_EQUAL(mpr_call_name(MPR_CALL_COUNT), "unknown MPI call");
    CU_ASSERT_STRING_EQUAL(mpr_call_name((enum mpr_call)-1), "unknown MPI call");
}

UNIT_MAIN("call", UNIT(names_are_those_of_mpi_h), UNIT(every_call_has_a_name_of_its_own),
          UNIT(other_numbers_have_a_text_too))
