# playpen under other names: which tool that runs, and the links.

load helper

prepare() {
    export HOME=$dir/home XDG_CONFIG_HOME=$dir/home/.config
    unset PLAYPEN_OPTIONS
    mkdir -p "$HOME" "$dir/shims" "$dir/real"
    printf '#!/bin/sh\n' > "$dir/real/npm"
    chmod +x "$dir/real/npm"
    PATH=$dir/real:$PATH
    not_root
}

# shim FILE ARG...: a dry run of it; in out what systemd-run would start.
shim() {
    status=0
    hand_over
    out=$(PLAYPEN_OPTIONS="-n ${PLAYPEN_OPTIONS-}" \
        "${as_user[@]}" "$@" 2> "$dir/err") || status=$?
    err=$(< "$dir/err")
}

runs() {
    shim "$@"
    [ "$status" = 0 ] || fail "$err"
    # By its path where npm would find a shim by its name.
    [[ $out == *" executable=$dir/real/npm -- npm ci -q"* ||
        $out == *" executable=$dir/real/npm -- $dir/real/npm ci -q"* ]] || fail "$out"
    [[ $out == *MemoryMax=2G* && $out == *--quiet* ]] || fail "$out"
}

@test "pp-NAME and NAME run the tool under its preset, all words are its own" {
    prepare
    ln -s "$PLAYPEN" "$dir/shims/pp-npm"
    ln -s "$PLAYPEN" "$dir/shims/npm"
    runs "$dir/shims/pp-npm" ci -q
    runs "$dir/shims/npm" ci -q
    shim "$dir/shims/pp-npm" --help --version -- x
    [[ $out == *" -- npm --help --version -- x" ]] || fail "$out"
    shim "$dir/shims/pp-npm"
    [[ $out == *" -- npm" ]] || fail "$out"
}

@test "the real tool is found behind playpen's own links, however they are made" {
    prepare
    ln -s "$PLAYPEN" "$dir/shims/npm"
    mkdir "$dir/relative" "$dir/chained" "$dir/hard" "$dir/copy"
    ln -s ../shims/npm "$dir/relative/npm"
    ln -s "$dir/relative/npm" "$dir/chained/npm"
    ln -s npm "$dir/chained/pp-npm"
    cp "$PLAYPEN" "$dir/copy/playpen"
    ln -s playpen "$dir/copy/npm"
    cp "$PLAYPEN" "$dir/playpen"
    ln "$dir/playpen" "$dir/hard/npm"
    PATH=$dir/shims:$dir/relative:$dir/chained:$dir/copy:$PATH
    runs npm ci -q
    runs "$dir/chained/pp-npm" ci -q
    runs "$dir/relative/npm" ci -q
    PATH=$dir/hard:$PATH
    [ "$(command -v npm)" = "$dir/hard/npm" ]
    runs npm ci -q
}

# As in a unit whose paths are restricted: that is seen from the cgroup.
inside() {
    printf '0::/playpen-confined-x-0.service\n' > "$dir/cgroup"
    hand_over
    # Root may be in a container that has no user namespaces.
    [ "$EUID" = 0 ] && namespace=-m || namespace=-Urm
    unshare $namespace true || skip "no mount namespaces"
    # shellcheck disable=SC2016 # the inner shell's
    timeout 20 unshare $namespace sh -c 'mount --bind "$0" /proc/$$/cgroup &&
        exec "$@"' "$dir/cgroup" "${as_user[@]}" "$@"
}

@test "plain copies of playpen are passed over, inside a confined run as well" {
    prepare
    printf '#!/bin/sh\necho real "$@"\n' > "$dir/real/npm"
    mkdir "$dir/one" "$dir/two"
    cp "$PLAYPEN" "$dir/one/npm"
    cp "$PLAYPEN" "$dir/two/npm"
    PATH=$dir/one:$dir/two:$PATH
    runs npm ci -q
    run -0 inside "$dir/one/npm" ci
    [ "$output" = "real ci" ]
    run -127 inside env PATH="$dir/one:$dir/two" "$dir/one/npm" ci
    [[ $output == *"npm: command not found"* ]]
}

@test "a shim in a confined run that cannot read the home just runs the tool" {
    prepare
    printf '#!/bin/sh\necho real "$@"\n' > "$dir/real/npm"
    ln -s "$PLAYPEN" "$dir/shims/npm"
    chmod 0 "$HOME"
    run -0 inside "$dir/shims/npm" ci
    [ "$output" = "real ci" ]
    shim "$dir/shims/npm" ci
    [[ $status = 125 && $err == *"/presets/npm: Permission denied"* ]] ||
        fail "$err"
    chmod 700 "$HOME"
}

