#!/usr/bin/env bats
# What is left where the mounts do not hold: what was protected is compared at
# the end, and what playpen itself does there follows no link.

load git

@test "a configuration that the user replaces while it runs is still compared" {
    start -q --current-dir-only -e BOMB -- sh -c 'echo ready
        until [ -e go ]; do sleep .1; done
        printf "[core]\n\tfsmonitor = \"%s\"\n" "$BOMB" >> .git/config'
    wait_until 60 grep -q ready out
    git remote add up /x
    touch go
    finish
    output=$(cat err)
    points_out .git core.fsmonitor
    claim "$(git config remote.up.url)" = /x
}

@test "what --ro or --inaccessible protects, if replaced while it runs, is pointed out" {
    local option
    for option in --ro --inaccessible; do
        echo before > note
        start -q --current-dir-only "$option" note -- sh -c 'echo ready
            until [ -e go ]; do sleep .1; done; echo inside >> note'
        wait_until 60 grep -q ready out
        echo outside > new
        mv new note
        touch go
        finish
        output=$(cat err)
        points_out note "not what it was"
        rm go
    done
}

@test "a file put into a directory that --ro protects is pointed out, none left alone is" {
    mkdir kept
    inside 'true' # the bundle alone
    says_nothing
    run "$PLAYPEN" -q --current-dir-only --ro kept -- true
    claim "$status" = 0
    says_nothing
    start -q --current-dir-only --ro kept -- sh -c 'echo ready
        until [ -e go ]; do sleep .1; done'
    wait_until 60 grep -q ready out
    touch kept/new go
    finish
    output=$(cat err)
    points_out kept "not what it was"
}

@test "the user's own change of .git/config that runs a program, or takes a setting away, is told in the same words" {
    git config core.fsmonitor false
    git config core.sshCommand "ssh -F none"
    start -q --current-dir-only -- sh -c 'echo ready
        until [ -e go ]; do sleep .1; done'
    wait_until 60 grep -q ready out
    git config core.pager cat
    git config --unset core.sshCommand
    touch go
    finish
    output=$(cat err)
    points_out "git would run or follow it (core.pager, without core.sshcommand)"
    claim "$(grep -c '^playpen: ' err)" = 1
    claim "$(git config core.pager)" = cat
}

@test "a hook that the user installs outside while it runs is pointed out, and stays" {
    start -q --current-dir-only -- sh -c 'echo ready
        until [ -e go ]; do sleep .1; done'
    wait_until 60 grep -q ready out
    printf '#!/bin/sh\n' > .git/hooks/post-commit
    chmod +x .git/hooks/post-commit
    touch go
    finish
    output=$(cat err)
    points_out hooks/post-commit "look at it"
    claim -x .git/hooks/post-commit
    claim -z "$(ls .git/hooks/*.refused-* 2> /dev/null)"
}

@test "a planted link for what playpen makes, removes or replaces leads nowhere" {
    local victim=$BASE/victim
    mkdir "$victim"
    git init -q nested
    commit nested
    # hooks that are missing, and would be made
    rm -rf .git/hooks
    ln -s "$victim/hooks" .git/hooks
    inside 'true'
    claim ! -e "$victim/hooks"
    rm .git/hooks
    # what is put aside, through a directory that became a link
    cp -r nested/.git "$victim/"
    inside 'mv nested away; ln -s "$1" nested; git -C away config core.fsmonitor x
        rm -f .git/commondir; ln -s "$1/.git/config" .git/commondir' "$victim"
    claim -e "$victim/.git/config"
    claim -z "$(ls "$victim/.git" | grep refused)"
    not grep -q fsmonitor "$victim/.git/config"
}

@test "a lock on a configuration is honoured: it is left, and pointed out" {
    git init -q nested
    commit nested
    inside 'git -C nested config core.fsmonitor x; touch nested/.git/config.lock'
    points_out nested/.git core.fsmonitor "was changed"
    contains "$(cat nested/.git/config)" fsmonitor
}

@test "nothing of what was put aside is lost, and the mode is kept" {
    git init -q nested
    commit nested
    chmod 640 nested/.git/config
    inside 'git -C nested config alias.x "!$BOMB"; git -C nested config user.name new'
    claim "$(stat -c %a nested/.git/config)" = 640
    contains "$(cat nested/.git/config.refused-*)" "name = new"
    claim -z "$(git -C nested config alias.x)"
}

@test "hooks whose directory is swapped for a link while they are copied bring nothing of what that leads to" {
    need gcc
    mkdir "$BASE/keys"
    cp "$SECRET" "$BASE/keys/key"
    ln -s "$BASE/keys" away
    # Right when playpen makes the directory of the copies.
    gcc -shared -fPIC -o swap.so -x c - << 'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
int mkdir(const char *path, mode_t mode)
{
    if (strstr(path, "/playpen/hooks-"))
        renameat2(AT_FDCWD, ".git/hooks", AT_FDCWD, "away", RENAME_EXCHANGE);
    return mkdirat(AT_FDCWD, path, mode);
}
END
    LD_PRELOAD=$PWD/swap.so inside 'cat .git/hooks/key away/key'
    claim -L .git/hooks
    claim "$status" = 125
    lacks "$output" hidden
}
