# Domains as those see them who write extensions: types, rights, names, and linking while everything runs.

load lib

setup()
{
    export TMPDIR=$BATS_TEST_TMPDIR
    t=$BATS_TEST_TMPDIR
    programs=tests/system/programs
}

# program NAME [FLAG...]: compiles tests/system/programs/NAME.c to $t/NAME.o.
program()
{
    local name=$1

    shift
    build/whorl cc -Wextra -Werror -I. "$@" $programs/$name.c -o $t/$name.o
}

# embed NAME: $t/NAME.h has the bytes of $t/NAME.o, as NAME_object.
embed()
{
    {
        echo "static const unsigned char $1_object[] = {"
        od -An -v -tu1 $t/$1.o | sed 's/  */,/g; s/^,//; s/$/,/'
        echo '};'
    } > $t/$1.h
}

# The lines of standard output that `mem` did not print.
other_output()
{
    grep -Ev '^(pages|heap|memory|kernel|code|owner) |^[^ ]+ +[0-9]+ +[0-9]+ +([0-9]+|none)$' <<<"$output"
}

# Every `domains` in the output, as many as said, shows the same.
expect_same_domains()
{
    local n

    n=$(grep -E '^[^ ]+ +[a-z]+ +[0-9]+ .* 0x[0-9a-f]{8}( |$)' <<<"$output" | sort | uniq -c | awk '{ print $1 }' | sort -u)
    [ "$n" = "$1" ] || fail 'the domains are not what they were'
}

# ---- what is loaded ----

@test "domains: the members of a group import from each other, data and procedures" {
    extension even <<<'int odd(int); int calls; int even(int n) { calls++; return n == 0 ? 1 : odd(n - 1); } status_t domain_init(void) { console_print("even %d %d\n", even(10), even(7)); return OK; }'
    extension odd <<<'int even(int); extern int calls; int odd(int n) { return n == 0 ? 0 : even(n - 1); } status_t domain_init(void) { console_print("odd %d %d\n", odd(7), calls != 0); return OK; }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/even.o,$t/odd.o -c 'imports even' -c 'imports odd' -c 'unload odd' -c 'unload even,odd' -c mem
        expect_status 1
        expect_stderr 'odd is used by: even'
        expect_line '^even 1 0$'
        expect_line '^odd 1 1$'
        expect_line '^0x0[0-9a-f]{7}  odd \(odd\): int\(int\)$'
        expect_line '^0x1[0-9a-f]{7}  calls \(even\): int$'
        expect_same_memory 2
    done
}

@test "domains: objects joined by ld -r are one domain" {
    extension first <<<'int second(int); int first(int n) { return second(n) * 2; }'
    extension second <<<'static int kept = 5; int second(int n) { return n + kept; }'
    extension last <<<'DOMAIN("joined"); int first(int); status_t domain_init(void) { console_print("%d\n", first(2)); return OK; }'
    object empty <<<''
    powerpc-linux-gnu-ld -r -o $t/abc.o $t/first.o $t/second.o $t/last.o
    powerpc-linux-gnu-ld -r -o $t/cba.o $t/last.o $t/empty.o $t/second.o $t/first.o
    for object in abc cba; do
        whorl -c mem -x $t/$object.o -c domains -c 'symbols joined' -c 'unload joined' -c mem
        expect_stderr ''
        expect_status 0
        expect_line '^14$'
        expect_line '^joined +initialized .*[0-9]$'
        expect_line ' procedure first: int\(int\)$'
        expect_line ' procedure second: int\(int\)$'
        expect_same_memory 2
    done
}

@test "domains: the members of an archive are one domain" {
    extension first <<<'int second(int); int first(int n) { return second(n) * 2; }'
    extension second <<<'static int kept = 5; int second(int n) { return n + kept; }'
    extension a_member_with_a_long_name <<<'int first(int); status_t domain_init(void) { console_print("%d\n", first(2)); return OK; }'
    extension again <<<'int first(int n) { return n; }'
    (cd $t && powerpc-linux-gnu-ar rc net.a first.o second.o a_member_with_a_long_name.o && powerpc-linux-gnu-ar rc bad.a first.o second.o again.o)
    head -c 1000 $t/net.a > $t/cut.a
    extension user <<<'int first(int); status_t domain_init(void) { return first(1) == 12 ? OK : ERR_FAILED; }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/net.a -c 'symbols net' -c 'unload net' -x $t/net.a,$t/user.o -c 'unload net,user' \
            -x $t/bad.a -x $t/cut.a -c mem
        expect_status 1
        expect_count 2 '^14$'
        expect_line ' procedure first: int\(int\)$'
        expect_line ' procedure second: int\(int\)$'
        [ "${#stderr_lines[@]}" -eq 2 ] || fail 'not one sentence each'
        expect_stderr_line '^bad: .*first.*again\.o|^bad: .*again\.o.*first'
        expect_stderr_line '^cut: '
        expect_same_memory 2
    done
}

