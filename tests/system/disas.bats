# disas, at the prompt and on the host: what powerpc-linux-gnu-objdump says of the same words.

load lib

setup_file()
{
    export t=$BATS_FILE_TMPDIR
    listing build/whorl.elf > $t/kernel.lst
}

# listing FILE [OPTION...]: what objdump says, in the form of disas.
listing()
{
    local file=$1

    shift
    powerpc-linux-gnu-objdump -d -z -M7400 "$@" "$file" |
        sed -nE 's/^ *([0-9a-f]+):\t(..) (..) (..) (..) \t/\1 \2\3\4\5 /p' |
        awk '{
            address = substr("00000000", length($1) + 1) $1; word = $2
            sub(/^[^ ]* [^ ]* /, ""); sub(/[ \t]+$/, "")
            print address ": " word " " $0
        }'
}

# procedures FILE: the names that only one of its procedures has.
procedures()
{
    powerpc-linux-gnu-readelf -sW "$1" | awk '$4 == "FUNC" && $7 != "UND" { print $8 }' | sort | uniq -u
}

disas()
{
    run --separate-stderr limited build/whorl disas "$@"
    normalize
}

# Fails with the first lines of standard input, which are those that are not in a file of lines.
expect_all_in()
{
    awk -v known="$1" '
        BEGIN { while ((getline line < known) > 0) have[line] = 1 }
        !($0 in have) { print; bad = 1; if (++n == 10) exit }
        END { exit bad }'
}

@test "disas: every procedure of an object is printed as objdump prints it" {
    for flags in '-O0' '-O2' '-Os -fPIC' '-O2 -ffunction-sections -g' '-O1 -mlongcall' '-O2 -mcpu=7400 -maltivec -mabi=altivec -mhard-float'; do
        object shapes $flags <<'C'
#include <stdlib.h>
extern int other(int), counter;
static int __attribute__((noinline)) leaf(int x) { return x * 3; }
int cases(int x)
{
    switch (x) {
    case 0: return other(1);
    case 1: return leaf(2);
    case 2: return counter++;
    case 3: return 77;
    case 4: return other(9) + 1;
    case 5: return leaf(x) + other(3);
    case 6: abort();
    default: return -1;
    }
}
int (*const table[])(int) = {leaf, other};
int pointer(int x) { return table[x](x) + 1; }
int tail(int x) { return other(x + 1); }
double twice(double x) { return x + x; }
long long wide(long long a, long long b) { return a * b / 7; }
C
        for symbol in $(procedures $BATS_TEST_TMPDIR/shapes.o); do
            disas $BATS_TEST_TMPDIR/shapes.o $symbol
            expect_status 0
            expect_output "$(listing $BATS_TEST_TMPDIR/shapes.o --disassemble=$symbol)"
        done
        [ "$(procedures $BATS_TEST_TMPDIR/shapes.o | wc -l)" -ge 6 ]
    done
}

@test "disas: so is every procedure of newlib's larger members, and of an archive" {
    for member in vfprintf mprec strtod memcpy setjmp qsort; do
        (cd $t && powerpc-linux-gnu-ar x "$OLDPWD/build/newlib/powerpc-eabi/lib/libc.a" lib_a-$member.o)
        for symbol in $(procedures $t/lib_a-$member.o); do
            disas $t/lib_a-$member.o $symbol
            expect_status 0
            expect_output "$(listing $t/lib_a-$member.o --disassemble=$symbol)"
        done
    done
    disas build/newlib/powerpc-eabi/lib/libc.a qsort
    expect_output "$(listing $t/lib_a-qsort.o --disassemble=qsort)"
}

@test "disas: so is the whole kernel image" {
    for symbol in $(procedures build/whorl.elf); do
        build/whorl disas build/whorl.elf $symbol
    done > $t/image.lst
    [ "$(wc -l < $t/image.lst)" -gt 50000 ]
    expect_all_in $t/kernel.lst < $t/image.lst
}

@test "disas: at the prompt the kernel's procedures are those of the image" {
    for machine in "${MACHINES[@]}"; do
        arguments=()
        for symbol in page_take memcpy mmu_enable exception_entry vfprintf code_print console_print; do
            arguments+=(-c "disas $symbol")
        done
        whorl -M $machine -c mem "${arguments[@]}" -c mem
        expect_status 0
        expect_stderr ''
        expect_same_memory 2
        grep -E '^[0-9a-f]{8}: ' <<<"$output" > $t/prompt.lst
        expect_all_in $t/kernel.lst < $t/prompt.lst
        for symbol in page_take memcpy mmu_enable exception_entry vfprintf code_print console_print; do
            build/whorl disas build/whorl.elf $symbol
        done | cmp - $t/prompt.lst
    done
}

