/* SPDX-License-Identifier: BSD-3-Clause */
/* Transfers between accounts that all ranks share, and not a cent is lost when ranks are killed in
 * the middle of one, with one account changed and the lock in their hands:
 * mprun --continue -n 8 bank [TRANSFERS [KILLED]]
 *
 * Before a rank changes two balances it notes them in the journal, which lies beside the accounts.
 * Whoever takes the lock next is told that its holder died, and puts back what the journal has. */
#include <mp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { ACCOUNTS = 100, CENTS_AT_FIRST = 100000, TAG_END = 1 };

/* What a transfer changes, as it was: behind the accounts, in the same array. */
struct journal {
    int64_t is_open, from, to, from_cents, to_cents;
};

enum { JOURNAL = ACCOUNTS, JOURNAL_LENGTH = sizeof(struct journal) / sizeof(int64_t) };

/* Puts back what one who died had begun. */
static void repair(mp_array *bank)
{
    struct journal journal;

    mp_array_get(bank, JOURNAL, JOURNAL_LENGTH, &journal);
    if (journal.is_open) {
        mp_array_set(bank, journal.from, 1, &journal.from_cents);
        mp_array_set(bank, journal.to, 1, &journal.to_cents);
        journal.is_open = 0;
        mp_array_set(bank, JOURNAL, 1, &journal.is_open);
    }
}

/* Takes the lock, whatever became of its last holder. Returns whether it has it. */
static bool take(mp_lock *lock, mp_array *bank)
{
    const int error = mp_lock_acquire(lock, MP_FOREVER);

    if (error == MP_ERR_HOLDER_DIED) {
        repair(bank);
    } else if (error) {
        fprintf(stderr, "bank: %s\n", mp_error_text());
        return false;
    }
    return true;
}

static bool transfer(mp_lock *lock, mp_array *bank, int from, int to, int64_t cents, bool dies)
{
    if (!take(lock, bank)) {
        return false;
    }
    struct journal journal = {.is_open = 1, .from = from, .to = to};

    mp_array_get(bank, from, 1, &journal.from_cents);
    mp_array_get(bank, to, 1, &journal.to_cents);
    mp_array_set(bank, JOURNAL, JOURNAL_LENGTH, &journal); // one call: all of it or nothing

    const int64_t less = journal.from_cents - cents, more = journal.to_cents + cents;

    mp_array_set(bank, from, 1, &less);
    if (dies) {
        raise(SIGKILL);
    }
    mp_array_set(bank, to, 1, &more);
    journal.is_open = 0;
    mp_array_set(bank, JOURNAL, 1, &journal.is_open);
    mp_lock_release(lock);
    return true;
}

/* A rank's transfers. One that is to be killed is so after half of them. */
static bool work(mp_lock *lock, mp_array *bank, int rank, int transfers, bool dies)
{
    bool done = true;

    srand((unsigned)rank);
    for (int i = 0; i < transfers && done; i++) {
        const int from = rand() % ACCOUNTS, to = (from + 1 + rand() % (ACCOUNTS - 1)) % ACCOUNTS;

        done = transfer(lock, bank, from, to, rand() % 10000, dies && i == transfers / 2);
    }
    return done;
}

/* Waits for the others, of whom the dead are only heard of. Returns how many died. */
static int await_others(int size)
{
    int deaths = 0;

    for (int rank = 1; rank < size; rank++) {
        deaths += MPI_Recv(NULL, 0, MPI_BYTE, rank, TAG_END, MPI_COMM_WORLD, MPI_STATUS_IGNORE)
                  != MPI_SUCCESS;
    }
    return deaths;
}

/* Counts the money, with nobody in the middle of anything. */
static bool audit(mp_lock *lock, mp_array *bank, int transfers, int deaths)
{
    int64_t cents[ACCOUNTS], sum = 0;

    if (!take(lock, bank)) {
        return false;
    }
    mp_array_get(bank, 0, ACCOUNTS, cents);
    mp_lock_release(lock);
    for (int i = 0; i < ACCOUNTS; i++) {
        sum += cents[i];
    }
    printf("%d transfers by each rank, %d ranks killed in one: the bank has %lld cents, %s\n",
           transfers, deaths, (long long)sum,
           sum == (int64_t)ACCOUNTS * CENTS_AT_FIRST ? "as at first" : "WRONG");
    return sum == (int64_t)ACCOUNTS * CENTS_AT_FIRST;
}

int main(int argc, char **argv)
{
    const int transfers = argc > 1 ? atoi(argv[1]) : 1000;
    const int killed = argc > 2 ? atoi(argv[2]) : 0;
    int64_t initial[ACCOUNTS + JOURNAL_LENGTH] = {0};
    mp_array *bank;
    mp_lock *lock;
    int rank, size;

    mp_init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (transfers < 1 || killed < 0 || killed >= size) {
        if (rank == 0) {
            fprintf(stderr, "bank: TRANSFERS must be from 1, KILLED from 0 to %d\n", size - 1);
        }
        MPI_Finalize();
        return EXIT_FAILURE;
    }
    for (int i = 0; i < ACCOUNTS; i++) {
        initial[i] = CENTS_AT_FIRST;
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN); // deaths are ours to deal with
    mp_array_create(MPI_COMM_WORLD, 0, MPI_INT64_T, ACCOUNTS + JOURNAL_LENGTH, initial, &bank);
    mp_lock_create(MPI_COMM_WORLD, 0, MP_LOCK_PLAIN, &lock);

    bool right = work(lock, bank, rank, transfers, rank > 0 && rank <= killed);

    if (rank == 0) {
        right = audit(lock, bank, transfers, await_others(size)) && right;
    } else {
        MPI_Send(NULL, 0, MPI_BYTE, 0, TAG_END, MPI_COMM_WORLD);
    }
    mp_lock_free(&lock);
    mp_array_free(&bank);
    MPI_Finalize();
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
