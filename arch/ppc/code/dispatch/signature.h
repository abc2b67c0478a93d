/*
 * How arguments and results of a procedure are passed, by the System V ABI, PowerPC Processor Supplement,
 * chapter 3 ("Parameter Passing", "Return Values"), as gcc applies it to powerpc-linux: general registers r3
 * to r10, then words of the caller's frame from r1 + 8 on; 64-bit values in a pair that begins with an odd
 * register, or at a multiple of 8, never split; once one did not fit into registers, nothing behind it goes there.
 * Structs are passed as the addresses of copies and returned through a pointer that is passed first.
 *
 * Portable and pure.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_SIGNATURE_H
#define ARCH_PPC_CODE_DISPATCH_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#define ARGUMENTS_MAX 24                  /* of an event; more is not offered */
#define WORDS_MAX (2 * ARGUMENTS_MAX + 2) /* with a result pointer and a closure */

/* What a word, or two, of an argument means. */
enum argument_kind {
    ARGUMENT_UNSIGNED, /* also pointers, bool, float and double */
    ARGUMENT_SIGNED,
    ARGUMENT_STRUCT, /* the address of the raiser's copy */
};

/* What an event looks like. */
struct signature {
    uint8_t n_arguments;
    uint8_t n_words;      /* of all arguments */
    uint8_t result_words; /* in r3, or r3 and r4: 0 to 2 */
    bool result_pointer; /* returns a struct: its address is passed in r3, before everything else */
    bool result_signed;  /* a result of 1 or 2 bytes is extended so */
    uint32_t result_size; /* bytes: of the struct, or of what is in registers; 0: no result */
    uint8_t words[ARGUMENTS_MAX]; /* 1 or 2 of each argument */
    uint8_t kinds[ARGUMENTS_MAX]; /* enum argument_kind of each */
    uint32_t sizes
        [ARGUMENTS_MAX]; /* of each argument's type in bytes: what a filter's pointer points to */
};

/* What a handler or guard gets. */
enum passing {
    PASS_NOTHING,
    PASS_CLOSURE,
    PASS_ARGUMENTS,
    PASS_CLOSURE_ARGUMENTS,
    PASS_POINTERS, /* a filter: a pointer to each argument */
    PASS_CLOSURE_POINTERS,
    PASS_WORDS, /* a linear handler: the address of an array of the arguments' words, and their number */
    PASS_CLOSURE_WORDS,
};

/* Where a word is passed: a register 3 to 10, or an offset of the caller's frame from 8 on. */
typedef uint8_t place_t;
#define PLACE_IS_REGISTER(place) ((place) < 32)
#define PLACE_REGISTER(n) ((place_t)(n))
#define PLACE_FRAME(offset) \
    ((place_t)(32 + (offset) / 4)) /* bytes above r1 at the call, a multiple of 4 */
#define PLACE_OFFSET(place) (((place)-32) * 4u)

#define PLACES_FRAME 8 /* where in the caller's frame arguments begin */

/* Gives places to the values of a call, one after another; at first all zero. */
struct placer {
    uint8_t n_registers; /* that are taken or passed over */
    uint8_t n_words;     /* in the frame */
};

/* The place of a value of 1 or 2 words; its second word's is one more. */
place_t placer_put(struct placer *placer, unsigned n_words);

/* The bytes of the caller's frame that are needed from r1 + 8 on. */
unsigned placer_frame(const struct placer *placer);

/* What a word of an argument of 1 or 2 bytes becomes when only those are known; others stay. */
uint32_t argument_extend(uint32_t word, uint32_t size, bool is_signed);

/* Of a type whose size this is, at most: a size is a multiple of the alignment; a power of two up to 16. */
uint32_t signature_alignment(uint32_t size);

/*
 * Where a caller that passes the signature's arguments so puts them: places[i] of word i of all
 * arguments' words in order (as WORDS has them). With a closure, *closure_place receives its place.
 * `result` says whether the callee returns what the event does: if that is a struct, r3 is its pointer.
 * Returns the bytes of the caller's frame that are needed from r1 + 8 on, 0 if all is in registers.
 * Only of PASS_ARGUMENTS and PASS_CLOSURE_ARGUMENTS.
 */
unsigned signature_places(const struct signature *signature, bool closure, bool result,
                          place_t places[], place_t *closure_place);

#endif
