# build/whorl run: order, groups, what goes where, exit status.

load lib
both_machines

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir "$TMPDIR"
    t=$BATS_TEST_TMPDIR
}

# The logs that the tool has left.
logs()
{
    find "$TMPDIR" -name '*.log' | wc -l
}

@test "run: -x and -c are carried out in the order given" {
    speaker one
    speaker two
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c 'unload one' -x $t/one.o -c 'unload two' -x $t/two.o -c 'unload one' -c 'unload one'
        expect_status 1
        expect_output 'one: init
two: init
one: fini'
        expect_stderr 'no domain is called one
no domain is called two
no domain is called one'
    done
}

@test "run: all well is status 0, the output of the steps and nothing else, and no log" {
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x build/extensions/hello.o -c uptime -c 'unload hello'
        expect_status 0
        expect_stderr ''
        [[ $output =~ ^'hello: linked into Whorl at 0x'[0-9a-f]+$'\n'[0-9]+\.[0-9]{6}' s'$'\n''hello: goodbye'$ ]] ||
            fail "that is not all that was printed"
    done
    [ -z "$(ls "$TMPDIR")" ]
}

@test "run: nothing to do is status 0 and no output" {
    whorl
    expect_status 0
    expect_output ''
    expect_stderr ''
}

@test "run: a failure does not stop the rest, and makes the status 1" {
    speaker one
    extension bad <<C
status_t domain_init(void) { return ERR_BUSY; }
C
    seq 100 > $t/text.o
    whorl -c nonsense -x $t/bad.o -x $t/text.o -x $t/missing.o -x $t -c 'mem 1' -x $t/one.o -c 'unload one'
    expect_status 1
    expect_output 'one: init
one: fini'
    [ "${#stderr_lines[@]}" -eq 6 ] || fail "not one sentence for each failure"
    for n in 0 1 2 3 4 5; do
        words=(nonsense ERR_BUSY text missing.o "$t" usage)
        [[ ${stderr_lines[n]} == *"${words[n]}"* ]] || fail "sentence $n does not say ${words[n]}"
    done
}

@test "run: the last step failing is status 1 as well" {
    whorl -c uptime -c nonsense
    expect_status 1
    whorl -x $t/missing.o
    expect_status 1
}

@test "run: the members of a group may import from each other" {
    extension left <<C
extern int right(int);
int left(int n) { return n == 0 ? 100 : right(n - 1) + 1; }
status_t domain_init(void) { console_print("left: %d\n", left(5)); return OK; }
C
    extension right <<C
extern int left(int);
int right(int n) { return n == 0 ? 200 : left(n - 1) + 10; }
status_t domain_init(void) { console_print("right: %d\n", right(5)); return OK; }
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/left.o,$t/right.o -c domains -c 'unload left' -c 'unload right' \
            -c 'unload left,right' -c domains -c mem
        expect_status 1
        expect_line '^left: 223$'
        expect_line '^right: 132$'
        expect_count 2 '^(left|right) .*initialized'
        expect_stderr 'left is used by: right
right is used by: left'
        expect_same_memory 2
    done
}

@test "run: who imports from another member of the group is initialized after it" {
    for order in 'a b c' 'c b a' 'b c a'; do
        for name in $order; do
            case $name in
            a) speaker a; ;;
            b) extension b <<<'void domain_a(void); status_t domain_init(void) { domain_a(); console_print("b: init\n"); return OK; } void domain_b(void) {}' ;;
            c) extension c <<<'void domain_b(void); status_t domain_init(void) { domain_b(); console_print("c: init\n"); return OK; }' ;;
            esac
        done
        extension a <<<'void domain_a(void) {} status_t domain_init(void) { console_print("a: init\n"); return OK; }'
        set -- $order
        whorl -x $t/$1.o,$t/$2.o,$t/$3.o
        expect_status 0
        expect_output 'a: init
b: init
c: init'
    done
}

@test "run: of a group with a bad member nothing is left" {
    speaker good
    extension fails <<<'status_t domain_init(void) { return ERR_FAILED; }'
    extension lacks <<<'void nowhere(void); status_t domain_init(void) { nowhere(); return OK; }'
    echo text > $t/text.o
    whorl -c mem -x $t/good.o,$t/text.o -c mem -x $t/text.o,$t/good.o -c mem -x $t/good.o,$t/lacks.o -c mem \
        -x $t/good.o,$t/missing.o -c mem -x $t/good.o,$t/fails.o -c mem -c domains -x $t/good.o,$t/good.o -c mem \
        -x , -c mem -x $t/good.o, -c mem
    expect_status 1
    expect_same_memory 9
    expect_no_line '^(good|fails|lacks|text) '
    expect_stderr_line 'nowhere'
    expect_stderr_line 'fails: domain_init returned ERR_FAILED'
    expect_count 1 '^good: init$'
    expect_count 1 '^good: fini$'
}

