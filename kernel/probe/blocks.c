/* See blocks.h. */
#include "kernel/probe/blocks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/probe/probe.h"
#include "kernel/probe/site_text.h"

#define REASON_MAX 120

struct counted_block {
    vaddr_t start;
    uint32_t n_words;
    size_t patch;             /* in the probe's patches */
    char refused[REASON_MAX]; /* "": it is counted */
};

struct blocks {
    vaddr_t procedure;
    size_t n;
    struct counted_block blocks[];
};

/* ---- printing ---- */

static void print_block(const struct probe *probe, const struct counted_block *block)
{
    const struct blocks *blocks = probe->data;
    uint64_t count = 0;

    printf("         +0x%-5x %5u words  ", (unsigned)(block->start - blocks->procedure),
           (unsigned)block->n_words);
    if (block->refused[0] != 0) {
        printf("not counted: %s\n", block->refused);
        return;
    }
    if (patch_counted(probe->patches[block->patch].patch, &count) == OK)
        printf("%10" PRIu64 "\n", count);
    else
        printf("%s\n", status_explain());
}

static void print(const struct probe *probe)
{
    const struct blocks *blocks = probe->data;

    printf("%u of %u blocks\n", (unsigned)probe->n, (unsigned)blocks->n);
    for (size_t i = 0; i < blocks->n; i++)
        print_block(probe, &blocks->blocks[i]);
}

static void end(struct probe *probe)
{
    free(probe->data);
}

static const struct probe_type blocks_type = {"blocks", print, end};

/* ---- making ---- */

/* A refusal of the site concerns its block, any other all of them. */
static status_t count_block(struct probe *probe, struct counted_block *block)
{
    status_t status;

    block->patch = probe->n;
    status = probe_count(probe, block->start, false);
    if (status != ERR_UNSUPPORTED)
        return status;
    snprintf(block->refused, sizeof block->refused, "%s", status_explain());
    return OK;
}

static status_t count_blocks(struct probe *probe)
{
    struct blocks *blocks = probe->data;
    status_t status = OK;

    for (size_t i = 0; status == OK && i < blocks->n; i++)
        status = count_block(probe, &blocks->blocks[i]);
    return status;
}

static void take_blocks(const struct flow *flow, struct blocks *blocks)
{
    blocks->procedure = flow->procedure.start;
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];

        if (block->n_words != 0)
            blocks->blocks[blocks->n++] =
                (struct counted_block){.start = block->start, .n_words = block->n_words};
    }
}

static status_t make_probe(const struct site_look *look, const struct flow *flow,
                           struct probe **probe)
{
    struct blocks *blocks = calloc(1, sizeof *blocks + flow->n_blocks * sizeof blocks->blocks[0]);
    status_t status;

    if (blocks == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to count blocks");
    take_blocks(flow, blocks);
    status = probe_make(&blocks_type, look->name, blocks->n, blocks, probe);
    if (status != OK) {
        free(blocks);
        return status;
    }
    status = count_blocks(*probe);
    if (status == OK && (*probe)->n == 0)
        status = status_refuse(ERR_UNSUPPORTED, "no block of %s can be counted: %s", look->name,
                               blocks->n != 0 ? blocks->blocks[0].refused : "it has none");
    if (status != OK)
        return probe_abandon(*probe, status);
    probe_begin(*probe);
    return OK;
}

status_t blocks_make(const struct site_look *look, struct probe **probe)
{
    const struct flow *flow;
    status_t status = site_check_entry(look, "blocks");

    if (status == OK)
        status = site_flow(look, &flow);
    return status == OK ? make_probe(look, flow, probe) : status;
}
