# SPDX-License-Identifier: BSD-3-Clause
# Turns the rows of functions.tsv into C, one macro call a function:
#     -v form=wrappers   WRAP(name, returns, (parameters), (arguments)), INQUIRY for what returns no
#                        error code
#     -v form=zeros      CALL(name, (0, 0, ...))
#     -v form=mistakes   CALL(name, (wrong, MPI_COMM_WORLD, ...)), with `wrong` for each number and
#                        0 for what is neither
# Usage: awk -v form=FORM -f wrappers.awk functions.tsv

BEGIN { FS = "\t" }

FNR == 1 { next }

# "const int displs[]" -> "displs"
function argument(parameter) {
    gsub(/\[[0-9]*\]/, "", parameter)
    sub(/.*[ *]/, "", parameter)
    return parameter
}

# What is wrong for a parameter, but for communicators: those answer for the error.
function mistake(parameter) {
    if (parameter ~ /^MPI_Comm [a-z0-9_]*$/)
        return "MPI_COMM_WORLD"
    return parameter ~ /^(int|MPI_Count|MPI_Aint|MPI_Offset|MPI_Fint) [a-z0-9_]*$/ ? "wrong" : "0"
}

{
    count = $3 == "void" ? 0 : split($3, parameters, "; ")
    names = zeros = mistakes = comma = ""
    for (i = 1; i <= count; i++) {
        if (parameters[i] == "...")
            continue
        names = names comma argument(parameters[i])
        zeros = zeros comma "0"
        mistakes = mistakes comma mistake(parameters[i])
        comma = ", "
    }
    gsub(/; /, ", ", $3)
    is_inquiry = $2 != "int" || $1 ~ /_toint$/
    if (form == "zeros")
        printf "%s(%s, (%s))\n", is_inquiry ? "INQUIRE" : "CALL", $1, zeros
    else if (form == "mistakes")
        printf "%s(%s, (%s))\n", is_inquiry ? "INQUIRE" : "CALL", $1, mistakes
    else
        printf "%s(%s, %s, (%s), (%s))\n", is_inquiry ? "INQUIRY" : "WRAP", $1, $2, $3, names
}
