/*
 * Tests of tools/whorl/options.c and steps.c: from the arguments of a command to what
 * the kernel, a fake one, is told. There is no QEMU; a session is a link and little else.
 * What the tool says is caught from standard error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/host/fake_kernel.h"
#include "tools/whorl/clock.h"
#include "tools/whorl/session.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 32
#define PATIENCE_MS 20000

static const struct command command = {.name = "run"};
static const struct link_timing quick = {.contact = 10, .request = 60, .poll = 60};

static char folder[] = "/tmp/whorl-steps-XXXXXX"; /* of the files to load, and the current one */
static FILE *said;
static int standard_error;

/* ---- what the tool says ---- */

static void listen(void)
{
    said = tmpfile();
    assert_non_null(said);
    standard_error = dup(STDERR_FILENO);
    dup2(fileno(said), STDERR_FILENO);
}

static void assert_said(const char *sentence)
{
    char text[4096];
    size_t size;

    dup2(standard_error, STDERR_FILENO);
    close(standard_error);
    rewind(said);
    size = fread(text, 1, sizeof text - 1, said);
    text[size] = 0;
    fclose(said);
    assert_string_equal(text, sentence);
}

/* ---- options ---- */

/* Parses words with blanks between them, which stay in use. */
static enum options_result parse(struct options *options, char *words)
{
    static char name[] = "run";
    char *arguments[ARGUMENTS_MAX] = {name};
    int n = 1;

