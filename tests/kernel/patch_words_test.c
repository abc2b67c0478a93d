/*
 * Words of code under patches and splices, as those see them who ask: analyses as they were, disassembly as they are, backtraces by
 * what was patched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/patch.h>
#include <whorl/raw_memory.h>

#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/image.h"
#include "domains/domain.h"
#include "kernel/backtrace.h"
#include "kernel/code_view.h"
#include "kernel/event/code_source.h"
#include "kernel/event/event.h"
#include "kernel/event_names.h"
#include "kernel/kernel_domains.h"
#include "kernel/output.h"
#include "kernel/patch/patch.h"
#include "kernel/shell.h"
#include "kernel/test.h"

SUITE("patch_words");

#define P(procedure) ((procedure_t)(procedure))

static EVENT int inner(int n);
static EVENT int leaf(int n);
static EVENT int outer(int n);
static binding_t *intrinsic;

/* The types of all of the kernel are read once and kept, and so is the record of an event whose intrinsic handler was asked for. */
static void __attribute__((constructor)) begin(void)
{
    (void)kernel_types_all();
    (void)event_intrinsic(P(inner), &intrinsic);
}

/* ---- procedures ---- */

static unsigned n_noted;

static EVENT int inner(int n)
{
    n_noted += (unsigned)n;
    return n + 1;
}

static EVENT int leaf(int n)
{
    return 5 * n;
}

static EVENT int outer(int n)
{
    return leaf(n) + inner(n) + 1;
}

static int twice(int n)
{
    return 2 * n;
}

static patch_t *count_at(vaddr_t site)
{
    patch_t *patch = NULL;

    if (!CHECK_STATUS(OK, patch_count((const void *)site, NULL, &patch)))
        printf("    #   0x%08x: %s\n", (unsigned)site, status_explain());
    return patch;
}

static unsigned counted(const patch_t *patch)
{
    uint64_t count = 0;

    CHECK_STATUS(OK, patch_counted(patch, &count));
    return (unsigned)count;
}

static void end_patch(patch_t *patch)
{
    CHECK_STATUS(OK, patch_remove(patch));
}

static binding_t *lead_inner(void)
{
    binding_t *binding = NULL;

    CHECK_STATUS(OK, event_install(P(inner), P(twice), NULL, NULL, &binding));
    return binding;
}

/* Of the call of a procedure in outer. */
static vaddr_t find_call(vaddr_t callee)
{
    for (vaddr_t at = (vaddr_t)outer;; at += 4) {
        uint32_t word = 0, target;

        CHECK(code_source()->words(NULL, at, &word, 1));
        if (word == 0x4e800020)
            return 0;
        if (code_target_of_b(word, at, &target) && target == callee)
            return at;
    }
}

/* ---- words ---- */

static uint32_t source_word(vaddr_t at)
{
    uint32_t word = 0;

    CHECK(code_source()->words(code_source()->context, at, &word, 1));
    return word;
}

static uint32_t memory_word(vaddr_t at)
{
    return *(const volatile uint32_t *)at;
}

TEST(analyses_see_no_patches_and_nothing_that_events_have_changed)
{
    vaddr_t first = (vaddr_t)inner, site = find_call((vaddr_t)inner);
    uint32_t first_word = memory_word(first), site_word = memory_word(site);
    patch_t *patches[2];
    binding_t *binding;

    for (unsigned order = 0; order < 2; order++) {
        if (order == 0)
            binding = lead_inner();
        patches[0] = count_at(first);
        patches[1] = count_at(site);
        if (order == 1)
            binding = lead_inner();
        CHECK_EQUAL(first_word, source_word(first));
        CHECK_EQUAL(site_word, source_word(site));
        CHECK_EQUAL(first_word, code_word_get(first));
        CHECK(memory_word(first) != first_word && memory_word(site) != site_word);
        CHECK(code_word_get(site) != site_word);
        if (order == 0)
            CHECK_STATUS(OK, event_destroy(binding));
        end_patch(patches[1]);
        CHECK_EQUAL(site_word, source_word(site));
        end_patch(patches[0]);
        CHECK_EQUAL(first_word, source_word(first));
        if (order == 1)
            CHECK_STATUS(OK, event_destroy(binding));
        CHECK_EQUAL(first_word, memory_word(first));
        CHECK_EQUAL(site_word, memory_word(site));
    }
}

/* mulli r3, r3, n */
#define MULTIPLY(n) CODE_D(7u << 26, 3, 3, n)

TEST(what_is_written_under_a_patch_is_what_it_executes)
{
    uint32_t words[] = {MULTIPLY(7)}, before = memory_word((vaddr_t)leaf);
    patch_t *patch;

    CHECK_EQUAL(MULTIPLY(5), before);
    patch = count_at((vaddr_t)leaf);
    CHECK_STATUS(OK, raw_memory_write((void *)leaf, words, sizeof words));
    CHECK_EQUAL(21, leaf(3));
    CHECK_EQUAL(1, counted(patch));
    CHECK_EQUAL(words[0], code_word_get((vaddr_t)leaf));
    end_patch(patch);
    CHECK_EQUAL(words[0], memory_word((vaddr_t)leaf));
    CHECK_EQUAL(21, leaf(3));
    CHECK_STATUS(OK, raw_memory_write((void *)leaf, &before, sizeof before));
    CHECK_EQUAL(15, leaf(3));
}

/* ---- views ---- */

static char shown[4000];

static void append(enum output_stream stream, const char *text, size_t size)
{
    size_t n = strlen(shown);

    (void)stream;
    if (n + size < sizeof shown)
        memcpy(shown + n, text, size);
}

