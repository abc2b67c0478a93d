/* See code.h. */
#include "kernel/probe/code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/patch/patch.h"
#include "kernel/probe/probe.h"
#include "kernel/probe/site_text.h"

struct text {
    const char *domain;
    const uint32_t *words;
    size_t n;
};

static void print_code(const struct probe *probe)
{
    const struct text *text = probe->data;

    printf("%u word%s of %s\n", (unsigned)text->n, text->n == 1 ? "" : "s", text->domain);
}

static void end_code(struct probe *probe)
{
    free(probe->data);
}

static const struct probe_type code_type = {"code", print_code, end_code};

/* ---- what is executed ---- */

/* Slots stand behind what the object has, and are not part of it. */
static vaddr_t end_of(const struct image *image)
{
    const struct segment *text = &image->memory.text;

    return image->islands[0] != 0 ? image->islands[0] : text->address + text->size;
}

static status_t find_text(const struct domain *domain, struct text *text)
{
    const struct image *image = &domain->image;
    const struct symbol *symbol = symbol_find(&image->symbols, "patch", symbol_hash("patch"));
    vaddr_t first = image->memory.text.address, end = end_of(image);

    if (symbol != NULL) {
        if (symbol->value < first || symbol->value > end || symbol->value % 4 != 0)
            return status_refuse(ERR_BAD_ARGUMENT, "patch is no place in its text");
        first = symbol->value;
    }
    text->words = (const uint32_t *)first;
    text->n = (end - first + 3) / 4;
    return OK;
}

/* For the probe, which may be listed when the domain is gone. */
static status_t keep_text(const struct domain *domain, struct text **text)
{
    struct text *kept = malloc(sizeof *kept + strlen(domain->name) + 1);
    status_t status;

    if (kept == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a probe");
    kept->domain = strcpy((char *)(kept + 1), domain->name);
    status = find_text(domain, kept);
    if (status != OK)
        free(kept);
    else
        *text = kept;
    return status;
}

/* ---- where ---- */

struct places {
    char name[SITE_NAME_MAX];
    struct probe_site *sites;
    size_t n;
    const void *near;
};

static status_t find_near(const char *text, const void **near)
{
    struct site_look look;
    status_t status = site_open(text, &look);

    if (status != OK)
        return status;
    *near = (const void *)look.location.address;
    site_close(&look);
    return OK;
}

/* Before anything is loaded, for a look does not outlast that. */
static status_t find_places(const struct code_wish *wish, struct places *places)
{
    struct site_look look;
    status_t status = OK;

    places->near = NULL;
    if (wish->near != NULL)
        status = find_near(wish->near, &places->near);
    if (status == OK)
        status = site_open(wish->site, &look);
    if (status != OK)
        return status;
    strcpy(places->name, look.name);
    status = site_list(&look, &places->sites, &places->n);
    site_close(&look);
    return status;
}

/* ---- making ---- */

static status_t insert(struct probe *probe, struct domain *domain, const struct code_wish *wish,
                       const struct places *places)
{
    const struct text *text = probe->data;
    struct patch_options options = wish->options;
    status_t status = OK;

    options.near = places->near;
    for (size_t i = 0; status == OK && i < places->n; i++) {
        options.taken = wish->options.taken || places->sites[i].conditional;
        status =
            probe_code(probe, places->sites[i].address, domain, text->words, text->n, &options);
    }
    return status;
}

static status_t begin(struct domain *domain, const struct code_wish *wish,
                      const struct places *places, struct probe **probe)
{
    struct text *text = NULL;
    status_t status = keep_text(domain, &text);

    if (status != OK)
        return status_context(status, domain->name);
    status = probe_make(&code_type, places->name, places->n, text, probe);
    if (status != OK) {
        free(text);
        return status;
    }
    status = insert(*probe, domain, wish, places);
    if (status != OK)
        return probe_abandon(*probe, status_context(status, domain->name));
    probe_begin(*probe);
    return OK;
}

/* Keeps the refusal that led here. */
static status_t undo(struct domain *domain, status_t reason)
{
    static char sentence[STATUS_SENTENCE_MAX];

    strcpy(sentence, status_explain());
    if (domain_end(&domain, 1) != OK)
        return status_context(reason, sentence);
    return status_refuse(reason, "%s", sentence);
}

status_t code_make(const struct code_wish *wish, const struct loader_object *object,
                   struct probe **probe)
{
    struct places places;
    struct domain *domain;
    status_t status = find_places(wish, &places);

    if (status != OK)
        return status;
    status = loader_load(&wish->terms, object, 1, &domain);
    if (status == OK) {
        status = begin(domain, wish, &places, probe);
        if (status != OK)
            status = undo(domain, status);
    }
    free(places.sites);
    return status;
}
