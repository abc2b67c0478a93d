# What extensions do wrong is cut off where they were called; they are quarantined, and the rest goes on.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
}

# server, with procedures of each kind of result; what is wrong happens in fail().
server()
{
    extension server -w <<C
$1
struct pair { int a, b, c, d; };
static int table[4] = {1, 2, 3, 4};
static int APART fail(int n);
#define CALLED __attribute__((noinline, noclone))
CALLED status_t server_status(int n) { return fail(n) == 12345 ? ERR_BUSY : OK; }
CALLED int server_number(int n) { return fail(n) + n; }
CALLED long long server_long(int n) { return (long long)fail(n) << 33 | 7; }
CALLED const char *server_name(int n) { return fail(n) == 12345 ? "one" : "other"; }
CALLED struct pair server_pair(int n) { struct pair p = {fail(n), n, n, n}; return p; }
CALLED void server_quiet(int n) { table[n & 3] = fail(n); }
CALLED int server_leaf(int *p) { return *p; }
INTERFACE(Server, server_status, server_number, server_long, server_name, server_pair, server_quiet, server_leaf);
EXPORT_INTERFACE("server", Server);
status_t domain_init(void) { return OK; }
C
}

# client: calls all of them with every register that calls keep in use.
client()
{
    extension client -O2 <<'C'
IMPORT_DOMAIN("server");
struct pair { int a, b, c, d; };
status_t server_status(int n);
int server_number(int n);
long long server_long(int n);
const char *server_name(int n);
struct pair server_pair(int n);
void server_quiet(int n);
int server_leaf(int *p);
static volatile int one = 1;

/* More values live across the call than the eighteen registers that are kept. */
#define KEPT(call) do { \
    int v[20]; \
    for (int i = 0; i < 20; i++) v[i] = i * 77 * one; \
    int a = v[0] + one, b = v[1] * 3 + one, c = v[2] ^ 5 * one, d = v[3] + 7 * one, e = v[4] - one, f = v[5] * one, g = v[6] + 9 * one, \
        h = v[7] + one, i2 = v[8] - 3 * one, j = v[9] * 5 * one, k = v[10] + one, l = v[11] + 2 * one, m = v[12] + 3 * one, n2 = v[13] * one, \
        o = v[14] + one, p = v[15] + 4 * one, q = v[16] + one; \
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h), "+r"(i2), "+r"(j)); \
    __asm__ volatile("" : "+r"(k), "+r"(l), "+r"(m), "+r"(n2), "+r"(o), "+r"(p), "+r"(q)); \
    int before = a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i2 + 10 * j + 11 * k + 12 * l + 13 * m + 14 * n2 + 15 * o + 16 * p + 17 * q; \
    call; \
    int after = a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i2 + 10 * j + 11 * k + 12 * l + 13 * m + 14 * n2 + 15 * o + 16 * p + 17 * q; \
    if (before != after) console_print("registers differ\n"); } while (0)

status_t domain_init(void)
{
    for (int n = 0; n < 2; n++) {
        KEPT(console_print("status %d\n", (int)server_status(n)));
        KEPT(console_print("number %d\n", server_number(n)));
        KEPT(console_print("long %lld\n", server_long(n)));
        KEPT(console_print("name %p\n", (const void *)server_name(n)));
        KEPT(server_quiet(n));
        KEPT(console_print("leaf %d\n", server_leaf(NULL)));
        KEPT(struct pair two = server_pair(n); console_print("pair %d\n", two.a * 0));
    }
    return OK;
}
C
}

@test "contain: a call of another domain that faults returns an error or nothing, with the caller's registers" {
    server '#define APART __attribute__((noinline, noclone))
static int fail(int n);
static int APART fail(int n) { return *(volatile int *)(n * 0) + n; }'
    client
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/server.o -x $t/client.o -c domains -c 'unload client' -c 'unload server' -c mem
        expect_status 0
        expect_count 2 '^status -11$'
        expect_count 2 '^number 0$'
        expect_count 2 '^long 0$'
        expect_count 2 '^name (0|\(nil\)|0x0)$'
        expect_count 2 '^leaf 0$'
        expect_no_line 'registers differ'
        expect_line '^server +quarantined '
        expect_line '^    in quarantine: data storage exception .* server!fail\+.*: load from 0x00000000'
        expect_line '^client +initialized '
        expect_stderr_count 1 '^fault: '
        expect_stderr_line '^  server is quarantined; strand shell, where the call returns to 0x[0-9a-f]{8} client!domain_init'
        expect_same_memory 2
    done
}

