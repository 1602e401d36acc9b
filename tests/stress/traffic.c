/* SPDX-License-Identifier: BSD-3-Clause */
/* Random traffic among all ranks: lengths from 0 to 1 MiB, three communicators, receives by rank
 * and tag, by either, by neither, and after probes of each kind, some into too little room; the
 * order and every byte are checked. */
/* matrix: np=8 copy=chunk,cma,pipe,direct engine=uring,sync rings=default,tiny limit=120 */
/*
 * traffic [MESSAGES]: how many messages all ranks send together.
 *
 * The traffic of a round follows from the seed: each rank knows what every rank sends to whom. In a
 * round, all receives of a rank on one communicator are of one kind, so that however the wildcards
 * are served each message finds its receive; and a barrier keeps the rounds apart. Among receives
 * of one kind the standard's order says which message each must have got: the next one of its
 * sender (and, where the kind asks for tags, of its tag). */
#include "tests/lib/mpitest.h"

enum {
    MESSAGES_AT_FIRST = 40000,
    SENT_PER_ROUND = 250, /* by each rank */
    COMMUNICATORS = 3,
    TAGS = 5,
    BYTES_MAX = 1 << 20
};

/* What the receives of one rank on one communicator in one round ask for. */
enum kind { BY_BOTH, BY_TAG, BY_SOURCE, BY_NEITHER, BY_PROBE, KINDS };

struct message {
    int sender, receiver; /* ranks in MPI_COMM_WORLD */
    int comm, tag, bytes;
    uint64_t key; /* of its pattern */
    bool arrived;
};

struct receive {
    const struct message *planned; /* what it was made for; others of its kind may get that */
    enum kind kind;
    unsigned char *buffer;
};

static MPI_Comm comms[COMMUNICATORS];
static int *rank_in[COMMUNICATORS];  /* of each rank of MPI_COMM_WORLD, or MPI_UNDEFINED */
static int *world_of[COMMUNICATORS]; /* the other way round */

static struct message *outgoing, *incoming; /* of this round and rank */
static struct receive *receives;
static int incoming_count, receive_count;
static MPI_Request *requests;
static MPI_Status *statuses;
static uint64_t choices; /* state of the random choices that are this rank's own */
static long long bytes_sent;

static uint64_t choose(uint64_t limit)
{
    return mpitest_mix(choices++) % limit;
}

/* World, the world backwards, and the even and the odd ranks. */
static void make_communicators(void)
{
    comms[0] = MPI_COMM_WORLD;
    MPI_Comm_split(MPI_COMM_WORLD, 0, -mpitest_rank, &comms[1]);
    MPI_Comm_split(MPI_COMM_WORLD, mpitest_rank % 2, mpitest_rank, &comms[2]);
    for (int c = 0; c < COMMUNICATORS; c++) {
        rank_in[c] = mpitest_malloc((size_t)mpitest_size * sizeof(int));
        world_of[c] = mpitest_malloc((size_t)mpitest_size * sizeof(int));
        for (int rank = 0; rank < mpitest_size; rank++) {
            rank_in[c][rank] = c == 0   ? rank
                               : c == 1 ? mpitest_size - 1 - rank
                                        : (rank % 2 == mpitest_rank % 2 ? rank / 2 : MPI_UNDEFINED);
            if (rank_in[c][rank] != MPI_UNDEFINED) {
                world_of[c][rank_in[c][rank]] = rank;
            }
        }
    }
}

/* Mostly short, so that a million take no minutes; some of each size class of the transport. */
static int draw_bytes(void)
{
    const uint64_t kind = mpitest_random_below(2000);
    const uint64_t limit = kind < 1400 ? 64 : kind < 1900 ? 4096 : kind < 1999 ? 65536 : BYTES_MAX;

    return (int)mpitest_random_below(limit + 1);
}

