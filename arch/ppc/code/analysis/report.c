/* Words, names, registers and the call graph. See report.h. */
#include "arch/ppc/code/analysis/report.h"

#include "arch/ppc/code/print.h"

/* ---- disassembly ---- */

/* An area whose instructions are printed as they stand in the file. */
struct listing {
    const struct code_index *index;
    const struct code_area *area;
};

static bool name_target(void *context, uint32_t shown, char *text, size_t size)
{
    const struct listing *listing = context;
    uint32_t offset = shown - listing->area->shown;

    if (listing->area->shown == listing->area->address)
        return code_index_print_name(listing->index, shown, text, size);
    return offset < listing->area->size &&
           code_index_print_name(listing->index, listing->area->address + offset, text, size);
}

/* A word of code that runs may be another one than was meant to stand there. */
static void report_remark(FILE *out, const struct listing *listing, uint32_t offset)
{
    const struct code_area *area = listing->area;
    uint32_t word = code_word(area->bytes + offset);
    bool same = word == code_word(area->original + offset);
    char why[REPORT_NAME_MAX], text[PRINT_MAX];
    bool said = area->remark(area->address + offset, why, sizeof why);

    if (!same)
        code_print(word, area->shown + offset, name_target, (void *)listing, text, sizeof text);
    if (!same)
        fprintf(out, "# %s: %s\n", said ? why : "led elsewhere", text);
    else if (said)
        fprintf(out, "# %s\n", why);
}

void report_words(FILE *out, const struct code_index *index, vaddr_t start, vaddr_t end)
{
    struct listing listing = {index, code_index_area_at(index, start)};

    for (vaddr_t at = start; at < end; at += 4) {
        uint32_t offset = at - listing.area->address;
        uint32_t word = code_word(listing.area->original + offset);
        char text[PRINT_MAX];

        if (listing.area->remark != NULL)
            report_remark(out, &listing, offset);
        code_print(word, listing.area->shown + offset, name_target, &listing, text, sizeof text);
        fprintf(out, "%08x: %08x %s\n", (unsigned)(listing.area->shown + offset), (unsigned)word,
                text);
    }
}

void report_name(const struct code_index *index, vaddr_t address, char name[REPORT_NAME_MAX])
{
    const struct code_name *found = code_index_name_at(index, address);

    if (found == NULL)
        snprintf(name, REPORT_NAME_MAX, "?");
    else if (found->address == address)
        snprintf(name, REPORT_NAME_MAX, "%s%s%s", found->owner != NULL ? found->owner : "",
                 found->owner != NULL ? "!" : "", found->name);
    else
        snprintf(name, REPORT_NAME_MAX, "%s%s%s+0x%x", found->owner != NULL ? found->owner : "",
                 found->owner != NULL ? "!" : "", found->name,
                 (unsigned)(address - found->address));
}

/* ---- registers ---- */

/* Numbers of the bits of a set; runs of three and more with a dash. */
static void report_numbers(FILE *out, uint32_t set, const char *prefix)
{
    for (unsigned n = 0; n < 32; n++) {
        unsigned last = n;

        if ((set >> n & 1) == 0)
            continue;
        while (last < 31 && (set >> (last + 1) & 1) != 0)
            last++;
        if (last - n < 2)
            last = n;
        if (last == n)
            fprintf(out, " %s%u", prefix, n);
        else
            fprintf(out, " %s%u-%s%u", prefix, n, prefix, last);
        n = last;
    }
}

static void report_condition(FILE *out, uint32_t set)
{
    static const char bits[4][3] = {"lt", "gt", "eq", "so"};
    uint32_t whole = 0;

    for (unsigned field = 0; field < 8; field++)
        if ((set & CR_FIELD(field)) == CR_FIELD(field))
            whole |= 1u << field;
    report_numbers(out, whole, "cr");
    for (unsigned bit = 0; bit < 32; bit++)
        if ((whole >> bit / 4 & 1) == 0 && (set & 0x80000000u >> bit) != 0)
            fprintf(out, " cr%u.%s", bit / 4, bits[bit % 4]);
}

