/*
 * What the decoder says that instructions read and write, held against what they do: each is run with known
 * values in every register and memory cell, then again with inputs changed. What it writes must be what
 * changes, what it reads must be what its results depend on, and the other way round.
 *
 * Left out are branches, sc, rfi, what traps in any case, what is_left_out names, and the SPRs that subject.c
 * names.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <whorl/memory.h>

#include "arch/ppc/code/write.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"
#include "kernel/fault.h"
#include "kernel/test.h"
#include "tests/kernel/effects/random.h"
#include "tests/kernel/effects/subject.h"

SUITE("effects");

#define N_CHANGES 6 /* ways in which an input is changed */
#define N_GROUP_CHANGES 2
#define FAULTS_SHOWN 40
#define FAULTS_SHOWN_OF_WORD 2
#define ACCESS_MAX 128

/* What a run leaves. */
struct outcome {
    struct state state;
    uint8_t memory[WINDOW_SIZE];
    uint32_t vector; /* of the exception, 0 if there was none */
};

/* What has been seen of a subject. */
struct seen {
    struct register_set read, written;
    uint8_t loaded[ACCESS_MAX], stored[ACCESS_MAX]; /* by place in what is accessed */
};

static struct subject tried;
static uint8_t *page; /* the window is its first part */
static bool vectors;  /* the processor has them */
static struct register_set observed;
static struct seen seen;
static struct state initial;
static uint8_t initial_memory[WINDOW_SIZE];
static struct outcome first, changed;
static unsigned n_words, n_runs, n_faults, n_faults_of_word;
static volatile uint32_t exception;

/* ---- running ---- */

static bool caught(struct trap_frame *frame)
{
    if (frame->srr0 != (uint32_t)state_slot)
        return false;
    exception = frame->vector;
    frame->srr0 += 4;
    return true;
}

static const uint32_t caught_vectors[] = {
    VECTOR_DSI,       VECTOR_ALIGNMENT,           VECTOR_PROGRAM,        VECTOR_FP_UNAVAILABLE,
    VECTOR_FP_ASSIST, VECTOR_ALTIVEC_UNAVAILABLE, VECTOR_ALTIVEC_ASSIST,
};
#define N_CAUGHT (sizeof caught_vectors / sizeof caught_vectors[0])

static void run(const struct state *state, const uint8_t memory[], struct outcome *outcome)
{
    uint32_t before = interrupts_off();

    n_runs++;
    exception = 0;
    memcpy(page, memory, WINDOW_SIZE);
    state_run(state, &outcome->state);
    interrupts_restore(before);
    memcpy(outcome->memory, page, WINDOW_SIZE);
    outcome->vector = exception;
}

/* ---- comparing ---- */

static uint32_t differing_special(const struct state *a, const struct state *b)
{
    uint32_t xer = a->xer ^ b->xer, set = 0;

    set |= a->lr != b->lr ? SPECIAL_LR : 0;
    set |= a->ctr != b->ctr ? SPECIAL_CTR : 0;
    set |= (xer & XER_CA) != 0 ? SPECIAL_CA : 0;
    set |= (xer & XER_OV) != 0 ? SPECIAL_OV : 0;
    set |= (xer & XER_SO) != 0 ? SPECIAL_SO : 0;
    set |= (xer & ~(XER_CA | XER_OV | XER_SO)) != 0 ? SPECIAL_COUNT : 0;
    set |= (uint32_t)a->fpscr != (uint32_t)b->fpscr ? SPECIAL_FPSCR : 0;
    set |= memcmp(a->vscr, b->vscr, sizeof a->vscr) != 0 ? SPECIAL_VSCR : 0;
    set |= a->vrsave != b->vrsave ? SPECIAL_VRSAVE : 0;
    set |= a->msr != b->msr ? SPECIAL_MSR : 0;
    set |= a->reserved != b->reserved ? SPECIAL_RESERVATION : 0;
    set |= memcmp(a->segments, b->segments, sizeof a->segments) != 0 ? SPECIAL_SEGMENTS : 0;
    set |= memcmp(a->saved, b->saved, sizeof a->saved) != 0 ? SPECIAL_SAVED : 0;
    set |= memcmp(a->sprg, b->sprg, sizeof a->sprg) != 0 ? SPECIAL_SPRG : 0;
    return set & observed.special;
}

