/*
 * environment.h - which of the caller's variables the command gets.
 */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "policy.h"

/* What of the caller's environment goes to the command: the names that
 * systemd-run is told by --setenv, in NAMES. Those with ENV_PREFIX are put into this
 * process's own environment, which systemd-run inherits: values appear in no
 * argument list. ASSIGNED gets these names again, for --dry-run, and LOST those that
 * systemd does not take. */
void choose_environment(const struct policy *policy, bool terminal,
                        struct strv *names, struct strv *assigned,
                        struct strv *lost);

/* The line for LOST: for each unit but a scope that inherits all. */
void warn_not_passed(const struct strv *lost);

/* A variable's NAME as the command sees it; points into NAME. */
const char *plain_name(const char *name);

/* Has this process, called with ARGV, executed once more where LD_LIBRARY_PATH
 * says where libraries are: those of nsswitch.conf are loaded while the command
 * runs, which may write there. The variable stays. ld.so(8) */
void shed_libraries(char **argv);

/* Takes the variables with ENV_PREFIX away: they are the caller's, and would be
 * taken for playpen's own. */
void drop_prefixed(void);

/* What --capture-env=safe left out as a credential, but for what goes along
 * otherwise, and for the way to a bus or an agent, which everybody has. */
void credentials_left_out(const struct policy *policy, struct strv *names);

/* The PATH in which the command is looked for: the caller's, or that of -e once
 * choose_environment() was called. The result is the environment's. */
const char *search_path(void);

/* Takes the directories for which LEAVES_OUT is true out of the PATH that the
 * command gets, as NAMES and ASSIGNED of choose_environment() say. One is kept
 * where nothing else would be left. */
void shorten_search_path(bool (*leaves_out)(const char *dir), struct strv *names,
                         struct strv *assigned);

#endif
