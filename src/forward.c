/*
 * forward.c - the connections of a run whose hosts are listed, or that
 * publishes ports. A connection has two ends: 0 connected, 1 is what playpen
 * connects for it. Each direction has a pipe while it holds bytes, so that
 * splice(2) moves them without a copy here, and none while it is idle.
 */
#include "forward.h"
#include "resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 1024,
    IN_FLIGHT = 256 * 1024, /* bytes in a pipe */
    BUFFER = 128 * 1024,    /* bytes that a socket keeps for who does not read */
    ROUNDS = 16,            /* of copying, before others have their turn */
    ASKED_MAX = 64,         /* sockets, of the stage, at a time */
    LOOKUPS_MAX = 16,       /* at a time */
    ADDRESSES_MAX = 16,     /* of a name */
    HOLD_MS = 30000,        /* how long a look-up's answer counts */
    LOOKUP_SECONDS = 60,
    PAUSE_MS = 200, /* of accepting, where there is nothing to accept with */
    DRAIN_MS = 5000, /* without a byte, after the command's end */
    DRAIN_ALL_MS = 30000,
    DRAIN_STEP_MS = 100,
    MISSES_MAX = 64, /* different ones, that are counted */
    MISSES_SHOWN = 10,
    FDS_OF_CONNECTION = 6,
    FDS_OF_OTHERS = 200,
};

/* Something that epoll(7) watches. */
struct source {
    void (*ready)(struct forward *forward, struct source *source,
                  uint32_t events);
    int fd; /* -1 once it is closed */
    bool watched;
    uint32_t events;
    void *owner;
};

struct flow {
    int pipe[2]; /* -1 while it holds nothing */
    size_t held; /* bytes in it */
    bool stuck;  /* there is no pipe, and the other end takes nothing now */
    bool ended;  /* no more will come */
    bool closed; /* and the other end was told so */
};

struct connection {
    struct connection *next, *previous;
    enum {
        ASKS_NAMES, /* DNS over TCP */
        WAITS_LOOKUP,
        WAITS_SOCKET, /* from the stage */
        CONNECTS,
        COPIES,
        ENDED, /* freed when all events of this round were seen */
    } state;
    struct source ends[2];
    struct flow flows[2]; /* 0 comes from end 0 */
    bool asked;           /* the stage was, for a socket */
    bool broken;          /* one end was reset: so will be the other */
    unsigned inside;      /* which end is the command's */
    const struct net_rule *rule;
    struct name *name;
    char *what; /* it was to reach, for people; NULL if published */
    uint16_t port;
    struct in6_addr addresses[ADDRESSES_MAX];
    size_t count, next_address;
    int error; /* of the last try */
    uint8_t query[2 + ANSWER_MAX];
    size_t query_length;
};

/* A name that has an address inside; its number is its place in the list. */
struct name {
    char *text;
    struct name *later; /* of those that wait to be looked up */
    struct in6_addr addresses[ADDRESSES_MAX];
    size_t count;
    int64_t until; /* ms: till when they count */
    bool wanted;   /* a look-up is under way, or to come */
    pid_t child;   /* that does it; 0: none */
    struct source result;
};

struct lookup_result {
    int error; /* getaddrinfo(3)'s */
    uint32_t count;
    struct in6_addr addresses[ADDRESSES_MAX];
};

struct listener {
    struct source source;
    const struct publication *published; /* NULL: it is inside */
    struct listener *next;
};

/* What was not reached. */
struct miss {
    char *what, *why;
    unsigned times;
};

struct forward {
    const struct network *network;
    forward_ask *ask;
    void *data;
    int epoll;
    struct listener *listeners;
    struct connection *first, *last, *dead;
    size_t count, limit;
    bool full; /* the listeners wait */
    struct source pause; /* a timer: the listeners wait for it */
    struct name **names;
    size_t name_count;
    struct name *first_wanted, **last_wanted; /* not begun yet */
    unsigned lookups, asked;
    int spare[2]; /* an empty pipe, or -1 */
    struct miss misses[MISSES_MAX];
    size_t miss_count, missed_more;
    bool moved; /* bytes, in the last round */
};

static int64_t now_ms(void)
{
    return now_us() / 1000;
}

/* ---- what was not reached ---- */

static void count_miss(struct forward *f, const char *what, const char *why)
{
    for (size_t i = 0; i < f->miss_count; i++)
        if (streq(f->misses[i].what, what) && streq(f->misses[i].why, why)) {
            f->misses[i].times++;
            return;
        }
    if (f->miss_count == MISSES_MAX) {
        f->missed_more++;
        return;
    }
    f->misses[f->miss_count++] =
        (struct miss){ xstrdup(what), xstrdup(why), 1 };
}

