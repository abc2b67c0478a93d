/* See jump_table.h. */
#include "arch/ppc/code/analysis/jump_table.h"

#include <string.h>

#include "arch/ppc/code/analysis/bounds.h"
#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/analysis/values.h"

#define ROUNDS_MAX 8

#define PROLOGUE_MAX 32 /* words */

/* Steps of backward searches: for a call, whose target is seldom far; for a jump; for all of a procedure. */
#define CALL_STEPS 64u
#define JUMP_STEPS(n_words) (4 * (n_words) + 4096u)
#define ALL_STEPS(n_words) (64 * (n_words) + 65536u)

struct resolver {
    struct trace *trace;
    uint32_t steps; /* that are left for all */
};

/* ---- tables ---- */

struct entries {
    uint32_t n_own;   /* that lead into this procedure */
    uint32_t n_other; /* to the start of another one */
    uint32_t n_false; /* to neither */
};

static bool table_target(const struct trace *trace, const struct jump_table *table, uint32_t index,
                         vaddr_t *target)
{
    uint32_t entry;

    if (!trace->source->constant(trace->source->context, table->address + 4 * index, &entry))
        return false;
    *target = entry + table->base;
    return true;
}

static bool is_other_procedure(const struct trace *trace, vaddr_t target)
{
    struct procedure procedure;

    return trace->source->procedure(trace->source->context, target, &procedure) &&
           procedure.start == target && procedure.whole == target &&
           target != trace->procedure.start;
}

/* What a table's entries are, up to the first that is none. */
static void look_at_entries(struct trace *trace, const struct jump_table *table,
                            struct entries *entries)
{
    *entries = (struct entries){0, 0, 0};
    for (uint32_t i = 0; i < table->n && entries->n_false == 0; i++) {
        vaddr_t target;

        if (!table_target(trace, table, i, &target) || target % 4 != 0)
            entries->n_false++;
        else if (trace_word_at(trace, target) != NO_WORD)
            entries->n_own++;
        else if (is_other_procedure(trace, target))
            entries->n_other++;
        else
            entries->n_false++;
    }
}

static void enter_targets(struct trace *trace, uint32_t word, const struct jump_table *table)
{
    vaddr_t target;

    for (uint32_t i = 0; i < table->n; i++) {
        if (table_target(trace, table, i, &target))
            trace_branch(trace, word, trace_word_at(trace, target));
    }
}

/* ---- tail calls ---- */

/*
 * An indirect jump is a tail call if it cannot lead into this procedure and is made with the stack
 * pointer and the return address that the procedure was entered with. It cannot lead into this
 * procedure if nobody has an address in its middle: no instruction of it makes one, and no word of
 * initialized data holds one but entries of its jump tables. (Distances between labels are of no use
 * without the address of one. A label's address taken in one procedure must not be jumped to in
 * another: GCC manual, "Labels as Values".) A word of constant memory that is an unknown entry of a
 * table that begins with a label of this procedure is no tail call either.
 */

static bool is_in_middle(const struct trace *trace, vaddr_t address)
{
    for (uint32_t i = 0; i < trace->n_parts; i++) {
        const struct part *part = &trace->parts[i];

        if (address - part->start < part->end - part->start)
            return address != trace->procedure.start;
    }
    return false;
}

/* Whether an immediate can be the low half of an address in the middle. */
static bool may_be_in_middle(const struct trace *trace, uint32_t immediate)
{
    if (trace->uses_place)
        return true;
    for (uint32_t i = 0; i < trace->n_parts; i++) {
        const struct part *part = &trace->parts[i];

        if (((immediate - part->start) & 0xffff) < part->end - part->start)
            return true;
    }
    return false;
}

/*
 * Whether an instruction can complete the address of another one of the procedure: the lower half put to
 * the upper one, or the upper half to the lower one, as clang does.
 */
