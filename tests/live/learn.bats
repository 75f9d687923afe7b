#!/usr/bin/env bats
# --learn: from what a tool misses to the preset under which it works.
load helper

# A home directory of the test's own, below the user's: with the settings of
# tools, and with secrets.
setup() {
    WORK=$(mktemp -d "$HOME/.playpen-live.XXXXXX")
    ID=t${WORK##*.}
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
    for _ in 1 2 3; do
        run --separate-stderr "$PLAYPEN" -q --learn "$name" --yes "$@" < /dev/null
        [[ $stderr != *"no other run is needed"* ]] || break
    done
    ln -sf playpen "$WORK/bin/pp-$name"
    run --separate-stderr "$WORK/bin/pp-$name" "${@:2}"
    claim "$name $status $output" = "$name 0 $bare"
    not grep -n "ssh\|aws\|~$\|~/$" "$presets/$name"
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
    rm stolen
    run -0 "$WORK/bin/pp-state" tool.py
    claim ! -s stolen
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
    need script
    echo x > "$HOME/two"
    asks() { grep -qF "add them to $presets/mine? [y/N]" typed; }
    for answer in n y; do
        : > typed
        script -qefc "$PLAYPEN -q --learn mine cat $HOME/two" typed > /dev/null \
            < <(echo y && wait_until 60 asks && echo $answer &&
                wait_until 60 grep -q '^Script done' typed) || true
        claim "$(grep -c two "$presets/mine")" = "$([ $answer = n ] && echo 0 || echo 1)"
    done
    for wrong in .x x/y ''; do
        run -125 "$PLAYPEN" --learn "$wrong" true
        claim "${#lines[@]}" = 1
    done
    run -125 "$PLAYPEN" --yes true
    claim "${#lines[@]}" = 1
}
