# SPDX-License-Identifier: BSD-3-Clause
# Turns the rows of functions.tsv into C, one macro call a function:
#     -v form=wrappers   WRAP(name, returns, (parameters), (arguments)), INQUIRY for what returns no
#                        error code
#     -v form=zeros      CALL(name, (0, 0, ...))
# Usage: awk -v form=FORM -f wrappers.awk functions.tsv

BEGIN { FS = "\t" }

FNR == 1 { next }

# "const int displs[]" -> "displs"
function argument(parameter) {
    gsub(/\[[0-9]*\]/, "", parameter)
    sub(/.*[ *]/, "", parameter)
    return parameter
}

{
    count = $3 == "void" ? 0 : split($3, parameters, "; ")
    names = zeros = comma = ""
    for (i = 1; i <= count; i++) {
        if (parameters[i] == "...")
            continue
        names = names comma argument(parameters[i])
        zeros = zeros comma "0"
        comma = ", "
    }
    gsub(/; /, ", ", $3)
    is_inquiry = $2 != "int" || $1 ~ /_toint$/
    if (form == "zeros")
        printf "%s(%s, (%s))\n", is_inquiry ? "INQUIRE" : "CALL", $1, zeros
    else
        printf "%s(%s, %s, (%s), (%s))\n", is_inquiry ? "INQUIRY" : "WRAP", $1, $2, $3, names
}