# hub: an event with a result, one without, and commands that raise them; the raiser checks registers that it keeps.
hub()
{
    extension hub <<'C'
#include <whorl/event.h>
#include <whorl/shell.h>
DOMAIN("hub");
EVENT int __attribute__((noipa)) hub_ask(int n) { return n; }
EVENT status_t __attribute__((noipa)) hub_try(int n) { (void)n; return OK; }
EVENT void __attribute__((noipa)) hub_told(int n) { (void)n; }
INTERFACE(Hub, hub_ask, hub_try, hub_told);
EXPORT_INTERFACE("hub", Hub);
static status_t command(int argc, char *argv[])
{
    int n = argc > 1 ? atoi(argv[1]) : 0;
    for (int i = 0; i < 3; i++) {
        hub_told(n);
        console_print("ask %d try %d\n", hub_ask(n), (int)hub_try(n));
    }
    return OK;
}
static bool is_raise(int argc, char *argv[]) { (void)argc; return strcmp(argv[0], "raise") == 0; }
status_t domain_init(void)
{
    binding_t *binding;
    return event_install((procedure_t)shell_command, (procedure_t)command, (procedure_t)is_raise, NULL, &binding);
}
C
}

# handlers NAME BODY: counts what it is told, answers n + 100; BODY runs in each handler first.
handlers()
{
    extension $1 -w <<C
#include <whorl/event.h>
#include <whorl/shell.h>
IMPORT_DOMAIN("hub");
int hub_ask(int n);
status_t hub_try(int n);
void hub_told(int n);
static volatile int told;
static volatile int *volatile nothing;
static int deeper(volatile char *p) { volatile char room[300]; room[0] = *p; return deeper(room) + room[0]; }
static void wrong(int n) { $2; }
static int ask(int n) { wrong(n); return n + 100; }
static status_t try(int n) { wrong(n); return OK; }
static void tell(int n) { wrong(n); told++; }
static void show(void) { console_print("$1: told %d\n", told); }
status_t domain_init(void)
{
    binding_t *binding;
    status_t status = event_install((procedure_t)hub_told, (procedure_t)tell, NULL, NULL, &binding);
    if (status == OK) status = event_install((procedure_t)hub_ask, (procedure_t)ask, NULL, NULL, &binding);
    if (status == OK) status = event_install((procedure_t)hub_try, (procedure_t)try, NULL, NULL, &binding);
    return status == OK ? event_install((procedure_t)shell_help, (procedure_t)show, NULL, NULL, &binding) : status;
}
C
}

