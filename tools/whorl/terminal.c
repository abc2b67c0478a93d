/* Raw mode by termios. */
#include "tools/whorl/terminal.h"

void terminal_make_raw(struct terminal *terminal, int fd)
{
    struct termios raw;

    terminal->fd = fd;
    terminal->raw = tcgetattr(fd, &terminal->saved) == 0;
    if (!terminal->raw)
        return;
    raw = terminal->saved;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | IGNCR | INLCR | ISTRIP | IXON | PARMRK);
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    terminal->raw = tcsetattr(fd, TCSAFLUSH, &raw) == 0;
}

void terminal_restore(struct terminal *terminal)
{
    if (terminal->raw)
        tcsetattr(terminal->fd, TCSADRAIN, &terminal->saved);
    terminal->raw = false;
}
