/* See trace.h. */
#include "kernel/probe/trace.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/timebase.h"
#include "kernel/event/prototype.h"
#include "kernel/probe/format.h"
#include "kernel/probe/guard.h"
#include "kernel/probe/ring.h"
#include "kernel/probe/site_text.h"

struct trace_site {
    vaddr_t address;
    char name[SITE_NAME_MAX];
    bool tail;
    char callee[REPORT_NAME_MAX]; /* if it is a tail call; "?" */
};

/* What is known of a probe's records; it lasts as long as there are any. */
struct trace {
    struct trace *next; /* of all */
    unsigned number;
    uint32_t n_records, n_dropped;
    uint32_t n_waiting; /* records in the ring */
    bool over;          /* its probe has ended */
    struct format *format;
    size_t n;
    struct trace_site sites[];
};

static struct ring ring;
static struct trace *traces;

/* ---- the handler ---- */

_Static_assert(offsetof(struct patch_registers, cr) == WORD_CR * sizeof(uint32_t), "registers");
_Static_assert(offsetof(struct patch_registers, xer) == WORD_XER * sizeof(uint32_t), "registers");
_Static_assert(offsetof(struct patch_registers, lr) == WORD_LR * sizeof(uint32_t), "registers");
_Static_assert(offsetof(struct patch_registers, ctr) == WORD_CTR * sizeof(uint32_t), "registers");

/* Devices change when they are read. */
static bool can_read(uint32_t address, size_t size)
{
    uint32_t last = address + (uint32_t)size - 1;
    enum mmu_rights rights;

    if (last < address)
        return false;
    for (uint32_t page = address & -PAGE_SIZE; page <= last; page += PAGE_SIZE) {
        if (!mmu_translate(page, NULL, &rights) || rights == MMU_DEVICE)
            return false;
        if (page == (uint32_t)-PAGE_SIZE)
            break;
    }
    return true;
}

static bool read_memory(void *to, uint32_t address, size_t size)
{
    if (!can_read(address, size))
        return false;
    memcpy(to, (const void *)address, size);
    return true;
}

