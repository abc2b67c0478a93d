/*
 * See overdue.h. What is counted says nothing of whom it is counted for, so all bindings are looked through; there
 * is a mark for when that is worth it.
 */
#include "kernel/event/overdue.h"

#include <stdio.h>
#include <whorl/clock.h>

#include "arch/ppc/processor.h"
#include "kernel/backtrace.h"
#include "kernel/busy.h"
#include "kernel/event/event_private.h"
#include "kernel/event_names.h"
#include "kernel/output.h"

#define NAME_SIZE 160

static volatile bool pending;

void event_overdue(struct ephemeral_record *record)
{
    (void)record;
    pending = true;
}

bool event_overdue_pending(void)
{
    return pending;
}

/* ---- sentences ---- */

static void print_place(const struct ephemeral_record *record)
{
    char name[NAME_SIZE];

    if (record->at == 0) {
        fprintf(stderr, "came back, with interrupts off,");
        return;
    }
    backtrace_name(record->at, name, sizeof name);
    fprintf(stderr, "was stopped at 0x%08x %s", (unsigned)record->at, name);
}

static void print_bond(const struct bond *bond)
{
    const struct event *event = bond->event;
    char handler[NAME_SIZE];

    event_procedure_name(bond->handler.callee->procedure, handler, sizeof handler);
    fprintf(stderr, "event: handler %s of %s%s%s ", handler,
            event->domain != NULL ? event->domain->name : "", event->domain != NULL ? "." : "",
            event->name);
}

/* Of several kills since the last report only the latest is known. */
static void report(const struct bond *bond, const struct ephemeral_record *record, uint32_t n)
{
    bool before = output_pass_by(true);

    print_bond(bond);
    print_place(record);
    fprintf(stderr, " after %u us, where it may take %u",
            (unsigned)clock_to_microseconds(record->ticks), (unsigned)bond->ephemeral_us);
    if (n > 1)
        fprintf(stderr, "; %u times since the last report", (unsigned)n);
    fprintf(stderr, "\n");
    (void)output_pass_by(before);
}

static void report_removal(const struct bond *bond)
{
    bool before = output_pass_by(true);

    print_bond(bond);
    fprintf(stderr, "is uninstalled: it was stopped %u times\n", (unsigned)bond->ephemeral.kills);
    (void)output_pass_by(before);
}

/* ---- bindings ---- */

/* Not if something else needs it, as a swap by its maker may have made it: then at the next kill. */
static void uninstall(struct bond *bond)
{
    if (bond->active && binding_uninstall(NULL, bond->capability) == OK)
        report_removal(bond);
}

static void look_at(struct bond *bond)
{
    uint32_t interrupts = interrupts_off();
    struct ephemeral_record record = bond->ephemeral;
    uint32_t n = record.kills - bond->kills_reported;

    bond->kills_reported = record.kills;
    interrupts_restore(interrupts);
    report(bond, &record, n);
    if (record.kills - bond->kills_before >= bond->kills_max)
        uninstall(bond);
}

static struct bond *find_overdue(void)
{
    for (struct event *event = event_next(NULL); event != NULL; event = event_next(event))
        for (struct bond *bond = event->first; bond != NULL; bond = bond->next)
            if (bond->ephemeral.kills != bond->kills_reported)
                return bond;
    return NULL;
}

/* Uninstalling may take records away, so the search begins anew. */
void event_report_overdue(void)
{
    struct bond *bond;
    vaddr_t before;

    if (!pending || event_is_changing())
        return;
    before = busy_begin();
    pending = false;
    while ((bond = find_overdue()) != NULL)
        look_at(bond);
    busy_end(before);
}
