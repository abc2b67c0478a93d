/* See patch_code.h. Here: the order of things in a body, its words, and what is asked of it afterwards. */
#include "arch/ppc/code/patch/patch_code.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/patch/body.h"
#include "arch/ppc/code/reach.h"

/* ---- words ---- */

void body_grow(struct body *b, void **array, const void *first, uint16_t *room, size_t size)
{
    size_t wanted = *room * (size_t)2;
    void *grown;

    if (b->fault != OK)
        return;
    if (wanted > PATCH_WORDS_MAX)
        wanted = PATCH_WORDS_MAX;
    if (wanted == *room) {
        b->fault = ERR_RANGE;
        return;
    }
    grown = *array == first ? malloc(wanted * size) : realloc(*array, wanted * size);
    if (grown == NULL) {
        b->fault = ERR_NO_MEMORY;
        return;
    }
    if (*array == first)
        memcpy(grown, first, *room * size);
    *array = grown;
    *room = (uint16_t)wanted;
}

void put_way_out(struct body *b, uint32_t word, uint32_t target)
{
    struct patch_code *code = &b->code;

    if (code->n_ways == b->room.ways)
        body_grow(b, (void **)&code->ways, b->ways, &b->room.ways, sizeof *code->ways);
    if (b->fault == OK)
        code->ways[code->n_ways++] = (struct way_out){code->n, target};
    put(b, word);
}

void put_constant(struct body *b, unsigned reg, uint32_t value)
{
    if ((int32_t)value == (int16_t)value) {
        put(b, CODE_D(WORD_ADDI, reg, 0, value));
        return;
    }
    put(b, CODE_D(WORD_ADDIS, reg, 0, value >> 16));
    if ((value & 0xffff) != 0)
        put(b, CODE_D(WORD_ORI, reg, reg, value));
}

/* They are made nearly in order: what is around others begins before them and ends behind them. */
void body_mark(struct body *b, enum patch_mark_kind kind, size_t first, size_t end, size_t action)
{
    struct patch_code *code = &b->code;
    size_t at = code->n_marks;

    if (code->n_marks == b->room.marks)
        body_grow(b, (void **)&code->marks, b->marks, &b->room.marks, sizeof *code->marks);
    if (b->fault != OK)
        return;
    for (; at > 0 && code->marks[at - 1].words.first > first; at--)
        code->marks[at] = code->marks[at - 1];
    code->marks[at] =
        (struct patch_mark){(uint8_t)kind, (uint16_t)action, {(uint16_t)first, (uint16_t)end}};
    code->n_marks++;
}

void body_part(struct body *b, const char *text, size_t action)
{
    struct patch_code *code = &b->code;

    if (code->n_parts == b->room.parts)
        body_grow(b, (void **)&code->parts, b->parts, &b->room.parts, sizeof *code->parts);
    if (b->fault == OK)
        code->parts[code->n_parts++] = (struct part){code->n, (uint16_t)action, text};
}

size_t body_leap(struct body *b, uint32_t word)
{
    size_t at = b->code.n;

    put(b, word);
    return at;
}

void body_lead(struct body *b, size_t from, size_t to)
{
    uint32_t displacement = (uint32_t)(to - from) * 4, *word;

    if (b->fault != OK)
        return;
    word = &b->code.words[from];
    if (*word >> 26 == WORD_B >> 26)
        *word = code_put_b_relative(*word, displacement);
    else if (code_fits_bc((int32_t)displacement))
        *word = code_put_bc_relative(*word, displacement);
    else
        b->fault = ERR_RANGE;
}

void body_land(struct body *b, size_t leap)
{
    body_lead(b, leap, b->code.n);
}

/* ---- a whole body ---- */

static void begin(struct body *b, const struct patch_plan *plan)
{
    b->plan = plan;
    b->code = (struct patch_code){.own = NO_WORD,
                                  .site = plan->site,
                                  .below = (int16_t)AREA_BELOW(plan->depth),
                                  .words = b->words,
                                  .ways = b->ways,
                                  .jumps = b->jumps,
                                  .marks = b->marks,
                                  .parts = b->parts};
    b->room = (struct room){ROOM_WORDS, ROOM_WAYS, ROOM_JUMPS, ROOM_MARKS, ROOM_PARTS};
    b->live = plan->live;
    if (plan->mode == PATCH_PARANOID)
        b->live = REGISTERS_ALL;
    b->live.general |= GENERAL_ALWAYS_LIVE;
    b->taken = b->stashed = 0;
    b->fault = OK;
}

/* Whether it sees registers that nothing else would look at any more. */
static bool observes(const struct action *action)
{
    return action->kind == ACTION_CODE || action->registers != ACTION_NO_REGISTERS;
}

static size_t last_observer(const struct patch_plan *plan)
{
    size_t last = plan->n;

    while (last > 0 && !observes(&plan->actions[last - 1]))
        last--;
    return last;
}

static void put_action(struct body *b, const struct action *action, size_t number)
{
    switch (action->kind) {
    case ACTION_COUNT:
        count_put(b, action, number);
        break;
    case ACTION_CALL:
        call_put(b, action, number);
        break;
    default:
        code_put(b, action, number);
    }
}

/* What changes registers may change whether the branch is taken. */
static bool may_share_test(const struct action *one, const struct action *next)
{
    return one->taken && next->taken && one->kind != ACTION_CODE &&
           one->registers != ACTION_CHANGES_REGISTERS;
}

