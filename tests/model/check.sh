#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Model-checks the ring, the doorbell, sleeping and the slates: the runtime's own sources, on the
# machine of machine.h, in every order that spin finds. Then they are spoilt in one place after the
# other, and spin must find each of them wrong: a check that cannot fail proves nothing.
#
# By hand: `tests/model/check.sh ring`, `sleep`, `slate` or `talk` explores these scenes alone. What
# goes wrong is shown step by step.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
cc=${CC:-cc}
cpus=$(nproc)
work=$(mktemp -d)
trap 'kill $(jobs -rp) 2>/dev/null || true; wait; rm -rf "$work"' EXIT

for tool in spin "$cc" objcopy; do
    if ! command -v "${tool%% *}" >/dev/null; then
        echo "skipped: $tool is not installed"
        exit 77
    fi
done

declare -A sources=(
    [ring]='runtime/shm/ring.c'
    [sleep]='tests/model/rank.c runtime/shm/ring.c runtime/shm/doorbell.c runtime/shm/death.c
             runtime/p2p/wait.c runtime/p2p/progress.c'
    [slate]='tests/model/member.c tests/model/rank.c runtime/shm/slate.c runtime/coll/slate.c
             runtime/shm/doorbell.c runtime/shm/death.c runtime/p2p/wait.c'
)
sources[talk]=${sources[slate]}
declare -A cases=([ring]='0 1 2 3' [sleep]='0 1 2 3 4 5 6 7 8'
    [slate]='0 1 2 3 4 5 6 7 8 9' [talk]='0 1 2 3 4 5 6 7')

# A slate for three members and few talks, in no pages of its own: it is kept with each state.
make_small_slates() {
    mkdir -p "$work/small/shm"
    sed -E 's/(SLATE_COUNT =) 48/\1 2/; s/(MEMBERS_MAX =) 256/\1 3/; s/(RESTING_MAX =) 32/\1 3/
            s/(GAP =) 2/\1 0/; s/(RESTS =) 16/\1 2/
            s/(AREA_BYTES =) 8192/\1 128/; s/(TALKS =) 32/\1 4/; s/(TALK_AREAS =) 8/\1 4/
            s/ALIGNED\(4096\)/ALIGNED(64)/' \
        "$top/runtime/shm/slate.h" >"$work/small/shm/slate.h"
    sed '/slates share no page/d; /nor do members/d' "$top/runtime/shm/slate.c" \
        >"$work/small/shm/slate.c"
}

# find_source FILE: where the file below runtime/ is taken from, here or in general.
find_source() {
    local folder
    for folder in spoilt "$work/small" "$top/runtime"; do
        if [[ -e $folder/$1 ]]; then
            echo "$folder/$1"
            return
        fi
    done
}

# compile_subject SOURCE OBJECT: with the model's atomics and system calls. All variables go to one
# section, which the machine keeps for each process.
compile_subject() {
    # shellcheck disable=SC2086
    $cc -std=gnu17 -D_GNU_SOURCE -w -O1 -U_FORTIFY_SOURCE -fno-stack-protector \
        -ffunction-sections -Dsyscall=model_syscall -Dclock_gettime=model_clock_gettime \
        -I"$here/include" -I"$here" -Ispoilt -I"$work/small" -I"$top/include" \
        -I"$top/runtime" -c "$1" -o "$2"
    objcopy --rename-section .data=subject --rename-section .bss=subject \
        --set-section-flags .bss=alloc,load,data,contents "$2"
}

