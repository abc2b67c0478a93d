/* See words.h. */
#include <stdlib.h>

#include "arch/ppc/code/operands.h"
#include "tests/host/words.h"
#include "tests/host/random.h"

#define N_ROUNDS 3
#define N_FLIPS 3
#define N_RANDOM 60000
#define N_PER_PRIMARY 500

struct words {
    uint32_t *words;
    size_t n, room;
    uint32_t seed;
};

static void add(struct words *words, uint32_t word)
{
    if (words->n == words->room) {
        words->room = 2 * words->room + 1000;
        words->words = realloc(words->words, words->room * sizeof words->words[0]);
        if (words->words == NULL)
            abort();
    }
    words->words[words->n++] = word;
}

/* Random, but registers and counts are often the same, or at a boundary. */
static uint32_t likely_operands(uint32_t *seed)
{
    static const uint32_t likely[] = {0, 1, 2, 30, 31};
    uint32_t word = random_next(seed), same = random_below(seed, 32);

    for (unsigned shift = 1; shift < 26; shift += 5) {
        uint32_t choice = random_below(seed, 9);

        if (choice >= 7)
            continue;
        word &= ~(31u << shift);
        word |= (choice < 5 ? likely[choice] : same) << shift;
    }
    return word;
}

static uint32_t likely_word(uint32_t *seed, const struct opcode_row *row)
{
    return row->match | (likely_operands(seed) & ~row->mask);
}

/* All extended opcodes there can be, known or not, among others with each bit of their operands. */
static void add_extended(struct words *words)
{
    static const uint8_t primaries[] = {4, 19, 31, 59, 63};

    for (size_t i = 0; i < sizeof primaries; i++)
        for (uint32_t low = 0; low < 2048; low++) {
            uint32_t word = (uint32_t)primaries[i] << 26 | low;

            add(words, word);
            add(words, word | 0x00220800);
            add(words, word | 0x03fff800);
            add(words, word | (random_next(&words->seed) & 0x03fff800));
            for (unsigned bit = 11; bit < 26; bit++)
                add(words, word | 1u << bit);
        }
}

/* What other processors tell apart by bits 11-15. */
static void add_selected(struct words *words)
{
    static const uint32_t opcodes[] = {0x1000000d, 0x1000040d, 0x10000581, 0x10000602, 0x10000642,
                                       0xfc00048e, 0xfc000648, 0xfc000688, 0x7c002286, 0x7c002386};

    for (size_t i = 0; i < sizeof opcodes / sizeof opcodes[0]; i++)
        for (uint32_t a = 0; a < 32; a++) {
            add(words, opcodes[i] | a << 16);
            add(words, opcodes[i] | a << 16 | (random_next(&words->seed) & 0x03e0f800));
        }
}

/* All that BO, BI, LK, AA and the sign of a displacement can be together. */
static void add_branches(struct words *words)
{
    for (uint32_t condition = 0; condition < 1024; condition++)
        for (uint32_t low = 0; low < 4; low++) {
            uint32_t middle = random_next(&words->seed) & 0x7ffc;

            add(words, 0x40000000 | condition << 16 | middle | low);
            add(words, 0x40008000 | condition << 16 | middle | low);
            add(words, 0x4c000020 | condition << 16 | (low & 2) << 10 | (low & 1));
            add(words, 0x4c000420 | condition << 16 | (low & 2) << 11 | (low & 1));
        }
}

static void add_primaries(struct words *words)
{
    for (uint32_t primary = 0; primary < 64; primary++)
        for (int i = 0; i < N_PER_PRIMARY; i++)
            add(words, primary << 26 | (random_next(&words->seed) & 0x03ffffff));
}

/* Every value of a narrow operand, every boundary of a wide one, among others that are likely. */
static void add_values(struct words *words, const struct opcode_row *row, enum operand kind)
{
    const struct operand_row *operand = &operand_rows[kind];
    uint32_t limit = 1u << operand->width, field = (limit - 1) << operand->shift;

    for (uint32_t value = 0; value < limit; value++) {
        uint32_t from_middle = value - limit / 2 + 2;

        if (operand->width > 10 && value > 2 && from_middle > 4 && value < limit - 2)
            continue;
        add(words, (likely_word(&words->seed, row) & ~field) | value << operand->shift);
    }
}

/* One bit is wrong, or another operand. */
static void add_flips(struct words *words, const struct opcode_row *row)
{
    for (int round = 0; round < N_FLIPS; round++)
        for (unsigned bit = 0; bit < 32; bit++)
            add(words, likely_word(&words->seed, row) ^ 1u << bit);
}

static void add_opcodes(struct words *words)
{
    for (enum opcode opcode = 1; opcode < N_OPCODES; opcode++) {
        const struct opcode_row *row = &opcode_rows[opcode];

        add(words, row->match);
        add_flips(words, row);
        for (const uint8_t *kind = code_operands(opcode); *kind != OPERAND_NONE; kind++)
            add_values(words, row, *kind);
    }
}

uint32_t *words_make(size_t *n)
{
    struct words words = {.seed = 20};

    add_extended(&words);
    add_selected(&words);
    add_branches(&words);
    add_primaries(&words);
    for (int round = 0; round < N_ROUNDS; round++)
        add_opcodes(&words);
    for (int i = 0; i < N_RANDOM; i++) {
        uint32_t opcode = 1 + random_below(&words.seed, N_OPCODES - 1);

        add(&words, likely_word(&words.seed, &opcode_rows[opcode]));
    }
    *n = words.n;
    return words.words;
}
