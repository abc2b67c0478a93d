/* Tests of domains/loader.c: what a user loads is there whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "domains/loader.h"
#include "domains/nameserver.h"
#include "domains/object/relocation.h"
#include "tests/host/corpus.h"
#include "tests/host/fake_host.h"
#include "tests/host/linkage.h"
#include "tests/host/public.h"

#define BL 0x48000001u
#define BLR 0x4e800020u
#define FILES_MAX 20

/* What a user sends: objects in memory, with names. */
static struct {
    struct loader_object objects[FILES_MAX];
    struct object_file files[FILES_MAX];
    size_t n;
} sent;

static struct domain *loaded[FILES_MAX];

static int start(void **state)
{
    (void)state;
    (void)public_domain();
    fake_host_reset();
    memset(&sent, 0, sizeof sent);
    memset(loaded, 0, sizeof loaded);
    return 0;
}

static void send_file(const char *name, struct object_file file)
{
    sent.files[sent.n] = file;
    sent.objects[sent.n] = (struct loader_object){name, file.bytes, file.size};
    sent.n++;
}

/* Takes back what was sent so far. */
static void forget(void)
{
    for (size_t i = 0; i < sent.n; i++)
        free(sent.files[i].bytes);
    sent.n = 0;
}

static int check_clean(void **state)
{
    (void)state;
    forget();
    return fake_host_sweep();
}

/* An object with domain_init, domain_fini and an export; and an import, unless that is NULL. */
static struct object *begin(const char *export, const char *import)
{
    static const uint32_t code[] = {BL, BLR, BLR, BLR, BL, BL};
    struct object *o = object_begin();
    uint16_t text = (uint16_t)object_words(o, ".text", OBJECT_CODE, code, 6);

    object_symbol(o, export, OBJECT_FUNCTION, text, 0, 4);
    object_symbol(o, "domain_init", OBJECT_FUNCTION, text, 4, 4);
    object_symbol(o, "domain_fini", OBJECT_FUNCTION, text, 8, 4);
    if (import != NULL)
        object_relocate(o, text, 0, R_PPC_REL24, object_symbol(o, import, OBJECT_IMPORT, 0, 0, 0),
                        0);
    return o;
}

static void send_object(const char *name, struct object *object)
{
    send_file(name, object_end(object));
}

static void send_simple(const char *name, const char *import)
{
    send_object(name, begin(name, import));
}

static void load(void)
{
    status_t status = loader_load(&fake_terms, sent.objects, sent.n, loaded);

    if (status != OK)
        fail_msg("%s: %s", status_name(status), status_explain());
}

/* Nothing of it may stay. */
static void assert_load_refused(status_t expected, const char *words)
{
    int n_blocks = fake_host.n_blocks, n_images = fake_host.n_images;
    struct domain *before = loaded[0];
    status_t status = loader_load(&fake_terms, sent.objects, sent.n, loaded);

    if (status != expected || strstr(status_explain(), words) == NULL)
        fail_msg("%s: %s", status_name(status), status_explain());
    assert_ptr_equal(loaded[0], before);
    assert_int_equal(fake_host.n_blocks, n_blocks);
    assert_int_equal(fake_host.n_images, n_images);
}

static void unload(size_t n)
{
    if (domain_end(loaded, n) != OK)
        fail_msg("%s", status_explain());
}

static void assert_calls(const char *calls)
{
    assert_string_equal(fake_host.calls, calls);
    fake_host.calls[0] = 0;
}

/* ---- loading ---- */

static void one_object_is_resolved_against_spinpublic_and_started(void **state)
{
    (void)state;
    send_simple("one", "near_procedure");
    load();
    assert_int_equal(loaded[0]->state, DOMAIN_INITIALIZED);
    assert_ptr_equal(loaded[0]->image.imports[0].source, public_domain());
    assert_calls("one:domain_init ");
    unload(1);
    assert_calls("one:domain_fini ");
}

