/* Springboards: where they are, where they lead, and that nobody is ever found inside. */
#include <stdio.h>
#include <string.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/patch/springboard_code.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"
#include "kernel/code_space.h"
#include "kernel/fault.h"
#include "kernel/idle.h"
#include "kernel/output.h"
#include "kernel/patch/springboard.h"
#include "kernel/test.h"

SUITE("springboard");

#define SLOT_SIZE (4 * SPRINGBOARD_WORDS)
#define SLOTS_MAX 1000

static uint32_t seed = 4711;

static uint32_t random_word(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed ^ seed >> 15;
}

/* ---- where they are ---- */

static vaddr_t slots[SLOTS_MAX], targets[SLOTS_MAX];
static size_t n_slots;

static bool take(vaddr_t target)
{
    if (n_slots == SLOTS_MAX || springboard_take(target, &slots[n_slots]) != OK)
        return false;
    targets[n_slots++] = target;
    return true;
}

static void give(size_t i)
{
    springboard_give(slots[i]);
    slots[i] = slots[--n_slots];
    targets[i] = targets[n_slots];
}

static void give_all(void)
{
    while (n_slots > 0)
        give(n_slots - 1);
}

static bool is_one(size_t i)
{
    vaddr_t slot = 0, target = 0;

    for (vaddr_t address = slots[i]; address < slots[i] + SLOT_SIZE; address += 4)
        if (!springboard_at(address, &slot, &target) || slot != slots[i] || target != targets[i])
            return false;
    return slots[i] >= PAGE_SIZE && slots[i] + SLOT_SIZE <= VECTOR_PAGES_END;
}

/* Neither another one nor a vector. */
static bool is_alone(size_t i)
{
    for (size_t k = 0; k < n_slots; k++)
        if (k != i && slots[k] - slots[i] + SLOT_SIZE - 1 < 2 * SLOT_SIZE - 1)
            return false;
    return slots[i] >= VECTORS_END || (slots[i] % VECTOR_DISTANCE >= VECTOR_STUB_SIZE &&
                                       slots[i] % VECTOR_DISTANCE + SLOT_SIZE <= VECTOR_DISTANCE);
}

static void check_all(void)
{
    bool right = true;

    for (size_t i = 0; i < n_slots; i++)
        right = right && is_one(i) && is_alone(i);
    CHECK(right);
}

TEST(there_are_more_than_400_at_a_time)
{
    size_t before = springboard_used();
    vaddr_t slot = 1;

    while (take(4 * random_word()))
        ;
    CHECK(n_slots + before > 400);
    CHECK_EQUAL(springboard_capacity(), springboard_used());
    CHECK_EQUAL(springboard_capacity(), n_slots + before);
    check_all();
    CHECK_STATUS(ERR_NO_MEMORY, springboard_take(0, &slot));
    CHECK(strstr(status_explain(), "springboards are in use") != NULL);
    CHECK_EQUAL(1, slot);
    give_all();
    CHECK_EQUAL(before, springboard_used());
}

TEST(they_are_taken_and_given_in_any_order)
{
    size_t before = springboard_used();

    for (unsigned i = 0; i < 6000; i++) {
        uint32_t way = random_word() % 16;

        if (way < (i / 1000 % 2 == 0 ? 11u : 5u))
            (void)take(4 * random_word());
        else if (n_slots > 0)
            give(random_word() % n_slots);
        if (i % 500 == 0)
            check_all();
        CHECK_EQUAL(before + n_slots, springboard_used());
    }
    give_all();
    while (take(0))
        ;
    CHECK_EQUAL(springboard_capacity(), springboard_used());
    give_all();
    CHECK_EQUAL(before, springboard_used());
}

/* Words that are in use, or are not, from the end of the vectors on. */
static unsigned count_traps(void)
{
    unsigned n = 0;

    for (vaddr_t address = VECTORS_END; address < VECTOR_PAGES_END; address += 4)
        n += *(const uint32_t *)address == CODE_TRAP;
    return n;
}

TEST(what_is_not_in_use_traps)
{
    unsigned before = count_traps();

    while (take(0))
        ;
    CHECK(count_traps() < before && count_traps() < SPRINGBOARD_WORDS);
    give_all();
    CHECK_EQUAL(before, count_traps());
}

static char printed[64 * 1024];
static size_t n_printed;

