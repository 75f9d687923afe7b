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
