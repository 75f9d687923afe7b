# Presets plant nothing outside, and in another project's run nothing that would
# be executed there; what they keep makes the second time quick.

load helper

setup() {
    own_home a b bin
    export XDG_STATE_HOME=$WORK/state
    unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
    no_limits
    PATH=$HOME/bin:$PATH
    "$PLAYPEN" --install-shims "$WORK/shims" 2> /dev/null
    SHIMS=$WORK/shims
    cd "$HOME/a" || return
}

# tool NAME - a stand-in for the program, of what is on stdin.
tool() {
    { echo '#!/bin/sh'; cat; } > "$HOME/bin/$1"
    chmod +x "$HOME/bin/$1"
}

# Of which files a program that the user runs outside executes, loads or believes
# something: places below the home directory.
places() {
    cat << 'END'
.npm/_npx/1/node_modules/.bin/tool
.npm/_cacache/index-v5/00/11/x
.cache/node/corepack/v1/pnpm/9.0.0/bin/pnpm.cjs
.cache/node-gyp/20.0.0/include/node/config.gypi
.npm-global/bin/tool
.local/share/pnpm/store/v3/files/00/x
.local/share/pnpm/global/5/node_modules/x
.cache/yarn/v6/npm-x/package.json
.yarn/berry/cache/x.zip
.yarn/berry/index/x
.bun/install/cache/x@1.0.0/index.js
.bun/install/global/node_modules/x
.cache/deno/gen/x.js
.deno/bin/tool
.cache/pip/wheels/00/x.whl
.cache/pip/http-v2/0/x
.local/lib/python3.99/site-packages/x.pth
.local/bin/tool
.local/share/pipx/venvs/x/bin/x
.cache/uv/archive-v0/x/x.py
.local/share/uv/python/cpython-3.13/bin/python3
.local/share/uv/tools/x/bin/x
.cache/pypoetry/virtualenvs/x/bin/python
.conda/envs/x/bin/python
.conda/pkgs/x/bin/x
.ipython/profile_default/startup/0.py
.ipython/profile_default/history.sqlite
.jupyter/jupyter_server_config.py
.local/share/jupyter/kernels/python3/kernel.json
.local/share/jupyter/runtime/jpserver-1.json
.local/share/jupyter/nbsignatures.db
.cargo/registry/src/index/x-1.0.0/build.rs
.cargo/registry/cache/index/x-1.0.0.crate
.cargo/git/db/x/config
.cargo/bin/cargo
.cargo/config.toml
.rustup/toolchains/x/bin/rustc
go/pkg/mod/golang.org/toolchain@v0.0.1/bin/go
go/pkg/mod/cache/download/x.org/x/@v/v1.0.0.zip
go/bin/tool
.cache/go-build/00/x-d
.ccache/ccache.conf
.cache/ccache/ccache.conf
.local/share/gem/ruby/3.1.0/gems/x/lib/rubygems_plugin.rb
.gem/ruby/3.1.0/plugins/x_plugin.rb
.bundle/plugin/index
.cache/composer/files/x.zip
.config/composer/vendor/bin/x
.gradle/wrapper/dists/gradle-8/bin/gradle
.gradle/init.d/x.gradle
.gradle/caches/jars-9/x.jar
.m2/repository/x/x.jar
.m2/wrapper/dists/x/bin/mvn
.m2/settings.xml
perl5/lib/perl5/X.pm
R/library/x/R/x
.claude/settings.json
.claude/local/claude
.claude/hooks/x
.claude/plugins/x
.claude.json
.codex/config.toml
.gemini/settings.json
.qwen/settings.json
.config/opencode/opencode.json
.config/goose/config.yaml
.local/share/goose/x
.aider.conf.yml
.aider/x
.copilot/mcp-config.json
.config/amp/settings.json
.bashrc
.profile
.zshrc
.gitconfig
.config/git/config
.config/git/hooks/pre-commit
.config/systemd/user/x.service
END
}