static void keep(enum output_stream stream, const char *text, size_t size)
{
    (void)stream;
    for (size_t i = 0; i < size && n_printed < sizeof printed - 1; i++)
        printed[n_printed++] = text[i];
    printed[n_printed] = 0;
}

static void print_map(void)
{
    output_sink_t before;

    fflush(stdout);
    before = output_redirect(keep);
    n_printed = 0;
    springboard_print_map(stdout);
    fflush(stdout);
    (void)output_redirect(before);
}

static unsigned count_lines(const char *with)
{
    unsigned n = 0;

    for (const char *p = printed; (p = strstr(p, with)) != NULL; p += strlen(with))
        n++;
    return n;
}

TEST(the_map_has_all_that_is_in_the_pages)
{
    unsigned n_free, size = 0, n;

    print_map();
    n_free = count_lines("free: ");
    CHECK_EQUAL((VECTORS_END - PAGE_SIZE) / VECTOR_DISTANCE, count_lines("vector 0x"));
    CHECK_EQUAL(1, count_lines("what all springboards go on with"));
    for (const char *p = printed; *p != 0; p = strchr(p, '\n') + 1) {
        CHECK_EQUAL(1, sscanf(p + 10, "%u", &n));
        size += n;
    }
    CHECK_EQUAL(VECTOR_PAGES_END - PAGE_SIZE, size);
    (void)take((vaddr_t)springboard_take);
    (void)take((vaddr_t)springboard_take);
    (void)take((vaddr_t)springboard_take);
    give(1);
    print_map();
    CHECK_EQUAL(2, count_lines("kernel!springboard_take+0x0"));
    CHECK_EQUAL(n_free + 1, count_lines("free: "));
    give_all();
    print_map();
    CHECK_EQUAL(0, count_lines("kernel!springboard_take+0x0"));
    CHECK_EQUAL(n_free, count_lines("free: "));
}

/* ---- where they lead ---- */

/* springboard.S knows the offsets. */
struct registers {
    uint32_t gpr[32], cr, xer, lr, ctr, msr;
};

struct visit {
    struct registers went, came;
};

void visit(struct visit *visit);
void visit_from(vaddr_t place, vaddr_t stack);
extern const char arrival[], other_arrival[];

static struct visit tour;
static vaddr_t place; /* a word that branches to the springboard */

static bool make_place(void)
{
    uint32_t word;

    if (!CHECK_STATUS(OK, code_allocate(OWNER_KERNEL, 4, CODE_ANYWHERE, &place)) ||
        !CHECK(take((vaddr_t)arrival)))
        return false;
    word = code_put_b_absolute(WORD_B, slots[n_slots - 1]);
    return CHECK(code_write(place, &word, 1));
}

static void end_place(void)
{
    give_all();
    code_free(place);
}

static void prepare(void)
{
    uint32_t *word = (uint32_t *)&tour.went;

    for (size_t i = 0; i < sizeof tour.went / 4; i++)
        word[i] = random_word();
    tour.went.xer &= XER_SO | XER_OV | XER_CA | XER_COUNT;
    tour.went.ctr = place;
}

/* r1 and r2 mean something else in springboard.S. */
static bool is_as_it_went(void)
{
    tour.came.gpr[1] = tour.went.gpr[1];
    tour.came.gpr[2] = tour.went.gpr[2];
    tour.went.msr = tour.came.msr;
    return memcmp(&tour.went, &tour.came, sizeof tour.went) == 0;
}

TEST(they_lead_there_with_all_registers)
{
    uint32_t msr = msr_read();

    if (!make_place())
        return;
    for (unsigned i = 0; i < 1000; i++) {
        prepare();
        visit(&tour);
        CHECK_EQUAL(1, tour.came.gpr[2]);
        CHECK_EQUAL(msr, tour.came.msr);
        if (!CHECK(is_as_it_went()))
            break;
    }
    (void)interrupts_off();
    prepare();
    visit(&tour);
    CHECK_EQUAL(msr & ~MSR_EE, tour.came.msr);
    interrupts_restore(msr);
    CHECK(is_as_it_went());
    end_place();
}

TEST(they_are_led_elsewhere)
{
    if (!make_place())
        return;
    springboard_lead(slots[0], (vaddr_t)other_arrival);
    prepare();
    visit(&tour);
    CHECK_EQUAL(2, tour.came.gpr[2]);
    CHECK(is_as_it_went());
    springboard_lead(slots[0], (vaddr_t)arrival);
    visit(&tour);
    CHECK_EQUAL(1, tour.came.gpr[2]);
    end_place();
}

