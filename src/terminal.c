/*
 * terminal.c - the caller's end of the command's pseudoterminal. systemd-run has
 * one of its own, but makes the caller's terminal raw before the command is
 * there to get a Ctrl-C, takes "^]" for itself, and writes more than the command
 * does (measured on 252 and 257). pty(7), termios(3).
 */
#include "terminal.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int terminal_open(struct terminal *terminal)
{
    const char *name = NULL;
    int slave = -1;

    terminal->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal->master >= 0 && grantpt(terminal->master) == 0 &&
        unlockpt(terminal->master) == 0)
        name = ptsname(terminal->master);
    if (name)
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        die("no terminal for the command: %s", strerror(errno));
    fcntl(terminal->master, F_SETFL, O_NONBLOCK);
    /* Another opening of the same, so that the caller's does not become
     * non-blocking; not everybody may (su). */
    terminal->out = open("/proc/self/fd/1",
                         O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (terminal->out < 0)
        terminal->out = STDOUT_FILENO;
    if (tcgetattr(STDIN_FILENO, &terminal->caller) == 0)
        tcsetattr(slave, TCSANOW, &terminal->caller);
    terminal_resize(terminal);
    return slave;
}

void terminal_resize(const struct terminal *terminal)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        ioctl(terminal->master, TIOCSWINSZ, &size);
}

int terminal_take(struct terminal *terminal)
{
    struct termios mode = terminal->caller;

    /* A shell's fg tells nobody who runs already. */
    if (!terminal->raw && tcgetpgrp(STDIN_FILENO) != getpgrp())
        return 200;
    if (!terminal->raw) {
        cfmakeraw(&mode);
        tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
        terminal->raw = true;
        terminal_resize(terminal);
    }
    return -1;
}

void terminal_give_back(struct terminal *terminal)
{
    if (terminal->raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->caller);
    terminal->raw = false;
}

void terminal_reset(const struct terminal *terminal)
{
    tcsetattr(terminal->master, TCSANOW, &terminal->caller);
}

/* Writes what it can of BUFFER. What FD does not take for good is dropped. */
static void flush(int fd, struct terminal_buffer *buffer)
{
    ssize_t n = write(fd, buffer->bytes, buffer->n);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    buffer->n = n > 0 ? buffer->n - (size_t)n : 0;
    memmove(buffer->bytes, buffer->bytes + (n > 0 ? n : 0), buffer->n);
}

/* False at the end of what FD will give. */
static bool fill(int fd, struct terminal_buffer *buffer)
{
    ssize_t n = read(fd, buffer->bytes, sizeof(buffer->bytes));

    buffer->n = n > 0 ? (size_t)n : 0;
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

void terminal_watch(const struct terminal *terminal, struct pollfd fds[3])
{
    bool to_command = terminal->input.n > 0;
    bool to_caller = terminal->output.n > 0;

    fds[0] = (struct pollfd){ .fd = -1, .events = POLLIN };
    fds[1] = (struct pollfd){ .fd = -1 };
    fds[2] = (struct pollfd){ .fd = -1, .events = POLLOUT };
    if (terminal->raw && !terminal->no_input && !to_command)
        fds[0].fd = STDIN_FILENO;
    if (!terminal->no_output && (to_command || !to_caller)) {
        fds[1].fd = terminal->master;
        fds[1].events = (short)((to_command ? POLLOUT : 0) |
                                (to_caller ? 0 : POLLIN));
    }
    if (to_caller)
        fds[2].fd = terminal->out;
}

void terminal_copy(struct terminal *terminal, const struct pollfd fds[3])
{
    if (fds[0].revents)
        terminal->no_input = !fill(STDIN_FILENO, &terminal->input);
    if (fds[2].revents)
        flush(terminal->out, &terminal->output);
    if (fds[1].revents & POLLOUT)
        flush(terminal->master, &terminal->input);
    if (fds[1].revents & (POLLIN | POLLHUP | POLLERR) && !terminal->output.n)
        terminal->no_output = !fill(terminal->master, &terminal->output);
    if (terminal->no_output)
        terminal->input.n = 0;
}

void terminal_close(struct terminal *terminal)
{
    struct pollfd fds[3];

    /* To the end that is there once nobody has the other side open. */
    terminal->input.n = 0;
    terminal->no_input = true;
    do {
        terminal_watch(terminal, fds);
        if (poll(fds, ARRAY_LEN(fds), 1000) <= 0)
            break;
        terminal_copy(terminal, fds);
    } while (!terminal->no_output || terminal->output.n);
    terminal_give_back(terminal);
    close(terminal->master);
    if (terminal->out != STDOUT_FILENO)
        close(terminal->out);
}
