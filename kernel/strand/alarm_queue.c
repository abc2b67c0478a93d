/* See alarm_queue.h. */
#include "kernel/strand/alarm_queue.h"

#include <stdbool.h>
#include <stddef.h>

static bool is_before(const struct alarm_entry *a, const struct alarm_entry *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

/* Two heaps, by their first entries, which have no siblings, as one. */
static struct alarm_entry *meld(struct alarm_entry *a, struct alarm_entry *b)
{
    struct alarm_entry *above = is_before(a, b) ? a : b, *below = above == a ? b : a;

    below->previous = above;
    below->next = above->child;
    if (above->child != NULL)
        above->child->previous = below;
    above->child = below;
    return above;
}

/* The siblings in pairs from the left, as a list in the other direction. */
static struct alarm_entry *meld_pairs(struct alarm_entry *entry)
{
    struct alarm_entry *list = NULL;

    while (entry != NULL) {
        struct alarm_entry *second = entry->next;
        struct alarm_entry *rest = second != NULL ? second->next : NULL;
        struct alarm_entry *both = second != NULL ? meld(entry, second) : entry;

        both->next = list;
        list = both;
        entry = rest;
    }
    return list;
}

/* One heap of all siblings; NULL of none. */
static struct alarm_entry *meld_siblings(struct alarm_entry *first)
{
    struct alarm_entry *list = meld_pairs(first), *all = list;

    if (list == NULL)
        return NULL;
    for (list = list->next; list != NULL;) {
        struct alarm_entry *rest = list->next;

        all = meld(all, list);
        list = rest;
    }
    all->next = all->previous = NULL;
    return all;
}

void alarm_queue_add(struct alarm_queue *queue, struct alarm_entry *entry)
{
    entry->order = queue->order++;
    entry->child = entry->next = entry->previous = NULL;
    queue->first = queue->first != NULL ? meld(queue->first, entry) : entry;
}

static void unlink_from_siblings(struct alarm_entry *entry)
{
    if (entry->previous->child == entry)
        entry->previous->child = entry->next;
    else
        entry->previous->next = entry->next;
    if (entry->next != NULL)
        entry->next->previous = entry->previous;
}

void alarm_queue_remove(struct alarm_queue *queue, struct alarm_entry *entry)
{
    struct alarm_entry *children = meld_siblings(entry->child);

    if (entry == queue->first)
        queue->first = children;
    else {
        unlink_from_siblings(entry);
        if (children != NULL)
            queue->first = meld(queue->first, children);
    }
}