@test "contain: an event goes on behind a handler that faults in any way, and the others of the domain are not called again" {
    hub
    handlers good ''
    handlers other ''
    while IFS='|' read -r name pattern body; do
        handlers $name "$body"
        names+=($name)
        patterns+=("$pattern")
        arguments+=(-x $t/$name.o -c 'raise 7' -c "unload $name")
    done <<'END'
null_load|load from 0x00000000|n = *nothing
in_frame|load from 0x00000000|volatile char room[200]; room[3] = n; n = *nothing + room[3]
in_library|load from 0x00000010|n = strlen((char *)16); __asm__ volatile("" : : "r"(n))
wild_store|store to 0x60000000|*(volatile int *)0x60000000 = n
illegal|an illegal instruction|__asm__ volatile(".long 0")
trap|a trap instruction|__builtin_trap()
misaligned|alignment exception|__asm__ volatile("lwarx %0, 0, %1" : "=r"(n) : "r"((char *)&told + 1))
jump_null|jump to 0x00000000|((void (*)(void))nothing)()
overflow|overflowed|char c = 1; n = deeper(&c)
spoils|load from 0x00000000|__asm__ volatile("li 31, 1; li 30, 2; li 29, 3; li 14, 4; li 15, 5; mtcr 31" ::: "14", "15", "29", "30"); n = *nothing
frees_twice|a trap instruction|char *p = malloc(50); free(p); free(p)
END
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x $t/hub.o -x $t/good.o -x $t/other.o -c 'unload other' -c mem -c 'raise 1' "${arguments[@]}" -x $t/other.o -c 'raise 2' -c help -c 'unload other' -c 'raise 3' -c mem
        expect_status 0
        expect_count $((3 * ${#names[@]})) '^ask 107 try 0$'
        expect_line "^good: told $((3 * ${#names[@]} + 6))\$"
        expect_line '^other: told 3$'
        expect_stderr_count ${#names[@]} '^fault: '
        for ((n = 0; n < ${#names[@]}; n++)); do
            expect_stderr_line "^fault: .*${patterns[n]}"
            expect_stderr_line "^  ${names[n]} is quarantined; strand shell"
        done
        expect_same_memory 2
    done
}

@test "contain: who has lost the stack is cut off where the kernel called" {
    hub
    handlers good ''
    handlers other ''
    handlers lost '__asm__ volatile("li 1, 16; stwu 1, -16(1)")'
    handlers astray '__asm__ volatile("lis 1, 0x6000; stw 0, 8(1)")'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x $t/hub.o -x $t/good.o -x $t/other.o -c 'unload other' -c mem -x $t/lost.o -c 'raise 7' -c 'unload lost' -x $t/astray.o -c 'raise 8' -c 'raise 9' -c 'unload astray' -c mem
        expect_count 3 '^ask 109 try 0$'
        expect_stderr_count 2 '^raise: the command faulted$'
        expect_stderr_line '^  lost is quarantined; strand shell, whose call by the kernel ends$'
        expect_stderr_line '^  astray is quarantined; strand shell, whose call by the kernel ends$'
        expect_same_memory 2
    done
}

# What of the stack was left by somebody who was called earlier from the same place looks like the frame of an event's routine.
@test "contain: what an event left on the stack is not gone on with" {
    hub
    extension server -w <<'C'
#include <whorl/event.h>
IMPORT_DOMAIN("hub");
void hub_told(int n);
int server_fails(int a, int b);
INTERFACE(Server, server_fails);
EXPORT_INTERFACE("server", Server);
static volatile int told;
static void __attribute__((noinline)) deep(void) { __asm__ volatile("" : : : "memory"); told++; }
static void tell(int n)
{
    uintptr_t *routine = (uintptr_t *)((uintptr_t *)__builtin_frame_address(0))[0];
    console_print("its frame has %u bytes\n", (unsigned)(routine[0] - (uintptr_t)routine));
    for (; n > 0; n--) deep();
}
__asm__(".pushsection .text; .globl server_fails; server_fails: mflr 0; stw 0, 4(1); stwu 1, -112(1); bl leaf\n"
        "li 3, 5; lwz 0, 116(1); addi 1, 1, 112; mtlr 0; blr; .type server_fails, @function; .size server_fails, . - server_fails\n"
        "leaf: stwu 1, -32(1); lwz 3, 0(0); addi 1, 1, 32; blr; .type leaf, @function; .size leaf, . - leaf; .popsection");
status_t domain_init(void)
{
    binding_t *binding;
    return event_install((procedure_t)hub_told, (procedure_t)tell, NULL, &(struct event_options){.order = EVENT_FIRST}, &binding);
}
C
    extension client -O2 <<'C'
IMPORT_DOMAIN("hub");
IMPORT_DOMAIN("server");
void hub_told(int n);
int server_fails(int a, int b);
status_t domain_init(void)
{
    int kept[18];
    volatile int one = 1;
    for (int i = 0; i < 18; i++) kept[i] = i * one;
    hub_told(3);
    console_print("fails %d\n", server_fails(1, 2));
    for (int i = 0; i < 18; i++) if (kept[i] != i) console_print("registers differ\n");
    return OK;
}
C
    whorl -x $t/hub.o -x $t/server.o -x $t/client.o -c domains -c 'disas hub_told'
    expect_status 0
    expect_line '^its frame has 112 bytes$'
    expect_line '^fails 0$'
    expect_no_line 'registers differ'
    expect_stderr_line '^fault: .*server!leaf\+'
    expect_stderr_line '^  server is quarantined; strand shell, where the call returns to 0x[0-9a-f]{8} client!domain_init'
}

@test "contain: of more faults at once than can be kept each has its reason" {
    hub
    for ((n = 1; n <= 10; n++)); do
        handlers bad$n 'n = *nothing'
        objects+=(-x $t/bad$n.o)
    done
    extension raiser <<'C'
IMPORT_DOMAIN("hub");
void hub_told(int n);
status_t domain_init(void)
{
    unsigned msr;
    __asm__ volatile("mfmsr %0; mtmsr %1" : "=&r"(msr) : "r"(0x1032));
    hub_told(1);
    __asm__ volatile("mtmsr %0" : : "r"(msr));
    return OK;
}
C
    whorl -x $t/hub.o "${objects[@]}" --privileged -x $t/raiser.o -c domains
    expect_status 0
    expect_count 10 '^bad[0-9]+ +quarantined '
    expect_count 10 '^    in quarantine: data storage exception .* hub!event:hub_told\+.*: load from 0x00000000, which is not mapped$'
    expect_stderr_count 8 '^fault: data storage'
    expect_stderr_line '^fault: 2 more that there was no room to keep$'
}

@test "contain: who loops in a handler without a frame is said to be called by who raised the event" {
    hub
    extension loops <<'C'
#include <whorl/event.h>
IMPORT_DOMAIN("hub");
void hub_told(int n);
static volatile int told;
static void tell(int n) { while (n) told++; }
status_t domain_init(void)
{
    binding_t *binding;
    return event_install((procedure_t)hub_told, (procedure_t)tell, NULL, NULL, &binding);
}
C
    whorl --icount --privileged -x $t/hub.o -x $t/loops.o -c 'quota loops call-ms 50' -c 'raise 1' -c 'event hub_told'
    expect_status 0
    expect_count 3 '^ask 1 try 0$'
    expect_stderr_line '^cut off: loops looped for [0-9]+ ms in a call by hub$'
    expect_stderr_line '^  loops is quarantined; strand shell, where the event goes on at 0x[0-9a-f]{8} hub!command\+'
}
