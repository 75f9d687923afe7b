# People's own set-ups inside the walls: tools in directories of PATH, what
# JAVA_HOME and its kin name, scripts told to an interpreter, each with the
# result of the bare command; and secrets beside them, which stay hidden.

load helper

setup() {
    own_home p .ssh .aws .config/gh .cargo .local/bin bin
    git init -q "$HOME/p"
    no_limits
    secrets=(.ssh/id_ed25519 .aws/credentials .npmrc .config/gh/hosts.yml .netrc
        .cargo/credentials.toml .pypirc .git-credentials)
    for secret in "${secrets[@]}"; do
        mkdir -p "$(dirname "$HOME/$secret")"
        echo "_authToken=hidden-$secret" > "$HOME/$secret"
    done
    SHIMS=$WORK/shims
    mkdir "$SHIMS"
    "$PLAYPEN" --install-shims "$SHIMS" 2> /dev/null
    cd "$HOME/p" || return
    bare_path=$PATH
}

# make_tool FILE - a tool that needs the file "data" of the directory above its own,
# looks for secrets and says its arguments.
make_tool() {
    mkdir -p "${1%/*}"
    cat > "$1" <<'END'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
cat "$here/${DATA-../data}" && echo "${0##*/}" "$@"
grep -rhs hidden- "$HOME/.ssh" "$HOME/.aws" "$HOME/.npmrc" "$HOME/.config" \
    "$HOME/.netrc" "$HOME/.cargo" "$HOME/.pypirc" "$HOME/.git-credentials" >> "$HOME/p/stolen"
:
END
    chmod +x "$1"
}

nothing_stolen() {
    not grep . "$HOME/p/stolen"
}

# same COMMAND... - under playpen as without, to the byte.
same() {
    local expected got

    expected=$("$@" 2>&1; echo "status $?")
    rm -f stolen
    got=$("$PLAYPEN" -q --project-only --capture-env=safe -- "$@" 2>&1; echo "status $?")
    [ "$got" = "$expected" ] || {
        printf 'bare:\n%s\nconfined:\n%s\n' "$expected" "$got" >&2
        return 1
    }
    nothing_stolen
}

# called NAME [ARG...] - NAME, found on PATH: as the command, from a recipe of make,
# from a Makefile with SHELL=pp-sh, from a shell; each works as without playpen.
called() {
    printf 'all: ; @%s\n' "$*" > Makefile
    rm -f stolen
    expected=$("$@" 2>&1)
    rm -f stolen
    for way in "$PLAYPEN -q --project-only --capture-env=safe --" "$SHIMS/pp-make -s --" \
        "make -s SHELL=$SHIMS/pp-sh --" "$SHIMS/pp-sh -c" \
        "$PLAYPEN -q --preset coding-agent -- env"; do
        case $way in
        *pp-sh\ -c) run $way "$*" ;;
        *make*) run $way all ;;
        *) run $way "$@" ;;
        esac
        [ "$status $output" = "0 $expected" ] || {
            printf '%s: %s\n' "$way" "$output" >&2
            return 1
        }
    done
    nothing_stolen
}

@test "a tool of a version manager that make, a shell and an agent call" {
    for prefix in "$HOME/.toolv/22" "$HOME/toolv/22" "$HOME/.nvm/versions/node/v22" \
        "$HOME/miniconda3" "$HOME/sdk/thing"; do
        mkdir -p "$prefix/lib"
        echo "data of $prefix" > "$prefix/data"
        make_tool "$prefix/bin/mytool"
        PATH=$prefix/bin:$bare_path called mytool a b
    done
    # A package as it was unpacked.
    mkdir -p "$HOME/opt/package/lib"
    echo '{ "bin": { "mytool": "bin/mytool" } }' > "$HOME/opt/package/package.json"
    echo unpacked > "$HOME/opt/package/lib/data"
    make_tool "$HOME/opt/package/bin/mytool"
    export DATA=../lib/data
    PATH=$HOME/opt/package/bin:$bare_path called mytool a b
    # What a tool keeps for itself, as uv its Pythons.
    prefix=$HOME/.local/share/keeper/python/3.12
    mkdir -p "$prefix/lib"
    echo kept > "$prefix/lib/data"
    make_tool "$prefix/bin/python3.12"
    printf '#!/bin/sh\nexec %s "$@"\n' "$prefix/bin/python3.12" > "$HOME/.local/bin/keeper"
    chmod +x "$HOME/.local/bin/keeper"
    PATH=$HOME/.local/bin:$bare_path called keeper a b
}

# bats test_tags=slow
@test "a tool in ~/.local/bin that is a link into what was installed" {
    for store in .local/share/pipx/venvs/tool .local/share/uv/tools/tool \
        opt/tool tools/tool-1.0; do
        mkdir -p "$HOME/$store/lib"
        echo "data of $store" > "$HOME/$store/data"
        make_tool "$HOME/$store/bin/mytool"
        ln -sf "$HOME/$store/bin/mytool" "$HOME/.local/bin/mytool"
        PATH=$HOME/.local/bin:$bare_path called mytool
        ln -sf "../../$store/bin/mytool" "$HOME/.local/bin/mytool"
        PATH=$HOME/.local/bin:$bare_path called mytool
    done
}

