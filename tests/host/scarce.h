/* A heap that runs out when a test says so. Link with --wrap of malloc, calloc, realloc and free. */
#ifndef TESTS_SCARCE_H
#define TESTS_SCARCE_H

#define SCARCE_FOREVER (-1L)

extern long scarce_left;   /* allocations that will be granted, or SCARCE_FOREVER */
extern long scarce_blocks; /* that are allocated */

#endif
