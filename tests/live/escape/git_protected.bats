# bats file_tags=home
# What waits in .git for the user's git outside: hooks, configuration, other
# repositories put in place of the user's.

load escape

@test "no hook is planted" {
    # What a playpen that was killed left.
    local left
    left=$RUNTIME/playpen/hooks-$(sh -c 'echo $$')-0
    mkdir -p "$left"
    inside -- sh -c 'cd .git/hooks && echo "#!/bin/sh" > post-commit && chmod +x post-commit'
    contains "$output" 'thrown away'
    claim ! -e .git/hooks/post-commit
    claim ! -e "$left"
}

@test "no core.fsmonitor is planted in .git/config" {
    inside -- git config core.fsmonitor "touch $BASE/planted"
    inside -- sh -c 'printf "[core]\nfsmonitor = \"touch %s; false\"\n" "$1" \
        >> .git/config' sh "$BASE/planted"
    claim "$status" != 0
    safe
}

@test ".git is not renamed away and made anew" {
    inside -- sh -c 'mv .git old; rm -rf .git; git init -q .
        git config core.fsmonitor "touch $1; false"' sh "$BASE/planted"
    safe
    claim ! -e old
}

@test "no hooks directory is put in place of the one that is missing" {
    rm -rf .git/hooks
    inside -- sh -c 'mkdir -p .git/hooks; printf "#!/bin/sh\ntouch %s\n" "$1" \
        > .git/hooks/post-commit; chmod +x .git/hooks/post-commit' sh "$BASE/planted"
    safe
}

@test "no .git/commondir leads git to another configuration" {
    commit
    inside -- sh -c 'mkdir -p .git/evil && cp -r .git/objects .git/refs \
        .git/HEAD .git/evil
        git config -f .git/evil/config core.fsmonitor "touch $1; false"
        echo evil > .git/commondir' sh "$BASE/planted"
    safe
    claim "$(git log --format=%s | head -n 1)" != ""
}

@test "a .git that is no repository any more is pointed out" {
    commit
    inside -- sh -c 'mv .git/HEAD old; git init -q --bare b; mv b/* .'
    contains "$output" "no repository any more"
}

@test "a new repository that would run something is pointed out" {
    inside -- git init -q harmless
    lacks "$output" "is new"
    inside -- sh -c 'git init -q sub; git -C sub config core.fsmonitor "touch $1"' \
        sh "$BASE/planted"
    contains "$output" "sub/.git is new"
}

# A repository out of sight in .git, which a submodule new in the index leads to:
# git status of the whole looks into it.
@test "a new .git file that leads to what would run something is pointed out" {
    commit
    git init -q --bare "$BASE/other"
    attempt << 'EOF2'
commit() { git -c user.name=a -c user.email=a@example.org commit -q "$@"; }
git init -q sub && cd sub && commit --allow-empty -m x && head=$(git rev-parse HEAD)
git config core.fsmonitor "touch $1; false"
cd .. && mv sub/.git .git/objects/out && echo "gitdir: ../.git/objects/out" > sub/.git &&
    git update-index --add --cacheinfo "160000,$head,sub" && commit -m sub
EOF2
    inside sh ./attempt "$BASE/planted"
    contains "$output" "sub/.git is new"
    git status > /dev/null || :
    claim -e "$BASE/planted"
}

@test "what a new repository would run is found in each of its places" {
    local part
    commit
    for part in 'mkdir .git/objects/out r; cp -r .git/refs .git/HEAD .git/objects/out
        mkdir .git/objects/out/objects
        cp .git/HEAD r; echo ../.git/objects/out > r/commondir
        git config -f .git/objects/out/config core.fsmonitor x' \
        'git init -q r; rm -r r/.git/config; echo > r/.git/hooks/post-commit' \
        'git init -q r; git -C r config core.pager x' \
        'git init -q r; printf "#\0\n[core]\neditor=x\n" > r/.git/config' \
        'git init -q r; git -C r config extensions.worktreeConfig true
        git -C r config --worktree core.sshCommand x' \
        'git init -q r; mkdir "r/.git/~"; mv r/.git/config r/.git/objects r/.git/refs "r/.git/~"
        echo "~" > r/.git/commondir; git config -f "r/.git/~/config" core.askPass x'; do
        inside -- sh -c "$part"
        contains "$output" "is new"
        rm -rf r .git/objects/out
    done
    # And what a clone, a work tree or a submodule has is not.
    inside -- sh -c 'git clone -q . clone; git worktree add -q tree
        git -C clone remote add editor https://example.org/helper.git'
    lacks "$output" "is new"
}

