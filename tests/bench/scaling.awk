# SPDX-License-Identifier: BSD-3-Clause
# Makes the tables of scaling from medians (library, row, work, value). Variables: `cpus`, `load`,
# `rounds`, and `series`, a file for the plots' rows "mode, program/library, ranks, speed-up,
# efficiency in %".
#
# What limits a program is found from a run of its own with shares.c linked to it. The CPU time that
# the ranks have (the time of the run on the CPUs in use) is shared out, in parts that make 100 %:
#   useful    the computation as one rank alone does it, as much of it as the work asks for
#   slower    what the computation takes beyond that: the CPU time outside MPI that has been added
#   uneven    what the other ranks wait for the one that computes longest
#   messages  all the rest: moving data, waiting for it, and for a CPU where there are too few
# Useful being 85 % or more, the limit is computation. Otherwise the largest of the others names it;
# slower computation is put down to memory bandwidth where a triad on as many ranks, at the same
# time, gets at least 10 % less of it for each rank than one alone, and else to caches, clocks
# and added work.
BEGIN {
    FS = "\t"
    libraries[1] = "mprun"
    libraries[2] = "Open MPI"
    libraries[3] = "MPICH"
}

{
    split($2, part, " ")
    ranks = substr(part[1], 3) + 0
    if (!(ranks in ranks_seen)) {
        ranks_seen[ranks] = 1
        ranks_of[++ranks_count] = ranks
    }
    if ($1 == "memory") {
        triad_ms[ranks] = $4
        next
    }
    if ($1 == "shares") {
        share[part[2], part[3], ranks, part[4]] = $4
        next
    }
    if (!(part[3] in program_seen)) {
        program_seen[part[3]] = 1
        programs[++program_count] = part[3]
    }
    took[$1, part[2], part[3], ranks] = $4
    work[part[2], part[3], ranks] = $3
}

function least(a, b) {
    return a < b ? a : b
}

# Work per second beside one rank's of the same library; "" without both.
function speed_up(library, mode, program, ranks,    one, here) {
    one = took[library, mode, program, 1]
    here = took[library, mode, program, ranks]
    if (one == "" || here == "" || one ~ /^>/ || here ~ /^>/ || here == 0) {
        return ""
    }
    return one / here * work[mode, program, ranks] / work[mode, program, 1]
}

function percent(x) {
    return x == "" ? "-" : sprintf("%.0f", 100 * x)
}

function time_text(ms) {
    return ms == "" ? "-" : ms ~ /^>/ ? ms : sprintf(ms >= 100 ? "%.0f" : "%.1f", ms)
}

# The parts of the CPU time, and the name of the limit.
function limits(mode, program, ranks,
                available, useful, slower, uneven, messages, mean, most, worst) {
    if (!((mode, program, ranks, "time") in share) || !((mode, program, 1, "computing") in share)) {
        return ""
    }
    available = share[mode, program, ranks, "time"] * least(ranks, cpus) / ranks
    if (available <= 0) {
        return ""
    }
    mean = share[mode, program, ranks, "computing"] / available
    most = share[mode, program, ranks, "most"] / available
    useful = share[mode, program, 1, "computing"] * work[mode, program, ranks] / \
        work[mode, program, 1] / ranks / available
    useful = least(useful, mean)
    slower = mean - useful
    uneven = least(most - mean, 1 - mean > 0 ? 1 - mean : 0)
    messages = 1 - mean - uneven > 0 ? 1 - mean - uneven : 0
    worst = "waiting, moving data"
    if (useful >= 0.85) {
        worst = "computation"
    } else if (slower >= uneven && slower >= messages) {
        worst = narrow(ranks) ? "memory bandwidth" : "slower computation"
    } else if (uneven >= messages) {
        worst = "waiting, uneven shares"
    }
    return sprintf("%6s %6s %6s %8s  %s", percent(useful), percent(slower), percent(uneven),
        percent(messages), worst)
}

# Whether a rank of so many has less memory bandwidth than one alone.
function narrow(ranks) {
    ranks = least(ranks, cpus)
    return (ranks in triad_ms) && (1 in triad_ms) && triad_ms[ranks] > triad_ms[1] / 0.9
}

function show(mode, program, ranks,    i, faster, times, speeds, parts) {
    for (i = 1; i <= 3; i++) {
        faster = speed_up(libraries[i], mode, program, ranks)
        times = times sprintf(" %8s", time_text(took[libraries[i], mode, program, ranks]))
        speeds = speeds sprintf(" %8s", faster == "" ? "-" : sprintf("%.2f", faster))
        parts = parts sprintf(" %8s", percent(faster == "" ? "" : faster / least(ranks, cpus)))
        if (faster != "") {
            printf "%s\t%s/%s\t%d\t%.4f\t%.2f\n", mode, program, libraries[i], ranks, faster,
                100 * faster / least(ranks, cpus) >series
        }
    }
    printf "%s\t%s/ideal\t%d\t%.4f\t100\n", mode, program, ranks, least(ranks, cpus) >series
    printf "%-10s %5d |%s |%s |%s | %s\n", program, ranks, times, speeds, parts,
        limits(mode, program, ranks)
}

function table(mode, title,    i, j) {
    printf "\n%s\n%-16s | %-26s | %-26s | %-26s | %s\n", title, "", "time, ms", "speed-up",
        "efficiency, %", "CPU time under mprun, %, and the limit"
    printf "%-10s %5s |", "program", "ranks"
    for (i = 0; i < 9; i++) {
        printf " %8s%s", libraries[i % 3 + 1], i % 3 == 2 ? " |" : ""
    }
    printf " %6s %6s %6s %8s\n", "useful", "slower", "uneven", "messages"
    for (i = 1; i <= program_count; i++) {
        for (j = 1; j <= ranks_count; j++) {
            show(mode, programs[i], ranks_of[j])
        }
    }
}

END {
    print "\nMemory bandwidth of a triad on all ranks at once:"
    for (i = 1; i <= ranks_count; i++) {
        if (ranks_of[i] in triad_ms) {
            each = 3 * 2 ^ 24 / 1e6 / triad_ms[ranks_of[i]]
            printf "  %4d rank%s  %7.1f GB/s in all, %5.1f GB/s each\n", ranks_of[i],
                ranks_of[i] == 1 ? " " : "s", each * ranks_of[i], each
        }
    }
    table("strong", "Strong scaling: the same work on more ranks; medians of " rounds " round(s)")
    table("weak", "Weak scaling: as much work for each rank; medians of " rounds " round(s)")
    if (load > cpus / 2) {
        printf "\nThe machine was busy (load %s on %s CPUs): repeat this when it is quiet.\n",
            load, cpus
    }
}
