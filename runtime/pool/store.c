/* SPDX-License-Identifier: BSD-3-Clause */
/* Results kept in a file that only grows.
 *
 * The file is a head of 16 bytes and records, one after the other: a fixed part, the input, the
 * output, and zeros up to a multiple of 8. Each record has a checksum over all of it, and is valid
 * only if that is right, and if all records before it are: a record that a kill tore ends the file.
 * Inputs are kept whole, so that two that have the same hash are told apart.
 *
 *   - Who adds a record holds the file's lock (flock), has read all that is valid, cuts off what is
 *     not, and appends with one write. The lock goes with its holder's death; a torn record is cut
 *     off by the next who adds.
 *   - Who reads takes no lock: a record that is half written looks torn, is left for later, and the
 *     position stays before it.
 *   - A kill of the writer loses at most the record it was writing; a crash of the machine, at most
 *     what the system had not written yet: its checksum is wrong then.
 *
 * Numbers lie in the file as in memory; the head tells a machine of the other byte order. */
#include "pool/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pool/buffer.h"
#include "pool/error.h"
#include "pool/hash.h"

static const char open_name[] = "mp_store_open";

struct file_head {
    char magic[8];
    uint64_t order; /* 1: of this byte order */
};

static const struct file_head file_head = {.magic = "mpstore", .order = 1};

struct record {
    uint64_t checksum;    /* of all that follows */
    uint64_t key_hash;
    struct mpp_address function;
    uint64_t version;
    uint64_t input_bytes;
    uint64_t output_bytes;
};

struct slot {
    uint64_t key_hash;
    uint64_t offset; /* of the record; 0: the slot is free */
};

struct mp_store {
    pthread_mutex_t lock;
    int file;
    char *path;
    uint64_t end_offset;     /* up to here the file has been read, and is valid */
    struct slot *slots;      /* a table with open addressing */
    uint64_t slot_count;     /* a power of two */
    int64_t kept_count;
    int64_t found_count;
    int64_t missed_count;
    struct mpp_buffer buffer; /* the record at hand */
};

static uint64_t record_bytes(const struct record *record)
{
    return (sizeof *record + record->input_bytes + record->output_bytes + 7) & ~UINT64_C(7);
}

static uint64_t checksum_of(const struct record *record)
{
    size_t skip = sizeof record->checksum;
    return mpp_hash(MPP_HASH_START, (const char *)record + skip, record_bytes(record) - skip);
}

/* A key in its full form: of a versioned task, the function is nobody's business. */
static struct record record_of(const struct mpp_store_key *key, size_t output_bytes)
{
    struct record record = {.version = key->version,
                            .input_bytes = key->input_bytes,
                            .output_bytes = output_bytes};
    if (!key->version) {
        record.function = key->function;
    }
    uint64_t hash = mpp_hash(MPP_HASH_START, &record.function, sizeof record.function);
    hash = mpp_hash(hash, &record.version, sizeof record.version);
    record.key_hash = mpp_hash(hash, key->input, key->input_bytes);
    return record;
}

/* ---- the table ---- */

static struct slot *first_slot(const mp_store *store, uint64_t key_hash)
{
    return &store->slots[key_hash & (store->slot_count - 1)];
}

static struct slot *next_slot(const mp_store *store, struct slot *slot)
{
    return ++slot == store->slots + store->slot_count ? store->slots : slot;
}

static void put(mp_store *store, struct slot entry)
{
    struct slot *slot = first_slot(store, entry.key_hash);
    while (slot->offset) {
        slot = next_slot(store, slot);
    }
    *slot = entry;
}

/* Keeps the table at most half full. */
static int make_room(mp_store *store)
{
    if ((uint64_t)store->kept_count * 2 < store->slot_count) {
        return 0;
    }
    struct slot *old = store->slots;
    uint64_t old_count = store->slot_count;
    uint64_t count = old_count ? old_count * 2 : 1024;
    struct slot *slots = calloc(count, sizeof *slots);
    if (!slots) {
        return -1;
    }
    store->slots = slots;
    store->slot_count = count;
    for (uint64_t i = 0; i < old_count; i++) {
        if (old[i].offset) {
            put(store, old[i]);
        }
    }
    free(old);
    return 0;
}

/* ---- reading ---- */