/* WHAT was refused, and WORD for --net-allow would allow it. */
static void count_refused(struct forward *f, const char *what, const char *word)
{
    AUTOFREE char *why = xasprintf("--net-allow %s allows it", word);

    count_miss(f, what, why);
}

static int by_times(const void *a, const void *b)
{
    const struct miss *one = a, *other = b;

    return (one->times < other->times) - (one->times > other->times);
}

static void say_misses(struct forward *f)
{
    qsort(f->misses, f->miss_count, sizeof(*f->misses), by_times);
    for (size_t i = 0; i < f->miss_count && i < MISSES_SHOWN; i++) {
        const struct miss *miss = &f->misses[i];

        warn("not reached: %s (%u time%s): %s", miss->what, miss->times,
             miss->times == 1 ? "" : "s", miss->why);
    }
    if (f->miss_count > MISSES_SHOWN)
        warn("not reached: %zu%s more", f->miss_count - MISSES_SHOWN,
             f->missed_more ? " and" : "");
}

/* ---- epoll ---- */

/* EVENTS of 0: errors alone. */
static void watch(struct forward *f, struct source *source, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = source };

    if (source->watched && source->events == events)
        return;
    if (epoll_ctl(f->epoll, source->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
                  source->fd, &event) == 0) {
        source->watched = true;
        source->events = events;
    }
}

static void unwatch(struct forward *f, struct source *source)
{
    if (source->watched)
        epoll_ctl(f->epoll, EPOLL_CTL_DEL, source->fd, NULL);
    source->watched = false;
}

static void close_source(struct forward *f, struct source *source)
{
    if (source->fd < 0)
        return;
    unwatch(f, source);
    close(source->fd);
    source->fd = -1;
}

/* ---- connections ---- */

static void watch_listeners(struct forward *f)
{
    for (struct listener *l = f->listeners; l; l = l->next)
        if (f->full)
            unwatch(f, &l->source);
        else
            watch(f, &l->source, EPOLLIN);
}

static struct connection *add_connection(struct forward *f, int fd)
{
    struct connection *c = xmalloc(sizeof(*c));

    *c = (struct connection){ .previous = f->last };
    for (unsigned i = 0; i < 2; i++) {
        c->ends[i] = (struct source){ .fd = i ? -1 : fd, .owner = c };
        c->flows[i].pipe[0] = c->flows[i].pipe[1] = -1;
    }
    *(f->last ? &f->last->next : &f->first) = c;
    f->last = c;
    f->count++;
    return c;
}

static void give_pipe_back(struct forward *f, struct flow *flow)
{
    if (flow->pipe[0] < 0)
        return;
    if (f->spare[0] < 0 && !flow->held) {
        memcpy(f->spare, flow->pipe, sizeof(f->spare));
    } else {
        close(flow->pipe[0]);
        close(flow->pipe[1]);
    }
    flow->pipe[0] = flow->pipe[1] = -1;
    flow->held = 0;
}

static bool take_pipe(struct forward *f, struct flow *flow)
{
    if (flow->pipe[0] >= 0)
        return true;
    if (f->spare[0] < 0) {
        if (pipe2(f->spare, O_CLOEXEC | O_NONBLOCK) < 0)
            return false;
        fcntl(f->spare[1], F_SETPIPE_SZ, IN_FLIGHT);
    }
    memcpy(flow->pipe, f->spare, sizeof(f->spare));
    f->spare[0] = f->spare[1] = -1;
    return true;
}

static void end_connection(struct forward *f, struct connection *c)
{
    struct linger reset = { .l_onoff = 1, .l_linger = 0 };

    if (c->state == ENDED)
        return;
    for (unsigned i = 0; i < 2; i++) {
        if (c->broken && c->ends[i].fd >= 0)
            setsockopt(c->ends[i].fd, SOL_SOCKET, SO_LINGER, &reset,
                       sizeof(reset));
        close_source(f, &c->ends[i]);
        give_pipe_back(f, &c->flows[i]);
    }
    *(c->previous ? &c->previous->next : &f->first) = c->next;
    *(c->next ? &c->next->previous : &f->last) = c->previous;
    c->state = ENDED;
    c->next = f->dead;
    f->dead = c;
    f->count--;
    if (f->full) {
        f->full = false;
        watch_listeners(f);
    }
}

/* Whoever connected sees a reset. */
static void refuse(struct forward *f, struct connection *c)
{
    c->broken = true;
    end_connection(f, c);
}

/* ---- copying ---- */

/* splice(2) stops before a byte of urgent data, and says that nothing is there,
 * or that it is the end. It goes on as a byte like others. tcp(7) */