static void nothing_can_be_loaded(void **state)
{
    (void)state;
    load();
    assert_calls("");
}

static void real_objects_that_need_each_other_are_loaded_together(void **state)
{
    static const char *const flags[] = {"fno-pic", "fpic", "fPIE"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char name[40];

        fake_host_reset();
        snprintf(name, sizeof name, "ping+O2+%s.o", flags[i]);
        send_file("x", corpus_read(name));
        snprintf(name, sizeof name, "pong+O2+%s.o", flags[i]);
        send_file("y", corpus_read(name));
        load();
        assert_calls("ping:domain_init pong:domain_init ");
        for (size_t k = 0; k < 2; k++) {
            image_unseal(&loaded[k]->image.memory);
            linkage_check(&sent.files[k], loaded[k]);
            assert_int_equal(image_seal(&loaded[k]->image.memory), OK);
        }
        unload(2);
        assert_calls("pong:domain_fini ping:domain_fini ");
        forget();
    }
}

static void objects_joined_by_ld_are_one_domain(void **state)
{
    (void)state;
    send_file("x", corpus_read("joined.o"));
    load();
    assert_string_equal(loaded[0]->name, "ping");
    assert_int_equal(loaded[0]->image.n_imports, 0);
    image_unseal(&loaded[0]->image.memory);
    linkage_check(&sent.files[0], loaded[0]);
    assert_int_equal(image_seal(&loaded[0]->image.memory), OK);
    assert_calls("ping:domain_init ");
    unload(1);
}

static void a_group_starts_in_the_order_of_its_needs(void **state)
{
    (void)state;
    send_simple("top", "middle");
    send_simple("middle", "bottom");
    send_simple("bottom", NULL);
    load();
    assert_calls("bottom:domain_init middle:domain_init top:domain_init ");
    unload(3);
}

static void spinpublic_comes_before_the_group(void **state)
{
    (void)state;
    send_simple("user", "near_procedure");
    send_simple("near_procedure", NULL);
    load();
    assert_ptr_equal(loaded[0]->image.imports[0].source, public_domain());
    unload(2);
}

static void give_name(const char *name, struct domain *domain)
{
    assert_int_equal(name_register(name, domain, domain, &(struct name_terms){0}), OK);
}

static void domains_loaded_before_are_imported_only_by_name(void **state)
{
    struct object *o;
    struct domain *lib;

    (void)state;
    send_simple("lib", NULL);
    load();
    lib = loaded[0];
    forget();
    send_simple("user", "lib");
    assert_load_refused(ERR_UNRESOLVED, "user: 1 unresolved symbol: lib");
    forget();
    o = begin("user", "lib");
    object_section(o, ".whorl.import", SHT_PROGBITS, SHF_ALLOC, "\0SpinPublic\0net/lib", 20);
    send_object("user", o);
    assert_load_refused(ERR_NOT_FOUND, "user imports from domain net/lib, which is not there");
    give_name("net/lib", lib);
    load();
    assert_ptr_equal(loaded[0]->image.imports[0].source, lib);
    assert_int_equal(end_alone(lib), ERR_BUSY);
    unload(1);
    assert_int_equal(end_alone(lib), OK);
}

static void a_group_may_name_its_own_members(void **state)
{
    struct object *o = begin("user", "lib");

    (void)state;
    object_section(o, ".whorl.import", SHT_PROGBITS, SHF_ALLOC, "lib", 4);
    send_object("user", o);
    send_simple("lib", NULL);
    load();
    assert_calls("lib:domain_init user:domain_init ");
    unload(2);
}

