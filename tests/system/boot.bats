# whorl boot and make run: a machine with its console in front of the user.

load lib
both_machines

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
}

boot()
{
    run --separate-stderr limited build/whorl boot --timeout $PATIENCE "$@"
    normalize
}

HELLO='^hello: linked into Whorl at 0x[0-9a-f]+$'

@test "boot: make run without a user shows hello and ends with status 0, on both boards with the same image" {
    for machine in "${MACHINES[@]}"; do
        before=$(cksum < build/whorl.elf)
        MACHINE=$machine run --separate-stderr make run < /dev/null
        normalize
        expect_status 0
        expect_count 1 "$HELLO"
        expect_count 1 '^Whorl on .*'
        grep -Eq 'loading hello\.o .*100 %.* [0-9]+ of [0-9]+ bytes' <<<"$output$stderr" || fail "no progress line"
        [ "$before" = "$(cksum < build/whorl.elf)" ]
    done
}

@test "boot: make run carries out the lines it is given" {
    run --separate-stderr make run < <(printf 'domains\nunload hello\nnonsense\nhelp\n')
    normalize
    expect_status 0
    expect_count 1 "$HELLO"
    expect_count 1 '^hello +initialized'
    expect_count 1 '^hello: goodbye$'
    expect_count 1 '^nonsense: no such command'
    expect_count 1 '^poweroff +[a-z]'
}

@test "boot: poweroff ends it with status 0, and what follows is not missed" {
    for machine in "${MACHINES[@]}"; do
        boot -M $machine < <(printf 'uptime\npoweroff\nuptime\n')
        expect_status 0
        expect_count 1 '^[0-9.]+ s$'
    done
}

@test "boot: -x and -c come before what is typed, and their failure is status 1" {
    speaker one
    boot -x $t/one.o -c 'unload one' -c nonsense -x $t/one.o < <(printf 'unload one\nuptime')
    expect_status 1
    [ "$(grep -E '^one: ' <<<"$output")" = 'one: init
one: fini
one: init
one: fini' ] || fail "not in order"
    expect_line '^[0-9.]+ s$'
    expect_stderr_line '^nonsense: no such command'
}

@test "boot: a line for each prompt, however many and long" {
    {
        for n in {1..120}; do
            echo "unload number$n"
        done
        printf 'x%.0s' {1..10000}
        echo
        printf '\n\n   \r\nuptime\r\n'
    } > $t/lines
    boot < $t/lines
    expect_status 0
    expect_count 120 '^no domain is called number'
    expect_count 1 '^no domain is called number120$'
    expect_count 1 '1023 characters$'
    expect_count 1 '^[0-9.]+ s$'
}

@test "boot: standard input that is closed, or a file" {
    # By a shell of its own: what run reads would take the free number.
    run --separate-stderr bash -c "build/whorl boot --timeout $PATIENCE -c uptime <&-"
    expect_status 0
    expect_line '[0-9.]+ s$'
    echo uptime > $t/file
    boot < $t/file
    expect_status 0
    expect_count 1 '^[0-9.]+ s$'
}

@test "boot: reboot at the prompt" {
    for machine in "${MACHINES[@]}"; do
        boot -M $machine -x build/extensions/hello.o < <(printf 'reboot\ndomains\nreboot\nuptime\n')
        expect_status 0
        expect_count 3 '^Whorl on '
        expect_no_line '^hello +init'
        expect_count 1 '^[0-9.]+ s$'
    done
}

@test "boot: a panic at the prompt is status 2" {
    extension trap <<<'IMPORT_DOMAIN("Debug"); void panic(const char *, ...); status_t domain_init(void) { return OK; } void domain_fini(void) { panic("in the end"); }'
    boot --privileged -x $t/trap.o < <(printf 'unload trap\nuptime\n')
    expect_status 2
    grep -q '^panic: in the end' <<<"$output
$stderr"
}

@test "boot: time-out, wrong usage and a machine that is none" {
    run --separate-stderr build/whorl boot --timeout 3 < <(sleep 20)
    expect_status 3
    expect_stderr_line 'time-out after 3 s'
    run --separate-stderr build/whorl boot -M nonsense < /dev/null
    expect_status 4
    run --separate-stderr build/whorl boot -x < /dev/null
    expect_status 4
}

# at_terminal ARGUMENT...: whorl boot in a terminal of its own, whose keys come from standard input. What it
# shows goes to $t/screen and $output.
at_terminal()
{
    limited script -q -f -c "build/whorl boot --timeout $PATIENCE $*; echo the status is \$?; stty -a | tr ' ' '\n' | grep -c -E '^(icanon|echo|isig|opost);?$'" \
        $t/screen > /dev/null
    output=$(tr -d '\r' < $t/screen)
    stderr=
    status=0
}

shows()
{
    [ -e $t/screen ] && grep -qE "$1" $t/screen
}

# keys [PATTERN KEYS]...: types when the screen matches.
keys()
{
    while [ $# -gt 0 ]; do
        wait_until $PATIENCE shows "$1"
        printf "$2"
        shift 2
    done
    wait_until $PATIENCE shows '^the status is'
}

@test "boot: at a terminal it edits lines, remembers them, and gives the terminal back" {
    command -v script
    at_terminal -x build/extensions/hello.o < <(keys 'whorl> ' 'uptinme' uptinme '\b\b\bme\r' '[0-9] s' 'mem 1\r' '^usage' '\033[A\b\b\r' '^heap' 'poweroff\r')
    expect_line "$HELLO"
    expect_line '^[0-9.]+ s$'
    expect_line '^usage: mem \[-v\]$'
    expect_line '^pages +[0-9]+'
    expect_line '^the status is 0$'
    expect_line '^4$'
}

@test "boot: at a terminal Ctrl-A x ends it" {
    at_terminal < <(keys 'whorl> ' 'uptime\r' '[0-9] s' '\001x')
    expect_line '^[0-9.]+ s$'
    expect_line '^the status is 0$'
    expect_line '^4$'
}