# bats test_tags=slow
@test "a tool that lies in a directory with its data" {
    mkdir "$HOME/tool"
    echo beside > "$HOME/tool/data"
    DATA=data
    export DATA
    make_tool "$HOME/tool/tool"
    same "$HOME/tool/tool" a
    PATH=$HOME/tool:$bare_path called tool
    ln -s ../../tool/tool "$HOME/.local/bin/other"
    PATH=$HOME/.local/bin:$bare_path called other
    # pixi's: a program that starts one of the environments beside it.
    mkdir -p "$HOME/.pixi/envs/tool"
    echo env > "$HOME/.pixi/envs/tool/data"
    DATA=../envs/tool/data
    make_tool "$HOME/.pixi/bin/trampoline"
    PATH=$HOME/.pixi/bin:$bare_path called trampoline
}

# bats test_tags=slow
@test "a loose script in ~/bin and in ~/.local/bin, with an interpreter of the user's" {
    mkdir -p "$HOME/.lang/lib"
    echo "data of lang" > "$HOME/.lang/data"
    make_tool "$HOME/.lang/bin/lang"
    for bin in bin .local/bin; do
        printf '#!%s/.lang/bin/lang\n' "$HOME" > "$HOME/$bin/prog"
        chmod +x "$HOME/$bin/prog"
        PATH=$HOME/$bin:$bare_path called prog x
        printf '#!/usr/bin/env lang\n' > "$HOME/$bin/prog"
        PATH=$HOME/$bin:$HOME/.lang/bin:$bare_path called prog x
    done
}

@test "rustup's proxies, by a link and by a hard link" {
    make_tool "$HOME/.rustup/toolchains/stable/bin/cargo"
    echo toolchain > "$HOME/.rustup/toolchains/stable/data"
    mkdir -p "$HOME/.cargo/bin"
    cat > "$HOME/.cargo/bin/rustup" <<'END'
#!/bin/sh
exec "$HOME/.rustup/toolchains/stable/bin/${0##*/}" "$@"
END
    chmod +x "$HOME/.cargo/bin/rustup"
    PATH=$HOME/.cargo/bin:$PATH
    ln -s rustup "$HOME/.cargo/bin/cargo"
    called cargo build
    ln -f "$HOME/.cargo/bin/rustup" "$HOME/.cargo/bin/cargo"
    called cargo build
}

@test "shims of asdf, mise, pyenv, volta and rbenv, called by make" {
    for root in .pyenv .rbenv .asdf .local/share/mise; do
        versions=versions
        case $root in .asdf | */mise) versions=installs/lang ;; esac
        make_tool "$HOME/$root/$versions/3/bin/lang"
        echo "data of $root" > "$HOME/$root/$versions/3/data"
        mkdir -p "$HOME/$root/shims" "$HOME/$root/.git" "$HOME/.config/${root##*/}"
        echo 3 > "$HOME/.tool-versions"
        printf '#!/bin/sh\nread -r v < "$HOME/.tool-versions"\nexec "$HOME/%s/$v/bin/${0##*/}" "$@"\n' \
            "$root/$versions" > "$HOME/.local/bin/manager-${root##*/}"
        chmod +x "$HOME/.local/bin/manager-${root##*/}"
        rm -f "$HOME/$root/shims/lang"
        if [ "${root##*/}" = mise ]; then
            ln -s "$HOME/.local/bin/manager-mise" "$HOME/$root/shims/lang"
        else
            printf '#!/bin/sh\nexec "%s" "$@"\n' \
                "$HOME/$root/$versions/3/bin/lang" > "$HOME/$root/shims/lang"
            chmod +x "$HOME/$root/shims/lang"
        fi
        PATH=$HOME/$root/shims:$HOME/.local/bin:$bare_path called lang x
    done
    mkdir -p "$HOME/.volta/bin"
    make_tool "$HOME/.volta/tools/image/lang/1/bin/lang"
    echo volta > "$HOME/.volta/tools/image/lang/1/data"
    printf '#!/bin/sh\nexec "$HOME/.volta/tools/image/lang/1/bin/${0##*/}" "$@"\n' \
        > "$HOME/.volta/bin/volta-shim"
    chmod +x "$HOME/.volta/bin/volta-shim"
    ln -s volta-shim "$HOME/.volta/bin/lang"
    PATH=$HOME/.volta/bin:$bare_path called lang x
}

