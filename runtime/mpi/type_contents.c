/* SPDX-License-Identifier: BSD-3-Clause */
/* How a datatype was made: its envelope and contents (MPI 5.0, 5.1.13). */
#include "base/error.h"
#include "mpi/api.h"
#include "type/construct.h"
#include "type/contents.h"

/* How many arguments of each kind. */
struct amounts {
    MPI_Count integers;
    MPI_Count addresses;
    MPI_Count large_counts;
    MPI_Count types;
};

/* The arguments of a constructor as these calls show them: integers, then counts that are integers,
 * then integers again; counts that are addresses; or all counts as large ones, if it was a large
 * form that made the type. */
struct view {
    const struct mpr_contents *contents; /* NULL: a named type, which has none */
    MPI_Count integer_first;             /* integers before the counts */
    MPI_Count address_first;             /* counts that are integers */
    struct amounts amounts;
};

static struct view view_of(const struct mpr_type *type)
{
    const struct mpr_contents *contents = type->contents;
    struct view view = {.contents = contents};

    if (contents == NULL) {
        return view;
    }
    struct mpr_contents_split split = mpr_contents_split(contents);
    view.integer_first = split.integer_first;
    view.amounts.types = contents->type_count;
    if (contents->large) {
        view.amounts.integers = contents->integer_count;
        view.amounts.large_counts = contents->count_count;
    } else {
        view.address_first = split.address_first;
        view.amounts.integers = contents->integer_count + split.address_first;
        view.amounts.addresses = contents->count_count - split.address_first;
    }
    return view;
}

/* The int forms have no place for large counts. */
static int arg_int_form(const struct view *view, const char *large_form)
{
    if (view->amounts.large_counts == 0) {
        return MPI_SUCCESS;
    }
    return mpr_raise(NULL, MPI_ERR_TYPE,
                     "datatype was made with large counts, which only %s can tell", large_form);
}

/* ---- Envelope ---- */

static int find_envelope(MPI_Datatype datatype, bool large, struct amounts *amounts, int *combiner)
{
    struct mpr_type *type;
    MPR_TRY(mpr_arg_pointer(NULL, "combiner", combiner));
    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    struct view view = view_of(type);
    if (!large) {
        MPR_TRY(arg_int_form(&view, "MPI_Type_get_envelope_c"));
    }
    *amounts = view.amounts;
    *combiner = view.contents != NULL ? view.contents->combiner : MPI_COMBINER_NAMED;
    return MPI_SUCCESS;
}

static int get_envelope(MPI_Datatype datatype, int *integers, int *addresses, int *types,
                        int *combiner)
{
    struct amounts amounts;
    MPR_TRY(mpr_arg_pointer(NULL, "num_integers", integers));
    MPR_TRY(mpr_arg_pointer(NULL, "num_addresses", addresses));
    MPR_TRY(mpr_arg_pointer(NULL, "num_datatypes", types));
    MPR_TRY(find_envelope(datatype, false, &amounts, combiner));
    *integers = (int)amounts.integers;
    *addresses = (int)amounts.addresses;
    *types = (int)amounts.types;
    return MPI_SUCCESS;
}

MPR_API(int, Type_get_envelope,
        (MPI_Datatype datatype, int *num_integers, int *num_addresses, int *num_datatypes,
         int *combiner))
{
    return MPR_RUN(Type_get_envelope,
                   get_envelope(datatype, num_integers, num_addresses, num_datatypes, combiner));
}

static int get_envelope_c(MPI_Datatype datatype, MPI_Count *integers, MPI_Count *addresses,
                          MPI_Count *large_counts, MPI_Count *types, int *combiner)
{
    struct amounts amounts;
    MPR_TRY(mpr_arg_pointer(NULL, "num_integers", integers));
    MPR_TRY(mpr_arg_pointer(NULL, "num_addresses", addresses));
    MPR_TRY(mpr_arg_pointer(NULL, "num_large_counts", large_counts));
    MPR_TRY(mpr_arg_pointer(NULL, "num_datatypes", types));
    MPR_TRY(find_envelope(datatype, true, &amounts, combiner));
    *integers = amounts.integers;
    *addresses = amounts.addresses;
    *large_counts = amounts.large_counts;
    *types = amounts.types;
    return MPI_SUCCESS;
}

MPR_API(int, Type_get_envelope_c,
        (MPI_Datatype datatype, MPI_Count *num_integers, MPI_Count *num_addresses,
         MPI_Count *num_large_counts, MPI_Count *num_datatypes, int *combiner))
{
    return MPR_RUN(Type_get_envelope_c, get_envelope_c(datatype, num_integers, num_addresses,
                                                       num_large_counts, num_datatypes, combiner));
}

