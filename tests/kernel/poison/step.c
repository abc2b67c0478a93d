/* See step.h. */
#include "tests/kernel/poison/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/program.h"
#include "arch/ppc/image.h"
#include "arch/ppc/processor.h"
#include "kernel/code_view.h"
#include "kernel/fault.h"
#include "kernel/kernel_symbols.h"

#define SPECIAL_POISONED (SPECIAL_LR | SPECIAL_CTR | SPECIAL_XER)
#define N_SPECIAL 6 /* of them, from bit 0 on */

/* Dead things by number: general registers, CR bits from the left, special ones. */
enum { FIRST_CONDITION = 32, FIRST_SPECIAL = 64, N_THINGS = FIRST_SPECIAL + N_SPECIAL };
_Static_assert(N_THINGS == STEP_THINGS, "things");

/* An instruction: what is dead before it. */
struct site {
    uint32_t general, condition;
    uint8_t special;
    uint8_t known;
    uint8_t visited;
    uint8_t turn; /* the next thing to be overwritten alone */
};

static struct site *sites; /* of each word of the kernel's text */
static uint32_t n_sites;
static struct code_index *view;
static uint32_t n_analysed, n_refused;

static struct walk *current;
static uint32_t garbage;
static vaddr_t last;
static struct site last_things;

/* ---- what is dead ---- */

static void note_site(const struct live *live, vaddr_t address)
{
    struct site *site = &sites[(address - IMAGE(kernel_text_start)) / 4];
    struct register_set set;

    live_free_before(live, address, &set);
    site->general = set.general;
    site->condition = set.condition;
    site->special = (uint8_t)(set.special & SPECIAL_POISONED);
    site->known = 1;
}

static void note_procedure(struct program *program, vaddr_t start)
{
    const struct live *live;

    if (program_live(program, start, &live) != OK) {
        n_refused++;
        return;
    }
    n_analysed++;
    for (uint32_t i = 0; i < live->flow->n_blocks; i++)
        for (uint32_t k = 0; k < live->flow->blocks[i].n_words; k++)
            note_site(live, live->flow->blocks[i].start + 4 * k);
}

/* The procedures of the kernel's text, one after another; *procedure is all zeros at first. */
static bool next_procedure(struct procedure *procedure)
{
    vaddr_t address = procedure->end == 0 ? IMAGE(kernel_text_start) : procedure->end;
    const struct code_source *source = code_index_source(view);

    return source->next(source->context, address, procedure) &&
           procedure->end <= IMAGE(kernel_text_end);
}

bool step_open(void)
{
    struct procedure procedure = {0};
    struct program *program;

    n_sites = (IMAGE(kernel_text_end) - IMAGE(kernel_text_start)) / 4;
    n_analysed = n_refused = 0;
    sites = calloc(n_sites, sizeof sites[0]);
    if (sites == NULL)
        return false;
    if (code_view_open(&view) != OK)
        goto free_sites;
    if (program_open(code_index_source(view), &program) != OK)
        goto close_view;
    while (next_procedure(&procedure))
        note_procedure(program, procedure.start);
    program_close(program);
    return true;
close_view:
    code_index_close(view);
free_sites:
    free(sites);
    return false;
}

void step_close(void)
{
    code_index_close(view);
    free(sites);
}

/* ---- garbage ---- */

static uint32_t garbage_for(uint32_t value)
{
    if (current->pattern == 0)
        return ~value;
    garbage = garbage * 1664525 + 1013904223;
    return garbage ^ garbage >> 15;
}

static void spoil(uint32_t *value, uint32_t mask)
{
    if (mask != 0)
        *value = (*value & ~mask) | (garbage_for(*value) & mask);
}

static uint32_t xer_mask(uint32_t special)
{
    return ((special & SPECIAL_CA) != 0 ? XER_CA : 0) | ((special & SPECIAL_OV) != 0 ? XER_OV : 0) |
           ((special & SPECIAL_SO) != 0 ? XER_SO : 0) |
           ((special & SPECIAL_COUNT) != 0 ? XER_COUNT : 0);
}

static void spoil_things(struct trap_frame *frame, const struct site *things)
{
    for (uint32_t set = things->general; set != 0; set &= set - 1)
        spoil(&frame->gpr[__builtin_ctz(set)], ~0u);
    spoil(&frame->cr, things->condition);
    spoil(&frame->xer, xer_mask(things->special));
    if ((things->special & SPECIAL_LR) != 0)
        spoil(&frame->lr, ~0u);
    if ((things->special & SPECIAL_CTR) != 0)
        spoil(&frame->ctr, ~0u);
    last = frame->srr0;
    last_things = *things;
}

static bool has_thing(const struct site *site, unsigned number)
{
    if (number >= FIRST_SPECIAL)
        return (site->special >> (number - FIRST_SPECIAL) & 1) != 0;
    if (number >= FIRST_CONDITION)
        return (site->condition & 0x80000000 >> (number - FIRST_CONDITION)) != 0;
    return (site->general >> number & 1) != 0;
}

static struct site only_thing(unsigned number)
{
    if (number >= FIRST_SPECIAL)
        return (struct site){.special = (uint8_t)(1u << (number - FIRST_SPECIAL))};
    if (number >= FIRST_CONDITION)
        return (struct site){.condition = 0x80000000 >> (number - FIRST_CONDITION)};
    return (struct site){.general = 1u << number};
}