/* All of these bytes, or -1. */
static int read_at(const mp_store *store, void *to, size_t bytes, uint64_t offset)
{
    char *at = to;
    while (bytes) {
        ssize_t got = pread(store->file, at, bytes, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return -1;
        }
        at += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return 0;
}

/* The whole record at an offset, in the store's buffer; null: there is no
 * valid one before `limit`. */
static struct record *read_record(mp_store *store, uint64_t offset, uint64_t limit)
{
    struct record record;
    uint64_t room = limit - offset;
    if (room < sizeof record || read_at(store, &record, sizeof record, offset)) {
        return NULL;
    }
    if (record.input_bytes > room || record.output_bytes > room || record_bytes(&record) > room) {
        return NULL;
    }
    store->buffer.used = 0;
    struct record *whole = mpp_buffer_reserve(&store->buffer, record_bytes(&record));
    if (!whole || read_at(store, whole, record_bytes(&record), offset)
        || whole->checksum != checksum_of(whole)) {
        return NULL;
    }
    return whole;
}

static uint64_t file_bytes(const mp_store *store)
{
    struct stat status;
    return fstat(store->file, &status) ? 0 : (uint64_t)status.st_size;
}

/* Takes in the records that have been added since the last time, by whomever. */
static int catch_up(mp_store *store)
{
    uint64_t limit = file_bytes(store);
    while (store->end_offset < limit) {
        const struct record *record = read_record(store, store->end_offset, limit);
        if (!record) {
            return 0;
        }
        if (make_room(store)) {
            return -1;
        }
        put(store, (struct slot){.key_hash = record->key_hash, .offset = store->end_offset});
        store->kept_count++;
        store->end_offset += record_bytes(record);
    }
    return 0;
}

static int is_of_key(const struct record *record, const struct record *wanted, const void *input)
{
    int has_size =
        wanted->output_bytes == MP_VARIABLE || record->output_bytes == wanted->output_bytes;
    return has_size && record->version == wanted->version &&
           record->input_bytes == wanted->input_bytes &&
           !memcmp(&record->function, &wanted->function, sizeof record->function) &&
           (!record->input_bytes || !memcmp(record + 1, input, record->input_bytes));
}

static struct record *look_up(mp_store *store, const struct record *wanted, const void *input)
{
    if (!store->slot_count) {
        return NULL;
    }
    for (struct slot *slot = first_slot(store, wanted->key_hash); slot->offset;
         slot = next_slot(store, slot)) {
        if (slot->key_hash == wanted->key_hash) {
            struct record *record = read_record(store, slot->offset, store->end_offset);
            if (record && is_of_key(record, wanted, input)) {
                return record;
            }
        }
    }
    return NULL;
}

int mpp_store_find(mp_store *store, const struct mpp_store_key *key, const void **data,
                   size_t *bytes)
{
    struct record wanted = record_of(key, key->output_bytes);
    pthread_mutex_lock(&store->lock);
    struct record *record = look_up(store, &wanted, key->input);
    if (!record && file_bytes(store) > store->end_offset && !catch_up(store)) {
        record = look_up(store, &wanted, key->input);
    }
    if (record) {
        store->found_count++;
        *data = (const char *)(record + 1) + record->input_bytes;
        *bytes = record->output_bytes;
    } else {
        store->missed_count++;
    }
    pthread_mutex_unlock(&store->lock);
    return record != NULL;
}

/* ---- writing ---- */

static int write_all(const mp_store *store, const void *from, size_t bytes, uint64_t offset)
{
    const char *at = from;
    while (bytes) {
        ssize_t put_bytes = pwrite(store->file, at, bytes, (off_t)offset);
        if (put_bytes < 0 && errno == EINTR) {
            continue;
        }
        if (put_bytes <= 0) {
            return -1;
        }
        at += put_bytes;
        offset += (uint64_t)put_bytes;
        bytes -= (size_t)put_bytes;
    }
    return 0;
}

/* Puts a record together in the store's buffer. */
static struct record *compose(mp_store *store, const struct mpp_store_key *key, const void *data,
                              size_t bytes)
{
    struct record head = record_of(key, bytes);
    store->buffer.used = 0;
    char *place = mpp_buffer_reserve(&store->buffer, record_bytes(&head));
    if (!place) {
        return NULL;
    }
    memset(place + record_bytes(&head) - 8, 0, 8);
    memcpy(place, &head, sizeof head);
    if (key->input_bytes) {
        memcpy(place + sizeof head, key->input, key->input_bytes);
    }
    if (bytes) {
        memcpy(place + sizeof head + key->input_bytes, data, bytes);
    }
    struct record *record = (struct record *)place;
    record->checksum = checksum_of(record);
    return record;
}

/* With the file's lock held, and the file read to its valid end. */
static int append(mp_store *store, const struct record *record)
{
    if (file_bytes(store) > store->end_offset && ftruncate(store->file, (off_t)store->end_offset)) {
        return -1;
    }
    if (make_room(store)) {
        errno = ENOMEM;
        return -1;
    }
    if (write_all(store, record, record_bytes(record), store->end_offset)) {
        int error = errno;
        if (ftruncate(store->file, (off_t)store->end_offset)) {
            /* The next who adds cuts it off. */
        }
        errno = error;
        return -1;
    }
    put(store, (struct slot){.key_hash = record->key_hash, .offset = store->end_offset});
    store->end_offset += record_bytes(record);
    store->kept_count++;
    return 0;
}

static int lock_file(const mp_store *store)
{
    int error;
    do {
        error = flock(store->file, LOCK_EX);
    } while (error && errno == EINTR);
    return error;
}

int mpp_store_add(mp_store *store, const struct mpp_store_key *key, const void *data, size_t bytes)
{
    int error = -1;
    pthread_mutex_lock(&store->lock);
    if (!lock_file(store)) {
        if (!catch_up(store)) {
            const struct record *record = compose(store, key, data, bytes);
            error = record ? append(store, record) : -1;
        }
        int kept = errno;
        flock(store->file, LOCK_UN);
        errno = kept;
    }
    int code = error ? errno : 0;
    pthread_mutex_unlock(&store->lock);
    return code;
}

const char *mpp_store_path(const mp_store *store)
{
    return store->path;
}

/* ---- the public functions ---- */

/* A new file gets its head. */
static int write_head(mp_store *store)
{
    if (lock_file(store)) {
        return mpp_state(MP_ERROR_STORE, open_name, "cannot lock %s: %s", store->path,
                         strerror(errno));
    }
    int error = 0;
    if (file_bytes(store) < sizeof file_head) {
        error = ftruncate(store->file, 0) || write_all(store, &file_head, sizeof file_head, 0);
    }
    int kept = errno;
    flock(store->file, LOCK_UN);
    if (error) {
        return mpp_state(MP_ERROR_STORE, open_name, "cannot write %s: %s", store->path,
                         strerror(kept));
    }
    store->end_offset = sizeof file_head;
    return MPI_SUCCESS;
}

static void destroy(mp_store *store)
{
    if (store->file >= 0) {
        close(store->file);
    }
    pthread_mutex_destroy(&store->lock);
    mpp_buffer_free(&store->buffer);
    free(store->slots);
    free(store->path);
    free(store);
}

/* Whether it begins otherwise than ours: then it is somebody's, and left alone. */
static int is_foreign(const mp_store *store)
{
    char head[sizeof file_head];
    uint64_t bytes = file_bytes(store);
    bytes = bytes < sizeof head ? bytes : sizeof head;
    return read_at(store, head, bytes, 0) || memcmp(head, &file_head, bytes) != 0;
}

int mp_store_open(const char *path, mp_store **store)
{
    int error = mpp_error_start();
    if (error) {
        return error;
    }
    if (!path || !store) {
        return mpp_bad_argument(MPI_COMM_SELF, open_name, "%s is null",
                                path ? "the store's address" : "path");
    }
    *store = NULL;
    mp_store *made = calloc(1, sizeof *made);
    if (!made) {
        return mpp_no_memory(MPI_COMM_SELF, open_name, sizeof *made);
    }
    pthread_mutex_init(&made->lock, NULL);
    made->path = strdup(path);
    made->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (made->file < 0 || !made->path) {
        error = mpp_state(MP_ERROR_STORE, open_name, "cannot open %s: %s", path, strerror(errno));
    } else if (is_foreign(made)) {
        error = mpp_state(
            MP_ERROR_STORE, open_name,
            "%s is not a file of kept results, or of a machine of another byte order; it was left "
            "as it is",
            path);
    } else {
        error = write_head(made);
        if (!error && catch_up(made)) {
            error = mpp_no_memory(MPI_COMM_SELF, open_name, made->slot_count * sizeof *made->slots);
        }
    }
    if (error) {
        destroy(made);
        return error;
    }
    *store = made;
    return MPI_SUCCESS;
}

int mp_store_count(mp_store *store, int64_t *kept, int64_t *found, int64_t *missed)
{
    if (!store) {
        return mpp_bad_argument(MPI_COMM_SELF, "mp_store_count", "the store is null");
    }
    pthread_mutex_lock(&store->lock);
    if (kept) {
        *kept = store->kept_count;
    }
    if (found) {
        *found = store->found_count;
    }
    if (missed) {
        *missed = store->missed_count;
    }
    pthread_mutex_unlock(&store->lock);
    return MPI_SUCCESS;
}

int mp_store_close(mp_store **store)
{
    if (store && *store) {
        destroy(*store);
        *store = NULL;
    }
    return MPI_SUCCESS;
}
