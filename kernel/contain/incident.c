/* See incident.h. */
#include "kernel/contain/incident.h"

#include <string.h>

#include "arch/ppc/processor.h"
#include "domains/domain.h"
#include "kernel/backtrace.h"
#include "kernel/contain/culprit.h"
#include "kernel/fault.h"
#include "kernel/output.h"
#include "kernel/patch/exception.h"
#include "kernel/patch/patch.h"
#include "kernel/strand/strand.h"

#define N_INCIDENTS 8

struct incident {
    enum { FREE, BEGUN, NOTED, PRINTED } state;
    enum cut cut;
    uint32_t number; /* in the order in which they happened */
    uint32_t strand;
    vaddr_t at; /* where what was cut off would have returned to; 0: not known */
    bool fault, has_frame;
    output_sink_t sink;
    struct domain *domain; /* that goes into quarantine for it, NULL: none */
    char reason[sizeof((struct domain *)NULL)->reason]; /* of what is no fault */
    struct trap_frame frame;
    struct backtrace trace;
};

static struct incident incidents[N_INCIDENTS];
static uint32_t latest_number;
static volatile unsigned n_lost;
static struct trap_frame latest;

const struct trap_frame *fault_latest(void)
{
    return &latest;
}

void incident_is_latest(const struct trap_frame *frame)
{
    frame_copy(&latest, frame);
}

static output_sink_t sink_in_force(void)
{
    output_sink_t sink = output_redirect(NULL);

    (void)output_redirect(sink);
    return sink;
}

/* ---- in the exception ---- */

/* Back chains and LR save words only; whose they are, and whether they are anybody's, is found out when it is printed. */
static inline void walk(const struct trap_frame *frame, vaddr_t end, struct backtrace *trace)
{
    vaddr_t *code = trace->code, stack = frame->gpr[1];
    vaddr_t left = end - 8 - stack, size; /* for frames further out */

    trace->interrupted = true;
    *code = frame->srr0;
    while (code < trace->code + BACKTRACE_MAX - 1 &&
           (size = *(const vaddr_t *)stack - stack) - 1 < left) {
        left -= size;
        stack += size;
        *++code = *(const vaddr_t *)(stack + 4);
    }
    trace->n = (unsigned)(code + 1 - trace->code);
}

static void take_trace(const struct trap_frame *frame, struct backtrace *trace)
{
    struct stack_area area;

    if (patch_any() || !stack_area(frame->gpr[1], &area) || area.high - frame->gpr[1] < 8)
        backtrace_take(frame, trace);
    else
        walk(frame, area.high, trace);
}

struct incident *incident_begin(const struct trap_frame *frame)
{
    struct incident *incident = incidents;

    while (incident < incidents + N_INCIDENTS && incident->state != FREE)
        incident++;
    if (incident == incidents + N_INCIDENTS) {
        n_lost++;
        return NULL;
    }
    incident->state = BEGUN;
    incident->has_frame = frame != NULL;
    if (frame != NULL) {
        frame_copy(&incident->frame, frame);
        if (patch_any())
            patch_present(&incident->frame);
        take_trace(&incident->frame, &incident->trace);
    }
    return incident;
}

void incident_end(struct incident *incident, struct domain *domain, enum cut cut, vaddr_t at,
                  const char *reason)
{
    if (incident == NULL)
        return;
    incident->number = ++latest_number;
    incident->cut = cut;
    incident->at = at;
    incident->domain = domain;
    incident->fault = reason == NULL;
    if (reason != NULL)
        strlcpy(incident->reason, reason, sizeof incident->reason);
    incident->strand = strand_current->number;
    incident->sink = sink_in_force();
    incident->state = NOTED;
}

struct incident *incident_take(const struct trap_frame *frame, struct domain *domain, vaddr_t end)
{
    struct incident *incident = incidents;

    while (incident->state != FREE)
        if (++incident == incidents + N_INCIDENTS)
            return NULL;
    frame_copy(&incident->frame, frame);
    walk(frame, end, &incident->trace);
    incident->number = ++latest_number;
    incident->strand = strand_current->number;
    incident->sink = strand_current->sink;
    incident->domain = domain;
    incident->cut = CUT_EVENT;
    incident->fault = incident->has_frame = true;
    return incident;
}

void incident_goes_on(struct incident *incident, vaddr_t at)
{
    incident->at = at;
    incident->state = NOTED;
}

void incident_drop(struct incident *incident)
{
    if (incident != NULL)
        incident->state = FREE;
}