# bats test_tags=slow
@test "a virtual environment in ~/ve, in ~/.virtualenvs, beside the project" {
    need python3
    for ve in ve .virtualenvs/x other/.venv; do
        python3 -m venv --without-pip "$HOME/$ve"
        site=$("$HOME/$ve/bin/python3" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
        echo 'print("module")' > "$site/my_module.py"
        same "$HOME/$ve/bin/python3" -c 'import my_module, sys; print(sys.prefix)'
        PATH=$HOME/$ve/bin:$bare_path called python3 -m my_module
        VIRTUAL_ENV=$HOME/$ve PATH=$HOME/$ve/bin:$bare_path called python3 -m my_module
    done
}

@test "a conda, a Go, a JDK and a node of one's own, below visible names" {
    mkdir -p "$HOME/miniconda3/"{bin,conda-meta,etc,lib} "$HOME/go1.22/"{bin,src,pkg/tool} \
        "$HOME/jdk-21/"{bin,conf,lib} "$HOME/node-v22/"{bin,lib/node_modules/x}
    echo meta > "$HOME/miniconda3/conda-meta/history"
    echo etc > "$HOME/miniconda3/etc/condarc"
    echo go1.22 > "$HOME/go1.22/VERSION"
    echo source > "$HOME/go1.22/src/x.go"
    echo conf > "$HOME/jdk-21/conf/x"
    echo JAVA_VERSION=21 > "$HOME/jdk-21/release"
    echo x > "$HOME/node-v22/lib/node_modules/x/package.json"
    DATA=../conda-meta/history
    export DATA
    make_tool "$HOME/miniconda3/bin/conda"
    PATH=$HOME/miniconda3/bin:$bare_path called conda list
    DATA=../etc/condarc
    PATH=$HOME/miniconda3/bin:$bare_path called conda list
    CONDA_EXE=$HOME/miniconda3/bin/conda CONDA_PREFIX=$HOME/miniconda3 \
        PATH=$bare_path called sh "$HOME/miniconda3/bin/conda"
    for DATA in ../VERSION ../src/x.go; do
        make_tool "$HOME/go1.22/bin/go"
        same "$HOME/go1.22/bin/go" env
        PATH=$HOME/go1.22/bin:$bare_path called go env
    done
    DATA=../conf/x
    make_tool "$HOME/jdk-21/bin/java"
    same "$HOME/jdk-21/bin/java" -version
    DATA=../lib/node_modules/x/package.json
    make_tool "$HOME/node-v22/bin/node"
    same "$HOME/node-v22/bin/node" -v
}

@test "what JAVA_HOME, GOROOT, SDKMAN_DIR and their kin name" {
    mkdir -p "$HOME/.sdkman/candidates/java/21/lib"
    echo JAVA_VERSION=21 > "$HOME/.sdkman/candidates/java/21/release"
    ln -s 21 "$HOME/.sdkman/candidates/java/current"
    DATA=../release
    export DATA
    make_tool "$HOME/.sdkman/candidates/java/21/bin/java"
    export JAVA_HOME=$HOME/.sdkman/candidates/java/current
    same sh -c '"$JAVA_HOME/bin/java" -version'
    unset JAVA_HOME
    export SDKMAN_DIR=$HOME/.sdkman
    same sh -c '"$SDKMAN_DIR/candidates/java/current/bin/java" -version'
    unset SDKMAN_DIR
    mkdir -p "$HOME/Android/Sdk/platform-tools"
    DATA=../platform-tools/source.properties
    echo 1 > "$HOME/Android/Sdk/platform-tools/source.properties"
    make_tool "$HOME/Android/Sdk/platform-tools/adb"
    export ANDROID_HOME=$HOME/Android/Sdk
    same sh -c '"$ANDROID_HOME/platform-tools/adb" devices'
}

@test "a variable shows only an installation of its kind, and no credentials" {
    echo private > "$HOME/diary"
    mkdir -p "$HOME/work/lib"
    echo private > "$HOME/work/lib/notes"
    for value in "$HOME" "$HOME/work" "$HOME/.ssh" /home; do
        for name in JAVA_HOME GOROOT VIRTUAL_ENV CONDA_PREFIX NVM_DIR DOTNET_ROOT; do
            export "$name=$value"
        done
        run "$PLAYPEN" -q --project-only -- cat "$HOME/diary" "$HOME/work/lib/notes" \
            "$HOME/.ssh/id_ed25519"
        lacks "$output" private
        lacks "$output" hidden-
    done
    # Marks beside a key: not shown either.
    mkdir -p "$HOME/mixed/bin" "$HOME/mixed/conda-meta"
    touch "$HOME/mixed/bin/java" "$HOME/mixed/pyvenv.cfg"
    echo hidden-key > "$HOME/mixed/server.key"
    export JAVA_HOME=$HOME/mixed VIRTUAL_ENV=$HOME/mixed CONDA_PREFIX=$HOME/mixed
    run "$PLAYPEN" -q --project-only -- cat "$HOME/mixed/server.key"
    lacks "$output" hidden-
}

@test "the activated environment is its installer's to write, and nobody else's" {
    need python3
    python3 -m venv --without-pip "$HOME/.virtualenvs/x"
    export VIRTUAL_ENV=$HOME/.virtualenvs/x PATH=$HOME/.virtualenvs/x/bin:$PATH
    cat > "$VIRTUAL_ENV/bin/pip" <<'END'
#!/bin/sh
touch "$VIRTUAL_ENV/lib/installed" && python3 -c 'import sys; print(sys.prefix)'
END
    chmod +x "$VIRTUAL_ENV/bin/pip"
    run "$SHIMS/pp-pip" install ./x.whl
    claim "$status $output" = "0 $VIRTUAL_ENV"
    claim -e "$VIRTUAL_ENV/lib/installed"
    rm "$VIRTUAL_ENV/lib/installed"
    run "$SHIMS/pp-python3" -c 'import os; open(os.environ["VIRTUAL_ENV"] + "/lib/installed", "w")'
    contains "$output" "Read-only file system"
    run "$SHIMS/pp-make" -f /dev/stdin <<< 'all: ; pip'
    claim ! -e "$VIRTUAL_ENV/lib/installed"
}

@test "directories of PATH that others or the run may write, and relative ones, lead nowhere" {
    mkdir -p "$HOME/private/bin" "$HOME/other/bin" "$HOME/open/bin" \
        node_modules/.bin "$HOME/q/node_modules/.bin" "$HOME/q/bin" "$HOME/q/.git"
    echo hidden-private > "$HOME/private/bin/text"
    make_tool "$HOME/private/bin/x"
    for dir in "$HOME/open/bin" "$HOME/p" "$HOME/p/node_modules/.bin" \
        "$HOME/q/node_modules/.bin" "$HOME/q/bin"; do
        ln -s "$HOME/private/bin/x" "$dir/x"
    done
    chmod o+w "$HOME/open"
    for dir in "$HOME/open/bin" . node_modules/.bin "$HOME/p" \
        "$HOME/p/node_modules/.bin" "$HOME/q/node_modules/.bin" "$HOME/q/bin"; do
        PATH=$dir:$bare_path run "$PLAYPEN" -q --project-only -- \
            cat "$HOME/private/bin/text"
        lacks "$output" hidden-
    done
    # The control: a directory of the user's does.
    ln -s "$HOME/private/bin/x" "$HOME/bin/x"
    PATH=$HOME/bin:$bare_path run "$PLAYPEN" -q --project-only -- \
        cat "$HOME/private/bin/text"
    contains "$output" hidden-private
}

# shows_none COMMAND... - under playpen it says nothing of what is planted.
shows_none() {
    run "$PLAYPEN" -q --project-only --capture-env=safe -- "$@"
    lacks "$output" hidden-
}

@test "a link on PATH and a #! line show no file that is no program" {
    make_tool "$HOME/opt/tool/tool"
    for secret in "${secrets[@]}"; do
        ln -sf "$HOME/$secret" "$HOME/bin/x"
        PATH=$HOME/bin:$bare_path shows_none grep -rhs hidden- "$HOME"
        rm "$HOME/bin/x"
        printf '#!%s\n' "$HOME/$secret" > "$HOME/bin/y"
        chmod +x "$HOME/bin/y"
        PATH=$HOME/bin:$bare_path shows_none grep -rhs hidden- "$HOME"
    done
    # The control: a program is shown.
    ln -s "$HOME/opt/tool/tool" "$HOME/bin/x"
    PATH=$HOME/bin:$bare_path run "$PLAYPEN" -q --project-only -- cat "$HOME/opt/tool/tool"
    claim "$status" = 0
}

@test "a script that is a link to a secret is not shown" {
    for secret in "${secrets[@]}"; do
        ln -sf "$HOME/$secret" "$HOME/s.sh"
        shows_none sh -v "$HOME/s.sh"
        shows_none sh -v "$HOME/$secret"
    done
    echo 'echo shown' > "$HOME/bin/real"
    ln -sf "$HOME/bin/real" "$HOME/s.sh"
    same sh "$HOME/s.sh"
}

@test "a link in a project leads no directory of PATH out of it" {
    mkdir -p "$HOME/private/bin" "$HOME/q/.git" .venv "$HOME/q/bin"
    echo hidden-private > "$HOME/private/bin/text"
    cp /bin/true "$HOME/private/bin/one"
    cp /bin/true "$HOME/private/two"
    echo hidden-private > "$HOME/private/text"
    ln -s "$HOME/private/bin" .venv/bin
    ln -s "$HOME/private" "$HOME/q/venv"
    # Not the second of two links either, nor one behind a link of the user's.
    ln -s "$HOME/private/bin/one" "$HOME/q/bin/one"
    ln -s "$HOME/private/two" "$HOME/q/bin/two"
    mkdir "$HOME/links"
    ln -s "$HOME/q/bin/one" "$HOME/links/one"
    for dir in "$PWD/.venv/bin" "$HOME/q/venv/bin" "$HOME/q/bin" "$HOME/links"; do
        PATH=$dir:$bare_path shows_none grep -rhs hidden-private "$HOME"
    done
    PATH=$PWD/.venv/bin:$bare_path run "$PLAYPEN" --project-only -- true
    contains "$output" "$PWD/.venv/bin (a link in a project leads there)"
    # The control: a link that stays in its project.
    mkdir -p "$HOME/q/real"
    echo hidden-q > "$HOME/q/real/text"
    ln -s real "$HOME/q/again"
    PATH=$HOME/q/again:$bare_path run "$PLAYPEN" -q --project-only -- \
        cat "$HOME/q/again/text"
    contains "$output" hidden-q
}

@test "a link in a project leads no variable out of it, to read or to write" {
    mkdir -p "$HOME/private/bin" "$HOME/q/.git"
    touch "$HOME/private/"{pyvenv.cfg,release}
    echo hidden-private > "$HOME/private/text"
    ln -s "$HOME/private" .venv
    ln -s "$HOME/private" "$HOME/q/venv"
    for value in "$PWD/.venv" "$HOME/q/venv"; do
        for name in VIRTUAL_ENV JAVA_HOME; do
            export "$name=$value"
            shows_none grep -rhs hidden-private "$HOME"
            run "$PLAYPEN" -q --preset pip -- sh -c "echo x > '$HOME/private/planted'"
            claim ! -e "$HOME/private/planted"
            unset "$name"
        done
    done
    # The control: the same directory by its own name.
    export VIRTUAL_ENV=$HOME/private
    run "$PLAYPEN" -q --preset pip -- sh -c "echo x > '$HOME/private/planted'"
    claim -e "$HOME/private/planted"
}

@test "a directory of PATH that holds credentials is left out, and a line says so" {
    mkdir "$HOME/mybin"
    make_tool "$HOME/mybin/x"
    echo hidden-token > "$HOME/mybin/api-token.txt"
    PATH=$HOME/mybin:$bare_path run "$PLAYPEN" --project-only -- \
        cat "$HOME/mybin/api-token.txt"
    lacks "$output" hidden-token
    contains "$output" "$HOME/mybin (holds api-token.txt)"
    rm "$HOME/mybin/api-token.txt"
    # A program of such a name is none.
    DATA=x make_tool "$HOME/mybin/token"
    echo data > "$HOME/mybin/data"
    DATA=data PATH=$HOME/mybin:$bare_path called token
}

@test "neither the home nor ~/.local nor ~/.config is shown for being on PATH" {
    echo private > "$HOME/.local/share-notes"
    echo private > "$HOME/diary"
    for dir in "$HOME" "$HOME/.local" "$HOME/.config" "$HOME/.ssh" "$HOME/.local/bin"; do
        PATH=$dir:$bare_path run "$PLAYPEN" -q --project-only -- \
            sh -c "cat ~/diary ~/.local/share-notes ~/.ssh/* ~/.config/gh/*"
        lacks "$output" private
        lacks "$output" hidden-
    done
}

@test "the links to playpen itself work where they are called by name from a sub-make" {
    "$PLAYPEN" --install-shims "$HOME/.local/bin" 2> /dev/null
    printf 'all: ; @$(MAKE) -s -C sub\n' > Makefile
    mkdir sub
    printf 'all: ; @echo in sub\n' > sub/Makefile
    PATH=$HOME/.local/bin:$bare_path
    run make -s SHELL=pp-sh
    claim "$status $output" = "0 in sub"
    # Nowhere on PATH, called by their path, with another one beside it.
    printf 'all: ; @echo in sub && %s/pp-sh -c "echo in pp-sh"\n' "$SHIMS" > sub/Makefile
    PATH=$bare_path run make -s SHELL="$SHIMS/pp-bash"
    claim "$status $output" = $'0 in sub\nin pp-sh'
    touch "$SHIMS/other"
    printf 'all: ; @echo in sub\n' > sub/Makefile
    PATH=$bare_path run make -s SHELL="$SHIMS/pp-sh"
    claim "$status $output" = "0 in sub"
    not "$SHIMS/pp-sh" -c "cat $SHIMS/other" 2> /dev/null
    # And those with plain names beside them.
    "$PLAYPEN" --install-shims "$HOME/.local/bin" --bare 2> /dev/null
    run make -s SHELL=pp-sh
    claim "$status $output" = "0 in sub"
}

@test "a tool finds itself, not its shim, whatever is on PATH before it" {
    need python3
    mkdir "$WORK/bare"
    "$PLAYPEN" --install-shims "$WORK/bare" --bare python3 sh 2> /dev/null
    PATH=$WORK/bare:$bare_path
    itself=(-c 'import sys; print(sys.executable, sys.prefix)')
    for beside in nothing tool pp-sh; do
        case $beside in
        tool) make_tool "$WORK/bare/other" ;;
        pp-sh) "$PLAYPEN" --install-shims "$WORK/bare" sh 2> /dev/null ;;
        esac
        run python3 "${itself[@]}"
        claim "$status $output" = "0 /usr/bin/python3 /usr"
        run "$PLAYPEN" -q --project-only --capture-env=safe -- /usr/bin/env python3 "${itself[@]}"
        claim "$status $output" = "0 /usr/bin/python3 /usr"
        run sh -c 'rm -rf v; python3 -m venv --without-pip v; readlink -f v/bin/python3'
        claim "$status $output" = "0 $(readlink -f /usr/bin/python3)"
        # As configure has found it, whose Makefile names it.
        run sh -c '"$0" "$@"' "$WORK/bare/python3" "${itself[@]}"
        claim "$status $output" = "0 /usr/bin/python3 /usr"
    done
    claim "$("$PLAYPEN" -q --project-only -- ls "$WORK/bare/other")" = "$WORK/bare/other"
    # One that looks for the next of its name on PATH, as ccache does.
    mkdir "$WORK/wrap"
    cat > "$WORK/wrap/wrapper" <<'END'
