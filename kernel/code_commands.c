/* Commands about machine code: what it is, where it goes, what it needs. */
#include <stdio.h>
#include <string.h>

#include "arch/ppc/code/analysis/location.h"
#include "arch/ppc/code/analysis/report.h"
#include "kernel/code_view.h"
#include "kernel/shell.h"

/* Opens a view and finds a place in it; on failure nothing is open. */
static status_t find(const char *text, struct code_index **index, struct location *location)
{
    status_t status = code_view_open(index);

    if (status != OK)
        return status;
    status = code_locate(*index, text, location);
    if (status != OK)
        code_index_close(*index);
    return status;
}

/* ---- disas ---- */

static status_t disas(int argc, char **argv)
{
    struct code_index *index;
    struct location location;
    status_t status;

    if (argc != 2)
        return shell_usage(argv[0]);
    status = find(argv[1], &index, &location);
    if (status != OK)
        return status;
    report_words(stdout, index, location.address, location.procedure.end);
    code_index_close(index);
    return OK;
}
COMMAND(disas, "SYMBOL[+n]", "print the instructions of a procedure, or from a place in it on");

/* ---- flow, live, calls ---- */

/* A program of all code, with all that is known of it, and a place in it. */
struct look {
    struct code_index *index;
    struct program *program;
    struct location location;
};

static status_t look_open(const char *text, struct look *look)
{
    status_t status = find(text, &look->index, &look->location);

    if (status != OK)
        return status;
    status = program_open(code_index_source(look->index), &look->program);
    if (status != OK)
        goto close_index;
    status = program_calls(look->program);
    if (status == OK)
        return OK;
    program_close(look->program);
close_index:
    code_index_close(look->index);
    return status;
}

/* Has something shown of the place that a text names. */
static status_t look_at(const char *text, status_t (*show)(const struct look *look))
{
    struct look look;
    status_t status = look_open(text, &look);

    if (status != OK)
        return status;
    status = show(&look);
    program_close(look.program);
    code_index_close(look.index);
    return status;
}

static status_t show_flow(const struct look *look)
{
    const struct flow *flow;
    status_t status = program_flow(look->program, look->location.address, &flow);

    if (status == OK)
        report_flow(stdout, look->index, flow);
    return status;
}

static status_t show_dot(const struct look *look)
{
    const struct live *live;
    status_t status = program_live(look->program, look->location.address, &live);

    if (status == OK)
        report_dot(stdout, look->index, live->flow, live);
    return status;
}

static status_t flow(int argc, char **argv)
{
    bool dot = argc == 3 && strcmp(argv[1], "--dot") == 0;
    bool dot_behind = argc == 3 && strcmp(argv[2], "--dot") == 0;

    if (argc != 2 && dot == dot_behind)
        return shell_usage(argv[0]);
    return look_at(argv[dot ? 2 : 1], argc == 3 ? show_dot : show_flow);
}
COMMAND(flow, "FUNCTION [--dot]", "print blocks and edges of a procedure; --dot: for Graphviz");

static status_t show_live(const struct look *look)
{
    const struct live *live;
    status_t status = program_live(look->program, look->location.address, &live);

    if (status == OK)
        report_live(stdout, look->index, live, look->location.address);
    return status;
}

static status_t live(int argc, char **argv)
{
    return argc == 2 ? look_at(argv[1], show_live) : shell_usage(argv[0]);
}
COMMAND(live, "ADDRESS", "print what is live and what is free there (or at SYMBOL+n)");

static status_t show_calls(const struct look *look)
{
    report_calls(stdout, look->index, look->program, look->location.procedure.whole);
    return OK;
}

static status_t calls(int argc, char **argv)
{
    return argc == 2 ? look_at(argv[1], show_calls) : shell_usage(argv[0]);
}
COMMAND(calls, "FUNCTION", "print who calls a procedure, and whom it calls");
