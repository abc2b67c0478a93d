/*
 * Tests of kernel/line.c. A model of a terminal reads what the editor shows, so
 * that every test also sees whether the screen tells the truth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "kernel/line.h"
#include "tests/host/random.h"

#define UP "\033[A"
#define DOWN "\033[B"
#define RIGHT "\033[C"
#define LEFT "\033[D"
#define HOME "\033[H"
#define END "\033[F"

/* One endless row; blanks at its end do not count. */
static struct {
    char row[4 * LINE_LENGTH_MAX];
    size_t width, cursor, n_bells;
} screen;

static struct line_history history;
static struct line line;

static void show_one(char c)
{
    switch (c) {
    case '\a':
        screen.n_bells++;
        break;
    case '\b':
        assert_true(screen.cursor > 0);
        screen.cursor--;
        break;
    case '\n':
        memset(&screen, 0, sizeof screen);
        break;
    default:
        assert_in_range(c, ' ', '~');
        assert_true(screen.cursor < sizeof screen.row);
        screen.row[screen.cursor++] = c;
        if (screen.cursor > screen.width)
            screen.width = screen.cursor;
    }
}

static void echo(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        show_one(text[i]);
}

static void assert_screen_tells_the_truth(void)
{
    assert_true(line.length <= LINE_LENGTH_MAX);
    assert_true(line.cursor <= line.length);
    assert_int_equal(strlen(line.text), line.length);
    assert_int_equal(screen.cursor, line.cursor);
    assert_true(screen.width >= line.length);
    assert_memory_equal(screen.row, line.text, line.length);
    for (size_t i = line.length; i < screen.width; i++)
        assert_int_equal(screen.row[i], ' ');
}

static enum line_event feed(const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    enum line_event event = LINE_EDITING;

    for (size_t i = 0; i < size; i++) {
        event = line_receive(&line, from[i]);
        if (event == LINE_EDITING)
            assert_screen_tells_the_truth();
    }
    return event;
}

static enum line_event type(const char *bytes)
{
    return feed(bytes, strlen(bytes));
}

static void start_line(void)
{
    memset(&screen, 0, sizeof screen);
    line_init(&line, &history, echo);
}

static int start(void **state)
{
    (void)state;
    memset(&history, 0, sizeof history);
    start_line();
    return 0;
}

static void remember_many(int n)
{
    for (int i = 0; i < n; i++) {
        char text[20];

        snprintf(text, sizeof text, "line %d", i);
        line_remember(&history, text);
    }
}

/* What is typed, in a fresh editor, must end a line and give this text. */
static void assert_gives(const char *typed, const char *text)
{
    start_line();
    assert_int_equal(type(typed), LINE_EDITING);
    assert_int_equal(type("\r"), LINE_COMPLETE);
    assert_string_equal(line.text, text);
    assert_int_equal(line.length, strlen(text));
}

/* ---- editing ---- */

static void what_is_typed_is_the_line(void **state)
{
    (void)state;
    assert_gives("", "");
    assert_gives("help", "help");
    assert_gives("a b  c ~!@#$%^&*(){}", "a b  c ~!@#$%^&*(){}");
}

static void return_line_feed_or_both_end_one_line(void **state)
{
    (void)state;
    assert_int_equal(type("one\r"), LINE_COMPLETE);
    assert_int_equal(type("\n"), LINE_EDITING);
    assert_int_equal(type("two\n"), LINE_COMPLETE);
    assert_string_equal(line.text, "two");
    assert_int_equal(type("\n"), LINE_COMPLETE);
    assert_string_equal(line.text, "");
    assert_int_equal(type("\r"), LINE_COMPLETE);
    assert_int_equal(type("\r"), LINE_COMPLETE);
    assert_string_equal(line.text, "");
}

static void a_reset_forgets_everything_begun(void **state)
{
    (void)state;
    assert_int_equal(type("text\033["), LINE_EDITING);
    line_reset(&line);
    memset(&screen, 0, sizeof screen);
    assert_int_equal(type("A\r"), LINE_COMPLETE);
    assert_string_equal(line.text, "A");
}

