# Presets, PLAYPEN_OPTIONS and playpen under other names, without a systemd.

load helper

prepare() {
    export HOME=$dir/home
    export XDG_CONFIG_HOME=$HOME/.config
    unset PLAYPEN_OPTIONS
    mkdir -p "$XDG_CONFIG_HOME/playpen/presets"
    not_root
}

preset() { cat > "$XDG_CONFIG_HOME/playpen/presets/$1"; }

@test "every built-in preset resolves, is shown, and can be emitted" {
    need_openat2
    prepare
    [ -n "$(ls "$BATS_TEST_DIRNAME/../../shims")" ]
    for file in "$BATS_TEST_DIRNAME"/../../shims/*; do
        name=${file##*/}
        playpen --show "$name"
        [ "$status" = 0 ] && [ "$out" = "$(< "$file")"$'\n' ] ||
            fail "--show $name: $err"
        playpen --preset "$name" -n -- true
        [ "$status" = 0 ] || fail "$name: $err"
        [[ $out == *-pMemoryMax=* && $out == *ProtectHome=tmpfs* ]] ||
            fail "$name: $out"
        [ ! -s "$dir/err" ] || fail "$name: $err"
        playpen --list
        [[ $'\n'$out == *$'\n'"$name "* ]] || fail "$name is not listed"
        [[ $(head -n 1 "$file") == '# '?* ]] || fail "$name: no description"
    done
}

@test "a mistake in a preset is named with its file and line" {
    prepare
    printf '# mine\n\n--memory-limit 1G\n--memory-limt 2G\n' | preset mine
    refused "$XDG_CONFIG_HOME/playpen/presets/mine:4: unknown option --memory-limt" \
        --preset mine true
    printf '# mine\n--memory-limit 1X\n' | preset mine
    refused "mine:2: --memory-limit 1X" --preset mine true
    printf -- '--ro "~/x\n' | preset mine
    refused "mine:1: a quote that is not closed" --preset mine true
    printf -- '--ro $NOWHERE/x\n' | preset mine
    refused 'mine:1: $NOWHERE is not set' --preset mine true
    printf -- '--ro ${HOME\n' | preset mine
    refused "mine:1: a '\${' that is not" --preset mine true
    printf -- '--ro $/x\n' | preset mine
    refused "mine:1: a '\$' without" --preset mine true
    printf -- '-q\n--ro ${A:-$NOWHERE/x}\n' | preset mine
    refused 'mine:2: $NOWHERE is not set' --preset mine true
    printf -- '--ro ${A:-${B:-x}\n' | preset mine
    refused "mine:1: a '\${' that is not" --preset mine true
    printf -- '--ro %s/x%s\n' "$(printf '${A:-%.0s' {1..30})" \
        "$(printf '}%.0s' {1..30})" | preset mine
    refused "mine:1: more than 16" --preset mine true
    printf 'true\n' | preset mine
    refused "mine:1: true is not an option" --preset mine true
    printf -- '--help\n' | preset mine
    refused "mine:1: --help: expected on the command line" --preset mine true
    printf -- '--\n' | preset mine
    refused "mine:1: --: expected the default command" --preset mine true
    printf -- '--preset shell\n' | preset mine
    refused "mine:1: --preset shell: expected one that builds on no other" \
        --preset mine true
    head -c 70000 /dev/zero | tr '\0' '#' | preset mine
    refused "64 KiB" --preset mine true
    printf -- '--quiet\n\0--memory-limit 1G\n' | preset mine
    refused "64 KiB" --preset mine true
}

@test "in a preset's values variables are expanded, quoted dollars are not" {
    prepare
    mkdir -p "$dir/home/a b" "$dir/home/c"
    export SPACED="a b" EMPTY= LIST=/one:/two
    preset mine << 'EOF'
--limits-only
-e A="$SPACED/${SPACED}" # a comment
-e B='$SPACED'
-e C=\$SPACED
-e D=${UNSET_THING:-fall back}
-e E=${EMPTY:-empty}
-e F=x${EMPTY}y#z
-e G=${UNSET_THING:-${EMPTY:-<$SPACED>}/end}
-e H=${SPACED:-${UNSET_THING}}
-e I=${LIST:-x}
EOF
    playpen --preset mine -n -- true
    [ "$status" = 0 ] || fail "$err"
    for want in "A='a b/a b'" "B='\$SPACED'" "C='\$SPACED'" "D='fall back'" \
        "E=empty" "F='xy#z'" "G='<a b>/end'" "H='a b'" I=/one:/two; do
        [[ $out == *"$want "* ]] || fail "no $want in: $out"
    done
    # Of a list of directories a path is the first.
    LIST="$HOME/c:/two"
    printf -- '--rw %s\n--ro %s\n--ro %s\n' '"${UNSET_THING:-~/a b}"' \
        '-~/nothing' '${UNSET_THING:-${LIST:-~/d}/.}' | preset paths
    playpen --preset paths --protect-system full -n -- true
    [[ $out == *"BindReadOnlyPaths=$HOME/c"* ]] || fail "$out$err"
    [[ $out == *"BindPaths=$HOME/a\\ b"* ]] || fail "$out$err"
}

