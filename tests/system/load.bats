# Loading and unloading: everything a compiler makes, symbols, names, life and death of domains.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
    everything=tests/system/programs/everything.c
}

# load_each MACHINE [PATTERN]: all of $t/objects, or those whose names match, one after another. Only those of
# folder untyped need no types.
load_each()
{
    local object name option arguments=(-c mem)

    n_loads=0
    for object in $t/objects/${2-*}.o $t/untyped/${2-*}.o; do
        [ -e $object ] || continue
        n_loads=$((n_loads + 1))
        name=${object##*/}
        option=
        [[ $object != $t/untyped/* ]] || option=--untyped
        arguments+=($option -x "$object" -c "unload ${name%.o}")
    done
    whorl -M $1 "${arguments[@]}" -c mem
}

# all_are_right: each that was loaded has printed the right number.
all_are_right()
{
    expect_stderr ''
    expect_status 0
    expect_count $n_loads '^result '
    expect_count $n_loads '^result 0xfd12e1a9$'
    expect_same_memory 2
}

@test "load: whorl cc's objects at every optimization, kind of position independence and flag" {
    mkdir $t/objects
    for level in O0 O2 O3 Os; do
        for pic in no-pic pic PIC pie default; do
            pic_flag=-f$pic
            [ $pic != default ] || pic_flag=
            for flags in '' -g '-ffunction-sections -fdata-sections' -fcommon '-g -ffunction-sections -fcommon'; do
                build/whorl cc -$level $pic_flag $flags $everything -o "$t/objects/e$level$pic${flags// /}.o"
            done
        done
    done
    load_each g3beige
    [ $n_loads -eq 100 ]
    all_are_right
    load_each mac99 '*-fcommon'
    [ $n_loads -eq 40 ]
    all_are_right
}

@test "load: objects of the stock compiler, without whorl cc" {
    mkdir $t/objects $t/untyped
    powerpc-linux-gnu-gcc -w -DPLAIN -c $everything -o $t/untyped/plain.o
    powerpc-linux-gnu-gcc -gbtf -w -DPLAIN -c $everything -o $t/objects/plain_typed.o
    for level in O0 O1 O2 O3 Os; do
        for pic in default -fno-pic -fpic -fPIC; do
            pic_flag=$pic
            [ $pic != default ] || pic_flag=
            for flags in '' '-g -ffunction-sections -fdata-sections -fcommon'; do
                powerpc-linux-gnu-gcc -w -fno-stack-protector -DPLAIN -c -$level $pic_flag $flags $everything \
                    -o "$t/untyped/e$level$pic${flags// /}.o"
                powerpc-linux-gnu-gcc -gbtf -w -fno-stack-protector -DPLAIN -c -$level $pic_flag ${flags#-g } $everything \
                    -o "$t/objects/t$level$pic${flags// /}.o"
            done
        done
    done
    for machine in "${MACHINES[@]}"; do
        load_each $machine
        [ $n_loads -eq 82 ]
        all_are_right
    done
}

@test "load: several objects joined by ld -r, however compiled" {
    mkdir $t/objects $t/parts
    for kind in '-O2 -fno-pic' '-Os -fpic' '-O0 -fPIC -g' '-O3 -fpie -ffunction-sections -fcommon'; do
        build/whorl cc $kind $everything -o $t/parts/everything.o
        for other in '-O2 -fno-pic -fcommon' '-O2 -fpic -fcommon' '-Os -fPIC -g -fcommon'; do
            build/whorl cc $other -x c - -o $t/parts/other.o <<C
#include <stdint.h>
static int static_word = 5;
int *other_word(void) { return &static_word; }
const char *other_text(int n) { switch (n) { case 1: return "one"; case 2: return "two"; default: return "many"; } }
extern const char text[];
extern uint64_t common_pair[3];
const void *other_table[] = {text, common_pair, other_word, &static_word};
__attribute__((constructor)) static void set(void) { static_word += text[0]; }
C
            powerpc-linux-gnu-ld -r -o "$t/objects/j${kind//[ =]/}${other//[ =]/}.o" $t/parts/everything.o $t/parts/other.o
            powerpc-linux-gnu-ld -r -o "$t/objects/k${kind//[ =]/}${other//[ =]/}.o" $t/parts/other.o $t/parts/everything.o
        done
    done
    for machine in "${MACHINES[@]}"; do
        load_each $machine
        all_are_right
    done
}

@test "load: common symbols of joined objects are one" {
    object a -fcommon <<<'int shared[3]; void a_set(void) { shared[2] = 77; }'
    extension b -fcommon <<<'int shared[2]; void a_set(void); status_t domain_init(void) { a_set(); console_print("%d\n", *(&shared[0] + 2)); return OK; }'
    powerpc-linux-gnu-ld -r -o $t/ab.o $t/a.o $t/b.o
    whorl -x $t/ab.o
    expect_output 77
}

@test "load: constructors run before domain_init, destructors after domain_fini" {
    extension life <<C
__attribute__((constructor)) static void one(void) { console_print("constructor\n"); }
__attribute__((destructor)) static void two(void) { console_print("destructor\n"); }
status_t domain_init(void) { console_print("init\n"); return OK; }
void domain_fini(void) { console_print("fini\n"); }
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/life.o -c 'unload life' -c mem
        expect_status 0
        [ "$(grep -Ev '^(pages|heap|memory|kernel|code|owner) ' <<<"$output")" = 'constructor
init
fini
destructor' ] || fail "wrong order"
        expect_same_memory 2
    done
}

@test "load: constructors run in the order of their priorities" {
    extension order <<C
__attribute__((constructor)) static void last(void) { console_print("last\n"); }
__attribute__((constructor(300))) static void third(void) { console_print("third\n"); }
__attribute__((constructor(200))) static void second(void) { console_print("second\n"); }
__attribute__((constructor(101))) static void first(void) { console_print("first\n"); }
status_t domain_init(void) { console_print("init\n"); return OK; }
C
    whorl -x $t/order.o
    expect_status 0
    expect_stderr ''
    expect_output 'first
second
third
last
init'
}

@test "load: an object needs neither domain_init nor domain_fini" {
    object data <<<'int data_word = 4;'
    object empty <<<''
    powerpc-linux-gnu-as -o $t/nothing.o /dev/null
    whorl -c mem -x $t/data.o -x $t/empty.o --untyped -x $t/nothing.o -c domains -c 'unload nothing' -c 'unload empty,data' -c mem
    expect_status 0
    expect_stderr ''
    expect_count 3 '^(data|empty|nothing) +initialized'
    expect_same_memory 2
}

@test "load: the domain is called after DOMAIN, else after the file" {
    extension named <<<'DOMAIN("proper_name"); status_t domain_init(void) { return OK; }'
    speaker plain
    cp $t/plain.o $t/plain.object
    cp $t/plain.o $t/Plain-2_x.y.o
    whorl -x $t/named.o -x $t/plain.o -x $t/plain.object -x $t/Plain-2_x.y.o -c domains -c 'unload proper_name' \
        -c 'unload plain' -c 'unload plain.object' -c 'unload Plain-2_x.y' -c 'unload named'
    expect_status 1
    for name in proper_name plain plain.object Plain-2_x.y; do
        expect_count 1 "^$name +initialized"
    done
    expect_stderr 'no domain is called named'
}

@test "load: the same name twice is refused, and the first stays" {
    speaker one
    extension other <<<'DOMAIN("one"); status_t domain_init(void) { console_print("never\n"); return OK; }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x $t/one.o -c mem -x $t/one.o -c mem -x $t/other.o -c mem -x build/extensions/hello.o,$t/other.o \
            -c mem -c domains -c 'unload one' -x $t/other.o -c 'unload one'
        expect_status 1
        expect_stderr_count 3 'one is already loaded'
        expect_same_memory 4
        expect_count 1 '^one +initialized'
        expect_count 1 '^never$'
    done
}

@test "load: names that would confuse the shell are refused" {
    for name in '' 'two words' 'a,b' $'bell\a'; do
        extension bad <<<"DOMAIN(\"$name\"); status_t domain_init(void) { return OK; }"
        cp $t/bad.o $t/bad${#objects[@]}.o
        objects+=(-x $t/bad${#objects[@]}.o)
    done
    whorl -c mem "${objects[@]}" -c mem -c domains
    expect_status 1
    [ "${#stderr_lines[@]}" -eq 4 ] || fail "not all were refused with one sentence"
    expect_same_memory 2
    speaker fine
    cp $t/fine.o "$t/not fine.o"
    whorl -x "$t/not fine.o"
    expect_status 1
    expect_output ''
}

@test "load: two domains may define the same symbols" {
    for name in one two; do
        extension $name <<C
int value = sizeof "$name-$name" * 10;
char buffer[5000];
int compute(int n) { return n * value; }
status_t domain_init(void) { strcpy(buffer, "$name"); console_print("%s %d\n", buffer, compute(2)); return OK; }
void domain_fini(void) { console_print("%s %d\n", buffer, compute(3)); }
C
    done
    whorl -x $t/one.o -x $t/two.o -c 'symbols one' -c 'symbols two' -c 'unload one' -c 'unload two'
    expect_status 0
    expect_count 2 ' procedure +compute: int\(int\)$'
    expect_line '^one 160$'
    expect_line '^two 160$'
    expect_line '^one 240$'
    expect_line '^two 240$'
}

@test "load: IMPORT_DOMAIN binds to what the nameserver has under that name, and to nothing else" {
    extension north <<<'int where(void) { return 1; } INTERFACE(North, where); EXPORT_INTERFACE("north", North);'
    extension south <<<'int where(void) { return 2; } INTERFACE(South, where); EXPORT_INTERFACE("south", South);'
    # It has an interface of nobody's name, and its domain's name is no way to it.
    extension west <<<'int where(void) { return 3; } INTERFACE(West, where); EXPORT_INTERFACE("compass/west", West);'
    for name in north south; do
        extension asks_$name <<<"IMPORT_DOMAIN(\"$name\"); int where(void); status_t domain_init(void) { console_print(\"%d\\n\", where()); return OK; }"
    done
    extension asks_nobody <<<'int where(void); status_t domain_init(void) { return where(); }'
    extension asks_missing <<<'IMPORT_DOMAIN("west"); int where(void); status_t domain_init(void) { return where(); }'
    whorl -x $t/north.o -x $t/south.o -x $t/west.o -c mem -x $t/asks_nobody.o -x $t/asks_missing.o -c mem -x $t/asks_north.o -x $t/asks_south.o \
        -c 'unload north' -c 'unload asks_north' -c 'unload north' -c 'unload south,asks_south'
    expect_status 1
    expect_line '^1$'
    expect_line '^2$'
    expect_same_memory 2
    expect_stderr_count 1 'where'
    expect_stderr_count 1 'domain west'
    expect_stderr_count 1 '^north is used by: asks_north$'
    [ "${#stderr_lines[@]}" -eq 3 ]
}

@test "load: data and functions of another domain are shared, through pointers too" {
    extension owner <<<'int shared = 1; int (*notify)(int); int ask(int n) { return notify(n) + shared; } INTERFACE(Owner, shared, notify, ask); EXPORT_INTERFACE("owner", Owner);'
    for pic in no-pic pic PIC pie; do
        extension user$pic -f$pic <<C
IMPORT_DOMAIN("owner");
extern int shared;
extern int (*notify)(int);
int ask(int);
static int (*const indirect)(int) = ask;
static int *const address = &shared + 0;
static int twice(int n) { return 2 * n; }
status_t domain_init(void)
{
    shared = 100;
    notify = twice;
    console_print("%d %d %d\n", ask(5), indirect(6), *address);
    return OK;
}
C
        arguments+=(-x $t/user$pic.o)
    done
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x $t/owner.o "${arguments[@]}"
        expect_status 0
        expect_count 4 '^110 112 100$'
    done
}

@test "load: what another domain uses is not unloaded, and everybody who uses it is named" {
    extension base <<<'int base(void) { return 5; } INTERFACE(Base, base); EXPORT_INTERFACE("base", Base); status_t domain_init(void) { return OK; } void domain_fini(void) { console_print("base: fini\n"); }'
    for name in user1 user2; do
        extension $name <<<"IMPORT_DOMAIN(\"base\"); int base(void); status_t domain_init(void) { return base() == 5 ? OK : ERR_FAILED; } void domain_fini(void) { console_print(\"$name: %d\\n\", base()); }"
    done
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/base.o -x $t/user1.o -x $t/user2.o -c 'unload base' -c 'unload base,user1' -c 'unload user2,base' \
            -c domains -c 'unload base,user1,user2' -c mem
        expect_status 1
        expect_stderr 'base is used by: user1 user2
base is used by: user2
base is used by: user1'
        expect_count 3 '^(base|user1|user2) +initialized'
        expect_line '^user1: 5$'
        expect_line '^user2: 5$'
        [[ ${output%base: fini*} == *'user1: 5'*'user2: 5'* || ${output%base: fini*} == *'user2: 5'*'user1: 5'* ]] || fail "base went first"
        expect_same_memory 2
    done
}

@test "load: unloading what is not there changes nothing" {
    speaker one
    whorl -x $t/one.o -c mem -c 'unload two' -c 'unload one,two' -c 'unload two,one' -c 'unload one,one' -c 'unload SpinPublic' \
        -c 'unload one,Debug' -c mem -c domains
    expect_status 1
    [ "${#stderr_lines[@]}" -eq 6 ] || fail "not one sentence each"
    expect_same_memory 2
    expect_count 1 '^one +initialized'
    expect_no_line fini
}

@test "load: undefined symbols are refused with all their names" {
    {
        for n in {1..120}; do
            echo "extern int an_undefined_symbol_number_$n(void);"
        done
        echo 'status_t domain_init(void) { return OK'
        for n in {1..120}; do
            echo "+ an_undefined_symbol_number_$n()"
        done
        echo '; }'
    } > $t/body
    extension lacking < $t/body
    extension two_lacking <<<'int absent(void); extern int missing; status_t domain_init(void) { return missing + absent() + (int)strlen(""); }'
    whorl -c mem -x $t/two_lacking.o -c mem -c domains
    expect_status 1
    expect_same_memory 2
    expect_no_line '^two_lacking'
    [ "${#stderr_lines[@]}" -eq 1 ] || fail "more than one sentence"
    expect_stderr_line '\<absent\>'
    expect_stderr_line '\<missing\>'
    expect_no_stderr_line 'strlen'

    whorl -c mem -x $t/lacking.o -c mem -x build/extensions/hello.o
    expect_status 1
    expect_same_memory 2
    expect_line '^hello: linked'
    for n in {1..120}; do
        expect_stderr_line "\\<an_undefined_symbol_number_$n\\>"
    done
}

@test "load: a weak symbol that nobody defines is 0, one that somebody defines is bound" {
    for pic in no-pic pic PIC; do
        extension weak$pic -f$pic <<C
extern int nowhere(void) __attribute__((weak));
extern int nothing __attribute__((weak));
extern size_t strlen(const char *) __attribute__((weak));
size_t (*volatile length)(const char *) = strlen;
status_t domain_init(void) { console_print("%p %p %u\n", (void *)nowhere, (void *)&nothing, (unsigned)length("four")); return OK; }
C
        arguments+=(-x $t/weak$pic.o)
    done
    whorl "${arguments[@]}"
    expect_status 0
    expect_count 3 '^(0|0x0|\(nil\)) (0|0x0|\(nil\)) 4$'
}

@test "load: a domain_init that does not return OK is refused, and nothing is left" {
    extension fails <<C
static char room[100000];
status_t domain_init(void) { room[5] = 1; console_print("tried\n"); return ERR_NO_MEMORY; }
void domain_fini(void) { console_print("never\n"); }
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/fails.o -c mem -x $t/fails.o -c mem -c domains
        expect_status 1
        expect_count 2 '^tried$'
        expect_no_line 'never'
        expect_no_line '^fails'
        expect_stderr_count 2 'fails: .*ERR_NO_MEMORY'
        expect_same_memory 3
    done
}

@test "load: an extension may load, register and destroy domains itself" {
    speaker inner
    {
        printf 'static const unsigned char object[] = {'
        od -An -v -tu1 $t/inner.o | sed 's/  */,/g; s/^,//; s/$/,/'
        echo '};'
        cat <<C
static status_t bring(const char *name, domain_t **domain)
{
    domain_t *public;
    status_t status = domain_create(name, object, sizeof object, domain);

    if (status == OK)
        status = nameserver_query("SpinPublic", &public);
    if (status == OK)
        status = domain_resolve(public, *domain);
    return status == OK ? domain_initialize(*domain) : status;
}

status_t domain_init(void)
{
    domain_t *domain, *found;
    status_t status = bring("mine", &domain);

    if (status == OK)
        status = nameserver_register("mine", domain, NULL, NULL);
    if (status == OK)
        status = nameserver_query("mine", &found);
    if (status != OK)
        return status;
    if (found != domain)
        return ERR_STATE;
    if (domain_create("mine", object, sizeof object, &found) != ERR_EXISTS)
        return ERR_STATE;
    console_print("%s\n", status_explain());
    if (domain_create("short", object, sizeof object / 2, &found) != ERR_BAD_OBJECT)
        return ERR_STATE;
    status = domain_destroy(domain);
    if (status == OK && nameserver_query("mine", &found) != ERR_NOT_FOUND)
        return ERR_STATE;
    return status;
}
C
    } | extension outer
    whorl -c mem -x $t/outer.o -c 'unload outer' -c mem
    expect_status 0
    expect_stderr ''
    expect_line '^inner: init$'
    expect_line 'mine is already loaded'
    expect_line '^inner: fini$'
    expect_same_memory 2
}

@test "load: pages and heap of an extension's own work as they should" {
    extension memory <<C
static status_t check(void)
{
    unsigned char *pages, *block, *blocks[50];
    struct memory_use before, during, after;

    memory_use(&before);
    if (page_allocate(3, (void **)&pages) != OK)
        return ERR_NO_MEMORY;
    memory_use(&during);
    if ((unsigned)pages % MEMORY_PAGE_SIZE != 0 || during.n_free_pages + 3 != before.n_free_pages)
        return ERR_STATE;
    memset(pages, 0xa5, 3 * MEMORY_PAGE_SIZE);
    for (int i = 0; i < 50; i++) {
        blocks[i] = malloc(i * 97 + 1);
        if (blocks[i] == NULL)
            return ERR_NO_MEMORY;
        memset(blocks[i], i, i * 97 + 1);
    }
    for (int i = 0; i < 50; i += 2)
        free(blocks[i]);
    for (int i = 1; i < 50; i += 2) {
        block = realloc(blocks[i], i * 200);
        for (int k = 0; k < i * 97 + 1; k++)
            if (block[k] != i)
                return ERR_DAMAGED;
        free(block);
    }
    for (unsigned i = 0; i < 3 * MEMORY_PAGE_SIZE; i++)
        if (pages[i] != 0xa5)
            return ERR_DAMAGED;
    if (page_free(pages + 1, 1) != ERR_BAD_ARGUMENT || page_free(pages, 3) != OK || page_free(pages, 1) != ERR_BAD_ARGUMENT ||
        page_allocate(0, (void **)&pages) != ERR_BAD_ARGUMENT || page_allocate(1u << 20, (void **)&pages) != ERR_NO_MEMORY)
        return ERR_STATE;
    memory_use(&after);
    return after.n_free_pages == before.n_free_pages && after.heap_bytes == before.heap_bytes ? OK : ERR_FAILED;
}

status_t domain_init(void) { return check(); }
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/memory.o -c 'unload memory' -c mem
        expect_stderr ''
        expect_status 0
        expect_same_memory 2
    done
}

@test "load: the C library's formats, numbers and strings" {
    extension library <<C
#include <inttypes.h>
#include <setjmp.h>
#include <ctype.h>
status_t domain_init(void)
{
    static jmp_buf place;
    char text[64];
    int a, n;
    double d;
    long long ll;

    console_print("%d %u %x %lld %llx %zu %c %s %5.2s| %-5d| %+d %#x %o %%\n", -5, 4000000000u, 255, -5000000000ll,
                  0x123456789abcdefull, sizeof text, 'x', "text", "abcdef", 42, 5, 255, 8);
    printf("%.3f %g %.2e\n", 3.25, 1e10, 12345.678);
    n = sscanf("12 3.5 -9000000000 word", "%d %lf %lld %63s", &a, &d, &ll, text);
    printf("%d %d %d %lld %s\n", n, a, (int)(d * 100), ll, text);
    printf("%d %s\n", snprintf(text, sizeof text, "%" PRIu64, (uint64_t)1 << 40), text);
    printf("%ld %s %d %d\n", strtol("-0x7f", NULL, 16), strstr("a needle in", "needle"), toupper('a'), isdigit('7') != 0);
    n = setjmp(place);
    if (n < 3)
        longjmp(place, n + 1);
    printf("%d\n", n);
    fputs("done", stdout);
    putchar('\n');
    return OK;
}
C
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/library.o -c 'unload library' -c mem
        expect_status 0
        expect_stderr ''
        [ "$(grep -Ev '^(pages|heap|memory|kernel|code|owner) ' <<<"$output")" = '-5 4000000000 ff -5000000000 123456789abcdef 64 x text    ab| 42   | +5 0xff 10 %
3.250 1e+10 1.23e+04
4 12 350 -9000000000 word
13 1099511627776
-127 needle in 65 1
3
done' ] || fail "the text is not right"
        expect_same_memory 2
    done
}

@test "load: soft floating point computes right" {
    extension floats <<C
volatile float f = 1.5f;
volatile double d = 2.25;
volatile long long ll = 1ll << 40;
volatile unsigned u = 4000000000u;
status_t domain_init(void)
{
    double sum = 0;

    for (int i = 1; i <= 1000; i++)
        sum += 1.0 / i;
    console_print("%d %d %d %lld %d %d %u\n", (int)(sum * 1000000), (int)(f * d * 1000), f < d, (long long)(double)ll,
                  (int)((double)u / 1e6), d == 2.25, (unsigned)(float)(u / 2));
    return OK;
}
C
    for level in O0 O2 Os; do
        build/whorl cc -$level $t/floats.c -o $t/f$level.o
        arguments+=(-x $t/f$level.o)
    done
    whorl "${arguments[@]}"
    expect_status 0
    expect_count 3 '^7485470 3375 1 1099511627776 4000 1 2000000000$'
}

@test "load: floating-point instructions work, and floating point in registers is refused by name" {
    extension instructions <<C
static const double numbers[] = {1.5, 2.25, 0.125};
static double sum[3];
static void __attribute__((noinline)) add(void)
{
    __asm__ volatile("lfd 1, 0(%0); lfd 2, 8(%0); lfd 3, 16(%0); fmadd 1, 1, 2, 3; stfd 1, 0(%1); lfd 4, 0(%1); fadd 5, 4, 2; stfd 5, 8(%1)"
                     : : "b"(numbers), "b"(sum) : "memory", "fr1", "fr2", "fr3", "fr4", "fr5");
}
status_t domain_init(void) { add(); printf("%.4f %.4f\n", sum[0], sum[1]); return OK; }
void domain_fini(void) { add(); printf("%.4f %.4f\n", sum[1], sum[0]); }
C
    extension hard -mhard-float <<<'double half(double x) { return x / 2; } status_t domain_init(void) { printf("%g\n", half(3)); return OK; }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/instructions.o -c 'unload instructions' -c mem -x $t/hard.o -c mem
        expect_status 1
        expect_line '^3.5000 5.7500$'
        expect_line '^5.7500 3.5000$'
        expect_same_memory 3
        [ "${#stderr_lines[@]}" -eq 1 ]
        expect_stderr_line '^hard: .*-msoft-float'
    done
}

@test "load: every helper that the compiler may call is there" {
    helpers=$(powerpc-linux-gnu-nm "$(powerpc-linux-gnu-gcc -print-libgcc-file-name)" 2> /dev/null |
        awk '$2 == "T" && $3 ~ /^(__(abs|add|sub|mul|neg)v[sd]i[23]|__(ashl|ashr|lshr|mul|div|mod|udiv|umod|neg|cmp|ucmp|ffs|clz|ctz|popcount|parity|bswap|clrsb|divmod|udivmod)[sd]i[234]|_(save|rest)gpr_[0-9]+(_x)?)$/ { print $3 }' | sort -u)
    [ "$(wc -w <<<"$helpers")" -gt 60 ]
    {
        for helper in $helpers; do
            echo ".long $helper"
        done
    } | powerpc-linux-gnu-as -o $t/helpers.o
    whorl --untyped -x $t/helpers.o
    expect_stderr ''
    expect_status 0
}

@test "load: every function of the string, character and formatting headers is there" {
    functions='memchr memcmp memcpy memmove memset strcat strchr strcmp strcoll strcpy strcspn strerror strlen strncat
        strncmp strncpy strpbrk strrchr strspn strstr strtok strxfrm
        isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit tolower toupper
        abort abs atof atoi atol atoll bsearch calloc div free labs ldiv llabs lldiv malloc qsort rand realloc srand strtod
        strtof strtol strtold strtoll strtoul strtoull aligned_alloc
        fflush fprintf fputc fputs fwrite printf putc putchar puts snprintf sprintf sscanf vfprintf vprintf vsnprintf vsprintf
        vsscanf perror imaxabs imaxdiv strtoimax strtoumax longjmp setjmp'
    for function in $functions; do
        echo ".long $function"
    done | powerpc-linux-gnu-as -o $t/functions.o
    whorl --untyped -x $t/functions.o
    expect_stderr ''
    expect_status 0
}

@test "load: a relocation that is not offered is refused by name, with the flag to use" {
    object small_data -msdata=eabi -meabi -G8 <<<'int small = 5; int domain_init(void) { return small++; }'
    object small_sysv -msdata=sysv -G8 <<<'int small = 5; int domain_init(void) { return small++; }'
    object thread_local <<<'extern __thread int each; int domain_init(void) { return each++; }'
    object old_plt -fpic -mbss-plt <<<'extern int word; int domain_init(void) { return word; }'
    whorl -c mem -x $t/small_data.o -c mem -x $t/small_sysv.o -c mem -x $t/thread_local.o -c mem -x $t/old_plt.o \
        -c mem -c domains
    expect_status 1
    expect_same_memory 5
    expect_count 3 ' (kernel|combined) +0 +0 '
    [ "${#stderr_lines[@]}" -eq 4 ] || fail "not one sentence each"
    [[ ${stderr_lines[0]} =~ R_PPC_EMB_SDA21.*-msdata=none ]]
    [[ ${stderr_lines[1]} =~ R_PPC_SDAREL16.*-msdata=none ]]
    [[ ${stderr_lines[2]} == *each*'thread-local'* ]]
    [[ ${stderr_lines[3]} =~ _GLOBAL_OFFSET_TABLE_|R_PPC_|-msecure-plt ]]
}

@test "load: relocations of hand-written assembly" {
    cat > $t/hand.s <<'S'
    .data
    .balign 4
word:
    .long target, target + 4, word - . , far@l
    .short low@l, target@l, target@h, target@ha
    .balign 4
target:
    .long 0x11223344, 0x55667788
    .set low, 0x1234
    .section .far, "aw"
    .space 0x12344
far:
    .long 99
    .text
    .globl assembly
    .type assembly, @function
assembly:
    mflr 0
    stw 0, 4(1)
    stwu 1, -16(1)
    lis 9, target@ha
    lwz 3, target@l(9)
    lis 9, target@h
    ori 9, 9, target@l
    lwz 4, 4(9)
    lis 9, far@ha
    lwz 5, far@l(9)
    cmpwi 5, 99
    bne wrong
    beq+ over
    li 5, 7
over:
    bl 1f
1:  mflr 9
    addis 9, 9, (word - 1b)@ha
    lwz 6, (word - 1b)@l(9)
    lis 8, target@ha
    addi 8, 8, target@l
    xor. 6, 6, 8
    li 7, 0
    bnel- wrong
    add 3, 3, 4
    add 3, 3, 5
    addi 1, 1, 16
    lwz 0, 4(1)
    mtlr 0
    blr
wrong:
    trap
    .size assembly, . - assembly
S
    powerpc-linux-gnu-as -mregnames -o $t/hand.o $t/hand.s
    extension calls <<<'unsigned assembly(void); status_t domain_init(void) { console_print("0x%x\n", assembly()); return OK; }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine --untyped -x $t/hand.o,$t/calls.o
        expect_stderr ''
        expect_output 0x6688ab2f
    done
}

@test "load: a call further than a branch reaches goes through a veneer" {
    extension near <<<'unsigned remote(unsigned); status_t domain_init(void) { unsigned (*volatile p)(unsigned) = remote; console_print("%x %x\n", remote(5), p(6)); return OK; }'
    # 40 MB of text in between.
    powerpc-linux-gnu-as -o $t/filler.o <<<'.section .fill, "ax", @nobits; .space 40 << 20'
    powerpc-linux-gnu-as -o $t/wide.o <<S
    .text
    .globl remote
    .type remote, @function
remote:
    addis 3, 3, 0x7000
    blr
S
    whorl -m 256 -c mem --untyped -x $t/near.o,$t/filler.o,$t/wide.o -c domains -c 'unload near,filler,wide' -c mem
    expect_stderr ''
    expect_status 0
    expect_line '^70000005 70000006$'
    near=$(sed -n 's/^near .*  0x\([0-9a-f]*\).*/\1/p' <<<"$output")
    wide=$(sed -n 's/^wide .*  0x\([0-9a-f]*\).*/\1/p' <<<"$output")
    [ $((0x$wide - 0x$near)) -gt $((32 << 20)) ]
    expect_same_memory 2
}

@test "load: long calls, however compiled" {
    extension answers <<<'int answer(int n) { return n * 3; }'
    for pic in no-pic pic PIC; do
        extension asks$pic -mlongcall -f$pic <<<"DOMAIN(\"asks$pic\"); int answer(int); status_t domain_init(void) { console_print(\"%d %u\\n\", answer(14), (unsigned)strlen(\"four\")); return OK; }"
    done
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x $t/answers.o,$t/asksno-pic.o,$t/askspic.o,$t/asksPIC.o
        expect_stderr ''
        expect_output '42 4
42 4
42 4'
    done
}

@test "load: what was loaded can be unloaded and loaded again, many times over" {
    speaker again
    extension heavy -fcommon <<<'char room[300000]; int table[500] = {1}; status_t domain_init(void) { if (room[299999] != 0 || table[0] != 1) return ERR_DAMAGED; memset(room, 1, sizeof room); table[0] = 2; return OK; }'
    for n in {1..40}; do
        arguments+=(-x $t/again.o,$t/heavy.o -c "unload again" -c "unload heavy")
    done
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem "${arguments[@]}" -c mem
        expect_status 0
        expect_stderr ''
        expect_count 40 '^again: init$'
        expect_count 40 '^again: fini$'
        expect_same_memory 2
    done
}

@test "load: who made 5,000 unions is unloaded at once" {
    local start=$SECONDS

    extension unions <<'C'
status_t domain_init(void)
{
    domain_t *public, *made;
    status_t status = nameserver_query("SpinPublic", &public);

    for (int i = 0; i < 5000 && status == OK; i++)
        status = domain_combine(public, public, &made);
    return status;
}
C
    whorl -x $t/unions.o -c 'unload unions' -c domains
    expect_stderr ''
    expect_status 0
    expect_no_line '^unions '
    # Two seconds on an idle host; each compared with each, it takes half a minute.
    [ $((SECONDS - start)) -le 10 ] || fail "it took $((SECONDS - start)) seconds"
}

@test "load: 10,000 symbols and 100,000 relocations" {
    perl -e '
        print "#include <whorl/console.h>\n#include <whorl/domain.h>\n";
        print "int s$_ = $_;\n" for 0 .. 9999;
        print "INTERFACE(S, s0, s9999);\nEXPORT_INTERFACE(\"s\", S);\n";
        print "int *const table[100000] = {", join(",", map { "&s" . $_ * 7 % 10000 } 0 .. 99999), "};\n";
        print "status_t domain_init(void) { for (int i = 0; i < 100000; i++) if (*table[i] != i * 7 % 10000) return ERR_DAMAGED; console_print(\"all right\\n\"); return OK; }\n";
    ' | object large
    perl -e '
        print "#include <whorl/console.h>\n#include <whorl/domain.h>\n";
        print "extern int s$_;\n" for 0 .. 9999;
        print "int *const table[100000] = {", join(",", map { "&s" . $_ * 3 % 10000 } 0 .. 99999), "};\n";
        print "status_t domain_init(void) { for (int i = 0; i < 100000; i++) if (*table[i] != i * 3 % 10000) return ERR_DAMAGED; console_print(\"bound\\n\"); return OK; }\n";
    ' | object user
    whorl -c mem -x $t/large.o,$t/user.o -c domains -c 'symbols large' -c 'imports user' -c 'unload user,large' -c mem
    expect_stderr ''
    expect_status 0
    expect_count 1 '^all right$'
    expect_count 1 '^bound$'
    expect_line '^large +initialized .* 10002 '
    expect_count 10000 ' variable  s[0-9]+: int$'
    expect_count 10000 '^0x1[0-9a-f]{7}  s[0-9]+ \(large\): int$'
    expect_same_memory 2
}
