#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The examples: what they print is right, and does not depend on the number of ranks.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

export LC_ALL=C

# words_of DIR: the counts as wordcount prints them, made by the usual tools: the total, the number
# of different words, and the twenty most frequent.
words_of() {
    find "$1" -type f -print0 | sort -z | while IFS= read -r -d '' file; do
        if [[ $(head -c 4096 "$file" | tr -dc "\0" | wc -c) -eq 0 ]]; then
            cat "$file"
            echo
        fi
    done | tr -cs 'A-Za-z0-9\200-\377' '\n' | tr '[:upper:]' '[:lower:]' | grep . | sort | uniq -c |
        sort -k1,1nr -k2 >"$work/counts"
    awk '{ total += $1 } END { print total, NR }' "$work/counts"
    head -n 20 "$work/counts" | awk '{ printf "%12d  %s\n", $1, $2 }'
}

# expect_words DIR: what wordcount has printed is what the tools say.
expect_words() {
    words_of "$1" >"$work/expected"
    {
        sed -nE '1s/.*: ([0-9]+) words \(([0-9]+) different.*/\1 \2/p' "$out"
        sed -n '2,21p' "$out" | grep -E '^ +[0-9]+  '
    } >"$work/counted"
    diff "$work/expected" "$work/counted" >"$work/difference" ||
        fail "wordcount differs from the tools: $(<"$work/difference")"
}

# --- hello, ring, pi --------------------------------------------------------------------------

for n in 1 2 3 8; do
    run "$mprun" -n $n "$top/examples/hello"
    expect_status 0
    expect_out_lines $n
    for ((rank = 0; rank < n; rank++)); do
        expect_out "^Hello from rank $rank of $n on $(uname -n)\$"
    done

    run "$mprun" -n $n "$top/examples/ring" 50
    expect_status 0
    expect_out "^50 laps around $n ranks: the token is $((50 * n * (n - 1) / 2)), a hop took "

    run "$mprun" -n $n "$top/examples/pi" 1000000
    expect_status 0
    expect_out "^pi is about 3\.14159265358[0-9]+ .* found by $n ranks"
done

run "$mprun" -n 3 "$top/examples/ring" fifty
expect_status 1
expect_err_is 'ring: LAPS must be a positive number, not «fifty»'

# --- wordcount --------------------------------------------------------------------------------

mkdir -p texts/deep/er texts/empty
printf 'The end: the END, of "the" story' >texts/no-newline
printf 'caf\303\251 Caf\303\251 it is\r\n' >texts/deep/utf-8
printf 'binary\0the the the' >texts/binary
: >texts/nothing
printf '  \n\n\t..\n' >texts/deep/no-words
ln -s no-newline texts/link # would count twice
head -c 300000 /dev/zero | tr '\0' 'x' >texts/deep/one-long-word
# Words and gaps of many lengths, so that the ranks' borders fall everywhere.
awk 'BEGIN { srand(7); for (i = 0; i < 60000; i++) {
    printf "%s%s", substr("abcdefghijklmnopqrst", int(rand() * 19) + 1, int(rand() * 12) + 1),
           i % 11 ? " " : rand() < 0.5 ? "\n" : ", - " } }' >texts/deep/er/large
cp -r "$source_top/examples" "$source_top/runtime/base" texts
chmod -R u+w texts # the sources may be read-only

for n in 1 2 3 8; do
    run "$mprun" -n $n "$top/examples/wordcount" texts
    expect_status 0
    expect_words texts
    expect_out "^1 rank took [0-9.]+ s, all $n took [0-9.]+ s: "
    expect_no_err
done

run "$mprun" -n 3 "$top/examples/wordcount" texts/no-newline
expect_status 0
expect_out '^texts/no-newline: 7 words \(4 different\) in 1 text files'

run "$mprun" -n 3 "$top/examples/wordcount" texts/empty
expect_status 0
expect_out '^texts/empty: 0 words \(0 different\) in 0 text files'

run "$mprun" -n 2 "$top/examples/wordcount" texts/missing
expect_status 1
expect_err '^texts/missing: No such file or directory$'

run "$mprun" -n 2 "$top/examples/wordcount"
expect_status 1
expect_err '^usage: '

# Whether a rank has computed for a fifth of a second: what comes before the counting is shorter.
counts() {
    local pid
    for pid in $(started_children); do
        if sed 's/.*) //' "/proc/$pid/stat" | # utime and stime
            awk -v ticks="$(getconf CLK_TCK)" '{ exit $12 + $13 < ticks / 5 }'; then
            return 0
        fi
    done
    return 1
}

# Ctrl-C ends it as a shell expects, with a word on how far it came: of a long
# tape, a file by many names.
mkdir endless
for ((i = 0; i < 20; i++)); do cat texts/deep/er/large; done >endless/first
for ((i = 0; i < 400; i++)); do ln endless/first "endless/$i"; done
start "$mprun" -n 3 "$top/examples/wordcount" endless
wait_until counts
kill -INT "$started_pid"
finish
expect_status 130
expect_err '^wordcount: .*interrupted: [0-9]+ tasks are done'
expect_err_lines 1
rm -r endless

