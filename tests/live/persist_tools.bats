# bats file_tags=workshop
# What presets keep, with the real tools: the second time is warm, and what one
# project's run has left is run neither outside nor in another project's run.

load helper

setup() {
    own_home a b
    export XDG_STATE_HOME=$WORK/state
    unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
    no_limits
    "$PLAYPEN" --install-shims "$WORK/shims" 2> /dev/null
    SHIMS=$WORK/shims
    cd "$HOME/a" || return
}

cleanup() { [ -z "${server-}" ] || kill "$server"; }

# A registry on localhost for pip, cargo and go, that writes down what is fetched.
# All packages are called pen, and are fine.
serve() {
    cat > "$WORK/serve.py" << 'END'
import hashlib, http.server, io, json, os, sys, tarfile, zipfile
work = sys.argv[1]
def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:gz') as t:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            t.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()
def pack(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        for name, text in files.items():
            z.writestr(name, text)
    return out.getvalue()
crate = tar({'pen-1.0.0/Cargo.toml': '[package]\nname = "pen"\nversion = "1.0.0"\nedition = "2021"\n',
             'pen-1.0.0/src/lib.rs': 'pub fn is() -> &\'static str { "fine" }\n'})
mod = 'module example.org/pen\n\ngo 1.19\n'
gozip = pack({'example.org/pen@v1.0.0/go.mod': mod,
              'example.org/pen@v1.0.0/pen.go': 'package pen\n\nfunc Is() string { return "fine" }\n'})
setup = 'from setuptools import setup\nsetup(name="pen", version="1.0", py_modules=["pen"])\n'
sdist = tar({'pen-1.0/PKG-INFO': 'Metadata-Version: 2.1\nName: pen\nVersion: 1.0\n',
             'pen-1.0/setup.py': setup, 'pen-1.0/pen.py': 'IS = "fine"\n'})
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = 'http://localhost:%d/' % self.server.server_port
        entry = {'name': 'pen', 'vers': '1.0.0', 'deps': [], 'features': {}, 'yanked': False,
                 'cksum': hashlib.sha256(crate).hexdigest()}
        pages = {'/index/config.json': json.dumps({'dl': url + '{crate}-{version}.crate'}),
                 '/index/3/p/pen': json.dumps(entry) + '\n', '/pen-1.0.0.crate': crate,
                 '/example.org/pen/@v/list': 'v1.0.0\n', '/example.org/pen/@v/v1.0.0.mod': mod,
                 '/example.org/pen/@v/v1.0.0.info': '{"Version":"v1.0.0"}',
                 '/example.org/pen/@v/v1.0.0.zip': gozip, '/pen-1.0.tar.gz': sdist,
                 '/simple/pen/': '<a href="%spen-1.0.tar.gz#sha256=%s">pen-1.0.tar.gz</a>'
                     % (url, hashlib.sha256(sdist).hexdigest())}
        body = pages.get(self.path)
        with open(work + '/log', 'a') as log:
            log.write(self.path + '\n')
        self.send_response(404 if body is None else 200)
        self.send_header('Content-Type', 'text/html')
        self.send_header('Cache-Control', 'max-age=3600')
        self.end_headers()
        self.wfile.write(body.encode() if isinstance(body, str) else body or b'')
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(('localhost', 0), Handler)
with open(work + '/port.new', 'w') as f:
    f.write('http://localhost:%d' % server.server_port)
os.rename(work + '/port.new', work + '/port')
server.serve_forever()
END
    python3 "$WORK/serve.py" "$WORK" 3>&- > /dev/null 2>&1 &
    server=$!
    wait_until 60 test -s "$WORK/port"
    url=$(< "$WORK/port")
    export CARGO_REGISTRIES_LOCAL_INDEX=sparse+$url/index/ CARGO_NET_RETRY=0
    export GOPROXY=$url GOSUMDB=off GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
    export PIP_INDEX_URL=$url/simple PIP_DISABLE_PIP_VERSION_CHECK=1
}

fetched() { grep -c "$1\$" "$WORK/log"; }

# project DIRECTORY - one of cargo, go and pip that depends on pen.
project() {
    mkdir -p "$1/src" "$1/c"
    printf '[package]\nname = "x"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\npen = { version = "1", registry = "local" }\n' > "$1/Cargo.toml"
    echo 'fn main() { println!("{}", pen::is()); }' > "$1/src/main.rs"
    printf 'module x\n\ngo 1.19\n\nrequire example.org/pen v1.0.0\n' > "$1/go.mod"
    printf 'package main\n\nimport ("fmt"; "example.org/pen")\n\nfunc main() { fmt.Println(pen.Is()) }\n' > "$1/main.go"
    echo 'int main(void) { return 0; }' > "$1/c/x.c"
}

# What the program says that is built anew, by the tools with the prefix $1.
by_cargo() { rm -rf target && "${1}cargo" -q run; }
by_go() { "${1}go" run . 2> go.log || cat go.log; }
by_pip() {
    rm -rf lib
    "${1}pip" install -q --no-build-isolation --target lib pen > pip.log 2>&1 || cat pip.log
    python3 -c 'import sys; sys.path.insert(0, "lib"); import pen; print(pen.IS)'
}

@test "the second time is warm, in one project and in another: cargo, go, pip, gcc with ccache" {
    need cargo
    need go
    need ccache
    serve
    for name in a b; do
        project "$HOME/$name"
        cd "$HOME/$name"
        for _ in first second; do
            claim "$(by_cargo "$SHIMS/pp-")" = fine
            claim "$(by_go "$SHIMS/pp-")" = fine
            claim "$(by_pip "$SHIMS/pp-")" = fine
            rm -f x.o
            PATH=/usr/lib/ccache:$PATH CCACHE_STATSLOG=$PWD/ccache.log \
                "$SHIMS/pp-gcc" -c c/x.c
            claim -e x.o
        done
        claim "$(grep -cx cache_miss ccache.log)" = 1
        claim "$(grep -cx direct_cache_hit ccache.log)" = 1
        # One outside, which calls the shim.
        for _ in first second; do
            CCACHE_DIR=$PWD/outside CCACHE_TEMPDIR=$PWD/temp \
                CCACHE_STATSLOG=$PWD/outside.log ccache "$SHIMS/pp-gcc" -c c/x.c
        done
        claim "$(grep -cx direct_cache_hit outside.log)" = 1
    done
    # Once for each of the two projects.
    for what in crate zip tar.gz; do
        claim "$what $(fetched "$what")" = "$what 2"
    done
    claim "$(find "$HOME" -mindepth 1 -maxdepth 1 -name '.*' -o -mindepth 1 -maxdepth 1 -name go)" = ''
}

@test "a source, a wheel, an object that are planted: run in that project alone, by the real tools" {
    need cargo
    need go
    need ccache
    serve
    for name in a b; do
        project "$HOME/$name"
    done
    for tool in cargo go pip; do
        claim "$tool $("by_$tool" "$SHIMS/pp-")" = "$tool fine"
    done
    "$PLAYPEN" -q --preset cargo -- sh -c 'sed -i s/fine/planted/ ~/.cargo/registry/src/*/pen-1.0.0/src/lib.rs'
    "$PLAYPEN" -q --preset go -- sh -c 'sed -i s/fine/planted/ ~/go/pkg/mod/example.org/pen@v1.0.0/pen.go'
    cat > plant.py << 'END'
import glob, os, zipfile
for name in glob.glob(os.path.expanduser('~/.cache/pip/wheels/**/pen-*.whl'), recursive=True):
    with zipfile.ZipFile(name) as z:
        files = {f: z.read(f) for f in z.namelist()}
    with zipfile.ZipFile(name, 'w') as z:
        for f, text in files.items():
            z.writestr(f, b'IS = "planted"\n' if f == 'pen.py' else text)
END
    "$PLAYPEN" -q --preset pip -- python3 plant.py
    printf '#!/bin/sh\necho planted >&2\n"$@"\n' > wrap
    chmod +x wrap
    mkdir "$WORK/ccache"
    export CCACHE_DIR=$WORK/ccache
    "$PLAYPEN" -q --preset gcc -- sh -c 'echo "prefix_command = $PWD/wrap" > "$CCACHE_DIR/ccache.conf"'
    by_gcc() { PATH=/usr/lib/ccache:$PATH "${1}gcc" -DX="$RANDOM" -c c/x.c; }
    for tool in cargo go pip gcc; do
        cd "$HOME/a"
        run "by_$tool" "$SHIMS/pp-"
        contains "$tool $output" planted
        cd "$HOME/b"
        for prefix in "$SHIMS/pp-" ''; do
            run -0 "by_$tool" "$prefix"
            lacks "$tool $prefix $output" planted
        done
    done
}

@test "a plugin, a startup file, a kernel, a setting that are planted: run by no tool outside, nor in another project" {
    local ruby

    need ruby
    need ipython3
    need jupyter
    ruby=$(ruby -e 'print Gem.ruby_api_version')
    echo 'echo planted' > "$HOME/a/hook"
    # The preset, a file in the home directory, what it holds, the tool's words.
    while IFS='|' read -r preset file text command; do
        cd "$HOME/a"
        "$PLAYPEN" -q --preset "$preset" -- sh -c 'mkdir -p "$(dirname ~/"$0")" &&
            printf "$1\n" > ~/"$0"' "$file" "$text" 2> /dev/null || :
        cd "$HOME/b"
        run bash -c "$command"
        lacks "outside: $preset $output" planted
        run "$PLAYPEN" -q --preset "$preset" -- bash -c "$command"
        lacks "in b: $preset $output" planted
        cd "$HOME/a"
        run "$PLAYPEN" -q --preset "$preset" -- bash -c "$command"
        case $preset in # where it is kept for the project it is run
        gem | ipython | jupyter) contains "in a: $preset $output" planted ;;
        *) lacks "in a: $preset $output" planted ;;
        esac
    done << END