static void after_the_end_the_next_byte_begins_a_new_line(void **state)
{
    (void)state;
    assert_int_equal(type("first\r"), LINE_COMPLETE);
    assert_string_equal(line.text, "first");
    assert_int_equal(type("\nsecond\r"), LINE_COMPLETE);
    assert_string_equal(line.text, "second");
    assert_int_equal(type("lost\003"), LINE_ABANDONED);
    assert_int_equal(type("third\r"), LINE_COMPLETE);
    assert_string_equal(line.text, "third");
}

static void backspace_and_del_take_the_character_before(void **state)
{
    (void)state;
    assert_gives("helq\bp", "help");
    assert_gives("helq\177p", "help");
    assert_gives("\b\177x", "x");
    assert_gives("abc\b\b\b\b\b", "");
    assert_gives("abd" LEFT "\b", "ad");
    assert_gives("abcd" HOME "\b" RIGHT "\b", "bcd");
}

static void arrows_move_within_the_line(void **state)
{
    (void)state;
    assert_gives("hlp" LEFT LEFT "e", "help");
    assert_gives("ab" LEFT LEFT LEFT LEFT "x", "xab");
    assert_gives("ab" LEFT RIGHT RIGHT RIGHT "x", "abx");
    assert_gives("ac\033OD"
                 "b\033OC"
                 "d",
                 "abcd");
}

static void home_and_end_move_to_the_ends(void **state)
{
    (void)state;
    assert_gives("elp" HOME "h", "help");
    assert_gives("elp" HOME "h" END "!", "help!");
    assert_gives("elp\033OHh\033OF!", "help!");
    assert_gives("elp\001h\005!", "help!");
    assert_gives("elp\033[1~h\033[4~!", "help!");
    assert_gives("elp\033[7~h\033[8~!", "help!");
    assert_gives(HOME END HOME, "");
}

static void control_u_takes_all(void **state)
{
    (void)state;
    assert_gives("wrong\025right", "right");
    assert_gives("wrong" LEFT LEFT "\025", "");
    assert_gives("\025", "");
}

static void control_c_gives_the_line_up(void **state)
{
    (void)state;
    assert_int_equal(type("half a li\003"), LINE_ABANDONED);
    line_reset(&line);
    assert_int_equal(type("ne\r"), LINE_COMPLETE);
    assert_string_equal(line.text, "ne");
}

static void other_control_characters_are_ignored(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char typed[] = {'a', (char)c, 'b'};

        if ((c >= ' ' && c <= 0x7f) || c == '\r' || c == '\n' || c == '\b' || c == 1 || c == 3 ||
            c == 5 || c == 21 || c == 27)
            continue;
        start(NULL);
        assert_int_equal(feed(typed, sizeof typed), LINE_EDITING);
        assert_string_equal(line.text, "ab");
    }
}

static void other_escape_sequences_are_ignored(void **state)
{
    (void)state;
    assert_gives("a\033[Zb", "ab");
    assert_gives("a\033[15~b", "ab");
    assert_gives("a\033[1;5Cb", "ab");
    assert_gives("a\033[?25hb", "ab");
    assert_gives("a\033OPb", "ab");
    assert_gives("a\033xb", "ab");
    assert_gives("a\033 b", "ab");
    assert_gives("a\033[0mb", "ab");
    assert_gives("a\033[200~b\033[201~", "ab");
    assert_gives("ab\033[11~c\033[3~\033[14~d", "abcd");
}

static void a_control_character_ends_an_escape_sequence_and_counts(void **state)
{
    static const char *const begun[] = {"\033", "\033[", "\033O", "\033[1", "\033[1;5"};

    (void)state;
    remember_many(1);
    for (size_t i = 0; i < sizeof begun / sizeof begun[0]; i++) {
        start_line();
        assert_int_equal(type("ab"), LINE_EDITING);
        assert_int_equal(type(begun[i]), LINE_EDITING);
        assert_int_equal(type("\bc"), LINE_EDITING);
        assert_int_equal(type(begun[i]), LINE_EDITING);
        assert_int_equal(type("\r"), LINE_COMPLETE);
        assert_string_equal(line.text, "ac");
        assert_int_equal(type(begun[i]), LINE_EDITING);
        assert_int_equal(type("\003"), LINE_ABANDONED);
        assert_int_equal(type(begun[i]), LINE_EDITING);
        assert_int_equal(type(UP "\r"), LINE_COMPLETE);
        assert_string_equal(line.text, "line 0");
    }
}

