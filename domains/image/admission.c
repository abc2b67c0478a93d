/* See admission.h. Of most words the first six bits tell all; a look at others costs a few instructions more. */
#include "domains/image/admission.h"

#include <ctype.h>
#include <stdio.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/instruction.h"
#include "arch/ppc/code/print.h"
#include "arch/ppc/code/reach.h"
#include "domains/object/bytes.h"
#include "domains/object/relocation.h"

#define PRIMARY(word) ((word) >> 26)
#define PRIMARY_BC PRIMARY(WORD_BC)
#define PRIMARY_B PRIMARY(WORD_B)
#define PRIMARY_19 PRIMARY(WORD_RFI)
#define PRIMARY_31 PRIMARY(WORD_MFSPR)
#define BIT(primary) (0x80000000u >> (primary))
#define LOOK (BIT(PRIMARY_BC) | BIT(PRIMARY_B) | BIT(PRIMARY_19) | BIT(PRIMARY_31))

#define EXTENDED 0x7feu        /* the extended opcode */
#define SUPERVISOR 0x00100000u /* in the number of a special purpose register: PEM 4.4.2.2 */

/* An address below ADMITTED_MAX plus this much or less, relative to text or not, bound or not, is plain. */
#define ADDEND_MAX 0x01000000u

/* What comes from the object, without slots. */
struct text {
    const uint8_t *bytes;
    uint32_t size;
    vaddr_t address;
    bool patch; /* it may go on behind its end */
};

static struct text text_of(const struct image *image, bool patch)
{
    const struct segment *segment = &image->memory.text;
    struct text text = {segment->bytes, (uint32_t)segment->size, segment->address, patch};
    uint32_t slots = 0;

    if (image->islands[0] != 0) {
        slots = (uint32_t)(segment->address + segment->size - image->islands[0]);
        text.size -= slots;
    }
    if (image->islands[1] != 0) {
        text.bytes += slots;
        text.address += slots;
        text.size -= slots;
    }
    return text;
}

/* ---- saying what is wrong ---- */

static status_t refuse(const struct image *image, const char *name, vaddr_t address,
                       const char *what, const char *why)
{
    const struct symbol *symbol = symbol_at(&image->symbols, address);

    if (symbol == NULL)
        return status_refuse(ERR_DENIED, "%s!text+0x%x: %s %s", name,
                             (unsigned)(address - image->memory.text.address), what, why);
    return status_refuse(ERR_DENIED, "%s!%s+0x%x: %s %s", name, symbol->name,
                         (unsigned)(address - symbol->value), what, why);
}

/* One blank between words, none at the end. */
static void squeeze(char *text)
{
    char *end = text;

    for (const char *p = text; *p != 0; p++)
        if (!isspace((unsigned char)*p))
            *end++ = *p;
        else if (p[1] != 0 && !isspace((unsigned char)p[1]))
            *end++ = ' ';
    *end = 0;
}

static status_t refuse_word(const struct image *image, const char *name, vaddr_t address,
                            uint32_t word, const char *why)
{
    char text[PRINT_MAX];

    (void)code_print(word, address, NULL, NULL, text, sizeof text);
    squeeze(text);
    return refuse(image, name, address, text, why);
}

/* ---- branches ---- */

/* A slot has nothing in it yet, or leads to where a branch of the object does not reach. */
static bool leads_inside(const struct text *text, const uint8_t *slot)
{
    uint32_t upper = get32(slot), lower = get32(slot + 4);
    vaddr_t target = (upper << 16) + (uint32_t)(int16_t)lower;

    return upper == 0 || target - text->address < text->size;
}

static bool is_good_slot(const struct image *image, const struct text *text, vaddr_t address)
{
    const struct segment *segment = &image->memory.text;

    for (unsigned k = 0; k < IMAGE_ISLANDS && image->islands[k] != 0; k++) {
        uint32_t offset = address - image->islands[k];

        if (offset < segment->address + segment->size - image->islands[0])
            return offset % VENEER_SIZE == 0 &&
                   leads_inside(text, segment->bytes + (address - segment->address));
    }
    return false;
}

/* Whether binding decides where the word leads. */
static bool is_import(const struct image *image, vaddr_t address)
{
    uint32_t place = address - image->memory.text.address;

    for (size_t i = 0; i < image->n_fixups; i++)
        if (image->fixups[i].place >> 5 == place)
            return true;
    return false;
}

static bool leads_away(const struct image *image, const struct text *text, vaddr_t address,
                       uint32_t word)
{
    uint32_t target = 0;

    if (!code_target_of_b(word, address, &target))
        (void)code_target_of_bc(word, address, &target);
    return target - text->address >= text->size + text->patch &&
           !is_good_slot(image, text, target) && !is_import(image, address);
}

/* ---- words ---- */

/* Whether its first six bits say that a word is harmless; of those that they say nothing of, few are compiled. */
static inline __attribute__((always_inline)) bool is_plain(uint32_t word)
{
    return (int32_t)(LOOK << (PRIMARY(word) & 31)) >= 0;
}

static inline __attribute__((always_inline)) bool is_privileged(uint32_t word)
{
    unsigned kind = privileged_31[word >> 1 & 1023];

    return kind != NEVER_PRIVILEGED && (kind == ALWAYS_PRIVILEGED || (word & SUPERVISOR) != 0);
}

/* A direct branch that is relative; so are both primary opcodes that have those, and no other that is not plain. */
static inline __attribute__((always_inline)) bool is_relative_branch(uint32_t word)
{
    return (word & (0x3du << 26 | 2)) == WORD_BC;
}

