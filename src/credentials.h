/*
 * credentials.h - what is a credential, by its name or by what it holds.
 */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include <stdbool.h>

/* Is the variable NAME with VALUE one, or the way to an agent? */
bool is_credential_variable(const char *name, const char *value);

/* Does TEXT hold a login, as scheme://user:secret@, a field, as password=, a
 * private key, or a token of a known form? */
bool holds_credential(const char *text);

/* Only such a token? No program's own text holds one. */
bool holds_token(const char *text);

/* Is a line of TEXT, a file of settings, that of a password or a token? */
bool holds_secret_setting(const char *text);

#endif
