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
