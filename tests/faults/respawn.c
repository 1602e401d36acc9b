/* SPDX-License-Identifier: BSD-3-Clause */
/* A pool that replaces its workers: one spawns workers singly, kills each in the midst of
 * something, and spawns another in its place, more often than there are slots. The job goes on,
 * memory stays flat, and no descriptor is left. */
#include <mpi.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 3, BYTES = 100000 };

static void fail(const char *what)
{
    fprintf(stderr, "respawn: %s\n", what);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

_Noreturn static void work(MPI_Comm parent)
{
    static char bytes[BYTES];
    long pid = getpid();

    MPI_Send(&pid, 1, MPI_LONG, 0, 0, parent);
    for (;;) {
        MPI_Recv(bytes, BYTES, MPI_CHAR, 0, MPI_ANY_TAG, parent, MPI_STATUS_IGNORE);
        MPI_Send(bytes, BYTES, MPI_CHAR, 0, 1, parent);
    }
}

static int count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

/* Of the job's segment, which is where leaks would be: pages that this process has touched. */
static long shared_kib(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    long kib = -1;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        sscanf(line, "RssShmem: %ld", &kib);
    }
    if (file != NULL) {
        fclose(file);
    }
    return kib;
}

struct worker {
    MPI_Comm comm;
    long pid;
};

static void start(struct worker *worker, const char *self)
{
    char argument[] = "worker", *arguments[] = {argument, NULL};

    if (MPI_Comm_spawn(self, arguments, 1, MPI_INFO_NULL, 0, MPI_COMM_SELF, &worker->comm,
                       MPI_ERRCODES_IGNORE) != MPI_SUCCESS) {
        fail("a worker cannot be started");
    }
    MPI_Comm_set_errhandler(worker->comm, MPI_ERRORS_RETURN);
    MPI_Recv(&worker->pid, 1, MPI_LONG, 0, 0, worker->comm, MPI_STATUS_IGNORE);
}

/* A large message is under way when the worker dies. */
static void kill_and_replace(struct worker *worker, const char *self)
{
    static char out[BYTES], in[BYTES];
    MPI_Request request;
    int class = MPI_SUCCESS;

    MPI_Isend(out, BYTES, MPI_CHAR, 0, 0, worker->comm, &request);
    kill((pid_t)worker->pid, SIGKILL);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    int code = MPI_Recv(in, BYTES, MPI_CHAR, 0, 5, worker->comm, MPI_STATUS_IGNORE);
    MPI_Error_class(code, &class);
    if (class != MPI_ERR_PROC_ABORTED) {
        fail("a receive from a dead worker has not said so");
    }
    MPI_Comm_disconnect(&worker->comm);
    start(worker, self);
}

static void use(struct worker *worker)
{
    static char out[BYTES], in[BYTES];

    memset(out, (int)(worker->pid % 100), BYTES);
    MPI_Send(out, BYTES, MPI_CHAR, 0, 0, worker->comm);
    MPI_Recv(in, BYTES, MPI_CHAR, 0, 1, worker->comm, MPI_STATUS_IGNORE);
    if (memcmp(out, in, BYTES) != 0) {
        fail("a worker has answered wrongly");
    }
}

int main(int argc, char **argv)
{
    struct worker workers[WORKERS];
    MPI_Comm parent;

    MPI_Init(&argc, &argv);
    MPI_Comm_get_parent(&parent);
    if (parent != MPI_COMM_NULL) {
        work(parent);
    }
    int rounds = argc > 1 ? atoi(argv[1]) : 100, fds = 0;
    long kib = 0;
    for (int i = 0; i < WORKERS; i++) {
        start(&workers[i], argv[0]);
    }
    for (int round = 0; round < rounds; round++) {
        if (round == rounds / 4) {
            kib = shared_kib();
            fds = count_fds();
        }
        for (int i = 0; i < WORKERS; i++) {
            use(&workers[i]);
        }
        kill_and_replace(&workers[round % WORKERS], argv[0]);
    }
    if (count_fds() != fds) {
        fail("descriptors are left");
    }
    if (shared_kib() > kib + 4096) {
        fprintf(stderr, "respawn: %ld KiB of shared memory became %ld\n", kib, shared_kib());
        fail("memory has grown");
    }
    for (int i = 0; i < WORKERS; i++) {
        kill((pid_t)workers[i].pid, SIGKILL);
        MPI_Comm_disconnect(&workers[i].comm);
    }
    printf("%d workers were replaced\n", rounds);
    return MPI_Finalize();
}
