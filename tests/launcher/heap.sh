#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# When the ranks get the shared heap, when not, and that programs of all kinds run with it: with a
# preloaded library of their own, with a sanitizer, without MPI.
. "${srcdir:-.}/tests/lib/launcher.sh"

library=$top/.libs/libmprun_heap.so
[[ -e $library ]] || skip 'no heap was built'
unset MPRUN_COPY MPRUN_SHARED_HEAP LD_PRELOAD

run env MPRUN_SHARED_HEAP=1 "$mprun" -n 2 true
! grep -q 'no shared heap' "$err" || skip "$(<"$err")"
run "$mprun" -n 2 env
expect_status 0
expect_out "^LD_PRELOAD=.*/libmprun_heap\.so$"
expect_out '^MPRUN_HEAP=[0-9]*,32768$'

# Not where it is switched off, nor where another path is forced.
for setting in MPRUN_SHARED_HEAP=0 MPRUN_COPY=chunk; do
    run env "$setting" "$mprun" -n 2 env
    expect_status 0
    ! grep -qE '^(MPRUN_HEAP|LD_PRELOAD)=' "$out" || fail "a heap in spite of $setting"
done
for setting in MPRUN_SHARED_HEAP=1 MPRUN_SHARED_HEAP=auto MPRUN_COPY=direct; do
    run env "$setting" "$mprun" -n 2 env
    expect_out '^MPRUN_HEAP='
done

# Limits of memory are kept, and what that means is said, but not to those who want no heap.
run bash -c "ulimit -v 4000000 && exec env MPRUN_SHARED_HEAP=0 '$mprun' -n 2 true"
expect_status 0
expect_err_is ''
run bash -c "ulimit -v 4000000 && exec '$mprun' -n 2 env"
expect_status 0
expect_err 'no shared heap, .*: memory .*ulimit.*; MPRUN_SHARED_HEAP=0 '
! grep -q '^MPRUN_HEAP=' "$out" || fail 'a heap in spite of a limit'

# What the user preloads comes first.
run env LD_PRELOAD=libm.so.6 "$mprun" -n 2 env
expect_status 0
expect_out '^LD_PRELOAD=libm\.so\.6:.*/libmprun_heap\.so$'

# Kernels before 6.7 take pages back only from mappings that can be written at the moment.
cat >remove.c <<'END'
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
static int is_writable(uintptr_t address)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned long start, end;
    char rights[5];
    int found = 0;
    while (!found && fscanf(maps, "%lx-%lx %4s%*[^\n]", &start, &end, rights) == 3) {
        found = start <= address && address < end;
    }
    fclose(maps);
    return found && rights[1] == 'w';
}
int madvise(void *address, size_t bytes, int advice)
{
    if (advice == MADV_REMOVE && !is_writable((uintptr_t)address)) {
        errno = EACCES;
        return -1;
    }
    return (int)syscall(SYS_madvise, address, bytes, advice);
}
END
run "${CC:-cc}" -shared -fPIC -D_GNU_SOURCE remove.c -o remove.so
expect_status 0
run env LD_PRELOAD="$PWD/remove.so" MPRUN_COPY=direct MPRUN_DIRECT_SENDS=1 MPRUN_DIRECT_BYTES=64 \
    MPRUN_LARGE_BYTES=256 "$mprun" -n 2 "$top/tests/mpi/heap_traffic"
expect_status 0

# Small ones are the heap's where the program wants whole pages, or memory for messages.
run env MPRUN_COPY=direct MPRUN_DIRECT_SENDS=1 "$mprun" -n 2 "$top/tests/mpi/heap_traffic" pages
expect_status 0

# Every allocation from the heap, in programs that know nothing of it.
cat >numbers.sh <<'END'
seq 20000 | sort -R | sort -n | tail -1
END
run env MPRUN_LARGE_BYTES=1 "$mprun" -n 2 bash numbers.sh
expect_status 0
expect_out_is $'20000\n20000'

# The heap stands aside for AddressSanitizer, which still finds what it looks for.
cat >overrun.c <<'END'
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
    volatile char *bytes = malloc(1 << 20);
    bytes[(1 << 20) - 1 + argc - 1] = 1;
    (void)argv;
    free((void *)bytes);
    return 0;
}
END
if ${CC:-cc} -fsanitize=address overrun.c -o overrun 2>/dev/null && ./overrun; then
    run "$mprun" -n 2 ./overrun
    expect_status 0
    run "$mprun" -n 2 ./overrun more
    expect_err 'AddressSanitizer: heap-buffer-overflow'
fi

# A library that keeps a lock over fork(), while another thread allocates under that lock.
cat >locker.c <<'END'
#include <pthread.h>
#include <stdlib.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void take(void) { pthread_mutex_lock(&lock); }
static void leave(void) { pthread_mutex_unlock(&lock); }
__attribute__((constructor)) static void start(void) { pthread_atfork(take, leave, leave); }
void allocate_locked(void)
{
    take();
    volatile char *bytes = malloc(1 << 20);
    bytes[0] = 1;
    free((void *)bytes);
    leave();
}
END
cat >forks.c <<'END'
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
void allocate_locked(void);
static void *run(void *unused)
{
    for (;;) {
        allocate_locked();
    }
    return unused;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, run, NULL);
    for (int i = 0; i < 300; i++) {
        pid_t child = fork();
        if (child == 0) {
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    return 0;
}
END
run "${CC:-cc}" -shared -fPIC -pthread locker.c -o liblocker.so
expect_status 0
run "${CC:-cc}" -pthread forks.c -L. -llocker "-Wl,-rpath,$PWD" -o forks
expect_status 0
run "$mprun" -n 1 ./forks
expect_status 0
