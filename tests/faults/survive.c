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
 *        inter       in collectives of two groups
 *        making      in the making of communicators
 *        threads     the others wait for it in several threads each, in different calls
 *        finalize    the others have offered it messages and are in MPI_Finalize
 * HOW    kill, segv  by that signal
 *        exit        by _exit(3)
 *
 * So many microseconds after the place was reached the victim dies, whatever it is doing by then.
 * Each survivor goes on until a call fails, which must be with MPI_ERR_PROC_ABORTED, and adds to the
 * file that the environment names as LATE_FILE how many microseconds after the death that was. Then
 * the survivors work on without the dead: with each other on the old communicator, and on a new one.
 * Whatever is wrong is said on standard error. */
#include <fcntl.h>
#include <mpi.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
    BYTES_MAX = 300000,
    OFFER_BYTES = 64 << 20,
    WAVES = 5,
    TAG_STREAM = 1,
    TAG_NEVER, /* nobody ever sends with it */
    TAG_LATER,
    TAG_GROUP
};

static const char *how, *where;
static int delay_us;
static int rank, size, victim;
static char *out, *in;

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
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

/* From here on the victim has not long to live. */
static void doom(void)
{
    const struct itimerval timer = {.it_value = {.tv_sec = delay_us / 1000000,
                                                 .tv_usec = delay_us % 1000000 + 1}};
    if (rank == victim) {
        signal(SIGALRM, die);
        setitimer(ITIMER_REAL, &timer, NULL);
    }
}

/* ---- Surviving ---- */

static void note_lateness(void)
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

/* Whether the code is the error that a death causes; any other is a mistake. */
static bool is_death(int code, const char *call)
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

