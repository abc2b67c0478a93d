/* What really happens: a raise, and recorders that note what they get. See private.h. */
#include <string.h>

#include "arch/ppc/processor.h"
#include "arch/ppc/registers.h"
#include "kernel/event/loop_frame.h"
#include "kernel/event/resume.h"
#include "kernel/fault.h"
#include "tests/kernel/dispatch/private.h"

#define MISALIGNED 0xa119a119
#define STACK_BROKEN 0x57ac57ac
#define FRAMES_MAX 200
#define CALL_WORDS_SIZE 256 /* bytes, at most */

uint32_t model_notes[NOTES_MAX], *model_note_next;
uint32_t model_cells[MODEL_CELLS], model_pointers[MODEL_CELLS];
struct arguments model_real[DEPTH_MAX];

static struct {
    const struct model *model;
    vaddr_t entry;
    unsigned depth, n_raises;
    bool lost;                  /* a register that was to survive */
    unsigned faulty;            /* the number of the recorder that faults */
    const char *wrong;          /* with what is to blame for a fault */
    uint32_t frames[DEPTH_MAX]; /* of call_entry */
} real;

/* A recorder is to fault; and where, as recorder.S has it: where it would have returned, and r1 there. */
struct model_fault {
    uint32_t wanted, returns_to, stack;
} model_fault;
extern const char model_tripped[];

/* ---- faults ---- */

static void check_blame(vaddr_t procedure, vaddr_t expected)
{
    if (procedure != expected)
        real.wrong = "another procedure is to blame for a fault";
}

/* Whatever a recorder has done, it is known where it was called; a leaf has just not returned. */
static bool on_fault(struct trap_frame *frame)
{
    struct resume_part part;

    if (frame->srr0 != (vaddr_t)model_tripped)
        return resume_copy_at(frame->srr0, &part) ? resume_copy(frame, &part)
                                                  : resume_call(frame->lr, frame->gpr[1], frame);
    model_fault.wanted = 0;
    if (!resume_call_at(model_fault.returns_to, model_fault.stack, &part))
        return false;
    check_blame(part.procedure, (vaddr_t)model_recorders + 8 * real.faulty);
    return resume_call(model_fault.returns_to, model_fault.stack, frame);
}

/* Half of what leaves load leads nowhere. */
static void set_pointers(const struct model *model, uint32_t seed)
{
    for (unsigned i = 0; i < MODEL_CELLS; i++)
        model_pointers[i] =
            model->faulty && (seed >> (8 + i) & 1) != 0 ? 0 : (uint32_t)&model_cells[i];
}

/* ---- what is passed ---- */

struct reader {
    struct placer placer;
    const uint32_t *registers, *stack;
};

static void read_words(struct reader *reader, uint32_t words[], unsigned n)
{
    place_t place = placer_put(&reader->placer, n);

    for (unsigned i = 0; i < n; i++, place++)
        words[i] = PLACE_IS_REGISTER(place)
                       ? reader->registers[place - PLACE_REGISTER(3)]
                       : reader->stack[(PLACE_OFFSET(place) - PLACES_FRAME) / 4];
}

static uint32_t read_word(struct reader *reader)
{
    uint32_t word;

    read_words(reader, &word, 1);
    return word;
}

/* The arguments as a recorder gets them. */
struct got {
    uint32_t words[2 * ARGUMENTS_MAX];
    void *objects[ARGUMENTS_MAX]; /* where a filter writes them */
    uint32_t *linear;
};

static uint32_t read_object(const struct signature *signature, unsigned i, const void *object,
                            uint32_t words[])
{
    uint32_t size = signature->sizes[i];

    words[0] = 0;
    memcpy((uint8_t *)words + (size < 4 ? 4 - size : 0), object, size);
    words[0] = argument_extend(words[0], size, signature->kinds[i] == ARGUMENT_SIGNED);
    return (uint32_t)object % size != 0;
}

static void get_pointers(struct reader *reader, struct seen *seen, struct got *got)
{
    const struct signature *signature = &real.model->plan.signature;
    uint32_t *to = got->words;

    for (unsigned i = 0; i < signature->n_arguments; to += signature->words[i], i++) {
        uint32_t word = read_word(reader);

        got->objects[i] = (void *)word;
        if (signature->kinds[i] == ARGUMENT_STRUCT)
            *to = word;
        else if (read_object(signature, i, got->objects[i], to))
            see(seen, MISALIGNED);
    }
}

