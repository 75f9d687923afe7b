/*
 * gitconfig.c - a parser of git's configuration format, as config.c of git reads
 * it, and the list of the settings that do no harm.
 */
#include "gitconfig.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_SETTINGS = 5000 };

/* ---- the format ---- */

struct reader {
    const char *at, *end;
};

static struct buffer {
    char *text;
    size_t length;
} new_buffer(size_t most)
{
    return (struct buffer){ .text = xmalloc(most + 1) };
}

static void put(struct buffer *buffer, int c)
{
    buffer->text[buffer->length++] = (char)c;
}

/* The next character; a newline at the end, as git has it. "\r\n" is one. */
static int next(struct reader *in)
{
    if (in->at >= in->end)
        return '\n';
    if (*in->at == '\r' && in->at + 1 < in->end && in->at[1] == '\n')
        in->at++;
    return (unsigned char)*in->at++;
}

static bool is_key(int c)
{
    return isalnum(c) || c == '-';
}

static void skip_line(struct reader *in)
{
    while (in->at < in->end && next(in) != '\n')
        ;
}

/* What follows "[": "section]", "section.sub]" or 'section "sub"]'. Puts
 * "section." or "section.sub." into NAME. */
static bool read_section(struct reader *in, struct buffer *name)
{
    int c;

    while (is_key(c = next(in)) || c == '.')
        put(name, tolower(c));
    while (c == ' ' || c == '\t')
        c = next(in);
    if (c == ']') {
        put(name, '.');
        return name->length > 1;
    }
    if (c != '"' || !name->length)
        return false;
    put(name, '.');
    while ((c = next(in)) != '"') {
        if (c == '\\')
            c = next(in);
        if (c == '\n')
            return false;
        put(name, c);
    }
    put(name, '.');
    return next(in) == ']';
}

/* What a backslash and C stand for in a value; -1: git refuses it. */
static int escaped(int c)
{
    switch (c) {
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'n':
        return '\n';
    case '\\':
    case '"':
        return c;
    default:
        return -1;
    }
}

/* What follows "=", up to the end of the line. */
static bool read_value(struct reader *in, struct buffer *value)
{
    bool quoted = false;
    size_t kept = 0; /* of it, without the blanks at its end */

    for (;;) {
        int c = next(in);

        if (c == '\n') {
            value->length = kept;
            return !quoted;
        }
        if (!quoted && (c == '#' || c == ';')) {
            skip_line(in);
            value->length = kept;
            return true;
        }
        if (!quoted && isspace(c)) {
            if (value->length)
                put(value, c);
            continue;
        }
        if (c == '"') {
            quoted = !quoted;
            continue;
        }
        if (c == '\\') {
            bool last = in->at >= in->end;

            c = next(in);
            if (c == '\n') { /* goes on in the next line */
                if (last)
                    return false;
                continue;
            }
            c = escaped(c);
            if (c < 0)
                return false;
        }
        put(value, c);
        kept = value->length;
    }
}

static void add(struct gitconfig *config, const struct buffer *name,
                const struct buffer *value)
{
    config->list = grow(config->list, config->count, sizeof(*config->list));
    config->list[config->count++] = (struct setting){
        .name = xstrndup(name->text, name->length),
        .value = value ? xstrndup(value->text, value->length) : NULL,
    };
}

/* A key, whose first character is C, and its value. */
static bool read_setting(struct reader *in, int c, const struct buffer *section,
                         struct buffer *name, struct buffer *value,
                         struct gitconfig *config)
{
    memcpy(name->text, section->text, section->length);
    name->length = section->length;
    value->length = 0;
    if (!section->length || !isalpha(c))
        return false;
    for (; is_key(c); c = next(in))
        put(name, tolower(c));
    while (c == ' ' || c == '\t')
        c = next(in);
    if (c == '\n') {
        add(config, name, NULL);
        return true;
    }
    if (c != '=' || !read_value(in, value))
        return false;
    add(config, name, value);
    return true;
}

