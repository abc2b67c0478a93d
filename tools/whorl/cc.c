/*
 * `whorl cc`: the stock cross compiler with the flags and headers that an extension needs.
 *
 * One source is a plain compilation, so the compiler takes this process over. Several are compiled one by
 * one into a temporary folder and joined by a relocatable link. The user's flags come after the default
 * ones. Neither the host's headers nor those of the cross compiler's C library are ever searched.
 */
#define _GNU_SOURCE

#include "tools/whorl/command.h"
#include "tools/whorl/paths.h"
#include "tools/whorl/say.h"
#include "tools/whorl/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMPILER "powerpc-linux-gnu-gcc"

static const char *const default_flags[] = {
    /* the processor, and the ABI of the kernel and its C library */
    "-mcpu=750",
    "-msoft-float",
    "-mlong-double-64",
    /* it is not Linux */
    "-U__linux__",
    "-U__linux",
    "-Ulinux",
    "-U__gnu_linux__",
    "-U__unix__",
    "-U__unix",
    "-Uunix",
    "-D__WHORL__",
    "-nostdinc",
    /* code that needs nothing but the kernel */
    "-fno-pic",
    "-fno-pie",
    "-fno-stack-protector",
    "-fno-stack-clash-protection",
    "-fno-asynchronous-unwind-tables",
    /* handlers and guards that are alike stay procedures of their own */
    "-fno-ipa-icf",
    "-fno-ipa-ra",
    "-U_FORTIFY_SOURCE",
    /* the types of what it defines and imports, for the kernel's linker */
    "-gbtf",
    /*
     * Calls that gcc would make into others that the source does not have, and has no type for: malloc and
     * memset into calloc, printf into puts.
     */
    "-fno-builtin-malloc",
    "-fno-builtin-realloc",
    "-fno-builtin-printf",
    "-fno-builtin-vprintf",
    "-fno-builtin-fprintf",
    "-fno-builtin-vfprintf",
    "-fno-builtin-sprintf",
    "-fno-builtin-snprintf",
    "-fno-builtin-vsprintf",
    "-fno-builtin-vsnprintf",
    "-fno-builtin-puts",
    "-fno-builtin-fputs",
    "-fno-builtin-strcat",
    "-fno-builtin-strncat",
    "-fno-builtin-strncpy",
    "-fno-builtin-strncmp",
    "-fno-builtin-strndup",
    "-fno-builtin-stpcpy",
    "-fno-builtin-strstr",
    "-fno-builtin-strpbrk",
    "-fno-builtin-strrchr",
    "-fno-builtin-strspn",
    "-fno-builtin-strcspn",
    "-fno-builtin-index",
    "-fno-builtin-rindex",
    /* taste */
    "-std=gnu11",
    "-O2",
    "-Wall",
};

/* Options whose argument is the next word. */
static const char *const options_with_argument[] = {
    "-A",
    "-B",
    "-D",
    "-I",
    "-L",
    "-MF",
    "-MQ",
    "-MT",
    "-T",
    "-U",
    "-Xassembler",
    "-Xlinker",
    "-Xpreprocessor",
    "-aux-info",
    "-dumpbase",
    "-dumpdir",
    "-dumpbase-ext",
    "-idirafter",
    "-imacros",
    "-imultilib",
    "-include",
    "-iprefix",
    "-iquote",
    "-isysroot",
    "-isystem",
    "-iwithprefix",
    "-iwithprefixbefore",
    "-l",
    "-u",
    "-wrapper",
    "-x",
    "-z",
    "--param",
};

/* Options that make something else than an object. */
static const char *const options_without_object[] = {"-E", "-M", "-MM", "-S", "-fsyntax-only"};

/* A list of words, ended by NULL. */
struct words {
    char **word;
    size_t n;
};

/* What the user asked for. */
struct job {
    struct words compiler; /* the program, its own arguments, and the default flags */
    struct words flags;
    struct words inputs;
    const char *output;       /* NULL if none was named */
    const char *dependencies; /* what -MF named */
    bool makes_object;
    bool makes_dependencies; /* on the way, -MD or -MMD */
    bool names_target;       /* for them, -MT or -MQ */
};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(word, list[i]) == 0)
            return true;
    }
    return false;
}

static void add(struct words *words, const char *word)
{
    char **longer = must_allocate((words->n + 2) * sizeof(*longer));

    if (words->n > 0)
        memcpy(longer, words->word, words->n * sizeof(*longer));
    free(words->word);
    words->word = longer;
    words->word[words->n++] = must_format("%s", word);
}

