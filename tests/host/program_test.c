/* Tests of arch/ppc/code/analysis/program.c, by the program of objects/calls.S. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/ppc/code/analysis/program.h"
#include "tests/host/program_source.h"
#include "tests/host/scarce.h"

#define LINES_MAX 4096

static struct program_source image;
static struct code_source source; /* the image, with imports and what cannot be read */
static struct program *program;

/* ---- the source ---- */

static vaddr_t find(const char *name)
{
    vaddr_t start = program_source_find(&image, name);

    assert_int_not_equal(start, 0);
    return start;
}

/* Imports are the procedures that say so, and _savegpr_31. One holds the next one, too. */
static void mark(struct procedure *procedure)
{
    if (strcmp(procedure->name, "outer") == 0)
        procedure->end += 8;
    procedure->import = strncmp(procedure->name, "import", 6) == 0 || procedure->name[0] == '_';
    procedure->no_return = strcmp(procedure->name, "import_exit") == 0;
}

static bool source_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    if (!image.source.procedure(context, address, procedure))
        return false;
    mark(procedure);
    return true;
}

static bool source_next(void *context, vaddr_t address, struct procedure *procedure)
{
    if (!image.source.next(context, address, procedure))
        return false;
    mark(procedure);
    return true;
}

static bool source_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    return address != program_source_find(&image, "unreadable") &&
           image.source.words(context, address, words, n);
}

static int open_program(void **state)
{
    (void)state;
    program_source_read(&image, "calls.elf");
    source = image.source;
    source.procedure = source_procedure;
    source.next = source_next;
    source.words = source_words;
    return program_open(&source, &program) == OK ? 0 : -1;
}

static int close_program(void **state)
{
    (void)state;
    program_close(program);
    program_source_close(&image);
    return 0;
}

/* ---- edges as text ---- */

struct text {
    char lines[LINES_MAX];
    unsigned n, left; /* edges to come before it is stopped */
};

static const char *name_of(vaddr_t address, char name[32])
{
    struct procedure procedure;
    unsigned n = 0;

    if (address == 0 || !image.source.procedure(&image, address, &procedure))
        return address == 0 ? "?" : "nowhere";
    n = (unsigned)(address - procedure.start) / 4;
    snprintf(name, 32, n == 0 ? "%s" : "%s+%u", procedure.name, n);
    return name;
}

/* "site kind callee; " */
static bool append(void *context, const struct call_edge *edge)
{
    static const char *const kinds[] = {"calls", "goes to", "takes", "calls", "enters"};
    struct text *text = context;
    size_t at = strlen(text->lines);
    char site[32], callee[32];

    snprintf(text->lines + at, LINES_MAX - at, "%s %s %s; ",
             edge->site == 0 ? "data" : name_of(edge->site, site), kinds[edge->kind],
             name_of(edge->callee, callee));
    assert_int_equal(edge->site == 0, edge->caller == 0);
    if (edge->kind == CALL_UNKNOWN)
        assert_int_equal(edge->callee, 0);
    return ++text->n < text->left;
}

static void check_callees(const char *name, const char *expected)
{
    struct text text = {.left = 100};

    program_callees(program, find(name), append, &text);
    assert_string_equal(text.lines, expected);
}

static void check_callers(const char *name, const char *expected)
{
    struct text text = {.left = 100};

    program_callers(program, find(name), append, &text);
    assert_string_equal(text.lines, expected);
}

static void make_graph(void)
{
    assert_int_equal(program_calls(program), OK);
}

/* ---- the call graph ---- */

static void a_procedure_calls_what_it_branches_to(void **state)
{
    (void)state;
    make_graph();
    check_callees("start", "start+3 calls called; start+4 calls called; "
                           "start+5 calls import_known; start+6 calls import_exit; ");
    check_callees("tail_called", "");
}