static bool may_make_label(const struct trace *trace, uint32_t word)
{
    uint32_t bits = trace->words[word], a = FIELD_A(bits);

    switch (trace->opcodes[word]) {
    case OPCODE_ADDI:
        return a > 1 && FIELD_T(bits) != 1 && may_be_in_middle(trace, IMMEDIATE(bits));
    case OPCODE_ORI:
        return may_be_in_middle(trace, bits & 0xffff);
    case OPCODE_ADDIS:
        return a > 1;
    default:
        return trace->opcodes[word] == OPCODE_ORIS;
    }
}

/* Whether an instruction makes the address of another one of the procedure. */
static bool makes_label(struct trace *trace, uint32_t word)
{
    uint32_t bits = trace->words[word], opcode = trace->opcodes[word];
    bool is_sum = opcode == OPCODE_ADDI || opcode == OPCODE_ADDIS;
    struct value value;

    return may_make_label(trace, word) &&
           value_made(trace, (uint8_t)(is_sum ? FIELD_T(bits) : FIELD_A(bits)), word, &value) &&
           value.kind == VALUE_CONSTANT && is_in_middle(trace, value.offset);
}

static bool has_labels(struct trace *trace)
{
    uint32_t cost = trace->n_words / 8;

    trace->budget -= cost < trace->budget ? cost : trace->budget;
    for (uint32_t i = 0; i < trace->n_words && trace->budget != 0; i++) {
        if ((trace->marks[i] & MARK_REACHED) != 0 && makes_label(trace, i))
            return true;
    }
    return trace->budget == 0;
}

static uint32_t count_pointers_of_source(const struct trace *trace)
{
    const struct code_source *source = trace->source;
    uint32_t n = 0, cursor = 0, value;

    while (source->pointer(source->context, &cursor, &value))
        n += is_in_middle(trace, value);
    return n;
}

static uint32_t count_pointers_of_terms(const struct trace *trace)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < trace->n_parts; i++)
        n += trace->terms->pointers(trace->terms->context, trace->parts[i].start + (i == 0 ? 4 : 0),
                                    trace->parts[i].end);
    return n;
}

/* Words of initialized data that point into the middle. */
static uint32_t count_pointers(struct trace *trace)
{
    if (trace->pointed_parts != trace->n_parts) {
        trace->pointed_parts = trace->n_parts;
        trace->n_pointers = trace->terms != NULL && trace->terms->pointers != NULL
                                ? count_pointers_of_terms(trace)
                                : count_pointers_of_source(trace);
    }
    return trace->n_pointers;
}

static uint32_t count_entries(const struct trace *trace)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < trace->n_jumps.n; i++) {
        const struct jump *jump = &trace->jumps[i];

        if (jump->state == JUMP_TABLE && !jump->table.relative)
            n += jump->table.n;
    }
    return n;
}

static bool is_entry_of(const struct value *value, uint8_t place)
{
    return value->kind == VALUE_ENTRY && value->place == place && value->offset == 0;
}

static bool is_as_at_entry(struct trace *trace, uint8_t place, uint32_t word)
{
    struct value value = value_before(trace, place, word);

    return is_entry_of(&value, place);
}

static bool is_tail_call(struct trace *trace, uint32_t word)
{
    return is_as_at_entry(trace, 1, word) && is_as_at_entry(trace, PLACE_LR, word) &&
           !has_labels(trace) && count_pointers(trace) <= count_entries(trace);
}

/* ---- one jump ---- */

static bool is_table_of_procedures(const struct trace *trace, const struct value *value)
{
    struct jump_table table = {.address = value->table};
    vaddr_t target;

    return value->offset == 0 && table_target(trace, &table, 0, &target) &&
           is_other_procedure(trace, target);
}

/* Of a jump to an entry of a table. */
static void find_table(struct trace *trace, struct jump *jump, const struct value *value)
{
    struct jump_table *table = &jump->table;
    struct entries entries;
    uint32_t last;

    *table = (struct jump_table){.site = trace_address(trace, jump->word),
                                 .address = value->table,
                                 .relative = value->offset != 0,
                                 .base = value->offset};
    if (bound_index(trace, jump->word, value, &last) && last < JUMP_TABLE_MAX &&
        last < trace->budget) {
        trace->budget -= last;
        table->n = last + 1;
        look_at_entries(trace, table, &entries);
        if (entries.n_own == table->n)
            jump->state = JUMP_TABLE;
        if (entries.n_other != table->n)
            return;
    }
    if (is_table_of_procedures(trace, value) && is_tail_call(trace, jump->word))
        jump->state = JUMP_TAIL;
}

