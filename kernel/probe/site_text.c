/* See site_text.h. */
#include "kernel/probe/site_text.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/image.h"
#include "domains/domain.h"
#include "kernel/code_view.h"
#include "kernel/interface.h"
#include "kernel/patch/site_program.h"

#define RETURN ":return"
#define TEXT_MAX 255

/* ---- opening ---- */

void site_close(struct site_look *look)
{
    code_index_close(look->index);
}

/* The sentence of a name that is not found is about what was written. */
static status_t locate(const struct code_index *index, const char *text, struct location *location)
{
    char identified[sizeof IDENTIFIED_PREFIX + TEXT_MAX];
    status_t status = code_locate(index, text, location);

    if (status != ERR_NOT_FOUND)
        return status;
    strcat(strcpy(identified, IDENTIFIED_PREFIX), text);
    status = code_locate(index, identified, location);
    return status == OK ? OK : code_locate(index, text, location);
}

static bool cut_return(char *text)
{
    size_t length = strlen(text), suffix = strlen(RETURN);

    if (length <= suffix || strcmp(text + length - suffix, RETURN) != 0)
        return false;
    text[length - suffix] = 0;
    return true;
}

static status_t refuse_part(const struct site_look *look, const char *what)
{
    char name[SITE_NAME_MAX];

    report_name(look->index, look->location.address, name);
    return status_refuse(ERR_RANGE, "%s is of a whole procedure, and none begins at %s%s", what,
                         name, look->returns && strcmp(what, RETURN) != 0 ? RETURN : "");
}

static status_t find(const char *text, struct site_look *look)
{
    char copy[TEXT_MAX + 1];
    status_t status;

    if (strlen(text) > TEXT_MAX)
        return status_refuse(ERR_BAD_ARGUMENT, "a site of more than %d characters", TEXT_MAX);
    strcpy(copy, text);
    look->returns = cut_return(copy);
    status = locate(look->index, copy, &look->location);
    if (status == OK && look->returns && !site_is_entry(look))
        status = refuse_part(look, RETURN);
    if (status != OK)
        return status;
    report_name(look->index, look->location.address, look->name);
    if (look->returns)
        strcat(look->name, RETURN);
    return OK;
}

status_t site_open(const char *text, struct site_look *look)
{
    status_t status = code_view_open(&look->index);

    if (status != OK)
        return status;
    status = find(text, look);
    if (status != OK)
        site_close(look);
    return status;
}

bool site_is_entry(const struct site_look *look)
{
    const struct procedure *procedure = &look->location.procedure;

    return look->location.address == procedure->start && procedure->start == procedure->whole;
}

status_t site_check_entry(const struct site_look *look, const char *what)
{
    return site_is_entry(look) && !look->returns ? OK : refuse_part(look, what);
}

/* The domain whose text an address is in, NULL: the kernel. False: it is generated code. */
static bool find_domain(vaddr_t address, const struct domain **domain)
{
    const struct symbol *symbol;
    struct domain *found;

    *domain = NULL;
    if (address - IMAGE(kernel_text_start) < IMAGE(kernel_text_end) - IMAGE(kernel_text_start))
        return true;
    if (!domain_at(address, &found, &symbol))
        return false;
    *domain = found;
    return true;
}

status_t site_flow(const struct site_look *look, const struct flow **flow)
{
    vaddr_t procedure = look->location.procedure.whole;
    struct site_program *program;
    const struct domain *domain;
    const struct live *live;
    status_t status;

    if (!find_domain(procedure, &domain))
        return status_refuse(ERR_UNSUPPORTED, "%s is generated code, which is not analysed",
                             look->name);
    program = site_program_get(domain, procedure);
    if (program == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to analyse %s", look->name);
    status = site_program_live(program, procedure, &live);
    if (status == OK)
        *flow = live->flow;
    return status;
}

/* ---- ways out ---- */

struct exits {
    const struct site_look *look;
    const struct flow *flow;
    struct probe_site *sites;
    size_t n;
};

/* "_restgpr_14_x" restores registers, takes the frame away, and returns. */
static bool is_helper(const struct code_index *index, vaddr_t address)
{
    const struct code_name *name = code_index_name_at(index, address);

    return name != NULL && name->address == address &&
           (strncmp(name->name, "_restgpr_", 9) == 0 ||
            strncmp(name->name, "_rest32gpr_", 11) == 0);
}

static bool is_branch(const struct successor *successor)
{
    return successor->transfer == TRANSFER_DIRECT || successor->transfer == TRANSFER_LINK ||
           successor->transfer == TRANSFER_COUNT;
}

static status_t refuse_end(const struct exits *exits, const struct block *block, vaddr_t address)
{
    char name[REPORT_NAME_MAX], target[REPORT_NAME_MAX];

    report_name(exits->look->index, address, name);
    if (block->target == 0)
        return status_refuse(ERR_UNSUPPORTED, "where %s leads to is not known", name);
    report_name(exits->look->index, block->target, target);
    return status_refuse(ERR_UNSUPPORTED, "%s leads to %s, which is no way out that can be told",
                         name, target);
}

static bool is_exit(const struct exits *exits, const struct block *block, struct probe_site *site)
{
    site->conditional = block->falls;
    switch (block->end) {
    case BLOCK_RETURNS:
        site->exit = EXIT_RETURN;
        return true;
    case BLOCK_LEAVES:
        site->exit = is_helper(exits->look->index, block->target) ? EXIT_HELPED : EXIT_TAIL;
        site->callee = block->target;
        return true;
    case BLOCK_TAIL_CALLS:
        site->exit = EXIT_TAIL;
        return true;
    default:
        return false;
    }
}

/*
 * A call as the last instruction of all does not come back, whatever is known of it: what stands behind it is another
 * procedure.
 */
static status_t add(struct exits *exits, const struct block *block)
{
    vaddr_t last = block->start + 4 * (block->n_words - 1);
    struct probe_site site = {.address = last};
    struct successor successor;
    bool leaves = is_exit(exits, block, &site);

    if (!leaves && block->end != BLOCK_ESCAPES && block->end != BLOCK_JUMPS &&
        block->end != BLOCK_BREAKS)
        return OK;
    if (block->n_words == 0)
        return refuse_end(exits, block, block->start);
    code_successor(flow_word(exits->flow, last), last, &successor);
    if (successor.links)
        return OK;
    if (!leaves || !is_branch(&successor))
        return refuse_end(exits, block, last);
    exits->sites[exits->n++] = site;
    return OK;
}

status_t site_exits(const struct site_look *look, struct probe_site **sites, size_t *n)
{
    struct exits exits = {.look = look};
    status_t status = site_flow(look, &exits.flow);

    if (status != OK)
        return status;
    exits.sites = calloc(exits.flow->n_blocks + 1, sizeof *exits.sites);
    if (exits.sites == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for the ways out of a procedure");
    for (uint32_t i = 0; status == OK && i < exits.flow->n_blocks; i++)
        status = add(&exits, &exits.flow->blocks[i]);
    if (status == OK && exits.n == 0)
        status = status_refuse(ERR_RANGE, "%s never returns", exits.flow->procedure.name);
    if (status != OK) {
        free(exits.sites);
        return status;
    }
    *sites = exits.sites;
    *n = exits.n;
    return OK;
}

status_t site_list(const struct site_look *look, struct probe_site **sites, size_t *n)
{
    struct probe_site *one;

    if (look->returns)
        return site_exits(look, sites, n);
    one = calloc(1, sizeof *one);
    if (one == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a site");
    one->address = look->location.address;
    *sites = one;
    *n = 1;
    return OK;
}
