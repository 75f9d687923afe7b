#!/usr/bin/env bats
# Where a repository may lie: wherever it does, it is found.

load git

# nested DIR - a repository with a commit, in a place of the work tree.
nested() {
    git init -q "$1"
    commit "$1"
}

@test "a repository in a directory called objects is protected if it was there, at three depths" {
    local dir
    for dir in objects src/objects/x a/b/objects; do
        nested "$dir"
        inside 'git -C "$1" config core.fsmonitor "$BOMB"' "$dir"
        points_out "$dir/.git" core.fsmonitor
        safe "$dir"
        contains "$(cat "$dir"/.git/config.refused-*)" fsmonitor
    done
}

@test "a repository in a directory called objects is pointed out if it was made, at three depths" {
    local dir
    for dir in objects src/objects/x a/b/objects; do
        inside 'git init -q "$1"; git -C "$1" commit -q --allow-empty -m x
            git add -f "$1"; git -C "$1" config core.fsmonitor "$BOMB"' "$dir"
        points_out "$dir/.git is new" core.fsmonitor
    done
}

@test "a repository in a directory called .git/x, node_modules or hidden is pointed out" {
    local dir
    for dir in .git/x node_modules/y .z refs/objects/.git/info; do
        inside 'git init -q "$1"; git -C "$1" config core.fsmonitor "$BOMB"' "$dir"
        points_out "$dir/.git is new" core.fsmonitor
    done
}

@test "a repository behind 3,000 directories is protected if it was there" {
    seq -f .d%g 3000 | xargs mkdir
    nested z/nested
    inside 'git -C z/nested config core.fsmonitor "$BOMB"
        echo "$BOMB" > z/nested/.git/hooks/post-commit
        chmod +x z/nested/.git/hooks/post-commit'
    points_out z/nested/.git core.fsmonitor hooks/post-commit
    safe z/nested
}

@test "a repository behind 3,000 directories that were made with it is pointed out" {
    inside 'seq -f .d%g 3000 | xargs mkdir; mkdir -p z/y
        git init -q z/y/x; git -C z/y/x config core.fsmonitor "$BOMB"'
    points_out "z/y/x/.git is new"
}

@test "a submodule's repository behind six trees of 400 directories is protected" {
    super
    for tree in 1 2 3 4 5 6; do
        mkdir ".git/modules/a$tree"
        (cd ".git/modules/a$tree" && seq 400 | xargs mkdir)
    done
    inside 'git config -f .git/modules/sub/config core.fsmonitor "$BOMB"'
    safe
}

@test "a thousand false submodules do not refuse the next start" {
    inside 'mkdir -p .git/modules/{1..1000}/objects
        touch .git/modules/{1..1000}/{HEAD,config}'
    inside 'echo started'
    claim "$status" = 0
    contains "$output" started
}

@test "a repository in a directory whose name is not UTF-8 is pointed out, there or made" {
    local dir
    for dir in $'z\377' $'new\nline' $'\001'; do
        nested "$dir"
        inside 'git -C "$1"* config core.fsmonitor "$BOMB"' "${dir:0:1}"
        claim "$status" = 0
        points_out core.fsmonitor
        safe "$dir"
        rm -rf "$dir"
        inside 'dir=$(printf "$1"); git init -q "$dir"
            git -C "$dir" config core.fsmonitor "$BOMB"' "$(printf %q "$dir")x"
        points_out core.fsmonitor "is new"
    done
}

@test "a repository in a directory that cannot be listed is pointed out as not searched" {
    inside 'mkdir x; git init -q x/y; git -C x/y config core.fsmonitor "$BOMB"
        chmod 111 x'
    points_out "x: not all"
    chmod 755 x
}

@test "a bare repository among other files of the work tree is pointed out" {
    inside 'git init -q --bare b; git -C b config core.fsmonitor "$BOMB"
        git -C b config core.bare false; mkdir c; mv b/* c; touch c/README'
    points_out "c is new" core.fsmonitor
}

@test "the files of a bare repository in the work tree itself are pointed out" {
    inside 'git init -q --bare b; mv b/* .; git config -f config core.fsmonitor "$BOMB"'
    points_out "is new" core.fsmonitor
}

@test "git is led to no other configuration by .git/commondir, while it was away or after" {
    inside 'cp -r .git c; git config -f c/config core.fsmonitor "$BOMB"
        echo ../c > .git/commondir'
    points_out .git/commondir
    safe
}

@test "a .git file, or link, that leads to what was made is pointed out" {
    inside 'git init -q .git/hidden; git -C .git/hidden config alias.st "!$BOMB"
        mkdir a b; echo "gitdir: ../.git/hidden/.git" > a/.git
        ln -s ../.git/hidden/.git b/.git'
    points_out "a/.git is new" "b/.git is new" alias.st
}

@test "a .git file that leads to a repository elsewhere is pointed out" {
    nested "$BASE/other"
    inside 'mkdir a; echo "gitdir: $1" > a/.git' "$BASE/other/.git"
    points_out "a/.git is new and leads git to $BASE/other/.git"
}

@test "a submodule's .git file that was turned elsewhere is put back" {
    super
    inside 'git init -q evil; git -C evil config core.fsmonitor "$BOMB"
        echo "gitdir: ../evil/.git" > sub/.git'
    points_out "sub/.git was turned" "evil/.git is new"
    safe
}

@test "a nested repository can be removed, as in a build directory" {
    nested build/_deps/foo-src
    inside 'rm -rf build && mkdir build'
    claim "$status" = 0
    claim ! -e build/_deps
    says_nothing
}

@test "a submodule can be taken out and put back" {
    super
    back='rm -rf sub && git -c protocol.file.allow=always submodule --quiet update sub'
    # git names its work tree anew, and fails where it cannot.
    inside "$back"
    claim "$status" = 128
    contains "$output" "--rw .git/modules/sub/config lets git write it"
    PLAYPEN_OPTIONS="--rw .git/modules/sub/config" inside "$back"
    claim "$status" = 0
    says_nothing
    claim -e sub/.git
}

@test "a symlink in .git writes nothing elsewhere: a message, what was fetched, a log, a directory of refs" {
    local before
    git init -q --bare bare.git
    echo hidden > "$BASE/rc"
    before=$(ls -A "$BASE")
    inside 'for link in .git/COMMIT_EDITMSG .git/FETCH_HEAD .git/logs/HEAD .git/TAG_EDITMSG bare.git/FETCH_HEAD
        do mkdir -p "${link%/*}"; rm -f "$link"; ln -s "$1/rc" "$link"; done
        mv .git/refs/tags .git/refs/old; ln -s "$1" .git/refs/tags
        echo "$BOMB" > .git/SQUASH_MSG' "$BASE"
    points_out .git/COMMIT_EDITMSG removed
    claim "$(grep -c '^playpen: ' <<< "$output")" = 1
    git -c core.logAllRefUpdates=true commit -q --allow-empty -m "$BOMB"
    git fetch -q .
    git tag pen 2> /dev/null || :
    git commit -q --allow-empty -m x
    claim "$(ls -A "$BASE")" = "$before"
    claim "$(cat "$BASE/rc")" = hidden
    inside true
    says_nothing
}

@test "a flood of planted repositories hides none that was there before" {
    git init -q lib
    inside 'for i in $(seq 200); do mkdir -p "d$i/objects" "d$i/hooks"; echo "ref: refs/x" > "d$i/HEAD"
        echo > "d$i/hooks/update"; done; git -C lib config core.pager "$BOMB"'
    points_out lib core.pager "180 more"
    claim "$(grep -c '^playpen: ' <<< "$output")" -lt 30
}