#!/bin/sh
IFS=:
for dir in $PATH; do
    [ "$dir" = "${0%/*}" ] || [ ! -x "$dir/python3" ] || exec "$dir/python3" "$@"
done
END
    chmod +x "$WORK/wrap/wrapper"
    ln -s wrapper "$WORK/wrap/python3"
    PATH=$WORK/bare:$WORK/wrap:$bare_path run timeout 30 python3 -c 'print(7)'
    claim "$status $output" = "0 7"
}

@test "a shim inside a run that only limits" {
    run "$PLAYPEN" -q -e PLAYPEN_OPTIONS -- "$SHIMS/pp-sh" -c \
        'grep ^0:: /proc/self/cgroup; cat ~/.ssh/id_ed25519'
    contains "$output" /playpen-confined-sh-
    lacks "$output" hidden-
    make_tool "$HOME/.toolv/bin/mytool"
    mkdir -p "$HOME/.toolv/lib"
    echo data > "$HOME/.toolv/data"
    PATH=$HOME/.toolv/bin:$bare_path run "$PLAYPEN" -q -e PLAYPEN_OPTIONS -- \
        "$SHIMS/pp-sh" -c mytool
    claim "$status $output" = $'0 data\nmytool'
    # Nobody else's systemd-run counts as root's, nor the user's own.
    mkdir "$WORK/planted"
    printf '#!/bin/sh\necho planted\n' > "$WORK/planted/systemd-run"
    chmod +x "$WORK/planted/systemd-run"
    PATH=$WORK/planted:$bare_path run "$PLAYPEN" -q -e PLAYPEN_OPTIONS -- \
        "$SHIMS/pp-sh" -c 'echo ran'
    claim "$status $output" = "0 ran"
}

