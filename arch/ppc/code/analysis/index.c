/* See index.h. Areas and procedures are sorted by address and found by halving. */
#include "arch/ppc/code/analysis/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/effects.h"
#include "arch/ppc/code/instruction.h"

#define COLD ".cold"
#define IMPORT_SIZE 4        /* of an import whose size is not said */
#define SCANS_MAX (1u << 22) /* words; a sane program's text is gone through about once */
#define NOT_FOUND SIZE_MAX
#define NAME_LENGTH_MAX 1024
#define OVERLAP_MAX 8 /* times the words of all code: what procedures may have together */

struct entry {
    struct procedure procedure;
    const struct code_name *name;
    size_t outer; /* the nearest one before it that ends behind it */
};

struct code_index {
    struct code_source source;
    struct code_area *areas;
    struct code_name *names;          /* by address, and the most telling first */
    const struct code_name **by_name; /* by name, owner and address */
    const struct code_name **labels;  /* of code, by address, one of each */
    struct entry *entries;
    size_t n_areas, n_names, n_labels, n_entries;
    size_t room_areas, room_names;
    uint32_t *pointers; /* words of data that are addresses of code */
    uint32_t n_pointers;
    vaddr_t first_code; /* of all areas, and the distance of the last byte from it */
    uint32_t code_extent;
    uint64_t words_left; /* that procedures may still have */
    uint32_t scans_left; /* words that may still be looked at to find parts */
};

/* ---- filling ---- */

