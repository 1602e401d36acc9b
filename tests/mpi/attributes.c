/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes of communicators: values, copies, deletion, what the functions of the program get,
 * what they may do, and what happens when they fail. */
/* matrix: np=1,2,3 copy=chunk engine=uring rings=default */
#include "../lib/flattest.h"

enum { CYCLES = 100000, LIVE = 20 };

/* What the functions have seen last, and how often they were called. */
static struct {
    int copies, deletions;
    MPI_Comm comm;
    int keyval;
    void *extra, *value;
    int copy_code, delete_code; /* what they are to return */
    int copy_flag;              /* whether they are to copy */
} seen;

static char extra_state;

static void forget(void)
{
    memset(&seen, 0, sizeof seen);
    seen.copy_flag = 1;
}

static int copy_next(MPI_Comm comm, int keyval, void *extra, void *value_in, void *value_out,
                     int *flag)
{
    seen.copies++;
    seen.comm = comm;
    seen.keyval = keyval;
    seen.extra = extra;
    seen.value = value_in;
    *(void **)value_out = (char *)value_in + 1;
    *flag = seen.copy_flag;
    return seen.copy_code;
}

static int delete_it(MPI_Comm comm, int keyval, void *value, void *extra)
{
    seen.deletions++;
    seen.comm = comm;
    seen.keyval = keyval;
    seen.extra = extra;
    seen.value = value;
    return seen.delete_code;
}

static int make_keyval(void)
{
    int keyval = MPI_KEYVAL_INVALID;
    EXPECT_CLASS(MPI_Comm_create_keyval(copy_next, delete_it, &keyval, &extra_state), MPI_SUCCESS);
    CHECK(keyval != MPI_KEYVAL_INVALID);
    forget();
    return keyval;
}

/* The value of an attribute, or "none". */
static char none;

static void *value_of(MPI_Comm comm, int keyval)
{
    void *value = &extra_state;
    int flag = -1;

    EXPECT_CLASS(MPI_Comm_get_attr(comm, keyval, &value, &flag), MPI_SUCCESS);
    CHECK(flag == 0 || flag == 1);
    return flag ? value : &none;
}

static void expect_seen(MPI_Comm comm, int keyval, void *value)
{
    CHECK(seen.comm == comm);
    CHECK_EQ(seen.keyval, keyval);
    CHECK(seen.value == value);
    CHECK(seen.extra == &extra_state);
}

static void check_values(void)
{
    int keyval = make_keyval(), other = make_keyval(), number;
    MPI_Comm comm;

    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    CHECK(keyval != other);
    CHECK(value_of(comm, keyval) == &none);
    EXPECT_CLASS(MPI_Comm_set_attr(comm, keyval, &number), MPI_SUCCESS);
    CHECK(value_of(comm, keyval) == &number);
    CHECK(value_of(comm, other) == &none);
    CHECK(value_of(MPI_COMM_WORLD, keyval) == &none);
    CHECK_EQ(seen.deletions, 0);

    // A new value deletes the earlier one; null pointers and any bits are values.
    EXPECT_CLASS(MPI_Comm_set_attr(comm, keyval, NULL), MPI_SUCCESS);
    CHECK_EQ(seen.deletions, 1);
    expect_seen(comm, keyval, &number);
    CHECK(value_of(comm, keyval) == NULL);
    EXPECT_CLASS(MPI_Comm_set_attr(comm, keyval, (void *)-1), MPI_SUCCESS);
    expect_seen(comm, keyval, NULL);
    EXPECT_CLASS(MPI_Comm_delete_attr(comm, keyval), MPI_SUCCESS);
    CHECK_EQ(seen.deletions, 3);
    expect_seen(comm, keyval, (void *)-1);
    CHECK(value_of(comm, keyval) == &none);
    CHECK_EQ(seen.copies, 0);

    MPI_Comm_free(&comm);
    CHECK_EQ(seen.deletions, 3);
    MPI_Comm_free_keyval(&keyval);
    CHECK_EQ(keyval, MPI_KEYVAL_INVALID);
    MPI_Comm_free_keyval(&other);
}

