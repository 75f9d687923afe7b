#!/usr/bin/env bats
# --learn: from what a tool misses to the preset under which it works.
load helper

# A home directory of the test's own, below the user's: with the settings of
# tools, and with secrets.
setup() {
    make_work
    export HOME=$WORK/home XDG_STATE_HOME=$WORK/state PLAYPEN_OPTIONS=
    mkdir -p "$HOME/.ssh" "$HOME/.aws" "$WORK/project" "$WORK/bin"
    ln -s "$PLAYPEN" "$WORK/bin/playpen"
    echo planted > "$HOME/.ssh/id_rsa"
    echo planted > "$HOME/.aws/credentials"
    cd "$WORK/project" || return
    git init -q .
    presets=$HOME/.config/playpen/presets
}

# learns NAME COMMAND...: after three runs at most pp-NAME does and says what
# the bare command does, and lacks nothing.
learns() {
    local name=$1 bare
    shift
    bare=$("$@" 2>&1)
    rm -f stolen # from now on nothing is
    for _ in 1 2 3; do
        "$PLAYPEN" -q --learn "$name" --yes "$@" < /dev/null > /dev/null 2> said || true
        ! grep -q "no other run is needed" said || break
    done
    ln -sf playpen "$WORK/bin/pp-$name"
    run --separate-stderr "$WORK/bin/pp-$name" "${@:2}"
    claim "$name $status $output" = "$name 0 $bare"
    not grep -nE '^[^#]*(\.ssh|\.aws|credentials|secret|~/?$)' "$presets/$name"
    claim ! -s stolen
}

