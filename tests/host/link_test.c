/*
 * Tests of tools/whorl/link.c and transfer.c against a fake kernel on lines good and bad. Waits are short, so that a
 * test of what happens after a silence does not take seconds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/host/fake_kernel.h"
#include "tools/whorl/clock.h"
#include "tools/whorl/transfer.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define OWNER_PATIENCE_MS 20000

static const struct link_timing quick = {.contact = 10, .request = 60, .poll = 60};

/* A client with its kernel, and what the client showed. */
struct scene {
    struct fake_kernel kernel;
    link_t *link;
    int fd;
    int64_t deadline;
    char shown[65536]; /* output as it came, a stream change as <1> or <2> */
    size_t n_shown;
    int stream;
    size_t progress;
};

static int wait_for(void *context, int fd, short events, int milliseconds)
{
    struct scene *scene = context;
    struct pollfd poller = {.fd = fd, .events = events};

    if (clock_ms() >= scene->deadline)
        return -1;
    return poll(&poller, 1, milliseconds) > 0 ? poller.revents : 0;
}

static void show(void *context, int stream, const void *text, size_t size)
{
    struct scene *scene = context;

    if (stream != scene->stream)
        scene->n_shown += (size_t)sprintf(scene->shown + scene->n_shown, "<%d>", stream);
    scene->stream = stream;
    assert_true(scene->n_shown + size + 4 < sizeof(scene->shown));
    memcpy(scene->shown + scene->n_shown, text, size);
    scene->n_shown += size;
    scene->shown[scene->n_shown] = 0;
}

static void note_progress(void *context, const struct transfer *transfer, size_t done)
{
    struct scene *scene = context;

    assert_true(done <= transfer->size);
    scene->progress = done;
}

static struct scene *scene_open(const struct fake_settings *settings)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct link_owner owner = {scene, wait_for, show};

    scene->stream = 1;
    scene->deadline = clock_ms() + OWNER_PATIENCE_MS;
    scene->fd = fake_kernel_start(&scene->kernel, settings);
    scene->link = link_create(scene->fd, &owner, &quick);
    return scene;
}

static struct scene *scene_with_contact(const struct fake_settings *settings)
{
    struct scene *scene = scene_open(settings);

    assert_int_equal(link_contact(scene->link), LINK_OK);
    return scene;
}

/* Ends the kernel; its findings may be read afterwards, until scene_close. */
static void scene_end(struct scene *scene)
{
    fake_kernel_stop(&scene->kernel, scene->fd);
}

static void scene_close(struct scene *scene)
{
    link_destroy(scene->link);
    free(scene->kernel.loaded.data);
    free(scene);
}

static void assert_runs(struct scene *scene, const char *command, const char *shown)
{
    int status = 1;

    scene->n_shown = 0;
    scene->shown[0] = 0;
    assert_int_equal(link_run(scene->link, command, &status), LINK_OK);
    assert_int_equal(status, 0);
    assert_string_equal(scene->shown, shown);
}

static link_result_t send_file(struct scene *scene, const char *name, const void *data, size_t size)
{
    struct transfer transfer = {name, data, size, note_progress, scene};

    return transfer_send(scene->link, &transfer);
}

static uint8_t *make_data(size_t size)
{
    uint8_t *data = malloc(size + 1);

    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i % 7 == 0 ? "$#}*"[i / 7 % 4] : (int)(i * 31 + i / 256));
    return data;
}

/* Sends that many bytes, loads them, ends the kernel and compares what it got. */
static void assert_sends(struct scene *scene, size_t size)
{
    uint8_t *data = make_data(size);

    assert_int_equal(send_file(scene, "a.o", data, size), LINK_OK);
    assert_int_equal(scene->progress, size);
    assert_runs(scene, "load a.o", "");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_loads, 1);
    assert_int_equal(scene->kernel.loaded.size, size);
    assert_memory_equal(scene->kernel.loaded.data, data, size);
    free(data);
}

static void contact_comes_first(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});

    (void)state;
    scene_end(scene);
    assert_int_equal(scene->kernel.n_contacts, 1);
    assert_true(scene->kernel.stream);
    scene_close(scene);
}

static void contact_waits_for_a_kernel_that_still_boots(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.requests_to_lose = 20});

    (void)state;
    assert_runs(scene, "echo up", "up");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_contacts, 1);
    scene_close(scene);
}

static void contact_is_not_fooled_by_an_answer_to_another_client(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.old_answer = true});

    (void)state;
    assert_runs(scene, "echo new", "new");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_contacts, 1);
    scene_close(scene);
}

