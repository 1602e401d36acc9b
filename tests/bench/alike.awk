# SPDX-License-Identifier: BSD-3-Clause
# Of single results (round, library, row, bytes, value, part, handoff before and after), which are
# given twice, those that can be compared.
#
# The host of a virtual machine moves its CPUs from one core to two, and back, within seconds or
# hours; then a cache line takes six times as long from one to the other, or as short. So the
# results of a part are taken from one of these states: the one in which more libraries were
# measured, or else more often. Where none has all libraries, or where there is nothing to tell
# states by, all results count. Results without a part always do.
BEGIN { FS = OFS = "\t" }

function is_library(name) {
    return name != "machine" && name != "alone"
}

# "near", "far", or "" for what was measured while the state changed.
function state_of(before, after,    was_near, is_near) {
    was_near = before + 0 <= 2 * least
    is_near = after + 0 <= 2 * least
    return was_near != is_near ? "" : was_near ? "near" : "far"
}

# First reading: the least handoff, and what there is.
FNR == NR {
    if (NF > 5) {
        line[++line_count] = $0
        for (i = 7; i <= 8; i++) {
            if ($i + 0 > 0 && (least == "" || $i + 0 < least + 0)) {
                least = $i
            }
        }
    }
    next
}

function count_libraries(    i, field, state) {
    for (i = 1; i <= line_count; i++) {
        split(line[i], field, "\t")
        state = state_of(field[7], field[8])
        if (!is_library(field[2])) {
            continue
        }
        results[field[6], state]++
        if (!((field[6], field[2]) in of_part)) {
            of_part[field[6], field[2]] = 1
            all[field[6]]++
        }
        if (!((field[6], state, field[2]) in of_state)) {
            of_state[field[6], state, field[2]] = 1
            libraries[field[6], state]++
        }
    }
}

# The state that speaks for a part, or "" for all.
function choose(part,    better) {
    better = libraries[part, "far"] > libraries[part, "near"] ||
        (libraries[part, "far"] == libraries[part, "near"] &&
         results[part, "far"] > results[part, "near"]) ? "far" : "near"
    return libraries[part, better] == all[part] ? better : ""
}

FNR == 1 { count_libraries() }
{
    if (NF > 5 && !($6 in chosen)) {
        chosen[$6] = choose($6)
    }
    if (NF <= 5 || chosen[$6] == "" || chosen[$6] == state_of($7, $8)) {
        print $1, $2, $3, $4, $5
    }
}
