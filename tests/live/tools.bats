# Real tools under --current-dir-only and --project-only, with no further
# options, from a home directory with secrets in it, which each tool's scripts
# try to read. Everything is local: the machine may have no network.

load helper

setup() {
    # A home of its own: layouts of version managers, secrets.
    real_home=$HOME
    own_home .ssh .aws p
    echo hidden-key > "$HOME/.ssh/id_ed25519"
    echo hidden-aws > "$HOME/.aws/credentials"
    echo //registry/:_authToken=hidden-npm > "$HOME/.npmrc"
    # What a script of a package that is not trusted would do.
    cat > "$HOME/p/steal" <<END
#!/bin/sh
cat "$HOME/.ssh/id_ed25519" "$HOME/.aws/credentials" "$HOME/.npmrc" \
    $real_home/.ssh/* $* 2>/dev/null >> "$HOME/p/stolen"
echo tried >> "$HOME/p/tried"
END
    chmod +x "$HOME/p/steal"
    cd "$HOME/p" || return
}

# Every script has tried, and found nothing.
nothing_stolen() {
    claim -e "$HOME/p/tried"
    [ ! -s "$HOME/p/stolen" ] || {
        cat "$HOME/p/stolen" >&2
        return 1
    }
}

inside() {
    run "$PLAYPEN" -q --current-dir-only "$@"
    [ "$status" = 0 ] || {
        printf 'status %s: %s\n' "$status" "$output" >&2
        return 1
    }
}

# node_in DIR - an installation of Node.js as its archives have it.
node_in() {
    mkdir -p "$1/bin" "$1/lib/node_modules/npm/bin" "$1/include/node"
    cp "$(command -v node)" "$1/bin/node"
    cat > "$1/lib/node_modules/npm/bin/npm-cli.js" <<'END'
#!/usr/bin/env node
require("../lib/cli.js")
END
    mkdir "$1/lib/node_modules/npm/lib"
    echo 'console.log("npm of", process.execPath)' \
        > "$1/lib/node_modules/npm/lib/cli.js"
    chmod +x "$1/lib/node_modules/npm/bin/npm-cli.js"
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/bin/npm"
}

@test "npm install and npm ci with a script and a local dependency" {
    need npm
    mkdir dependency
    echo '{ "name": "dependency", "version": "1.0.0" }' \
        > dependency/package.json
    cat > package.json <<'END'
{ "name": "p", "version": "1.0.0",
  "dependencies": { "dependency": "file:dependency" },
  "scripts": { "postinstall": "./steal" } }
END
    inside npm install --offline --no-audit --no-fund
    claim -e node_modules/dependency/package.json
    claim -e package-lock.json
    nothing_stolen
    rm -r node_modules tried
    inside npm ci --offline --no-audit --no-fund
    claim -e node_modules/dependency/package.json
    nothing_stolen
}

@test "node and npm as nvm installs them" {
    need node
    node_in "$HOME/.nvm/versions/node/v20.1.0"
    PATH=$HOME/.nvm/versions/node/v20.1.0/bin:$PATH
    echo 'require("child_process").execFileSync("./steal")' > steal.js
    inside node steal.js
    nothing_stolen
    inside npm
    contains "$output" "npm of $HOME/.nvm/versions/node/v20.1.0/bin/node"
}

@test "node and npm as fnm links them in the runtime directory" {
    need node
    store=$HOME/.local/share/fnm/node-versions/v20.1.0/installation
    shells=/run/user/$EUID/fnm_multishells
    node_in "$store"
    mkdir -p "$shells"
    ln -s "$store" "$shells/$ID"
    PATH=$shells/$ID/bin:$PATH
    echo 'require("child_process").execFileSync("./steal")' > steal.js
    inside node steal.js
    nothing_stolen
    inside npm
    # By the link's name: a bound directory is no symlink.
    contains "$output" "npm of $shells/$ID/bin/node"
    rm "$shells/$ID"
}

@test "node as volta's shim picks it" {
    need node
    node_in "$HOME/.volta/tools/image/node/20.1.0"
    mkdir "$HOME/.volta/bin"
    cat > "$HOME/.volta/bin/volta-shim" <<END
#!/bin/sh
exec "\$HOME/.volta/tools/image/node/20.1.0/bin/\${0##*/}" "\$@"
END
    chmod +x "$HOME/.volta/bin/volta-shim"
    ln -s volta-shim "$HOME/.volta/bin/node"
    PATH=$HOME/.volta/bin:$PATH
    inside node -p 1+1
    contains "$output" 2
}