static void record(const struct probe *probe, uint32_t site,
                   const struct patch_registers *registers)
{
    struct trace *trace = probe->data;
    uint64_t now = timebase_read();
    uint32_t words[RING_RECORD_MAX];
    size_t n;

    words[RECORD_PROBE] = probe->number;
    words[RECORD_SITE] = site;
    words[RECORD_TIME] = (uint32_t)(now >> 32);
    words[RECORD_TIME_LOW] = (uint32_t)now;
    n = capture_take(trace->format->captures, trace->format->n, (const uint32_t *)registers,
                     read_memory, words);
    if (ring_put(&ring, words, n)) {
        __atomic_fetch_add(&trace->n_records, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&trace->n_waiting, 1, __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_add(&trace->n_dropped, 1, __ATOMIC_RELAXED);
    }
}

PROBE_HANDLER void trace_hit(void *closure, uint32_t site, const struct patch_registers *registers)
{
    const struct probe *probe = probe_enter(closure, true);

    if (probe == NULL)
        return;
    record(probe, site, registers);
    probe_leave();
}

/* ---- making ---- */

static void free_trace(struct trace *trace)
{
    struct trace **link = &traces;

    while (*link != trace && *link != NULL)
        link = &(*link)->next;
    if (*link != NULL)
        *link = trace->next;
    format_free(trace->format);
    free(trace);
}

static void print(const struct probe *probe)
{
    const struct trace *trace = probe->data;

    printf("%u record%s", (unsigned)trace->n_records, trace->n_records == 1 ? "" : "s");
    if (trace->n_dropped != 0)
        printf(", %u dropped", (unsigned)trace->n_dropped);
    if (probe->n_skipped != 0)
        printf(", %u skipped inside of probes", (unsigned)probe->n_skipped);
    printf("\n");
}

static void end(struct probe *probe)
{
    struct trace *trace = probe->data;

    trace->over = true;
    if (trace->n_waiting == 0)
        free_trace(trace);
}

static const struct probe_type trace_type = {"trace", print, end};

/* ERR_TYPE is a procedure of which no type is known; registers do all the same. */
static status_t set_scene(const struct site_look *look, struct format_scene *scene, char *name)
{
    struct procedure_type type;
    status_t status;

    report_name(look->index, look->location.procedure.whole, name);
    *scene = (struct format_scene){.where = look->returns         ? FORMAT_EXIT
                                            : site_is_entry(look) ? FORMAT_ENTRY
                                                                  : FORMAT_INSIDE,
                                   .procedure = name};
    status = prototype_of(look->location.procedure.whole, true, &type);
    if (status == ERR_NO_MEMORY)
        return status;
    scene->typed = status == OK && type.btf != NULL;
    scene->type = type.type;
    return OK;
}

static void describe(const struct site_look *look, const struct probe_site *site,
                     struct trace_site *to)
{
    to->address = site->address;
    report_name(look->index, site->address, to->name);
    to->tail = site->exit == EXIT_TAIL;
    if (site->callee != 0)
        report_name(look->index, site->callee, to->callee);
    else
        strcpy(to->callee, "?");
}

static status_t make_trace(const struct site_look *look, const char *text,
                           const struct probe_site sites[], size_t n, struct trace **trace)
{
    struct trace *made = calloc(1, sizeof *made + n * sizeof made->sites[0]);
    char name[REPORT_NAME_MAX];
    struct format_scene scene;
    status_t status;

    if (made == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a trace");
    status = set_scene(look, &scene, name);
    if (status == OK)
        status = format_parse(text, &scene, &made->format);
    if (status != OK) {
        free(made);
        return status;
    }
    for (size_t i = 0; i < n; i++)
        describe(look, &sites[i], &made->sites[i]);
    made->n = n;
    *trace = made;
    return OK;
}

static status_t patch_sites(struct probe *probe, const struct probe_site sites[], size_t n)
{
    status_t status = OK;

    for (size_t i = 0; status == OK && i < n; i++)
        status = probe_handle(probe, sites[i].address, trace_hit, sites[i].conditional);
    return status;
}

static status_t make_probe(const struct site_look *look, const char *text,
                           const struct probe_site sites[], size_t n, struct probe **probe)
{
    struct trace *trace = NULL;
    status_t status = make_trace(look, text, sites, n, &trace);

    if (status != OK)
        return status;
    status = probe_make(&trace_type, look->name, n, trace, probe);
    if (status != OK) {
        free_trace(trace);
        return status;
    }
    status = patch_sites(*probe, sites, n);
    if (status != OK)
        return probe_abandon(*probe, status);
    trace->next = traces;
    traces = trace;
    probe_begin(*probe);
    trace->number = (*probe)->number;
    return OK;
}

status_t trace_make(const struct site_look *look, const char *text, struct probe **probe)
{
    struct probe_site *sites;
    size_t n;
    status_t status = site_list(look, &sites, &n);

    if (status != OK)
        return status;
    status = make_probe(look, text, sites, n, probe);
    free(sites);
    return status;
}

/* ---- printing ---- */

static struct trace *find(unsigned number)
{
    struct trace *trace = traces;

    while (trace != NULL && trace->number != number)
        trace = trace->next;
    return trace;
}

static const struct trace_site *site_of(const struct trace *trace, vaddr_t address)
{
    size_t i = 0;

    while (i + 1 < trace->n && trace->sites[i].address != address)
        i++;
    return &trace->sites[i];
}

static void print_record(const uint32_t words[], size_t n, void *closure)
{
    uint64_t time = (uint64_t)words[RECORD_TIME] << 32 | words[RECORD_TIME_LOW];
    const struct trace *trace = find(words[RECORD_PROBE]);
    const struct trace_site *site = site_of(trace, words[RECORD_SITE]);
    FILE *out = closure;

    fprintf(out, "%14llu %5u  %s: ", (unsigned long long)time, (unsigned)words[RECORD_PROBE],
            site->name);
    format_print(out, trace->format, words, n, site->tail ? site->callee : NULL);
    fprintf(out, "\n");
}

/* What is added meanwhile is for the next time. */
void trace_take_all(void (*each)(const uint32_t record[], size_t n, void *closure), void *closure)
{
    uint32_t last = ring_end(&ring), words[RING_RECORD_MAX];
    size_t n;

    while ((n = ring_take(&ring, last, words)) != 0) {
        struct trace *trace = find(words[RECORD_PROBE]);

        each(words, n, closure);
        if (__atomic_sub_fetch(&trace->n_waiting, 1, __ATOMIC_RELAXED) == 0 && trace->over)
            free_trace(trace);
    }
}

void trace_print_all(FILE *out)
{
    uint32_t n_dropped = ring_dropped(&ring);

    trace_take_all(print_record, out);
    if (n_dropped != 0)
        fprintf(out, "%u record%s dropped: the ring was full\n", (unsigned)n_dropped,
                n_dropped == 1 ? " was" : "s were");
}

void trace_count(const struct probe *probe, struct trace_counts *counts)
{
    const struct trace *trace = probe->data;

    *counts = (struct trace_counts){trace->n_records, trace->n_dropped};
}