@test "a command or a script whose name is a link out of another project is not shown" {
    mkdir -p "$HOME/other/bin" "$HOME/private/bin"
    git init -q "$HOME/other"
    printf '#!/bin/sh\necho hidden-private\n' | tee "$HOME/private/bin/x" > "$HOME/other/bin/real"
    chmod +x "$HOME/private/bin/x" "$HOME/other/bin/real"
    ln -s "$HOME/private/bin/x" "$HOME/other/bin/x"
    ln -s real "$HOME/other/bin/fine"
    ln -s "$HOME/private/bin/x" inside
    for target in other/bin/x p/inside; do
        ln -sf "$HOME/$target" "$HOME/link"
        for name in "$HOME/$target" "$HOME/link"; do
            run "$PLAYPEN" -q --project-only -- "$name"
            claim "$status" = 125
            contains "$output" "leads out of what a confined run may have written"
            run "$PLAYPEN" --project-only -- sh "$name"
            lacks "$output" hidden-private
            contains "$output" "grant it with --ro"
        done
    done
    # The control: a link that stays in its project.
    ln -sf "$HOME/other/bin/fine" "$HOME/link"
    for name in "$HOME/other/bin/fine" "$HOME/link"; do
        run "$PLAYPEN" -q --project-only -- "$name"
        claim "$status $output" = "0 hidden-private"
        run "$PLAYPEN" -q --project-only -- sh "$name"
        claim "$status $output" = "0 hidden-private"
    done
}

