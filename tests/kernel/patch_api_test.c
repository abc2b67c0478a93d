/* What patches do that are asked for rightly, and what is said of those that are not. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/patch.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/processor.h"
#include "kernel/fault.h"
#include "kernel/heap.h"
#include "kernel/patch/patch.h"
#include "kernel/test.h"

SUITE("patch_api");

#define P(procedure) ((procedure_t)(procedure))
#define AT(procedure) ((vaddr_t)(procedure))
#define BLR 0x4e800020u

/* ---- what is patched ---- */

static int total;

static EVENT int tripled(int n)
{
    total += n;
    return 3 * n + 1;
}

/* Its branches are taken or not. */
static EVENT int branching(int n)
{
    if (n > 10)
        return tripled(n) + 5;
    for (int i = 0; i < n; i++)
        total += i;
    return total;
}

static int tripled_of(int n)
{
    return 3 * n + 1;
}

/* Everything is as before a refusal: no patch, and the word at the site. */
static uint32_t word_at(vaddr_t address)
{
    return *(const uint32_t *)address;
}

static bool says(const char *text)
{
    if (CHECK(strstr(status_explain(), text) != NULL))
        return true;
    printf("    #   not \"%s\": %s\n", text, status_explain());
    return false;
}

static patch_t *const untouched = (patch_t *)0x1234;

static bool is_refused(status_t wanted, status_t status, patch_t *patch)
{
    bool good = CHECK_STATUS(wanted, status) & CHECK(patch == untouched) &
                CHECK(patch_next(NULL) == NULL) & CHECK(status_explain()[0] != 0);

    if (!good)
        printf("    #   %s\n", status_explain());
    return good;
}

/* ---- handlers ---- */

static void *last_closure;
static uint32_t last_site, n_calls;
static struct patch_registers last_registers;

static void note(void *closure, uint32_t site)
{
    last_closure = closure;
    last_site = site;
    n_calls++;
}

static void note_nothing(void)
{
    n_calls++;
}

static void note_registers(void *closure, uint32_t site, const struct patch_registers *registers)
{
    note(closure, site);
    last_registers = *registers;
}

static void take_nine(void *closure, uint32_t site, struct patch_registers *registers)
{
    note(closure, site);
    registers->gpr[3] = 9;
}

/* ---- refused sites ---- */

static uint32_t variable = 0x60000000;
static const uint32_t constant = 0x60000000;

__asm__(".pushsection .text.reserving,\"ax\",@progbits\n"
        "\t.globl reserving\n"
        "\t.type reserving, @function\n"
        "reserving:\n"
        "1:\tlwarx 4, 0, 3\n"
        "\taddi 4, 4, 1\n"
        "\tstwcx. 4, 0, 3\n"
        "\tbne- 1b\n"
        "\tmr 3, 4\n"
        "\tblr\n"
        "\t.size reserving, . - reserving\n"
        "\t.popsection");
uint32_t reserving(uint32_t *word);

static void check_no_site(vaddr_t site, const char *why)
{
    static const struct patch_options registers = {.registers = true};
    patch_t *patch = untouched;
    status_t status = patch_count((const void *)site, NULL, &patch);
    bool good = is_refused(ERR_UNSUPPORTED, status, patch) && says(why);

    status = patch_insert((const void *)site, P(note_registers), NULL, &registers, &patch);
    if (!good || !is_refused(ERR_UNSUPPORTED, status, patch))
        printf("    #   0x%08x, %s\n", (unsigned)site, why);
}

TEST(what_is_no_code_is_no_site)
{
    static const vaddr_t unmapped[] = {0,          0x100,      0xffc,      0x3000,    0x0ffffffc,
                                       0x7ffffffc, 0xc0001234, 0xfffffffc, 0x1fffffff};
    uint32_t on_stack = 0x60000000, *on_heap = malloc(16);

    for (size_t i = 0; i < sizeof unmapped / sizeof unmapped[0]; i++)
        check_no_site(unmapped[i], "");
    for (unsigned offset = 1; offset < 4; offset++)
        check_no_site(AT(tripled) + offset, "");
    check_no_site(AT(&variable), "");
    check_no_site(AT(&constant), "");
    check_no_site(AT(&on_stack), "");
    check_no_site(AT(on_heap), "");
    check_no_site(machine.io_base + 0x13000, "");
    check_no_site(machine.io_base, "");
    check_no_site(IMAGE(kernel_rodata_start), "");
    check_no_site(IMAGE(kernel_symbols_start), "");
    check_no_site(DATA_VIEW + AT(fault_contain), "");
    free(on_heap);
}

