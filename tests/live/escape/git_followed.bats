#!/usr/bin/env bats
# What git believes or follows besides hooks and configuration themselves: names
# in its index, what a hook's link or text leads to, hooks paths from another
# work tree, a place that is another one at the end.

load git

# plants NAME SCRIPT... - the script, in a bundle, has its line, which names NAME.
plants() {
    inside "$2" "${@:3}"
    points_out "$1"
}

@test "names in the index that lead out of the work tree, or into git's own directory, are pointed out" {
    local name version
    cp "$BATS_TEST_DIRNAME/index.py" "$BASE/index.py"
    for version in 2 4; do
        for name in ../planted "$BASE/planted" a/../../b .git/hooks/post-checkout \
            sub/.GIT/config ./x a//b; do
            rm -rf .git payload index.py
            git init -q
            echo "$BOMB" > payload
            cp "$BASE/index.py" .
            [ "$version" = 4 ] || git add payload
            plants ".git/index names" \
                'git update-index -q --refresh; python3 index.py "$1" "$2"' \
                "$name" "$version"
            points_out "($name)"
        done
    done
    # It is what it says: git writes the file.
    rm -rf .git index.py
    git init -q
    cp "$BASE/index.py" .
    git add payload
    plants ../planted 'python3 index.py ../planted'
    git checkout -q . || :
    [ -e ../planted ]
    rm .git/index
    git reset -q
    git status
}