static void find_target(struct trace *trace, struct jump *jump)
{
    bool by_link = trace->opcodes[jump->word] == OPCODE_BCLR;
    struct value value = value_before(trace, by_link ? PLACE_LR : PLACE_CTR, jump->word);

    jump->state = JUMP_UNKNOWN;
    if (by_link && jump->call == NO_WORD && is_entry_of(&value, PLACE_LR)) {
        jump->state = JUMP_RETURN;
    } else if (value.kind == VALUE_CONSTANT && !value.spilled) {
        jump->state = JUMP_FIXED;
        jump->target = value.offset & ~3u;
    } else if (jump->call != NO_WORD) {
        return;
    } else if (value.kind == VALUE_TABLE) {
        find_table(trace, jump, &value);
    } else if (is_tail_call(trace, jump->word)) {
        jump->state = JUMP_TAIL;
    }
}

/* ---- what it means for control ---- */

/* Behind a conditional call control goes on in any case. */
static void apply_call(struct trace *trace, const struct jump *jump)
{
    struct call call = trace->calls[jump->call].call;

    call.direct = false;
    call.returns = true;
    if (jump->state == JUMP_FIXED)
        trace_call(trace, &call, jump->target);
    call.returns = call.returns || !code_branches_always(trace->words[jump->word]);
    trace->calls[jump->call].call = call;
    if (call.returns)
        trace_go_on(trace, jump->word);
    else
        trace_stop(trace, jump->word, BLOCK_STOPS, false);
}

static void apply_jump(struct trace *trace, const struct jump *jump)
{
    struct call call = {.site = trace_address(trace, jump->word), .tail = true};
    bool falls = (trace->marks[jump->word] & MARK_FALLS) != 0;

    switch (jump->state) {
    case JUMP_FIXED:
        trace_branch_to(trace, jump->word, jump->target, falls);
        break;
    case JUMP_TABLE:
        trace_set_end(trace, jump->word, BLOCK_SWITCHES);
        enter_targets(trace, jump->word, &jump->table);
        break;
    case JUMP_RETURN:
        trace_set_end(trace, jump->word, BLOCK_RETURNS);
        break;
    case JUMP_TAIL:
        trace_set_end(trace, jump->word, BLOCK_TAIL_CALLS);
        if ((trace->marks[jump->word] & MARK_CALL) == 0)
            trace_add_call(trace, jump->word, &call);
        break;
    default:
        trace_set_end(trace, jump->word, BLOCK_JUMPS);
    }
}

static bool is_same(const struct jump *a, const struct jump *b)
{
    return a->state == b->state && (a->state != JUMP_FIXED || a->target == b->target) &&
           (a->state != JUMP_TABLE || (a->table.address == b->table.address &&
                                       a->table.n == b->table.n && a->table.base == b->table.base));
}

static void put(struct trace *trace, uint32_t index, const struct jump *jump)
{
    trace->jumps[index] = *jump;
    if (jump->call != NO_WORD)
        apply_call(trace, jump);
    else
        apply_jump(trace, jump);
    trace_follow(trace);
}

/* Looks at a jump; returns whether that changes anything. */
static bool resolve(struct resolver *resolver, uint32_t index)
{
    struct trace *trace = resolver->trace;
    struct jump jump = trace->jumps[index], before = jump;
    uint32_t most = jump.call != NO_WORD ? CALL_STEPS : JUMP_STEPS(trace->n_words);
    uint32_t steps = most < resolver->steps ? most : resolver->steps;

    trace->budget = steps;
    trace->low = trace->high = jump.word;
    jump.version = trace->version;
    jump.n_edges = trace->n_edges.n;
    find_target(trace, &jump);
    jump.low = trace->low;
    jump.high = trace->high;
    resolver->steps -= steps - trace->budget;
    if (is_same(&jump, &before)) {
        trace->jumps[index] = jump;
        return false;
    }
    put(trace, index, &jump);
    return true;
}

