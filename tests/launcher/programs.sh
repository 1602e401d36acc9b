#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Programs of every kind, their folder and their environment.
. "${srcdir:-.}/tests/lib/launcher.sh"

for engine in auto sync; do
    export MPRUN_ENGINE=$engine

    run "$mprun" -n 4 echo hi
    expect_status 0
    expect_out_is $'hi\nhi\nhi\nhi'
    expect_no_err

    # The default is one rank for each usable CPU.
    run "$mprun" echo x
    expect_status 0
    expect_out_lines "$(nproc)"

    run taskset -c 0 "$mprun" echo x
    expect_out_lines 1

    # shellcheck disable=SC2016  # the ranks' own variables
    run "$mprun" -n 3 sh -c 'echo $MPRUN_RANK'
    [[ $(sort "$out") == $'0\n1\n2' ]] || fail 'ranks are not 0 to 2'
done

# --- Several programs, folders, variables -------------------------------------------------------

# shellcheck disable=SC2016
run "$mprun" -n 2 sh -c 'echo a $MPRUN_RANK' : -n 1 sh -c 'echo b $MPRUN_RANK' \
    : sh -c 'echo c $MPRUN_RANK'
expect_status 0
[[ $(sort "$out") == $'a 0\na 1\nb 2\nc 3' ]] || fail 'programs have the wrong ranks'

# Each rank knows how many belong to its program, whether they run already or not.
for ((i = 0; i < 20; i++)); do
    run "$mprun" -n 2 "$top/tests/mpi/info_env" of=2 x 'y z' : -n 3 "$top/tests/mpi/info_env" of=3
    expect_status 0
done

# A session lists the sets of processes that the rank is in: of the programs, its own.
run "$mprun" -n 2 "$top/tests/mpi/session_only" : -n 1 "$top/tests/mpi/session_only"
expect_status 0

mkdir folder
run "$mprun" -n 2 -wdir folder pwd
expect_status 0
expect_out_is "$PWD/folder"$'\n'"$PWD/folder"

printf '#!/bin/sh\necho ran in "$(basename "$PWD")"\n' >folder/script
chmod +x folder/script
run "$mprun" -n 1 -wdir folder ./script
expect_out_is 'ran in folder'

# shellcheck disable=SC2016
A=inherited B=inherited run "$mprun" -genv C all \
    -n 1 -x A=given -x B -env D one sh -c 'echo $A $B $C $D' : -n 1 sh -c 'echo $A $B $C $D'
expect_status 0
[[ $(sort "$out") == $'given inherited all one\ninherited inherited all' ]] ||
    fail 'wrong variables'

unset NOT_THERE
run "$mprun" -n 1 -x NOT_THERE true
expect_status 0
expect_err '^mprun: -x: the environment has no variable NOT_THERE'

# Ranks that share cores do without restartable sequences, unless the user wants them.
crowd=$(($(nproc) + 1))
# shellcheck disable=SC2016
show='[ "$MPRUN_RANK" != 0 ] || echo "<$GLIBC_TUNABLES>"'
GLIBC_TUNABLES='' run "$mprun" -n 1 sh -c "$show"
expect_out_is '<>'
GLIBC_TUNABLES='' run "$mprun" -n $crowd sh -c "$show"
expect_out_is '<glibc.pthread.rseq=0>'
GLIBC_TUNABLES=glibc.malloc.check=0 run "$mprun" -n $crowd sh -c "$show"
expect_out_is '<glibc.malloc.check=0:glibc.pthread.rseq=0>'
run "$mprun" -n $crowd -x GLIBC_TUNABLES=glibc.pthread.rseq=1 sh -c "$show"
expect_out_is '<glibc.pthread.rseq=1>'

# What is set for a program also holds for what its ranks spawn, and for what those spawn.
cat >family.c <<'END'
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    char *less[] = {argc > 1 && argv[1][0] == '2' ? "1" : NULL, NULL};
    MPI_Comm children;

    MPI_Init(&argc, &argv);
    printf("%s: %s %s\n", argc > 1 ? argv[1] : "0", getenv("C"), getenv("D"));
    if (argc > 1) {
        MPI_Comm_spawn(argv[0], less, 1, MPI_INFO_NULL, 0, MPI_COMM_SELF, &children,
                       MPI_ERRCODES_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
END
# shellcheck disable=SC2046 # several words
"$top/mpcc" $(sanitizer_flags) family.c -o family
C=wrong run "$mprun" -genv C all -n 1 ./family 1 : -n 1 -x D=one ./family 2
expect_status 0
[[ $(sort "$out") == $'0: all (null)\n0: all one\n1: all (null)\n1: all one\n2: all one' ]] ||
    fail 'wrong variables in spawned processes'

# A rank that starts mprun itself starts a job of its own.
# shellcheck disable=SC2016
run "$mprun" -n 2 "$mprun" -n 2 sh -c 'echo $MPRUN_RANK'
expect_status 0
[[ $(sort "$out") == $'0\n0\n1\n1' ]] || fail 'a job within a job has wrong ranks'

# What mprun has inherited its ranks inherit as well; the segment and a socket to ask
# mprun are all that is added.
exec 9</dev/null
run ls /proc/self/fd
bare=$(wc -l <"$out")
run "$mprun" -n 2 sh -c 'ls /proc/self/fd | wc -l'
expect_out_is "$((bare + 2))"$'\n'"$((bare + 2))"
exec 9<&-

# Its limits and signals are those that mprun was started with.
run bash -c "ulimit -Sn 300; exec '$mprun' -n 1 sh -c 'ulimit -Sn'"
expect_out_is 300
# (Of signals 1 to 28: the C library takes 32 and 33, which make leaves
# ignored, when a thread starts.)
signals=(sed -nE 's/^(SigBlk|SigIgn).*(.{7})$/\1 \2/p' /proc/self/status)
run "${signals[@]}"
bare=$(<"$out")
run "$mprun" -n 1 "${signals[@]}"
expect_out_is "$bare"

# A script without "#!" is run by the shell, as a shell would do.
echo 'echo plain script' >plain
chmod +x plain
run "$mprun" -n 1 ./plain
expect_status 0
expect_out_is 'plain script'
