# flow, live and calls, at the prompt and on the host.

load lib

setup_file()
{
    export t=$BATS_FILE_TMPDIR
    build/whorl cc -x assembler-with-cpp - -o $t/shapes.o <<'S'
        .text
        .globl  domain_init, diamond, loop, data_inside, caller, gone, middle, broken
        .macro  procedure name
        .type   \name, @function
\name:
        .endm
        .macro  ends name
        .size   \name, . - \name
        .endm
        procedure domain_init
        li      3, 0
        blr
        ends    domain_init
        procedure diamond
        cmpwi   7, 3, 0
        li      4, 1
        li      11, 7
        bne     7, 1f
        li      4, 2
1:      add     3, 4, 11
        blr
        ends    diamond
        procedure loop
        mtctr   3
1:      bdnz    1b
        beqlr
        b       printf
        ends    loop
        procedure data_inside
        b       1f
        .long   0xffffffff
1:      blr
        ends    data_inside
        procedure caller
        mflr    0
        stw     0, 4(1)
        bl      diamond
        mtctr   3
        bctrl
        lwz     0, 4(1)
        mtlr    0
        b       loop
        ends    caller
        procedure gone
        bl      abort
        .long   0
        ends    gone
        procedure middle
        b       diamond + 8
        ends    middle
        procedure broken
        cmpwi   3, 0
        beq     1f
        .long   0
1:      blr
        ends    broken
S
}

host()
{
    run --separate-stderr limited build/whorl "$@"
    normalize
}

@test "flow: blocks, edges and calls" {
    host flow $t/shapes.o diamond
    expect_status 0
    expect_output 'diamond: 7 words in 1 part, 4 blocks, complete
block 0: 00000008, 2 words; entry; falls to 1
block 1: 00000010, 2 words; entry; falls to 2; branches to 3
block 2: 00000018, 1 word; falls to 3
block 3: 0000001c, 2 words; returns'
    host flow $t/shapes.o loop
    expect_output 'loop: 4 words in 1 part, 4 blocks, complete
block 0: 00000024, 1 word; entry; falls to 1
block 1: 00000028, 1 word; falls to 2; branches to 1
block 2: 0000002c, 1 word; falls to 3; returns
block 3: 00000030, 1 word; goes on to printf'
    host flow $t/shapes.o data_inside
    expect_output 'data_inside: 3 words in 1 part, 2 blocks, complete
block 0: 00000034, 1 word; entry; branches to 1
block 1: 0000003c, 1 word; returns'
    host flow $t/shapes.o caller
    expect_output 'caller: 8 words in 1 part, 1 block, complete
block 0: 00000040, 8 words; entry; goes on to loop
  00000048 calls diamond
  00000050 calls through a pointer'
    host flow $t/shapes.o gone
    expect_output 'gone: 2 words in 1 part, 1 block, complete
block 0: 00000060, 1 word; entry; stops
  00000060 calls abort, which does not return'
    host flow $t/shapes.o middle
    expect_line '^block 0: 00000068, 1 word; entry; goes on into diamond\+0x8$'
    host flow $t/shapes.o broken
    expect_line '^broken: .* incomplete$'
    expect_line '; breaks: no instruction$'
}

@test "flow: the same at the prompt" {
    whorl --untyped -x $t/shapes.o -c mem -c 'flow diamond' -c 'flow caller' -c 'flow loop' -c 'flow gone' -c mem
    expect_status 0
    expect_same_memory 2
    expect_line '^shapes!diamond: 7 words in 1 part, 4 blocks, complete$'
    expect_line '^block 0: 04000008, 2 words; entry; falls to 1$'
    expect_line '^block 1: 04000010, 2 words; entry; falls to 2; branches to 3$'
    expect_line '^block 0: 04000040, 8 words; entry; goes on to shapes!loop$'
    expect_line '^  04000048 calls shapes!diamond$'
    expect_line '^block 3: 04000030, 1 word; goes on to kernel!printf$'
    expect_line '^  04000060 calls kernel!abort, which does not return$'
}

@test "flow: of the kernel's procedures prompt and host say the same" {
    symbols='page_take memcpy mmu_enable exception_entry domain_bind inflate _vfprintf_r'
    for symbol in $symbols; do
        arguments+=(-c "flow $symbol")
    done
    whorl -c mem "${arguments[@]}" -c mem
    expect_status 0
    expect_same_memory 2
    grep -E '^(block|  0|[^ ]*: )' <<<"$output" | sed -E 's/kernel!//' > $t/prompt
    for symbol in $symbols; do
        build/whorl flow build/whorl.elf $symbol
    done | sed -E 's/[^ ]*!//' | cmp - $t/prompt
}