static unsigned next_thing(const struct site *site, unsigned number)
{
    while (number < N_THINGS && !has_thing(site, number))
        number++;
    return number;
}

static void take_turn(struct trap_frame *frame, struct site *site)
{
    unsigned number = next_thing(site, site->turn);

    if (number < N_THINGS) {
        struct site thing = only_thing(number);

        spoil_things(frame, &thing);
        number = next_thing(site, number + 1);
    }
    site->turn = (uint8_t)number;
    current->n_undone += number < N_THINGS;
}

static void spoil_one(struct trap_frame *frame, const struct site *site)
{
    struct site thing = only_thing(current->thing);

    if (has_thing(site, current->thing))
        spoil_things(frame, &thing);
}

static void visit(struct trap_frame *frame, struct site *site, uint32_t step)
{
    if (current->poison == POISON_NOTHING || step - current->from >= current->to - current->from)
        return;
    site->visited = 1;
    if (current->poison == POISON_ALL)
        spoil_things(frame, site);
    else if (current->poison == POISON_IN_TURN)
        take_turn(frame, site);
    else
        spoil_one(frame, site);
}

/* ---- stepping ---- */

/* Behind every instruction; srr0 is the next one. */
static bool stepped(struct trap_frame *frame)
{
    uint32_t number = (frame->srr0 - IMAGE(kernel_text_start)) / 4;
    uint32_t step = current->n_steps++;

    if (step >= current->limit) {
        frame->srr1 &= ~(uint32_t)MSR_SE;
        frame->srr0 = 0; /* a fault, and so the end */
    } else if (number < n_sites && sites[number].known) {
        visit(frame, &sites[number], step);
    }
    return true;
}

static void stepping(bool on)
{
    msr_write(on ? msr_read() | MSR_SE : msr_read() & ~(uint32_t)MSR_SE);
}

static void call_stepping(void *closure)
{
    void (*drill)(void);

    memcpy(&drill, closure, sizeof drill);
    stepping(true);
    drill();
    stepping(false);
}

bool step_walk(struct walk *walk, void (*drill)(void))
{
    trap_handler_t before = trap_handle(VECTOR_TRACE, stepped);
    status_t status;

    current = walk;
    garbage = walk->pattern;
    last = 0;
    walk->n_steps = walk->n_undone = 0;
    walk->n_results = 0;
    status = fault_contain(call_stepping, &drill);
    (void)trap_handle(VECTOR_TRACE, before);
    return status == OK;
}

void record(uint32_t value)
{
    if (current->n_results < RESULTS_MAX)
        current->results[current->n_results] = value;
    current->n_results++;
}

void record_bytes(const void *bytes, size_t n)
{
    const unsigned char *byte = bytes;
    uint32_t sum = 2166136261u;

    stepping(false);
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ byte[i]) * 16777619u;
    record(sum);
    stepping(true);
}

void record_text(const char *text)
{
    record_bytes(text, text == NULL ? 0 : strlen(text));
}

vaddr_t step_procedure_named(const char *name)
{
    vaddr_t found = 0;

    stepping(false);
    for (size_t i = 0; i < kernel_symbol_count() && found == 0; i++) {
        struct symbol symbol = kernel_symbol(i);

        if (symbol.exported && symbol.value < IMAGE(kernel_text_end) &&
            symbol.value >= IMAGE(kernel_text_start) && strcmp(symbol.name, name) == 0)
            found = symbol.value;
    }
    stepping(true);
    return found;
}

const struct code_source *step_source(void)
{
    return code_index_source(view);
}

/* ---- telling ---- */

void step_print_last(void)
{
    static const char *const names[N_SPECIAL] = {"LR", "CTR", "CA", "OV", "SO", "COUNT"};
    char name[160];

    if (!code_index_print_name(view, last, name, sizeof name))
        strcpy(name, "?");
    printf("0x%08x %s:", (unsigned)last, name);
    for (unsigned i = 0; i < N_THINGS; i++) {
        if (!has_thing(&last_things, i))
            continue;
        if (i < FIRST_SPECIAL)
            printf(i < FIRST_CONDITION ? " r%u" : " c%u", i % 32);
        else
            printf(" %s", names[i - FIRST_SPECIAL]);
    }
}

static void count_procedure(const struct procedure *procedure, struct step_count *count)
{
    uint32_t n = 0, n_known = 0;

    for (vaddr_t address = procedure->start; address < procedure->end; address += 4) {
        const struct site *site = &sites[(address - IMAGE(kernel_text_start)) / 4];

        n_known += site->known;
        if (!site->visited)
            continue;
        n++;
        count->n_things +=
            (uint32_t)(__builtin_popcount(site->general) + __builtin_popcount(site->condition) +
                       __builtin_popcount(site->special));
        count->n_unfinished += next_thing(site, site->turn) < N_THINGS;
    }
    count->n_instructions += n;
    count->n_procedures += n != 0;
    count->n_whole += n != 0 && n == n_known;
}

void step_count(struct step_count *count)
{
    struct procedure procedure = {0};

    *count = (struct step_count){.n_analysed = n_analysed, .n_refused = n_refused};
    while (next_procedure(&procedure))
        count_procedure(&procedure, count);
}
