/*
 * terminal.h - a pseudoterminal for the command, and the caller's own, between
 * which bytes are copied as long as both are there.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct terminal {
    int master;             /* non-blocking */
    int out;                /* the caller's, non-blocking where it can be */
    struct termios caller;  /* as it was */
    bool raw;               /* and is not now */
    bool no_input, no_output; /* the end was read */
    struct terminal_buffer {
        char bytes[4096];
        size_t n;
    } input, output;        /* read, and not yet written */
};

/* Makes one with the modes and the size of the caller's; its other side, to be
 * closed by the caller, is the result. Dies where there is none to be had. */
int terminal_open(struct terminal *terminal);

/* Makes the caller's terminal raw once this process is in the foreground: then
 * its input is read, and what is typed acts on the command alone. Returns the
 * milliseconds after which to try again; -1 for never, as poll(2) has it. */
int terminal_take(struct terminal *terminal);

/* The caller's terminal as it was. */
void terminal_give_back(struct terminal *terminal);

/* The command's gets the caller's size. */
void terminal_resize(const struct terminal *terminal);

/* The command's gets the modes back that it began with. */
void terminal_reset(const struct terminal *terminal);

/* What to poll for, and what to do about it. */
void terminal_watch(const struct terminal *terminal, struct pollfd fds[3]);
void terminal_copy(struct terminal *terminal, const struct pollfd fds[3]);

/* Copies what is left, for as long as somebody writes and a second more, and
 * leaves the caller's terminal as it was. */
void terminal_close(struct terminal *terminal);

#endif