TEST(exceptions_reservations_and_writing_code_are_no_sites)
{
    static const vaddr_t low[] = {0x1000, 0x1300, 0x1700, 0x17fc, 0x1800, 0x2000, 0x2ffc};

    for (size_t i = 0; i < sizeof low / sizeof low[0]; i++)
        check_no_site(low[i], "");
    for (vaddr_t a = IMAGE(kernel_text_start); a < IMAGE(kernel_real_mode_end); a += 4)
        check_no_site(a, "");
    check_no_site(AT(reserving), "lwarx");
    check_no_site(AT(reserving) + 4, "lwarx");
    check_no_site(AT(code_write), "code_write");
    check_no_site(AT(code_write) + 8, "code_write");
}

TEST(around_a_reservation_there_are_sites)
{
    uint32_t word = 41;

    for (unsigned i = 3; i < 6; i++) {
        uint64_t count = 0;
        patch_t *patch;

        if (!CHECK_STATUS(OK, patch_count((const void *)(AT(reserving) + 4 * i), NULL, &patch)))
            continue;
        word = 41;
        CHECK_EQUAL(42, reserving(&word));
        CHECK_EQUAL(42, word);
        CHECK_STATUS(OK, patch_counted(patch, &count));
        CHECK_EQUAL(1, count);
        CHECK_STATUS(OK, patch_remove(patch));
    }
}

/* ---- refused handlers ---- */

static int returns(void *closure, uint32_t site)
{
    (void)closure;
    return (int)site;
}

static void takes_a_fourth(void *closure, uint32_t site, const struct patch_registers *registers,
                           int n)
{
    note(closure, site + registers->cr + (uint32_t)n);
}

static void takes_no_pointer(int closure, uint32_t site)
{
    note((void *)closure, site);
}

static void takes_wide_site(void *closure, uint64_t site)
{
    note(closure, (uint32_t)site);
}

static void takes_many(void *closure, ...)
{
    note(closure, 0);
}

static void takes_other_record(void *closure, uint32_t site, const struct patch_options *options)
{
    note(closure, site + options->registers);
}

static void check_no_handler(procedure_t handler, const struct patch_options *options)
{
    patch_t *patch = untouched;
    uint32_t word = word_at(AT(tripled));
    status_t status = patch_insert((const void *)tripled, handler, NULL, options, &patch);

    is_refused(ERR_TYPE, status, patch);
    says("void");
    CHECK_EQUAL(word, word_at(AT(tripled)));
}

TEST(a_handler_of_another_type_is_refused_with_both_types)
{
    static const struct patch_options reads = {.registers = true},
                                      changes = {.registers = true, .change = true};

    check_no_handler(P(returns), NULL);
    says("int(void *, uint32_t)");
    says("void(void *, uint32_t)");
    check_no_handler(P(note_registers), NULL);
    check_no_handler(P(takes_a_fourth), &reads);
    check_no_handler(P(takes_no_pointer), NULL);
    check_no_handler(P(takes_wide_site), NULL);
    check_no_handler(P(takes_many), NULL);
    check_no_handler(P(takes_other_record), &reads);
    check_no_handler(P(take_nine), &reads);
    check_no_handler(P(takes_other_record), &changes);
}

