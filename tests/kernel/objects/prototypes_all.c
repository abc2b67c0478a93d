/*
 * Procedures and variables of many types, and a list of them by name, for a suite that asks what they are.
 * Joined with prototypes_more.c, which has some of the same names.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <whorl/domain.h>
#include <whorl/event.h>
#include <string.h>
#include <whorl/clock.h>
#include <whorl/memory.h>

#include "tests/kernel/objects/prototypes.h"

DOMAIN("prototypes");

struct packet {
    const void *bytes;
    size_t length;
};

struct state {
    int n;
};

union word {
    int number;
    char bytes[4];
};

struct nothing {
};

enum color { RED, GREEN };
enum deep { BELOW = -1, ABOVE };

typedef int number_t;

#define BODY                               \
    {                                      \
        __asm__ volatile("" ::: "memory"); \
    }
#define BODY_OF(type)                      \
    {                                      \
        static type zero;                  \
        __asm__ volatile("" ::: "memory"); \
        return zero;                       \
    }

#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wpsabi"

/* ---- events ---- */

EVENT void nothing_happened(void) BODY EVENT
    void udp_arrived(struct packet *packet, int port) BODY EVENT int summed(int a, int b)
        BODY_OF(int) EVENT bool asked(const char *name) BODY_OF(bool) EVENT struct state made(int n)
            BODY_OF(struct state) EVENT
    void mixed(signed char a, unsigned short b, short c, bool d, char e, long long f, double g,
               float h, struct packet i, union word j, enum color k, enum deep l, void *m,
               long double n) BODY EVENT uint64_t wide(uint32_t a, uint64_t b)
        BODY_OF(uint64_t) EVENT short narrow(void) BODY_OF(short) EVENT struct nothing
    empty(struct nothing a, int b) BODY_OF(struct nothing) EVENT
    void named(const char *text) BODY EVENT void one(int a) BODY EVENT
    void raw(void *bytes) BODY EVENT const char *texted(void) BODY_OF(const char *) EVENT
    int printed(const char *format, ...) BODY_OF(int) EVENT
    void many(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k, int l,
              int m, int n, int o, int p, int q, int r, int s, int t, int u, int v, int w,
              int x) BODY EVENT
    void too_many(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k,
                  int l, int m, int n, int o, int p, int q, int r, int s, int t, int u, int v,
                  int w, int x, int y) BODY EVENT void complex(int a, double _Complex z) BODY EVENT
    float _Complex complexly(void) BODY_OF(float _Complex) EVENT
    void vector(int __attribute__((vector_size(16))) v) BODY EVENT
    void listed(const char *format, va_list list) BODY EVENT
    void called(int (*compare)(const void *, const void *), int numbers[10]) BODY

    /* ---- handlers ---- */

    static void udp_handle(struct packet *packet, int port) BODY
    static void udp_handle_const(const struct packet *packet, number_t port) BODY
    static void udp_closure(struct state *state, struct packet *packet, int port) BODY
    static int udp_count(struct packet *packet)
        BODY_OF(int) static int udp_result(struct packet *packet, int port)
            BODY_OF(int) static void udp_unsigned(struct packet *packet, unsigned port) BODY
    static void udp_filter(struct packet **packet, int *port) BODY
    static void udp_filter_const(struct packet *const *packet, const int *port) BODY
    static void udp_filter_inner(const struct packet **packet, int *port) BODY
    static void udp_filter_closure(void *closure, struct packet **packet, int *port) BODY
    static void udp_no_closure(int closure, struct packet *packet, int port) BODY
    static void udp_three(int a, struct packet **packet, int *port) BODY
    static void udp_variadic(struct packet *packet, int port, ...) BODY
    static void handle(void) BODY static void handle_closure(void *closure) BODY
    static void handle_number(int n) BODY static int sum_handle(int a, int b)
        BODY_OF(int) static unsigned sum_unsigned(int a, int b)
            BODY_OF(unsigned) static void sum_void(int a, int b) BODY
    static void sum_filter(int *a, int *b) BODY static int sum_filter_result(int *a, int *b)
        BODY_OF(int) static long sum_filter_long(int *a, int *b)
            BODY_OF(long) static short sum_filter_short(int *a, int *b)
                BODY_OF(short) static void linear(uint32_t words[], size_t n) BODY
    static void linear_const(const uint32_t *words, unsigned n) BODY
    static void linear_closure(void *closure, uint32_t words[], size_t n) BODY
    static int linear_result(uint32_t words[], size_t n)
        BODY_OF(int) static void linear_signed(int *words, size_t n) BODY
    static void linear_short(uint32_t *words, uint16_t n) BODY static struct state
    make_handle(int n) BODY_OF(struct state) static void make_filter(int *n) BODY
    static char *text_handle(void) BODY_OF(char *) static void name_mutable(char *text) BODY

    /* ---- guards and post procedures ---- */

    static bool guard_udp(struct packet *packet, int port)
        BODY_OF(bool) static int guard_udp_int(const struct packet *packet, int port)
            BODY_OF(int) static bool guard_udp_closure(void *closure, struct packet *packet,
                                                       int port)
                BODY_OF(bool) static bool guard_nothing(void)
                    BODY_OF(bool) static unsigned char guard_closure(void *closure)
                        BODY_OF(unsigned char) static bool guard_state(struct state *closure)
                            BODY_OF(bool) static bool guard_number(int n)
                                BODY_OF(bool) static bool guard_udp_one(struct packet *packet)
                                    BODY_OF(bool) static enum color
    guard_enum(void) BODY_OF(enum color) static long long guard_wide(void)
        BODY_OF(long long) static void guard_void(void) BODY static void *guard_pointer(void)
            BODY_OF(void *) static float guard_float(void) BODY_OF(float) static struct state
    guard_struct(void) BODY_OF(struct state) static bool guard_name(const char *text) BODY_OF(bool)

    /* ---- result handlers ---- */

    static void fold(int *final, int result, bool last, void **argument, int a, int b) BODY
    static void fold_closure(void *closure, int *final, int result, bool last, void **argument,
                             int a, int b) BODY
    static void fold_unsigned(unsigned *final, int result, bool last, void **argument, int a,
                              int b) BODY
    static void fold_int_last(int *final, int result, int last, void **argument, int a, int b) BODY
    static void fold_argument(int *final, int result, bool last, int **argument, int a, int b) BODY
    static void fold_short(int *final, int result, bool last, void **argument, int a) BODY
    static int fold_int(int *final, int result, bool last, void **argument, int a, int b)
        BODY_OF(int) static void fold_struct(struct state *final, struct state result, bool last,
                                             void **argument, int n) BODY
    static void fold_nothing(bool last, void **argument) BODY
    static void fold_udp(bool last, void **argument, struct packet *packet, int port) BODY

    /* ---- names that are not what they seem ---- */

    static int twice(int a) BODY_OF(int)       /* in the other file of the same type */
    static int differently(int a) BODY_OF(int) /* in the other file of another type */
    static __attribute__((noipa)) int cloned(int a) __asm__("cloned.isra.0");
static int cloned(int a) BODY_OF(int) static void labelled(int a) __asm__("_Z8labelledi");
static void labelled(int a) BODY void alias_of_one(int a) __attribute__((alias("one")));
__asm__(".globl untyped_procedure\n.type untyped_procedure, @function\nuntyped_procedure: blr\n"
        ".size untyped_procedure, 4\n");
void static_label(void);
__asm__("static_label: nop\nblr\n");

/* ---- variables ---- */

int default_exported = 3;
static int default_static = 4;
static const int default_const = 5;
static unsigned default_unsigned;
static short default_short;
static const struct state default_state = {6};
static char *default_text;
static const char *default_const_text;
static int default_array[2];

#define ITEM(name) {#name, (procedure_t)name},
#define VARIABLE(name) {#name, &name},

struct prototype_item prototypes[] = {WHORL_FOR_EACH(ITEM, PROTOTYPES)};
struct prototype_variable prototype_variables[] = {WHORL_FOR_EACH(VARIABLE, PROTOTYPE_VARIABLES)};
