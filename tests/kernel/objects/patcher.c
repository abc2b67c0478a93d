/* Makes patches of its own, for who asks; its handler counts, and one of its procedures can be patched. */
#include <stdint.h>
#include <whorl/domain.h>
#include <whorl/patch.h>

DOMAIN("patcher");

#define ALONE __attribute__((noipa))

uint32_t patcher_counter;

status_t patcher_insert(const void *site, procedure_t handler, void *closure, patch_t **patch);
status_t patcher_insert_code(const void *site, const uint32_t words[], size_t n, patch_t **patch);
status_t patcher_count(const void *site, patch_t **patch);
status_t patcher_replace(procedure_t procedure, procedure_t replacement, patch_t **patch);
void patcher_note(void *closure, uint32_t site);
void patcher_fault(void *closure, uint32_t site);
int patcher_subject(int n);

status_t patcher_insert(const void *site, procedure_t handler, void *closure, patch_t **patch)
{
    return patch_insert(site, handler, closure, NULL, patch);
}

status_t patcher_insert_code(const void *site, const uint32_t words[], size_t n, patch_t **patch)
{
    return patch_insert_code(site, words, n, NULL, patch);
}

status_t patcher_count(const void *site, patch_t **patch)
{
    return patch_count(site, NULL, patch);
}

status_t patcher_replace(procedure_t procedure, procedure_t replacement, patch_t **patch)
{
    return patch_replace(procedure, replacement, patch);
}

ALONE void patcher_note(void *closure, uint32_t site)
{
    (void)closure;
    (void)site;
    patcher_counter++;
}

ALONE void patcher_fault(void *closure, uint32_t site)
{
    patcher_counter++;
    *(volatile uint32_t *)closure = site;
}

ALONE int patcher_subject(int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        sum += i ^ (int)patcher_counter * 0;
    return sum;
}
