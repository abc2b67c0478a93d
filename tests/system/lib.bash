# What the system tests share. They run from the root of the repository, drive build/whorl from outside,
# and keep their files in the temporary folders that bats makes and removes.

bats_require_minimum_version 1.5.0

# Both; every day each test has one of them, in turns, but for those that say `both_machines`: what they differ in is tried there. LONG: all on both.
both_machines()
{
    MACHINES=(g3beige mac99)
}

both_machines
[ -n "${LONG-}" ] || MACHINES=("${MACHINES[${BATS_TEST_NUMBER:-0} % 2]}")

# Seconds after which a machine that makes no progress is given up. Slow hosts need not hurry.
PATIENCE=120

cd "$BATS_TEST_DIRNAME/../.." || exit 1

# The tool must not find what a user has set, and leaves its logs where the test can count them.
unset WHORL_CC WHORL_QEMU MACHINE MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
export LC_ALL=C

# ---- objects ----

# object NAME [FLAG...]: compiles standard input to $dir/NAME.o, with the folder of the test or of the file.
object()
{
    local dir=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR} name=$1

    shift
    cat > "$dir/$name.c"
    build/whorl cc "$@" "$dir/$name.c" -o "$dir/$name.o"
}

# extension NAME [FLAG...]: the same with the usual headers in front; standard input is what follows them.
extension()
{
    { headers; cat; } | object "$@"
}

headers()
{
    echo '#include <whorl/clock.h>'
    echo '#include <whorl/console.h>'
    echo '#include <whorl/domain.h>'
    echo '#include <whorl/identity.h>'
    echo '#include <whorl/memory.h>'
    echo '#include <whorl/nameserver.h>'
    echo '#include <stdio.h>'
    echo '#include <stdlib.h>'
    echo '#include <string.h>'
}

# speaker NAME: an extension that says when it is loaded and unloaded.
speaker()
{
    extension "$1" <<C
status_t domain_init(void) { console_print("$1: init\n"); return OK; }
void domain_fini(void) { console_print("$1: fini\n"); }
C
}

# ---- running ----

# limited COMMAND...: the command, ended when it takes longer than any time-out of its own allows.
limited()
{
    timeout -k 5 $((PATIENCE + 30)) "$@"
}

# whorl ARGUMENT...: `build/whorl run`; leaves $status, $output, $stderr.
whorl()
{
    run --separate-stderr limited build/whorl run --timeout $PATIENCE "$@"
    normalize
}

# bats' variables without carriage returns, of which neither stream should have any, seen or not.
normalize()
{
    if [[ $output$stderr == *$'\r'* ]]; then
        fail "a carriage return in the output"
    fi
}

# ---- judging; each shows what there was when it fails ----

fail()
{
    printf '%s\n--- status %s, stdout\n%s\n--- stderr\n%s\n---\n' "$1" "$status" "$(shorten "$output")" "$(shorten "$stderr")" >&2
    return 1
}

# The lines of a text that are worth showing.
shorten()
{
    uniq <<<"$1" | cut -c1-400 | awk '
        NR <= 40 { print; next }
        { last[NR % 40] = $0 }
        END {
            if (NR > 80) print "... (" NR - 80 " lines)"
            for (n = NR < 80 ? 41 : NR - 39; n <= NR; n++) print last[n % 40]
        }'
}

expect_status()
{
    [ "$status" -eq "$1" ] || fail "the status is $status, not $1"
}

# The whole of standard output, or of standard error.
expect_output()
{
    [ "$output" = "$1" ] || fail "standard output is not: $1"
}

expect_stderr()
{
    [ "$stderr" = "$1" ] || fail "standard error is not: $1"
}

# Some line of it, by an extended regular expression.
expect_line()
{
    grep -Eq -- "$1" <<<"$output" || fail "no line of standard output matches: $1"
}

expect_stderr_line()
{
    grep -Eq -- "$1" <<<"$stderr" || fail "no line of standard error matches: $1"
}

expect_no_line()
{
    ! grep -Eq -- "$1" <<<"$output" || fail "a line of standard output matches: $1"
}

expect_no_stderr_line()
{
    ! grep -Eq -- "$1" <<<"$stderr" || fail "a line of standard error matches: $1"
}

# How many lines of standard output match.
expect_count()
{
    local n

    n=$(grep -Ec -- "$2" <<<"$output") || true
    [ "$n" -eq "$1" ] || fail "$n lines of standard output match, not $1: $2"
}

expect_stderr_count()
{
    local n

    n=$(grep -Ec -- "$2" <<<"$stderr") || true
    [ "$n" -eq "$1" ] || fail "$n lines of standard error match, not $1: $2"
}

# Every `mem` in the output, at least two of them (or as many as said), shows the same pages and heap.
expect_same_memory()
{
    local n kinds

    n=$(grep -c '^pages ' <<<"$output") || true
    [ "$n" -ge 2 ] || fail "mem ran $n times"
    [ -z "${1-}" ] || [ "$n" -eq "$1" ] || fail "mem ran $n times, not $1"
    kinds=$(grep -E '^(pages|heap) ' <<<"$output" | sort -u | wc -l)
    [ "$kinds" -eq 2 ] || fail "memory is not what it was:
$(grep -E '^(pages|heap) ' <<<"$output" | uniq -c)"
}

# wait_until SECONDS COMMAND...: for the command to succeed.
wait_until()
{
    local end=$((SECONDS + $1))

    shift
    while ! "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}
