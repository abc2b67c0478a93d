/* What is known of instructions that are to be patched. */
#include "kernel/patch/site.h"

#include <setjmp.h>
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
#include "kernel/code_view.h"
#include "kernel/inject.h"
#include "kernel/kernel_symbols.h"
#include "kernel/patch/patch.h"
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
                                 0x500,
                                 0xffc,
                                 0x1000,
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

static struct domain *make_splicer(void)
{
    struct domain *domain = NULL;

    CHECK_STATUS(OK, domain_make(&on_behalf, "splicer", object_splicer,
                                 (size_t)(object_splicer_end - object_splicer), &domain));
    return domain;
}

/* Every word of it is answered. */
static void visit(const struct domain *domain)
{
    const struct segment *text = &domain->image.memory.text;

    for (vaddr_t at = text->address; at < text->address + text->size; at += 4)
        CHECK(answer_of(at) != SITE_EXCEPTION);
}

TEST(what_is_known_of_a_domain_goes_with_it)
{
    struct domain *spliced = make_spliced(), *splicer;
    vaddr_t site;

    site_forget_all();
    CHECK_EQUAL(0, site_memory());
    CHECK_STATUS(OK, domain_start(&spliced, 1));
    site = address_in(spliced, "spliced");
    visit(spliced);
    CHECK(site_table_find(site) != NULL);
    CHECK(site_memory() != 0);
    CHECK_STATUS(OK, domain_end(&spliced, 1));
    CHECK(site_table_find(site) == NULL);
    CHECK_EQUAL(0, site_memory());

    splicer = make_splicer();
    visit(splicer);
    CHECK_EQUAL(0, site_memory());
    CHECK_STATUS(OK, domain_end(&splicer, 1));
}

TEST(what_is_known_of_a_domain_goes_when_it_is_bound)
{
    struct domain *spliced = make_spliced(), *splicer = make_splicer();
    vaddr_t site;

    CHECK_STATUS(OK, domain_start(&spliced, 1));
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    CHECK_STATUS(OK, domain_start(&splicer, 1));
    site = address_in(splicer, "splicer_call");
    CHECK_EQUAL(SITE_ACCEPTED, answer_of(site));
    CHECK_EQUAL(SITE_ACCEPTED, answer_of(address_in(spliced, "spliced")));
    CHECK(site_table_find(site) != NULL);
    CHECK_STATUS(OK, domain_unbind(spliced, splicer));
    CHECK(site_table_find(site) == NULL);
    CHECK(site_table_find(address_in(spliced, "spliced")) != NULL);
    CHECK_EQUAL(SITE_ACCEPTED, answer_of(site));
    CHECK_STATUS(OK, domain_bind(spliced, splicer));
    CHECK(site_table_find(site) == NULL);
    visit(splicer);
    CHECK_STATUS(OK, domain_end(&splicer, 1));
    CHECK_STATUS(OK, domain_end(&spliced, 1));
    CHECK_EQUAL(0, site_table_memory());
}

/* ---- generated code ---- */

TEST(generated_code_is_accepted_as_long_as_it_is_there)
{
    static const uint32_t words[] = {0x38600001, 0x7c602828, 0x7c80292d, 0x00000000, 0x4e800020};
    static const enum site_answer answers[] = {SITE_ACCEPTED, SITE_RESERVATION, SITE_RESERVATION,
                                               SITE_NO_CODE, SITE_ACCEPTED};
    vaddr_t code;

    if (!CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, sizeof words, CODE_ANYWHERE, &code)))
        return;
    (void)code_write(code, words, sizeof words / 4);
    for (unsigned i = 0; i < sizeof words / 4; i++) {
        struct site_facts facts = facts_of((const uint32_t *)code + i);

        CHECK_EQUAL(answers[i], facts.answer);
        CHECK(is_all_live(&facts) && !facts.reached && facts.procedure == 0);
        CHECK_EQUAL(words[i], facts.word);
    }
    CHECK_EQUAL(SITE_NO_CODE, answer_of(code + 2));
    code_free(code);
    CHECK_EQUAL(SITE_NO_CODE, answer_of(code));
}

/* ---- what is live, held against something slower ---- */

static bool is_part(struct register_set set, const struct register_set *of)
{
    registers_remove(&set, of);
    return registers_equal(&set, &REGISTERS_NONE);
}

/* Only what the procedure itself reads counts. */
static void summary_of_nothing(void *context, const struct call *call, struct summary *summary)
{
    struct summary abi;

    (void)context;
    (void)call;
    summary_abi(&abi);
    *summary = (struct summary){.writes = abi.writes, .returns = true};
}

static bool comes_back(const struct flow *flow)
{
    for (uint32_t i = 0; i < flow->n_blocks; i++)
        if (flow->blocks[i].end == BLOCK_RETURNS || flow->blocks[i].end == BLOCK_LEAVES ||
            flow->blocks[i].end == BLOCK_TAIL_CALLS)
            return true;
    return false;
}