static void check_copies(void)
{
    char values[3];
    int counted = make_keyval(), plain, none_copied;
    MPI_Comm comm, copy, copy_of_copy, part;

    MPI_Comm_create_keyval(MPI_COMM_DUP_FN, MPI_COMM_NULL_DELETE_FN, &plain, NULL);
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, MPI_COMM_NULL_DELETE_FN, &none_copied, NULL);
    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    MPI_Comm_set_attr(comm, counted, &values[0]);
    MPI_Comm_set_attr(comm, plain, &values[0]);
    MPI_Comm_set_attr(comm, none_copied, &values[0]);

    MPI_Comm_dup(comm, &copy);
    CHECK_EQ(seen.copies, 1);
    expect_seen(comm, counted, &values[0]);
    CHECK(value_of(copy, counted) == &values[1]);
    CHECK(value_of(copy, plain) == &values[0]);
    CHECK(value_of(copy, none_copied) == &none);
    CHECK(value_of(comm, counted) == &values[0]);
    MPI_Comm_dup_with_info(copy, MPI_INFO_NULL, &copy_of_copy);
    CHECK(value_of(copy_of_copy, counted) == &values[2]);

    // The function may decline; and the parts of a split have no attributes.
    seen.copy_flag = 0;
    MPI_Comm_dup(comm, &part);
    CHECK(value_of(part, counted) == &none);
    MPI_Comm_free(&part);
    CHECK_EQ(seen.copies, 3);
    MPI_Comm_split(comm, 0, 0, &part);
    CHECK(value_of(part, counted) == &none && value_of(part, plain) == &none);
    MPI_Comm_free(&part);
    CHECK_EQ(seen.copies, 3);
    CHECK_EQ(seen.deletions, 0);

    MPI_Comm freed = copy;
    MPI_Comm_free(&copy);
    CHECK_EQ(seen.deletions, 1);
    expect_seen(freed, counted, &values[1]);
    MPI_Comm_free(&comm);
    MPI_Comm_free(&copy_of_copy);
    CHECK_EQ(seen.deletions, 3);
    MPI_Comm_free_keyval(&counted);
    MPI_Comm_free_keyval(&plain);
    MPI_Comm_free_keyval(&none_copied);
}

/* A freed keyval goes on for the attributes that exist. */
static void check_freed_keyval(void)
{
    int keyval = make_keyval(), number, freed = keyval;
    MPI_Comm comm, copy;

    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    MPI_Comm_set_attr(comm, keyval, &number);
    MPI_Comm_free_keyval(&keyval);
    CHECK_EQ(seen.deletions, 0);
    MPI_Comm_dup(comm, &copy);
    CHECK_EQ(seen.copies, 1);
    EXPECT_CLASS(MPI_Comm_delete_attr(comm, freed), MPI_SUCCESS);
    expect_seen(comm, freed, &number);
    MPI_Comm_free(&comm);
    CHECK_EQ(seen.deletions, 1);
    MPI_Comm_free(&copy);
    CHECK_EQ(seen.deletions, 2);
}

/* ---- Functions that fail ---- */

static void check_failures(void)
{
    int keyval = make_keyval(), number;
    MPI_Comm comm, copy = MPI_COMM_NULL;

    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
    MPI_Comm_set_attr(comm, keyval, &number);
    seen.delete_code = MPI_ERR_OTHER;
    EXPECT_CLASS(MPI_Comm_delete_attr(comm, keyval), MPI_ERR_OTHER);
    CHECK(value_of(comm, keyval) == &number);
    EXPECT_CLASS(MPI_Comm_set_attr(comm, keyval, NULL), MPI_ERR_OTHER);
    CHECK(value_of(comm, keyval) == &number);
    CHECK_EQ(seen.deletions, 2);

    // A failing copy function in one process is an error in all of them.
    seen.delete_code = MPI_SUCCESS;
    if (mpitest_rank == mpitest_size - 1) {
        seen.copy_code = MPI_ERR_IO;
    }
#ifdef MPI_ABI_VERSION
    copy = comm;
    EXPECT_CLASS(MPI_Comm_dup(comm, &copy),
                 mpitest_rank == mpitest_size - 1 ? MPI_ERR_IO : MPI_ERR_OTHER);
    CHECK(copy == MPI_COMM_NULL);
    CHECK_EQ(seen.copies, 1);
    // What was copied in vain is deleted again.
    CHECK_EQ(seen.deletions, mpitest_rank == mpitest_size - 1 ? 2 : 3);

    // A communicator whose attribute resists is not freed.
    MPI_Comm same = comm;
    seen.delete_code = 4711;
    CHECK_EQ(MPI_Comm_free(&comm), 4711);
    CHECK(comm == same);
    CHECK(value_of(comm, keyval) == &number);
    seen.delete_code = MPI_SUCCESS;
#endif
    seen.copy_code = MPI_SUCCESS;
    MPI_Comm_dup(comm, &copy);
    MPI_Comm_free(&copy);
    EXPECT_CLASS(MPI_Comm_free(&comm), MPI_SUCCESS);
    MPI_Comm_free_keyval(&keyval);
}