bool gitconfig_parse(const char *text, size_t length, struct gitconfig *config)
{
    struct reader in = { text, text + length };
    struct buffer section = new_buffer(length + 2);
    struct buffer name = new_buffer(2 * length + 4);
    struct buffer value = new_buffer(length + 2);
    bool fine = !memchr(text, '\0', length);

    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        in.at += 3;
    /* Nobody has so many; to compare them all would take minutes. */
    while (fine && in.at < in.end && (fine = config->count < MOST_SETTINGS)) {
        int c = next(&in);

        if (isspace(c))
            continue;
        if (c == '#' || c == ';') {
            skip_line(&in);
        } else if (c == '[') {
            section.length = 0;
            fine = read_section(&in, &section);
        } else {
            fine = read_setting(&in, c, &section, &name, &value, config);
        }
    }
    free(section.text);
    free(name.text);
    free(value.text);
    return fine;
}

void gitconfig_free(struct gitconfig *config)
{
    for (size_t i = 0; i < config->count; i++) {
        free(config->list[i].name);
        free(config->list[i].value);
    }
    free(config->list);
    *config = (struct gitconfig){ 0 };
}

const char *gitconfig_get(const struct gitconfig *config, const char *name)
{
    const char *found = NULL;

    for (size_t i = 0; i < config->count; i++)
        if (streq(config->list[i].name, name))
            found = config->list[i].value ? config->list[i].value : "";
    return found;
}

bool is_include(const struct setting *setting)
{
    return streq(setting->name, "include.path") ||
           (has_prefix(setting->name, "includeif.") &&
            has_suffix(setting->name, ".path"));
}

bool gitconfig_has(const struct gitconfig *config,
                   const struct setting *setting)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct setting *other = &config->list[i];

        if (streq(other->name, setting->name) &&
            !other->value == !setting->value &&
            (!other->value || streq(other->value, setting->value)))
            return true;
    }
    return false;
}

/* ---- the list ---- */

enum form {
    FORM_BOOL,    /* true, false, yes, no, on, off, 1, 0, nothing */
    FORM_OFF,     /* the same, but not true */
    FORM_WORD,    /* letters, digits, "-", "_", ".", ",", blanks: an enum, a
                     number, a date, a colour; or a bool */
    FORM_NAME,    /* of a branch: no blank, no leading "-" */
    FORM_REMOTE,  /* the name of a remote, or ".": neither a URL nor a path */
    FORM_REFSPEC, /* refs, "+", "^", "*", ":" */
    FORM_URL,     /* https://, ssh://, user@host:path */
    FORM_TEXT,    /* anything */
};

