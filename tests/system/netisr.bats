# The extensions netisr, netisr_log and netisr_more: a loop with a mask of 32 bits that is patched in its middle.

load lib

setup_file()
{
    export BATS_FILE_TMPDIR
    # Prints a checksum of the kernel's text, and of the page where netisr's is: loaded first, it is at 0x04000000.
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR extension sum <<'C'
#include <whorl/event.h>
#include <whorl/raw_memory.h>
#include <whorl/shell.h>
IMPORT_DOMAIN("SpinPrivate");
static uint32_t sum(uint32_t start, uint32_t end)
{
    static uint32_t words[1024];
    uint32_t sum = 0;
    for (uint32_t page = start; page < end; page += sizeof words)
        if (raw_memory_read((void *)page, words, sizeof words) == OK)
            for (int i = 0; i < 1024; i++)
                sum = (sum << 5 | sum >> 27) ^ words[i];
    return sum;
}
static bool is_sum(int argc, char *argv[]) { (void)argc; return strcmp(argv[0], "sum") == 0; }
static status_t show(int argc, char *argv[])
{
    (void)argc, (void)argv;
    console_print("sum %08x %08x\n", (unsigned)sum(0x01000000, 0x01800000), (unsigned)sum(0x04000000, 0x04001000));
    return OK;
}
status_t domain_init(void)
{
    binding_t *binding;
    return event_install((procedure_t)shell_command, (procedure_t)show, (procedure_t)is_sum, NULL, &binding);
}
C
    # Takes two of the types that only netisr_more has, and one of the old ones that leads to one of them.
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR extension late <<'C'
#include <whorl/netisr.h>
IMPORT_DOMAIN("netisr_more");
IMPORT_DOMAIN("netisr");
static void input(unsigned type)
{
    console_print("late: type %u serviced\n", type);
    if (type == 5)
        (void)!netisr_schedule(33);
}
status_t domain_init(void)
{
    return netisr_more(40, input) == OK && netisr_more(33, input) == OK ? netisr_register(5, input) : ERR_FAILED;
}
void domain_fini(void) { (void)!netisr_more(40, NULL); (void)!netisr_more(33, NULL); (void)!netisr_register(5, NULL); }
C
    # Text of 32 MB: what is loaded before and behind it is out of reach of each other.
    printf ' .text\n .globl far\nfar: blr\n .space 0x2000000\n' > $BATS_FILE_TMPDIR/far.s
    build/whorl cc -c $BATS_FILE_TMPDIR/far.s -o $BATS_FILE_TMPDIR/far.o
    # Where the mask is stored: the last store before the procedure of the type is called.
    build/whorl run --timeout $PATIENCE -x build/extensions/netisr.o -c 'disas run_netisr' > $BATS_FILE_TMPDIR/code
}

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    netisr='-x build/extensions/netisr.o'
    log='-x build/extensions/netisr_log.o'
    far="--untyped -x $BATS_FILE_TMPDIR/far.o"
    more='--privileged -x build/extensions/netisr_more.o'
    late="-x $BATS_FILE_TMPDIR/late.o"
    sum="--privileged -x $BATS_FILE_TMPDIR/sum.o"
    site=run_netisr+$(perl -ne '
        next unless /^([0-9a-f]{8}): [0-9a-f]{8} (\S+)/;
        $first //= hex $1;
        $store = hex $1 if $2 eq "stw" && !$called;
        $called = 1 if $2 eq "bctrl";
        END { print $store - $first }' $BATS_FILE_TMPDIR/code)
}

# The sums that were printed, by number from 1: kernel and netisr.
nth_sum()
{
    grep '^sum ' <<<"$output" | sed -n "$1p"
}

expect_same_text()
{
    [ "$(nth_sum $1)" = "$(nth_sum $2)" ] || fail "text is not what it was: $(nth_sum $1), $(nth_sum $2)"
}

expect_other_text()
{
    [ "$(nth_sum $1)" != "$(nth_sum $2)" ] || fail "text is what it was: $(nth_sum $1)"
}

# expect_serviced WORDS: the lines that tell of work, one after another with blanks between.
expect_serviced()
{
    local told

    told=$(grep -E '^(ip|arp|late|netisr|netisr_log): ' <<<"$output" | sed 's/: type \([0-9]*\) serviced/\1/;s/netisr: nobody services type /lost/;s/netisr_log: netisr value: /log/;s/ | [0-9]*//' | tr '\n' ' ')
    [ "$told" = "$1 " ] || fail "serviced: $told"
}

