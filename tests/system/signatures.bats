# EVENT_SIGNATURE and what it lets the compiler check: <whorl/event.h>.

load lib

setup()
{
    t=$BATS_TEST_TMPDIR
    cat > $t/event.h <<'END'
#include <whorl/domain.h>
#include <whorl/event.h>
struct packet;
struct state;
EVENT void nothing_happened(void);
EVENT int udp_arrived(struct packet *packet, int port);
EVENT void compared(int (*compare)(const void *, const void *));
EVENT_SIGNATURE(nothing_happened, void);
EVENT_SIGNATURE(udp_arrived, int, struct packet *, int);
EVENT_SIGNATURE(compared, void, int (*)(const void *, const void *));

int count(struct packet *packet, int port);
int count_all(void *closure, struct packet *packet, int port);
static udp_arrived_handler_t counted;
static int counted(struct packet *packet, int port) { return count(packet, port); }
static udp_arrived_guard_t wanted;
static bool wanted(struct packet *packet, int port) { return packet != NULL && port == 7; }
int is_wanted(struct packet *packet, int port);
uint32_t is_wanted_word(void *closure, struct packet *packet, int port);
__attribute__((const)) bool is_even(struct packet *packet, int port);
bool now(void);
uint8_t later(void *closure);
void change(struct packet **packet, int *port);
int change_all(void *closure, struct packet **packet, int *port);
void happen(void);
void happen_all(void *closure);
void compare(int (*compare)(const void *, const void *));
void compare_filter(int (**compare)(const void *, const void *));
struct event_options options;
binding_t *binding;

int few(struct packet *packet);
long other_result(struct packet *packet, int port);
void no_result(struct packet *packet, int port);
int other(struct state *packet, int port);
int constant(const struct packet *packet, int port);
int short_port(struct packet *packet, short port);
int closure_behind(struct packet *packet, int port, void *closure);
long long wide(void);
void *pointer(void);
bool other_guard(struct state *packet, int port);
bool guard_number(int port);
void change_port(struct packet **packet, unsigned *port);
END
}

# compile C...: as the body of a procedure
compile()
{
    {
        cat $t/event.h
        echo 'status_t domain_init(void);'
        echo 'status_t domain_init(void) {'
        echo '(void)counted; (void)wanted;'
        printf 'if (%s != OK) return ERR_FAILED;\n' "$@"
        echo 'return OK; }'
    } > $t/use.c
    run --separate-stderr build/whorl cc -Wextra -Werror -c $t/use.c -o $t/use.o
}

@test "signatures: handlers and guards that fit compile without a warning" {
    compile \
        'EVENT_INSTALL(udp_arrived, count, NULL, NULL, &binding)' \
        'EVENT_INSTALL(udp_arrived, &count, wanted, &options, &binding)' \
        'EVENT_INSTALL(udp_arrived, counted, &is_wanted, &(struct event_options){.cancel = true}, &binding)' \
        'EVENT_CREATE(udp_arrived, count_all, is_wanted_word, &options, &binding)' \
        'EVENT_CREATE(udp_arrived, count, is_even, NULL, &binding)' \
        'EVENT_CREATE(udp_arrived, udp_arrived, now, NULL, &binding)' \
        'EVENT_INSTALL(udp_arrived, count, later, NULL, &binding)' \
        'EVENT_INSTALL_FILTER(udp_arrived, change, later, NULL, &binding)' \
        'EVENT_INSTALL_FILTER(udp_arrived, change_all, NULL, &options, &binding)' \
        'EVENT_INSTALL(nothing_happened, happen, now, NULL, &binding)' \
        'EVENT_INSTALL(nothing_happened, happen_all, later, &options, &binding)' \
        'EVENT_INSTALL_FILTER(nothing_happened, happen_all, now, NULL, &binding)' \
        'EVENT_INSTALL(compared, compare, NULL, NULL, &binding)' \
        'EVENT_INSTALL_FILTER(compared, compare_filter, NULL, NULL, &binding)'
    expect_status 0
    expect_stderr ''
}

@test "signatures: a handler that does not fit is refused with its name and the event's" {
    for handler in few other_result no_result other short_port closure_behind happen change NULL; do
        compile "EVENT_INSTALL(udp_arrived, $handler, NULL, NULL, &binding)"
        expect_status 1
        expect_stderr_line 'error: static assertion failed: "the type of handler .* does not fit event udp_arrived"'
        compile "EVENT_CREATE(udp_arrived, $handler, NULL, NULL, &binding)"
        expect_status 1
        expect_stderr_line 'error: static assertion failed: "the type of handler .* does not fit event udp_arrived"'
    done
    compile 'EVENT_INSTALL(nothing_happened, count, NULL, NULL, &binding)'
    expect_status 1
    expect_stderr_line '"the type of handler count does not fit event nothing_happened"'
}

@test "signatures: a guard that does not fit is refused with its name and the event's" {
    for guard in few other_result no_result wide pointer other_guard guard_number happen; do
        compile "EVENT_INSTALL(udp_arrived, count, $guard, NULL, &binding)"
        case $guard in
        other_result) expect_status 0 ;; # long is an integer of 32 bits
        *)
            expect_status 1
            expect_stderr_line "error: static assertion failed: \"the type of guard $guard does not fit event udp_arrived\""
            ;;
        esac
    done
    compile 'EVENT_INSTALL(nothing_happened, happen, wanted, NULL, &binding)'
    expect_status 1
    expect_stderr_line '"the type of guard wanted does not fit event nothing_happened"'
}

@test "signatures: a filter that does not fit is refused with its name and the event's" {
    for filter in count change_port other_result happen; do
        compile "EVENT_INSTALL_FILTER(udp_arrived, $filter, NULL, NULL, &binding)"
        expect_status 1
        expect_stderr_line "error: static assertion failed: \"the type of filter $filter does not fit event udp_arrived\""
    done
}

@test "signatures: an event that is declared otherwise is refused" {
    { headers; echo '#include <whorl/event.h>'; echo 'void f(int); EVENT_SIGNATURE(f, void, short);'; } > $t/use.c
    run --separate-stderr build/whorl cc -c $t/use.c -o $t/use.o
    expect_status 1
    expect_stderr_line 'static assertion failed: "EVENT_SIGNATURE: f is declared otherwise"'
}

@test "signatures: clang takes them too" {
    compile 'EVENT_INSTALL(udp_arrived, count, is_even, NULL, &binding)' \
        'EVENT_INSTALL_FILTER(udp_arrived, change, NULL, NULL, &binding)'
    clang_run()
    {
        run clang --target=powerpc-linux-gnu -std=gnu11 -Wall -Wextra -Werror -nostdinc \
            -isystem "$(powerpc-linux-gnu-gcc -print-file-name=include)" \
            -isystem build/newlib/powerpc-eabi/include -Iextensions/include -fsyntax-only $t/use.c
    }
    clang_run
    expect_status 0
    compile 'EVENT_INSTALL(udp_arrived, few, NULL, NULL, &binding)'
    clang_run
    expect_status 1
    expect_line '.*the type of handler few does not fit event udp_arrived.*'
}
