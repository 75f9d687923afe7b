/*
 * descriptors.c - the caller's descriptors on their way to the stage. unix(7).
 */
#include "descriptors.h"
#include "stage.h"
#include "terminal.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* What "/dev/fd/N" and its other names say; -1 for no such name. */
static int number_of_name(const char *name)
{
    static const char *const places[] = { "/dev/fd/", "/proc/self/fd/", NULL };

    for (const char *const *place = places; *place; place++) {
        const char *digits = name + strlen(*place);
        char *end;

        if (has_prefix(name, *place) && *digits >= '0' && *digits <= '9') {
            long number = strtol(digits, &end, 10);

            return *end || number > 1 << 20 ? -1 : (int)number;
        }
    }
    return -1;
}

static bool is_named(int fd, char *const *command)
{
    const char *flags = getenv("MAKEFLAGS");
    const char *auth = flags ? strstr(flags, "--jobserver-") : NULL;
    int in = -1, out = -1;

    for (; *command; command++)
        if (number_of_name(*command) == fd)
            return true;
    if (auth && (auth = strchr(auth, '=')))
        (void)!sscanf(auth, "=%d,%d", &in, &out);
    return fd == in || fd == out;
}

/* The channel of node's child_process.fork(): a pair without a name. */
static bool is_node_channel(int fd)
{
    const char *number = getenv("NODE_CHANNEL_FD");
    struct sockaddr_storage address = { 0 };
    socklen_t length = sizeof(address);

    return number && strtol(number, NULL, 10) == fd &&
           getsockname(fd, (struct sockaddr *)&address, &length) == 0 &&
           address.ss_family == AF_UNIX && length <= sizeof(sa_family_t);
}

static bool is_internet_socket(int fd)
{
    int domain;
    socklen_t length = sizeof(domain);

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
           domain != AF_UNIX;
}

/* Of a file system that keeps files, rather than one of the kernel's. */
static bool is_disk_file(int fd, const struct stat *st)
{
    static const long kinds[] = { TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC,
                                  BTRFS_SUPER_MAGIC, NFS_SUPER_MAGIC,
                                  0x65735546 /* FUSE */, 0x2fc12fc1 /* ZFS */,
                                  0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */,
                                  V9FS_MAGIC, CEPH_SUPER_MAGIC,
                                  0xca451a4e /* bcachefs */ };
    struct statfs fs;

    if (!S_ISREG(st->st_mode))
        return false;
    if (major(st->st_dev))
        return true;
    for (size_t i = 0; fstatfs(fd, &fs) == 0 && i < ARRAY_LEN(kinds); i++)
        if (fs.f_type == kinds[i])
            return true;
    return false;
}

/* null, zero, full, random, urandom */
static bool is_plain_device(const struct stat *st)
{
    unsigned number = minor(st->st_rdev);

    return S_ISCHR(st->st_mode) && major(st->st_rdev) == 1 &&
           (number == 3 || number == 5 || (number >= 7 && number <= 9));
}

static bool is_a_stream(const struct stat *st)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        struct stat stream;

        if (fstat(fd, &stream) == 0 && stream.st_dev == st->st_dev &&
            stream.st_ino == st->st_ino)
            return true;
    }
    return false;
}

static bool may_pass(int fd, char *const *command)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return false;
    return S_ISFIFO(st.st_mode) || is_plain_device(&st) || is_a_stream(&st) ||
           (is_disk_file(fd, &st) && (fd <= 9 || is_named(fd, command))) ||
           is_node_channel(fd);
}

static void check_stream(int fd, bool network_open, bool restricted,
                         unsigned terminal)
{
    static const char *const names[] = { "input", "output", "error" };

    if (!network_open && is_internet_socket(fd))
        die("standard %s is a network connection, and the network is closed "
            "to this run: leave one of them out",
            names[fd]);
    if (restricted && isatty(fd) && terminal_of(fd) != terminal)
        die("standard %s is another terminal than the first stream is, and would "
            "be in the command's reach as it is: redirect it to a file or a pipe",
            names[fd]);
}

/* A descriptor that was inherited does not close on exec. */
static bool is_inherited(int fd)
{
    int flags = fcntl(fd, F_GETFD);

    return flags >= 0 && !(flags & FD_CLOEXEC);
}

static void choose(int fd, unsigned terminal, bool pass, struct passed *passed)
{
    if (terminal && terminal_of(fd) == terminal) {
        char *longer = passed->terminals
                           ? xasprintf("%s,%d", passed->terminals, fd)
                           : xasprintf("%d", fd);

        free(passed->terminals);
        passed->terminals = longer;
    } else if (pass) {
        passed->numbers =
            grow(passed->numbers, passed->n, sizeof(*passed->numbers));
        passed->numbers[passed->n++] = fd;
    }
}

