#!/usr/bin/env bats
# What of a repository runs something, or leads git elsewhere: configuration,
# hooks, and what is under way.

load git

# sets KEY VALUE - the key of a new repository is pointed out.
sets() {
    rm -rf n
    inside 'git init -q n; git -C n config "$1" "$2"' "$@"
    points_out "n/.git is new" "${1,,}"
}

@test "each setting that runs a program is pointed out, known to this version or not" {
    sets core.fsmonitor "$BOMB"
    sets interactive.diffFilter "$BOMB"
    sets lfs.extension.x.clean "$BOMB"
    sets diff.x.textconv "$BOMB"
    sets submodule.x.update "!$BOMB"
    sets gc.recentObjectsHook "$BOMB"
    sets some.newkey "$BOMB"
}

@test "each setting that leads git elsewhere is pointed out" {
    sets core.worktree "$HOME"
    sets include.path ../../x
    sets includeIf.onbranch:x.path x
    sets url.https://example.org/.insteadOf https://github.com/
    sets remote.origin.url "ext::sh -c touch% x"
    sets remote.origin.url "-oProxyCommand=x"
    sets branch.x.remote "ssh://-oProxyCommand=x/y"
    sets credential.https://github.com.helper x
    sets http.proxy http://example.org
}

@test "settings that a clone, a branch or a submodule has are not" {
    inside 'git init -q n; cd n; git config remote.origin.url https://example.org/x.git
        git config remote.origin.fetch "+refs/heads/*:refs/remotes/origin/*"
        git config branch.main.remote origin; git config branch.main.merge refs/heads/main
        git config remote.up.url git@github.com:a/b.git; git config user.name "A B"
        git config remote.up2.url ssh://git@example.org:22/x; git config pull.rebase true
        git config color.ui auto; git config gc.auto 0; git config core.autocrlf input'
    says_nothing
}

@test "what git reads as a setting is read so: quotes, continuation, old sections" {
    local text
    for text in '[core]fsmonitor="x"' '[CORE] FsMonitor = x' '[core]
        fsmoni' '[diff.a]
        external=x' '[diff "a\"]b"]
        command=x' $'[core]\n\teditor = a\\\n  b' $'\xef\xbb\xbf[core]\neditor=x'; do
        rm -rf n
        inside 'git init -q n; printf %s "$1" > n/.git/config' "$text"
        points_out "n/.git is new"
    done
}

@test "no rebase, cherry-pick or bisect of the run's is under way without a word" {
    inside 'mkdir .git/rebase-merge; echo "exec $BOMB" > .git/rebase-merge/git-rebase-todo'
    points_out .git rebase-merge
    rm -rf .git/rebase-merge
    inside 'mkdir .git/sequencer; printf "[options]\nstrategy = x/s\n" > .git/sequencer/opts'
    points_out .git sequencer
    rm -rf .git/sequencer
    inside 'git bisect start; git bisect bad'
    points_out .git BISECT_LOG
    git bisect reset -q 2> /dev/null || rm -f .git/BISECT*
    inside 'mkdir .git/rebase-apply; touch .git/rebase-apply/applying'
    points_out .git rebase-apply
}

@test "a rebase of the user's that the run changed is pointed out, one that it left is not" {
    git config rebase.instructionFormat %s
    mkdir .git/rebase-merge
    echo "pick x" > .git/rebase-merge/git-rebase-todo
    inside 'cat .git/rebase-merge/git-rebase-todo'
    says_nothing
    inside 'echo "exec $BOMB" >> .git/rebase-merge/git-rebase-todo'
    points_out rebase-merge
}

@test "a branch whose name a shell's prompt would run is pointed out, the user's own is not" {
    local name
    for name in '$(touch${IFS}x)' '`touch${IFS}x`'; do
        inside 'git checkout -q -b "$1"' "$name"
        points_out .git "something was begun" "a shell's prompt"
        inside true
        says_nothing
        git checkout -q -B 'fix(x)-&'
    done
    inside 'git init -q -b "\$(x)" lib'
    points_out lib/.git "a shell's prompt"
}

@test "a strategy named for a rebase under way is pointed out" {
    mkdir .git/rebase-merge
    inside 'echo x/s > .git/rebase-merge/strategy'
    points_out rebase-merge
}

@test "a rebase in a linked work tree, a submodule or a nested repository is pointed out" {
    super
    git worktree add -q "$BASE/tree"
    git init -q nested && commit nested
    inside 'for d in .git/worktrees/tree .git/modules/sub nested/.git; do
            mkdir $d/rebase-merge; echo "exec $BOMB" > $d/rebase-merge/git-rebase-todo
        done'
    points_out .git/worktrees/tree .git/modules/sub nested/.git
}

@test "a second name of a configuration writes another file" {
    ln .git/config note
    inside 'printf "[core]\n\tfsmonitor = \"%s\"\n" "$BOMB" >> note'
    safe
    claim "$(stat -c %h .git/config)" = 1
}

@test "a second name of a hook writes another file" {
    printf '#!/bin/sh\n' > .git/hooks/post-commit
    chmod +x .git/hooks/post-commit
    ln .git/hooks/post-commit note
    inside 'echo "$BOMB" >> note'
    safe
    claim -x .git/hooks/post-commit
}

