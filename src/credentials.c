/*
 * credentials.c - what is a credential. A variable is known by the words of its
 * name, which stand between what is no letter and no digit, in any case, and by
 * what its value holds. The last word tells what a thing is: GITHUB_TOKEN is a
 * token, PASSWORD_STORE_DIR a directory.
 */
#include "credentials.h"
#include "util.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Wherever they stand in a name. */
static const char *const words[] = {
    "TOKEN",   "TOKENS", "SECRET",   "SECRETS", "CREDENTIAL", "CREDENTIALS",
    "CRED",    "CREDS",  "AUTH",     "OAUTH",   "OAUTH2",     "JWT",
    "WEBHOOK", "BEARER", "MNEMONIC", "TOTP",    "HOTP",       "P12",
    "PFX",     "JKS",    NULL
};

/* At its end. What was encoded to go into a variable is seldom public. */
static const char *const last_words[] = {
    "PASS", "PWD",  "PW",     "KEY",     "KEYS",   "SK",  "PSK",
    "DSN",  "PAT",  "PIN",    "SOCK",    "COOKIE", "OTP", "CONN",
    "SAS",  "PHRASE", "BASE64", "B64",   "SESSION", NULL
};

/* Which are none alone: PWD is a directory, SK a country. */
static const char *const not_alone[] = { "PWD",    "SK",  "CONN",    "SAS",
                                         "BASE64", "B64", "SESSION", NULL };

/* After the end, as after API_KEY: which of several it is. So are numbers. */
static const char *const which[] = { "PROD", "PRODUCTION", "STAGING", "DEV",
                                     "TEST", "LIVE",       "LOCAL",   NULL };

/* At the end of a word: PGPASSWORD, SSHPASS, OPENAI_APIKEY. */
static const char *const ends[] = {
    "PASSWORD", "PASSWD",    "PASSPHRASE", "PASSCODE", "PASS",  "TOKEN",
    "SECRET",   "APIKEY",    "ACCESSKEY",  "SECRETKEY", "AUTHKEY", "DBPWD",
    NULL
};

/* Which are no such ends: programs that ask, and others. */
static const char *const no_ends[] = { "ASKPASS", "BYPASS", "COMPASS", NULL };

/* The last word of what tells of a credential, and is none. */
static const char *const places[] = {
    "DIR",  "FILE", "PATH",     "HOME",    "TYPE",    "COMMAND", "PROGRAM",
    "NAME", "TTL",  "LIFETIME", "TIMEOUT", "ENABLED", "PROVIDER",
    "PROVIDERS", "HELPER", NULL
};

/* All names that begin so. */
static const char *const beginnings[] = { "DBUS_", "OP_SESSION_", NULL };

static const char *const names[] = { "AWS_ACCESS_KEY_ID", "KEYRING_CONTROL",
                                     "ORG_GRADLE_PROJECT_signingKey", NULL };

/* Which are none, whatever their words. */
static const char *const harmless[] = { "DESKTOP_SESSION", "KDE_FULL_SESSION",
                                        NULL };

/* Two words, at the end of a name. */
static const char *const pairs[] = { "CONNECTION_STRING", "CONN_STR", "PIN_CODE",
                                     "OTP_SEED", "WALLET_SEED", NULL };

/* At the end of the name of a number: MAX_TOKENS. */
static const char *const counted[] = { "TOKENS", "_CONN", NULL };

/* At the end of a field's name in a value: -Ddb.password=, ?api_key=. What stands
 * between the words is '_' here. A signature lets whoever has the URL in. */
static const char *const fields[] = {
    "PASSWORD",   "PASSWD",      "PASSPHRASE", "PASSCODE",   "TOKEN",
    "SECRET",     "APIKEY",      "ACCESSKEY",  "SECRETKEY",  "AUTHKEY",
    "ACCOUNTKEY", "API_KEY",     "ACCESS_KEY", "SECRET_KEY", "PRIVATE_KEY",
    "_PWD",       "X_AMZ_SIGNATURE", "SHAREDACCESSSIGNATURE", NULL
};

/* The whole of it. */
static const char *const whole_fields[] = { "PWD", "_AUTH", "SIG", NULL };

/* The same, where the value is as long as a token. */
static const char *const long_fields[] = { "SIGNATURE", "_SIG", NULL };

/* Addresses that whoever knows the rest of them may post to. */
static const char *const hooks[] = {
    "hooks.slack.com/",      "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/", "webhook.office.com/",
    "hooks.zapier.com/",     "api.telegram.org/bot", NULL
};

/* What a token begins with, and the other characters that it may have beside
 * letters and digits. */
