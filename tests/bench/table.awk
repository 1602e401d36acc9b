# SPDX-License-Identifier: BSD-3-Clause
# Makes the table from single results (round, library, row, bytes, value): medians, and how many times
# better mprun is than the better one of the others. A value ">LIMIT" was not there by the
# limit. Variables: `load` of the machine at the start, and its `cpus`.
BEGIN {
    FS = "\t"
    peers[1] = "Open MPI"
    peers[2] = "MPICH"
    # Units; whatever is not named is in microseconds. More is better in rates alone.
    unit["message rate"] = "M/s"
    unit["bandwidth"] = "GB/s"
    unit["start of 8 ranks"] = "ms"
    unit["CPU of a 2 s wait"] = "ms"
    unit["memory of a rank"] = "MB"
    for (i = split("cg stencil3d samplesort fft2d nbody matmul", programs, " "); i > 0; i--) {
        unit[programs[i]] = "ms"
    }
}

{
    row = $3 FS $4
    if ($2 == "machine") {
        handoff = row
    } else if (!(row in seen)) {
        seen[row] = 1
        rows[++row_count] = row
    }
    if ($5 ~ /^>/) {
        late[$2, row] = "> " substr($5, 2)
    } else {
        value[$2, row, ++count[$2, row]] = $5
    }
    rounds = $1
}

function median(library, row,    n, i, j, sorted, held) {
    n = count[library, row]
    if (!n || (library, row) in late) {
        return ""
    }
    for (i = 1; i <= n; i++) {
        held = value[library, row, i] + 0
        for (j = i - 1; j > 0 && sorted[j] > held; j--) {
            sorted[j + 1] = sorted[j]
        }
        sorted[j + 1] = held
    }
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

# Three digits that count.
function short(x,    digits) {
    if (x == "") {
        return "-"
    }
    digits = x >= 100 ? 0 : x >= 10 ? 1 : x >= 1 ? 2 : 3
    return sprintf("%." digits "f", x)
}

# What the table shows of a row for one library.
function cell(library, row) {
    return (library, row) in late ? late[library, row] : short(median(library, row))
}

function size(bytes) {
    return bytes == 0 ? "" : bytes < 1024 ? bytes : bytes < 1048576 ? bytes / 1024 " Ki" : \
        bytes / 1048576 " Mi"
}

function is_rate(name) {
    return name ~ /message rate|bandwidth/
}

# How many times better than the better peer; "" without a peer.
function gain(row, name,    ours, best, p, theirs) {
    ours = median("mprun", row)
    best = ""
    for (p = 1; p <= 2; p++) {
        theirs = median(peers[p], row)
        if (theirs != "" && (best == "" || (is_rate(name) ? theirs > best : theirs < best))) {
            best = theirs
        }
    }
    if (ours == "" || best == "" || ours == 0 || best == 0) {
        return ""
    }
    return is_rate(name) ? ours / best : best / ours
}

function show(row,    part, name, plain, times) {
    split(row, part, FS)
    name = plain = part[1]
    sub(/^n=[0-9]+ /, "", plain)
    times = gain(row, name)
    printf "%-28s %8s %-5s %10s %10s %10s %10s\n", name, size(part[2]), \
        (plain in unit) ? unit[plain] : "us", cell("mprun", row), \
        cell(peers[1], row), cell(peers[2], row), times == "" ? "-" : sprintf("%.2f x", times)
}

# One of the bars that a release must clear.
function bar(text, ours, limit) {
    if (ours != "" && limit != "") {
        printf "%-5s %s: %s, limit %s\n", ours <= limit ? "yes" : "NO", text, short(ours), short(limit)
    }
}

function better(a, b) {
    return a == "" || (b != "" && b < a) ? b : a
}

END {
    printf "Medians of %d rounds; the last column: times better than the better peer.\n\n", rounds
    printf "%-28s %8s %-5s %10s %10s %10s %10s\n", "", "bytes", "", "mprun", peers[1], peers[2], \
        "better"
    for (i = 1; i <= row_count; i++) {
        show(rows[i])
    }
    if (handoff != "") {
        printf "\nThe machine hands a cache line from core to core in %s us.\n", \
            short(median("machine", handoff))
    }
    if (load > cpus / 2) {
        printf "The machine was busy (load %s on %s CPUs): repeat this when it is quiet.\n", load, cpus
    }
    print ""
    latency = "n=2 latency" FS 8
    barrier = "n=8 barrier" FS 0
    bar("8-byte latency no worse than the better peer's, in us", median("mprun", latency), \
        better(median(peers[1], latency), median(peers[2], latency)))
    bar("barrier of 8 ranks no slower than Open MPI's, in us", median("mprun", barrier), \
        median(peers[1], barrier))
    bar("start of 8 ranks, in ms", median("mprun", "start of 8 ranks" FS 0), 30)
    bar("CPU of a rank that waits 2 s, in ms", median("mprun", "CPU of a 2 s wait" FS 0), 20)
}