/* What `sender` sends in a round. */
static void plan(int sender, int round, struct message *messages)
{
    mpitest_random_restart(((uint64_t)round << 16) + (uint64_t)sender + 1);
    for (int i = 0; i < SENT_PER_ROUND; i++) {
        struct message *message = &messages[i];

        message->sender = sender;
        message->receiver = (int)mpitest_random_below((uint64_t)mpitest_size);
        message->comm = (int)mpitest_random_below(COMMUNICATORS);
        if (message->comm == 2 && (message->receiver - sender) % 2 != 0) {
            message->comm = 1;
        }
        message->tag = (int)mpitest_random_below(TAGS);
        message->bytes = draw_bytes();
        message->key = mpitest_random();
        message->arrived = false;
    }
}

/* What comes to this rank, in the order of sending for each sender. */
static void plan_round(int round)
{
    incoming_count = 0;
    for (int sender = 0; sender < mpitest_size; sender++) {
        plan(sender, round, outgoing);
        for (int i = 0; i < SENT_PER_ROUND; i++) {
            if (outgoing[i].receiver == mpitest_rank) {
                incoming[incoming_count++] = outgoing[i];
            }
        }
    }
    plan(mpitest_rank, round, outgoing);
}

/* Posts the receives, those of the probing kind excepted, in random order. */
static void post_receives(const enum kind *kind_of, int *longest)
{
    for (int c = 0; c < COMMUNICATORS; c++) {
        longest[c] = 0;
    }
    receive_count = 0;
    for (int i = 0; i < incoming_count; i++) {
        const int place = (int)choose((uint64_t)receive_count + 1);
        const int comm = incoming[i].comm;

        longest[comm] = incoming[i].bytes > longest[comm] ? incoming[i].bytes : longest[comm];
        if (kind_of[comm] != BY_PROBE) {
            receives[receive_count++] = receives[place];
            receives[place].planned = &incoming[i];
        }
    }
    for (int i = 0; i < receive_count; i++) {
        struct receive *receive = &receives[i];
        const struct message *planned = receive->planned;
        const enum kind kind = kind_of[planned->comm];
        const bool any_source = kind == BY_TAG || kind == BY_NEITHER;
        const bool any_tag = kind == BY_SOURCE || kind == BY_NEITHER;

        receive->kind = kind;
        receive->buffer = mpitest_malloc((size_t)longest[planned->comm]);
        MPI_Irecv(receive->buffer, longest[planned->comm], MPI_BYTE,
                  any_source ? MPI_ANY_SOURCE : rank_in[planned->comm][planned->sender],
                  any_tag ? MPI_ANY_TAG : planned->tag, comms[planned->comm], &requests[i]);
    }
}

/* Starts all sends; the buffers are returned in one piece. */
static unsigned char *start_sends(MPI_Request *sends)
{
    size_t total = 0, offset = 0;
    unsigned char *memory;

    for (int i = 0; i < SENT_PER_ROUND; i++) {
        total += (size_t)outgoing[i].bytes;
    }
    bytes_sent += (long long)total;
    memory = mpitest_malloc(total);
    for (int i = 0; i < SENT_PER_ROUND; i++) {
        const struct message *message = &outgoing[i];
        const int to = rank_in[message->comm][message->receiver];

        mpitest_fill(memory + offset, (size_t)message->bytes, message->key);
        if (choose(4) == 0) {
            MPI_Issend(memory + offset, message->bytes, MPI_BYTE, to, message->tag,
                       comms[message->comm], &sends[i]);
        } else {
            MPI_Isend(memory + offset, message->bytes, MPI_BYTE, to, message->tag,
                      comms[message->comm], &sends[i]);
        }
        offset += (size_t)message->bytes;
    }
    return memory;
}

/* Checks what has arrived against the message that the order demands of receives that ask for its
 * tag, or not. Of one that is longer than `room` the standard does not say what is stored. */