# build SCENE: its explorer, here, over spoilt sources where there are any. What the edit of one
# source leaves as it is comes from the folder of the scene.
build() {
    local scene=$1 source objects=()
    for source in "tests/model/$scene.c" ${sources[$scene]}; do
        local from=$top/$source object=${source//\//_}.o
        if [[ $source == runtime/* ]]; then
            from=$(find_source "${source#runtime/}")
        fi
        if [[ $from != spoilt/* && -n $(find spoilt -name '*.c' 2>/dev/null) ]]; then
            object=$work/$scene/$object
        else
            compile_subject "$from" "$object"
        fi
        objects+=("$object")
    done
    # Functions of the C library are looked up at once: later that would need more than a thread's
    # stack.
    $cc -Wl,--gc-sections,-z,now -o "$scene" "$work/pan.o" "$work/machine.o" "$work/calls.o" \
        "${objects[@]}"
}

# explore EXPLORER CASE: 0 if all is right; 1 if something is wrong.
explore() {
    MODEL_CASE=$2 "$1" -m20000 -w20 >result 2>&1 || true
    if grep -q 'errors: 0$' result && ! grep -qE 'not completed|max search depth' result; then
        return 0
    fi
    if ! grep -q 'errors: 1$' result; then
        cat result
        exit 1
    fi
    return 1
}

show_steps() {
    MODEL_CASE=$2 MODEL_SHOW=1 "$1" -r explore.pml.trail | grep -a '^thread'
}

# beside COMMAND...: runs it in a folder of its own, as many at a time as there are CPUs.
jobs=()
beside() {
    local folder=$work/job${#jobs[@]}
    if ((${#jobs[@]} >= cpus)); then
        wait -n || true # each is asked for its outcome at the end
    fi
    mkdir "$folder"
    (cd "$folder" && "$@" && rm -rf "$folder") &
    jobs+=($!)
}

# check_case SCENE CASE
check_case() {
    if ! explore "$work/$1/$1" "$2"; then
        echo "scene $2 of $1 goes wrong:"
        show_steps "$work/$1/$1" "$2"
        exit 1
    fi
    awk -v scene="scene $2 of $1" \
        '/states, stored/ { print scene ": " $1 " states, all right" }' result
}

check_scene() {
    local number
    mkdir "$work/$1"
    (cd "$work/$1" && build "$1")
    for number in ${cases[$1]}; do
        beside check_case "$1" "$number"
    done
}

# find_out SCENE CASE FILE SED: the scene must go wrong after this edit of the file.
find_out() {
    local scene=$1 number=$2 file=$3 edit=$4 from
    from=$(find_source "$file")
    mkdir -p "spoilt/$(dirname "$file")"
    sed -E "$edit" "$from" >"spoilt/$file"
    if cmp -s "$from" "spoilt/$file"; then
        echo "nothing in $file is spoilt by: $edit"
        exit 1
    fi
    build "$scene"
    if explore "./$scene" "$number"; then
        echo "scene $number of $scene does not see that $file is spoilt by: $edit"
        exit 1
    fi
}

mutant_count=0
spoil() {
    beside find_out "$@"
    mutant_count=$((mutant_count + 1))
}

spoil_ring() {
    spoil ring 0 shm/ring.h '\|/\* R1 \*/|s/release/relaxed/'
    spoil ring 1 shm/ring.h '\|/\* R2 \*/|s/release/relaxed/'
    spoil ring 3 shm/ring.h '\|/\* A6 \*/|s/acquire/relaxed/'
    # Whose message lies in the common cell, and who may write there.
    spoil ring 3 shm/ring.h '/common_turn\(turn, /s/own_mark/other_mark/'
    spoil ring 3 shm/ring.h 's/\| mark;/;/'
    spoil ring 3 shm/ring.h '/may_write = false;$/d'
    spoil ring 1 shm/ring.h \
        '\|/\* R2 \*/|d; \|/\* R1 \*/|{h;s/&cell->turn/producer->place.tail/p;x}'
    spoil ring 0 shm/ring.c '/^ +memory_order_release\); \/\* R3 \*\//s/release/relaxed/'
    spoil ring 0 shm/ring.c '/^ +memory_order_acquire\); \/\* A3 \*\//s/acquire/relaxed/'
    spoil ring 0 shm/ring.h '\|/\* A1 \*/|s/acquire/relaxed/'
    spoil ring 1 shm/ring.h '\|/\* A2 \*/|s/acquire/relaxed/'
    # One cell too many; payload that is given back a message too early; none of it in time.
    spoil ring 2 shm/ring.h 's/(position - producer->head_position) < p/\1 <= p/'
    spoil ring 0 shm/ring.c 's/payload_ends\[\(head - 1\)/payload_ends[(head)/'
    spoil ring 0 shm/ring.h 's/PUBLISH_PARTS = 4/PUBLISH_PARTS = 1/'
}

spoil_sleep() {
    spoil sleep 0 shm/doorbell.h '\|/\* B1 \*/|s/seq_cst/release/'
    spoil sleep 0 shm/doorbell.c '/armed = last/,/^}/{\|/\* B2 \*/|s/seq_cst/release/}'
    spoil sleep 1 shm/doorbell.h '/atomic_signal_fence/d'
    spoil sleep 1 shm/doorbell.c 's/bool failed = membarrier\(.*/bool failed = false;/'
    spoil sleep 1 shm/doorbell.c 's/membarrier\(MEMBARRIER_CMD_REG[A-Z_]*\) == 0/true/'
    spoil sleep 2 shm/doorbell.c \
        's/timed \? &millisecond : NULL/NULL/; s/needs_fence = true/needs_fence = false/'
    spoil sleep 0 p2p/wait.c 's/mpr_progress\(\) == 0 && !is_over/!is_over/'
    spoil sleep 0 shm/doorbell.c '/mpr_futex_wake_all/d'
    spoil sleep 3 shm/ring.h \
        '/mpr_ring_give_back\(consumer\);$/,/return/s/return true/return false/'
    # No barrier where cells are looked at.
    spoil sleep 7 shm/doorbell.h '\|/\* B1 \*/|s/seq_cst/release/'
    spoil sleep 8 shm/doorbell.h '/atomic_signal_fence/d'
    # A thread that another one arms over.
    spoil sleep 5 shm/doorbell.c 's/last \+= 2/last/'
    # A death that nobody is woken for, is told half, or comes in the middle of a ring.
    spoil sleep 6 shm/death.c '/mpr_doorbell_wake/d'
    spoil sleep 6 shm/death.c 's/memory_order_release\); \/\* D1/memory_order_relaxed); \/* D1/'
    spoil sleep 6 shm/death.h '\|/\* E1 \*/|s/acquire/relaxed/'
    spoil sleep 6 shm/death.c 's/mpr_doorbell_wake_for_the_dead/mpr_doorbell_ring/'
}

spoil_slate() {
    local come='/^void mpr_meeting_come/,/^}/' await='/^bool mpr_meeting_await/,/^}/'
    local show='/^void mpr_meeting_show/,/^}/' tell_each='/^void mpr_meeting_tell_each/,/^}/'
    spoil slate 0 coll/slate.c "$come{/\\* S1 /s/release/relaxed/}"
    spoil slate 0 coll/slate.c '/has_mark\(const/,/T1/s/acquire/relaxed/'
    spoil slate 0 coll/slate.c '/has_mark\(const/,/^}/s/== meeting->mark/>= 0/'
    spoil slate 0 shm/slate.h 's/(RESTS =) 2/\1 1/'
    # An outcome that is told too early, or of another meeting.
    spoil slate 5 coll/slate.c '/^void mpr_meeting_tell/,/^}/{/\\* S1 /s/release/relaxed/}'
    spoil slate 5 coll/slate.c '/is_outcome_there\(struct/,/T1/s/acquire/relaxed/'
    spoil slate 5 coll/slate.c 's/mark != meeting->mark\) \{$/false) {/'
    spoil slate 7 coll/slate.c "$show{/\\* S1 /s/release/relaxed/}"
    spoil slate 7 coll/slate.c "$tell_each{/\\* S1 /s/release/relaxed/}"
    spoil slate 7 coll/slate.c '/has_mark\(const/,/T1/s/acquire/relaxed/'
    spoil slate 8 coll/slate.c "$show{/mpr_doorbell_ring\(/d}"
    spoil slate 8 coll/slate.c "$tell_each{/wake\(/d}"
    # What is lent, and given back.
    spoil slate 9 coll/slate.c "$come{/\\* S1 /s/release/relaxed/}"
    spoil slate 9 coll/slate.c '/has_mark\(const/,/T1/s/acquire/relaxed/'
    # A slate that is claimed while its last members still read.
    spoil slate 4 shm/slate.c '/ S3 /s/release/relaxed/'
    spoil slate 4 shm/slate.c '/ T3 /s/acquire/relaxed/'
    # Nobody is woken, or somebody may be overlooked.
    spoil slate 1 coll/slate.c "$await{/wake_all/d}"
    spoil slate 2 coll/slate.c '/mpr_doorbell_fence/d'
    spoil slate 3 coll/slate.c '/comes_at_last\(bool/,/^}/s/return is_there/return true/'
}

spoil_talk() {
    local said='/^void mpr_talk_say/,/^}/'
    spoil talk 0 coll/slate.c "$said{/\\* S1 /s/release/relaxed/}"
    spoil talk 0 coll/slate.c '/has_said\(void/,/T1/s/acquire/relaxed/'
    spoil talk 0 coll/slate.c '\|/\* S2 \*/|s/release/relaxed/'
    spoil talk 0 coll/slate.c '\|/\* T2 \*/|s/acquire/relaxed/'
    # What is lent, and given back.
    spoil talk 6 coll/slate.c "$said{/\\* S1 /s/release/relaxed/}"
    spoil talk 6 coll/slate.c '\|/\* S2 \*/|s/release/relaxed/'
    spoil talk 6 coll/slate.c '\|/\* T2 \*/|s/acquire/relaxed/'
    spoil talk 6 coll/slate.c 's/await_ends\(talk, 0\)/await_ends(talk, 1)/'
    spoil talk 7 coll/slate.c '/^void mpr_talk_end_for/,/^}/{/mpr_doorbell_ring/d}'
    # What another communicator has left is believed; a cell that is taken again a talk too early.
    spoil talk 0 coll/slate.c 's/ended >> 32 == talk->mark >> 32/true/'
    spoil talk 1 coll/slate.c 's/< awaited->window/<= awaited->window/'
    # Nobody is woken, or somebody may be overlooked.
    spoil talk 4 coll/slate.c '/^void mpr_talk_close/,/^}/{/wake_all/d}'
    spoil talk 5 coll/slate.c "$said{/wake_all/d}"
}

make_small_slates
cp "$here"/explore.pml "$here"/machine.h "$work"
(cd "$work" && spin -a explore.pml && $cc -w -O2 -DSAFETY -DNOREDUCE -DVECTORSZ=2048 -c pan.c &&
    $cc -std=gnu17 -D_GNU_SOURCE -O2 -U_FORTIFY_SOURCE -c "$here/machine.c" "$here/calls.c")

for scene in ${*:-ring sleep slate talk}; do
    check_scene "$scene"
    "spoil_$scene"
done
for job in "${jobs[@]}"; do
    wait "$job"
done
echo "$mutant_count spoilt sources, all found out"