    for (char *rest, *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        arguments[n++] = word;
    return options_parse(options, &command, n, arguments);
}

static void assert_misused(const char *words, const char *why)
{
    struct options options;
    char copy[256], sentence[256];

    snprintf(copy, sizeof copy, "%s", words);
    snprintf(sentence, sizeof sentence, "whorl: run: %s; see whorl run --help\n", why);
    listen();
    assert_int_equal(parse(&options, copy), OPTIONS_BAD);
    assert_said(sentence);
}

static void assert_step(const struct step *step, enum step_kind kind, const char *text,
                        bool privileged, bool untyped)
{
    assert_int_equal(step->kind, kind);
    assert_string_equal(step->text, text);
    assert_int_equal(step->terms.privileged, privileged);
    assert_int_equal(step->terms.untyped, untyped);
}

static void flags_belong_to_the_load_that_follows_them(void **state)
{
    char words[] = "-c first --privileged -x a.o -x b.o --untyped -x c.o -c last "
                   "--untyped --privileged -x d.o";
    struct options options;

    (void)state;
    assert_int_equal(parse(&options, words), OPTIONS_OK);
    assert_int_equal(options.n_steps, 6);
    assert_step(&options.steps[0], STEP_COMMAND, "first", false, false);
    assert_step(&options.steps[1], STEP_LOAD, "a.o", true, false);
    assert_step(&options.steps[2], STEP_LOAD, "b.o", false, false);
    assert_step(&options.steps[3], STEP_LOAD, "c.o", false, true);
    assert_step(&options.steps[4], STEP_COMMAND, "last", false, false);
    assert_step(&options.steps[5], STEP_LOAD, "d.o", true, true);
    free(options.steps);
}

static void a_patch_has_flags_of_its_own(void **state)
{
    char words[] =
        "-p a=b.s --change --near x -p c+0x10=d=e.S --privileged --first --taken -p f=g.o";
    struct options options;

    (void)state;
    assert_int_equal(parse(&options, words), OPTIONS_OK);
    assert_int_equal(options.n_steps, 3);
    assert_step(&options.steps[0], STEP_PATCH, "a=b.s", false, false);
    assert_false(options.steps[0].terms.change);
    assert_step(&options.steps[1], STEP_PATCH, "c+0x10=d=e.S", false, false);
    assert_true(options.steps[1].terms.change);
    assert_string_equal(options.steps[1].terms.near, "x");
    assert_false(options.steps[1].terms.first);
    assert_false(options.steps[1].terms.taken);
    assert_step(&options.steps[2], STEP_PATCH, "f=g.o", true, false);
    assert_false(options.steps[2].terms.change);
    assert_null(options.steps[2].terms.near);
    assert_true(options.steps[2].terms.first);
    assert_true(options.steps[2].terms.taken);
    free(options.steps);
}

static void options_that_are_no_steps_may_stand_between(void **state)
{
    char words[] = "--privileged -m 64 --icount --untyped --timeout 5 -x a.o";
    struct options options;

    (void)state;
    assert_int_equal(parse(&options, words), OPTIONS_OK);
    assert_int_equal(options.n_steps, 1);
    assert_step(&options.steps[0], STEP_LOAD, "a.o", true, true);
    assert_int_equal(options.megabytes, 64);
    free(options.steps);
}

static void flags_without_their_load_are_wrong_usage(void **state)
{
    (void)state;
    assert_misused("--privileged", "no -x follows '--privileged'");
    assert_misused("--untyped", "no -x follows '--untyped'");
    assert_misused("--untyped --privileged", "no -x follows '--privileged'");
    assert_misused("-x a.o --untyped", "no -x follows '--untyped'");
    assert_misused("-x a.o --untyped -m 64", "no -x follows '--untyped'");
    assert_misused("--privileged -c help -x a.o", "no -x follows '--privileged'");
    assert_misused("--privileged --untyped -c help", "no -x follows '--privileged'");
    assert_misused("--untyped a.o", "an argument without an option, 'a.o'");
    assert_misused("--change", "no -p follows '--change'");
    assert_misused("--change -x a.o", "-x takes no '--change'");
    assert_misused("--first -c help -p a=b.s", "no -p follows '--first'");
    assert_misused("-p a=b.s --taken", "no -p follows '--taken'");
    assert_misused("--near x -x a.o", "-x takes no '--near'");
    assert_misused("--near", "no argument after '--near'");
    assert_misused("--untyped -p a=b.s", "-p takes no '--untyped'");
    assert_misused("-p a.s", "-p takes SITE=FILE, not 'a.s'");
    assert_misused("--untyped=yes -x a.o", "unknown option '--untyped=yes'");
}

/* ---- what the kernel is told ---- */

static int wait_for(void *context, int fd, short events, int milliseconds)
{
    struct pollfd poller = {.fd = fd, .events = events};
    const int64_t *deadline = context;

    if (clock_ms() >= *deadline)
        return -1;
    return poll(&poller, 1, milliseconds) > 0 ? poller.revents : 0;
}

static void drop(void *context, int stream, const void *text, size_t size)
{
    (void)context;
    (void)stream;
    (void)text;
    (void)size;
}

/* Carries the steps out with a kernel of their own, and gives it back when it has ended. */
static struct fake_kernel *carry_out(const char *words, bool *failed)
{
    struct fake_kernel *kernel = calloc(1, sizeof *kernel);
    struct session *session = calloc(1, sizeof *session);
    int64_t deadline = clock_ms() + PATIENCE_MS;
    struct link_owner owner = {&deadline, wait_for, drop};
    int fd = fake_kernel_start(kernel, &(struct fake_settings){0});
    struct options options;
    char copy[256];

