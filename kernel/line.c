/* See line.h. */
#include "kernel/line.h"

#include <string.h>

#define CTRL(letter) ((letter)&0x1f)
#define ESCAPE 0x1b
#define DELETE 0x7f
#define BELL "\a"

enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_BRACKET, ESCAPE_LONG };

void line_init(struct line *line, const struct line_history *history,
               void (*echo)(const char *text, size_t size))
{
    memset(line, 0, sizeof *line);
    line->history = history;
    line->echo = echo;
}

void line_reset(struct line *line)
{
    line->length = line->cursor = line->shown = 0;
    line->too_long = line->ended = false;
    line->escape = ESCAPE_NONE;
    line->text[0] = 0;
}

static void show(const struct line *line, const char *text)
{
    line->echo(text, strlen(text));
}

static void back(const struct line *line, size_t n)
{
    while (n-- > 0)
        show(line, "\b");
}

/* Shows the text from the cursor on, blanks behind it, and puts the terminal's cursor back. */
static void show_rest(const struct line *line, size_t blanks)
{
    line->echo(line->text + line->cursor, line->length - line->cursor);
    for (size_t i = 0; i < blanks; i++)
        show(line, " ");
    back(line, line->length - line->cursor + blanks);
}

static void insert(struct line *line, char c)
{
    if (line->length == LINE_LENGTH_MAX) {
        line->too_long = true;
        show(line, BELL);
        return;
    }
    memmove(line->text + line->cursor + 1, line->text + line->cursor,
            line->length - line->cursor + 1);
    line->text[line->cursor++] = c;
    line->length++;
    line->echo(&c, 1);
    if (line->cursor < line->length)
        show_rest(line, 0);
}

static void move(struct line *line, size_t to)
{
    if (to < line->cursor)
        back(line, line->cursor - to);
    else
        line->echo(line->text + line->cursor, to - line->cursor);
    line->cursor = to;
}

static void delete_before(struct line *line)
{
    if (line->cursor == 0)
        return;
    show(line, "\b");
    line->cursor--;
    memmove(line->text + line->cursor, line->text + line->cursor + 1, line->length - line->cursor);
    line->length--;
    show_rest(line, 1);
}

static void replace(struct line *line, const char *text)
{
    size_t old = line->length;

    move(line, 0);
    line->too_long = false;
    line->length = strlen(text);
    memcpy(line->text, text, line->length + 1);
    show_rest(line, old > line->length ? old - line->length : 0);
    move(line, line->length);
}

static void recall(struct line *line, size_t which)
{
    if (which > 0 && (line->history == NULL || which > line->history->n)) {
        show(line, BELL);
        return;
    }
    line->shown = which;
    replace(line, which == 0 ? "" : line->history->lines[which - 1]);
}

static void arrow(struct line *line, uint8_t key)
{
    switch (key) {
    case 'A':
        recall(line, line->shown + 1);
        break;
    case 'B':
        if (line->shown > 0)
            recall(line, line->shown - 1);
        break;
    case 'C':
        if (line->cursor < line->length)
            move(line, line->cursor + 1);
        break;
    case 'D':
        if (line->cursor > 0)
            move(line, line->cursor - 1);
        break;
    case 'H':
        move(line, 0);
        break;
    case 'F':
        move(line, line->length);
        break;
    default:
        break;
    }
}

/* Home and End of terminals that send ESC [ digit ~ */
static uint8_t key_of(uint8_t digit)
{
    if (digit == '1' || digit == '7')
        return 'H';
    return digit == '4' || digit == '8' ? 'F' : 0;
}

/* ESC [ letter, ESC O letter, or ESC [ digits ~ */
static void receive_escape(struct line *line, uint8_t byte)
{
    switch (line->escape) {
    case ESCAPE_BEGUN:
        line->escape = byte == '[' || byte == 'O' ? ESCAPE_BRACKET : ESCAPE_NONE;
        break;
    case ESCAPE_BRACKET:
        if (byte >= '0' && byte <= '?') {
            line->escape = ESCAPE_LONG;
            line->number = byte;
            break;
        }
        line->escape = ESCAPE_NONE;
        arrow(line, byte);
        break;
    default:
        if (byte >= '0' && byte <= '?') {
            line->number = 0;
            break;
        }
        line->escape = ESCAPE_NONE;
        if (byte == '~')
            arrow(line, key_of(line->number));
        break;
    }
}

static enum line_event end(struct line *line)
{
    show(line, "\n");
    return line->too_long ? LINE_TOO_LONG : LINE_COMPLETE;
}

static enum line_event control(struct line *line, uint8_t byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        return end(line);
    case '\b':
    case DELETE:
        delete_before(line);
        break;
    case CTRL('U'):
        replace(line, "");
        break;
    case CTRL('A'):
        move(line, 0);
        break;
    case CTRL('E'):
        move(line, line->length);
        break;
    case CTRL('C'):
        show(line, "^C\n");
        return LINE_ABANDONED;
    case ESCAPE:
        line->escape = ESCAPE_BEGUN;
        break;
    default:
        break;
    }
    return LINE_EDITING;
}

enum line_event line_receive(struct line *line, uint8_t byte)
{
    bool second_half = line->after_cr && byte == '\n';
    enum line_event event;

    if (line->ended)
        line_reset(line);
    line->after_cr = byte == '\r';
    if (second_half)
        return LINE_EDITING;
    if (line->escape != ESCAPE_NONE && byte >= ' ') {
        receive_escape(line, byte);
        return LINE_EDITING;
    }
    line->escape = ESCAPE_NONE;
    if (byte >= ' ' && byte < DELETE) {
        insert(line, (char)byte);
        return LINE_EDITING;
    }
    event = control(line, byte);
    line->ended = event != LINE_EDITING;
    return event;
}

void line_remember(struct line_history *history, const char *text)
{
    if (text[0] == 0 || (history->n > 0 && strcmp(history->lines[0], text) == 0))
        return;
    if (history->n < LINE_HISTORY)
        history->n++;
    memmove(history->lines[1], history->lines[0], (history->n - 1) * sizeof history->lines[0]);
    strcpy(history->lines[0], text);
}
