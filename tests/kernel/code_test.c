/* Memory for generated code, and the one function that writes it. */
#include <stdint.h>
#include <string.h>
#include <whorl/memory.h>

#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"
#include "kernel/code_space.h"
#include "kernel/fault.h"
#include "kernel/test.h"

SUITE("code");

#define BLR 0x4e800020u
#define LI_R3(n) (0x38600000u | (n))
#define TRAP 0x7fe00008u

static int call(vaddr_t code)
{
    return ((int (*)(void))code)();
}

static void jump(void *code)
{
    ((void (*)(void))code)();
}

static void store(void *address)
{
    *(volatile uint32_t *)address = 0;
}

TEST(written_code_runs_and_can_be_written_again)
{
    const uint32_t seven[] = {LI_R3(7), BLR};
    const uint32_t eight = LI_R3(8);
    vaddr_t code;

    if (!CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, sizeof seven, CODE_ANYWHERE, &code)))
        return;
    CHECK_STATUS(ERR_FAULT, fault_contain(jump, (void *)code));
    CHECK(code_write(code, seven, 2));
    CHECK_EQUAL(7, call(code));
    CHECK(code_write(code, &eight, 1));
    CHECK_EQUAL(8, call(code));
    CHECK_STATUS(ERR_FAULT, fault_contain(store, (void *)code));
    code_free(code);
}

TEST(code_is_within_reach_of_where_it_was_asked_for)
{
    static const vaddr_t nears[] = {0x01030000, 0x02000000, 0x03fffffc,
                                    0x04000000, 0x08000000, 0x0ffffffc};

    for (size_t i = 0; i < sizeof nears / sizeof nears[0]; i++) {
        vaddr_t code;

        if (!CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, 400, nears[i], &code)))
            continue;
        CHECK_EQUAL(REACH_RELATIVE, code_reach(nears[i], code));
        CHECK_EQUAL(REACH_RELATIVE, code_reach(code + 396, nears[i]));
        code_free(code);
    }
}

/* A piece that is there already, near the kernel, is in reach of the first domain only. */
TEST(code_for_a_domain_is_in_reach_of_the_others)
{
    const vaddr_t procedure = DOMAIN_CODE_BASE, other = procedure + 0x100000;
    vaddr_t before, code;

    if (!CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, 16, CODE_ANYWHERE, &before)))
        return;
    if (CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, 16, procedure, &code))) {
        CHECK_EQUAL(REACH_RELATIVE, code_reach(procedure, code));
        CHECK_EQUAL(REACH_RELATIVE, code_reach(other, code));
        code_free(code);
    }
    code_free(before);
}

TEST(where_nothing_is_in_reach_it_says_so)
{
    vaddr_t code = 1;

    CHECK_STATUS(ERR_RANGE, code_allocate(OWNER_KERNEL, 16, 0x40000000, &code));
    CHECK(strstr(status_explain(), "reach") != NULL);
    CHECK_STATUS(ERR_BAD_ARGUMENT, code_allocate(OWNER_KERNEL, 0, CODE_ANYWHERE, &code));
    CHECK_STATUS(ERR_BAD_ARGUMENT, code_allocate(OWNER_KERNEL, 1u << 30, CODE_ANYWHERE, &code));
    CHECK_EQUAL(1, code);
}

TEST(many_pieces_share_pages_and_all_come_back)
{
    static vaddr_t pieces[600];

    for (unsigned i = 0; i < 600; i++)
        if (!CHECK_STATUS(OK,
                          code_allocate(OWNER_KERNEL, 4 + i % 7 * 16, CODE_ANYWHERE, &pieces[i])))
            return;
    for (unsigned i = 0; i < 600; i += 2)
        code_free(pieces[i]);
    for (unsigned i = 1; i < 600; i += 2)
        code_free(pieces[i]);
}

TEST(only_code_can_be_written_as_code)
{
    static uint32_t data;
    uint32_t word = BLR;

    CHECK(!code_write((vaddr_t)&data, &word, 1));
    CHECK(!code_write(0, &word, 1));
    CHECK(!code_write(0x7fffff00, &word, 1));
    CHECK(!code_write((vaddr_t)call + 2, &word, 1));
    CHECK(!code_write(0x0ffffffc, &word, 2));
    CHECK(!code_write((vaddr_t)call, &word, SIZE_MAX / 4));
    CHECK_EQUAL(0, data);
}

TEST(writing_leaves_no_window_and_interrupts_as_they_were)
{
    uint32_t word = *(uint32_t *)(vaddr_t)jump;

    CHECK(code_write((vaddr_t)jump, &word, 1));
    CHECK(!mmu_translate(CODE_WINDOW, NULL, NULL));
    CHECK(msr_read() & MSR_EE);
    msr_write(msr_read() & ~MSR_EE);
    CHECK(code_write((vaddr_t)jump, &word, 1));
    CHECK(!(msr_read() & MSR_EE));
    msr_write(msr_read() | MSR_EE);
}

TEST(writing_crosses_pages)
{
    static uint32_t words[2100];
    vaddr_t code;

    for (size_t i = 0; i < 2100; i++)
        words[i] = LI_R3(i & 0x7fff);
    words[2099] = BLR;
    if (!CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, sizeof words, CODE_ANYWHERE, &code)))
        return;
    CHECK(code_write(code, words, 2100));
    CHECK_EQUAL(0, memcmp((void *)code, words, sizeof words));
    CHECK_EQUAL(2098, call(code));
    code_free(code);
}