/* ---- Functions that call MPI ---- */

static int log_keyval; /* whose attribute counts what nosy functions do */

/* Communicates over the old communicator, and changes the attributes that are just being copied. */
static int copy_nosily(MPI_Comm comm, int keyval, void *extra, void *value_in, void *value_out,
                       int *flag)
{
    int sum = -1, size, other, found;
    void *value;

    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, comm);
    CHECK_EQ(sum, mpitest_size * (mpitest_size - 1) / 2);
    MPI_Comm_size(comm, &size);
    CHECK_EQ(size, mpitest_size);
    MPI_Comm_get_attr(comm, keyval, &value, &found);
    CHECK(found && value == value_in);
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, MPI_COMM_NULL_DELETE_FN, &other, NULL);
    MPI_Comm_set_attr(comm, other, extra);
    MPI_Comm_free_keyval(&other);
    *(void **)value_out = value_in;
    *flag = 1;
    return MPI_SUCCESS;
}

static int delete_nosily(MPI_Comm comm, int keyval, void *value, void *extra)
{
    MPI_Comm made;
    int found = 0;
    void *present;

    (void)extra;
    (*(int *)value)++;
    MPI_Comm_get_attr(comm, keyval, &present, &found);
    CHECK(found && present == value);
#ifdef MPI_ABI_VERSION
    // Other libraries do not bear this.
    MPI_Comm_delete_attr(comm, log_keyval);
#endif
    MPI_Comm_dup(MPI_COMM_SELF, &made);
    MPI_Comm_free(&made);
    return MPI_SUCCESS;
}

static void check_calls_within(void)
{
    int keyval, deletions = 0;
    MPI_Comm comm, copy;

    log_keyval = make_keyval();
    MPI_Comm_create_keyval(copy_nosily, delete_nosily, &keyval, &extra_state);
    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    MPI_Comm_set_attr(comm, log_keyval, &deletions);
    MPI_Comm_set_attr(comm, keyval, &deletions);
    MPI_Comm_dup(comm, &copy);
    CHECK_EQ(seen.copies, 1);
    EXPECT_CLASS(MPI_Comm_free(&comm), MPI_SUCCESS);
    CHECK_EQ(deletions, 1);
    CHECK_EQ(seen.deletions, 1);
    EXPECT_CLASS(MPI_Comm_delete_attr(copy, keyval), MPI_SUCCESS);
    CHECK_EQ(deletions, 2);
    MPI_Comm_free(&copy);
    CHECK_EQ(deletions, 2);
    CHECK_EQ(seen.deletions, 2);
    MPI_Comm_free_keyval(&keyval);
    MPI_Comm_free_keyval(&log_keyval);
}

/* ---- Many attributes, bad arguments, old names ---- */

static void check_many(void)
{
    int keyvals[LIVE];
    char values[2 * LIVE];
    MPI_Comm comm, copy;

    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    for (int i = 0; i < LIVE; i++) {
        keyvals[i] = make_keyval();
        MPI_Comm_set_attr(comm, keyvals[i], &values[2 * i]);
    }
    MPI_Comm_dup(comm, &copy);
    CHECK_EQ(seen.copies, LIVE);
    for (int i = 0; i < LIVE; i++) {
        CHECK(value_of(copy, keyvals[i]) == &values[2 * i + 1]);
    }
    MPI_Comm_free(&comm);
    MPI_Comm_free(&copy);
    CHECK_EQ(seen.deletions, 2 * LIVE);
    for (int i = 0; i < LIVE; i++) {
        MPI_Comm_free_keyval(&keyvals[i]);
    }
}

static void check_old_names(void)
{
    int keyval, number, flag = -1;
    void *value = NULL;
    MPI_Comm comm, copy;

    MPI_Keyval_create(MPI_DUP_FN, MPI_NULL_DELETE_FN, &keyval, NULL);
    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    MPI_Attr_put(comm, keyval, &number);
    MPI_Comm_dup(comm, &copy);
    MPI_Attr_get(copy, keyval, &value, &flag);
    CHECK(flag == 1 && value == &number);
    MPI_Attr_delete(copy, keyval);
    MPI_Attr_get(copy, keyval, &value, &flag);
    CHECK_EQ(flag, 0);
    MPI_Keyval_free(&keyval);
    CHECK_EQ(keyval, MPI_KEYVAL_INVALID);
    MPI_Keyval_create(MPI_NULL_COPY_FN, delete_it, &keyval, &extra_state);
    forget();
    MPI_Attr_put(copy, keyval, &number);
    MPI_Comm freed = copy;
    MPI_Comm_free(&copy);
    expect_seen(freed, keyval, &number);
    MPI_Keyval_free(&keyval);
    MPI_Comm_free(&comm);
}