/* "section.key", or "section.*.key" with any subsection. */
static const struct {
    const char *name;
    enum form form;
} harmless[] = {
    /* written by init, clone, remote, branch, submodule, worktree */
    { "core.repositoryformatversion", FORM_WORD },
    { "core.filemode", FORM_BOOL },
    { "core.bare", FORM_BOOL },
    { "core.logallrefupdates", FORM_WORD },
    { "core.ignorecase", FORM_BOOL },
    { "core.precomposeunicode", FORM_BOOL },
    { "core.symlinks", FORM_BOOL },
    { "core.sharedrepository", FORM_WORD },
    { "core.sparsecheckout", FORM_BOOL },
    { "core.sparsecheckoutcone", FORM_BOOL },
    { "index.sparse", FORM_BOOL },
    { "extensions.objectformat", FORM_WORD },
    { "extensions.compatobjectformat", FORM_WORD },
    { "extensions.refstorage", FORM_WORD },
    { "extensions.partialclone", FORM_REMOTE },
    { "extensions.worktreeconfig", FORM_BOOL },
    { "extensions.relativeworktrees", FORM_BOOL },
    { "extensions.preciousobjects", FORM_BOOL },
    { "remote.*.url", FORM_URL },
    { "remote.*.pushurl", FORM_URL },
    { "remote.*.fetch", FORM_REFSPEC },
    { "remote.*.prune", FORM_BOOL },
    { "remote.*.prunetags", FORM_BOOL },
    { "remote.*.tagopt", FORM_WORD },
    { "remote.*.promisor", FORM_BOOL },
    { "remote.*.partialclonefilter", FORM_REFSPEC },
    { "remote.*.followremotehead", FORM_WORD },
    { "remote.*.gh-resolved", FORM_REMOTE },
    { "branch.*.remote", FORM_REMOTE },
    { "branch.*.merge", FORM_REFSPEC },
    { "branch.*.rebase", FORM_WORD },
    { "branch.*.description", FORM_TEXT },
    { "branch.*.gh-merge-base", FORM_NAME },
    { "branch.*.vscode-merge-base", FORM_NAME },
    { "branch.autosetupmerge", FORM_WORD },
    { "branch.autosetuprebase", FORM_WORD },
    { "branch.sort", FORM_WORD },
    { "submodule.*.url", FORM_URL },
    { "submodule.*.active", FORM_BOOL },
    { "submodule.*.branch", FORM_NAME },
    { "submodule.*.ignore", FORM_WORD },
    { "submodule.*.update", FORM_WORD },
    { "submodule.active", FORM_TEXT },
    { "submodule.recurse", FORM_BOOL },
    { "submodule.fetchjobs", FORM_WORD },
    { "submodule.alternatelocation", FORM_WORD },
    { "submodule.alternateerrorstrategy", FORM_WORD },
    { "submodule.propagatebranches", FORM_BOOL },
    /* who, and how it looks */
    { "user.name", FORM_TEXT },
    { "user.email", FORM_TEXT },
    { "user.useconfigonly", FORM_BOOL },
    { "author.name", FORM_TEXT },
    { "author.email", FORM_TEXT },
    { "committer.name", FORM_TEXT },
    { "committer.email", FORM_TEXT },
    { "color.*", FORM_WORD },
    { "color.*.*", FORM_WORD },
    { "column.*", FORM_WORD },
    { "advice.*", FORM_BOOL },
    { "core.abbrev", FORM_WORD },
    { "core.quotepath", FORM_BOOL },
    { "core.commentchar", FORM_TEXT },
    { "log.date", FORM_WORD },
    { "log.decorate", FORM_WORD },
    { "log.follow", FORM_BOOL },
    { "log.abbrevcommit", FORM_BOOL },
    { "status.*", FORM_WORD },
    { "diff.algorithm", FORM_WORD },
    { "diff.renames", FORM_WORD },
    { "diff.renamelimit", FORM_WORD },
    { "diff.colormoved", FORM_WORD },
    { "diff.context", FORM_WORD },
    { "diff.mnemonicprefix", FORM_BOOL },
    { "diff.noprefix", FORM_BOOL },
    { "diff.submodule", FORM_WORD },
    { "diff.ignoresubmodules", FORM_WORD },
    { "i18n.commitencoding", FORM_WORD },
    /* how it works */
    { "core.autocrlf", FORM_WORD },
    { "core.eol", FORM_WORD },
    { "core.safecrlf", FORM_WORD },
    { "core.checkstat", FORM_WORD },
    { "core.trustctime", FORM_BOOL },
    { "core.compression", FORM_WORD },
    { "core.loosecompression", FORM_WORD },
    { "core.bigfilethreshold", FORM_WORD },
    { "core.packedgitlimit", FORM_WORD },
    { "core.packedgitwindowsize", FORM_WORD },
    { "core.deltabasecachelimit", FORM_WORD },
    { "core.preloadindex", FORM_BOOL },
    { "core.untrackedcache", FORM_WORD },
    { "core.splitindex", FORM_WORD },
    { "core.commitgraph", FORM_BOOL },
    { "core.multipackindex", FORM_BOOL },
    { "core.fsync", FORM_WORD },
    { "core.fsyncmethod", FORM_WORD },
    { "core.fsyncobjectfiles", FORM_BOOL },
    { "core.longpaths", FORM_BOOL },
    { "core.maxtreedepth", FORM_WORD },
    { "core.protecthfs", FORM_BOOL },
    { "core.protectntfs", FORM_BOOL },
    { "core.fsmonitor", FORM_OFF },
    { "index.version", FORM_WORD },
    { "index.threads", FORM_WORD },
    { "index.skiphash", FORM_BOOL },
    { "feature.*", FORM_BOOL },
    { "pack.*", FORM_WORD },
    { "gc.auto", FORM_WORD },
    { "gc.autodetach", FORM_BOOL },
    { "gc.autopacklimit", FORM_WORD },
    { "gc.aggressivedepth", FORM_WORD },
    { "gc.aggressivewindow", FORM_WORD },
    { "gc.bigpackthreshold", FORM_WORD },
    { "gc.cruftpacks", FORM_BOOL },
    { "gc.logexpiry", FORM_WORD },
    { "gc.packrefs", FORM_WORD },
    { "gc.pruneexpire", FORM_WORD },
    { "gc.reflogexpire", FORM_WORD },
    { "gc.reflogexpireunreachable", FORM_WORD },
    { "gc.rerereresolved", FORM_WORD },
    { "gc.rerereunresolved", FORM_WORD },
    { "gc.worktreepruneexpire", FORM_WORD },
    { "gc.writecommitgraph", FORM_BOOL },
    { "maintenance.auto", FORM_BOOL },
    { "maintenance.autodetach", FORM_BOOL },
    { "maintenance.strategy", FORM_WORD },
    { "fetch.prune", FORM_BOOL },
    { "fetch.prunetags", FORM_BOOL },
    { "fetch.parallel", FORM_WORD },
    { "fetch.recursesubmodules", FORM_WORD },
    { "fetch.fsckobjects", FORM_BOOL },
    { "fetch.writecommitgraph", FORM_BOOL },
    { "fetch.negotiationalgorithm", FORM_WORD },
    { "transfer.fsckobjects", FORM_BOOL },
    { "receive.fsckobjects", FORM_BOOL },
    { "receive.denycurrentbranch", FORM_WORD },
    { "receive.denynonfastforwards", FORM_BOOL },
    { "receive.denydeletes", FORM_BOOL },
    { "pull.rebase", FORM_WORD },
    { "pull.ff", FORM_WORD },
    { "push.default", FORM_WORD },
    { "push.autosetupremote", FORM_BOOL },
    { "push.followtags", FORM_BOOL },
    { "push.recursesubmodules", FORM_WORD },
    { "merge.conflictstyle", FORM_WORD },
    { "merge.ff", FORM_WORD },
    { "merge.renames", FORM_WORD },
    { "merge.renamelimit", FORM_WORD },
    { "merge.stat", FORM_BOOL },
    { "merge.autostash", FORM_BOOL },
    { "rebase.autostash", FORM_BOOL },
    { "rebase.autosquash", FORM_BOOL },
    { "rebase.updaterefs", FORM_BOOL },
    { "rerere.enabled", FORM_BOOL },
    { "rerere.autoupdate", FORM_BOOL },
    { "commit.gpgsign", FORM_BOOL },
    { "commit.verbose", FORM_WORD },
    { "commit.cleanup", FORM_WORD },
    { "tag.gpgsign", FORM_BOOL },
    { "tag.sort", FORM_WORD },
    { "stash.*", FORM_BOOL },
    { "init.defaultbranch", FORM_NAME },
    { "checkout.defaultremote", FORM_REMOTE },
    { "checkout.guess", FORM_BOOL },
    { "checkout.workers", FORM_WORD },
    { "worktree.guessremote", FORM_BOOL },
    { "worktree.userelativepaths", FORM_BOOL },
    { "clone.defaultremotename", FORM_REMOTE },
    { "http.postbuffer", FORM_WORD },
    { "http.lowspeedlimit", FORM_WORD },
    { "http.lowspeedtime", FORM_WORD },
    { "http.version", FORM_TEXT },
    { "lfs.repositoryformatversion", FORM_WORD },
    { "lfs.*.access", FORM_WORD },
    { "lfs.*.locksverify", FORM_BOOL },
};

