/* The flattened device tree, kept for good, and the command that prints it. */
#ifndef KERNEL_DEVICE_TREE_H
#define KERNEL_DEVICE_TREE_H

/* Copies the tree into pages. Panics if it cannot. Called once. */
void device_tree_keep(const void *tree);

#endif
