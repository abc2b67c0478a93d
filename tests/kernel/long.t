# Suites that take minutes: every instruction of some 900 procedures patched, one by one and all at once, in all modes;
# 100,000 patches that come and go; thousands of plans of events; 1,000 rounds of hostile extensions; some 25,000 instructions from each of which everything is unwound; and on a g3beige what else is run on a mac99 only. For `make test-long`.
. "$(dirname "$0")/suites.sh"

n=0
echo 1..17

# run_long SUITE MACHINE
run_long()
{
    n=$((n + 1)) out=build/tests/kernel/$1-long.out
    if build/whorl run -M "$2" --timeout 1800 --privileged -x "build/tests/kernel/$1_test.o" -c test \
        >"$out" 2>"build/tests/kernel/$1-long.log"; then
        echo "ok $n $1 on $2"
    else
        echo "not ok $n $1 on $2"
        grep 'not ok\|# ' "$out" | sed 's/^/# /'
    fi
}

run_long patch_every_long mac99
run_long patch_life_long mac99
run_long unwind_long mac99
run_long hostile_long mac99
run_long stress mac99
run_long contain mac99
for suite in hostile patch_every patch_storm patch_life patch_bind predicate patch_exception probe effects \
    poison_long routine_long; do
    run_long $suite g3beige
done
