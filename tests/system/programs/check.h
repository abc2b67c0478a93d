/* What the programs here check with: each prints what is wrong, and counts it. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <whorl/status.h>

static int n_wrong;

/* The status of a call, and the sentence if it is not the one wanted. */
#define EXPECT(wanted, call)                                                              \
    do {                                                                                  \
        status_t got_ = (call);                                                           \
        if (got_ != (wanted)) {                                                           \
            printf("line %d: %s is %s, not %s: %s\n", __LINE__, #call, status_name(got_), \
                   status_name(wanted), status_explain());                                \
            n_wrong++;                                                                    \
        }                                                                                 \
    } while (0)

#define EXPECT_TRUE(condition)                                 \
    do {                                                       \
        if (!(condition)) {                                    \
            printf("line %d: not %s\n", __LINE__, #condition); \
            n_wrong++;                                         \
        }                                                      \
    } while (0)

#endif
