/* See site_table.h. */
#include "kernel/patch/site_table.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/reservation.h"
#include "arch/ppc/code/instruction.h"

#define BUCKETS 128 /* a power of two */

static struct site_table *buckets[BUCKETS];
static uint32_t now;
static size_t bytes_in_use;

static struct site_table **bucket_of(vaddr_t procedure)
{
    return &buckets[(procedure >> 2 ^ procedure >> 9) & (BUCKETS - 1)];
}

struct site_table *site_table_find(vaddr_t procedure)
{
    struct site_table *table = *bucket_of(procedure);

    while (table != NULL && table->procedure != procedure)
        table = table->next;
    if (table != NULL)
        table->used = ++now;
    return table;
}

bool site_table_word(const struct site_table *table, vaddr_t address, uint32_t *word)
{
    for (uint32_t i = 0; i < table->n_parts; i++) {
        const struct part *part = &table->parts[i];

        if (address - part->start < part->end - part->start) {
            *word = part->first_word + (address - part->start) / 4;
            return true;
        }
    }
    return false;
}

/* ---- giving back ---- */

static void discard(struct site_table **link)
{
    struct site_table *table = *link;

    *link = table->next;
    bytes_in_use -= table->bytes;
    free(table);
}

static void discard_oldest(void)
{
    struct site_table **oldest = NULL;

    for (size_t i = 0; i < BUCKETS; i++)
        for (struct site_table **link = &buckets[i]; *link != NULL; link = &(*link)->next)
            if (oldest == NULL || now - (*link)->used > now - (*oldest)->used)
                oldest = link;
    if (oldest != NULL)
        discard(oldest);
}

void site_table_forget(const struct domain *domain)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct site_table **link = &buckets[i]; *link != NULL;)
            if ((*link)->domain == domain)
                discard(link);
            else
                link = &(*link)->next;
}

void site_table_forget_all(void)
{
    for (size_t i = 0; i < BUCKETS; i++)
        while (buckets[i] != NULL)
            discard(&buckets[i]);
}

size_t site_table_memory(void)
{
    return bytes_in_use;
}

/* ---- making ---- */

/* Whether it comes back by its returns only, and every way through it is known. */
static bool is_leaf(const struct flow *flow)
{
    if (!flow->complete || flow->n_calls != 0)
        return false;
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        enum block_end end = flow->blocks[i].end;

        if (end != BLOCK_FALLS && end != BLOCK_BRANCHES && end != BLOCK_RETURNS &&
            end != BLOCK_SWITCHES)
            return false;
    }
    return true;
}

static void fill_reached(struct site_table *table, const struct live *live)
{
    for (uint32_t i = 0; i < live->flow->n_blocks; i++) {
        const struct block *block = &live->flow->blocks[i];
        uint32_t first;

        if (block->n_words == 0 || !site_table_word(table, block->start, &first))
            continue;
        live_in_block(live, block, table->live + first);
        memset(table->flags + first, SITE_IS_REACHED, block->n_words);
    }
}

static void mark_data(struct site_table *table, const struct jump_table *jumps)
{
    for (uint32_t i = 0; i < jumps->n; i++) {
        uint32_t word;

        if (site_table_word(table, jumps->address + 4 * i, &word) &&
            (table->flags[word] & SITE_IS_REACHED) == 0)
            table->flags[word] |= SITE_IS_DATA;
    }
}

/* False: no memory. */
static bool mark_reserved(struct site_table *table, const struct flow *flow)
{
    bool *held = calloc(flow->n_words, sizeof held[0]);

    if (held == NULL)
        return false;
    reservation_find(flow, held);
    for (uint32_t i = 0; i < flow->n_words; i++)
        if (held[i] || code_opcode(flow->words[i]) == OPCODE_LWARX)
            table->flags[i] |= SITE_IS_RESERVED;
    free(held);
    return true;
}

static bool fill(struct site_table *table, const struct live *live)
{
    const struct flow *flow = live->flow;
    struct summary summary;

    live_summarize(live, &summary);
    table->touches = summary.touches;
    table->leaf = is_leaf(flow);
    table->procedure = flow->procedure.start;
    table->n_parts = flow->n_parts;
    table->n_words = flow->n_words;
    memcpy(table->parts, flow->parts, sizeof table->parts);
    memcpy(table->words, flow->words, 4 * flow->n_words);
    memset(table->live, 0xff, flow->n_words * sizeof table->live[0]);
    memset(table->flags, 0, flow->n_words);
    fill_reached(table, live);
    for (uint32_t i = 0; i < flow->n_tables; i++)
        mark_data(table, &flow->tables[i]);
    return mark_reserved(table, flow);
}

struct site_table *site_table_make(const struct domain *domain, const struct live *live,
                                   uint32_t arguments)
{
    size_t n = live->flow->n_words;
    size_t bytes = sizeof(struct site_table) + n * (sizeof(struct register_set) + 5);
    struct site_table *table, **bucket;

    while (bytes_in_use != 0 && bytes_in_use + bytes > SITE_TABLES_MAX)
        discard_oldest();
    table = malloc(bytes);
    if (table == NULL)
        return NULL;
    table->domain = domain;
    table->bytes = bytes;
    table->used = ++now;
    table->live = (struct register_set *)(table + 1);
    table->words = (uint32_t *)(table->live + n);
    table->flags = (uint8_t *)(table->words + n);
    if (!fill(table, live)) {
        free(table);
        return NULL;
    }
    table->live[0].general |= arguments;
    bucket = bucket_of(table->procedure);
    table->next = *bucket;
    *bucket = table;
    bytes_in_use += bytes;
    return table;
}
