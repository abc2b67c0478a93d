/* See play.h. The recorders decide by what they see, as those of the kernel's model do, but note it in order only. */
#include "tests/host/play.h"

#include <string.h>

#include "tests/host/machine.h"
#include "tests/host/random.h"
#include "tests/kernel/dispatch/private.h"

#define STACK_START 0x30000000u
#define STACK_SIZE 0x10000u
#define STACK_TOP (STACK_START + STACK_SIZE / 2)
#define NOTES_START 0x31000000u
#define RESULT_START 0x32000000u
#define NOTES_SIZE 0x4000u

struct raise {
    struct model *model;
    uint32_t entry;
    const uint32_t *words;
    size_t n;
    struct outcome *outcome;
    uint32_t junk;
    struct machine machine;
    struct arguments arguments;
    uint8_t cells[4 * MODEL_CELLS], pointers[4 * MODEL_CELLS], note_next[4],
        counters[4 * MODEL_BINDINGS];
    uint8_t stack[STACK_SIZE], notes[NOTES_SIZE];
};

static struct raise raise;

static void tell(uint32_t word)
{
    if (raise.outcome->n < PLAY_WORDS_MAX)
        raise.outcome->words[raise.outcome->n++] = word;
}

static bool fetch(void *context, uint32_t address, uint32_t *word)
{
    const struct code_source *source = &raise.model->source;

    (void)context;
    if (address - raise.entry < raise.n * 4) {
        *word = raise.words[(address - raise.entry) / 4];
        return true;
    }
    return source->words(source->context, address, word, 1);
}

/* ---- recorders ---- */

struct reader {
    struct placer placer;
    struct seen seen;
};

static uint32_t read_place(place_t place)
{
    return PLACE_IS_REGISTER(place)
               ? raise.machine.registers[place]
               : machine_load(&raise.machine, raise.machine.registers[1] + PLACE_OFFSET(place), 4);
}

static uint32_t read_word(struct reader *reader)
{
    return read_place(placer_put(&reader->placer, 1));
}

static void see_words(struct reader *reader, unsigned n)
{
    place_t place = placer_put(&reader->placer, n);

    for (unsigned i = 0; i < n; i++)
        see(&reader->seen, read_place((place_t)(place + i)));
}

static bool passes_pointers(const struct model_procedure *procedure)
{
    return procedure->passing == PASS_POINTERS || procedure->passing == PASS_CLOSURE_POINTERS;
}

static void see_object(struct reader *reader, uint32_t address, unsigned size)
{
    uint8_t bytes[STRUCT_MAX];

    for (unsigned k = 0; k < size; k++)
        bytes[k] = (uint8_t)machine_load(&raise.machine, address + k, 1);
    see_bytes(&reader->seen, bytes, size);
}

/* Guards and filters get the raiser's; others any copy, and write over it. */
static void see_struct(struct reader *reader, const struct model_procedure *procedure,
                       uint32_t address, unsigned size)
{
    see_object(reader, address, size);
    if (procedure->role == ROLE_GUARD || procedure->filter)
        see(&reader->seen, address);
    else
        for (unsigned k = 0; k < size; k++)
            machine_store(&raise.machine, address + k, 1, 0x5c);
}

/* Where an argument is that a filter may change; `linear`: where it is in the array. */
static uint32_t see_argument(struct reader *reader, const struct model_procedure *procedure,
                             unsigned i, uint32_t linear)
{
    const struct signature *signature = &raise.model->plan.signature;
    bool is_struct = signature->kinds[i] == ARGUMENT_STRUCT;
    uint32_t address = linear;

    if (passes_pointers(procedure)) {
        address = read_word(reader);
        if (!is_struct)
            see_object(reader, address, signature->sizes[i]);
    } else if (is_struct) {
        address = linear != 0 ? machine_load(&raise.machine, linear, 4) : read_word(reader);
    } else if (linear == 0) {
        see_words(reader, signature->words[i]);
    } else {
        see_object(reader, linear, 4u * signature->words[i]);
    }
    if (is_struct)
        see_struct(reader, procedure, address, signature->sizes[i]);
    return address;
}