static bool is_bool(const char *value, bool only_off)
{
    static const char *const on[] = { "true", "yes", "on", "1", NULL };
    static const char *const off[] = { "false", "no", "off", "0", "", NULL };

    if (!value)
        return !only_off;
    for (const char *const *word = off; *word; word++)
        if (strcasecmp(value, *word) == 0)
            return true;
    for (const char *const *word = on; !only_off && *word; word++)
        if (strcasecmp(value, *word) == 0)
            return true;
    return false;
}

static bool consists_of(const char *value, const char *others)
{
    for (; *value; value++)
        if (!isalnum((unsigned char)*value) && !strchr(others, *value))
            return false;
    return true;
}

/* Without a blank or another character that a shell, ssh or a terminal takes for
 * more than a letter. */
static bool is_name(const char *value)
{
    if (*value == '-' || !*value)
        return false;
    for (; *value; value++)
        if ((unsigned char)*value <= ' ' || *value == 0x7f ||
            strchr("\"'`\\$;|&<>(){}", *value))
            return false;
    return true;
}

/* "ext::", "foo::" and "foo://" are programs, git-remote-foo. */
static bool is_url(const char *value)
{
    static const char *const schemes[] = { "https://", "http://", "ssh://",
                                           "git://",   "git+ssh://", NULL };
    size_t user = strcspn(value, ":/");

    if (!is_name(value) || strstr(value, "::"))
        return false;
    for (const char *const *scheme = schemes; *scheme; scheme++)
        if (has_prefix(value, *scheme))
            return isalnum((unsigned char)value[strlen(*scheme)]) ||
                   value[strlen(*scheme)] == '[';
    /* [user@]host:path; a path alone leads to what the command may not see */
    return !strstr(value, "://") && value[user] == ':' &&
           isalnum((unsigned char)*value);
}