static struct register_set differing(const struct state *a, const struct state *b)
{
    struct register_set set = {.condition = a->cr ^ b->cr, .special = differing_special(a, b)};

    for (unsigned i = 0; i < 32; i++) {
        set.general |= a->gpr[i] != b->gpr[i] ? 1u << i : 0;
        set.floating |= a->fpr[i] != b->fpr[i] ? 1u << i : 0;
    }
    for (unsigned i = 0; i < 32 && vectors; i++)
        set.vector |= memcmp(a->vr[i], b->vr[i], sizeof a->vr[i]) != 0 ? 1u << i : 0;
    return set;
}

static bool is_empty(const struct register_set *set)
{
    return registers_equal(set, &REGISTERS_NONE);
}

static struct register_set without(struct register_set of, const struct register_set *set)
{
    registers_remove(&of, set);
    return of;
}

static struct register_set both(struct register_set of, const struct register_set *set)
{
    registers_keep(&of, set);
    return of;
}

/* ---- saying what is wrong ---- */

static void print_members(char letter, uint32_t set, bool from_the_left)
{
    for (unsigned i = 0; i < 32; i++)
        if ((set & (from_the_left ? 0x80000000 >> i : 1u << i)) != 0)
            printf(" %c%u", letter, i);
}

static void print_set(const struct register_set *set)
{
    static const char *const names[] = {
        "LR",  "CTR",  "CA",          "OV",       "SO",          "COUNT", "FPSCR", "VSCR", "VRSAVE",
        "MSR", "TIME", "RESERVATION", "SEGMENTS", "TRANSLATION", "SAVED", "SPRG",  "OTHER"};

    print_members('r', set->general, false);
    print_members('f', set->floating, false);
    print_members('v', set->vector, false);
    print_members('c', set->condition, true);
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((set->special >> i & 1) != 0)
            printf(" %s", names[i]);
}

static void complain(const char *what, const struct register_set *set)
{
    if (n_faults++ >= FAULTS_SHOWN || n_faults_of_word++ >= FAULTS_SHOWN_OF_WORD)
        return;
    printf("    # 0x%08x %s: %s", (unsigned)tried.word, opcode_rows[tried.instruction.opcode].name,
           what);
    print_set(set);
    printf("\n");
}

static void complain_number(const char *what, uint32_t number)
{
    char text[100];

    snprintf(text, sizeof text, "%s 0x%x", what, (unsigned)number);
    complain(text, &REGISTERS_NONE);
}

/* ---- judging one run ---- */

/* Where in the window the access begins, as the decoder says. */
static uint32_t access_start(const struct state *state)
{
    const struct memory_access *m = &tried.effects.memory;
    uint32_t address = (uint32_t)(int32_t)m->displacement;

    if (m->base != NO_REGISTER)
        address += state->gpr[m->base];
    if (m->index != NO_REGISTER)
        address += state->gpr[m->index];
    address &= ~(m->alignment - 1u);
    return address - (address >= WINDOW_LOWEST ? address & ~(PAGE_SIZE - 1u) : (vaddr_t)page);
}

static uint32_t access_width(const struct state *state)
{
    const struct memory_access *m = &tried.effects.memory;

    if (m->direction == MEMORY_NONE)
        return 0;
    return m->width != 0 ? m->width : state->xer & XER_COUNT;
}

static bool is_store(void)
{
    return tried.effects.memory.direction == MEMORY_STORE;
}