/* Small numbers, which guards ask for; in an array, of a whole word. */
static void change(const struct model_procedure *procedure, unsigned i, uint32_t address,
                   uint32_t value)
{
    const struct signature *signature = &raise.model->plan.signature;
    bool is_struct = signature->kinds[i] == ARGUMENT_STRUCT;
    unsigned width = procedure->linear ? 4 * signature->words[i] : signature->sizes[i];

    if (procedure->filter)
        machine_store(&raise.machine, address + (is_struct ? 0 : width - 1), 1, value);
    else if (procedure->linear && !is_struct)
        machine_store(&raise.machine, address, 4, 0xbad);
}

static void play_arguments(struct reader *reader, const struct model_procedure *procedure)
{
    const struct signature *signature = &raise.model->plan.signature;
    uint32_t addresses[ARGUMENTS_MAX], linear = 0;

    if (procedure->linear) {
        linear = read_word(reader);
        see(&reader->seen, read_word(reader));
    }
    for (unsigned i = 0; i < signature->n_arguments; i++) {
        addresses[i] = see_argument(reader, procedure, i, linear);
        linear += linear != 0 ? 4u * signature->words[i] : 0;
    }
    for (unsigned i = 0; i < signature->n_arguments; i++)
        if (decide(procedure, &reader->seen, 10 + i) % 3 == 0)
            change(procedure, i, addresses[i], decide(procedure, &reader->seen, 50 + i) % 8);
}

/* All that a procedure need not keep. */
static void scramble(void)
{
    uint32_t *r = raise.machine.registers;

    for (unsigned i = 0; i <= 12; i++)
        if (i != 1 && i != 2)
            r[i] = random_next(&raise.junk);
    raise.machine.ctr = random_next(&raise.junk);
    raise.machine.sprg1 = random_next(&raise.junk);
    raise.machine.cr = 0;
}

static void play_result(const struct model_procedure *procedure, const struct seen *seen,
                        uint32_t pointer)
{
    const struct signature *signature = &raise.model->plan.signature;
    uint64_t value = decide_result(raise.model, procedure, seen);

    if (procedure->role == ROLE_GUARD) {
        raise.machine.registers[3] = decide_guard(procedure, seen);
    } else if (procedure->has_result && !signature->result_pointer) {
        raise.machine.registers[3] = (uint32_t)(value >> 32);
        raise.machine.registers[4] = (uint32_t)value;
    } else if (procedure->has_result) {
        for (unsigned i = 0; i < signature->result_size; i++)
            machine_store(&raise.machine, pointer + i, 1, decide(procedure, seen, 3) + i);
        raise.machine.registers[3] = pointer;
    }
}

static void play_cells(const struct model_procedure *procedure, const struct seen *seen)
{
    uint32_t cells[MODEL_CELLS];

    for (unsigned i = 0; i < MODEL_CELLS; i++)
        cells[i] = machine_load(&raise.machine, (uint32_t)(uintptr_t)&model_cells[i], 4);
    decide_cells(procedure, seen, cells);
    for (unsigned i = 0; i < MODEL_CELLS; i++)
        machine_store(&raise.machine, (uint32_t)(uintptr_t)&model_cells[i], 4, cells[i]);
}

static bool play(void *context, struct machine *machine, uint32_t address)
{
    const struct model_procedure *procedure = procedure_at(raise.model, address);
    const struct signature *signature = &raise.model->plan.signature;
    struct reader reader = {.seen = {.n = 0}};
    uint32_t pointer = 0;

    (void)context;
    if (procedure == NULL || procedure->leaf || machine->registers[1] % 16 != 0)
        return false;
    tell(procedure_number(raise.model, procedure));
    if (procedure->has_result && signature->result_pointer)
        pointer = read_word(&reader);
    if (passes_closure(procedure->passing))
        see(&reader.seen, read_word(&reader));
    if (procedure->intrinsic && raise.model->plan.identified)
        see(&reader.seen, machine->sprg1);
    if (procedure->passing != PASS_NOTHING && procedure->passing != PASS_CLOSURE)
        play_arguments(&reader, procedure);
    for (unsigned i = 0; i < reader.seen.n; i++)
        tell(reader.seen.words[i]);
    scramble();
    if (procedure->role != ROLE_GUARD)
        play_cells(procedure, &reader.seen);
    play_result(procedure, &reader.seen, pointer);
    return true;
}

/* ---- raising ---- */

