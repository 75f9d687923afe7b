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
    sed -nE 's/^  (.*[^ ])  +(the command.s own files|the versions of the command|which version of the command|a tool on PATH|named by a variable|the script)$/\1/p' \
        "$dir/out" | sed 's!HOME!~!g' | LC_ALL=C sort > "$dir/got"
    printf '%s' "${2:+$2$'\n'}" | LC_ALL=C sort | diff - "$dir/got"
}

@test "nvm: the version alone" {
    make_home
    node "$home_dir/.nvm/versions/node/v20"
    mkdir "$home_dir/.nvm/versions/node/v18"
    granted "$home_dir/.nvm/versions/node/v20/bin" '~/.nvm/versions/node/v20' npm
}

@test "fnm: the version, and the link to it that is on PATH" {
    make_home
    node "$home_dir/.local/share/fnm/v20/installation"
    mkdir "$home_dir/run"
    ln -s "$home_dir/.local/share/fnm/v20/installation" "$home_dir/run/7_1"
    granted "$home_dir/run/7_1/bin" '~/.local/share/fnm/v20/installation
~/run/7_1 (is ~/.local/share/fnm/v20/installation)' npm
}

@test "volta: its directory, by the link to its shim" {
    make_home
    node "$home_dir/.volta/tools/image/node/20"
    tool "$home_dir/.volta/bin/volta-shim"
    ln -s volta-shim "$home_dir/.volta/bin/node"
    granted "$home_dir/.volta/bin" '~/.volta' node
}

@test "rustup: the toolchains of a proxy, cargo's credentials never" {
    make_home
    tool "$home_dir/.cargo/bin/rustup"
    touch "$home_dir/.cargo/credentials.toml"
    tool "$home_dir/.rustup/toolchains/stable/bin/cargo"
    ln "$home_dir/.cargo/bin/rustup" "$home_dir/.cargo/bin/cargo"
    granted "$home_dir/.cargo/bin" $'~/.cargo/bin\n~/.rustup' cargo
    ln -sf rustup "$home_dir/.cargo/bin/cargo"
    granted "$home_dir/.cargo/bin" $'~/.cargo/bin\n~/.rustup' cargo
}

@test "settings with a token in them, whatever they are called, keep a prefix back" {
    local file
    make_home
    # file LINE
    holds_token() {
        local file=$home_dir/.it/$1

        tool "$home_dir/.it/bin/it"
        mkdir -p "$home_dir/.it/lib/app"
        printf -- "$2" > "$file"
        granted "$home_dir/.it/bin" "${3-~/.it/bin}" it || fail "$@"
        rm "$file"
    }
    all=$'~/.it/bin\n~/.it/lib'
    holds_token it.toml '[[registry]]\ntoken = "x"\n' "$all"
    holds_token settings.json '{"user":"me","organization":"a","token":"x"}' "$all"
    holds_token config 'user: me\n  password: x\n' "$all"
    holds_token environment 'export IT_API_KEY=x\n' "$all"
    holds_token lib/app/credentials.json '{}'
    holds_token lib/app/.netrc 'x'
    # No false alarm.
    for file in README LICENSE.txt it.sh it.js; do
        holds_token "$file" 'token: x\n' '~/.it'
    done
    for line in 'password:\n' '# token = x\n' '-- password:\n' 'max_tokens = 4096\n' 'auth = false\n' \
        'token = "$TOKEN"\n' 'author: me\n' '{"keywords": ["token"]}' 'token = \0\n'; do
        holds_token it.toml "$line" '~/.it'
    done
    for file in libsecret.so.1 keyring.pc jmxremote.password.template Tokens.dll secrets.py; do
        holds_token "lib/app/$file" x '~/.it'
    done
    # A directory that is on PATH itself.
    tool "$home_dir/.that/that"
    echo '{"token":"x"}' > "$home_dir/.that/settings.json"
    granted "$home_dir/.that" '~/.that/that' that
    grep -q 'holds settings.json' "$dir/err"
}

