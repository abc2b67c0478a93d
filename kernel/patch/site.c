/* See site.h. What is asked again about a procedure is answered from a table (site_table.h), without analysis. */
#include "kernel/patch/site.h"

#include <stdbool.h>
#include <string.h>

#include "arch/ppc/code/analysis/reservation.h"
#include "arch/ppc/code/instruction.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "domains/domain.h"
#include "kernel/code_space.h"
#include "kernel/event/code_source.h"
#include "kernel/event/event.h"
#include "kernel/event/follow.h"
#include "kernel/kernel_symbols.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/site_program.h"
#include "kernel/patch/site_table.h"

#define WORDS_AHEAD 64 /* that are looked at where nothing is known */

const char *site_answer_name(enum site_answer answer)
{
    static const char *const names[N_SITE_ANSWERS] = {
        [SITE_ACCEPTED] = "accepted",        [SITE_NO_CODE] = "not code",
        [SITE_EXCEPTION] = "exception path", [SITE_RESERVATION] = "reservation",
        [SITE_CODE_WRITE] = "code_write",
    };

    return names[answer];
}

/* ---- places ---- */

static bool is_kernel_text(vaddr_t address)
{
    return address - IMAGE(kernel_text_start) < IMAGE(kernel_text_end) - IMAGE(kernel_text_start);
}

static bool is_real_mode(vaddr_t address)
{
    return address - IMAGE(kernel_text_start) <
           IMAGE(kernel_real_mode_end) - IMAGE(kernel_text_start);
}

static bool can_run(const struct domain *domain)
{
    return domain->image.sealed && domain->state != DOMAIN_WAITING &&
           domain->state != DOMAIN_LEAVING;
}

enum place { PLACE_NO_CODE, PLACE_PROGRAM, PLACE_GENERATED };

/* *domain: of a program; NULL: the kernel. */
static enum place place_of(vaddr_t address, const struct domain **domain)
{
    owner_t owner;

    *domain = NULL;
    if (address % 4 != 0 || address >= DATA_VIEW)
        return PLACE_NO_CODE;
    if (is_kernel_text(address))
        return PLACE_PROGRAM;
    if (address >= DOMAIN_CODE_BASE)
        *domain = code_source_domain(address);
    if (*domain != NULL)
        return can_run(*domain) ? PLACE_PROGRAM : PLACE_NO_CODE;
    return code_space_at(address, &owner) ? PLACE_GENERATED : PLACE_NO_CODE;
}

/* What must not be patched while words are written; found once. */
static bool is_code_write(vaddr_t procedure)
{
    static struct followed followed;

    if (followed.n == 0)
        (void)code_follow((vaddr_t)code_write, &followed);
    return code_is_followed(&followed, procedure);
}

/* ---- tables ---- */

/* Of a procedure that is known; NULL: no memory, or it cannot be analysed. */
static const struct site_table *make_table(struct site_program *program,
                                           const struct domain *domain, vaddr_t procedure)
{
    const struct site_table *table = NULL;
    const struct live *live;

    if (site_program_live(program, procedure, &live) == OK)
        table = site_table_make(domain, live, site_program_arguments(program, procedure));
    site_program_rest(program, procedure);
    return table;
}

/* NULL: see make_table; or the address lies in no procedure, whose start is then 0. */
static const struct site_table *search_table(const struct domain *domain, vaddr_t address,
                                             vaddr_t *procedure)
{
    struct site_program *program = site_program_get(domain, address);
    const struct site_table *table;
    struct procedure found;

    *procedure = 0;
    if (program == NULL ? !code_source()->procedure(NULL, address, &found)
                        : !site_program_procedure(program, address, &found))
        return NULL;
    *procedure = found.whole;
    table = site_table_find(found.whole);
    if (table == NULL && program != NULL)
        table = make_table(program, domain, found.whole);
    return table;
}

/* Most of the kernel's are found at a glance. */
static const struct site_table *find_table(const struct domain *domain, vaddr_t address,
                                           vaddr_t *procedure)
{
    const struct site_table *table = NULL;
    struct symbol symbol;

    if (domain == NULL && kernel_symbol_around(address, &symbol)) {
        *procedure = symbol.value;
        table = site_table_find(symbol.value);
    }
    return table != NULL ? table : search_table(domain, address, procedure);
}

/* ---- where nothing is known ---- */

/* As many as there are, up to n. */
static size_t read_words(vaddr_t address, uint32_t words[], size_t n)
{
    size_t i = 0;

    while (i < n && code_source()->words(NULL, address + 4 * i, &words[i], 1))
        i++;
    return i;
}

static bool may_be_reserved(const uint32_t words[], size_t n)
{
    return code_opcode(words[0]) == OPCODE_LWARX || reservation_is_held(words, n);
}

static void judge_words(const uint32_t words[], size_t n, struct site_facts *facts)
{
    facts->word = words[0];
    if (code_opcode(words[0]) == OPCODE_UNKNOWN)
        return;
    facts->answer = may_be_reserved(words, n) ? SITE_RESERVATION : SITE_ACCEPTED;
}

