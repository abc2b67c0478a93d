# The stress of the scheduler, on both machines: time passes by instructions, so that each run is like the last. long.t has it in real time, where the host may keep
# a machine for longer than a turn.

echo 1..2
n=0
for machine in g3beige mac99; do
    n=$((n + 1)) out=build/tests/kernel/stress-$machine.out
    if build/whorl run -M $machine --icount --timeout 240 --privileged -x build/tests/kernel/stress_test.o -c test \
        >"$out" 2>"build/tests/kernel/stress-$machine.log"; then
        echo "ok $n stress of the scheduler on $machine"
    else
        echo "not ok $n stress of the scheduler on $machine"
        grep 'not ok\|# ' "$out" | sed 's/^/# /'
    fi
done