/* Room for one more; *list is an array of n things of that size. */
static status_t make_room(void **list, size_t n, size_t *room, size_t size)
{
    size_t wanted = *room == 0 ? 64 : *room * 2;
    void *longer;

    if (n < *room)
        return OK;
    longer = realloc(*list, wanted * size);
    if (longer == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for an index of %u names", (unsigned)n);
    *list = longer;
    *room = wanted;
    return OK;
}

status_t code_index_add_area(struct code_index *index, const struct code_area *area)
{
    void *list = index->areas;
    status_t status = OK;

    if (area->size == 0)
        return OK;
    status = make_room(&list, index->n_areas, &index->room_areas, sizeof *area);
    if (status != OK)
        return status;
    index->areas = list;
    index->areas[index->n_areas] = *area;
    if (area->size > -area->address && area->address != 0)
        index->areas[index->n_areas].size = -area->address;
    index->n_areas++;
    return OK;
}

status_t code_index_add_name(struct code_index *index, const struct code_name *name)
{
    void *list = index->names;
    status_t status;

    if (strnlen(name->name, NAME_LENGTH_MAX + 1) > NAME_LENGTH_MAX) {
        if (name->owned)
            free((void *)name->name);
        return OK;
    }
    status = make_room(&list, index->n_names, &index->room_names, sizeof *name);

    if (status != OK)
        return status;
    index->names = list;
    index->names[index->n_names++] = *name;
    return OK;
}

/* ---- areas ---- */

static int compare_areas(const void *one, const void *other)
{
    const struct code_area *a = one, *b = other;

    return (a->address > b->address) - (a->address < b->address);
}

const struct code_area *code_index_area_at(const struct code_index *index, vaddr_t address)
{
    size_t low = 0, high = index->n_areas;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (index->areas[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && address - index->areas[low - 1].address < index->areas[low - 1].size
               ? &index->areas[low - 1]
               : NULL;
}

vaddr_t code_index_shown(const struct code_index *index, vaddr_t address)
{
    const struct code_area *area = code_index_area_at(index, address);

    return area != NULL ? area->shown + (address - area->address) : address;
}

bool code_index_is_relocated(const struct code_index *index)
{
    for (size_t i = 0; i < index->n_areas; i++)
        if (index->areas[i].shown != index->areas[i].address)
            return true;
    return false;
}

static const struct code_area *code_at(const struct code_index *index, vaddr_t address)
{
    const struct code_area *area = code_index_area_at(index, address);

    return area != NULL && area->code ? area : NULL;
}

/* ---- names ---- */

static int rank(const struct code_name *name)
{
    return (name->kind == NAME_PROCEDURE ? 0 : name->kind == NAME_IMPORT ? 2 : 4) + !name->global;
}

static int compare_addresses(const void *one, const void *other)
{
    const struct code_name *a = one, *b = other;

    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    if (a->kind == NAME_DATA || b->kind == NAME_DATA)
        return (a->kind == NAME_DATA) - (b->kind == NAME_DATA);
    if ((a->size != 0) != (b->size != 0))
        return a->size != 0 ? -1 : 1;
    return rank(a) != rank(b) ? rank(a) - rank(b) : strcmp(a->name, b->name);
}

static int compare_owners(const char *a, const char *b)
{
    return a == b ? 0 : a == NULL ? -1 : b == NULL ? 1 : strcmp(a, b);
}

static int compare_names(const void *one, const void *other)
{
    const struct code_name *a = *(const struct code_name *const *)one;
    const struct code_name *b = *(const struct code_name *const *)other;
    int order = strcmp(a->name, b->name);

    if (order == 0)
        order = compare_owners(a->owner, b->owner);
    return order != 0 ? order : (a->address > b->address) - (a->address < b->address);
}

/* The first whose name is not below the length first characters of a string. */
static size_t first_named(const struct code_index *index, const char *name, size_t length)
{
    size_t low = 0, high = index->n_names;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strncmp(index->by_name[middle]->name, name, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct code_name *code_index_named(const struct code_index *index, const char *name,
                                         size_t *cursor)
{
    size_t i = *cursor != 0 ? *cursor : first_named(index, name, strlen(name) + 1);

    if (i >= index->n_names || strcmp(index->by_name[i]->name, name) != 0)
        return NULL;
    *cursor = i + 1;
    return index->by_name[i];
}

/* ---- procedures ---- */

/* What surely begins something, and ends what has no size. */
static bool is_beginning(const struct code_name *name)
{
    return name->kind == NAME_PROCEDURE || name->kind == NAME_IMPORT ||
           (name->kind == NAME_LABEL && name->global);
}

/* Where a procedure without a size ends: at the next beginning, a local label only at any symbol. */
static vaddr_t next_symbol(const struct code_index *index, size_t label,
                           const struct code_area *area)
{
    const struct code_name *name = index->labels[label];

    for (size_t i = label + 1; i < index->n_labels; i++) {
        const struct code_name *next = index->labels[i];

        if (next->address - area->address >= area->size)
            break;
        if (is_beginning(next) || !is_beginning(name))
            return next->address;
    }
    return area->address + (area->size & ~3u);
}

static vaddr_t end_of(const struct code_index *index, size_t label)
{
    const struct code_name *name = index->labels[label];
    const struct code_area *area = code_at(index, name->address);
    uint32_t rest = (area->address + area->size - name->address) & ~3u;

    if (name->size >= 4)
        return name->address + ((name->size < rest ? name->size : rest) & ~3u);
    if (name->kind == NAME_IMPORT)
        return name->address + (IMPORT_SIZE < rest ? IMPORT_SIZE : rest);
    return next_symbol(index, label, area);
}

/* Of elsewhere, and never back from there. */
static bool never_returns(const char *name)
{
    static const char *const names[] = {
        "abort",    "exit",     "_exit",           "_Exit",         "quick_exit",
        "longjmp",  "_longjmp", "siglongjmp",      "__assert_func", "__assert_fail",
        "__assert", "panic",    "__stack_chk_fail"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void add_entry(struct code_index *index, const struct code_name *name, vaddr_t end)
{
    struct entry *entry = &index->entries[index->n_entries];
    size_t outer = index->n_entries;

    entry->procedure = (struct procedure){
        .name = name->name, .start = name->address, .end = end, .whole = name->address};
    entry->procedure.import = name->kind == NAME_IMPORT;
    entry->procedure.no_return = entry->procedure.import && never_returns(name->name);
    entry->name = name;
    outer = outer == 0 ? NOT_FOUND : outer - 1;
    while (outer != NOT_FOUND && index->entries[outer].procedure.end <= end)
        outer = index->entries[outer].outer;
    entry->outer = outer;
    index->n_entries++;
}

/*
 * Symbols may say that procedures overlap, as some do that fall into each other. Lest this makes a small
 * program endless, what exceeds all reason ends with the next one.
 */
static vaddr_t limit_overlap(struct code_index *index, size_t label, vaddr_t end)
{
    vaddr_t start = index->labels[label]->address;

    if ((end - start) / 4 > index->words_left && label + 1 < index->n_labels &&
        index->labels[label + 1]->address < end)
        end = index->labels[label + 1]->address;
    if ((end - start) / 4 <= index->words_left)
        index->words_left -= (end - start) / 4;
    return end;
}

static uint64_t count_words(const struct code_index *index)
{
    uint64_t n = 0;

    for (size_t i = 0; i < index->n_areas; i++)
        n += index->areas[i].code ? index->areas[i].size / 4 : 0;
    return n;
}

/* A label inside of what came before is an entry or a place of that, no procedure. */
static void find_procedures(struct code_index *index)
{
    vaddr_t covered = 0; /* the highest end so far */

    index->words_left = OVERLAP_MAX * count_words(index);
    for (size_t i = 0; i < index->n_labels; i++) {
        const struct code_name *name = index->labels[i];
        vaddr_t end;

        if (name->kind == NAME_LABEL && name->address < covered)
            continue;
        end = limit_overlap(index, i, end_of(index, i));
        add_entry(index, name, end);
        covered = end > covered ? end : covered;
    }
}

/* The most telling name of each word of code that has one. */
static void find_labels(struct code_index *index)
{
    for (size_t i = 0; i < index->n_names; i++) {
        const struct code_name *name = &index->names[i];
        const struct code_area *area = code_at(index, name->address);

        if (name->kind == NAME_DATA || area == NULL || name->address % 4 != 0 ||
            area->size - (name->address - area->address) < 4)
            continue;
        if (index->n_labels == 0 || index->labels[index->n_labels - 1]->address != name->address)
            index->labels[index->n_labels++] = name;
    }
}

/* The last one that starts at or below an address. */
static size_t find_start(const struct code_index *index, vaddr_t address)
{
    size_t low = 0, high = index->n_entries;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (index->entries[middle].procedure.start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NOT_FOUND : low - 1;
}

static struct entry *entry_at(const struct code_index *index, vaddr_t address)
{
    size_t i = find_start(index, address);

    while (i != NOT_FOUND && index->entries[i].procedure.end <= address)
        i = index->entries[i].outer;
    return i == NOT_FOUND ? NULL : &index->entries[i];
}

const struct code_name *code_index_name_at(const struct code_index *index, vaddr_t address)
{
    const struct entry *entry = entry_at(index, address);

    return entry != NULL ? entry->name : NULL;
}

bool code_index_print_name(const struct code_index *index, vaddr_t address, char *text, size_t size)
{
    const struct code_area *area = code_at(index, address);
    size_t low = 0, high = index->n_labels;
    const struct code_name *name;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (index->labels[middle]->address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (area == NULL || low == 0 || index->labels[low - 1]->address < area->address)
        return false;
    name = index->labels[low - 1];
    if (address == name->address)
        snprintf(text, size, "%s", name->name);
    else
        snprintf(text, size, "%s+0x%x", name->name, (unsigned)(address - name->address));
    return true;
}

/* ---- parts ---- */

/* The length of NAME in NAME.cold and NAME.cold.N; 0 if a name is none of these. */
static size_t length_of_whole(const char *name)
{
    const char *last = NULL, *rest;

    for (const char *at = strstr(name, COLD); at != NULL; at = strstr(at + 1, COLD))
        last = at;
    if (last == NULL)
        return 0;
    rest = last + sizeof COLD - 1;
    if (*rest == '.' && rest[1] != 0)
        rest += 1 + strspn(rest + 1, "0123456789");
    return *rest == 0 ? (size_t)(last - name) : 0;
}

enum kinship { STRANGERS, CALLS, BRANCHES };

/* Whether something of one procedure leads into another. */
static enum kinship kinship(struct code_index *index, const struct procedure *from,
                            const struct procedure *to)
{
    const struct code_area *area = code_at(index, from->start);
    enum kinship found = STRANGERS;

    for (vaddr_t at = from->start; at < from->end && index->scans_left > 0; at += 4) {
        struct successor successor;

        index->scans_left--;
        code_successor(code_word(area->bytes + (at - area->address)), at, &successor);
        if (successor.transfer != TRANSFER_DIRECT ||
            successor.target - to->start >= to->end - to->start)
            continue;
        if (!successor.links)
            return BRANCHES;
        found = CALLS;
    }
    return found;
}

/* Of the same file or domain; or global, and nobody knows of which file. */
static bool may_be_whole(const struct code_name *name, const struct code_name *part, size_t length)
{
    return name->name[length] == 0 && name->kind != NAME_IMPORT && name->kind != NAME_DATA &&
           (compare_owners(name->owner, part->owner) == 0 || (name->owner == NULL && name->global));
}

/* The one that branches there, else the one branched to, else the only one unless it calls the part. */
static void find_whole(struct code_index *index, struct procedure *part,
                       const struct code_name *part_name, size_t length)
{
    const struct procedure *target = NULL, *only = NULL;
    size_t i = first_named(index, part->name, length), n = 0;

    for (; i < index->n_names && strncmp(index->by_name[i]->name, part->name, length) == 0; i++) {
        const struct entry *entry = entry_at(index, index->by_name[i]->address);
        enum kinship leads;

        if (index->scans_left == 0)
            break;
        index->scans_left--;
        if (!may_be_whole(index->by_name[i], part_name, length) || entry == NULL ||
            entry->procedure.start != index->by_name[i]->address)
            continue;
        leads = kinship(index, &entry->procedure, part);
        if (leads == BRANCHES) {
            part->whole = entry->procedure.start;
            return;
        }
        n += leads == STRANGERS ? 1 : 2;
        only = &entry->procedure;
        if (target == NULL && kinship(index, part, &entry->procedure) == BRANCHES)
            target = &entry->procedure;
    }
    if (target != NULL)
        part->whole = target->start;
    else if (n == 1)
        part->whole = only->start;
}

static void find_parts(struct code_index *index)
{
    for (size_t i = 0; i < index->n_entries; i++) {
        struct entry *entry = &index->entries[i];
        size_t length = length_of_whole(entry->name->name);

        if (length != 0 && !entry->procedure.import)
            find_whole(index, &entry->procedure, entry->name, length);
    }
}

/* ---- the source ---- */

static bool read_words(void *context, vaddr_t address, uint32_t words[], size_t n)
{
    const struct code_area *area = code_at(context, address);
    uint32_t offset;

    if (area == NULL || address % 4 != 0)
        return false;
    offset = address - area->address;
    if (n > (area->size - offset) / 4)
        return false;
    for (size_t i = 0; i < n; i++)
        words[i] = code_word(area->bytes + offset + i * 4);
    return true;
}

static bool read_constant(void *context, vaddr_t address, uint32_t *word)
{
    const struct code_area *area = code_index_area_at(context, address);

    if (area == NULL || !area->constant || area->size - (address - area->address) < 4)
        return false;
    *word = code_word(area->bytes + (address - area->address));
    return true;
}

static bool find_procedure(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct entry *entry = entry_at(context, address);

    if (entry != NULL)
        *procedure = entry->procedure;
    return entry != NULL;
}

static bool find_next(void *context, vaddr_t address, struct procedure *procedure)
{
    const struct code_index *index = context;
    size_t i = address == 0 ? 0 : find_start(index, address - 1) + 1;

    if (i >= index->n_entries)
        return false;
    *procedure = index->entries[i].procedure;
    return true;
}

static bool read_pointer(void *context, uint32_t *cursor, uint32_t *value)
{
    const struct code_index *index = context;

    if (*cursor >= index->n_pointers)
        return false;
    *value = index->pointers[(*cursor)++];
    return true;
}

/* ---- pointers ---- */

/* Most words are none at a glance. */
static void find_extent(struct code_index *index)
{
    vaddr_t last = 0;

    index->first_code = UINT32_MAX;
    for (size_t i = 0; i < index->n_areas; i++) {
        const struct code_area *area = &index->areas[i];

        if (!area->code)
            continue;
        index->first_code = area->address < index->first_code ? area->address : index->first_code;
        last = area->address + (area->size - 1) > last ? area->address + (area->size - 1) : last;
    }
    index->code_extent = last - index->first_code;
}

static bool is_pointer(const struct code_index *index, const struct code_area *from, vaddr_t value)
{
    const struct code_area *code = code_at(index, value);
    size_t i;

    if (code == NULL || code->program == from->program)
        return code != NULL;
    i = find_start(index, value);
    return i != NOT_FOUND && index->entries[i].procedure.start == value;
}

/* Addresses of code in an area, whose number is returned; into list, unless that is NULL. */
static uint32_t list_pointers(const struct code_index *index, const struct code_area *area,
                              uint32_t *list)
{
    uint32_t n = 0;

    for (uint32_t at = -area->address & 3u;
         area->pointers && area->size - at >= 4 && at < area->size; at += 4) {
        uint32_t value = code_word(area->bytes + at);

        if (value - index->first_code > index->code_extent || !is_pointer(index, area, value))
            continue;
        if (list != NULL)
            list[n] = value;
        n++;
    }
    return n;
}

/* Few words are any, and they are asked for again and again. */
static status_t find_pointers(struct code_index *index)
{
    uint32_t n = 0;

    find_extent(index);
    for (size_t i = 0; i < index->n_areas; i++)
        n += list_pointers(index, &index->areas[i], NULL);
    index->pointers = malloc((size_t)n * sizeof *index->pointers + 1);
    if (index->pointers == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for %u pointers to code", (unsigned)n);
    for (size_t i = 0; i < index->n_areas; i++)
        index->n_pointers +=
            list_pointers(index, &index->areas[i], index->pointers + index->n_pointers);
    return OK;
}

/* ---- */

static status_t sort_names(struct code_index *index)
{
    index->by_name = malloc(index->n_names * sizeof *index->by_name + 1);
    index->labels = malloc(index->n_names * sizeof *index->labels + 1);
    index->entries = malloc(index->n_names * sizeof *index->entries + 1);
    if (index->by_name == NULL || index->labels == NULL || index->entries == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for an index of %u names",
                             (unsigned)index->n_names);
    if (index->n_names == 0)
        return OK;
    qsort(index->names, index->n_names, sizeof *index->names, compare_addresses);
    for (size_t i = 0; i < index->n_names; i++)
        index->by_name[i] = &index->names[i];
    qsort(index->by_name, index->n_names, sizeof *index->by_name, compare_names);
    return OK;
}

status_t code_index_sort(struct code_index *index)
{
    status_t status = sort_names(index);

    if (status != OK)
        return status;
    if (index->n_areas != 0)
        qsort(index->areas, index->n_areas, sizeof *index->areas, compare_areas);
    index->scans_left = SCANS_MAX;
    find_labels(index);
    find_procedures(index);
    find_parts(index);
    return find_pointers(index);
}

status_t code_index_open(struct code_index **index)
{
    struct code_index *opened = calloc(1, sizeof *opened);

    if (opened == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for an index of code");
    opened->source = (struct code_source){.context = opened,
                                          .words = read_words,
                                          .constant = read_constant,
                                          .procedure = find_procedure,
                                          .next = find_next,
                                          .pointer = read_pointer};
    *index = opened;
    return OK;
}

void code_index_close(struct code_index *index)
{
    for (size_t i = 0; i < index->n_areas; i++)
        if (index->areas[i].owned)
            free((void *)index->areas[i].bytes);
    for (size_t i = 0; i < index->n_names; i++)
        if (index->names[i].owned)
            free((void *)index->names[i].name);
    free(index->areas);
    free(index->names);
    free(index->by_name);
    free(index->labels);
    free(index->pointers);
    free(index->entries);
    free(index);
}

const struct code_source *code_index_source(const struct code_index *index)
{
    return &index->source;
}
