# What the project is: trees of several version control systems and of none, and
# repositories that lie elsewhere in part.

load helper

setup() {
    own_home
    no_limits
    export GIT_{AUTHOR,COMMITTER}_NAME=a GIT_{AUTHOR,COMMITTER}_EMAIL=a@example.org
}

in_project() {
    run "$PLAYPEN" --project-only -e 'GIT_*' -- "$@"
}

@test "a tree of jj, Mercurial and Subversion is the project, from below" {
    for mark in .jj .hg .svn .git; do
        mkdir -p "tree$mark/$mark" "tree$mark/a/b"
        touch "tree$mark/top"
        cd "tree$mark/a/b"
        in_project touch ../../made
        claim -e ../../made
        cd "$HOME"
    done
}

@test "a tree of none: the topmost directory with a manifest" {
    for manifest in package.json pyproject.toml Cargo.toml go.mod pom.xml \
        configure CMakeLists.txt meson.build; do
        mkdir -p "src/$manifest.d/pkg/a/lib"
        touch "src/$manifest.d/"{"$manifest",top} "src/$manifest.d/pkg/a/$manifest" src/beside
        cd "src/$manifest.d/pkg/a/lib"
        in_project cat ../../../top
        claim "$status" = 0
        in_project cat ../../../../beside
        claim "$status" = 1
        cd "$HOME"
    done
    # A manifest in the home directory does not make that the project.
    touch package.json diary
    mkdir -p d/e
    touch d/beside
    cd d/e
    in_project cat ../beside
    claim "$status" = 1
    in_project cat ../../diary
    claim "$status" = 1
}

# bats test_tags=slow
@test "npm run in a directory of a tarball" {
    need npm
    mkdir -p tarball/src shims
    "$PLAYPEN" --install-shims shims 2> /dev/null
    echo '{ "name": "x", "version": "1.0.0", "scripts": { "x": "pwd" } }' \
        > tarball/package.json
    cd tarball/src
    expected=$(npm run -s x)
    run --separate-stderr "$HOME/shims/pp-npm" run -s x
    claim "$status $output" = "0 $expected"
}

@test "a linked work tree and a submodule: git works" {
    need git
    git init -q main
    git -C main commit -q --allow-empty -m one
    git -C main worktree add -q "$HOME/tree" 2> /dev/null
    cd tree
    in_project git commit -q --allow-empty -m two
    claim "$(git log -1 --format=%s)" = two
    cd ..
    git init -q super
    git -C super -c protocol.file.allow=always submodule -q add "$HOME/main" sub
    cd super/sub
    in_project git commit -q --allow-empty -m three
    claim "$(git log -1 --format=%s)" = three
}

@test "a project that was entered through a link is there by that name above the directory, too" {
    mkdir -p p/sub/deep
    git init -q p
    echo one > p/file
    echo two > p/sub/file
    ln -s p link
    ln -s p/sub inner
    cd link/sub/deep
    PLAYPEN_OPTIONS+=" -q"
    in_project sh -c 'pwd; cat ~/link/file ../file ~/p/file'
    claim "$output" = "$HOME/link/sub/deep"$'\none\ntwo\none'
    in_project sh -c 'echo "[x]" >> ~/link/.git/config'
    claim "$status" = 2
    contains "$output" Read-only
    cd ~/inner/deep
    in_project sh -c 'cat ../file ~/inner/file'
    claim "$output" = $'two\ntwo'
}

@test "a separate git directory: a line says what shows it, and then git works" {
    need git
    git init -q --separate-git-dir="$HOME/x.git" tree
    cd tree
    in_project git commit -q --allow-empty -m one
    contains "$output" "the project's repository, $HOME/x.git, is hidden from the command: --rw $HOME/x.git shows it"
    PLAYPEN_OPTIONS+=" --rw $HOME/x.git" in_project git commit -q --allow-empty -m one
    claim "$status" = 0
    claim "$(git log --format=%s)" = one
    # Or it points back.
    git config core.worktree "$PWD"
    in_project git commit -q --allow-empty -m two
    claim "$(git log -1 --format=%s)" = two
    lacks "$output" hidden
}

@test "a clone that borrows objects: a line says what shows them, and then git works" {
    need git
    git init -q base
    git -C base commit -q --allow-empty -m one
    git clone -q -s base clone
    git clone -q --reference base "file://$HOME/base" other
    for clone in clone other; do
        cd "$HOME/$clone"
        in_project git log --format=%s
        contains "$output" "--ro $HOME/base/.git/objects shows it"
        PLAYPEN_OPTIONS+=" -q --ro $HOME/base/.git/objects" in_project git log --format=%s
        claim "$status $output" = "0 one"
    done
}

