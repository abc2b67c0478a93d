/* Tests of domains/view.c: interfaces and unions, and how they hold on to what they refer to. */
#include "tests/host/scene.h"

#include <stdlib.h>
#include <string.h>

#include "domains/object/bytes.h"
#include "domains/nameserver.h"
#include "domains/object/relocation.h"
#include "tests/host/fake_host.h"
#include "tests/host/public.h"

#define NAMES_ROOM 1200

#define LIST(...)                            \
    ((struct domain *const[]){__VA_ARGS__}), \
        sizeof((struct domain *[]){__VA_ARGS__}) / sizeof(struct domain *)

/* ---- makers ---- */

static unsigned section_symbol(struct object *o, unsigned section)
{
    return object_symbol(o, "", OBJECT_INFO(STB_LOCAL, STT_SECTION), (uint16_t)section, 0, 0);
}

/*
 * Exports procedures a and b, has a static one, and calls c, which it imports. In its data
 * stands the descriptor of an interface called View with a, c and b; then their
 * names, with room for others. `unit` and `names` are where.
 */
static struct object *maker_object(void)
{
    static const uint32_t words[3 + 3 * 2] = {[2] = 3};
    static const char names[NAMES_ROOM] = "View\0a\0c\0b";
    struct object *o = exporting("a b");
    unsigned data = object_words(o, ".data", OBJECT_DATA, words, 9);
    unsigned strings =
        object_section(o, ".data.names", SHT_PROGBITS, OBJECT_DATA, names, NAMES_ROOM);
    unsigned at = section_symbol(o, strings), text = section_symbol(o, 1);
    unsigned import = object_symbol(o, "c", OBJECT_IMPORT, SHN_UNDEF, 0, 0);

    object_symbol(o, "unit", OBJECT_VARIABLE, (uint16_t)data, 0, 12);
    object_symbol(o, "names", OBJECT_VARIABLE, (uint16_t)strings, 0, NAMES_ROOM);
    object_symbol(o, "hidden", OBJECT_LOCAL, 1, 8, 4);
    object_relocate(o, data, 0, R_PPC_ADDR32, at, 0);
    object_relocate(o, data, 4, R_PPC_ADDR32, section_symbol(o, data), 12);
    for (unsigned i = 0; i < 3; i++)
        object_relocate(o, data, 12 + i * 8, R_PPC_ADDR32, at, 5 + (int32_t)i * 2);
    object_relocate(o, data, 16, R_PPC_ADDR32, text, 0);
    object_relocate(o, data, 24, R_PPC_ADDR32, import, 0);
    object_relocate(o, data, 32, R_PPC_ADDR32, text, 4);
    return o;
}

static struct domain *lib, *maker;

static int begin(void **state)
{
    (void)scene_begin(state);
    lib = make("lib", exporting("x c"));
    maker = make("maker", maker_object());
    assert_ok(domain_bind(lib, maker));
    return 0;
}

#define VIEW(name) cmocka_unit_test_setup_teardown(name, begin, scene_end)

static void end_both(void)
{
    end(maker);
    end(lib);
}

static uint8_t *unit_bytes(void)
{
    return image_bytes(&maker->image, export_of(maker, "unit")->value);
}

static char *names_bytes(void)
{
    return (char *)image_bytes(&maker->image, export_of(maker, "names")->value);
}

static status_t make_view(struct domain **view)
{
    return domain_make_interface(maker, export_of(maker, "unit")->value, view);
}

static struct domain *view(void)
{
    struct domain *made = NULL;

    assert_ok(make_view(&made));
    return made;
}

static struct domain *unite(const char *name, struct domain *const members[], size_t n)
{
    struct domain *made = NULL;

    assert_ok(domain_unite(name, members, n, maker, &made));
    return made;
}

static struct definition definition_of(const struct domain *domain, const char *name)
{
    struct definition definition = {NULL, NULL};

    if (!domain_definition(domain, name, symbol_hash(name), &definition))
        fail_msg("%s does not export %s", domain->name, name);
    assert_string_equal(definition.symbol->name, name);
    return definition;
}

static bool has(const struct domain *domain, const char *name)
{
    struct definition definition;

    return domain_definition(domain, name, symbol_hash(name), &definition);
}

/* ---- interfaces ---- */