static void check_arrival(int comm, bool tag_counts, const MPI_Status *status, int room,
                          const unsigned char *buffer)
{
    const int sender = world_of[comm][status->MPI_SOURCE];
    struct message *message = NULL;
    int bytes = -1;

    for (int i = 0; i < incoming_count && message == NULL; i++) {
        if (!incoming[i].arrived && incoming[i].sender == sender && incoming[i].comm == comm &&
            (!tag_counts || incoming[i].tag == status->MPI_TAG)) {
            message = &incoming[i];
        }
    }
    if (message == NULL) {
        mpitest_fail(__FILE__, __LINE__, "rank %d sent too much on communicator %d", sender, comm);
        return;
    }
    message->arrived = true;
    CHECK_EQ(status->MPI_TAG, message->tag);
    if (room >= message->bytes) {
        MPI_Get_count(status, MPI_BYTE, &bytes);
        CHECK_EQ(bytes, message->bytes);
        CHECK_PATTERN(buffer, (size_t)message->bytes, message->key);
    }
}

/* One of the messages on the communicator that have not arrived, or NULL. */
static const struct message *choose_missing(int comm)
{
    const int first = incoming_count > 0 ? (int)choose((uint64_t)incoming_count) : 0;

    for (int i = 0; i < incoming_count; i++) {
        const struct message *message = &incoming[(first + i) % incoming_count];
        if (message->comm == comm && !message->arrived) {
            return message;
        }
    }
    return NULL;
}

/* Probes in one of four ways until a message is there. Returns whether that is *message now. */
static bool probe(int source, int tag, int comm, MPI_Message *message, MPI_Status *status)
{
    const uint64_t way = choose(4);
    int flag = 0;

    switch (way) {
    case 0:
        MPI_Probe(source, tag, comms[comm], status);
        return false;
    case 1:
        MPI_Mprobe(source, tag, comms[comm], message, status);
        return true;
    case 2:
        while (!flag) {
            MPI_Iprobe(source, tag, comms[comm], &flag, status);
        }
        return false;
    default:
        while (!flag) {
            MPI_Improbe(source, tag, comms[comm], &flag, message, status);
        }
        return true;
    }
}

/* Receives what a probe has found, perhaps less than it has. */
static void receive_probed(int comm, bool tag_counts, bool is_matched, MPI_Message *message,
                           const MPI_Status *probed)
{
    MPI_Status status;
    int bytes;

    MPI_Get_count(probed, MPI_BYTE, &bytes);
    const int room = choose(8) == 0 ? bytes / 2 : bytes;
    unsigned char *buffer = mpitest_malloc((size_t)room);
    const int code = is_matched
                         ? MPI_Mrecv(buffer, room, MPI_BYTE, message, &status)
                         : MPI_Recv(buffer, room, MPI_BYTE, probed->MPI_SOURCE, probed->MPI_TAG,
                                    comms[comm], &status);
    EXPECT_CLASS(code, room < bytes ? MPI_ERR_TRUNCATE : MPI_SUCCESS);
    CHECK_EQ(status.MPI_SOURCE, probed->MPI_SOURCE);
    CHECK_EQ(status.MPI_TAG, probed->MPI_TAG);
    check_arrival(comm, tag_counts, &status, room, buffer);
    free(buffer);
}

/* Receives what the probing kind is to receive on one communicator: a probe asks for what one of
 * the missing messages has, or for less, so that there will be one. */
static void receive_by_probe(int comm)
{
    const struct message *missing;

    while ((missing = choose_missing(comm)) != NULL) {
        const int source = choose(2) == 0 ? MPI_ANY_SOURCE : rank_in[comm][missing->sender];
        const bool tag_counts = choose(2) == 0;
        MPI_Message message;
        MPI_Status status;
        const bool is_matched = probe(source, tag_counts ? missing->tag : MPI_ANY_TAG, comm,
                                      &message, &status);
        receive_probed(comm, tag_counts, is_matched, &message, &status);
    }
}

