# Files that are no objects, or bad ones: each is refused with a sentence, and nothing is lost.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
    mkdir $t/bad
}

# A good object with a bit of everything, whose headers can be spoilt.
make_good()
{
    extension good -fpic <<C
DOMAIN("good");
IMPORT_DOMAIN("Debug");
extern int common_word;
int common_word __attribute__((common));
static char zeros[100];
static int number = 5;
int *pointer = &number;
__attribute__((constructor)) static void construct(void) { number++; }
status_t domain_init(void) { console_print("good: init %d\n", number + zeros[5] + common_word); return OK; }
C
}

# all_are_refused MACHINE...: loads all of $t/bad in one run, on each machine, and looks at what came. It is not
# for their types or rights that they are refused.
all_are_refused()
{
    local machine file arguments=(-c mem) n=0

    for file in $t/bad/*.o; do
        arguments+=(--privileged --untyped -x "$file")
        n=$((n + 1))
        [ $((n % 10)) -ne 0 ] || arguments+=(-c mem)
    done
    [ $n -gt 0 ]
    for machine; do
        whorl -M $machine "${arguments[@]}" -c mem -c domains -c uptime -x build/extensions/hello.o
        expect_status 1
        expect_same_memory
        expect_line '^[0-9.]+ s$'
        expect_line '^hello: linked'
        expect_no_line 'good'
        expect_count 3 ' (kernel|combined) +0 '
        [ "${#stderr_lines[@]}" -eq $n ] || fail "${#stderr_lines[@]} sentences for $n bad objects"
        # Each says which file it is about, and a few words.
        expect_stderr_count $n '^[^ ]+: .*[a-z]{2,} .*[a-z]{2,}'
        expect_no_stderr_line '^(fault|panic):|[[:cntrl:]]'
    done
}

@test "bad objects: files that are no PowerPC objects at all" {
    : > $t/bad/empty.o
    printf 'x' > $t/bad/one_byte.o
    printf '\177ELF' > $t/bad/magic.o
    seq 1000 > $t/bad/text.o
    head -c 5000 /dev/zero > $t/bad/zeros.o
    perl -e 'print chr(255) x 5000' > $t/bad/ones.o
    perl -e 'srand(1); print map { chr rand 256 } 1 .. 5000' > $t/bad/random.o
    perl -e 'srand(2); print "\177ELF\1\2\1", map { chr rand 256 } 1 .. 5000' > $t/bad/random_elf.o
    printf '!<arch>\n' > $t/bad/archive.o
    echo 'int host;' > $t/host.c
    cc -c $t/host.c -o $t/bad/host.o
    powerpc-linux-gnu-as -many -a64 -o $t/bad/bits64.o <<<'.long 5'
    powerpc-linux-gnu-as -many -mlittle -o $t/bad/little.o <<<'.long 5'
    powerpc-linux-gnu-as -o $t/program.o <<<'.globl _start; _start: blr'
    powerpc-linux-gnu-ld -z max-page-size=16 -o $t/bad/executable.o $t/program.o
    powerpc-linux-gnu-ld -z max-page-size=16 -shared --no-warn-rwx-segments -o $t/bad/shared.o $t/program.o
    # What has no code before it is linked is no object either.
    build/whorl cc -flto $t/host.c -o $t/bad/lto.o
    all_are_refused "${MACHINES[@]}"
    expect_stderr_line 'not an ELF file'
    expect_stderr_line '^lto: .*compile without -flto$'
    expect_stderr_line '32-bit'
    expect_stderr_line 'big-endian'
    expect_stderr_line 'not a relocatable object'
}

@test "bad objects: the refusal names the file" {
    seq 1000 > $t/bad/text.o
    make_good
    head -c 700 $t/good.o > $t/bad/short.o
    whorl -x $t/bad/text.o -x $t/bad/short.o --privileged -x $t/good.o,$t/bad/text.o
    expect_status 1
    [ "${#stderr_lines[@]}" -eq 3 ]
    [[ ${stderr_lines[0]} == *text* && ${stderr_lines[1]} == *short* && ${stderr_lines[2]} == *text* ]] || fail "which file was it?"
}

@test "bad objects: cut off at every length" {
    # As small as an object with all of sections, symbols and relocations can be.
    powerpc-linux-gnu-as -o $t/good.o <<<'.globl domain_init; domain_init: b printf; .data; .long domain_init'
    powerpc-linux-gnu-strip -g $t/good.o
    size=$(stat -c %s $t/good.o)
    [ $size -lt 900 ]
    perl -e '
        my ($from, $to) = @ARGV;
        open my $in, "<", $from or die; binmode $in; local $/; my $object = <$in>;
        for my $length (0 .. length($object) - 1) {
            # The odd bytes of names and tables tell nothing new.
            next if $length > 60 && $length % 3 != 0 && $length < length($object) - 4;
            open my $out, ">", sprintf("%s/cut%04d.o", $to, $length) or die;
            print $out substr $object, 0, $length;
        }' $t/good.o $t/bad
    all_are_refused mac99
}

@test "bad objects: every field of every header out of range in turn" {
    make_good
    perl tests/system/spoil.pl headers $t/good.o $t/bad
    [ "$(ls $t/bad | wc -l)" -gt 100 ]
    all_are_refused g3beige
}

@test "bad objects: symbols and relocations that lead nowhere" {
    make_good
    perl tests/system/spoil.pl entries $t/good.o $t/bad
    [ "$(ls $t/bad | wc -l)" -gt 20 ]
    all_are_refused mac99
}

@test "bad objects: whatever bit is flipped, the machine goes on" {
    # It has nothing to run. Many of them load.
    powerpc-linux-gnu-as -o $t/good.o <<S
    .section .whorl.domain, "a"
    .asciz "good"
    .data
pointer: .long words, nowhere@l
words: .long 1, 2, 3
    .bss
    .space 64
    .comm shared, 16, 8
    .text
    .globl exported
exported: blr
S
    perl tests/system/spoil.pl bits $t/good.o $t/bad
    arguments=(-c mem)
    for file in $t/bad/*.o; do
        arguments+=(--untyped -x $file -c 'unload good')
    done
    whorl "${arguments[@]}" -c domains
    [ $status -le 1 ] || fail "it did not survive"
    # A flipped bit may change the name of the domain; then it is still there.
    for name in $(sed -n 's/^\([^ ]*\) *\(initialized\|failed\) .*/\1/p' <<<"$output"); do
        arguments+=(-c "unload $name")
    done
    whorl "${arguments[@]}" -c mem -c domains -c uptime
    expect_line '^[0-9.]+ s$'
    expect_count 3 ' (kernel|combined) +0 +0 '
    expect_no_line ' (initialized|failed) '
    expect_same_memory 2
}