gem|.local/share/gem/ruby/$ruby/plugins/x_plugin.rb|puts 'planted'|gem list
ipython|.ipython/profile_default/startup/0.py|print('planted')|ipython3 -c pass
jupyter|.local/share/jupyter/kernels/planted/kernel.json|{"argv":["x"],"display_name":"x","language":"x"}|jupyter kernelspec list
python3|.local/lib/python3.13/site-packages/x.pth|import os; os.system('echo planted')|python3 -c pass
pip|.config/pip/pip.conf|[global]\nindex-url = http://planted|pip config list
npm|.npmrc|init-author-name=planted|npm config get init-author-name
yarn|.yarnrc|lastUpdateCheck planted|yarnpkg config list
go|.config/go/env|GOFLAGS=-tags=planted|go env GOFLAGS
cargo|.cargo/config.toml|[alias]\nplanted = "version"|cargo --list
mvn|.mavenrc|echo planted|mvn -v
composer|.config/composer/config.json|{"config":{"vendor-dir":"planted"}}|composer config -g vendor-dir
poetry|.config/pypoetry/config.toml|cache-dir = "/planted"|poetry config cache-dir
pipx|.local/bin/planted|#!/bin/sh|ls ~/.local/bin
make|.gitconfig|[user]\nname = planted|git config user.name
sh|.bashrc|echo planted|bash -ic :
shell|.profile|echo planted|bash -lc :
END
}

