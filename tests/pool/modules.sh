#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Tasks whose functions lie in modules that come and go, so that another one's may come to lie where
# one was.
. "${srcdir:-.}/tests/lib/launcher.sh"

cat >module.c <<'END'
#include <mp.h>

int add(const void *in, void *out, mp_task *task)
{
    (void)task;
    *(int *)out = *(const int *)in + ADDED;
    return 0;
}
END

cat >main.c <<'END'
#include <dlfcn.h>
#include <mp.h>
#include <stdio.h>

static int call(mp_pool *pool, void *module)
{
    int in = 1, out = 0;
    return mp_pool_apply(pool, (mp_function *)dlsym(module, "add"), &in, sizeof in, &out,
                         sizeof out, NULL) ? -1 : out;
}

int main(int argc, char **argv)
{
    const mp_pool_options options = {.idle_root = 1};
    mp_pool *pool = NULL;
    int rank;
    mp_init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    void *first = dlopen("./first.so", RTLD_NOW);
    void *second = rank ? dlopen("./second.so", RTLD_NOW) : NULL;
    mp_pool_create(MPI_COMM_WORLD, &options, &pool);
    if (pool) {
        printf("%d\n", call(pool, first));
        dlclose(first);
        second = dlopen("./second.so", RTLD_NOW);
        printf("%d\n", call(pool, second));
        mp_pool_free(&pool);
    }
    MPI_Finalize();
    return !second;
}
END

"$top/mpcc" -shared -fPIC -DADDED=10 module.c -o first.so
"$top/mpcc" -shared -fPIC -DADDED=20 module.c -o second.so
"$top/mpcc" main.c -o main -lmp -ldl
run "$mprun" -n 2 ./main
expect_status 0
expect_out_is $'11\n21'
