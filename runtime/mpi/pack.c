/* SPDX-License-Identifier: BSD-3-Clause */
/* Packing and unpacking (MPI 5.0, 5.2 and 5.3). Packed data is the items' bytes in the order of the
 * type map, without a header: what a message carries; or what type/external.h makes of them. */
#include <limits.h>
#include <string.h>

#include "mpi/api.h"
#include "mpi/coll_args.h"
#include "type/external.h"

/* What is packed, and where in the packed buffer. */
struct packing {
    struct mpr_comm *comm;
    struct mpr_type *type;
    MPI_Count bytes;
};

/* The packed buffer has room from `position` on for what `packing` moves. */
static int arg_packed(const struct packing *packing, const char *name, const void *packed,
                      const char *size_name, MPI_Count size, MPI_Count position)
{
    if (size < 0) {
        return mpr_raise(packing->comm, MPI_ERR_ARG, "%s is %lld, but must not be negative",
                         size_name, (long long)size);
    }
    if (position < 0 || position > size) {
        return mpr_raise(packing->comm, MPI_ERR_ARG, "position is %lld, but %s is %lld",
                         (long long)position, size_name, (long long)size);
    }
    if (packing->bytes > size - position) {
        return mpr_raise(packing->comm, MPI_ERR_TRUNCATE,
                         "the items have %lld bytes, but %s has only %lld left at position %lld",
                         (long long)packing->bytes, name, (long long)(size - position),
                         (long long)position);
    }
    if (packing->bytes > 0 && packed == NULL) {
        return mpr_raise(packing->comm, MPI_ERR_BUFFER, "%s is NULL", name);
    }
    return MPI_SUCCESS;
}

static int arg_items(const struct mpr_arg_names *names, const void *buffer, MPI_Count count,
                     MPI_Datatype datatype, MPI_Comm comm, struct packing *packing)
{
    MPR_TRY(mpr_arg_comm(comm, &packing->comm));
    MPR_TRY(mpr_arg_items(packing->comm, names, buffer, count, datatype, &packing->type));
    packing->bytes = mpr_type_bytes(packing->type, count);
    return MPI_SUCCESS;
}

static int pack_c(const void *inbuf, MPI_Count incount, MPI_Datatype datatype, void *outbuf,
                  MPI_Count outsize, MPI_Count *position, MPI_Comm comm)
{
    static const struct mpr_arg_names names = {"inbuf", "incount", NULL, "datatype"};
    struct packing packing;
    MPR_TRY(arg_items(&names, inbuf, incount, datatype, comm, &packing));
    MPR_TRY(mpr_arg_pointer(packing.comm, "position", position));
    MPR_TRY(arg_packed(&packing, "outbuf", outbuf, "outsize", outsize, *position));
    mpr_type_pack(packing.type, inbuf, 0, (char *)outbuf + *position, (size_t)packing.bytes);
    *position += packing.bytes;
    return MPI_SUCCESS;
}

static int unpack_c(const void *inbuf, MPI_Count insize, MPI_Count *position, void *outbuf,
                    MPI_Count outcount, MPI_Datatype datatype, MPI_Comm comm)
{
    static const struct mpr_arg_names names = {"outbuf", "outcount", NULL, "datatype"};
    struct packing packing;
    MPR_TRY(arg_items(&names, outbuf, outcount, datatype, comm, &packing));
    MPR_TRY(mpr_arg_pointer(packing.comm, "position", position));
    MPR_TRY(arg_packed(&packing, "inbuf", inbuf, "insize", insize, *position));
    mpr_type_unpack(packing.type, outbuf, 0, (const char *)inbuf + *position,
                    (size_t)packing.bytes);
    *position += packing.bytes;
    return MPI_SUCCESS;
}

/* The int forms: the position has an int to live in, and never leaves it, because insize and
 * outsize are ints too. */
static int pack(const void *inbuf, int incount, MPI_Datatype datatype, void *outbuf, int outsize,
                int *position, MPI_Comm comm)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "position", position));
    MPI_Count large = *position;
    MPR_TRY(pack_c(inbuf, incount, datatype, outbuf, outsize, &large, comm));
    *position = (int)large;
    return MPI_SUCCESS;
}

static int unpack(const void *inbuf, int insize, int *position, void *outbuf, int outcount,
                  MPI_Datatype datatype, MPI_Comm comm)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "position", position));
    MPI_Count large = *position;
    MPR_TRY(unpack_c(inbuf, insize, &large, outbuf, outcount, datatype, comm));
    *position = (int)large;
    return MPI_SUCCESS;
}

