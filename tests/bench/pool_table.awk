# SPDX-License-Identifier: BSD-3-Clause
# The table of run_pool, from lines "candidate, name, bytes, value": the best of each, and whether
# ours meets its bar. Of memory the worst counts.

function bar(name, kind, limit) {
    bars[name] = kind " " limit
}

# What is better than a: "more", "less" or, for the worst to count, "never".
function is_better(name, value, known) {
    if (name ~ /KiB$/) return value > known
    return name ~ /\/s$/ ? value > known : value < known
}

function cell(name, candidate) {
    return (name, candidate) in best ? sprintf("%.4g", best[name, candidate]) : "-"
}

function verdict(name, parts, value, limit) {
    if (!(name in bars)) return ""
    split(bars[name], parts, " ")
    value = best[name, "mp.h"]
    limit = parts[2] == "latency" ? 2 * best[plain, "mp.h"] : parts[2] + 0
    return sprintf("%s %.4g  %s", parts[1], limit,
        (parts[1] == ">=" ? value >= limit : value <= limit) ? "met" : "NOT MET")
}

BEGIN {
    plain = "MPI_Send and MPI_Recv, 8 bytes, one way, us"
    bar("empty tasks, automatic chunks, million/s", ">=", 50)
    bar("empty tasks, one by one (imap, chunk 1), million/s", ">=", 2)
    bar("queue, 8-byte items, million/s", ">=", 5)
    bar("pipe, 8 bytes, one way, us", "<=", "latency")
    bar("tasks of 1 us, time / ideal", "<=", 1.05)
    bar("tasks of 10 us, time / ideal", "<=", 1.05)
    bar("tasks of 1 ms, time / ideal", "<=", 1.05)
    bar("uneven tasks, time / ideal", "<=", 1.03)
    bar("growth over an imap of ten million inputs, KiB", "<=", 1024)
}

{
    if (!($2 in seen)) {
        seen[$2] = 1
        names[++name_count] = $2
    }
    if (!(($2, $1) in best) || is_better($2, $4 + 0, best[$2, $1])) best[$2, $1] = $4 + 0
}

END {
    printf "%-52s %10s %16s %10s   %s\n", "two workers", "mp.h", "multiprocessing", "futures", "bar"
    for (i = 1; i <= name_count; i++)
        printf "%-52s %10s %16s %10s   %s\n", names[i], cell(names[i], "mp.h"),
            cell(names[i], "multiprocessing"), cell(names[i], "futures"), verdict(names[i])
}
