/* What unwind_test steps through of code that was compiled to be small. */
#ifndef TESTS_KERNEL_UNWIND_SMALL_H
#define TESTS_KERNEL_UNWIND_SMALL_H

void drill_small(void);

#endif
