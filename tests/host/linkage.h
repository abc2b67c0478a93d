/*
 * A second opinion on linking: lays an object out anew by the rules of
 * domains/image/image.h and checks every byte of the image, and what every relocated
 * instruction now says, against the ABI's formulas.
 */
#ifndef TESTS_LINKAGE_H
#define TESTS_LINKAGE_H

#include "domains/domain.h"
#include "tests/host/object.h"

struct linkage_count {
    unsigned places, direct, absolute, veneers, entries;
};

/* domain is made of the object, resolved, and not sealed. Fails the test if something is wrong. */
struct linkage_count linkage_check(const struct object_file *object, struct domain *domain);

#endif
