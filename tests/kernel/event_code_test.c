/* Procedures of the running system as the dispatcher sees them, and what is remembered of them. */
#include <stdio.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/memory.h>

#include "domains/domain.h"
#include "kernel/event/code.h"
#include "kernel/event/code_source.h"
#include "kernel/inject.h"
#include "kernel/test.h"

SUITE("event_code");

#define AT(procedure) ((vaddr_t)(procedure))
#define BLR 0x4e800020u

struct packet {
    uint16_t kind, port;
};

static uint32_t count;

static EVENT bool is_wanted(const struct packet *packet, int n)
{
    return packet->port == 80 && n > 3;
}

static EVENT void count_packet(const struct packet *packet)
{
    count += packet->kind;
}

static EVENT int same(int n)
{
    return n;
}

static EVENT int call_another(int n)
{
    return same(n) + 1;
}

TEST(facts_of_a_leaf_say_what_it_reads_and_clobbers)
{
    const struct facts *facts = code_facts_get(AT(is_wanted));

    if (!CHECK(facts != NULL))
        return;
    CHECK(facts->leaf && !facts->stores && !facts->loops);
    CHECK_EQUAL(1 << 3 | 1 << 4, facts->reads);
    CHECK_EQUAL(0, facts->clobbers & ~(1u << 3 | 1u << 4 | 1u << 0 | 0xfe0));
    CHECK(facts->body.n > 3);
    CHECK_EQUAL(0, memcmp(facts->body.words, (const void *)is_wanted, 4 * facts->body.n));
    CHECK_EQUAL(BLR, facts->body.words[facts->body.n - 1]);
    code_facts_put(facts);
}

TEST(a_handler_that_counts_stores)
{
    const struct facts *facts = code_facts_get(AT(count_packet));

    if (!CHECK(facts != NULL))
        return;
    CHECK(facts->leaf && facts->stores && facts->body.n != 0);
    CHECK_EQUAL(1 << 3, facts->reads_itself);
    code_facts_put(facts);
}

TEST(what_stays_in_r3_is_read_by_who_wants_the_result)
{
    const struct facts *facts = code_facts_get(AT(same));

    if (!CHECK(facts != NULL))
        return;
    CHECK_EQUAL(0, facts->reads_itself);
    CHECK_EQUAL(1 << 3 | 1 << 4, facts->reads);
    CHECK_EQUAL(0, facts->clobbers);
    CHECK_EQUAL(1, facts->body.n);
    code_facts_put(facts);
}

TEST(of_what_calls_others_only_the_abi_is_known)
{
    const struct facts *facts = code_facts_get(AT(call_another));

    if (!CHECK(facts != NULL))
        return;
    CHECK(!facts->leaf && facts->stores);
    CHECK_EQUAL(0x1ff9, facts->clobbers);
    CHECK_EQUAL(0x07f8, facts->reads);
    CHECK_EQUAL(0, facts->body.n);
    code_facts_put(facts);
}

TEST(facts_of_what_is_no_procedure_are_as_the_abi_says)
{
    const struct facts *facts = code_facts_get(AT(&count));

    if (!CHECK(facts != NULL))
        return;
    CHECK(!facts->leaf);
    code_facts_put(facts);
}

TEST(the_same_facts_are_given_to_all_who_ask)
{
    const struct facts *first = code_facts_get(AT(same)), *second = code_facts_get(AT(same));

    CHECK(first != NULL && first == second);
    code_facts_put(first);
    CHECK_EQUAL(AT(same), second->procedure);
    code_facts_put(second);
}

TEST(facts_in_use_outlive_what_is_forgotten)
{
    struct domain *domain;
    const struct symbol *symbol;
    const struct facts *before = code_facts_get(AT(same)), *after;

    if (!CHECK(before != NULL && domain_at(AT(same), &domain, &symbol)))
        return;
    code_forget(domain);
    after = code_facts_get(AT(same));
    CHECK(after != NULL && after != before);
    CHECK_EQUAL(AT(same), before->procedure);
    code_facts_put(before);
    CHECK(after == code_facts_get(AT(same)));
    code_facts_put(after);
    code_facts_put(after);
}

TEST(without_memory_there_are_no_facts)
{
    inject_set(1);
    CHECK(code_facts_get(AT(same)) == NULL);
    inject_set(0);
}

TEST(without_memory_for_an_analysis_only_the_abi_is_known)
{
    const struct facts *facts;

    inject_set(2);
    facts = code_facts_get(AT(same));
    inject_set(0);
    if (!CHECK(facts != NULL))
        return;
    CHECK(!facts->leaf && facts->stores);
    CHECK_EQUAL(0x1ff9, facts->clobbers);
    code_facts_put(facts);
}

