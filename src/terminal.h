/*
 * terminal.h - the caller's terminal and the command's, which the stage made:
 * bytes are copied between the two. Output always is. Input is not before the
 * command reads its terminal: until then what is typed is left to whoever reads
 * the caller's terminal next.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <termios.h>

struct terminal {
    int in, out;            /* the caller's; -1: no stream is a terminal */
    bool own_out;           /* out is not one of the caller's own openings */
    bool whole;             /* all three streams are it */
    struct termios caller;  /* its modes, as they were */
    struct winsize size;    /* in characters */
    int master;             /* of the command's, non-blocking; -1: none yet */
    bool wanted;            /* the command waits to read */
    bool taken;             /* the caller's has other modes, and is read */
    bool no_input, no_output; /* the end was read */
    int64_t asked;          /* when terminal_typed() last looked; 0: never */
    struct terminal_buffer {
        char bytes[16384];
        size_t n;
    } input, output;        /* read, and not yet written */
};

/* Which terminal FD is, also as /dev/tty; 0 for none. ioctl_tty(2) */
unsigned terminal_of(int fd);

/* That of the first stream that is one. */
unsigned terminal_of_streams(void);

/* Finds the caller's terminal among the streams: before they are passed on. */
void terminal_find(struct terminal *terminal);

/* Makes the command's out here, for a unit that has the caller's /dev/pts; its
 * other side is the result, and the caller's. Dies where there is none to be
 * had. */
int terminal_open(struct terminal *terminal);

/* MASTER, which is then the terminal's, is the command's. */
void terminal_attach(struct terminal *terminal, int master);

/* Takes the caller's terminal for the command: changes its modes, and copies
 * what was typed already. False where this process is in the background. */
bool terminal_take(struct terminal *terminal);

/* The caller's terminal as it was; it is not read any more. */
void terminal_give_back(struct terminal *terminal);

/* The command's gets the caller's size. */
void terminal_resize(struct terminal *terminal);

/* What to poll for, and what to do about it. Returns the milliseconds after
 * which to call again; -1 for never. */
int terminal_watch(struct terminal *terminal, struct pollfd fds[3]);
void terminal_copy(struct terminal *terminal, const struct pollfd fds[3]);

/* Was something typed that nobody reads? Says so at most five times a second. */
bool terminal_typed(struct terminal *terminal, const struct pollfd fds[3]);

/* Copies what is left, for as long as somebody writes and a second more, and
 * leaves the caller's terminal as it was. */
void terminal_close(struct terminal *terminal);

#endif
