#!/usr/bin/env bats
# newcomer.bats - the way of somebody who has README.md and a Debian 13: every
# command in it is typed in its order, and has to answer what the README shows.

load helper

README=$BATS_TEST_DIRNAME/../../README.md

# The lines between ```console and ``` of the README.
sessions() { sed -n '/^```console$/,/^```$/p' "$README" | grep -v '^```'; }

# What a file holds that the README shows with cat.
shown() {
    sessions | sed -n "/^\$ cat $1\$/,/^\$ [pm]/p" | grep -v '^\$ '
}

# Without what differs from run to run.
alike() {
    sed -E "s|$HOME|/home/alice|g; s/-[0-9a-f]{12}\.service.*/-ID.service/
        s/(runtime|consumed|peak): .*/\1/"
}

@test "what the README shows is what happens, from make to make uninstall" {
    grep -q 'VERSION_CODENAME=trixie' /etc/os-release ||
        skip "systemd's own lines in the README are those of Debian 13"
    export HOME=$WORK/home
    mkdir -p "$HOME/.ssh" "$HOME/project" "$HOME/bin" "$HOME/other" "$HOME/opt/bin"
    echo 'PRIVATE KEY' > "$HOME/.ssh/id_ed25519"
    echo 'export EDITOR=vi' > "$HOME/.bashrc"
    shown build.sh > "$HOME/project/build.sh"
    shown Makefile > "$HOME/project/Makefile"
    touch "$HOME/other/tool"
    printf '%s\n' all: install: '	@cp tool ~/opt/bin/tool' > "$HOME/other/Makefile"
    claim "$(wc -l < "$HOME/project/build.sh")" = 3
    claim "$(wc -l < "$HOME/project/Makefile")" = 2

    # The line to paste, as a user with sudo. There is no network, and the
    # packages are there.
    try=$(grep -m 1 'make try$' "$README")
    cp -r "$BATS_TEST_DIRNAME/../.." tree
    rm -rf tree/build
    cd tree
    run -0 bash -c "$try"
    contains "$output" 'gcc is already the newest version'
    contains "$output" 'out of memory, killed at the limit of 50M'
    contains "$output" $'$ echo $?\n137'
    lacks "$output" 'virtual machine'

    make -s install PREFIX="$HOME/.local"
    export PATH=$HOME/.local/bin:$PATH
    playpen --doctor > "$WORK/doctor" || :
    contains "$(< "$WORK/doctor")" 'user manager'

    # What comes after these three, typed one after the other.
    sessions | sed '1,/^\$ playpen --doctor$/d' | alike > "$WORK/expected"
    claim "$(grep -c '^\$ ' "$WORK/expected")" -ge 10
    grep '^\$ ' "$WORK/expected" | while IFS= read -r line; do
        printf '%s\n' "$line"
        cd "$HOME/project"
        # That is another project's.
        [[ $line != *'make install' ]] || cd "$HOME/other"
        # For a "$?" in it.
        (exit "${status:-0}") && :
        eval "${line#'$ '}" < /dev/null && :
        status=$?
    done 2>&1 | alike > "$WORK/got"
    diff "$WORK/expected" "$WORK/got"

    # Links of plain names, and all of it taken back.
    PATH=$HOME/bin:$PATH playpen --install-shims "$HOME/bin" --bare make
    claim "$(readlink "$HOME/bin/make")" = "$HOME/.local/bin/playpen"
    playpen --remove-shims "$HOME/bin"
    make -sC "$WORK/tree" uninstall PREFIX="$HOME/.local"
    # What is kept for the next run is the user's.
    claim -z "$(find "$HOME/bin" "$HOME/.local" -path "$HOME/.local/state/playpen" -prune \
        -o ! -type d -print)"
}