/* Completes all requests by calls chosen at random; the statuses by index. */
static void complete(int count)
{
    int *indices = mpitest_malloc((size_t)count * sizeof *indices);
    MPI_Status *some = mpitest_malloc((size_t)count * sizeof *some);
    int left = count, done, flag;

    while (left > 0) {
        switch (choose(6)) {
        case 0:
            MPI_Waitany(count, requests, &indices[0], &some[0]);
            done = 1;
            break;
        case 1:
            MPI_Testany(count, requests, &indices[0], &flag, &some[0]);
            done = flag;
            break;
        case 2:
            MPI_Waitsome(count, requests, &done, indices, some);
            break;
        case 3:
            MPI_Testsome(count, requests, &done, indices, some);
            break;
        default:
            for (int i = done = 0; i < count && done == 0; i++) {
                if (requests[i] != MPI_REQUEST_NULL) {
                    MPI_Wait(&requests[i], &some[0]);
                    indices[0] = i;
                    done = 1;
                }
            }
            break;
        }
        for (int i = 0; i < done; i++) {
            statuses[indices[i]] = some[i];
        }
        left -= done;
    }
    free(indices);
    free(some);
}

static void run_round(int round)
{
    enum kind kind_of[COMMUNICATORS];
    int longest[COMMUNICATORS];
    unsigned char *memory;

    plan_round(round);
    for (int c = 0; c < COMMUNICATORS; c++) {
        kind_of[c] = (enum kind)choose(KINDS);
    }
    post_receives(kind_of, longest);
    memory = start_sends(&requests[receive_count]);
    for (int c = 0; c < COMMUNICATORS; c++) {
        if (kind_of[c] == BY_PROBE) {
            receive_by_probe(c);
        }
    }
    complete(receive_count + SENT_PER_ROUND);
    for (int i = 0; i < receive_count; i++) {
        const enum kind kind = receives[i].kind;
        check_arrival(receives[i].planned->comm, kind == BY_BOTH || kind == BY_TAG, &statuses[i],
                      BYTES_MAX, receives[i].buffer);
        free(receives[i].buffer);
    }
    for (int i = 0; i < incoming_count; i++) {
        CHECK(incoming[i].arrived);
    }
    free(memory);
    MPI_Barrier(MPI_COMM_WORLD);
}

int main(int argc, char **argv)
{
    int rounds;
    double start;

    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    const size_t in_flight_max = (size_t)(mpitest_size + 1) * SENT_PER_ROUND;
    outgoing = mpitest_malloc(SENT_PER_ROUND * sizeof *outgoing);
    incoming = mpitest_malloc(in_flight_max * sizeof *incoming);
    receives = mpitest_malloc(in_flight_max * sizeof *receives);
    requests = mpitest_malloc(in_flight_max * sizeof(MPI_Request));
    statuses = mpitest_malloc(in_flight_max * sizeof *statuses);
    choices = mpitest_mix(mpitest_seed) ^ ((uint64_t)mpitest_rank << 32);
    make_communicators();

    rounds = (argc > 1 ? atoi(argv[1]) : MESSAGES_AT_FIRST) / (SENT_PER_ROUND * mpitest_size);
    start = MPI_Wtime();
    for (int round = 0; round < rounds; round++) {
        run_round(round);
    }
    if (mpitest_rank == 0) {
        printf("%lld messages among %d ranks in %.1f s; rank 0 sent %.1f MB\n",
               (long long)rounds * SENT_PER_ROUND * mpitest_size, mpitest_size, MPI_Wtime() - start,
               (double)bytes_sent / 1e6);
    }
    for (int c = 1; c < COMMUNICATORS; c++) {
        MPI_Comm_free(&comms[c]);
    }
    for (int c = 0; c < COMMUNICATORS; c++) {
        free(rank_in[c]);
        free(world_of[c]);
    }
    free(outgoing);
    free(incoming);
    free(receives);
    free(requests);
    free(statuses);
    return mpitest_finish();
}
