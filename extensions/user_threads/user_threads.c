/*
 * Threads with a scheduler of their own, beside the strands of everybody else: `threads rr N` divides the time of one strand equally among
 * N threads that compute, `threads lottery TICKETS...` by lots; both run for half a second and print what each has got. `threads start ...` leaves
 * them running, `threads stop` ends them.
 */
#include <stdlib.h>
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/event.h>
#include <whorl/shell.h>

#include "scheduler.h"

DOMAIN("user_threads");

EVENT_SIGNATURE(shell_command, status_t, int, char **);
EVENT_SIGNATURE(shell_help, void);

#define RUN_US 500000
#define USAGE "usage: threads [start] rr N | [start] lottery TICKETS... | stop"

static volatile bool ending;

static void compute(void)
{
    while (!ending)
        __asm__ volatile("");
}

static status_t stop(void)
{
    uint64_t ticks[THREADS_MAX], all = 0;
    uint32_t turns[THREADS_MAX];
    size_t n = n_threads;
    status_t status;

    if (n == 0)
        return status_refuse(ERR_STATE, "there are no threads");
    for (size_t i = 0; i < n; i++) {
        ticks[i] = threads[i].ticks;
        turns[i] = threads[i].n_turns;
        all += ticks[i];
    }
    ending = true;
    status = scheduler_end();
    for (size_t i = 0; i < n && all != 0; i++)
        console_print("thread %u: %u of 1000, %u turns\n", (unsigned)i,
                      (unsigned)(ticks[i] * 1000 / all), (unsigned)turns[i]);
    return status;
}

/* ---- the command ---- */

static status_t number(const char *word, unsigned most, unsigned *value)
{
    char *end;
    unsigned long parsed = strtoul(word, &end, 10);

    if (word[0] < '0' || word[0] > '9' || *end != 0 || parsed == 0 || parsed > most)
        return status_refuse(ERR_BAD_ARGUMENT, "%s: a number from 1 to %u", word, most);
    *value = (unsigned)parsed;
    return OK;
}

static status_t begin(policy_t *policy, size_t n)
{
    ending = false;
    return scheduler_begin(policy, n, compute);
}

static status_t begin_round_robin(int argc, char *argv[])
{
    unsigned n;
    status_t status;

    if (argc != 1)
        return status_refuse(ERR_BAD_ARGUMENT, USAGE);
    status = number(argv[0], THREADS_MAX, &n);
    return status == OK ? begin(policy_round_robin, n) : status;
}

static status_t begin_lottery(int argc, char *argv[])
{
    unsigned tickets[THREADS_MAX];

    if (argc < 1 || argc > THREADS_MAX || n_threads != 0)
        return status_refuse(ERR_BAD_ARGUMENT,
                             n_threads != 0 ? "there are threads already" : USAGE);
    for (int i = 0; i < argc; i++) {
        status_t status = number(argv[i], 1000000, &tickets[i]);

        if (status != OK)
            return status;
    }
    for (int i = 0; i < argc; i++)
        threads[i].tickets = tickets[i];
    return begin(policy_lottery, (size_t)argc);
}

static status_t begin_as_told(int argc, char *argv[])
{
    if (argc > 1 && strcmp(argv[0], "rr") == 0)
        return begin_round_robin(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[0], "lottery") == 0)
        return begin_lottery(argc - 1, argv + 1);
    return status_refuse(ERR_BAD_ARGUMENT, USAGE);
}

static status_t run(int argc, char *argv[])
{
    status_t status;

    if (argc == 2 && strcmp(argv[1], "stop") == 0)
        return stop();
    if (argc > 1 && strcmp(argv[1], "start") == 0)
        return begin_as_told(argc - 2, argv + 2);
    status = begin_as_told(argc - 1, argv + 1);
    if (status == OK)
        status = strand_sleep(RUN_US);
    return status == OK ? stop() : status;
}

static bool is_threads(int argc, char *argv[])
{
    (void)argc;
    return strcmp(argv[0], "threads") == 0;
}

static void help(void)
{
    shell_describe("threads", "rr N | lottery TICKETS...",
                   "divide time among threads by a scheduler of one's own");
}

status_t domain_init(void)
{
    binding_t *binding;
    status_t status = scheduler_initialize();

    if (status == OK)
        status = EVENT_INSTALL(shell_help, help, NULL, NULL, &binding);
    return status == OK ? EVENT_INSTALL(shell_command, run, is_threads, NULL, &binding) : status;
}
