# tmux.bash - what the tests at a terminal share: a shell with job control in tmux,
# what is typed there and what its screen shows.
load helper

# open_terminal LINE... - in the test's own directory; a shell that has read the
# LINEs, with a prompt that can be told from others.
open_terminal() {
    need tmux
    make_work
    printf '%s\n' "PS1='shell> '" "$@" > rc
    tmux -L "$ID" -f /dev/null new-session -d -x 100 -y 30 \
        "exec bash --noprofile --rcfile '$WORK/rc'" 3>&-
    tmux -L "$ID" set -g remain-on-exit on
    sees '^shell> *$'
}

cleanup() { tmux -L "$ID" kill-server 2> /dev/null || true; }

screen() { tmux -L "$ID" capture-pane -p -J; }
shows() { screen | grep -qE -- "$1"; }
# type LINE: with Enter; keys KEY...: as tmux names them
type() { tmux -L "$ID" send-keys -l -- "$1" && keys Enter; }
keys() { tmux -L "$ID" send-keys "$@"; }
# sees PATTERN - the screen shows it
sees() {
    wait_until 60 shows "$1" || {
        screen >&2
        return 1
    }
}
