/*
 * terminal.c - the caller's end of the command's pseudoterminal. systemd-run has
 * one of its own, but makes the caller's terminal raw before the command is
 * there to get a Ctrl-C, takes "^]" for itself, and writes more than the command
 * does (measured on 252 and 257). pty(7), termios(3).
 *
 * The caller's terminal is raw only where all three streams are it, for then
 * nobody else uses it. Otherwise it keeps its signals and the processing of
 * output, for the other programs of a pipeline.
 */
#include "terminal.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How often the stage is asked whether a process waits for input. */
enum { ASK_AGAIN_MS = 200 };

unsigned terminal_of(int fd)
{
    unsigned device = 0;

    return isatty(fd) && ioctl(fd, TIOCGDEV, &device) == 0 ? device : 0;
}

unsigned terminal_of_streams(void)
{
    unsigned terminal = 0;

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && !terminal; fd++)
        terminal = terminal_of(fd);
    return terminal;
}

void terminal_find(struct terminal *terminal)
{
    static const int by_use[] = { STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO };
    unsigned number = terminal_of_streams();
    AUTOFREE char *name = NULL;
    int in = -1, out = -1;

    terminal->in = terminal->out = terminal->master = -1;
    terminal->whole = number;
    for (size_t i = 0; i < ARRAY_LEN(by_use); i++)
        if (!number || terminal_of(by_use[i]) != number)
            terminal->whole = false;
        else
            out = out < 0 ? by_use[i] : out;
    for (int fd = STDERR_FILENO; fd >= STDIN_FILENO; fd--)
        if (number && terminal_of(fd) == number)
            in = fd;
    if (in < 0 || tcgetattr(in, &terminal->caller) < 0)
        return;
    ioctl(in, TIOCGWINSZ, &terminal->size);
    terminal->in = fcntl(in, F_DUPFD_CLOEXEC, 3);
    /* Another opening, so that the caller's does not become non-blocking; not
     * everybody may open it (su). */
    name = xasprintf("/proc/self/fd/%d", out);
    terminal->out = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    terminal->own_out = terminal->out >= 0;
    if (!terminal->own_out)
        terminal->out = fcntl(out, F_DUPFD_CLOEXEC, 3);
}

int terminal_open(struct terminal *terminal)
{
    int unlocked = 0, slave = -1;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (master >= 0 && ioctl(master, TIOCSPTLCK, &unlocked) == 0)
        slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        die("no terminal for the command: %s", strerror(errno));
    terminal_attach(terminal, master);
    return slave;
}

void terminal_attach(struct terminal *terminal, int master)
{
    terminal->master = master;
    fcntl(master, F_SETFL, O_NONBLOCK);
}

void terminal_resize(struct terminal *terminal)
{
    if (terminal->in < 0)
        return;
    if (ioctl(terminal->in, TIOCGWINSZ, &terminal->size) == 0 &&
        terminal->master >= 0)
        ioctl(terminal->master, TIOCSWINSZ, &terminal->size);
}

static bool is_in_foreground(const struct terminal *terminal)
{
    pid_t group = tcgetpgrp(terminal->in);

    /* Of a terminal that does not control this process nothing is a job: it may
     * be read. */
    return group == getpgrp() || (group < 0 && errno == ENOTTY);
}

/* ---- copying ---- */

/* Writes what it can of BUFFER. What FD does not take for good is dropped. */
static void flush(int fd, struct terminal_buffer *buffer)
{
    ssize_t n = write(fd, buffer->bytes, buffer->n);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    buffer->n = n > 0 ? buffer->n - (size_t)n : 0;
    memmove(buffer->bytes, buffer->bytes + (n > 0 ? n : 0), buffer->n);
}