@test "a part of another project that is a link out of it is not shown with its command" {
    mkdir -p "$HOME/other/bin" "$HOME/private"
    echo '{}' > "$HOME/other/package.json"
    echo hidden-private > "$HOME/private/file"
    cp "$(command -v cat)" "$HOME/other/bin/show"
    ln -s ../private "$HOME/other/lib"
    run "$PLAYPEN" -q --project-only -- "$HOME/other/bin/show" "$HOME/other/lib/file"
    claim "$status" = 1
    contains "$output" "No such file"
    PATH=$HOME/other/bin:$PATH run "$PLAYPEN" -q --project-only -- \
        sh -c 'show ~/other/lib/file'
    claim "$status" = 1
    # The control: a directory of its own.
    rm "$HOME/other/lib"
    cp -r "$HOME/private" "$HOME/other/lib"
    run "$PLAYPEN" -q --project-only -- "$HOME/other/bin/show" "$HOME/other/lib/file"
    claim "$status $output" = "0 hidden-private"
}

# ---- scripts ----

@test "a script that an interpreter is told to run, with what lies beside it" {
    need python3
    need node
    mkdir -p "$HOME/scripts" "$HOME/lib.d"
    echo 'VALUE = 42' > "$HOME/scripts/helper.py"
    printf 'import helper, sys\nprint(helper.VALUE, sys.argv[1:])\n' > "$HOME/scripts/s.py"
    echo 'module.exports = 7' > "$HOME/scripts/helper.js"
    echo 'console.log(require("./helper"), process.argv.slice(2))' > "$HOME/scripts/s.js"
    echo 'echo library' > "$HOME/scripts/helper.sh"
    echo '. "$(dirname "$0")/helper.sh"; echo "$@"' > "$HOME/scripts/s.sh"
    printf 'use lib "%s"; use Helper; print Helper::value(), "@ARGV\\n"' "$HOME/scripts" > "$HOME/scripts/s.pl"
    printf 'package Helper; sub value { 5 } 1;' > "$HOME/scripts/Helper.pm"
    same python3 "$HOME/scripts/s.py" a b
    same python3 -u -W ignore -X dev "$HOME/scripts/s.py" -c a
    same node "$HOME/scripts/s.js" a
    same node --no-warnings --stack-trace-limit 5 "$HOME/scripts/s.js" a
    same sh "$HOME/scripts/s.sh" a
    same bash -eu -o pipefail "$HOME/scripts/s.sh" a
    same perl -w "$HOME/scripts/s.pl" a
    same python3 ../scripts/s.py
    ln -s ../scripts/s.py "$HOME/bin/linked.py"
    same python3 "$HOME/bin/linked.py"
    same sh "$HOME/scripts/nothing.sh"
}