static bool has_form(const char *value, enum form form)
{
    if (form == FORM_BOOL || form == FORM_OFF)
        return is_bool(value, form == FORM_OFF);
    if (!value)
        return form == FORM_WORD;
    switch (form) {
    case FORM_WORD:
        return consists_of(value, " -_.,#");
    case FORM_NAME:
        return is_name(value);
    case FORM_REMOTE:
        return streq(value, ".") ||
               (is_name(value) && *value != '.' && *value != '/' &&
                !strchr(value, ':'));
    case FORM_REFSPEC:
        return *value != '-' && consists_of(value, "+^*:-_./@#=~");
    case FORM_URL:
        return is_url(value);
    default:
        return true;
    }
}

/* Does NAME match PATTERN, in which a part "*" stands for anything? */
static bool name_matches(const char *name, const char *pattern)
{
    const char *star = strchr(pattern, '*');
    size_t before, after, length = strlen(name);

    if (!star)
        return streq(name, pattern);
    before = (size_t)(star - pattern);
    after = strlen(star + 1);
    if (length <= before + after || strncmp(name, pattern, before) != 0)
        return false;
    if (has_suffix(star, ".*")) /* "color.*.*": any key */
        return strchr(name + before, '.');
    if (after == 0) /* "color.*": any key, no subsection */
        return !strchr(name + before, '.');
    return streq(name + length - after, star + 1);
}

bool is_harmless(const struct setting *setting)
{
    for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
        if (name_matches(setting->name, harmless[i].name))
            return has_form(setting->value, harmless[i].form);
    return false;
}
