/*
 * confine.h - from what was asked to what the command will see.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include "host.h"
#include "view.h"

/* Fills VIEW for POLICY, whose command is EXECUTABLE, found by find_command(),
 * and gets the variables ENVIRONMENT, from choose_environment(). */
void confine(const struct policy *policy, const struct host *host,
             const char *executable, const struct strv *environment,
             struct view *view);

/* Adds the user's home directory by $HOME and by the password database, each as
 * it is called and as it is. */
void list_homes(struct strv *homes);

#endif