static void judge_memory(const struct state *state, const uint8_t memory[],
                         const struct outcome *outcome)
{
    uint32_t start = access_start(state), width = access_width(state);

    if (width != 0 && start + width > WINDOW_SIZE) {
        complain_number("its address is not where the decoder says, but off by", start);
        return;
    }
    for (uint32_t i = 0; i < WINDOW_SIZE; i++) {
        if (memory[i] == outcome->memory[i])
            continue;
        if (is_store() && i - start < width)
            seen.stored[i - start] = 1;
        else
            complain_number("memory is written at place", i - start);
    }
}

/* Nothing changed that is not said to be written. */
static void judge_writes(const struct state *state, const uint8_t memory[],
                         const struct outcome *outcome)
{
    struct register_set set = differing(state, &outcome->state);
    struct register_set wrong = without(set, &tried.effects.writes);

    registers_add(&seen.written, &set);
    if (!is_empty(&wrong))
        complain("it writes what is not said to be written:", &wrong);
    judge_memory(state, memory, outcome);
}

static bool may_trap(void)
{
    return (opcode_rows[tried.instruction.opcode].traits & TRAIT_TRAP) != 0;
}

/* A trap leaves all but what it saves. */
static bool judge_run(const struct state *state, const uint8_t memory[],
                      const struct outcome *outcome)
{
    if (outcome->vector == 0)
        judge_writes(state, memory, outcome);
    else if (!may_trap() || outcome->vector != VECTOR_PROGRAM)
        complain_number("it ends in exception", outcome->vector);
    return outcome->vector == 0 || may_trap();
}

/* Cells whose contents were only passed through say nothing. */
static bool memory_depends(const uint8_t memory[])
{
    for (uint32_t i = 0; is_store() && i < WINDOW_SIZE; i++)
        if (first.memory[i] != changed.memory[i] &&
            (first.memory[i] != initial_memory[i] || changed.memory[i] != memory[i]))
            return true;
    return false;
}

/* What differs between the first run and one with a change, of all that was written. */
static bool depends(const uint8_t memory[], struct register_set *results)
{
    *results = both(differing(&first.state, &changed.state), &tried.effects.writes);
    if (first.vector != changed.vector)
        return true;
    if (first.vector != 0)
        return false;
    return !is_empty(results) || memory_depends(memory);
}

/* ---- trying one subject ---- */

/* Things that cannot be given another value, or never hold still. */
#define SPECIAL_UNTRIED (SPECIAL_TIME | SPECIAL_TRANSLATION | SPECIAL_OTHER)

static bool is_timed(void)
{
    return (tried.effects.reads.special & SPECIAL_TIME) != 0;
}

/* True if something depends on what is in the set, and the run went well. */
static bool try_change(const struct register_set *things, unsigned kind,
                       struct register_set *results)
{
    struct state state = initial;

    subject_change(&tried, things, kind, &state);
    run(&state, initial_memory, &changed);
    return judge_run(&state, initial_memory, &changed) && depends(initial_memory, results);
}

static void try_unread(const struct register_set *things, unsigned kind)
{
    struct register_set results;

    if (try_change(things, kind, &results) && !is_timed()) {
        complain("it reads one that is not said to be read:", things);
        complain("… and these show it:", &results);
    }
}

static void try_read(struct register_set thing)
{
    struct register_set results;

    for (unsigned kind = 0; kind < N_CHANGES; kind++)
        if (try_change(&thing, kind, &results))
            registers_add(&seen.read, &thing);
}

/* Calls f for each member of a set. */
static void for_each(const struct register_set *set, void (*f)(struct register_set))
{
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        if ((set->general & bit) != 0)
            f((struct register_set){.general = bit});
        if ((set->floating & bit) != 0)
            f((struct register_set){.floating = bit});
        if ((set->vector & bit) != 0)
            f((struct register_set){.vector = bit});
        if ((set->condition & bit) != 0)
            f((struct register_set){.condition = bit});
        if ((set->special & bit) != 0)
            f((struct register_set){.special = bit});
    }
}

