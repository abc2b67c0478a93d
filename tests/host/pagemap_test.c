/* Tests of kernel/pagemap.c, mostly against a model with one bool a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel/pagemap.h"
#include "tests/host/random.h"

#define MODEL_MAX 300

struct model {
    bool free[MODEL_MAX];
    size_t n_pages;
};

static struct pagemap map_open(size_t n_pages)
{
    struct pagemap map;

    pagemap_init(&map, malloc((n_pages + 31) / 32 * sizeof(uint32_t)), n_pages);
    return map;
}

static struct pagemap map_open_free(size_t n_pages)
{
    struct pagemap map = map_open(n_pages);

    assert_true(pagemap_give(&map, 0, n_pages));
    return map;
}

static void map_close(struct pagemap *map)
{
    free(map->bits);
}

/* ---- the model ---- */

static bool run_at(const struct model *model, size_t first, size_t n)
{
    if (first + n > model->n_pages)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!model->free[first + i])
            return false;
    return true;
}

static size_t model_take(struct model *model, size_t n)
{
    for (size_t first = 0; first < model->n_pages; first++)
        if (run_at(model, first, n)) {
            for (size_t i = 0; i < n; i++)
                model->free[first + i] = false;
            return first;
        }
    return SIZE_MAX;
}

static bool model_give(struct model *model, size_t first, size_t n)
{
    if (first + n > model->n_pages)
        return false;
    for (size_t i = 0; i < n; i++)
        if (model->free[first + i])
            return false;
    for (size_t i = 0; i < n; i++)
        model->free[first + i] = true;
    return true;
}

static void assert_agrees(const struct model *model, const struct pagemap *map)
{
    size_t n_free = 0, run = 0, largest = 0;

    for (size_t i = 0; i < model->n_pages; i++) {
        n_free += model->free[i];
        run = model->free[i] ? run + 1 : 0;
        largest = run > largest ? run : largest;
    }
    assert_int_equal(map->n_free, n_free);
    assert_int_equal(pagemap_largest(map), largest);
}

/* ---- the tests ---- */

static void a_new_map_has_nothing_to_give(void **state)
{
    struct pagemap map = map_open(100);

    (void)state;
    assert_int_equal(map.n_free, 0);
    assert_int_equal(pagemap_largest(&map), 0);
    assert_int_equal(pagemap_take(&map, 1), SIZE_MAX);
    map_close(&map);
}

static void a_map_of_no_pages_is_harmless(void **state)
{
    struct pagemap map = map_open(0);

    (void)state;
    assert_int_equal(pagemap_take(&map, 1), SIZE_MAX);
    assert_int_equal(pagemap_largest(&map), 0);
    assert_false(pagemap_give(&map, 0, 1));
    assert_true(pagemap_give(&map, 0, 0));
    map_close(&map);
}

static void runs_of_every_length_are_taken_from_maps_of_every_size(void **state)
{
    (void)state;
    for (size_t n_pages = 1; n_pages <= 130; n_pages++)
        for (size_t n = 1; n <= n_pages + 1; n++) {
            struct pagemap map = map_open_free(n_pages);

            assert_int_equal(pagemap_largest(&map), n_pages);
            for (size_t k = 0; k < n_pages / n; k++)
                assert_int_equal(pagemap_take(&map, n), k * n);
            assert_int_equal(pagemap_take(&map, n), SIZE_MAX);
            assert_int_equal(map.n_free, n_pages % n);
            assert_int_equal(pagemap_largest(&map), n_pages % n);
            map_close(&map);
        }
}

static void every_gap_that_fits_is_found_and_no_other(void **state)
{
    (void)state;
    for (size_t first = 0; first < 100; first++)
        for (size_t n = 1; n <= 70 && first + n <= 100; n += 3) {
            struct pagemap map = map_open(100);

            assert_true(pagemap_give(&map, first, n));
            assert_int_equal(pagemap_largest(&map), n);
            assert_int_equal(pagemap_take(&map, n + 1), SIZE_MAX);
            assert_int_equal(map.n_free, n);
            assert_int_equal(pagemap_take(&map, n), first);
            assert_int_equal(map.n_free, 0);
            map_close(&map);
        }
}

