# Probes: patches from the prompt that count, trace, measure and call.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
}

# target NAME: an extension whose command NAME calls procedures of all kinds and prints what they return.
target()
{
    extension "$1" -Wno-infinite-recursion <<C
#include <setjmp.h>
#include <stdint.h>
#include <whorl/event.h>
#include <whorl/patch.h>
#include <whorl/shell.h>
#define KEEP __attribute__((noinline, noipa))
enum color { RED, GREEN, BLUE };
struct inner { int x; const char *text; };
struct shape { struct shape *next; struct inner *inner; unsigned flag : 3; signed char level; enum color color; char tag[8]; };
static struct inner inner = {-7, "inner \"text\""};
static struct shape second = {NULL, &inner, 5, -3, BLUE, "second"}, first = {&second, &inner, 1, 2, GREEN, "12345678"};
KEEP static int add_up(int a, int b) { return a + b; }
KEEP int look(const struct shape *s, const char *text, char c, _Bool yes, enum color color)
{
    return s->level + (int)strlen(text) + c + yes + color;
}
KEEP long long wide(int a, long long b, unsigned short c, unsigned long long d, int e, signed char f)
{
    return a + b + c + d + e + f;
}
KEEP int factorial(volatile int n) { int m; if (n < 2) return 1; m = factorial(n - 1); return m * n; }
KEEP const char *name(int n) { if (n > 2) return NULL; return n == 0 ? "zero" : "some"; }
KEEP void nothing(void) { __asm__ volatile(""); }
KEEP void dotted(void) __asm__("dotted.part.0");
void dotted(void) { __asm__ volatile("nop"); }
static jmp_buf out;
KEEP void inside(int n) { char room[40]; __asm__ volatile("" : : "r"(room)); if (n == 0) longjmp(out, 1); inside(n - 1); __asm__ volatile(""); }
KEEP int measured(int n) { char room[40]; __asm__ volatile("" : : "r"(room)); if (n == 0) longjmp(out, 1); return n == 100 ? 0 : measured(n - 1); }
KEEP void endless(void) { for (;;) ; }
KEEP int blocks_of(unsigned n)
{
    int sum = 0;
    for (unsigned i = 0; i < n; i++)
        if (i % 3 == 0) sum += add_up(sum, 1); else nothing();
    return sum;
}
unsigned n_noted;
uint32_t site_noted;
void note(void *closure, uint32_t site) { n_noted += closure == NULL; site_noted = site; }
void note_simply(void) { n_noted++; }
void note_registers(void *closure, uint32_t site, const struct patch_registers *registers)
{
    (void)closure, (void)site;
    n_noted += registers->gpr[3];
}
void change(void *closure, uint32_t site, struct patch_registers *registers) { (void)closure, (void)site; registers->gpr[3] = 40; }
int returns(void *closure, uint32_t site) { (void)closure; return (int)site; }
void crash(void *closure, uint32_t site) { (void)closure; *(volatile int *)(site & 8) = 1; }
static status_t work(int argc, char *argv[])
{
    (void)argv;
    printf("$1: %d", add_up(2, 3));
    printf(" %d", look(&first, "a text", 'q', argc > 0, GREEN));
    printf(" %lld", wide(-1, -2, 3, 4, 5, -6));
    printf(" %d", factorial(5));
    printf(" %s %s %d", name(0), name(1), name(3) == NULL);
    if (setjmp(out) == 0) inside(3);
    if (setjmp(out) == 0) (void)measured(2);
    (void)measured(100);
    dotted();
    printf(" %d noted %u\n", blocks_of(10), n_noted);
    return OK;
}
static bool is_work(int argc, char *argv[]) { (void)argc; return strcmp(argv[0], "$1") == 0; }
static void call_endless(volatile int yes) { if (!yes) endless(); }
EVENT_SIGNATURE(shell_command, status_t, int, char **);
status_t domain_init(void) { binding_t *b; call_endless(1); return EVENT_INSTALL(shell_command, work, is_work, NULL, &b); }
C
}

WORK='^work: 5 123 3 120 zero some 1 [0-9]+ noted'

# ---- counts ----

