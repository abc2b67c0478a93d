# What the prompt says of strands, of what domains may have, and of what has happened.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
}

# Two strands that compute for ever, of different priority, and one that sleeps.
busy_extension()
{
    extension busy <<'C'
#include <whorl/strand.h>
static void compute(void *closure) { volatile unsigned *n = closure; for (;;) { ++*n; if (*n % 4096 == 0) (void)!strand_yield(); } }
static void rest(void *closure) { (void)closure; for (;;) (void)!strand_sleep(100000000); }
static unsigned n;
status_t domain_init(void)
{
    struct strand_options low = {.name = "computes", .priority = 3}, other = {.name = "rests"};
    strand_t *strand;
    status_t status = strand_create(compute, &n, &low, &strand);
    return status == OK ? strand_create(rest, NULL, &other, &strand) : status;
}
C
}

@test "strands: the list says whose they are, their priority and what they wait for" {
    busy_extension
    whorl -x $t/busy.o -c top -c strands -c 'unload busy' -c strands
    expect_status 0
    expect_line '^number strand +domain +priority +ms +stack/size +state$'
    expect_count 2 '^ +1 shell +kernel +[0-9]+ +[0-9]+\.[0-9]{3} +[0-9]+/ *[0-9]+ +runs$'
    expect_count 1 '^ +[0-9]+ computes +busy +3 +[0-9]+\.[0-9]{3} +[0-9]+/ *[0-9]+ +ready$'
    expect_count 1 '^ +[0-9]+ rests +busy +16 +[0-9]+\.[0-9]{3} +[0-9]+/ *[0-9]+ +waits for [a-z]+$'
}

@test "strands: top shows who had the processor in the last second" {
    busy_extension
    whorl -x $t/busy.o -c top -c 'top 0' -c 'unload busy'
    expect_stderr 'usage: top [N]'
    expect_line '^computes +[1-9][0-9]+\.[0-9]% busy +3$'
    expect_line '^rests +[0-3]\.[0-9]% busy +16$'
    expect_line '^busy +[1-9][0-9]+\.[0-9]% +[0-9]+ +2 +0$'
    expect_line '^kernel +[0-9]+\.[0-9]% '
}

@test "strands: quotas are shown, set, and hold from then on" {
    speaker plain
    whorl -x $t/plain.o -c 'quota plain' -c 'quota plain strands 3' -c 'quota plain memory 100000' -c 'quota plain total-ms unlimited' \
        -c 'quota plain' -c 'domains -v' -c 'quota plain memory 1' -c 'quota plain strands x' -c 'quota plain legs 2' \
        -c 'quota nobody' -c 'quota plain strands' -c 'quota plain'
    expect_stderr "plain has 8192 bytes of memory
x is neither a number nor unlimited
there is no quota of legs
no domain with quotas is called nobody
usage: quota DOMAIN [WHAT LIMIT]"
    expect_count 1 '^strands +0 of 64$'
    expect_count 2 '^strands +0 of 3$'
    expect_count 1 '^memory +8192 of 67108864$'
    expect_count 2 '^memory +8192 of 100000$'
    expect_count 3 '^total-ms +[0-9]+ of unlimited$'
    expect_line '^    has: 0\.[0-9]{3} ms of processor time, memory 8192 of 100000, strands 0 of 3, locks 0 of 4096, bindings 0 of 4096, patches 0 of 4096, springboards 0 of 256$'
}

@test "strands: who goes on asking for more than its quota is cut off" {
    extension greedy <<'C'
#include <whorl/strand.h>
static void *volatile piece;
static void ask(void *closure) { (void)closure; for (;;) piece = malloc(1 << 30); }
status_t domain_init(void) { strand_t *strand; return strand_create(ask, NULL, NULL, &strand); }
C
    speaker after
    whorl -x $t/greedy.o -c top -c domains -x $t/after.o -c 'unload greedy' -c 'unload after' -c recorder
    expect_line '^after: init$'
    grep -q 'asked 1000 times in a row for more than its quota of 64 MB of memory' <<<"$output$stderr"
    expect_line 'refused by a quota greedy$'
    expect_line 'domain in quarantine greedy$'
}

@test "strands: the recorder keeps the latest events" {
    busy_extension
    whorl -x $t/busy.o -c recorder -c 'unload busy' -c recorder
    expect_status 0
    expect_line '^ +[0-9]+\.[0-9]{6} +1 shell +command load busy\.o$'
    expect_line '^ +[0-9]+\.[0-9]{6} +1 shell +domain loaded busy$'
    expect_line '^ +[0-9]+\.[0-9]{6} +1 shell +strand created computes [0-9]+$'
    expect_count 1 '^ +[0-9]+\.[0-9]{6} +1 shell +domain unloaded busy$'
    expect_count 1 '^ +[0-9]+\.[0-9]{6} +1 shell +strand ended rests [0-9]+$'
}

@test "strands: a panic says its registers, the strand and domain, and what happened last" {
    extension trap <<<'IMPORT_DOMAIN("Debug"); void panic(const char *, ...); status_t domain_init(void) { panic("on purpose"); return OK; }'
    whorl --privileged -x $t/trap.o
    expect_status 2
    output="$output$stderr"
    expect_line '^panic: on purpose$'
    expect_line '^  r0  ([0-9a-f]{8} ){7}[0-9a-f]{8}$'
    expect_line '^  0x04[0-9a-f]{6} trap!domain_init\+0x[0-9a-f]+$'
    expect_line '^strand 1 shell of kernel, in domain trap$'
    expect_line '^the latest [0-9]+ events: '
    expect_line ' command load --privileged trap\.o$'
}