@test "a link of another name brings no directory but one with its versions" {
    make_home
    mkdir -p "$home_dir/.ssh" "$home_dir/.local/bin"
    touch "$home_dir/.ssh/key"
    tool "$home_dir/opt/ssh/ssh"
    ln -s "$home_dir/opt/ssh/ssh" "$home_dir/.local/bin/connect"
    granted "$home_dir/.local/bin" $'~/.local/bin\n~/opt/ssh' connect
}

@test "mise: versions and settings of a shim" {
    make_home
    node "$home_dir/.local/share/mise/installs/node/20"
    mkdir -p "$home_dir/.local/share/mise/shims" "$home_dir/.config/mise" \
        "$home_dir/.config/other"
    tool "$home_dir/.local/bin/mise"
    ln -s "$home_dir/.local/bin/mise" "$home_dir/.local/share/mise/shims/node"
    granted "$home_dir/.local/share/mise/shims" \
        $'~/.config/mise\n~/.local/bin/mise\n~/.local/share/mise' node
}

@test "asdf and pyenv: what a script among the shims starts" {
    make_home
    node "$home_dir/.asdf/installs/nodejs/20"
    tool "$home_dir/.local/bin/asdf"
    touch "$home_dir/.tool-versions"
    script "$home_dir/.asdf/shims/node" '#!/usr/bin/env bash' \
        "exec $home_dir/.local/bin/asdf exec node \"\$@\""
    granted "$home_dir/.asdf/shims" \
        $'~/.asdf\n~/.local/bin/asdf\n~/.tool-versions' node
    rm "$home_dir/.tool-versions"
    tool "$home_dir/.pyenv/libexec/pyenv"
    script "$home_dir/.pyenv/shims/python" '#!/usr/bin/env bash' \
        "exec \"$home_dir/.pyenv/libexec/pyenv\" exec python \"\$@\""
    granted "$home_dir/.pyenv/shims" '~/.pyenv' python
}

@test "uv and venv: an interpreter's own prefix, through each link" {
    make_home
    store=$home_dir/.local/share/uv/python
    tool "$store/cpython-3.12.3/bin/python3.12"
    mkdir -p "$store/cpython-3.12.3/lib/python3.12" "$home_dir/p/.venv/bin"
    ln -s cpython-3.12.3 "$store/cpython-3.12"
    touch "$home_dir/p/.venv/pyvenv.cfg"
    ln -s "$store/cpython-3.12/bin/python3.12" "$home_dir/p/.venv/bin/python"
    script "$home_dir/p/.venv/bin/pip" "#!$home_dir/p/.venv/bin/python"
    both='~/.local/share/uv/python/cpython-3.12 (is ~/.local/share/uv/python/cpython-3.12.3)
~/.local/share/uv/python/cpython-3.12.3'
    granted /bin "$both" .venv/bin/python
    granted /bin "$both" .venv/bin/pip
}

@test "a tool in ~/.local/bin, ~/bin or a project of its own: no more than it" {
    make_home
    script "$home_dir/.local/share/tool/tool" '#!/usr/bin/env -S -i sh -e'
    mkdir -p "$home_dir/.local/bin"
    ln -s ../share/tool/tool "$home_dir/.local/bin/tool"
    granted "$home_dir/.local/bin" $'~/.local/bin\n~/.local/share/tool' tool
    granted /bin \
        $'~/.local/bin/tool (is ~/.local/share/tool/tool)\n~/.local/share/tool' \
        "$home_dir/.local/bin/tool"
    tool "$home_dir/bin/x"
    granted "$home_dir/bin" '~/bin' x
    granted /bin '~/bin/x' "$home_dir/bin/x"
    tool "$home_dir/src/y/bin/y"
    mkdir "$home_dir/src/y/.git" "$home_dir/src/y/data"
    granted /bin '~/src/y/bin/y' "$home_dir/src/y/bin/y"
    granted "$home_dir/src/y/bin" '~/src/y/bin' y
    node "$home_dir/miniconda3"
    # ~/miniconda3 is an installation as much as ~/.miniconda3 would be.
    granted "$home_dir/miniconda3/bin" '~/miniconda3' node
}