/*
 * Whether a jump need not be looked at again: no edge was found since then to words that were looked
 * at for it. A call of which nothing was found then has even more ways to come to now.
 */
static bool is_settled(struct resolver *resolver, const struct jump *jump)
{
    const struct trace *trace = resolver->trace;
    uint32_t n = trace->n_edges.n;

    if (jump->state == JUMP_NEW || jump->state == JUMP_TAIL || jump->state == JUMP_RETURN)
        return jump->state != JUMP_NEW && jump->n_edges == n && jump->version == trace->version;
    if (jump->state == JUMP_UNKNOWN && jump->call != NO_WORD)
        return true;
    if (jump->version != trace->version || n - jump->n_edges > resolver->steps)
        return false;
    resolver->steps -= n - jump->n_edges;
    for (uint32_t i = jump->n_edges; i < n; i++) {
        if (trace->edges[i].to >= jump->low && trace->edges[i].to <= jump->high)
            return false;
    }
    return jump->state != JUMP_UNKNOWN || jump->n_edges == n;
}

/* Once each, and again those that what was found meanwhile may be about. */
static bool resolve_all(struct resolver *resolver)
{
    struct trace *trace = resolver->trace;
    bool changed = false;

    for (uint32_t i = 0; i < trace->n_jumps.n && !trace->no_memory; i++) {
        if (!is_settled(resolver, &trace->jumps[i]))
            changed = resolve(resolver, i) || changed;
    }
    return changed;
}

/* When it does not come to an end, nothing is known. */
static void give_up(struct trace *trace)
{
    for (uint32_t i = 0; i < trace->n_jumps.n && !trace->no_memory; i++) {
        struct jump jump = trace->jumps[i];

        jump.state = JUMP_UNKNOWN;
        put(trace, i, &jump);
    }
}

/* ---- returns ---- */

/* Memory for backward searches, which most procedures need none of. */
static bool prepare_searches(struct trace *trace)
{
    if (trace->stamps == NULL && !trace->no_memory) {
        size_t size = trace->n_words * sizeof *trace->stamps;

        trace->stamps = arena_resize(trace_arena(trace), NULL, size);
        trace->no_memory = trace->stamps == NULL;
        if (trace->stamps != NULL)
            memset(trace->stamps, 0, size);
    }
    return !trace->no_memory;
}

/* The same as value_is_changed, of a general register, and quick for most instructions. */
static inline bool is_changed(const struct trace *trace, uint8_t place, uint32_t word)
{
    const struct opcode_row *row = &opcode_rows[trace->opcodes[word]];
    uint32_t bits = trace->words[word];

    if ((row->traits & TRAIT_ODD) != 0)
        return value_is_changed(trace, place, word);
    return ((bits >> 21 & 31) == place && row->writes_t != 0) ||
           ((bits >> 16 & 31) == place && row->writes_a != 0);
}

/*
 * The word of the same block, before a word, that changed a general register last. NO_WORD: there is
 * none, and *first is the block's first one.
 */
static uint32_t find_changer(const struct trace *trace, uint8_t place, uint32_t word,
                             uint32_t *first)
{
    while (word > 0 && (trace->marks[word] & MARK_LEADER) == 0) {
        if (is_changed(trace, place, --word))
            return word;
    }
    *first = word;
    return NO_WORD;
}

/* Whether the procedure begins with making a register its frame pointer, which then stays that. */
static bool is_frame_pointer(const struct trace *trace, uint32_t base)
{
    uint32_t copy = CODE_X(WORD_OR, 1, base, 1);

    for (uint32_t i = 0; i < PROLOGUE_MAX && i < trace->n_words; i++) {
        if (trace->words[i] == copy)
            return true;
        if (trace->marks[i] >> MARK_END_SHIFT != 0)
            return false;
    }
    return false;
}