static ssize_t read_urgent(int fd, int pipe)
{
    int at_mark = 0, error = errno;
    char byte;

    if (ioctl(fd, SIOCATMARK, &at_mark) == 0 && at_mark &&
        recv(fd, &byte, 1, 0) == 1)
        return write(pipe, &byte, 1);
    errno = error;
    return -1;
}

/* Nothing more goes FROM this end to the other, which was reset. What that one
 * sent before may still come. */
static void stop_flow(struct forward *f, struct connection *c, unsigned from)
{
    struct flow *flow = &c->flows[from];

    flow->ended = flow->closed = c->broken = true;
    give_pipe_back(f, flow);
}

/* The end FROM was reset: nothing can be sent to it either. */
static void break_flow(struct forward *f, struct connection *c, unsigned from)
{
    c->flows[from].ended = true;
    stop_flow(f, c, !from);
}

static void read_flow(struct forward *f, struct connection *c, unsigned from)
{
    struct flow *flow = &c->flows[from];
    int fd = c->ends[from].fd;
    ssize_t n = splice(fd, NULL, flow->pipe[1], NULL, IN_FLIGHT,
                       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

    if ((n == 0 || (n < 0 && errno == EAGAIN)) &&
        read_urgent(fd, flow->pipe[1]) == 1)
        n = 1;
    if (n > 0)
        flow->held = (size_t)n;
    else if (n == 0)
        flow->ended = true;
    else if (errno != EAGAIN && errno != EINTR)
        break_flow(f, c, from);
}

static void write_flow(struct forward *f, struct connection *c, unsigned from)
{
    struct flow *flow = &c->flows[from];
    ssize_t n = splice(flow->pipe[0], NULL, c->ends[!from].fd, NULL, flow->held,
                       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

    if (n > 0) {
        flow->held -= (size_t)n;
        f->moved = true;
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        stop_flow(f, c, from);
    }
}

/* Where there is no descriptor for a pipe: what the other end takes at once.
 * What it does not take stays where it is. True if there may be more. */
static bool pass_bytes(struct forward *f, struct connection *c, unsigned from)
{
    struct flow *flow = &c->flows[from];
    char bytes[16 * 1024];
    ssize_t n = recv(c->ends[from].fd, bytes, sizeof(bytes), MSG_PEEK);
    ssize_t sent = n;

    if (n > 0)
        sent = send(c->ends[!from].fd, bytes, (size_t)n, MSG_NOSIGNAL);
    else if (n == 0)
        flow->ended = true;
    else if (errno != EAGAIN && errno != EINTR)
        break_flow(f, c, from);
    if (n > 0 && sent > 0 &&
        recv(c->ends[from].fd, bytes, (size_t)sent, 0) == sent)
        f->moved = true;
    flow->stuck = n > 0 && sent < 0 && errno == EAGAIN;
    if (n > 0 && sent < 0 && errno != EAGAIN && errno != EINTR)
        stop_flow(f, c, from);
    return sent > 0;
}

/* One direction, as far as it goes at once. True if there may be more. */
static bool copy(struct forward *f, struct connection *c, unsigned from)
{
    struct flow *flow = &c->flows[from];
    bool more = false;

    if (flow->closed)
        return false;
    flow->stuck = false;
    if (!flow->held && !flow->ended) {
        if (take_pipe(f, flow))
            read_flow(f, c, from);
        else
            more = pass_bytes(f, c, from);
    }
    if (flow->held) {
        more = true;
        write_flow(f, c, from);
    }
    if (flow->held)
        return false;
    give_pipe_back(f, flow);
    if (flow->ended && !flow->closed) {
        if (!c->broken)
            shutdown(c->ends[!from].fd, SHUT_WR);
        flow->closed = true;
    }
    return more && !flow->closed;
}

/* Waits for what each end can do next. An end that hung up, of which nothing is
 * wanted before the other one takes what is held, is not watched: it would be
 * ready all the time. */
static void watch_ends(struct forward *f, struct connection *c,
                       const bool *hung)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct flow *from = &c->flows[i], *to = &c->flows[!i];
        bool reads = !from->ended && !from->held && !from->stuck;
        uint32_t events = (reads ? EPOLLIN : 0u) |
                          (to->held || to->stuck ? EPOLLOUT : 0u);

        if (!events && hung[i])
            unwatch(f, &c->ends[i]);
        else
            watch(f, &c->ends[i], events);
    }
}