static void an_interface_exports_what_its_maker_defines_and_imports(void **state)
{
    struct domain *v = view();
    struct definition definition;
    size_t cursor = 0;

    (void)state;
    assert_string_equal(v->name, "View");
    assert_string_equal(v->loader, "maker");
    assert_int_equal(v->state, DOMAIN_INTERFACE);
    assert_ptr_equal(v->maker, maker);
    assert_int_equal(domain_count_exports(v), 3);
    assert_ptr_equal(definition_of(v, "a").definer, maker);
    assert_ptr_equal(definition_of(v, "b").symbol, export_of(maker, "b"));
    assert_ptr_equal(definition_of(v, "c").definer, lib);
    assert_ptr_equal(definition_of(v, "c").symbol, export_of(lib, "c"));
    assert_false(has(v, "x"));
    assert_false(has(v, "unit"));
    assert_true(domain_export(v, &cursor, &definition));
    assert_string_equal(definition.symbol->name, "a");
    assert_true(domain_export(v, &cursor, &definition));
    assert_string_equal(definition.symbol->name, "c");
    assert_true(domain_export(v, &cursor, &definition));
    assert_false(domain_export(v, &cursor, &definition));
    end_both();
}

static void any_number_of_interfaces_may_be_made_of_one_descriptor(void **state)
{
    struct domain *one = view(), *two = view();

    (void)state;
    assert_ptr_not_equal(one->capability, two->capability);
    assert_ptr_equal(domain_named("View"), one);
    end(one);
    assert_ptr_equal(domain_named("View"), two);
    end_both();
    assert_null(domain_named("View"));
}

static void a_symbol_named_twice_is_exported_once(void **state)
{
    struct domain *v;

    (void)state;
    memcpy(unit_bytes() + 28, unit_bytes() + 12, 8);
    v = view();
    assert_int_equal(domain_count_exports(v), 2);
    end_both();
}

static void what_must_know_who_calls_stays_so_in_an_interface(void **state)
{
    static const struct scene_symbol asks[] = {{"c", 0x01000100}};
    struct domain *kernel, *v, *user;

    (void)state;
    assert_ok(domain_unbind(lib, maker));
    kernel = provide("asks", asks, 1);
    export_of(kernel, "c")->identified = true;
    assert_ok(domain_bind(kernel, maker));
    assert_int_not_equal(get32(unit_bytes() + 24), 0x01000100);
    v = view();
    assert_ptr_equal(definition_of(v, "c").symbol, export_of(kernel, "c"));
    user = make("user", importing("c"));
    assert_ok(domain_bind(v, user));
    assert_int_equal(scene_word(user, user->image.islands[0]),
                     0x39800000 | user->image.memory.owner);
    end(user);
    end_both();
    end(kernel);
}

static void assert_denied(const char *words)
{
    struct domain *v = NULL;
    int n_blocks = fake_host.n_blocks;

    assert_refusal(make_view(&v), ERR_DENIED, words);
    assert_null(v);
    assert_int_equal(fake_host.n_blocks, n_blocks);
}

static void what_its_maker_is_not_linked_with_is_denied(void **state)
{
    vaddr_t text = maker->image.memory.text.address;

    (void)state;
    put32(unit_bytes() + 16, text + 4);
    assert_denied("maker is not linked with a symbol a at 0x");
    put32(unit_bytes() + 16, 0);
    assert_denied("symbol a at 0x00000000");
    put32(unit_bytes() + 16, text);
    put32(unit_bytes() + 24, lib->image.memory.text.address);
    assert_denied("symbol c at 0x");
    put32(unit_bytes() + 24, export_of(lib, "c")->value);
    strcpy(names_bytes() + 7, "x"); /* which lib has, and who is linked with lib has not */
    assert_denied("symbol x at 0x");
    strcpy(names_bytes() + 7, "c");
    assert_ok(domain_unbind(lib, maker));
    put32(unit_bytes() + 24, export_of(lib, "c")->value);
    assert_denied("symbol c at 0x");
    end_both();
}

static void what_its_maker_keeps_to_itself_is_denied(void **state)
{
    (void)state;
    strcpy(names_bytes() + 100, "hidden");
    put32(unit_bytes() + 12, export_of(maker, "names")->value + 100);
    put32(unit_bytes() + 16, maker->image.memory.text.address + 8);
    assert_denied("symbol hidden at 0x");
    end_both();
}