@test "domains: names of 1,000 characters" {
    long=$(printf 'n%.0s' {1..1000})
    extension owner <<<"int $long(void) { return 7; } INTERFACE(Owner, $long); EXPORT_INTERFACE(\"${long:0:499}/${long:0:500}\", Owner);"
    extension user <<<"IMPORT_DOMAIN(\"${long:0:499}/${long:0:500}\"); int $long(void); status_t domain_init(void) { console_print(\"%d\\n\", $long()); return OK; }"
    extension lacks <<<"int x$long(void); status_t domain_init(void) { return x$long(); }"
    extension wrong <<<"IMPORT_DOMAIN(\"${long:0:499}/${long:0:500}\"); int $long(int); status_t domain_init(void) { return $long(1); }"
    extension called <<<"DOMAIN(\"$long\");"
    whorl -c mem -x $t/owner.o -x $t/user.o -x $t/lacks.o -x $t/wrong.o -c names -c 'symbols owner' -c 'imports user' -x $t/called.o \
        -c domains -c "unload $long" -c 'unload user,owner' -c mem
    expect_status 1
    expect_line '^7$'
    expect_line "^${long:0:499}/${long:0:500} Owner +owner +everyone$"
    expect_line " procedure $long: int\\(void\\)$"
    expect_line "  $long \\(owner\\): int\\(void\\)$"
    expect_line "^$long initialized "
    expect_stderr "lacks: 1 unresolved symbol: x$long
wrong: $long: caller expects int(int), owner exports int(void)"
    expect_same_memory 2
}

# ---- types ----