static void contact_refuses_another_stub(void **state)
{
    struct scene *scene = scene_open(&(struct fake_settings){.stranger = true});

    (void)state;
    assert_int_equal(link_contact(scene->link), LINK_BROKEN);
    assert_non_null(strstr(link_error(scene->link), "not Whorl"));
    scene_end(scene);
    scene_close(scene);
}

static void output_comes_in_order_on_its_stream(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});

    (void)state;
    assert_runs(scene, "both", "one<2>two<1>three");
    scene_end(scene);
    scene_close(scene);
}

static void output_of_a_plain_stub_is_understood(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});

    (void)state;
    assert_runs(scene, "plain Old", "Old");
    scene_end(scene);
    scene_close(scene);
}

static void more_than_256_output_packets_are_shown(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});
    char expected[16384] = "";
    size_t length = 0;

    (void)state;
    for (int i = 0; i < 600; i++)
        length += (size_t)sprintf(expected + length, "line %d\n", i);
    assert_runs(scene, "lines 600", expected);
    scene_end(scene);
    scene_close(scene);
}

static void a_failed_command_gives_its_status(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});
    int status = 0;

    (void)state;
    assert_int_equal(link_run(scene->link, "fail 5", &status), LINK_REFUSED);
    assert_int_equal(status, -5);
    assert_string_equal(scene->shown, "<2>refused\n");
    assert_int_equal(link_run(scene->link, "fail 22", &status), LINK_REFUSED);
    assert_int_equal(status, -22);
    assert_runs(scene, "echo still", "<1>still");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_commands, 3);
    scene_close(scene);
}

static void a_command_too_long_is_refused_here(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.packet_size = 1024});
    char command[600];
    int status;

    (void)state;
    memset(command, 'x', sizeof(command));
    command[507] = 0;
    assert_runs(scene, command, "");
    command[507] = 'x';
    command[508] = 0;
    assert_int_equal(link_run(scene->link, command, &status), LINK_REFUSED);
    assert_string_equal(link_error(scene->link),
                        "it has 508 characters, and the kernel takes at most 507");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_commands, 1);
    scene_close(scene);
}

static void files_of_all_sizes_arrive(void **state)
{
    static const size_t sizes[] = {1, 2, 63, 64, 65, 4090, 4096, 4097, 20000, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct scene *scene = scene_with_contact(&(struct fake_settings){0});

        assert_sends(scene, sizes[i]);
        scene_close(scene);
    }
}

static void an_empty_file_arrives(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});

    (void)state;
    assert_int_equal(send_file(scene, "empty.o", "", 0), LINK_OK);
    assert_runs(scene, "load empty.o", "");
    scene_end(scene);
    assert_int_equal(scene->kernel.loaded.size, 0);
    scene_close(scene);
}

static void a_small_packet_size_is_kept_to(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.packet_size = 512});

    (void)state;
    assert_sends(scene, 10000);
    scene_close(scene);
}

static void a_file_without_room_is_refused_and_removed(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.room_for_files = 9000});
    uint8_t *data = make_data(20000);

    (void)state;
    assert_int_equal(send_file(scene, "big.o", data, 20000), LINK_REFUSED);
    assert_string_equal(link_error(scene->link),
                        "cannot send big.o: the kernel has no room for it");
    assert_runs(scene, "echo on", "on");
    scene_end(scene);
    for (int i = 0; i < FAKE_FILES; i++)
        assert_false(scene->kernel.files[i].used);
    free(data);
    scene_close(scene);
}

static void a_file_too_large_is_refused_before_it_is_sent(void **state)
{
    struct fake_settings settings = {.room_for_files = 9000, .refuses_early = true};
    struct scene *scene = scene_with_contact(&settings);
    uint8_t *data = make_data(20000);

    (void)state;
    assert_int_equal(send_file(scene, "big.o", data, 20000), LINK_REFUSED);
    assert_int_equal(scene->progress, 0);
    scene_end(scene);
    assert_false(scene->kernel.files[0].used);
    free(data);
    scene_close(scene);
}

static void a_kernel_that_expands_files_is_sent_streams(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.expands = true});

    (void)state;
    assert_sends(scene, 100000);
    assert_int_equal(scene->kernel.n_expanded, 1);
    scene_close(scene);
}

static void a_file_that_does_not_get_shorter_is_sent_as_it_is(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.expands = true});

    (void)state;
    assert_sends(scene, 5);
    assert_int_equal(scene->kernel.n_expanded, 0);
    scene_close(scene);
}