static void end_ready(struct forward *f, struct source *source, uint32_t events)
{
    struct connection *c = source->owner;
    unsigned end = source == &c->ends[1];
    bool hung[2] = { false, false };

    hung[end] = events & (EPOLLHUP | EPOLLERR);
    /* It was reset, and nothing more is read from it that would say so. */
    if (hung[end] && c->flows[end].ended && !c->flows[!end].held)
        stop_flow(f, c, !end);
    for (int i = 0; i < ROUNDS && events & ~EPOLLOUT && copy(f, c, end); i++)
        ;
    for (int i = 0; i < ROUNDS && events & ~EPOLLIN && copy(f, c, !end); i++)
        ;
    if (c->flows[0].closed && c->flows[1].closed)
        end_connection(f, c);
    else
        watch_ends(f, c, hung);
}

static void start_copying(struct forward *f, struct connection *c)
{
    static const bool hung[2] = { false, false };
    int yes = 1, idle = 60 /* s */, buffer = BUFFER;

    c->state = COPIES;
    /* Not under the run's memory limit. */
    setsockopt(c->ends[c->inside].fd, SOL_SOCKET, SO_RCVBUF, &buffer,
               sizeof(buffer));
    for (unsigned i = 0; i < 2; i++) {
        int fd = c->ends[i].fd;

        /* Each piece goes on as it came. */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &buffer, sizeof(buffer));
        setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &yes, sizeof(yes));
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
        c->ends[i].ready = end_ready;
    }
    watch_ends(f, c, hung);
}

/* ---- connecting ---- */

/* The port is the result. */
static uint16_t read_socket_address(const union address *from,
                                    struct in6_addr *address)
{
    if (from->any.sa_family == AF_INET6) {
        *address = from->ipv6.sin6_addr;
        return ntohs(from->ipv6.sin6_port);
    }
    *address = address_of_number(0); /* an IPv4 one */
    memcpy(&address->s6_addr[12], &from->ipv4.sin_addr,
           sizeof(from->ipv4.sin_addr));
    return ntohs(from->ipv4.sin_port);
}

static void try_next(struct forward *f, struct connection *c);

static void connect_ready(struct forward *f, struct source *source,
                          uint32_t events)
{
    struct connection *c = source->owner;
    socklen_t length = sizeof(c->error);

    (void)events;
    c->error = 0;
    getsockopt(source->fd, SOL_SOCKET, SO_ERROR, &c->error, &length);
    if (!c->error) {
        start_copying(f, c);
        return;
    }
    close_source(f, source);
    try_next(f, c);
}

/* With the socket FD, which is taken, to the address that is next. */
static void connect_by(struct forward *f, struct connection *c, int fd)
{
    union address address =
        socket_address(&c->addresses[c->next_address++], c->port);

    c->state = CONNECTS;
    c->ends[1].fd = fd;
    c->ends[1].ready = connect_ready;
    if (fd >= 0 && (connect(fd, &address.any, length_of(&address)) == 0 ||
                    errno == EINPROGRESS)) {
        watch(f, &c->ends[1], EPOLLOUT);
        return;
    }
    c->error = errno;
    close_source(f, &c->ends[1]);
    try_next(f, c);
}

static int next_family(const struct connection *c)
{
    return IN6_IS_ADDR_V4MAPPED(&c->addresses[c->next_address]) ? AF_INET
                                                                : AF_INET6;
}

/* As many at a time as the stage's socket certainly holds. */
static void ask_for_sockets(struct forward *f)
{
    for (struct connection *c = f->first; c && f->asked < ASKED_MAX;
         c = c->next)
        if (c->state == WAITS_SOCKET && !c->asked) {
            c->asked = true;
            f->asked++;
            f->ask(f->data, next_family(c));
        }
}

static void try_next(struct forward *f, struct connection *c)
{
    int family;

    if (c->next_address == c->count) {
        if (c->what)
            count_miss(f, c->what, strerror(c->error));
        refuse(f, c);
        return;
    }
    family = next_family(c);
    if (c->what) {
        connect_by(
            f, c,
            socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        return;
    }
    c->state = WAITS_SOCKET;
    c->asked = false;
    ask_for_sockets(f);
}

void forward_socket(struct forward *f, int fd)
{
    struct connection *c = f->first;
    int family = AF_UNSPEC;
    socklen_t length = sizeof(family);

    if (fd >= 0)
        getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length);
    while (c &&
           (c->state != WAITS_SOCKET || !c->asked ||
            (fd >= 0 && next_family(c) != family)))
        c = c->next;
    f->asked -= f->asked > 0;
    if (c)
        connect_by(f, c, fd);
    else if (fd >= 0)
        close(fd);
    ask_for_sockets(f);
}

static bool is_own(const struct ifaddrs *interfaces,
                   const struct in6_addr *address)
{
    for (; interfaces; interfaces = interfaces->ifa_next) {
        const struct sockaddr *own = interfaces->ifa_addr;
        struct in6_addr mine;

        if (!own || (own->sa_family != AF_INET && own->sa_family != AF_INET6))
            continue;
        read_socket_address((const union address *)own, &mine);
        if (IN6_ARE_ADDR_EQUAL(&mine, address))
            return true;
    }
    return false;
}