static void the_first_gap_that_fits_is_taken(void **state)
{
    struct pagemap map = map_open(200);

    (void)state;
    assert_true(pagemap_give(&map, 3, 2));
    assert_true(pagemap_give(&map, 60, 10));
    assert_true(pagemap_give(&map, 100, 40));
    assert_int_equal(pagemap_take(&map, 11), 100);
    assert_int_equal(pagemap_take(&map, 3), 60);
    assert_int_equal(pagemap_take(&map, 1), 3);
    assert_int_equal(pagemap_take(&map, 2), 63);
    assert_int_equal(pagemap_take(&map, 1), 4);
    map_close(&map);
}

static void freed_neighbours_become_one_run(void **state)
{
    struct pagemap map = map_open_free(96);

    (void)state;
    assert_int_equal(pagemap_take(&map, 96), 0);
    assert_true(pagemap_give(&map, 40, 16));
    assert_true(pagemap_give(&map, 20, 20));
    assert_int_equal(pagemap_largest(&map), 36);
    assert_true(pagemap_give(&map, 56, 40));
    assert_true(pagemap_give(&map, 0, 20));
    assert_int_equal(pagemap_largest(&map), 96);
    assert_int_equal(pagemap_take(&map, 96), 0);
    map_close(&map);
}

static void pages_outside_or_free_already_are_refused_and_nothing_changes(void **state)
{
    struct pagemap map = map_open_free(70);

    (void)state;
    assert_int_equal(pagemap_take(&map, 50), 0);
    assert_false(pagemap_give(&map, 69, 2));
    assert_false(pagemap_give(&map, 70, 1));
    assert_false(pagemap_give(&map, 71, 0));
    assert_false(pagemap_give(&map, 71, SIZE_MAX));
    assert_false(pagemap_give(&map, 1, SIZE_MAX));
    assert_false(pagemap_give(&map, SIZE_MAX, 1));
    assert_false(pagemap_give(&map, 49, 2));
    assert_false(pagemap_give(&map, 60, 1));
    assert_false(pagemap_give(&map, 0, 70));
    assert_int_equal(map.n_free, 20);
    assert_int_equal(pagemap_largest(&map), 20);
    assert_true(pagemap_give(&map, 0, 50));
    assert_false(pagemap_give(&map, 0, 50));
    assert_int_equal(map.n_free, 70);
    map_close(&map);
}

static void more_than_there_is_cannot_be_taken(void **state)
{
    struct pagemap map = map_open_free(64);

    (void)state;
    assert_int_equal(pagemap_take(&map, 65), SIZE_MAX);
    assert_int_equal(pagemap_take(&map, SIZE_MAX), SIZE_MAX);
    assert_int_equal(map.n_free, 64);
    assert_int_equal(pagemap_take(&map, 64), 0);
    map_close(&map);
}

static void step(struct model *model, struct pagemap *map, uint32_t *seed)
{
    size_t first = random_below(seed, (uint32_t)model->n_pages + 3);
    size_t n = 1 + random_below(seed, random_below(seed, 4) == 0 ? 80 : 6);

    if (random_below(seed, 2) == 0)
        assert_int_equal(pagemap_take(map, n), model_take(model, n));
    else
        assert_int_equal(pagemap_give(map, first, n), model_give(model, first, n));
    assert_agrees(model, map);
}

static void random_operations_agree_with_a_model(void **state)
{
    uint32_t seed = 2024;

    (void)state;
    for (int round = 0; round < 150; round++) {
        struct model model = {.n_pages = 1 + random_below(&seed, MODEL_MAX)};
        struct pagemap map = map_open(model.n_pages);

        for (int i = 0; i < 300; i++)
            step(&model, &map, &seed);
        map_close(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_map_has_nothing_to_give),
        cmocka_unit_test(a_map_of_no_pages_is_harmless),
        cmocka_unit_test(runs_of_every_length_are_taken_from_maps_of_every_size),
        cmocka_unit_test(every_gap_that_fits_is_found_and_no_other),
        cmocka_unit_test(the_first_gap_that_fits_is_taken),
        cmocka_unit_test(freed_neighbours_become_one_run),
        cmocka_unit_test(pages_outside_or_free_already_are_refused_and_nothing_changes),
        cmocka_unit_test(more_than_there_is_cannot_be_taken),
        cmocka_unit_test(random_operations_agree_with_a_model),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pagemap", tests, NULL, NULL);
}