/*
 * Summary overflow is in every comparison, where nobody looks at it. The table does not know which calls never come
 * back; who makes one at every end keeps nothing for anybody.
 */
static bool is_missing(const struct flow *flow, vaddr_t at, const struct site_facts *facts)
{
    static const struct register_set nothing = REGISTERS_NONE;
    const struct live_terms terms = {.summary = summary_of_nothing,
                                     .at_return = comes_back(flow) ? NULL : &nothing};
    struct register_set set = REGISTERS_NONE;
    struct live *live;

    if (!CHECK_STATUS(OK, live_build(flow, &terms, &live)))
        return true;
    live_before(live, at, &set);
    live_free(live);
    registers_remove(&set, &facts->live);
    set.special &= ~(uint32_t)SPECIAL_SO;
    if (registers_equal(&set, &REGISTERS_NONE))
        return false;
    printf("    # 0x%08x: general %08x condition %08x special %08x\n", (unsigned)at,
           (unsigned)set.general, (unsigned)set.condition, (unsigned)set.special);
    return true;
}

/* Of a program of all of the kernel, with all that is known of what comes back. */
TEST(what_an_analysis_of_everything_finds_live_is_live)
{
    struct code_index *index;
    struct program *program;
    unsigned n = 0, n_missing = 0;

    if (!CHECK_STATUS(OK, code_view_open(&index)))
        return;
    if (CHECK_STATUS(OK, program_open(code_index_source(index), &program))) {
        for (vaddr_t at = IMAGE(kernel_real_mode_end); at < TEXT_END; at += 4 * 61) {
            struct site_facts facts = facts_of((const void *)at);
            const struct flow *flow;

            if (!facts.reached || program_flow(program, at, &flow) != OK)
                continue;
            n++;
            n_missing += is_missing(flow, at, &facts);
        }
        program_close(program);
    }
    code_index_close(index);
    CHECK(n > 2000);
    CHECK_EQUAL(0, n_missing);
    site_forget_all();
}

TEST(a_table_says_what_an_analysis_of_its_own_does)
{
    struct site_program *program = site_program_get(NULL, (vaddr_t)site_find);
    const vaddr_t starts[] = {(vaddr_t)site_find, (vaddr_t)domain_start, (vaddr_t)code_allocate};

    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        const struct live *live = NULL;
        const struct block *block;

        (void)facts_of((const void *)(starts[i] + 4));
        if (!CHECK_STATUS(OK, site_program_live(program, starts[i], &live)))
            continue;
        block = flow_block_at(live->flow, starts[i] + 8);
        for (vaddr_t at = starts[i] + 4; at < block->start + 4 * block->n_words; at += 4) {
            struct site_facts facts = facts_of((const void *)at);
            struct register_set set;

            live_before(live, at, &set);
            CHECK(registers_equal(&set, &facts.live));
        }
        site_program_rest(program, starts[i]);
    }
}

/* ---- what callers keep, and pass ---- */

TEST(what_callers_keep_across_calls_is_live)
{
    struct site_facts facts = facts_of(site_leaf);

    CHECK(facts.live.general & 1u << 7);
    CHECK(facts.live.special & SPECIAL_CTR);
    CHECK_EQUAL(0, facts.live.general & 1u << 11);
    facts = facts_of(site_caller);
    CHECK_EQUAL(0, facts.live.general & 1u << 7);
    CHECK_EQUAL(0, facts.live.special & SPECIAL_CTR);
}

/* Nothing of it is read, but by what is installed on it. */
static void __attribute__((noipa)) nothing(int a, int b, long long c)
{
    (void)a;
    (void)b;
    (void)c;
}

static void __attribute__((noipa)) pass_to_nothing(void)
{
    nothing(1, 2, 3);
    __asm__ volatile("");
}

TEST(what_is_passed_is_live_at_a_call_and_at_the_start)
{
    const uint32_t passed = 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6;
    const uint32_t *call = (const uint32_t *)pass_to_nothing;
    struct site_facts facts = facts_of((const void *)nothing);

    CHECK_EQUAL(passed, facts.live.general & (passed | 1u << 7));
    while ((*call & 0xfc000001) != 0x48000001)
        call++;
    CHECK_EQUAL(passed, facts_of(call).live.general & (passed | 1u << 7));
}

/* ---- what calls clobber ---- */

TEST(a_leaf_clobbers_what_it_writes)
{
    struct register_set clobbers;
    bool relies = false;

    site_clobbers((vaddr_t)site_leaf, &clobbers, &relies);
    CHECK(relies);
    CHECK_EQUAL(1u << 3, clobbers.general);
    CHECK_EQUAL(CR_FIELD(6), clobbers.condition);
    CHECK_EQUAL(SPECIAL_LR, clobbers.special);
    CHECK_EQUAL(0, clobbers.floating);
}