/* ---- long lines ---- */

static void a_line_of_the_greatest_length_is_taken(void **state)
{
    char text[LINE_LENGTH_MAX + 1];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_gives(text, text);
    assert_int_equal(screen.n_bells, 0);
}

static void a_line_of_10000_characters_is_refused_and_the_next_one_taken(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++)
        assert_int_equal(type("y"), LINE_EDITING);
    assert_int_equal(screen.n_bells, 10000 - LINE_LENGTH_MAX);
    assert_int_equal(type("\r"), LINE_TOO_LONG);
    line_reset(&line);
    assert_int_equal(type("\nhelp\r"), LINE_COMPLETE);
    assert_string_equal(line.text, "help");
}

static void one_character_too_many_is_noticed_also_in_the_middle(void **state)
{
    (void)state;
    for (int i = 0; i < LINE_LENGTH_MAX; i++)
        assert_int_equal(type("z"), LINE_EDITING);
    assert_int_equal(type(HOME "a"), LINE_EDITING);
    assert_int_equal(line.text[0], 'z');
    assert_int_equal(type("\n"), LINE_TOO_LONG);
}

static void a_line_deleted_whole_is_too_long_no_more(void **state)
{
    (void)state;
    for (int i = 0; i < LINE_LENGTH_MAX + 1; i++)
        assert_int_equal(type("z"), LINE_EDITING);
    assert_int_equal(type("\025help\r"), LINE_COMPLETE);
    assert_string_equal(line.text, "help");
}

/* ---- history ---- */

static void arrows_move_in_the_history(void **state)
{
    (void)state;
    remember_many(3);
    assert_gives(UP, "line 2");
    assert_gives(UP UP, "line 1");
    assert_gives(UP UP UP UP UP, "line 0");
    assert_gives(UP UP DOWN, "line 2");
    assert_gives(UP DOWN, "");
    assert_gives(DOWN UP, "line 2");
    assert_gives("typed" UP, "line 2");
}

static void a_recalled_line_can_be_edited_and_the_history_stays(void **state)
{
    (void)state;
    remember_many(2);
    assert_gives(UP "0\b\b" HOME "on", "online ");
    assert_string_equal(history.lines[0], "line 1");
    assert_gives(UP UP, "line 0");
}

static void recalling_replaces_longer_and_shorter_lines(void **state)
{
    (void)state;
    line_remember(&history, "a longer line than the other");
    line_remember(&history, "short");
    assert_gives(UP UP DOWN, "short");
    assert_gives("something quite a lot longer than both" LEFT LEFT UP, "short");
    assert_gives("x" UP UP, "a longer line than the other");
}

static void the_history_starts_anew_with_each_line(void **state)
{
    (void)state;
    remember_many(3);
    assert_int_equal(type(UP UP "\r"), LINE_COMPLETE);
    line_reset(&line);
    assert_int_equal(type(UP "\r"), LINE_COMPLETE);
    assert_string_equal(line.text, "line 2");
}

static void a_full_history_forgets_the_oldest(void **state)
{
    (void)state;
    remember_many(LINE_HISTORY + 5);
    assert_int_equal(history.n, LINE_HISTORY);
    for (int i = 0; i < LINE_HISTORY; i++) {
        char text[20];

        snprintf(text, sizeof text, "line %d", LINE_HISTORY + 4 - i);
        assert_string_equal(history.lines[i], text);
    }
    for (int i = 0; i < LINE_HISTORY + 3; i++)
        assert_int_equal(type(UP), LINE_EDITING);
    assert_string_equal(line.text, "line 5");
    assert_int_equal(screen.n_bells, 3);
}

static void empty_and_repeated_lines_are_not_remembered(void **state)
{
    (void)state;
    line_remember(&history, "");
    assert_int_equal(history.n, 0);
    line_remember(&history, "same");
    line_remember(&history, "same");
    assert_int_equal(history.n, 1);
    line_remember(&history, "other");
    line_remember(&history, "same");
    assert_int_equal(history.n, 3);
}