static void callers_are_found_from_the_callee(void **state)
{
    (void)state;
    make_graph();
    check_callers("called", "start+3 calls called; start+4 calls called; ");
    check_callers("import_known", "start+5 calls import_known; ");
    check_callers("start", "");
}

static void tail_calls_pointers_and_addresses_are_edges_too(void **state)
{
    (void)state;
    make_graph();
    check_callees("called",
                  "called+1 goes to tail_called; called+9 calls ?; called+10 goes to tail_called; "
                  "called+5 takes taken_by_addi; called+6 takes taken_by_ori; ");
    check_callers("taken_by_addi", "called+5 takes taken_by_addi; ");
    check_callers("taken_by_ori", "called+6 takes taken_by_ori; ");
}

static void who_enters_the_middle_is_a_caller_of_the_whole(void **state)
{
    (void)state;
    make_graph();
    check_callees("taken_by_addi", "taken_by_addi enters tail_called+1; ");
    check_callees("taken_by_ori", "taken_by_ori+1 enters tail_called+1; ");
    check_callers("tail_called",
                  "called+1 goes to tail_called; called+10 goes to tail_called; "
                  "taken_by_addi enters tail_called+1; taken_by_ori+1 enters tail_called+1; ");
    check_callers("parted", "enters_a_part enters parted.cold+1; ");
}

static void what_a_part_does_its_procedure_does(void **state)
{
    (void)state;
    make_graph();
    check_callees("parted", "parted.cold calls in_a_part; ");
    check_callees("parted.cold", "");
}

static void running_over_the_end_is_a_tail_call(void **state)
{
    (void)state;
    make_graph();
    check_callees("taken_by_data", "taken_by_data goes to fallen_into; ");
}

static void addresses_in_data_count_once(void **state)
{
    (void)state;
    make_graph();
    check_callers("taken_by_data", "data takes taken_by_data; ");
    assert_true(program_is_called(program, find("taken_by_data")));
}

static void a_call_of_nothing_known_is_an_edge_out(void **state)
{
    (void)state;
    make_graph();
    check_callees("calls_nothing_known", "calls_nothing_known calls nowhere; ");
}

static void what_nobody_calls_is_told_from_what_somebody_calls(void **state)
{
    (void)state;
    make_graph();
    assert_false(program_is_called(program, find("start")));
    assert_false(program_is_called(program, find("never_called")));
    assert_false(program_is_called(program, find("calls_itself_only")));
    assert_true(program_is_called(program, find("called")));
    assert_true(program_is_called(program, find("tail_called")));
    assert_true(program_is_called(program, find("taken_by_addi")));
    assert_true(program_is_called(program, find("fallen_into")));
    assert_false(program_is_called(program, find("called") + 4));
}

static void who_asks_for_edges_can_stop(void **state)
{
    struct text text = {.left = 1}, back = {.left = 1};

    (void)state;
    make_graph();
    program_callees(program, find("start"), append, &text);
    assert_int_equal(text.n, 1);
    program_callers(program, find("called"), append, &back);
    assert_int_equal(back.n, 1);
}

/* ---- summaries ---- */

static void a_summary_travels_up_a_deep_chain(void **state)
{
    struct summary summary;

    (void)state;
    program_summary(program, find("chain_0"), &summary);
    assert_true(summary.known && summary.returns);
    assert_int_equal(summary.touches.general, 1u << 9);
    assert_int_equal(summary.writes.general, 1u << 9);
}

static void each_procedure_is_analysed_once(void **state)
{
    const struct flow *first, *second;
    const struct live *live;

    (void)state;
    assert_int_equal(program_flow(program, find("called") + 8, &first), OK);
    make_graph();
    assert_int_equal(program_flow(program, find("called"), &second), OK);
    assert_ptr_equal(first, second);
    assert_int_equal(program_live(program, find("called") + 4, &live), OK);
    assert_ptr_equal(live->flow, first);
}

