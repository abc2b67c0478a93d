/* Words of code under patches, and generated code that goes; see patch.h. */
#include "arch/ppc/code/encode.h"
#include "arch/ppc/code/reach.h"
#include "arch/ppc/code/write.h"
#include "domains/domain.h"
#include "kernel/event/code_source.h"
#include "kernel/event/splice.h"
#include "kernel/patch/patch_private.h"

uint32_t code_word_get(vaddr_t address)
{
    const struct site *site = site_at(address);

    return site != NULL ? site->word : splice_word(address);
}

/* b that stays b, and bl that stays bl. */
static bool is_same_branch(uint32_t one, uint32_t other)
{
    vaddr_t target;

    return code_target_of_b(one, 0, &target) && code_target_of_b(other, 0, &target) &&
           ((one ^ other) & WORD_LK) == 0;
}

static void retarget_all(struct site *site)
{
    if (site->body != NULL)
        body_retarget(site->body, site->word);
    for (struct patch *p = site->first; p != NULL; p = p->next)
        if (p->original != NULL)
            body_retarget(p->original->bare, site->word);
}

/* Replacements have bodies of their own with the word. */
static status_t remake_all(struct site *site)
{
    status_t status = change_remake(site);

    for (struct patch *p = site->first; status == OK && p != NULL; p = p->next)
        if (p->original != NULL)
            status = original_remake(site, p);
    return status;
}

bool code_word_store_shut(vaddr_t address, uint32_t word)
{
    const struct domain *domain = code_source_domain(address);

    if (domain == NULL || !domain->shut || domain->image.memory.text.bytes == NULL)
        return false;
    *(uint32_t *)image_bytes(&domain->image, address) = word;
    return true;
}

bool code_word_store(vaddr_t address, uint32_t word)
{
    return code_write(address, &word, 1) || code_word_store_shut(address, word);
}

bool code_word_put(vaddr_t address, uint32_t word)
{
    struct site *site = site_at(address);

    if (site == NULL)
        return code_word_store(address, word);
    if (word != site->word && !is_same_branch(word, site->word))
        return code_word_remake(address, word);
    site->word = word;
    retarget_all(site);
    return true;
}

bool code_word_remake(vaddr_t address, uint32_t word)
{
    struct site *site = site_at(address);
    uint32_t before = site->word;

    site->word = word;
    if (remake_all(site) == OK)
        return true;
    site->word = before;
    return false;
}

/* ---- many ---- */

struct words {
    vaddr_t address;
    uint32_t *words;
};

static void put_original(struct site *site, void *context)
{
    const struct words *words = context;

    words->words[(site->address - words->address) / 4] = site->word;
}

void code_words_original(vaddr_t address, uint32_t words[], size_t n)
{
    struct words context = {address, words};

    sites_each(address, n * 4, put_original, &context);
}

static void find_one(struct site *site, void *context)
{
    *(struct site **)context = site;
}

void patch_forget_code(vaddr_t start, size_t size)
{
    struct site *site;

    do {
        site = NULL;
        sites_each(start, size, find_one, &site);
        if (site != NULL)
            change_remove(site->first, true);
    } while (site != NULL);
}