static const struct {
    const char *prefix, *others;
} tokens[] = {
    { "ghp_", "" },         { "gho_", "" },      { "ghu_", "" },
    { "ghs_", "" },         { "ghr_", "" },      { "github_pat_", "_" },
    { "glpat-", "_-." },    { "npm_", "" },      { "pypi-", "_-" },
    { "sk-", "_-" },        { "sk_live_", "" },  { "sk_test_", "" },
    { "rk_live_", "" },     { "xoxb-", "-" },    { "xoxp-", "-" },
    { "xoxa-", "-" },       { "xapp-", "-" },    { "hf_", "" },
    { "AIza", "_-" },       { "ya29.", "_-." },  { "dop_v1_", "" },
    { "shpat_", "" },       { "SG.", "_-." },    { "eyJhbGci", "_-." },
    { "AGE-SECRET-KEY-", "" }, { "hvs.", "_-" },  { "hvb.", "_-" },
    { "gsk_", "" },         { "ATATT", "_-=" },  { "glrt-", "_-." },
    { "gldt-", "_-." },     { "glptt-", "_-" },  { "whsec_", "+/=" },
    { "lin_api_", "" },     { "xai-", "" },      { "rubygems_", "" },
    { "r8_", "" },          { "nvapi-", "_-" },  { "tskey-", "-" },
    { "sbp_", "" },         { "dp.pt.", "" },    { "dp.st.", "_." },
    { "ntn_", "" },         { "pul-", "" },      { "PMAK-", "-" },
    { "figd_", "_-" },      { "shpss_", "" },    { "sntrys_", "_-+/=" },
    { "pscale_tkn_", "_-." }, { "dckr_pat_", "_-" }, { "rk_test_", "" },
    { "xoxs-", "-" },       { "pplx-", "" },
    /* a JWT by other beginnings of its header; "apiVersion: " of a kubeconfig in
       base64 */
    { "eyJ0eXAiOi", "_-." }, { "eyJraWQiOi", "_-." },
    { "YXBpVmVyc2lvbjog", "+/=" },
    /* the path of a hook on any host */
    { "api/webhooks/", "/_-" },
};

enum { TOKEN_LENGTH = 20 }; /* characters after the prefix */

static bool is_word(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcasecmp(word, *list) == 0)
            return true;
    return false;
}

static bool ends_as(const char *word, const char *const *list)
{
    size_t length = strlen(word);

    for (; *list; list++) {
        size_t its = strlen(*list);

        if (length >= its && strcasecmp(word + length - its, *list) == 0)
            return true;
    }
    return false;
}

static bool begins_as(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strncasecmp(name, *list, strlen(*list)) == 0)
            return true;
    return false;
}

static bool is_number(const char *word)
{
    return *word && !word[strspn(word, "0123456789")];
}

static bool is_name(const char *name)
{
    AUTOFREE char *copy = xstrdup(name);
    const char *last = NULL; /* but for which of several it is */
    bool found = false;
    unsigned count = 0;

    for (char *c = copy; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = ' ';
    for (char *save, *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        found |= is_word(word, words) ||
                 (ends_as(word, ends) && !ends_as(word, no_ends));
        if (last && (is_number(word) || is_word(word, which)))
            continue;
        last = word;
        count++;
    }
    if (!last || is_word(last, places))
        return false;
    return found || (is_word(last, last_words) &&
                     (count > 1 || !is_word(last, not_alone)));
}

/* Is the user of a URL, of N characters, a token, as in https://TOKEN@host? It
 * is long and has a digit; '%' is in a mail address. */
static bool is_token_user(const char *user, size_t n)
{
    bool digit = false;

    for (size_t i = 0; i < n; i++) {
        if (!isalnum((unsigned char)user[i]) && !strchr("_-.=+", user[i]))
            return false;
        digit |= isdigit((unsigned char)user[i]) != 0;
    }
    return digit && n >= TOKEN_LENGTH;
}

/* Is there a user with a secret before the host, as in postgres://u:p@host? */
static bool holds_userinfo(const char *text)
{
    for (const char *at = text; (at = strstr(at, "://")); at++) {
        const char *user = at + strlen("://");
        size_t length = strcspn(user, "/?# \t\n\"'");
        const char *end = memrchr(user, '@', length);
        const char *colon =
            end ? memchr(user, ':', (size_t)(end - user)) : NULL;

        if (!end)
            continue;
        if (colon && colon + 1 < end)
            return true;
        if (is_token_user(user, (size_t)((colon ? colon : end) - user)))
            return true;
    }
    return false;
}

static bool is_token_at(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
        size_t n = 0;

        if (*text != *tokens[i].prefix || !has_prefix(text, tokens[i].prefix))
            continue;
        for (text += strlen(tokens[i].prefix);
             isalnum((unsigned char)text[n]) ||
             (text[n] && strchr(tokens[i].others, text[n]));)
            n++;
        return n >= TOKEN_LENGTH;
    }
    return false;
}