@test "run: standard error of an extension is standard error" {
    extension both <<<'status_t domain_init(void) { printf("to stdout\n"); fprintf(stderr, "to stderr\n"); printf("no newline"); return OK; }'
    whorl -x $t/both.o
    expect_status 0
    expect_output 'to stdout
no newline'
    expect_stderr 'to stderr'
}

@test "run: much output arrives whole and in order" {
    extension much <<C
status_t domain_init(void)
{
    for (int i = 0; i < 1200; i++)
        console_print("%d and some more text to fill the line up %c}{#\$*%c\n", i, 1, 127);
    return OK;
}
C
    for ((i = 0; i < 1200; i++)); do
        printf '%d and some more text to fill the line up \001}{#$*\177\n' $i
    done > $t/want
    for machine in "${MACHINES[@]}"; do
        build/whorl run --timeout $PATIENCE -M $machine -x $t/much.o > $t/have
        cmp $t/want $t/have
    done
}

@test "run: bytes that are no text pass unchanged" {
    extension bytes <<<'status_t domain_init(void) { for (int i = 0; i < 256; i++) putchar(i); return OK; }'
    build/whorl run --timeout $PATIENCE -x $t/bytes.o > $t/have
    perl -e 'print pack("C*", 0 .. 255)' > $t/want
    cmp $t/want $t/have
}

@test "run: a panic is status 2, with message, backtrace and log" {
    extension panics <<C
IMPORT_DOMAIN("Debug");
void panic(const char *sentence, ...) __attribute__((noreturn));
static void __attribute__((noinline)) inner(int n) { panic("the test number %d wants it", n); }
status_t domain_init(void) { console_print("here\n"); inner(42); return OK; }
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c 'mem 1' --privileged -x $t/panics.o -c uptime
        expect_status 2
        expect_output 'here'
        expect_stderr_line 'panicked while loading panics.o'
        expect_stderr_line '^panic: the test number 42 wants it$'
        expect_stderr_line 'panics!(inner|domain_init)\+0x[0-9a-f]+$'
        expect_stderr_line 'kernel!domain_start\+0x[0-9a-f]+$'
        log=$(grep -o '/[^ ]*\.log' <<<"$stderr")
        grep -q OpenBIOS "$log"
        grep -q 'panic: the test number 42' "$log"
    done
}

@test "run: a fault of the kernel's own is status 2, with registers and backtrace" {
    # An interrupt handler is the kernel's ground: nothing contains what happens there.
    for machine in "${MACHINES[@]}"; do
        case $machine in
        g3beige) irq=16 ;;
        mac99) irq=36 ;;
        esac
        extension breaks -w -DIRQ=$irq <<C
IMPORT_DOMAIN("Debug");
void interrupt_attach(unsigned irq, void (*handler)(void));
static void handler(void) { *(volatile int *)0x44 = 1; }
status_t domain_init(void) { interrupt_attach(IRQ, handler); return OK; }
C
        whorl -M $machine --privileged -x $t/breaks.o -c uptime -c uptime
        expect_status 2
        expect_stderr_line '^panic: data storage exception .*breaks!handler\+0x[0-9a-f]+: store to 0x00000044'
        expect_stderr_line 'srr0 [0-9a-f]{8}  srr1 [0-9a-f]{8}  dar  00000044'
        expect_stderr_line '^  0x[0-9a-f]{8} kernel!interrupt_dispatch\+0x[0-9a-f]+$'
    done
}

@test "run: an endless loop is status 3 when the time is over" {
    extension loops <<<'status_t domain_init(void) { console_print("round and round\n"); for (;;) continue; return OK; }'
    for machine in "${MACHINES[@]}"; do
        run --separate-stderr build/whorl run -M $machine --timeout 3 -c 'mem 1' --privileged -x $t/loops.o -c uptime
        expect_status 3
        expect_output 'round and round'
        expect_stderr_line 'time-out after 3 s while loading loops.o'
        log=$(grep -o '/[^ ]*\.log' <<<"$stderr")
        grep -q OpenBIOS "$log"
    done
}

@test "run: what cannot be started is status 4 and says why" {
    run --separate-stderr build/whorl run -M nonsense -c uptime
    expect_status 4
    expect_output ''
    expect_stderr_line 'unsupported machine type'
    grep -q 'unsupported machine' "$(grep -o '/[^ ]*\.log' <<<"$stderr")"

    WHORL_QEMU=/nowhere/qemu run --separate-stderr build/whorl run -c uptime
    expect_status 4
    expect_stderr_line 'cannot run /nowhere/qemu: No such file'

    WHORL_QEMU=/bin/true run --separate-stderr build/whorl run -c uptime
    expect_status 4
    expect_stderr_line 'ended with status 0'

    mkdir $t/elsewhere
    cp build/whorl $t/elsewhere
    run --separate-stderr $t/elsewhere/whorl run -c uptime
    expect_status 4
    expect_stderr_line 'cannot read the kernel .*/elsewhere/whorl.elf: No such file.*make'

    run --separate-stderr build/whorl run -m 1000000
    expect_status 4
}