static void try_unread_alone(struct register_set thing)
{
    for (unsigned kind = 0; kind < N_GROUP_CHANGES; kind++)
        try_unread(&thing, kind);
}

/* Memory: what is outside the access at once, what is in a load byte by byte. */
static void try_cells(void)
{
    uint32_t start = access_start(&initial), width = access_width(&initial);
    bool load = tried.effects.memory.direction == MEMORY_LOAD;
    struct register_set results;
    uint8_t memory[WINDOW_SIZE];

    if (width != 0 && start + width > WINDOW_SIZE)
        return; /* complained of already */
    for (uint32_t i = 0; i < WINDOW_SIZE; i++)
        memory[i] = load && i - start < width ? initial_memory[i] : (uint8_t)~initial_memory[i];
    run(&initial, memory, &changed);
    if (judge_run(&initial, memory, &changed) && depends(memory, &results) && !is_timed())
        complain("it reads memory that is not said to be read:", &results);
    memcpy(memory, initial_memory, sizeof memory);
    for (uint32_t i = start; load && i < start + width; i++) {
        memory[i] = (uint8_t)~initial_memory[i];
        run(&initial, memory, &changed);
        if (judge_run(&initial, memory, &changed) && depends(memory, &results))
            seen.loaded[i - start] = 1;
        memory[i] = initial_memory[i];
    }
}

static void try_kind(unsigned kind, bool alone)
{
    struct register_set reads = both(tried.effects.reads, &observed);
    struct register_set unread = without(observed, &tried.effects.reads);
    uint32_t seed = tried.word ^ (kind + 1) << 20;

    for (uint32_t i = 0; i < WINDOW_SIZE; i++)
        initial_memory[i] = (uint8_t)(random_next(&seed) >> 8);
    subject_fill(&tried, kind, (vaddr_t)page, vectors, &initial);
    run(&initial, initial_memory, &first);
    if (!judge_run(&initial, initial_memory, &first))
        return;
    for_each(&reads, try_read);
    if (alone)
        for_each(&unread, try_unread_alone);
    else
        unread.special &= ~SPECIAL_SEGMENTS; /* costs the emulator all translations */
    for (unsigned change = 0; change < N_GROUP_CHANGES; change++)
        try_unread(&unread, change + 3);
    try_cells();
}

/* ---- what must have shown ---- */

/* Inputs and results that never show. */
static const struct silent {
    uint16_t opcode;
    uint32_t general_reads, general_writes, special_reads;
    bool access;
} silents[] = {
    /* the emulator has no cache, and refills translations by itself */
    {OPCODE_DCBST, ~0u, 0, 0, true},
    {OPCODE_DCBF, ~0u, 0, 0, true},
    {OPCODE_DCBT, ~0u, 0, 0, true},
    {OPCODE_DCBTST, ~0u, 0, 0, true},
    {OPCODE_ICBI, ~0u, 0, 0, true},
    {OPCODE_DCBI, ~0u, 0, 0, true},
    {OPCODE_DCBA, ~0u, 0, 0, true},
    {OPCODE_DST, ~0u, 0, 0, true},
    {OPCODE_DSTST, ~0u, 0, 0, true},
    {OPCODE_TLBIE, ~0u, 0, 0, true},
    /* XER says which registers; never those that its address comes from */
    {OPCODE_LSWX, ~0u, ~0u, 0, true},
    {OPCODE_STSWX, ~0u, 0, 0, true},
    /* numbers that are not normal give what 0 gives */
    {OPCODE_VEXPTEFP, 0, 0, SPECIAL_VSCR, false},
    {OPCODE_VRFIN, 0, 0, SPECIAL_VSCR, false},
    {OPCODE_VRFIZ, 0, 0, SPECIAL_VSCR, false},
};

static void excuse(struct register_set *reads, struct register_set *writes, bool *access)
{
    for (size_t i = 0; i < sizeof silents / sizeof silents[0]; i++) {
        if (silents[i].opcode != tried.instruction.opcode)
            continue;
        reads->general &= ~silents[i].general_reads;
        reads->special &= ~silents[i].special_reads;
        writes->general &= ~silents[i].general_writes;
        *access = *access && !silents[i].access;
    }
}