#define DIES(call) is_death((call), #call)
#define WORKS(call)                                                                                \
    do {                                                                                           \
        if (is_death((call), #call)) {                                                             \
            complain("it says that a process has died: %s", #call);                                \
        }                                                                                          \
    } while (0)

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static int random_bytes(uint32_t *state)
{
    const uint32_t kind = next_random(state) % 10;

    return (int)(next_random(state) % (kind < 6 ? 100 : kind < 8 ? 30000 : BYTES_MAX));
}

static void fill(char *buffer, int bytes, int key)
{
    for (int i = 0; i < bytes; i++) {
        buffer[i] = (char)(key * 31 + i * 7 + (i >> 8));
    }
}

static void check(const char *buffer, int bytes, int key, const char *what)
{
    for (int i = 0; i < bytes; i++) {
        if (buffer[i] != (char)(key * 31 + i * 7 + (i >> 8))) {
            complain("%s: byte %d of %d is wrong", what, i, bytes);
        }
    }
}

/* ---- The places; each returns in a survivor when a call has failed ---- */

static void rest(void)
{
    for (;;) {
        usleep(1000); // and again: ThreadSanitizer may keep the signal for the next call
    }
}

static void compute(void)
{
    if (rank == victim) {
        rest();
    }
    if (!DIES(MPI_Recv(in, 1, MPI_CHAR, victim, TAG_NEVER, MPI_COMM_WORLD, MPI_STATUS_IGNORE))) {
        complain("something was received");
    }
}

static void sleep_all(void)
{
    MPI_Status status;

    if (!DIES(MPI_Recv(in, 1, MPI_CHAR, MPI_ANY_SOURCE, TAG_NEVER, MPI_COMM_WORLD, &status))) {
        complain("something was received");
    }
    if (status.MPI_SOURCE != victim) {
        complain("the source is %d instead of the dead, %d", status.MPI_SOURCE, victim);
    }
}

static void drip(void)
{
    const struct timespec millisecond = {.tv_nsec = 1000000};

    if (rank == victim) {
        rest();
    }
    while (!DIES(MPI_Send(out, 1, MPI_CHAR, victim, TAG_STREAM, MPI_COMM_WORLD))) {
        nanosleep(&millisecond, NULL);
    }
}

/* The same lengths and contents in both ranks of a pair. */
static bool exchange(int other, int wave, uint32_t *state)
{
    const int bytes = random_bytes(state);
    MPI_Status status;

    fill(out, bytes, rank + wave);
    if (DIES(MPI_Sendrecv(out, bytes, MPI_CHAR, other, TAG_STREAM, in, BYTES_MAX, MPI_CHAR, other,
                          TAG_STREAM, MPI_COMM_WORLD, &status))) {
        return false;
    }
    check(in, bytes, other + wave, "a message of the star");
    return true;
}

static void star(void)
{
    uint32_t states[64];

    for (int i = 0; i < size; i++) {
        states[i] = (uint32_t)(delay_us + i);
    }
    for (int wave = 0;; wave++) {
        if (rank != victim) {
            if (!exchange(victim, wave, &states[rank])) {
                return;
            }
            continue;
        }
        for (int other = 0; other < size; other++) {
            if (other != rank) {
                exchange(other, wave, &states[other]);
            }
        }
    }
}

static void offer(void)
{
    const int favourite = (victim + 1) % size;
    int code = MPI_SUCCESS;

    while (code == MPI_SUCCESS) {
        for (int other = 0; rank == victim && other < size; other++) {
            if (other == favourite) {
                MPI_Send(out, OFFER_BYTES, MPI_CHAR, other, TAG_STREAM, MPI_COMM_WORLD);
            } else if (other != rank) {
                MPI_Recv(in, OFFER_BYTES, MPI_CHAR, other, TAG_STREAM, MPI_COMM_WORLD,
                         MPI_STATUS_IGNORE);
            }
        }
        if (rank == favourite) {
            code = MPI_Recv(in, OFFER_BYTES, MPI_CHAR, victim, TAG_STREAM, MPI_COMM_WORLD,
                            MPI_STATUS_IGNORE);
        } else if (rank != victim) {
            code = MPI_Send(out, OFFER_BYTES, MPI_CHAR, victim, TAG_STREAM, MPI_COMM_WORLD);
        }
    }
    is_death(code, "the transfer");
}

/* Waits for three requests in one of three ways. */
static int wait_for(int wave, MPI_Request requests[3])
{
    MPI_Status statuses[3];
    int code = MPI_SUCCESS, index = 0, flag = 0;

    if (wave % 3 == 0) {
        code = MPI_Waitall(3, requests, statuses);
        for (int i = 0; code == MPI_ERR_IN_STATUS && i < 3; i++) {
            code = statuses[i].MPI_ERROR != MPI_SUCCESS ? statuses[i].MPI_ERROR : code;
        }
        return code;
    }
    for (int left = 3; left > 0 && code == MPI_SUCCESS; left--) {
        if (wave % 3 == 1) {
            code = MPI_Waitany(3, requests, &index, statuses);
            continue;
        }
        for (flag = 0; !flag && code == MPI_SUCCESS;) {
            code = MPI_Testany(3, requests, &index, &flag, statuses);
        }
    }
    return code;
}

/* Two sends and a receive with the victim in flight, at last with requests left over. */
static void request_much(void)
{
    MPI_Request lasting = MPI_REQUEST_NULL, requests[3], freed;
    int code = MPI_SUCCESS;

    for (int wave = 0; code == MPI_SUCCESS; wave++) {
        for (int other = 0; other < size; other++) {
            if (other == rank || (rank != victim && other != victim)) {
                continue;
            }
            if (rank != victim && lasting == MPI_REQUEST_NULL) {
                MPI_Send_init(out, 100, MPI_CHAR, victim, TAG_STREAM, MPI_COMM_WORLD, &lasting);
            }
            const int bytes = wave % 7 * 20000;
            MPI_Irecv(in, BYTES_MAX, MPI_CHAR, other, TAG_STREAM, MPI_COMM_WORLD, &requests[0]);
            MPI_Isend(out, bytes, MPI_CHAR, other, TAG_STREAM, MPI_COMM_WORLD, &requests[1]);
            MPI_Issend(out, 8, MPI_CHAR, other, TAG_LATER, MPI_COMM_WORLD, &requests[2]);
            MPI_Irecv(in + BYTES_MAX, 8, MPI_CHAR, other, TAG_LATER, MPI_COMM_WORLD, &freed);
            MPI_Request_free(&freed);
            code = wait_for(wave, requests);
        }
    }
    is_death(code, "a request");
    if (MPI_Start(&lasting) != MPI_SUCCESS ||
        !DIES(MPI_Wait(&lasting, MPI_STATUS_IGNORE))) {
        complain("a persistent send to the dead works");
    }
    MPI_Request_free(&lasting);
}

static void probe(void)
{
    MPI_Message message;
    int flag = 0, code = MPI_SUCCESS;

    if (rank == victim) {
        rest();
    }
    switch (rank % 3) {
    case 0:
        code = MPI_Probe(victim, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        break;
    case 1:
        code = MPI_Mprobe(MPI_ANY_SOURCE, TAG_NEVER, MPI_COMM_WORLD, &message, MPI_STATUS_IGNORE);
        break;
    default:
        while (code == MPI_SUCCESS && !flag) {
            code = MPI_Iprobe(victim, TAG_NEVER, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
        }
    }
    if (!is_death(code, "a probe")) {
        complain("a probe has found something");
    }
}

static void check_sums(const int *sums, int count, int wave)
{
    for (int i = 0; i < count; i++) {
        if (sums[i] != size * (wave + i) + size * (size - 1) / 2) {
            complain("sum %d of wave %d is wrong although it was no error", i, wave);
        }
    }
}

static void set_addends(int *values, int count, int wave)
{
    for (int i = 0; i < count; i++) {
        values[i] = rank + wave + i;
    }
}

static void collective(void)
{
    int *values = (int *)(void *)out;

    for (int wave = 0;; wave++) {
        const int count = wave % 2 == 0 ? 1 + wave % 9 : wave * 991 % 30000;
        set_addends(values, count, wave);
        if (DIES(MPI_Barrier(MPI_COMM_WORLD)) ||
            DIES(MPI_Allreduce(MPI_IN_PLACE, values, count, MPI_INT, MPI_SUM, MPI_COMM_WORLD))) {
            return;
        }
        check_sums(values, count, wave);
        if (DIES(MPI_Bcast(in, BYTES_MAX, MPI_CHAR, wave % size, MPI_COMM_WORLD)) ||
            DIES(MPI_Alltoall(out, 100, MPI_CHAR, in, 100, MPI_CHAR, MPI_COMM_WORLD))) {
            return;
        }
    }
}

static void schedule(void)
{
    int *values = (int *)(void *)out, *sums = (int *)(void *)in;
    MPI_Request lasting = MPI_REQUEST_NULL, requests[2];
    int code;

    code = MPI_Allreduce_init(values, sums, 2000, MPI_INT, MPI_SUM, MPI_COMM_WORLD, MPI_INFO_NULL,
                              &lasting);
    for (int wave = 0; !is_death(code, "a schedule"); wave++) {
        set_addends(values, 2000, wave);
        MPI_Start(&lasting);
        code = MPI_Wait(&lasting, MPI_STATUS_IGNORE);
        if (code != MPI_SUCCESS) {
            continue;
        }
        check_sums(sums, 2000, wave);
        if ((code = MPI_Ibarrier(MPI_COMM_WORLD, &requests[0])) != MPI_SUCCESS) {
            continue;
        }
        code = MPI_Ibcast(in, BYTES_MAX, MPI_CHAR, wave % size, MPI_COMM_WORLD, &requests[1]);
        if (code != MPI_SUCCESS) {
            code = MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
            continue;
        }
        code = MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
        const int other = MPI_Wait(&requests[1], MPI_STATUS_IGNORE);
        code = code == MPI_SUCCESS ? other : code;
    }
    if (lasting != MPI_REQUEST_NULL) {
        MPI_Request_free(&lasting);
    }
}

static void inter(MPI_Comm between)
{
    int *values = (int *)(void *)out, *sums = (int *)(void *)in;

    for (int wave = 0;; wave++) {
        const int count = wave * 37 % 5000;
        set_addends(values, count, wave);
        if (DIES(MPI_Allreduce(values, sums, count, MPI_INT, MPI_SUM, between))) {
            return;
        }
        for (int i = 0; i < count; i++) {
            int expected = 0;
            for (int other = 1 - rank % 2; other < size; other += 2) {
                expected += other + wave + i;
            }
            if (sums[i] != expected) {
                complain("sum %d of the other group is wrong although it was no error", i);
            }
        }
        if (DIES(MPI_Barrier(between))) {
            return;
        }
    }
}

static void making(void)
{
    for (int wave = 0;; wave++) {
        MPI_Comm copy, part;
        if (DIES(MPI_Comm_dup(MPI_COMM_WORLD, &copy))) {
            return;
        }
        if (DIES(MPI_Comm_split(copy, rank % 2, 0, &part))) {
            MPI_Comm_free(&copy);
            return;
        }
        MPI_Comm_free(&part);
        MPI_Comm_free(&copy);
    }
}

static void *receive_by_name(void *byte)
{
    if (!DIES(MPI_Recv(byte, 1, MPI_CHAR, victim, TAG_NEVER, MPI_COMM_WORLD, MPI_STATUS_IGNORE))) {
        complain("something was received");
    }
    return NULL;
}

static void *wait_for_any(void *byte)
{
    MPI_Request request;
    int index;

    MPI_Irecv(byte, 1, MPI_CHAR, MPI_ANY_SOURCE, TAG_NEVER, MPI_COMM_WORLD, &request);
    if (!DIES(MPI_Waitany(1, &request, &index, MPI_STATUS_IGNORE))) {
        complain("something was received");
    }
    return NULL;
}

static void *meet(void *byte)
{
    (void)byte;
    if (!DIES(MPI_Barrier(MPI_COMM_WORLD))) {
        complain("the dead has come to a barrier");
    }
    return NULL;
}

static void wait_in_threads(void)
{
    static void *(*const bodies[])(void *) = {receive_by_name, wait_for_any, meet};
    pthread_t threads[3];

    if (rank == victim) {
        rest();
    }
    for (int i = 0; i < 3; i++) {
        if (pthread_create(&threads[i], NULL, bodies[i], in + i) != 0) {
            complain("cannot start a thread");
        }
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* Nobody waits here; MPI_Finalize must. */
static void leave_offers(void)
{
    MPI_Request requests[2];

    if (rank == victim) {
        rest();
    }
    MPI_Isend(out, OFFER_BYTES, MPI_CHAR, victim, TAG_NEVER, MPI_COMM_WORLD, &requests[0]);
    MPI_Issend(out, 1, MPI_CHAR, victim, TAG_NEVER, MPI_COMM_WORLD, &requests[1]);
    MPI_Request_free(&requests[0]);
    MPI_Request_free(&requests[1]);
    MPI_Finalize();
    note_lateness();
    exit(0);
}

/* ---- Afterwards ---- */

static void check_the_dead(void)
{
    MPI_Status status;
    int code = MPI_SUCCESS, flag;

    // Deaths that are told already must not be told again; those that were not must be, once.
    while ((code = MPI_Iprobe(MPI_ANY_SOURCE, TAG_NEVER, MPI_COMM_WORLD, &flag, &status)) !=
           MPI_SUCCESS) {
        if (is_death(code, "a probe for anybody") && size == 2) {
            break; // nobody is left to wait for
        }
        if (status.MPI_SOURCE != victim) {
            complain("a probe for anybody names %d as the dead", status.MPI_SOURCE);
        }
    }
    if (!DIES(MPI_Iprobe(victim, TAG_NEVER, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE)) ||
        !DIES(MPI_Send(out, 1, MPI_CHAR, victim, TAG_LATER, MPI_COMM_WORLD)) ||
        !DIES(MPI_Send(out, BYTES_MAX, MPI_CHAR, victim, TAG_LATER, MPI_COMM_WORLD)) ||
        !DIES(MPI_Ssend(out, 1, MPI_CHAR, victim, TAG_LATER, MPI_COMM_WORLD)) ||
        !DIES(MPI_Recv(in, 1, MPI_CHAR, victim, TAG_NEVER, MPI_COMM_WORLD, MPI_STATUS_IGNORE)) ||
        !DIES(MPI_Barrier(MPI_COMM_WORLD))) {
        complain("a call with the dead works");
    }
}

/* The others that live, in a ring, on the old communicator. */
static void talk_to_the_living(MPI_Comm living)
{
    const int lengths[WAVES] = {8, 1000, 20000, BYTES_MAX, 1 << 20};
    int next = (rank + 1) % size, previous = (rank + size - 1) % size;
    MPI_Status status;

    next = next == victim ? (next + 1) % size : next;
    previous = previous == victim ? (previous + size - 1) % size : previous;
    for (int wave = 0; wave < WAVES; wave++) {
        const int bytes = lengths[wave];
        const int source = size > 2 && wave % 2 == 1 ? MPI_ANY_SOURCE : previous;
        fill(out, bytes, rank + wave);
        WORKS(MPI_Sendrecv(out, bytes, MPI_CHAR, next, TAG_LATER + wave, in, bytes, MPI_CHAR,
                           source, TAG_LATER + wave, MPI_COMM_WORLD, &status));
        check(in, bytes, previous + wave, "a message among the living");
        if (status.MPI_SOURCE != previous) {
            complain("the source is %d instead of %d", status.MPI_SOURCE, previous);
        }
        WORKS(MPI_Barrier(living));
    }
}

static void live_on(void)
{
    MPI_Group all, group;
    MPI_Comm living;
    int sum = 0, living_size;

    check_the_dead();
    MPI_Comm_group(MPI_COMM_WORLD, &all);
    MPI_Group_excl(all, 1, &victim, &group);
    WORKS(MPI_Comm_create_group(MPI_COMM_WORLD, group, TAG_GROUP, &living));
    MPI_Group_free(&group);
    MPI_Group_free(&all);
    MPI_Comm_size(living, &living_size);
    WORKS(MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, living));
    if (living_size != size - 1 || sum != size * (size - 1) / 2 - victim) {
        complain("the sum of %d ranks is %d", living_size, sum);
    }
    talk_to_the_living(living);
    MPI_Comm_free(&living);
}

/* ---- */

static void go_to_the_place(MPI_Comm between)
{
    static const struct {
        const char *name;
        void (*go)(void);
    } places[] = {
        {"start", collective},   {"compute", compute},    {"asleep", sleep_all},
        {"drip", drip},          {"star", star},          {"offer", offer},
        {"probe", probe},        {"schedule", schedule},  {"collective", collective},
        {"making", making},      {"finalize", leave_offers}, {"nonblocking", request_much},
        {"threads", wait_in_threads},
    };

    if (strcmp(where, "inter") == 0) {
        inter(between);
        return;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strcmp(where, places[i].name) == 0) {
            places[i].go();
            return;
        }
    }
    complain("there is no such place");
}

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
