/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the time of a program goes: linked to a program, it stands before the MPI library (the
 * standard's profiling interface) and adds up the time inside MPI. It looks at the stretch from a
 * rank's first MPI_Wtime to the end of its last barrier, which is what the larger examples time. At
 * the end rank 0 prints "shares", the length of that stretch, the mean over the ranks of the CPU
 * time outside MPI, and the most of it that a rank had, all in seconds, with tabs between. */
#include <mpi.h>
#include <stdio.h>
#include <time.h>

static struct {
    int timing;
    double start_s, end_s; /* of the stretch */
    double cpu_start_s;    /* the CPU time of this rank at its start */
    double mpi_cpu_s;      /* CPU time inside MPI since then */
    double computing_s;    /* CPU time outside, up to its end */
} self;

static double clock_s(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double enter(void)
{
    return clock_s(CLOCK_THREAD_CPUTIME_ID);
}

static void leave(double entered_s)
{
    self.mpi_cpu_s += clock_s(CLOCK_THREAD_CPUTIME_ID) - entered_s;
}

/* A function of MPI, its time measured. */
#define MEASURED(name, parameters, arguments)                                                      \
    int name parameters                                                                            \
    {                                                                                              \
        const double entered_s = enter();                                                          \
        const int error = P##name arguments;                                                       \
                                                                                                   \
        leave(entered_s);                                                                          \
        return error;                                                                              \
    }

#define DATA_OUT const void *out, int out_count, MPI_Datatype out_type
#define DATA_IN  void *in, int in_count, MPI_Datatype in_type
#define OUT      out, out_count, out_type
#define IN       in, in_count, in_type

MEASURED(MPI_Send, (DATA_OUT, int rank, int tag, MPI_Comm comm), (OUT, rank, tag, comm))
MEASURED(MPI_Recv, (DATA_IN, int rank, int tag, MPI_Comm comm, MPI_Status *status),
         (IN, rank, tag, comm, status))
MEASURED(MPI_Isend, (DATA_OUT, int rank, int tag, MPI_Comm comm, MPI_Request *request),
         (OUT, rank, tag, comm, request))
MEASURED(MPI_Irecv, (DATA_IN, int rank, int tag, MPI_Comm comm, MPI_Request *request),
         (IN, rank, tag, comm, request))
MEASURED(MPI_Startall, (int count, MPI_Request requests[]), (count, requests))
MEASURED(MPI_Wait, (MPI_Request * request, MPI_Status *status), (request, status))
MEASURED(MPI_Waitall, (int count, MPI_Request requests[], MPI_Status statuses[]),
         (count, requests, statuses))
MEASURED(MPI_Ibcast, (DATA_IN, int root, MPI_Comm comm, MPI_Request *request),
         (IN, root, comm, request))
MEASURED(MPI_Reduce,
         (const void *out, void *in, int count, MPI_Datatype type, MPI_Op op, int root,
          MPI_Comm comm),
         (out, in, count, type, op, root, comm))
MEASURED(MPI_Allreduce,
         (const void *out, void *in, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm),
         (out, in, count, type, op, comm))
MEASURED(MPI_Gather, (DATA_OUT, DATA_IN, int root, MPI_Comm comm), (OUT, IN, root, comm))
MEASURED(MPI_Allgather, (DATA_OUT, DATA_IN, MPI_Comm comm), (OUT, IN, comm))
MEASURED(MPI_Alltoall, (DATA_OUT, DATA_IN, MPI_Comm comm), (OUT, IN, comm))
MEASURED(MPI_Alltoallv,
         (const void *out, const int out_counts[], const int out_starts[], MPI_Datatype out_type,
          void *in, const int in_counts[], const int in_starts[], MPI_Datatype in_type,
          MPI_Comm comm),
         (out, out_counts, out_starts, out_type, in, in_counts, in_starts, in_type, comm))
MEASURED(MPI_Alltoallw,
         (const void *out, const int out_counts[], const int out_starts[],
          const MPI_Datatype out_types[], void *in, const int in_counts[], const int in_starts[],
          const MPI_Datatype in_types[], MPI_Comm comm),
         (out, out_counts, out_starts, out_types, in, in_counts, in_starts, in_types, comm))
MEASURED(MPI_Ineighbor_alltoallv,
         (const void *out, const int out_counts[], const int out_starts[], MPI_Datatype out_type,
          void *in, const int in_counts[], const int in_starts[], MPI_Datatype in_type,
          MPI_Comm comm, MPI_Request *request),
         (out, out_counts, out_starts, out_type, in, in_counts, in_starts, in_type, comm, request))
MEASURED(MPI_Ineighbor_alltoallw,
         (const void *out, const int out_counts[], const MPI_Aint out_starts[],
          const MPI_Datatype out_types[], void *in, const int in_counts[],
          const MPI_Aint in_starts[], const MPI_Datatype in_types[], MPI_Comm comm,
          MPI_Request *request),
         (out, out_counts, out_starts, out_types, in, in_counts, in_starts, in_types, comm,
          request))

double MPI_Wtime(void)
{
    if (!self.timing) {
        self.timing = 1;
        self.mpi_cpu_s = 0;
        self.cpu_start_s = clock_s(CLOCK_THREAD_CPUTIME_ID);
        self.start_s = clock_s(CLOCK_MONOTONIC);
    }
    return PMPI_Wtime();
}

int MPI_Barrier(MPI_Comm comm)
{
    const double entered_s = enter();
    const int error = PMPI_Barrier(comm);

    leave(entered_s);
    self.end_s = clock_s(CLOCK_MONOTONIC);
    self.computing_s = clock_s(CLOCK_THREAD_CPUTIME_ID) - self.cpu_start_s - self.mpi_cpu_s;
    return error;
}

int MPI_Finalize(void)
{
    double total_s = 0, most_s = 0;
    int rank, ranks;

    PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
    PMPI_Comm_size(MPI_COMM_WORLD, &ranks);
    PMPI_Reduce(&self.computing_s, &total_s, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    PMPI_Reduce(&self.computing_s, &most_s, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
    if (rank == 0) {
        printf("shares\t%.6f\t%.6f\t%.6f\n", self.end_s - self.start_s, total_s / ranks, most_s);
    }
    return PMPI_Finalize();
}
