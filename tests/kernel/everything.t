# The suites that run inside the kernel, but the long ones and those of patches, while each procedure of the
# kernel that accepts a patch is counted. One line for each mode.
. "$(dirname "$0")/suites.sh"

# These hold the words of procedures, and what making a splice allocates, against what they are without patches.
known='a_splice_that_finds_no_memory_leaves_nothing all_procedures_of_the_kernel_at_once_run_from_their_bodies'

# Only those that are quick: in the daily run, and in the second mode, which is for `make test-long`.
quick='code domain event event_code event_regress heap libc memory mmu prototype quiescence trap'

# suites_of MODE
suites_of()
{
    for suite in build/tests/kernel/*_test.o; do
        name=$(basename "$suite" _test.o)
        case $name in
        *_long | hostile | contain | stress | patch_* | probe | site | springboard) continue ;;
        esac
        case "$1$LONG $quick " in
        exact1* | *" $name "*) echo "--privileged -x $suite" ;;
        esac
    done
}

# run_counted MODE: what goes wrong is shown.
run_counted()
{
    out=build/tests/kernel/everything-$1.out log=build/tests/kernel/everything-$1.log
    build/whorl run -M mac99 --timeout 400 --privileged -x "build/tests/kernel/everything_$1.o" $(suites_of "$1") \
        -c test -c 'unload everything' >"$out" 2>"$log"
    failed=$(sed -n 's/^    not ok [0-9]* //p' "$out" | grep -vxF "$(printf '%s\n' $known)")
    grep '^# [0-9]' "$out"
    [ -z "$failed" ] && grep -q "the kernel's text is as it was" "$out" && return
    sed 's/^ */# /' "$out" | grep 'not ok\|failed\|refused'
    tail -20 "$log" | sed 's/^/# /'
    return 1
}

LONG=${LONG-}
modes=exact${LONG:+ poison}
set -- $modes
echo 1..$#
n=0
for mode in $modes; do
    n=$((n + 1))
    if run_counted $mode; then
        echo "ok $n suites with every procedure counted, $mode"
    else
        echo "not ok $n suites with every procedure counted, $mode"
    fi
done