/* Says VALUE, of LENGTH bytes, only whether, how many, or where to look? */
static bool is_no_secret(const char *value, size_t length)
{
    static const char *const none[] = { "true", "false", "yes",  "no",  "on",
                                        "off",  "none",  "null", "nil", "~",
                                        NULL };
    AUTOFREE char *word = xstrndup(value, length);

    return !*word || strchr("$`", *word) || is_word(word, none);
}

/* Is the field NAME, with a VALUE of LENGTH bytes, a credential? */
static bool is_secret_field(char *name, const char *value, size_t length)
{
    static const char *const trust[] = { "TRUSTSTOREPASSWORD", NULL };

    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    if (is_no_secret(value, length) ||
        /* A path, which has no padding of base64. */
        (*value == '/' && !memchr(value, '=', length)) ||
        /* Java's own, which everybody knows, for what is public. */
        (ends_as(name, trust) && length == strlen("changeit") &&
         has_prefix(value, "changeit")))
        return false;
    return ends_as(name, fields) || is_word(name, whole_fields) ||
           (length >= TOKEN_LENGTH && ends_as(name, long_fields));
}

/* "…?user=u&password=p", "User=u;Password=p", "-Ddb.password=p", a header of
 * HTTP's. */
static bool holds_field(const char *text)
{
    for (const char *at = text; (at = strpbrk(at, "=:")); at++) {
        const char *begin = at, *value = at + 1;
        AUTOFREE char *name = NULL;

        if (*at == ':' && *value++ != ' ')
            continue;
        while (begin > text && (isalnum((unsigned char)begin[-1]) ||
                                strchr("_.-", begin[-1])))
            begin--;
        value += strspn(value, "\"'");
        name = xstrndup(begin, (size_t)(at - begin));
        if (is_secret_field(name, value, strcspn(value, "&;, \t\n\"'")))
            return true;
    }
    return strcasestr(text, "authorization: ");
}

/* curl's "-u user:password", also with --user. A pair of numbers is a user and a
 * group. */
static bool holds_login(const char *text)
{
    static const char *const options[] = { "-u", "-U", "--user", "--proxy-user",
                                           NULL };
    AUTOFREE char *copy = xstrdup(text);
    bool follows = false;

    for (char *save, *word = strtok_r(copy, " \t\n=\"'", &save); word;
         word = strtok_r(NULL, " \t\n=\"'", &save)) {
        const char *user = has_prefix(word, "-u") ? word + 2 : word;
        const char *colon = strchr(user, ':');

        if ((follows || user != word) && colon && colon[1] &&
            isalnum((unsigned char)*user) && !strchr("$`", colon[1]) &&
            !has_prefix(colon, "://") &&
            strspn(user, "0123456789:") != strlen(user))
            return true;
        follows = is_one_of(word, options);
    }
    return false;
}

/* netrc(5) */
static bool holds_netrc(const char *text)
{
    const char *machine = strstr(text, "machine ");
    const char *login = machine ? strstr(machine, "login ") : NULL;

    return login && strstr(login, "password ");
}

/* -----BEGIN in base64, but of no certificate, or PRIVATE KEY after one. */
static bool holds_encoded_key(const char *text)
{
    /* As many as there are places for it to begin among three bytes. */
    static const char *const keys[] = { "UFJJVkFURSBLRV", "BSSVZBVEUgS0VZ",
                                        "QUklWQVRFIEtFW", NULL };
    const char *begin = strstr(text, "LS0tLS1CRUdJTi");

    if (begin &&
        !has_prefix(begin + strlen("LS0tLS1CRUdJTi"), "BDRVJUSUZJQ0FUR"))
        return true;
    for (const char *const *key = keys; *key; key++)
        if (strstr(text, *key))
            return true;
    return false;
}

static bool holds_hook(const char *text)
{
    for (const char *const *hook = hooks; *hook; hook++)
        for (const char *at = text; (at = strcasestr(at, *hook)); at++)
            if (isalnum((unsigned char)at[strlen(*hook)]))
                return true;
    return false;
}

/* {"password": "p"}, however deep. */
static bool holds_member(const char *text)
{
    if (!strchr(text, '{'))
        return false;
    for (const char *at = text; (at = strchr(at, '"')); at++) {
        size_t length = strcspn(at + 1, "\"");
        const char *end = at + 1 + length;
        const char *colon = *end ? end + 1 + strspn(end + 1, " \t\n") : end;
        const char *value =
            *colon == ':' ? colon + 1 + strspn(colon + 1, " \t\n") : colon;
        AUTOFREE char *key = NULL;

        if (*colon != ':' || *value != '"' ||
            is_no_secret(value + 1, strcspn(value + 1, "\"")))
            continue;
        key = xstrndup(at + 1, length);
        if (is_name(key))
            return true;
    }
    return false;
}

