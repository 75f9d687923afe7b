# Which variables --capture-env=safe, and so a preset, leaves out.

load helper

# NAME or NAME=VALUE, a line each.
passes='
ANDROID_HOME BROWSER BUILD_ID BUILDKITE CARGO_HOME CC CFLAGS CI
CI_COMMIT_SHA CLASSPATH CMAKE_PREFIX_PATH COLORTERM COLUMNS COMPASS_HOME
COMPOSE_PROJECT_NAME CONDA_DEFAULT_ENV CONDA_PREFIX CPATH CXX DATABASE_HOST
DEBUG DEBEMAIL DESKTOP_SESSION DISABLE_AUTOUPDATER DISPLAY DOCKER_CONFIG
EDITOR FORCE_COLOR GIT_ASKPASS GIT_AUTHOR_EMAIL GIT_AUTHOR_NAME
GIT_COMMITTER_NAME GIT_EDITOR GITHUB_ACTIONS GITHUB_REPOSITORY GITHUB_SHA
GNUPGHOME GOFLAGS GOPATH GOPRIVATE GOPROXY=https://proxy.example.org,direct
GPG_TTY GRADLE_OPTS HISTFILE HISTSIZE HOSTNAME
HTTPS_PROXY=http://proxy.example.org:3128 INFOPATH INPUTRC JAVA_HOME
JUPYTER_CONFIG_DIR KEYBOARD KUBECONFIG LD_LIBRARY_PATH LESS LESSKEY
LESSOPEN LIBRARY_PATH LINES LSCOLORS LS_COLORS MAIL MAKEFLAGS MANPATH
MAX_THINKING_TOKENS=31999 PYTHONUSERBASE=/home/me/sk-learn-experiments-2024
MAVEN_OPTS=-Xmx1g MONKEY_ISLAND NIX_PATH NODE_ENV NODE_OPTIONS NO_COLOR
NVM_DIR OLDPWD OMP_NUM_THREADS OPENAI_BASE_URL=https://api.example.org/v1
PAGER PASSWORD_STORE_DIR PGDATABASE PGHOST PGPASSFILE PGUSER PIPENV_VENV
PKG_CONFIG_PATH PS1 PYTHONPATH
PYTHONUNBUFFERED QT_QPA_PLATFORM REPO=ssh://git@example.org:22/x.git
R_LIBS_USER RUSTFLAGS RUST_BACKTRACE SDKMAN_DIR SECRETS_DIR SESSION_MANAGER
SHLVL SSH_AGENT_PID SSH_ASKPASS SSH_CLIENT SSH_CONNECTION SSH_TTY
TERM_PROGRAM TIME=a:b@c TOKENIZERS_PARALLELISM TOKEN_FILE TWINE_USERNAME
AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_CONFIG_FILE
MAIL=smtp://some.body%40example.org@mail.example.org GIT_URL2=ssh://some-long-name-of-a-bot@example.org/x
UV_CACHE_DIR VAULT_ADDR VIRTUAL_ENV VISUAL WORD=ghp_short WSLENV
XAUTHORITY XDG_CONFIG_DIRS XDG_CURRENT_DESKTOP XDG_SESSION_ID
XDG_SESSION_TYPE XKB_DEFAULT_LAYOUT npm_config_registry npm_lifecycle_event
'
drops='
ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_RUNTIME_TOKEN ALGOLIA_ADMIN_KEY
ANSIBLE_VAULT_PASSWORD ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN AWS_ACCESS_KEY_ID
AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
AWS_CONTAINER_CREDENTIALS_FULL_URI GIT_URL=https://0123456789abcdefghijABCDEF@git.example.org/x.git
GEM_SOURCE=https://0123456789abcdefghij:@gems.example.org/
AZURE_CLIENT_SECRET AZURE_STORAGE_CONNECTION_STRING BORG_PASSPHRASE
BUNDLE_RUBYGEMS__PKG__GITHUB__COM=user:ghp_0123456789abcdefghij0123456789abcdef
BW_SESSION CARGO_REGISTRY_TOKEN CI_JOB_JWT CI_JOB_JWT_V2 CI_JOB_TOKEN
CLOUDFLARE_API_TOKEN CODECOV_TOKEN COMPOSER_AUTH CONSUL_HTTP_TOKEN
DATABASE_URL=postgres://app:hunter2@db.example.org/app
DB_PASS DB_PASSWORD DBUS_SESSION_BUS_ADDRESS DEPLOY_WEBHOOK DIGITALOCEAN_ACCESS_TOKEN
DJANGO_SECRET_KEY DOCKERHUB_PASSWD DOCKER_AUTH_CONFIG ENCRYPTION_KEY
ERLANG_COOKIE GEMINI_API_KEY GEM_HOST_API_KEY GH_ENTERPRISE_TOKEN GH_PAT
GH_TOKEN GITHUB_TOKEN GITLAB_PRIVATE_TOKEN GOOGLE_API_KEY
GOOGLE_CREDENTIALS GPG_PASSPHRASE HEROKU_API_KEY HF_TOKEN
HOMEBREW_GITHUB_API_TOKEN
HTTP_PROXY=http://me:hunter2@proxy.example.org:3128
JDBC_DATABASE_URL=jdbc:postgresql://db/app?user=app&password=hunter2
JIRA_API_TOKEN JWT_SIGNING KEYRING_CONTROL LDAP_BIND_PW_SECRET MAILGUN_API_KEY
CONNECTION=Server=db;User=app;Password=hunter2
MONGO_URI=mongodb+srv://u:p%40ss@cluster.example.org/db
MYSQL_PWD MY_GH=github_pat_0123456789abcdefghij_0123456789 NETLIFY_AUTH_TOKEN
NOTE=glpat-0123456789abcdefghij NODE_AUTH_TOKEN NPM_TOKEN NUGET_API_KEY
OP_SESSION_work OPENAI_APIKEY OPENAI_API_KEY OTHER_SOCK
PEM=-----BEGIN_OPENSSH_PRIVATE_KEY----- PGPASSWORD
PIP_INDEX_URL=https://me:hunter2@pypi.example.org/simple POSTGRES_PASSWORD
PULUMI_ACCESS_TOKEN REDIS_URL=redis://:hunter2@cache.example.org:6379 RESTIC_PASSWORD
SENDGRID_API_KEY SENTRY_AUTH_TOKEN SENTRY_DSN SLACK_BOT=xoxb-0123456789-0123456789-abcdef
SLACK_WEBHOOK_URL SMTP_PASS SONAR_TOKEN SSHPASS SSH_AUTH_SOCK STRIPE_API_KEY
SUDO_PASS TELEGRAM_BOT_TOKEN TF_VAR_db_password TWILIO_AUTH_TOKEN TWINE_PASSWORD
VAULT_TOKEN VERCEL_TOKEN WEBHOOK_SECRET db_passwd my_secret_thing
npm_config__auth npm_config__authToken
'