static void as_many_objects_as_a_group_can_have_are_loaded(void **state)
{
    static const char names[LOADER_GROUP_MAX + 1][4] = {"a", "b", "c", "d", "e", "f", "g", "h", "i",
                                                        "j", "k", "l", "m", "n", "o", "p", "q"};

    (void)state;
    for (size_t i = 0; i < LOADER_GROUP_MAX; i++)
        send_simple(names[i], names[(i + 1) % LOADER_GROUP_MAX]);
    load();
    unload(LOADER_GROUP_MAX);
    memset(loaded, 0, sizeof loaded);
    send_simple(names[LOADER_GROUP_MAX], NULL);
    assert_load_refused(ERR_BAD_ARGUMENT, "at most 16 objects");
}

/* ---- imports from anywhere ---- */

static const struct import *import_of(const struct domain *domain, const char *name)
{
    for (size_t i = 0; i < domain->image.n_imports; i++)
        if (strcmp(domain->image.imports[i].name, name) == 0)
            return &domain->image.imports[i];
    fail_msg("%s is not imported", name);
    return NULL;
}

static const struct domain_terms anywhere = {
    .loader = "operator", .untyped = true, .anywhere = true};

/* Loads a domain that exports its own name, and forgets the file. */
static struct domain *load_named(const char *name)
{
    struct domain *domain;

    send_simple(name, NULL);
    load();
    domain = loaded[0];
    forget();
    return domain;
}

static void what_everyone_may_have_is_found_without_its_name(void **state)
{
    struct domain *lib = load_named("lib"), *other = load_named("other");
    struct object *o = begin("user", "lib");

    (void)state;
    object_relocate(o, 1, 16, R_PPC_REL24, object_symbol(o, "other", OBJECT_IMPORT, 0, 0, 0), 0);
    object_relocate(o, 1, 20, R_PPC_REL24,
                    object_symbol(o, "near_procedure", OBJECT_IMPORT, 0, 0, 0), 0);
    send_object("user", o);
    give_name("a/lib", lib);
    give_name("the/same", lib);
    give_name("z/other", other);
    assert_load_refused(ERR_UNRESOLVED, "user: 2 unresolved symbols: lib other");
    if (loader_load(&anywhere, sent.objects, sent.n, loaded) != OK)
        fail_msg("%s", status_explain());
    assert_ptr_equal(import_of(loaded[0], "lib")->source, lib);
    assert_ptr_equal(import_of(loaded[0], "other")->source, other);
    assert_ptr_equal(import_of(loaded[0], "near_procedure")->source, public_domain());
    unload(1);
    assert_int_equal(end_alone(lib), OK);
    assert_int_equal(end_alone(other), OK);
}

static void assert_not_anywhere(status_t expected, const char *words)
{
    int n_blocks = fake_host.n_blocks;
    status_t status = loader_load(&anywhere, sent.objects, sent.n, loaded);

    if (status != expected || strcmp(status_explain(), words) != 0)
        fail_msg("%s: %s", status_name(status), status_explain());
    assert_int_equal(fake_host.n_blocks, n_blocks);
}

static void what_is_not_for_everyone_is_not_looked_at(void **state)
{
    struct domain *lib = load_named("lib");
    struct name_terms guarded = {.authorizer = lib->image.memory.text.address};
    struct name_terms privileged = {.privileged = true};

    (void)state;
    assert_int_equal(name_register("guarded", lib, lib, &guarded), OK);
    assert_int_equal(name_register("privileged", lib, lib, &privileged), OK);
    send_simple("user", "lib");
    fake_host.calls[0] = 0;
    assert_not_anywhere(ERR_UNRESOLVED, "user: 1 unresolved symbol: lib");
    assert_calls("");
    assert_int_equal(end_alone(lib), OK);
}

static void what_two_domains_define_is_nobodys(void **state)
{
    struct domain *lib = load_named("lib"), *twin;

    (void)state;
    send_object("twin", begin("lib", NULL));
    load();
    twin = loaded[0];
    forget();
    give_name("a", lib);
    give_name("b", twin);
    send_simple("user", "lib");
    assert_not_anywhere(
        ERR_EXISTS,
        "user: a and b both have lib; its section .whorl.import has to say which it is");
    assert_int_equal(end_alone(lib), OK);
    assert_int_equal(end_alone(twin), OK);
}