static int pack_size_c(MPI_Count incount, MPI_Datatype datatype, MPI_Comm comm, MPI_Count *size)
{
    struct mpr_comm *c;
    struct mpr_type *type;
    MPI_Count bytes;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "size", size));
    MPR_TRY(mpr_arg_count(c, "incount", incount));
    MPR_TRY(mpr_arg_type(c, "datatype", datatype, &type));
    if (__builtin_mul_overflow(incount, type->size_bytes, &bytes)) {
        return mpr_raise(c, MPI_ERR_VALUE_TOO_LARGE,
                         "%lld items of %lld bytes need more than size can hold",
                         (long long)incount, (long long)type->size_bytes);
    }
    *size = bytes;
    return MPI_SUCCESS;
}

static int pack_size(int incount, MPI_Datatype datatype, MPI_Comm comm, int *size)
{
    struct mpr_comm *c;
    MPI_Count bytes;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "size", size));
    MPR_TRY(pack_size_c(incount, datatype, comm, &bytes));
    *size = bytes <= INT_MAX ? (int)bytes : MPI_UNDEFINED; // MPI 5.0, 5.2
    return MPI_SUCCESS;
}

/* ---- In the representation "external32", without a communicator ---- */

static int arg_datarep(const char *datarep)
{
    MPR_TRY(mpr_arg_pointer(NULL, "datarep", datarep));
    if (strcmp(datarep, "external32") == 0) {
        return MPI_SUCCESS;
    }
    return mpr_raise(NULL, MPI_ERR_UNSUPPORTED_DATAREP,
                     "datarep is \"%.40s\", but data is packed as \"external32\" alone", datarep);
}

