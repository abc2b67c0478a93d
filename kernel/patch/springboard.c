/*
 * See springboard.h. The words of the pages are handed out first fit, so what is given back joins what is free beside
 * it. The number of a slot, by which the table of targets is read, is that of its first word divided by
 * the size of a slot, rounded down: two slots that do not overlap never have the same.
 */
#include "kernel/patch/springboard.h"

#include <stdint.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/patch/springboard_code.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/registers.h"
#include "arch/ppc/trap.h"
#include "kernel/backtrace.h"
#include "kernel/code_space.h"
#include "kernel/owner.h"
#include "kernel/pagemap.h"

#define START PAGE_SIZE
#define N_WORDS ((VECTOR_PAGES_END - START) / 4)
#define N_NUMBERS (N_WORDS / SPRINGBOARD_WORDS + 1)

_Static_assert(FRAME_GAP >= SPRINGBOARD_STACK_GAP + SPRINGBOARD_STACK_SIZE,
               "exceptions leave alone what a springboard stores");

static uint32_t free_bits[N_WORDS / 32];
static struct pagemap words; /* by word, from START on */
static uint32_t targets[N_NUMBERS];
static vaddr_t slots[N_NUMBERS]; /* those in use; else 0 */
static vaddr_t tail;
static size_t used, capacity;

static vaddr_t address_of(size_t word)
{
    return START + 4 * word;
}

static size_t word_of(vaddr_t address)
{
    return (address - START) / 4;
}

static size_t number_of(vaddr_t slot)
{
    return word_of(slot) / SPRINGBOARD_WORDS;
}

/* How many words from one on are free, or are not. */
static size_t run_at(size_t word, bool is_free)
{
    size_t n = 0;

    while (word + n < N_WORDS &&
           ((free_bits[(word + n) / 32] << (word + n) % 32 & 0x80000000u) != 0) == is_free)
        n++;
    return n;
}

static void fill(size_t word, size_t n)
{
    static const uint32_t trap = CODE_TRAP;

    for (; n > 0; n--)
        (void)code_write(address_of(word++), &trap, 1);
}

static void free_gaps(void)
{
    size_t gap = (VECTOR_DISTANCE - VECTOR_STUB_SIZE) / 4;
    vaddr_t vector;

    for (vector = START; vector < VECTORS_END; vector += VECTOR_DISTANCE)
        (void)pagemap_give(&words, word_of(vector + VECTOR_STUB_SIZE), gap);
    (void)pagemap_give(&words, word_of(vector), N_WORDS - word_of(vector));
}

static void place_tail(void)
{
    uint32_t code[SPRINGBOARD_TAIL_WORDS];

    tail = address_of(pagemap_take(&words, SPRINGBOARD_TAIL_WORDS));
    springboard_tail((vaddr_t)targets, code);
    (void)code_write(tail, code, SPRINGBOARD_TAIL_WORDS);
}

void springboard_initialize(void)
{
    pagemap_init(&words, free_bits, N_WORDS);
    free_gaps();
    place_tail();
    for (size_t i = 0, n; i < N_WORDS; i += n) {
        i += run_at(i, false);
        n = run_at(i, true);
        fill(i, n);
        capacity += n / SPRINGBOARD_WORDS;
    }
}

status_t springboard_take(vaddr_t target, vaddr_t *slot)
{
    uint32_t code[SPRINGBOARD_WORDS];
    size_t word = pagemap_take(&words, SPRINGBOARD_WORDS);

    if (word == SIZE_MAX)
        return status_refuse(ERR_NO_MEMORY, "all %u springboards are in use", (unsigned)capacity);
    *slot = address_of(word);
    slots[number_of(*slot)] = *slot;
    springboard_lead(*slot, target);
    springboard_slot(*slot, (uint32_t)number_of(*slot), tail, code);
    (void)code_write(*slot, code, SPRINGBOARD_WORDS);
    used++;
    return OK;
}

void springboard_lead(vaddr_t slot, vaddr_t target)
{
    *(volatile uint32_t *)&targets[number_of(slot)] = target;
}

void springboard_give(vaddr_t slot)
{
    fill(word_of(slot), SPRINGBOARD_WORDS);
    slots[number_of(slot)] = targets[number_of(slot)] = 0;
    (void)pagemap_give(&words, word_of(slot), SPRINGBOARD_WORDS);
    used--;
}

size_t springboard_used(void)
{
    return used;
}

size_t springboard_capacity(void)
{
    return capacity;
}

/* A slot around an address begins there or up to two words before, and has one of two numbers. */
bool springboard_at(vaddr_t address, vaddr_t *slot, vaddr_t *target)
{
    if (address < START || address >= VECTOR_PAGES_END)
        return false;
    for (size_t i = number_of(address), n = 0; n < 2; i--, n++) {
        if (slots[i] != 0 && address - slots[i] < 4 * SPRINGBOARD_WORDS) {
            *slot = slots[i];
            *target = targets[i];
            return true;
        }
        if (i == 0)
            break;
    }
    return false;
}

/* ---- exceptions ---- */

/* Who came from elsewhere than a slot may have any stack. */
static uint32_t stack_word(uint32_t address)
{
    return address % 4 == 0 && mmu_readable(address, 4) ? *(const uint32_t *)address : 0;
}

void springboard_interrupted(struct trap_frame *frame)
{
    struct springboard_context context = {frame->gpr, &frame->srr0, &frame->srr1};
    vaddr_t slot, target;

    if (frame->srr0 - tail < 4 * SPRINGBOARD_TAIL_WORDS)
        (void)springboard_finish_tail(&context, (frame->srr0 - tail) / 4, targets, N_NUMBERS,
                                      stack_word);
    else if (springboard_at(frame->srr0, &slot, &target))
        (void)springboard_finish_slot(&context, (frame->srr0 - slot) / 4, target, stack_word);
}

/* ---- the prompt ---- */

enum { RUN_FREE, RUN_TAIL, RUN_SLOT, RUN_VECTOR };

/* What begins at a word, and how many words that is. */
static int run_of(size_t word, size_t *n)
{
    vaddr_t slot, target;

    *n = run_at(word, true);
    if (*n > 0)
        return RUN_FREE;
    *n = SPRINGBOARD_TAIL_WORDS;
    if (address_of(word) == tail)
        return RUN_TAIL;
    *n = SPRINGBOARD_WORDS;
    if (springboard_at(address_of(word), &slot, &target))
        return RUN_SLOT;
    *n = VECTOR_STUB_SIZE / 4;
    return RUN_VECTOR;
}

static void print_slot(FILE *out, vaddr_t slot)
{
    vaddr_t target = targets[number_of(slot)];
    owner_t owner;
    char name[160];

    backtrace_name(target, name, sizeof name);
    fprintf(out, "to 0x%08x %s", (unsigned)target, name);
    if (code_space_at(target, &owner))
        fprintf(out, ", of %s", owners[owner].name);
}

void springboard_print_map(FILE *out)
{
    for (size_t word = 0, n; word < N_WORDS; word += n) {
        int kind = run_of(word, &n);
        vaddr_t address = address_of(word);

        fprintf(out, "0x%08x %5u  ", (unsigned)address, (unsigned)(4 * n));
        if (kind == RUN_FREE)
            fprintf(out, "free: %u springboards", (unsigned)(n / SPRINGBOARD_WORDS));
        else if (kind == RUN_TAIL)
            fprintf(out, "what all springboards go on with");
        else if (kind == RUN_SLOT)
            print_slot(out, address);
        else
            fprintf(out, "vector 0x%04x: %s", (unsigned)address, trap_name(address));
        fprintf(out, "\n");
    }
}
