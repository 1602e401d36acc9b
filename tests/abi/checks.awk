# SPDX-License-Identifier: BSD-3-Clause
# Turns the rows of the ABI tables into C: one macro call of check.h a row.
# Usage: awk -f checks.awk handles.tsv callbacks.tsv constants.tsv functions.tsv

BEGIN {
    FS = "\t"
    print "#include \"check.h\""
}

FNR == 1 {
    table = FILENAME
    sub(/.*\//, "", table)
    printf "\n/* %s */\n", table
    next
}

# "const void *buf; int count" -> "(const void *buf, int count)"
function parameters(list) {
    gsub(/; /, ", ", list)
    return "(" list ")"
}

# The ABI fixes the kind as well: programs ask for a macro by #ifdef.
function require(condition, name, kind) {
    printf "#if %s(%s)\n#error \"%s must be %s\"\n#endif\n", condition, name, name, kind
}

table == "handles.tsv" { printf "HANDLE(%s, %s)\n", $1, $2 }
table == "callbacks.tsv" { printf "CALLBACK(%s, %s, %s)\n", $1, $2, parameters($3) }
table == "functions.tsv" { printf "FUNCTION(%s, %s, %s)\n", $1, $2, parameters($3) }
table == "constants.tsv" && $2 == "int enumerator" {
    require("defined", $1, "an enumerator")
    printf "ENUMERATOR(%s, %s)\n", $1, $3
    next
}
table == "constants.tsv" {
    require("!defined", $1, "a macro")
    if ($2 == "macro")
        printf "MACRO(%s, %s)\n", $1, $3
    else
        printf "CAST(%s, %s, %s)\n", $1, $2, $3
}
