/* What is known of instructions that are to be patched. */
#include "kernel/patch/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/live.h"
#include "arch/ppc/code/instruction.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/trap.h"
#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/code_space.h"
#include "kernel/inject.h"
#include "kernel/kernel_symbols.h"
#include "kernel/patch/site_program.h"
#include "kernel/patch/site_table.h"
#include "kernel/test.h"

SUITE("site");

#define TEXT_START IMAGE(kernel_text_start)
#define TEXT_END IMAGE(kernel_text_end)

extern const char object_spliced[], object_spliced_end[];
extern const char object_splicer[], object_splicer_end[];
extern const uint32_t site_swap[], site_hidden[], site_choose[], site_choose_table[],
    site_choose_literal[], site_two_entries[], site_second_entry[], site_enters[], site_leaf[],
    site_caller[];

static const struct register_set everything = REGISTERS_ALL;
static const struct domain_terms on_behalf = {.loader = "operator"};

static struct site_facts facts_of(const volatile void *address)
{
    struct site_facts facts;

    site_find((vaddr_t)address, &facts);
    return facts;
}

static enum site_answer answer_of(vaddr_t address)
{
    return facts_of((const void *)address).answer;
}

static bool is_all_live(const struct site_facts *facts)
{
    return registers_equal(&facts->live, &everything);
}

static struct symbol kernel_symbol_named(const char *name)
{
    for (size_t i = 0; i < kernel_symbol_count(); i++)
        if (strcmp(kernel_symbol(i).name, name) == 0)
            return kernel_symbol(i);
    CHECK(false);
    return (struct symbol){.name = NULL};
}

/* ---- all of the kernel ---- */

TEST(every_word_of_the_kernel_is_answered)
{
    unsigned counts[N_SITE_ANSWERS] = {0}, n_reached = 0, n_behind = 0;

    for (vaddr_t at = TEXT_START; at < TEXT_END; at += 4) {
        struct site_facts facts = facts_of((const void *)at);

        counts[facts.answer]++;
        n_reached += facts.reached;
        n_behind += at >= IMAGE(kernel_real_mode_end) && facts.answer == SITE_EXCEPTION;
        if (facts.answer == SITE_ACCEPTED &&
            (facts.procedure == 0 || facts.word != *(const uint32_t *)at ||
             (!facts.reached && !is_all_live(&facts))))
            CHECK_EQUAL(0, at);
    }
    for (unsigned i = 0; i < N_SITE_ANSWERS; i++)
        printf("    # %s: %u\n", site_answer_name(i), counts[i]);
    printf("    # reached: %u; remembered: %u bytes\n", n_reached, (unsigned)site_memory());
    CHECK_EQUAL(0, n_behind);
    CHECK(100 * (counts[SITE_RESERVATION] + counts[SITE_CODE_WRITE]) < counts[SITE_ACCEPTED]);
    CHECK(counts[SITE_NO_CODE] < counts[SITE_ACCEPTED] / 50);
}

/* ---- addresses that are refused ---- */

TEST(what_is_no_code_is_refused)
{
    static uint32_t data;
    uint32_t local = 0;
    void *heap = malloc(16);
    const vaddr_t addresses[] = {0,
                                 2,
                                 4,
                                 0x500,
                                 0xffc,
                                 0x1000,
                                 0x2ffc,
                                 0x3000,
                                 IMAGE(boot_start),
                                 TEXT_START - 4,
                                 TEXT_END,
                                 TEXT_START + DATA_VIEW,
                                 NEAR_CODE_END - 4,
                                 DOMAIN_CODE_END - 4,
                                 DATA_VIEW,
                                 (vaddr_t)&data,
                                 (vaddr_t)&local,
                                 (vaddr_t)heap,
                                 IMAGE(kernel_rodata_start),
                                 IMAGE(kernel_symbols_start),
                                 0x20000000,
                                 0x7ffffffc,
                                 0x80000000,
                                 0xc0000000,
                                 0xfffffffc,
                                 0xffffffff,
                                 (vaddr_t)site_find + 1,
                                 (vaddr_t)site_find + 2,
                                 (vaddr_t)site_find + 3};

    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct site_facts facts;

        CHECK_STATUS(ERR_UNSUPPORTED, site_check(addresses[i], &facts));
        if (!CHECK_EQUAL(SITE_NO_CODE, facts.answer) || !CHECK(is_all_live(&facts)))
            printf("    # 0x%08x\n", (unsigned)addresses[i]);
    }
    free(heap);
}

