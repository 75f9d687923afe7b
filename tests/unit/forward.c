/*
 * forward.c - what becomes of a connection where the machine lacks something: a
 * line each for accepting without a descriptor, and for a look-up without a
 * process, which is said on standard error.
 */
#include "forward.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PORT = 7000, TIMES_MAX = 1000 };

/* In place of libc's: no process can be had, and whoever connected dialled the
 * first name that was asked for. */
pid_t fork(void)
{
    errno = EAGAIN;
    return -1;
}

int getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
    struct in6_addr first = address_of_number(0);
    struct sockaddr_in dialled = { .sin_family = AF_INET,
                                   .sin_port = htons(PORT) };

    (void)fd;
    memcpy(&dialled.sin_addr, &first.s6_addr[12], sizeof(dialled.sin_addr));
    memcpy(address, &dialled, sizeof(dialled));
    *length = sizeof(dialled);
    return 0;
}

/* A listener on the loopback for the forwarder, and a socket connected to it. */
static int connect_to_new(struct forward *forward, int type)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, type | SOCK_NONBLOCK, 0);
    int fd = socket(AF_INET, type, 0);

    if (bind(listener, (struct sockaddr *)&address, length) < 0 ||
        (type == SOCK_STREAM && listen(listener, 1) < 0) ||
        syscall(SYS_getsockname, listener, &address, &length) < 0 ||
        connect(fd, (struct sockaddr *)&address, length) < 0)
        die("no socket: %s", strerror(errno));
    forward_listener(forward, listener);
    return fd;
}

static bool has_work(const struct forward *forward, int timeout)
{
    struct pollfd fd = { .fd = forward_fd(forward), .events = POLLIN };

    return poll(&fd, 1, timeout) == 1;
}

int main(void)
{
    static const char query[] = "\0\1\1\0\0\1\0\0\0\0\0\0\1a\4test\0\0\1\0\1";
    struct network network = { .mode = NETWORK_LISTED };
    struct rlimit old, none;
    struct forward *forward;
    char *hint, byte;
    int times = 0, fd;

    setlinebuf(stdout);
    add_host(&network, "a.test:7000", &hint);
    forward = forward_start(&network, NULL, NULL);
    fd = connect_to_new(forward, SOCK_DGRAM);
    if (send(fd, query, sizeof(query) - 1, 0) < 0)
        die("no query: %s", strerror(errno));
    forward_serve(forward);
    fd = connect_to_new(forward, SOCK_STREAM);
    getrlimit(RLIMIT_NOFILE, &old);
    none = old;
    none.rlim_cur = 1; /* for poll(2) */
    setrlimit(RLIMIT_NOFILE, &none);
    for (; times < TIMES_MAX && has_work(forward, 0); times++)
        forward_serve(forward);
    puts(times < TIMES_MAX ? "waits" : "spins");
    setrlimit(RLIMIT_NOFILE, &old);
    while (recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN &&
           has_work(forward, 10000))
        forward_serve(forward);
    puts(errno == ECONNRESET ? "goes on" : strerror(errno));
    forward_end(forward, false);
}
