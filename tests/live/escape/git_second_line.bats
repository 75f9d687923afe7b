#!/usr/bin/env bats
# What is left where the mounts do not hold: what was protected is compared at
# the end, and what playpen itself does there follows no link.

load git

@test "without any mount, what was done to .git/config is pointed out" {
    without_mounts
    inside 'git config core.fsmonitor "$BOMB"'
    claim "$status" = 0
    points_out .git core.fsmonitor
}

@test "without any mount, a hook is pointed out" {
    without_mounts
    inside 'echo "$BOMB" > .git/hooks/post-commit; chmod +x .git/hooks/post-commit'
    points_out .git hooks/post-commit
}

@test "without any mount, what was done to --ro and --inaccessible files is pointed out" {
    without_mounts
    echo a > settings.json
    echo secret > .env
    mkdir ro closed
    echo a > ro/file
    run "$PLAYPEN" -q --current-dir-only --ro settings.json --ro ro \
        --inaccessible .env --inaccessible closed -- sh -c \
        'echo b > settings.json; rm .env; echo b > ro/file; touch closed/x'
    points_out "settings.json is not what it was" ".env is not" "ro is not" \
        "closed is not"
}

@test "without any mount, a preset in what is granted is pointed out" {
    without_mounts
    mkdir -p "$WORK/p/config/playpen/presets"
    echo '--ro .' > "$WORK/p/config/playpen/presets/x"
    XDG_CONFIG_HOME=$WORK/p/config run "$PLAYPEN" -q --current-dir-only -- \
        sh -c 'echo "--rw ~" > config/playpen/presets/x'
    points_out "presets is not what it was"
}

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

@test "a directory that is replaced while the unit starts is refused, whatever its parent's mode" {
    mkdir -p "$WORK/q/d"
    mkdir "$BASE/bin"
    cat > "$BASE/bin/systemd-run" << EOF2
#!/bin/sh
[ "\$1" = --version ] && exec $(command -v systemd-run) --version
chmod 755 $WORK/q; rmdir $WORK/q/d; ln -s $BASE $WORK/q/d; chmod 555 $WORK/q
exec $(command -v systemd-run) "\$@"
EOF2
    chmod +x "$BASE/bin/systemd-run"
    chmod 555 "$WORK/q"
    PATH=$BASE/bin:$PATH run "$PLAYPEN" -q --current-dir-only --rw "$WORK/q/d" -- \
        sh -c 'echo started'
    chmod 755 "$WORK/q"
    claim "$status" = 125
    lacks "$output" started
}