static void get_linear(struct reader *reader, struct got *got)
{
    uint32_t n;

    got->linear = (uint32_t *)read_word(reader);
    n = read_word(reader);
    if (n == real.model->plan.signature.n_words)
        memcpy(got->words, got->linear, 4 * n);
}

static void get_arguments(struct reader *reader, struct got *got)
{
    const struct signature *signature = &real.model->plan.signature;
    uint32_t *to = got->words;

    for (unsigned i = 0; i < signature->n_arguments; to += signature->words[i], i++)
        read_words(reader, to, signature->words[i]);
}

/* Guards and filters get the raiser's struct, others any copy. */
static void see_struct(const struct model_procedure *procedure, unsigned i, uint32_t pointer,
                       struct seen *seen)
{
    uint32_t size = real.model->plan.signature.sizes[i];
    uint32_t raisers = (uint32_t)model_real[real.depth].structs[i];
    bool apart = procedure->role != ROLE_GUARD && !procedure->filter;

    if (apart && pointer % signature_alignment(size) == 0)
        see(seen, raisers);
    else
        see(seen, pointer);
    see_bytes(seen, (const uint8_t *)pointer, size);
    if (apart)
        memset((void *)pointer, 0x5c, size);
}

/* And who is no filter writes over the structs. */
static void see_arguments(const struct model_procedure *procedure, struct seen *seen,
                          const struct got *got)
{
    const struct signature *signature = &real.model->plan.signature;
    const uint32_t *word = got->words;

    for (unsigned i = 0; i < signature->n_arguments; word += signature->words[i], i++) {
        if (signature->kinds[i] == ARGUMENT_STRUCT) {
            see_struct(procedure, i, *word, seen);
            continue;
        }
        for (unsigned k = 0; k < signature->words[i]; k++)
            see(seen, word[k]);
    }
}

static void get(const struct model_procedure *procedure, struct reader *reader, struct seen *seen,
                struct got *got)
{
    if (procedure->passing == PASS_NOTHING || procedure->passing == PASS_CLOSURE)
        return;
    if (procedure->passing == PASS_POINTERS || procedure->passing == PASS_CLOSURE_POINTERS)
        get_pointers(reader, seen, got);
    else if (procedure->linear)
        get_linear(reader, got);
    else
        get_arguments(reader, got);
    see_arguments(procedure, seen, got);
}

/* ---- what is done ---- */

static void write_object(uint32_t size, void *object, const uint32_t words[])
{
    memcpy(object, (const uint8_t *)words + (size < 4 ? 4 - size : 0), size);
}

/* A linear filter leaves junk in the rest of the word of a small argument; one that is none, everywhere. */
static void put_linear(const struct model_procedure *procedure, const struct got *got)
{
    const struct signature *signature = &real.model->plan.signature;
    const uint32_t *word = got->words;
    uint32_t *to = got->linear;

    for (unsigned i = 0; i < signature->n_arguments; i++)
        for (unsigned k = 0; k < signature->words[i]; k++, word++, to++)
            *to = procedure->filter ? *word : 0xbad;
    if (!procedure->filter)
        return;
    to = got->linear;
    for (unsigned i = 0; i < signature->n_arguments; to += signature->words[i], i++)
        if (signature->sizes[i] < 4 && signature->kinds[i] != ARGUMENT_STRUCT)
            *to ^= 0x55550000;
}

static void put_arguments(const struct model_procedure *procedure, const struct got *got)
{
    const struct signature *signature = &real.model->plan.signature;
    const uint32_t *word = got->words;

    if (procedure->linear)
        put_linear(procedure, got);
    else if (procedure->filter)
        for (unsigned i = 0; i < signature->n_arguments; word += signature->words[i], i++)
            if (signature->kinds[i] != ARGUMENT_STRUCT)
                write_object(signature->sizes[i], got->objects[i], word);
}

static uint64_t record_fold(const struct model_procedure *procedure, struct reader *reader,
                            struct seen *seen)
{
    const struct model *model = real.model;
    const struct signature *signature = &model->plan.signature;
    uint8_t *final = NULL;
    uint32_t result[2] = {0, 0}, *cell;
    struct got got;