static void add_all(struct words *words, const struct words *others)
{
    for (size_t i = 0; i < others->n; i++)
        add(words, others->word[i]);
}

static void words_close(struct words *words)
{
    for (size_t i = 0; i < words->n; i++)
        free(words->word[i]);
    free(words->word);
}

/* --- what the user wants --- */

static void take_flag(struct job *job, const char *flag)
{
    if (is_one_of(flag, options_without_object, N_OF(options_without_object)))
        job->makes_object = false;
    job->makes_dependencies |= strcmp(flag, "-MD") == 0 || strcmp(flag, "-MMD") == 0;
    job->names_target |= strncmp(flag, "-MT", 3) == 0 || strncmp(flag, "-MQ", 3) == 0;
    add(&job->flags, flag);
}

/* Takes the option at argv[i] and returns how many words it was. */
static int take_option(struct job *job, char **argv, int i)
{
    const char *option = argv[i];
    bool last = argv[i + 1] == NULL;

    if (strcmp(option, "-o") == 0 && !last) {
        job->output = argv[i + 1];
        return 2;
    }
    if (strncmp(option, "-o", 2) == 0 && option[2] != 0) {
        job->output = option + 2;
        return 1;
    }
    if (strcmp(option, "-MF") == 0 && !last) {
        job->dependencies = argv[i + 1];
        return 2;
    }
    if (strcmp(option, "-c") == 0)
        return 1;
    take_flag(job, option);
    if (last || !is_one_of(option, options_with_argument, N_OF(options_with_argument)))
        return 1;
    add(&job->flags, argv[i + 1]);
    return 2;
}

static void take_arguments(struct job *job, char **argv)
{
    int i = 1;

    job->makes_object = true;
    while (argv[i] != NULL) {
        if (argv[i][0] == '-' && argv[i][1] != 0)
            i += take_option(job, argv, i);
        else
            add(&job->inputs, argv[i++]);
    }
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name);

    return length >= strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0;
}

static bool is_source(const char *name)
{
    return !has_suffix(name, ".o") && !has_suffix(name, ".a");
}

/* --- the compiler --- */

/* WHORL_CC may hold arguments too, as for a compiler cache. */
static void add_program(struct words *words)
{
    const char *chosen = getenv("WHORL_CC");
    char *text = must_format("%s", chosen != NULL && chosen[0] != 0 ? chosen : COMPILER);
    char *rest = NULL;

    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        add(words, word);
    free(text);
}

static int cannot_run(const char *program)
{
    say("cannot run %s: %s%s", program, strerror(errno),
        errno == ENOENT ? "; tools/setup installs the compiler" : "");
    return EXIT_NOT_STARTED;
}

static _Noreturn void execute_in_child(const struct words *words, int output)
{
    if (output >= 0)
        dup2(output, STDOUT_FILENO);
    execvp(words->word[0], words->word);
    _exit(cannot_run(words->word[0]));
}

/* Runs the compiler with one more argument and returns what it prints, a line; NULL on failure. */
static char *ask_compiler(const struct words *program, const char *question)
{
    struct words words = {NULL, 0};
    char answer[4096] = "";
    size_t length = 0;
    ssize_t n = 1;
    int pipes[2], status = -1;
    pid_t pid;

    add_all(&words, program);
    add(&words, question);
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return NULL;
    pid = fork();
    if (pid == 0)
        execute_in_child(&words, pipes[1]);
    close(pipes[1]);
    while (n > 0 && length < sizeof(answer) - 1) {
        n = read(pipes[0], answer + length, sizeof(answer) - 1 - length);
        length += n > 0 ? (size_t)n : 0;
    }
    close(pipes[0]);
    words_close(&words);
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        return NULL;
    answer[strcspn(answer, "\n")] = 0;
    return must_format("%s", answer);
}

static void add_headers(struct words *words, const char *folder)
{
    add(words, "-isystem");
    add(words, folder);
}

/* The compiler's own headers, such as stddef.h; not every build of it has include-fixed. */
static bool add_compiler_headers(struct words *words, const struct words *program)
{
    static const char *const questions[] = {"-print-file-name=include",
                                            "-print-file-name=include-fixed"};

    for (size_t i = 0; i < N_OF(questions); i++) {
        char *folder = ask_compiler(program, questions[i]);

        if (folder == NULL)
            return false;
        if (folder[0] == '/')
            add_headers(words, folder);
        free(folder);
    }
    return true;
}

