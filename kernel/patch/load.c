/* See load.h. */
#include "kernel/patch/load.h"

#include <stdio.h>
#include <string.h>

#include "arch/ppc/code/analysis/location.h"
#include "kernel/code_view.h"
#include "kernel/patch/patch_private.h"

static status_t locate(const char *text, vaddr_t *address)
{
    struct code_index *index;
    struct location location;
    status_t status = code_view_open(&index);

    if (status != OK)
        return status;
    status = code_locate(index, text, &location);
    if (status == OK)
        *address = location.address;
    code_index_close(index);
    return status;
}

/* Slots stand behind what the object has, and are not part of it. */
static vaddr_t end_of(const struct image *image)
{
    const struct segment *text = &image->memory.text;

    return image->islands[0] != 0 ? image->islands[0] : text->address + text->size;
}

static status_t find_words(const struct domain *domain, const uint32_t **words, size_t *n)
{
    const struct image *image = &domain->image;
    const struct symbol *symbol = symbol_find(&image->symbols, "patch", symbol_hash("patch"));
    vaddr_t first = image->memory.text.address, end = end_of(image);

    if (symbol != NULL) {
        if (symbol->value < first || symbol->value > end || symbol->value % 4 != 0)
            return status_refuse(ERR_BAD_ARGUMENT, "%s: patch is no place in its text",
                                 domain->name);
        first = symbol->value;
    }
    *words = (const uint32_t *)first;
    *n = (end - first + 3) / 4;
    return OK;
}

static status_t insert(struct domain *domain, const struct patch_wish *wish)
{
    const uint32_t *words = NULL;
    struct patch_view view;
    patch_t *patch;
    size_t n = 0;
    status_t status = find_words(domain, &words, &n);

    if (status == OK)
        status = patching_insert_code(domain, wish, words, n, &patch);
    if (status != OK)
        return status_context(status, domain->name);
    patch_look(patch, &view);
    printf("%s: patch %u, %u word%s before 0x%08x\n", domain->name, view.number, (unsigned)n,
           n == 1 ? "" : "s", (unsigned)view.site);
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

status_t patch_load(const struct patch_load_wish *wish, const struct loader_object *object)
{
    struct patch_wish place = {.options = wish->options};
    struct domain *domain;
    vaddr_t site = 0, near = 0;
    status_t status = locate(wish->site, &site);

    if (status == OK && wish->near != NULL)
        status = locate(wish->near, &near);
    if (status == OK)
        status = loader_load(&wish->terms, object, 1, &domain);
    if (status != OK)
        return status;
    place.site = (const void *)site;
    place.options.near = (const void *)near;
    status = insert(domain, &place);
    return status == OK ? OK : undo(domain, status);
}