bool holds_token(const char *text)
{
    for (const char *at = text; *at; at++)
        /* A directory may be called sk-something. */
        if ((at == text || (!isalnum((unsigned char)at[-1]) &&
                            (at[-1] != '/' || !has_prefix(at, "sk-")))) &&
            is_token_at(at))
            return true;
    return false;
}

bool holds_credential(const char *text)
{
    const char *key = strstr(text, "-----BEGIN ");

    return (key && strstr(key, "PRIVATE KEY")) || holds_userinfo(text) ||
           holds_field(text) || holds_login(text) || holds_netrc(text) ||
           holds_encoded_key(text) || holds_hook(text) || holds_member(text) ||
           holds_token(text);
}

/* Is NAME, of LENGTH bytes, a number of tokens or the like, as VALUE is one? */
static bool is_number_of_tokens(const char *name, size_t length, const char *value)
{
    AUTOFREE char *key = xstrndup(name, length);

    key[strcspn(key, " \t\"'")] = '\0';
    return ends_as(key, counted) &&
           strspn(value, "0123456789_") == strcspn(value, " \t\"'}],;");
}

/* Is one of the words of TEXT, of LENGTH bytes, the name of a credential? A
 * variable that is read, "$NAME", is not set. */
static bool has_secret_word(const char *text, size_t length)
{
    AUTOFREE char *words_of = xstrndup(text, length);

    for (char *save, *word = strtok_r(words_of, " \t\"'", &save); word;
         word = strtok_r(NULL, " \t\"'", &save))
        if (!strchr("$`", *word) &&
            (is_name(word) || strcasecmp(word, "extraheader") == 0))
            return true;
    return false;
}

/* Is LINE fish's or csh's "set -gx KEY value" of a credential? */
static bool is_secret_set(const char *line)
{
    const char *value = strrchr(line, ' ');

    return value && (has_prefix(line, "set ") || has_prefix(line, "setenv ")) &&
           !strchr("$(`", value[1]) &&
           has_secret_word(line, (size_t)(value - line));
}

/* Is LINE a setting of a credential: "key = value", "key: value", "export A=1
 * KEY=value"? A value that is taken from elsewhere, as $(pass x), is none. */
static bool is_secret_setting(const char *line)
{
    const char *begin = line + strspn(line, " \t-\"'{,");

    if (strchr("#;", *begin) || (*begin == '[' && has_suffix(line, "]")))
        return false;
    for (const char *at = begin; (at = strpbrk(at, "=:")); at++) {
        const char *value = at + 1 + strspn(at + 1, " \t\"'");

        if (!is_no_secret(value, strcspn(value, " \t\"'}],;")) &&
            has_secret_word(begin, (size_t)(at - begin)) &&
            !is_number_of_tokens(begin, (size_t)(at - begin), value))
            return true;
        begin = at + 1;
    }
    return is_secret_set(line + strspn(line, " \t"));
}

bool holds_secret_setting(const char *text)
{
    AUTOFREE char *copy = xstrdup(text);
    /* JSON may have all of its keys in one line. */
    bool json = strchr("{[", text[strspn(text, " \t\r\n")]) != NULL;

    for (char *save, *line = strtok_r(copy, json ? "\r\n{," : "\r\n", &save);
         line; line = strtok_r(NULL, json ? "\r\n{," : "\r\n", &save))
        if (is_secret_setting(line))
            return true;
    return false;
}

/* A number of tokens or connections, as in MAX_TOKENS. */
static bool is_count(const char *name, const char *value)
{
    return value && ends_as(name, counted) && is_number(value) &&
           strlen(value) < 10;
}

/* git's settings in GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0 and so
 * on: git fails where one of them is missing. So a credential in one is in all. */
static bool is_git_setting(const char *name)
{
    return streq(name, "GIT_CONFIG_COUNT") ||
           has_prefix(name, "GIT_CONFIG_KEY_") ||
           has_prefix(name, "GIT_CONFIG_VALUE_");
}

static bool git_settings_hold_credential(void)
{
    for (char **entry = environ; *entry; entry++) {
        const char *value = strchr(*entry, '=');

        if (value && is_git_setting(*entry) && holds_credential(value + 1))
            return true;
    }
    return false;
}

bool is_credential_variable(const char *name, const char *value)
{
    if (is_count(name, value) || is_word(name, harmless))
        return false;
    if (is_git_setting(name))
        return git_settings_hold_credential();
    return begins_as(name, beginnings) || is_word(name, names) ||
           ends_as(name, pairs) || is_name(name) ||
           (value && holds_credential(value));
}
