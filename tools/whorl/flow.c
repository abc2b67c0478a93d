/* `whorl flow`: the flow graph of a procedure, as text, for Graphviz, or drawn by it. */
#define _GNU_SOURCE

#include "tools/whorl/analysis.h"
#include "tools/whorl/say.h"

#include "arch/ppc/code/analysis/report.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NO_PROGRAM 127

struct request {
    const char *path, *symbol;
    const char *picture; /* NULL: none is wanted */
    bool dot;
};

static bool take(struct request *request, const char *argument)
{
    if (argument[0] == '-')
        return false;
    if (request->path == NULL)
        request->path = argument;
    else if (request->symbol == NULL)
        request->symbol = argument;
    else
        return false;
    return true;
}

static bool parse(struct request *request, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--dot") == 0)
            request->dot = true;
        else if (strcmp(argv[i], "--svg") == 0 && i + 1 < argc)
            request->picture = argv[++i];
        else if (!take(request, argv[i]))
            return false;
    }
    return request->symbol != NULL && !(request->dot && request->picture != NULL);
}

/* Graphviz's dot, which reads what is written to *to. Negative: it cannot be run. */
static pid_t start_dot(const char *picture, FILE **to)
{
    char *option; /* with its value in one word, which may begin with a dash */
    int pipes[2];
    pid_t pid = -1;

    if (asprintf(&option, "-o%s", picture) < 0)
        return -1;
    if (pipe2(pipes, O_CLOEXEC) != 0)
        goto free_option;
    pid = fork();
    if (pid == 0) {
        dup2(pipes[0], STDIN_FILENO);
        execlp("dot", "dot", "-Tsvg", option, (char *)NULL);
        _exit(EXIT_NO_PROGRAM);
    }
    close(pipes[0]);
    *to = pid > 0 ? fdopen(pipes[1], "w") : NULL;
    if (*to == NULL)
        close(pipes[1]);
free_option:
    free(option);
    return pid;
}

static int finish_dot(pid_t pid, const char *picture)
{
    int status = -1;

    if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
        return EXIT_WELL;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_PROGRAM)
        say("flow: cannot run dot; tools/setup installs it, package graphviz");
    else
        say("flow: dot did not make %s", picture);
    return EXIT_FAILED;
}

static int draw(const struct analysis *analysis, const struct flow *flow, const struct live *live,
                const char *picture)
{
    FILE *to = NULL;
    pid_t pid;

    signal(SIGPIPE, SIG_IGN);
    pid = start_dot(picture, &to);
    if (to != NULL) {
        report_dot(to, analysis->index, flow, live);
        fclose(to);
    }
    return finish_dot(pid, picture);
}

static int show(const struct analysis *analysis, const struct request *request)
{
    const struct live *live;
    vaddr_t start;

    if (!analysis_find(analysis, request->symbol, &start))
        return EXIT_FAILED;
    if (program_calls(analysis->program) != OK ||
        program_live(analysis->program, start, &live) != OK)
        return analysis_refused(analysis);
    if (request->picture != NULL)
        return draw(analysis, live->flow, live, request->picture);
    if (request->dot)
        report_dot(stdout, analysis->index, live->flow, live);
    else
        report_flow(stdout, analysis->index, live->flow);
    return finish_output();
}

static int run(const struct command *command, int argc, char **argv)
{
    struct request request = {.path = NULL};
    struct analysis analysis;
    int status;

    if (!parse(&request, argc, argv))
        return wrong_usage(command);
    if (!analysis_open(&analysis, request.path))
        return EXIT_FAILED;
    status = show(&analysis, &request);
    analysis_close(&analysis);
    return status;
}

const struct command flow_command = {
    .name = "flow",
    .summary = "print or draw the flow graph of a procedure",
    .usage = "FILE SYMBOL [--dot | --svg PICTURE]",
    .help =
        "Prints the basic blocks of a procedure of an object, an archive of objects or the kernel\n"
        "image, where control goes between them and out of them, and what they call. In an object,\n"
        "addresses are offsets in the section. SOURCE!SYMBOL tells procedures of one name apart.\n"
        "\n"
        "  --dot          for Graphviz, with instructions and live registers of each block\n"
        "  --svg PICTURE  the same, drawn by Graphviz into a file\n"
        "\n"
        "Exit status: 0; 1 if there is no such file or procedure, or dot failed; 4 for wrong usage.\n",
    .run = run,
};
