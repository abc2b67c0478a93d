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
