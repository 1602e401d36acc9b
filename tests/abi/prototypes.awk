# SPDX-License-Identifier: BSD-3-Clause
# Turns the prototypes of mpi.h back into rows of functions.tsv, without the status.
# Usage: awk -f prototypes.awk mpi.h

# A prototype starts in the first column and ends with ");", perhaps lines later.
/^[A-Za-z].* MPI_[A-Za-z0-9_]+\(/ && !/^typedef/ { text = "" ; inside = 1 }

inside {
    sub(/^ +/, " ")
    text = text $0
}

inside && /\);$/ {
    inside = 0
    open = index(text, "(")
    head = substr(text, 1, open - 1)
    list = substr(text, open + 1, length(text) - open - 2)
    gsub(/, /, "; ", list)
    match(head, / MPI_[A-Za-z0-9_]+$/)
    printf "%s\t%s\t%s\n", substr(head, RSTART + 1), substr(head, 1, RSTART - 1), list
}