/* To those of the ADDRESSES that the rule may lead to. */
static void dial(struct forward *f, struct connection *c,
                 const struct in6_addr *addresses, size_t count)
{
    struct ifaddrs *interfaces = NULL;
    char text[INET6_ADDRSTRLEN];
    bool known = getifaddrs(&interfaces) == 0;

    for (size_t i = 0; i < count && c->count < ADDRESSES_MAX; i++)
        if (may_dial(f->network, c->rule, &addresses[i],
                     !known || is_own(interfaces, &addresses[i])))
            c->addresses[c->count++] = addresses[i];
    if (known)
        freeifaddrs(interfaces);
    if (c->count) {
        try_next(f, c);
        return;
    }
    if (count) {
        AUTOFREE char *what = NULL;
        AUTOFREE char *word = NULL;
        bool ipv6 = !IN6_IS_ADDR_V4MAPPED(&addresses[0]);

        write_address(&addresses[0], text);
        what = xasprintf("%s, which is %s", c->what, text);
        word = xasprintf("%s%s%s:%u", ipv6 ? "[" : "", text, ipv6 ? "]" : "",
                         c->port);
        count_refused(f, what, word);
    }
    refuse(f, c);
}

/* ---- looking names up ---- */

/* In a child: getaddrinfo(3) waits. It keeps nothing of its parent's open, or a
 * connection's end would not be seen. */
static void __attribute__((noreturn))
be_lookup(const char *name, int fd, pid_t parent)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
    struct lookup_result result = { 0 };
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&none);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() != parent || dup2(fd, 3) < 0)
        _exit(1);
    syscall(436 /* close_range */, 4u, ~0u, 0u);
    alarm(LOOKUP_SECONDS);
    /* The list has that name, not one below a domain of resolv.conf's search
     * list. Of a name of one label that list is what it means outside. */
    if (strchr(name, '.'))
        setenv("LOCALDOMAIN", ".", 1);
    result.error = getaddrinfo(name, NULL, &hints, &list);
    for (struct addrinfo *each = list; each && result.count < ADDRESSES_MAX;
         each = each->ai_next)
        if (each->ai_family == AF_INET || each->ai_family == AF_INET6)
            read_socket_address((const union address *)each->ai_addr,
                                &result.addresses[result.count++]);
    (void)!write(3, &result, sizeof(result));
    _exit(0);
}

static void start_lookups(struct forward *f);

/* WHY is for people where there are none; the connections that wait for NAME go
 * on, or end. */
static void end_lookup(struct forward *f, struct name *name, const char *why)
{
    struct connection *next;

    name->wanted = false;
    for (struct connection *c = f->first; c; c = next) {
        next = c->next;
        if (c->state != WAITS_LOOKUP || c->name != name)
            continue;
        if (!name->count)
            count_miss(f, c->what, why);
        dial(f, c, name->addresses, name->count);
    }
}

static void lookup_ready(struct forward *f, struct source *source,
                         uint32_t events)
{
    struct name *name = source->owner;
    struct lookup_result result = { .error = EAI_SYSTEM };
    bool known = read(source->fd, &result, sizeof(result)) == sizeof(result);
    int status = 0;

    (void)events;
    close_source(f, source);
    waitpid(name->child, &status, 0);
    name->child = 0;
    f->lookups--;
    name->count = known && !result.error ? result.count : 0;
    memcpy(name->addresses, result.addresses, sizeof(name->addresses));
    name->until = now_ms() + (name->count ? HOLD_MS : 0);
    end_lookup(f, name,
               known ? gai_strerror(result.error)
               : WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM
                   ? "looking its name up took too long"
                   : "what looked its name up was ended");
    start_lookups(f);
}

/* False, with errno, where there is no process or pipe for it. */
static bool start_lookup(struct forward *f, struct name *name)
{
    pid_t self = getpid();
    int fds[2], error;

    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return false;
    name->child = fork();
    error = errno;
    if (name->child == 0)
        be_lookup(name->text, fds[1], self);
    close(fds[1]);
    if (name->child < 0) {
        close(fds[0]);
        name->child = 0;
        errno = error;
        return false;
    }
    f->lookups++;
    name->result =
        (struct source){ .ready = lookup_ready, .fd = fds[0], .owner = name };
    watch(f, &name->result, EPOLLIN);
    return true;
}

/* Those that wait, the first one first. Where one cannot be begun, the end of
 * another tries it again, and it ends where there is no other. */