@test "disas: at the prompt a domain's words are those that run" {
    whorl -x build/extensions/hello.o -c 'disas hello!domain_init'
    expect_status 0
    awk '/^[0-9a-f]+: / { print $2 }' <<<"$output" | perl -ne 'print pack "H8", $_' > $t/words.bin
    [ -s $t/words.bin ]
    powerpc-linux-gnu-objdump -D -z -b binary -m powerpc -EB -M7400 --adjust-vma=0x04000000 $t/words.bin |
        sed -nE 's/^ *([0-9a-f]+):\t(..) (..) (..) (..) \t/0\1: \2\3\4\5 /p' | sed -E 's/[ \t]+$//; s/0x([0-9a-f]+)$/\1/' > $t/expected.lst
    grep -E '^[0-9a-f]+: ' <<<"$output" | sed -E 's/ <.*//' | cmp - $t/expected.lst
    expect_line 'bla     [0-9a-f]+ <console_print>$'
}

@test "disas: from a place in a procedure, or from an address" {
    whole=$(build/whorl disas build/whorl.elf page_take)
    rest=$(tail -n +4 <<<"$whole")
    disas build/whorl.elf page_take+12
    expect_output "$rest"
    disas build/whorl.elf page_take+0xc
    expect_output "$rest"
    disas build/whorl.elf "${rest%%:*}"
    expect_output "$rest"
    disas build/whorl.elf 0x"${rest%%:*}"
    expect_output "$rest"
    whorl -c 'disas page_take' -c 'disas page_take+12' -c 'disas kernel!page_take+0xc' -c "disas ${rest%%:*}"
    expect_status 0
    expect_output "$whole
$rest
$rest
$rest"
}

@test "disas: static procedures of one name are told apart by their files" {
    echo 'static int __attribute__((noinline)) f(int x) { return x + 1; } int one(int x) { return f(x); }' | object one -O1
    echo 'static int __attribute__((noinline)) f(int x) { return x - 1; } int two(int x) { return f(x); }' | object two -O1
    powerpc-linux-gnu-ld -r -o $t/both.o $BATS_TEST_TMPDIR/one.o $BATS_TEST_TMPDIR/two.o
    disas $t/both.o f
    expect_status 1
    expect_output ''
    expect_stderr_line "^whorl: $t/both\.o: f is 2 procedures: one.c 0x00000000, two.c 0x[0-9a-f]{8}; say which as OWNER!SYMBOL or by address\$"
    disas $t/both.o 'one.c!f'
    expect_output '00000000: 38630001 addi    r3,r3,1
00000004: 4e800020 blr'
    disas $t/both.o 'two.c!f+4'
    expect_output "$(powerpc-linux-gnu-objdump -d $t/both.o | sed -nE '/<two>:/,$d; s/^ +([0-9a-f]+):.4e 80 00 20 .*/000000\1: 4e800020 blr/p' | tail -1)"
}

@test "disas: random words as text are all printed" {
    perl -e 'srand 7; print pack "N", int rand 2 ** 32 for 1 .. 20000' > $t/noise
    (cd $t && powerpc-linux-gnu-objcopy -I binary -O elf32-powerpc -B powerpc --redefine-sym _binary_noise_start=noise \
        --rename-section .data=.text,alloc,load,readonly,code,contents noise noise.o)
    disas $t/noise.o noise
    expect_status 0
    [ "${#lines[@]}" -eq 20000 ]
    perl -ne 'print pack "H8", (split)[1]' <<<"$output" | cmp - $t/noise
    for command in flow calls; do
        run --separate-stderr limited build/whorl $command $t/noise.o noise
        expect_status 0
    done
    run --separate-stderr limited build/whorl analyse $t/noise.o
    expect_status 0
}