/* ---- Contents ---- */

static int arg_room(const char *name, MPI_Count room, MPI_Count needed, const char *array_name,
                    const void *array)
{
    if (room < needed) {
        return mpr_raise(NULL, MPI_ERR_ARG, "%s is %lld, but the datatype has %lld", name,
                         (long long)room, (long long)needed);
    }
    return needed > 0 ? mpr_arg_pointer(NULL, array_name, array) : MPI_SUCCESS;
}

static void copy_integers(const struct view *view, int integers[])
{
    const struct mpr_contents *contents = view->contents;
    MPI_Count filled = 0;

    for (int i = 0; i < view->integer_first; i++) {
        integers[filled++] = contents->integers[i];
    }
    for (MPI_Count i = 0; i < view->address_first; i++) {
        integers[filled++] = (int)contents->counts[i];
    }
    for (MPI_Count i = view->integer_first; i < contents->integer_count; i++) {
        integers[filled++] = contents->integers[i];
    }
}

/* Derived types are handed out as new ones, which the user frees. */
static int open_types(const struct view *view, MPI_Datatype types[])
{
    for (MPI_Count i = 0; i < view->amounts.types; i++) {
        struct mpr_type *type = view->contents->types[i];
        int code = type->predefined ? MPR_OK : mpr_type_clone(type, &type);
        if (code != MPR_OK) {
            while (--i >= 0) {
                type = mpr_type_find(types[i]);
                if (!type->predefined) {
                    mpr_type_close(type);
                }
            }
            return mpr_result(NULL, code);
        }
        types[i] = (MPI_Datatype)type->object.handle;
    }
    return MPI_SUCCESS;
}

static int find_view(MPI_Datatype datatype, struct view *view)
{
    struct mpr_type *type;
    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    if (type->contents == NULL) {
        return mpr_raise(NULL, MPI_ERR_TYPE, "datatype is %s: a named type has no contents",
                         type->name);
    }
    *view = view_of(type);
    return MPI_SUCCESS;
}

static int get_contents(MPI_Datatype datatype, const struct amounts *room, int integers[],
                        MPI_Aint addresses[], MPI_Count large_counts[], MPI_Datatype types[],
                        bool large)
{
    struct view view = {0};
    MPR_TRY(find_view(datatype, &view));
    if (!large) {
        MPR_TRY(arg_int_form(&view, "MPI_Type_get_contents_c"));
    }
    MPR_TRY(arg_room("max_integers", room->integers, view.amounts.integers, "array_of_integers",
                     integers));
    MPR_TRY(arg_room("max_addresses", room->addresses, view.amounts.addresses, "array_of_addresses",
                     addresses));
    MPR_TRY(arg_room("max_large_counts", room->large_counts, view.amounts.large_counts,
                     "array_of_large_counts", large_counts));
    MPR_TRY(
        arg_room("max_datatypes", room->types, view.amounts.types, "array_of_datatypes", types));
    MPR_TRY(open_types(&view, types));
    copy_integers(&view, integers);
    for (MPI_Count i = 0; i < view.amounts.addresses; i++) {
        addresses[i] = (MPI_Aint)view.contents->counts[view.address_first + i];
    }
    for (MPI_Count i = 0; i < view.amounts.large_counts; i++) {
        large_counts[i] = view.contents->counts[i];
    }
    return MPI_SUCCESS;
}

MPR_API(int, Type_get_contents,
        (MPI_Datatype datatype, int max_integers, int max_addresses, int max_datatypes,
         int array_of_integers[], MPI_Aint array_of_addresses[], MPI_Datatype array_of_datatypes[]))
{
    const struct amounts room = {max_integers, max_addresses, 0, max_datatypes};
    return MPR_RUN(Type_get_contents,
                   get_contents(datatype, &room, array_of_integers, array_of_addresses, NULL,
                                array_of_datatypes, false));
}

MPR_API(int, Type_get_contents_c,
        (MPI_Datatype datatype, MPI_Count max_integers, MPI_Count max_addresses,
         MPI_Count max_large_counts, MPI_Count max_datatypes, int array_of_integers[],
         MPI_Aint array_of_addresses[], MPI_Count array_of_large_counts[],
         MPI_Datatype array_of_datatypes[]))
{
    const struct amounts room = {max_integers, max_addresses, max_large_counts, max_datatypes};
    return MPR_RUN(Type_get_contents_c,
                   get_contents(datatype, &room, array_of_integers, array_of_addresses,
                                array_of_large_counts, array_of_datatypes, true));
}