static void check_abi(vaddr_t start, bool returns)
{
    struct summary summary, abi;

    program_summary(program, start, &summary);
    summary_abi(&abi);
    assert_false(summary.known);
    assert_int_equal(summary.returns, returns);
    assert_true(registers_equal(&summary.reads, &abi.reads));
    assert_true(registers_equal(&summary.writes, &abi.writes));
    assert_true(registers_equal(&summary.touches, &abi.touches));
}

static void of_imports_and_what_cannot_be_read_the_abi_is_taken(void **state)
{
    (void)state;
    check_abi(find("import_known"), true);
    check_abi(find("import_exit"), false);
    check_abi(find("unreadable"), true);
    check_abi(0x03000000, true);
}

static void of_the_middle_of_a_procedure_nothing_is_known(void **state)
{
    const struct register_set everything = REGISTERS_ALL, nothing = REGISTERS_NONE;
    struct summary summary;

    (void)state;
    program_summary(program, find("tail_called") + 4, &summary);
    assert_true(registers_equal(&summary.reads, &everything));
    assert_true(registers_equal(&summary.writes, &nothing));
    assert_true(registers_equal(&summary.touches, &everything));
    assert_true(summary.returns);
}

static void code_after_an_import_that_exits_is_not_followed(void **state)
{
    const struct flow *flow;
    struct summary summary;

    (void)state;
    assert_int_equal(program_flow(program, find("start"), &flow), OK);
    assert_true(flow->complete);
    program_summary(program, find("start"), &summary);
    assert_false(summary.returns);
}

static void an_imported_helper_of_prologues_reads_and_keeps_everything(void **state)
{
    const struct live *live;
    struct register_set before;

    (void)state;
    assert_int_equal(program_live(program, find("saves_by_import"), &live), OK);
    live_before(live, find("saves_by_import") + 12, &before);
    assert_int_equal(before.general & (1u << 11 | 1u << 30 | 1u << 31 | 1u << 12),
                     1u << 11 | 1u << 30 | 1u << 31 | 1u << 12);
}

static void a_caller_of_what_cannot_be_read_is_analysed_nevertheless(void **state)
{
    const struct live *live;
    struct register_set before;

    (void)state;
    assert_int_equal(program_live(program, find("calls_unreadable"), &live), OK);
    live_before(live, find("calls_unreadable") + 8, &before);
    assert_int_equal(before.general & (1u << 9 | 1u << 11), 1u << 9);
}

/* ---- further entries ---- */

static const struct flow *flow_of(const char *name)
{
    const struct flow *flow = NULL;

    assert_int_equal(program_flow(program, find(name), &flow), OK);
    return flow;
}

/* The numbers of the words of a procedure that are entries: "0 2 ". */
static void check_entries(const char *name, const char *expected)
{
    const struct flow *flow = flow_of(name);
    char text[256] = "";

    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        size_t at = strlen(text);

        if (flow->blocks[i].entry)
            snprintf(text + at, sizeof text - at, "%u ",
                     (unsigned)(flow->blocks[i].start - flow->procedure.start) / 4);
    }
    assert_string_equal(text, expected);
}

static void what_others_branch_to_is_an_entry(void **state)
{
    struct register_set before;
    const struct live *live;

    (void)state;
    check_entries("entered", "0 ");
    make_graph();
    check_entries("entered", "0 1 ");
    assert_int_equal(program_live(program, find("entered"), &live), OK);
    live_before(live, find("entered") + 4, &before);
    assert_true((before.general & 1u << 3) != 0);
    assert_true((before.general & 1u << 10) == 0);
}

static void what_is_found_behind_an_entry_leads_to_others(void **state)
{
    (void)state;
    make_graph();
    check_entries("entered_next", "0 1 ");
    check_callers("entered_next", "entered+2 enters entered_next+1; ");
}