# bats test_tags=slow
@test "whatever a preset keeps or grants, nothing in the home directory is changed" {
    # In one project where the user has none of it, in another where they have all.
    places > places
    snapshot() { tar -C "$HOME" --exclude ./a --exclude ./b -c . | sha256sum; }
    cat > plant << 'END'
while read -r place; do
    if grep -l planted "$HOME/$place"; then continue; fi
    mkdir -p "$(dirname "$HOME/$place")"
    echo planted > "$HOME/$place"
done < places 2> /dev/null
echo done
END
    cp plant places ../b/
    for project in a b; do
        cd "$HOME/$project"
        while read -r place && [ "$project" = b ]; do
            mkdir -p "$(dirname "$HOME/$place")"
            echo mine > "$HOME/$place"
        done < places
        before=$(snapshot)
        for file in "$BATS_TEST_DIRNAME"/../../shims/*; do
            [ ! -L "$file" ] || continue
            name=${file##*/}
            run -0 --separate-stderr "$PLAYPEN" -q --preset "$name" -- \
                sh ./plant
            # What one project's run has planted is not there in the other's.
            claim "$name $output" = "$name done"
            claim "$name $(snapshot)" = "$name $before"
        done
    done
    claim "$(find "$XDG_STATE_HOME" -type f -exec grep -l planted {} + | wc -l)" -ge 100
}