@test "probes: a site, and all ways out of a procedure, are counted" {
    for machine in "${MACHINES[@]}"; do
        target work
        whorl -M $machine -x $t/work.o -c 'probe add_up count' -c 'probe work.add_up+4 count' -c 'probe work!name:return count' \
            -c 'probe name count' -c 'probe dotted.part.0 count' -c 'probe work.dotted.part.0+0 count' -c work -c probes -c work -c probes \
            -c 'unprobe 2' -c 'unprobe 3' -c probes -c 'unprobe all' -c probes -c work
        expect_status 0
        expect_line '^probe 1: count work!add_up$'
        expect_line '^probe 2: count work!add_up\+0x4$'
        expect_line '^probe 3: count work!name:return$'
        expect_count 1 '^    1  count   work!add_up  5 times$'
        expect_count 2 '^    1  count   work!add_up  10 times$'
        expect_count 1 '^    2  count   work!add_up\+0x4  5 times$'
        expect_count 1 '^    3  count   work!name:return  3 times$'
        expect_count 1 '^    3  count   work!name:return  6 times$'
        expect_count 1 '^    4  count   work!name  3 times$'
        expect_count 2 '^    [56]  count   work!dotted.part.0  1 time$'
        expect_count 3 "$WORK 0$"
    done
}

@test "probes: addresses, kernel symbols that extensions do not call, and names of two domains are sites" {
    target work
    target other
    whorl -x $t/work.o -x $t/other.o -c 'disas work.add_up'
    address=${lines[0]%%:*}
    whorl -x $t/work.o -x $t/other.o -c "probe 0x$address count" -c "probe $address count" -c 'probe status_refuse count' \
        -c 'probe nameserver_register count' -c 'probe other.add_up count' -c 'probe add_up count' -c work -c nonsense -c probes
    expect_stderr_line "^add_up is 2 procedures: other 0x[0-9a-f]{8}, work 0x$address; say which as OWNER!SYMBOL or by address$"
    expect_line '^    4  count   kernel!identified_nameserver_register  0 times$'
    expect_count 2 'count   work!add_up  5 times$'
    expect_count 1 'count   other!add_up  0 times$'
    expect_count 1 'count   kernel!status_refuse  [1-9][0-9]* times?$'
}

# ---- traces ----

@test "probes: a trace without a format shows arguments and results by their types" {
    target work
    whorl -x $t/work.o -c 'probe look trace' -c 'probe wide trace' -c 'probe wide:return trace' -c 'probe name:return trace' \
        -c 'probe add_up:return trace' -c 'probe nothing:return trace' -c 'probe look+8 trace' -c work -c probes -c traces -c traces
    expect_status 0
    expect_line '^ +[0-9]+     1  work!look: s=0x[0-9a-f]{8} text="a text" c='"'q'"' yes=true color=GREEN$'
    expect_line '^ +[0-9]+     2  work!wide: a=-1 b=-2 c=3 d=4 e=5 f=-6$'
    expect_line '^ +[0-9]+     3  work!wide(\+0x[0-9a-f]+)?: return=3$'
    expect_count 1 ' 4  work!name.*: return="zero"$'
    expect_count 1 ' 4  work!name.*: return="some"$'
    expect_count 1 ' 4  work!name.*: return=NULL$'
    expect_line ' 5  work!add_up\+0x[0-9a-f]+: return=5$'
    expect_count 6 ' 6  work!nothing.*: returns$'
    expect_line ' 7  work!look\+0x8: r3=0x[0-9a-f]+ r4=0x[0-9a-f]+ .* r10=0x[0-9a-f]+$'
    expect_line '^    4  trace   work!name:return  3 records$'
    [ "$(grep -c 'work!look: ' <<<"$output")" -eq 1 ] || fail 'what was printed is still there'
}