@test "domains: an import of another type is refused, with both types as C has them" {
    extension shapes <<<'struct point { int x, y; }; int norm(struct point *p) { return p->x; } int level; INTERFACE(Shapes, norm, level); EXPORT_INTERFACE("shapes", Shapes);'
    while IFS='|' read -r name body; do
        object $name -w <<<"#include <whorl/domain.h>
IMPORT_DOMAIN(\"shapes\"); struct point { int x; long long y; }; $body"
        arguments+=(-x $t/$name.o)
    done <<'END'
structure|int norm(struct point *p); status_t domain_init(void) { return norm(0); }
variable|extern int norm; status_t domain_init(void) { return norm; }
procedure|int level(void); status_t domain_init(void) { return level(); }
parameters|unsigned norm(const char *, int); status_t domain_init(void) { return norm("", 5); }
wide|extern long long level; status_t domain_init(void) { return level; }
fixed|int console_print(const char *, int); status_t domain_init(void) { return console_print("", 5); }
pointer|int console_print(const char *, ...); extern char *level; status_t domain_init(void) { return console_print(level); }
alias|int other(int) __asm__("norm"); status_t domain_init(void) { return other(5); }
good|extern long level; status_t domain_init(void) { level = 5; return OK; }
END
    whorl -x $t/shapes.o -c mem "${arguments[@]}" -c 'unload good' -c mem
    expect_status 1
    expect_stderr 'structure: norm: caller expects int(struct point *), shapes exports int(struct point *); struct point is 16 bytes here and 8 there
variable: norm: caller expects int, shapes exports int(struct point *); one is a procedure, one a variable
procedure: level: caller expects int(void), shapes exports int; one is a procedure, one a variable
parameters: norm: caller expects unsigned int(const char *, int), shapes exports int(struct point *)
wide: level: caller expects long long, shapes exports int
fixed: console_print: caller expects int(const char *, int), Console exports int(const char *, ...)
pointer: level: caller expects char *, shapes exports int
alias: norm: the object has no type for this import; declare it under its own name and compile with -gbtf (and -fno-builtin, if gcc made the call up), as whorl cc does, or load it with --untyped'
    expect_same_memory 2
}

@test "domains: an object without types is refused, unless it is loaded as such" {
    powerpc-linux-gnu-gcc -w -c -x c - -o $t/plain.o <<<'int console_print(const char *, ...); int five(void) { return 5; } int domain_init(void) { console_print("untyped\n"); return 0; }'
    powerpc-linux-gnu-gcc -gbtf -w -c -x c - -o $t/typed.o <<<'int console_print(const char *, ...); int domain_init(void) { console_print("typed\n"); return 0; }'
    extension user <<<'int five(void); status_t domain_init(void) { return five() == 5 ? OK : ERR_FAILED; }'
    powerpc-linux-gnu-strip -R .BTF -o $t/stripped.o $t/user.o
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/plain.o -x $t/stripped.o -c mem -x $t/typed.o --untyped -x $t/plain.o -c domains -x $t/typed.o \
            -c 'unload plain,typed' --untyped -x $t/plain.o,$t/user.o -c domains
        expect_status 1
        expect_stderr 'plain: the object carries no types; compile it with -gbtf, or load it with --untyped
stripped: the object carries no types; compile it with -gbtf, or load it with --untyped
typed: a domain called typed is already loaded'
        expect_count 2 '^untyped$'
        expect_count 1 '^typed$'
        expect_count 2 '^plain +initialized .*  untyped$'
        expect_count 1 '^typed +initialized .*[0-9a-f]$'
        expect_count 1 '^user +initialized .*  untyped$'
        [ "$(grep '^pages ' <<<"$output" | uniq | wc -l)" -eq 1 ]
    done
}

@test "domains: library calls that gcc would make into others have types" {
    for level in O0 O2 Os; do
        extension library$level -w -$level <<C
DOMAIN("library$level");
char room[64];
const char *volatile word = "abc";
status_t domain_init(void)
{
    char *clean = malloc(100);

    memset(clean, 0, 100);
    printf("puts\n");
    printf("%c", 'p');
    printf("%s\n", "utchar");
    fprintf(stdout, "fwrite\n");
    fprintf(stdout, "%s", "fputs\n");
    sprintf(room, "%s", word);
    strcat(room, "def");
    printf("%s %d %d %d\n", room, strncmp(word, "abc", 4), strstr(word, "c") != NULL, clean[99]);
    strcpy(room, word);
    printf("%u\n", (unsigned)strlen(room));
    free(clean);
    return OK;
}
C
        arguments+=(-x $t/library$level.o)
    done
    whorl "${arguments[@]}" -c domains
    expect_stderr ''
    expect_status 0
    expect_no_line ' untyped$'
    for line in puts putchar fwrite fputs 'abcdef 0 1 0' 3; do
        expect_count 3 "^$line$"
    done
}

# ---- rights ----

@test "domains: SpinPrivate and Debug are for the privileged, and others are told so" {
    extension debugs <<<'IMPORT_DOMAIN("Debug"); void panic(const char *, ...); status_t domain_init(void) { return panic == NULL; }'
    extension everything <<<'void spl_high(void); status_t domain_init(void) { spl_high(); return OK; }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x build/extensions/spl_client.o -x $t/debugs.o --privileged -x $t/everything.o -c mem \
            --privileged -x build/extensions/spl_client.o --privileged -x $t/debugs.o -c domains -x build/extensions/hello.o -c names \
            -c 'domains'
        expect_status 1
        expect_stderr 'spl_client imports from domain SpinPrivate, which it may not have
debugs imports from domain Debug, which it may not have
everything: 1 unresolved symbol: spl_high'
        expect_count 1 '^spl_client: reading the clock takes [0-9]+ ticks$'
        expect_count 2 '^spl_client +initialized .*  privileged$'
        expect_count 2 '^debugs +initialized .*  privileged$'
        expect_count 1 '^hello +initialized .*[0-9a-f]{8}$'
        expect_line '^SpinPrivate +SpinPrivate +kernel +the privileged, denied 1 time$'
        expect_line '^Debug +Debug +kernel +the privileged, denied 1 time$'
        expect_line '^SpinPublic +SpinPublic +kernel +everyone$'
    done
}

@test "domains: a private interface is handed on to whom its authorizer allows" {
    extension counts <<<'#include <whorl/console_private.h>
IMPORT_DOMAIN("console/private"); status_t domain_init(void) { console_t *mine = console_open(); console_print("%u consoles\n", (unsigned)console_count()); if (console_revoke_all() != 1 || console_count() != 0) return ERR_FAILED; return console_write(mine, "never\n") == ERR_BAD_CAPABILITY ? OK : ERR_STATE; }'
    extension asks <<<'status_t domain_init(void) { domain_t *d; status_t status = nameserver_query("console/private", &d); console_print("%s: %s\n", status_name(status), status_explain()); return console_private_interface() == NULL ? OK : ERR_FAILED; }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x build/extensions/console_private.o -c mem --privileged -x build/extensions/console_private.o -x $t/counts.o \
            --privileged -x $t/counts.o -x $t/asks.o -c names -c 'unload counts,asks,console_private' -c names -c mem
        expect_status 1
        expect_stderr 'console_private: domain_init returned ERR_DENIED (-16)
counts imports from domain console/private, which it may not have'
        expect_count 1 '^console_private: not privileged'
        expect_line '^1 consoles$'
        expect_line '^ERR_NOT_FOUND: the nameserver has no domain called console/private$'
        expect_count 1 '^console/private +ConsolePrivate +console_private +ask its authorizer, denied 2 times$'
        expect_no_line '^never'
        expect_same_memory 3
    done
}

@test "domains: what is no capability is refused by every function that takes one, and none can be guessed" {
    program forged
    program guess
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/forged.o -x $t/guess.o -c domains -c 'unload forged,guess' -c mem
        expect_stderr ''
        expect_status 0
        [ "$(other_output | head -3)" = 'alive
0 wrong
12288 tried, 0 wrong' ] || fail 'something was wrong'
        expect_same_memory 2
    done
}

@test "domains: the capabilities of a domain die with it, whoever keeps them" {
    program keeper
    extension visitor <<'C'
IMPORT_DOMAIN("keeper");
void keeper_keep(domain_t *, console_t *);
status_t domain_init(void);
INTERFACE(Visitor, domain_init);
status_t domain_init(void)
{
    domain_t *domain;
    status_t status = nameserver_query("guarded", &domain);

    if (status == OK)
        status = domain_create_from_interface(INTERFACE_UNIT(Visitor), &domain);
    if (status == OK)
        keeper_keep(domain, console_open());
    return status;
}
C
    extension tells <<<'IMPORT_DOMAIN("keeper"); void keeper_tell(void); status_t domain_init(void) { keeper_tell(); return OK; }'
    whorl -c mem -x $t/keeper.o --privileged -x $t/visitor.o -x $t/tells.o -c 'unload visitor' -c 'unload tells' -x $t/tells.o \
        -c 'unload tells,keeper' -c mem
    expect_stderr ''
    expect_status 0
    [ "$(other_output)" = 'domain OK
console OK
identity OK
privileged 1
domain ERR_BAD_CAPABILITY
console ERR_BAD_CAPABILITY
identity ERR_BAD_CAPABILITY
privileged 0' ] || fail 'that is not what they are good for'
    expect_same_memory 2
}

@test "domains: names of the kernel's domains are its own" {
    for name in SpinPublic operator Console; do
        extension $name <<<"DOMAIN(\"$name\"); status_t domain_init(void) { console_print(\"never\\n\"); return OK; }"
        arguments+=(-x $t/$name.o)
    done
    extension taker <<<'int service(void) { return 5; } INTERFACE(Service, service); EXPORT_INTERFACE("first", Service); EXPORT_INTERFACE("SpinPublic", Service);'
    # What an interface is called, nobody can help; but who asks for SpinPublic gets the kernel's.
    extension alike <<<'int service(void) { return 5; } INTERFACE(SpinPublic, service); EXPORT_INTERFACE("alike", SpinPublic);'
    whorl -c mem -c domains -c names "${arguments[@]}" -x $t/taker.o -c mem -c domains -c names -x $t/alike.o -c 'symbols SpinPublic'
    expect_status 1
    expect_stderr 'SpinPublic: a domain called SpinPublic is already loaded
operator: no domain can be called operator
Console: a domain called Console is already loaded
taker: the nameserver has a domain called SpinPublic already'
    expect_count 2 '^SpinPublic +SpinPublic +kernel +everyone$'
    expect_no_line '^first '
    expect_line ' procedure console_print: '
    expect_no_line ' procedure service: '
    expect_same_memory 2
    expect_same_domains 2
}

# ---- the nameserver ----

@test "domains: names are registered, found, listed, guarded, and vanish" {
    program names
    for name in friend stranger; do
        extension $name <<<"IMPORT_DOMAIN(\"net/for/friends\"); int service(void); status_t domain_init(void) { console_print(\"$name: %d\\n\", service()); return OK; }"
    done
    extension faulty <<<'IMPORT_DOMAIN("net/faulty"); int service(void); status_t domain_init(void) { return service(); }'
    extension lists <<<'static void note(const char *name, void *closure) { console_print("sees %s\n", name); }
status_t domain_init(void) { domain_t *d; console_print("%s, ", status_name(nameserver_query("net/for/friends", &d))); console_print("%s\n", status_name(nameserver_unregister("net/for/friends"))); console_print("%s\n", status_name(nameserver_unregister("net/service"))); return nameserver_list("net", note, NULL); }'
    whorl -c mem -x $t/names.o -x $t/friend.o -x $t/stranger.o -c names -x $t/lists.o -x $t/faulty.o -c 'unload registrar' -c 'unload friend,lists,registrar' \
        -c names -x $t/friend.o -c mem
    expect_status 1
    expect_line '^0 wrong$'
    [ "$(grep -E '^(below|all)' <<<"$output")" = 'below net: net/faulty
below net: net/for/friends
below net: net/service
below net/for: net/for/friends
all: SpinPublic
all: net/faulty
all: net/for/friends
all: net/service
all: network' ] || fail 'the lists are not right'
    expect_line '^friend, of operator, not privileged, asks for net/for/friends$'
    expect_line '^stranger, of operator, not privileged, asks for net/for/friends$'
    expect_line '^friend: 7$'
    expect_no_line '^stranger: '
    # To who lists, what is denied is not there; nor is what belongs to another his to unregister.
    expect_line '^ERR_NOT_FOUND, lists, of operator'
    expect_line '^ERR_DENIED$'
    expect_count 1 '^sees '
    expect_line '^sees net/service$'
    expect_line '^net/for/friends +Service +registrar +ask its authorizer, denied ([2-9] times|1 time)$'
    expect_line '^net/faulty +Service +registrar +ask its authorizer$'
    expect_stderr_line '^stranger imports from domain net/for/friends, which it may not have$'
    # Its authorizer faults when the list asks it: the registrar is quarantined, and its names are gone.
    expect_stderr_line '^faulty imports from domain net/faulty, which is not there$'
    expect_stderr_line '^  registrar is quarantined'
    expect_stderr_line '^fault: data storage exception .*registrar!fault'
    expect_stderr_line '^registrar is used by: friend$'
    expect_stderr_line '^friend imports from domain net/for/friends, which is not there$'
    expect_count 1 '^network +Service +registrar +everyone$'
    expect_same_memory 2
}

# ---- linking while everything runs ----

@test "domains: created, resolved, combined and destroyed by an extension" {
    program guest
    embed guest
    program runtime -include $t/guest.h
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/runtime.o -c 'unload host' -c mem
        expect_stderr ''
        expect_status 0
        [ "$(other_output)" = 'unresolved increase
unresolved console_print
sentence: guest: 2 unresolved symbols: increase console_print
sentence: guest: 1 unresolved symbol: increase
exports answer: int(int) of guest
exports domain_init: status_t(void) of guest
guest runs
imports increase: int(int) through SpinPublic+Increase from host
imports absent: int(void) through nothing from nobody, weak
imports console_print: int(const char *, ...) through SpinPublic+Increase from Console
used by guest
sentence: SpinPublic+Increase is used by: guest
sentence: Increase is used by: SpinPublic+Increase
0 wrong' ] || fail 'that is not what should be printed'
        expect_same_memory 2
    done
}

@test "domains: strong definitions go before weak ones, and two strong ones are refused" {
    extension weak <<<'int __attribute__((weak)) pick(void) { return 1; } INTERFACE(Weak, pick); EXPORT_INTERFACE("weak", Weak);'
    for name in strong other; do
        extension $name <<<"int pick(void) { return 2; } INTERFACE(Strong, pick); EXPORT_INTERFACE(\"$name\", Strong);"
    done
    program unite
    whorl -c mem -x $t/weak.o -x $t/strong.o -x $t/other.o -x $t/unite.o -c 'domains -v' -c 'symbols weak' -c 'unload strong' -c 'unload unite' \
        -c 'unload strong,weak,other' -c mem
    expect_status 1
    [ "$(other_output | head -5)" = 'weak: pick of strong
strong: pick of strong
strong: pick of strong
Strong+Strong: pick is defined by strong and by other
0 wrong' ] || fail 'that is not what should be printed'
    expect_line '^Weak\+Strong +combined '
    expect_line '^    combined of: Weak Strong$'
    expect_line ' procedure pick \(weak\): int\(void\)$'
    expect_stderr 'strong is used by: Weak+Strong Strong+Weak Strong+Strong'
    expect_same_memory 2
}

@test "domains: a used one is not unloaded; unresolved from, it is, and a newer one takes its place" {
    extension lib1 <<<'DOMAIN("lib"); int version(void) { return 1; } int level = 10; INTERFACE(Lib, version, level); EXPORT_INTERFACE("lib", Lib); void domain_fini(void) { console_print("lib: fini\n"); }'
    extension lib2 <<<'DOMAIN("lib"); static int unused[2000]; int level = 20; int version(void) { return 2 + unused[5]; } INTERFACE(Lib, version, level); EXPORT_INTERFACE("lib", Lib);'
    extension lib3 <<<'DOMAIN("lib3"); long long version(void) { return 3; } int level = 30;'
    extension app <<<'IMPORT_DOMAIN("lib"); int version(void); extern int level; static int calls; int (*indirect)(void) = version; int step(void) { calls++; return calls * 100 + indirect() * 10 + version(); } int look(void) { return level; } INTERFACE(App, step, look); EXPORT_INTERFACE("app", App);'
    extension poke <<<'IMPORT_DOMAIN("app"); int step(void); status_t domain_init(void) { console_print("step %d\n", step()); return OK; }'
    extension peek <<<'IMPORT_DOMAIN("app"); int look(void); status_t domain_init(void) { console_print("level %d\n", look()); return OK; }'
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/lib1.o -x $t/app.o -x $t/poke.o -c 'unload poke' -x $t/peek.o -c 'unload peek' -c 'unload lib' \
            -c 'unresolve lib app' -c 'imports app' -c 'domains -v' -c 'unload lib' \
            -x $t/lib3.o -c 'resolve lib3 app' -x $t/lib2.o -c 'resolve lib app' -x $t/poke.o -x $t/peek.o -c 'imports app' -c 'resolve lib app' \
            -c 'unload app,lib' -c 'unload peek,poke,app,lib,lib3' -c mem
        expect_status 1
        [ "$(grep -E '^(step|level|lib:|app:)' <<<"$output")" = 'step 111
level 10
app: 2 imports unbound
lib: fini
app: 2 imports bound
step 222
level 20
app: 0 imports bound' ] || fail 'that is not what should be printed'
        expect_line '^unbound     version: int\(void\)$'
        expect_line '^unbound     level: int$'
        expect_line '^    unresolved: (version level|level version)$'
        expect_line '^0x0[0-9a-f]{7}  version \(lib\): int\(void\)$'
        expect_stderr_line '^lib is used by: app$'
        expect_stderr_line '^app: version: caller expects int\(void\), lib3 exports long long\(void\)$'
        expect_stderr_line '^app is used by: poke peek$|^app is used by: peek poke$'
        expect_stderr_count 0 '^fault: '
        expect_same_memory 2
    done
}

@test "domains: who uses what he is not bound to any more is quarantined, and who called him gets nothing" {
    extension lib <<<'int version(void) { return 1; } int level = 10; INTERFACE(Lib, version, level); EXPORT_INTERFACE("lib", Lib);'
    for name in calls reads; do
        extension $name <<<"IMPORT_DOMAIN(\"lib\"); int version(void); extern int level; int calls_it(void) { return version() + 1; } int reads_it(void) { return level; } INTERFACE(App, ${name}_it); EXPORT_INTERFACE(\"$name\", App);"
        extension ask_$name <<<"IMPORT_DOMAIN(\"$name\"); int ${name}_it(void); status_t domain_init(void) { console_print(\"$name %d\\n\", ${name}_it()); return OK; }"
    done
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x $t/lib.o -x $t/calls.o -x $t/reads.o -c 'unresolve lib calls' -c 'unresolve lib reads' -x $t/ask_calls.o -x $t/ask_reads.o \
            -c 'unload ask_calls,ask_reads,calls,reads,lib' -c mem
        expect_line '^calls 0$'
        expect_line '^reads 0$'
        expect_stderr_line '^fault: .* reads!reads_it\+.*: load from .*: level is an unbound import of reads$'
        expect_stderr_line '^fault: .*: version is an unbound import of calls$'
        expect_stderr_count 2 '^fault: '
        expect_same_memory 2
    done
}

@test "domains: a procedure of a domain that is not initialized cannot be called" {
    program guest
    embed guest
    program early -include $t/guest.h
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x $t/early.o -c domains -c 'unload guest' -c domains -x build/extensions/hello.o
        expect_status 1
        expect_stderr_line '^fault: instruction storage exception .*: guest!answer\+0x0, and guest is not initialized$'
        expect_stderr_line '^early: domain_init faulted$'
        expect_line '^hello: linked'
        expect_no_line '^early '
    done
}

@test "domains: a pointer to an unbound import that was handed out early names it" {
    extension guest <<<'int absent(int); int (*pointer)(int) = absent;'
    embed guest
    program early -DPOINTER -include $t/guest.h
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -x $t/early.o -c 'unload guest' -x build/extensions/hello.o
        expect_status 1
        expect_stderr_line '^fault: instruction storage exception .*: absent is an unbound import of guest$'
        expect_line '^hello: linked'
    done
}

@test "domains: what has not returned is running, however deep below, and who jumps out of it has faulted" {
    program below
    embed below
    program deep -include $t/below.h
    program jumper
    embed jumper
    program leaper -include $t/jumper.h
    extension faulty <<<'status_t domain_init(void) { return *(volatile int *)4; }'
    whorl -c mem -x $t/deep.o -c 'unload deep' -x $t/leaper.o -x $t/faulty.o -c domains -c 'unload leaper' -c 'unload jumper' -c 'unload leaper' -c mem
    expect_status 1
    [ "$(other_output | head -1)" = 'deep: 0 wrong' ] || fail 'something was wrong'
    # Who jumps is to blame, not whose call he jumps out of.
    expect_line '^jumper +initialized '
    expect_line '^leaper +quarantined '
    expect_stderr_line '^leaper: domain_init faulted'
    expect_stderr_line '^leaper jumps out of the call that it runs in$'
    expect_stderr_line '^fault: program exception '
    expect_stderr_line '^faulty: domain_init faulted$'
    expect_stderr_line '^leaper is used by: jumper$'
    expect_stderr_count 2 '^fault: '
    expect_same_memory 2
}

@test "domains: nothing is made for a name or a result that is nowhere" {
    program guest
    embed guest
    while IFS='|' read -r name body; do
        extension $name -include $t/guest.h <<<"status_t domain_init(void);
INTERFACE(Own, domain_init); status_t domain_init(void) { domain_t *d, *volatile *nowhere = NULL; (void)nowhere; status_t status = $body; console_print(\"$name: %s\\n\", status_explain()); return status; }"
        arguments+=(-x $t/$name.o)
    done <<'END'
noname|domain_create(NULL, guest_object, sizeof guest_object, &d)
unreadable|domain_create((char *)0x90000000, guest_object, sizeof guest_object, &d)
create|domain_create("made", guest_object, sizeof guest_object, (domain_t **)nowhere)
interface|domain_create_from_interface(INTERFACE_UNIT(Own), (domain_t **)nowhere)
combine|nameserver_query("SpinPublic", &d) != OK ? OK : domain_combine(d, d, (domain_t **)nowhere)
END
    whorl -c mem -c domains "${arguments[@]}" -c mem -c domains
    expect_status 1
    for name in create interface combine; do
        expect_stderr_line "^$name: domain_init faulted$"
    done
    expect_stderr_count 3 '^fault: data storage exception .* 0x00000000, which is not mapped$'
    expect_stderr_count 5 ': domain_init (faulted|returned ERR_BAD_ARGUMENT.*)$'
    expect_line '^noname: no name at '
    expect_line '^unreadable: no name at '
    expect_same_memory 2
    expect_same_domains 2
}

@test "domains: nothing is half done when the stack ends" {
    program jumper
    embed jumper
    program sinks -include $t/jumper.h
    # What is left is what was whole before; which step that is depends on the frames.
    whorl -c mem -x $t/sinks.o -c 'unload jumper' -c 'unload sinks' -c mem
    expect_stderr_count 1 '^fault: data storage exception .*: the boot stack overflowed'
    expect_stderr_line '^sinks: domain_init faulted'
    expect_same_memory 2
}

@test "domains: one that failed and cannot go says who uses it" {
    program guest
    embed guest
    program clings -include $t/guest.h
    whorl -c mem -x $t/clings.o -c domains -x $t/clings.o -c 'unload clings' -c 'unload guest,clings' -c mem
    expect_status 1
    expect_line '^clings +failed '
    expect_stderr 'clings: domain_init returned ERR_DENIED (-16): clings is used by: guest
clings: a domain called clings is already loaded
clings is used by: guest'
    expect_same_memory 2
}

@test "domains: a weak import that nobody defined is bound when somebody does" {
    extension asks <<<'int maybe(void) __attribute__((weak)); int ask(void) { return maybe != NULL ? maybe() : -1; } INTERFACE(Asks, ask); EXPORT_INTERFACE("asks", Asks);'
    extension gives <<<'int maybe(void) { return 5; }'
    extension shows <<<'IMPORT_DOMAIN("asks"); int ask(void); status_t domain_init(void) { console_print("%d\n", ask()); return OK; }'
    whorl -x $t/asks.o -x $t/shows.o -c 'unload shows' -c 'imports asks' -x $t/gives.o -c 'resolve gives asks' -x $t/shows.o -c 'unload shows' \
        -c 'imports asks' -c 'unload gives' -c 'unresolve gives asks' -x $t/shows.o -c 'unload gives'
    expect_status 1
    [ "$(grep -E '^-?[0-9]+$' <<<"$output")" = '-1
5
-1' ] || fail 'weak imports'
    expect_line '^unbound     maybe \(weak\): int\(void\)$'
    expect_line '^0x0[0-9a-f]{7}  maybe \(gives\) \(weak\): int\(void\)$'
    expect_stderr 'gives is used by: asks'
}

@test "domains: who passes on what it imports can be unresolved from, and then unloaded" {
    extension first <<<'int one(void) { return 1; } INTERFACE(First, one); EXPORT_INTERFACE("first", First);'
    extension passes <<<'IMPORT_DOMAIN("first"); int one(void); INTERFACE(Second, one); EXPORT_INTERFACE("second", Second);'
    extension uses <<<'IMPORT_DOMAIN("second"); int one(void); int use(void) { return one(); } status_t domain_init(void) { console_print("%d\n", one()); return OK; }'
    whorl -c mem -x $t/first.o -x $t/passes.o -x $t/uses.o -c 'unload first,passes' -c 'unload passes' -c 'unresolve passes uses' \
        -c 'unload passes' -c 'resolve first uses' -c 'unload first' -c 'unresolve first uses' -c 'unload first' -c 'unload uses' -c mem
    expect_status 1
    [ "$(other_output)" = '1
uses: 1 import unbound
uses: 1 import bound
uses: 1 import unbound' ] || fail 'that is not what should be printed'
    expect_stderr 'first is used by: uses
passes is used by: uses
first is used by: uses'
    expect_same_memory 2
}

# ---- commands ----

@test "domains: -v shows who loaded, made, combined and uses whom" {
    whorl -x build/extensions/udp.o -x build/extensions/udp_mcast.o -c 'domains -v'
    expect_status 0
    expect_line '^Console +kernel '
    expect_line '^    combined of: .*Console.*Domain'
    expect_line '^udp +initialized '
    expect_count 2 '^    loaded by operator$'
    expect_line '^    made: Udp$'
    expect_line '^Udp +interface +0 +0 +3 +0 '
    expect_line '^    made by udp$'
    expect_line '^    imports from: .*SpinPublic.* udp Udp$'
    expect_line '^    used by: .*udp_mcast'
}

# ---- the extensions of the papers ----

@test "domains: udp delivers packets to their ports, and udp_mcast to several" {
    program udp_user
    for machine in "${MACHINES[@]}"; do
        whorl -M $machine -c mem -x build/extensions/udp_mcast.o -x build/extensions/udp.o -x build/extensions/udp_mcast.o -x $t/udp_user.o \
            -c 'unload udp' -c 'unload udp_user' -c 'unload udp_mcast,udp' -c mem
        expect_status 1
        expect_stderr 'udp_mcast imports from domain udp, which is not there
udp is used by: udp_mcast udp_user'
        [ "$(other_output)" = 'two hears a letter
one hears news
two hears news
three hears news
one hears more
three hears more
one hears all around
three hears all around
one hears all around
0 wrong
0 wrong at the end' ] || fail 'that is not what should be heard'
        expect_same_memory 2
    done
}