/* What `disas` prints of a place. */
static const char *disassemble(const char *place)
{
    output_sink_t before;
    char command[100];
    status_t status;

    memset(shown, 0, sizeof shown);
    snprintf(command, sizeof command, "disas %s", place);
    before = output_redirect(append);
    status = shell_run(command);
    (void)output_redirect(before);
    CHECK_STATUS(OK, status);
    return shown;
}

static bool shows(const char *place, const char *text)
{
    bool found = strstr(disassemble(place), text) != NULL;

    if (!found)
        printf("    #   no \"%s\" in\n%s", text, shown);
    return found;
}

static unsigned number_of(patch_t *patch)
{
    struct patch_view view;

    patch_look(patch, &view);
    return view.number;
}

TEST(disassembly_shows_what_stands_there_and_why)
{
    char name[40], text[80];
    patch_t *patch = count_at((vaddr_t)leaf), *other = count_at((vaddr_t)leaf);
    binding_t *binding;

    snprintf(name, sizeof name, PATCH_CODE_PREFIX "%u", number_of(patch));
    snprintf(text, sizeof text, "<%s>", name);
    CHECK(shows("test/patch_words!leaf", "# patched: mulli   r3,r3,5\n"));
    CHECK(shows("test/patch_words!leaf", PATCH_CODE_PREFIX));
    CHECK(shows(name, ": count\n"));
    CHECK(shows(name, "displaced instruction\n"));
    CHECK(shows(name, "mulli   r3,r3,5\n"));
    snprintf(name, sizeof name, "test/patch_words!" PATCH_CODE_PREFIX "%u", number_of(other));
    CHECK(shows(name, "mulli   r3,r3,5\n"));
    end_patch(other);
    end_patch(patch);
    CHECK(strchr(disassemble("test/patch_words!leaf"), '#') == NULL);
    binding = lead_inner();
    CHECK(shows("test/patch_words!inner", "# led elsewhere: "));
    CHECK(shows("test/patch_words!outer", "# led elsewhere: bl "));
    CHECK_STATUS(OK, event_destroy(binding));
    CHECK(strchr(disassemble("test/patch_words!outer"), '#') == NULL);
}

TEST(the_kernels_text_is_shown_as_it_is_and_analysed_as_it_was)
{
    patch_t *patch = count_at((vaddr_t)domain_named);
    struct code_index *index = NULL;
    uint32_t word = 0;

    CHECK(shows("domain_named", "# patched: "));
    CHECK_STATUS(OK, code_view_open(&index));
    CHECK(code_index_source(index)->words(code_index_source(index)->context, (vaddr_t)domain_named,
                                          &word, 1));
    CHECK_EQUAL(code_word_get((vaddr_t)domain_named), word);
    CHECK(word != memory_word((vaddr_t)domain_named));
    code_index_close(index);
    end_patch(patch);
}

/* ---- backtraces ---- */

static struct backtrace taken;
static char names[BACKTRACE_MAX][80];

static void take_backtrace(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    backtrace_here(&taken);
    for (size_t i = 0; i < taken.n; i++)
        backtrace_name(taken.code[i], names[i], sizeof names[i]);
}

static bool is_called(size_t i, const char *name)
{
    bool is = i < taken.n && strncmp(names[i], name, strlen(name)) == 0;

    if (!is)
        printf("    #   %u is %s, not %s\n", (unsigned)i, i < taken.n ? names[i] : "missing", name);
    return is;
}

/* The handler, the patched instruction, who called that procedure, and so on. */
static void check_backtrace(vaddr_t site, const char *name, const char *caller)
{
    patch_t *patch = NULL;

    taken.n = 0;
    CHECK_STATUS(OK, patch_insert((const void *)site, P(take_backtrace), &taken, NULL, &patch));
    CHECK_EQUAL(20, outer(3));
    CHECK(is_called(0, "test/patch_words!take_backtrace+"));
    CHECK(is_called(1, name) && strstr(names[1], " patched+0x") != NULL);
    CHECK(is_called(2, caller));
    end_patch(patch);
}

static vaddr_t last_of(vaddr_t procedure)
{
    while (memory_word(procedure) != 0x4e800020)
        procedure += 4;
    return procedure;
}

TEST(backtraces_lead_through_bodies)
{
    vaddr_t call = find_call((vaddr_t)inner), last = last_of((vaddr_t)outer);

    check_backtrace((vaddr_t)leaf, "test/patch_words!leaf+0x0", "test/patch_words!outer+");
    check_backtrace((vaddr_t)leaf + 4, "test/patch_words!leaf+0x4", "test/patch_words!outer+");
    check_backtrace((vaddr_t)outer, "test/patch_words!outer+0x0",
                    "test/patch_words!check_backtrace+");
    for (vaddr_t at = (vaddr_t)outer; at <= last; at += 4)
        check_backtrace(at, "test/patch_words!outer+", "test/patch_words!check_backtrace+");
    (void)call;
}

TEST(a_patched_call_still_tells_the_event_that_it_raises)
{
    vaddr_t site = find_call((vaddr_t)inner);
    char event[80] = "";
    binding_t *binding = lead_inner(), *other = lead_inner();
    patch_t *patch = count_at(site);

    CHECK(event_raised_by(site, event, sizeof event));
    CHECK_EQUAL(0, strcmp("test/patch_words!inner", event));
    CHECK_STATUS(OK, event_destroy(other));
    CHECK_STATUS(OK, event_destroy(binding));
    CHECK(!event_raised_by(site, event, sizeof event));
    end_patch(patch);
}