static void assert_forged(const char *what, size_t offset, uint32_t word)
{
    uint32_t before = get32(unit_bytes() + offset);
    struct domain *v = NULL;
    int n_blocks = fake_host.n_blocks;
    status_t status;

    put32(unit_bytes() + offset, word);
    status = make_view(&v);
    if (status != ERR_BAD_ARGUMENT ||
        strstr(status_explain(), "is not the descriptor of an interface") == NULL)
        fail_msg("%s: %s: %s", what, status_name(status), status_explain());
    assert_null(v);
    assert_int_equal(fake_host.n_blocks, n_blocks);
    put32(unit_bytes() + offset, before);
}

static void a_forged_descriptor_is_refused(void **state)
{
    vaddr_t names = export_of(maker, "names")->value, unit = export_of(maker, "unit")->value;
    struct domain *v = NULL;

    (void)state;
    assert_forged("no symbols", 8, 0);
    assert_forged("more than there is room for", 8, 200);
    assert_forged("more than any interface has", 8, 65537);
    assert_forged("so many that their size is small", 8, 0x20000001);
    assert_forged("all bits", 8, UINT32_MAX);
    assert_forged("symbols at null", 4, 0);
    assert_forged("symbols at the end of memory", 4, 0xfffffff8);
    assert_forged("symbols that begin before the image", 4, maker->image.memory.data.address - 8);
    assert_forged("a name at null", 0, 0);
    assert_forged("an empty name", 0, names + NAMES_ROOM - 1);
    assert_forged("a symbol's name at null", 12, 0);
    assert_forged("a symbol's empty name", 20, names + NAMES_ROOM - 1);
    memset(names_bytes() + 100, 'n', 1024);
    assert_forged("an endless name", 0, names + 100);
    assert_forged("an endless symbol's name", 28, names + 100);
    names_bytes()[NAMES_ROOM - 1] = 'n';
    assert_forged("a name that runs out of memory", 0, names + NAMES_ROOM - 1);
    strcpy(names_bytes() + 100, "a b");
    assert_forged("a name with a blank", 0, names + 100);
    strcpy(names_bytes() + 100, "\x80");
    assert_forged("a name that does not print", 28, names + 100);
    assert_int_equal(domain_make_interface(maker, 0, &v), ERR_BAD_ARGUMENT);
    assert_int_equal(domain_make_interface(maker, unit + 1, &v), ERR_BAD_ARGUMENT);
    assert_int_equal(domain_make_interface(maker, 0xfffffffc, &v), ERR_BAD_ARGUMENT);
    assert_int_equal(domain_make_interface(maker, names + NAMES_ROOM - 8, &v), ERR_BAD_ARGUMENT);
    assert_null(v);
    v = view();
    end_both();
}

static void names_of_1023_characters_are_fine(void **state)
{
    struct domain *v;

    (void)state;
    memset(names_bytes() + 100, 'n', 1023);
    names_bytes()[1123] = 0;
    put32(unit_bytes(), export_of(maker, "names")->value + 100);
    v = view();
    assert_int_equal(strlen(v->name), 1023);
    end_both();
}

static void an_interface_can_be_made_while_its_maker_runs(void **state)
{
    (void)state;
    start(maker);
    assert_int_equal(domain_count_exports(view()), 3);
    end_both();
}

/* ---- unions ---- */

static void a_union_exports_what_its_members_do(void **state)
{
    struct domain *u = unite("all", LIST(lib, maker));

    (void)state;
    assert_string_equal(u->name, "all");
    assert_int_equal(u->state, DOMAIN_COMBINED);
    assert_ptr_equal(u->maker, maker);
    assert_int_equal(domain_count_exports(u), 6);
    assert_ptr_equal(definition_of(u, "x").definer, lib);
    assert_ptr_equal(definition_of(u, "b").definer, maker);
    assert_false(has(u, "hidden"));
    end_both();
}

static void the_same_definition_may_come_twice(void **state)
{
    struct domain *v = view(), *u = unite("u", LIST(v, maker, lib, v));

    (void)state;
    assert_int_equal(domain_count_exports(u), 6);
    assert_ptr_equal(definition_of(u, "c").definer, lib);
    end_both();
}