@test "two installations in a directory that holds nothing else: that directory" {
    make_home
    for version in 18 20 22; do
        node "$home_dir/.nvm/versions/node/v$version"
        node "$home_dir/mixed/v$version"
    done
    mkdir "$home_dir/mixed/work"
    n=$home_dir/.nvm/versions/node m=$home_dir/mixed
    granted "$n/v18/bin:$n/v20/bin:$n/v22/bin" \
        $'~/.nvm/versions/node\n~/.nvm/versions/node/v18' npm
    granted "$m/v18/bin:$m/v20/bin" $'~/mixed/v18\n~/mixed/v20' npm
    touch "$n/v22/token"
    granted "$n/v18/bin:$n/v20/bin" \
        $'~/.nvm/versions/node/v18\n~/.nvm/versions/node/v20' npm
    rm "$n/v22/token"
    # Nor where what is beside them looks like a credential.
    touch "$n/.netrc"
    granted "$n/v18/bin:$n/v20/bin" \
        $'~/.nvm/versions/node/v18\n~/.nvm/versions/node/v20' npm
    # Nor the home directory, if there is nothing else in it.
    rm -r "$home_dir/.nvm" "$m"
    node "$home_dir/a"
    node "$home_dir/b"
    rm -r "$home_dir/p"
    from=a
    granted "$home_dir/a/bin:$home_dir/b/bin" '~/b' "$home_dir/b/bin/npm"
}

@test "an interpreter that is a script, through env -S" {
    make_home
    tool "$home_dir/.real/bin/real"
    script "$home_dir/.lang/bin/lang" "#!$home_dir/.real/bin/real -x"
    script "$home_dir/.app/bin/app" '#!/usr/bin/env -S lang --strict'
    granted "$home_dir/.app/bin:$home_dir/.lang/bin" $'~/.app/bin\n~/.lang/bin\n~/.real/bin' app
    for words in -SA=1 -uSHELL '-iS -u SHELL' -iu\ SHELL '-S -uSHELL' -S-i -S-uX -iS-CSu \
        '-i -S A=1 --chdir=/ --unset S' '--split-string=A=1' '-vS'; do
        script "$home_dir/.app/bin/app" "#!/usr/bin/env $words lang --strict"
        granted "$home_dir/.app/bin:$home_dir/.lang/bin" \
            $'~/.app/bin\n~/.lang/bin\n~/.real/bin' app || fail "$words"
    done
}

@test "a #! line and a link in the project grant nothing outside" {
    make_home
    tool "$home_dir/.tool/bin/run"
    script "$home_dir/p/direct" "#!$home_dir/.tool/bin/run"
    script "$home_dir/p/through-env" '#!/usr/bin/env run'
    granted /bin '' ./direct
    grep -q 'start it by name' "$dir/err"
    # What is on PATH is there by the user's word.
    granted "$home_dir/.tool/bin" '~/.tool/bin' ./through-env
    ln -s "$home_dir/.tool/bin/run" "$home_dir/p/link"
    run granted /bin '' ./link
    [[ $output = *"leads out of"* ]] || fail "$output"
    # Nor does a virtual environment's link to what is not an interpreter's.
    mkdir -p "$home_dir/p/.venv/bin"
    touch "$home_dir/p/.venv/pyvenv.cfg"
    tool "$home_dir/.tool/bin/python3"
    ln -s "$home_dir/.tool/bin/python3" "$home_dir/p/.venv/bin/python"
    run granted /bin '' .venv/bin/python
    [[ $output = *"leads out of"* ]] || fail "$output"
    # Nor to one whose prefix holds credentials.
    mkdir -p "$home_dir/.tool/lib/python3.12"
    touch "$home_dir/.tool/.netrc"
    run granted /bin '' .venv/bin/python
    [[ $output = *"leads out of"* ]] || fail "$output"
    rm "$home_dir/.tool/.netrc"
    granted /bin '~/.tool' .venv/bin/python
}

