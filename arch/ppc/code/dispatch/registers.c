/* Which register holds what while a routine is compiled; see compiler.h. */
#include "arch/ppc/code/dispatch/compiler.h"
#include "arch/ppc/code/reach.h"

#define SP 1

/* ---- how procedures see the words ---- */

static void make_view(struct compiler *c, bool closure, bool result, struct view *view)
{
    const struct signature *signature = &c->plan->signature;
    unsigned skipped = signature->result_pointer ? 1 : 0;

    view->frame =
        signature_places(signature, closure, result, view->places + skipped, &view->closure);
    if (skipped)
        view->places[0] = PLACE_REGISTER(3);
    for (unsigned r = 0; r < 11; r++)
        view->of_register[r] = NO_VIEW;
    for (unsigned i = skipped != 0 && !result ? 1 : 0; i < c->n_words; i++)
        if (PLACE_IS_REGISTER(view->places[i]))
            view->of_register[view->places[i]] = (uint8_t)i;
    if (closure && PLACE_IS_REGISTER(view->closure))
        view->of_register[view->closure] = VIEW_CLOSURE;
    view->known = true;
}

/* Whoever gets a closure alone sees it as one who gets arguments behind it. */
const struct view *compile_view(struct compiler *c, enum passing passing, bool result)
{
    bool closure = passing == PASS_CLOSURE_ARGUMENTS || passing == PASS_CLOSURE;
    struct view *view = &c->views[closure][result];

    if (!view->known)
        make_view(c, closure, result, view);
    return view;
}

/* ---- temporaries ---- */

void temp_forget(struct compiler *c, unsigned reg)
{
    c->touched |= (uint16_t)(1u << reg);
    c->state.temps[reg].content = CONTENT_NONE;
}

void temp_forget_loads(struct compiler *c)
{
    for (unsigned i = 0; i < TEMPS; i++)
        if (c->state.temps[i].loads)
            temp_forget(c, i);
}

void temp_forget_clobbered(struct compiler *c, uint32_t registers)
{
    for (unsigned i = 0; i < TEMPS; i++)
        if ((registers >> i & 1) != 0)
            temp_forget(c, i);
}

void temp_pin(struct compiler *c, unsigned reg)
{
    c->pinned |= (uint16_t)(1u << reg);
}

/* One that holds nothing, else the one that was taken longest ago. */
unsigned temp_take(struct compiler *c, bool may_be_zero)
{
    unsigned candidates = c->free & ~c->pinned & (may_be_zero ? ~0u : ~1u);
    unsigned chosen = ~0u;

    for (unsigned i = TEMPS; i-- > 0 && chosen == ~0u;)
        if ((candidates >> i & 1) != 0 && c->state.temps[i].content == CONTENT_NONE)
            chosen = i;
    for (unsigned i = 0; i < TEMPS && chosen == ~0u; i++) {
        c->next_temp = (uint8_t)(c->next_temp == 0 ? TEMPS - 1 : c->next_temp - 1);
        if ((candidates >> c->next_temp & 1) != 0)
            chosen = c->next_temp;
    }
    if (chosen == ~0u) {
        if (c->fault == COMPILE_OK)
            c->fault = COMPILE_NO_TEMPS;
        return 0;
    }
    temp_forget(c, chosen);
    c->state.temps[chosen].loads = false;
    temp_pin(c, chosen);
    return chosen;
}

static unsigned find_constant(const struct compiler *c, uint32_t value, bool may_be_zero)
{
    for (unsigned i = may_be_zero ? 0 : 1; i < TEMPS; i++)
        if (c->state.temps[i].content == CONTENT_CONSTANT && c->state.temps[i].value == value)
            return i;
    return ~0u;
}

void register_constant(struct compiler *c, unsigned reg, uint32_t value)
{
    if (value + 0x8000 < 0x10000) {
        compile_put(c, CODE_D(WORD_ADDI, reg, 0, value));
        return;
    }
    compile_put(c, CODE_D(WORD_ADDIS, reg, 0, value >> 16));
    if ((value & 0xffff) != 0)
        compile_put(c, CODE_D(WORD_ORI, reg, reg, value));
}

unsigned temp_constant(struct compiler *c, uint32_t value, bool may_be_zero)
{
    unsigned reg = find_constant(c, value, may_be_zero);

    if (reg != ~0u) {
        temp_pin(c, reg);
        return reg;
    }
    reg = temp_take(c, may_be_zero);
    register_constant(c, reg, value);
    c->state.temps[reg] = (struct temp){.content = CONTENT_CONSTANT, .value = value};
    return reg;
}

/* The same register does for all addresses that a displacement reaches from it. */
unsigned temp_address(struct compiler *c, uint32_t address, int32_t *displacement)
{
    uint32_t high;

    for (unsigned i = 1; i < TEMPS; i++) {
        const struct temp *temp = &c->state.temps[i];

        if (temp->content == CONTENT_CONSTANT && address - temp->value + 0x8000 < 0x10000) {
            temp_pin(c, i);
            *displacement = (int32_t)(address - temp->value);
            return i;
        }
    }
    high = (address + 0x8000) & 0xffff0000;
    *displacement = (int32_t)(address - high);
    return temp_constant(c, high, false);
}

/* ---- words ---- */

void word_load(struct compiler *c, unsigned word, unsigned reg)
{
    place_t place = c->places[word];

    if ((c->state.in_register >> word & 1) != 0) {
        if (place != reg)
            compile_put(c, CODE_X(WORD_OR, place, reg, place));
    } else if ((c->state.in_home >> word & 1) != 0) {
        compile_put(c, CODE_D(WORD_LWZ, reg, SP, c->homes[word]));
    } else if ((c->state.in_caller >> word & 1) != 0) {
        compile_put(c, CODE_D(WORD_LWZ, reg, SP, c->frame + PLACE_OFFSET(place)));
    } else if (c->fault == COMPILE_OK) {
        c->fault = COMPILE_NO_TEMPS; /* it is nowhere, so this way of compiling it does not do */
    }
}

unsigned word_register(struct compiler *c, unsigned word)
{
    place_t place = c->places[word];
    unsigned reg;

    if (PLACE_IS_REGISTER(place)) {
        word_load(c, word, place);
        c->state.in_register |= WORD_BIT(word);
        return place;
    }
    reg = temp_take(c, false);
    word_load(c, word, reg);
    return reg;
}

/* Through a register that is nobody's if it is in the caller's frame. */
void word_save(struct compiler *c, words_t words)
{
    for (unsigned i = 0; i < c->n_words; i++) {
        unsigned reg = c->places[i];

        if ((words >> i & 1) == 0 || (c->state.in_home >> i & 1) != 0)
            continue;
        if (c->frame == 0 && c->fault == COMPILE_OK)
            c->fault = COMPILE_FRAME;
        if ((c->state.in_register >> i & 1) == 0) {
            reg = 0;
            temp_forget(c, 0);
            word_load(c, i, 0);
        }
        compile_put(c, CODE_D(WORD_STW, reg, SP, c->homes[i]));
        c->state.in_home |= WORD_BIT(i);
    }
}
