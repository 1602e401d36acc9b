# SPDX-License-Identifier: BSD-3-Clause
# Makes the table from the bars (row | bytes | against | bar, see the file `bars`) and then medians
# (library, row, bytes, value): each row with ours, each peer's, our part of the better peer's, and
# its bars, met or missed. Variables: `load` of the machine at the start, its `cpus`, the `rounds`.
BEGIN {
    peers[1] = "Open MPI"
    peers[2] = "MPICH"
    # Units; whatever is not named is in microseconds.
    unit["start"] = unit["CPU of a 2 s wait"] = "ms"
    unit["triad"] = unit["allocate, touch, free"] = unit["matrix product"] = "ms"
    unit["unique memory of a rank"] = unit["shared memory in all"] = "MiB"
    for (i = split("cg stencil3d samplesort fft2d nbody matmul", programs, " "); i > 0; i--) {
        unit[programs[i]] = "ms"
    }
}

# The file of bars.
FNR == NR {
    if ($0 !~ /^#/ && split($0, field, / *\| */) == 4) {
        for (i = split(field[2], bytes, " "); i > 0; i--) {
            bar[field[1], bytes[i], field[3]] = field[4]
        }
    }
    next
}

# The medians.
FNR == 1 { FS = "\t"; $0 = $0 }
{
    value[$1, $2, $3] = $4
    if ($1 == "machine" && $2 ~ /handoff of/) {
        note_handoff($2, $4)
    } else if ($1 == "machine") {
        bare[$2] = $4
    } else if ($1 != "alone" && !(($2, $3) in seen)) {
        seen[$2, $3] = 1
        row[++row_count] = $2
        size[row_count] = $3
    }
}

# Handoffs are measured with each part; that of the messages is what they are held to.
function note_handoff(name, us) {
    if (us + 0 > 0) {
        if (name ~ / point$/) {
            handoff = us
        }
        least = least == "" || us + 0 < least + 0 ? us : least
        most = most == "" || us + 0 > most + 0 ? us : most
    }
}

# A number, or "" where there is none, or none by the limit.
function number(library, i,    v) {
    v = value[library, row[i], size[i]]
    return v ~ /^>/ ? "" : v
}

# Three digits that count.
function short(x,    digits) {
    if (x == "" || x ~ /^>/) {
        return x == "" ? "-" : x
    }
    digits = x >= 100 ? 0 : x >= 10 ? 1 : x >= 1 ? 2 : 3
    return sprintf("%." digits "f", x)
}

function bytes_text(bytes) {
    return bytes == 0 ? "" : bytes < 1024 ? bytes : bytes < 1048576 ? bytes / 1024 " Ki" : \
        bytes / 1048576 " Mi"
}

function better_peer(i,    best, p, theirs) {
    best = ""
    for (p = 1; p <= 2; p++) {
        theirs = number(peers[p], i)
        if (theirs != "" && (best == "" || theirs + 0 < best + 0)) {
            best = theirs
        }
    }
    return best
}

function name_text(i) {
    return row[i] (size[i] > 0 ? ", " bytes_text(size[i]) : "")
}

# Whether `x` keeps to the bar of row `i` against `what`, and counts it; "" where there is none.
function verdict(i, what, x) {
    if (!((row[i], size[i], what) in bar)) {
        return ""
    }
    if (x == "") {
        open[++open_count] = name_text(i)
        return "not measured"
    }
    if (x + 0 <= bar[row[i], size[i], what]) {
        met++
        return "met"
    }
    missed[++missed_count] = sprintf("%s: %s, bar %s (%s)", name_text(i), short(x),
        bar[row[i], size[i], what], what)
    return "MISSED"
}

function bar_text(i, what, suffix) {
    return ((row[i], size[i], what) in bar) ? "<= " bar[row[i], size[i], what] suffix : ""
}

function ratio(ours, theirs) {
    return ours == "" || theirs == "" || theirs == 0 ? "" : ours / theirs
}

function print_line(name, bytes, unit_name, ours, first, second, times, bar_shown, judged,
                    text) {
    text = sprintf("%-33s %7s %-3s %9s %9s %9s %7s %10s  %s", name, bytes, unit_name, ours, first,
        second, times, bar_shown, judged)
    sub(/ +$/, "", text)
    print text
}

# A further line for a bar of another kind.
function show_bar(i, what, text, x, shown, suffix) {
    if ((row[i], size[i], what) in bar) {
        print_line(text, "", "", "", "", "", shown, bar_text(i, what, suffix), verdict(i, what, x))
    }
}

# The same for one against what the machine takes, or another program.
function show_beside(i, what, text, ours, theirs, unit_name,    times) {
    times = ratio(ours, theirs)
    show_bar(i, what, "    beside " text ", " short(theirs) " " unit_name, times, short(times))
}

function show(i,    name, times, ours, plain) {
    plain = row[i]
    sub(/^n=[0-9]+ /, "", plain)
    name = (plain in unit) ? unit[plain] : "us"
    ours = number("mprun", i)
    times = ratio(ours, better_peer(i))
    print_line(row[i], bytes_text(size[i]), name, short(value["mprun", row[i], size[i]]),
        short(value[peers[1], row[i], size[i]]), short(value[peers[2], row[i], size[i]]),
        short(times), bar_text(i, "peer"), verdict(i, "peer", times))
    show_bar(i, "limit", "    as it is", ours, "", " " name)
    show_beside(i, "handoff", "a bare handoff", ours, handoff, "us")
    show_beside(i, "wakeup", "a bare wake-up", ours, bare["n=2 bare wake-up"], "us")
    show_beside(i, "alone", "itself alone", ours, number("alone", i), name)
}

END {
    printf "Medians of %d round(s). Ratio: ours divided by the better peer's; less is better.\n\n",
        rounds
    print_line("", "bytes", "", "mprun", peers[1], peers[2], "ratio", "bar", "")
    for (i = 1; i <= row_count; i++) {
        show(i)
    }
    if (least != "") {
        printf "\nThe machine hands a cache line from core to core in %s us%s.\n", short(least),
            most <= 2 * least ? "" : " in some parts, and in " short(most) " in others"
    }
    if (bare["n=2 bare wake-up"] != "") {
        printf "%sIt wakes a process that sleeps in %s us.\n", least != "" ? "" : "\n",
            short(bare["n=2 bare wake-up"])
    }
    if (bare["n=8 bare switch"] != "") {
        printf "Between processes that share a CPU it switches in %s us.\n",
            short(bare["n=8 bare switch"])
    }
    if (load > cpus / 2) {
        printf "The machine was busy (load %s on %s CPUs): repeat this when it is quiet.\n",
            load, cpus
    }
    if (met + missed_count + open_count > 0) {
        printf "\n%d bars met, %d missed, %d not measured.\n", met, missed_count, open_count
    }
    for (i = 1; i <= missed_count; i++) {
        print "MISSED  " missed[i]
    }
    if (open_count > 0 && open_count <= 10) {
        for (i = 1; i <= open_count; i++) {
            print "not measured  " open[i]
        }
    }
}