@test "flow: tables of gcc and clang are found at every level of optimisation" {
    cat > $t/cases.c <<'C'
int other(int);
int cases(int x)
{
    switch (x) {
    case 3: return other(1);
    case 4: return x * 7;
    case 5: return other(other(5));
    case 6: return 77;
    case 7: return other(9) + 1;
    case 8: return x + other(3);
    case 9: return other(x) - 4;
    default: return -1;
    }
}
C
    for compiler in 'powerpc-linux-gnu-gcc -mcpu=750' 'clang --target=powerpc-linux-gnu -mcpu=750 -msecure-plt'; do
        for level in -O1 -O2 -O3 -Os '-O2 -fno-pic' '-O2 -fPIC' '-O2 -fpic'; do
            $compiler $level -c $t/cases.c -o $t/cases.o
            host flow $t/cases.o cases
            expect_line '^cases: .* complete$'
            expect_line 'switches to [0-9]+, [0-9]+, [0-9]+, [0-9]+, [0-9]+, [0-9]+'
            expect_line '^  [0-9a-f]{8} by a table of 7 (offsets|addresses) at [0-9a-f]{8}$'
        done
    done
}

@test "flow: tables of domains are found, through tables of offsets too" {
    loads=()
    for flags in O2 Os fPIC fpic; do
        extension $flags -$flags <<C
DOMAIN("$flags");
int cases(int x);
int cases(int x)
{
    switch (x) {
    case 0: return rand();
    case 1: return x * 7;
    case 2: return atoi("5");
    case 3: return abs(x);
    case 4: return rand() + 4;
    case 5: return x + rand();
    case 6: return rand() - 4;
    default: return -1;
    }
}
status_t domain_init(void) { return OK; }
C
        loads+=(-x $BATS_TEST_TMPDIR/$flags.o -c "flow $flags!cases")
    done
    whorl "${loads[@]}"
    expect_status 0
    expect_count 4 '^(O2|Os|fPIC|fpic)!cases: .* complete$'
    expect_count 4 '^  [0-9a-f]{8} by a table of 7 (offsets|addresses) at [0-9a-f]{8}$'
}

@test "flow: what the compiler put elsewhere belongs to the procedure that branches there" {
    for name in one two; do
        object $name -O2 -freorder-blocks-and-partition -DNAME=$name <<'C'
void note(int) __attribute__((cold));
static int __attribute__((noinline)) f(int x)
{
    if (x < 0) {
        note(x);
        note(x + 1);
        return x * 5;
    }
    return x * 2;
}
int NAME(int x) { return f(x) + 1; }
C
    done
    powerpc-linux-gnu-ld -r -o $t/parts.o $BATS_TEST_TMPDIR/one.o $BATS_TEST_TMPDIR/two.o
    for name in one two; do
        host flow $t/parts.o "$name.c!f"
        expect_status 0
        expect_line "^$name\\.c!f: [0-9]+ words in 2 parts, [0-9]+ blocks, complete\$"
        expect_count 2 ' calls note$'
        host calls $t/parts.o "$name.c!f"
        expect_count 2 ' note$'
        expect_line "^  [0-9a-f]{8} $name\\+0x"
        host calls $t/parts.o "$name.c!f.cold"
        expect_line "^$name\\.c!f at "
    done
}

@test "flow: for Graphviz, and drawn by it" {
    host flow $t/shapes.o diamond --dot
    expect_status 0
    [ "${lines[0]}" = 'digraph "diamond" {' ]
    expect_count 4 '^  b[0-9] -> b[0-9]'
    expect_line '^  b3 \[label="live before: r1 r2 r4-r6 r11 r13-r31 cr2-cr4 lr\\l0000001c  add     r3,r4,r11\\l00000020  blr\\lreturns\\l'
    host flow $t/shapes.o diamond --svg $t/diamond.svg
    expect_status 0
    expect_output ''
    grep -q '<svg' $t/diamond.svg
    grep -q 'live before:' $t/diamond.svg
    [ "$(grep -c 'class="node"' $t/diamond.svg)" -eq 4 ]
    for symbol in page_take line_receive; do
        host flow build/whorl.elf $symbol --svg $t/$symbol.svg
        expect_status 0
        grep -q 'live before:' $t/$symbol.svg
    done
    whorl --untyped -x $t/shapes.o -c 'flow diamond --dot'
    expect_status 0
    sed -n '/^digraph/,/^}/p' <<<"$output" | dot -Tsvg | grep -q 'shapes!diamond'
    (cd $t && "$OLDPWD/build/whorl" flow shapes.o diamond --svg -x.svg)
    grep -q '<svg' $t/-x.svg
    host flow $t/shapes.o diamond --svg $t/nowhere/x.svg
    expect_status 1
    expect_stderr_line "dot did not make $t/nowhere/x.svg\$"
    mkdir $t/bare
    run --separate-stderr env PATH=$t/bare "$PWD/build/whorl" flow $t/shapes.o diamond --svg $t/x.svg
    expect_status 1
    expect_stderr 'whorl: flow: cannot run dot; tools/setup installs it, package graphviz'
}

