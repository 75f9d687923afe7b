/*
 * persist.c - what tools keep for their next run, apart from the user's own. It
 * lies in the state directory: NAME/home/alice/.npm for ~/.npm, of all runs of
 * the preset NAME, NAME@/home/alice/p/home/alice/.npm for those in the project
 * ~/p alone. Confined programs wrote it: it is reached from the descriptor of
 * the state directory, and no symlink in it is followed.
 *
 * A run holds a shared lock on NAME as long as it lasts. Who wants to take away
 * the places of mounts needs the lock alone: what is mounted on a directory
 * that is removed outside would be gone inside.
 */
#include "persist.h"
#include "grant.h"
#include "path.h"
#include "preset.h"
#include "stats.h"
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 64 }; /* directories of a place that counts as empty */

/* A place of a mount, made for this run. */
struct place {
    char *path; /* in the state directory */
    bool directory;
};

struct persist {
    struct tree tree;   /* the state directory; its descriptor is -1 in a dry
                           run, and where it cannot be opened, */
    int problem;        /* for this reason: an errno */
    struct strv locked; /* the NAMEs that are locked, by the descriptors */
    int *locks;
    struct place *places;
    size_t place_count;
    struct strv kept;  /* paths in the state directory, of this run */
    struct strv begun; /* NAME@s that this run made */
    struct strv fresh; /* kept from now on, and the user has their own */
    struct strv projects; /* NAME@project, each looked at */
    struct timespec since; /* by the clock of file systems */
};

/* As it is called, maybe by a symlink. The caller's. */
static char *named_state(void)
{
    const char *state = getenv("XDG_STATE_HOME");

    /* The XDG specification has a relative path ignored. */
    return state && *state == '/'
               ? xasprintf("%s/playpen", state)
               : xasprintf("%s/.local/state/playpen", home_directory());
}

const char *state_directory(void)
{
    static char *directory;
    AUTOFREE char *named = directory ? NULL : named_state();

    if (named)
        directory = real_place(named);
    return directory;
}

bool is_state(const char *path)
{
    AUTOFREE char *runtime =
        xasprintf("/run/user/%u/playpen", (unsigned)geteuid());

    return path_below(path, state_directory()) || path_below(path, runtime);
}

/* The state directory, made and open. Nobody else may write there. */
static struct persist *open_state(struct view *view)
{
    const char *path = state_directory();
    struct stat st;

    if (view->persist)
        return view->persist;
    view->persist = xmalloc(sizeof(*view->persist));
    *view->persist =
        (struct persist){ .tree = { .fd = -1 }, .since = file_time() };
    if (is_dry_run(view))
        return view->persist;
    if (!try_directory(path) || !tree_open(&view->persist->tree, path)) {
        view->persist->problem = errno;
        view->persist->tree.fd = -1;
        return view->persist;
    }
    if (fstat(view->persist->tree.fd, &st) < 0 || st.st_uid != geteuid() ||
        st.st_mode & 022)
        die("%s is another user's, or others can write there: make it yours "
            "alone (chmod 700), or set XDG_STATE_HOME",
            path);
    return view->persist;
}

/* Makes PATH, relative to the state directory, or finds it there; *FRESH says
 * which. False with errno: ELOOP where a symlink stands in the way, ENOTDIR where
 * something else does. */
static bool make_kept(const struct tree *tree, const char *path, bool file,
                      bool *fresh)
{
    struct stat st;

    *fresh = make_in(tree, path, !file, 0700);
    if (*fresh || errno != EEXIST)
        return *fresh;
    if (stat_in(tree, path, &st) < 0)
        st.st_mode = 0;
    errno = S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
    return file ? S_ISREG(st.st_mode) : S_ISDIR(st.st_mode);
}

/* How many bytes of PATH, in the state directory, name what stands in its way:
 * the first that is no directory. */
static size_t length_to_obstacle(const struct tree *tree, const char *path)
{
    size_t length = 0;
    struct stat st = { .st_mode = S_IFDIR };

    while (path[length] && S_ISDIR(st.st_mode)) {
        AUTOFREE char *part = next_part(path, &length);

        if (stat_in(tree, part, &st) < 0)
            break;
    }
    return length;
}