static void put_argument_words(void)
{
    const struct signature *signature = &raise.model->plan.signature;
    struct machine *machine = &raise.machine;
    place_t places[WORDS_MAX], none;

    (void)signature_places(signature, false, true, places, &none);
    if (signature->result_pointer)
        machine->registers[3] = RESULT_START;
    for (unsigned i = 0; i < signature->n_words; i++)
        if (PLACE_IS_REGISTER(places[i]))
            machine->registers[places[i]] = raise.arguments.words[i];
        else
            machine_store(machine, STACK_TOP + PLACE_OFFSET(places[i]), 4,
                          raise.arguments.words[i]);
}

static void prepare(uint32_t seed)
{
    struct machine *machine = &raise.machine;

    memset(machine, 0, sizeof *machine);
    raise.junk = seed * 2 + 1;
    arguments_fill(raise.model, seed, &raise.arguments, raise.arguments.structs);
    machine_add(machine, (uint32_t)(uintptr_t)model_cells, raise.cells, sizeof raise.cells);
    machine_add(machine, (uint32_t)(uintptr_t)model_pointers, raise.pointers,
                sizeof raise.pointers);
    machine_add(machine, (uint32_t)(uintptr_t)&model_note_next, raise.note_next, 4);
    machine_add(machine, (uint32_t)(uintptr_t)raise.model->counters, raise.counters,
                sizeof raise.counters);
    machine_add(machine, (uint32_t)(uintptr_t)raise.arguments.structs, raise.arguments.structs[0],
                sizeof raise.arguments.structs);
    machine_add(machine, STACK_START, raise.stack, sizeof raise.stack);
    machine_add(machine, NOTES_START, raise.notes, sizeof raise.notes);
    machine_add(machine, RESULT_START, raise.arguments.result, sizeof raise.arguments.result);
    memset(raise.counters, 0, sizeof raise.counters);
    machine->fetch = fetch;
    machine->play = play;
    for (unsigned i = 0; i < 32; i++)
        machine->registers[i] = random_next(&raise.junk);
    for (unsigned i = 0; i < MODEL_CELLS; i++)
        machine_store(machine, (uint32_t)(uintptr_t)&model_cells[i], 4, i);
    for (unsigned i = 0; i < MODEL_CELLS; i++)
        machine_store(machine, (uint32_t)(uintptr_t)&model_pointers[i], 4,
                      (uint32_t)(uintptr_t)&model_cells[i]);
    machine_store(machine, (uint32_t)(uintptr_t)&model_note_next, 4, NOTES_START);
    machine->registers[1] = STACK_TOP;
    machine->sprg1 = raise.arguments.identity;
    put_argument_words();
}

static void tell_bytes(const uint8_t bytes[], size_t n)
{
    struct seen seen = {.n = 0};

    see_bytes(&seen, bytes, n);
    tell(seen.words[0]);
}

static void tell_end(void)
{
    const struct signature *signature = &raise.model->plan.signature;
    struct machine *machine = &raise.machine;
    uint32_t next = machine_load(machine, (uint32_t)(uintptr_t)&model_note_next, 4);

    for (unsigned i = 0; i < signature->result_words; i++)
        tell(machine->registers[3 + i]);
    if (signature->result_pointer)
        tell_bytes(raise.arguments.result, signature->result_size);
    tell_bytes(raise.cells, sizeof raise.cells);
    tell_bytes(raise.counters, sizeof raise.counters);
    for (uint32_t at = NOTES_START; at < next; at += 4)
        tell(machine_load(machine, at, 4));
}

static bool keeps(const uint32_t before[])
{
    const uint32_t *after = raise.machine.registers;

    return after[1] == before[1] && after[2] == before[2] &&
           memcmp(after + 13, before + 13, 19 * sizeof *after) == 0;
}

const char *play_raise(struct model *model, uint32_t entry, const uint32_t words[], size_t n,
                       uint32_t seed, struct outcome *outcome)
{
    uint32_t before[32];
    const char *fault;

    raise.model = model;
    raise.entry = entry;
    raise.words = words;
    raise.n = n;
    raise.outcome = outcome;
    outcome->n = 0;
    prepare(seed);
    memcpy(before, raise.machine.registers, sizeof before);
    fault = machine_run(&raise.machine, entry);
    if (fault == NULL && !keeps(before))
        fault = "a register is not kept";
    tell_end();
    return fault;
}