@test "a second name of a nested repository's configuration is found out by its content" {
    git init -q lib
    commit lib
    ln lib/.git/config note
    inside 'printf "[core]\n\tfsmonitor = \"%s\"\n" "$BOMB" >> note'
    points_out lib/.git core.fsmonitor
    safe lib
}

@test "hooks can be installed, and are thrown away with one line" {
    inside 'printf "#!/bin/sh\n%s\n" "$BOMB" > .git/hooks/post-commit &&
        chmod +x .git/hooks/post-commit'
    claim "$status" = 0
    points_out .git/hooks post-commit "thrown away"
    claim ! -e .git/hooks/post-commit
    safe
    claim -z "$(ls -d "$XDG_RUNTIME_DIR"/playpen/hooks-* 2> /dev/null)"
}

@test "a hook of the user's runs inside, and what is done to it is not done outside" {
    printf '#!/bin/sh\necho ran\n' > .git/hooks/pre-commit
    chmod +x .git/hooks/pre-commit
    inside 'git commit -q --allow-empty -m x'
    claim "$output" = ran
    inside 'echo "$BOMB" >> .git/hooks/pre-commit; echo $?; rm .git/hooks/pre-commit'
    claim "$output" = 0
    claim "$(cat .git/hooks/pre-commit)" = $'#!/bin/sh\necho ran'
    safe
}

@test "a hooks path in the work tree can be written, and what is new there is pointed out" {
    git config core.hooksPath .husky/_
    inside 'mkdir -p .husky/_ && echo x > .husky/_/pre-commit'
    claim "$status" = 0
    claim -s .husky/_/pre-commit
    points_out .husky/_/pre-commit
}

@test "what the stubs of a hooks path run is pointed out: .husky, and by another name" {
    local dir
    for dir in .husky hooks.d tools/git; do
        mkdir -p "$dir/_"
        git config core.hooksPath "$dir/_"
        printf '#!/bin/sh\n. "$(dirname "$0")/../pre-commit"\n' > "$dir/_/pre-commit"
        chmod +x "$dir/_/pre-commit"
        echo : > "$dir/pre-commit"
        inside 'echo "$BOMB" > "$1/pre-commit"' "$dir"
        points_out "$dir/pre-commit"
    done
}

@test "a nested repository's hooks path or include leaves the project writable" {
    local key
    for key in core.hooksPath include.path; do
        rm -rf n
        git init -q n
        git -C n config "$key" ..
        inside 'touch made && rm made && touch file'
        claim "$status" = 0
    done
    printf '[include]\n\tpath = ../../file\n' >> n/.git/config
    inside 'echo x > file && rm file'
    claim "$status" = 0
}

@test "the project's own hooks path or include leaves the project writable" {
    git config core.hooksPath .
    inside 'touch made && rm made && mkdir x'
    claim "$status" = 0
    git config --unset core.hooksPath
    git config include.path ..
    inside 'touch made && rm made'
    claim "$status" = 0
}

@test "a tracked file that the configuration includes can be checked out, and is pointed out" {
    printf '[alias]\n\tx = status\n' > team.gitconfig
    git config include.path ../team.gitconfig
    git add team.gitconfig
    commit
    inside 'git config -f team.gitconfig alias.y "!$BOMB" && git commit -qam y'
    claim "$status" = 0
    points_out team.gitconfig alias.y
}

@test "one that the command makes git track, to write it in the next run, is pointed out" {
    printf '[alias]\n\tx = status\n' > team.gitconfig
    git config include.path ../team.gitconfig
    inside 'echo >> team.gitconfig || git add team.gitconfig'
    points_out team.gitconfig 'counts as tracked now'
    git reset -q
    inside 'touch other; git add other'
    says_nothing
    inside 'git update-index --index-version 4'
    points_out team.gitconfig 'counts as tracked now'
}

@test "hooks and includes of \$GIT_CONFIG_GLOBAL and \$GIT_CONFIG_SYSTEM are looked at" {
    local name
    unset GIT_CONFIG_NOSYSTEM
    for name in GLOBAL SYSTEM; do
        printf '[core]\nhooksPath = %s/h%s\n[include]\npath = %s/inc%s\n' \
            "$PWD" $name "$PWD" $name > "$BASE/config"
        export "GIT_CONFIG_$name=$BASE/config"
        mkdir "h$name"
        inside 'echo "$BOMB" > "h$1/post-commit"; chmod +x "h$1/post-commit"
            printf "[core]\nfsmonitor = x\n" > "inc$1"' $name
        points_out "h$name/post-commit" "inc$name" core.fsmonitor
        unset "GIT_CONFIG_$name"
    done
}

@test "--rw .git/config lets git write it, --rw .git all of it" {
    run "$PLAYPEN" -q --current-dir-only --rw .git/config -- \
        git remote add up https://example.org/x
    claim "$status" = 0
    claim "$(git config remote.up.url)" = https://example.org/x
    run "$PLAYPEN" -q --current-dir-only --rw .git -- \
        sh -c 'git config core.fsmonitor false; echo > .git/hooks/x; mv .git a; mv a .git'
    claim "$status" = 0
    claim -e .git/hooks/x
}