/* The first part of PATH, in the state directory: the runs that share it. */
static void lock_shared(struct persist *persist, const char *path)
{
    AUTOFREE char *name = xstrndup(path, strcspn(path, "/"));
    int fd;

    if (strv_has(&persist->locked, name))
        return;
    fd = open_in(&persist->tree, name, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return;
    while (flock(fd, LOCK_SH) < 0 && errno == EINTR)
        ;
    persist->locks =
        grow(persist->locks, persist->locked.n, sizeof(*persist->locks));
    persist->locks[persist->locked.n] = fd;
    strv_push(&persist->locked, name);
}

/* Where the kept PATH lies in the state directory. */
static char *kept_path(const struct view *view, const struct path_rule *rule,
                       const char *path, const struct strv *homes)
{
    const struct policy *policy = view->policy;
    const char *name =
        policy->preset ? preset_target(policy->preset) : "default";
    AUTOFREE char *here = real_path(policy->directory);
    AUTOFREE char *project = NULL;

    if (rule->access != ACCESS_PERSIST_PROJECT)
        return xasprintf("%s%s", name, path);
    if (!here)
        die("%s: %s", policy->directory, strerror(errno));
    /* What is confined to a part of a project must not reach the rest of it. */
    project = has_bundle(policy) && !is_project_only(policy)
                  ? xstrdup(here)
                  : project_of(here, homes);
    return xasprintf("%s@%s%s", name, project, path);
}

/* KEPT ends with PATH, before that stands a project. Is the directory of that name
 * still the one for which something was kept? What a run in another one, that was
 * there before, has left must not be executed here unseen: a warning. Which it is
 * stands in a file that no run gets to see. */
static void check_project(struct persist *persist, const char *kept,
                          const char *path)
{
    AUTOFREE char *place = xstrndup(kept, strlen(kept) - strlen(path));
    AUTOFREE char *file = xasprintf("%s/.project", place);
    AUTOFREE char *before = NULL, *now = NULL;
    const char *project = strchr(place, '/');
    AUTOCLOSE int fd = -1;
    struct statx st;
    size_t length;

    if (!project || strv_has(&persist->projects, place) ||
        statx(AT_FDCWD, project, 0, STATX_INO | STATX_BTIME, &st) < 0 ||
        !(st.stx_mask & STATX_BTIME))
        return;
    strv_push(&persist->projects, place);
    now = xasprintf("%llu %lld.%09u\n", (unsigned long long)st.stx_ino,
                    (long long)st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
    before = read_in(&persist->tree, file, &length);
    if (before && streq(before, now))
        return;
    if (before && length) /* else the disk was full */
        warn("%s was made anew since something was kept for it: if it is "
             "another project now, take away %s/%s",
             project, state_directory(), place);
    fd = open_in(&persist->tree, file, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd >= 0)
        (void)!write(fd, now, strlen(now)); /* else it is said again */
}

/* Is NAME@ there, of any project, since before this run? */
static bool is_known(struct persist *persist, const char *path)
{
    AUTOFREE char *name = xstrndup(path, strcspn(path, "/"));
    struct stat st;

    if (strv_has(&persist->begun, name))
        return false;
    if (stat_in(&persist->tree, name, &st) == 0)
        return true;
    strv_push(&persist->begun, name);
    return false;
}

/* What was made for RULE is worth a word: the user has their own PATH, which is
 * the tool's, not one of many tools. */
static bool is_news(const struct persist *persist,
                    const struct path_rule *rule, const char *path,
                    const struct strv *homes)
{
    if (rule->level > LEVEL_USER_PRESET || strv_has(homes, path) ||
        has_suffix(path, "/.cache") || strpbrk(rule->text, " '\"\\$") ||
        !exists(path))
        return false;
    for (size_t i = 0; i < persist->fresh.n; i++)
        if (path_below(rule->text, persist->fresh.v[i]))
            return false;
    return true;
}

/* Makes KEPT, in the state directory, and PATH, where it is to be mounted. 0, or
 * an errno; dies where something else is in its place. */
static int make_both(struct view *view, const struct path_rule *rule,
                     const char *path, const char *kept, bool *fresh)
{
    struct persist *persist = view->persist;
    bool file = rule->access == ACCESS_PERSIST_FILE;
    int problem;

    if (persist->tree.fd < 0)
        return persist->problem;
    if (make_kept(&persist->tree, kept, file, fresh))
        return file || is_hidden(view, path) || exists(path) ||
                       try_directory(path)
                   ? 0
                   : errno;
    problem = errno;
    if (problem == ELOOP || problem == ENOTDIR) {
        size_t length = length_to_obstacle(&persist->tree, kept);

        die("%s %s: %s/%.*s is %s: take it away", rule->where,
            ellipsize(rule->text), state_directory(), (int)length, kept,
            problem == ELOOP ? "a symbolic link, which playpen does not follow"
            : file && length == strlen(kept) ? "no file"
                                             : "no directory");
    }
    return problem;
}

static bool is_system(const char *path)
{
    return streq(path, "/") || is_system_dir(path);
}

/* May a tool have a directory, or with FILE a file, at PATH? A variable may say
 * XDG_CACHE_HOME=/dev/null, npm_config_cache=/tmp. */
static bool is_place(const char *path, bool file)
{
    struct stat st;

    return !is_system(path) && (stat(path, &st) < 0 ||
                                (file ? S_ISREG(st.st_mode)
                                      : S_ISDIR(st.st_mode)));
}

void persist(struct view *view, const struct path_rule *rule, const char *path,
             const struct strv *homes)
{
    AUTOFREE char *kept = kept_path(view, rule, path, homes);
    AUTOFREE char *source = xasprintf("%s/%s", state_directory(), kept);
    AUTOFREE char *name = NULL;
    struct persist *persist = open_state(view);
    bool file = rule->access == ACCESS_PERSIST_FILE, fresh = false, known;
    int problem;

    if (is_state(path))
        die("%s %s: is playpen's own, which no run gets to see", rule->where,
            ellipsize(rule->text));
    /* A cache in the project is the project's. */
    if (rule->level == LEVEL_BUILTIN && is_writable_inside(view, path))
        return;
    if (rule->level == LEVEL_BUILTIN && !is_place(path, file)) {
        warn("%s %s: not kept: is no %s of a tool's", rule->where,
             ellipsize(rule->text), file ? "file" : "directory");
        return;
    }
    if (is_system(path))
        die("%s %s: is the system's", rule->where, ellipsize(rule->text));
    if (link_is_writable_inside(view, path))
        die("%s %s: lies behind a symlink that the command could have made: "
            "name the target itself",
            rule->where, ellipsize(rule->text));
    if (!is_dry_run(view)) {
        known = rule->access == ACCESS_PERSIST_PROJECT &&
                persist->tree.fd >= 0 && is_known(persist, kept);
        problem = make_both(view, rule, path, kept, &fresh);
        if (problem && rule->level > LEVEL_USER_PRESET)
            die("%s %s: %s: %s", rule->where, ellipsize(rule->text), source,
                strerror(problem));
        /* A tool works without, too. */
        if (problem) {
            warn("%s %s: not kept: %s: %s", rule->where, ellipsize(rule->text),
                 source, strerror(problem));
            return;
        }
        if (rule->access == ACCESS_PERSIST_PROJECT)
            check_project(persist, kept, path);
        lock_shared(persist, kept);
        strv_push(&persist->kept, kept);
        if (fresh && !known && is_news(persist, rule, path, homes))
            strv_push(&persist->fresh, rule->text);
    }
    name = name_inside(view, path);
    add_kept_mount(view, source, name, rule->where);
}

void protect_state(struct view *view)
{
    const char *state = state_directory();
    AUTOFREE char *above = parent_of(state);
    AUTOFREE char *named = named_state();

    if (link_is_writable_inside(view, named))
        die("%s lies behind a symlink that the command could have made: set "
            "XDG_STATE_HOME to another directory",
            named);
    /* What is not there could be made inside, for the next run to find. */
    if (!exists(state) && !is_dry_run(view) &&
        (is_writable_inside(view, state) || is_writable_inside(view, above)))
        make_directory(state);
    if (exists(state) && !is_hidden(view, state))
        add_mount(view, MOUNT_INACCESSIBLE, "", state, NULL,
                  "what other runs keep");
}

/* ---- the places of other mounts ---- */

/* Does PATH hold nothing but empty directories and files, and what is kept for
 * this run by itself? Such are what a run that was killed left, or another one
 * has just made. */
static bool is_empty(const struct persist *persist, const char *path,
                     unsigned depth)
{
    const struct tree *tree = &persist->tree;
    AUTODIR DIR *dir = open_directory_in(tree, path);
    struct dirent *entry;
    bool empty = dir && depth < DEEPEST;

    while (empty && (entry = next_entry(dir))) {
        AUTOFREE char *inner = xasprintf("%s/%s", path, entry->d_name);
        struct stat st;

        empty = strv_has(&persist->kept, inner) ||
                (stat_in(tree, inner, &st) == 0 &&
                (S_ISDIR(st.st_mode) ? is_empty(persist, inner, depth + 1)
                                     : S_ISREG(st.st_mode) && !st.st_size));
    }
    return empty;
}

/* Notes PATH and the directories above it that are missing, outermost first. */
static void note_missing(struct persist *persist, const char *path,
                         bool directory)
{
    struct stat st;

    for (size_t length = 0; path[length];) {
        AUTOFREE char *part = next_part(path, &length);

        if (stat_in(&persist->tree, part, &st) == 0 || errno != ENOENT)
            continue;
        persist->places = grow(persist->places, persist->place_count,
                               sizeof(*persist->places));
        persist->places[persist->place_count++] =
            (struct place){ xstrdup(part), path[length] || directory };
    }
}

/* Makes SOURCE, in the state directory, fit for a mount. PLACE is its name
 * inside. COVER: what is there may be covered. */
static void make_place(struct persist *persist, const char *source,
                       const char *place, bool directory, bool cover)
{
    const char *path = path_in(&persist->tree, source);
    size_t before = persist->place_count;
    struct stat st;
    bool good;

    if (stat_in(&persist->tree, path, &st) < 0) {
        good = false;
        if (errno == ENOENT) {
            note_missing(persist, path, directory);
            good = make_in(&persist->tree, path, directory, 0755) ||
                   errno == EEXIST;
        }
        if (!good && (errno == ENOSPC || errno == EDQUOT || errno == EROFS)) {
            persist->place_count = before;
            die("%s: cannot be made, for what is to be seen at %s: %s", source,
                place, strerror(errno));
        }
    } else if (directory) {
        good = S_ISDIR(st.st_mode) && (cover || is_empty(persist, path, 0));
    } else {
        good = S_ISREG(st.st_mode) && (cover || !st.st_size);
    }
    if (!good)
        die("%s is in the way of what is to be seen at %s: look at it, and take "
            "it away",
            source, place);
}

/* Does the user take their own PATH in place of what is kept? */
static bool is_taken_instead(const struct view *view, const char *path)
{
    for (size_t i = 0; i < view->policy->path_count; i++)
        if (view->policy->paths[i].access == ACCESS_RW &&
            view->policy->paths[i].level > LEVEL_BUILTIN &&
            streq(view->rule_paths[i].path, path))
            return true;
    return false;
}

void make_mount_points(struct view *view)
{
    struct persist *persist = view->persist;

    if (!persist || persist->tree.fd < 0)
        return;
    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];
        AUTOFREE char *parent = parent_of(mount->path);
        const struct mount *over = mount_over(view, parent);
        AUTOFREE char *source = NULL;
        struct stat st;

        if (!over || !over->kept || mount->kind == MOUNT_INACCESSIBLE)
            continue;
        source = xasprintf("%s%s", over->source, mount->path + over->length);
        if (streq(source, mount->source))
            continue;
        make_place(persist, source, mount->path,
                   mount->kind == MOUNT_TMPFS ||
                       stat(mount->source, &st) < 0 || S_ISDIR(st.st_mode),
                   is_taken_instead(view, mount->path));
    }
}

