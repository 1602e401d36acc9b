# SPDX-License-Identifier: BSD-3-Clause
# From single results (round, library, row, bytes, value) their medians: library, row, bytes, value,
# in the order in which they came first. A value ">LIMIT" was not there by the limit, and stays one.
BEGIN { FS = OFS = "\t" }

{
    key = $2 OFS $3 OFS $4
    if (!(key in count)) {
        keys[++key_count] = key
    }
    if ($5 ~ /^>/) {
        late[key] = $5
    }
    value[key, ++count[key]] = $5 + 0
}

function median(key,    n, i, j, sorted, held) {
    n = count[key]
    for (i = 1; i <= n; i++) {
        held = value[key, i]
        for (j = i - 1; j > 0 && sorted[j] > held; j--) {
            sorted[j + 1] = sorted[j]
        }
        sorted[j + 1] = held
    }
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

END {
    for (i = 1; i <= key_count; i++) {
        print keys[i], (keys[i] in late) ? late[keys[i]] : sprintf("%.9g", median(keys[i]))
    }
}