@test "no config.worktree is planted where git would read it" {
    git config extensions.worktreeConfig true
    inside -- sh -c 'git config -f .git/config.worktree core.fsmonitor \
        "touch $1; false"' sh "$BASE/planted"
    safe
}

@test "what .git/config includes is not written" {
    printf '[include]\n\tpath = ../team.gitconfig\n' >> .git/config
    printf '[alias]\n\tx = status\n' > team.gitconfig
    inside -- git config -f team.gitconfig core.fsmonitor "touch $BASE/planted; false"
    inside -- sh -c 'printf "[core]\nfsmonitor = \"touch %s; false\"\n" "$1" \
        >> team.gitconfig' sh "$BASE/planted"
    safe
}

@test "no config.worktree is planted for a linked work tree" {
    commit
    git config extensions.worktreeConfig true
    git worktree add -q "$BASE/tree"
    inside -- git config -f .git/worktrees/tree/config.worktree core.fsmonitor \
        "touch $BASE/planted; false"
    safe "$BASE/tree"
}

@test "what .git/config includes is not written, missing at the start" {
    printf '[include]\n\tpath = ../team.gitconfig\n' >> .git/config
    inside -- sh -c 'printf "[core]\nfsmonitor = \"touch %s; false\"\n" "$1" \
        > team.gitconfig' sh "$BASE/planted"
    safe
}

@test "the user's own configuration of git is not written, what hooks it names is pointed out" {
    mkdir -p "$BASE/home" hooks
    printf '[core]\n\thooksPath = %s/hooks\n' "$PWD" > gitconfig
    ln -s "$PWD/gitconfig" "$BASE/home/.gitconfig"
    HOME=$BASE/home inside -- sh -c 'printf "[core]\nfsmonitor = \"touch %s; false\"\n" \
        "$1" >> gitconfig
        printf "#!/bin/sh\ntouch %s\n" "$1" > hooks/post-commit
        chmod +x hooks/post-commit; exit 0' sh "$BASE/planted"
    claim "$status" = 0
    contains "$output" 'by themselves: hooks/post-commit'
    claim "$(grep -c fsmonitor gitconfig)" = 0
}

@test "what core.hooksPath names in the work tree is pointed out" {
    mkdir -p tools/hooks
    git config core.hooksPath tools/hooks
    inside -- sh -c 'mv tools old; mkdir -p tools/hooks
        printf "#!/bin/sh\ntouch %s\n" "$1" > tools/hooks/post-commit
        chmod +x tools/hooks/post-commit' sh "$BASE/planted"
    contains "$output" 'by themselves: tools/hooks/post-commit'
}

@test "what core.hooksPath names in the work tree is pointed out, missing at the start" {
    git config core.hooksPath .husky/_
    inside -- sh -c 'mkdir -p .husky/_
        printf "#!/bin/sh\ntouch %s\n" "$1" > .husky/_/post-commit
        chmod +x .husky/_/post-commit' sh "$BASE/planted"
    contains "$output" 'by themselves: .husky/_/post-commit'
}

@test "no hook or configuration is planted in a submodule's repository" {
    super
    inside -- sh -c 'git config -f .git/modules/sub/config core.fsmonitor \
        "touch $1; false"; echo > .git/modules/sub/hooks/planted' sh "$BASE/planted"
    safe
    claim ! -e .git/modules/sub/hooks/planted
}

@test "a submodule's repository is not renamed away and made anew" {
    super
    inside -- sh -c 'mv .git/modules .git/old || exit
        cp -r .git/old .git/modules
        git config -f .git/modules/sub/config core.fsmonitor "touch $1; false"' \
        sh "$BASE/planted"
    safe
}

@test "a submodule's repository is found behind thousands of directories" {
    super
    mkdir many && (cd many && seq -f 'd%g' 3000 | xargs mkdir)
    mkdir .git/AAA && (cd .git/AAA && seq -f 'd%g' 3000 | xargs mkdir)
    inside -- git config -f .git/modules/sub/config core.fsmonitor \
        "touch $BASE/planted; false"
    safe
}