@test "a .git file is followed only where it points back" {
    need_openat2
    make_home
    rm -r "$home_dir/p"
    export GIT_{AUTHOR,COMMITTER}_{NAME=a,EMAIL=a@example.org}
    git -c user.name=a -c user.email=a init -q "$home_dir/m"
    git -C "$home_dir/m" -c user.name=a -c user.email=a commit -q --allow-empty -m x
    git -C "$home_dir/m" worktree add -q "$home_dir/tree" 2>/dev/null
    from=tree
    explain --project-only -- true
    grep -q '^  HOME/m/.git  .*repository' "$dir/out" || fail "$(cat "$dir/out")"
    grep -q '^  HOME/m/.git/worktrees/tree/commondir  .*later' "$dir/out"
    mkdir "$home_dir/evil"
    cp "$home_dir/tree/.git" "$home_dir/evil/"
    from=evil
    explain --project-only -- true
    ! grep -q 'HOME/m' "$dir/out" || fail "$(cat "$dir/out")"
}

@test "each directory above a submodule's repository is kept from being renamed" {
    need_openat2
    local git
    make_home
    git init -q "$home_dir/p"
    git=$home_dir/p/.git
    git init -q "$home_dir/x"
    mkdir -p "$git/modules/a"
    mv "$home_dir/x/.git" "$git/modules/a/b"
    explain --current-dir-only -- true
    for path in .git .git/modules .git/modules/a .git/modules/a/b; do
        grep -q "^  HOME/p/$path  *not to be renamed" "$dir/out" || fail "$path"
    done
    grep -q 'modules/a/b/hooks  *what git would run' "$dir/out"
}

@test "a repository that is not the project's own has no mount, so that it can be removed" {
    make_home
    git init -q "$home_dir/p"
    git init -q "$home_dir/p/build/_deps/foo"
    explain --current-dir-only -- true
    grep -q 'HOME/p/.git/config  *what git would run' "$dir/out"
    ! grep -q 'HOME/p/build' "$dir/out" || fail "$(cat "$dir/out")"
}

@test "--rw of a repository's part mounts nothing and lifts that protection and those below" {
    make_home
    git init -q "$home_dir/p"
    explain --current-dir-only --rw .git/config -- true
    ! grep -q 'HOME/p/.git/config' "$dir/out" || fail "$(cat "$dir/out")"
    grep -q 'HOME/p/.git/hooks  *what git would run' "$dir/out"
    explain --rw .git --current-dir-only -- true
    ! grep -q 'HOME/p/.git' "$dir/out" || fail "$(cat "$dir/out")"
    explain --current-dir-only --rw . -- true
    grep -q 'HOME/p/.git/config  *what git would run' "$dir/out"
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
    echo x > "$home_dir/file"
    hint 1 -- cat "$home_dir/file" "$home_dir/p/../file"
    grep -q -- "--rw $home_dir/file" "$dir/err"
    hint 1 --current-dir-only -- cat ../file
    grep -q -- "--ro ../file" "$dir/err"
    hint 1 --current-dir-only -- cat --input="$home_dir/file"
    ln -s ../file "$home_dir/p/link"
    hint 1 --current-dir-only -- cat link
    hint 0 -q --current-dir-only -- cat ../file
    hint 0 --current-dir-only -- cat ../nothing /etc/passwd /tmp "$home_dir" p -v ''
    hint 0 --current-dir-only --ro ../file -- cat ../file
    hint 0 --current-dir-only --inaccessible ./.git -- ls .git
    hint 0 --limits-only -- cat "$home_dir/file"
}