static void start_lookups(struct forward *f)
{
    while (f->first_wanted && f->lookups < LOOKUPS_MAX) {
        struct name *name = f->first_wanted;
        bool started = start_lookup(f, name);
        AUTOFREE char *why = xasprintf("its name cannot be looked up: %s",
                                       strerror(errno));

        if (!started && f->lookups)
            return;
        f->first_wanted = name->later;
        if (!started) {
            name->count = 0;
            end_lookup(f, name, why);
        }
    }
}

static void want_lookup(struct forward *f, struct name *name)
{
    if (name->wanted)
        return;
    name->wanted = true;
    name->later = NULL;
    *(f->first_wanted ? f->last_wanted : &f->first_wanted) = name;
    f->last_wanted = &name->later;
    start_lookups(f);
}

/* The name's number, which it gets if it has none; -1 where there are too
 * many. */
static int number_of_name(struct forward *f, const char *text)
{
    struct name *name;

    for (size_t i = 0; i < f->name_count; i++)
        if (streq(f->names[i]->text, text))
            return (int)i;
    if (f->name_count == NAMES_MAX)
        return -1;
    name = xmalloc(sizeof(*name));
    *name = (struct name){ .text = xstrdup(text),
                           .result = { .fd = -1 } };
    f->names = grow(f->names, f->name_count, sizeof(struct name *));
    f->names[f->name_count] = name;
    return (int)f->name_count++;
}

/* ---- names, asked for inside ---- */

/* What is the loopback inside: localhost, and this machine's own name if that is
 * not on the list. */
static bool is_inside(const struct network *network, const char *name)
{
    char own[256] = "";

    gethostname(own, sizeof(own) - 1);
    return streq(name, "localhost") || has_suffix(name, ".localhost") ||
           (strcasecmp(name, own) == 0 && !rule_for_name(network, name, 0));
}

static enum dns_code judge(struct forward *f, const struct question *question,
                           struct in6_addr *address, bool *has_address)
{
    AUTOFREE char *name = host_name(question->name);
    int number;

    if (name && is_inside(f->network, name)) {
        *has_address = question->type == DNS_A || question->type == DNS_AAAA;
        read_address(question->type == DNS_A ? "127.0.0.1" : "::1", address);
        return DNS_OK;
    }
    if (!name || !rule_for_name(f->network, name, 0)) {
        /* What resolvers ask by themselves, and the search list. */
        if (*question->name && question->type != DNS_AAAA &&
            !has_suffix(question->name, ".arpa") &&
            !has_suffix(question->name, ".invalid"))
            count_refused(f, name ? name : question->name,
                          name ? name : "NAME");
        return DNS_NO_NAME;
    }
    if (question->type != DNS_A)
        return DNS_OK;
    number = number_of_name(f, name);
    if (number < 0)
        return DNS_FAILED;
    *has_address = true;
    *address = address_of_number((unsigned)number);
    return DNS_OK;
}

/* Returns the length of the answer; 0 for none. */
static size_t answer_query(struct forward *f, const uint8_t *query, size_t size,
                           uint8_t *answer)
{
    struct question question;
    enum dns_code code = read_question(query, size, &question);
    bool was_read = code == DNS_OK, has_address = false;
    struct in6_addr address;

    if (code == DNS_IGNORED)
        return 0;
    if (was_read)
        code = judge(f, &question, &address, &has_address);
    return write_answer(query, was_read ? &question : NULL, code,
                        has_address ? &address : NULL, answer);
}

static void udp_ready(struct forward *f, struct source *source, uint32_t events)
{
    uint8_t query[ANSWER_MAX], answer[ANSWER_MAX];
    union address from;
    socklen_t length = sizeof(from);
    ssize_t n =
        recvfrom(source->fd, query, sizeof(query), 0, &from.any, &length);
    size_t size = n > 0 ? answer_query(f, query, (size_t)n, answer) : 0;

    (void)events;
    if (size)
        (void)!sendto(source->fd, answer, size, MSG_NOSIGNAL, &from.any,
                      length);
}

/* A query over TCP, with its length before it; one after the other. */
static void query_ready(struct forward *f, struct source *source,
                        uint32_t events)
{
    struct connection *c = source->owner;
    size_t wanted =
        c->query_length < 2 ? 2 : 2 + (size_t)(c->query[0] << 8 | c->query[1]);
    uint8_t answer[2 + ANSWER_MAX];
    ssize_t n = -1;
    size_t size;

    (void)events;
    if (wanted <= sizeof(c->query))
        n = recv(source->fd, c->query + c->query_length,
                 wanted - c->query_length, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR) &&
        wanted <= sizeof(c->query))
        return;
    if (n <= 0) {
        end_connection(f, c);
        return;
    }
    c->query_length += (size_t)n;
    if (c->query_length < wanted || wanted == 2)
        return;
    size = answer_query(f, c->query + 2, wanted - 2, answer + 2);
    answer[0] = (uint8_t)(size >> 8);
    answer[1] = (uint8_t)size;
    c->query_length = 0;
    if (!size ||
        send(source->fd, answer, size + 2, MSG_NOSIGNAL) != (ssize_t)size + 2)
        end_connection(f, c);
}