TEST(what_is_no_procedure_is_no_handler)
{
    static const vaddr_t addresses[] = {0, 3, 0x1000, 0xfffffffc};

    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        patch_t *patch = untouched;

        is_refused(ERR_BAD_ARGUMENT,
                   patch_insert((const void *)tripled, P(addresses[i]), NULL, NULL, &patch), patch);
        is_refused(ERR_BAD_ARGUMENT,
                   patch_raise((const void *)tripled, P(addresses[i]), NULL, &patch), patch);
        is_refused(ERR_BAD_ARGUMENT, patch_replace(P(tripled), P(addresses[i]), &patch), patch);
        is_refused(ERR_BAD_ARGUMENT, patch_replace(P(addresses[i]), P(tripled), &patch), patch);
        is_refused(ERR_BAD_ARGUMENT,
                   patch_insert((const void *)tripled, P(AT(note) + 4), NULL, NULL, &patch), patch);
        is_refused(ERR_BAD_ARGUMENT,
                   patch_insert((const void *)tripled, P(&variable), NULL, NULL, &patch), patch);
    }
}

/* ---- refused options and pointers ---- */

static void pass_bad_pointers(void *closure)
{
    patch_t *patch = untouched;
    status_t status = OK;

    switch (*(const int *)closure) {
    case 0:
        status = patch_count((const void *)tripled, (const struct patch_options *)4, &patch);
        break;
    case 1:
        status = patch_count((const void *)tripled, NULL, NULL);
        break;
    case 2:
        status = patch_count((const void *)tripled, NULL, (patch_t **)tripled);
        break;
    case 3:
        status = patch_insert_code((const void *)tripled, NULL, 4, NULL, &patch);
        break;
    case 4:
        status = patch_insert_code((const void *)tripled, (const uint32_t *)0xfffffff0, 100, NULL,
                                   &patch);
        break;
    case 5:
        status = patch_insert((const void *)tripled, P(note), NULL, NULL, NULL);
        break;
    default:
        status = patch_replace(P(tripled), P(tripled_of), NULL);
    }
    CHECK(status != OK);
}

/* Each is refused, or faults in who calls; and nothing is left half done. */
TEST(bad_pointers_harm_nobody_else)
{
    uint32_t word = word_at(AT(tripled));

    for (int i = 0; i < 7; i++) {
        patch_t *patch;
        status_t status = fault_contain(pass_bad_pointers, &i);

        CHECK(status == OK || status == ERR_FAULT);
        CHECK(patch_next(NULL) == NULL);
        CHECK_EQUAL(word, word_at(AT(tripled)));
        if (CHECK_STATUS(OK, patch_count((const void *)tripled, NULL, &patch)))
            CHECK_STATUS(OK, patch_remove(patch));
    }
}

TEST(taken_is_for_branches_only)
{
    struct patch_options options = {.taken = true};
    patch_t *patch = untouched;

    is_refused(ERR_BAD_ARGUMENT, patch_count((const void *)tripled, &options, &patch), patch);
}

static size_t words_of(procedure_t procedure)
{
    size_t n = 0;

    while (word_at(AT(procedure) + 4 * n) != BLR)
        n++;
    return n + 1;
}

static vaddr_t branch, previous;
static unsigned n_taken;

/* What is executed behind the branch is what follows it, or it was taken. */
static bool follow(struct trap_frame *frame)
{
    n_taken += previous == branch && frame->srr0 != branch + 4;
    previous = frame->srr0;
    return true;
}

static void run_branching(void)
{
    for (int n = 0; n < 14; n++)
        (void)branching(n);
}

static unsigned taken_by_stepping(vaddr_t site)
{
    trap_handler_t before = trap_handle(VECTOR_TRACE, follow);

    branch = site;
    n_taken = 0;
    msr_write(msr_read() | MSR_SE);
    run_branching();
    msr_write(msr_read() & ~MSR_SE);
    (void)trap_handle(VECTOR_TRACE, before);
    return n_taken;
}

TEST(a_taken_branch_is_told_from_one_that_is_not)
{
    struct patch_options options = {.taken = true};
    unsigned n_branches = 0;

    for (size_t i = 0; i < words_of(P(branching)); i++) {
        vaddr_t site = AT(branching) + 4 * i;
        uint64_t all = 0, taken = 0;
        patch_t *patches[2];
        unsigned wanted;

        if (word_at(site) >> 26 != 16)
            continue;
        n_branches++;
        wanted = taken_by_stepping(site);
        CHECK_STATUS(OK, patch_count((const void *)site, NULL, &patches[0]));
        CHECK_STATUS(OK, patch_count((const void *)site, &options, &patches[1]));
        run_branching();
        CHECK_STATUS(OK, patch_counted(patches[0], &all));
        CHECK_STATUS(OK, patch_counted(patches[1], &taken));
        CHECK_EQUAL(wanted, taken);
        CHECK(wanted > 0 && wanted < all);
        for (unsigned k = 0; k < 2; k++)
            CHECK_STATUS(OK, patch_remove(patches[k]));
    }
    CHECK(n_branches > 0);
}