/* Whether all instructions keep a general register, so that it is as at entry, whichever that was. */
static bool is_kept(const struct trace *trace, uint8_t place)
{
    for (uint32_t i = 0; i < trace->n_words; i++) {
        if ((trace->marks[i] & MARK_REACHED) != 0 && value_is_changed(trace, place, i))
            return false;
    }
    return true;
}

/*
 * By r1, a copy of it, or r11 as it was at entry: so helpers of epilogues are told where the frame is. They
 * fall into each other, so most are entered in the middle, too.
 */
static bool is_of_frame(struct trace *trace, uint8_t base, uint32_t word)
{
    uint32_t first, changer = base == 1 ? NO_WORD : find_changer(trace, base, word, &first);
    struct value value;

    if (changer != NO_WORD && trace->opcodes[changer] == OPCODE_ADDI) {
        base = trace->words[changer] >> 16 & 31;
        word = changer;
    }
    if (base == 1 || is_frame_pointer(trace, base) || !prepare_searches(trace))
        return true;
    value = value_before(trace, base, word);
    if (value.kind == VALUE_ENTRY)
        return value.place == 1 || value.place == 11;
    return base == 11 && is_kept(trace, 11);
}

/* Whether what an instruction has put into a register can be what LR was at entry. */
static bool may_make_link(struct trace *trace, uint32_t word)
{
    uint32_t bits = trace->words[word];

    switch (trace->opcodes[word]) {
    case OPCODE_LWZ:
        return is_of_frame(trace, bits >> 16 & 31, word);
    case OPCODE_MFSPR:
        return true;
    default: /* a call that is trusted to keep it, which is for its author to know */
        return (trace->marks[word] & MARK_CALL) != 0;
    }
}

/*
 * Whether an instruction that puts a register into LR can restore what LR was at entry: the register was
 * loaded from the frame or copied from LR, as far as that is seen.
 */
static bool may_restore_link(struct trace *trace, uint32_t word)
{
    uint8_t source = trace->words[word] >> 21 & 31;
    uint32_t changer = find_changer(trace, source, word, &word);
    struct value value;

    if (changer != NO_WORD)
        return may_make_link(trace, changer);
    if (!prepare_searches(trace))
        return true;
    value = value_before(trace, source, word);
    return value.kind == VALUE_HELD || (value.kind == VALUE_ENTRY && value.place == PLACE_LR);
}

static bool is_link_doubtful(struct trace *trace)
{
    for (uint32_t i = 0; i < trace->n_links.n; i++) {
        trace->budget = CALL_STEPS;
        if (!may_restore_link(trace, trace->links[i]))
            return true;
    }
    return false;
}

/* Whether that was found just now. */
static bool doubt_returns(struct trace *trace)
{
    if (trace->doubts_returns || trace->no_memory || !is_link_doubtful(trace))
        return false;
    trace->doubts_returns = true;
    for (uint32_t i = 0; i < trace->n_words; i++)
        if ((trace->marks[i] & MARK_REACHED) != 0 && trace_end(trace, i) == BLOCK_RETURNS)
            trace_add_jump(trace, i, NO_WORD);
    return true;
}

/* ---- all of them ---- */

/* Returns whether there were any. */
static bool resolve_jumps(struct trace *trace)
{
    struct resolver resolver = {trace, ALL_STEPS(trace->n_words)};
    unsigned round = 0;

    if (trace->n_jumps.n == 0 || !prepare_searches(trace))
        return false;
    while (!trace->no_memory && resolve_all(&resolver) && ++round < ROUNDS_MAX)
        ;
    if (round == ROUNDS_MAX)
        give_up(trace);
    return true;
}

status_t jumps_resolve(struct trace *trace)
{
    doubt_returns(trace);
    while (resolve_jumps(trace) && doubt_returns(trace))
        ;
    if (trace->no_memory)
        return status_refuse(ERR_NO_MEMORY, "no memory for the procedure at 0x%08x",
                             (unsigned)trace->procedure.start);
    return OK;
}