static void two_definitions_are_refused_and_both_owners_named(void **state)
{
    struct domain *other = make("other", exporting("y c")), *u = NULL;
    int n_blocks = fake_host.n_blocks;

    (void)state;
    assert_refusal(domain_unite("u", LIST(lib, maker, other), maker, &u), ERR_EXISTS,
                   "u: c is defined by lib and by other");
    assert_refusal(domain_unite("u", LIST(view(), other), maker, &u), ERR_EXISTS,
                   "u: c is defined by lib and by other");
    assert_null(u);
    end(domain_named("View"));
    assert_int_equal(fake_host.n_blocks, n_blocks);
    end(other);
    end_both();
}

static void a_strong_definition_goes_before_a_weak_one(void **state)
{
    struct object *o = object_begin();
    struct domain *weak, *weaker;

    (void)state;
    object_symbol(o, "c", OBJECT_WEAK, SHN_ABS, 0x1000, 0);
    weak = make("weak", o);
    o = object_begin();
    object_symbol(o, "c", OBJECT_WEAK, SHN_ABS, 0x2000, 0);
    weaker = make("weaker", o);
    assert_ptr_equal(definition_of(unite("one", LIST(weak, lib)), "c").definer, lib);
    assert_ptr_equal(definition_of(unite("two", LIST(lib, weak)), "c").definer, lib);
    assert_ptr_equal(definition_of(unite("three", LIST(weak, weaker)), "c").definer, weak);
    assert_ptr_equal(definition_of(unite("four", LIST(weaker, weak, lib)), "c").definer, lib);
    end(maker);
    end(weak);
    end(weaker);
    end(lib);
}

static void unions_may_be_united(void **state)
{
    struct domain *other = make("other", exporting("y"));
    struct domain *one = unite("one", LIST(lib, other)), *two = unite("two", LIST(maker, other));
    struct domain *all = unite("all", LIST(one, two)), *user = make("user", importing("a c y"));

    (void)state;
    assert_int_equal(domain_count_exports(all), 7);
    assert_ok(domain_bind(all, user));
    assert_ptr_equal(import_of(user, "y")->source, all);
    assert_ptr_equal(import_of(user, "y")->definer, other);
    assert_int_equal(all->n_users, 3);
    assert_int_equal(one->n_users, 0);
    assert_refusal(end_alone(one), ERR_BUSY, "one is used by: all");
    end(user);
    end(all);
    end(one);
    end_both();
    end(other);
}

static void who_ends_or_has_failed_is_no_member(void **state)
{
    struct domain *u = NULL;

    (void)state;
    lib->state = DOMAIN_ENDING;
    assert_refusal(domain_unite("u", LIST(maker, lib), maker, &u), ERR_STATE, "lib is ending");
    lib->state = DOMAIN_FAILED;
    assert_refusal(domain_unite("u", LIST(lib, maker), maker, &u), ERR_STATE, "lib is failed");
    lib->state = DOMAIN_CREATED;
    assert_null(u);
    end_both();
}

static void views_neither_run_nor_import(void **state)
{
    struct domain *v = view(), *u = unite("u", LIST(lib, maker));

    (void)state;
    assert_refusal(start_alone(v), ERR_STATE, "View is interface");
    assert_refusal(start_alone(u), ERR_STATE, "u is combined");
    assert_refusal(domain_bind(lib, v), ERR_STATE, "View is interface");
    assert_refusal(domain_bind(lib, u), ERR_STATE, "u is combined");
    assert_refusal(domain_unbind(lib, u), ERR_STATE, "u is combined");
    end_both();
}

/* ---- who depends on whom ---- */

static void what_is_bound_through_a_view_depends_on_both(void **state)
{
    struct domain *v = view(), *user = make("user", importing("a c"));

    (void)state;
    assert_ok(domain_bind(v, user));
    assert_true(domain_depends_on(user, v));
    assert_true(domain_depends_on(user, maker));
    assert_true(domain_depends_on(user, lib));
    assert_true(domain_depends_on(v, lib));
    assert_false(domain_depends_on(lib, v));
    assert_int_equal(v->n_users, 2);
    assert_int_equal(maker->n_users, 1);
    assert_refusal(end_alone(v), ERR_BUSY, "View is used by: user");
    assert_refusal(end_alone(maker), ERR_BUSY, "maker is used by: user");
    assert_refusal(end_alone(lib), ERR_BUSY, "lib is used by: maker View user");
    assert_ok(domain_unbind(v, user));
    assert_int_equal(v->n_users + maker->n_users, 0);
    end(user);
    end_both();
}

