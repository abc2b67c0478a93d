/* Where arguments are passed, held against what the compiler does: procedures of many prototypes are called. */
#include "tests/kernel/places/places.h"

#include <stdio.h>
#include <string.h>

#include "arch/ppc/code/dispatch/signature.h"
#include "kernel/event/loop_frame.h"
#include "kernel/test.h"

SUITE("places");

#define CLOSURE 0xc1050000

static const struct {
    char letter;
    uint8_t words, kind;
    uint32_t size;
} kinds[] = {
    {'i', 1, ARGUMENT_UNSIGNED, 4}, {'q', 2, ARGUMENT_UNSIGNED, 8}, {'c', 1, ARGUMENT_SIGNED, 1},
    {'f', 1, ARGUMENT_UNSIGNED, 4}, {'d', 2, ARGUMENT_UNSIGNED, 8}, {'z', 2, ARGUMENT_UNSIGNED, 8},
    {'s', 1, ARGUMENT_STRUCT, 4},
};

static uint32_t structs[ARGUMENTS_MAX];
static uint32_t given[2 * ARGUMENTS_MAX], wanted[2 * ARGUMENTS_MAX];

static void describe(const struct places_sample *sample, struct signature *signature)
{
    memset(signature, 0, sizeof *signature);
    signature->result_pointer = sample->structure;
    signature->result_size = sample->structure ? sizeof(struct places_result) : 0;
    for (const char *c = sample->arguments; *c != 0; c++) {
        unsigned i = signature->n_arguments++, kind = 0;

        while (kinds[kind].letter != *c)
            kind++;
        signature->words[i] = kinds[kind].words;
        signature->kinds[i] = kinds[kind].kind;
        signature->sizes[i] = kinds[kind].size;
        signature->n_words = (uint8_t)(signature->n_words + kinds[kind].words);
    }
}

/* What is passed, and what the procedure should make of it. */
static void fill(const struct signature *signature)
{
    unsigned n = 0;

    for (unsigned i = 0; i < signature->n_arguments; i++)
        for (unsigned word = 0; word < signature->words[i]; word++, n++) {
            given[n] = wanted[n] = argument_extend(0x40c08090 + n, signature->sizes[i],
                                                   signature->kinds[i] == ARGUMENT_SIGNED);
            if (signature->kinds[i] == ARGUMENT_STRUCT) {
                structs[i] = wanted[n];
                given[n] = (uint32_t)&structs[i];
            }
        }
}

static void put(place_t place, uint32_t word, uint32_t registers[], uint32_t stack[])
{
    if (PLACE_IS_REGISTER(place))
        registers[place - PLACE_REGISTER(3)] = word;
    else
        stack[(PLACE_OFFSET(place) - PLACES_FRAME) / 4] = word;
}

static bool agrees(const struct places_sample *sample)
{
    struct signature signature;
    struct places_result result = {{0}};
    place_t places[WORDS_MAX], closure_place = 0;
    uint32_t registers[8], stack[WORDS_MAX];
    unsigned frame;

    describe(sample, &signature);
    fill(&signature);
    memset(registers, 0xee, sizeof registers);
    memset(stack, 0xee, sizeof stack);
    frame = signature_places(&signature, sample->closure, true, places, &closure_place);
    if (sample->structure)
        registers[0] = (uint32_t)&result;
    if (sample->closure)
        put(closure_place, CLOSURE, registers, stack);
    for (unsigned i = 0; i < signature.n_words; i++)
        put(places[i], given[i], registers, stack);
    (void)call_words((uint32_t)sample->procedure, registers, stack, frame / 4);
    return places_n_seen == (unsigned)signature.n_words + sample->closure &&
           (!sample->closure || places_seen[0] == CLOSURE) &&
           memcmp(places_seen + sample->closure, wanted, 4 * signature.n_words) == 0 &&
           (!sample->structure || result.words[0] == PLACES_RESULT);
}

TEST(arguments_are_where_the_compiler_takes_them)
{
    for (size_t i = 0; i < n_places_samples; i++)
        if (!CHECK(agrees(&places_samples[i])))
            printf("# %s, %s closure, %s struct\n", places_samples[i].arguments,
                   places_samples[i].closure ? "with" : "without",
                   places_samples[i].structure ? "with" : "without");
}

TEST(the_frame_has_no_more_than_is_passed)
{
    struct signature signature = {.n_arguments = 9, .n_words = 10};
    place_t places[WORDS_MAX], closure;

    memset(signature.words, 1, 8);
    signature.words[8] = 2;
    CHECK_EQUAL(8, signature_places(&signature, false, true, places, NULL));
    CHECK_EQUAL(8, PLACE_OFFSET(places[8]));
    CHECK_EQUAL(16, signature_places(&signature, true, true, places, &closure));
    CHECK_EQUAL(8, PLACE_OFFSET(places[7]));
    CHECK_EQUAL(16, PLACE_OFFSET(places[8]));
    signature.n_arguments = 8;
    CHECK_EQUAL(0, signature_places(&signature, false, true, places, NULL));
    CHECK_EQUAL(10, places[7]);
}
