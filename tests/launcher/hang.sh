#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Jobs in which no rank can go on, those that only look so, and a look at a job from outside.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

cat >hang.c <<'END'
#include <mpi.h>
#include <string.h>
static int rank, size, value;
static void receive(int source, int tag, MPI_Comm comm)
{
    MPI_Recv(&value, 1, MPI_INT, source, tag, comm, MPI_STATUS_IGNORE);
}
static void split(void)
{
    MPI_Comm odd;
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, -rank, &odd);
    if (rank % 2 == 0) {
        receive(0, 1, odd); // of the even ones, the last is the first
    } else {
        MPI_Barrier(odd);
        MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    }
}
int main(int argc, char **argv)
{
    const char *kind = argv[1];
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (strcmp(kind, "circle") == 0) {
        receive((rank + 1) % size, 5, MPI_COMM_WORLD);
    } else if (strcmp(kind, "missing") == 0 && rank == size - 1) {
        receive(MPI_ANY_SOURCE, 3, MPI_COMM_WORLD);
    } else if (strcmp(kind, "send") == 0 && rank == 0) {
        MPI_Ssend(&value, 1, MPI_INT, 1, 7, MPI_COMM_WORLD);
    } else if (strcmp(kind, "split") == 0) {
        split();
    }
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
END
"$top/mpcc" -o hang hang.c

stuck='^mprun: no rank can ever go on: all wait, and nothing is under way; where they are:$'

expect_no_circle() {
    ! grep -q circle "$err" || fail 'there is no circle'
}

# --- Hangs ------------------------------------------------------------------------------------

run "$mprun" -n 1 ./hang circle
expect_status 1
expect_err_is 'mprun: no rank can ever go on: all wait, and nothing is under way; where they are:
mprun: rank 0: in MPI_Recv from rank 0, tag 5
mprun: rank 0 waits for itself
mprun: the job ends; with --on-hang tell it stays, for a debugger'

run "$mprun" -n 3 ./hang circle
expect_status 1
expect_err "$stuck"
expect_err '^mprun: rank 2: in MPI_Recv from rank 0, tag 5$'
expect_err '^mprun: in a circle, rank 0 waits for rank 1, that for rank 2, that for rank 0$'

run "$mprun" -n 20 ./hang circle
expect_status 1
expect_err '^mprun: in a circle, rank 0 waits for rank 1, .*, that for rank 8, and so on$'

for ranks in 2 3 8; do
    run "$mprun" -n $ranks ./hang missing
    expect_status 1
    expect_err "$stuck"
    expect_err "^mprun: ranks? 0.*: in MPI_Barrier, waiting for rank $((ranks - 1))\$"
    expect_err "^mprun: rank $((ranks - 1)): in MPI_Recv from any rank, tag 3\$"
    expect_err "^mprun: rank $((ranks - 1)) is missing from MPI_Barrier\$"
    expect_no_circle
done

run "$mprun" -n 4 --timeout 50 ./hang send
expect_status 1
expect_err '^mprun: rank 0: in MPI_Ssend to rank 1, tag 7$'
expect_err '^mprun: ranks 1-3: in MPI_Barrier, waiting for rank 0$'
expect_err '^mprun: rank 0 is missing from MPI_Barrier$'
expect_err '^mprun: in a circle, rank 0 waits for rank 1, that for rank 0$'

# Ranks are named as the world knows them, whatever they are called on a communicator.
run "$mprun" -n 4 ./hang split
expect_status 1
expect_err '^mprun: rank 0: in MPI_Recv from rank 0 of communicator #[0-9]+, tag 1$'
expect_err '^mprun: rank [02] is missing from MPI_Allreduce$'
expect_err '^mprun: rank 2 waits for itself$'

cat >gone.c <<'END'
#include <mpi.h>
int main(void)
{
    MPI_Session session;
    MPI_Group group;
    MPI_Comm comm;
    int rank, value;
    MPI_Session_init(MPI_INFO_NULL, MPI_ERRORS_ARE_FATAL, &session);
    MPI_Group_from_session_pset(session, "mpi://WORLD", &group);
    MPI_Comm_create_from_group(group, "", MPI_INFO_NULL, MPI_ERRORS_ARE_FATAL, &comm);
    MPI_Comm_rank(comm, &rank);
    if (rank == 0) {
        MPI_Recv(&value, 1, MPI_INT, 1, 0, comm, MPI_STATUS_IGNORE);
    }
    MPI_Comm_free(&comm);
    MPI_Group_free(&group);
    MPI_Session_finalize(&session);
    return 0;
}
END
"$top/mpcc" -o gone gone.c
run "$mprun" -n 2 ./gone
expect_status 1
expect_err '^mprun: rank 1: ended$'
expect_err '^mprun: rank 1 has ended, but rank 0 waits for it in MPI_Recv$'

# Where several threads may call, all of them wait.
cat >threads.c <<'END'
#include <mpi.h>
#include <pthread.h>
#include <stdlib.h>
static int value[2];
static void *receive(void *tag)
{
    MPI_Recv(&value[*(int *)tag], 1, MPI_INT, MPI_ANY_SOURCE, *(int *)tag, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    return NULL;
}
int main(int argc, char **argv)
{
    int provided, tags[] = {0, 1};
    pthread_t thread;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    if (atoi(argv[1]) > 1) {
        pthread_create(&thread, NULL, receive, &tags[1]);
    }
    receive(&tags[0]);
    return 0;
}
END
"$top/mpcc" -pthread -o threads threads.c
if [[ ! $(sanitizer_flags) =~ address|thread ]]; then # which have threads of their own
    for threads in 1 2; do
        run "$mprun" -n 2 ./threads $threads
        expect_status 1
        expect_err "$stuck"
    done
fi

# What ranks sleep in that share cores, and beyond those that membarrier(2) serves.
run -t 120 "$mprun" -n 64 ./hang missing
expect_status 1
expect_err '^mprun: rank 63 is missing from MPI_Barrier$'

# --- No hangs ---------------------------------------------------------------------------------

# Everybody sleeps but one, who does something else for longer than it takes to find a hang.
cat >late.c <<'END'
#include <mpi.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
enum { LATE_US = 1500000 };
static int value;
static void send(int dest, MPI_Comm comm)
{
    usleep(LATE_US);
    MPI_Send(&value, 1, MPI_INT, dest, 0, comm);
}
static void receive(int source, MPI_Comm comm)
{
    MPI_Recv(&value, 1, MPI_INT, source, 0, comm, MPI_STATUS_IGNORE);
}
static void *send_to_self(void *unused)
{
    send(0, MPI_COMM_SELF);
    return unused;
}
static void use_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, send_to_self, NULL);
    receive(0, MPI_COMM_SELF);
    pthread_join(thread, NULL);
}
/* Of two threads that wait, the one that sleeps on may have moved what the other one waits for. */
static void *answer_late(void *unused)
{
    MPI_Recv(&value, 1, MPI_INT, 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    usleep(LATE_US);
    MPI_Send(&value, 1, MPI_INT, 1, 2, MPI_COMM_WORLD);
    return unused;
}
static void use_two(int rank)
{
    pthread_t thread;
    if (rank == 0) {
        int got;
        pthread_create(&thread, NULL, answer_late, NULL);
        MPI_Recv(&got, 1, MPI_INT, 1, 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        pthread_join(thread, NULL);
    } else {
        usleep(50000); // they sleep
        MPI_Send(&value, 1, MPI_INT, 0, 1, MPI_COMM_WORLD);
        MPI_Recv(&value, 1, MPI_INT, 0, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(&value, 1, MPI_INT, 0, 3, MPI_COMM_WORLD);
    }
}
static void use_child(char *program)
{
    MPI_Comm family;
    char *arguments[] = {"thread", NULL};
    MPI_Comm_get_parent(&family);
    if (family != MPI_COMM_NULL) {
        send(0, family);
    } else {
        MPI_Comm_spawn(program, arguments, 1, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &family,
                       MPI_ERRCODES_IGNORE);
        receive(0, family);
    }
    MPI_Comm_disconnect(&family);
}
static void use_port(int rank)
{
    char port[MPI_MAX_PORT_NAME];
    MPI_Comm other;
    if (rank == 0) {
        MPI_Open_port(MPI_INFO_NULL, port);
        MPI_Send(port, MPI_MAX_PORT_NAME, MPI_CHAR, 1, 1, MPI_COMM_WORLD);
        MPI_Comm_accept(port, MPI_INFO_NULL, 0, MPI_COMM_SELF, &other);
    } else {
        MPI_Recv(port, MPI_MAX_PORT_NAME, MPI_CHAR, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        usleep(LATE_US);
        MPI_Comm_connect(port, MPI_INFO_NULL, 0, MPI_COMM_SELF, &other);
    }
    MPI_Comm_disconnect(&other);
}
int main(int argc, char **argv)
{
    int rank, provided;
    MPI_Comm parent;
    const char *kind = argv[1];
    MPI_Init_thread(&argc, &argv,
                    strncmp(kind, "thread", 6) == 0 ? MPI_THREAD_MULTIPLE : MPI_THREAD_SINGLE,
                    &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_get_parent(&parent);
    if (strcmp(kind, "child") == 0 || parent != MPI_COMM_NULL) {
        use_child(argv[0]);
    } else if (strcmp(kind, "thread") == 0) {
        use_thread();
    } else if (strcmp(kind, "threads") == 0) {
        use_two(rank);
    } else if (strcmp(kind, "port") == 0) {
        use_port(rank);
    } else if (rank == 0) {
        usleep(LATE_US);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
END
"$top/mpcc" -pthread -o late late.c

run "$mprun" -n 3 ./late self
expect_status 0
expect_no_err
run "$mprun" -n 2 ./late thread
expect_status 0
expect_no_err
run "$mprun" -n 2 ./late threads
expect_status 0
expect_no_err
run "$mprun" -n 1 ./late child
expect_status 0
expect_no_err
run "$mprun" -n 2 ./late port
expect_status 0
expect_no_err

# A rank that is stopped may yet go on.
has_two_asleep() {
    [[ $("$mprun" --status "$started_pid") == *'ranks 1-2: in MPI_Barrier, waiting for rank 0'* ]]
}
signal_ranks() {
    # shellcheck disable=SC2046  # several numbers
    kill "-$1" $(started_children)
}
start "$mprun" -n 3 ./late self
wait_until has_two_asleep
signal_ranks STOP
sleep 1.5
signal_ranks CONT
finish
expect_status 0
expect_no_err

# --- What is to be done -----------------------------------------------------------------------

is_told() {
    grep -q circle "$err"
}
start "$mprun" -n 2 --on-hang tell ./hang circle
wait_until is_told
sleep 1
kill -0 "$started_pid" || fail 'the job has not stayed'
[[ $(wc -l <"$err") -eq 4 ]] || fail 'it is not told once'
status_text=$("$mprun" --status "$started_pid")
[[ $status_text == 'no rank can ever go on'*'in a circle, rank 0 waits for rank 1'* ]] ||
    fail "another look told: $status_text"
kill "$started_pid"
finish
expect_status 143

# Nobody's debugger loses its process.
cat >trace.c <<'END'
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    pid_t child = argc > 1 ? fork() : -1;
    int status;
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        execv(argv[1], argv + 1);
        return 127;
    }
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        int number = WSTOPSIG(status);
        ptrace(PTRACE_CONT, child, 0, number == SIGTRAP ? 0 : number);
    }
    return 0;
}
END
"$top/mpcc" -o trace trace.c
start "$mprun" -n 1 ./trace ./hang circle : -n 1 ./hang circle
wait_until is_told
sleep 1
expect_err '^mprun: the job stays, because a rank is being debugged$'
kill -0 "$started_pid" || fail 'the job has not stayed'
kill "$started_pid"
finish
expect_status 143

start "$mprun" -n 2 --on-hang ignore --timeout 2 ./hang circle
finish
expect_status 124
expect_err '^mprun: the time limit of 2 s is over; where the ranks are:$'
expect_no_circle

# --- From outside -----------------------------------------------------------------------------

start "$mprun" -n 2 sleep 1000
run_status=0
status_text=$("$mprun" --status "$started_pid") || run_status=$?
[[ $run_status -eq 0 && $status_text == 'ranks 0-1: before MPI_Init, or without MPI' ]] ||
    fail "a job without MPI is told to be: $status_text"
kill "$started_pid"
finish

run "$mprun" --status $$
expect_status 1
expect_err "^mprun: --status: no job runs under a process $$; it is mprun's own number"