@test "a repository that the project names by a file is not shown for that" {
    need git
    git init -q secret
    echo hidden > secret/.git/objects/x
    mkdir -p .hg p/.git/objects/info p/.jj p/.hg
    cd p
    echo "$HOME/secret/.git/objects" > .git/objects/info/alternates
    echo "$HOME/secret/.git" | tee .jj/repo > .hg/sharedpath
    in_project cat "$HOME/secret/.git/objects/x"
    lacks "$output" $'hidden\n'
    contains "$output" "No such file"
    rm -r .git
    echo "gitdir: $HOME/secret/.git" > .git
    in_project cat "$HOME/secret/.git/objects/x"
    contains "$output" "No such file"
}

@test "what git wants to write into its configuration: one line says what helps, and that helps" {
    need git
    git init -q --bare -b main up.git
    git init -q -b main p
    cd p
    git commit -q --allow-empty -m one
    git remote add origin ../up.git
    git push -q origin HEAD:main HEAD:x
    git fetch -q
    line=".git/config was to be written, and is read-only in this run: --rw .git/config lets git write it"
    for words in "remote add more url" "push -q -u origin main" "checkout -q -b x origin/x"; do
        PLAYPEN_OPTIONS+=" --rw $HOME/up.git" in_project git $words
        claim "$(grep -Fc "playpen: $line" <<< "$output")" = 1
    done
    # As a shim names it, and where a program has swallowed what git says.
    ln -s "$PLAYPEN" "$HOME/pp-sh"
    run "$HOME/pp-sh" -c 'git config core.hooksPath .husky/_ 2> /dev/null; :'
    contains "$output" "PLAYPEN_OPTIONS='--rw .git/config' lets git write it"
    # In a submodule's, whose work tree git names anew.
    git -c protocol.file.allow=always submodule -q add "$HOME/up.git" sub
    git commit -q -m sub
    git -C sub commit -q --allow-empty -m three
    run "$HOME/pp-sh" -c 'git submodule update'
    contains "$output" "PLAYPEN_OPTIONS='--rw .git/modules/sub/config' lets git write it"
    PLAYPEN_OPTIONS+=" --rw .git/modules/sub/config" run "$HOME/pp-sh" -c 'git submodule -q update'
    claim "$status $output" = "0 "
    git checkout -q - && git branch -q -D x
    before=$(cat .git/config)
    for words in status "commit -q --allow-empty -m two" "config --list"; do
        in_project git $words
        claim "$status" = 0
        lacks "$output" "was to be written"
    done
    claim "$(cat .git/config)" = "$before"
    PLAYPEN_OPTIONS+=" -q --rw .git/config --rw $HOME/up.git"
    for words in "remote add more url" "push -q -u origin main" "checkout -q -b x origin/x" \
        "branch -D x2"; do
        [ "$words" != "branch -D x2" ] || git branch -q x2
        in_project git $words
        claim "$words: $status" = "$words: 0"
    done
    claim "$(git config branch.x.merge) $(git config remote.more.url)" = "refs/heads/x url"
}

@test "git over ssh in a bundle, by a deploy key and known hosts: the manual's recipe" {
    need ssh
    [ -x /usr/sbin/sshd ] || skip "needs sshd"
    ssh-keygen -q -t ed25519 -N '' -f host
    mkdir .ssh
    ssh-keygen -q -t ed25519 -N '' -f .ssh/deploy
    ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519
    cp .ssh/deploy.pub authorized
    port=$((20000 + RANDOM % 20000))
    echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 host.pub)" > .ssh/known_hosts
    /usr/sbin/sshd -D -f /dev/null -p "$port" -h "$HOME/host" -o ListenAddress=127.0.0.1 \
        -o AuthorizedKeysFile="$HOME/authorized" -o StrictModes=no -o UsePAM=no -o PidFile=none \
        2> sshd.log 3>&- &
    server=$!
    cleanup() { kill "$server"; }
    wait_until 60 bash -c "exec 3<> /dev/tcp/127.0.0.1/$port" 2> /dev/null
    git init -q --bare -b main up.git
    git init -q p
    git -C p commit -q --allow-empty -m one
    git -C p remote add origin "ssh://127.0.0.1:$port$HOME/up.git"
    cd p
    # ssh takes its home from the password database, where the test's is not.
    words=(-e "GIT_SSH_COMMAND=ssh -i ~/.ssh/deploy -o UserKnownHostsFile=$HOME/.ssh/known_hosts -o BatchMode=yes")
    run "$PLAYPEN" -q --project-only --ro ~/.ssh/known_hosts --ro ~/.ssh/deploy "${words[@]}" \
        git push -q origin HEAD:main
    claim "$status" = 0
    claim "$(git -C ../up.git log --format=%s main)" = one
    run "$PLAYPEN" -q --project-only --ro ~/.ssh/known_hosts --ro ~/.ssh/deploy "${words[@]}" ls "$HOME/.ssh"
    claim "$output" = $'deploy\nknown_hosts'
    run "$PLAYPEN" -q --project-only "${words[@]}" git fetch origin
    claim "$status" = 128
    contains "$output" "Host key verification failed"
}