    if (signature->result_size != 0) {
        final = (uint8_t *)read_word(reader);
        read_words(reader, result, signature->result_pointer ? 1 : signature->result_words);
    }
    if (signature->result_pointer) {
        see_bytes(seen, final, signature->result_size);
        see_bytes(seen, (const uint8_t *)result[0], signature->result_size);
        memset((uint8_t *)result[0], 0xbd, signature->result_size);
    } else if (final != NULL) {
        see_value(seen, result_read(signature, final));
        see_value(seen, (uint64_t)result[0] << 32 | result[1]);
    }
    see(seen, read_word(reader));
    cell = (uint32_t *)read_word(reader);
    see(seen, *cell);
    get(procedure, reader, seen, &got);
    *cell += 1 + decide(procedure, seen, 6) % 5;
    if (signature->result_pointer)
        decide_struct(model, procedure, seen, final);
    else if (final != NULL)
        result_write(signature, decide_result(model, procedure, seen), final);
    return 0;
}

static uint64_t record_handler(const struct model_procedure *procedure, struct seen *seen,
                               struct got *got, void *result)
{
    const struct model *model = real.model;

    decide_cells(procedure, seen, model_cells);
    if (procedure->filter)
        decide_arguments(model, procedure, seen, got->words, model_real[real.depth].structs);
    put_arguments(procedure, got);
    if (procedure->nests)
        real_raise(decide(procedure, seen, 5) | 1, real.depth + 1);
    if (!procedure->has_result || decide_fault(procedure, seen))
        return 0xdeaddeaddeaddeadu;
    if (!model->plan.signature.result_pointer)
        return decide_result(model, procedure, seen);
    decide_struct(model, procedure, seen, result);
    return (uint64_t)(uint32_t)result << 32;
}

static uint32_t identity_read(void)
{
    uint32_t identity;

    __asm__ volatile("mfspr %0, %1" : "=r"(identity) : "i"(SPR_SPRG1));
    return identity;
}

/*
 * Whether the stack is as the ABI wants it: aligned, and its frames lead to call_entry, by way of that of call_words,
 * which has the address that the raise returns to.
 */
static bool stack_is_sound(uint32_t frame)
{
    const uint32_t *inner[2] = {NULL, NULL};

    if (frame % 16 != 0)
        return false;
    for (unsigned i = 0; i < FRAMES_MAX && frame != 0 && frame % 4 == 0; i++) {
        if (frame == real.frames[real.depth])
            return inner[0] != NULL && inner[0][1] - (uint32_t)call_words < CALL_WORDS_SIZE;
        inner[0] = inner[1];
        inner[1] = (const uint32_t *)frame;
        frame = *inner[1];
    }
    return false;
}

uint64_t model_record(unsigned number, const uint32_t registers[8], const uint32_t stack[])
{
    uint32_t identity = identity_read();
    const struct model *model = real.model;
    const struct model_procedure *procedure = &model->procedures[number];
    struct reader reader = {{0}, registers, stack};
    struct seen seen = {.n = 0};
    void *result = NULL;
    struct got got;
    uint64_t value = 0;

    if (!stack_is_sound((uint32_t)stack - CALL_FRAME_HEAD))
        see(&seen, STACK_BROKEN);
    if (procedure->has_result && model->plan.signature.result_pointer)
        result = (void *)read_word(&reader);
    if (passes_closure(procedure->passing))
        see(&seen, read_word(&reader));
    if (procedure->role == ROLE_FOLD) {
        if (procedure->passing != PASS_NOTHING && procedure->passing != PASS_CLOSURE)
            value = record_fold(procedure, &reader, &seen);
    } else {
        get(procedure, &reader, &seen, &got);
    }
    if (procedure->intrinsic && model->plan.identified)
        see(&seen, identity);
    note(model_notes, &model_note_next, number, &seen);
    if (procedure->role == ROLE_GUARD)
        value = (uint64_t)decide_guard(procedure, &seen) << 32;
    else if (procedure->role == ROLE_HANDLER || procedure->role == ROLE_DEFAULT)
        value = record_handler(procedure, &seen, &got, result);
    model_fault.wanted = decide_fault(procedure, &seen);
    real.faulty = number;
    return value;
}

/* ---- raising ---- */