/* ---- the report ---- */

/* Frames that nobody was called from yet. */
static void drop_nowhere(struct backtrace *trace)
{
    size_t n = 0;

    for (size_t i = 0; i < trace->n; i++)
        if (i == 0 || trace->code[i] != 0)
            trace->code[n++] = trace->code[i];
    trace->n = n;
}

/* A procedure that has not saved LR returns to what is in it; it stands in no frame. */
static void complete_trace(struct incident *incident)
{
    struct backtrace *trace = &incident->trace;
    vaddr_t lr = incident->frame.lr, function = lr % 4 == 0 ? backtrace_function(lr) : 0;

    if (trace->n == BACKTRACE_MAX || (trace->n > 1 && trace->code[1] == lr) || function == 0 ||
        function == backtrace_function(incident->frame.srr0))
        return;
    memmove(&trace->code[2], &trace->code[1], (trace->n - 1) * sizeof trace->code[0]);
    trace->code[1] = lr;
    trace->n++;
}

static const char *strand_name_of(uint32_t number)
{
    for (const struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        if (s->number == number)
            return s->name;
    return "that has ended";
}

/* What the report of a patch is about comes earlier: then this stands alone. */
static void print_end(FILE *out, const struct incident *incident)
{
    static const char *const ends[] = {[CUT_CALL] = ", whose call by the kernel ends",
                                       [CUT_EVENT] = ", where the event goes on at",
                                       [CUT_PLAIN] = ", where the call returns to",
                                       [CUT_PATCH] = ", where it was called by a patch"};
    char name[160];

    fprintf(out, "%s%s is quarantined; strand %s", incident->cut == CUT_PATCH ? "" : "  ",
            incident->domain->name, strand_name_of(incident->strand));
    if (incident->cut <= CUT_PATCH)
        fprintf(out, "%s", ends[incident->cut]);
    if (incident->cut == CUT_EVENT || incident->cut == CUT_PLAIN) {
        backtrace_name(incident->at, name, sizeof name);
        fprintf(out, " 0x%08x %s", (unsigned)incident->at, name);
    }
    fprintf(out, "\n");
}

static void print(FILE *out, struct incident *incident)
{
    if (!incident->fault)
        fprintf(out, "cut off: %s %s\n",
                incident->domain != NULL ? incident->domain->name : "a call that",
                incident->reason);
    else if (incident->cut != CUT_PATCH) {
        fprintf(out, "fault: ");
        fault_print_cause(out, &incident->frame);
    }
    if (incident->domain != NULL)
        print_end(out, incident);
    if (!incident->has_frame || incident->cut == CUT_PATCH)
        return;
    fault_print_registers(out, &incident->frame);
    drop_nowhere(&incident->trace);
    if (!patch_any())
        complete_trace(incident);
    backtrace_print(out, &incident->trace);
}

/* The domain's reason is that of the first. */
static void explain(const struct incident *incident)
{
    if (incident->domain == NULL || incident->domain->reason[0] != 0)
        return;
    if (incident->fault)
        fault_cause(&incident->frame, incident->domain->reason, sizeof incident->domain->reason);
    else
        strcpy(incident->domain->reason, incident->reason);
}

static struct incident *take_noted(output_sink_t sink, bool all)
{
    uint32_t before = interrupts_off();
    struct incident *first = NULL;

    for (struct incident *i = incidents; i < incidents + N_INCIDENTS; i++)
        if (i->state == NOTED && (all || i->sink == sink) &&
            (first == NULL || (int32_t)(i->number - first->number) < 0))
            first = i;
    if (first != NULL)
        first->state = PRINTED;
    interrupts_restore(before);
    return first;
}

static void report(output_sink_t sink, bool all)
{
    bool before = output_pass_by(true);
    struct incident *incident;
    unsigned lost;

    while ((incident = take_noted(sink, all)) != NULL) {
        explain(incident);
        print(stderr, incident);
        if (incident->fault)
            incident_is_latest(&incident->frame);
        incident_drop(incident);
    }
    lost = n_lost;
    n_lost -= lost;
    if (lost != 0)
        fprintf(stderr, "fault: %u more that there was no room to keep\n", lost);
    (void)output_pass_by(before);
}

void incidents_report(void)
{
    report(sink_in_force(), false);
}

void incidents_report_console(void)
{
    if (sink_in_force() == NULL)
        report(NULL, false);
}

void incidents_flush(void)
{
    report(NULL, true);
}