@test "live: what is live and what is free, at a symbol and at an address" {
    whorl --untyped -x $t/shapes.o -c mem -c 'live diamond+4' -c 'live 400001c' -c mem
    expect_status 0
    expect_same_memory 2
    [[ $output == *'before shapes!diamond+0x4
0400000c: 38800001 li      r4,1
general    live: r1 r2 r5 r6 r13-r31
general    free: r0 r3 r4 r7-r12
condition  live: cr2-cr4 cr7.eq
condition  free: cr0 cr1 cr5 cr6 cr7.lt cr7.gt cr7.so
special    live: lr
special    free: ctr ca ov so count
'* ]] || fail 'not what is live before diamond+4'
    [[ $output == *'before shapes!diamond+0x14
0400001c: 7c645a14 add     r3,r4,r11
general    live: r1 r2 r4-r6 r11 r13-r31
general    free: r0 r3 r7-r10 r12
condition  live: cr2-cr4
condition  free: cr0 cr1 cr5-cr7
special    live: lr
special    free: ctr ca ov so count
'* ]] || fail 'not what is live at 0400001c'
    whorl --untyped -x $t/shapes.o -c 'live data_inside+4'
    expect_status 0
    expect_line '^control is not known to get here: everything may be live$'
    expect_line '^general    free:$'
}

@test "calls: who calls, and who is called" {
    host calls $t/shapes.o diamond
    expect_status 0
    expect_output 'diamond at 00000008
called from
  00000048 caller+0x8
  00000068 middle (not as a call)
calls nothing'
    host calls $t/shapes.o caller
    expect_output 'caller at 00000040
nothing else that is known calls it
calls
  00000048 diamond
  00000050 through a pointer
  0000005c loop (tail call)'
    host calls $t/shapes.o broken
    expect_line '^its flow is incomplete: it may call more$'
    whorl --untyped -x $t/shapes.o -c mem -c 'calls loop' -c 'calls printf' -c mem
    expect_status 0
    expect_same_memory 2
    expect_line '^  0400005c shapes!caller\+0x1c \(tail call\)$'
    expect_line '^  04000030 kernel!printf \(tail call\)$'
    expect_line '^  04000030 shapes!loop\+0xc \(tail call\)$'
    expect_line '^  [0-9a-f]{8} kernel!mem\+0x[0-9a-f]+$'
}

@test "calls: an address that is taken, in code and in data" {
    extension taken <<'C'
static int __attribute__((noinline)) in_code(int x) { return x + 1; }
static int in_data(int x) { return x + 2; }
int (*volatile pointer)(int);
int (*const table[])(int) = {in_data};
int unused(void) { return 5; }
status_t domain_init(void) { pointer = in_code; void *page; (void)!page_allocate(1, &page); (void)!page_free(page, 1); return OK; }
C
    whorl -x $BATS_TEST_TMPDIR/taken.o -c 'calls in_code' -c 'calls taken!in_data' -c 'calls unused' -c 'calls taken!domain_init'
    expect_status 0
    expect_line 'taken!domain_init\+0x[0-9a-f]+ \(its address\)$'
    expect_line '^  data has its address$'
    expect_line '^taken!unused at '
    expect_line '^nothing else that is known calls it$'
    expect_line '^  [0-9a-f]{8} taken!page_allocate$' # by way of a slot that tells who calls
    host calls $BATS_TEST_TMPDIR/taken.o domain_init
    expect_line '^  [0-9a-f]{8} page_allocate$'
    expect_line '^  [0-9a-f]{8} taken\.c!in_code \(its address\)$'
}

@test "calls: an import that is unbound is called by its name, a bound one is followed" {
    extension source <<'C'
DOMAIN("source");
int given(int x) { return x; }
INTERFACE(Source, given);
EXPORT_INTERFACE("test/source", Source);
status_t domain_init(void) { return OK; }
C
    extension target <<'C'
DOMAIN("target");
IMPORT_DOMAIN("test/source");
int given(int x);
int uses(int x) { return given(x) + 1; }
status_t domain_init(void) { return OK; }
C
    whorl -x $BATS_TEST_TMPDIR/source.o -x $BATS_TEST_TMPDIR/target.o -c 'calls uses' -c 'calls given' -c 'unresolve source target' \
        -c 'flow uses' -c 'calls target!uses' -c 'calls source!given'
    expect_status 0
    expect_count 1 '^  [0-9a-f]{8} source!given$'
    expect_count 1 '^  [0-9a-f]{8} target!uses\+0x[0-9a-f]+$'
    expect_count 1 '^  [0-9a-f]{8} calls target!given$'
    expect_count 1 '^  [0-9a-f]{8} target!given$'
}

@test "flow, live, calls: a domain that has not been started is looked at too" {
    { echo 'static const unsigned char object[] = {'; od -An -v -tu1 build/extensions/hello.o | sed -E 's/ +([0-9]+)/\1,/g'; echo '};'; } > $BATS_TEST_TMPDIR/bytes.h
    extension maker -I$BATS_TEST_TMPDIR <<'C'
#include "bytes.h"
static domain_t *made;
status_t domain_init(void) { return domain_create("made", object, sizeof object, &made); }
C
    whorl -x $BATS_TEST_TMPDIR/maker.o -c 'domains' -c mem -c 'disas hello!domain_init' -c 'flow hello!domain_init' -c 'live hello!domain_init+4' \
        -c 'calls hello!domain_init' -c mem
    expect_status 0
    expect_same_memory 2
    expect_line '^hello +created '
    expect_line '^0400101c: 48000001 bl ' # nothing is bound yet
    expect_line '^  0400101c calls hello!console_print$'
    expect_count 1 '^  0400101c hello!console_print$'
    expect_line '^hello!domain_init: 13 words in 1 part, 1 block, '
    expect_line '^before hello!domain_init\+0x4$'
}

@test "flow, live, calls: without memory they are refused and nothing is kept" {
    for n in 1 2 3 5 8 12 20 40 100 300; do
        for command in 'disas memcpy' 'flow memcpy' 'live memcpy' 'calls memcpy'; do
            arguments+=(-c "inject $n" -c "$command" -c 'inject 0')
        done
    done
    whorl -c 'calls memcpy' -c mem "${arguments[@]}" -c mem
    expect_status 1
    expect_same_memory 2
    [ "${#stderr_lines[@]}" -ge 20 ] || fail 'too few were refused'
    expect_stderr_count "${#stderr_lines[@]}" '^no memory for '
}

@test "flow, live, calls: what is no procedure is refused with a sentence" {
    for command in flow live calls; do
        for place in nothing machine 4 hello!nothing page_take+3 page_take+0x10000 '' 'a b c'; do
            arguments+=(-c "$command $place")
        done
    done
    whorl -x build/extensions/hello.o -c mem "${arguments[@]}" -c mem
    expect_status 1
    expect_same_memory 2
    [ "${#stderr_lines[@]}" -eq 24 ] || fail 'not one sentence for each'
    expect_stderr_count 3 '^no symbol of hello is called nothing$'
    expect_stderr_count 3 '^page_take\+3: 0x[0-9a-f]{8} is not the address of a word$'
    host flow build/whorl.elf machine
    expect_status 1
    expect_stderr_line '^whorl: build/whorl\.elf: machine is data, at 0x'
    host flow $t/shapes.o printf
    expect_stderr "whorl: $t/shapes.o: printf is imported; its code is elsewhere"
    host calls $t/shapes.o nothing
    expect_stderr "whorl: $t/shapes.o: no symbol is called nothing"
    for bad in '' "$t/shapes.o" "$t/shapes.o diamond loop" "$t/shapes.o diamond --png" "$t/shapes.o diamond --svg" "$t/shapes.o diamond --dot --svg $t/x"; do
        host flow $bad
        expect_status 4
        expect_stderr 'whorl: usage: whorl flow FILE SYMBOL [--dot | --svg PICTURE]'
    done
}

@test "analyse: the goals for the kernel and for newlib are met" {
    for file in build/whorl.elf build/newlib/powerpc-eabi/lib/libc.a; do
        host analyse $file
        expect_status 0
        expect_line $'^decode\\.percent\t100\\.00\tpercent of [0-9]{5,}$'
        expect_line $'^flow\\.complete_percent\t(99\\.[0-9]+|100\\.00)\tpercent of [0-9]{4,}$'
        expect_line $'^live\\.two_free_percent\t[0-9]+\\.[0-9]+\tpercent of [0-9]{5,}$'
    done
    host analyse -v $t/shapes.o
    expect_line $'^broken\tcontrol gets to 0x00000074, and 0x00000000 there is no instruction$'
}
