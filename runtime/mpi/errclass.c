/* SPDX-License-Identifier: BSD-3-Clause */
/* The texts of the error classes, and the table of the classes and codes that the program adds. */
#include "mpi/errclass.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/error.h"

#define CLASS(name, text) [name] = {#name, #name ": " text}

static const struct {
    const char *name;
    const char *text;
} classes[] = {
    CLASS(MPI_SUCCESS, "no error"),
    CLASS(MPI_ERR_BUFFER, "invalid buffer address"),
    CLASS(MPI_ERR_COUNT, "invalid count"),
    CLASS(MPI_ERR_TYPE, "invalid datatype"),
    CLASS(MPI_ERR_TAG, "invalid tag"),
    CLASS(MPI_ERR_COMM, "invalid communicator"),
    CLASS(MPI_ERR_RANK, "invalid rank"),
    CLASS(MPI_ERR_REQUEST, "invalid request"),
    CLASS(MPI_ERR_ROOT, "invalid root"),
    CLASS(MPI_ERR_GROUP, "invalid group"),
    CLASS(MPI_ERR_OP, "invalid reduction operator"),
    CLASS(MPI_ERR_TOPOLOGY, "invalid topology"),
    CLASS(MPI_ERR_DIMS, "invalid number or size of dimensions"),
    CLASS(MPI_ERR_ARG, "invalid argument"),
    CLASS(MPI_ERR_UNKNOWN, "unknown error"),
    CLASS(MPI_ERR_TRUNCATE, "the message is longer than the receive buffer"),
    CLASS(MPI_ERR_OTHER, "an error that has no class of its own"),
    CLASS(MPI_ERR_INTERN, "an error inside the library"),
    CLASS(MPI_ERR_PENDING, "the operation is still pending"),
    CLASS(MPI_ERR_IN_STATUS, "the error code is in the status"),
    CLASS(MPI_ERR_ACCESS, "no permission to access the file"),
    CLASS(MPI_ERR_AMODE, "invalid access mode of a file"),
    CLASS(MPI_ERR_ASSERT, "invalid assertion"),
    CLASS(MPI_ERR_BAD_FILE, "invalid file name"),
    CLASS(MPI_ERR_BASE, "not the address of memory from MPI_Alloc_mem"),
    CLASS(MPI_ERR_CONVERSION, "a data conversion function has failed"),
    CLASS(MPI_ERR_DISP, "invalid displacement"),
    CLASS(MPI_ERR_DUP_DATAREP, "the data representation is defined already"),
    CLASS(MPI_ERR_FILE_EXISTS, "the file exists already"),
    CLASS(MPI_ERR_FILE_IN_USE, "the file is in use"),
    CLASS(MPI_ERR_FILE, "invalid file handle"),
    CLASS(MPI_ERR_INFO_KEY, "the info key is too long or empty"),
    CLASS(MPI_ERR_INFO_NOKEY, "the info object has no such key"),
    CLASS(MPI_ERR_INFO_VALUE, "the info value is too long"),
    CLASS(MPI_ERR_INFO, "invalid info object"),
    CLASS(MPI_ERR_IO, "input or output has failed"),
    CLASS(MPI_ERR_KEYVAL, "invalid attribute key"),
    CLASS(MPI_ERR_LOCKTYPE, "invalid lock type"),
    CLASS(MPI_ERR_NAME, "the service name is not published"),
    CLASS(MPI_ERR_NO_MEM, "out of memory"),
    CLASS(MPI_ERR_NOT_SAME, "the processes gave different arguments to a collective call"),
    CLASS(MPI_ERR_NO_SPACE, "no space left on the device"),
    CLASS(MPI_ERR_NO_SUCH_FILE, "the file does not exist"),
    CLASS(MPI_ERR_PORT, "invalid port name"),
    CLASS(MPI_ERR_QUOTA, "the disk quota is exceeded"),
    CLASS(MPI_ERR_READ_ONLY, "the file or the file system is read-only"),
    CLASS(MPI_ERR_RMA_ATTACH, "the memory cannot be attached to the window"),
    CLASS(MPI_ERR_RMA_CONFLICT, "conflicting accesses to a window"),
    CLASS(MPI_ERR_RMA_RANGE, "the target memory is not part of the window"),
    CLASS(MPI_ERR_RMA_SHARED, "the memory cannot be shared"),
    CLASS(MPI_ERR_RMA_SYNC, "wrong synchronization of one-sided calls"),
    CLASS(MPI_ERR_SERVICE, "the service name cannot be published or withdrawn"),
    CLASS(MPI_ERR_SIZE, "invalid size"),
    CLASS(MPI_ERR_SPAWN, "the processes cannot be started"),
    CLASS(MPI_ERR_UNSUPPORTED_DATAREP, "the data representation is not supported"),
    CLASS(MPI_ERR_UNSUPPORTED_OPERATION, "the operation is not supported"),
    CLASS(MPI_ERR_WIN, "invalid window"),
    CLASS(MPI_ERR_RMA_FLAVOR, "the window is of the wrong flavor"),
    CLASS(MPI_ERR_PROC_ABORTED, "a process of the operation has aborted"),
    CLASS(MPI_ERR_VALUE_TOO_LARGE, "the value does not fit into the result"),
    CLASS(MPI_ERR_SESSION, "invalid session"),
    CLASS(MPI_ERR_ERRHANDLER, "invalid error handler"),
    CLASS(MPI_ERR_ABI, "the ABI does not allow it"),
};

