# SPDX-License-Identifier: BSD-3-Clause
# Of single results (round, library, row, bytes, value, part, handoff and slowdown of the machine
# before, and after), which are given twice, those that can be compared. The file `states` gets a
# line for each state of the machine: which parts were measured in it.
#
# The host of a virtual machine moves its CPUs within seconds or hours: near each other, far from
# each other, where a cache line takes six times as long, or to two threads of one core, where it
# takes half as long, and all computation longer. So the results of a part are taken from one state:
# the one in which more libraries were measured, or else two cores rather than one, or else what was
# measured more often. Where none has all libraries, or where there is nothing to tell states by,
# all results count. Results without a part always do.
BEGIN {
    FS = OFS = "\t"
    name_count = split("near far one", names, " ")
    shown["near"] = "On two cores that are near each other"
    shown["far"] = "On two cores that are far from each other"
    shown["one"] = "On two threads of one core"
    shown[""] = "While the machine changed"
}

function is_library(name) {
    return name != "machine" && name != "alone"
}

function is_one_core(slowdown) {
    return slowdown + 0 > 1.25
}

function state_at(handoff, slowdown) {
    return is_one_core(slowdown) ? "one" : handoff + 0 <= 2 * least ? "near" : "far"
}

# The state before and after, or "" for what was measured while it changed.
function state_of(field,    before) {
    before = state_at(field[7], field[8])
    return before == state_at(field[9], field[10]) ? before : ""
}

# First reading: the least handoff between two cores, and what there is.
FNR == NR {
    if (NF > 5) {
        line[++line_count] = $0
        for (i = 7; i <= 9; i += 2) {
            is_told = is_told || $i + 0 > 0
            if ($i + 0 > 0 && !is_one_core($(i + 1)) && (least == "" || $i + 0 < least + 0)) {
                least = $i
            }
        }
    }
    next
}

function count_libraries(    i, field, state) {
    for (i = 1; i <= line_count; i++) {
        split(line[i], field, "\t")
        if (!is_library(field[2])) {
            continue
        }
        state = state_of(field)
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

# Whether state `a` speaks better for a part than `b`.
function is_better(part, a, b) {
    if (libraries[part, a] != libraries[part, b]) {
        return libraries[part, a] > libraries[part, b]
    }
    return b == "one" || (a != "one" && results[part, a] > results[part, b])
}

# The state that speaks for a part, or "" for all.
function choose(part,    i, best) {
    best = names[1]
    for (i = 2; i <= name_count; i++) {
        if (is_better(part, names[i], best)) {
            best = names[i]
        }
    }
    return libraries[part, best] == all[part] ? best : ""
}

FNR == 1 { count_libraries() }
{
    if (NF > 5 && !($6 in chosen)) {
        chosen[$6] = choose($6)
        parts[chosen[$6]] = parts[chosen[$6]] (parts[chosen[$6]] == "" ? "" : ", ") $6
    }
    split($0, field, "\t")
    if (NF <= 5 || chosen[$6] == "" || chosen[$6] == state_of(field)) {
        print $1, $2, $3, $4, $5
    }
}

END {
    names[++name_count] = ""
    for (i = 1; i <= name_count && is_told; i++) {
        if (names[i] in parts) {
            print shown[names[i]] ": " parts[names[i]] "." >states
        }
    }
}