/* Is the descriptor NUMBER among those that are passed? */
static bool is_passed(const struct passed *passed, int number)
{
    const char *list = passed->terminals;

    for (size_t i = 0; i < passed->n; i++)
        if (passed->numbers[i] == number)
            return true;
    while (list && *list) {
        char *end;

        if (strtol(list, &end, 10) == number)
            return true;
        list = *end ? end + 1 : end;
    }
    return false;
}

void choose_descriptors(bool restricted, bool network_open, const char *closed,
                        char *const *command, struct passed *passed)
{
    AUTODIR DIR *dir = opendir("/proc/self/fd");
    unsigned terminal = terminal_of_streams();
    struct dirent *entry;

    *passed = (struct passed){ .terminal = -1 };
    while (dir && (entry = readdir(dir))) {
        char *end;
        int fd = (int)strtol(entry->d_name, &end, 10);
        bool stream = fd <= STDERR_FILENO;

        if (*end || end == entry->d_name || !is_inherited(fd) ||
            (stream && closed && strchr(closed, '0' + fd)))
            continue;
        if (stream)
            check_stream(fd, network_open, restricted, terminal);
        choose(fd, terminal,
               stream || ((!restricted || may_pass(fd, command)) &&
                          (network_open || !is_internet_socket(fd))),
               passed);
    }
    for (char *const *word = command; restricted && *word; word++) {
        int fd = number_of_name(*word);

        if (fd >= 0 && !is_passed(passed, fd))
            note("%s: descriptor %d is not passed into a path restriction: a "
                 "pipe or a file would be",
                 *word, fd);
    }
}

/* ---- sending ---- */

/* The descriptors that go with a message. */
union ancillary {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int) * DESCRIPTORS_AT_ONCE)];
};

bool send_message(int socket, const void *bytes, size_t size, const int *fds,
                  size_t n, int flags)
{
    struct iovec data = { (void *)bytes, size };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
    union ancillary control = { 0 };
    size_t length = n * sizeof(*fds);

    if (n) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(length);
        control.header.cmsg_len = CMSG_LEN(length);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(&control.header), fds, length);
    }
    return sendmsg(socket, &message, flags) == (ssize_t)size;
}

ssize_t receive_message(int socket, void *bytes, size_t size, int *fds,
                        size_t *n)
{
    struct iovec data = { bytes, size };
    union ancillary control;
    struct msghdr message = { .msg_iov = &data,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = CMSG_LEN(*n * sizeof(*fds)) };
    ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
    size_t length = header && header->cmsg_type == SCM_RIGHTS
                        ? header->cmsg_len - CMSG_LEN(0)
                        : 0;

    *n = length / sizeof(*fds);
    if (length)
        memcpy(fds, CMSG_DATA(header), length);
    return got;
}

/* The next descriptor to send, and in *NUMBER what it becomes; -1 at the end.
 * *LIST: what is left of the terminals. */
static int next_to_send(const struct passed *passed, size_t *sent,
                        const char **list, int32_t *number)
{
    char *end;

    if (*sent < passed->n) {
        *number = passed->numbers[*sent];
        return passed->numbers[(*sent)++];
    }
    if (passed->terminal < 0 || !*list || !**list)
        return -1;
    *number = (int32_t)strtol(*list, &end, 10);
    *list = *end ? end + 1 : end;
    return passed->terminal;
}

/* Whoever is at the other end of a pipe must see that the command closed it. */
static void let_go(const struct passed *passed)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (size_t i = 0; i < passed->n; i++) {
        int fd = passed->numbers[i];

        if (fd == STDERR_FILENO)
            continue;
        if (fd > STDERR_FILENO)
            close(fd);
        else
            dup2(null, fd);
    }
    if (null > STDERR_FILENO)
        close(null);
}

bool send_descriptors(int socket, const struct passed *passed,
                      const struct termios *modes, const struct winsize *size)
{
    const char *list = passed->terminals;
    size_t sent = 0;
    bool last = false;

    while (!last) {
        struct delivery delivery = { .modes = *modes, .size = *size };
        int fds[DESCRIPTORS_AT_ONCE], fd = -1;

        while (delivery.count < DESCRIPTORS_AT_ONCE &&
               (fd = next_to_send(passed, &sent, &list,
                                  &delivery.numbers[delivery.count])) >= 0)
            fds[delivery.count++] = fd;
        last = delivery.last = fd < 0;
        if (!send_message(socket, &delivery, sizeof(delivery), fds,
                          delivery.count, MSG_NOSIGNAL))
            return false;
    }
    let_go(passed);
    if (passed->terminal >= 0)
        close(passed->terminal);
    return true;
}