@test "CARGO_TARGET_DIR: what one project's run left there is run by no other cargo, and it is said where it is" {
    need cargo
    mkdir "$WORK/target"
    export CARGO_TARGET_DIR=$WORK/target
    for name in a b; do
        mkdir -p "$HOME/$name/src"
        printf '[package]\nname = "x"\nversion = "1.0.0"\nedition = "2021"\n' > "$HOME/$name/Cargo.toml"
        echo 'fn main() { println!("fine"); }' > "$HOME/$name/src/main.rs"
    done
    cd "$HOME/b"
    claim "$(cargo -q run)" = fine
    cd "$HOME/a"
    run -0 "$SHIMS/pp-cargo" -q build
    claim "$output" = "playpen: CARGO_TARGET_DIR is $WORK/target, but what was built is in $XDG_STATE_HOME/playpen/cargo@$HOME/a$WORK/target, kept for this project alone: PLAYPEN_OPTIONS='--rw $WORK/target' builds into yours, as outside"
    # Not where nothing was built.
    run -0 "$SHIMS/pp-cargo" -q run
    claim "$output" = fine
    "$PLAYPEN" -q --preset cargo -- sh -c 'for f in $CARGO_TARGET_DIR/debug/x $CARGO_TARGET_DIR/debug/deps/x-*; do
        [ ! -x "$f" ] || { rm "$f"; printf "#!/bin/sh\necho planted\n" > "$f"; chmod +x "$f"; }; done' 2> /dev/null
    claim "$("$SHIMS/pp-cargo" -q run)" = planted
    cd "$HOME/b"
    claim "$(cargo -q run)" = fine
    claim "$("$SHIMS/pp-cargo" -q run 2> /dev/null)" = fine
    # The user's own, if they say so; in the project it is the project's.
    PLAYPEN_OPTIONS+=" --rw $WORK/target" run -0 "$SHIMS/pp-cargo" -q build
    claim "$output" = ''
    CARGO_TARGET_DIR=built run -0 "$SHIMS/pp-cargo" -q build
    claim "$output" = ''
    claim -x built/debug/x
}

@test "go install, cargo install: an error, where the user has no directory for it yet" {
    need go
    need cargo
    mkdir src
    printf '[package]\nname = "x"\nversion = "1.0.0"\nedition = "2021"\n' > Cargo.toml
    echo 'fn main() { println!("fine"); }' > src/main.rs
    printf 'module example.org/x\n' > go.mod
    printf 'package main\n\nfunc main() {}\n' > main.go
    run "$SHIMS/pp-go" install .
    claim "$status" = 1
    contains "$output" 'read-only file system'
    run "$SHIMS/pp-cargo" -q install --path .
    claim "$status" != 0
    contains "$output" 'Read-only file system'
}
