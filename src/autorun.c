/*
 * autorun.c - the table of what other programs run by themselves. Not in it is
 * what a project's own tools run when they are told to: Makefile, package.json,
 * build.rs.
 */
#include "autorun.h"

#include "util.h"

#include <string.h>

/* "DIR/NAME" or "NAME", at any depth; "*" for a name stands for each file. */
static const char *const table[] = {
    /* editors: tasks on opening, paths of interpreters and language servers */
    ".vscode/*", ".devcontainer/*", ".devcontainer.json", ".fleet/*",
    ".theia/*", ".zed/*", ".helix/*", ".exrc", ".vimrc", ".nvimrc",
    ".nvim.lua", ".lvimrc", ".dir-locals.el", ".dir-locals-2.el",
    ".luarc.json", ".gitpod.yml", ".idea/startup.xml", ".idea/misc.xml",
    ".idea/externalTools.xml", ".idea/watcherTasks.xml",
    ".idea/runConfigurations/*", ".run/*",
    /* shells on entering: direnv, mise, asdf, devbox */
    ".envrc", ".mise.toml", "mise.toml", ".mise.local.toml",
    "mise.local.toml", ".mise/config.toml", ".config/mise.toml",
    ".config/mise/config.toml", ".rtx.toml", ".tool-versions", "devbox.json",
    ".autoenv.zsh", ".autoenv",
    /* agents: hooks, servers that are started, what is permitted */
    ".mcp.json", ".claude/settings.json", ".claude/settings.local.json",
    ".claude/hooks/*", ".cursor/*", ".gemini/*", ".codex/*", ".continue/*",
    ".windsurf/*", ".kiro/*", ".amazonq/*", ".opencode/*", "opencode.json",
    ".aider.conf.yml",
    /* on commit, push, checkout */
    ".husky/*", ".husky/_/*", ".pre-commit-config.yaml", "lefthook.yml",
    "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", "lefthook-local.yml",
    ".lefthook-local.yml", ".overcommit.yml", ".hg/hgrc",
    ".hg/hgrc-not-shared", ".jj/repo/config.toml",
    /* programs that look for theirs in the working directory, or upwards */
    ".gdbinit", ".lldbinit", ".irbrc", ".pryrc", ".pdbrc", ".Rprofile",
    ".Renviron", ".octaverc", ".npmrc", ".yarnrc", ".yarnrc.yml",
    ".yarn/plugins/*", ".yarn/releases/*", ".pnpmfile.cjs", ".pnpmfile.mjs",
    "pnpmfile.js", "bunfig.toml", ".cargo/config", ".cargo/config.toml",
    "rust-toolchain", "rust-toolchain.toml", ".bazelrc", "tools/bazel",
    ".bundle/config", ".mvn/jvm.config", ".mvn/maven.config",
    ".mvn/extensions.xml", NULL
};

/* Does DIR end with the LENGTH bytes of WANTED, from a slash on? */
static bool ends_with(const char *dir, const char *wanted, size_t length)
{
    size_t have = strlen(dir);

    return have >= length && memcmp(dir + have - length, wanted, length) == 0 &&
           (have == length || dir[have - length - 1] == '/');
}

bool in_packages(const char *dir)
{
    static const char *const names[] = { "node_modules", "site-packages",
                                         "_deps", NULL };

    for (const char *part = dir; part; part = strchr(part, '/')) {
        AUTOFREE char *name = NULL;

        part += *part == '/';
        name = xstrndup(part, strcspn(part, "/"));
        if (is_one_of(name, names))
            return true;
    }
    return false;
}

bool runs_by_itself(const char *dir, const char *name)
{
    bool hidden = (*dir == '.' && dir[1]) || strstr(dir, "/.");

    /* Most names are like none of the table. */
    if (*name != '.' && !hidden && !strchr("bdlmoprt", *name))
        return false;
    for (const char *const *row = table; *row; row++) {
        const char *slash = strrchr(*row, '/');
        const char *wanted = slash ? slash + 1 : *row;

        if ((streq(wanted, "*") || streq(wanted, name)) &&
            (!slash || ends_with(dir, *row, (size_t)(slash - *row))))
            return true;
    }
    return false;
}