static void judge_access(void)
{
    uint32_t width = tried.effects.memory.width;
    const uint8_t *cells = is_store() ? seen.stored : seen.loaded;

    for (uint32_t i = 0; i < width; i++)
        if (cells[i] == 0)
            complain_number("memory is not accessed at place", i);
}

static void judge_sets(void)
{
    struct register_set reads = without(tried.effects.reads, &seen.read);
    struct register_set writes = without(tried.effects.writes, &seen.written);
    bool access = tried.effects.memory.direction != MEMORY_NONE;

    registers_keep(&reads, &observed);
    registers_keep(&writes, &observed);
    excuse(&reads, &writes, &access);
    if (!is_empty(&reads))
        complain("it does not read what is said to be read:", &reads);
    if (!is_empty(&writes))
        complain("it does not write what is said to be written:", &writes);
    if (access)
        judge_access();
}

/* The quick form for dataflow says the same. */
static void judge_backward(void)
{
    const struct effects *e = &tried.effects;
    struct register_set none = REGISTERS_NONE, all = REGISTERS_ALL;
    struct register_set kept = without(REGISTERS_ALL, &e->writes);

    registers_add(&kept, &e->reads);
    code_effects_backward(tried.word, tried.instruction.opcode, &none);
    code_effects_backward(tried.word, tried.instruction.opcode, &all);
    if (!registers_equal(&none, &e->reads) || !registers_equal(&all, &kept))
        complain("code_effects_backward and code_effects differ", &REGISTERS_NONE);
}

static void try_subject(bool alone)
{
    uint8_t rest[PAGE_SIZE - WINDOW_SIZE];

    n_words++;
    n_faults_of_word = 0;
    seen = (struct seen){0};
    memcpy(rest, page + WINDOW_SIZE, sizeof rest);
    if (!code_write((vaddr_t)state_slot, &tried.word, 1))
        complain("it cannot be put into its place", &REGISTERS_NONE);
    for (unsigned kind = 0; kind < N_KINDS; kind++)
        try_kind(kind, alone && kind == 0);
    if (memcmp(rest, page + WINDOW_SIZE, sizeof rest) != 0)
        complain("it writes memory far from its address", &REGISTERS_NONE);
    if (tried.distinct)
        judge_sets();
    judge_backward();
}

static void try_variants(enum opcode opcode, unsigned modifiers)
{
    unsigned n_distinct = 0;

    for (unsigned variant = 0; variant < N_VARIANTS; variant++) {
        if (!subject_make(opcode, modifiers, variant, &tried) ||
            (tried.effects.spr == SPR_VRSAVE && !vectors))
            continue;
        try_subject(n_distinct == 0);
        n_distinct += tried.distinct;
    }
    tried = (struct subject){.instruction = {.opcode = opcode}};
    if (n_distinct == 0)
        complain("no operands were found for it", &REGISTERS_NONE);
}

static void try_opcode(enum opcode opcode)
{
    unsigned all = opcode_rows[opcode].modifiers;

    for (unsigned modifiers = 0; modifiers <= all; modifiers++)
        if ((modifiers & ~all) == 0)
            try_variants(opcode, modifiers);
}

/* ---- the tests ---- */

static bool prepare(trap_handler_t handlers[])
{
    void *memory;

    if (!CHECK_STATUS(OK, page_allocate(1, &memory)))
        return false;
    page = memory;
    memset(page, 0x5a, PAGE_SIZE);
    vectors = processor_version() >> 16 == PVR_7400;
    observed = REGISTERS_ALL;
    observed.special = ((SPECIAL_OTHER << 1) - 1) & ~SPECIAL_UNTRIED;
    if (!vectors) {
        observed.vector = 0;
        observed.special &= ~(SPECIAL_VSCR | SPECIAL_VRSAVE);
    }
    n_words = n_runs = n_faults = 0;
    for (size_t i = 0; i < N_CAUGHT; i++)
        handlers[i] = trap_handle(caught_vectors[i], caught);
    return CHECK_STATUS(OK, mmu_map(WINDOW_LOWEST, (vaddr_t)page - DATA_VIEW, MMU_READ_WRITE)) &&
           CHECK_STATUS(OK, mmu_map(WINDOW_LAST, (vaddr_t)page - DATA_VIEW, MMU_READ_WRITE));
}