/* ---- refusals ---- */

static void a_domain_that_is_missing_is_named_with_who_wants_it(void **state)
{
    struct object *o = begin("user", NULL);

    (void)state;
    object_section(o, ".whorl.import", SHT_PROGBITS, SHF_ALLOC, "nowhere", 8);
    send_object("user", o);
    assert_load_refused(ERR_NOT_FOUND, "user imports from domain nowhere, which is not there");
    assert_calls("");
}

static void one_bad_object_keeps_the_whole_group_out(void **state)
{
    (void)state;
    for (size_t bad = 0; bad < 3; bad++) {
        for (size_t i = 0; i < 3; i++) {
            if (i == bad)
                send_file("bad", (struct object_file){malloc(10), 10});
            else
                send_simple(i == 0 ? "zero" : i == 1 ? "one" : "two", NULL);
        }
        assert_load_refused(ERR_BAD_OBJECT, "bad: 10 bytes are too few");
        assert_calls("");
        forget();
    }
}

static void the_same_name_twice_is_refused(void **state)
{
    (void)state;
    send_simple("twin", NULL);
    send_simple("twin", NULL);
    assert_load_refused(ERR_EXISTS, "twin");
    forget();
    send_simple("twin", NULL);
    load();
    assert_load_refused(ERR_EXISTS, "a domain called twin is already loaded");
    unload(1);
}

static void unresolved_symbols_keep_the_whole_group_out(void **state)
{
    (void)state;
    send_simple("good", NULL);
    send_simple("needy", "what_nobody_has");
    assert_load_refused(ERR_UNRESOLVED, "needy: 1 unresolved symbol: what_nobody_has");
    assert_calls("");
}

static const char *who_faults;

static status_t answer(struct domain *domain, const char *procedure, status_t *result)
{
    *result = OK;
    if (who_faults != NULL && strcmp(domain->name, who_faults) == 0 &&
        strcmp(procedure, "domain_init") == 0)
        return ERR_FAULT;
    if (strcmp(procedure, "domain_fini") == 0) /* whatever it refuses must not be what is told */
        (void)!status_refuse(ERR_RANGE, "something else");
    return OK;
}

static void a_member_that_fails_takes_the_started_ones_with_it(void **state)
{
    (void)state;
    send_simple("top", "middle");
    send_simple("middle", "bottom");
    send_simple("bottom", NULL);
    who_faults = "middle";
    fake_host.call = answer;
    assert_load_refused(ERR_FAULT, "middle: domain_init faulted");
    assert_calls("bottom:domain_init middle:domain_init bottom:domain_fini ");
}

static void a_call_out_of_range_keeps_the_object_out(void **state)
{
    struct object *o = begin("user", NULL);

    (void)state;
    object_relocate(o, 1, 0, R_PPC_REL24, object_symbol(o, "far_procedure", OBJECT_IMPORT, 0, 0, 0),
                    0x42);
    send_object("user", o);
    assert_load_refused(ERR_RANGE, "(far_procedure) is not a word address");
}

static void without_spinpublic_there_is_nothing_to_import(void **state)
{
    (void)state;
    name_forget(public_domain());
    send_simple("one", NULL);
    assert_load_refused(ERR_NOT_FOUND, "one imports from domain SpinPublic, which is not there");
}

/* ---- what domains offer each other ---- */

/* Of an operator who wants types. */
static const struct domain_terms strict = {.loader = "operator"};

static void load_typed(void)
{
    if (loader_load(&strict, sent.objects, sent.n, loaded) != OK)
        fail_msg("%s", status_explain());
}

static struct domain *named(const char *name)
{
    struct domain *domain = NULL;

    if (name_query(name, NULL, &domain) != OK)
        fail_msg("%s", status_explain());
    return domain;
}

static size_t count_names(void)
{
    size_t n = 0;

    while (name_at(n) != NULL)
        n++;
    return n;
}

