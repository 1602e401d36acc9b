/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that wait at ports hold up nobody else: while some of rank 0's accept, others ask mprun
 * for something. */
/* matrix: np=1,2,8 copy=chunk rings=default */
#include <pthread.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"

enum { THREADS = 3, CROWD = 20, WAIT_US = 20000 };

struct acceptor {
    pthread_t thread;
    char port[MPI_MAX_PORT_NAME];
    int number;
    int code;
};

static void *accept_one(void *argument)
{
    struct acceptor *acceptor = argument;
    MPI_Comm inter;

    acceptor->code = MPI_Comm_accept(acceptor->port, MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter);
    if (acceptor->code == MPI_SUCCESS) {
        MPI_Send(&acceptor->number, 1, MPI_INT, 0, 0, inter);
        MPI_Comm_disconnect(&inter);
    }
    return NULL;
}

static void begin(struct acceptor acceptors[THREADS])
{
    for (int i = 0; i < THREADS; i++) {
        acceptors[i].number = i;
        MPI_Open_port(MPI_INFO_NULL, acceptors[i].port);
        pthread_create(&acceptors[i].thread, NULL, accept_one, &acceptors[i]);
    }
    usleep(WAIT_US); // they wait
}

/* The last one first. */
static void connect_all(void)
{
    for (int i = THREADS - 1; i >= 0; i--) {
        char service[16], port[MPI_MAX_PORT_NAME];
        MPI_Comm inter;
        int number = -1;

        snprintf(service, sizeof service, "thread %d", i);
        CHECK_EQ(MPI_Lookup_name(service, MPI_INFO_NULL, port), MPI_SUCCESS);
        CHECK_EQ(MPI_Comm_connect(port, MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter), MPI_SUCCESS);
        MPI_Recv(&number, 1, MPI_INT, 0, 0, inter, MPI_STATUS_IGNORE);
        CHECK_EQ(number, i);
        MPI_Comm_disconnect(&inter);
    }
}

/* A process cannot be on both sides: both are told. */
static void connect_to_self(struct acceptor acceptors[THREADS])
{
    for (int i = THREADS - 1; i >= 0; i--) {
        MPI_Comm inter;
        EXPECT_CLASS(MPI_Comm_connect(acceptors[i].port, MPI_INFO_NULL, 0, MPI_COMM_SELF, &inter),
                     MPI_ERR_COMM);
    }
}

static void accept_all(void)
{
    struct acceptor acceptors[THREADS];
    char service[16];

    begin(acceptors);
    for (int i = 0; i < THREADS; i++) {
        snprintf(service, sizeof service, "thread %d", i);
        CHECK_EQ(MPI_Publish_name(service, MPI_INFO_NULL, acceptors[i].port), MPI_SUCCESS);
    }
    if (mpitest_size > 1) {
        MPI_Send(NULL, 0, MPI_INT, 1, 0, MPI_COMM_WORLD);
    } else {
        connect_to_self(acceptors);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(acceptors[i].thread, NULL);
        EXPECT_CLASS(acceptors[i].code, mpitest_size > 1 ? MPI_SUCCESS : MPI_ERR_COMM);
        CHECK_EQ(MPI_Close_port(acceptors[i].port), MPI_SUCCESS);
    }
}

/* However many wait, the port can be closed, which ends their waiting. */
static void close_port_of_many(void)
{
    static struct acceptor acceptors[CROWD];
    char port[MPI_MAX_PORT_NAME];

    MPI_Open_port(MPI_INFO_NULL, port);
    for (int i = 0; i < CROWD; i++) {
        memcpy(acceptors[i].port, port, sizeof port);
        pthread_create(&acceptors[i].thread, NULL, accept_one, &acceptors[i]);
    }
    usleep(WAIT_US);
    CHECK_EQ(MPI_Close_port(port), MPI_SUCCESS);
    for (int i = 0; i < CROWD; i++) {
        pthread_join(acceptors[i].thread, NULL);
        EXPECT_CLASS(acceptors[i].code, MPI_ERR_PORT);
    }
}

int main(int argc, char **argv)
{
    int provided;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    mpitest_begin();
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    if (mpitest_rank == 0) {
        accept_all();
        close_port_of_many();
    } else if (mpitest_rank == 1) {
        MPI_Recv(NULL, 0, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        connect_all();
    }
    return mpitest_finish();
}
