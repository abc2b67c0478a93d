# whorl patch, and the step -p: an assembler file executed at an instruction of a running kernel.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir "$TMPDIR"
    t=$BATS_TEST_TMPDIR
    extension counted <<'C'
#include <whorl/event.h>
#include <whorl/shell.h>
volatile unsigned n_tens;
EVENT int tenth(int x) { return x + 1; }
INTERFACE(Counted, tenth, n_tens);
EXPORT_INTERFACE("counted", Counted);
static bool is_ten(int argc, char *argv[]) { (void)argc; return strcmp(argv[0], "ten") == 0; }
static status_t ten(int argc, char *argv[])
{
    (void)argv;
    console_print("tenth(%d) is %d, n is %u\n", argc, tenth(argc), n_tens);
    return OK;
}
status_t domain_init(void)
{
    binding_t *binding;
    return event_install((procedure_t)shell_command, (procedure_t)ten, (procedure_t)is_ten, NULL, &binding);
}
C
    # Counts in a variable of another domain, and writes every register that it may.
    cat > $t/more.s <<'S'
        .text
        nop                             # not executed: before `patch`
        .globl  patch
patch:  lis     r9, n_tens@ha
        lwz     r3, n_tens@l(r9)
        addi    r3, r3, 10
        stw     r3, n_tens@l(r9)
        cmpwi   cr1, r3, 0
        beq     cr1, 1f
        mtctr   r3
        li      r0, 0
1:
S
}

teardown()
{
    [ -z "$tool" ] || kill $tool 2> /dev/null || true
}

# Leaves a machine running whose prompt is descriptor 9 and whose link port is at $t/link; $1 is the tool.
boot()
{
    mkfifo $t/keys
    "$@" < $t/keys > $t/out 2>&1 3>&- &
    tool=$!
    exec 9> $t/keys
}

# patch ARGUMENT...: whorl patch; leaves $status, $output, $stderr.
patch()
{
    run --separate-stderr limited build/whorl patch --link $t/link "$@"
}

end_machine()
{
    exec 9>&-
    wait $tool
    tool=
}

@test "patch: a step of whorl run has a file executed at a site, until its domain goes" {
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x $t/counted.o -c ten -p tenth=$t/more.s -c ten -c 'ten 2' -c domains -c probes -c 'unload more' -c ten
        expect_status 0
        expect_stderr ''
        expect_line '^tenth\(1\) is 2, n is 0$'
        expect_line '^probe 1: code counted!tenth$'
        expect_line '^tenth\(1\) is 2, n is 10$'
        expect_line '^tenth\(2\) is 3, n is 20$'
        expect_line '^more +initialized .* untyped$'
        expect_line '^ *1 +code +counted!tenth +8 words of more$'
        [ "${lines[-1]}" = 'tenth(1) is 2, n is 20' ] || fail 'the patch is still there'
    done
}

@test "patch: whorl patch finds the machine that whorl boot lends, and its sentences come back" {
    boot build/whorl boot --timeout $PATIENCE --link $t/link -x $t/counted.o
    patch tenth $t/more.s
    expect_status 0
    expect_stderr ''
    expect_line '^probe 1: code counted!tenth$'
    patch tenth $t/more.s
    expect_status 1
    expect_stderr 'more: a domain called more is already loaded'
    echo ten >&9
    end_machine
    grep -q '^tenth(1) is 2, n is 10$' $t/out
    [ -z "$(ls "$TMPDIR")" ] || fail "something is left in the temporary folder"
    patch tenth $t/more.s
    expect_status 4
    expect_stderr_line "^whorl: no kernel's link port is open at $t/link: "
}

@test "patch: without --link it is the machine that was booted by the same tool" {
    mkdir -p $t/tree/extensions $t/tree/build
    cp build/whorl $t/tree/build/whorl
    ln -s $PWD/build/whorl.elf $PWD/build/newlib $t/tree/build/
    ln -s $PWD/extensions/include $t/tree/extensions/
    boot $t/tree/build/whorl boot --timeout $PATIENCE -x $t/counted.o
    wait_until $PATIENCE test -S $t/tree/build/link
    # A second machine goes without.
    $t/tree/build/whorl boot --timeout $PATIENCE -c uptime < /dev/null
    [ -S $t/tree/build/link ]
    run --separate-stderr limited $t/tree/build/whorl patch tenth $t/more.s
    expect_status 0
    expect_line '^probe 1: code counted!tenth$'
    end_machine
    [ ! -e $t/tree/build/link ]
}