@test "cargo as rustup's proxy picks it, without cargo's credentials" {
    mkdir -p "$HOME/.cargo/bin" "$HOME/.rustup/toolchains/stable/bin"
    echo hidden-cargo > "$HOME/.cargo/credentials.toml"
    cat > "$HOME/.cargo/bin/rustup" <<'END'
#!/bin/sh
exec "$HOME/.rustup/toolchains/stable/bin/${0##*/}" "$@"
END
    cat > "$HOME/.rustup/toolchains/stable/bin/cargo" <<END
#!/bin/sh
echo cargo "\$@"
./steal
cat "$HOME/.cargo/credentials.toml"
:
END
    chmod +x "$HOME/.cargo/bin/rustup" "$HOME"/.rustup/toolchains/stable/bin/*
    ln "$HOME/.cargo/bin/rustup" "$HOME/.cargo/bin/cargo"
    PATH=$HOME/.cargo/bin:$PATH
    inside cargo build
    contains "$output" "cargo build"
    lacks "$output" hidden-
    nothing_stolen
    # As newer ones are: symlinks.
    ln -sf rustup "$HOME/.cargo/bin/cargo"
    inside cargo test
    contains "$output" "cargo test"
}

@test "node as a shim of mise in the data directory" {
    need node
    data=$HOME/.local/share/mise
    node_in "$data/installs/node/20.1.0"
    mkdir -p "$data/shims" "$HOME/.local/bin" "$HOME/.config/mise"
    echo 20.1.0 > "$HOME/.config/mise/config.toml"
    cat > "$HOME/.local/bin/mise" <<'END'
#!/bin/sh
read -r version < "$HOME/.config/mise/config.toml"
exec "$HOME/.local/share/mise/installs/node/$version/bin/${0##*/}" "$@"
END
    chmod +x "$HOME/.local/bin/mise"
    ln -s "$HOME/.local/bin/mise" "$data/shims/node"
    PATH=$data/shims:$PATH
    # A script knows only the name that it was started by.
    inside node -p 1+1
    contains "$output" 2
}

@test "asdf's shims: a script that starts its manager by name" {
    need node
    node_in "$HOME/.asdf/installs/nodejs/20.1.0"
    mkdir -p "$HOME/.asdf/shims" "$HOME/.local/bin"
    echo nodejs 20.1.0 > "$HOME/.tool-versions"
    cat > "$HOME/.local/bin/asdf" <<'END'
#!/bin/sh
read -r plugin version < "$HOME/.tool-versions"
name=$2
shift 2
exec "$HOME/.asdf/installs/$plugin/$version/bin/$name" "$@"
END
    cat > "$HOME/.asdf/shims/node" <<END
#!/usr/bin/env bash
exec $HOME/.local/bin/asdf exec "node" "\$@"
END
    chmod +x "$HOME/.local/bin/asdf" "$HOME/.asdf/shims/node"
    PATH=$HOME/.asdf/shims:$PATH
    inside node -p 1+1
    contains "$output" 2
}

# package - a Python package in the working directory, whose setup is a thief.
package() {
    cat > setup.py <<'END'
import subprocess
from setuptools import setup
subprocess.run(["./steal"])
setup(name="local-package", version="1.0", py_modules=["local_module"])
END
    echo 'print("local module")' > local_module.py
}

@test "a virtual environment, and pip install of a local package in it" {
    need python3
    python3 -m venv --without-pip --system-site-packages .venv
    package
    inside .venv/bin/python -m pip install -q --no-index --no-build-isolation .
    nothing_stolen
    inside .venv/bin/python -c 'import local_module'
    contains "$output" "local module"
}

@test "pyenv: its shims, and a virtual environment of its interpreter" {
    need python3
    major=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    version=$HOME/.pyenv/versions/$major.1
    # The interpreter and its library, moved: it finds that from where it is.
    mkdir -p "$version/bin" "$version/lib" "$HOME/.pyenv/"{shims,libexec}
    cp "$(realpath "$(command -v python3)")" "$version/bin/python$major"
    ln -s "python$major" "$version/bin/python"
    ln -s "python$major" "$version/bin/python3"
    cp -r "/usr/lib/python$major" "$version/lib/"
    cat > "$HOME/.pyenv/libexec/pyenv" <<'END'
#!/usr/bin/env bash
name=$2
shift 2
exec "$HOME"/.pyenv/versions/*/bin/"$name" "$@"
END
    cat > "$HOME/.pyenv/shims/python" <<END
#!/usr/bin/env bash
exec "$HOME/.pyenv/libexec/pyenv" exec "\${0##*/}" "\$@"
END
    chmod +x "$HOME/.pyenv/libexec/pyenv" "$HOME/.pyenv/shims/python"
    PATH=$HOME/.pyenv/shims:$PATH
    inside python -c 'import json, sys; print(sys.executable)'
    contains "$output" "$version/bin/python"
    "$version/bin/python3" -m venv --without-pip .venv
    contains "$(readlink -f .venv/bin/python)" "$version/bin"
    inside .venv/bin/python -c 'import json, sys; print(sys.prefix)'
    contains "$output" "$PWD/.venv"
    # And a script in it, whose #! line names it.
    printf '#!%s\nimport json; print("script")\n' "$PWD/.venv/bin/python" \
        > .venv/bin/tool
    chmod +x .venv/bin/tool
    inside .venv/bin/tool
    contains "$output" script
}