@test "run: wrong usage is status 4 and one sentence" {
    while read -r arguments; do
        run --separate-stderr build/whorl $arguments
        expect_status 4
        expect_output ''
        [ "${#stderr_lines[@]}" -eq 1 ] || fail "not one sentence after: $arguments"
    done <<'END'
run -q
run --nonsense
run -x
run -c
run -M
run --timeout
run --timeout 0
run --timeout -1
run --timeout soon
run -m 0
run -m -5
run -m many
run -m 128x
run hello.o
run --link here
run --privileged
run --untyped
run --untyped --privileged
run --privileged=yes -x hello.o
run --privileged -c help -x hello.o
run -x hello.o --untyped
run -x hello.o --untyped -c help
boot --privileged
boot -x hello.o --untyped
nonsense
END
}

@test "run: help is status 0 and goes to standard output" {
    for arguments in help 'run --help' 'boot --help' 'cc --help' 'run -h'; do
        run --separate-stderr build/whorl $arguments
        expect_status 0
        expect_stderr ''
        [ "${#lines[@]}" -ge 3 ] || fail "that is no help: $arguments"
    done
}

@test "run: memory of 32, 64 and 256 MB is found" {
    for machine in "${MACHINES[@]}"; do
        for megabytes in 32 64 256; do
            whorl -M $machine -m $megabytes -c machine -c mem -x build/extensions/hello.o -c 'unload hello' -c mem
            expect_status 0
            expect_line "^memory +$megabytes MB$"
            expect_line "^memory +$((megabytes << 20)) bytes$"
            expect_same_memory 2
        done
    done
}

@test "run: under --icount everything works and time is that of instructions" {
    # The kernel has something to do now and then; not in each of three runs of a millisecond.
    extension clocks <<C
status_t domain_init(void)
{
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < 3; i++) {
        uint64_t before = clock_ticks(), ticks;

        __asm__ volatile("mtctr %0\n1:\tbdnz 1b" : : "r"(1000000) : "ctr");
        ticks = clock_ticks() - before;
        least = ticks < least ? ticks : least;
    }
    console_print("%u\n", (unsigned)least);
    return OK;
}
C
    whorl -M mac99 --icount -x $t/clocks.o
    expect_status 0
    [ "$output" -ge 100000 ] && [ "$output" -lt 100100 ] || fail "a million instructions are 100,000 ticks"
    whorl -M g3beige --icount -x $t/clocks.o
    expect_status 0
    [ "$output" -ge 16600 ] && [ "$output" -lt 16620 ] || fail "a million instructions are 16,600 ticks"
}

@test "run: after poweroff the machine is off" {
    whorl -c poweroff
    expect_status 0
    expect_output ''
    expect_stderr ''
    whorl -c uptime -c poweroff -c uptime -x build/extensions/hello.o
    expect_status 1
    expect_count 1 ' s$'
    expect_stderr_count 2 'the machine is off'
}

@test "run: after reboot the machine is there again, as new" {
    speaker one
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/one.o -c reboot -c domains -c mem -x $t/one.o -c reboot -c reboot -c uptime
        expect_status 0
        expect_stderr ''
        expect_count 2 '^one: init$'
        expect_no_line '^one .*initialized'
        expect_same_memory 2
    done
}

@test "run: from another folder, through a link, with a relative path" {
    speaker one
    mkdir $t/there
    ln -s "$PWD/build/whorl" $t/there/w
    cd $t/there
    run --separate-stderr ./w run --timeout $PATIENCE -x ../one.o
    expect_status 0
    expect_output 'one: init'
}

@test "run: several machines at once do not disturb each other" {
    for n in 1 2 3 4 5; do
        extension n$n <<<"status_t domain_init(void) { for (int i = 0; i < 200; i++) console_print(\"$n\\n\"); return OK; }"
    done
    for n in 1 2 3 4 5; do
        build/whorl run --timeout $PATIENCE -M ${MACHINES[n % 2]} -c 'unload nobody' -x $t/n$n.o > $t/out$n 2> $t/err$n &
        pids[n]=$!
    done
    for n in 1 2 3 4 5; do
        status=0
        wait ${pids[n]} || status=$?
        [ $status -eq 1 ]
        [ "$(sort $t/out$n | uniq -c | tr -d ' ')" = "200$n" ]
        [ "$(cat $t/err$n)" = 'no domain is called nobody' ]
    done
}

@test "run: a reader that goes away ends it at once" {
    extension much <<<'status_t domain_init(void) { for (;;) console_print("more and more\n"); return OK; }'
    status=0
    timeout 60 build/whorl run --timeout 100 -x $t/much.o 2> $t/err | head -n 1 > $t/out || true
    [ "$(cat $t/out)" = 'more and more' ]
    [ ! -s $t/err ]
}
