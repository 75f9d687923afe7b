#!/usr/bin/env bats
# What is granted for a command by itself, by the layouts in which version
# managers install; and the arguments that a run hides.

load helper

# tool FILE - an executable, its directories made.
tool() {
    mkdir -p "${1%/*}"
    cp /bin/true "$1"
}

# script FILE LINE... - an executable text.
script() {
    local file=$1

    mkdir -p "${file%/*}"
    shift
    printf '%s\n' "$@" > "$file"
    chmod +x "$file"
}

# node DIR - as Node.js's archives have it.
node() {
    tool "$1/bin/node"
    script "$1/lib/node_modules/npm/bin/npm-cli.js" '#!/usr/bin/env node'
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/bin/npm"
}

# granted PATH EXPECTED COMMAND... - started with PATH first in the search
# path, COMMAND must be granted EXPECTED, a line each, and no more.
granted() {
    environment=(PATH="$1:/usr/bin:/bin")
    explain --current-dir-only -- "${@:3}"
    sed -nE 's/^  (.*[^ ])  +(the command.s own files|the versions of the command|which version of the command)$/\1/p' \
        "$dir/out" | sed 's!HOME!~!g' | LC_ALL=C sort > "$dir/got"
    printf '%s' "${2:+$2$'\n'}" | LC_ALL=C sort | diff - "$dir/got"
}

@test "nvm: the version alone" {
    make_home
    node "$place/.nvm/versions/node/v20"
    mkdir "$place/.nvm/versions/node/v18"
    granted "$place/.nvm/versions/node/v20/bin" '~/.nvm/versions/node/v20' npm
}

@test "fnm: the version, and the link to it that is on PATH" {
    make_home
    node "$place/.local/share/fnm/v20/installation"
    mkdir "$place/run"
    ln -s "$place/.local/share/fnm/v20/installation" "$place/run/7_1"
    granted "$place/run/7_1/bin" '~/.local/share/fnm/v20/installation
~/run/7_1 (is ~/.local/share/fnm/v20/installation)' npm
}

@test "volta: its directory, by the link to its shim" {
    make_home
    node "$place/.volta/tools/image/node/20"
    tool "$place/.volta/bin/volta-shim"
    ln -s volta-shim "$place/.volta/bin/node"
    granted "$place/.volta/bin" '~/.volta' node
}

@test "rustup: the toolchains of a proxy, cargo's credentials never" {
    make_home
    tool "$place/.cargo/bin/rustup"
    touch "$place/.cargo/credentials.toml"
    tool "$place/.rustup/toolchains/stable/bin/cargo"
    ln "$place/.cargo/bin/rustup" "$place/.cargo/bin/cargo"
    granted "$place/.cargo/bin" $'~/.cargo/bin\n~/.rustup' cargo
    ln -sf rustup "$place/.cargo/bin/cargo"
    granted "$place/.cargo/bin" $'~/.cargo/bin\n~/.rustup' cargo
}

@test "a link of another name brings no directory but one with its versions" {
    make_home
    mkdir -p "$place/.ssh" "$place/.local/bin"
    touch "$place/.ssh/key"
    tool "$place/opt/ssh/ssh"
    ln -s "$place/opt/ssh/ssh" "$place/.local/bin/connect"
    granted "$place/.local/bin" $'~/.local/bin/connect (is ~/opt/ssh/ssh)\n~/opt/ssh' connect
}

@test "mise: versions and settings of a shim" {
    make_home
    node "$place/.local/share/mise/installs/node/20"
    mkdir -p "$place/.local/share/mise/shims" "$place/.config/mise" \
        "$place/.config/other"
    tool "$place/.local/bin/mise"
    ln -s "$place/.local/bin/mise" "$place/.local/share/mise/shims/node"
    granted "$place/.local/share/mise/shims" \
        $'~/.config/mise\n~/.local/bin/mise\n~/.local/share/mise' node
}

@test "asdf and pyenv: what a script among the shims starts" {
    make_home
    node "$place/.asdf/installs/nodejs/20"
    tool "$place/.local/bin/asdf"
    touch "$place/.tool-versions"
    script "$place/.asdf/shims/node" '#!/usr/bin/env bash' \
        "exec $place/.local/bin/asdf exec node \"\$@\""
    granted "$place/.asdf/shims" \
        $'~/.asdf\n~/.local/bin/asdf\n~/.tool-versions' node
    rm "$place/.tool-versions"
    tool "$place/.pyenv/libexec/pyenv"
    script "$place/.pyenv/shims/python" '#!/usr/bin/env bash' \
        "exec \"$place/.pyenv/libexec/pyenv\" exec python \"\$@\""
    granted "$place/.pyenv/shims" '~/.pyenv' python
}

@test "uv and venv: an interpreter's own prefix, through each link" {
    make_home
    store=$place/.local/share/uv/python
    tool "$store/cpython-3.12.3/bin/python3.12"
    mkdir -p "$store/cpython-3.12.3/lib/python3.12" "$place/p/.venv/bin"
    ln -s cpython-3.12.3 "$store/cpython-3.12"
    touch "$place/p/.venv/pyvenv.cfg"
    ln -s "$store/cpython-3.12/bin/python3.12" "$place/p/.venv/bin/python"
    script "$place/p/.venv/bin/pip" "#!$place/p/.venv/bin/python"
    both='~/.local/share/uv/python/cpython-3.12 (is ~/.local/share/uv/python/cpython-3.12.3)
~/.local/share/uv/python/cpython-3.12.3'
    granted /bin "$both" .venv/bin/python
    granted /bin "$both" .venv/bin/pip
}