# Whoever may not read a file (root may read all) is told its name, once, and gets the rest.
if [[ $(id -u) -ne 0 ]]; then
    chmod a-r texts/no-newline texts/deep/er
    run "$mprun" -n 3 "$top/examples/wordcount" texts
    expect_status 0
    expect_err '^texts/no-newline: Permission denied, skipped$'
    expect_err '^texts/deep/er: .*skipped$'
    expect_err_lines 2
    chmod u+r texts/no-newline texts/deep/er
fi

# --- heat2d -----------------------------------------------------------------------------------

for n in 1 2 3 8; do
    run "$mprun" -n $n "$top/examples/heat2d" "heat$n.png" 101 150
    expect_status 0
    expect_out '^step +150: the largest change is [0-9]\.[0-9]+e-0[0-9]$'
    cmp heat1.png "heat$n.png" >"$work/difference" 2>&1 || fail "another picture at $n ranks"
done
[[ $(head -c 8 heat1.png | od -An -tx1) == ' 89 50 4e 47 0d 0a 1a 0a' ]] || fail 'not a PNG file'
[[ $(od -An -tu1 -j16 -N8 heat1.png | tr -s ' ') == ' 0 0 0 202 0 0 0 101' ]] ||
    fail 'not 202 x 101'

# Where the picture cannot be written, that is said before the work.
run "$mprun" -n 2 "$top/examples/heat2d" /nowhere/heat.png 20 1000000000
expect_status 1
expect_err_is '/nowhere/heat.png: No such file or directory'
expect_no_out

run "$mprun" -n 8 "$top/examples/heat2d" heat.png 7
expect_status 1
expect_err '^heat2d: ROWS must be from 8 '

# --- The larger programs: each compares itself with a serial result ------------------------------

