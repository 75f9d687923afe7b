/*
 * autorun.c - the tables of what other programs run by themselves. Not in them
 * is what a project's own tools run when they are told to: Makefile,
 * package.json, build.rs.
 */
#include "autorun.h"

#include "util.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Directories whose files count, at whatever depth below. */
static const char *const directories[] = {
    /* editors: tasks on opening, paths of interpreters and language servers */
    ".vscode", ".devcontainer", ".fleet", ".theia", ".zed", ".helix", ".vim",
    ".nvim", ".idea/runConfigurations", ".run", ".externalToolBuilders",
    ".bsp",
    /* agents: hooks, servers that are started, what is permitted */
    ".claude/hooks", ".claude/commands", ".claude/agents", ".claude/skills",
    ".cursor", ".gemini", ".codex", ".continue", ".windsurf", ".kiro",
    ".amazonq", ".opencode", ".roo", ".qwen", ".trae", ".factory",
    ".openhands", ".agents", ".github/hooks", ".clinerules", ".junie",
    ".kilocode", ".augment",
    /* on commit */
    ".husky", ".lefthook",
    /* on each start */
    ".yarn/plugins", ".yarn/releases", ".repo/repo", ".repo/local_manifests",
    /* on entering the directory */
    ".direnv", ".devenv", ".mise", ".config/mise", ".shadowenv.d",
    /* of a home directory: on login, on each start, by name, on a key */
    ".config/alacritty", ".config/autostart", ".config/awesome",
    ".config/bspwm", ".config/direnv", ".config/emacs",
    ".config/environment.d", ".config/fish", ".config/gdb", ".config/git",
    ".config/helix", ".config/hypr", ".config/i3", ".config/kitty",
    ".config/mpv", ".config/nushell", ".config/nvim", ".config/openbox",
    ".config/plasma-workspace", ".config/polybar", ".config/qutebrowser",
    ".config/sway", ".config/sxhkd", ".config/systemd", ".config/tmux",
    ".config/waybar", ".config/xonsh", ".config/zsh", ".emacs.d", ".gnupg", ".local/bin",
    ".local/share/applications", ".local/share/dbus-1",
    ".local/share/systemd", ".profile.d", ".ssh", NULL
};

/* Files of one directory, "DIR/NAME"; NAME may be a pattern. */
static const char *const files[] = {
    ".idea/startup.xml", ".idea/misc.xml", ".idea/externalTools.xml",
    ".idea/watcherTasks.xml", "mise/config*.toml", ".claude/settings.json",
    ".claude/settings.local.json", ".hg/hgrc", ".hg/hgrc-not-shared",
    ".hg/sharedpath", ".jj/repo", ".jj/repo/config.toml",
    ".jj/workspace-config.toml", ".sl/config", ".sl/sharedpath",
    ".git/sl/config", ".git/*.yml", ".git/glab-cli/*.yml",
    ".bzr/branch/branch.conf", "_darcs/prefs/defaults",
    ".pijul/config", ".repo/manifest.xml", ".west/config",
    ".cargo/config", ".cargo/config.toml", "tools/bazel", ".bundle/config",
    ".mvn/jvm.config", ".mvn/maven.config", ".mvn/extensions.xml", "CVS/Root",
    ".opam-switch/environment", ".opam-switch/switch-config",
    "linecache/__init__.*", "sitecustomize/__init__.*",
    "usercustomize/__init__.*", NULL
};

/* Files of any directory, in the order of strcmp(3). */
static const char *const names[] = {
    ".RData", ".Renviron", ".Rprofile", ".aider.conf.yml", ".bash_aliases",
    ".bash_login", ".bash_logout", ".bash_profile", ".bashrc", ".bazeliskrc",
    ".bazelrc", ".bazelversion", ".byebugrc", ".clinerules", ".corepack.env",
    ".crush.json", ".cshrc", ".devcontainer.json", ".dir-locals-2.el",
    ".dir-locals.el", ".direnvrc", ".emacs", ".envrc", ".erlang", ".exrc",
    ".forward", ".fos", ".fslckout", ".gclient", ".gdbinit", ".ghci",
    ".gitpod.yml", ".hgrc", ".iex.exs", ".inputrc", ".irbrc", ".jvmopts",
    ".kshrc", ".latexmkrc", ".lazygit.yml", ".lfsconfig",
    ".lite_project.lua", ".lldbinit", ".login", ".luacheckrc", ".luarc.json", ".lvimrc", ".mailcap", ".mcp.json",
    ".merlin", ".mise.toml", ".mkshrc", ".neoconf.json", ".npmrc", ".nvim.lua",
    ".nvimrc", ".ocamlinit", ".octaverc", ".overcommit.yml",
    ".pam_environment", ".pdbrc", ".perldb", ".pnpmfile.cjs", ".pnpmfile.mjs",
    ".pre-commit-config.yaml", ".procmailrc", ".profile", ".pryrc", ".psqlrc",
    ".pylintrc", ".pylintrc.toml", ".rbenv-vars", ".rdebugrc",
    ".reviewboardrc", ".rtx.toml", ".ruby-env", ".rust-analyzer.toml",
    ".rvmrc", ".sbtopts", ".screenrc", ".sdkmanrc",
    ".sqliterc", ".tcshrc", ".tmux.conf", ".tool-versions", ".valgrindrc",
    ".vimrc", ".xinitrc", ".xprofile", ".xsession", ".xsessionrc", ".yarnrc",
    ".yarnrc.yml", ".ycm_extra_conf.py", ".zlogin", ".zlogout", ".zprofile",
    ".zshenv", ".zshrc", "Directory.Build.props", "Directory.Build.rsp",
    "Directory.Build.targets", "NuGet.Config", "NuGet.config", "_FOSSIL_",
    "_irbrc", "ansible.cfg", "bunfig.toml", "crush.json", "devbox.json",
    "global.json", "hie.yaml", "irb.rc", "latexmkrc", "mise.toml",
    "nuget.config", "pdm.toml", "pnpmfile.js", "poetry.toml", "prek.toml",
    "pylintrc", "rust-analyzer.toml", "rust-toolchain", "rust-toolchain.toml",
    "uv.toml"
};