static void a_file_that_arrives_damaged_is_sent_again(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.damages_files = true});

    (void)state;
    scene->progress = 0;
    assert_int_equal(send_file(scene, "a.o", "abc", 3), LINK_OK);
    assert_runs(scene, "load a.o", "");
    scene_end(scene);
    assert_memory_equal(scene->kernel.loaded.data, "abc", 3);
    scene_close(scene);
}

static void a_file_can_be_forgotten(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});

    (void)state;
    assert_int_equal(send_file(scene, "a.o", "abc", 3), LINK_OK);
    assert_int_equal(transfer_undo(scene->link, "a.o"), LINK_OK);
    assert_int_equal(transfer_undo(scene->link, "a.o"), LINK_REFUSED);
    scene_end(scene);
    scene_close(scene);
}

static void lost_acks_do_not_run_a_command_twice(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.acks_to_lose = 30});

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_runs(scene, "echo once", "once");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_commands, 10);
    scene_close(scene);
}

static void lost_acks_of_a_slow_command_do_not_run_it_twice(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.acks_to_lose = 6});

    (void)state;
    assert_runs(scene, "sleep 500", "");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_commands, 1);
    scene_close(scene);
}

static void lost_requests_are_sent_again(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.requests_to_lose = 4});

    (void)state;
    assert_runs(scene, "echo heard", "heard");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_commands, 1);
    scene_close(scene);
}

static void refused_requests_are_sent_again(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.naks_to_send = 12});

    (void)state;
    assert_runs(scene, "echo heard", "heard");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_commands, 1);
    scene_close(scene);
}

static void lost_replies_are_asked_for(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.replies_to_lose = 3});

    (void)state;
    assert_runs(scene, "echo once", "once");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_commands, 1);
    scene_close(scene);
}

static void lost_output_is_sent_again_by_the_kernel(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.outputs_to_lose = 2});

    (void)state;
    assert_runs(scene, "lines 3", "line 0\nline 1\nline 2\n");
    scene_end(scene);
    scene_close(scene);
}

static void doubled_packets_are_taken_once(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){.packets_doubled = true});

    (void)state;
    assert_runs(scene, "lines 3", "line 0\nline 1\nline 2\n");
    assert_runs(scene, "both", "one<2>two<1>three");
    assert_sends(scene, 10000);
    scene_close(scene);
}

static void lost_output_is_noticed(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});
    int status;

    (void)state;
    assert_int_equal(link_run(scene->link, "gap", &status), LINK_BROKEN);
    assert_non_null(strstr(link_error(scene->link), "lost"));
    assert_string_equal(scene->shown, "onethree");
    assert_runs(scene, "echo on", "on");
    scene_end(scene);
    scene_close(scene);
}

static void a_slow_command_is_waited_for(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});

    (void)state;
    assert_runs(scene, "sleep 400", "");
    scene_end(scene);
    assert_int_equal(scene->kernel.n_commands, 1);
    scene_close(scene);
}

static void a_kernel_that_forgets_is_asked_only_twice_again(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});
    int status;

    (void)state;
    assert_int_equal(link_run(scene->link, "amnesia", &status), LINK_BROKEN);
    assert_non_null(strstr(link_error(scene->link), "forgets"));
    scene_end(scene);
    assert_int_equal(scene->kernel.n_commands, 3);
    scene_close(scene);
}

static void noise_before_an_answer_is_survived(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 8; seed++) {
        struct scene *scene = scene_with_contact(&(struct fake_settings){.seed = seed});

        assert_runs(scene, "noise", "");
        assert_runs(scene, "echo fine", "fine");
        scene_end(scene);
        assert_int_equal(scene->kernel.n_commands, 2);
        scene_close(scene);
    }
}

static void files_arrive_over_a_noisy_line(void **state)
{
    static const struct fake_noise noise = {.flipped = 40, .lost = 30, .doubled = 30};

    (void)state;
    for (uint32_t seed = 1; seed <= 5; seed++) {
        struct fake_settings settings = {.seed = seed, .in = noise, .out = noise};
        struct scene *scene = scene_with_contact(&settings);
        uint8_t *data = make_data(30000);

        assert_int_equal(send_file(scene, "a.o", data, 30000), LINK_OK);
        assert_runs(scene, "load a.o", "");
        scene_end(scene);
        assert_int_equal(scene->kernel.loaded.size, 30000);
        assert_memory_equal(scene->kernel.loaded.data, data, 30000);
        free(data);
        scene_close(scene);
    }
}

