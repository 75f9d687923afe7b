/*
 * execute.h - the process that becomes the command: what it inherits of its
 * caller, what it gives up, and execve(2).
 */
#ifndef EXECUTE_H
#define EXECUTE_H

#include "orders.h"
#include "stage.h"

/* Descriptors of the stage that become the command's. */
struct descriptors {
    int *fds, *numbers; /* fds[i] becomes numbers[i] */
    size_t n;
};

struct failure {
    int32_t step, error;
};

/* The least number above the streams and all that they become. */
int above_all(const struct descriptors *descriptors);

/* Keeps of this process's environment what the command gets, and overwrites the
 * rest in memory. */
void keep_environment(struct orders *orders);

/* Raises this process's oom_score_adj, which its children inherit, to WANT. One
 * that is spared more than others of its manager would take a privilege. Only
 * as long as this process is dumpable: else the file is root's. proc(5) */
void raise_oom_score(int64_t want);

/* As many descriptors as the hard limit lets it have, until the command's limits
 * are set. */
void raise_descriptors(void);

/* Empties all sets of capabilities but the bounding one, which counts for
 * nothing without the others and which only CAP_SETPCAP could lower. False with
 * errno where one is left. capabilities(7) */
bool drop_capabilities(void);

/* Starts ARGV as a child of this process, in a process group of its own unless
 * it is in a scope. CHANNEL (-1 for none) gets an empty message from the command's process,
 * so that who has SO_PASSCRED set there learns its number. WATCHED (or -1) gets
 * the listener of notify_install(). Returns the number of
 * the child, or -1 with FAILURE filled. */
pid_t start_command(const struct orders *orders, char **argv,
                    const struct descriptors *descriptors, int channel,
                    int watched, struct failure *failure);

#endif