@test "a + makes the directory that is to be written" {
    prepare
    printf -- '--project-only\n--rw +~/cache/deep\n' | preset mine
    playpen --preset mine -n -- true
    [ ! -e "$HOME/cache" ] || fail "a dry run made it"
    printf -- '--project-only\n--ro +~/cache/deep\n' | preset mine
    refused "mine:2: --ro +~/cache/deep: expected '+' with --rw" \
        --preset mine true
}

@test "the user's preset adds to the built-in one, or replaces it" {
    prepare
    printf -- '# of mine\n-c 150%%\n' | preset npm
    playpen --preset npm -n -- true
    [[ $out == *MemoryMax=2G* && $out == *CPUQuota=150%* ]] || fail "$out"
    playpen --list
    [[ $out == *"npm "*"(with $XDG_CONFIG_HOME/playpen/presets/npm)"* ]]
    playpen --show npm
    [[ $out == *"--memory-limit 2G"*"-c 150%"* ]] || fail "$out"
    printf -- '# of mine\n--no-builtin\n-c 150%%\n' | preset npm
    playpen --preset npm -n -- true
    [[ $out != *MemoryMax=* && $out == *CPUQuota=150%* ]] || fail "$out"
    playpen --list
    [[ $out == *"(replaced by "* ]]
    playpen --show npm
    [[ $out != *"--memory-limit 2G"* ]] || fail "$out"
    # It means something at the beginning only, and in a preset only.
    for text in '-c 150%%\n--no-builtin' '--no-builtin -q' \
        '--no-builtin\n--no-builtin'; do
        # shellcheck disable=SC2059 # a text with lines
        printf -- "$text\n" | preset npm
        refused "--no-builtin: expected alone, before" --preset npm -n true
    done
    refused "unknown option --no-builtin" --no-builtin true
}

@test "a new preset of the user's, built on one of ours" {
    prepare
    printf -- '# mine\n--preset npm\n-m 3G\n' | preset mine
    playpen --preset mine -n -- true
    [[ $out == *MemoryMax=3G* && $out == *ProtectHome=tmpfs* ]] || fail "$out"
    playpen --list
    [[ $out == *"mine           mine (yours, "* ]] || fail "$out"
}

@test "built-in, user's, PLAYPEN_OPTIONS, command line: the later wins" {
    prepare
    playpen --preset npm -n -- true
    [[ $out == *MemoryMax=2G* ]]
    printf -- '-m 3G\n' | preset npm
    playpen --preset npm -n -- true
    [[ $out == *MemoryMax=3G* ]]
    export PLAYPEN_OPTIONS='--memory-limit 4G'
    playpen --preset npm -n -- true
    [[ $out == *MemoryMax=4G* ]]
    playpen --preset npm -m 5G -n -- true
    [[ $out == *MemoryMax=5G* ]]
    playpen -m 5G --preset npm -n -- true
    [[ $out == *MemoryMax=5G* ]] || fail "the order of words counts: $out"
}

@test "paths of all levels add up, for the same one the higher level wins" {
    prepare
    mkdir "$HOME/one" "$HOME/two" "$HOME/three"
    printf -- '--ro ~/one\n--ro ~/two\n' | preset npm
    PLAYPEN_OPTIONS='--rw ~/two' playpen --preset npm --ro '~/three' -n -- true
    [[ $out == *"BindReadOnlyPaths=$HOME/one "* ]]
    [[ $out == *"BindPaths=$HOME/two "* ]]
    [[ $out != *"BindReadOnlyPaths=$HOME/two "* ]]
    [[ $out == *"BindReadOnlyPaths=$HOME/three "* ]]
    PLAYPEN_OPTIONS='--ro ~/two --rw ~/two' refused contradicts \
        --preset npm -n true
}

