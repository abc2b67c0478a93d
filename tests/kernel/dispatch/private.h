/* What the parts of the model of dispatching share. */
#ifndef TESTS_KERNEL_DISPATCH_PRIVATE_H
#define TESTS_KERNEL_DISPATCH_PRIVATE_H

#include "tests/kernel/dispatch/model.h"

#define STRUCT_MAX 255
#define DEPTH_MAX 3
#define RAISES_MAX 4 /* in all, that one raise leads to */
#define SEEN_MAX 60
#define NOTES_MAX (RAISES_MAX * (MODEL_PROCEDURES + MODEL_BINDINGS) * (SEEN_MAX + 1))
#define NOTE_RAISE 0xffff /* in place of a procedure's number: what a raise returned */

/* One after another: number << 8 | n, and n words. Leaves write through the pointer, too. */
extern uint32_t model_notes[], *model_note_next;
extern uint32_t model_cells[MODEL_CELLS];
extern uint32_t model_pointers
    [MODEL_CELLS]; /* addresses of these; in the raises of a faulty model that are under way 0, perhaps */

/* What a procedure sees. */
struct seen {
    uint32_t words[SEEN_MAX];
    unsigned n;
};

static inline void see(struct seen *seen, uint32_t word)
{
    if (seen->n < SEEN_MAX)
        seen->words[seen->n++] = word;
}

void see_bytes(struct seen *seen, const uint8_t bytes[], size_t n);
void see_value(struct seen *seen, uint64_t value); /* r3 and r4 */

/* The arguments of a raise, and where its results and structs are. */
struct arguments {
    uint32_t words[2 * ARGUMENTS_MAX];
    uint8_t structs[ARGUMENTS_MAX][STRUCT_MAX] __attribute__((aligned(16)));
    uint8_t result[RESULT_MAX] __attribute__((aligned(16)));
    uint32_t identity; /* of the raiser */
};

/* Of the raises under way, as they really are, and as they should be; addresses are those of the real ones. */
extern struct arguments model_real[DEPTH_MAX], model_ideal[DEPTH_MAX];

/* `addresses`: of what the words of structs lead to. */
void arguments_fill(const struct model *model, uint32_t seed, struct arguments *arguments,
                    uint8_t addresses[ARGUMENTS_MAX][STRUCT_MAX]);

/* What a raise leaves: its result, in r3 and r4 or a struct. */
void see_outcome(const struct model *model, const struct arguments *arguments, uint64_t result,
                 struct seen *seen);

/* What a recorder decides, by what it has seen. */
uint32_t decide(const struct model_procedure *procedure, const struct seen *seen, unsigned what);
uint32_t decide_guard(const struct model_procedure *procedure, const struct seen *seen);
uint64_t decide_result(const struct model *model, const struct model_procedure *procedure,
                       const struct seen *seen);
/* Whether a recorder faults. */
bool decide_fault(const struct model_procedure *procedure, const struct seen *seen);
void decide_struct(const struct model *model, const struct model_procedure *procedure,
                   const struct seen *seen, uint8_t bytes[]);
void decide_cells(const struct model_procedure *procedure, const struct seen *seen,
                  uint32_t cells[]);
/* What a filter does: new values of arguments; the structs' contents are changed where they are. */
void decide_arguments(const struct model *model, const struct model_procedure *procedure,
                      const struct seen *seen, uint32_t words[],
                      uint8_t structs[ARGUMENTS_MAX][STRUCT_MAX]);

/* A value of the result's size in r3 and r4, extended. */
uint64_t result_extend(const struct signature *signature, uint64_t value);
uint64_t result_read(const struct signature *signature, const uint8_t bytes[]);
void result_write(const struct signature *signature, uint64_t value, uint8_t bytes[]);

void note(uint32_t *notes, uint32_t **next, unsigned number, const struct seen *seen);

bool passes_closure(unsigned passing);
/* The word of the arguments where argument i begins. */
uint8_t argument_word(const struct signature *signature, unsigned i);

/* Which procedure an address is; its number is its index. */
const struct model_procedure *procedure_at(const struct model *model, vaddr_t address);
unsigned procedure_number(const struct model *model, const struct model_procedure *procedure);

/* Emits the code of a leaf; false: no memory. */
bool leaf_make(struct model *model, struct model_procedure *procedure);
extern const bool model_has_programs; /* whether they are among the leaves */

/* Chooses the words of a program, at most MODEL_LEAF_WORDS; returns how many. */
size_t program_make(struct model *model, struct model_procedure *procedure, uint32_t words[]);
/* What it returns and does, in the ideal raise. */
uint64_t program_run(const struct model_procedure *procedure, uint32_t closure,
                     const struct arguments *arguments, uint32_t cells[]);
bool question_answer(const struct model_question *question, uint32_t value);

/* What the plan does by dispatch.h, written into notes. */
struct ideal {
    const struct model *model;
    uint32_t notes[NOTES_MAX], *next;
    uint32_t cells[MODEL_CELLS];
    uint32_t counters[MODEL_BINDINGS];
    unsigned n_raises;
};
extern struct ideal model_ideally;
void ideal_raise(uint32_t seed, unsigned depth);

/* Raises really; also called by recorders that nest. */
void real_raise(uint32_t seed, unsigned depth);

/* recorder.S */
extern const char model_recorders[];
uint64_t model_call(vaddr_t entry, const uint32_t registers[8], const uint32_t stack[], size_t n,
                    uint32_t *lost,
                    uint64_t (*call)(uint32_t procedure, const uint32_t registers[8],
                                     const uint32_t stack[], size_t n));
uint64_t model_record(unsigned number, const uint32_t registers[8], const uint32_t stack[]);

#endif
