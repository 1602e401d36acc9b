#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# CMake's own search for MPI takes the wrappers of the build folder, and what it builds runs.
. "${srcdir:-.}/tests/lib/launcher.sh"

type cmake >"$out" 2>&1 || skip 'cmake is not installed'

cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(ticks C CXX)
find_package(MPI REQUIRED COMPONENTS C CXX)
foreach(language C CXX)
    message(STATUS "${language}: ${MPI_${language}_VERSION} ${MPI_${language}_INCLUDE_DIRS}")
    message(STATUS "${language}: ${MPI_${language}_LIBRARIES}")
endforeach()
add_executable(ticks_c ticks.c)
target_link_libraries(ticks_c MPI::MPI_C)
add_executable(ticks_cxx ticks.cc)
target_link_libraries(ticks_cxx MPI::MPI_CXX)
END
cat >ticks.c <<'END'
#include <mpi.h>
int main(void)
{
    return MPI_Wtick() > 0 ? 0 : 1;
}
END
cp ticks.c ticks.cc

# CMake takes no flags of this kind from a wrapper: whoever sanitizes gives them to it as well.
CFLAGS=$(sanitizer_flags)
CXXFLAGS=$CFLAGS
export CFLAGS CXXFLAGS

unset MPI_HOME OMPI_CC OMPI_CXX MPICH_CC MPICH_CXX
run cmake -S . -B build -DMPI_C_COMPILER="$top/mpcc" -DMPI_CXX_COMPILER="$top/mpcxx" \
    -DMPIEXEC_EXECUTABLE="$mprun"
expect_status 0
expect_out '-- C: 5\.0 '
expect_out "-- C: $top/.libs/libmpi_abi.so"
expect_out '-- CXX: 5\.0 '
expect_out "-- CXX: $top/.libs/libmpi_abi.so"

run cmake --build build
expect_status 0
for program in build/ticks_c build/ticks_cxx; do
    run "$program"
    expect_status 0
done