TEST(addresses_are_named_by_owner_and_procedure)
{
    char text[64];

    code_source_name(AT(same), text, sizeof text);
    CHECK_EQUAL(0, strcmp("test/event_code!same", text));
    code_source_name(AT(strlen) + 8, text, sizeof text);
    CHECK_EQUAL(0, strcmp("kernel!strlen+0x8", text));
    code_source_name(4, text, sizeof text);
    CHECK_EQUAL(0, strcmp("0x00000004", text));
}

/* ---- declarations and proofs ---- */

FUNCTIONAL(same);
FUNCTIONAL(memset); /* another's: that does not count */
EPHEMERAL(count_packet);

TEST(a_declaration_counts_for_the_declarers_own_procedures)
{
    CHECK(code_is_declared_functional(AT(same)));
    CHECK(!code_is_declared_functional(AT(is_wanted)));
    CHECK(!code_is_declared_functional(AT(memset)));
    CHECK(!code_is_declared_functional(AT(same) + 4));
    CHECK(!code_is_declared_functional(AT(&count)));
    CHECK(code_is_declared_ephemeral(AT(count_packet)));
    CHECK(!code_is_declared_ephemeral(AT(same)));
}

extern const procedure_t functional_start[], functional_end[];

TEST(all_that_the_kernel_declares_functional_is)
{
    CHECK(functional_end - functional_start > 90);
    for (const procedure_t *p = functional_start; p < functional_end; p++) {
        if (!CHECK_STATUS(OK, code_prove_functional(AT(*p))))
            printf("# %s\n", status_explain());
    }
}

static EVENT bool calls_the_c_library(const char *name, uint64_t n)
{
    return strcmp(name, "tcp") == 0 || n / 3 == 5;
}

static EVENT bool calls_its_own(int n)
{
    return same(n) == 5;
}

static EVENT bool calls_what_is_not_declared(int n)
{
    return call_another(n) == 5;
}

static EVENT bool fills(char *text)
{
    memset(text, 0, 64);
    return true;
}

static EVENT bool asks_who_calls(void)
{
    memory_use(NULL);
    return true;
}

TEST(guards_that_call_what_is_declared_are_functional)
{
    CHECK_STATUS(OK, code_prove_functional(AT(is_wanted)));
    CHECK_STATUS(OK, code_prove_functional(AT(calls_the_c_library)));
    CHECK_STATUS(OK, code_prove_functional(AT(calls_its_own)));
}

static void check_refusal(vaddr_t procedure, const char *begin, const char *end)
{
    const char *why;

    if (!CHECK_STATUS(ERR_FAILED, code_prove_functional(procedure)))
        return;
    why = status_explain();
    if (!CHECK(strncmp(why, begin, strlen(begin)) == 0 && strlen(why) > strlen(end) &&
               strcmp(why + strlen(why) - strlen(end), end) == 0))
        printf("# %s\n", why);
}

TEST(refusals_name_the_instruction)
{
    check_refusal(AT(count_packet), "test/event_code!count_packet+0x", " stores outside its frame");
    check_refusal(AT(calls_what_is_not_declared), "test/event_code!calls_what_is_not_declared+0x",
                  " calls what is not declared so");
    check_refusal(AT(fills), "test/event_code!fills+0x", " calls what is not declared so");
    check_refusal(AT(asks_who_calls), "test/event_code!asks_who_calls+0x",
                  " calls what is not declared so");
    check_refusal(AT(&count), "0x", "lies in no procedure");
}

TEST(ephemeral_handlers_call_ephemeral_procedures_only)
{
    CHECK_STATUS(OK, code_prove_ephemeral(AT(count_packet)));
    CHECK_STATUS(ERR_FAILED, code_prove_ephemeral(AT(calls_its_own)));
}

TEST(a_proof_holds_until_code_changes)
{
    const struct facts *facts = code_facts_get(AT(is_wanted));
    struct domain *domain;
    const struct symbol *symbol;

    if (!CHECK(facts != NULL && domain_at(AT(is_wanted), &domain, &symbol)))
        return;
    CHECK_STATUS(OK, code_prove_functional(AT(is_wanted)));
    inject_set(1);
    CHECK_STATUS(OK, code_prove_functional(AT(is_wanted))); /* without a look at it */
    CHECK_EQUAL(1, inject_left());
    code_forget(domain);
    CHECK_STATUS(ERR_NO_MEMORY, code_prove_functional(AT(is_wanted)));
    inject_set(0);
    code_facts_put(facts);
}
