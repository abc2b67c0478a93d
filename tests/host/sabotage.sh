# For scripts that ask whether a defect turns the suites red: each sabotage is one changed line, and the suite named must fail.
# Works in a copy of the sources.
set -u
cd "$(dirname "$0")/../.." || exit 1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM

cp -rp Makefile linker.ld arch boot domains extensions kernel tests tools "$copy" || exit 1
mkdir -p "$copy/build/tests"
cp -rp build/tests/host "$copy/build/tests" || exit 1
for library in newlib libfdt zlib; do
    ln -s "$PWD/build/$library" "$copy/build/$library"
done
touch -r build/setup.stamp "$copy/build/setup.stamp"
cd "$copy" || exit 1

n=0

# Not optimized, which takes half the time.
flags='-std=gnu11 -O0 -I. -Iextensions/include -fsanitize=address,undefined -fno-sanitize-recover=all'

# run_suite SUITE: succeeds if that does. ld is the judge of the linker, with objects that take a second;
# objdump those of the decoder, with some words.
run_suite()
{
    case $1 in
    ld) timeout 60 sh tests/host/ld.t assembly libgcc ;;
    objdump) timeout 60 sh tests/host/decode.t --some ;;
    *) timeout 60 "build/tests/host/$1_test" ;;
    esac >log 2>&1 && ! grep -q '^not ok' log
}

# sabotage SUITE FILE WHAT PERL-EXPRESSION: the expression must change the file
sabotage()
{
    n=$((n + 1))
    product=build/tests/host/$1_test object=build/tests/host/parts/$2.o
    [ "$1" != ld ] || product=build/tests/host/link_object
    [ "$1" != objdump ] || product=build/tests/host/decode_words
    cp -p "$2" saved
    rm -f saved.o
    [ ! -f "$object" ] || cp -p "$object" saved.o
    perl -pi -e "$4" "$2"
    if cmp -s saved "$2"; then
        echo "not ok $n - $1: $3: nothing to change in $2"
    elif ! make -s WARNINGS= HOST_TEST_FLAGS="$flags" "$product" >log 2>&1; then
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