@test "an interpreter's link to what is no interpreter's own is not followed" {
    mkdir -p .venv/bin "$HOME/other/bin" "$HOME/other/lib/python3.11"
    touch .venv/pyvenv.cfg
    printf '#!/bin/sh\necho ran\n' > "$HOME/other/bin/python3"
    chmod +x "$HOME/other/bin/python3"
    echo hidden > "$HOME/other/credentials"
    ln -s "$HOME/other/bin/python3" .venv/bin/python
    run "$PLAYPEN" -q --current-dir-only .venv/bin/python
    claim "$status" = 125
    contains "$output" "leads out of"
    # Nor one that only passes by, at what it passes.
    mkdir -p "$HOME/secret/bin"
    echo hidden > "$HOME/secret/file"
    ln -s /bin/sh "$HOME/secret/bin/sh"
    ln -sf "$HOME/secret/bin/sh" .venv/bin/python
    run "$PLAYPEN" -q --current-dir-only .venv/bin/python -c \
        "cat $HOME/secret/file"
    [ "$status" != 0 ]
    lacks "$output" hidden
}

@test "a #! line in the project grants nothing outside" {
    mkdir -p "$HOME/.tool/bin"
    echo contents > "$HOME/.tool/file"
    printf '#!/bin/sh\ncat %s\n' "$HOME/.tool/file" > "$HOME/.tool/bin/run"
    chmod +x "$HOME/.tool/bin/run"
    printf '#!%s\n' "$HOME/.tool/bin/run" > script
    chmod +x script
    run "$PLAYPEN" --current-dir-only ./script
    [ "$status" != 0 ]
    lacks "$output" contents
    contains "$output" "start it by name"
}

@test "a tool in ~/.local/bin that links into ~/.local/share" {
    mkdir -p "$HOME/.local/share/tool/lib" "$HOME/.local/bin" \
        "$HOME/.local/share/other"
    echo 'echo library; ls "$HOME/.local/share"; ./steal' \
        > "$HOME/.local/share/tool/lib/part"
    cat > "$HOME/.local/share/tool/tool" <<'END'
#!/usr/bin/env -S sh -e
. "$(dirname "$(readlink -f "$0")")/lib/part"
END
    chmod +x "$HOME/.local/share/tool/tool"
    ln -s ../share/tool/tool "$HOME/.local/bin/tool"
    PATH=$HOME/.local/bin:$PATH
    inside tool
    contains "$output" library
    lacks "$output" other
    nothing_stolen
}

@test "an interpreter that is a script itself, behind two symlinks" {
    mkdir -p "$HOME/.lang-1/bin" "$HOME/.lang-1/lib" "$HOME/.app/bin"
    ln -s .lang-1 "$HOME/.lang"
    ln -s .lang "$HOME/.current"
    echo runtime > "$HOME/.lang-1/lib/text"
    printf '#!/bin/sh\ncat %s\n. "$1"\n' "$HOME/.lang/lib/text" \
        > "$HOME/.lang-1/bin/lang"
    printf '#!%s\necho "app $*"\n' "$HOME/.current/bin/lang" \
        > "$HOME/.app/bin/app"
    chmod +x "$HOME/.lang-1/bin/lang" "$HOME/.app/bin/app"
    inside "$HOME/.app/bin/app"
    contains "$output" runtime
    contains "$output" "app "
}

@test "git commit in the working directory, and in a linked work tree" {
    need git
    git init -q .
    git config user.name a
    git config user.email a@example.org
    inside git commit -q --allow-empty -m one
    claim "$(git log --format=%s)" = one
    git worktree add -q "$HOME/tree" 2>/dev/null
    cd "$HOME/tree"
    run "$PLAYPEN" -q --project-only git commit -q --allow-empty -m two
    claim "$status" = 0
    claim "$(git log -1 --format=%s)" = two
}

@test "make with gcc, and what it has made" {
    need make
    need gcc
    printf 'p: p.c\n\t./steal\n\t$(CC) -o $@ $<\n' > Makefile
    printf '#include <stdio.h>\nint main(void) { return puts("made") < 0; }\n' \
        > p.c
    inside make CC=gcc
    inside ./p
    claim "$output" = made
    nothing_stolen
}

@test "--project-only: a package's tool in a monorepo, a build that reads ../" {
    need node
    git init -q .
    mkdir -p packages/a node_modules/shared sub include
    echo 'module.exports = "shared"' > node_modules/shared/index.js
    echo 'console.log(require("shared")); require("child_process").execFileSync("../../steal")' \
        > packages/a/run.js
    cd packages/a
    run "$PLAYPEN" -q --project-only node run.js
    claim "$status" = 0
    contains "$output" shared
    nothing_stolen
    cd ../../sub
    echo '#define TEXT "from above"' > ../include/text.h
    printf '#include <stdio.h>\n#include "text.h"\nint main(void) { return puts(TEXT) < 0; }\n' > m.c
    run "$PLAYPEN" -q --project-only -- sh -c \
        'gcc -I../include -o ../m m.c && ../m'
    claim "$status" = 0
    contains "$output" "from above"
}