static void report_special(FILE *out, uint32_t set)
{
    static const struct {
        uint32_t special;
        const char *name;
    } names[] = {{SPECIAL_LR, "lr"}, {SPECIAL_CTR, "ctr"}, {SPECIAL_CA, "ca"},
                 {SPECIAL_OV, "ov"}, {SPECIAL_SO, "so"},   {SPECIAL_COUNT, "count"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((set & names[i].special) != 0)
            fprintf(out, " %s", names[i].name);
}

void report_registers(FILE *out, const struct register_set *set, unsigned parts)
{
    if ((parts & REPORT_GENERAL) != 0)
        report_numbers(out, set->general, "r");
    if ((parts & REPORT_CONDITION) != 0)
        report_condition(out, set->condition);
    if ((parts & REPORT_SPECIAL) != 0)
        report_special(out, set->special);
    if ((parts & REPORT_FLOATING) != 0)
        report_numbers(out, set->floating, "f");
    if ((parts & REPORT_VECTOR) != 0)
        report_numbers(out, set->vector, "v");
}

/* ---- liveness ---- */

static void report_part(FILE *out, const char *what, const struct register_set *live,
                        const struct register_set *free, unsigned part)
{
    fprintf(out, "%-10s live:", what);
    report_registers(out, live, part);
    fprintf(out, "\n%-10s free:", what);
    report_registers(out, free, part);
    fprintf(out, "\n");
}

void report_live(FILE *out, const struct code_index *index, const struct live *live,
                 vaddr_t address)
{
    struct register_set before, free;
    char name[REPORT_NAME_MAX];

    report_name(index, address, name);
    fprintf(out, "before %s\n", name);
    report_words(out, index, address, address + 4);
    if (flow_block_at(live->flow, address) == NULL)
        fprintf(out, "control is not known to get here: everything may be live\n");
    else if (!live->flow->complete)
        fprintf(out, "the flow of the procedure is incomplete: more is live than need be\n");
    live_before(live, address, &before);
    live_free_before(live, address, &free);
    report_part(out, "general", &before, &free, REPORT_GENERAL);
    report_part(out, "condition", &before, &free, REPORT_CONDITION);
    report_part(out, "special", &before, &free, REPORT_SPECIAL);
    report_part(out, "floating", &before, &free, REPORT_FLOATING);
    report_part(out, "vector", &before, &free, REPORT_VECTOR);
}

/* ---- calls ---- */

struct calls {
    FILE *out;
    const struct code_index *index;
    const char *heading; /* not yet printed, or NULL */
};

static void print_heading(struct calls *calls)
{
    if (calls->heading != NULL)
        fprintf(calls->out, "%s\n", calls->heading);
    calls->heading = NULL;
}

static const char *kind_name(enum call_kind kind)
{
    static const char *const names[] = {[CALL_DIRECT] = "",
                                        [CALL_TAIL] = " (tail call)",
                                        [CALL_ADDRESS] = " (its address)",
                                        [CALL_UNKNOWN] = "",
                                        [CALL_MIDDLE] = " (not as a call)"};

    return names[kind];
}

static bool report_caller(void *context, const struct call_edge *edge)
{
    struct calls *calls = context;
    char name[REPORT_NAME_MAX];

    print_heading(calls);
    if (edge->caller == 0) {
        fprintf(calls->out, "  data has its address\n");
        return true;
    }
    report_name(calls->index, edge->site, name);
    fprintf(calls->out, "  %08x %s%s\n", (unsigned)code_index_shown(calls->index, edge->site), name,
            kind_name(edge->kind));
    return true;
}

static bool report_callee(void *context, const struct call_edge *edge)
{
    struct calls *calls = context;
    char name[REPORT_NAME_MAX] = "through a pointer";

    print_heading(calls);
    if (edge->kind != CALL_UNKNOWN)
        report_name(calls->index, edge->callee, name);
    fprintf(calls->out, "  %08x %s%s\n", (unsigned)code_index_shown(calls->index, edge->site), name,
            kind_name(edge->kind));
    return true;
}

void report_calls(FILE *out, const struct code_index *index, struct program *program, vaddr_t start)
{
    struct calls calls = {out, index, "called from"};
    char name[REPORT_NAME_MAX];
    const struct flow *flow;

    report_name(index, start, name);
    fprintf(out, "%s at %08x\n", name, (unsigned)code_index_shown(index, start));
    program_callers(program, start, report_caller, &calls);
    if (!program_is_called(program, start))
        fprintf(out, "nothing else that is known calls it\n");
    calls.heading = "calls";
    program_callees(program, start, report_callee, &calls);
    if (calls.heading != NULL)
        fprintf(out, "calls nothing\n");
    if (program_flow(program, start, &flow) == OK && !flow->complete)
        fprintf(out, "its flow is incomplete: it may call more\n");
}
