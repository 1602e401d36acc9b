#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The compiler wrappers, in the build folder and in an installation that was moved.
. "${srcdir:-.}/tests/lib/launcher.sh"

unset MPRUN_CC MPRUN_CXX MPICH_CC MPICH_CXX OMPI_CC OMPI_CXX LD_LIBRARY_PATH

# An installation as `make install` leaves it, then moved to where no configuration knows of it, by
# a path with a space. Of DESTDIR, the prefix below it counts.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$top" install DESTDIR="$work/stage" \
    >"$out" 2>"$err" || fail 'make install fails'
installed_bin=$(cd "$work/stage" && find . -name mpcc -type f)
mv "$work/stage/${installed_bin%/bin/mpcc}" "$work/moved here"
bin="$work/moved here/bin"
include="$work/moved here/include"
lib="$work/moved here/lib"

# Under the names of configure's --program-suffix the links lead to what is there as well, and
# nothing is left of them in the end.
make_renamed() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$top" "$1" DESTDIR="$work/renamed" \
        program_transform_name='s&$$&-x&' >"$out" 2>"$err" || fail "make $1 fails"
}
make_renamed install
for name in mpiexec mpirun mpicc mpicxx mpic++; do
    [[ -x $(find renamed -name $name-x) ]] || fail "$name-x cannot be executed"
    page=$(find renamed -name $name-x.1)
    [[ -s ${page%/man1/*}/$(sed -n 's/^\.so //p' "$page") ]] || fail "$name-x has no manual page"
done
[[ $(MPRUN_CXX=c++compiler "$(find renamed -name mpicxx-x)" -show) == c++compiler* ]] ||
    fail 'mpicxx-x takes itself for a C compiler'
make_renamed uninstall
[[ -z $(find renamed -path '*/bin/*' -o -path '*/man1/*') ]] || fail 'something is left'

cat >ticks.c <<'END'
#include <mpi.h>
int main(void)
{
    return MPI_Wtick() > 0 ? 0 : 1;
}
END
cp ticks.c ticks.cc
cp ticks.c 'two words.c'
cat >squares.c <<'END'
#include <mp.h>
static int square(const void *in, void *out, mp_task *task)
{
    (void)task;
    *(double *)out = *(const double *)in * *(const double *)in;
    return 0;
}
int main(int argc, char **argv)
{
    double x[] = {1, 2, 3}, y[3] = {0, 0, 0};
    int wrong = 0;
    mp_pool *pool;
    mp_init(&argc, &argv);
    mp_pool_create(MPI_COMM_WORLD, 0, &pool);
    if (pool) {
        mp_pool_map(pool, square, x, 3, sizeof *x, y, sizeof *y, 0);
        wrong = y[0] != 1 || y[1] != 4 || y[2] != 9;
        mp_pool_free(&pool);
    }
    MPI_Finalize();
    return wrong;
}
END
cp squares.c squares.cc

# --- What the wrappers say ---------------------------------------------------------------------

export MPRUN_CC='compiler -with-option' MPRUN_CXX=c++compiler
# A library built with sanitizers asks for their flags in programs as well.
sanitizers=$(sanitizer_flags)
compile_flags="'-I$include'${sanitizers:+ $sanitizers}"
link_flags="'-L$lib' '-Wl,-rpath,$lib' -lmpi_abi"

for option in -show --show -showme --showme; do
    run "$bin/mpcc" "$option"
    expect_status 0
    expect_out_is "compiler -with-option $compile_flags $link_flags"
    run "$bin/mpcc" a.c "$option" -o 'a b'
    expect_out_is "compiler -with-option $compile_flags a.c -o 'a b' $link_flags"
done
for option in -c -E -S -M -MM -fsyntax-only; do
    run "$bin/mpcc" -show "$option" a.c
    expect_out_is "compiler -with-option $compile_flags $option a.c"
done
run "$bin/mpcc" -show -MD a.c
expect_out_is "compiler -with-option $compile_flags -MD a.c $link_flags"
run "$bin/mpcc" -show -static a.o
expect_out '-lmpi_abi .*-luring'
run "$bin/mpcc" -show "-DTEXT=\"it's\"" -c a.c
expect_out_is "compiler -with-option $compile_flags '-DTEXT=\"it'\\''s\"' -c a.c"

run "$bin/mpcc" -showme:compile
expect_out_is "$compile_flags"
run "$bin/mpcc" -showme:link
expect_out_is "${sanitizers:+$sanitizers }$link_flags"
run "$bin/mpcc" -showme:incdirs
expect_out_is "'$include'"
run "$bin/mpcc" -showme:libdirs
expect_out_is "'$lib'"
run "$bin/mpcc" --showme:libs
expect_out_is mpi_abi
run "$bin/mpcc" -showme:command
expect_out_is 'compiler -with-option'
run "$bin/mpcc" -showme:version
expect_out '^mpcc: mprun [0-9]+\.[0-9]+'
run "$bin/mpcc" -showme:weather
expect_status 1
expect_err 'unknown option -showme:weather'
for option in -compile-info -compile_info; do
    run "$bin/mpcc" "$option"
    expect_out_is "compiler -with-option -c $compile_flags"
done
for option in -link-info -link_info; do
    run "$bin/mpcc" "$option"
    expect_out_is "compiler -with-option ${sanitizers:+$sanitizers }$link_flags"
done
run "$bin/mpcc" -help
expect_status 0
expect_out 'compiler -with-option'

for name in mpcxx mpicxx mpic++; do
    [[ -e $bin/$name ]] || continue # built without the usual links
    run "$bin/$name" -showme:command
    expect_out_is c++compiler
done

run "$bin/mpcc" a.c
expect_status 127
expect_err 'the compiler compiler is not installed; MPRUN_CC'

# The variables of other wrappers count after ours.
unset MPRUN_CC
OMPI_CC=third run "$bin/mpcc" -showme:command
expect_out_is third
OMPI_CC=third MPICH_CC=second run "$bin/mpcc" -showme:command
expect_out_is second
OMPI_CC=third MPICH_CC=second MPRUN_CC=first run "$bin/mpcc" -showme:command
expect_out_is first

# --- What the wrappers do ----------------------------------------------------------------------

unset MPRUN_CXX
for wrappers in "$bin" "$top"; do
    for case in mpcc:ticks.c mpcxx:ticks.cc 'mpcc:two words.c'; do
        run "$wrappers/${case%%:*}" -Wall -Werror -o ticks "${case#*:}"
        expect_status 0
        expect_no_err
        run ./ticks
        expect_status 0
        rm ticks
    done
    for case in mpcc:squares.c mpcxx:squares.cc; do
        run "$wrappers/${case%%:*}" -Wall -Werror -o squares "${case#*:}" -lmp
        expect_status 0
        expect_no_err
        run "$mprun" -n 2 ./squares
        expect_status 0
        rm squares
    done
    run "$wrappers/mpcc" -c ticks.c
    expect_status 0
    run "$wrappers/mpcc" ticks.o -o ticks
    expect_status 0
    run ./ticks
    expect_status 0
    rm ticks ticks.o
done

# Without any shared library, where the C library is there as a static one.
if [[ -e $lib/libmp.a && -z $sanitizers ]] && "$bin/mpcc" -static ticks.c -o ticks 2>"$err"; then
    run "$bin/mpcc" -static -o squares squares.c -lmp
    expect_status 0
    run "$mprun" -n 2 ./squares
    expect_status 0
    rm squares
fi

# Without a file, the compiler's own answers come through, as build systems want them.
run "$bin/mpcc" --version
expect_status 0
expect_out '[0-9]+\.[0-9]+'
run "$bin/mpcc" -v
expect_status 0
run "$bin/mpcc" -c missing.c
expect_status 1

# Called by another name from another folder, it still finds its installation.
ln -s "$bin/mpcc" "$work/cc-for-clusters"
run "$work/cc-for-clusters" -showme:libdirs
expect_out_is "'$lib'"

# --- pkg-config --------------------------------------------------------------------------------

if type pkg-config >"$out" 2>&1; then
    export PKG_CONFIG_PATH="$lib/pkgconfig"
    run pkg-config --define-prefix --cflags --libs mprun
    expect_status 0
    eval "set -- $(<"$out")"
    read -ra cc <<<"$("$bin/mpcc" -showme:command)"
    run "${cc[@]}" ticks.c "$@" -o ticks
    expect_status 0
    LD_LIBRARY_PATH=$lib run ./ticks
    expect_status 0
    run pkg-config --define-prefix --cflags --libs mp
    expect_status 0
    eval "set -- $(<"$out")"
    run "${cc[@]}" squares.c "$@" -o squares
    expect_status 0
    LD_LIBRARY_PATH=$lib run "$mprun" -n 2 ./squares
    expect_status 0
    run pkg-config --define-prefix --variable=bindir mprun
    expect_out 'moved.* here/bin$'
fi
