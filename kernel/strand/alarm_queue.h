/*
 * Entries in the order of their times; those of the same time in the order in which they came. A pairing heap: adding takes the same time however
 * many there are, removing a logarithm of them in the long run.
 *
 * Source: Fredman, Sedgewick, Sleator, Tarjan: The Pairing Heap, 1986.
 */
#ifndef KERNEL_STRAND_ALARM_QUEUE_H
#define KERNEL_STRAND_ALARM_QUEUE_H

#include <stdint.h>

struct alarm_entry {
    uint64_t due;
    uint64_t order; /* rises from entry to entry */
    struct alarm_entry *child, *next;
    struct alarm_entry
        *previous; /* sibling, or the parent of a first child; NULL: of the first of all */
};

struct alarm_queue {
    struct alarm_entry *first; /* NULL: it is empty */
    uint64_t order;
};

/* `due` is set, and it is in no queue. */
void alarm_queue_add(struct alarm_queue *queue, struct alarm_entry *entry);

/* It is in this queue. */
void alarm_queue_remove(struct alarm_queue *queue, struct alarm_entry *entry);

#endif
