/*
 * script.c - the script that an interpreter is told to run is the command as
 * much as the interpreter is: which of the arguments it is, by the options that
 * each interpreter has.
 */
#include "command.h"
#include "installation.h"
#include "path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How an interpreter reads its words. A letter of NONE means that there is no
 * script, one of VALUES that a value follows, in the word or as the next, one of
 * REST that what follows in the word is its value. Of WORDS, each between two
 * blanks, those with a "!" mean no script, the others have the next word as
 * their value. */
static const struct interpreter {
    const char *names[8]; /* without a version at the end */
    const char *none, *values, *rest;
    const char *words;
    const char *file;     /* the option whose value is the script, or NULL */
    const char *commands; /* words that may stand before the script */
    const char *suffix;   /* that the script's name may lack, or NULL */
    bool single;          /* letters cannot be joined: -cp is a word */
} interpreters[] = {
    { .names = { "python", "pypy", "ipython" },
      .none = "cm",
      .values = "WX",
      .words = " --check-hash-based-pycs " },
    { .names = { "sh", "bash", "dash", "zsh", "ksh", "mksh", "ash" },
      .none = "cs",
      .values = "oO",
      .words = " --rcfile --init-file " },
    { .names = { "fish" },
      .none = "c",
      .values = "CdfoD",
      .words = " !--command --init-command --features " },
    { .names = { "node", "nodejs", "tsx", "ts-node" },
      .none = "ep",
      .values = "rC",
      .words = " !--eval !--print !--test --require --import --loader "
               "--experimental-loader --conditions --input-type --title "
               "--inspect-port --icu-data-dir --stack-trace-limit --env-file "
               "--watch-path --project --tsconfig ",
      .commands = " inspect watch ",
      .suffix = ".js" },
    { .names = { "deno" },
      .values = "cLr",
      .words = " !eval !repl --config --import-map --lock --location --cert "
               "--log-level ",
      .commands = " run serve test bench check " },
    { .names = { "bun" },
      .none = "ep",
      .values = "rc",
      .words = " !--eval !--print --preload --config --cwd --env-file ",
      .commands = " run test " },
    { .names = { "ruby", "jruby" },
      .none = "e",
      .values = "IrCE",
      .rest = "xiFKTW0",
      .words = " --encoding --external-encoding --internal-encoding " },
    { .names = { "perl" }, .none = "eE", .values = "I", .rest = "MmxiCDFdlV0" },
    { .names = { "php", "php-cgi" },
      .none = "rBRS",
      .values = "dcztEF",
      .words = " !--run !--server --define --php-ini --docroot ",
      .file = "-f" },
    { .names = { "java" },
      .none = "m",
      .values = "dp",
      .words = " !--module -cp -classpath --class-path --module-path "
               "--upgrade-module-path --add-modules --add-opens --add-exports "
               "--add-reads --source --limit-modules --enable-native-access ",
      .file = "-jar",
      .single = true },
    { .names = { "dotnet" },
      .words = " --fx-version --additionalprobingpath --depsfile "
               "--runtimeconfig ",
      .commands = " exec ",
      .single = true },
    { .names = { "lua", "luajit" }, .none = "e", .values = "l" },
    { .names = { "julia" },
      .none = "eE",
      .values = "HJptCLm",
      .words = " !--eval !--print --project --sysimage --threads " },
    { .names = { "Rscript", "tclsh", "guile", "escript", "elixir", "groovy" },
      .none = "ec" },
};

static bool has_word(const char *list, const char *mark, const char *word)
{
    AUTOFREE char *between = xasprintf(" %s%s ", mark, word);

    return list && strstr(list, between);
}

static bool has_letter(const char *letters, char letter)
{
    return letters && strchr(letters, letter);
}

/* The interpreter that COMMAND is by its name: python3.12, /usr/bin/node. */
static const struct interpreter *interpreter_named(const char *command)
{
    AUTOFREE char *name = xstrdup(base_name(command));
    size_t length = strlen(name);

    while (length && strchr("0123456789.-", name[length - 1]))
        name[--length] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(interpreters); i++)
        for (size_t j = 0; j < ARRAY_LEN(interpreters[i].names) &&
                           interpreters[i].names[j];
             j++)
            if (streq(interpreters[i].names[j], name))
                return &interpreters[i];
    return NULL;
}

enum effect { EFFECT_NOTHING, EFFECT_VALUE, EFFECT_NO_SCRIPT };

/* What the option WORD does with the words after it. */
static enum effect effect_of(const struct interpreter *in, const char *word)
{
    if (has_word(in->words, "!", word))
        return EFFECT_NO_SCRIPT;
    if (has_word(in->words, "", word))
        return EFFECT_VALUE;
    if (word[1] == '-' || (in->single && word[2]))
        return EFFECT_NOTHING;
    for (const char *letter = word + 1; *letter; letter++) {
        if (has_letter(in->none, *letter))
            return EFFECT_NO_SCRIPT;
        if (has_letter(in->values, *letter))
            return letter[1] ? EFFECT_NOTHING : EFFECT_VALUE;
        if (has_letter(in->rest, *letter))
            break;
    }
    return EFFECT_NOTHING;
}

/* The word among WORDS, those after the interpreter's name, that is the script;
 * NULL for none. */
static const char *script_among(const struct interpreter *in,
                                char *const *words)
{
    bool began = false;

    for (; *words; words++) {
        const char *word = *words;

        if (streq(word, "--"))
            return words[1];
        if (in->file && streq(word, in->file))
            return words[1];
        if (!began && has_word(in->commands, "", word)) {
            began = true;
            continue;
        }
        if ((*word != '-' && *word != '+') || !word[1])
            return word;
        switch (effect_of(in, word)) {
        case EFFECT_NO_SCRIPT:
            return NULL;
        case EFFECT_VALUE:
            if (!*++words)
                return NULL;
            break;
        case EFFECT_NOTHING:
            break;
        }
    }
    return NULL;
}

/* The script that WORD names for IN. The caller's. */
static char *script_path(const struct interpreter *in, const char *word,
                         const struct policy *policy)
{
    AUTOFREE char *longer = xasprintf("%s%s", word, in->suffix ? in->suffix : "");
    AUTOFREE char *path = absolute_path(word, policy->directory);

    return absolute_path(path && !exists(path) ? longer : word, policy->directory);
}

void grant_script(struct view *view, const struct strv *homes)
{
    const struct policy *policy = view->policy;
    const struct interpreter *in = interpreter_named(policy->command[0]);
    const char *word = in ? script_among(in, policy->command + 1) : NULL;
    AUTOFREE char *path = word && *word ? script_path(in, word, policy) : NULL;
    AUTOFREE char *real = path ? real_path(path) : NULL;
    struct lookup lookup = { .view = view,
                             .homes = homes,
                             .reason = "the script",
                             .depth = 1,
                             .script = true };
    struct stat st;

    /* A "~" at the head of an argument is a name like any other. */
    if (!real || *word == '~' || !can_be_mounted(path) ||
        stat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
        (st.st_uid != geteuid() && !is_root(st.st_uid)) ||
        is_credential(path, homes) || is_credential(real, homes))
        return;
    free(grant_file(&lookup, path));
}
