# No QEMU is left behind, whatever happens to the tool.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir "$TMPDIR"
    t=$BATS_TEST_TMPDIR
    tool=
}

teardown()
{
    [ -z "$tool" ] || kill -KILL "$tool" 2> /dev/null || true
}

children_of()
{
    cat /proc/$1/task/$1/children 2> /dev/null
}

has_qemu()
{
    local child

    for child in $(children_of $tool); do
        if grep -q qemu-system-ppc /proc/$child/cmdline 2> /dev/null; then
            qemu=$child
            return 0
        fi
    done
    return 1
}

# A process that nobody has waited for yet is gone as well.
is_gone()
{
    [ ! -e /proc/$1 ] || grep -q '^State:.*zombie' /proc/$1/status 2> /dev/null
}

has_said()
{
    grep -q "$1" $t/out
}

# start_tool COMMAND: runs it with an extension that never ends.
start_tool()
{
    extension loops <<<'status_t domain_init(void) { console_print("here\n"); for (;;) continue; return OK; }'
    build/whorl $1 --timeout 100 --privileged -x $t/loops.o > $t/out 2> $t/err < /dev/zero 3>&- &
    tool=$!
    wait_until 30 has_qemu
}

# end_by SIGNAL: sends it; the tool dies of it, and QEMU is gone.
end_by()
{
    local status=0

    kill -$1 $tool
    wait $tool || status=$?
    [ $status -eq $((128 + $(kill -l $1))) ] || fail "the tool ended with status $status"
    tool=
    wait_until 10 is_gone $qemu || { kill -KILL $qemu; fail "QEMU is still there after SIG$1"; }
}

@test "processes: no QEMU is left after a signal while the firmware runs" {
    for signal in KILL TERM INT HUP QUIT; do
        # A background command of a shell without job control ignores INT and QUIT, and so does the tool then.
        [ $signal != INT ] && [ $signal != QUIT ] || continue
        start_tool run
        end_by $signal
    done
    [ -z "$(ls "$TMPDIR")" ]
}

@test "processes: no QEMU is left after a signal in the middle of a load" {
    for signal in KILL TERM HUP; do
        start_tool run
        wait_until 30 has_said here
        end_by $signal
        has_said here
    done
}

@test "processes: no QEMU is left after Ctrl-C" {
    extension loops <<<'status_t domain_init(void) { console_print("here\n"); for (;;) continue; return OK; }'
    perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' build/whorl run --timeout 100 --privileged -x $t/loops.o > $t/out 2> $t/err 3>&- &
    tool=$!
    wait_until 30 has_said here
    has_qemu
    end_by INT
}

@test "processes: no QEMU is left after boot was killed" {
    for signal in KILL TERM; do
        start_tool boot
        wait_until 30 has_said here
        end_by $signal
    done
}

@test "processes: no QEMU is left after time-out, panic and failure" {
    extension loops <<<'status_t domain_init(void) { for (;;) continue; return OK; }'
    build/whorl run --timeout 3 --privileged -x $t/loops.o > $t/out 2> $t/err 3>&- &
    tool=$!
    wait_until 30 has_qemu
    wait $tool || [ $? -eq 3 ]
    tool=
    is_gone $qemu
}

@test "processes: a QEMU that dies is told, and the status is not 0" {
    start_tool run
    wait_until 30 has_said here
    kill -KILL $qemu
    status=0
    wait $tool || status=$?
    tool=
    [ $status -ne 0 ]
    grep -q 'QEMU was killed by signal 9' $t/err
}