static void commands_run_once_over_a_noisy_line(void **state)
{
    static const struct fake_noise noise = {.flipped = 300, .lost = 300, .doubled = 300};

    (void)state;
    for (uint32_t seed = 1; seed <= 5; seed++) {
        struct fake_settings settings = {.seed = seed, .in = noise, .out = noise};
        struct scene *scene = scene_with_contact(&settings);
        int status;

        for (int i = 0; i < 20; i++)
            assert_int_equal(link_run(scene->link, "sleep 1", &status), LINK_OK);
        scene_end(scene);
        assert_int_equal(scene->kernel.n_commands, 20);
        scene_close(scene);
    }
}

static void a_panic_ends_a_command(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});
    int status;

    (void)state;
    assert_int_equal(link_run(scene->link, "panic", &status), LINK_PANICKED);
    scene_end(scene);
    scene_close(scene);
}

static void a_line_cut_off_ends_a_command(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});
    int status;

    (void)state;
    assert_int_equal(link_run(scene->link, "leave", &status), LINK_CLOSED);
    assert_int_equal(link_run(scene->link, "echo", &status), LINK_CLOSED);
    scene_end(scene);
    scene_close(scene);
}

static void the_owner_can_stop_a_command(void **state)
{
    struct scene *scene = scene_with_contact(&(struct fake_settings){0});
    int status;

    (void)state;
    scene->deadline = clock_ms() + 200;
    assert_int_equal(link_run(scene->link, "sleep 2000", &status), LINK_STOPPED);
    scene_end(scene);
    scene_close(scene);
}

static void an_unasked_panic_is_noticed(void **state)
{
    struct scene *scene = scene_open(&(struct fake_settings){0});
    int fds[2];
    struct link_owner owner = {scene, wait_for, show};
    link_t *link;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    link = link_create(fds[0], &owner, &quick);
    assert_int_equal(write(fds[1], "$X06#be", 7), 7);
    assert_int_equal(link_drain(link), LINK_PANICKED);
    link_destroy(link);
    close(fds[0]);
    close(fds[1]);
    scene_end(scene);
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contact_comes_first),
        cmocka_unit_test(contact_waits_for_a_kernel_that_still_boots),
        cmocka_unit_test(contact_is_not_fooled_by_an_answer_to_another_client),
        cmocka_unit_test(contact_refuses_another_stub),
        cmocka_unit_test(output_comes_in_order_on_its_stream),
        cmocka_unit_test(output_of_a_plain_stub_is_understood),
        cmocka_unit_test(more_than_256_output_packets_are_shown),
        cmocka_unit_test(a_failed_command_gives_its_status),
        cmocka_unit_test(a_command_too_long_is_refused_here),
        cmocka_unit_test(files_of_all_sizes_arrive),
        cmocka_unit_test(an_empty_file_arrives),
        cmocka_unit_test(a_small_packet_size_is_kept_to),
        cmocka_unit_test(a_file_without_room_is_refused_and_removed),
        cmocka_unit_test(a_file_too_large_is_refused_before_it_is_sent),
        cmocka_unit_test(a_kernel_that_expands_files_is_sent_streams),
        cmocka_unit_test(a_file_that_does_not_get_shorter_is_sent_as_it_is),
        cmocka_unit_test(a_file_that_arrives_damaged_is_sent_again),
        cmocka_unit_test(a_file_can_be_forgotten),
        cmocka_unit_test(lost_acks_do_not_run_a_command_twice),
        cmocka_unit_test(lost_acks_of_a_slow_command_do_not_run_it_twice),
        cmocka_unit_test(lost_requests_are_sent_again),
        cmocka_unit_test(refused_requests_are_sent_again),
        cmocka_unit_test(lost_replies_are_asked_for),
        cmocka_unit_test(lost_output_is_sent_again_by_the_kernel),
        cmocka_unit_test(doubled_packets_are_taken_once),
        cmocka_unit_test(lost_output_is_noticed),
        cmocka_unit_test(a_slow_command_is_waited_for),
        cmocka_unit_test(a_kernel_that_forgets_is_asked_only_twice_again),
        cmocka_unit_test(noise_before_an_answer_is_survived),
        cmocka_unit_test(files_arrive_over_a_noisy_line),
        cmocka_unit_test(commands_run_once_over_a_noisy_line),
        cmocka_unit_test(a_panic_ends_a_command),
        cmocka_unit_test(a_line_cut_off_ends_a_command),
        cmocka_unit_test(the_owner_can_stop_a_command),
        cmocka_unit_test(an_unasked_panic_is_noticed),
    };

    signal(SIGPIPE, SIG_IGN);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