/* near_procedure has no type in the SpinPublic of these tests. */
static struct domain *load_service(const char *file)
{
    struct domain *service;

    forget();
    send_file("x", corpus_read(file));
    load();
    service = loaded[0];
    forget();
    return service;
}

static void an_interface_is_registered_and_found_by_its_path(void **state)
{
    static const char *const files[] = {"service+O2+gbtf.o", "service+O2+fPIC+gbtf.o"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct domain *service = load_service(files[i]), *client;

        assert_int_equal(domain_count_exports(named("net/service")), 3);
        assert_int_equal(domain_count_exports(named("net/service/counting")), 1);
        assert_string_equal(named("net/service")->name, "Service");
        assert_ptr_equal(named("net/service")->maker, service);
        send_file("y", corpus_read("client+O2+gbtf.o"));
        load_typed();
        client = loaded[0];
        assert_ptr_equal(import_of(client, "service_run")->source, named("net/service"));
        assert_ptr_equal(import_of(client, "service_run")->definer, service);
        assert_int_equal(end_alone(service), ERR_BUSY);
        assert_string_equal(status_explain(), "service is used by: client");
        assert_int_equal(end_alone(client), OK);
        assert_int_equal(end_alone(service), OK);
        assert_int_equal(count_names(), 1);
    }
}

static void what_is_not_in_the_interface_is_not_to_be_had(void **state)
{
    struct domain *service = load_service("service+O2+gbtf.o");

    (void)state;
    send_file("y", corpus_read("client+O2+DCURIOUS+gbtf.o"));
    assert_load_refused(ERR_UNRESOLVED, "client: 1 unresolved symbol: service_secret");
    assert_int_equal(service->n_users, 0);
    assert_int_equal(end_alone(service), OK);
}

static void a_group_may_import_from_what_its_members_will_offer(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        fake_host_reset();
        send_file("x", corpus_read(first ? "service+O2+gbtf.o" : "client+O2+gbtf.o"));
        send_file("y", corpus_read(first ? "client+O2+gbtf.o" : "service+O2+gbtf.o"));
        load();
        assert_calls("service:domain_init client:domain_init ");
        assert_int_equal(count_names(), 3);
        unload(2);
        assert_int_equal(count_names(), 1);
        forget();
    }
}

static void a_path_that_is_missing_is_named_with_who_wants_it(void **state)
{
    (void)state;
    send_file("x", corpus_read("client+O2+gbtf.o"));
    assert_load_refused(ERR_NOT_FOUND,
                        "client imports from domain net/service, which is not there");
    assert_calls("");
}

static status_t say_no(struct domain *domain, const char *procedure, status_t *result)
{
    (void)domain;
    (void)procedure;
    *result = false;
    return OK;
}

static void a_path_that_is_denied_is_named_with_who_wants_it(void **state)
{
    struct name_terms terms = {.closure = 0};
    struct domain *guard;

    (void)state;
    send_simple("guard", NULL);
    load();
    guard = loaded[0];
    forget();
    fake_host.calls[0] = 0;
    terms.authorizer = guard->image.memory.text.address;
    assert_int_equal(name_register("net/service", guard, guard, &terms), OK);
    fake_host.call = say_no;
    send_file("x", corpus_read("client+O2+gbtf.o"));
    assert_load_refused(ERR_DENIED,
                        "client imports from domain net/service, which it may not have");
    assert_calls("guard:guard ");
    assert_int_equal(name_at(1)->n_denied + name_at(0)->n_denied, 1);
    fake_host.call = NULL;
    assert_int_equal(end_alone(guard), OK);
}