static void check_bad_arguments(void)
{
#ifdef MPI_ABI_VERSION
    int keyval = make_keyval(), type_keyval, freed = make_keyval(), gone, flag = 7;
    const int wrong[] = {MPI_KEYVAL_INVALID, -1, 12345678, MPI_WIN_BASE};
    void *value = &none;

    for (int i = 0; i < 4; i++) {
        gone = wrong[i];
        EXPECT_CLASS(MPI_Comm_set_attr(MPI_COMM_WORLD, gone, NULL), MPI_ERR_KEYVAL);
        EXPECT_CLASS(MPI_Comm_get_attr(MPI_COMM_WORLD, gone, &value, &flag), MPI_ERR_KEYVAL);
        EXPECT_CLASS(MPI_Comm_delete_attr(MPI_COMM_WORLD, gone), MPI_ERR_KEYVAL);
        EXPECT_CLASS(MPI_Attr_put(MPI_COMM_WORLD, gone, NULL), MPI_ERR_KEYVAL);
        EXPECT_CLASS(MPI_Comm_free_keyval(&gone), MPI_ERR_KEYVAL);
        EXPECT_CLASS(MPI_Keyval_free(&gone), MPI_ERR_KEYVAL);
        CHECK_EQ(gone, wrong[i]);
    }
    // Of another kind of object; freed; freed, but still in use.
    MPI_Type_create_keyval(MPI_TYPE_NULL_COPY_FN, MPI_TYPE_NULL_DELETE_FN, &type_keyval, NULL);
    EXPECT_CLASS(MPI_Comm_set_attr(MPI_COMM_WORLD, type_keyval, NULL), MPI_ERR_KEYVAL);
    EXPECT_CLASS(MPI_Comm_free_keyval(&type_keyval), MPI_ERR_KEYVAL);
    MPI_Type_free_keyval(&type_keyval);
    gone = freed;
    MPI_Comm_free_keyval(&freed);
    EXPECT_CLASS(MPI_Comm_set_attr(MPI_COMM_WORLD, gone, NULL), MPI_ERR_KEYVAL);
    gone = freed = keyval;
    MPI_Comm_set_attr(MPI_COMM_SELF, keyval, &none);
    MPI_Comm_free_keyval(&freed);
    EXPECT_CLASS(MPI_Comm_free_keyval(&gone), MPI_ERR_KEYVAL);
    EXPECT_CLASS(MPI_Comm_set_attr(MPI_COMM_SELF, keyval, NULL), MPI_ERR_KEYVAL);
    EXPECT_CLASS(MPI_Comm_get_attr(MPI_COMM_SELF, keyval, NULL, &flag), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_get_attr(MPI_COMM_SELF, keyval, &value, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_get_attr(MPI_COMM_NULL, keyval, &value, &flag), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_set_attr(MPI_COMM_NULL, keyval, value), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_delete_attr(MPI_COMM_NULL, keyval), MPI_ERR_COMM);
    CHECK(value == &none && flag == 7);
    MPI_Comm_delete_attr(MPI_COMM_SELF, keyval);
    EXPECT_CLASS(MPI_Comm_create_keyval(copy_next, delete_it, NULL, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Keyval_create(copy_next, delete_it, NULL, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_free_keyval(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Keyval_free(NULL), MPI_ERR_ARG);
#endif
}

static void cycle(int index)
{
    int keyval;
    MPI_Comm copy;

    MPI_Comm_create_keyval(copy_next, delete_it, &keyval, NULL);
    MPI_Comm_set_attr(MPI_COMM_SELF, keyval, &index);
    MPI_Comm_set_attr(MPI_COMM_SELF, keyval, NULL);
    if (index % 16 == 0) {
        MPI_Comm_dup(MPI_COMM_SELF, &copy);
        MPI_Comm_free(&copy);
    }
    MPI_Comm_delete_attr(MPI_COMM_SELF, keyval);
    MPI_Comm_free_keyval(&keyval);
}

/* With MPI_THREAD_MULTIPLE, so that a function called under a lock would never come back. */
int main(int argc, char **argv)
{
    int provided;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    mpitest_begin();
    mpitest_return_errors();
    check_values();
    check_copies();
    check_freed_keyval();
    check_failures();
    check_calls_within();
    check_many();
    check_old_names();
    check_bad_arguments();
    flattest_check(cycle, CYCLES);
    return mpitest_finish();
}