@test "an index that git would read from another place, or that was there under another name, is pointed out" {
    cp "$BATS_TEST_DIRNAME/index.py" .
    echo x > payload
    git add payload
    # With threads git begins to read the extensions where EOIE says.
    plants ".git/index names" 'python3 -c "
import hashlib
old = open(\".git/index\", \"rb\").read()[:-20]
inner = b\"YYYY\" + (4).to_bytes(4, \"big\") + b\"evil\"
at = len(old) + 8
old += b\"XXXX\" + len(inner).to_bytes(4, \"big\") + inner
old += b\"EOIE\" + (24).to_bytes(4, \"big\") + at.to_bytes(4, \"big\")
old += hashlib.sha1(inner[:8]).digest()
open(\".git/index\", \"wb\").write(old + hashlib.sha1(old).digest())"'
    # One run leaves what only the next makes a repository.
    inside 'git init -q sub; cp index.py payload sub; cd sub; git add payload
        python3 index.py ../planted; mv .git/HEAD head; mv .git dotgit'
    plants sub/.git/index 'cd sub; mv head dotgit/HEAD; mv dotgit .git'
    # The part of a split index that it shares.
    git init -q split
    cp index.py payload split
    (cd split && git add payload && git update-index --split-index)
    plants split/.git/index 'cd split; shared=$(echo .git/sharedindex.*)
        cp .git/index index; cp $shared .git/index
        python3 index.py ../planted; cat .git/index > $shared
        mv index .git/index; touch -d yesterday .git/index'
}

@test "an index that is changed by a mapping, which changes no time of it on a tmpfs, is pointed out" {
    echo x > aaaaaaaaaa
    git add .
    sleep .1
    plants ".git/index names" 'python3 -c "
import hashlib, mmap
file = open(\".git/index\", \"r+b\")
map = mmap.mmap(file.fileno(), 0)
text = map[:-20].replace(b\"aaaaaaaaaa\", b\"../planted\")
map[:] = text + hashlib.sha1(text).digest()"'
    points_out '(../planted)'
}

@test "an index of long names, or a hundred large ones, does not hold playpen up" {
    git init -q lib
    run timeout 60 "$PLAYPEN" -q --current-dir-only -- sh -c '
        for i in $(seq 60); do truncate -s 200M lib/.git/sharedindex.$(printf %040d $i); done
        python3 -c "
import hashlib
entry = bytes(60) + (0xFFF).to_bytes(2, \"big\")
body = entry + b\"\\0\" + b\"a\" * (1 << 20) + b\"\\0\"
body += (entry + b\"\\0\" + b\"b\\0\") * 200000
head = b\"DIRC\" + (4).to_bytes(4, \"big\") + (200001).to_bytes(4, \"big\")
open(\"lib/.git/index\", \"wb\").write(head + body + hashlib.sha1(head + body).digest())"'
    claim "$status" = 0
    points_out lib/.git/index
}

@test "what git writes as an index draws no line: split, sparse, of version 4, of SHA-256" {
    mkdir -p d/e f
    seq 200 | while read -r i; do echo "$i" > "d/e/$i"; done
    commit .
    inside 'git update-index --index-version 4; echo x > f/x; git add f'
    says_nothing
    inside 'git update-index --split-index; echo y > f/y; git add f'
    says_nothing
    inside 'git update-index --no-split-index; git -c index.threads=4 \
        -c index.recordOffsetTable=true -c index.recordEndOfIndexEntries=true \
        update-index --force-write-index'
    says_nothing
    mkdir s
    cd s
    git init -q --object-format=sha256
    inside 'echo x > file; mkdir a; echo y > a/b; git add .'
    says_nothing
}

@test "a recorded resolution under way, which names any file, is pointed out" {
    plants MERGE_RR 'h=$(printf %040d 1); mkdir -p .git/rr-cache/$h
        echo x > .git/rr-cache/$h/preimage
        printf "%s\t%s\0" $h "$1" > .git/MERGE_RR' "$SECRET"
}

@test "a hook's link, a hooks path that is one, and what a hook's text names are watched" {
    mkdir scripts tools tools/hooks
    echo true > scripts/check
    echo true > scripts/pre-commit
    echo true > tools/hooks/pre-commit
    echo '. ./scripts/check' > tools/hooks/pre-push
    chmod +x scripts/* tools/hooks/*
    ln -s ../../scripts/pre-commit .git/hooks/pre-commit
    ln -s tools/hooks .githooks
    commit .
    plants scripts/pre-commit 'echo "$BOMB" >> scripts/pre-commit'
    git config core.hooksPath .githooks
    plants tools/hooks/pre-commit 'echo "$BOMB" >> tools/hooks/pre-commit'
    plants scripts/check 'echo "$BOMB" >> scripts/check'
    inside 'echo x > tools/other'
    says_nothing
    mkdir -p .venv/bin
    ln -s /usr/bin/python3 .venv/bin/python
    printf '%s\n' '# see ./tools/other' 'ROOT=$PWD; "$ROOT/scripts/late"' \
        "exec $PWD/.venv/bin/python -m x" > tools/hooks/commit-msg
    plants .venv/bin/python 'rm .venv/bin/python; cp /bin/sh .venv/bin/python'
    plants scripts/late 'echo "$BOMB" > scripts/late'
    echo 'cd scripts && . in.sh && python3 "$(pwd)"/sub/in.py' > tools/hooks/post-merge
    mkdir scripts/sub
    echo true | tee scripts/in.sh > scripts/sub/in.py
    plants scripts/in.sh 'echo "$BOMB" > scripts/in.sh'
    plants scripts/sub/in.py 'echo "$BOMB" > scripts/sub/in.py'
    printf '%s\n' 'entry: ./scripts/staged.sh' 'exclude: docs/.*' > .pre-commit-config.yaml
    printf '%s\n' 'run: sh scripts/pushed.sh {files}' > lefthook.yml
    echo '{"mcpServers": {"x": {"command": "node", "args": ["./mcp/x.js"]}}}' > .mcp.json
    plants scripts/staged.sh 'mkdir mcp; echo > mcp/x.js
        echo "$BOMB" > scripts/staged.sh; echo > scripts/pushed.sh'
    points_out scripts/pushed.sh mcp/x.js
    mkdir 'my tools'
    echo true | tee 'my tools/a b.sh' > 'my tools/c d.sh'
    printf '%s\n' '# It is not what it seems, "but"' 'DIR="$PWD"; . "$DIR/my tools/a b.sh"' \
        ". 'my tools/c d.sh'" > tools/hooks/post-rewrite
    plants 'my tools/a b.sh' 'echo "$BOMB" > "my tools/a b.sh"'
    plants 'my tools/c d.sh' 'echo "$BOMB" > "my tools/c d.sh"'
    inside 'echo y > tools/other; echo > scripts/x; echo > tools/in.sh; echo > "my tools/x"'
    says_nothing
}

@test "a hooks path, an included file, a work tree that is elsewhere at the end is pointed out" {
    git config core.hooksPath .hooks
    plants .hooks 'mkdir x; ln -s x .hooks; echo "$BOMB" > x/pre-commit'
    git config core.hooksPath there
    git config include.path ../conf/git
    plants conf 'mkdir y; ln -s y conf; printf "[core]\n\tfsmonitor = %s\n" "$BOMB" > y/git'
    inside 'git init -q evil; mkdir wt; echo "gitdir: ../evil/.git" > wt/.git
        git -C evil config core.worktree ../../wt'
    plants wt "rm -r wt; ln -s '$BASE' wt"
}

@test "a relative hooks path is one in each work tree: linked, a submodule's, a new one" {
    mkdir .githooks
    echo true > .githooks/pre-commit
    commit .
    git config core.hooksPath .githooks
    git worktree add -q in -b in
    plants in/.githooks/pre-commit 'mkdir -p in/.githooks; echo "$BOMB" >> in/.githooks/pre-commit'
    plants sub/.githooks/pre-commit 'mkdir -p sub/.githooks
        echo "gitdir: ../.git" > sub/.git
        echo "$BOMB" > sub/.githooks/pre-commit'
    git worktree add -q "$WORK/linked" -b linked
    cd "$WORK/linked"
    plants .githooks/pre-commit 'mkdir -p .githooks
        echo "$BOMB" >> .githooks/pre-commit'
}

@test "what a repository around what is granted, or the user's own hooks, run out of that is pointed out" {
    mkdir -p tools/hooks "$BASE/hooks"
    touch tools/conf tools/lint.sh
    git add tools
    commit .
    echo 'sh tools/lint.sh' > .git/hooks/pre-commit
    echo 'entry: tools/staged.sh' > .pre-commit-config.yaml
    git worktree add -q "$WORK/linked" -b linked
    git config include.path ../tools/conf
    cd tools
    plants lint.sh 'echo "$BOMB" > lint.sh'
    plants staged.sh 'echo "$BOMB" > staged.sh'
    plants conf 'printf "[core]\n\tfsmonitor = %s\n" "$BOMB" >> conf'
    safe
    cd ../tools/hooks
    git config core.hooksPath tools/hooks
    plants pre-push 'echo "$BOMB" > pre-push'
    git config --unset core.hooksPath
    cd "$WORK/linked"
    plants tools/lint.sh 'echo "$BOMB" > tools/lint.sh'
    run "$PLAYPEN" -q --project-only sh -c 'echo x > tools/lint.sh'
    points_out tools/lint.sh
    echo '[ ! -x .githooks/pre-commit ] || exec .githooks/pre-commit' \
        > "$BASE/hooks/pre-commit"
    git config --file "$BASE/config" core.hooksPath "$BASE/hooks"
    export GIT_CONFIG_GLOBAL=$BASE/config
    plants .githooks/pre-commit 'mkdir .githooks; echo "$BOMB" > .githooks/pre-commit'
    inside 'echo x > tools/other; mkdir tools/hooks2'
    says_nothing
}

@test "a program in the tree that a setting names, a template of repositories, are watched" {
    mkdir s tmpl tmpl/hooks
    echo cat > s/clean
    commit .
    git config filter.x.clean 'sh ./s/clean %f'
    plants s/clean 'echo "$BOMB" >> s/clean'
    echo cat > clean
    git config filter.x.clean 'sh clean'
    plants clean 'echo "$BOMB" >> clean'
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=hk
    plants hk/pre-commit 'mkdir hk; echo "$BOMB" > hk/pre-commit'
    unset GIT_CONFIG_COUNT
    export BASH_ENV=$PWD/s/env NODE_OPTIONS="--require ./s/hook.js" PAGER=less \
        KUBECONFIG=~/.kube/config:$PWD/k/a:k/b PKG_CONFIG_PATH=$PWD/k/dir DB_FILE=$PWD/db
    inside 'echo "$BOMB" > s/env; echo > s/hook.js; echo > less; mkdir -p k/dir; touch k/a k/b db k/dir/x'
    points_out s/env s/hook.js k/a k/b
    lacks "$output" less k/dir db
    unset BASH_ENV NODE_OPTIONS KUBECONFIG PKG_CONFIG_PATH DB_FILE
    git config --file "$BASE/config" init.templateDir "$PWD/tmpl"
    export GIT_CONFIG_GLOBAL=$BASE/config
    plants tmpl/hooks/post-checkout 'echo "$BOMB" > tmpl/hooks/post-checkout'
}

@test "a known repository's remote turned elsewhere, or made a mirror, is put back" {
    local to
    for to in "$BASE/private" https://other.example/r; do
        rm -rf n
        git init -q n
        git init -q --bare "$BASE/private"
        git -C n remote add origin https://good.example/r
        plants remote.origin.url 'git -C n remote set-url origin "$1"' "$to"
        claim "$(git -C n remote get-url origin)" = https://good.example/r
    done
    git -C n config branch.main.remote origin
    plants branch.main.remote 'cd n; git remote add more https://more.example/r
        git config branch.main.remote more'
    claim "$(git -C n config branch.main.remote)" = origin
    plants remote.origin.mirror 'git -C n config remote.origin.mirror true'
    inside 'git init -q --bare up; git -C n remote add up ../up
        git -C n remote add more https://more.example/r'
    says_nothing
}

@test "submodules that are in use are protected before a hundred that are not" {
    git init -q sub
    mkdir -p .git/modules
    mv sub/.git .git/modules/zz
    echo "gitdir: ../.git/modules/zz" > sub/.git
    inside 'for i in $(seq 120); do git init -q --bare .git/modules/a$i; done'
    inside 'git -C sub config core.fsmonitor "$BOMB" && echo succeeded'
    lacks "$output" succeeded
    points_out "more than 100 submodules"
}

@test "the configuration of a linked work tree alone cannot be made while it runs" {
    git config extensions.worktreeConfig true
    commit . first
    git worktree add -q "$WORK/linked"
    inside 'echo "[core]" > .git/worktrees/linked/config.worktree && echo written'
    lacks "$output" written
}

@test "files that others take orders from, behind links, in the home, or removed, are pointed out" {
    mkdir -p skills/x ai conf b dot
    echo true > skills/x/run.sh
    echo '{}' > ai/settings.json
    echo '{}' > t.json
    echo : > dot/bashrc
    ln -s ../t.json conf/tasks.json
    ln -s conf .vscode
    ln -s b a
    ln -s a .mcp.json
    mkdir .claude
    ln -s ../skills .claude/skills
    echo ignore-scripts=true > .npmrc
    ln -s "$PWD/dot/bashrc" ~/.bashrc-test
    mkdir ~/.test-dir
    echo : > dot/init
    ln -s "$PWD/dot/init" ~/.test-dir/init
    LEFT=(~/.bashrc-test ~/.test-dir ~/.zlogout)
    echo '[ -f "$HOME/'"${PWD#"$HOME/"}"'/dot/late" ] && . '"$PWD/dot/env.sh" > ~/.zlogout
    plants skills/x/run.sh 'echo "$BOMB" >> skills/x/run.sh'
    plants t.json 'echo >> t.json'
    plants dot/bashrc 'echo "$BOMB" >> dot/bashrc'
    plants dot/init 'echo "$BOMB" >> dot/init'
    plants dot/env.sh 'echo "$BOMB" > dot/env.sh'
    plants dot/late 'echo "$BOMB" > dot/late'
    plants .mcp.json 'rm a; ln -s conf a'
    plants .npmrc 'rm .npmrc'
    inside 'echo x > skills2; mkdir new'
    says_nothing
}

@test "what marks a project cannot be taken away, so the next run is granted no more" {
    local mark
    for mark in .hg .jj .svn; do
        mkdir -p "ws/p/$mark"
        inside 'cd ws/p; true'
        (
            cd ws/p
            run "$PLAYPEN" -q --project-only rm -r "$mark"
            [ -d "$mark" ]
        )
    done
}

@test "a name that would pass for a line of playpen's, or is not seen, does not" {
    inside 'd="a$(printf %90s)playpen: nothing was changed"; mkdir "$d"
        echo x > "$d/.envrc"; mkdir "$(printf "\342\200\213")"
        echo x > "$(printf "\342\200\213")/.envrc"
        n=$(printf %0200d 0); mkdir -p $n/$n/$n; echo x > $n/$n/$n/.envrc'
    points_out .envrc '\xe2\x80\x8b'
    lacks "$output" '   playpen'
    [ ${#output} -lt 3000 ]
}

@test "a configuration with thousands of hooks paths does not hold playpen up" {
    git init -q n
    mkdir big
    (cd big && seq 20000 | xargs touch)
    for i in $(seq 3000); do printf '\thooksPath = ../big/d%d\n' "$i"; done \
        > paths
    { echo '[core]'; cat paths; } >> n/.git/config
    run timeout 60 "$PLAYPEN" -q --current-dir-only true
    claim "$status" = 0
}