static bool add_own_headers(struct words *words, const char *relative, const char *remedy)
{
    char *folder = path_beside_tool(relative);
    bool there = access(folder, R_OK | X_OK) == 0;

    if (there)
        add_headers(words, folder);
    else
        say("cc: the headers in %s are not there%s", folder, remedy);
    free(folder);
    return there;
}

/* The compiler with everything that comes before the user's flags. */
static bool prepare_compiler(struct words *words)
{
    struct words program = {NULL, 0};
    bool well;

    add_program(&program);
    add_all(words, &program);
    for (size_t i = 0; i < N_OF(default_flags); i++)
        add(words, default_flags[i]);
    well = add_compiler_headers(words, &program) &&
           add_own_headers(words, "newlib/powerpc-eabi/include", "; tools/setup builds them") &&
           add_own_headers(words, "../extensions/include", "");
    words_close(&program);
    return well;
}

/* --- one compilation --- */

static void add_pair(struct words *words, const char *option, const char *value)
{
    if (value == NULL)
        return;
    add(words, option);
    add(words, value);
}

/* Becomes the compiler for all that is not several sources for one object. */
static int compile_in_place(const struct job *job)
{
    struct words words = {NULL, 0};

    add_all(&words, &job->compiler);
    add_all(&words, &job->flags);
    if (job->makes_object && job->inputs.n > 0)
        add(&words, "-c");
    add_pair(&words, "-MF", job->dependencies);
    add_pair(&words, "-o", job->output);
    add_all(&words, &job->inputs);
    execvp(words.word[0], words.word);
    return cannot_run(words.word[0]);
}

/* --- several --- */

/* The temporary folder of a join, and the signal that ended it, 0 for none. */
struct join {
    const struct job *job;
    struct signals signals;
    int signal;
    char *folder;
    struct words objects; /* what to link, in the order of the inputs */
    struct words scraps;  /* what to remove from the folder */
};

/* Waits for the end of a child, which closes its end of the pipe; a signal is passed on to it. */
static void wait_for(struct join *join, pid_t pid, int pipe)
{
    struct pollfd pollers[] = {
        {.fd = pipe, .events = POLLIN},
        {.fd = join->signals.fd, .events = POLLIN},
    };

    while (poll(pollers, 2, -1) < 0 || pollers[0].revents == 0) {
        int number = signals_take(&join->signals);

        if (number == 0)
            continue;
        join->signal = number;
        kill(pid, number);
    }
}

static int exit_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_and_wait(struct join *join, const struct words *words)
{
    int pipes[2], status = 0;
    pid_t pid;

    if (pipe(pipes) != 0)
        return cannot_run(words->word[0]);
    pid = fork();
    if (pid == 0) {
        signals_restore_in_child(&join->signals);
        close(pipes[0]);
        execute_in_child(words, -1);
    }
    close(pipes[1]);
    if (pid > 0) {
        wait_for(join, pid, pipes[0]);
        waitpid(pid, &status, 0);
    }
    close(pipes[0]);
    return pid > 0 ? exit_status(status) : cannot_run(words->word[0]);
}

static char *new_scrap(struct join *join, const char *name, const char *suffix)
{
    char *path = must_format("%s/%zu-%s%s", join->folder, join->scraps.n, name, suffix);

    add(&join->scraps, path);
    return path;
}

/* Compiles one source; its dependencies are noted as those of the joined object. */
static int compile(struct join *join, const char *source)
{
    const struct job *job = join->job;
    char *object = new_scrap(join, path_base(source), ".o");
    struct words words = {NULL, 0};
    int status;

    add_all(&words, &job->compiler);
    add_all(&words, &job->flags);
    if (job->makes_dependencies) {
        char *dependencies = new_scrap(join, path_base(source), ".d");

        add_pair(&words, "-MF", dependencies);
        add_pair(&words, job->names_target ? "-MF" : "-MT",
                 job->names_target ? dependencies : job->output);
        free(dependencies);
    }
    add(&words, "-c");
    add_pair(&words, "-o", object);
    add(&words, source);
    status = run_and_wait(join, &words);
    add(&join->objects, object);
    words_close(&words);
    free(object);
    return status;
}

static int link_objects(struct join *join)
{
    struct words words = {NULL, 0};
    int status;

    add_program(&words);
    add_all(&words, &join->job->flags);
    add(&words, "-r");
    add(&words, "-nostdlib");
    add_pair(&words, "-o", join->job->output);
    add_all(&words, &join->objects);
    status = run_and_wait(join, &words);
    words_close(&words);
    return status;
}