@test "a submodule's .git file is not turned to another repository" {
    super
    inside -- sh -c 'git init -q evil; git -C evil config core.fsmonitor "touch $1; false"
        rm -f sub/.git; echo "gitdir: ../evil/.git" > sub/.git
        mv sub old && mkdir sub && echo "gitdir: ../evil/.git" > sub/.git' \
        sh "$BASE/planted"
    safe
}

@test "a nested repository is not moved away and made anew" {
    mkdir packages
    git init -q packages/nested
    inside -- sh -c 'mv packages old; mkdir packages; git init -q packages/nested
        git -C packages/nested config core.fsmonitor "touch $1; false"' \
        sh "$BASE/planted"
    safe packages/nested
}

@test "a linked work tree elsewhere is not led to another configuration" {
    commit
    git worktree add -q "$BASE/tree"
    inside -- sh -c 'mkdir .git/evil; cp -r .git/objects .git/refs .git/HEAD .git/evil
        git config -f .git/evil/config core.fsmonitor "touch $1; false"
        echo ../../evil > .git/worktrees/tree/commondir
        mv .git/worktrees .git/old && cp -r .git/old .git/worktrees &&
            echo ../../evil > .git/worktrees/tree/commondir' sh "$BASE/planted"
    safe "$BASE/tree"
}

@test "a .git that is a symlink is refused, for it could be replaced" {
    mv .git real
    ln -s real .git
    inside touch made
    claim "$status" = 125
    claim ! -e made
}

@test "a planted .git file gives the next run nothing of the home directory" {
    local git
    mkdir sub
    git init -q "$BASE/other"
    commit "$BASE/other"
    git -C "$BASE/other" worktree add -q "$BASE/tree"
    echo hidden > "$BASE/other/.git/description"
    for git in other/.git other/.git/worktrees/tree; do
        inside -- sh -c 'echo "gitdir: $1" > sub/.git' sh "$BASE/$git"
        cd sub
        run "$PLAYPEN" -q --project-only -- sh -c 'echo started
            cat "$1" "$2/description"; echo x > "$2/planted"; exit 0' sh \
            "$SECRET" "$BASE/other/.git"
        cd ..
        contains "$output" started
        lacks "$output" hidden
        claim ! -e "$BASE/other/.git/planted"
        rm sub/.git
    done
}

@test "what a planted .git file names is suggested only if it is a repository" {
    git init -q "$BASE/other"
    rm -rf .git
    echo "gitdir: $BASE" > .git
    run "$PLAYPEN" --project-only true
    claim "$status" = 0
    lacks "$output" "--rw $BASE"
    echo "gitdir: $BASE/other/.git" > .git
    run "$PLAYPEN" --project-only true
    contains "$output" "--rw $BASE/other/.git"
}

@test "a planted .git file makes no repository of a directory above" {
    mkdir -p ../objects ../victim
    echo hidden > ../victim/file
    rm -rf .git
    inside -- sh -c 'mkdir x; echo "gitdir: x" > .git
        echo "$PWD/.git" > x/gitdir; echo ../.. > x/commondir'
    claim -e x/commondir
    run "$PLAYPEN" -q --project-only -- sh -c 'echo started
        cat ../victim/file; echo x > ../victim/planted; exit 0'
    contains "$output" started
    lacks "$output" hidden
    claim ! -e ../victim/planted
}

@test "what the mounts protect cannot be written while it runs, nor moved: linked work trees, what is missing" {
    commit
    git worktree add -q "$BASE/linked"
    git config extensions.worktreeConfig true
    rm -rf .git/hooks .git/config.worktree
    inside -- sh -c 'w=.git/worktrees/linked
        for file in .git/config .git/config.worktree $w/commondir $w/gitdir; do
            { echo >> $file; } 2> /dev/null && echo "WRITTEN: $file"; done
        mv .git/config old || mv $w .git/other || mv .git other && echo MOVED
        mkdir -p .git/hooks; touch .git/hooks/post-commit; echo tried'
    contains "$output" tried
    lacks "$output" WRITTEN
    lacks "$output" MOVED
    claim -z "$(ls .git/hooks)" # it was a copy
}

@test "a hooks directory that cannot be copied is read-only, and a note says so" {
    mkdir .git/hooks/d
    run "$PLAYPEN" --current-dir-only -- sh -c 'echo x > .git/hooks/pre-commit'
    claim "$status" != 0
    contains "$output" ".git/hooks is read-only inside" "--rw .git/hooks"
}
