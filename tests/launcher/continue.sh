#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# mprun --continue: when the job goes on without a rank, when not, and what it says and returns.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

cc=$top/mpcc
ulimit -c 0
export ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS-} # of those that end in the midst

# Rank 1 dies as the first argument says; the others wait for it, with the handler that the second
# names. Those who get an error say so and end well.
cat >meet.c <<'END'
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int rank, class, value = 0;

    if (argc < 3) {
        return 99;
    }
    if (strcmp(argv[1], "stranger") == 0 && atoi(getenv("MPRUN_RANK")) == 1) {
        return 5;
    }
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (strcmp(argv[2], "return") == 0) {
        MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    }
    if (rank == 1) {
        if (strcmp(argv[1], "kill") == 0) {
            raise(SIGKILL);
        } else if (strcmp(argv[1], "abort") == 0) {
            MPI_Abort(MPI_COMM_WORLD, 7);
        }
        _exit(argv[1][0] == 'z' ? 0 : 4);
    }
    MPI_Error_class(MPI_Recv(&value, 1, MPI_INT, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE), &class);
    printf("%s\n", class == MPI_ERR_PROC_ABORTED ? "told" : "wrong");
    MPI_Finalize();
    return 0;
}
END
"$cc" -o meet meet.c

goes_on='; the job goes on without it$'

for engine in auto sync; do
    export MPRUN_ENGINE=$engine

    # --- The job goes on ------------------------------------------------------------------------

    run "$mprun" --continue -n 4 ./meet kill return
    expect_status 137
    expect_out_is $'told\ntold\ntold'
    expect_err '^mprun: rank 1 was killed by signal 9 \('
    expect_err "$goes_on"
    expect_err_lines 1

    run "$mprun" --continue -n 3 ./meet exit return
    expect_status 4
    expect_out_is $'told\ntold'
    expect_err '^mprun: rank 1 ended with status 4 without calling MPI_Finalize, '
    expect_err "$goes_on"
    expect_err_lines 1

    run "$mprun" --enable-recovery -n 3 ./meet zero return
    expect_status 1
    expect_out_is $'told\ntold'
    expect_err_lines 1

    # Whether somebody is behind MPI_Init by then is chance: only then is there a line.
    run "$mprun" --continue -n 3 ./meet stranger return
    expect_status 5
    expect_out_is $'told\ntold'

    # The first failure is the status, whatever follows.
    # shellcheck disable=SC2016
    run "$mprun" --continue -n 4 sh -c 'sleep 0.$MPRUN_RANK
        case $MPRUN_RANK in 1) kill -SEGV $$ ;; 2) exit 3 ;; esac; echo lives'
    expect_status 139
    expect_out_is $'lives\nlives'
    expect_err '^mprun: rank 1 was killed by signal 11 \('
    expect_err_lines 1

    # --- It does not ----------------------------------------------------------------------------

    # The default handler.
    run "$mprun" --continue -n 2 ./meet kill default
    expect_status 137
    expect_no_out
    expect_err '^mprun: rank 1 was killed by signal 9 \('
    died='rank 1 of it has died \(MPI_ERR_PROC_ABORTED\)'
    expect_err "^mprun: rank 0: MPI_Recv on MPI_COMM_WORLD: $died\$"
    expect_err_lines 2

    run "$mprun" --continue -n 3 ./meet abort return
    expect_status 7
    expect_no_out
    expect_err '^mprun: rank 1 aborted the job with code 7$'
    expect_err_lines 1

    # Without the option, whatever the handler.
    run "$mprun" -n 3 ./meet kill return
    expect_status 137
    expect_no_out
    expect_err_lines 1

    # Ctrl-C ends all of it.
    start "$mprun" --continue -n 3 sleep 1000
    sleep 0.2
    kill -INT "$started_pid"
    finish 10
    expect_status 130
    expect_no_err
done