@test "PLAYPEN_OPTIONS is split as a shell would, and its errors point" {
    prepare
    export PLAYPEN_OPTIONS
    PLAYPEN_OPTIONS="-e 'A=b c' -e \"D=\\\"\" -m 1\"0\"0M -e E=\\ x -e 'F=\$HOME'"
    playpen --limits-only -n -- true
    [[ $out == *"_A='b c' PLAYPEN_ENV_D='\"' PLAYPEN_ENV_E=' x' PLAYPEN_ENV_F='\$HOME' "* ]] || fail "$out$err"
    [[ $out == *MemoryMax=100M* ]]
    PLAYPEN_OPTIONS='-m 1X' refused "PLAYPEN_OPTIONS: --memory-limit 1X" true
    PLAYPEN_OPTIONS='-q -- rm' refused 'PLAYPEN_OPTIONS: --: expected options' true
    PLAYPEN_OPTIONS='-m 1G sleep' refused "PLAYPEN_OPTIONS: sleep" true
    PLAYPEN_OPTIONS="-m '1G" refused "PLAYPEN_OPTIONS: -m '1G: a quote" true
    PLAYPEN_OPTIONS='--wat' refused "PLAYPEN_OPTIONS: unknown option --wat" true
    PLAYPEN_OPTIONS='--version' refused "PLAYPEN_OPTIONS: --version" true
    PLAYPEN_OPTIONS='--preset npm' playpen -n -- true
    [[ $out == *MemoryMax=2G* ]] || fail "$out$err"
}

@test "presets pass the environment, but for credentials" {
    prepare
    CI=1 GITHUB_TOKEN=x playpen --preset npm -n -- true
    [[ $out == *--setenv=CI\ * && $out != *GITHUB_TOKEN* ]] || fail "$out"
    GITHUB_TOKEN=x PLAYPEN_OPTIONS='-e GITHUB_TOKEN' \
        playpen --preset npm -n -- true
    [[ $out == *--setenv=GITHUB_TOKEN\ * ]] || fail "$out"
    CI=1 playpen --preset npm --capture-env=false -n -- true
    [[ $out != *--setenv=CI\ * ]] || fail "$out"
}

@test "a preset's default command, and the words after it" {
    prepare
    printf -- '--limits-only\n-- echo "a  b"\n' | preset mine
    playpen --preset mine -n
    [[ $out == *" -- echo 'a  b'"$'\n' ]] || fail "$out$err"
    playpen --preset mine -n -- other
    [[ $err == *"other: command not found"* ]] || fail "$err"
    refused "expected a command to run" --preset npm
}

@test "a name of a preset is no path" {
    prepare
    refused "without a slash" --preset ../presets/npm true
    refused "--preset '': expected" --preset '' true
    refused "--preset '': expected" --preset= true
    refused "expected" --preset -x true
    refused "no preset npn (did you mean npm?)" --preset npn true
    refused "/playpen/presets/npn" --preset npn true
    refused "no preset" --show ../npm
    refused "no preset nmp" --show nmp
}

@test "nothing is read from the working directory" {
    prepare
    mkdir -p .config/playpen/presets playpen/presets presets
    for place in .config/playpen/presets playpen/presets presets .; do
        printf -- '-m 1G\n' > "$place/mine"
    done
    refused "no preset mine" --preset mine true
    XDG_CONFIG_HOME=.config refused "no preset mine" --preset mine true
}

@test "actions stand alone" {
    prepare
    refused "extra: expected no more words" --list extra
    refused "--bare: expected together with --install-shims" --bare true
    refused "--bare: expected together with --install-shims" --bare --list
    refused "--bare: expected together with --install-shims" --doctor --bare
    refused "--show needs a value" --show
}

@test "a preset that is a link into what is granted cannot be written there" {
    prepare
    mkdir -p "$HOME/dotfiles"
    cd "$HOME/dotfiles"
    echo '-m 1G' > mine
    ln -s "$HOME/dotfiles/mine" "$XDG_CONFIG_HOME/playpen/presets/mine"
    playpen --current-dir-only -n -- true
    [[ $out == *"-pBindReadOnlyPaths=$HOME/dotfiles/mine "* ]] || fail "$out$err"
}

