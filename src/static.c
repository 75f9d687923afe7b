/*
 * static.c - the password database for a static program (make STATIC=1), which
 * has no NSS: /etc/passwd alone; and look-ups of hosts, by getent(1). These stand
 * in for libc's of the same names, which would load modules of whatever libc the
 * machine has. Empty otherwise.
 */
#ifdef STATIC

#include "util.h"

#include <pwd.h>
#include <stdio.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static FILE *users;

void setpwent(void)
{
    if (users)
        rewind(users);
    else
        users = fopen("/etc/passwd", "re");
}

void endpwent(void)
{
    if (users)
        fclose(users);
    users = NULL;
}

struct passwd *getpwent(void)
{
    if (!users)
        setpwent();
    return users ? fgetpwent(users) : NULL;
}

struct passwd *getpwuid(uid_t uid)
{
    struct passwd *pw;

    setpwent();
    while ((pw = getpwent()) && pw->pw_uid != uid)
        ;
    return pw;
}

struct passwd *getpwnam(const char *name)
{
    struct passwd *pw;

    setpwent();
    while ((pw = getpwent()) && !streq(pw->pw_name, name))
        ;
    return pw;
}

static struct addrinfo *new_address(const char *text)
{
    struct addrinfo *info = calloc(1, sizeof(*info));
    struct sockaddr_in6 *ipv6 = calloc(1, sizeof(*ipv6));
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)ipv6;

    if (!info || !ipv6)
        die("out of memory");
    info->ai_addr = (struct sockaddr *)ipv6;
    info->ai_addrlen = strchr(text, ':') ? sizeof(*ipv6) : sizeof(*ipv4);
    info->ai_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    ipv6->sin6_family = (sa_family_t)info->ai_family;
    inet_pton(info->ai_family, text,
              strchr(text, ':') ? (void *)&ipv6->sin6_addr : &ipv4->sin_addr);
    return info;
}

/* Of a host's name as host_name() leaves it, without a service; in a child that
 * ends, so that nothing is freed. */
int getaddrinfo(const char *name, const char *service,
                const struct addrinfo *hints, struct addrinfo **list)
{
    AUTOFREE char *command = xasprintf("exec getent ahosts '%s'", name);
    FILE *answers = popen(command, "re");
    char line[256], address[64], type[16];

    (void)service;
    (void)hints;
    *list = NULL;
    for (struct addrinfo **last = list;
         answers && fgets(line, sizeof(line), answers);)
        if (sscanf(line, "%63s %15s", address, type) == 2 &&
            streq(type, "STREAM")) {
            *last = new_address(address);
            last = &(*last)->ai_next;
        }
    if (answers)
        pclose(answers);
    return *list ? 0 : EAI_NONAME;
}

#else
typedef int not_static; /* ISO C wants a declaration in a file */
#endif
