/*
 * Admission: what the text of a domain without privilege must not have in it, whether control reaches it or not, since
 * a jump through a pointer may go to any word:
 *     - instructions that are privileged on the processors that there are (PEM 2.3 and 4.4.2.2), with any bits that
 *       do not matter to them;
 *     - direct branches that leave the text, but to imports; from the text of a patch, which goes on at its site, they may
 *       lead to its end;
 *     - words that binding an import could make into either.
 * Constants and jump tables in text are looked at as instructions, and may be refused.
 *
 * What is made of the imports' words later, by the linker alone, is not looked at, and need not be: such a word is a branch, which leads to the
 * import or to its slot, an immediate operand of an instruction that is harmless with any, or an address. So it is enough to look once, at an
 * image that is relocated and not bound.
 *
 * Portable and pure; main line only.
 */
#ifndef DOMAINS_IMAGE_ADMISSION_H
#define DOMAINS_IMAGE_ADMISSION_H

#include <stdbool.h>

#include <whorl/status.h>

#include "domains/image/image.h"

/* ERR_DENIED names the first that it finds, and says what is wrong: "name!symbol+0x1c: mtmsr r9 is privileged". */
status_t admission_check(const struct image *image, const char *name, bool patch);

/* The same of binding an import, of an image without privilege, to a value; all addresses of code and data are lower than ADMITTED_MAX. */
#define ADMITTED_MAX 0x20000000u
status_t admission_check_value(const struct image *image, const struct import *import,
                               vaddr_t value);

#endif
