# Events at the prompt, and the extensions that show them.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
    packet='-x build/extensions/packet.o'
    tracer='--privileged -x build/extensions/tracer.o'
    acl='--privileged -x build/extensions/acl.o'
    filter='--privileged -x build/extensions/console_filter.o'
}

# handler NAME [FLAG...]: an extension whose domain_init installs `handle` on shell_command, before all
# others; standard input has that.
handler()
{
    {
        echo '#include <whorl/event.h>'
        echo '#include <whorl/shell.h>'
        echo 'static binding_t *binding;'
        cat
        echo 'status_t domain_init(void) { struct event_options options = {.order = EVENT_FIRST}; return event_install('
        echo '(procedure_t)shell_command, (procedure_t)handle, NULL, &options, &binding); }'
    } | extension "$@"
}

# How an event is raised that has handlers.
FORM='(routine of [0-9]+ bytes|plain loop: |direct: )'

# ---- the commands ----

@test "events: without handlers there is none, and each procedure is one" {
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c events -c 'event printf' -c 'event kernel.printf' -c 'event kernel!printf' -c 'event printf --code'
        expect_status 0
        expect_line '^event +handlers +raised through$'
        expect_count 3 '^kernel!printf: 1 handler, raised through the procedure itself$'
        expect_count 3 '^   1  kernel!printf, intrinsic$'
        expect_line '^# kernel!printf: the procedure itself$'
        [ ${#lines[@]} -eq 8 ] || fail 'more is printed'
    done
}

@test "events: an event is a symbol, one of a domain, or an address; what is none is refused" {
    speaker talker
    whorl -c 'disas printf' -x $t/talker.o -c 'event talker.domain_init' -c 'event domain_init' -c 'event talker!domain_init'
    expect_status 0
    expect_count 3 '^talker!domain_init: 1 handler'
    address=${lines[0]%%:*}
    whorl -c "event $address"
    expect_line '^kernel!printf: 1 handler'
    while IFS='|' read -r command sentence; do
        arguments+=(-c "$command")
        sentences+=("$sentence")
    done <<'END'
event|usage: event NAME [--code] [--count on|off]
event printf --more|usage: event NAME [--code] [--count on|off]
event printf --count|usage: event NAME [--code] [--count on|off]
event printf --count maybe|usage: event NAME [--code] [--count on|off]
events all|usage: events [-v]
event nothing|no symbol is called nothing
event nobody.printf|no symbol is called nobody.printf
event nobody!printf|no symbol of nobody is called printf
event printf+4|printf+4: no procedure begins there
event kernel_data_start|kernel_data_start is data
END
    whorl "${arguments[@]}"
    expect_status 1
    expect_output ''
    i=0
    while IFS= read -r line; do
        [[ $line == "${sentences[i]}"* ]] || fail "line $i is not: ${sentences[i]}"
        i=$((i + 1))
    done <<<"$stderr"
    [ $i -eq ${#sentences[@]} ]
}

@test "events: a name that memory is too short to look up is not said to be wrong" {
    arguments=()
    for n in $(seq 20 80); do
        arguments+=(-c "inject $n" -c 'event packet_arrived')
    done
    whorl $packet "${arguments[@]}" -c 'inject 0' -c 'event packet_arrived'
    expect_stderr_line '^no memory '
    expect_no_stderr_line '^packet_arrived'
    expect_line '^packet.packet_arrived: 61 handlers'
}

@test "events: -v and event show bindings in order, guards, closures, owners and options" {
    whorl $packet -c 'event packet_arrived' -c events -c 'events -v'
    expect_status 0
    expect_count 3 "^packet.packet_arrived(: 61 handlers, raised through| +61 ) *$FORM"
    expect_count 2 '^   1  packet!tcp_input, by packet$'
    expect_count 2 '^        guard packet!is_tcp_packet$'
    expect_count 2 '^  61  packet!other_input\(0x3d\), by packet$'
    expect_count 2 '^        guard packet!is_protocol\(0x3d\)$'
    expect_count 2 '^   -  packet!packet_arrived, intrinsic, inactive$'
    expect_count 2 '^      default handler packet!lose$'
    expect_line '^        guard packet!is_packet$'
    whorl $tracer $packet $acl -c 'acl acl_client 80' -x build/extensions/acl_client.o -c 'trace packet_arrived' -c 'event packet_arrived'
    expect_status 0
    expect_line '^   1  tracer!note\(0x[0-9a-f]+\), by tracer, first, linear$'
    expect_line '^  63  acl_client!look, by acl_client$'
    expect_line '^        guard acl!is_for_port\(0x50\), imposed by acl$'
    expect_line '^      an authorizer$'
}

@test "events: --code shows generated code, and its name is a place" {
    whorl $packet -c 'event shell_command --code' -c 'disas event:shell_command' -c 'disas kernel!body:shell_command' -c 'disas shell_command'
    expect_status 0
    expect_line "^# shell_command: $FORM"
    expect_line "^# entry of the procedure's own body$"
    expect_no_line '^[^#].*<shell_command>$'
    expect_line '^[0-9a-f]{8}: [0-9a-f]{8} b[a-z]* +[0-9a-f]+ <event:shell_command>$'
    expect_line '^[0-9a-f]{8}: [0-9a-f]{8} b[a-z]* +[0-9a-f]+ <shell_command\+0x4>$'
}

@test "events: handlers are counted while that is asked for" {
    whorl $packet -c 'event packet_arrived --count on' -c 'packet 6' -c 'packet 6' -c 'packet 17' -c 'event packet_arrived' \
        -c 'event packet_arrived --count off' -c 'event packet_arrived'
    expect_status 0
    expect_count 1 '^   1  packet!tcp_input, by packet, 2 times$'
    expect_count 1 '^ +17  packet!other_input\(0x11\), by packet, 1 time$'
    expect_count 59 ', by packet, 0 times$'
    expect_count 61 ', by packet$'
}

@test "events: without memory to compile in a plain loop does the same, and that is said" {
    arguments=()
    for n in $(seq 20 90); do
        arguments+=(-c "inject $n" -c 'trace packet_arrived' -c 'inject 0' -c events -c 'packet 6' -c 'trace packet_arrived off')
    done
    whorl $tracer $packet "${arguments[@]}" -c 'trace packet_arrived' -c 'event packet_arrived'
    expect_line '^packet.packet_arrived +62  plain loop: no memory to compile in$'
    expect_line '^packet.packet_arrived +62  routine of '
    expect_count 71 '^tcp: port 1024 to 80, 24 bytes$'
    expect_line '^packet.packet_arrived: 62 handlers, raised through routine of '
}

@test "events: a backtrace through generated code says which event it is" {
    handler crasher <<'C'
static void __attribute__((noinline)) crash(int argc) { *(volatile int *)(argc - 1) = 1; console_print("never\n"); }
static status_t handle(int argc, char *argv[])
{
    (void)argv;
    crash(argc);
    return OK;
}
C
    handler small <<<'static status_t handle(int argc, char *argv[]) { (void)argv; return *(volatile int *)(argc - 2); }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine $packet -x $t/small.o -c 'crash 2' -c 'unload small' -x $t/crasher.o -c crash -c uptime
        expect_status 1
        # What is copied into generated code faults there.
        expect_stderr_line '^fault: .* (small!handle|kernel!event:shell_command)\+0x'
        expect_stderr_line '^  0x[0-9a-f]+ kernel!event:shell_command\+0x[0-9a-f]+ \(handler of binding 1: small!handle\+0x0, (copied|called)\)$'
        expect_stderr_line '^  0x[0-9a-f]+ crasher!handle\+0x'
        expect_stderr_line '^  0x[0-9a-f]+ kernel!event:shell_command\+0x[0-9a-f]+ \(handler of binding 1: crasher!handle\+0x0, called\)$'
        expect_stderr_count 2 '^crash: no such command; help lists them$' # as if the guards had said no
        expect_line ' s$'
    done
}

@test "events: a backtrace says which event was raised, also in its last handler, which is called to be contained" {
    extension wild -O2 <<'END'
#include <whorl/domain.h>
#include <whorl/event.h>
static binding_t *binding;
EVENT void happened(int what);
void happened(int what) { (void)what; }
static void store(int what) { *(volatile int *)0 = what; }
static bool is_three(int what) { return what == 3; }
EVENT void raise_it(void);
void raise_it(void) { happened(3); __asm__ volatile(""); }
status_t domain_init(void)
{
    status_t status = event_install((procedure_t)happened, (procedure_t)store, (procedure_t)is_three, NULL, &binding);
    raise_it();
    return status;
}
END
    whorl -x $t/wild.o
    expect_status 1
    expect_stderr_line '^  0x[0-9a-f]+ wild!store\+0x'
    expect_stderr_line '^  0x[0-9a-f]+ wild!event:happened\+0x[0-9a-f]+ \(handler of binding 2: wild!store\+0x0, called\)$'
    expect_stderr_line '^  0x[0-9a-f]+ wild!raise_it\+0x'
}

@test "events: a backtrace names code that was replaced while it is executed" {
    handler quitter <<'C'
static status_t handle(int argc, char *argv[])
{
    (void)argv;
    if (event_destroy(binding) != OK) return ERR_FAILED;
    return *(volatile int *)(argc - 1);
}
C
    whorl $packet -x $t/quitter.o -c quit -c 'packet 6'
    expect_status 1
    expect_stderr_line '^  0x[0-9a-f]+ quitter!handle\+0x'
    expect_stderr_line '^  0x[0-9a-f]+ kernel!event:shell_command\+0x'
    expect_line '^tcp:'
}

@test "events: a handler that is bound anew is what is run, also where it was copied" {
    for name in one two; do
        extension $name <<END
#include <whorl/domain.h>
DOMAIN("$name");
volatile unsigned count;
INTERFACE(Counter, count);
EXPORT_INTERFACE("$name", Counter);
END
    done
    extension user -O2 <<'END'
#include <stdio.h>
#include <whorl/event.h>
#include <whorl/shell.h>
DOMAIN("user");
IMPORT_DOMAIN("one");
extern volatile unsigned count;
static binding_t *binding;
EVENT void happened(unsigned by);
void happened(unsigned by) { (void)by; }
static void add(unsigned by) { count += by; }
static bool is_h(int argc, char *argv[]) { (void)argc; return argv[0][0] == 'h'; }
static status_t h(int argc, char *argv[])
{
    (void)argv;
    happened(argc);
    printf("counted %u\n", count);
    return OK;
}
status_t domain_init(void)
{
    struct event_options options = {.cancel = true};
    status_t status = event_install((procedure_t)happened, (procedure_t)add, NULL, NULL, &binding);
    options.order = EVENT_FIRST;
    return status != OK ? status : event_install((procedure_t)shell_command, (procedure_t)h, (procedure_t)is_h, &options, &binding);
}
END
    whorl -x $t/one.o,$t/two.o,$t/user.o -c h -c 'h h' -c 'event user.happened --code' -c 'unresolve one user' \
        -c 'resolve two user' -c 'unload one' -c 'h h h h' -c 'h h'
    expect_status 0
    expect_line '^counted 1$'
    expect_line '^counted 3$'
    expect_line 'handler of binding [0-9]: user!add.*copied'
    expect_line '^counted 4$'
    expect_line '^counted 6$'
}

@test "events: a procedure that asks who calls it is the one that extensions call" {
    extension counter <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <whorl/domain.h>
#include <whorl/event.h>
static binding_t *binding;
static unsigned n;
static void *count(size_t size) { (void)size; n++; return NULL; }
status_t domain_init(void)
{
    struct event_options options = {.order = EVENT_FIRST};
    status_t status = event_install((procedure_t)malloc, (procedure_t)count, NULL, &options, &binding);
    void *memory = malloc(3);
    printf("counted %u, %s\n", n, memory == NULL ? "got none" : "got some");
    free(memory);
    return status;
}
END
    whorl -x $t/counter.o -c 'event malloc' -c 'event kernel!malloc'
    expect_status 0
    expect_line '^counted 1, got some$'
    expect_line '^malloc: 2 handlers, raised through routine'
    expect_line '^   1  counter!count, by counter, first'
    expect_line '^kernel!malloc: 1 handler, raised through the procedure itself$'
}

@test "events: nothing of a handler's domain is left when it is unloaded" {
    whorl $packet -c 'packet 6' -c 'unload packet' -c mem -c events $packet -c 'packet 6' -c 'unload packet' -c mem -c 'packet 6'
    expect_status 1
    expect_stderr 'packet: no such command; help lists them'
    expect_same_memory 2
    expect_no_line '^packet\.'
}

@test "events: a domain that unloads itself leaves first" {
    handler victim <<'C'
DOMAIN("victim"); IMPORT_DOMAIN("Debug");
status_t shell_run(char *line);
static char unload[] = "unload victim", domains[] = "domains";
static status_t handle(int argc, char *argv[])
{
    (void)argc; (void)argv;
    if (shell_run(unload) != OK || shell_run(domains) != OK) return ERR_FAILED;
    binding_t *again;
    status_t status = event_install((procedure_t)shell_help, (procedure_t)domain_fini, NULL, NULL, &again);
    console_print("victim: %s, %s\n", status_name(status), status_explain());
    console_print("victim: still there\n");
    return OK;
}
void domain_fini(void) { console_print("victim: goodbye\n"); }
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c nothing --privileged -x $t/victim.o -c 'unload victim' -c mem --privileged -x $t/victim.o -c die -c mem -c domains -c events -c die
        expect_status 1
        expect_count 1 '^victim +leaving '
        expect_count 1 '^victim: still there$'
        expect_count 1 '^victim: ERR_STATE, .*victim is leaving$'
        expect_count 2 '^victim: goodbye$'
        expect_no_line '^shell_command'
        expect_same_memory 2
        [ "$(tail -1 <<<"$stderr")" = 'die: no such command; help lists them' ] || fail 'it is still there'
    done
}

# ---- the extensions ----

@test "tracer: counts and prints raises of what is named" {
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine $tracer $packet -c 'trace packet.packet_arrived' -c 'packet 6 25' -c 'packet 61' -c trace \
            -c 'trace packet_arrived off' -c 'packet 6' -c trace -c 'trace packet_arrived' -c 'packet 1' -c 'unload tracer' -c 'packet 1'
        expect_status 0
        expect_count 1 '^trace: 1 packet.packet_arrived\(0x[0-9a-f]+, 0x[0-9a-f]+\)$'
        expect_count 1 '^trace: 2 packet.packet_arrived\(0x[0-9a-f]+, 0x[0-9a-f]+\)$'
        expect_count 1 '^ +2 packet.packet_arrived$'
        expect_count 1 '^trace: 1 packet_arrived\('
        expect_count 1 '^protocol 61: packet 1$'
        expect_count 1 '^protocol 1: packet 2$'
    done
}

@test "tracer: what printing raises is traced, and nothing goes round" {
    speaker talker
    whorl $tracer -c 'trace output_write' -x $t/talker.o -c 'trace text_printed' -c uptime -c 'trace output_write off' -c 'trace text_printed off' -c uptime
    expect_status 0
    expect_count 1 '^trace: 1 output_write\(0x1, 0x'
    expect_count 1 '^talker: init$'
    expect_line '^trace: 1 text_printed\(0x0, 0x[0-9a-f]+, 0x[0-9a-f]+\)$'
    [[ ${lines[-1]} =~ ^[0-9.]+\ s$ ]] || fail 'it is still traced'
}

@test "tracer: is for the privileged, and refuses what it cannot trace" {
    whorl -x build/extensions/tracer.o
    expect_status 1
    expect_stderr_line '^tracer: tracer imports from domain SpinPrivate, which it may not have$|may not have'
    whorl $tracer -c 'trace nothing' -c 'trace shell_help' -c 'trace shell_help' -c 'trace printf off' -c 'trace printf on' -c 'trace a b c' -c trace
    expect_status 1
    expect_stderr 'no symbol is called nothing
shell_help is traced already
printf is not traced
usage: trace [NAME [off]]
usage: trace [NAME [off]]'
    expect_output '         0 shell_help'
}

@test "packet: goes to who looks for its protocol" {
    for machine in "${MACHINES[@]}"; do
        arguments=() expected=
        for protocol in $(seq 0 255); do
            arguments+=(-c "packet $protocol 53")
            case $protocol in
            0) expected+=$'protocol 0: lost\n' ;;
            6) expected+=$'tcp: port 1024 to 53, 24 bytes\n' ;;
            *) if [ $protocol -le 61 ]; then expected+="protocol $protocol: packet 1"$'\n'; else expected+="protocol $protocol: lost"$'\n'; fi ;;
            esac
        done
        whorl -M $machine $packet "${arguments[@]}"
        expect_status 0
        expect_output "${expected%$'\n'}"
    done
}

@test "packet: handlers are found by a search among their guards" {
    whorl $packet -c 'event packet_arrived --code'
    expect_status 0
    expect_line '^# packet.packet_arrived: routine of [0-9]+ bytes: .*61 found by a search'
    expect_line '^# search among 61 bindings$'
    expect_count 1 '^# handler of binding 1: packet!tcp_input'
    expect_count 60 '^# handler of binding [0-9]+: packet!other_input'
    expect_line '^# default handler packet!lose'
    # One load and one compare find one of all.
    expect_line '^[0-9a-f]{8}: [0-9a-f]{8} lbz +r[0-9]+,9\(r3\)$'
}

@test "packet: makes no packet of what is no protocol, and help lists the commands" {
    whorl $packet $tracer $acl -c packet -c 'packet 256' -c 'packet six' -c 'packet 6 7 8' -c help
    expect_status 1
    expect_stderr_count 4 '^usage: packet PROTOCOL \[PORT\]$'
    expect_line '^packet PROTOCOL \[PORT\] +let a packet'
    expect_line '^trace \[NAME \[off\]\] +print raises'
    expect_line '^acl \[DOMAIN PORT\] +let a domain'
}

@test "console_filter: what is printed comes out in capitals as long as it is loaded" {
    speaker talker
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem $filter -x $t/talker.o -c 'events' -c nonsense -c 'unload console_filter' -c 'unload talker' -c mem
        expect_status 1
        expect_line '^TALKER: INIT$'
        expect_line '^TEXT_PRINTED +2 +[A-Z]'
        expect_stderr 'NONSENSE: NO SUCH COMMAND; HELP LISTS THEM'
        expect_line '^talker: fini$'
    done
}

@test "console_filter: a filter that faults harms nobody" {
    extension faulty <<'C'
#include <whorl/console_private.h>
#include <whorl/event.h>
DOMAIN("faulty"); IMPORT_DOMAIN("SpinPrivate");
static void filter(bool *error, const char **text, size_t *size) { (void)text; (void)size; *error = *(volatile bool *)4; }
status_t domain_init(void)
{
    struct event_options options = {.filter = true, .order = EVENT_FIRST};
    binding_t *binding;
    return event_install((procedure_t)text_printed, (procedure_t)filter, NULL, &options, &binding);
}
C
    whorl --privileged -x $t/faulty.o -c uptime -c 'unload faulty' -c uptime
    expect_status 0
    expect_count 2 '^[0-9.]+ s$'
    expect_stderr_line '^fault: data storage exception .* faulty!filter'
    expect_stderr_line ' kernel!event:text_printed\+0x'
}

@test "acl: who is not on the list is refused, others get the packets for their port" {
    client='-x build/extensions/acl_client.o'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine $packet $acl $client -c 'acl acl_client 80' $client -c 'packet 6 80' -c 'packet 17 80' -c 'packet 6 81' -c 'packet 2 80' -c acl -c 'event packet_arrived'
        expect_status 1
        expect_stderr_line '^acl_client: domain_init returned ERR_NOT_AUTHORIZED'
        expect_line '^acl_client: .*authorizer'
        expect_count 1 '^acl_client: protocol 6, port 80$'
        expect_count 1 '^acl_client: protocol 17, port 80$'
        expect_count 2 '^acl_client: protocol'
        expect_line '^acl_client +80$'
        expect_count 1 '^ +[0-9]+  acl_client!look, by acl_client$'
    done
}

@test "acl: needs privilege, and a list that makes sense" {
    whorl $packet -x build/extensions/acl.o
    expect_status 1
    expect_stderr_line 'ERR_NOT_AUTHORIZED'
    whorl $packet $acl $tracer -c 'trace packet_arrived' -c 'trace packet_arrived off' -c 'acl a 0' -c 'acl a 65536' -c 'acl a x' -c 'acl a' -c 'acl a 5' -c 'acl a 6' -c acl
    expect_status 1
    expect_stderr '0 is no port
65536 is no port
x is no port
usage: acl [DOMAIN PORT]
a is on the list already'
    expect_output "$(printf '%-20s %5u' a 5)"
}