/* What the program has added: entry i is the code FIRST_ADDED + i. */
enum { FIRST_ADDED = MPI_ERR_LASTCODE + 1 };

struct added {
    int error_class; /* MPI_UNDEFINED: free */
    char *text;      /* NULL: none */
};

static struct added *added;
static int added_count;

int mpr_errclass_last = MPI_ERR_LASTCODE;

static struct added *entry_of(int code)
{
    return &added[code - FIRST_ADDED];
}

bool mpr_errclass_is_added(int code)
{
    return code >= FIRST_ADDED && code - FIRST_ADDED < added_count &&
           entry_of(code)->error_class != MPI_UNDEFINED;
}

static bool is_predefined(int code)
{
    return code >= 0 && code < (int)mpr_array_count(classes);
}

int mpr_errclass_of(int code)
{
    if (is_predefined(code)) {
        return code;
    }
    return mpr_errclass_is_added(code) ? entry_of(code)->error_class : MPI_UNDEFINED;
}

const char *mpr_errclass_text(int code)
{
    if (is_predefined(code)) {
        return classes[code].text;
    }
    return entry_of(code)->text != NULL ? entry_of(code)->text : "";
}

const char *mpr_errclass_name(int code)
{
    return is_predefined(code) ? classes[code].name : NULL;
}

bool mpr_errclass_has_codes(int error_class)
{
    for (int i = 0; i < added_count; i++) {
        if (added[i].error_class == error_class && FIRST_ADDED + i != error_class) {
            return true;
        }
    }
    return false;
}

/* A free entry of the table, which grows when it has none: one by one, since programs add a few. */
static struct added *find_free(void)
{
    for (int i = 0; i < added_count; i++) {
        if (added[i].error_class == MPI_UNDEFINED) {
            return &added[i];
        }
    }
    struct added *more = realloc(added, ((size_t)added_count + 1) * sizeof(*more));
    if (more == NULL) {
        return NULL;
    }
    added = more;
    return &added[added_count++];
}

int mpr_errclass_add(int error_class, int *code)
{
    struct added *entry = find_free();
    if (entry == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    *code = FIRST_ADDED + (int)(entry - added);
    mpr_errclass_last = *code > mpr_errclass_last ? *code : mpr_errclass_last;
    *entry = (struct added){.error_class = error_class != MPI_UNDEFINED ? error_class : *code};
    return 0;
}

int mpr_errclass_set_text(int code, const char *text)
{
    char *copy = text != NULL ? strdup(text) : NULL;
    if (text != NULL && copy == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    free(entry_of(code)->text);
    entry_of(code)->text = copy;
    return 0;
}

void mpr_errclass_remove(int code)
{
    free(entry_of(code)->text);
    *entry_of(code) = (struct added){.error_class = MPI_UNDEFINED};
}