static int arg_external_bytes(const char *name, const struct mpr_type *type, MPI_Count count,
                              MPI_Count *bytes)
{
    if (mpr_external_bytes(type, count, bytes)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(NULL, MPI_ERR_VALUE_TOO_LARGE,
                     "%s is %lld, but so many items are more bytes than MPI_Count can hold", name,
                     (long long)count);
}

static int arg_external_items(const char *datarep, const struct mpr_arg_names *names,
                              const void *buffer, MPI_Count count, MPI_Datatype datatype,
                              struct packing *packing)
{
    *packing = (struct packing){0};
    MPR_TRY(arg_datarep(datarep));
    MPR_TRY(mpr_arg_items(NULL, names, buffer, count, datatype, &packing->type));
    return arg_external_bytes(names->count, packing->type, count, &packing->bytes);
}

static int pack_external_c(const char *datarep, const void *inbuf, MPI_Count incount,
                           MPI_Datatype datatype, void *outbuf, MPI_Count outsize,
                           MPI_Count *position)
{
    static const struct mpr_arg_names names = {"inbuf", "incount", NULL, "datatype"};
    struct packing packing;
    MPR_TRY(arg_external_items(datarep, &names, inbuf, incount, datatype, &packing));
    MPR_TRY(mpr_arg_pointer(NULL, "position", position));
    MPR_TRY(arg_packed(&packing, "outbuf", outbuf, "outsize", outsize, *position));
    if (mpr_external_pack(packing.type, inbuf, incount, (char *)outbuf + *position) != MPR_OK) {
        return mpr_raise(NULL, MPI_ERR_VALUE_TOO_LARGE,
                         "a value in inbuf does not fit into the bytes that external32 has for it "
                         "(4 for a long, 2 for a wchar_t)");
    }
    *position += packing.bytes;
    return MPI_SUCCESS;
}

static int unpack_external_c(const char *datarep, const void *inbuf, MPI_Count insize,
                             MPI_Count *position, void *outbuf, MPI_Count outcount,
                             MPI_Datatype datatype)
{
    static const struct mpr_arg_names names = {"outbuf", "outcount", NULL, "datatype"};
    struct packing packing;
    MPR_TRY(arg_external_items(datarep, &names, outbuf, outcount, datatype, &packing));
    MPR_TRY(mpr_arg_pointer(NULL, "position", position));
    MPR_TRY(arg_packed(&packing, "inbuf", inbuf, "insize", insize, *position));
    MPR_TRY(mpr_result(NULL, mpr_external_unpack(packing.type, outbuf, outcount,
                                                 (const char *)inbuf + *position)));
    *position += packing.bytes;
    return MPI_SUCCESS;
}

/* The int forms have addresses for positions. */
static int pack_external(const char *datarep, const void *inbuf, int incount, MPI_Datatype datatype,
                         void *outbuf, MPI_Aint outsize, MPI_Aint *position)
{
    MPR_TRY(mpr_arg_pointer(NULL, "position", position));
    MPI_Count large = *position;
    MPR_TRY(pack_external_c(datarep, inbuf, incount, datatype, outbuf, outsize, &large));
    *position = (MPI_Aint)large;
    return MPI_SUCCESS;
}

static int unpack_external(const char *datarep, const void *inbuf, MPI_Aint insize,
                           MPI_Aint *position, void *outbuf, int outcount, MPI_Datatype datatype)
{
    MPR_TRY(mpr_arg_pointer(NULL, "position", position));
    MPI_Count large = *position;
    MPR_TRY(unpack_external_c(datarep, inbuf, insize, &large, outbuf, outcount, datatype));
    *position = (MPI_Aint)large;
    return MPI_SUCCESS;
}

static int pack_external_size_c(const char *datarep, MPI_Count incount, MPI_Datatype datatype,
                                MPI_Count *size)
{
    struct mpr_type *type;
    MPR_TRY(arg_datarep(datarep));
    MPR_TRY(mpr_arg_count(NULL, "incount", incount));
    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    MPR_TRY(mpr_arg_pointer(NULL, "size", size));
    return arg_external_bytes("incount", type, incount, size);
}

static int pack_external_size(const char *datarep, int incount, MPI_Datatype datatype,
                              MPI_Aint *size)
{
    MPI_Count large;
    MPR_TRY(mpr_arg_pointer(NULL, "size", size));
    MPR_TRY(pack_external_size_c(datarep, incount, datatype, &large));
    *size = (MPI_Aint)large;
    return MPI_SUCCESS;
}

/* ---- Entry points ---- */

MPR_API(int, Pack,
        (const void *inbuf, int incount, MPI_Datatype datatype, void *outbuf, int outsize,
         int *position, MPI_Comm comm))
{
    return MPR_RUN(Pack, pack(inbuf, incount, datatype, outbuf, outsize, position, comm));
}

MPR_API(int, Pack_c,
        (const void *inbuf, MPI_Count incount, MPI_Datatype datatype, void *outbuf,
         MPI_Count outsize, MPI_Count *position, MPI_Comm comm))
{
    return MPR_RUN(Pack_c, pack_c(inbuf, incount, datatype, outbuf, outsize, position, comm));
}

MPR_API(int, Unpack,
        (const void *inbuf, int insize, int *position, void *outbuf, int outcount,
         MPI_Datatype datatype, MPI_Comm comm))
{
    return MPR_RUN(Unpack, unpack(inbuf, insize, position, outbuf, outcount, datatype, comm));
}

MPR_API(int, Unpack_c,
        (const void *inbuf, MPI_Count insize, MPI_Count *position, void *outbuf, MPI_Count outcount,
         MPI_Datatype datatype, MPI_Comm comm))
{
    return MPR_RUN(Unpack_c, unpack_c(inbuf, insize, position, outbuf, outcount, datatype, comm));
}

MPR_API(int, Pack_size, (int incount, MPI_Datatype datatype, MPI_Comm comm, int *size))
{
    return MPR_RUN(Pack_size, pack_size(incount, datatype, comm, size));
}

MPR_API(int, Pack_size_c,
        (MPI_Count incount, MPI_Datatype datatype, MPI_Comm comm, MPI_Count *size))
{
    return MPR_RUN(Pack_size_c, pack_size_c(incount, datatype, comm, size));
}

MPR_API(int, Pack_external,
        (const char *datarep, const void *inbuf, int incount, MPI_Datatype datatype, void *outbuf,
         MPI_Aint outsize, MPI_Aint *position))
{
    return MPR_RUN(Pack_external,
                   pack_external(datarep, inbuf, incount, datatype, outbuf, outsize, position));
}

MPR_API(int, Pack_external_c,
        (const char *datarep, const void *inbuf, MPI_Count incount, MPI_Datatype datatype,
         void *outbuf, MPI_Count outsize, MPI_Count *position))
{
    return MPR_RUN(Pack_external_c,
                   pack_external_c(datarep, inbuf, incount, datatype, outbuf, outsize, position));
}

MPR_API(int, Unpack_external,
        (const char datarep[], const void *inbuf, MPI_Aint insize, MPI_Aint *position, void *outbuf,
         int outcount, MPI_Datatype datatype))
{
    return MPR_RUN(Unpack_external,
                   unpack_external(datarep, inbuf, insize, position, outbuf, outcount, datatype));
}

MPR_API(int, Unpack_external_c,
        (const char datarep[], const void *inbuf, MPI_Count insize, MPI_Count *position,
         void *outbuf, MPI_Count outcount, MPI_Datatype datatype))
{
    return MPR_RUN(Unpack_external_c,
                   unpack_external_c(datarep, inbuf, insize, position, outbuf, outcount, datatype));
}

MPR_API(int, Pack_external_size,
        (const char *datarep, int incount, MPI_Datatype datatype, MPI_Aint *size))
{
    return MPR_RUN(Pack_external_size, pack_external_size(datarep, incount, datatype, size));
}

MPR_API(int, Pack_external_size_c,
        (const char *datarep, MPI_Count incount, MPI_Datatype datatype, MPI_Count *size))
{
    return MPR_RUN(Pack_external_size_c, pack_external_size_c(datarep, incount, datatype, size));
}