@test "probes: a format takes members, registers, hexadecimal numbers and the rest of the line" {
    target work
    whorl -x $t/work.o -c 'probe look trace "s  {s->tag} {s->next->tag} {s->inner->text} {s->inner->x}"' \
        -c 'probe look trace {s->inner->x:x} {s->flag} {s->next->flag} {s->level} {s->next->color} {c:x} {{{yes}}}' \
        -c 'probe add_up trace {r3} {a} {lr:x} {cr} {xer} {ctr}' -c 'probe look trace {s->next->next->inner->text}|{s->next->next->tag}' \
        -c 'probe name:return trace <{return:x}>' -c 'probe add_up+4 trace {r3} {r4}' -c work -c traces
    expect_status 0
    expect_line ' 3  work!add_up: 0x2 2 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+$'
    expect_line ' 1  work!look: s  "12345678" "second" "inner \\"text\\"" -7$'
    expect_line ' 2  work!look: 0xfffffff9 1 5 2 BLUE 0x71 \{true\}$'
    expect_line ' 4  work!look: NULL\|0x[0-9a-f]+\?$'
    expect_count 1 ' 5  work!name.*: <0x0>$'
    expect_line ' 6  work!add_up\+0x4: 0x5 0x3$'
}

@test "probes: at a tail call another procedure returns" {
    whorl -c 'probe malloc:return trace' -c nonsense -c 'flow printf' -c traces
    expect_line ' 1  kernel!malloc\+0x[0-9a-f]+: return=\(what kernel![a-z_]+ returns\)$'
}

@test "probes: what finds no room in the ring is counted" {
    whorl -c 'probe strlen trace' -c 'flow printf' -c 'flow printf' -c 'flow printf' -c 'probe malloc trace' -c 'flow printf' -c probes -c traces -c 'unprobe 1' -c traces \
        -c 'flow abort' -c probes -c traces
    expect_status 0
    expect_line '^    2  trace   kernel!malloc  [0-9]+ records?(, [0-9]+ dropped)?$|^    2  trace   kernel!malloc  0 records, [0-9]+ dropped$'
    expect_line '^[0-9]+ records were dropped: the ring was full$'
    n=$(grep -c ' 1  kernel!strlen: ' <<<"$output") || true
    [ "$n" -gt 500 ] || fail "only $n records are printed"
}

@test "probes: records outlive their probe, and their domain" {
    target work
    whorl -x $t/work.o -c 'probe look trace' -c work -c 'unprobe 1' -c 'probe add_up trace' -c work -c 'unload work' -c probes -c probes -c traces -c traces
    expect_status 0
    expect_count 1 '^    2  trace   work!add_up  gone: domain work has ended$'
    expect_count 1 ' 1  work!look: s=0x[0-9a-f]+ text="a text" '
    expect_count 5 ' 2  work!add_up: a='
}

# ---- times ----

@test "probes: calls are measured, with a histogram" {
    target work
    whorl -x $t/work.o -c 'probe work.add_up time' -c 'probe work.factorial time' -c 'probe printf time' -c 'probe strcmp time' -c work -c probes
    expect_status 0
    expect_line "$WORK"
    expect_line '^    1  time    work!add_up  5 calls$'
    expect_line '^    2  time    work!factorial  5 calls$'
    expect_line '^    3  time    kernel!printf  [0-9]+ calls$'
    expect_count 4 '^         ticks: total [1-9][0-9]*, least [0-9]+, mean [0-9]+, most [1-9][0-9]*$'
    awk '/ time /    { if (n != sum) exit 1; n = $4 ~ /^[0-9]+$/ ? $4 : 0; sum = 0 }
         / to  +/    { sum += $4 }
         END         { exit n != sum }' <<<"$output" || fail 'histograms do not add up to calls'
}

@test "probes: calls that are left by a jump are dropped, and others are measured" {
    target work
    whorl -x $t/work.o -c 'probe measured time' -c work -c probes -c work -c probes
    expect_status 0
    expect_line '^    1  time    work!measured  1 call, 3 never returned$'
    expect_line '^    1  time    work!measured  2 calls, 6 never returned$'
}

@test "probes: a procedure that handlers call is skipped inside of them" {
    target work
    whorl -x $t/work.o -c 'probe capture_take time' -c 'probe ring_put trace' -c 'probe add_up trace' -c work -c probes -c traces
    expect_status 0
    expect_line '^    1  time    kernel!capture_take  0 calls, 5 skipped inside of probes$'
    expect_line '^    2  trace   kernel!ring_put  0 records, 5 skipped inside of probes$'
    expect_line '^    3  trace   work!add_up  5 records$'
    expect_count 5 ' 3  work!add_up: '
}

