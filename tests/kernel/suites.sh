# Loads suites into a kernel and runs them. KTAP is TAP with the tests of a suite indented; fault
# reports, which tests provoke on purpose, go to a log.

# run_suites MACHINE: all of them but those of long.t and stress.t; the heaviest on one machine only, and not if QUICK is set.
run_suites()
{
    suites=
    for suite in build/tests/kernel/*_test.o; do
        case $suite in
        *_long_test.o) continue ;;  # long.t
        */stress_test.o | */contain_test.o) continue ;; # stress.t
        */patch_exception_test.o | */probe_test.o | */predicate_test.o | */effects_test.o | */strand_patch_test.o | */unwind_test.o | */poison_test.o)
            [ -z "$QUICK" ] || continue ;;
        */hostile_test.o) [ "$1$QUICK" = mac99 ] || continue ;;
        */patch_every_test.o | */patch_storm_test.o | */patch_life_test.o | */patch_bind_test.o | */predicate_test.o | \
            */patch_exception_test.o | */probe_test.o | */effects_test.o)
            [ "$1" = mac99 ] || continue ;; # on the other by long.t
        esac
        suites="$suites --privileged -x $suite"
    done
    exec build/whorl run -M "$1" --timeout 900 $suites -c test 2>"build/tests/kernel/$1.log"
}

# run_sizes SUITE...: on both machines with 32 and 256 MB, one line for each.
run_sizes()
{
    suites= n=0
    for suite; do
        suites="$suites --privileged -x build/tests/kernel/${suite}_test.o"
    done
    echo 1..4
    for machine in g3beige mac99; do
        for megabytes in 32 256; do
            n=$((n + 1)) name=$machine-$megabytes
            if build/whorl run -M $machine -m $megabytes --timeout 240 $suites -c test \
                >"build/tests/kernel/$name.out" 2>"build/tests/kernel/$name.log"; then
                echo "ok $n $machine with $megabytes MB"
            else
                echo "not ok $n $machine with $megabytes MB"
                grep 'not ok\|# ' "build/tests/kernel/$name.out" | sed 's/^/# /'
            fi
        done
    done
}
