# SPDX-License-Identifier: BSD-3-Clause
# The public headers: add them to include_HEADERS.

include_HEADERS += include/mp.h include/mpi.h include/mpi_interop.h