static uint64_t __attribute__((noinline)) call_entry(const struct arguments *arguments)
{
    const struct signature *signature = &real.model->plan.signature;
    place_t places[WORDS_MAX];
    uint32_t registers[8], stack[2 * ARGUMENTS_MAX + 2], lost;
    unsigned frame = signature_places(signature, false, true, places, NULL);
    uint64_t result;

    real.frames[real.depth] = (uint32_t)__builtin_frame_address(0);
    memset(registers, 0xab, sizeof registers);
    memset(stack, 0xab, sizeof stack);
    if (signature->result_pointer)
        registers[0] = (uint32_t)arguments->result;
    for (unsigned i = 0; i < signature->n_words; i++)
        if (PLACE_IS_REGISTER(places[i]))
            registers[places[i] - PLACE_REGISTER(3)] = arguments->words[i];
        else
            stack[(PLACE_OFFSET(places[i]) - PLACES_FRAME) / 4] = arguments->words[i];
    __asm__ volatile("mtspr %0, %1" : : "i"(SPR_SPRG1), "r"(arguments->identity));
    result = model_call(real.entry, registers, stack, frame / 4, &lost, call_words);
    real.lost = real.lost || lost != 0;
    return result;
}

void real_raise(uint32_t seed, unsigned depth)
{
    struct arguments *arguments = &model_real[depth];
    unsigned outer = real.depth;
    struct seen seen = {.n = 0};
    uint64_t result;

    if (depth == DEPTH_MAX || real.n_raises == RAISES_MAX)
        return;
    real.n_raises++;
    real.depth = depth;
    arguments_fill(real.model, seed, arguments, arguments->structs);
    result = call_entry(arguments);
    real.depth = outer;
    see_outcome(real.model, arguments, result, &seen);
    note(model_notes, &model_note_next, NOTE_RAISE, &seen);
}

/* ---- comparing ---- */

static char difference[160];

static const char *note_difference(const struct model *model)
{
    uint32_t *r = model_notes, *i = model_ideally.notes;
    unsigned n = 0;

    while (r < model_note_next && i < model_ideally.next && *r == *i &&
           memcmp(r + 1, i + 1, 4 * (*r & 255)) == 0) {
        r += 1 + (*r & 255);
        i += 1 + (*i & 255);
        n++;
    }
    if (r == model_note_next && i == model_ideally.next)
        return NULL;
    if (r == model_note_next || i == model_ideally.next || *r != *i)
        snprintf(difference, sizeof difference, "call %u is of procedure %d and not %d", n,
                 r == model_note_next ? -1 : (int)(*r >> 8),
                 i == model_ideally.next ? -1 : (int)(*i >> 8));
    else
        for (unsigned k = (*r & 255); k > 0; k--)
            if (r[k] != i[k])
                snprintf(difference, sizeof difference,
                         "call %u, of procedure %d: word %u is 0x%08x and not 0x%08x", n,
                         (int)(*r >> 8), k - 1, (unsigned)r[k], (unsigned)i[k]);
    (void)model;
    return difference;
}

static const char *compare(const struct model *model)
{
    const char *wrong = note_difference(model);

    if (wrong != NULL)
        return wrong;
    if (real.wrong != NULL)
        return real.wrong;
    if ((msr_read() & MSR_EE) == 0)
        return "interrupts are off";
    if (memcmp(model_cells, model_ideally.cells, sizeof model_cells) != 0)
        return "memory that handlers change is different";
    for (unsigned i = 0; i < MODEL_BINDINGS; i++)
        if (model->counters[i] != model_ideally.counters[i])
            return "a counter is different";
    return real.lost ? "a register that must survive has not" : NULL;
}

const char *model_raise(struct model *model, vaddr_t entry, uint32_t seed)
{
    trap_handler_t before;

    model_note_next = model_notes;
    model_ideally.next = model_ideally.notes;
    model_ideally.model = model;
    model_ideally.n_raises = 0;
    for (unsigned i = 0; i < MODEL_CELLS; i++)
        model_ideally.cells[i] = model_cells[i] = i;
    memcpy(model_ideally.counters, model->counters, sizeof model->counters);
    real.model = model;
    real.entry = entry;
    real.n_raises = 0;
    real.depth = 0;
    real.lost = false;
    real.wrong = NULL;
    set_pointers(model, seed);
    before = trap_handle(VECTOR_DSI, on_fault);
    real_raise(seed, 0);
    (void)trap_handle(VECTOR_DSI, before);
    ideal_raise(seed, 0);
    return compare(model);
}