/* Displacements of b are compared where they stand, in the upper bits. */
static inline __attribute__((always_inline)) bool is_inside(uint32_t word, uint32_t offset,
                                                            uint32_t size)
{
    return (word & 2u << 26) != 0 ? (word << 6) + (offset << 6) < size << 6
                                  : offset + (uint32_t)(int16_t)word < size;
}

/* Of one that is not plain. */
static inline __attribute__((always_inline)) bool is_harmless(uint32_t word, uint32_t offset,
                                                              uint32_t size)
{
    if (is_relative_branch(word))
        return is_inside(word, offset, size);
    if ((int32_t)word >= (int32_t)(PRIMARY_31 << 26))
        return !is_privileged(word);
    return (int32_t)word < (int32_t)(PRIMARY_19 << 26) ? (int32_t)word < 0
                                                       : (word & EXTENDED) != (WORD_RFI & EXTENDED);
}

/* The first word from an offset on that is privileged or a branch to elsewhere; the size if there is none. */
static uint32_t find_suspect(const struct text *text, uint32_t offset)
{
    const uint8_t *bytes = text->bytes, *p = bytes + offset;
    uint32_t size = text->size & ~3u;

    for (uint32_t n = (size - offset) / 4; n > 0; n--, p += 4) {
        uint32_t word = get32(p);

        if (__builtin_expect(is_plain(word), 1))
            continue;
        if (__builtin_expect(!is_harmless(word, (uint32_t)(p - bytes), size), 0))
            break;
    }
    return (uint32_t)(p - bytes);
}

static status_t check_words(const struct image *image, const char *name, const struct text *text)
{
    uint32_t offset = 0;

    while ((offset = find_suspect(text, offset)) < (text->size & ~3u)) {
        uint32_t word = get32(text->bytes + offset);
        vaddr_t address = text->address + offset;

        if (PRIMARY(word) >= PRIMARY_19)
            return refuse_word(image, name, address, word, "is privileged");
        if (leads_away(image, text, address, word))
            return refuse_word(image, name, address, word, "leaves the domain's text");
        offset += 4;
    }
    if (text->size % 4 != 0)
        return refuse(image, name, text->address + offset, "text", "ends within a word");
    return OK;
}

/* ---- imports ---- */

enum change { CHANGES_TARGET, CHANGES_HALF, CHANGES_WORD };

/* What a relocation changes, and of a branch what the opcode must be. */
static enum change change_of(uint8_t type, unsigned *primary)
{
    switch (type) {
    case R_PPC_REL24:
    case R_PPC_ADDR24:
        *primary = PRIMARY_B;
        return CHANGES_TARGET;
    case R_PPC_PLTCALL:
        *primary = PRIMARY_19; /* which becomes a direct call */
        return CHANGES_TARGET;
    case R_PPC_ADDR32:
    case R_PPC_UADDR32:
    case R_PPC_REL32:
        return CHANGES_WORD;
    default:
        *primary = PRIMARY_BC;
        return relocation_types[type].width == 2 ? CHANGES_HALF : CHANGES_TARGET;
    }
}

/* What is wrong with a place in text that binding changes; NULL: nothing. */
static const char *fault_of(const struct fixup *fixup, uint32_t word)
{
    unsigned primary = 0, offset = fixup->place >> 5 & 3;
    uint32_t addend = (uint32_t)fixup->addend;
    bool good;

    switch (change_of(relocation_of_fixup(fixup->place & 31), &primary)) {
    case CHANGES_TARGET:
        if (offset != 0 || PRIMARY(word) != primary)
            return "is no branch, and is to lead to an import";
        return addend != 0 ? "leads beside an import" : NULL;
    case CHANGES_HALF:
        good = offset == 2 && is_plain(word);
        break;
    default:
        good = offset == 0 && addend + ADDEND_MAX <= 2 * ADDEND_MAX;
    }
    return good ? NULL : "has the address of an import in its opcode";
}

/* Most are calls. */
static bool is_common(const struct fixup *fixup)
{
    return (fixup->place & (31 | 3 << 5)) == FIXUP_REL24 && fixup->addend == 0 &&
           PRIMARY(fixup->original) == PRIMARY_B;
}

static status_t check_fixups(const struct image *image, const char *name)
{
    const struct segment *text = &image->memory.text;
    const struct fixup *fixup = image->fixups, *end = fixup + image->n_fixups;

    for (; fixup < end; fixup++) {
        uint32_t offset = fixup->place >> 5 & ~3u, word;
        const char *fault;

        if (offset >= text->size || is_common(fixup))
            continue;
        word = get32(text->bytes + offset);
        fault = fault_of(fixup, word);
        if (fault != NULL)
            return refuse_word(image, name, text->address + offset, word, fault);
    }
    return OK;
}

status_t admission_check_value(const struct image *image, const struct import *import,
                               vaddr_t value)
{
    const struct fixup *fixup = &image->fixups[import->first_fixup];
    unsigned primary;

    for (uint32_t n = import->n_fixups; n > 0; n--, fixup++)
        if (fixup->place >> 5 < image->memory.text.size &&
            change_of(relocation_of_fixup(fixup->place & 31), &primary) == CHANGES_WORD)
            return status_refuse(ERR_DENIED, "%s is 0x%08x, which may not stand in text",
                                 import->name, (unsigned)value);
    return OK;
}

status_t admission_check(const struct image *image, const char *name, bool patch)
{
    struct text text = text_of(image, patch);
    status_t status = check_fixups(image, name);

    return status == OK ? check_words(image, name, &text) : status;
}