static void a_path_that_is_taken_keeps_the_group_out(void **state)
{
    struct domain *other;

    (void)state;
    send_simple("other", NULL);
    load();
    other = loaded[0];
    forget();
    give_name("net/service/counting", other);
    send_simple("innocent", NULL);
    send_file("x", corpus_read("service+O2+gbtf.o"));
    assert_load_refused(ERR_EXISTS, "service: the nameserver has a domain called "
                                    "net/service/counting already");
    assert_int_equal(count_names(), 2);
    assert_ptr_equal(named("net/service/counting"), other);
    assert_null(domain_named("Service"));
    assert_int_equal(end_alone(other), OK);
}

static void names_are_taken_back_when_the_start_fails(void **state)
{
    (void)state;
    send_file("x", corpus_read("service+O2+gbtf.o"));
    who_faults = "service";
    fake_host.call = answer;
    assert_load_refused(ERR_FAULT, "service: domain_init faulted");
    who_faults = NULL;
    assert_int_equal(count_names(), 1);
    assert_null(domain_named("Service"));
    assert_null(domain_named("Counting"));
}

/* An object that offers what it defines under a path; the parts of it can be spoilt. */
static struct object *offering(const char *path, uint32_t size, bool path_is_there,
                               bool unit_is_there)
{
    static const uint32_t nothing[2 + 3 + 2] = {[4] = 1};
    struct object *o = begin("thing", NULL);
    unsigned exports = object_words(o, ".whorl_exports", OBJECT_DATA, nothing, 2);
    unsigned unit = object_words(o, ".data", OBJECT_DATA, nothing + 2, 5);
    unsigned text = object_section(o, ".rodata", SHT_PROGBITS, SHF_ALLOC, "thing", 6);
    unsigned where = object_section(o, ".rodata.path", SHT_PROGBITS, SHF_ALLOC, path, size);
    unsigned in_unit =
        object_symbol(o, "", OBJECT_INFO(STB_LOCAL, STT_SECTION), (uint16_t)unit, 0, 0);
    unsigned in_text =
        object_symbol(o, "", OBJECT_INFO(STB_LOCAL, STT_SECTION), (uint16_t)text, 0, 0);

    if (path_is_there)
        object_relocate(
            o, exports, 0, R_PPC_ADDR32,
            object_symbol(o, "", OBJECT_INFO(STB_LOCAL, STT_SECTION), (uint16_t)where, 0, 0), 0);
    if (unit_is_there)
        object_relocate(o, exports, 4, R_PPC_ADDR32, in_unit, 0);
    object_relocate(o, unit, 0, R_PPC_ADDR32, in_text, 0);
    object_relocate(o, unit, 4, R_PPC_ADDR32, in_unit, 12);
    object_relocate(o, unit, 12, R_PPC_ADDR32, in_text, 0);
    object_relocate(o, unit, 16, R_PPC_ADDR32,
                    object_symbol(o, "", OBJECT_INFO(STB_LOCAL, STT_SECTION), 1, 0, 0), 0);
    return o;
}

