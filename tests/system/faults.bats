# What an extension may do wrong when it runs: it is reported, taken out, and the machine goes on.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
}

# report_of NAME: the lines of standard error about it, from the fault to the sentence that it is out.
report_of()
{
    awk -v name="$1" '/^fault: / { report = "" } { report = report $0 "\n" } index($0, name ": ") == 1 { printf "%s", report }' <<<"$stderr"
}

# expect_reports NAME PATTERN...: the report of the domain has a line for each pattern.
expect_report()
{
    local name=$1 report

    report=$(report_of $1)
    shift
    for pattern; do
        grep -Eq -- "$pattern" <<<"$report" || fail "the report of $name lacks: $pattern"
    done
}

DSI='data storage exception \(vector 0x0300\)'
ISI='instruction storage exception \(vector 0x0400\)'
PROGRAM='program exception \(vector 0x0700\)'

@test "faults: each kind in domain_init is reported, the domain is gone, and nothing is lost" {
    while IFS='|' read -r name pattern body; do
        extension $name -w <<<"static int word[4]; static const int constant[2] = {5, 6}; status_t domain_init(void) { $body; word[0] = 1; return constant[1] != 6; }"
        names+=($name)
        patterns+=("$pattern")
        [ $name = no_interrupts ] && arguments+=(--privileged) # others have no instruction for that
        arguments+=(-x $t/$name.o -c mem)
    done <<END
null_store|^fault: $DSI at 0x[0-9a-f]{8} null_store!domain_init\+0x[0-9a-f]+: store to 0x00000000, which is not mapped|*(volatile int *)0 = 1
null_load|^fault: $DSI at .* null_load!domain_init\+.*: load from 0x00000000, which is not mapped|if (*(volatile int *)0 == 3) return ERR_BUSY
null_member|^fault: $DSI at .* null_member!domain_init\+.*: store to 0x00000ff0, which is not mapped|*(volatile int *)0xff0 = 1
wild_load|^fault: $DSI at .*: load from 0x60000000, which is not mapped|if (*(volatile int *)0x60000000 == 3) return ERR_BUSY
wild_store|^fault: $DSI at .*: store to 0xfffffffc, which is not mapped|*(volatile int *)0xfffffffc = 3
text_store|^fault: $DSI at .*: store to 0x[0-9a-f]{8} \(text_store!domain_init\+0x0\), which is read-only|*(volatile int *)domain_init = 1
kernel_store|^fault: $DSI at .*: store to 0x[0-9a-f]{8} \(kernel!strlen\+0x0\), which is read-only|*(volatile int *)strlen = 1
const_store|^fault: $DSI at .*: store to 0x1[0-9a-f]{7} .*, which is read-only|*(volatile int *)constant = 1
jump_null|^fault: $ISI at 0x00000000.*: jump to 0x00000000, which is not mapped|void (*volatile f)(void) = 0; f()
jump_data|^fault: $ISI at 0x1[0-9a-f]{7}.*: jump to 0x1[0-9a-f]{7}.*, which is not executable|void (*volatile f)(void) = (void *)word; word[0] = 0x4e800020; f()
jump_stack|^fault: $ISI at .*: jump to .*, which is not executable|volatile int code[2] = {0x4e800020}; void (*volatile f)(void) = (void *)code; f()
jump_device|^fault: $ISI at 0x80013000.*: jump to 0x80013000.*|void (*volatile f)(void) = (void *)0x80013000; f()
illegal|^fault: $PROGRAM at .* illegal!domain_init\+.*: an illegal instruction \(0x00000000\)|__asm__ volatile(".long 0")
trap_word|^fault: $PROGRAM at .* trap_word!domain_init\+.*: a trap instruction|__builtin_trap()
system_call|^fault: system call exception \(vector 0x0c00\) at .* system_call!domain_init\+|__asm__ volatile("sc")
misaligned|^fault: alignment exception \(vector 0x0600\) at .* misaligned!domain_init\+.*: access to 0x1[0-9a-f]{6}1|int v; __asm__ volatile("lwarx %0, 0, %1" : "=r"(v) : "r"((char *)word + 1)); if (v == 77) return ERR_BUSY
aborts|^fault: .*|abort()
no_stack|^fault: $DSI at .* no_stack!domain_init\+.*: store to 0x00000000|__asm__ volatile("li 1, 0; stw 3, 0(1)")
wild_stack|^fault: $DSI at .* wild_stack!domain_init\+.*: store to 0x70000001|__asm__ volatile("lis 1, 0x7000; ori 1, 1, 1; stw 3, 0(1)")
no_interrupts|^fault: $DSI at .* no_interrupts!domain_init\+.*: store to 0x00000000|int m; __asm__ volatile("mfmsr %0; rlwinm %0, %0, 0, 17, 15; mtmsr %0" : "=r"(m)); *(volatile int *)0 = m
END
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem "${arguments[@]}" -c domains -c uptime -x build/extensions/hello.o
        expect_status 1
        expect_same_memory $((${#names[@]} + 1))
        expect_count 3 '^(SpinPublic|SpinPrivate|Debug) '
        expect_line '^[0-9.]+ s$'
        expect_line '^hello: linked'
        expect_stderr_count ${#names[@]} '^fault: '
        for ((n = 0; n < ${#names[@]}; n++)); do
            expect_no_line "^${names[n]} "
            expect_report ${names[n]} "${patterns[n]}" "^${names[n]}: domain_init faulted" \
                '^  srr0 [0-9a-f]{8}  srr1 [0-9a-f]{8}  dar  [0-9a-f]{8}  dsisr [0-9a-f]{8}$' \
                '^  lr   [0-9a-f]{8}  ctr  [0-9a-f]{8}  cr   [0-9a-f]{8}  xer   [0-9a-f]{8}$' '^  r0( +[0-9a-f]{8}){8}$' '^  r24( +[0-9a-f]{8}){8}$' \
                "^  0x0[0-9a-f]{7} ${names[n]}!domain_init\\+0x[0-9a-f]+$"
            [[ ${names[n]} == *_stack ]] || expect_report ${names[n]} '^  0x01[0-9a-f]{6} kernel!domain_start\+0x[0-9a-f]+$'
        done
    done
}

@test "faults: an address in data is not named after a function" {
    extension data_jump -w <<<'static int word[4]; status_t domain_init(void) { void (*volatile f)(void) = (void *)word; f(); return OK; }'
    whorl -x $t/data_jump.o
    expect_status 1
    # Its functions take far less than 0x1000 bytes.
    expect_no_stderr_line 'domain_init\+0x[0-9a-f]{4,}'
}

@test "faults: an instruction of the wrong processor" {
    # vaddubm: the 750 has no AltiVec, the 7400 has it switched off.
    extension vector <<<'status_t domain_init(void) { __asm__ volatile(".long 0x10201400"); return OK; }'
    whorl -M g3beige -c mem -x $t/vector.o -c mem
    expect_status 1
    expect_report vector "^fault: $PROGRAM at .* vector!domain_init\\+0x[0-9a-f]+: an illegal instruction"
    expect_same_memory 2
    whorl -M mac99 -c mem -x $t/vector.o -c mem
    expect_status 1
    expect_report vector '^fault: AltiVec unavailable exception \(vector 0x0f20\) at .* vector!domain_init\+'
    expect_same_memory 2
}

@test "faults: privileged instructions are no fault, but who returns with interrupts off does not stay" {
    extension fine <<C
status_t domain_init(void)
{
    unsigned state, processor;

    __asm__ volatile("mfmsr %0; mfspr %1, 287" : "=r"(state), "=r"(processor));
    console_print("%x %x\n", state & 0x30, processor);
    return OK;
}
C
    extension silent -w <<C
status_t domain_init(void)
{
    unsigned state;

    __asm__ volatile("mfmsr %0; rlwinm %0, %0, 0, 17, 15; mtmsr %0" : "=r"(state));
    return OK;
}
C
    whorl -M g3beige -c mem --privileged -x $t/fine.o -c uptime -c 'unload fine' -c mem
    expect_status 0
    expect_stderr ''
    expect_line '^30 80301$'
    expect_same_memory 2
    whorl -M mac99 --privileged -x $t/fine.o -c uptime
    expect_status 0
    expect_line '^30 c0209$'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem --privileged -x $t/silent.o -c uptime -c mem
        expect_status 1
        expect_stderr_line '^cut off: silent returned from a call with interrupts off'
        expect_stderr_line '^silent: silent returned from|^silent returned from'
        expect_line '^[0-9.]+ s$'
        expect_same_memory 2
    done
}

@test "faults: a recursion without end stops at the end of the stack" {
    extension recursive -w <<C
static volatile int depth;
static int __attribute__((noinline)) deeper(volatile char *p)
{
    volatile char room[200];

    room[0] = *p;
    depth++;
    return deeper(room) + room[0];
}
status_t domain_init(void) { char c = 1; return deeper(&c); }
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/recursive.o -c mem -x $t/recursive.o -c mem -c uptime -x build/extensions/hello.o
        expect_status 1
        expect_same_memory 3
        expect_stderr_count 2 "^fault: $DSI .* recursive!deeper\\+0x[0-9a-f]+: store to .* overflow"
        expect_report recursive '^  0x[0-9a-f]{8} recursive!deeper\+0x' '^recursive: domain_init faulted'
        expect_line '^hello: linked'
    done
}

@test "faults: the backtrace names every function on the way" {
    extension path -fno-optimize-sibling-calls -fno-ipa-icf <<C
#define APART __attribute__((noinline, noclone))
static APART int inner(volatile int *p) { return *p + 1; }
static APART int middle(volatile int *p) { return inner(p) * 3; }
int APART outer(volatile int *p) { return middle(p) * 5; }
status_t domain_init(void) { return outer((volatile int *)16) + 1; }
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x $t/path.o
        expect_status 1
        [[ $stderr =~ path!inner\+0x.*path!inner\+0x.*path!middle\+0x.*path!outer\+0x.*path!domain_init\+0x.*kernel! ]] ||
            fail "the backtrace is not whole"
    done
}

@test "faults: the backtrace crosses domains and the kernel" {
    extension lower <<<'int lower(const int *p) { return *p + 1; } INTERFACE(Lower, lower); EXPORT_INTERFACE("lower", Lower); status_t domain_init(void) { return OK; }'
    extension upper <<C
IMPORT_DOMAIN("lower");
int lower(const int *);
static int compare(const void *a, const void *b) { return lower(NULL) + (a < b); }
status_t domain_init(void) { int numbers[4] = {4, 3, 2, 1}; qsort(numbers, 4, sizeof(int), compare); return numbers[0]; }
C
    whorl -c mem -x $t/lower.o -x $t/upper.o -c domains -c 'unload lower' -c mem
    expect_status 1
    expect_line '^lower +quarantined '
    expect_stderr_line '^upper: domain_init returned '

    expect_stderr_line '^  0x[0-9a-f]{8} lower!lower\+0x'
    expect_stderr_line '^  0x[0-9a-f]{8} upper!compare\+0x'
    expect_stderr_line '^  0x[0-9a-f]{8} kernel!qsort\+0x'
    expect_stderr_line '^  0x[0-9a-f]{8} upper!domain_init\+0x'
    expect_same_memory 2
}

@test "faults: a fault in a constructor keeps the domain out" {
    extension early -w <<<'__attribute__((constructor)) static void build(void) { *(volatile int *)4 = 1; } status_t domain_init(void) { console_print("never\n"); return OK; }'
    whorl -c mem -x $t/early.o -c mem -c domains
    expect_status 1
    expect_no_line never
    expect_no_line '^early'
    expect_stderr_line '^  0x[0-9a-f]{8} early!build\+0x'
    expect_same_memory 2
}

@test "faults: a fault in domain_fini or a destructor does not keep the domain" {
    extension late -w <<<'status_t domain_init(void) { return OK; } void domain_fini(void) { *(volatile int *)8 = 1; } __attribute__((destructor)) static void destroy(void) { console_print("destroy\n"); }'
    extension latest -w <<<'status_t domain_init(void) { return OK; } __attribute__((destructor)) static void destroy(void) { *(volatile int *)8 = 1; }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/late.o -c 'unload late' -x $t/latest.o -c 'unload latest' -c mem -c domains
        expect_stderr_line '^  0x[0-9a-f]{8} late!domain_fini\+0x'
        expect_stderr_line '^  0x[0-9a-f]{8} latest!destroy\+0x'
        expect_no_line '^destroy$' # nothing of it runs again
        expect_no_line '^late'
        expect_same_memory 2
    done
}

@test "faults: of a group in which one faults nothing is left" {
    extension first <<<'int first(void) { return 1; } status_t domain_init(void) { console_print("first\n"); return OK; } void domain_fini(void) { console_print("first: fini\n"); }'
    extension second -w <<<'int first(void); int second(void) { return first(); } status_t domain_init(void) { *(volatile int *)0 = second(); return OK; }'
    extension third <<<'int second(void); status_t domain_init(void) { return second(); }'
    whorl -c mem -x $t/first.o,$t/second.o,$t/third.o -c mem -c domains
    expect_status 1
    expect_no_line '^(first|second|third) +(init|fail|creat)'
    expect_count 1 '^first$'
    expect_count 1 '^first: fini$'
    expect_stderr_line '^second: domain_init faulted'
    expect_same_memory 2
}

@test "faults: output before the fault is not lost" {
    extension talks -w <<<'status_t domain_init(void) { for (int i = 0; i < 500; i++) console_print("line %d\n", i); printf("and a half"); *(volatile int *)0 = 1; return OK; }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x $t/talks.o -c uptime
        expect_count 500 '^line '
        expect_line '^and a half[0-9.]+ s$'
    done
}
