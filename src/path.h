/*
 * path.h - names of files. Nothing here knows of options.
 */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>
#include <sys/types.h>

struct strv;

/* TEXT as an absolute path: "~" and "~user" at its start expanded, relative
 * to DIRECTORY, "." and ".." and double slashes taken out by name. NULL where
 * there is no such user. The result is the caller's. */
char *absolute_path(const char *text, const char *directory);

/* Is PATH the directory DIR or below it? Both absolute and normalised. */
bool path_below(const char *path, const char *dir);

/* PATH up to the next slash after its first *LENGTH bytes, or to its end, as
 * *LENGTH says then. From 0 on, while PATH[*LENGTH] is no NUL, that is each
 * directory on the way, the outermost first, and PATH itself. The caller's. */
char *next_part(const char *path, size_t *length);

/* Does systemd bind a path like PATH: in UTF-8, without control characters? */
bool can_be_mounted(const char *path);

/* Is PATH one of the directories that a private /tmp replaces? Is it one of
 * them, or below? systemd.exec(5), PrivateTmp=. */
bool is_tmp(const char *path);
bool in_tmp(const char *path);

/* Opens PATH, with O_PATH, where no symlink is on the way; -1 with errno: ELOOP
 * where one is, ENOSYS before Linux 5.6. openat2(2); the caller's. */
int open_real(const char *path);

/* realpath(3), NULL with errno where it fails. The result is the caller's. */
char *real_path(const char *path);

/* This program's own file. The caller's; NULL with errno where /proc is
 * missing. */
char *own_file(void);

/* The file that execvp(3) would start for COMMAND under SEARCH_PATH, the
 * caller's. Dies with 127 or 126 as env(1) would. SKIP, if not NULL, says which
 * files are passed over. */
char *find_command(const char *command, const char *search_path,
                   bool (*skip)(const char *file));

/* The same search; NULL with errno set where nothing is found. */
char *search_command(const char *command, const char *search_path,
                     bool (*skip)(const char *file));

/* Is UID root's? In a user namespace that has no root, as that of a run which
 * only limits, who owns "/" stands for it: there nobody can be told from it. */
bool is_root(uid_t uid);

/* The file of one of systemd's programs: the first of that name on PATH that
 * root put there. Nobody else can write that file, its name, or a directory
 * above it. The caller's; NULL where there is none. */
char *system_program(const char *name);

/* The working directory as an absolute path: $PWD where that is true. The
 * caller's. */
char *working_directory(void);

/* $HOME, or the password database's where that is unset or relative. The
 * environment's, or there until the program ends. */
const char *home_directory(void);

bool exists(const char *path);
bool dir_exists(const char *path);

/* Of an absolute PATH; the result is the caller's. go_up() makes PATH that. */
char *parent_of(const char *path);
void go_up(char *path);

/* The last part of PATH; points into it. */
const char *base_name(const char *path);

/* PATH after the first symlink in it was followed; NULL where it has none. The
 * result is the caller's, and that symlink's own path in *LINK, if not NULL. */
char *follow_link(const char *path, char **link);

/* PATH without symlinks, as real_path(), also where it, or what a link leads to, is
 * not there yet. The caller's. */
char *real_place(const char *path);

/* Makes the directory PATH, and those above it that are missing, with mode 0700.
 * False, with errno set, where that cannot be; make_directory() dies of it. */
bool try_directory(const char *path);
void make_directory(const char *path);

/* Adds to POINTS where file systems are mounted that another machine or a
 * process of a user's answers for, late or never: network file systems, FUSE,
 * what autofs(5) has yet to mount. proc_pid_mountinfo(5) */
void list_remote_mounts(struct strv *points);

#endif
