/* wrong.c, as what may patch. */
#define WRONG_PRIVILEGED
#include "tests/kernel/objects/wrong.c"
