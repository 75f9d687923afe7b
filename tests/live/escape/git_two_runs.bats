#!/usr/bin/env bats
# Two bundles in one tree at the same time: what the first one plants while the
# second starts was not there before, whoever of them ends first.

load git

# wait_for FILE - words for a script inside.
wait_for() {
    printf 'until [ -e %s ]; do sleep .1; done; ' "$1"
}

# hand_on PLANT HIDE SHOW - the first run does PLANT, then the second starts; the
# first does HIDE and ends, and the second does SHOW. What the second said is the
# output.
hand_on() {
    local first
    start -q --current-dir-only -e BOMB -- sh -c "$1; touch made
        $(wait_for seen) $2"
    first=$pid
    wait_until 60 test -e made
    "$PLAYPEN" -q --current-dir-only -e BOMB -- sh -c "touch seen
        $(wait_for gone) $3" 2> second &
    wait_until 60 test -e seen
    wait "$first"
    claim "$(grep -c '^playpen: ' err)" = 0
    touch gone
    wait $!
    output=$(cat second)
    rm -f made seen gone
}

@test "a repository that one run plants and hides, and the other shows, is pointed out" {
    hand_on 'git init -q x; git -C x config core.fsmonitor "$BOMB"' \
        'mv x/.git/HEAD x/h' 'mv x/h x/.git/HEAD'
    points_out x/.git core.fsmonitor
}

@test "a configuration, a hook, a file that an editor runs, so handed on, are pointed out" {
    git init -q old
    hand_on 'cp old/.git/config c; git -C old config core.pager "$BOMB"' \
        'cp old/.git/config d; cat c > old/.git/config' \
        'cat d > old/.git/config'
    points_out old/.git core.pager
    git -C old config --unset core.pager
    hand_on 'echo "$BOMB" > old/.git/hooks/post-commit
        chmod +x old/.git/hooks/post-commit' \
        'mv old/.git/hooks/post-commit h' 'mv h old/.git/hooks/post-commit'
    points_out old/.git hooks/post-commit
    hand_on 'mkdir .vscode; echo "{}" > .vscode/tasks.json' \
        'mv .vscode v' 'mv v .vscode'
    points_out .vscode/tasks.json
}

@test "what is handed on by a mapping, which changes no time of a file on a tmpfs, is pointed out" {
    [ "$(stat -f -c %T /tmp)" = tmpfs ] || skip "/tmp is no tmpfs"
    LEFT+=("$(mktemp -d /tmp/p.XXXXXX)")
    cd "${LEFT[-1]}" || return
    git init -q old
    git -C old config user.pagerx "$BOMB"
    cat > map.py << 'END'
import mmap, sys
file = open("old/.git/config", "r+b")
text = mmap.mmap(file.fileno(), 0)
was, now = sys.argv[1].encode(), sys.argv[2].encode()
assert was in text[:]
text[:] = text[:].replace(was, now)
END
    hand_on 'python3 map.py "[user]
	pagerx =" "[core]
	pager  ="' 'python3 map.py "[core]
	pager  =" "[user]
	pagerx ="' 'python3 map.py "[user]
	pagerx =" "[core]
	pager  ="'
    points_out old/.git core.pager
}

@test "among many other such files the one that is handed on is told" {
    local i
    for i in a b c d e f g h i j; do
        mkdir "$i"
        touch "$i/.npmrc" "$i/.envrc" "$i/.vimrc"
    done
    hand_on 'mkdir new; echo "$BOMB" > new/.envrc' 'mv new/.envrc new/h' \
        'mv new/h new/.envrc'
    points_out new/.envrc
    not grep '[a-j]/\.' <<< "$output"
}

@test "where the runs are kept a run is granted nothing" {
    run "$PLAYPEN" -q --current-dir-only --rw "$RUNTIME/playpen" -- true
    claim "$status" = 125
    contains "$output" "playpen's own"
}

@test "while the first run goes on, the second says nothing of what is not its own" {
    start -q --current-dir-only -- sh -c "touch ready; $(wait_for done) :"
    wait_until 60 test -e ready
    mkdir .vscode
    echo '{}' > .vscode/tasks.json
    git init -q x
    git -C x config core.pager cat
    inside 'true'
    says_nothing
    touch done
    finish
    output=$(cat err)
    points_out .vscode/tasks.json
    points_out x/.git core.pager
}