void remove_mount_points(const struct view *view)
{
    struct persist *persist = view->persist;
    bool alone = true;

    if (!persist)
        return;
    for (size_t i = 0; i < persist->locked.n; i++)
        alone = flock(persist->locks[i], LOCK_EX | LOCK_NB) == 0 && alone;
    for (size_t i = persist->place_count; i > 0 && alone; i--) {
        const struct place *place = &persist->places[i - 1];
        const char *name = strrchr(place->path, '/') + 1;
        AUTOFREE char *parent = parent_of(place->path);
        AUTOCLOSE int fd =
            open_in(&persist->tree, parent, O_PATH | O_DIRECTORY);
        struct stat st;

        if (fd < 0)
            continue;
        if (place->directory ||
            (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !st.st_size))
            unlinkat(fd, name, place->directory ? AT_REMOVEDIR : 0);
    }
}

/* ---- what is said of it ---- */

void note_persisted(const struct view *view)
{
    const struct policy *policy = view->policy;
    AUTOSTRV struct strv options = { 0 };
    AUTOFREE char *list = NULL, *own = NULL;

    if (!view->persist || !view->persist->fresh.n || !has_notes(policy))
        return;
    for (size_t i = 0; i < view->persist->fresh.n; i++)
        strv_pushf(&options, "--rw %s", view->persist->fresh.v[i]);
    list = strv_join(&view->persist->fresh, ", ");
    own = strv_join(&options, " ");
    warn("%s: from now on one of its own is kept for %s, apart from yours "
         "(PLAYPEN_OPTIONS='%s' takes yours instead)",
         list, preset_target(policy->preset), own);
}

