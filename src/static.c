/*
 * static.c - the password database for a static program (make STATIC=1), which
 * has no NSS: /etc/passwd alone. These stand in for libc's of the same names,
 * which would load modules of whatever libc the machine has. Empty otherwise.
 */
#ifdef STATIC

#include "util.h"

#include <pwd.h>
#include <stdio.h>

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

#else
typedef int not_static; /* ISO C wants a declaration in a file */
#endif