@test "a startup file, a kernel, a .pth, a hook that are planted: the program outside does not run them" {
    # Each stand-in runs what the real one runs by itself.
    tool ipython << 'END'
for file in ~/.ipython/profile_default/startup/*; do [ ! -e "$file" ] || . "$file"; done
[ -z "$1" ] || eval "$1"
END
    tool claude << 'END'
[ ! -e ~/.claude/settings.json ] || . ~/.claude/settings.json
[ ! -x ~/.claude/local/claude ] || . ~/.claude/local/claude
[ -z "$1" ] || eval "$1"
END
    tool make << 'END'
[ ! -e ~/.ccache/ccache.conf ] || . ~/.ccache/ccache.conf
[ ! -e ~/.cache/ccache/ccache.conf ] || . ~/.cache/ccache/ccache.conf
[ -z "$1" ] || eval "$1"
END
    plant='for f in .ipython/profile_default/startup/0.py .claude/settings.json \
        .claude/local/claude .ccache/ccache.conf .cache/ccache/ccache.conf; do
        mkdir -p ~/${f%/*}; echo "echo owned" > ~/$f; chmod +x ~/$f; done
        site=$(python3 -m site --user-site); mkdir -p "$site" &&
        echo "import os; os.system(\"echo owned\")" > "$site/x.pth" || :'
    for name in ipython claude make; do
        "$SHIMS/pp-$name" "$plant"
        run -0 "$name"
        claim "$name $output" = "$name "
        run -0 python3 -c 'print("fine")'
        claim "$output" = fine
        # In another project's run as little; in its own it is found.
        run -0 bash -c "cd ~/b && $SHIMS/pp-$name"
        claim "$name $output" = "$name "
        "$SHIMS/pp-$name" : > out
        [ "$name" = make ] || claim "$name $(sort -u out)" = "$name owned"
    done
}

@test "the second time is warm: pip, cargo, go, gcc with ccache, in one project and in another" {
    declare -A cache=([pip]=.cache/pip/http-v2 [cargo]=.cargo/registry/cache
        [go]=go/pkg/mod/cache/download [gcc]=.cache/ccache/0 [uv]=.cache/uv/x)
    for name in "${!cache[@]}"; do
        tool "$name" << END
if [ -e ~/${cache[$name]}/x ]; then echo warm; else
    mkdir -p ~/${cache[$name]} && echo x > ~/${cache[$name]}/x && echo cold; fi
END
        for project in a b; do
            cd "$HOME/$project"
            claim "$name $project $("$SHIMS/pp-$name")" = "$name $project cold"
            claim "$name $project $("$SHIMS/pp-$name")" = "$name $project warm"
        done
    done
}

@test "npm: a package is fetched once for all projects, the index of one is not another's" {
    need npm
    # A registry of one package, which counts.
    mkdir -p "$WORK/registry/package"
    echo '{"name":"pen","version":"1.0.0"}' > "$WORK/registry/package/package.json"
    tar -C "$WORK/registry" -czf "$WORK/registry/pen.tgz" package
    cat > "$WORK/registry/serve.js" << 'END'
const fs = require('fs'), http = require('http'), crypto = require('crypto')
const tgz = fs.readFileSync(__dirname + '/pen.tgz')
const integrity = 'sha512-' + crypto.createHash('sha512').update(tgz).digest('base64')
const server = http.createServer((q, a) => {
    fs.appendFileSync(__dirname + '/log', q.url + '\n')
    if (q.url.endsWith('.tgz')) return a.end(tgz)
    const tarball = `http://localhost:${server.address().port}/pen.tgz`
    a.setHeader('content-type', 'application/json')
    a.end(JSON.stringify({ name: 'pen', 'dist-tags': { latest: '1.0.0' }, versions:
        { '1.0.0': { name: 'pen', version: '1.0.0', dist: { tarball, integrity } } } }))
}).listen(0, 'localhost', () => fs.writeFileSync(__dirname + '/port', '' + server.address().port))
END
    node "$WORK/registry/serve.js" 3>&- > /dev/null 2>&1 &
    server=$!
    cleanup() { kill "$server"; }
    wait_until 60 test -s "$WORK/registry/port"
    echo "registry=http://localhost:$(cat "$WORK/registry/port")/" > .npmrc
    echo '{"name":"a","version":"1.0.0","dependencies":{"pen":"1.0.0"}}' > package.json
    fetched() { grep -c tgz "$WORK/registry/log"; }
    "$SHIMS/pp-npm" install --silent --no-audit --no-fund
    claim "$(fetched)" = 1
    cp .npmrc package.json package-lock.json ../b
    rm -r node_modules
    "$SHIMS/pp-npm" ci --silent --no-audit --no-fund
    claim -e node_modules/pen/package.json
    claim "$(fetched)" = 1
    cd ../b
    "$SHIMS/pp-npm" ci --silent --no-audit --no-fund
    claim -e node_modules/pen/package.json
    claim "$(fetched)" = 1
    # What another project's run has changed is fetched anew, not believed.
    rm -r node_modules
    (cd ../a && "$SHIMS/pp-npm" exec -c 'find ~/.npm/_cacache/content-v2 -type f \
        -exec sh -c "chmod u+w \$1; echo planted > \$1" sh {} \;')
    "$SHIMS/pp-npm" ci --silent --no-audit --no-fund
    claim "$(< node_modules/pen/package.json)" = '{"name":"pen","version":"1.0.0"}'
    claim "$(fetched)" = 2
    # Without a lock it believes the index: that is the other project's own.
    run "$SHIMS/pp-npm" cache ls
    run "$SHIMS/pp-npm" install --offline --no-audit --no-fund pen@1 --prefix ../b/x
    claim "$status" != 0
    claim ! -e "$HOME/.npm"
}

@test "an agent logs in once, finds that in another project, and its hooks are one project's" {
    for name in claude codex; do
        case $name in
        claude) login=.claude/.credentials.json settings=.claude/settings.json ;;
        codex) login=.codex/auth.json settings=.codex/config.toml ;;
        esac
        tool "$name" << END
mkdir -p ~/${login%/*}
[ ! -e ~/$settings ] || . ~/$settings
if [ -s ~/$login ]; then echo in; else echo token > ~/$login; echo log in; fi
echo "echo hook" > ~/$settings
END
        cd "$HOME/a"
        claim "$("$SHIMS/pp-$name")" = 'log in'
        claim "$("$SHIMS/pp-$name")" = $'hook\nin'
        cd "$HOME/b"
        claim "$("$SHIMS/pp-$name")" = in
        claim ! -e "$HOME/${login%/*}"
        # The user's own, if they say so; what was left in there is pointed out.
        mkdir "$HOME/${login%/*}"
        echo mine > "$HOME/$login"
        PLAYPEN_OPTIONS+=" --rw ~/${login%/*}" run -0 "$SHIMS/pp-$name"
        claim "${lines[0]}" = in
        contains "$output" "run by other programs by themselves: $HOME/$settings"
        claim "$(cat "$HOME/$login" "$HOME/$settings")" = $'mine\necho hook'
    done
}

@test "a login that may name a host, or set variables, is one project's" {
    while read -r name login; do
        tool "$name" << END
mkdir -p ~/${login%/*}
if [ -s ~/$login ]; then cat ~/$login; else echo 'host: evil' > ~/$login; fi
END
        cd "$HOME/a"
        claim "$name $("$SHIMS/pp-$name")" = "$name "
        claim "$name $("$SHIMS/pp-$name")" = "$name host: evil"
        cd "$HOME/b"
        claim "$name $("$SHIMS/pp-$name")" = "$name "
    done << 'END'
qwen .qwen/oauth_creds.json
goose .config/goose/secrets.yaml
opencode .local/share/opencode/auth.json
aider .aider/oauth-keys.env
copilot .copilot/config.json
END
}

@test "an agent commits under the user's name, without a key; a gitconfig with a token is not shown" {
    need git
    git init -q .
    printf '[user]\n\tname = Pen\n\temail = p@example.org\n[commit]\n\tgpgsign = true\n' > ~/.gitconfig
    tool claude <<< 'eval "$1"'
    "$SHIMS/pp-claude" 'git commit -q --allow-empty -m one'
    claim "$(git log --format=%an)" = Pen
    GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=Quill \
        "$SHIMS/pp-claude" 'git commit -q --allow-empty -m two'
    claim "$(git log -1 --format=%an)" = Quill
    # So does what it includes, from where that is.
    mkdir ~/work
    printf '[includeIf "gitdir:%s/"]\n\tpath = work/gitconfig\n[include]\n\tpath = ~/token\n' \
        "$PWD" >> ~/.gitconfig
    printf '[include]\n\tpath = "who am i"\n' > ~/work/gitconfig
    printf '[user]\n\tname = Worker\n' > ~/'work/who am i'
    printf '[github]\n\ttoken = hunter3-x-4711\n' > ~/token
    run "$SHIMS/pp-claude" 'git commit -q --allow-empty -m three; cat ~/token ~/work/other'
    lacks "$output" hunter3
    claim "$(git log -1 --format=%an)" = Worker
    printf '[url "https://me:hunter2@example.org/"]\n\tinsteadOf = e:\n' >> ~/.gitconfig
    run "$SHIMS/pp-claude" 'git config user.name; cat ~/.gitconfig'
    lacks "$output" hunter2
    run "$PLAYPEN" --preset claude -- true
    contains "$output" "$HOME/.gitconfig holds a credential: not shown to the command"
    # What of the environment was left out is named where the command fails.
    DB_PASS=x SSH_AUTH_SOCK=/x run -1 "$PLAYPEN" --preset claude -- false
    contains "$output" "left out of the command's environment, as credentials: DB_PASS (-e NAME passes one)"
    DB_PASS=x run -0 "$PLAYPEN" --preset claude -- true
    lacks "$output" DB_PASS
}

@test "an installer writes the environment that is activated, and not conda's own, which each shell starts" {
    local base=$HOME/miniconda3

    mkdir -p "$base"/{bin,condabin,conda-meta,etc/profile.d}
    echo 'echo base' > "$base/etc/profile.d/conda.sh"
    ln -s /usr/bin/python3 "$base/bin/python3"
    ln -s python3 "$base/bin/pip"
    echo "open('$base/etc/profile.d/conda.sh', 'a').write('echo planted')" > p.py
    CONDA_PREFIX=$base PATH=$base/bin:$PATH run "$SHIMS/pp-pip" p.py
    contains "$output" 'Read-only file system'
    claim "$(< "$base/etc/profile.d/conda.sh")" = 'echo base'
}

@test "what an installer left in the activated environment grants nothing to the next run" {
    local env=$HOME/envs/x

    mkdir -p "$env/bin" "$HOME/work/other/src"
    echo private > "$HOME/work/other/src/notes"
    printf '#!/bin/sh\n' > "$HOME/work/other/run.sh"
    chmod +x "$HOME/work/other/run.sh"
    echo 'home = /usr/bin' > "$env/pyvenv.cfg"
    ln -s /usr/bin/python3 "$env/bin/python3"
    ln -s python3 "$env/bin/pip"
    export VIRTUAL_ENV=$env PATH=$env/bin:$PATH
    cat > plant.py << END
import os
os.symlink('$HOME/work/other/run.sh', '$env/bin/evil')
open('$env/bin/pytest', 'w').write('#!/usr/bin/env -S --unse evil cat $HOME/work/other/src/notes\n')
os.chmod('$env/bin/pytest', 0o755)
print('planted')
END
    run -0 "$SHIMS/pp-pip" plant.py
    contains "$output" planted
    cd "$HOME/b"
    run "$SHIMS/pp-pytest"
    lacks "$output" private
    # One that looks like no environment any more.
    echo x > "$env/id_rsa"
    run "$SHIMS/pp-python3" -c "print(open('$HOME/work/other/src/notes').read())"
    lacks "$output" private
}

@test "settings in which a password stands are not shown" {
    local name

    mkdir -p "$HOME/.config/go" "$HOME/.cargo"
    printf '%s\n' '[user]' ' name = A' '[sendemail]' ' smtppass = pass-4c1f' \
        '[http "https://dev.example"]' \
        ' extraheader = AUTHORIZATION: basic pass-4c1f' > "$HOME/.gitconfig"
    printf '%s\n' '[registries.mine]' 'token = "pass-4c1f"' > "$HOME/.cargo/config.toml"
    echo 'GOPROXY=https://bob:pass-4c1f@proxy.example' > "$HOME/.config/go/env"
    mkdir -p "$HOME/.jupyter"
    echo "c.ServerApp.token = 'pass-4c1f'" > "$HOME/.jupyter/jupyter_server_config.py"
    for name in claude cargo go jupyter; do
        tool "$name" <<< 'cat ~/.gitconfig ~/.cargo/config.toml ~/.config/go/env ~/.jupyter/* 2> /dev/null; echo ran'
        run "$SHIMS/pp-$name"
        contains "$output" ran
        lacks "$output" pass-4c1f
    done
    # What holds none is.
    printf '%s\n' '[user]' ' name = A' '[credential "https://example.org"]' \
        ' helper = cache' > "$HOME/.gitconfig"
    run -0 "$SHIMS/pp-claude"
    contains "$output" 'name = A'
}

@test "what a tool's variable places in the project is the project's" {
    mkdir -p bin .npm
    echo mine > .npm/mine
    tool go <<< 'touch bin/tool'
    GOBIN=$PWD/bin "$SHIMS/pp-go" install x
    claim -e bin/tool
    tool npm <<< 'cat .npm/mine; echo cached > .npm/new'
    npm_config_cache=$PWD/.npm run -0 "$SHIMS/pp-npm" ci
    claim "$output" = mine
    claim "$(< .npm/new)" = cached
}

# bats test_tags=slow
@test "directories that a variable moves are kept, for each project, in the home and out of it, and the user's own are as they were" {
    local moved preset variable place

    tool keeps << 'END'
dir=$(eval "echo \$$1")$2
mkdir -p "$dir" && cat "$dir/x"
echo warm > "$dir/x"
END
    while read -r preset variable place; do
        for moved in "$HOME/.moved/$variable" "$WORK/$variable" "/tmp/$ID/$variable"; do
            # Where the user has one, and where not.
            [ "$moved" != "$WORK/$variable" ] || {
                mkdir -p "$moved$place"
                echo mine > "$moved$place/x"
            }
            for project in a b; do
                cd "$HOME/$project"
                run env "$variable=$moved" "$PLAYPEN" -q --preset "$preset" -- \
                    keeps "$variable" "$place"
                lacks "$preset $variable $moved $output" warm
                lacks "$output" mine
                run env "$variable=$moved" "$PLAYPEN" -q --preset "$preset" -- \
                    keeps "$variable" "$place"
                contains "$preset $variable $moved $output" warm
            done
        done
        claim "$(< "$WORK/$variable$place/x")" = mine
    done << 'END'
npm Npm_Config_Cache /_npx
pip PIP_CACHE_DIR
uv UV_CACHE_DIR
poetry POETRY_CACHE_DIR
cargo CARGO_HOME /registry
cargo CARGO_TARGET_DIR /debug
go GOPATH /pkg/mod
go GOCACHE
gcc CCACHE_DIR
make XDG_CACHE_HOME /ccache
gradle GRADLE_USER_HOME
deno DENO_DIR
bun BUN_INSTALL_CACHE_DIR
claude CLAUDE_CONFIG_DIR
END
    claim "$(find "$HOME/.moved" -type f)" = ''
    claim ! -e "/tmp/$ID"
}

@test "what a tool installs for the user fails, and does not vanish, where they have nothing there yet" {
    echo tool > plan.txt
    while read -r preset place; do
        run -1 "$PLAYPEN" -q --preset "$preset" -- \
            sh -c 'mkdir -p ~/"$0"; cp plan.txt ~/"$0"/tool && echo installed' "$place"
        contains "$preset $output" "Read-only file system"
        lacks "$output" installed
    done << 'END'
cargo .cargo/bin
go go/bin
bun .bun/install/global
pnpm .local/share/pnpm/global/5
yarn .config/yarn/global
deno .deno/bin
composer .config/composer/vendor/bin
pip .local/lib/python3.13/site-packages
pip .local/bin
python3 .local/lib/python3.13/site-packages
pipx .local/bin
uv .local/bin
Rscript R/library
END
    claim "$(ls -A "$HOME")" = $'a\nb\nbin'
    # In the project it is the project's.
    GOBIN=$PWD/new run -0 "$PLAYPEN" -q --preset go -- sh -c 'mkdir "$GOBIN" && cp plan.txt "$GOBIN"'
    claim -e new/plan.txt
}

@test "shell: your settings read-only, but those with a token; what its tools keep is the project's" {
    need bash
    export SHELL=/bin/bash
    printf 'alias greet="echo hello"\nexport EDITOR=vi TOKEN_OF=$(pass x)\n' > ~/.bashrc
    printf 'set number\n' > ~/.vimrc
    echo private > ~/diary
    inside() { run "$SHIMS/pp-shell" -ic "$1"; }
    inside 'greet; cat ~/.vimrc; cat ~/diary; echo x >> ~/.bashrc; echo x >> ~/.vimrc'
    contains "$output" hello
    contains "$output" 'set number'
    lacks "$output" private
    claim "$(wc -l < ~/.bashrc)" = 2
    claim "$(< ~/.vimrc)" = 'set number'
    for text in 'export OPENAI_KEY=7d1c9fa2' 'export A=1 DB_PASS=7d1c9fa2' "alias x='mysql --password=7d1c9fa2'" \
        '[ -z "$A" ] && export X_TOKEN=7d1c9fa2'; do
        echo "$text" > ~/.bashrc
        inside 'cat ~/.bashrc'
        lacks "$output" 7d1c9fa2
    done
    rm ~/.bashrc
    mkdir -p ~/.config/fish/conf.d
    echo 'set -gx EDITOR vi' > ~/.config/fish/config.fish
    inside 'cat ~/.config/fish/config.fish'
    contains "$output" EDITOR
    echo 'set -gx MY_TOKEN 7d1c9fa2' > ~/.config/fish/conf.d/x.fish
    inside 'cat ~/.config/fish/conf.d/x.fish'
    lacks "$output" 7d1c9fa2
    rm -r ~/.config
    # Deeper, and behind much else.
    local token=ghp_7d1c9fa20123456789abcdef
    mkdir -p ~/.config/nvim/lua ~/.vim/plugin ~/.local/bin
    echo "return { key = '$token' }" > ~/.config/nvim/lua/ai.lua
    echo "let g:key = '$token'" > ~/.vim/plugin/ai.vim
    { printf '#%70000s\n'; echo "export MY_TOKEN=$token"; } > ~/.bashrc
    printf '#!/bin/sh\ncurl -H "Private: %s"\n' "$token" > ~/.local/bin/deploy
    chmod +x ~/.local/bin/deploy
    PATH=~/.local/bin:$PATH inside 'echo began; cat ~/.config/nvim/lua/ai.lua \
        ~/.vim/plugin/ai.vim ~/.bashrc ~/.local/bin/deploy'
    contains "$output" began
    lacks "$output" 7d1c9fa2
    rm -r ~/.config ~/.vim ~/.bashrc ~/.local
    inside 'for d in .npm/_npx .cargo/registry go/pkg/mod .m2 .gradle .bundle .ipython .cache/pip; do
        mkdir -p ~/$d && echo warm > ~/$d/x; done; history -s typed; history -w'
    inside 'cat ~/.npm/_npx/x ~/.cargo/registry/x ~/go/pkg/mod/x ~/.m2/x ~/.gradle/x ~/.bundle/x ~/.ipython/x ~/.cache/pip/x; cat "$HISTFILE"'
    claim "$(grep -cx warm <<< "$output")" = 8
    contains "$output" typed
    cd "$HOME/b"
    inside 'cat ~/.npm/_npx/x ~/.cargo/registry/x ~/go/pkg/mod/x ~/.m2/x; cat "$HISTFILE"'
    lacks "$output" warm
    lacks "$output" typed
    claim "$(cd && ls -A)" = $'.vimrc\na\nb\nbin\ndiary'
}

@test "what a preset keeps, removed between two runs, is made anew; a symlink in its place is named, and nothing outside touched" {
    local kept

    mkdir "$WORK/victim"
    tool pip <<< 'mkdir -p ~/.cache/pip; cat ~/.cache/pip/x; echo warm > ~/.cache/pip/x'
    tool claude <<< 'cat ~/.claude/.credentials.json; echo token > ~/.claude/.credentials.json'
    "$SHIMS/pp-pip"
    claim "$("$SHIMS/pp-pip")" = warm
    kept=$XDG_STATE_HOME/playpen/pip@$PWD$HOME/.cache/pip
    for place in "$kept" "${kept%/*}" "$XDG_STATE_HOME/playpen/pip@$PWD" "$XDG_STATE_HOME/playpen/pip@"; do
        rm -r "$place"
        run "$SHIMS/pp-pip"
        lacks "$output" warm
        claim "$("$SHIMS/pp-pip")" = warm
        rm -r "$place"
        ln -s "$WORK/victim" "$place"
        run -125 "$SHIMS/pp-pip"
        contains "$output" "$place is a symbolic link, which playpen does not follow: take it away"
        rm "$place"
    done
    "$SHIMS/pp-claude" > first
    kept=$XDG_STATE_HOME/playpen/claude$HOME/.claude/.credentials.json
    claim "$(< "$kept")" = token
    rm "$kept"
    echo secret > "$WORK/victim/secret"
    ln -s "$WORK/victim/secret" "$kept"
    run -125 "$SHIMS/pp-claude"
    contains "$output" "$kept is a symbolic link"
    claim "$(cat "$WORK/victim/"*)" = secret
}

@test "two runs of a preset at once, in one project and in another: both go on, each with its own" {
    tool claude << 'END'
echo "$1" >> ~/all; echo "$1" >> ~/.claude/.credentials.json
echo ready
while [ ! -e end ]; do sleep 0.1; done
cat ~/all
END
    for each in a:1 a:2 b:3; do
        cd "$HOME/${each%:*}"
        "$SHIMS/pp-claude" "${each#*:}" > "$WORK/out${each#*:}" 2>&1 3>&- &
        eval "pid${each#*:}=\$!"
        wait_until 60 grep -q ready "$WORK/out${each#*:}"
    done
    touch "$HOME/a/end"
    wait "$pid1" "$pid2"
    # The others have ended, and the last one's places are still there.
    run -0 bash -c "cd '$HOME/b' && echo x > y && touch end"
    wait "$pid3"
    claim "$(tail -n 2 "$WORK/out1")" = $'1\n2'
    claim "$(tail -n 2 "$WORK/out2")" = $'1\n2'
    claim "$(tail -n 1 "$WORK/out3")" = 3
    claim "$(cat "$XDG_STATE_HOME/playpen/claude$HOME/.claude/.credentials.json")" = $'1\n2\n3'
}

@test "a variable that names the home directory, or what is no directory, shows nothing of it and breaks nothing" {
    mkdir -p "$HOME/.ssh" "$HOME/.local/share/keyrings"
    echo private | tee "$HOME/.ssh/id" "$HOME/.local/share/keyrings/k" "$HOME/diary" > out
    while read -r preset variable value; do
        value=${value//HOME/$HOME}
        run -0 env "$variable=$value" "$PLAYPEN" -q --preset "$preset" -- \
            sh -c 'cat ~/.ssh/id ~/.local/share/keyrings/k ~/diary 2> /dev/null; echo ran'
        contains "$preset $variable=$value $output" ran
        lacks "$preset $variable=$value $output" private
    done << 'END'
go GOBIN HOME
go GOENV HOME
gem GEM_HOME HOME
pipx PIPX_HOME HOME/.local
pipx PIPX_BIN_DIR HOME
uv UV_TOOL_BIN_DIR HOME/.local
uv UV_PYTHON_INSTALL_DIR HOME/.local/share
cargo RUSTUP_HOME HOME
jupyter JUPYTER_CONFIG_DIR HOME
npm npm_config_cache /tmp
python3 XDG_CACHE_HOME /tmp
gcc CCACHE_DIR /dev/null
pip PIP_CACHE_DIR /dev/null
go GOCACHE off
gem GEM_HOME HOME/.local/share/gem
END
    claim "$(cd && ls -A)" = $'.local\n.ssh\na\nb\nbin\ndiary'
}

@test "a program that a run left on the caller's PATH, before another of its name, is pointed out" {
    local env=$HOME/envs/x plant

    plant='printf "#!/bin/sh\necho planted\n" > "$0/ls"; cp "$0/ls" "$0/ours"; chmod +x "$0/ls" "$0/ours"'
    mkdir -p "$env/bin" .venv/bin
    echo 'home = /usr/bin' > "$env/pyvenv.cfg"
    ln -s /usr/bin/python3 "$env/bin/python3"
    VIRTUAL_ENV=$env PATH=$env/bin:$PATH run -0 "$PLAYPEN" -q --preset pip -- sh -c "$plant" "$env/bin"
    claim "$output" = "playpen: made or changed, and found by your PATH before others of the same names: $env/bin/ls: look at them before you type such a name"
    PATH=$PWD/.venv/bin:$PATH run -0 "$PLAYPEN" -q --project-only -- sh -c "$plant" "$PWD/.venv/bin"
    contains "$output" "the same names: $PWD/.venv/bin/ls:"
    # A completion, which bash reads at Tab, but for a program that only .venv has.
    PATH=$PWD/.venv/bin:$PATH run -0 "$PLAYPEN" -q --project-only -- sh -c 'mkdir -p "$0"; cd "$0"; touch ls _ps.bash ours _' \
        "$PWD/.venv/share/bash-completion/completions"
    contains "$output" completions/ls completions/_ps.bash
    lacks "$output" ours 'completions/_,'
    # Not what was there, nor what comes after the system's, nor on no PATH.
    PATH=$PWD/.venv/bin:$PATH run -0 "$PLAYPEN" -q --project-only -- touch x
    claim "$output" = ''
    PATH=$PATH:$PWD/.venv/bin run -0 "$PLAYPEN" -q --project-only -- sh -c "$plant" "$PWD/.venv/bin"
    claim "$output" = ''
    # Moved there, old as it is; what a link now leads to.
    mkdir -p old p2 && printf '#!/bin/sh\n' > old/ls && chmod +x old/ls && ln -s ../later p2/ps
    PATH=$PWD/p1:$PWD/p2:$PATH run -0 "$PLAYPEN" -q --project-only -- \
        sh -c 'mv old p1; printf "#!/bin/sh\n" > later; chmod +x later'
    contains "$output" "$PWD/p1/ls" "$PWD/p2/ps"
    # Libraries, by LD_LIBRARY_PATH.
    LD_LIBRARY_PATH=$PWD/lib: run -0 "$PLAYPEN" -q --project-only -- \
        sh -c 'mkdir -p lib/glibc-hwcaps/x; touch lib/libc.so.6 lib/libours.so.1 lib/glibc-hwcaps/x/libm.so.6 libz'
    contains "$output" LD_LIBRARY_PATH "$PWD/lib/libc.so.6" "$PWD/lib/glibc-hwcaps/x/libm.so.6"
    lacks "$output" libours libz
    rm -r lib/libc.so.6 lib/glibc-hwcaps
    LD_LIBRARY_PATH=$PWD/lib: run -0 "$PLAYPEN" -q --project-only -- touch lib/libours.so.1
    claim "$output" = ''
    # A directory that was made unreadable.
    PATH=$PWD/.venv/bin:$PATH run -0 "$PLAYPEN" -q --project-only -- chmod 300 .venv/bin
    contains "$output" "$PWD/.venv/bin, which is on your PATH, cannot be looked at any more"
    chmod 700 .venv/bin
}