@test "a shim in a bundle names a limit of the user's that the outer run lacks" {
    local limits=$dir/limits/playpen-confined-x-0.service
    [ -d /sys/fs/cgroup ] || skip "needs a place for control groups"
    prepare
    printf '#!/bin/sh\necho real\n' > "$dir/real/npm"
    ln -s "$PLAYPEN" "$dir/shims/npm"
    mkdir -p "$limits"
    # shellcheck disable=SC2016 # the inner shell's
    shim_says() {
        run inside unshare -Urm sh -c 'mount --bind "$0" /sys/fs/cgroup && exec "$@"' \
            "$dir/limits" env PLAYPEN_OPTIONS="$1" "$dir/shims/npm"
    }
    echo max > "$limits/memory.max"
    echo max > "$limits/pids.max"
    echo max 100000 > "$limits/cpu.max"
    shim_says '-m 1G -c 50% --tasks-limit 9'
    [[ $output = *"has no --memory-limit 1G, --cpu-limit 50%, --tasks-limit 9: "*$'\nreal' ]] ||
        fail "$output"
    # Of the built-in preset's nothing is said.
    shim_says '--tasks-limit infinity'
    [ "$output" = real ] || fail "$output"
    echo 1000 > "$limits/memory.max"
    rm "$limits/cpu.max"
    shim_says '-m 1G -c 50%'
    [ "$output" = real ] || fail "$output"
}

@test "without a real tool there is a clear error, 127, and no loop" {
    prepare
    ln -s "$PLAYPEN" "$dir/shims/pp-npm"
    ln -s "$PLAYPEN" "$dir/shims/npm"
    PATH=$dir/shims shim "$dir/shims/npm" ci
    [ "$status" = 127 ] || fail "$status $out$err"
    [[ $err == "playpen: npm: command not found on PATH, playpen's own"* ]]
}

@test "another preset for a shim by PLAYPEN_OPTIONS does not change the tool" {
    prepare
    ln -s "$PLAYPEN" "$dir/shims/pp-npm"
    PLAYPEN_OPTIONS='--preset node' shim "$dir/shims/pp-npm" ci
    [[ $out == *MemoryMax=50%* && $out == *" -- npm ci" ]] || fail "$out$err"
}

@test "an unknown name names the nearest, and how to write one's own" {
    prepare
    ln -s "$PLAYPEN" "$dir/shims/pp-npmm"
    shim "$dir/shims/pp-npmm" ci
    [ "$status" = 125 ]
    [[ $err == "playpen: no preset npmm (did you mean npm?): write one as $HOME/.config/playpen/presets/npmm,"* ]] ||
        fail "$err"
    ln -s "$PLAYPEN" "$dir/shims/playpen-git"
    "$dir/shims/playpen-git" --version | grep -q '^playpen '
}

@test "a user's preset makes a shim of its name" {
    prepare
    mkdir -p "$XDG_CONFIG_HOME/playpen/presets"
    printf -- '-m 1G\n' > "$XDG_CONFIG_HOME/playpen/presets/tool"
    cp "$dir/real/npm" "$dir/real/tool"
    playpen --install-shims "$dir/shims" tool
    shim "$dir/shims/pp-tool" x
    [[ $out == *MemoryMax=1G*" -- tool x" ]] || fail "$out$err"
}

@test "30 shims installed, removed, installed again; what is foreign survives" {
    prepare
    PATH=$dir/shims:$PATH
    echo mine > "$dir/shims/pp-cargo"
    ln -s /usr/bin/env "$dir/shims/pp-go"
    echo other > "$dir/shims/other"
    names=$("$PLAYPEN" --list | cut -d ' ' -f 1 | grep -vx -e cargo -e go | head -n 30)
    before=$(ls -lAgo --time-style=+ "$dir/shims")
    # shellcheck disable=SC2086 # names
    playpen --install-shims "$dir/shims" $names
    [ "$status" = 0 ] && [ ! -s "$dir/err" ] || fail "$err"
    [ "$(find "$dir/shims" -name 'pp-*' -lname "$PLAYPEN" | wc -l)" = 30 ]
    made=$(ls -lAgo --time-style=+ "$dir/shims")
    # shellcheck disable=SC2086
    playpen --install-shims "$dir/shims" $names
    [ "$status" = 0 ] && [ "$(ls -lAgo --time-style=+ "$dir/shims")" = "$made" ]
    playpen --remove-shims "$dir/shims"
    [ "$status" = 0 ] && [ ! -s "$dir/err" ] || fail "$err"
    [ "$(ls -lAgo --time-style=+ "$dir/shims")" = "$before" ] ||
        fail "$(ls -la "$dir/shims")"
    playpen --install-shims "$dir/shims"
    [ "$status" = 125 ]
    [ "$(grep -c "left as it is" "$dir/err")" = 2 ] || fail "$err"
    [ "$(< "$dir/shims/pp-cargo")" = mine ]
    [ "$(readlink "$dir/shims/pp-go")" = /usr/bin/env ]
    [ -L "$dir/shims/pp-yarn" ]
}

