# The commands of the kernel's shell, as -c and the prompt know them.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
}

COMMANDS='help disas flow live calls machine domains events event probe probes unprobe traces patch springboards symbols imports names load unload resolve unresolve mem test uptime reboot poweroff'

# What follows a command: arguments, in brackets if they may be missing, and words to choose from.
USAGE='( +([[A-Z|][][A-Za-z.,|+-]*|--[a-z]+|count|trace|time|blocks|call|code))*'

@test "commands: help lists every command with one line" {
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c help
        expect_status 0
        expect_stderr ''
        for command in $COMMANDS; do
            expect_count 1 "^$command$USAGE +[a-z].*[a-z]"
        done
        # Nothing but such lines.
        expect_count "${#lines[@]}" "^[a-z]+$USAGE +[a-z]"
    done
}

@test "commands: help of one command describes it alone" {
    for command in $COMMANDS; do
        args+=(-c "help $command")
    done
    whorl "${args[@]}"
    expect_status 0
    n=0
    for command in $COMMANDS; do
        [[ ${lines[n]} == "$command "* ]] || fail "line $n is not about $command"
        n=$((n + 1))
    done
    [ ${#lines[@]} -eq $n ]
}

@test "commands: machine tells board, processor, memory, time base and serial" {
    whorl -M g3beige -m 64 -c machine
    expect_status 0
    expect_line '^board +Power Macintosh'
    expect_line '^cpu +PowerPC,750.*0x00080301'
    expect_line '^memory +64 MB$'
    expect_line '^time base +16600000 Hz$'
    expect_line '^serial A .*0x80013020'
    expect_line '^serial B .*0x80013000'
    whorl -M mac99 -m 96 -c machine
    expect_status 0
    expect_line '^board +PowerMac3,1'
    expect_line '^cpu +PowerPC,G4.*0x000c0209'
    expect_line '^memory +96 MB$'
    expect_line '^time base +100000000 Hz$'
    expect_line '^serial A .*0x80013020'
    expect_line '^serial B .*0x80013000'
}

@test "commands: domains and symbols show what is loaded, and only that" {
    extension shapes <<C
int counter = 3;
const char greeting[] = "hi";
int shape_area(int a, int b) { return a * b; }
static int secret(int a) { return a; }
int __attribute__((visibility("hidden"))) concealed(int a) { return secret(a); }
int __attribute__((weak)) feeble(int a) { return a; }
int shared;
status_t domain_init(void) { return OK; }
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c domains -x $t/shapes.o -c domains -c 'symbols shapes' -c 'unload shapes' -c domains \
            -c 'symbols shapes'
        expect_status 1
        expect_count 3 '^SpinPublic +combined '
        expect_count 3 '^SpinPrivate +combined '
        expect_count 3 '^Debug +kernel '
        expect_count 1 '^shapes +initialized +[0-9]+ '
        expect_count 1 ' variable +counter: int$'
        expect_count 1 ' variable +greeting: const char\[3\]$'
        expect_count 1 ' variable +shared: int$'
        expect_count 1 ' procedure +shape_area: int\(int, int\)$'
        expect_count 1 ' procedure +domain_init: status_t\(void\)$'
        expect_count 1 ' feeble \(weak\): int\(int\)$'
        expect_no_line 'secret|concealed'
        expect_stderr 'no domain is called shapes'
    done
}

@test "commands: uptime goes on, at the speed of the world" {
    extension waits <<<'status_t domain_init(void) { uint64_t end = clock_microseconds() + 1500000; while (clock_microseconds() < end) continue; return OK; }'
    for machine in "${MACHINES[@]}"; do
        before=$(date +%s%N)
        whorl -M $machine -c uptime -x $t/waits.o -c uptime
        after=$(date +%s%N)
        expect_status 0
        perl -e 'my ($a, $b, $most) = @ARGV; exit !($a > 0 && $b - $a >= 1.5 && $b * 1000 <= $most)' \
            ${lines[0]% s} ${lines[1]% s} $(((after - before) / 1000000)) || fail "that is not the time"
    done
}

@test "commands: an unknown command or a wrong argument is one sentence and a failing status" {
    bad=(nonsense Help 'help nonsense' 'help help help' 'machine 1' 'domains all' symbols 'symbols nobody'
        'symbols a b' unload 'unload nobody' 'unload a b' 'unload ,' 'unload a,' 'unload ,a' 'unload a,,b'
        'unload SpinPublic' 'unload Debug' 'mem 1' 'test a b' 'test' 'test nothing' 'uptime now' 'reboot now'
        'poweroff now' 'names 1' imports 'imports nobody' 'imports a b' resolve 'resolve a' 'resolve a b c' 'resolve nobody Debug'
        'resolve SpinPublic nobody' 'resolve SpinPublic SpinPublic' unresolve 'unresolve SpinPublic nobody' 'unresolve SpinPublic Debug'
        disas 'disas nobody' 'flow nobody' 'flow --dot' 'live' 'live nobody' 'calls nobody' 'calls a b' 'unload SpinPrivate' 'load --privileged' 'load --trusted a.o' 'fdt 1' load 'load a b' 'load nobody.o' 'load ,' 'load a,' '-h' '*' '%s%n%s' '\')
    for command in "${bad[@]}"; do
        args+=(-c "$command")
    done
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem "${args[@]}" -c mem
        expect_status 1
        expect_same_memory 2
        [ "${#lines[@]}" -eq 14 ] || fail "a refused command printed to standard output"
        [ "${#stderr_lines[@]}" -eq "${#bad[@]}" ] || fail "not one sentence for each of the ${#bad[@]}"
        for ((n = 0; n < ${#bad[@]}; n++)); do
            read -ra words <<<"${bad[n]}"
            [[ ${stderr_lines[n]} == *[a-z]*' '*[a-z]* ]] || fail "sentence $n says nothing: ${stderr_lines[n]}"
        done
        expect_stderr_line '^nonsense: no such command'
        expect_stderr_line '^no domain is called nobody$'
        expect_stderr_line '^Debug is part of the kernel$'
        expect_stderr_line '^%s%n%s: no such command'
    done
}

@test "commands: each wrong command alone makes the status 1" {
    for command in nonsense 'mem 1' 'unload nobody' 'poweroff now' 'reboot now'; do
        whorl -c "$command" -c uptime
        expect_status 1
        expect_count 1 ' s$'
    done
}

@test "commands: blanks around words do not matter, and no words are no command" {
    whorl -c '' -c '   ' -c $'\t' -c '  uptime  ' -c $'\thelp\thelp\t'
    expect_status 0
    expect_stderr ''
    [ ${#lines[@]} -eq 2 ]
}

@test "commands: a long command is obeyed or refused with one sentence" {
    long=$(printf '%0.s ' {1..1016})uptime
    [ ${#long} -eq 1022 ]
    whorl -c "$long" -c mem -c " $long" -c mem -c "  $long" -c mem -c "$(printf 'x%.0s' {1..1023})" -c mem \
        -c "$(printf 'x%.0s' {1..1500})" -c mem -c "$(printf 'x%.0s' {1..10000})" -c mem \
        -c "$(printf 'a %.0s' {1..5000})" -c mem -c uptime
    expect_status 1
    expect_count 3 '^[0-9.]+ s$'
    expect_same_memory 7
    expect_stderr_count 2 '1023 characters'
    [ "${#stderr_lines[@]}" -eq 5 ] || fail "not one sentence for each refusal"
}

@test "commands: characters that are no text are no danger" {
    whorl -c mem -c $'\001\002\003' -c $'caf\303\251' -c $'\033[31m' -c $'a\nb' -c '$#}{*' -c "$(printf '%.0s$' {1..500})" \
        -c mem -c uptime
    expect_status 1
    expect_same_memory 2
    expect_line '^[0-9.]+ s$'
}

@test "commands: the device tree is dumped as text that dtc reads" {
    command -v dtc
    for machine in "${MACHINES[@]}"; do
        build/whorl run --timeout $PATIENCE -M $machine -m 64 -c fdt > $t/tree.dts
        dtc -q -I dts -O dtb $t/tree.dts -o $t/tree.dtb
        dtc -q -I dtb -O dts $t/tree.dtb -o $t/again.dts
        fdtget -t s $t/tree.dtb / compatible
        case $machine in
        g3beige) [[ $(fdtget -t s $t/tree.dtb / model) == 'Power Macintosh' ]] ;;
        mac99) [[ $(fdtget -t s $t/tree.dtb / model) == PowerMac3,1 ]] ;;
        esac
        cpu=$(fdtget -l $t/tree.dtb /cpus)
        frequency=$(fdtget -t u $t/tree.dtb /cpus/$cpu timebase-frequency)
        [ "$frequency" = 16600000 ] || [ "$frequency" = 100000000 ]
        # From 0, 64 MB.
        memory=$(fdtget -l $t/tree.dtb / | grep '^memory')
        [[ "$(fdtget -t x $t/tree.dtb /$memory reg | tr -s ' ')" =~ ^'0 4000000' ]]
        # Deep ones too.
        grep -q escc $t/again.dts
    done
}
