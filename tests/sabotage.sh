# For scripts that ask whether a defect turns the suites red: each sabotage is one changed line, and the suite named must
# fail. Works in a copy of the sources. Who uses it says what to copy, and how a suite is built and run:
#   folders          of build/, to be copied
#   product_of SUITE what is to be made
#   object_of FILE   what the file is compiled to; nothing: it need not be kept
#   run_suite SUITE  succeeds if that does
#   flags            of make
set -u
cd "$(dirname "$0")/../.." || exit 1

begin_sabotage()
{
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    trap 'exit 1' HUP INT TERM
    cp -rp Makefile linker.ld arch boot domains extensions kernel tests tools "$copy" || exit 1
    for folder in $folders; do
        mkdir -p "$copy/build/$(dirname "$folder")"
        cp -rp "build/$folder" "$copy/build/$(dirname "$folder")" || exit 1
    done
    for library in newlib libfdt zlib; do
        ln -s "$PWD/build/$library" "$copy/build/$library"
    done
    cp build/setup.lock "$copy/build" 2>/dev/null
    touch -r build/setup.stamp "$copy/build/setup.stamp"
    cd "$copy" || exit 1
    n=0
}

# sabotage SUITE FILE WHAT PERL-EXPRESSION: the expression must change the file. Each fourth is built and run; all of them if
# LONG is set.
sabotage()
{
    n=$((n + 1)) object=$(object_of "$2")
    cp -p "$2" saved
    rm -f saved.o
    [ ! -f "$object" ] || cp -p "$object" saved.o
    perl -pi -e "$4" "$2"
    if cmp -s saved "$2"; then
        echo "not ok $n - $1: $3: nothing to change in $2"
    elif [ -z "${LONG-}" ] && [ $((n % 4)) -ne 1 ]; then
        echo "ok $n - $1: $3: for the long run"
    elif ! make -s WARNINGS= ${flags:+"$flags"} "$(product_of "$1")" >log 2>&1; then
        echo "not ok $n - $1: $3: does not compile"
        sed 's/^/# /' log
    elif run_suite "$1"; then
        echo "not ok $n - $1 does not notice: $3"
    else
        echo "ok $n - $1 notices: $3"
    fi
    restore "$2" "$object"
}

# restore FILE OBJECT: what the file was compiled to is there again, what includes a header is compiled again.
restore()
{
    if [ -f saved.o ]; then
        cp -p saved "$1"
        cp -p saved.o "$2"
    else
        cp saved "$1"
    fi
}