@test "a script and its package: package.json and pyproject.toml up to three levels above" {
    need node
    need python3
    ext=$HOME/.vscode/extensions/x-1.0
    mkdir -p "$ext/out/server/src" "$ext/node_modules/dep"
    echo '{ "name": "x", "version": "1.0" }' > "$ext/package.json"
    echo 'module.exports = "dependency"' > "$ext/node_modules/dep/index.js"
    echo 'console.log(require("dep"), require("../../../package.json").version)' \
        > "$ext/out/server/src/server.js"
    same node "$ext/out/server/src/server.js" --stdio
    mkdir -p "$HOME/src/app/pkg/inner"
    touch "$HOME/src/app/pyproject.toml"
    echo 'print("root of the package")' > "$HOME/src/app/top.py"
    printf 'import sys; sys.path.insert(0, "%s"); import top\n' "$HOME/src/app" \
        > "$HOME/src/app/pkg/inner/main.py"
    same python3 "$HOME/src/app/pkg/inner/main.py"
}

@test "a script shows no home, no directory of PATH, no credentials" {
    need python3
    echo 'print(open(__import__("sys").argv[1]).read())' > "$HOME/s.py"
    cp "$HOME/s.py" "$HOME/bin/"
    mkdir -p "$HOME/w" "$HOME/Documents"
    cp "$HOME/s.py" "$HOME/w/"
    cp "$HOME/s.py" "$HOME/Documents/"
    echo hidden-env > "$HOME/w/.env"
    echo hidden-paper > "$HOME/Documents/paper"
    echo hidden-diary > "$HOME/diary"
    run "$PLAYPEN" --project-only -- python3 "$HOME/s.py" "$HOME/diary"
    contains "$output" "No such file"
    run "$PLAYPEN" --project-only -- python3 "$HOME/w/s.py" "$HOME/w/.env"
    contains "$output" "No such file"
    contains "$output" "that holds .env"
    run "$PLAYPEN" --project-only -- python3 "$HOME/Documents/s.py" "$HOME/Documents/paper"
    contains "$output" "No such file"
    # As an interpreter's words that no script of the user's is.
    for words in "-c pass $HOME/diary" "-m this $HOME/diary" "$HOME/.ssh/id_ed25519" \
        "$HOME/.netrc" "-W $HOME/diary -c pass"; do
        run "$PLAYPEN" -n --explain --project-only -- python3 $words
        lacks "$output" "  the script"
    done
    run "$PLAYPEN" -q --project-only -- sh "$HOME/.aws/credentials"
    lacks "$output" hidden-
}

@test "a symlink of the project to a script grants nothing outside" {
    mkdir "$HOME/secret-place"
    echo 'echo hidden-text' > "$HOME/secret-place/s.sh"
    ln -s "$HOME/secret-place/s.sh" link.sh
    run "$PLAYPEN" --project-only -- sh link.sh
    lacks "$output" hidden-text
    contains "$output" "hidden from the command"
}

# The directory of bare shims, first on PATH, and what a user has there before.
ordinary_day() {
    mkdir "$WORK/bare"
    "$PLAYPEN" --install-shims "$WORK/bare" --bare 2> /dev/null
    BEFORE=$HOME/.local/bin:$HOME/bin:$bare_path
    DAY=$WORK/bare:$BEFORE
}

# as_before COMMAND... - it does with the shims what it does without, to the byte.
as_before() {
    local expected got

    expected=$(printf 'b\na\n' | PATH=$BEFORE "$@" 2>&1; echo "status ${PIPESTATUS[1]}")
    got=$(printf 'b\na\n' | PATH=$DAY "$@" 2>&1; echo "status ${PIPESTATUS[1]}")
    [ "$got" = "$expected" ] || {
        printf '%s: before:\n%s\nnow:\n%s\n' "$*" "$expected" "$got" >&2
        return 1
    }
}

# script FILE - of what is on stdin, which begins with its interpreter.
script() {
    mkdir -p "${1%/*}"
    { printf '#!'; cat; } > "$1"
    chmod +x "$1"
}

