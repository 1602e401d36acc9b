#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Programs of other MPI libraries are started, and said to be.
. "${srcdir:-.}/tests/lib/launcher.sh"

mkdir bin
echo 'int main(void) { return 0; }' >main.c
echo 'int MPI_Other(void) { return 0; }' >other.c
for library in libmpi.so.40 libmpich.so.12 libmpi_abi.so.1 libmpiano.so.3; do
    cc -shared -fPIC -Wl,-soname,$library other.c -o "bin/$library"
    cc main.c -Wl,--no-as-needed "bin/$library" "-Wl,-rpath,$work/bin" -lm -o "bin/with-$library"
done

for library in libmpi.so.40 libmpich.so.12; do
    run "$mprun" -n 2 "bin/with-$library"
    expect_status 0
    says="bin/with-$library is linked with another MPI library, $library: each of its ranks is a"
    says+=" job of its own here; compile it with mpcc, or start it with that library's mpirun"
    expect_err_is "mprun: $says"
    run "$mprun" -n 1 "bin/with-$library"
    expect_status 0
    expect_no_err
done
PATH=$PATH:$work/bin run "$mprun" -n 1 true : -n 1 -wdir / with-libmpi.so.40
expect_status 0
expect_err '^mprun: with-libmpi.so.40 is linked with another MPI library, libmpi.so.40:'
run "$mprun" -n 2 -wdir bin ./with-libmpi.so.40
expect_err '^mprun: ./with-libmpi.so.40 is linked with another MPI library, libmpi.so.40:'

# Ours, one that only sounds alike, and what has no such list.
printf '#!/bin/sh\nexit 0\n# libmpi.so.40\n' >script
head -c 100 bin/with-libmpi.so.40 >>script
chmod +x script
for program in bin/with-libmpi_abi.so.1 bin/with-libmpiano.so.3 ./script true; do
    run "$mprun" -n 2 "$program"
    expect_no_err
done
