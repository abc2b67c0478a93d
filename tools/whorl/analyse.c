/* `whorl analyse`: how much of a file the analyses understand. */
#include "tools/whorl/analysis.h"

#include "arch/ppc/code/analysis/coverage.h"

#include <stdio.h>
#include <string.h>

static vaddr_t shown(const void *context, vaddr_t address)
{
    return code_index_shown(context, address);
}

/* Of procedures whose flow is incomplete, the first reason. */
static void explain(const struct analysis *analysis)
{
    const struct code_source *source = code_index_source(analysis->index);
    struct procedure procedure;
    const struct flow *flow;
    char text[256];
    uint32_t word;

    for (vaddr_t at = 0; source->next(source->context, at, &procedure) && procedure.start >= at;
         at = procedure.start + 1) {
        if (procedure.import || procedure.whole != procedure.start ||
            !source->constant(source->context, procedure.start, &word) ||
            program_flow(analysis->program, procedure.start, &flow) != OK || flow->complete)
            continue;
        flow_explain(flow, shown, analysis->index, text, sizeof text);
        printf("%s\t%s\n", procedure.name, text);
    }
}

static int show(const struct analysis *analysis, bool verbose)
{
    struct coverage coverage;

    if (program_calls(analysis->program) != OK ||
        coverage_measure(code_index_source(analysis->index), analysis->program, 0, UINT32_MAX,
                         &coverage) != OK)
        return analysis_refused(analysis);
    coverage_print(stdout, "", &coverage);
    if (verbose)
        explain(analysis);
    return finish_output();
}

static int run(const struct command *command, int argc, char **argv)
{
    bool verbose = argc == 3 && strcmp(argv[1], "-v") == 0;
    struct analysis analysis;
    int status;

    if (argc != 2 && !verbose)
        return wrong_usage(command);
    if (!analysis_open(&analysis, argv[argc - 1]))
        return EXIT_FAILED;
    status = show(&analysis, verbose);
    analysis_close(&analysis);
    return status;
}

const struct command analyse_command = {
    .name = "analyse",
    .summary = "print how much of a file's code is understood",
    .usage = "[-v] FILE",
    .help =
        "Prints shares of the code of an object, an archive of objects or the kernel image (but for\n"
        "boot/, whose code and data are one), one a line:\n"
        "\n"
        "  decode.percent         of the words of procedures, those that are instructions\n"
        "  flow.complete_percent  of the procedures, those whose flow is known completely\n"
        "  live.two_free_percent  of the instructions that control gets to, those before which two\n"
        "                         general registers and a CR field are free\n"
        "\n"
        "  -v                     also the procedures whose flow is incomplete, and why\n"
        "\n"
        "Exit status: 0; 1 if there is no such file; 4 for wrong usage.\n",
    .run = run,
};
