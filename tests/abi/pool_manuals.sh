#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every function of libmp has a manual page, installed under its name, with its prototype as mp.h
# has it; and the pages are clean. At the end a spoilt page must be found out: a check that cannot
# fail proves nothing.
. "${srcdir:-.}/tests/lib/launcher.sh"

library=$top/.libs/libmp.so
[[ -e $library ]] || skip 'no shared library was built'
sources=$source_top/runtime/pool/man

# declared_prototypes: the functions of mp.h, one a line, with single spaces.
declared_prototypes() {
    "$top/mpcc" -E -P "$source_top/include/mp.h" | grep -v '^#' | tr '\n' ' ' | tr ';' '\n' |
        sed -E 's/__attribute__ *\(\(.*\)\)//; s/ +/ /g; s/^ //; s/ $//; s/ \(/(/' |
        grep -E '^[^(]*[ *]mp_[a-z_]+\(.*\)$' | grep -v '^typedef'
}

# page_prototypes PAGE...: those of manual pages, in the same form.
page_prototypes() {
    awk '
        /^\.F[toac]/ { gsub(/"/, "") }
        /^\.Ft/ { type = substr($0, 5); if (type !~ /\*$/) type = type " " }
        /^\.Fo/ { name = $2; arguments = "" }
        /^\.Fa/ && name { arguments = arguments (arguments ? ", " : "") substr($0, 5) }
        /^\.Fc/ { print type name "(" arguments ")"; name = "" }' "$@"
}

# check_pages PAGE...: says which functions of the library have no prototype
# in them, or another one.
check_pages() {
    page_prototypes "$@" | sort >described
    grep -vxFf described declared || true
}

# --- What they say ------------------------------------------------------------------------------

run nm -D --defined-only "$library"
expect_status 0
sed 's/.* //' "$out" | sort >exported
declared_prototypes | grep -wFf exported | sort >declared
grep -q '^int mp_pool_close(mp_pool \*pool)$' declared || fail 'mp_pool_close is not seen in mp.h'
missing=$(check_pages "$sources"/*.3)
[[ -z $missing ]] || fail "no manual page has: $missing"
strangers=$(grep -vxFf <(declared_prototypes) described || true)
[[ -z $strangers ]] || fail "mp.h does not have: $strangers"

sed 's/double timeout/long timeout/' "$sources/mp_stream.3" >spoilt
[[ -n $(check_pages spoilt) ]] || fail 'a changed prototype passes for right'
check_pages "$sources"/*.3 >"$out"

# --- Where they are -----------------------------------------------------------------------------

env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$top" install-man install-data-local \
    DESTDIR="$work/stage" >"$out" 2>"$err" || fail 'make install-man fails'
manuals=$(cd "$work/stage" && find "$PWD" -type d -name man3)
[[ -s ${manuals%3}7/mp.7 ]] || fail 'mp(7) is not installed'
while read -r name; do
    page=$manuals/$name.3
    [[ -s $page ]] || fail "$name has no manual page"
    if target=$(sed -n 's/^\.so man3\///p' "$page") && [[ -n $target ]]; then
        page=$manuals/$target
    fi
    grep -Eq "^\.Nm $name( ,)?\$" "$page" || fail "the page of $name does not name it"
done <exported

# Every page that one refers to is there; those of section 1 are the launcher's.
cat "$sources"/*.[37] | sed -nE 's/^\.Xr (mp[a-z_]*) ([137]).*/\1.\2/p' | sort -u |
    while read -r name; do
        [[ -s ${manuals%3}${name##*.}/$name ]] || echo "$name"
    done >missing
[[ ! -s missing ]] || fail "pages refer to what is not there: $(<missing)"

# --- How they look ------------------------------------------------------------------------------

if type man >"$out" 2>&1; then
    for page in "$sources"/*.[37]; do
        run env LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -l -E UTF-8 -Tutf8 -Z "$page"
        expect_status 0
        expect_no_err
    done
fi
if type mandoc >"$out" 2>&1; then
    run mandoc -Tlint -Wwarning "$sources"/*.[37]
    expect_no_out
fi

# --- And back -----------------------------------------------------------------------------------

env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$top" uninstall-man uninstall-local \
    DESTDIR="$work/stage" >"$out" 2>"$err" || fail 'make uninstall-man fails'
left=$(find "$work/stage" -type f)
[[ -z $left ]] || fail "left behind: $left"