/* Was an entry of the directory PATH, or of one DEPTH levels down, made or
 * removed in this run? */
static bool is_changed(const struct persist *persist, const char *path,
                       unsigned depth)
{
    AUTODIR DIR *dir = open_directory_in(&persist->tree, path);
    struct dirent *entry;
    struct stat st;
    bool changed = dir && fstat(dirfd(dir), &st) == 0 &&
                   !is_before(&st.st_mtim, &persist->since);

    while (dir && depth && !changed && (entry = readdir(dir))) {
        AUTOFREE char *inner = xasprintf("%s/%s", path, entry->d_name);

        changed = *entry->d_name != '.' &&
                  is_changed(persist, inner, depth - 1);
    }
    return changed;
}

void point_out_built(const struct view *view)
{
    /* A directory for each kind of build is two levels down at most. */
    static const char *const variables[] = { "CARGO_TARGET_DIR",
                                             "CARGO_BUILD_TARGET_DIR", NULL };

    for (const char *const *name = variables; view->persist && *name; name++) {
        const char *value = getenv(*name);
        AUTOFREE char *path =
            value ? absolute_path(value, view->policy->directory) : NULL;
        AUTOFREE char *inside = path ? name_inside(view, path) : NULL;
        const struct mount *mount = inside ? mount_over(view, inside) : NULL;
        AUTOFREE char *option = NULL;

        if (!mount || !mount->kept || !streq(mount->path, inside) ||
            !is_changed(view->persist,
                        path_in(&view->persist->tree, mount->source), 2))
            continue;
        option = remedy(view->policy, "--rw", value);
        warn("%s is %s, but what was built is in %s, kept for this project "
             "alone: %s builds into yours, as outside",
             *name, value, mount->source, option);
        return;
    }
}