static void an_entry_changes_no_summary(void **state)
{
    struct summary before, after;

    (void)state;
    program_summary(program, find("entered"), &before);
    make_graph();
    program_summary(program, find("entered"), &after);
    assert_false(before.returns);
    assert_memory_equal(&before, &after, sizeof before);
    assert_true(flow_of("calls_entered")->complete);
}

static void behind_an_entry_a_jump_table_may_have_no_bound(void **state)
{
    (void)state;
    assert_int_equal(flow_of("bounded")->n_tables, 1);
    make_graph();
    assert_int_equal(flow_of("bounded")->n_tables, 0);
    assert_int_equal(flow_of("bounded")->n_unknown, 1);
}

static void what_data_points_to_is_an_entry_if_nothing_else_leads_there(void **state)
{
    (void)state;
    make_graph();
    check_entries("held_by_data", "0 3 ");
    assert_true(flow_of("held_by_data")->complete);
    check_entries("never_called", "0 ");
    check_callers("held_by_data", "data takes held_by_data+3; ");
}

static void labels_for_unknown_jumps_are_entries(void **state)
{
    (void)state;
    make_graph();
    check_entries("jumps_to_labels", "0 1 3 ");
}

static void an_address_made_for_rfi_is_an_entry(void **state)
{
    (void)state;
    make_graph();
    check_entries("returns_by_rfi", "0 4 ");
    check_callees("returns_by_rfi", "returns_by_rfi+1 takes returns_by_rfi+4; ");
}

static void sums_that_are_no_addresses_make_no_entries(void **state)
{
    (void)state;
    make_graph();
    check_entries("held_by_data", "0 3 ");
    check_entries("makes_no_address", "0 ");
}

static void a_procedure_within_another_is_entered_at_its_start_and_from_there(void **state)
{
    (void)state;
    make_graph();
    check_entries("outer", "0 3 ");
    check_entries("inner", "0 1 ");
}

static void where_entries_have_no_end_everything_is_one(void **state)
{
    (void)state;
    make_graph();
    for (uint32_t i = 0; i < flow_of("pong")->n_words; i++) {
        const struct block *block = flow_block_at(flow_of("pong"), find("pong") + 4 * i);

        assert_non_null(block);
        assert_true(block->entry);
        assert_int_equal(block->n_words, 1);
    }
}

/* ---- refusals ---- */

static void an_address_in_no_procedure_is_refused_by_name(void **state)
{
    const struct flow *flow = NULL;
    const struct live *live = NULL;

    (void)state;
    assert_int_equal(program_flow(program, 0x03000000, &flow), ERR_NOT_FOUND);
    assert_non_null(strstr(status_explain(), "0x03000000"));
    assert_int_equal(program_live(program, 0x03000000, &live), ERR_NOT_FOUND);
    assert_null(flow);
    assert_null(live);
}

static void an_import_and_what_cannot_be_read_are_refused(void **state)
{
    const struct flow *flow = NULL;

    (void)state;
    assert_int_equal(program_flow(program, find("import_known"), &flow), ERR_NOT_FOUND);
    assert_non_null(strstr(status_explain(), "import_known"));
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(program_flow(program, find("unreadable"), &flow), ERR_NOT_FOUND);
        assert_non_null(strstr(status_explain(), "not all code"));
        make_graph();
    }
    assert_null(flow);
}

/* Fewer procedures, that the test ends. */
static bool source_next_few(void *context, vaddr_t address, struct procedure *procedure)
{
    return source_next(context, address, procedure) &&
           procedure->start < program_source_find(&image, "chain_3");
}

/* Lets an operation fail at its first, second, … allocation, and gives how often it failed. */
static long fail_until(status_t (*operation)(void *context), void *context)
{
    long n = 0;

    for (;; n++) {
        status_t status;

        scarce_left = n;
        status = operation(context);
        scarce_left = SCARCE_FOREVER;
        if (status == OK)
            return n;
        assert_int_equal(status, ERR_NO_MEMORY);
        assert_non_null(strstr(status_explain(), "memory"));
    }
}