static void exports_that_are_forged_are_refused(void **state)
{
    static const struct {
        const char *path;
        uint32_t size;
        bool path_is_there, unit_is_there;
        status_t status;
        const char *words;
    } rows[] = {
        {"a path", 7, true, true, ERR_BAD_ARGUMENT, "a name is made of printable characters"},
        {"", 1, true, true, ERR_BAD_ARGUMENT, "a name has 1 to 1000 characters"},
        {"endless", 7, true, true, ERR_BAD_OBJECT,
         "section .whorl_exports is not as EXPORT_INTERFACE makes it"},
        {"path", 5, false, true, ERR_BAD_OBJECT, "is not as EXPORT_INTERFACE makes it"},
        {"path", 5, true, false, ERR_BAD_ARGUMENT, "is not the descriptor of an interface"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        send_object("forger", offering(rows[i].path, rows[i].size, rows[i].path_is_there,
                                       rows[i].unit_is_there));
        assert_load_refused(rows[i].status, rows[i].words);
        assert_int_equal(count_names(), 1);
        assert_calls("");
        forget();
    }
    send_object("honest", offering("path", 5, true, true));
    load();
    assert_int_equal(domain_count_exports(named("path")), 1);
    unload(1);
}

static void no_failed_allocation_leaves_a_name(void **state)
{
    int n_blocks, n = 0;
    status_t status;

    (void)state;
    send_file("x", corpus_read("client+O2+gbtf.o"));
    send_file("y", corpus_read("service+O2+gbtf.o"));
    n_blocks = fake_host.n_blocks;
    do {
        fake_host_reset();
        fake_host.mallocs_left = n++;
        status = loader_load(&fake_terms, sent.objects, sent.n, loaded);
        if (status == OK)
            break;
        if (status != ERR_NO_MEMORY)
            fail_msg("%s: %s", status_name(status), status_explain());
        assert_int_equal(fake_host.n_blocks, n_blocks);
        assert_int_equal(count_names(), 1);
    } while (n < 200);
    assert_in_range(n, 20, 199);
    unload(2);
    assert_int_equal(fake_host.n_blocks, n_blocks);
}

/* ---- memory ---- */

static void no_failed_allocation_leaves_a_trace(void **state)
{
    int n_failures = 0;

    (void)state;
    send_file("x", corpus_read("ping+O2+fpic.o"));
    send_file("y", corpus_read("shapes+O0+fPIE+fcommon.o"));
    send_file("z", corpus_read("pong+O2+fpic.o"));
    for (int n = 0;; n++, n_failures++) {
        fake_host_reset();
        fake_host.mallocs_left = n;
        if (loader_load(&fake_terms, sent.objects, sent.n, loaded) == OK)
            break;
        assert_non_null(strstr(status_explain(), "no memory"));
        assert_int_equal(fake_host.n_images, 0);
        assert_true(n < 200);
    }
    assert_true(n_failures >= 12);
    unload(3);
    for (int n = 0; n < 3; n++) {
        fake_host_reset();
        fake_host.allocations_left = n;
        assert_load_refused(ERR_NO_MEMORY, "no memory for an image");
        fake_host_reset();
        fake_host.seals_left = n;
        assert_load_refused(ERR_NO_MEMORY, "no room");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, check_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_object_is_resolved_against_spinpublic_and_started),
        TEST(nothing_can_be_loaded),
        TEST(real_objects_that_need_each_other_are_loaded_together),
        TEST(objects_joined_by_ld_are_one_domain),
        TEST(a_group_starts_in_the_order_of_its_needs),
        TEST(spinpublic_comes_before_the_group),
        TEST(domains_loaded_before_are_imported_only_by_name),
        TEST(what_everyone_may_have_is_found_without_its_name),
        TEST(what_is_not_for_everyone_is_not_looked_at),
        TEST(what_two_domains_define_is_nobodys),
        TEST(a_group_may_name_its_own_members),
        TEST(as_many_objects_as_a_group_can_have_are_loaded),
        TEST(a_domain_that_is_missing_is_named_with_who_wants_it),
        TEST(one_bad_object_keeps_the_whole_group_out),
        TEST(the_same_name_twice_is_refused),
        TEST(unresolved_symbols_keep_the_whole_group_out),
        TEST(a_member_that_fails_takes_the_started_ones_with_it),
        TEST(a_call_out_of_range_keeps_the_object_out),
        TEST(without_spinpublic_there_is_nothing_to_import),
        TEST(an_interface_is_registered_and_found_by_its_path),
        TEST(what_is_not_in_the_interface_is_not_to_be_had),
        TEST(a_group_may_import_from_what_its_members_will_offer),
        TEST(a_path_that_is_missing_is_named_with_who_wants_it),
        TEST(a_path_that_is_denied_is_named_with_who_wants_it),
        TEST(a_path_that_is_taken_keeps_the_group_out),
        TEST(names_are_taken_back_when_the_start_fails),
        TEST(exports_that_are_forged_are_refused),
        TEST(no_failed_allocation_leaves_a_name),
        TEST(no_failed_allocation_leaves_a_trace),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