@test "a tool in ~/.local/bin, ~/bin or a project of its own: no more than it" {
    make_home
    script "$place/.local/share/tool/tool" '#!/usr/bin/env -S -i sh -e'
    mkdir -p "$place/.local/bin"
    ln -s ../share/tool/tool "$place/.local/bin/tool"
    granted "$place/.local/bin" \
        $'~/.local/bin/tool (is ~/.local/share/tool/tool)\n~/.local/share/tool' tool
    tool "$place/bin/x"
    granted "$place/bin" '~/bin/x' x
    tool "$place/src/y/bin/y"
    mkdir "$place/src/y/.git" "$place/src/y/data"
    granted "$place/src/y/bin" '~/src/y/bin/y' y
    node "$place/miniconda3"
    granted "$place/miniconda3/bin" $'~/miniconda3/bin\n~/miniconda3/lib' node
}

@test "an interpreter that is a script, through env -S" {
    make_home
    tool "$place/.real/bin/real"
    script "$place/.lang/bin/lang" "#!$place/.real/bin/real -x"
    script "$place/.app/bin/app" '#!/usr/bin/env -S lang --strict'
    granted "$place/.app/bin:$place/.lang/bin" $'~/.app\n~/.lang\n~/.real' app
}

@test "a #! line and a link in the project grant nothing outside" {
    make_home
    tool "$place/.tool/bin/run"
    script "$place/p/direct" "#!$place/.tool/bin/run"
    script "$place/p/through-env" '#!/usr/bin/env run'
    granted "$place/.tool/bin" '' ./direct
    grep -q 'start it by name' "$dir/err"
    granted "$place/.tool/bin" '' ./through-env
    ln -s "$place/.tool/bin/run" "$place/p/link"
    run granted /bin '' ./link
    [[ $output = *"leads out of"* ]] || fail "$output"
    # Nor does a virtual environment's link to what is not an interpreter's.
    mkdir -p "$place/p/.venv/bin"
    touch "$place/p/.venv/pyvenv.cfg"
    tool "$place/.tool/bin/python3"
    ln -s "$place/.tool/bin/python3" "$place/p/.venv/bin/python"
    run granted /bin '' .venv/bin/python
    [[ $output = *"leads out of"* ]] || fail "$output"
    # Nor to one whose prefix holds credentials.
    mkdir -p "$place/.tool/lib/python3.12"
    touch "$place/.tool/.netrc"
    run granted /bin '' .venv/bin/python
    [[ $output = *"leads out of"* ]] || fail "$output"
    rm "$place/.tool/.netrc"
    granted /bin '~/.tool' .venv/bin/python
}

@test "a .git file is followed only where it points back" {
    make_home
    rm -r "$place/p"
    export GIT_{AUTHOR,COMMITTER}_{NAME=a,EMAIL=a@example.org}
    git -c user.name=a -c user.email=a init -q "$place/m"
    git -C "$place/m" -c user.name=a -c user.email=a commit -q --allow-empty -m x
    git -C "$place/m" worktree add -q "$place/tree" 2>/dev/null
    from=tree
    explain --project-only -- true
    grep -q '^  HOME/m/.git  .*repository' "$dir/out" || fail "$(cat "$dir/out")"
    grep -q '^  HOME/m/.git/worktrees/tree/commondir  .*later' "$dir/out"
    mkdir "$place/evil"
    cp "$place/tree/.git" "$place/evil/"
    from=evil
    explain --project-only -- true
    ! grep -q 'HOME/m' "$dir/out" || fail "$(cat "$dir/out")"
}

@test "each directory above a nested repository is kept from being renamed" {
    make_home
    git init -q "$place/p/a/b/nested"
    explain --current-dir-only -- true
    for path in a a/b a/b/nested a/b/nested/.git; do
        grep -q "^  HOME/p/$path  *not to be renamed" "$dir/out" || fail "$path"
    done
    grep -q 'nested/.git/hooks  *what git would run' "$dir/out"
}

# hint LINES ARG... - how many lines a dry run says about hidden arguments.
hint() {
    local expected=$1

    shift
    explain "$@"
    [ "$(grep -c 'hidden from the command' "$dir/err")" = "$expected" ] ||
        fail "$*" "$(cat "$dir/err")"
}

@test "an argument that is there but hidden is pointed out, in one line" {
    make_home
    echo x > "$place/file"
    hint 1 -- cat "$place/file" "$place/p/../file"
    grep -q -- "--rw $place/file" "$dir/err"
    hint 1 --current-dir-only -- cat ../file
    grep -q -- "--ro ../file" "$dir/err"
    hint 1 --current-dir-only -- cat --input="$place/file"
    ln -s ../file "$place/p/link"
    hint 1 --current-dir-only -- cat link
    hint 0 -q --current-dir-only -- cat ../file
    hint 0 --current-dir-only -- cat ../nothing /etc/passwd /tmp "$place" p -v ''
    hint 0 --current-dir-only --ro ../file -- cat ../file
    hint 0 --current-dir-only --inaccessible ./.git -- ls .git
    hint 0 --limits-only -- cat "$place/file"
}
