# The suites that run inside the kernel, but the long ones and those of patches, while each procedure of the kernel that accepts a
# patch is counted. One line for each mode.
. "$(dirname "$0")/suites.sh"

suites=
for suite in build/tests/kernel/*_test.o; do
    case $suite in
    *_long_test.o | */patch_*) ;; # those of patches look at all that there are
    *) suites="$suites --privileged -x $suite" ;;
    esac
done

# run_counted MODE MACHINE: everything that goes wrong is shown.
run_counted()
{
    out=build/tests/kernel/everything-$1.out
    log=build/tests/kernel/everything-$1.log
    build/whorl run -M "$2" --timeout 400 --privileged -x "build/tests/kernel/everything_$1.o" $suites \
        -c test -c 'unload everything' >"$out" 2>"$log" &&
        grep -q "the kernel's text is as it was" "$out" && return
    grep 'not ok\|^ *# ' "$out" | sed 's/^ */# /'
    tail -20 "$log" | sed 's/^/# /'
    return 1
}

echo 1..2
n=0
for mode in exact poison; do
    n=$((n + 1))
    if run_counted $mode mac99; then
        grep '^# [0-9]' "build/tests/kernel/everything-$mode.out"
        echo "ok $n all suites with every procedure counted, $mode"
    else
        echo "not ok $n all suites with every procedure counted, $mode"
    fi
done