static void put_actions(struct body *b)
{
    const struct patch_plan *plan = b->plan;
    size_t last = last_observer(plan);
    struct untaken untaken;

    for (size_t i = 0; i < plan->n; i++) {
        const struct action *action = &plan->actions[i];

        scratch_keep(b, i < last ? &REGISTERS_ALL : &b->live);
        if (action->taken && (i == 0 || !may_share_test(action - 1, action)))
            untaken_leap(b, &untaken);
        scratch_keep(b, i + 1 < last ? &REGISTERS_ALL : &b->live);
        put_action(b, action, i);
        if (action->taken && (i + 1 == plan->n || !may_share_test(action, action + 1)))
            untaken_land(b, &untaken);
    }
    scratch_keep(b, &b->live);
}

static void put_rest(struct body *b)
{
    const struct patch_plan *plan = b->plan;

    if (plan->mode == PATCH_POISON)
        poison_put(b);
    if (plan->replacement != 0) {
        struct register_set dead = REGISTERS_ALL;

        scratch_return(b);
        body_part(b, "replacement", NO_ACTION);
        registers_remove(&dead, &b->live);
        jump_to(b, plan->replacement, &dead);
    } else {
        displaced_put(b);
    }
    call_put_recoveries(b);
}

static void release(struct body *b)
{
    if (b->code.words != b->words)
        free(b->code.words);
    if (b->code.ways != b->ways)
        free(b->code.ways);
    if (b->code.jumps != b->jumps)
        free(b->code.jumps);
    if (b->code.marks != b->marks)
        free(b->code.marks);
    if (b->code.parts != b->parts)
        free(b->code.parts);
}

static void *copy(char **to, const void *from, size_t size)
{
    void *copied = *to;

    memcpy(copied, from, size);
    *to += size;
    return copied;
}

/* One piece of memory, pointers first. */
static status_t finish(const struct body *b, struct patch_code **code)
{
    const struct patch_code *made = &b->code;
    size_t ways = made->n_ways * sizeof *made->ways, jumps = made->n_jumps * sizeof *made->jumps;
    size_t parts = made->n_parts * sizeof *made->parts, words = made->n * sizeof *made->words;
    size_t marks = made->n_marks * sizeof *made->marks;
    struct patch_code *whole = malloc(sizeof *whole + parts + words + ways + jumps + marks);
    char *next = (char *)(whole + 1);

    if (whole == NULL)
        return ERR_NO_MEMORY;
    *whole = *made;
    whole->parts = copy(&next, made->parts, parts);
    whole->words = copy(&next, made->words, words);
    whole->ways = copy(&next, made->ways, ways);
    whole->jumps = copy(&next, made->jumps, jumps);
    whole->marks = copy(&next, made->marks, marks);
    *code = whole;
    return OK;
}

status_t patch_compile(const struct patch_plan *plan, struct patch_code **code)
{
    struct body body;
    status_t status;

    begin(&body, plan);
    put_actions(&body);
    put_rest(&body);
    status = body.fault == OK ? finish(&body, code) : body.fault;
    release(&body);
    if (status == ERR_RANGE)
        return status_refuse(status, "the code at the site would be longer than %u words",
                             (unsigned)PATCH_WORDS_MAX);
    if (status != OK)
        return status_refuse(status, "no memory for the code of a patch");
    return OK;
}

void patch_code_free(struct patch_code *code)
{
    free(code);
}

/* ---- placing ---- */

size_t patch_code_size(const struct patch_code *code)
{
    return code->n;
}

/* The words of a jump are there already. */
static void place_jump(const struct jump *jump, uint32_t address, uint32_t words[])
{
    uint32_t at = address + 4 * jump->first;

    if (jump->high != NO_WORD && code_reach(at, jump->target) != REACH_NONE)
        words[jump->first] = code_retarget_b(WORD_B, at, jump->target);
}

bool patch_place(const struct patch_code *code, uint32_t address, uint32_t words[])
{
    memcpy(words, code->words, code->n * sizeof *words);
    for (size_t i = 0; i < code->n_ways; i++) {
        const struct way_out *way = &code->ways[i];
        uint32_t at = address + 4 * way->word;

        if (code_reach(at, way->target) == REACH_NONE)
            return false;
        words[way->word] = code_retarget_b(words[way->word], at, way->target);
    }
    for (size_t i = 0; i < code->n_jumps; i++)
        place_jump(&code->jumps[i], address, words);
    return true;
}

void patch_retarget(struct patch_code *code, uint32_t address, uint32_t word, size_t *first,
                    size_t *n, uint32_t words[PATCH_RETARGET_MAX])
{
    struct jump *jump = &code->jumps[code->own], moved;
    uint32_t target = 0;

    (void)code_target_of_b(word, code->site, &target);
    jump_retarget(code, jump, target);
    *first = jump->first;
    *n = jump->end - jump->first;
    memcpy(words, code->words + jump->first, *n * sizeof *words);
    moved = *jump;
    moved.first = 0;
    place_jump(&moved, address + 4 * jump->first, words);
}

/* ---- what is said of it ---- */

const struct patch_mark *patch_code_marks(const struct patch_code *code, size_t *n)
{
    *n = code->n_marks;
    return code->marks;
}

void patch_code_saves(const struct patch_code *code, struct register_set *saves)
{
    *saves = code->saves;
}

const char *patch_code_comment(const struct patch_code *code, size_t i, size_t *action)
{
    for (size_t k = 0; k < code->n_parts; k++) {
        if (code->parts[k].word == i) {
            *action = code->parts[k].action != NO_ACTION ? code->parts[k].action : SIZE_MAX;
            return code->parts[k].text;
        }
    }
    return NULL;
}