static void check_clobbers_all(vaddr_t procedure)
{
    struct register_set clobbers;
    bool relies = true;

    site_clobbers(procedure, &clobbers, &relies);
    CHECK(!relies);
    CHECK_EQUAL(0x1ff9, clobbers.general);
    CHECK_EQUAL(CR_FIELD(0) | CR_FIELD(1) | CR_FIELD(5) | CR_FIELD(6) | CR_FIELD(7),
                clobbers.condition);
    CHECK_EQUAL(0x3fff, clobbers.floating);
    CHECK_EQUAL(SPECIAL_LR | SPECIAL_CTR | SPECIAL_XER | SPECIAL_FPSCR | SPECIAL_SPRG,
                clobbers.special);
}

TEST(all_others_clobber_what_the_abi_allows)
{
    check_clobbers_all((vaddr_t)site_caller);
    check_clobbers_all((vaddr_t)site_enters);
    check_clobbers_all((vaddr_t)site_hidden);
    check_clobbers_all((vaddr_t)site_leaf + 4);
    check_clobbers_all(0x80000000);
    check_clobbers_all((vaddr_t)longjmp);
}

static void ignore(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
}

TEST(who_is_patched_is_not_relied_on)
{
    struct register_set clobbers;
    bool relies = false;
    patch_t *patch = NULL;

    CHECK_STATUS(OK, patch_insert(&site_leaf[1], (procedure_t)ignore, NULL, NULL, &patch));
    check_clobbers_all((vaddr_t)site_leaf);
    CHECK_EQUAL(SITE_ACCEPTED, answer_of((vaddr_t)&site_leaf[1]));
    CHECK_STATUS(OK, patch_remove(patch));
    site_clobbers((vaddr_t)site_leaf, &clobbers, &relies);
    CHECK(relies);
}

TEST(a_patched_word_is_seen_as_it_was)
{
    struct site_facts before = facts_of(&site_leaf[1]), after;
    patch_t *patch = NULL;

    CHECK_STATUS(OK, patch_count(&site_leaf[1], NULL, &patch));
    site_forget_all();
    after = facts_of(&site_leaf[1]);
    CHECK_EQUAL(before.word, after.word);
    CHECK(site_leaf[1] != after.word);
    CHECK(registers_equal(&before.live, &after.live));
    CHECK_STATUS(OK, patch_remove(patch));
}

/* ---- setjmp and longjmp ---- */

TEST(before_the_unknown_everything_is_live)
{
    const uint32_t nonvolatile = 0xffffc000 | 1u << 1 | 1u << 2;
    struct symbol symbol = kernel_symbol_named("longjmp");
    vaddr_t last = symbol.value;
    struct site_facts facts = facts_of((const void *)symbol.value);

    CHECK_EQUAL(SITE_ACCEPTED, facts.answer);
    CHECK(facts.reached);
    while (*(const uint32_t *)last != 0x4e800020)
        last += 4;
    facts = facts_of((const void *)last);
    CHECK_EQUAL(SITE_ACCEPTED, facts.answer);
    CHECK_EQUAL(nonvolatile | 1u << 3 | 1u << 9 | 1u << 12,
                facts.live.general & (nonvolatile | 1u << 3 | 1u << 9 | 1u << 12));
    CHECK(facts.live.special & SPECIAL_LR);
}

/* ---- memory ---- */

/* Whatever is missing, there is an answer that holds. */
static unsigned check_without_memory(const void *site)
{
    struct site_facts wanted = facts_of(site), facts;
    unsigned n = 0, left;

    do {
        site_forget_all();
        inject_set(++n);
        facts = facts_of(site);
        left = inject_left();
        inject_set(0);
        CHECK_EQUAL(wanted.answer, facts.answer);
        CHECK_EQUAL(wanted.word, facts.word);
        CHECK(is_part(wanted.live, &facts.live));
        CHECK(left != 0 || is_all_live(&facts) || registers_equal(&facts.live, &wanted.live));
    } while (left == 0 && n < 4000);
    return n;
}

TEST(without_memory_everything_is_live)
{
    CHECK(check_without_memory((const char *)site_check + 8) > 3);
    CHECK(check_without_memory(site_swap) > 10);
    CHECK(check_without_memory(&site_swap[3]) > 10);
    site_forget_all();
    CHECK_EQUAL(0, site_memory());
}

TEST(what_is_remembered_has_a_bound)
{
    size_t most = 0;

    for (vaddr_t at = TEXT_START; at < IMAGE(kernel_library_start); at += 128) {
        (void)answer_of(at);
        if (site_table_memory() > most)
            most = site_table_memory();
    }
    CHECK(most > SITE_TABLES_MAX / 2);
    CHECK(most <= SITE_TABLES_MAX);
    CHECK(site_memory() < 2 * SITE_TABLES_MAX);
}