static bool append_file(FILE *to, const char *path)
{
    FILE *from = fopen(path, "re");
    int c;

    if (from == NULL)
        return false;
    while ((c = getc(from)) != EOF)
        putc(c, to);
    fclose(from);
    return true;
}

/* The dependency file that one compilation would have made, from those of all. */
static int join_dependencies(struct join *join)
{
    const struct job *job = join->job;
    size_t stem = strlen(job->output) - (has_suffix(job->output, ".o") ? 2 : 0);
    char *name = job->dependencies != NULL ? must_format("%s", job->dependencies)
                                           : must_format("%.*s.d", (int)stem, job->output);
    FILE *file = fopen(name, "we");
    bool well = file != NULL;

    for (size_t i = 0; i < join->scraps.n && well; i++) {
        if (has_suffix(join->scraps.word[i], ".d"))
            well = append_file(file, join->scraps.word[i]);
    }
    if (file != NULL && fclose(file) != 0)
        well = false;
    if (!well)
        say("cc: cannot write %s: %s", name, strerror(errno));
    free(name);
    return well ? 0 : EXIT_FAILED;
}

static int do_join(struct join *join)
{
    const struct words *inputs = &join->job->inputs;
    int status = 0;

    for (size_t i = 0; i < inputs->n && status == 0; i++) {
        if (is_source(inputs->word[i]))
            status = compile(join, inputs->word[i]);
        else
            add(&join->objects, inputs->word[i]);
    }
    if (status == 0)
        status = link_objects(join);
    if (status == 0 && join->job->makes_dependencies)
        status = join_dependencies(join);
    return status;
}

static bool join_open(struct join *join, const struct job *job)
{
    const char *directory = getenv("TMPDIR");

    *join = (struct join){.job = job};
    join->folder = must_format("%s/whorl-cc-XXXXXX",
                               directory != NULL && directory[0] != 0 ? directory : "/tmp");
    if (mkdtemp(join->folder) != NULL && signals_open(&join->signals) == 0)
        return true;
    say("cc: cannot create a temporary folder %s: %s", join->folder, strerror(errno));
    free(join->folder);
    return false;
}

static void join_close(struct join *join)
{
    for (size_t i = 0; i < join->scraps.n; i++)
        unlink(join->scraps.word[i]);
    rmdir(join->folder);
    free(join->folder);
    words_close(&join->objects);
    words_close(&join->scraps);
    if (join->signal != 0)
        signals_die(join->signal);
    signals_close(&join->signals);
}

static bool check_output(const struct job *job)
{
    if (job->output == NULL) {
        say("cc: several files make one object; -o must name it");
        return false;
    }
    if (is_one_of(job->output, (const char *const *)job->inputs.word, job->inputs.n)) {
        say("cc: %s cannot be input and output", job->output);
        return false;
    }
    return true;
}

static int compile_and_join(const struct job *job)
{
    struct join join;
    int status = EXIT_NOT_STARTED;

    if (check_output(job) && join_open(&join, job)) {
        status = do_join(&join);
        join_close(&join);
    }
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct job job = {.makes_object = true};
    int status = EXIT_NOT_STARTED;

    if (argc < 2)
        say("cc: no file to compile; see whorl %s --help", command->name);
    take_arguments(&job, argv);
    if (argc >= 2 && prepare_compiler(&job.compiler)) {
        bool joins = job.inputs.n > 1 || (job.inputs.n == 1 && !is_source(job.inputs.word[0]));

        status = joins && job.makes_object ? compile_and_join(&job) : compile_in_place(&job);
    }
    words_close(&job.compiler);
    words_close(&job.flags);
    words_close(&job.inputs);
    return status;
}

const struct command cc_command = {
    .name = "cc",
    .summary = "compile an extension",
    .usage = "[COMPILER FLAG]... FILE... [-o OBJECT]",
    .help =
        "Compiles C or assembly into an object that the kernel can load, with the headers of Whorl\n"
        "and of its C library. Several files become one object. Flags are the compiler's; yours\n"
        "come after the default ones and win, so -O0, -g, -fPIC or -std=gnu17 do what they say.\n"
        "-E, -S and -M work as with the compiler.\n"
        "\n"
        "  -o OBJECT    the object to make; NAME.o of a single NAME.c if not given\n"
        "\n"
        "WHORL_CC names another compiler than " COMPILER ".\n"
        "\n"
        "Exit status: the compiler's; 4 if it could not be run.\n",
    .run = run,
};
