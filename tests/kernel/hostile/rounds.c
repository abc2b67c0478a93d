/* See hostile.h. */
#include "tests/kernel/hostile/hostile.h"

#include <stdio.h>
#include <string.h>
#include <whorl/clock.h>

#include "domains/capability.h"
#include "tests/hostile/stage.h"

#define CAPABILITIES \
    3000 /* more than there will ever be at once, so that their table does not grow later */

static struct guest guests[TOGETHER_MAX], good;

static const struct hostile *named(const char *name)
{
    for (uint32_t i = 0; i < n_hostiles; i++)
        if (strcmp(hostiles[i].name, name) == 0)
            return &hostiles[i];
    return NULL;
}

/* ---- one round ---- */

static bool does_good(uint32_t seed)
{
    bool right;

    guest_begin(&good, named("well_behaved"), seed);

    guest_wait(&good);
    right = guest_did_as_expected(&good);
    if (right && good.result != OK) {
        printf("    #   well_behaved: %s\n", status_name(good.result));
        right = false;
    }
    right = guest_unload(&good) && right;
    return guest_join(&good) && right;
}

/* Raised once more when all are unloaded: only the suite's own procedures run. */
static bool is_empty(void)
{
    unsigned told = stage_n_told, asked = stage_n_asked;
    int answer;

    stage_told(1);
    answer = stage_asked(6);
    if (answer == 7 && stage_n_told == told + 1 && stage_n_asked == asked + 1)
        return true;
    printf("    #   the events of the suite are not what they were\n");
    return false;
}

static bool host(const struct hostile *const list[], unsigned n, uint32_t seed)
{
    bool right = true, ends = false;

    for (unsigned i = 0; i < n; i++) {
        guest_begin(&guests[i], list[i], random_next(&seed));
        ends = ends || list[i]->ends;
    }
    for (unsigned i = 0; i < n; i++)
        guests[i].may_end = ends;
    for (unsigned i = 0; i < n; i++)
        guest_wait(&guests[i]);
    for (unsigned i = 0; i < n; i++)
        right = guest_did_as_expected(&guests[i]) && right;
    for (unsigned i = 0; i < n; i++)
        right = guest_unload(&guests[i]) && right;
    for (unsigned i = 0; i < n; i++)
        right = guest_join(&guests[i]) && right;
    return right;
}

static bool round_of(const struct hostile *const list[], unsigned n, uint32_t seed)
{
    struct holdings before;
    bool right;

    printf("    # %08x:", (unsigned)seed);
    for (unsigned i = 0; i < n; i++)
        printf(" %s", list[i]->name);
    printf("\n");
    work_pause();
    holdings_measure(&before);
    work_go_on();
    right = host(list, n, seed);
    right = does_good(seed) && right;
    right = is_empty() && right;
    right = work_is_right() && right;
    work_pause();
    right = holdings_return(&before) && right;
    work_go_on();
    return right;
}

/* ---- many ---- */

/* A deck of all of them, dealt again when it is used up. */
static struct {
    uint16_t cards[256];
    uint32_t left;
} deck;

static const struct hostile *deal(uint32_t *seed)
{
    uint32_t i;
    uint16_t card;

    if (deck.left == 0)
        for (; deck.left < n_hostiles; deck.left++)
            deck.cards[deck.left] = (uint16_t)deck.left;
    i = random_next(seed) % deck.left--;
    card = deck.cards[i];
    deck.cards[i] = deck.cards[deck.left];
    return &hostiles[card];
}

/*
 * Two in three come with others; who unloads itself comes alone, since the suite calls it while it is there; so does who holds his caller, who would
 * not come to what others are to do.
 */
static unsigned choose(const struct hostile *list[], uint32_t *seed)
{
    unsigned n = 0, wanted = 1 + random_next(seed) % TOGETHER_MAX;

    while (n < wanted) {
        const struct hostile *hostile = deal(seed);

        if (hostile->outcome == OUTCOME_GONE || hostile->holds) {
            list[0] = hostile;
            return 1;
        }
        list[n++] = hostile;
    }
    return n;
}

static void __attribute__((constructor)) have_capabilities(void)
{
    static void *capabilities[CAPABILITIES];
    unsigned n = 0;

    while (n < CAPABILITIES && capability_create(CAPABILITY_CONSOLE, &deck, &capabilities[n]) == OK)
        n++;
    while (n > 0)
        capability_revoke(capabilities[--n]);
}

/* What is made once, on the first occasion, is made. */
static bool open(void)
{
    struct holdings once;

    if (stage_open() != OK || work_begin() != OK) {
        printf("    #   %s\n", status_explain());
        return false;
    }
    holdings_measure(&once);
    return does_good(1) && is_empty() && work_is_right();
}

static void close(void)
{
    work_end();
    stage_close();
}

bool hostile_rounds(uint32_t seed, unsigned n_rounds)
{
    const struct hostile *list[TOGETHER_MAX];
    bool right = open();

    deck.left = 0;
    printf("    # seed %08x, %u rounds, %u hostile extensions\n", (unsigned)seed, n_rounds,
           (unsigned)n_hostiles);
    for (unsigned i = 0; right && i < n_rounds; i++) {
        unsigned n = choose(list, &seed);

        right = round_of(list, n, random_next(&seed));
    }
    close();
    return right;
}

bool hostile_alone(uint32_t seed, const char *name)
{
    const struct hostile *hostile = named(name);
    bool right = hostile != NULL && open() && round_of(&hostile, 1, seed);

    close();
    return right;
}