/* The same, as patterns. jenv, plenv, phpenv and tfenv take a version for a path
 * from theirs. Python imports linecache at each "-c", and from the
 * directory that it is started in (3.13), sitecustomize and usercustomize at each
 * start, and from PYTHONPATH. */
static const char *const patterns[] = {
    ".*-version", ".autoenv*", ".commitlintrc*", ".envrc.*", ".lefthook*.*",
    ".lintstagedrc*",
    ".mise.*.toml", ".simple-git-hooks.*", "commitlint.config.*",
    "lefthook-local.*", "lefthook.*", "linecache.*", "lint-staged.config.*",
    "mise.*.toml", "opencode.json*", "simple-git-hooks.*", "sitecustomize.*",
    "usercustomize.*", NULL
};

/* What an .envrc beside them takes in: direnv-stdlib(1). */
static const char *const of_envrc[] = {
    ".env", ".env.local", "default.nix", "devenv.lock", "devenv.nix",
    "devenv.yaml", "flake.lock", "flake.nix", "shell.nix", NULL
};

/* Is WANTED, of LENGTH bytes, a part of DIR from one slash to another; with END
 * its last one? */
static bool has_part(const char *dir, const char *wanted, size_t length,
                     bool end)
{
    for (const char *at = dir; (at = strstr(at, wanted)); at++)
        if ((at == dir || at[-1] == '/') &&
            (!at[length] || (!end && at[length] == '/')))
            return true;
    return false;
}

bool in_packages(const char *dir)
{
    static const char *const packages[] = { "node_modules", "site-packages",
                                            "_deps", NULL };

    for (const char *const *name = packages; *name; name++)
        if (has_part(dir, *name, strlen(*name), false))
            return true;
    return false;
}

enum autorun autorun_in(const char *dir)
{
    bool hidden = (*dir == '.' && dir[1]) || strstr(dir, "/.");
    enum autorun kind = AUTORUN_NAMES;

    for (const char *const *row = directories; hidden && *row; row++)
        if (has_part(dir, *row, strlen(*row), false))
            return AUTORUN_ALL;
    for (const char *const *row = files; *row; row++) {
        size_t length = (size_t)(strrchr(*row, '/') - *row);
        AUTOFREE char *wanted = NULL;

        if (**row == '.' && !hidden)
            continue;
        wanted = xstrndup(*row, length);
        if (has_part(dir, wanted, length, true))
            kind = AUTORUN_FILES;
    }
    return kind;
}

static int by_name(const void *name, const void *row)
{
    return strcmp(name, *(const char *const *)row);
}

/* Asked of each file of a tree: most differ in the first byte. */
static bool fits(const char *name, const char *const *globs)
{
    for (; *globs; globs++)
        if (**globs == *name &&
            strncmp(name, *globs, strcspn(*globs, "*")) == 0 &&
            fnmatch(*globs, name, 0) == 0)
            return true;
    return false;
}

bool runs_beside_envrc(const char *name)
{
    return fits(name, of_envrc);
}

bool runs_by_itself(enum autorun kind, const char *dir, const char *name)
{
    if (kind == AUTORUN_ALL)
        return true;
    for (const char *const *row = files; kind == AUTORUN_FILES && *row; row++) {
        const char *slash = strrchr(*row, '/');
        AUTOFREE char *wanted = xstrndup(*row, (size_t)(slash - *row));

        if (fnmatch(slash + 1, name, 0) == 0 &&
            has_part(dir, wanted, strlen(wanted), true))
            return true;
    }
    return bsearch(name, names, ARRAY_LEN(names), sizeof(*names), by_name) ||
           fits(name, patterns);
}

/* Does the path DIR/NAME end with the first parts of ROW, or with all of it? */
static bool begins_row(const char *path, const char *row)
{
    for (const char *end = row; *row == '.' && *end; end++) {
        size_t length = (size_t)(end - row) + 1;
        AUTOFREE char *part = NULL;

        if (end[1] && end[1] != '/')
            continue;
        part = xstrndup(row, length);
        if (has_part(path, part, length, true))
            return true;
    }
    return false;
}

bool leads_to_autoruns(const char *dir, const char *name)
{
    const char *const *const tables[] = { directories, files };
    AUTOFREE char *path = xasprintf("%s/%s", dir, name);

    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        for (const char *const *row = tables[i]; *row; row++)
            if (begins_row(path, *row))
                return true;
    return false;
}
