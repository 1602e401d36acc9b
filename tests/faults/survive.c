/* SPDX-License-Identifier: BSD-3-Clause */
/* A job in which one rank dies and the others go on: survive RANK WHERE HOW MICROSECONDS
 *
 * WHERE  start       before MPI_Init; the others are in a collective
 *        compute     outside of MPI; the others receive from it
 *        asleep      asleep in a receive; so are the others, from anybody
 *        drip        outside of MPI; the others send it a byte now and then, and never wait
 *        star        in a stream of messages of all lengths with each of the others
 *        offer       in transfers of 64 MiB, to one and from the others
 *        nonblocking in many requests with each of the others, some freed, some persistent
 *        probe       the others probe for its messages, in all ways
 *        collective  in a stream of barriers and reductions
 *        schedule    in nonblocking and persistent collectives
 *        clog        outside of MPI; one of the others broadcasts more than another one reads
 *        inter       in collectives of two groups
 *        making      in the making of communicators
 *        threads     the others wait for it in several threads each, in different calls
 *        finalize    the others have offered it messages and are in MPI_Finalize
 * HOW    kill, segv  by that signal
 *        exit        by _exit(3)
 *
 * So many microseconds after the place was reached the victim dies, whatever it is doing by then.
 * Each survivor goes on until a call fails, which must be with MPI_ERR_PROC_ABORTED, and adds to
 * the file that the environment names as LATE_FILE how many microseconds after the death that was.
 * Then the survivors work on without the dead: with each other on the old communicator, and on a
 * new one. Whatever is wrong is said on standard error. */
#include "tests/faults/survive.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

const char *how, *where;
int delay_us;
int rank, size, victim;
char *out, *in;

void complain(const char *format, ...)
{
    char text[500];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "survive: rank %d of %d, %s: %s\n", rank, size, where, text);
    exit(98);
}

static long long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- Dying ---- */

/* In a signal handler: the time of death, as bytes. */
static void note_death(void)
{
    const char *path = getenv("DIE_FILE");
    const long long now = now_us();
    const int fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd >= 0 && write(fd, &now, sizeof now) != sizeof now) {
        _exit(99);
    }
}

static void die(int number)
{
    (void)number;
    note_death();
    if (how[0] == 'e') {
        _exit(3);
    }
    signal(SIGSEGV, SIG_DFL);
    kill(getpid(), how[0] == 'k' ? SIGKILL : SIGSEGV);
    sigset_t none;
    sigemptyset(&none);
    sigsuspend(&none);
}

/* From here on the victim has not long to live. The timer rings on, because ThreadSanitizer, which
 * calls handlers when it sees fit, now and then forgets one. */
static void doom(void)
{
    const struct itimerval timer = {.it_value = {.tv_sec = delay_us / 1000000,
                                                 .tv_usec = delay_us % 1000000 + 1},
                                    .it_interval = {.tv_usec = 100000}};
    if (rank == victim) {
        signal(SIGALRM, die);
        setitimer(ITIMER_REAL, &timer, NULL);
    }
}

void rest(void)
{
    for (;;) {
        usleep(1000); // and again: ThreadSanitizer may keep the signal for the next call
    }
}

/* ---- Surviving ---- */

void note_lateness(void)
{
    long long death_us = 0;
    const long long seen_us = now_us();
    const char *path = getenv("DIE_FILE");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    char text[32];

    if (fd < 0 || read(fd, &death_us, sizeof death_us) != sizeof death_us) {
        return;
    }
    close(fd);
    path = getenv("LATE_FILE");
    fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int length = snprintf(text, sizeof text, "%lld\n", seen_us - death_us);
    if (fd >= 0 && write(fd, text, (size_t)length) != length) {
        complain("cannot write to %s", path);
    }
    close(fd);
}

bool is_death(int code, const char *call)
{
    int class;

    if (code == MPI_SUCCESS) {
        return false;
    }
    MPI_Error_class(code, &class);
    if (class != MPI_ERR_PROC_ABORTED) {
        char text[MPI_MAX_ERROR_STRING];
        int length;
        MPI_Error_string(code, text, &length);
        complain("%s failed with class %d: %s", call, class, text);
    }
    return true;
}

void fill(char *buffer, int bytes, int key)
{
    for (int i = 0; i < bytes; i++) {
        buffer[i] = (char)(key * 31 + i * 7 + (i >> 8));
    }
}

void check(const char *buffer, int bytes, int key, const char *what)
{
    for (int i = 0; i < bytes; i++) {
        if (buffer[i] != (char)(key * 31 + i * 7 + (i >> 8))) {
            complain("%s: byte %d of %d is wrong", what, i, bytes);
        }
    }
}

/* ---- The whole ---- */

int main(int argc, char **argv)
{
    const char *own_rank = getenv("MPRUN_RANK");
    MPI_Comm half = MPI_COMM_NULL, between = MPI_COMM_NULL;
    int provided;

    if (argc != 5 || own_rank == NULL) {
        fprintf(stderr, "usage: mprun --continue -n N survive RANK WHERE HOW MICROSECONDS\n");
        return 99;
    }
    rank = atoi(own_rank);
    victim = atoi(argv[1]);
    where = argv[2];
    how = argv[3];
    delay_us = atoi(argv[4]);
    out = calloc(OFFER_BYTES, 1);
    in = calloc(OFFER_BYTES, 1);
    if (rank == victim && strcmp(where, "start") == 0) {
        doom();
        rest();
    }
    if (delay_us % 2 == 0 && strcmp(where, "threads") != 0) {
        MPI_Init(&argc, &argv);
    } else {
        MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    }
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (strcmp(where, "inter") == 0) {
        MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &half);
        MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, 1 - rank % 2, 0, &between);
    }
    if (strcmp(where, "start") != 0) {
        MPI_Barrier(MPI_COMM_WORLD);
    }
    doom();
    go_to_the_place(between);
    if (rank == victim) {
        complain("the victim has come through");
    }
    note_lateness();
    live_on();
    if (between != MPI_COMM_NULL) {
        MPI_Comm_free(&between);
        MPI_Comm_free(&half);
    }
    MPI_Finalize();
    free(in);
    free(out);
    return 0;
}
