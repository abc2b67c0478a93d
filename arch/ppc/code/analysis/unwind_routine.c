/* See unwind_routine.h. */
#include "arch/ppc/code/analysis/unwind_routine.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/operands.h"
#include "arch/ppc/code/reach.h"

#define BLR 0x4e800020u
#define BCTR 0x4e800420u
#define LEADS_MAX 3 /* from one to another */

static bool is_of_routine(uint32_t word, enum opcode opcode)
{
    switch (opcode) {
    case OPCODE_STW:
    case OPCODE_LWZ:
    case OPCODE_STFD:
    case OPCODE_LFD:
        return FIELD_A(word) == 11 || FIELD_A(word) == 12;
    default:
        return false;
    }
}

/* What does no more than to lead to another place: a branch, a veneer (reach.h). */
static bool leads_on(const struct code_source *source, vaddr_t *target)
{
    uint32_t word, value = 0;
    struct successor successor;

    for (vaddr_t at = *target; at < *target + VENEER_SIZE; at += 4) {
        enum opcode opcode;

        if (!source->words(source->context, at, &word, 1))
            return false;
        opcode = code_opcode(word);
        code_successor_of(word, opcode, at, &successor);
        if (opcode == OPCODE_B || word == BCTR) {
            *target = opcode == OPCODE_B ? successor.target : value;
            return !successor.links;
        }
        if (FIELD_T(word) != 12 ||
            (opcode != OPCODE_ADDI && opcode != OPCODE_ADDIS && opcode != OPCODE_MTSPR))
            return false;
        if (opcode != OPCODE_MTSPR)
            value = (FIELD_A(word) == 0 ? 0 : value) +
                    (opcode == OPCODE_ADDIS ? word << 16 : IMMEDIATE(word));
    }
    return false;
}

static unsigned read_routine(const struct code_source *source, vaddr_t target, uint32_t words[])
{
    for (unsigned n = 0; n < UNWIND_ROUTINE_MAX; n++) {
        if (!source->words(source->context, target + 4 * n, &words[n], 1))
            return 0;
        if (words[n] == BLR)
            return n;
        if (!is_of_routine(words[n], code_opcode(words[n])))
            return 0;
    }
    return 0;
}

/* What is elsewhere is known by its name (System V ABI supplement for embedded applications, 3.4.2): where r11 - 4 is that of r31. */
static unsigned make_routine(const char *name, uint32_t words[])
{
    bool saves = strncmp(name, "_savegpr_", 9) == 0, loads = strncmp(name, "_restgpr_", 9) == 0;
    unsigned n = 0;
    char *end;
    unsigned long first;

    if (!saves && !loads)
        return 0;
    first = strtoul(name + 9, &end, 10);
    if (*end != 0 || first < 14)
        return 0;
    for (unsigned long r = first; r < 32; r++)
        words[n++] = (saves ? 0x90000000u : 0x80000000u) | (uint32_t)r << 21 | 11u << 16 |
                     ((uint32_t) - (4 * (32 - (int)r)) & 0xffff);
    return n;
}

unsigned unwind_routine(const struct code_source *source, vaddr_t target,
                        uint32_t words[UNWIND_ROUTINE_MAX])
{
    struct procedure procedure;

    for (unsigned i = 0; i < LEADS_MAX; i++) {
        if (source->procedure(source->context, target, &procedure) && procedure.import)
            return procedure.name == NULL ? 0 : make_routine(procedure.name, words);
        if (!leads_on(source, &target))
            break;
    }
    return read_routine(source, target, words);
}