static void judge_generated(vaddr_t address, struct site_facts *facts)
{
    uint32_t words[WORDS_AHEAD];
    size_t n = 0;
    owner_t owner;

    while (n < WORDS_AHEAD && code_space_at(address + 4 * n, &owner)) {
        words[n] = code_word_get(address + 4 * n);
        n++;
    }
    judge_words(words, n, facts);
}

/* ---- answers ---- */

static void judge_known(const struct site_table *table, uint32_t i, struct site_facts *facts)
{
    uint8_t flags = table->flags[i];

    facts->word = table->words[i];
    facts->live = table->live[i];
    facts->reached = (flags & SITE_IS_REACHED) != 0;
    if ((flags & SITE_IS_DATA) != 0 || code_opcode(facts->word) == OPCODE_UNKNOWN)
        return;
    facts->answer = (flags & SITE_IS_RESERVED) != 0 ? SITE_RESERVATION : SITE_ACCEPTED;
}

static void judge_in_program(vaddr_t address, const struct domain *domain, struct site_facts *facts)
{
    const struct site_table *table = find_table(domain, address, &facts->procedure);
    uint32_t words[WORDS_AHEAD], i;

    if (table != NULL && site_table_word(table, address, &i)) {
        judge_known(table, i, facts);
        return;
    }
    judge_words(words, read_words(address, words, WORDS_AHEAD), facts);
    if (facts->procedure == 0)
        facts->answer = SITE_NO_CODE;
}

void site_find(vaddr_t address, struct site_facts *facts)
{
    const struct domain *domain;
    enum place place = place_of(address, &domain);

    *facts = (struct site_facts){.answer = SITE_NO_CODE, .live = REGISTERS_ALL};
    if (place == PLACE_GENERATED)
        judge_generated(address, facts);
    else if (place == PLACE_PROGRAM)
        judge_in_program(address, domain, facts);
    if (facts->answer == SITE_NO_CODE)
        return;
    if (is_real_mode(address))
        facts->answer = SITE_EXCEPTION;
    else if (facts->answer == SITE_ACCEPTED && is_code_write(facts->procedure))
        facts->answer = SITE_CODE_WRITE;
}

/* ---- sentences ---- */

static status_t refuse_no_code(vaddr_t address, const struct site_facts *facts)
{
    const struct domain *domain = code_source_domain(address);
    const char *why = "no code is there";

    if (address % 4 != 0)
        why = "it is not the address of a word";
    else if (address >= DATA_VIEW)
        why = "what is there is never executed";
    else if (domain != NULL && !can_run(domain))
        return status_refuse(ERR_UNSUPPORTED, "0x%08x cannot be patched: %s is %s",
                             (unsigned)address, domain->name, domain_state_name(domain->state));
    else if (facts->word != 0 && code_opcode(facts->word) == OPCODE_UNKNOWN)
        return status_refuse(ERR_UNSUPPORTED, "0x%08x cannot be patched: 0x%08x is no instruction",
                             (unsigned)address, (unsigned)facts->word);
    else if (place_of(address, &domain) == PLACE_PROGRAM)
        why = "what is there is data or padding";
    return status_refuse(ERR_UNSUPPORTED, "0x%08x cannot be patched: %s", (unsigned)address, why);
}

status_t site_check(vaddr_t address, struct site_facts *facts)
{
    static const char *const why[N_SITE_ANSWERS] = {
        [SITE_EXCEPTION] = "it is on the way into or out of an exception, or runs untranslated",
        [SITE_RESERVATION] = "it is a lwarx, or between one and its stwcx.",
        [SITE_CODE_WRITE] = "code_write needs it",
    };
    char name[120];

    site_find(address, facts);
    if (facts->answer == SITE_ACCEPTED)
        return OK;
    if (facts->answer == SITE_NO_CODE)
        return refuse_no_code(address, facts);
    code_source_name(address, name, sizeof name);
    return status_refuse(ERR_UNSUPPORTED, "%s cannot be patched: %s", name, why[facts->answer]);
}

/* ---- what calls clobber ---- */

static bool is_changed(const struct site_table *table)
{
    for (uint32_t i = 0; i < table->n_parts; i++)
        if (patch_is_on(table->parts[i].start, table->parts[i].end - table->parts[i].start))
            return true;
    return event_at(table->procedure) != NULL ||
           procedure_calls_go_to(table->procedure) != table->procedure;
}

void site_clobbers(vaddr_t procedure, struct register_set *clobbers, bool *relies)
{
    const struct domain *domain;
    const struct site_table *table = NULL;
    struct summary summary;
    vaddr_t start;

    if (place_of(procedure, &domain) == PLACE_PROGRAM)
        table = find_table(domain, procedure, &start);
    *relies = table != NULL && table->leaf && start == procedure && !is_changed(table);
    summary_abi(&summary);
    *clobbers = summary.touches;
    clobbers->special |= SPECIAL_FPSCR | SPECIAL_SPRG; /* the latter by slots that say who calls */
    if (*relies)
        registers_keep(clobbers, &table->touches);
    clobbers->special |= SPECIAL_LR; /* by the call */
}

/* ---- forgetting ---- */

void site_forget(const struct domain *domain)
{
    site_table_forget(domain);
    site_program_forget(domain);
}

void site_forget_all(void)
{
    site_table_forget_all();
    site_program_forget_all();
}

size_t site_memory(void)
{
    return site_table_memory() + site_program_memory();
}