/* ---- accepting ---- */

/* The connection was made to ADDRESS and PORT, inside: what was meant? */
static void meet(struct forward *f, struct connection *c,
                 const struct in6_addr *address, uint16_t port)
{
    int number = number_of_address(address);
    const char *name = NULL;
    AUTOFREE char *host = NULL;
    char text[INET6_ADDRSTRLEN];

    c->port = port;
    write_address(address, text);
    c->rule = rule_for_address(f->network, address, port);
    if (!c->rule && number >= 0 && (size_t)number < f->name_count)
        name = f->names[number]->text;
    if (streq(text, "127.0.0.1") || streq(text, "::1"))
        name = "localhost";
    if (name)
        c->rule = rule_for_name(f->network, name, port);
    host = !name && strchr(text, ':') ? xasprintf("[%s]", text)
                                      : xstrdup(name ? name : text);
    c->what = xasprintf("%s:%u", host, port);
    if (!c->rule) {
        count_refused(f, c->what, c->what);
        refuse(f, c);
        return;
    }
    if (c->rule->kind == RULE_ADDRESS) {
        dial(f, c, address, 1);
    } else if (c->rule->kind == RULE_LOCALHOST) {
        struct in6_addr both[2];

        read_address("127.0.0.1", &both[0]);
        read_address("::1", &both[1]);
        dial(f, c, both, 2);
    } else {
        c->name = f->names[number];
        c->state = WAITS_LOOKUP;
        if (c->name->count && c->name->until > now_ms())
            dial(f, c, c->name->addresses, c->name->count);
        else
            want_lookup(f, c->name);
    }
}

static void accepted(struct forward *f, const struct listener *listener, int fd)
{
    struct connection *c = add_connection(f, fd);
    union address dialled = { 0 };
    socklen_t length = sizeof(dialled);
    struct in6_addr address;
    uint16_t port;

    if (listener->published) {
        c->inside = 1;
        c->port = listener->published->inside;
        read_address("127.0.0.1", &c->addresses[0]);
        read_address("::1", &c->addresses[1]);
        c->count = 2;
        try_next(f, c);
        return;
    }
    getsockname(fd, &dialled.any, &length);
    port = read_socket_address(&dialled, &address);
    if (port != 53) {
        meet(f, c, &address, port);
        return;
    }
    c->state = ASKS_NAMES;
    c->ends[0].ready = query_ready;
    watch(f, &c->ends[0], EPOLLIN);
}

static void listener_ready(struct forward *f, struct source *source,
                           uint32_t events)
{
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    bool lacks = fd < 0 && (errno == EMFILE || errno == ENFILE ||
                            errno == ENOBUFS || errno == ENOMEM);
    struct itimerspec soon = { .it_value.tv_nsec = PAUSE_MS * 1000000L };

    (void)events;
    if (fd >= 0)
        accepted(f, source->owner, fd);
    /* Others wait in the kernel until one has ended, or for a moment: it may be
     * none of these that has what is lacking. */
    if (lacks)
        timerfd_settime(f->pause.fd, 0, &soon, NULL);
    if (lacks || f->count >= f->limit) {
        f->full = true;
        watch_listeners(f);
    }
}

static void pause_ready(struct forward *f, struct source *source,
                        uint32_t events)
{
    uint64_t times;

    (void)events;
    (void)!read(source->fd, &times, sizeof(times));
    f->full = f->count >= f->limit;
    watch_listeners(f);
}

static struct listener *add_listener(struct forward *f, int fd)
{
    struct listener *listener = xmalloc(sizeof(*listener));
    int type = SOCK_STREAM;
    socklen_t length = sizeof(type);

    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
    *listener = (struct listener){
        .source = { .ready = type == SOCK_DGRAM ? udp_ready : listener_ready,
                    .fd = fd },
        .next = f->listeners,
    };
    listener->source.owner = listener;
    f->listeners = listener;
    return listener;
}

void forward_listener(struct forward *f, int fd)
{
    if (fd < 0)
        return;
    add_listener(f, fd);
    watch_listeners(f);
}

static void publish(struct forward *f, const struct publication *published)
{
    union address address =
        socket_address(&published->address, published->port);
    int yes = 1;
    int fd = socket(address.any.sa_family,
                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
        bind(fd, &address.any, length_of(&address)) < 0 ||
        listen(fd, SOMAXCONN) < 0)
        die("--publish %s: %s%s", published->text, strerror(errno),
            errno == EADDRINUSE ? ": another program listens there, take "
                                  "another port"
                                : "");
    add_listener(f, fd)->published = published;
}