# bats test_tags=slow
@test "after three runs at most pp-NAME does what the bare tool does" {
    git config --global user.name Alice
    git config --global user.email a@example.org
    git config --global alias.hi 'log --format=%an'
    git commit -q --allow-empty -m one
    learns mygit git hi
    python3 -m venv "$HOME/envs/one"
    learns venv "$HOME/envs/one/bin/python" -c 'import sys; print(sys.prefix)'
    mkdir -p "$HOME/mk" "$HOME/lib" "$HOME/inc" "$HOME/.config/tool" \
        "$HOME/.local/share/tool"
    printf 'all:\n\t@echo made\n' > "$HOME/mk/common.mk"
    echo "include $HOME/mk/common.mk" > Makefile
    learns mymake make
    for i in a b c d; do echo "echo $i" > "$HOME/lib/$i.sh"; done
    echo 'for i in a b c d; do . ~/lib/$i.sh; done' > libs.sh
    learns libs sh libs.sh
    # Three names in a directory are granted by the directory.
    grep -qx -- '--ro -~/lib' "$presets/libs"
    claim "$(grep -c -- '--ro -~/lib/' "$presets/libs")" = 2
    echo '#define X "from the header"' > "$HOME/inc/x.h"
    printf '#include "x.h"\n#include <stdio.h>\nint main(void) { return puts(X) < 0; }\n' > x.c
    learns mycc sh -c 'gcc -I ~/inc -o x x.c && ./x'
    echo '{"name": "configured"}' > "$HOME/.config/tool/it is.json"
    learns mynode node -e 'console.log(require(process.env.HOME + "/.config/tool/it is.json").name)'
    # With a cache, data and a state; it reads secrets, and gets nothing.
    echo data > "$HOME/.local/share/tool/data"
    cat > tool.py << 'PY'
import os
home = os.path.expanduser("~/")
print(open(home + ".local/share/tool/data").read())
for secret in ".ssh/id_rsa", ".aws/credentials":
    try: open("stolen", "a").write(open(home + secret).read())
    except OSError: pass
for place in ".cache/tool", ".local/state/tool":
    os.makedirs(home + place, exist_ok=True)
    open(home + place + "/file", "w").write("x")
    print(open(home + place + "/file").read())
PY
    learns state python3 tool.py
    # What npm has installed below a directory of the user's own.
    mkdir -p "$HOME/own/lib/node_modules/x"
    echo '{"name": "x", "version": "4.7.11"}' \
        > "$HOME/own/lib/node_modules/x/package.json"
    learns mynpm npm ls -g --prefix "$HOME/own"
    contains "$output" x@4.7.11
    # cargo's layout: a proxy, a toolchain, a registry; its login stays.
    mkdir -p "$HOME"/.cargo/{bin,registry/cache} "$HOME/.rustup/toolchains/one/bin"
    echo planted > "$HOME/.cargo/credentials.toml"
    echo 'default_toolchain = "one"' > "$HOME/.rustup/settings.toml"
    cat > "$HOME/.cargo/bin/cargo" << 'END'
#!/bin/sh
name=$(sed -n 's/.*"\(.*\)"/\1/p' ~/.rustup/settings.toml)
exec ~/.rustup/toolchains/$name/bin/cargo "$@"
END
    cat > "$HOME/.rustup/toolchains/one/bin/cargo" << 'END'
#!/bin/sh
cat ~/.cargo/credentials.toml > stolen 2> /dev/null
echo crate > ~/.cargo/registry/cache/crate && mkdir -p target &&
    cp ~/.cargo/registry/cache/crate target/ && cat target/crate
END
    chmod +x "$HOME/.cargo/bin/cargo" "$HOME/.rustup/toolchains/one/bin/cargo"
    learns mycargo "$HOME/.cargo/bin/cargo" build
    # jupyter's: a configuration, kernels, the secrets of those that run.
    mkdir -p "$HOME/.jupyter" "$HOME"/.local/share/jupyter/{kernels/mine,runtime}
    echo planted > "$HOME/.local/share/jupyter/runtime/notebook_cookie_secret"
    echo 'port = 1' > "$HOME/.jupyter/jupyter_server_config.py"
    echo '{"argv": ["python3", "-c", "print(42)"]}' \
        > "$HOME/.local/share/jupyter/kernels/mine/kernel.json"
    cat > notebook.py << 'PY'
import json, os, subprocess, sys
share = os.path.expanduser("~/.local/share/jupyter/")
exec(open(os.path.expanduser("~/.jupyter/jupyter_server_config.py")).read())
for kernel in os.listdir(share + "kernels"):
    argv = json.load(open(share + "kernels/" + kernel + "/kernel.json"))["argv"]
    open(share + "runtime/kernel-" + kernel, "w").write(str(port))
    print(kernel, port, subprocess.run(argv, capture_output=True).stdout)
try: open("stolen", "a").write(open(share + "runtime/notebook_cookie_secret").read())
except OSError: pass
PY
    learns myjupyter python3 notebook.py
    need ssh
    mkdir "$HOME/hosts.d"
    echo "Include $HOME/hosts.d/*.conf" > "$HOME/hosts.conf"
    printf 'Host build\n  HostName b.example\n' > "$HOME/hosts.d/one.conf"
    learns myssh ssh -T -F "$HOME/hosts.conf" -G build
    # Dot files, and a history in the home.
    mkdir "$HOME/.mail"
    echo '. ~/.mail/colors; name=Alice' > "$HOME/.mailrc"
    echo 'colour=red' > "$HOME/.mail/colors"
    echo '. ~/.mailrc; echo "$name $colour" >> ~/.mail/history; tail -1 ~/.mail/history' > mail.sh
    learns mymail sh mail.sh
}

@test "a preset is added to, never shortened, and only after a yes" {
    mkdir -p "$presets"
    printf '%s' '--current-dir-only # mine' > "$presets/mine"
    echo x > "$HOME/one"
    run --separate-stderr -1 "$PLAYPEN" -q --learn mine cat "$HOME/one" < /dev/null
    contains "$stderr" "--ro -~/one"
    contains "$stderr" "--yes adds them"
    claim "$(cat "$presets/mine")" = "--current-dir-only # mine"
    run -1 "$PLAYPEN" -q --learn mine --yes cat "$HOME/one"
    claim "$(sed -n 1p "$presets/mine")" = "--current-dir-only # mine"
    claim "$(sed -n 3p "$presets/mine")" = "--ro -~/one"
    claim "$(wc -l < "$presets/mine")" = 3
    # At a terminal it asks; what was typed before is no answer.
    need expect
    echo x > "$HOME/two"
    for answer in n y; do
        expect -c "set timeout 60
            spawn $PLAYPEN -q --learn mine cat $HOME/two
            send y\r
            expect -ex {add them to $presets/mine? [y/N] } { send $answer\r } timeout { exit 9 }
            expect eof"
        claim "$(grep -c two "$presets/mine")" = "$([ $answer = n ] && echo 0 || echo 1)"
    done
    for wrong in .x x/y ''; do
        run -125 "$PLAYPEN" --learn "$wrong" true
        claim "${#lines[@]}" = 1
    done
    run -125 "$PLAYPEN" --yes true
    claim "${#lines[@]}" = 1
}
