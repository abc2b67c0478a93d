/* The work: strands that compute check sums of texts that they print into pieces of the heap, with a known result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/lock.h>

#include "tests/kernel/hostile/hostile.h"

#define WORKERS 2
#define LINES 20
#define SIZE 2048

static struct worker {
    strand_t *strand;
    mutex_t *mutex; /* it computes */
    uint32_t number, expected;
    volatile uint32_t n_right, n_wrong;
    uint32_t n_seen; /* of n_right, when it was last looked at */
} workers[WORKERS];

static volatile bool ending;

/* Adler's sum, over what newlib prints and copies. */
static uint32_t sum_of(const char *text)
{
    uint32_t a = 1, b = 0;

    for (; *text != 0; text++) {
        a = (a + (uint8_t)*text) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static uint32_t compute(uint32_t number)
{
    char *text = calloc(1, SIZE);
    uint32_t seed = number + 1, sum;

    if (text == NULL)
        return 0;
    for (unsigned i = 0; i < LINES; i++) {
        char *copy, line[60];

        snprintf(line, sizeof line, "%u: %08x %s\n", i, (unsigned)random_next(&seed),
                 "what is right stays right");
        copy = strdup(line);
        if (copy != NULL)
            strcat(text, copy);
        free(copy);
    }
    sum = sum_of(text);
    free(text);
    return sum;
}

static void work(void *closure)
{
    struct worker *worker = closure;

    while (!ending) {
        bool right;

        (void)mutex_lock(worker->mutex);
        right = compute(worker->number) == worker->expected;
        *(right ? &worker->n_right : &worker->n_wrong) += 1;
        (void)mutex_unlock(worker->mutex);
    }
}

status_t work_begin(void)
{
    ending = false;
    for (unsigned i = 0; i < WORKERS; i++) {
        struct worker *worker = &workers[i];
        status_t status = mutex_create(&worker->mutex);

        worker->number = i;
        worker->expected = compute(i);
        worker->n_right = worker->n_wrong = worker->n_seen = 0;
        if (status == OK)
            status = strand_create(work, worker, &(struct strand_options){.name = "work"},
                                   &worker->strand);
        if (status != OK)
            return status;
    }
    return OK;
}

void work_end(void)
{
    ending = true;
    for (unsigned i = 0; i < WORKERS; i++) {
        (void)strand_join(workers[i].strand);
        (void)mutex_destroy(workers[i].mutex);
    }
}

void work_pause(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        (void)mutex_lock(workers[i].mutex);
}

void work_go_on(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        (void)mutex_unlock(workers[i].mutex);
}

static bool is_right(struct worker *worker)
{
    bool right = worker->n_wrong == 0 && worker->n_right != worker->n_seen;

    if (!right)
        printf("    #   work %u: %u right, %u of them before, %u wrong\n", (unsigned)worker->number,
               (unsigned)worker->n_right, (unsigned)worker->n_seen, (unsigned)worker->n_wrong);
    worker->n_seen = worker->n_right;
    return right;
}

bool work_is_right(void)
{
    bool right = true;

    for (unsigned i = 0; i < WORKERS; i++)
        right = is_right(&workers[i]) && right;
    return right;
}
