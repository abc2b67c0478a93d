/* See signature.h. */
#include "arch/ppc/code/dispatch/signature.h"

#define FIRST_REGISTER 3
#define N_REGISTERS 8
#define ALIGNMENT_MAX 16u

place_t placer_put(struct placer *placer, unsigned n_words)
{
    unsigned at = placer->n_registers;

    if (n_words == 2)
        at += at % 2;
    placer->n_registers = (uint8_t)(at + n_words < N_REGISTERS ? at + n_words : N_REGISTERS);
    if (at + n_words <= N_REGISTERS)
        return PLACE_REGISTER(FIRST_REGISTER + at);
    at = placer->n_words;
    if (n_words == 2)
        at += at % 2;
    placer->n_words = (uint8_t)(at + n_words);
    return PLACE_FRAME(PLACES_FRAME + 4 * at);
}

unsigned placer_frame(const struct placer *placer)
{
    return 4u * placer->n_words;
}

uint32_t argument_extend(uint32_t word, uint32_t size, bool is_signed)
{
    if (size == 1)
        return is_signed ? (uint32_t)(int8_t)word : (uint8_t)word;
    if (size == 2)
        return is_signed ? (uint32_t)(int16_t)word : (uint16_t)word;
    return word;
}

uint32_t signature_alignment(uint32_t size)
{
    uint32_t alignment = (size | ALIGNMENT_MAX) & -(size | ALIGNMENT_MAX);

    return size == 0 ? 1 : alignment;
}

unsigned signature_places(const struct signature *signature, bool closure, bool result,
                          place_t places[], place_t *closure_place)
{
    struct placer placer = {0};
    unsigned n = 0;

    if (result && signature->result_pointer)
        (void)placer_put(&placer, 1);
    if (closure)
        *closure_place = placer_put(&placer, 1);
    for (unsigned i = 0; i < signature->n_arguments; i++) {
        place_t place = placer_put(&placer, signature->words[i]);

        for (unsigned word = 0; word < signature->words[i]; word++)
            places[n++] = (place_t)(place + word);
    }
    return placer_frame(&placer);
}