static status_t try_open(void *context)
{
    struct program **p = context;
    long n_blocks = scarce_blocks;
    status_t status = program_open(&source, p);

    if (status != OK)
        assert_int_equal(scarce_blocks, n_blocks);
    return status;
}

static status_t try_calls(void *context)
{
    struct program **p = context;
    status_t status = program_calls(*p);
    struct text text = {.left = 100};

    program_callees(*p, find("called"), append, &text);
    program_callers(*p, find("called"), append, &text);
    assert_int_equal(text.n, status == OK ? 7 : 0);
    return status;
}

static status_t try_live(void *context)
{
    const struct live *live = NULL;
    status_t status = program_live(*(struct program **)context, find("start"), &live);

    assert_int_equal(live == NULL, status != OK);
    return status;
}

static status_t try_all(void *context)
{
    struct procedure procedure;
    status_t status = OK;

    for (vaddr_t next = 0; status != ERR_NO_MEMORY && source.next(&image, next, &procedure);
         next = procedure.start + 1) {
        const struct flow *flow;

        status = program_flow(*(struct program **)context, procedure.start, &flow);
    }
    return status == ERR_NO_MEMORY ? status : OK;
}

/* Also of those that are made anew: each failure throws away what was begun. */
static void without_memory_everything_fails_cleanly_and_can_be_tried_again(void **state)
{
    struct program *p = NULL;
    long n_blocks = scarce_blocks;

    (void)state;
    source.next = source_next_few;
    assert_int_equal(fail_until(try_open, &p), 5);
    assert_true(fail_until(try_live, &p) > 8);
    assert_true(fail_until(try_all, &p) > 8);
    assert_true(fail_until(try_calls, &p) > 8);
    program_close(p);
    program_close(NULL);
    assert_int_equal(scarce_blocks, n_blocks);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_program, close_program)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_procedure_calls_what_it_branches_to),
        TEST(callers_are_found_from_the_callee),
        TEST(tail_calls_pointers_and_addresses_are_edges_too),
        TEST(who_enters_the_middle_is_a_caller_of_the_whole),
        TEST(what_a_part_does_its_procedure_does),
        TEST(running_over_the_end_is_a_tail_call),
        TEST(addresses_in_data_count_once),
        TEST(a_call_of_nothing_known_is_an_edge_out),
        TEST(what_nobody_calls_is_told_from_what_somebody_calls),
        TEST(who_asks_for_edges_can_stop),
        TEST(a_summary_travels_up_a_deep_chain),
        TEST(each_procedure_is_analysed_once),
        TEST(of_imports_and_what_cannot_be_read_the_abi_is_taken),
        TEST(of_the_middle_of_a_procedure_nothing_is_known),
        TEST(code_after_an_import_that_exits_is_not_followed),
        TEST(an_imported_helper_of_prologues_reads_and_keeps_everything),
        TEST(a_caller_of_what_cannot_be_read_is_analysed_nevertheless),
        TEST(what_others_branch_to_is_an_entry),
        TEST(what_is_found_behind_an_entry_leads_to_others),
        TEST(an_entry_changes_no_summary),
        TEST(behind_an_entry_a_jump_table_may_have_no_bound),
        TEST(what_data_points_to_is_an_entry_if_nothing_else_leads_there),
        TEST(labels_for_unknown_jumps_are_entries),
        TEST(an_address_made_for_rfi_is_an_entry),
        TEST(sums_that_are_no_addresses_make_no_entries),
        TEST(a_procedure_within_another_is_entered_at_its_start_and_from_there),
        TEST(where_entries_have_no_end_everything_is_one),
        TEST(an_address_in_no_procedure_is_refused_by_name),
        TEST(an_import_and_what_cannot_be_read_are_refused),
        TEST(without_memory_everything_fails_cleanly_and_can_be_tried_again),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
