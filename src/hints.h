/*
 * hints.h - what a run takes away by accident.
 */
#ifndef HINTS_H
#define HINTS_H

#include "view.h"

/* One line for the first argument that names something that is there and that
 * the run hides, or something that would be gone with the run. A note. */
void warn_hidden_argument(const struct view *view);

/* Takes out of NAMES, the variables that go to the command, those like TMPDIR
 * that lead to a directory that is not there inside. Not those of -e. */
void leave_out_directories(const struct view *view, struct strv *names);

/* One line for the first thing that a variable among NAMES, which go to the
 * command, names and the run hides: a directory to search for libraries or
 * modules, or a file, but no credential. A note. */
void warn_hidden_by_variable(const struct view *view, const struct strv *names);

/* Adds to OUTPUTS, as the stage's orders have them, what the arguments and the
 * variables in NAMES name that would be gone with the run if it were written. */
void list_outputs(const struct view *view, const struct strv *names,
                  struct strv *outputs);

/* After the run: one line for those of OUTPUTS that were, by the bits of
 * WRITTEN. A warning. */
void point_out_lost(const struct strv *outputs, uint32_t written);

/* After a run that ended with STATUS: one line on what may have failed. */
void point_out_afterwards(const struct view *view, int status);

#endif