static void who_is_named_by_a_refusal_is_named_once(void **state)
{
    struct domain *v = view(), *user = make("user", importing("a")), *u = NULL;

    (void)state;
    assert_ok(domain_bind(v, user));
    assert_ok(domain_unite("mine", LIST(v), user, &u));
    assert_refusal(end_alone(maker), ERR_BUSY, "maker is used by: user mine");
    assert_null(strstr(strstr(status_explain(), "user") + 1, "user"));
    assert_null(strstr(strstr(status_explain(), "mine") + 1, "mine"));
    end(user);
    end_both();
}

static void a_view_keeps_what_it_refers_to(void **state)
{
    struct domain *v = view();

    (void)state;
    assert_ok(domain_unbind(lib, maker)); /* the view still has its definition */
    assert_refusal(end_alone(lib), ERR_BUSY, "lib is used by: View");
    end(v);
    end(lib);
    end(maker);
}

static void views_go_with_their_maker(void **state)
{
    struct domain *v = view(), *u = unite("u", LIST(v, lib));
    const domain_t *stale = u->capability;
    struct domain *found;

    (void)state;
    assert_ok(name_register("net/view", v, maker, &(struct name_terms){0}));
    assert_ok(name_register("net/union", u, NULL, &(struct name_terms){0}));
    end(maker);
    assert_null(domain_named("View"));
    assert_null(domain_named("u"));
    assert_int_equal(domain_of(stale, &found), ERR_BAD_CAPABILITY);
    assert_int_equal(name_query("net/view", NULL, &found), ERR_NOT_FOUND);
    assert_int_equal(name_query("net/union", NULL, &found), ERR_NOT_FOUND);
    end(lib);
}

static void a_maker_and_its_views_may_be_named_together(void **state)
{
    struct domain *v = view(), *u = unite("u", LIST(v));

    (void)state;
    assert_ok(domain_end(LIST(v, maker, u, lib)));
}

static void the_views_of_the_kernel_stay(void **state)
{
    struct domain *u = NULL;

    (void)state;
    assert_ok(domain_unite("kernel", LIST(public_domain()), NULL, &u));
    assert_refusal(end_alone(u), ERR_STATE, "kernel is part of the kernel");
    u->maker = u; /* so that the test can end */
    end(u);
    end_both();
}

/* ---- while the maker ends ---- */

static struct domain *late, *offered;
static status_t seen[2];
static char said[2][100];

/* Says goodbye by giving what it has made to others. */
static status_t give_away(struct domain *domain, const char *procedure, status_t *result)
{
    struct domain *u = NULL;

    *result = OK;
    if (domain != maker || strcmp(procedure, "a") != 0)
        return OK;
    seen[0] = domain_bind(offered, late);
    strncpy(said[0], status_explain(), sizeof said[0] - 1);
    seen[1] = domain_unite("late union", LIST(offered), late, &u);
    strncpy(said[1], status_explain(), sizeof said[1] - 1);
    return OK;
}

/* Of what it goes through the definition may be of another, who stays. */
static void nobody_gets_hold_of_a_view_whose_maker_ends(void **state)
{
    static const uint32_t none[1];
    struct object *o = maker_object();
    unsigned array = object_words(o, ".fini_array", OBJECT_DATA, none, 1);

    (void)state;
    object_type(o, array, SHT_FINI_ARRAY);
    object_relocate(o, array, 0, R_PPC_ADDR32, section_symbol(o, 1), 0);
    end(maker);
    maker = make("maker", o);
    assert_ok(domain_bind(lib, maker));
    start(maker);
    late = make("late", importing("c"));
    offered = view();
    fake_host.call = give_away;
    end(maker);
    assert_int_equal(seen[0], ERR_STATE);
    assert_int_equal(seen[1], ERR_STATE);
    assert_string_equal(said[0], "View is ending");
    assert_string_equal(said[1], "View is ending");
    assert_int_equal(import_of(late, "c")->state, IMPORT_UNBOUND);
    assert_int_equal(lib->n_users, 0);
    end(late);
    end(lib);
}

