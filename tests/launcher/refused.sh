#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What the system refuses to a rank that is about to start: its program, its folder, its binding.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

# A rank tells mprun so through the memory that vfork() lets them share;
# ThreadSanitizer forks instead.
[[ $(sanitizer_flags) != *thread* ]] || skip 'ThreadSanitizer makes a fork of vfork()'

mkdir folder

for engine in auto sync; do
    export MPRUN_ENGINE=$engine

    run "$mprun" -n 8 ./nothing
    expect_status 127
    expect_no_out
    expect_err_is 'mprun: cannot start ./nothing: No such file or directory'

    run "$mprun" -n 8 no-such-program-anywhere
    expect_status 127
    expect_err_is 'mprun: cannot start no-such-program-anywhere: not found in PATH'

    run "$mprun" -n 2 ./folder
    expect_status 126
    expect_err_is 'mprun: cannot start ./folder: it is a directory'

    echo text >text
    run "$mprun" -n 2 ./text
    expect_status 126
    expect_err_is 'mprun: cannot start ./text: it is not executable (chmod +x makes it so)'

    # The ranks that were started before are ended.
    run "$mprun" -n 2 sleep 1000 : ./nothing
    expect_status 127
    expect_err_is 'mprun: cannot start ./nothing: No such file or directory'
done

printf '#!/no/such/interpreter\n' >orphan
chmod +x orphan
run "$mprun" -n 1 ./orphan
expect_status 127
expect_err '^mprun: cannot start ./orphan: the interpreter that it names'

cp "$(type -P true)" here
run "$mprun" -n 1 here
expect_status 127
expect_err 'cannot start here: not found in PATH; to run the one here put ./ before'

# What is in PATH, and cannot be executed, is not called missing.
mkdir bin
cp orphan text bin
PATH=$PATH:$PWD/bin run "$mprun" -n 1 text
expect_status 126
expect_err_is "mprun: cannot start $PWD/bin/text: it is not executable (chmod +x makes it so)"
PATH=$PATH:$PWD/bin run "$mprun" -n 1 orphan
expect_status 127
expect_err "^mprun: cannot start $PWD/bin/orphan: the interpreter that it names"

run "$mprun" -n 1 -wdir nowhere pwd
expect_status 125
expect_err_is 'mprun: cannot enter directory nowhere: No such file or directory'

# A binding that the system refuses is a warning, once.
run "$top/tests/lib/forbid" sched_setaffinity "$mprun" -n 2 --bind-to core echo x
expect_status 0
expect_out_lines 2
expect_err_is 'mprun: rank 0 runs unbound, the system refused its binding: Operation not permitted'
