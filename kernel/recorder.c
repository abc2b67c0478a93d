/* See recorder.h: a ring of records of one size. */
#include "kernel/recorder.h"

#include "kernel/name.h"

#include <stdbool.h>
#include <string.h>
#include <whorl/clock.h>

#include "arch/ppc/machine.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "kernel/backtrace.h"
#include "kernel/shell.h"
#include "kernel/strand/strand.h"

/* 64 bytes. */
struct entry {
    uint64_t time; /* of the time base */
    uint32_t strand, value;
    uint32_t what;     /* enum recorded */
    const char *whose; /* the name, as long as it was not copied; NULL */
    char name[RECORDER_NAME_MAX + 1];
    uint32_t unused[2];
};

static const struct {
    const char *text;
    enum { NOTHING, NUMBER, PLACE } value;
} kinds[N_RECORDED] = {
    [RECORDED_DOMAIN_LOADED] = {"domain loaded", NOTHING},
    [RECORDED_DOMAIN_UNLOADED] = {"domain unloaded", NOTHING},
    [RECORDED_QUARANTINE] = {"domain in quarantine", NOTHING},
    [RECORDED_FAULT] = {"fault", PLACE},
    [RECORDED_STRAND_CREATED] = {"strand created", NUMBER},
    [RECORDED_STRAND_ENDED] = {"strand ended", NUMBER},
    [RECORDED_INSTALLED] = {"handler installed", PLACE},
    [RECORDED_REMOVED] = {"handler removed", PLACE},
    [RECORDED_PATCHED] = {"patch inserted", PLACE},
    [RECORDED_UNPATCHED] = {"patch removed", PLACE},
    [RECORDED_COMMAND] = {"command", NOTHING},
    [RECORDED_ALARM] = {"alarm", PLACE},
    [RECORDED_KILLED] = {"handler killed", PLACE},
    [RECORDED_REFUSED] = {"refused by a quota", NOTHING},
};

static struct entry ring[RECORDER_SIZE];
static uint32_t n_recorded;

static inline __attribute__((always_inline)) struct entry *next_entry(enum recorded what,
                                                                      uint32_t value)
{
    struct entry *entry = &ring[n_recorded++ % RECORDER_SIZE];

    entry->time = timebase_read();
    entry->strand = strand_current->number;
    entry->value = value;
    entry->what = what;
    entry->whose = NULL;
    return entry;
}

void record(enum recorded what, const char *name, uint32_t value)
{
    uint32_t before = interrupts_off();
    struct entry *entry = next_entry(what, value);

    entry->name[0] = 0;
    if (name != NULL)
        (void)name_copy(entry->name, name, RECORDER_NAME_MAX);
    interrupts_restore(before);
}

void record_strand(enum recorded what, const struct strand *strand)
{
    uint32_t before = interrupts_off();
    struct entry *entry = next_entry(what, strand->number);

    _Static_assert(sizeof entry->name == sizeof strand->name, "all of it");
    memcpy(entry->name, strand->name, sizeof entry->name);
    interrupts_restore(before);
}

static void put(uint32_t number, uint64_t time, enum recorded what, const char *whose)
{
    struct entry *entry = &ring[number % RECORDER_SIZE];

    entry->time = time;
    entry->strand = strand_current->number;
    entry->what = what;
    entry->whose = whose;
    entry->name[0] = 0;
}

void record_contained(uint32_t srr0, const char *name)
{
    uint32_t number = n_recorded;
    uint64_t time = timebase_read();

    n_recorded = number + 2;
    ring[number % RECORDER_SIZE].value = srr0;
    put(number, time, RECORDED_FAULT, NULL);
    put(number + 1, time, RECORDED_QUARANTINE, name);
}

void recorder_settle(void)
{
    uint32_t before = interrupts_off();

    for (struct entry *entry = ring; entry < ring + RECORDER_SIZE; entry++)
        if (entry->whose != NULL) {
            (void)name_copy(entry->name, entry->whose, RECORDER_NAME_MAX);
            entry->whose = NULL;
        }
    interrupts_restore(before);
}

/* ---- printing ---- */

static const char *strand_named(uint32_t number)
{
    const struct strand *strand = strand_next(NULL);

    while (strand != NULL && strand->number != number)
        strand = strand_next(strand);
    return strand != NULL ? strand->name : "gone";
}

static void print_value(FILE *out, const struct entry *entry)
{
    char name[160];

    if (kinds[entry->what].value == NUMBER)
        fprintf(out, " %u", (unsigned)entry->value);
    if (kinds[entry->what].value != PLACE)
        return;
    backtrace_name(entry->value, name, sizeof name);
    fprintf(out, " 0x%08x %s", (unsigned)entry->value, name);
}

static void print_entry(FILE *out, const struct entry *entry)
{
    uint64_t us = clock_to_microseconds(entry->time - machine.entry_ticks);

    fprintf(out, "%6u.%06u  %4u %-16s %s", (unsigned)(us / 1000000), (unsigned)(us % 1000000),
            (unsigned)entry->strand, strand_named(entry->strand), kinds[entry->what].text);
    if (entry->whose != NULL)
        fprintf(out, " %.*s", RECORDER_NAME_MAX, entry->whose);
    else if (entry->name[0] != 0)
        fprintf(out, " %s", entry->name);
    print_value(out, entry);
    fprintf(out, "\n");
}

void recorder_print(FILE *out)
{
    uint32_t end = n_recorded, first = end < RECORDER_SIZE ? 0 : end - RECORDER_SIZE;

    fprintf(out, "the latest %u events: seconds, strand, what happened\n", (unsigned)(end - first));
    for (uint32_t i = first; i != end; i++)
        print_entry(out, &ring[i % RECORDER_SIZE]);
}

static status_t recorder(int argc, char **argv)
{
    if (argc != 1)
        return shell_usage(argv[0]);
    recorder_print(stdout);
    return OK;
}
COMMAND(recorder, "", "list the latest events of the system, as a panic does");