# Sizes that no number of ranks divides, and sizes that leave ranks without work.
for n in 1 2 3 4 8; do
    for program in 'cg 37' 'cg 2' 'stencil3d 17' 'samplesort 10007' 'samplesort 3' 'fft2d 32' \
        'fft2d 2' 'nbody 101' 'nbody 3' 'matmul 101' 'matmul 3'; do
        name=${program% *} size=${program#* }
        run "$mprun" -n $n "$top/examples/$name" --check "$size"
        expect_status 0
        expect_out "^$name: .*: $n ranks? took [0-9.]+ s\$"
        expect_out '^checked against a serial run: off by [0-9].*: right$'
        expect_out_lines 2
        expect_no_err
    done
done

# Panels, halos and runs of more than one message.
for program in 'stencil3d 64' 'samplesort 200000' 'fft2d 256' 'matmul 300'; do
    run "$mprun" -n 4 "$top/examples/${program% *}" --check "${program#* }"
    expect_status 0
    expect_out ': right$'
done

for name in cg stencil3d samplesort fft2d nbody matmul; do
    for wrong in 0 12x -- '--check --check'; do
        # shellcheck disable=SC2086 # two arguments
        run "$mprun" -n 2 "$top/examples/$name" $wrong
        expect_status 1
        expect_err "^usage: mprun -n RANKS .*/$name \[--check\] \[SIZE\], SIZE from "
        expect_err_lines 1
    done
done

run "$mprun" -n 8 "$top/examples/stencil3d" 1 # of a grid of 2 x 2 x 2
expect_status 1
expect_err 'SIZE from 2 to '

run "$mprun" -n 2 "$top/examples/fft2d" 24
expect_status 1
expect_err '^fft2d: SIDE must be a power of two, not 24$'

# --- mandelbrot -------------------------------------------------------------------------------

for n in 1 2 3 8; do
    run "$mprun" -n $n "$top/examples/mandelbrot" "set$n.png" 120
    expect_status 0
    expect_out "^$n ranks? took [0-9.]+ s for 80 rows; the picture is set$n.png\$"
    expect_no_err
    cmp set1.png "set$n.png" >"$work/difference" 2>&1 || fail "another picture at $n ranks"
done
[[ $(od -An -tu1 -j16 -N8 set1.png | tr -s ' ') == ' 0 0 0 120 0 0 0 80' ]] || fail 'not 120 x 80'
# Black in the set, and not all is set.
[[ $(tr -d '\0' <set1.png | wc -c) -gt 10000 ]] || fail 'the picture is black'

# Ctrl-C ends it as a shell expects, be it before the map or within.
start "$mprun" -n 3 "$top/examples/mandelbrot" interrupted.png 20000
wait_until test -e interrupted.png
sleep 0.2
kill -INT "$started_pid"
finish
expect_status 130

run "$mprun" -n 2 "$top/examples/mandelbrot" /nowhere/set.png 20000
expect_status 1
expect_err_is '/nowhere/set.png: No such file or directory'

run "$mprun" -n 2 "$top/examples/mandelbrot" set.png 2
expect_status 1
expect_err '^mandelbrot: WIDTH must be from 3 '
expect_err_lines 1

# --- files ------------------------------------------------------------------------------------

# facts_of DIR: what files prints of all that is UTF-8, made by the usual tools.
facts_of() {
    find "$1" -type f -size +0 | sort | while IFS= read -r file; do
        if iconv -f UTF-8 -t UTF-32LE "$file" >"$work/wide" 2>"$work/difference"; then
            printf '%10d %12d  %s\n' "$(wc -l <"$file")" "$(($(wc -c <"$work/wide") / 4))" "$file"
        fi
    done
}

mkdir -p shelf/deep
printf 'caf\303\251\nna\303\257ve\n' >shelf/french
printf '\360\237\230\200 \342\202\254\n' >shelf/deep/signs
printf 'caf\351\n' >shelf/latin-1
printf 'cut short \342\202' >shelf/torn
printf '\355\240\200' >shelf/surrogate
printf '\300\257' >shelf/overlong
: >shelf/nothing
for ((i = 1; i <= 40; i++)); do
    seq "$((i * 100))" >shelf/deep/numbers-$i
done
facts_of shelf >expected-facts

# Nothing is known at first, everything but what failed then, and one file when one has changed.
for n in 1 3; do
    rm -f kept
    for known in 0 42 41; do
        run "$mprun" -n $n "$top/examples/files" shelf kept
        expect_status 1
        expect_out "^46 files: $known were known, $((46 - known)) examined\$"
        expect_err '^shelf/latin-1: not UTF-8 at byte 4, skipped$'
        expect_err '^shelf/torn: not UTF-8 at byte 12, skipped$'
        expect_err '^shelf/surrogate: not UTF-8 at byte 1, skipped$'
        expect_err '^shelf/overlong: not UTF-8 at byte 0, skipped$'
        expect_err_lines 4
        head -n -1 "$out" | diff expected-facts - >"$work/difference" ||
            fail "files differs from the tools: $(<"$work/difference")"
        if [[ $known -eq 42 ]]; then
            touch -d '2020-01-01' shelf/deep/numbers-7
        fi
    done
    touch shelf/deep/numbers-7
done

rm shelf/latin-1 shelf/torn shelf/surrogate shelf/overlong
run "$mprun" -n 2 "$top/examples/files" shelf
expect_status 0
expect_no_err
[[ -s files.kept ]] || fail 'nothing was kept'

run "$mprun" -n 2 "$top/examples/files" shelf/missing
expect_status 1
expect_err '^shelf/missing: No such file or directory$'

run "$mprun" -n 2 "$top/examples/files" shelf /nowhere/kept
expect_status 1
expect_err '^files: mp_store_open: .*/nowhere/kept'

run "$mprun" -n 2 "$top/examples/files"
expect_status 1
expect_err '^usage: '

# --- pipeline ---------------------------------------------------------------------------------

# same_of DIR: what pipeline prints, made by the usual tools (for names without spaces).
same_of() {
    find "$1" -type f -size +0 -exec md5sum {} + | while read -r sum file; do
        echo "$(wc -c <"$file") $sum $file"
    done | sort -k1,1nr -k2,2 -k3 | awk '
        function end() {
            if (count > 1)
                print bytes " bytes:" names
        }
        { files++ }
        $1 " " $2 == key { count++; names = names " " $3; wasted += $1; next }
        { end(); key = $1 " " $2; bytes = $1; count = 1; names = " " $3 }
        END { end(); print files + 0 " files; copies take " wasted + 0 " bytes" }'
}

mkdir -p copies/deep
cp -r shelf copies
cp shelf/french copies/deep/one
cp shelf/french copies/deep/two
cp shelf/deep/numbers-3 copies/deep/three
printf 'CAF\303\251\nna\303\257ve\n' >copies/deep/nearly # as long as another
same_of copies | sort >expected-same
for n in 3 4 8; do
    run "$mprun" -n $n "$top/examples/pipeline" copies
    expect_status 0
    expect_no_err
    sort "$out" | diff expected-same - >"$work/difference" ||
        fail "pipeline differs from the tools: $(<"$work/difference")"
done

run "$mprun" -n 3 "$top/examples/pipeline" copies/missing
expect_status 1
expect_err '^copies/missing: No such file or directory$'

run "$mprun" -n 2 "$top/examples/pipeline" copies
expect_status 1
expect_err '^usage: .* with 3 ranks or more$'

# --- bank -------------------------------------------------------------------------------------

balance='the bank has 10000000 cents, as at first'

for n in 1 2 3 8; do
    run "$mprun" -n $n "$top/examples/bank" 200
    expect_status 0
    expect_out_is "200 transfers by each rank, 0 ranks killed in one: $balance"
    expect_no_err
done

# Killed with the lock held and one balance changed: the next holder puts it right.
for killed in 1 3 7; do
    run "$mprun" --continue -n 8 "$top/examples/bank" 200 $killed
    expect_status 137
    expect_out "^200 transfers by each rank, $killed ranks killed in one: $balance\$"
done

run "$mprun" -n 2 "$top/examples/bank" 10 2
expect_status 1
expect_err '^bank: TRANSFERS must be from 1, KILLED from 0 to 1$'