/* Says goodbye by destroying the maker of what ends with it. */
static status_t destroy_maker(struct domain *domain, const char *procedure, status_t *result)
{
    (void)domain;
    *result = OK;
    if (strcmp(procedure, "domain_fini") == 0)
        seen[0] = end_alone(maker);
    return OK;
}

static void the_maker_of_a_view_that_ends_cannot_be_destroyed_meanwhile(void **state)
{
    struct domain *v = view(), *other = make("other", exporting("domain_init domain_fini"));

    (void)state;
    start(other);
    fake_host.call = destroy_maker;
    assert_ok(domain_end(LIST(v, other)));
    assert_int_equal(seen[0], ERR_STATE);
    assert_int_equal(domain_count_exports(view()), 3);
    end_both();
}

/* ---- memory ---- */

static status_t make_some(void)
{
    struct domain *v = NULL, *u = NULL;
    status_t status = make_view(&v);

    if (status != OK)
        return status;
    status = domain_unite("u", LIST(v, lib, maker), maker, &u);
    end(v = status == OK ? u : v);
    if (status == OK)
        end(domain_named("View"));
    return status;
}

static void no_failed_allocation_leaves_a_trace(void **state)
{
    int n_blocks = fake_host.n_blocks, n_failures = 0;

    (void)state;
    for (;; n_failures++) {
        fake_host.mallocs_left = n_failures;
        if (make_some() == OK)
            break;
        assert_non_null(strstr(status_explain(), "no memory"));
        assert_int_equal(fake_host.n_blocks, n_blocks);
        assert_null(domain_named("View"));
        assert_true(n_failures < 100);
    }
    assert_true(n_failures >= 5);
    assert_int_equal(fake_host.n_blocks, n_blocks);
    fake_host_reset();
    end_both();
}

/* What is kept for a view counts as its maker's. */
static void a_quota_that_is_used_up_allows_no_view(void **state)
{
    size_t before = fake_host.charged;
    struct domain *v = NULL;

    (void)state;
    assert_ok(make_view(&v));
    assert_true(fake_host.charged > before);
    fake_host.charges_left = 0;
    assert_refusal(domain_unite("u", LIST(v, lib), maker, &v), ERR_NO_MEMORY,
                   "u: the quota of maker does not allow it");
    end(v);
    assert_int_equal(fake_host.charged, before);
    assert_refusal(make_view(&v), ERR_NO_MEMORY, "the quota of maker does not allow it");
    fake_host_reset();
    end_both();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW(an_interface_exports_what_its_maker_defines_and_imports),
        VIEW(any_number_of_interfaces_may_be_made_of_one_descriptor),
        VIEW(a_symbol_named_twice_is_exported_once),
        VIEW(what_must_know_who_calls_stays_so_in_an_interface),
        VIEW(what_its_maker_is_not_linked_with_is_denied),
        VIEW(what_its_maker_keeps_to_itself_is_denied),
        VIEW(a_forged_descriptor_is_refused),
        VIEW(names_of_1023_characters_are_fine),
        VIEW(an_interface_can_be_made_while_its_maker_runs),
        VIEW(a_union_exports_what_its_members_do),
        VIEW(the_same_definition_may_come_twice),
        VIEW(two_definitions_are_refused_and_both_owners_named),
        VIEW(a_strong_definition_goes_before_a_weak_one),
        VIEW(unions_may_be_united),
        VIEW(who_ends_or_has_failed_is_no_member),
        VIEW(views_neither_run_nor_import),
        VIEW(what_is_bound_through_a_view_depends_on_both),
        VIEW(who_is_named_by_a_refusal_is_named_once),
        VIEW(a_view_keeps_what_it_refers_to),
        VIEW(views_go_with_their_maker),
        VIEW(a_maker_and_its_views_may_be_named_together),
        VIEW(the_views_of_the_kernel_stay),
        VIEW(nobody_gets_hold_of_a_view_whose_maker_ends),
        VIEW(the_maker_of_a_view_that_ends_cannot_be_destroyed_meanwhile),
        VIEW(no_failed_allocation_leaves_a_trace),
        VIEW(a_quota_that_is_used_up_allows_no_view),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