# ---- blocks ----

@test "probes: basic blocks are counted, and those that cannot be are shown" {
    target work
    whorl -x $t/work.o -c 'probe blocks_of blocks' -c work -c probes -c 'unprobe all' -c 'flow blocks_of'
    expect_status 0
    expect_line '^    1  blocks  work!blocks_of  ([0-9]+) of \1 blocks$'
    [ "$(grep -c '^block ' <<<"$output")" -eq "$(grep -c '^         +0x' <<<"$output")" ] || fail 'other blocks than those of flow'
    expect_line '^         \+0x0 +[0-9]+ words +1$'
    expect_line ' words +10$'
    expect_line ' words +6$'
    expect_line ' words +4$'
    whorl -c 'probe mmu_translate blocks' -c probes
    expect_status 1
    expect_stderr_line '^no block of kernel!mmu_translate can be counted: '
    expect_output ''
}

# ---- calls ----

@test "probes: a procedure of a domain is called at a site" {
    target work
    whorl -x $t/work.o -c 'probe add_up call work.note' -c 'probe nothing call note_simply' -c work -c probes -c 'unprobe all' -c work
    expect_status 0
    expect_line '^    1  call    work!add_up  calls work!note$'
    expect_count 2 "$WORK 11$"
    whorl -x $t/work.o -c 'patch add_up work.note_registers' -c work -c 'unprobe 1' -c work
    expect_status 0
    expect_count 2 "$WORK [1-9][0-9]*$"
    whorl -x $t/work.o -c 'patch add_up work.change' -c work -c 'unprobe 1' -c work
    expect_status 0
    expect_line '^work: 43 '
    expect_line '^work: 5 '
}

@test "probes: one whose handler faults, or whose handler's domain ends, is gone" {
    target work
    target other
    target faulty
    whorl -x $t/work.o -x $t/other.o -x $t/faulty.o -c 'probe work.add_up call faulty.crash' -c 'probe work.add_up count' -c 'probe work.name call other.note' -c work -c work -c probes -c 'unload other' \
        -c probes -c probes -c work
    expect_count 3 "$WORK 0$"
    expect_stderr_count 1 'data storage exception .* faulty!crash'
    expect_stderr_count 1 '^faulty is quarantined; strand shell, where it was called by a patch$'
    expect_line '^    1  call    work!add_up  gone: its handler faulted$'
    expect_count 3 '^    2  count   work!add_up  10 times$'
    expect_line '^    3  call    work!name  calls other!note$'
    expect_count 1 '^    3  call    work!name  gone: domain other, which its handler is of, has ended$'
}

# ---- what is refused ----

