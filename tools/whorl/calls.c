/* `whorl calls`: who calls a procedure, and whom it calls. */
#include "tools/whorl/analysis.h"

#include "arch/ppc/code/analysis/report.h"

#include <stdio.h>

static int show(const struct analysis *analysis, const char *symbol)
{
    vaddr_t start;

    if (!analysis_find(analysis, symbol, &start))
        return EXIT_FAILED;
    if (program_calls(analysis->program) != OK)
        return analysis_refused(analysis);
    report_calls(stdout, analysis->index, analysis->program, start);
    return finish_output();
}

static int run(const struct command *command, int argc, char **argv)
{
    struct analysis analysis;
    int status;

    if (argc != 3)
        return wrong_usage(command);
    if (!analysis_open(&analysis, argv[1]))
        return EXIT_FAILED;
    status = show(&analysis, argv[2]);
    analysis_close(&analysis);
    return status;
}

const struct command calls_command = {
    .name = "calls",
    .summary = "print who calls a procedure, and whom it calls",
    .usage = "FILE SYMBOL",
    .help =
        "Prints the edges of the call graph into and out of a procedure of an object, an archive of\n"
        "objects or the kernel image: calls, tail calls, where its address is taken, and calls\n"
        "through pointers, whose callees are not known. What an object imports is called by its name.\n"
        "\n"
        "Exit status: 0; 1 if there is no such file or procedure; 4 for wrong usage.\n",
    .run = run,
};