@test "bad objects: memory that cannot be had" {
    for size in 0x7fffffff 0xfffffff0 0x80000000 200000000; do
        powerpc-linux-gnu-as -o $t/bad/bss$size.o <<<".bss; .space 16; .globl big; big: .size big, 4" 
        powerpc-linux-gnu-as -o $t/bad/common$size.o <<<".comm big, $size, 4"
        perl tests/system/spoil.pl size .bss $size $t/bad/bss$size.o
        powerpc-linux-gnu-as -o $t/bad/text$size.o <<<'.section .blank, "ax", @nobits; .space 16'
        perl tests/system/spoil.pl size .blank $size $t/bad/text$size.o
    done
    powerpc-linux-gnu-as -o $t/bad/two_commons.o <<<'.comm a, 0x70000000, 4; .comm b, 0x70000000, 4; .comm c, 0x70000000, 4'
    all_are_refused "${MACHINES[@]}"
}

@test "bad objects: one in a group keeps the group out" {
    make_good
    speaker other
    head -c 700 $t/good.o > $t/bad/short.o
    whorl -c mem --privileged -x $t/good.o,$t/bad/short.o,$t/other.o -c mem -x $t/bad/short.o,$t/other.o -c mem -c domains -x $t/other.o
    expect_status 1
    expect_same_memory 3
    expect_no_line '^good'
    expect_count 1 '^other: init$'
}