/* ---- capabilities ---- */

TEST(a_capability_is_good_for_one_removal)
{
    procedure_t original = P(note);
    uint64_t count = 77;
    patch_t *patch;

    CHECK_STATUS(OK, patch_remove(NULL));
    CHECK_STATUS(OK, patch_count((const void *)tripled, NULL, &patch));
    CHECK_STATUS(ERR_BAD_ARGUMENT, patch_original(patch, &original));
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_remove(patch));
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_counted(patch, &count));
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_original(patch, &original));
    CHECK(count == 77 && original == P(note));
}

TEST(capabilities_that_are_made_up_are_told)
{
    static const vaddr_t values[] = {1, 4, 0xc0000000, 0xc0000001, 0xc1234567, 0xcfffffff, ~0u};
    binding_t *binding;
    uint64_t count = 77;
    patch_t *patch;

    CHECK_STATUS(OK, patch_insert((const void *)tripled, P(note), NULL, NULL, &patch));
    CHECK_STATUS(ERR_BAD_ARGUMENT, patch_counted(patch, &count));
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        CHECK_STATUS(ERR_BAD_CAPABILITY, patch_remove((patch_t *)values[i]));
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_remove((patch_t *)tripled));
    CHECK_STATUS(OK, event_install(P(branching), P(branching), NULL, NULL, &binding));
    CHECK_STATUS(ERR_BAD_CAPABILITY, patch_remove((patch_t *)binding));
    CHECK_STATUS(ERR_BAD_CAPABILITY, event_destroy((binding_t *)patch));
    CHECK_STATUS(OK, event_destroy(binding));
    n_calls = 0;
    CHECK_EQUAL(10, tripled(3));
    CHECK_EQUAL(1, n_calls);
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_EQUAL(77, count);
}

/* ---- what handlers get, and may do ---- */

TEST(a_handler_gets_closure_site_and_registers)
{
    struct patch_options options = {.registers = true};
    patch_t *patch, *other;

    CHECK_STATUS(
        OK, patch_insert((const void *)tripled, P(note_registers), &variable, &options, &patch));
    CHECK_STATUS(OK, patch_insert((const void *)tripled, P(note_nothing), NULL, NULL, &other));
    n_calls = 0;
    CHECK_EQUAL(64, tripled(21));
    CHECK_EQUAL(2, n_calls);
    CHECK(last_closure == &variable);
    CHECK_EQUAL(AT(tripled), last_site);
    CHECK_EQUAL(21, last_registers.gpr[3]);
    CHECK(last_registers.gpr[1] % 16 == 0 && last_registers.lr - AT(tripled) > 4);
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_STATUS(OK, patch_remove(other));
}

TEST(a_handler_changes_what_the_instruction_finds)
{
    struct patch_options options = {.registers = true, .change = true};
    patch_t *patch;

    CHECK_STATUS(OK, patch_insert((const void *)tripled, P(take_nine), NULL, &options, &patch));
    CHECK_EQUAL(28, tripled(1));
    CHECK_EQUAL(28, tripled(100));
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_EQUAL(4, tripled(1));
}

/* A bit of CR, XER, LR or CTR that the handler inverts is inverted when the instruction reads it. */
static void invert_special(void *closure, uint32_t site, struct patch_registers *registers)
{
    (void)site;
    registers->cr ^= 0x00f00000;
    registers->xer ^= XER_CA;
    registers->ctr = ~registers->ctr;
    registers->gpr[31] = ~registers->gpr[31];
    registers->gpr[0] = (uint32_t)closure;
}