@test "probes: every refusal names its cause and leaves everything as it was" {
    local arguments=() sentences=() command sentence wanted i

    target work
    while IFS='|' read -r command sentence; do
        arguments+=(-c "$command")
        sentences+=("$sentence")
    done <<'END'
probe|usage: probe SITE count
probe work.name|usage: probe SITE count
probe work.name maybe|usage: probe SITE count
probe work.name count 5|usage: probe SITE count
probe work.name time now|usage: probe SITE count
probe work.name call|usage: probe SITE count
probe work.name call work.note twice|usage: probe SITE count
probes all|usage: probes
unprobe|usage: unprobe NUMBER{BAR}all
unprobe 1 2|usage: unprobe NUMBER{BAR}all
unprobe 1x|1x is not the number of a probe
unprobe -1|-1 is not the number of a probe
unprobe 7|there is no probe 7
unprobe 4294967297|there is no probe 4294967297
traces all|usage: traces
patch|usage: patch SITE DOMAIN.PROCEDURE
patch work.name|usage: patch SITE DOMAIN.PROCEDURE
patch --mode strange|strange is no mode: exact, paranoid or poison
probe nowhere count|no symbol is called nowhere
probe nowhere:return count|no symbol is called nowhere
probe work.nowhere count|no symbol is called work.nowhere
probe work.name+2 count|work.name+2: 0x
probe work.name+4096 count|work.name+4096 is beyond the end of work.name, which has
probe work.name+x count|work.name+x: x is not a number of bytes
probe n_noted count|n_noted is data, at 0x
probe 0x10 count|0x10: there is no code at 0x00000010
probe 0x80000000 count|0x80000000: there is no code at 0x80000000
probe name+4:return count|:return is of a whole procedure, and none begins at work!name+0x4
probe name+4 time|time is of a whole procedure, and none begins at work!name+0x4
probe name:return time|time is of a whole procedure
probe name+4 blocks|blocks is of a whole procedure, and none begins at work!name+0x4
probe endless:return count|endless never returns
probe endless time|endless never returns
probe name trace {m}|{m} is no register, and no parameter of work!name
probe name+4 trace {n}|{n}: arguments have a known place only where work!name begins
probe name trace {n|a { without a }
probe name trace n}|a } without a {
probe name trace {return}|{return} is there where work!name returns
probe nothing:return trace {return}|nothing is returned
probe look trace {s->tga}|const struct shape has no member tga
probe look trace {s.tag}|const struct shape * is a pointer
probe dotted.part.0 trace {n}|{n} is no register, and the type of work!dotted.part.0 is not known
probe name call nowhere|no symbol is called nowhere
probe name call work.returns|returns is int(void *, uint32_t), and should be void(void *, uint32_t): it returns something
probe name call work.change|change is void(
probe name call work.n_noted|n_noted is data
patch name work.look|look is int(
probe mmu_translate count|kernel!mmu_translate cannot be patched: code_write needs it
probe trace_hit trace|0x
probe trace_hit+8 call work.note|0x
probe time_left time|0x
patch time_entered work.note|0x
END
    whorl -x $t/work.o "${arguments[@]}" -c probes -c work
    expect_status 1
    expect_count 1 "$WORK 0$"
    [ ${#lines[@]} -eq 1 ] || fail 'something else was printed'
    i=0
    while IFS= read -r sentence; do
        wanted=${sentences[i]/\{BAR\}/|}
        [[ $sentence == "$wanted"* ]] || fail "line $i, $sentence, is not: $wanted"
        i=$((i + 1))
    done <<<"$stderr"
    [ $i -eq ${#sentences[@]} ] || fail "$i of ${#sentences[@]} are refused"
}

@test "probes: without memory there is no probe, and nothing is left of one" {
    target work
    arguments=()
    for n in $(seq 1 3 60) $(seq 70 37 900); do
        arguments+=(-c "inject $n" -c 'probe work.name:return trace' -c 'probe work.look time' -c 'probe blocks_of blocks' \
            -c 'probe name call work.note' -c 'inject 0' -c traces -c 'unprobe all')
    done
    whorl -x $t/work.o "${arguments[@]}" -c work -c mem "${arguments[@]}" -c work -c mem
    expect_stderr_line '^no memory '
    expect_no_stderr_line '^(kernel|panic)|exception'
    expect_same_memory 2
    expect_count 2 "$WORK"
}

# ---- modes and the survey ----

@test "probes: in each mode programs do what they do" {
    target work
    for mode in exact paranoid poison; do
        whorl -x $t/work.o -c "patch --mode $mode" -c 'patch --mode' -c 'probe look trace' -c 'probe wide time' -c 'probe blocks_of blocks' \
            -c 'probe factorial:return trace' -c 'probe name call work.note' -c 'probe printf time' -c 'probe malloc count' -c work -c work -c 'unprobe all' -c work
        expect_status 0
        expect_line "^$mode$"
        expect_count 1 "$WORK 3$"
        expect_count 2 "$WORK 6$"
    done
}

@test "probes: a survey of the kernel answers for every instruction" {
    whorl -c 'patch --survey' -c probes
    expect_status 0
    expect_line '^[0-9]+ words of kernel text$'
    expect_line '^ +[0-9]+ +(99|100)\.[0-9]{2} %  accepted outside the exception path$'
    expect_line '^text is what it was before: checksum [0-9a-f]{16}$'
    awk '/words of kernel text/ { all = $1 }
         /accepted$|not code|exception path$|reservation$|code_write$/ { if (!/outside/) sum += $1 }
         END { exit all != sum }' <<<"$output" || fail 'the answers do not add up'
    [ -z "$stderr" ] || fail 'something was said'
}