TEST(what_runs_without_a_frame_is_refused)
{
    struct site_facts facts;
    unsigned n = 0;

    for (vaddr_t at = TEXT_START; at < IMAGE(kernel_real_mode_end); at += 4) {
        enum site_answer answer = answer_of(at);

        n += answer == SITE_EXCEPTION;
        CHECK(answer == SITE_EXCEPTION || answer == SITE_NO_CODE);
    }
    CHECK(n > 100);
    CHECK_STATUS(ERR_UNSUPPORTED, site_check(TEXT_START, &facts));
    CHECK_EQUAL(SITE_ACCEPTED, answer_of((vaddr_t)trap));
}

static void check_procedure_is(enum site_answer answer, const char *name)
{
    struct symbol symbol = kernel_symbol_named(name);

    for (vaddr_t at = symbol.value; at < symbol.value + symbol.size; at += 4)
        CHECK_EQUAL(answer, answer_of(at));
}

TEST(code_write_and_what_it_needs_is_refused)
{
    check_procedure_is(SITE_CODE_WRITE, "code_write");
    check_procedure_is(SITE_CODE_WRITE, "mmu_translate");
    check_procedure_is(SITE_CODE_WRITE, "mmu_readable");
    check_procedure_is(SITE_ACCEPTED, "mmu_map");
    check_procedure_is(SITE_ACCEPTED, "code_seal");
    check_procedure_is(SITE_ACCEPTED, "site_find");
}

/* ---- reservations ---- */

TEST(reservations_are_left_alone)
{
    static const uint8_t held[] = {0, 1, 1, 1, 1, 0, 0};

    for (unsigned i = 0; i < sizeof held; i++)
        CHECK_EQUAL(held[i] ? SITE_RESERVATION : SITE_ACCEPTED, answer_of((vaddr_t)&site_swap[i]));
    CHECK(!facts_of(&site_swap[2]).reached == false);
}

TEST(reservations_that_control_is_not_seen_to_come_to_are_left_alone)
{
    static const uint8_t held[] = {0, 0, 1, 1, 1, 0, 0};

    for (unsigned i = 0; i < sizeof held; i++) {
        struct site_facts facts = facts_of(&site_hidden[i]);

        CHECK_EQUAL(held[i] ? SITE_RESERVATION : SITE_ACCEPTED, facts.answer);
        CHECK_EQUAL(i < 2, facts.reached);
        CHECK(i < 2 || is_all_live(&facts));
    }
}

/* ---- data in text ---- */

TEST(data_in_text_is_no_code)
{
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(SITE_NO_CODE, answer_of((vaddr_t)&site_choose_table[i]));
    CHECK_EQUAL(SITE_NO_CODE, answer_of((vaddr_t)site_choose_literal));
    CHECK_EQUAL(SITE_NO_CODE, answer_of((vaddr_t)&site_choose[20]));
    CHECK(facts_of(&site_choose_literal[1]).reached);
    CHECK_EQUAL(SITE_ACCEPTED, answer_of((vaddr_t)&site_choose_literal[1]));
}

/* ---- what is live ---- */

static uint32_t live_general(const uint32_t *site)
{
    struct site_facts facts = facts_of(site);

    CHECK_EQUAL(SITE_ACCEPTED, facts.answer);
    CHECK(facts.reached);
    return facts.live.general;
}

TEST(entries_in_the_middle_count)
{
    CHECK(live_general(site_two_entries) & 1u << 3);
    CHECK_EQUAL(0, live_general(site_two_entries) & 1u << 7);
    CHECK(live_general(site_second_entry) & 1u << 5);
    CHECK_EQUAL((vaddr_t)site_two_entries, facts_of(site_second_entry).procedure);
}

/* ---- domains ---- */

static vaddr_t address_in(const struct domain *domain, const char *name)
{
    const struct symbol *symbol = symbol_find(&domain->image.symbols, name, symbol_hash(name));

    CHECK(symbol != NULL);
    return symbol->value;
}

static struct domain *make_spliced(void)
{
    struct domain *domain = NULL;

    CHECK_STATUS(OK, domain_make(&on_behalf, "spliced", object_spliced,
                                 (size_t)(object_spliced_end - object_spliced), &domain));
    return domain;
}

TEST(a_domain_that_was_not_started_is_refused)
{
    struct domain *domain = make_spliced();
    vaddr_t site = address_in(domain, "spliced");
    struct site_facts facts;

    CHECK_STATUS(ERR_UNSUPPORTED, site_check(site, &facts));
    CHECK_EQUAL(SITE_NO_CODE, facts.answer);
    CHECK(strstr(status_explain(), "spliced is") != NULL);
    CHECK_STATUS(OK, domain_start(&domain, 1));
    CHECK_STATUS(OK, site_check(site, &facts));
    CHECK(facts.reached);
    CHECK_EQUAL(site, facts.procedure);
    CHECK_STATUS(OK, domain_end(&domain, 1));
    CHECK_EQUAL(SITE_NO_CODE, answer_of(site));
}