/* ---- nobody is inside ---- */

static unsigned n_seen, n_inside, n_at_arrival;

static void look(const struct trap_frame *frame)
{
    n_seen++;
    n_inside += frame->srr0 < VECTOR_PAGES_END;
    n_at_arrival += frame->srr0 == (vaddr_t)arrival;
}

static bool tick(struct trap_frame *frame)
{
    look(frame);
    idle_wake();
    return true;
}

TEST(interrupts_find_nobody_inside)
{
    trap_handler_t before;

    if (!make_place())
        return;
    n_seen = n_inside = n_at_arrival = 0;
    before = trap_handle(VECTOR_DECREMENTER, tick);
    for (unsigned i = 0; i < 20000; i++) {
        prepare();
        decrementer_write(i % 5);
        visit(&tour);
        if (!CHECK_EQUAL(1, tour.came.gpr[2]) || !CHECK((tour.came.msr & MSR_EE) != 0) ||
            !CHECK(is_as_it_went()))
            break;
    }
    (void)trap_handle(VECTOR_DECREMENTER, before);
    CHECK(n_seen > 100);
    CHECK_EQUAL(0, n_inside);
    end_place();
}

static bool step(struct trap_frame *frame)
{
    look(frame);
    return true;
}

static bool step_and_interrupt(struct trap_frame *frame)
{
    decrementer_write(0);
    return step(frame);
}

static void check_stepped(trap_handler_t handler)
{
    trap_handler_t before = trap_handle(VECTOR_TRACE, handler);

    n_seen = n_inside = n_at_arrival = 0;
    prepare();
    msr_write(msr_read() | MSR_SE);
    visit(&tour);
    msr_write(msr_read() & ~MSR_SE);
    (void)trap_handle(VECTOR_TRACE, before);
    CHECK((tour.came.msr & (MSR_EE | MSR_SE)) == (MSR_EE | MSR_SE));
    CHECK(is_as_it_went());
    CHECK(n_seen > 100);
    CHECK_EQUAL(1, n_at_arrival);
    CHECK_EQUAL(0, n_inside);
}

TEST(a_debugger_steps_over_them)
{
    if (!make_place())
        return;
    for (unsigned i = 0; i < 20; i++) {
        check_stepped(step);
        check_stepped(step_and_interrupt);
    }
    end_place();
}

/* ---- who has no stack left ---- */

static void overflow(void *closure)
{
    visit_from(place, *(const vaddr_t *)closure);
}

/* What it stores may meet the guard page: word after word, as the stack begins further down. The fault is that of the target. */
TEST(a_stack_that_is_used_up_is_found_at_the_target)
{
    vaddr_t lowest = IMAGE(boot_stack_start) + SPRINGBOARD_STACK_GAP;

    if (!make_place())
        return;
    for (unsigned i = 0; i < SPRINGBOARD_STACK_SIZE; i += 4) {
        vaddr_t stack = lowest + i;

        CHECK_STATUS(ERR_FAULT, fault_contain(overflow, &stack));
        CHECK_EQUAL(VECTOR_DSI, fault_latest()->vector);
        CHECK_EQUAL((vaddr_t)arrival, fault_latest()->srr0);
        CHECK_EQUAL(IMAGE(boot_stack_start) - 4, fault_latest()->dar);
        CHECK_EQUAL(place, fault_latest()->gpr[3]);
        CHECK_EQUAL(stack, fault_latest()->gpr[4]);
        CHECK_EQUAL(stack, fault_latest()->gpr[1]);
        CHECK(fault_latest()->srr1 & MSR_EE);
    }
    end_place();
}

/* ---- what is no springboard ---- */

static void jump(void *closure)
{
    ((void (*)(void))closure)();
}

TEST(who_jumps_where_none_is_traps_there)
{
    vaddr_t last = VECTOR_PAGES_END - 4;

    CHECK_STATUS(ERR_FAULT, fault_contain(jump, (void *)last));
    CHECK_EQUAL(VECTOR_PROGRAM, fault_latest()->vector);
    CHECK_EQUAL(last, fault_latest()->srr0);
    CHECK_STATUS(ERR_FAULT, fault_contain(jump, (void *)PAGE_SIZE - 4));
    CHECK_EQUAL(PAGE_SIZE - 4, fault_latest()->srr0);
}
