# SPDX-License-Identifier: BSD-3-Clause
# Looks over the messages that mistakes.c gets from the library: each has rank, function,
# communicator (where the call has a valid one), the name of an argument as the standard's binding
# has it, and the error class:
#  mprun: rank 0: MPI_Send on MPI_COMM_WORLD: count is -77, but must not be negative (MPI_ERR_COUNT)
# Prints those that have not, and "FUNCTION KIND returned" where there was no message.
# Usage: awk -f mistakes.awk functions.tsv MESSAGES

FNR == 1 { FS = FILENAME ~ /functions\.tsv$/ ? "\t" : " "; $0 = $0 }

NR == FNR {
    parameters[$1] = $3
    next
}

FNR % 2 == 1 {
    name = $1
    kind = $2
    next
}

$0 == "returned" {
    print name, kind, $0
    next
}

# One of the names of the function's parameters, as a regular expression.
function argument(name,    list) {
    list = parameters[name]
    gsub(/\[[0-9]*\]/, "", list)
    gsub(/[^;]*[ *]/, "", list)
    gsub(/;/, "|", list)
    return "(" list ")"
}

{
    has_comm = kind == "wrong" && ("; " parameters[name]) ~ /; MPI_Comm [a-z0-9_]+(;|$)/
    where = has_comm ? " on MPI_COMM_WORLD" : ""
    what = argument(name) "(\\[0\\])? .*"
    if ($0 !~ "^mprun: rank 0: " name where ": " what " \\(MPI_ERR_[A-Z_]+\\)$")
        print name, kind ": " $0
}
