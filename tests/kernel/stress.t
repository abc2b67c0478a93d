# The stress of the scheduler, and what goes wrong wherever it can, on both machines: time passes by instructions, so that each run is like the last. long.t has them in
# real time, where the host may keep a machine for longer than a turn.

echo 1..4
n=0
for suite in stress contain; do
    for machine in g3beige mac99; do
        n=$((n + 1)) out=build/tests/kernel/$suite-$machine.out
        if build/whorl run -M $machine --icount --timeout 240 --privileged -x build/tests/kernel/${suite}_test.o -c test \
            >"$out" 2>"build/tests/kernel/$suite-$machine.log"; then
            echo "ok $n $suite on $machine"
        else
            echo "not ok $n $suite on $machine"
            grep 'not ok\|# ' "$out" | sed 's/^/# /'
        fi
    done
done