__asm__(".pushsection .text.specials,\"ax\",@progbits\n"
        "\t.globl specials, specials_site\n"
        "\t.type specials, @function\n"
        "specials:\n"
        "\tstw 31, -4(1)\n"
        "\tli 31, 0x111\n"
        "\tli 0, 7\n"
        "\tmtctr 0\n"
        "\tcmpwi 2, 0, 7\n"
        "\tsubfc 5, 5, 5\n"
        "specials_site:\n"
        "\tstw 0, 0(3)\n"
        "\tmfcr 5\n"
        "\tstw 5, 4(3)\n"
        "\tmfxer 5\n"
        "\tstw 5, 8(3)\n"
        "\tmfctr 5\n"
        "\tstw 5, 12(3)\n"
        "\tstw 31, 16(3)\n"
        "\tlwz 31, -4(1)\n"
        "\tblr\n"
        "\t.size specials, . - specials\n"
        "\t.popsection");
void specials(uint32_t found[5]);
extern const char specials_site[];

TEST(a_handler_changes_special_and_nonvolatile_registers)
{
    struct patch_options options = {.registers = true, .change = true};
    uint32_t before[5], after[5];
    patch_t *patch;

    specials(before);
    CHECK_STATUS(OK,
                 patch_insert(specials_site, P(invert_special), (void *)0x5555, &options, &patch));
    specials(after);
    CHECK_STATUS(OK, patch_remove(patch));
    CHECK_EQUAL(7, before[0]);
    CHECK_EQUAL(0x5555, after[0]);
    CHECK_EQUAL(0x00f00000, (before[1] ^ after[1]) & 0x00f00000);
    CHECK_EQUAL(XER_CA, (before[2] ^ after[2]) & XER_CA);
    CHECK_EQUAL(~before[3], after[3]);
    CHECK_EQUAL(~before[4], after[4]);
    CHECK_EQUAL(0x111, before[4]);
}

/* ---- order ---- */

static char heard[32];

static void say(void *closure, uint32_t site)
{
    size_t n = strlen(heard);

    (void)site;
    if (n + 1 < sizeof heard)
        heard[n] = (char)(uintptr_t)closure;
}

static patch_t *put(char letter, bool first)
{
    struct patch_options options = {.first = first};
    patch_t *patch = NULL;

    CHECK_STATUS(OK, patch_insert((const void *)tripled, P(say), (void *)(uintptr_t)letter,
                                  &options, &patch));
    return patch;
}

static bool hears(const char *wanted)
{
    memset(heard, 0, sizeof heard);
    CHECK_EQUAL(7, tripled(2));
    if (CHECK(strcmp(wanted, heard) == 0))
        return true;
    printf("    #   not %s but %s\n", wanted, heard);
    return false;
}

TEST(patches_of_a_site_run_in_order)
{
    patch_t *patches[5];

    patches[0] = put('a', false);
    hears("a");
    patches[1] = put('b', false);
    hears("ab");
    patches[2] = put('c', true);
    hears("cab");
    CHECK_STATUS(OK, patch_count((const void *)tripled, NULL, &patches[3]));
    patches[4] = put('d', true);
    hears("dcab");
    for (unsigned i = 0; i < 5; i++)
        CHECK_STATUS(OK, patch_remove(patches[i]));
    hears("");
}

/* All orders of taking four away. */
TEST(they_are_removed_in_any_order)
{
    uint32_t word = word_at(AT(tripled));

    for (unsigned order = 0; order < 256; order++) {
        char left[] = "abcd";
        patch_t *patches[4];
        unsigned used = 0;

        for (unsigned i = 0; i < 4; i++)
            used |= 1u << (order >> 2 * i & 3);
        if (used != 15)
            continue;
        for (unsigned i = 0; i < 4; i++)
            patches[i] = put((char)('a' + i), false);
        for (unsigned i = 0; i < 4; i++) {
            unsigned which = order >> 2 * i & 3;
            char *letter = strchr(left, 'a' + (int)which);

            hears(left);
            CHECK_STATUS(OK, patch_remove(patches[which]));
            memmove(letter, letter + 1, strlen(letter));
        }
        hears("");
        CHECK_EQUAL(word, word_at(AT(tripled)));
    }
}
