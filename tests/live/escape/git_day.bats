#!/usr/bin/env bats
# An ordinary day with git in a bundle draws no warning.

load git

@test "commits, branches, merges, rebases, stashes and gc draw no warning" {
    git branch -m main
    inside 'set -e
        git switch -qc topic; echo 1 > a; git add a; git commit -qm a
        git switch -q main; echo 2 > b; git add b; git commit -qm b
        git merge -q topic -m m; git switch -q topic; git rebase -q main
        echo 3 > a; git stash -q; git stash pop -q; git commit -qam c
        git tag v1; git gc -q; git switch -q main; git cherry-pick topic > /dev/null
        git reflog expire --expire=now --all; git repack -qad
        git revert --no-edit HEAD > /dev/null; git clean -qfd'
    claim "$status" = 0
    says_nothing
}

@test "clones, work trees and submodules draw no warning" {
    inside 'set -e
        git clone -q . clone; git -C clone commit -q --allow-empty -m x
        git clone -q --bare . bare.git
        git worktree add -q tree; git worktree remove tree; git worktree add -q tree2
        git -C clone -c protocol.file.allow=always submodule --quiet add "$PWD/bare.git" sub
        git -C clone commit -qm sub'
    claim "$status" = 0
    says_nothing
}

@test "a submodule that is updated, and one in its own directory, draw no warning" {
    super
    inside 'git -c protocol.file.allow=always submodule --quiet update --init --recursive
        git -C sub switch -qc x; git -C sub commit -q --allow-empty -m x'
    claim "$status" = 0
    says_nothing
    cd sub
    run "$PLAYPEN" -q --project-only -e 'GIT_*' -- git commit -q --allow-empty -m y
    claim "$status" = 0
    says_nothing
}

@test "a linked work tree that is the project draws no warning" {
    git worktree add -q "$WORK/tree"
    cd "$WORK/tree"
    run "$PLAYPEN" -q --project-only -e 'GIT_*' -- sh -c 'echo x > f; git add f; git commit -qm y'
    claim "$status" = 0
    says_nothing
}

@test "the user's own git outside at the same time draws no warning" {
    start -q --current-dir-only -- sh -c 'echo ready; until [ -e go ]; do sleep .1; done'
    wait_until 60 grep -q ready out
    commit . outside
    git status > /dev/null
    git switch -qc other
    git stash -q
    git worktree add -q "$BASE/tree"
    git gc -q
    git fetch -q . 2> /dev/null || :
    git init -q --bare "$BASE/up.git"
    git remote add up "$BASE/up.git"
    git push -qu up other
    git branch -q --track tracking up/other
    git branch -qd tracking
    touch go
    finish
    output=$(cat err)
    claim "$status" = 0
    says_nothing
}

@test "an editor's and a build's files draw no warning" {
    mkdir -p build node_modules/x/.vscode .vscode
    echo '{}' > .vscode/settings.json
    echo 1 > .envrc
    inside 'echo x > .file.swp; mv .file.swp file; mkdir -p build/CMakeFiles target
        rm -rf node_modules; mkdir -p node_modules/y/.vscode node_modules/y/.husky
        echo > node_modules/y/.vscode/settings.json; echo > node_modules/y/.npmrc
        echo > package.json; echo > Makefile; cat .envrc .vscode/settings.json
        mkdir -p lib.git/node_modules/.bin; ln -s ../x lib.git/node_modules/.bin/x'
    claim "$status" = 0
    says_nothing
    claim -L lib.git/node_modules/.bin/x
}

@test "what other programs run by themselves is pointed out in one line" {
    mkdir .vscode
    echo '{}' > .vscode/tasks.json
    inside 'echo new > .vscode/tasks.json; echo x > .envrc; mkdir -p sub/.claude .hg
        echo {} > sub/.claude/settings.json; echo > .hg/hgrc; echo > .npmrc
        mkdir .cargo; echo > .cargo/config.toml'
    points_out .vscode/tasks.json .envrc sub/.claude/settings.json .hg/hgrc
    claim "$(grep -c '^playpen: ' <<< "$output")" = 1
    inside 'mkdir -p .yarn/plugins/@x .devcontainer/py .hg; echo > .yarn/plugins/@x/p.cjs
        echo > .devcontainer/py/devcontainer.json; echo > .hg/sharedpath; echo > .ghci'
    points_out .yarn/plugins/@x/p.cjs .devcontainer/py/devcontainer.json \
        .hg/sharedpath .ghci
}