@test "links to a playpen that has moved are made anew, and taken back" {
    prepare
    PATH=$dir/shims:$PATH
    ln -s "$dir/gone/playpen" "$dir/shims/pp-npm"
    playpen --install-shims "$dir/shims" npm
    [ "$status" = 0 ] && [ "$(readlink "$dir/shims/pp-npm")" = "$PLAYPEN" ]
    ln -sf "$dir/gone/playpen" "$dir/shims/pp-npm"
    ln -s "$PLAYPEN" "$dir/shims/without-preset"
    ln -s "$PLAYPEN" "$dir/shims/playpen-2"
    playpen --remove-shims "$dir/shims"
    [ "$(ls "$dir/shims")" = playpen-2 ] || fail "$(ls "$dir/shims")"
}

@test "--bare makes plain names; a directory behind the real tool is pointed out" {
    prepare
    PATH=$dir/shims:$PATH playpen --install-shims "$dir/shims" --bare npm
    [ "$status" = 0 ] && [ ! -s "$dir/err" ] || fail "$err"
    [ -L "$dir/shims/npm" ] && [ ! -e "$dir/shims/pp-npm" ]
    PATH=$PATH:$dir/shims playpen --bare --install-shims "$dir/shims" npm
    [ "$status" = 0 ]
    [[ $err == "playpen: $dir/shims comes after other programs of these names on PATH, put it before them: npm"$'\n' ]] ||
        fail "$err"
    # An empty name on PATH is the working directory.
    mkdir "$dir/here"
    cd "$dir/here"
    printf '#!/bin/sh\n' > npm
    chmod +x npm
    PATH=:$dir/shims:$PATH playpen --bare --install-shims "$dir/shims" npm
    [[ $err == *"comes after other programs"*": npm"$'\n' ]] || fail "$err"
    playpen --install-shims "$dir/shims" --bare npm
    [[ $err == *"is not on PATH"* ]] || fail "$err"
    playpen --remove-shims "$dir/shims"
    [ ! -L "$dir/shims/npm" ]
}

@test "shims that cannot be made are refused" {
    prepare
    touch file
    refused "--install-shims file: expected a directory" --install-shims file
    refused "cannot be made" --install-shims file/links
    refused "no preset npmm" --install-shims "$dir/shims" node npmm
    [ -z "$(ls "$dir/shims")" ] || fail "half of them were made"
    refused "--remove-shims nowhere: No such file" --remove-shims nowhere
    refused "--remove-shims ~nobody-here: no such user" --remove-shims '~nobody-here'
    refused "--install-shims ~nobody-here: no such user" \
        --install-shims '~nobody-here'
}

@test "a directory for shims is made where it is missing" {
    prepare
    playpen --install-shims "$dir/new/links" npm
    [ "$status" = 0 ] && [ -L "$dir/new/links/pp-npm" ] || fail "$err"
    refused "no preset npmm" --install-shims "$dir/other/links" npmm
    [ ! -e "$dir/other" ]
}

@test "make install and uninstall, staged below DESTDIR" {
    cd "$BATS_TEST_DIRNAME/../.."
    make -s install DESTDIR="$dir/stage" PREFIX=/usr > /dev/null
    "$dir/stage/usr/bin/playpen" --version
    for file in shims/*; do
        [ "$(readlink "$dir/stage/usr/bin/pp-${file##*/}")" = playpen ]
    done
    make -s uninstall DESTDIR="$dir/stage" PREFIX=/usr
    [ -z "$(find "$dir/stage" ! -type d)" ] || fail "$(find "$dir/stage")"
}