@test "patch: what is refused is said, and nothing is left loaded" {
    printf ' .text\n frobnicate r1\n' > $t/wrong.s
    printf ' bl nobody_has_this\n lis r3, nor_this@ha\n' > $t/unresolved.s
    printf ' nop\n mtmsr r3\n' > $t/privileged.s
    printf ' .rept 1025\n nop\n .endr\n' > $t/long.s
    printf ' .data\n .globl patch\npatch: .long 0\n .text\n nop\n' > $t/data.s
    printf ' .data\n .long 0\n' > $t/empty.s
    printf ' .long 0\n' > $t/undecodable.s
    printf ' li r1, 0\n' > $t/stack.s
    arguments=(-x $t/counted.o)
    while IFS='|' read -r step sentence; do
        arguments+=(-p "$step")
        sentences+=("$sentence")
    done <<END
tenth=$t/wrong.s|$t/wrong.s: Assembler messages:
nowhere=$t/more.s|no symbol is called nowhere
tenth+2=$t/more.s|tenth\+2: 0x[0-9a-f]* is not the address of a word
tenth=$t/nothing.s|whorl: cannot assemble $t/nothing.s: No such file or directory
tenth=$t/counted.c|whorl: cannot assemble $t/counted.c: its name ends neither in .s nor in .S
tenth=$t/unresolved.s|unresolved: 2 unresolved symbols: nobody_has_this nor_this
tenth=$t/privileged.s|privileged: privileged!text\+0x4: mtmsr r3 is privileged
tenth=$t/long.s|long: 1025 words
tenth=$t/data.s|data: patch is no place in its text
tenth=$t/empty.s|empty: 0 words
tenth=$t/undecodable.s|undecodable: word 0, .*, is no instruction
tenth=$t/stack.s|stack: word 0, li +r1,0, writes r1
kernel!code_write+8=$t/more.s|more: kernel!code_write\+0x8 cannot be patched: code_write needs it
END
    whorl "${arguments[@]}" -c domains -c ten
    expect_status 1
    for sentence in "${sentences[@]}"; do
        expect_stderr_line "^$sentence"
    done
    expect_no_line ' untyped$'
    expect_line '^tenth\(1\) is 2, n is 0$'
}

@test "patch: the privileged may have privileged words and every symbol of the kernel" {
    printf ' mfmsr r3\n mtmsr r3\n lis r4, shell_run@ha\n lwz r4, shell_run@l(r4)\n' > $t/all.s
    printf ' lis r4, shell_run@ha\n lwz r4, shell_run@l(r4)\n' > $t/symbol.s
    whorl -x $t/counted.o --privileged -p tenth=$t/all.s -c ten -c 'domains -v' --privileged -p tenth=$t/all.s
    expect_status 1
    expect_line '^tenth\(1\) is 2, n is 0$'
    expect_line '^all +initialized .* privileged  untyped$'
    expect_stderr 'all: a domain called all is already loaded'
    whorl -x $t/counted.o -p tenth=$t/all.s -p tenth=$t/symbol.s
    expect_status 1
    expect_stderr 'all: all!text+0x0: mfmsr r3 is privileged
symbol: 1 unresolved symbol: shell_run'
}

@test "patch: --change lets what it writes take effect, --first puts it in front" {
    printf ' addi r3, r3, 100\n' > $t/hundred.s
    printf ' mulli r3, r3, 3\n' > $t/three.s
    whorl -x $t/counted.o -p tenth=$t/hundred.s -c ten -c 'unload hundred' --change -p tenth=$t/hundred.s -c ten \
        --change -p tenth=$t/three.s -c ten
    expect_status 0
    [ "$(grep ^tenth <<<"$output")" = 'tenth(1) is 2, n is 0
tenth(1) is 102, n is 0
tenth(1) is 304, n is 0' ] || fail 'not what it should be'
    boot build/whorl boot --timeout $PATIENCE --link $t/link -x $t/counted.o
    patch --change tenth $t/hundred.s
    expect_status 0
    patch --change --first tenth $t/three.s
    expect_status 0
    echo ten >&9
    end_machine
    grep -q '^tenth(1) is 104, n is 0$' $t/out
}

@test "patch: at :return code is executed at every way out" {
    extension ways <<'C'
#include <whorl/event.h>
#include <whorl/shell.h>
int way(int x);
__asm__(".text\n.type way, @function\nway: cmpwi 3, 2\nbeqlr\nbgt 1f\nli 3, -1\nblr\n1: addi 3, 3, 3\nblr\n.size way, . - way\n");
static bool is_ways(int argc, char *argv[]) { (void)argc; return strcmp(argv[0], "ways") == 0; }
static status_t ways(int argc, char *argv[])
{
    (void)argc, (void)argv;
    console_print("%d %d %d\n", way(1), way(2), way(3));
    return OK;
}
status_t domain_init(void)
{
    binding_t *binding;
    return event_install((procedure_t)shell_command, (procedure_t)ways, (procedure_t)is_ways, NULL, &binding);
}
C
    printf ' addi r3, r3, 100\n' > $t/hundred.s
    whorl -x $t/ways.o -c ways --change -p way:return=$t/hundred.s -c ways -c probes -c 'unload hundred' -c ways
    expect_status 0
    [ "$(grep -E '^-?[0-9]+ [0-9]+ [0-9]+$' <<<"$output")" = '-1 2 6
99 102 106
-1 2 6' ] || fail 'not what it should be'
    expect_line '^ *1 +code +ways!way:return +1 word of hundred$'
}

@test "patch: --near leads far away and back" {
    boot build/whorl boot --timeout $PATIENCE --link $t/link -x $t/counted.o
    patch --near tenth domain_named $t/more.s
    expect_status 0
    for line in springboards 'symbols counted' ten 'unload more' 'symbols counted' ten springboards; do
        echo "$line" >&9
    done
    end_machine
    [ "$(grep -Eo '^(tenth.*|[0-9]+ of [0-9]+ springboards in use)$' $t/out | sed 's/of [0-9]*//')" = '1  springboards in use
tenth(1) is 2, n is 10
tenth(1) is 2, n is 20
0  springboards in use' ] || fail "$(cat $t/out)"
}

@test "patch: wrong usage is status 4" {
    for arguments in '' tenth "tenth $t/more.s more" "--untyped tenth $t/more.s" "--near tenth $t/more.s" "--link"; do
        run --separate-stderr build/whorl patch $arguments
        expect_status 4
        expect_output ''
        expect_stderr 'whorl: patch: wrong usage; see whorl patch --help'
    done
    run --separate-stderr build/whorl patch --help
    expect_status 0
    expect_line '^usage: whorl patch '
}