@test "what version managers, hooks of commits, direnv and agents run is pointed out" {
    local file files="
        .envrc.local sub/.envrc.private .rvmrc .shadowenv.d/500.lisp .repo/repo/main.py
        .repo/manifest.xml .repo/local_manifests/x.xml .gclient .west/config lefthook.toml
        lefthook.json .lefthook.toml .lefthook-local.yml .lefthook/pre-commit/x prek.toml
        .lintstagedrc.mjs lint-staged.config.js .latexmkrc doc/latexmkrc .reviewboardrc
        _irbrc irb.rc .fslckout _FOSSIL_ mise/config.toml mise/config.local.toml
        .mise/config.local.toml .config/mise/conf.d/x.toml mise.test.toml .mise.toml
        .config/mise.toml opencode.jsonc .agents/skills/x.md .github/hooks/x.json
        .clinerules/hooks/x .junie/x .kilocode/mcp.json .augment/x
        .corepack.env .jvmopts .sbtopts pylintrc .pylintrc.toml .valgrindrc CVS/Root
        .ruby-env .rbenv-vars _opam/.opam-switch/environment _opam/.opam-switch/switch-config
        linecache.py linecache/__init__.py .lazygit.yml .git/lazygit.yml
        .git/glab-cli/config.yml .java-version a/.perl-version
        src/sitecustomize.py usercustomize/__init__.py
        e/.env e/flake.nix e/shell.nix e/devenv.nix"
    mkdir e
    echo use flake > e/.envrc
    # shellcheck disable=SC2086 # words
    set -- $files
    while [ $# != 0 ]; do # a line names six at most
        local group=("${@:1:6}")
        shift ${#group[@]}
        inside 'for file; do mkdir -p "${file%/*}"; echo > "$file"; done' \
            "${group[@]/#/./}"
        for file in "${group[@]}"; do
            points_out "$file" "by other programs" || fail "$file"
        done
    done
    # Not without an .envrc beside, and not what only looks like it.
    inside 'mkdir -p mise2 repo .github/workflows s; echo > .env; echo > flake.nix
        echo > s/shell.nix; echo > mise2/config.toml; echo > repo/x; echo > .github/workflows/x.yml
        echo > mise.md; echo > lefthook; echo > envrc.local; echo > .config.toml'
    says_nothing
}

@test "what runs by itself is known by its place around what is granted, in a project or the home" {
    local place out="$BASE/.config/autostart/x.desktop"
    mkdir -p .vscode "$BASE/.config/autostart"
    for place in .vscode .git/hooks; do
        cd "$place"
        inside 'echo new > planted; chmod +x planted'
        points_out planted
        cd "$WORK/p"
    done
    inside 'echo > .git/hooks/other'
    lacks "$output" "run by other programs"
    HOME=$BASE run "$PLAYPEN" -q --current-dir-only --rw "$BASE/.config/autostart" \
        --rw .vscode -- sh -c 'echo > "$1"; echo >> .bashrc' sh "$out"
    points_out "$out" .bashrc
    claim -e "$out"
    cd .git
    inside 'echo x > description; mkdir -p refs/x'
    says_nothing
}

@test "a large file that others run, changed by a mapping, which changes no time of it on a tmpfs, is pointed out" {
    mkdir -p .yarn/releases
    head -c 3M /dev/zero > .yarn/releases/yarn-4.cjs
    inside 'python3 -c "
import mmap
file = open(\".yarn/releases/yarn-4.cjs\", \"r+b\")
map = mmap.mmap(file.fileno(), 0)
assert map[2500000] == 0
map[2500000:2500004] = b\"evil\""'
    points_out .yarn/releases/yarn-4.cjs
    claim "$(tail -c +2500001 .yarn/releases/yarn-4.cjs | head -c 4)" = evil
    inside 'cat .yarn/releases/yarn-4.cjs > /dev/null'
    says_nothing
}

# bats test_tags=slow
@test "what a run left, however much, does not use up the memory of who looks at it" {
    cat > flood.py << 'END'
import os
open("planted", "w")
os.mkdir(".vscode")
os.chdir(".vscode")
for i in range(15):
    os.mkdir("d" * 250)
    os.chdir("d" * 250)
for i in range(80000):
    os.close(os.open("f%d" % i, os.O_CREAT | os.O_WRONLY))
END
    ulimit -v 350000
    inside 'python3 flood.py'
    claim -e planted
    points_out 'not all of what the command may have written could be searched'
    points_out .vscode/
    inside true
    lacks "$output" 'out of memory'
    claim "$status" = 0
    rm -rf .vscode
    # Texts that are kept to be put back.
    inside 'git init -q --bare n; truncate -s 1M n/config
        for i in {1..400}; do cp -r n n$i; done'
    inside true
    lacks "$output" 'out of memory'
    claim "$status" = 0
}

@test "what a run left, however much, is read for no more than a moment, and said so" {
    inside 'mkdir -p .vscode n/objects n/hooks m/objects; truncate -s 1M .vscode/{1..6000}
        truncate -s 1M n/hooks/{1..6000}; truncate -s 500G m/index
        printf "[include]\n\tpath = ../x\n" > m/config; touch x
        echo "ref: refs/heads/x" | tee n/HEAD m/HEAD > n/config'
    points_out .vscode/ more
    # It would take as long as to read 500 GB.
    run timeout 60 "$PLAYPEN" -q --current-dir-only true
    claim "$status" = 0
    points_out "not all of what is granted could be"
}

@test "a link of the user's in what becomes a repository is left and pointed out" {
    mkdir sub
    ln -s ../attempt sub/link
    inside 'git init -q --bare sub; ln -s x sub/COMMIT_EDITMSG'
    points_out sub/link
    points_out sub/COMMIT_EDITMSG removed
    claim "$(readlink sub/link)" = ../attempt
    claim ! -L sub/COMMIT_EDITMSG
}

@test "a link that is taken for such a file or directory, and what it led to, is pointed out" {
    mkdir conf sub
    ln -s ../conf sub/.vscode
    ln -s conf/rc .envrc
    echo > conf/rc
    inside 'mkdir tasks; ln -s ../tasks sub/.claude; mkdir .cargo
        ln -s ../tasks/x .cargo/config.toml'
    points_out sub/.claude .cargo/config.toml
    lacks "$output" .envrc
    inside 'echo {} > conf/tasks.json; echo x > conf/rc'
    points_out conf/tasks.json conf/rc
    inside 'cat conf/rc'
    says_nothing
}