@test "a directory or a link to nothing among the presets is none" {
    prepare
    mkdir "$XDG_CONFIG_HOME/playpen/presets/dir"
    ln -s nowhere "$XDG_CONFIG_HOME/playpen/presets/gone"
    run "$PLAYPEN" --list
    [ "$status" = 0 ]
    [[ $output == *npm* && $output != *gone* ]]
    mkdir "$XDG_CONFIG_HOME/playpen/presets/npm"
    run -0 "$PLAYPEN" --list
    [[ $output != *"$XDG_CONFIG_HOME"* ]]
    playpen --preset npm -n true
    [[ $out == *MemoryMax=2G* ]] || fail "$err"
    refused "no preset dir" --preset dir true
}

@test "the variables by which tools move their directories are followed" {
    local preset variable value place

    prepare
    export XDG_STATE_HOME=$HOME/state
    while read -r preset variable place; do
        value=$HOME/moved/$variable
        export "$variable=$value"
        playpen --preset "$preset" -n -- true
        unset "$variable"
        [[ $out == *"-pBindPaths=$HOME/state/playpen/"*":$value$place "* ]] ||
            fail "$preset does not follow $variable: $out$err"
    done << 'END'
npm npm_config_cache
npm NPM_CONFIG_CACHE
npm Npm_Config_cache
npm COREPACK_HOME
pnpm npm_config_store_dir
pnpm NPM_CONFIG_STORE_DIR
yarn YARN_CACHE_FOLDER
yarn XDG_CACHE_HOME /yarn
bun BUN_INSTALL_CACHE_DIR
bun BUN_INSTALL /install/cache
deno DENO_DIR
pip PIP_CACHE_DIR
uv UV_CACHE_DIR
poetry POETRY_CACHE_DIR
poetry POETRY_VIRTUALENVS_PATH
python3 HF_HOME
python3 TORCH_HOME
conda CONDA_PKGS_DIRS
conda CONDA_ENVS_PATH
cargo CARGO_HOME /registry
cargo CARGO_TARGET_DIR
cargo CARGO_BUILD_TARGET_DIR
go GOPATH /pkg/mod
go GOMODCACHE
go GOCACHE
gcc CCACHE_DIR
make CCACHE_DIR
gradle GRADLE_USER_HOME
mvn MAVEN_USER_HOME
gem BUNDLE_USER_HOME
gem XDG_DATA_HOME /gem
composer COMPOSER_CACHE_DIR
composer COMPOSER_HOME /cache
jupyter JUPYTER_DATA_DIR
jupyter IPYTHONDIR
claude CLAUDE_CONFIG_DIR
claude CLAUDE_CONFIG_DIR /.credentials.json
codex CODEX_HOME /auth.json
END
}

@test "no built-in preset grants a directory of the user's own to be written" {
    local file

    prepare
    mkdir -p "$HOME"/{.npm,.cache,.cargo,go,.ipython,.claude,.codex,.local/{bin,lib,share}}
    mkdir "$HOME/moved"
    export XDG_STATE_HOME=$HOME/state CARGO_TARGET_DIR=$HOME/moved \
        GOBIN=$HOME/moved GEM_HOME=$HOME/moved PIPX_HOME=$HOME/moved
    for file in "$BATS_TEST_DIRNAME"/../../shims/*; do
        playpen --preset "${file##*/}" -n -- true
        [ "$status" = 0 ] || fail "$err"
        [ "$(grep -o -- "-pBindPaths=${HOME}[^ ]*" "$dir/out" |
            grep -v "=$HOME/state/playpen/")" = '' ] || fail "${file##*/}: $out"
    done
}

@test "a name without a preset suggests the nearest one" {
    prepare
    refused "no preset g++-14 (did you mean g++?)" --preset g++-14 true
    refused "no preset clang-19 (did you mean clang?)" --preset clang-19 true
    refused "no preset python3.13 (did you mean python3?)" --preset python3.13 true
    refused "no preset gcc-12 (did you mean gcc?)" --preset gcc-12 true
}

@test "a preset says at its head what is reached and kept, and how to close the network" {
    local file head

    for file in "$BATS_TEST_DIRNAME"/../../shims/*; do
        head=$(sed '/^[^#]/,$d' "$file")
        case $head in
        *"shims/coding-agent says"*Kept*) ;;
        "# Your own shell"*) ;;
        *[Rr]each*Kept*"network is open"* | *"As "*Kept*"network is open"* | \
            *"C compilers"*Kept*"network is open"* | *Headers*Kept*"network is open"*) ;;
        *) fail "${file##*/}: $head" ;;
        esac
    done
}