@test "netisr: it services 32 types, the smallest first, and knows no others" {
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine $netisr -c 'netisr 18 31 2 0' -c netisr -c 'netisr 32' -c 'netisr x' -c 'netisr -1'
        expect_status 1
        expect_serviced 'lost0 ip2 arp18 lost31'
        expect_stderr 'type 32: there are 32 types
usage: netisr [TYPE...]
usage: netisr [TYPE...]'
    done
}

@test "netisr: patched in its middle from the prompt it logs the mask" {
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine $netisr $log $sum -c sum -c "patch $site netisr_log.netisr_log" -c 'netisr 2 18' -c sum -c probes \
            -c 'unprobe all' -c 'netisr 2' -c sum -c "patch $site netisr_log.netisr_log" -c 'netisr 18' -c 'unload netisr_log' \
            -c 'netisr 18' -c sum
        expect_status 0
        expect_serviced 'log0x00040004 ip2 log0x00040000 arp18 ip2 log0x00040000 arp18 arp18'
        expect_line '^ *1 .*run_netisr\+'
        expect_other_text 1 2
        expect_same_text 1 3
        expect_same_text 1 4
    done
}

@test "netisr: the patch of the paper, assembled and linked, does the same" {
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine $netisr $log $sum -c sum -p $site=extensions/netisr_log/packet_counter.s -c 'netisr 2 18' -c sum \
            -c 'unload netisr_log' -c 'unload packet_counter' -c 'netisr 2 18' -c sum -c 'unload netisr_log'
        expect_status 1
        expect_stderr 'netisr_log is used by: packet_counter'
        expect_serviced 'log0x00040004 ip2 log0x00040000 arp18 ip2 arp18'
        expect_other_text 1 2
        expect_same_text 1 3
    done
}

@test "netisr: a procedure of the kernel calls it, which no branch reaches" {
    whorl $netisr $log $sum -c sum -p domain_named=extensions/netisr_log/packet_counter.s -c 'symbols netisr' -c sum -c 'unload packet_counter' -c sum
    expect_status 0
    expect_line '^netisr_log: netisr value: 0x00000000 \| 1$'
    expect_other_text 1 2
    expect_same_text 1 3
}

@test "netisr: with netisr_more it services types that it was not built for" {
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine $netisr $sum -c sum $more -c sum -c 'netisr 40' $late -c springboards -c 'netisr 40 2 33 18' -c 'netisr 40' -c 'netisr 5' -c 'netisr 41' \
            -c 'netisr 64' -c 'unload late' -c 'netisr 40' -c 'netisr 2' -c 'unload netisr_more' -c 'netisr 2' -c 'netisr 40' -c sum -c springboards
        expect_status 1
        expect_serviced 'late33 late40 ip2 arp18 late40 late5 late33 ip2 ip2'
        expect_stderr 'nobody services type 40
nobody services type 41
type 64: there are 32 types
nobody services type 40
type 40: there are 32 types'
        expect_other_text 1 2
        expect_same_text 1 3
    done
}

@test "netisr: whatever is patched into it may be out of reach of branches" {
    whorl -m 256 $netisr $far $log $sum -c sum -c "patch $site netisr_log.netisr_log" -p $site=extensions/netisr_log/packet_counter.s -c 'netisr 2' \
        $more $late -c springboards -c 'netisr 2 40' -c 'unload late' -c 'unload netisr_more' -c 'unload packet_counter' -c 'unprobe all' -c 'netisr 2' \
        -c sum -c springboards
    expect_status 0
    expect_serviced 'log0x00000004 log0x00000004 ip2 late40 log0x00000004 log0x00000004 ip2 ip2'
    expect_line '^2 of [0-9]+ springboards in use$'
    expect_line '^0 of [0-9]+ springboards in use$'
    expect_same_text 1 2
}

@test "netisr: all patches at once, and taken away in another order" {
    whorl $netisr $log $sum -c sum -p $site=extensions/netisr_log/packet_counter.s $more $late -c "patch $site netisr_log.netisr_log" \
        -c 'netisr 2 40' -c sum -c 'unload packet_counter' -c 'netisr 2 40' -c 'unload late' -c 'unload netisr_more' -c 'netisr 2' -c 'unprobe all' \
        -c 'netisr 2' -c sum
    expect_status 0
    expect_serviced 'late40 log0x00000004 log0x00000004 ip2 late40 log0x00000004 ip2 log0x00000004 ip2 ip2'
    expect_other_text 1 2
    expect_same_text 1 3
}