/* ---- from outside ---- */

struct forward *forward_start(const struct network *network, forward_ask *ask,
                              void *data)
{
    struct forward *f = xmalloc(sizeof(*f));
    struct rlimit limit;

    *f = (struct forward){ .network = network,
                           .ask = ask,
                           .data = data,
                           .pause = { .ready = pause_ready },
                           .spare = { -1, -1 },
                           .limit = CONNECTIONS_MAX };
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        rlim_t have;

        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        have =
            limit.rlim_cur > FDS_OF_OTHERS ? limit.rlim_cur - FDS_OF_OTHERS : 0;
        if (have / FDS_OF_CONNECTION < f->limit)
            f->limit = have / FDS_OF_CONNECTION + 1;
    }
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (f->epoll < 0)
        die("epoll_create1: %s", strerror(errno));
    f->pause.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (f->pause.fd < 0)
        die("timerfd_create: %s", strerror(errno));
    watch(f, &f->pause, EPOLLIN);
    for (size_t i = 0; i < network->published_count; i++)
        publish(f, &network->published[i]);
    return f;
}

int forward_fd(const struct forward *f)
{
    return f->epoll;
}

void forward_open(struct forward *f)
{
    watch_listeners(f);
}

/* True if something was ready within TIMEOUT ms. */
static bool serve(struct forward *f, int timeout)
{
    struct epoll_event events[64];
    int n = epoll_wait(f->epoll, events, ARRAY_LEN(events), timeout);

    for (int i = 0; i < n; i++) {
        struct source *source = events[i].data.ptr;

        /* An earlier event may have ended it. */
        if (source->fd >= 0 && source->watched)
            source->ready(f, source, events[i].events);
    }
    while (f->dead) {
        struct connection *next = f->dead->next;

        free(f->dead->what);
        free(f->dead);
        f->dead = next;
    }
    return n > 0;
}

void forward_serve(struct forward *f)
{
    for (int i = 0; i < ROUNDS && serve(f, 0); i++)
        ;
}

/* Is something of what the command sent not sent on? *LEFT: how many bytes wait
 * for the hosts themselves, which shrinks as they take them. */
static bool is_sending(const struct forward *f, size_t *left)
{
    bool sending = false;
    char byte;

    *left = 0;
    for (const struct connection *c = f->first; c; c = c->next) {
        int queued = 0;

        if (c->state == COPIES && !c->flows[c->inside].closed) {
            if (ioctl(c->ends[!c->inside].fd, SIOCOUTQ, &queued) == 0)
                *left += (size_t)queued;
            sending = true;
        } else if ((c->state == WAITS_LOOKUP ||
                    (c->state == CONNECTS && !c->inside)) &&
                   recv(c->ends[0].fd, &byte, 1, MSG_PEEK) > 0) {
            sending = true;
        }
    }
    return sending;
}

/* All signals are blocked: what would have ended playpen ends the wait. */
static bool is_told_to_end(void)
{
    sigset_t pending;

    sigpending(&pending);
    return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
           sigismember(&pending, SIGHUP) || sigismember(&pending, SIGQUIT);
}

/* Waits until what the command sent is sent on; says if it is not. */
static void drain(struct forward *f)
{
    int64_t start = now_ms(), last = start, now = start;
    size_t left, before = 0;
    bool sending, told = false;

    while ((sending = is_sending(f, &left)) && !(told = is_told_to_end()) &&
           now - last < DRAIN_MS && now - start < DRAIN_ALL_MS) {
        f->moved = false;
        serve(f, DRAIN_STEP_MS);
        now = now_ms();
        if (f->moved || left != before)
            last = now;
        before = left;
    }
    if (sending && told)
        warn("what the command sent last is lost: a signal came before the "
             "host had taken it");
    else if (sending)
        warn("what the command sent last is lost: the host did not take it "
             "within %d s of the command's end",
             (now - start < DRAIN_ALL_MS ? DRAIN_MS : DRAIN_ALL_MS) / 1000);
}

void forward_end(struct forward *f, bool quiet)
{
    for (struct listener *l = f->listeners; l; l = l->next)
        close_source(f, &l->source);
    drain(f);
    while (f->first)
        end_connection(f, f->first);
    for (size_t i = 0; i < f->name_count; i++)
        if (f->names[i]->child > 0) {
            kill(f->names[i]->child, SIGKILL);
            waitpid(f->names[i]->child, NULL, 0);
        }
    if (!quiet)
        say_misses(f);
}