# bats test_tags=slow
@test "an ordinary day with bare shims of everything first on PATH: thirty scripts in six languages" {
    need python3
    need node
    ordinary_day
    mkdir -p "$HOME/src/app"
    echo '{ "name": "app" }' > "$HOME/src/app/package.json"
    for place in .local/bin bin scripts .tools/x src/app/bin; do
        dir=$HOME/$place
        script "$dir/b" <<< $'/usr/bin/env bash\nset -eu; sort; echo "$@" "$(basename "$0")"; exit 3'
        script "$dir/s" <<< $'/bin/sh\nread -r x; echo "$x" "$@"; exec python3 -c "print(1)"'
        script "$dir/p" <<< $'/usr/bin/env -S python3 -u\nimport sys, subprocess\nprint(sys.argv[1:], sys.stdin.read())\nsubprocess.run([sys.executable, "-c", "print(2)"])\nsys.exit(4)'
        script "$dir/n" <<< $'/usr/bin/env node\nconsole.log(process.argv.slice(2), require("fs").readFileSync(0, "utf8"))'
        script "$dir/l" <<< $'/usr/bin/env perl\nuse FindBin; print "@ARGV\\n", reverse <STDIN>; system("sh", "-c", "exit 5"); exit $? >> 8'
        script "$dir/m" <<< $'/usr/bin/make -sf\nall: ; @sh -c "echo in make" && node -p 7'
        for name in b s p n l; do
            as_before "$dir/$name" a 'b  c'
        done
        as_before "$dir/m"
    done
    # Those on PATH by name, and as words of their interpreters.
    for command in b p n 'sh s' 'bash scripts/b' 'python3 scripts/p' 'node .tools/x/n'; do
        words=($command)
        [ "${#words[@]}" = 1 ] || words[1]=$HOME/${words[1]/#s/bin/s}
        as_before "${words[@]}" a
    done
}

@test "an ordinary day: scripts that call each other, hooks, cron, an editor's language server" {
    need python3
    need node
    ordinary_day
    script "$HOME/.local/bin/inner" <<< $'/usr/bin/env python3\nprint("inner", open(0).read().split())'
    script "$HOME/bin/outer" <<'END'
/bin/bash
sort | inner | tee copy; echo "${PIPESTATUS[*]}"
python3 - x <<< 'import sys; print(sys.argv)'
node -e 'console.log("e")'; bash <<< 'echo from stdin'
printf '%s\n' 1 2 3 | xargs -I{} sh -c 'echo x{}'
printf 'int main(void){return 5;}\n' > t.c; gcc -o t t.c; ./t; echo $?
make -s -f - <<< 'all: ; @echo made'
END
    as_before outer
    # A package's own program that its link on PATH leads to, with what it needs.
    mkdir -p "$HOME/src/app/lib" "$HOME/src/app/node_modules/dep"
    echo '{ "name": "app", "version": "1.2" }' > "$HOME/src/app/package.json"
    echo 'module.exports = "lib"' | tee "$HOME/src/app/lib/x.js" > "$HOME/src/app/node_modules/dep/index.js"
    git init -q "$HOME/src/app"
    script "$HOME/src/app/bin/cli.js" <<< $'/usr/bin/env node\nconsole.log(require("../lib/x"), require("dep"), require("../package.json").version)'
    ln -s ../src/app/bin/cli.js "$HOME/bin/app"
    for command in app "node $HOME/src/app/bin/cli.js" "$HOME/src/app/bin/cli.js"; do
        as_before $command
    done
    # git's hooks.
    script .git/hooks/pre-commit <<< $'/usr/bin/env bash\npython3 -c "print(1)"; node -p 2; git diff --cached --name-only'
    script .git/hooks/commit-msg <<< $'/usr/bin/env python3\nimport sys; open(sys.argv[1], "a").write("\\nTrailer: x\\n")'
    echo 1 > tracked
    git add tracked
    PATH=$DAY run git -c user.name=a -c user.email=a@example.org commit -qm one
    claim "$output" = $'1\n2\ntracked'
    contains "$(git log -1 --format=%B)" 'Trailer: x'
    # A cron job: no session's variables, and the home directory.
    script "$HOME/bin/job" <<< $'/usr/bin/env python3\nimport os; print(os.getcwd() == os.environ["HOME"])'
    cd "$HOME"
    run --separate-stderr env -i HOME="$HOME" PLAYPEN_OPTIONS="$PLAYPEN_OPTIONS" PATH="$DAY" setsid -w sh -c job
    claim "$status $output" = "0 True"
    cd p
    # A server that ends when the editor that it was told is not its parent any more.
    mkdir -p "$HOME/.vscode/extensions/x/out"
    echo '{}' > "$HOME/.vscode/extensions/x/package.json"
    cat > "$HOME/.vscode/extensions/x/out/server.js" <<'END'
process.stdin.on('data', d => process.stdout.write(`${process.ppid == process.argv[2]} ${d}`))
END
    run env PATH="$DAY" /bin/bash -c 'node "$0" $$ <<< hello; true' "$HOME/.vscode/extensions/x/out/server.js"
    claim "$output" = "true hello"
}

@test "the command's parent has the number of playpen's, and two commands have two numbers" {
    need python3
    for n in 1 2; do
        got=$(bash -c '"$0" -q --project-only -- python3 -c "$1"; echo $$' "$PLAYPEN" \
            'import os; print(os.getpid()); print(os.getppid()); os.kill(os.getppid(), 0)')
        numbers+=($got)
    done
    claim "${numbers[1]} ${numbers[4]}" = "${numbers[2]} ${numbers[5]}"
    claim "${numbers[0]}" != "${numbers[3]}"
    claim "${numbers[0]}" != "$((numbers[1] + 1))"
}

@test "a terminal that is described in the home directory alone" {
    need tic
    infocmp xterm | sed 's/^xterm|/xterm-own|/' > own.ti
    tic -o "$HOME/.terminfo" own.ti
    TERM=xterm-own run tput bold
    bold=$output
    TERM=xterm-own run "$PLAYPEN" -q --project-only -e TERM -- tput bold
    claim "$status $output" = "0 $bold"
    mv "$HOME/.terminfo" "$HOME/elsewhere"
    TERMINFO=$HOME/elsewhere TERM=xterm-own run "$PLAYPEN" -q --project-only \
        --capture-env=safe -- tput bold
    claim "$status $output" = "0 $bold"
    # Nothing else of that directory.
    echo secret > "$HOME/elsewhere/x/xfile"
    TERMINFO=$HOME/elsewhere TERM=xterm-own run "$PLAYPEN" -q --project-only \
        --capture-env=safe -- sh -c 'ls "$TERMINFO/x"'
    claim "$status $output" = "0 xterm-own"
}