@test "of 200 variables those pass that are no credentials" {
    local entry name value

    not_root
    names=()
    for entry in $passes $drops; do
        name=${entry%%=*}
        value=x
        [ "$name" = "$entry" ] || value=${entry#*=}
        [ "$name" != PEM ] || value=$'-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA'
        names+=("$name=$value")
    done
    [ "${#names[@]}" -ge 200 ] || fail "${#names[@]} variables"
    run env -i ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} PATH="$PATH" \
        HOME="$HOME" SYSTEMD_OFFLINE=1 "${names[@]}" \
        "$PLAYPEN" --limits-only --capture-env=safe -n -- true
    [ "$status" = 0 ] || fail "$output"
    for entry in $passes; do
        name=${entry%%=*}
        [[ $output =~ [=,](PLAYPEN_ENV_)?${name}[,\ ] ]] || fail "left out: $entry"
    done
    for entry in $drops; do
        name=${entry%%=*}
        [[ ! $output =~ [=,](PLAYPEN_ENV_)?${name}[,\ ] ]] || fail "passed: $entry"
    done
}

@test "-e passes what is left out" {
    export HOME=$dir/home XDG_CONFIG_HOME=$dir/config
    not_root
    export DB_PASS=x URL=https://me:hunter2@example.org
    playpen --preset python3 -e DB_PASS -n -- true
    [[ $out == *--setenv=DB_PASS\ * && $out != *setenv=URL* ]] || fail "$out$err"
}

@test "of git's settings in variables all pass, or none" {
    local header='Authorization: Basic bWU6aHVudGVyMg==' value name

    export HOME=$dir/home XDG_CONFIG_HOME=$dir/config
    export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=me
    export GIT_CONFIG_KEY_1=http.extraheader
    not_root
    for value in harmless "$header"; do
        GIT_CONFIG_VALUE_1=$value playpen --preset python3 -n -- true
        for name in COUNT KEY_0 VALUE_0 KEY_1 VALUE_1; do
            [[ $value$out == harmless*GIT_CONFIG_$name\ * ||
                $value$out == "$header"* && $out != *GIT_CONFIG_$name* ]] ||
                fail "$value: $out$err"
        done
    done
}
