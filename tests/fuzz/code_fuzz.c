/*
 * Random programs for the analyses of machine code, under libFuzzer. The input is text, cut into
 * procedures and followed by constant data; the analyses must end, within memory bounds, and what
 * they return must be consistent. With address and undefined-behaviour sanitizers.
 *
 * Input: a byte with the number of procedures, one with the share of the rest that is data, then the bytes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/print.h"
#include "arch/ppc/code/analysis/program.h"

#define TEXT 0x01000000u
#define DATA 0x11000000u

struct input {
    const uint8_t *text, *data;
    size_t n_text, n_data; /* words */
    size_t n_procedures;
};

static bool input_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    const struct input *input = context;
    size_t first = (address - TEXT) / 4;

    if (address < TEXT || address % 4 != 0 || first > input->n_text || n > input->n_text - first)
        return false;
    for (size_t i = 0; i < n; i++)
        words[i] = code_word(input->text + (first + i) * 4);
    return true;
}

static bool input_constant(void *context, vaddr_t address, uint32_t *word)
{
    const struct input *input = context;

    if (address % 4 != 0 || address < DATA || (address - DATA) / 4 >= input->n_data)
        return input_words(context, address, word, 1);
    *word = code_word(input->data + (address - DATA));
    return true;
}

/* The procedures are of equal size but the last one; every third is a part of the one before it. */
static bool procedure_number(const struct input *input, size_t number, struct procedure *procedure)
{
    size_t size = input->n_text / input->n_procedures;
    bool part = number % 3 == 2;

    if (number >= input->n_procedures || size == 0)
        return false;
    *procedure = (struct procedure){
        .name = "procedure",
        .start = TEXT + (vaddr_t)(number * size * 4),
        .end = TEXT + (vaddr_t)(number + 1 == input->n_procedures ? input->n_text * 4
                                                                  : (number + 1) * size * 4),
        .whole = TEXT + (vaddr_t)((part ? number - 1 : number) * size * 4),
        .no_return = number % 5 == 4,
    };
    return true;
}

static bool input_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct input *input = context;
    size_t size = input->n_text / input->n_procedures, number;

    if (size == 0 || address < TEXT || address >= TEXT + input->n_text * 4)
        return false;
    number = (address - TEXT) / (size * 4);
    if (number >= input->n_procedures)
        number = input->n_procedures - 1;
    return procedure_number(input, number, procedure);
}

static bool input_next(void *context, vaddr_t address, struct procedure *procedure)
{
    for (size_t i = 0; procedure_number(context, i, procedure); i++) {
        if (procedure->start >= address)
            return true;
    }
    return false;
}

static bool input_pointer(void *context, uint32_t *cursor, uint32_t *value)
{
    const struct input *input = context;

    if (*cursor >= input->n_data)
        return false;
    *value = code_word(input->data + *cursor * 4);
    ++*cursor;
    return true;
}

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "code_fuzz: %s\n", what);
        abort();
    }
}

static void check_word(uint32_t word, uint32_t address)
{
    struct instruction instruction;
    struct effects effects;
    struct register_set live = REGISTERS_ALL, expected = REGISTERS_ALL;
    char text[PRINT_MAX];
    uint32_t again;

    require(code_print(word, address, NULL, NULL, text, sizeof(text)) < sizeof(text), "text");
    if (!code_decode(word, &instruction))
        return;
    require(code_encode(&instruction, &again) == ENCODE_OK && again == word, "encoding");
    code_effects(word, instruction.opcode, &effects);
    code_effects_backward(word, instruction.opcode, &live);
    registers_remove(&expected, &effects.writes);
    registers_add(&expected, &effects.reads);
    require(registers_equal(&live, &expected), "effects");
}

static void check_block(const struct flow *flow, uint32_t number)
{
    const struct block *block = &flow->blocks[number];
    bool found_self;

    require(number == 0 || block[-1].start <= block->start, "order of blocks");
    for (uint32_t i = 0; i < block->n_successors; i++) {
        const struct block *next = &flow->blocks[flow->successors[block->first_successor + i]];

        found_self = false;
        for (uint32_t k = 0; k < next->n_predecessors; k++)
            found_self |= flow->predecessors[next->first_predecessor + k] == number;
        require(found_self, "an edge has two ends");
    }
    for (uint32_t i = 0; i < block->n_words; i++)
        require(flow_block_at(flow, block->start + 4 * i) == block, "block at an address");
}

static void check_flow(const struct flow *flow)
{
    char text[256] = "";

    for (uint32_t i = 0; i < flow->n_blocks; i++)
        check_block(flow, i);
    require(flow->complete == (flow->n_unknown == 0 && flow->n_breaks == 0), "completeness");
    flow_explain(flow, NULL, NULL, text, sizeof(text));
    require(flow->complete == (strcmp(text, "the flow is complete") == 0), "explanation");
}

static bool count_edge(void *context, const struct call_edge *edge)
{
    (void)edge;
    ++*(size_t *)context;
    return true;
}

static void check_procedure(struct program *program, const struct procedure *p)
{
    const struct flow *flow;
    const struct live *live;
    struct register_set set;

    if (program_flow(program, p->start, &flow) != OK)
        return;
    check_flow(flow);
    require(program_live(program, p->start, &live) == OK, "liveness of a known flow");
    require(live->flow == flow, "liveness of the flow");
    for (vaddr_t a = p->start; a < p->end; a += 4)
        live_free_before(live, a, &set);
}

/* What a procedure branches to in another one is an entry of that, if an instruction is there. */
static void check_escapes(const struct code_source *source, struct program *program,
                          const struct procedure *p)
{
    const struct flow *flow, *other;

    if (program_flow(program, p->start, &flow) != OK)
        return;
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        vaddr_t target = flow->blocks[i].target;
        const struct block *entered;
        uint32_t word;

        if (flow->blocks[i].end != BLOCK_ESCAPES || program_flow(program, target, &other) != OK ||
            !source->words(source->context, target, &word, 1) ||
            code_opcode(word) == OPCODE_UNKNOWN)
            continue;
        entered = flow_block_at(other, target);
        require(entered != NULL && entered->start == target && entered->entry, "an entry");
    }
}

static void check_program(const struct code_source *source, struct program *program)
{
    struct procedure p;
    size_t n = 0;

    for (vaddr_t at = 0; source->next(source->context, at, &p); at = p.start + 1)
        check_procedure(program, &p);
    if (program_calls(program) != OK)
        return;
    for (vaddr_t at = 0; source->next(source->context, at, &p); at = p.start + 1) {
        check_procedure(program, &p);
        check_escapes(source, program, &p);
        program_callees(program, p.start, count_edge, &n);
        program_callers(program, p.start, count_edge, &n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {0};
    struct code_source source = {
        &input, input_words, input_constant, input_procedure, input_next, input_pointer, NULL};
    struct program *program;
    size_t n_words;

    if (size < 6)
        return 0;
    n_words = (size - 2) / 4;
    input.n_data = n_words * (bytes[1] & 3) / 4;
    input.n_text = n_words - input.n_data;
    input.n_procedures = 1 + (bytes[0] & 15);
    input.text = bytes + 2;
    input.data = input.text + input.n_text * 4;
    for (size_t i = 0; i < n_words; i++)
        check_word(code_word(bytes + 2 + i * 4), TEXT + 4 * (uint32_t)i);
    if (program_open(&source, &program) != OK)
        return 0;
    check_program(&source, program);
    program_close(program);
    return 0;
}
