/* See coverage.h. */
#include "arch/ppc/code/analysis/coverage.h"

#include "arch/ppc/code/instruction.h"

static void count_words(const struct code_source *source, const struct procedure *procedure,
                        struct coverage *coverage)
{
    for (vaddr_t at = procedure->start; at < procedure->end; at += 4) {
        uint32_t word;

        if (!source->words(source->context, at, &word, 1))
            break;
        coverage->n_words++;
        coverage->n_decoded += code_opcode(word) != OPCODE_UNKNOWN;
    }
}

static bool has_free_field(uint32_t condition)
{
    for (unsigned field = 0; field < 8; field++)
        if ((condition & CR_FIELD(field)) == CR_FIELD(field))
            return true;
    return false;
}

static bool has_two_free(const struct register_set *free)
{
    return (free->general & (free->general - 1)) != 0 && has_free_field(free->condition);
}

static void count_sites(const struct live *live, struct coverage *coverage)
{
    for (uint32_t i = 0; i < live->flow->n_blocks; i++) {
        const struct block *block = &live->flow->blocks[i];

        for (uint32_t k = 0; k < block->n_words; k++) {
            struct register_set free;

            live_free_before(live, block->start + k * 4, &free);
            coverage->n_sites++;
            coverage->n_two_free += has_two_free(&free);
        }
    }
}

static status_t count_procedure(struct program *program, const struct procedure *procedure,
                                struct coverage *coverage)
{
    const struct live *live;
    status_t status = program_live(program, procedure->start, &live);

    if (status == ERR_NO_MEMORY)
        return status;
    coverage->n_procedures++;
    if (status != OK)
        return OK;
    coverage->n_complete += live->flow->complete;
    count_sites(live, coverage);
    return OK;
}

status_t coverage_measure(const struct code_source *source, struct program *program, vaddr_t start,
                          vaddr_t end, struct coverage *coverage)
{
    struct coverage measured = {0};
    struct procedure procedure;
    status_t status = OK;
    uint32_t word;

    while (status == OK && source->next(source->context, start, &procedure) &&
           procedure.start >= start && procedure.start < end) {
        start = procedure.start + 1;
        if (procedure.import || !source->constant(source->context, procedure.start, &word))
            continue;
        count_words(source, &procedure, &measured);
        if (procedure.whole == procedure.start)
            status = count_procedure(program, &procedure, &measured);
    }
    if (status == OK)
        *coverage = measured;
    return status;
}

static void print_share(FILE *out, const char *prefix, const char *name, uint32_t part,
                        uint32_t whole)
{
    uint32_t hundredths = whole == 0 ? 10000 : (uint32_t)((uint64_t)part * 10000 / whole);

    fprintf(out, "%s%s\t%u.%02u\tpercent of %u\n", prefix, name, (unsigned)(hundredths / 100),
            (unsigned)(hundredths % 100), (unsigned)whole);
}

void coverage_print(FILE *out, const char *prefix, const struct coverage *coverage)
{
    print_share(out, prefix, "decode.percent", coverage->n_decoded, coverage->n_words);
    print_share(out, prefix, "flow.complete_percent", coverage->n_complete, coverage->n_procedures);
    print_share(out, prefix, "live.two_free_percent", coverage->n_two_free, coverage->n_sites);
}