    snprintf(copy, sizeof copy, "%s", words);
    assert_int_equal(parse(&options, copy), OPTIONS_OK);
    session->link = link_create(fd, &owner, &quick);
    assert_true(session_contact(session));
    for (size_t i = 0; i < options.n_steps; i++)
        session_step(session, &options.steps[i]);
    *failed = session->failed;
    fake_kernel_stop(kernel, fd);
    link_destroy(session->link);
    free(options.steps);
    free(session);
    return kernel;
}

/* The kernel got all that is loaded, and this command last. */
static void assert_told(const char *words, const char *last_command)
{
    bool failed;
    struct fake_kernel *kernel = carry_out(words, &failed);

    assert_false(failed);
    assert_string_equal(kernel->last_command, last_command);
    free(kernel->loaded.data);
    free(kernel);
}

static void a_load_without_flags_has_none(void **state)
{
    (void)state;
    assert_told("-x a.o", "load a.o");
    assert_told("-x a.o,b.o", "load a.o,b.o");
}

static void flags_stand_before_the_names_in_one_order(void **state)
{
    (void)state;
    assert_told("--privileged -x a.o", "load --privileged a.o");
    assert_told("--untyped -x a.o", "load --untyped a.o");
    assert_told("--privileged --untyped -x a.o", "load --privileged --untyped a.o");
    assert_told("--untyped --privileged -x a.o,b.o", "load --privileged --untyped a.o,b.o");
}

static void flags_are_for_one_load(void **state)
{
    (void)state;
    assert_told("--privileged --untyped -x a.o -x b.o", "load b.o");
    assert_told("-x a.o --untyped -x b.o", "load --untyped b.o");
    assert_told("--untyped -x a.o -c help", "help");
}

static void assert_not_told(const char *words, const char *sentence)
{
    struct fake_kernel *kernel;
    bool failed;

    listen();
    kernel = carry_out(words, &failed);
    assert_said(sentence);
    assert_true(failed);
    assert_int_equal(kernel->n_commands, 0);
    free(kernel);
}

static void a_file_that_looks_like_an_option_is_not_sent(void **state)
{
    (void)state;
    assert_not_told("-x ./--untyped", "whorl: cannot load ./--untyped: a file name that begins "
                                      "with - would be taken for an option\n");
}

static void a_patch_is_sent_with_its_site(void **state)
{
    (void)state;
    assert_told("-p main+8=a.o", "probe main+8 code a.o");
    assert_told("--privileged --change -p x.f=./b.o", "probe x.f code --privileged --change b.o");
    assert_told("--near y+4 --taken --first -p x=b.o",
                "probe x code --first --taken --near y+4 b.o");
}

static void what_cannot_be_a_patch_is_not_sent(void **state)
{
    (void)state;
    assert_not_told("-p =a.o", "whorl: '' is no place in the kernel\n");
    assert_not_told("-p -x=a.o", "whorl: '-x' is no place in the kernel\n");
    assert_not_told("-p x=a.c",
                    "whorl: cannot assemble a.c: its name ends neither in .s nor in .S\n");
    assert_not_told("-p x=.s",
                    "whorl: cannot assemble .s: its name ends neither in .s nor in .S\n");
    assert_not_told("-p x=none.s", "whorl: cannot assemble none.s: No such file or directory\n");
    assert_not_told("-p x=none.o", "whorl: cannot load none.o: No such file or directory\n");
}

/* ---- files to load ---- */

static const char *const files[] = {"a.o", "b.o", "--untyped"};
#define N_FILES (sizeof files / sizeof files[0])

static int make_files(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    for (size_t i = 0; i < N_FILES; i++) {
        FILE *file = fopen(files[i], "w");

        if (file == NULL)
            return -1;
        fputs("an object", file);
        fclose(file);
    }
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FILES; i++)
        unlink(files[i]);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_belong_to_the_load_that_follows_them),
        cmocka_unit_test(a_patch_has_flags_of_its_own),
        cmocka_unit_test(options_that_are_no_steps_may_stand_between),
        cmocka_unit_test(flags_without_their_load_are_wrong_usage),
        cmocka_unit_test(a_load_without_flags_has_none),
        cmocka_unit_test(flags_stand_before_the_names_in_one_order),
        cmocka_unit_test(flags_are_for_one_load),
        cmocka_unit_test(a_file_that_looks_like_an_option_is_not_sent),
        cmocka_unit_test(a_patch_is_sent_with_its_site),
        cmocka_unit_test(what_cannot_be_a_patch_is_not_sent),
    };

    signal(SIGPIPE, SIG_IGN);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("steps", tests, make_files, remove_files);
}
