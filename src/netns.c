/*
 * netns.c - addresses and listening sockets in the network namespace of this
 * process. rtnetlink(7); it takes CAP_NET_ADMIN there, and for low ports
 * CAP_NET_BIND_SERVICE.
 */
#include "netns.h"
#include "network.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOPBACK = 1 /* its index, in every network namespace */ };

struct place {
    struct in6_addr address; /* as network.h has it */
    unsigned number;         /* behind the slash */
};

static bool read_place(char *text, struct place *place)
{
    char *slash = strchr(text, '/');

    if (!slash)
        return false;
    *slash = '\0';
    place->number = (unsigned)strtoul(slash + 1, NULL, 10);
    return read_address(text, &place->address);
}

/* On a loopback device a whole prefix becomes local with its address. */
static bool add_address_to_loopback(const struct place *place)
{
    bool ipv4 = IN6_IS_ADDR_V4MAPPED(&place->address);
    size_t length = ipv4 ? 4 : 16;
    struct {
        struct nlmsghdr header;
        struct ifaddrmsg message;
        struct rtattr attribute;
        unsigned char address[sizeof(struct in6_addr)];
    } request = {
        .header = { .nlmsg_type = RTM_NEWADDR,
                    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE |
                                   NLM_F_REPLACE },
        .message = { .ifa_family = ipv4 ? AF_INET : AF_INET6,
                     .ifa_prefixlen = (unsigned char)place->number,
                     .ifa_flags = IFA_F_PERMANENT | IFA_F_NODAD,
                     .ifa_index = LOOPBACK },
        .attribute = { .rta_len = (unsigned short)RTA_LENGTH(length),
                       .rta_type = IFA_LOCAL },
    };
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char more[256];
    } answer = { 0 };
    AUTOCLOSE int fd =
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    memcpy(request.address, &place->address.s6_addr[16 - length], length);
    request.header.nlmsg_len =
        (uint32_t)(NLMSG_LENGTH(sizeof(request.message)) + RTA_LENGTH(length));
    if (fd < 0 || send(fd, &request, request.header.nlmsg_len, 0) < 0 ||
        recv(fd, &answer, sizeof(answer), 0) <
            (ssize_t)NLMSG_LENGTH(sizeof(int)))
        return false;
    errno = -answer.error.error;
    return answer.header.nlmsg_type == NLMSG_ERROR && !answer.error.error;
}

static int listen_at(const struct place *place, int type)
{
    union address address =
        socket_address(&place->address, (uint16_t)place->number);
    int fd = socket(address.any.sa_family,
                    type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error;

    if (fd >= 0 && bind(fd, &address.any, length_of(&address)) == 0 &&
        (type == SOCK_DGRAM || listen(fd, SOMAXCONN) == 0))
        return fd;
    error = errno;
    close_descriptor(&fd);
    errno = error;
    return -1;
}

const char *set_up_network(char *text, void (*take)(void *data, int fd),
                           void *data)
{
    char *save = NULL;

    for (char *part = strtok_r(text, ",", &save); part;
         part = strtok_r(NULL, ",", &save)) {
        char *equals = strchr(part, '=');
        struct place place;
        int fd = -1;

        errno = EINVAL;
        if (!equals || !read_place(equals + 1, &place))
            return part;
        if (has_prefix(part, "address=")) {
            if (add_address_to_loopback(&place))
                continue;
        } else {
            fd = listen_at(&place,
                           has_prefix(part, "udp=") ? SOCK_DGRAM : SOCK_STREAM);
        }
        if (fd >= 0)
            take(data, fd);
        else if (IN6_IS_ADDR_V4MAPPED(&place.address) ||
                 (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL &&
                  errno != EOPNOTSUPP && errno != EACCES))
            return part;
    }
    return NULL;
}