@test "disas: what is no place in code is refused with a sentence" {
    disas build/whorl.elf nothing
    expect_status 1
    expect_stderr 'whorl: build/whorl.elf: no symbol is called nothing'
    disas build/whorl.elf page_take+3
    expect_stderr_line '^whorl: build/whorl\.elf: page_take\+3: 0x[0-9a-f]{7}[37bf] is not the address of a word$'
    disas build/whorl.elf page_take+0x10000
    expect_stderr_line '^whorl: build/whorl\.elf: page_take\+0x10000 is beyond the end of page_take, which has 0x[0-9a-f]+ bytes$'
    disas build/whorl.elf page_take+four
    expect_stderr 'whorl: build/whorl.elf: page_take+four: four is not a number of bytes'
    disas build/whorl.elf machine
    expect_stderr_line '^whorl: build/whorl\.elf: machine is data, at 0x[0-9a-f]{8}$'
    disas build/whorl.elf 4
    expect_stderr 'whorl: build/whorl.elf: 4: there is no code at 0x00000004'
    disas build/extensions/hello.o 4
    expect_stderr 'whorl: build/extensions/hello.o: no symbol is called 4'
    disas build/extensions/hello.o console_print
    expect_status 1
    expect_stderr 'whorl: build/extensions/hello.o: no symbol is called console_print'
    disas build/extensions/hello.o
    expect_status 4
    expect_stderr 'whorl: usage: whorl disas FILE SYMBOL[+n]'
}

@test "disas: the same at the prompt" {
    for place in nothing page_take+3 page_take+0x10000 page_take+four machine 4 hello!nothing 4000003 fffffffff '' 'a b'; do
        arguments+=(-c "disas $place")
    done
    whorl -x build/extensions/hello.o -c mem "${arguments[@]}" -c mem
    expect_status 1
    expect_same_memory 2
    expect_no_line '^[0-9a-f]{8}: '
    [ "${#stderr_lines[@]}" -eq 11 ] || fail 'not one sentence for each'
    expect_stderr_line '^machine is data, at 0x[0-9a-f]{8}$'
    expect_stderr_line '^4000003: 0x04000003 is not the address of a word$'
}

@test "disas: a file that is no object for this machine is refused" {
    : > $t/empty
    echo 'int f(void) { return 1; }' > $t/foreign.c
    cc -c $t/foreign.c -o $t/x86.o
    head -c 1000 build/extensions/hello.o > $t/cut.o
    for command in disas flow calls; do
        for file in $t/empty $t/foreign.c $t/x86.o $t/cut.o $t $t/missing; do
            run --separate-stderr limited build/whorl $command $file f
            expect_status 1
            expect_output ''
            [ "${#stderr_lines[@]}" -eq 1 ] || fail "not one sentence for $file"
            expect_stderr_line "^whorl: $file: "
        done
    done
    disas $t/x86.o f
    expect_stderr "whorl: $t/x86.o: not a 32-bit object (ELF class)"
    disas $t/empty f
    expect_stderr "whorl: $t/empty: 0 bytes are too few for an object file"
    disas $t/foreign.c f
    expect_stderr_line 'too few for an object file|not an ELF file'
    disas $t/missing f
    expect_stderr "whorl: $t/missing: No such file or directory"
}

@test "disas: damaged objects and images are refused or read, and never crash" {
    mkdir $t/spoilt
    perl tests/system/spoil.pl headers build/extensions/hello.o $t/spoilt
    perl tests/system/spoil.pl entries build/extensions/hello.o $t/spoilt
    for file in $t/spoilt/*; do
        for command in disas flow calls; do
            run --separate-stderr limited build/whorl $command $file domain_init
            [ $status -le 1 ] || fail "$command $file"
        done
    done
    perl -e '
        open my $in, "<", "build/whorl.elf"; binmode $in; local $/; my $image = <$in>; srand 3;
        my $table = unpack "N", substr $image, 32, 4;
        for my $n (1 .. 60) {
            my $bad = $image;
            for (1 .. 3) {
                my $at = int rand 3;
                $at = $at == 0 ? int rand 52 : $at == 1 ? $table + int rand 800 : int rand length $image;
                substr($bad, $at, 1) = chr int rand 256;
            }
            open my $out, ">", "$ARGV[0]/image"; binmode $out; print $out $bad; close $out;
            for my $command ("disas", "flow", "calls") {
                my $status = system "timeout 60 build/whorl $command $ARGV[0]/image page_take > /dev/null 2>&1";
                die "$n: $command: $status" if $status != 0 && $status != 256;
            }
        }' $t
}

@test "disas: --help explains, and a full output is told" {
    for command in disas flow calls analyse; do
        run --separate-stderr build/whorl $command --help
        expect_status 0
        expect_line "^usage: whorl $command "
        expect_line '^Exit status: 0; 1 if there is no such file'
    done
    run --separate-stderr bash -c 'build/whorl disas build/whorl.elf page_take > /dev/full'
    expect_status 1
    expect_stderr 'whorl: standard output: No space left on device'
}
