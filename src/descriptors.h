/*
 * descriptors.h - which of the caller's descriptors the command of a service
 * gets. A scope's command inherits them all by itself.
 */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include "util.h"

struct passed {
    int *numbers;    /* those that are sent to the stage, N of them */
    size_t n;
    char *terminals; /* "0,1,2": those that become a terminal of the stage's;
                        NULL: none */
    int terminal;    /* what is sent for them; -1: the stage makes it */
};

/* Chooses among the descriptors that this process inherited: all but its
 * terminal's, and with RESTRICTED only what leads to no file that the command is
 * not meant to see. The terminal is that of the first stream that is one. CLOSED: the streams that the caller had closed, "01"; or
 * NULL. Dies of a stream that cannot be passed. With RESTRICTED what an argument
 * of COMMAND names and is not passed gets a note. */
void choose_descriptors(bool restricted, bool network_open, const char *closed,
                        char *const *command,
                        struct passed *passed);

/* Sends them over SOCKET with the caller's terminal's MODES and SIZE, and then
 * has none of them open but the terminal's and standard error; standard input
 * and output lead to /dev/null. False with errno where that fails. */
struct termios;
struct winsize;
bool send_descriptors(int socket, const struct passed *passed,
                      const struct termios *modes, const struct winsize *size);

/* Sends SIZE bytes over the Unix socket SOCKET with N descriptors, at most
 * DESCRIPTORS_AT_ONCE. False with errno where not all of it goes. */
bool send_message(int socket, const void *bytes, size_t size, const int *fds,
                  size_t n, int flags);

/* The same the other way; returns as recvmsg(2) does. *N is the room in FDS, at
 * most DESCRIPTORS_AT_ONCE, and then how many came, which close on exec. */
ssize_t receive_message(int socket, void *bytes, size_t size, int *fds,
                        size_t *n);

#endif