# lost LINES ARG... - how many lines a dry run says about what would be lost.
lost() {
    local expected=$1

    shift
    explain "$@"
    [ "$(grep -c 'would be thrown away with the run' "$dir/err")" = "$expected" ] ||
        fail "$*" "$(cat "$dir/err")"
}

@test "an argument that names what would be thrown away is pointed out, in one line" {
    make_home
    lost 1 -- cp in /tmp/playpen-none
    lost 1 --current-dir-only -- gcc -o /tmp/playpen-none a.c /var/tmp/playpen-none
    lost 1 --current-dir-only -- gcc -o/tmp/playpen-none a.c
    lost 1 --current-dir-only -- make install DESTDIR=/tmp/playpen-none
    lost 1 --current-dir-only -- make install DESTDIR="$home_dir/none/stage"
    lost 1 --current-dir-only -- dd of="$home_dir/none"
    lost 1 --current-dir-only -- cp in ../none
    lost 1 --current-dir-only -- cp in /dev/shm/playpen-none
    lost 0 -q -- cp in /tmp/playpen-none
    lost 0 -- sh -c '/tmp/playpen-none; exit' '/tmp/*'
    lost 0 --current-dir-only -- sed 's/a/b/' none 
    lost 0 --limits-only -- cp in /tmp/playpen-none
    lost 0 --current-dir-only -- cp in none ./none/x /usr/none -o none "$home_dir/p/none"
    mkdir "$home_dir/stage"
    lost 0 --current-dir-only --rw ../stage -- make DESTDIR="$home_dir/stage"
}

@test "--inaccessible takes patterns, of what there is" {
    make_home
    touch "$home_dir/p/"{.env.local,.env.test,a.key,b.key,'lit*eral'}
    mkdir "$home_dir/p/d"
    touch "$home_dir/p/d/c.key"
    explain --current-dir-only --inaccessible '.env*' --inaccessible '*/*.key'         --inaccessible "$home_dir/p/[ab].key" --inaccessible 'lit*eral' -- true
    for name in .env.local .env.test a.key b.key d/c.key 'lit*eral'; do
        grep -qF "  HOME/p/$name " "$dir/out" || fail "$name" "$(cat "$dir/out")"
    done
    explain --current-dir-only --inaccessible '-*.pem' -- true
    run explain --current-dir-only --inaccessible '*.pem' -- true
    [[ $output = *"--inaccessible *.pem: nothing matches"* ]] || fail "$output"
}

@test "variables lead to a directory that is there inside, or are left out" {
    make_home
    mkdir "$home_dir/tmp" "$home_dir/cache" "$home_dir/p/tmp"
    passed() {
        explain --capture-env --current-dir-only "${@:2}" -- true
        sed -n '/^Environment: passed/,/^$/p' "$dir/raw" |
            grep -Eow 'TMPDIR|XDG_[A-Z_]+' | paste -sd , > "$dir/got"
        [ "$(cat "$dir/got")" = "$1" ] || fail "$*: $(cat "$dir/got" "$dir/out")"
    }
    environment=(TMPDIR="$home_dir/tmp" XDG_RUNTIME_DIR=/run/user/1 XDG_CACHE_HOME="$home_dir/cache")
    passed XDG_CACHE_HOME
    passed TMPDIR,XDG_CACHE_HOME --rw "$home_dir/tmp"
    passed TMPDIR,XDG_CACHE_HOME -e TMPDIR="$home_dir/tmp"
    environment=(TMPDIR="$home_dir/p/tmp")
    passed TMPDIR
    environment=(TMPDIR=/tmp/none XDG_CACHE_HOME="/none.$$/cache" XDG_DATA_HOME=/run/none)
    passed XDG_CACHE_HOME
    environment=(TMPDIR=/tmp)
    passed TMPDIR
}