static void finish(trap_handler_t handlers[])
{
    static const uint32_t nop = 0x60000000;

    (void)code_write((vaddr_t)state_slot, &nop, 1);
    for (size_t i = 0; i < N_CAUGHT; i++)
        (void)trap_handle(caught_vectors[i], handlers[i]);
    mmu_unmap(WINDOW_LOWEST);
    mmu_unmap(WINDOW_LAST);
    CHECK_STATUS(OK, page_free(page, 1));
    printf("    # %u words, %u runs\n", n_words, n_runs);
}

/* Neither processor has it, or not this one. The emulator's 7400 has some that a real one lacks. */
static bool is_missing(enum opcode opcode)
{
    uint32_t traits = opcode_rows[opcode].traits;

    if (!vectors)
        return (traits & (TRAIT_ABSENT | TRAIT_ALTIVEC | TRAIT_7400)) != 0;
    return (traits & TRAIT_ABSENT) != 0 && opcode != OPCODE_FSQRT && opcode != OPCODE_FSQRTS &&
           opcode != OPCODE_TLBIA;
}

/* The emulator (QEMU 7.2) takes eciwx and ecowx for each other. */
static bool is_left_out(enum opcode opcode)
{
    return opcode == OPCODE_ECIWX || opcode == OPCODE_ECOWX ||
           (opcode_rows[opcode].traits & (TRAIT_BRANCH | TRAIT_ABSENT)) != 0;
}

static void try_all(bool (*wanted)(enum opcode opcode))
{
    trap_handler_t handlers[N_CAUGHT];

    if (!prepare(handlers))
        return;
    for (enum opcode opcode = OPCODE_UNKNOWN + 1; opcode < N_OPCODES; opcode++)
        if (!is_missing(opcode) && !is_left_out(opcode) && wanted(opcode))
            try_opcode(opcode);
    finish(handlers);
    CHECK_EQUAL(0, n_faults);
}

static bool is_floating(enum opcode opcode)
{
    return (opcode_rows[opcode].traits & TRAIT_FLOATING) != 0;
}

static bool is_vector(enum opcode opcode)
{
    return (opcode_rows[opcode].traits & TRAIT_ALTIVEC) != 0;
}

static bool is_general(enum opcode opcode)
{
    return !is_floating(opcode) && !is_vector(opcode);
}

TEST(general_instructions_read_and_write_what_is_said)
{
    try_all(is_general);
}

TEST(floating_point_instructions_read_and_write_what_is_said)
{
    try_all(is_floating);
}

TEST(vector_instructions_read_and_write_what_is_said)
{
    try_all(is_vector);
}

TEST(instructions_the_processor_lacks_trap)
{
    trap_handler_t handlers[N_CAUGHT];

    if (!prepare(handlers))
        return;
    for (enum opcode opcode = OPCODE_UNKNOWN + 1; opcode < N_OPCODES; opcode++) {
        if (!is_missing(opcode) || !subject_make(opcode, 0, 0, &tried) ||
            !CHECK(code_write((vaddr_t)state_slot, &tried.word, 1)))
            continue;
        subject_fill(&tried, 0, (vaddr_t)page, vectors, &initial);
        run(&initial, initial_memory, &first);
        if (first.vector != VECTOR_PROGRAM)
            complain_number("it ends in", first.vector);
    }
    finish(handlers);
    CHECK_EQUAL(0, n_faults);
}