static void the_longest_line_is_remembered_whole(void **state)
{
    char text[LINE_LENGTH_MAX + 1];

    (void)state;
    memset(text, 'q', sizeof text - 1);
    text[sizeof text - 1] = 0;
    line_remember(&history, text);
    line_remember(&history, "short");
    assert_gives(UP UP, text);
    assert_gives(UP UP DOWN, "short");
}

static void without_a_history_the_arrows_ring_the_bell(void **state)
{
    (void)state;
    line_init(&line, NULL, echo);
    assert_int_equal(type("abc" UP DOWN UP), LINE_EDITING);
    assert_string_equal(line.text, "abc");
    assert_int_equal(screen.n_bells, 2);
}

/* ---- anything ---- */

static void receive_random(uint32_t *seed, const char *alphabet, size_t size)
{
    uint8_t byte = (uint8_t)alphabet[random_below(seed, (uint32_t)size)];

    if (feed(&byte, 1) == LINE_COMPLETE)
        line_remember(&history, line.text);
}

static void random_bytes_harm_nothing(void **state)
{
    uint32_t seed = 5;
    char all[256];

    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    for (int i = 0; i < 65536; i++)
        receive_random(&seed, all, sizeof all);
    assert_int_equal(type("\003"), LINE_ABANDONED);
    assert_int_equal(type("help\r"), LINE_COMPLETE);
    assert_string_equal(line.text, "help");
}

static void random_editing_harms_nothing(void **state)
{
    static const char keys[] = "abc defgh\033\033\033\033[[[[ABCDHF\b\177\001\005";
    static const char ends[] = "abcdefghijklmnop\033[ABCD\r\n\025\003";
    uint32_t seed = 6;

    (void)state;
    for (int i = 0; i < 60000; i++)
        receive_random(&seed, keys, sizeof keys - 1);
    for (int i = 0; i < 60000; i++)
        receive_random(&seed, ends, sizeof ends - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_typed_is_the_line, start),
        cmocka_unit_test_setup(return_line_feed_or_both_end_one_line, start),
        cmocka_unit_test_setup(a_reset_forgets_everything_begun, start),
        cmocka_unit_test_setup(after_the_end_the_next_byte_begins_a_new_line, start),
        cmocka_unit_test_setup(backspace_and_del_take_the_character_before, start),
        cmocka_unit_test_setup(arrows_move_within_the_line, start),
        cmocka_unit_test_setup(home_and_end_move_to_the_ends, start),
        cmocka_unit_test_setup(control_u_takes_all, start),
        cmocka_unit_test_setup(control_c_gives_the_line_up, start),
        cmocka_unit_test_setup(other_control_characters_are_ignored, start),
        cmocka_unit_test_setup(other_escape_sequences_are_ignored, start),
        cmocka_unit_test_setup(a_control_character_ends_an_escape_sequence_and_counts, start),
        cmocka_unit_test_setup(a_line_of_the_greatest_length_is_taken, start),
        cmocka_unit_test_setup(a_line_of_10000_characters_is_refused_and_the_next_one_taken, start),
        cmocka_unit_test_setup(one_character_too_many_is_noticed_also_in_the_middle, start),
        cmocka_unit_test_setup(a_line_deleted_whole_is_too_long_no_more, start),
        cmocka_unit_test_setup(arrows_move_in_the_history, start),
        cmocka_unit_test_setup(a_recalled_line_can_be_edited_and_the_history_stays, start),
        cmocka_unit_test_setup(recalling_replaces_longer_and_shorter_lines, start),
        cmocka_unit_test_setup(the_history_starts_anew_with_each_line, start),
        cmocka_unit_test_setup(a_full_history_forgets_the_oldest, start),
        cmocka_unit_test_setup(empty_and_repeated_lines_are_not_remembered, start),
        cmocka_unit_test_setup(the_longest_line_is_remembered_whole, start),
        cmocka_unit_test_setup(without_a_history_the_arrows_ring_the_bell, start),
        cmocka_unit_test_setup(random_bytes_harm_nothing, start),
        cmocka_unit_test_setup(random_editing_harms_nothing, start),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