/* The bytes on disk of PATH and what is in it. */
static uint64_t size_of(const struct tree *tree, const char *path)
{
    AUTODIR DIR *dir = open_directory_in(tree, path);
    struct dirent *entry;
    uint64_t size = 0;

    while (dir && (entry = next_entry(dir))) {
        AUTOFREE char *inner = xasprintf("%s/%s", path, entry->d_name);
        struct stat st;

        if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        size += (uint64_t)st.st_blocks * 512;
        if (S_ISDIR(st.st_mode))
            size += size_of(tree, inner);
    }
    return size;
}

char *measure_persisted(void)
{
    AUTOSTRV struct strv sizes = { 0 }, names = { 0 };
    AUTODIR DIR *dir = opendir(state_directory());
    struct dirent *entry;
    struct tree tree;

    if (!dir || !tree_open(&tree, state_directory()))
        return NULL;
    while ((entry = readdir(dir))) {
        AUTOFREE char *name = NULL, *each = NULL, *size = NULL;

        if (*entry->d_name == '.')
            continue;
        name = xstrndup(entry->d_name, strcspn(entry->d_name, "@"));
        if (strv_has(&names, name))
            continue;
        strv_push(&names, name);
        each = xasprintf("%s@", name);
        size = size_text(size_of(&tree, name) + size_of(&tree, each));
        strv_pushf(&sizes, "%s %s", name, size);
    }
    tree_close(&tree);
    return sizes.n ? strv_join(&sizes, ", ") : NULL;
}
