/* See survey.h. */
#include "kernel/probe/survey.h"

#include <inttypes.h>

#include "arch/ppc/image.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/site.h"

#define N_WAYS (WAY_TRAP + 1)

static const char *const way_names[N_WAYS] = {
    [WAY_BRANCH] = "branch", [WAY_SPRINGBOARD] = "springboard", [WAY_TRAP] = "trap"};

struct survey {
    uint32_t n; /* words */
    uint32_t answers[N_SITE_ANSWERS];
    uint32_t unreached; /* accepted, though it is not seen how control gets there */
    uint32_t ways[N_WAYS];
    uint32_t general[33]; /* [n]: n general registers were saved */
    uint32_t condition, xer, lr, ctr;
    uint64_t body_bytes;
};

/* FNV-1a of the text as it stands in memory. */
static uint64_t checksum(void)
{
    uint64_t sum = 0xcbf29ce484222325u;

    for (const char *p = kernel_text_start; p < kernel_text_end; p++)
        sum = (sum ^ (uint8_t)*p) * 0x100000001b3u;
    return sum;
}

/* ---- one site ---- */

static void note(struct survey *survey, const struct patch_view *view)
{
    const struct register_set *saves = &view->saves;

    survey->ways[view->way]++;
    survey->general[__builtin_popcount(saves->general)]++;
    survey->condition += saves->condition != 0;
    survey->xer += (saves->special & SPECIAL_XER) != 0;
    survey->lr += (saves->special & SPECIAL_LR) != 0;
    survey->ctr += (saves->special & SPECIAL_CTR) != 0;
    survey->body_bytes += view->body_size;
}

static status_t fail(vaddr_t site, const char *what)
{
    return status_refuse(ERR_FAILED, "0x%08x: %s", (unsigned)site, what);
}

/* A procedure that is patched may be told apart by its name in the sentence that is there. */
static status_t try(struct survey *survey, vaddr_t site)
{
    struct site_facts facts;
    struct patch_view view;
    patch_t *patch;
    status_t status;

    site_find(site, &facts);
    survey->n++;
    survey->answers[facts.answer]++;
    status = patch_count((const void *)site, NULL, &patch);
    if (status == ERR_NO_MEMORY)
        return status;
    if (facts.answer != SITE_ACCEPTED)
        return status == ERR_UNSUPPORTED ? OK : fail(site, "it was to be refused, and was not");
    if (status != OK)
        return fail(site, "it was to be accepted, and was not");
    survey->unreached += !facts.reached;
    patch_look(patch, &view);
    note(survey, &view);
    return patch_remove(patch);
}

/* ---- printing ---- */

static void print_share(FILE *out, const char *name, uint32_t n, uint32_t of)
{
    uint64_t hundredths = of == 0 ? 0 : (uint64_t)n * 10000 / of;

    fprintf(out, "%10" PRIu32 "  %3" PRIu64 ".%02" PRIu64 " %%  %s\n", n, hundredths / 100,
            hundredths % 100, name);
}

static void print_answers(FILE *out, const struct survey *survey)
{
    uint32_t others = survey->n - survey->answers[SITE_EXCEPTION];

    fprintf(out, "%" PRIu32 " words of kernel text\n", survey->n);
    for (unsigned i = 0; i < N_SITE_ANSWERS; i++)
        print_share(out, site_answer_name((enum site_answer)i), survey->answers[i], survey->n);
    print_share(out, "accepted outside the exception path", survey->answers[SITE_ACCEPTED], others);
    print_share(out, "accepted though it is not seen how control gets there", survey->unreached,
                survey->n);
}

static void print_saves(FILE *out, const struct survey *survey)
{
    uint32_t n = survey->answers[SITE_ACCEPTED];
    char name[40];

    fprintf(out, "saved by counting patches\n");
    for (unsigned i = 0; i < 33; i++)
        if (survey->general[i] != 0) {
            snprintf(name, sizeof name, "%u general register%s", i, i == 1 ? "" : "s");
            print_share(out, name, survey->general[i], n);
        }
    print_share(out, "CR", survey->condition, n);
    print_share(out, "XER", survey->xer, n);
    print_share(out, "LR", survey->lr, n);
    print_share(out, "CTR", survey->ctr, n);
    if (n != 0)
        fprintf(out, "%10" PRIu64 "  bytes of body in the mean\n", survey->body_bytes / n);
}

static void print_ways(FILE *out, const struct survey *survey)
{
    fprintf(out, "ways to the body\n");
    for (unsigned i = 0; i < N_WAYS; i++)
        print_share(out, way_names[i], survey->ways[i], survey->answers[SITE_ACCEPTED]);
}

status_t survey_run(FILE *out)
{
    struct survey survey = {0};
    uint64_t before = checksum();
    status_t status = OK;

    for (vaddr_t site = IMAGE(kernel_text_start); status == OK && site < IMAGE(kernel_text_end);
         site += 4)
        status = try(&survey, site);
    if (status != OK)
        return status;
    print_answers(out, &survey);
    print_saves(out, &survey);
    print_ways(out, &survey);
    if (checksum() != before)
        return status_refuse(ERR_FAILED, "the kernel's text is not what it was before");
    fprintf(out, "text is what it was before: checksum %016" PRIx64 "\n", before);
    return OK;
}