/* False at the end of what FD will give. One byte is left in BUFFER. */
static bool fill(int fd, struct terminal_buffer *buffer)
{
    ssize_t n = read(fd, buffer->bytes, sizeof(buffer->bytes) - 1);

    buffer->n = n > 0 ? (size_t)n : 0;
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* The command's terminal made "\r\n" of each "\n", and the caller's, if it still
 * processes output, will do so once more: the first one is taken back. */
static void strip_returns(struct terminal *terminal)
{
    struct terminal_buffer *buffer = &terminal->output;
    struct pollfd more = { .fd = terminal->master, .events = POLLIN };
    size_t kept = 0;

    if (terminal->taken && terminal->whole)
        return;
    if (!(terminal->caller.c_oflag & OPOST) ||
        !(terminal->caller.c_oflag & ONLCR) || !buffer->n)
        return;
    if (buffer->bytes[buffer->n - 1] == '\r' && poll(&more, 1, 5) > 0 &&
        read(terminal->master, buffer->bytes + buffer->n, 1) == 1)
        buffer->n++;
    for (size_t i = 0; i < buffer->n; i++)
        if (buffer->bytes[i] != '\r' || i + 1 == buffer->n ||
            buffer->bytes[i + 1] != '\n')
            buffer->bytes[kept++] = buffer->bytes[i];
    buffer->n = kept;
}

int terminal_watch(struct terminal *terminal, struct pollfd fds[3])
{
    bool to_command = terminal->input.n > 0;
    bool to_caller = terminal->output.n > 0;
    int64_t left;

    fds[0] = (struct pollfd){ .fd = -1, .events = POLLIN };
    fds[1] = (struct pollfd){ .fd = -1 };
    fds[2] = (struct pollfd){ .fd = -1, .events = POLLOUT };
    if (terminal->master < 0)
        return -1;
    if (to_caller)
        fds[2].fd = terminal->out;
    if (!terminal->no_output && (to_command || !to_caller)) {
        fds[1].fd = terminal->master;
        fds[1].events = (short)((to_command ? POLLOUT : 0) |
                                (to_caller ? 0 : POLLIN));
    }
    if (terminal->taken && !terminal->no_input && !to_command)
        fds[0].fd = terminal->in;
    if (terminal->taken || terminal->wanted)
        return -1;
    left = terminal->asked + INT64_C(1000) * ASK_AGAIN_MS - now_us();
    if (terminal->asked && left > 0)
        return (int)(left / 1000) + 1;
    fds[0].fd = terminal->in;
    return -1;
}

bool terminal_typed(struct terminal *terminal, const struct pollfd fds[3])
{
    if (terminal->taken || !(fds[0].revents & POLLIN))
        return false;
    /* In the background as well: a shell's fg tells nobody who runs already. */
    terminal->asked = now_us();
    return is_in_foreground(terminal);
}

void terminal_copy(struct terminal *terminal, const struct pollfd fds[3])
{
    /* In the background a read is a SIGTTIN, or an error that is no end. */
    if (terminal->taken && fds[0].revents && is_in_foreground(terminal))
        terminal->no_input = !fill(terminal->in, &terminal->input);
    else if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        terminal->no_input = true; /* the caller's terminal is gone */
    if (fds[2].revents)
        flush(terminal->out, &terminal->output);
    if (fds[1].revents & POLLOUT)
        flush(terminal->master, &terminal->input);
    if (fds[1].revents & (POLLIN | POLLHUP | POLLERR) && !terminal->output.n) {
        terminal->no_output = !fill(terminal->master, &terminal->output);
        strip_returns(terminal);
        if (terminal->own_out && terminal->output.n) /* does not block */
            flush(terminal->out, &terminal->output);
    }
    if (terminal->no_output)
        terminal->input.n = 0;
}

/* ---- whose it is ---- */

/* What was typed before was echoed already. */
static void copy_typed(struct terminal *terminal)
{
    const struct timespec moment = { .tv_nsec = 20000000 }; /* 20 ms */
    struct termios modes, silent;
    int waiting = 0;

    if (ioctl(terminal->in, FIONREAD, &waiting) < 0 || waiting <= 0 ||
        tcgetattr(terminal->master, &modes) < 0)
        return;
    silent = modes;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    tcsetattr(terminal->master, TCSANOW, &silent);
    if (fill(terminal->in, &terminal->input))
        flush(terminal->master, &terminal->input);
    /* The kernel echoes a moment after the write, in a thread of its own. */
    nanosleep(&moment, NULL);
    tcsetattr(terminal->master, TCSANOW, &modes);
}

/* What was written before the modes change is copied before. */
static void copy_written(struct terminal *terminal)
{
    struct pollfd fds[] = { { .fd = terminal->master, .events = POLLIN },
                            { .fd = terminal->out, .events = POLLOUT } };

    for (int i = 0; i < 64; i++) {
        if (!terminal->output.n) {
            if (poll(fds, 1, 0) <= 0 || !(fds[0].revents & POLLIN))
                return;
            terminal->no_output = !fill(terminal->master, &terminal->output);
            strip_returns(terminal);
        }
        if (poll(fds + 1, 1, 100) > 0)
            flush(terminal->out, &terminal->output);
    }
}

bool terminal_take(struct terminal *terminal)
{
    struct termios modes = terminal->caller;

    if (terminal->taken)
        return true;
    if (!is_in_foreground(terminal))
        return false;
    copy_written(terminal);
    if (terminal->whole) {
        cfmakeraw(&modes);
    } else {
        modes.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | ISTRIP);
        modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
        modes.c_cc[VMIN] = 1;
        modes.c_cc[VTIME] = 0;
    }
    tcsetattr(terminal->in, TCSADRAIN, &modes);
    terminal->taken = true;
    terminal->wanted = false;
    terminal_resize(terminal);
    copy_typed(terminal);
    return true;
}

void terminal_give_back(struct terminal *terminal)
{
    if (terminal->master >= 0)
        copy_written(terminal);
    if (terminal->taken)
        tcsetattr(terminal->in, TCSADRAIN, &terminal->caller);
    terminal->taken = false;
}

void terminal_close(struct terminal *terminal)
{
    struct pollfd fds[3];

    if (terminal->in < 0)
        return;
    /* To the end that is there once nobody has the other side open. */
    terminal->input.n = 0;
    terminal->no_input = true;
    terminal->wanted = true; /* nothing is asked any more */
    while (terminal->master >= 0 &&
           (!terminal->no_output || terminal->output.n)) {
        terminal_watch(terminal, fds);
        if (poll(fds, ARRAY_LEN(fds), 1000) <= 0)
            break;
        terminal_copy(terminal, fds);
    }
    terminal_give_back(terminal);
    if (terminal->master >= 0)
        close(terminal->master);
    close(terminal->in);
    close(terminal->out);
    terminal->in = terminal->out = terminal->master = -1;
}
