# The extension user_threads: a scheduler of its own for its own strands.

load lib

setup_file()
{
    export BATS_FILE_TMPDIR
    # Computes for a while at the priority of the threads' carrier, and says how much of the time it had.
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR extension beside <<'C'
#include <whorl/event.h>
#include <whorl/shell.h>
#include <whorl/strand.h>
static volatile bool ending;
static void compute(void *closure) { (void)closure; while (!ending) ; }
static bool is_beside(int argc, char *argv[]) { (void)argc; return strcmp(argv[0], "beside") == 0; }
static status_t beside(int argc, char *argv[])
{
    uint64_t start = clock_ticks(), ticks;
    strand_t *strand;
    (void)argc, (void)argv;
    ending = false;
    if (strand_create(compute, NULL, NULL, &strand) != OK || strand_sleep(400000) != OK || strand_time(strand, &ticks) != OK)
        return ERR_FAILED;
    console_print("beside: %u of 1000\n", (unsigned)(ticks * 1000 / (clock_ticks() - start)));
    ending = true;
    return strand_join(strand);
}
status_t domain_init(void)
{
    binding_t *binding;
    return event_install((procedure_t)shell_command, (procedure_t)beside, (procedure_t)is_beside, NULL, &binding);
}
C
    # Handles the four events for whatever strands it is asked about, and counts those that are not its own.
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR extension spy <<'C'
#include <whorl/event.h>
#include <whorl/shell.h>
#include <whorl/strand.h>
static volatile unsigned own, others;
static status_t count(strand_t *strand) { *(strand_tag(strand) == (void *)&own ? &own : &others) += 1; return OK; }
static void nothing(void *closure) { (void)closure; (void)!strand_sleep(100); }
static bool is_spy(int argc, char *argv[]) { (void)argc; return strcmp(argv[0], "spy") == 0; }
static status_t spy(int argc, char *argv[])
{
    struct strand_options options = {.tag = (void *)&own};
    strand_t *strand;
    (void)argc, (void)argv;
    if (strand_create(nothing, NULL, &options, &strand) != OK || strand_join(strand) != OK)
        return ERR_FAILED;
    console_print("spy: own %s, others %u\n", own > 3 ? "seen" : "missed", others);
    return OK;
}
status_t domain_init(void)
{
    procedure_t events[] = {(procedure_t)strand_block, (procedure_t)strand_unblock, (procedure_t)strand_checkpoint, (procedure_t)strand_resume};
    binding_t *binding;
    status_t status = event_install((procedure_t)shell_command, (procedure_t)spy, (procedure_t)is_spy, NULL, &binding);
    for (unsigned i = 0; status == OK && i < 4; i++)
        status = event_install(events[i], (procedure_t)count, NULL, &(struct event_options){.order = EVENT_FIRST}, &binding);
    return status;
}
C
}

# share I LOW HIGH: what thread I got, in thousandths.
share()
{
    local got

    got=$(sed -n "s/^thread $1: \([0-9]*\) of 1000.*/\1/p" <<<"$output" | head -1)
    [ -n "$got" ] && [ "$got" -ge "$2" ] && [ "$got" -le "$3" ] || fail "thread $1 got '$got' thousandths, not $2 to $3"
}

@test "a round robin gives equal shares" {
    whorl --icount -x build/extensions/user_threads.o -c 'threads rr 4'
    expect_status 0
    for thread in 0 1 2 3; do
        share $thread 235 265
    done
}

@test "a lottery gives shares by tickets" {
    whorl --icount -x build/extensions/user_threads.o -c 'threads lottery 10 20 30 40'
    expect_status 0
    share 0 50 150
    share 1 130 270
    share 2 220 380
    share 3 310 490
}

@test "other strands have what they would have without" {
    whorl --icount -x build/extensions/user_threads.o -x $BATS_FILE_TMPDIR/beside.o -c 'threads start rr 5' -c beside -c 'threads stop'
    expect_status 0
    got=$(sed -n 's/^beside: \([0-9]*\) of 1000$/\1/p' <<<"$output")
    [ "$got" -ge 450 ] && [ "$got" -le 550 ] || fail "the strand beside got '$got' thousandths, not half"
}

@test "handlers of the events of strands see their own domain's only" {
    whorl --icount -x build/extensions/user_threads.o -x $BATS_FILE_TMPDIR/spy.o -c 'threads start lottery 1 2' -c spy -c 'threads stop' -c spy
    expect_status 0
    expect_count 2 '^spy: own seen, others 0$'
}

@test "it is unloaded while its threads run" {
    whorl --icount -x build/extensions/user_threads.o -c 'threads start rr 3' -c 'unload user_threads' -c domains -c mem
    expect_status 0
    expect_no_line 'user_threads|carrier'
}

@test "wrong arguments are refused" {
    for line in 'threads' 'threads rr' 'threads rr 0' 'threads rr 17' 'threads rr x' 'threads lottery' 'threads lottery 1 0' 'threads stop' 'threads start'; do
        whorl -x build/extensions/user_threads.o -c "$line"
        [ "$status" -ne 0 ] || fail "$line was not refused"
        expect_stderr_line 'usage|a number from|there are no threads'
    done
}
