# bats file_tags=home
# Ways over sockets on which agents, engines, terminals or displays listen.

load escape

@test "the agent of ssh in /tmp/ssh-XXX is out of reach" {
    local dir
    dir=$(mktemp -d /tmp/ssh-XXXXXX)
    LEFT+=("$dir")
    listener "$dir/agent.1"
    SSH_AUTH_SOCK=$dir/agent.1 no_answer "$dir/agent.1" -e SSH_AUTH_SOCK
    SSH_AUTH_SOCK=$dir/agent.1 no_answer "$dir/agent.1" --capture-env
}

@test "the agents of ssh in the runtime directory are out of reach" {
    local name taken=
    for name in openssh_agent ssh-agent.socket gcr/ssh keyring/ssh; do
        if [ -S "$RUNTIME/$name" ]; then
            taken+=" $name"
            continue
        fi
        listener "$RUNTIME/$name"
        no_answer "$RUNTIME/$name"
    done
    [ -z "$taken" ] || skip "systemd listens on$taken; the others were tried"
}

@test "the agent of ssh in ~/.ssh/agent is out of reach" {
    LEFT+=("$HOME/.ssh/agent")
    listener "$HOME/.ssh/agent/s.pen"
    no_answer "$HOME/.ssh/agent/s.pen"
}

@test "--ro ~/.ssh does not bring the agent in it" {
    LEFT+=("$HOME/.ssh/agent")
    listener "$HOME/.ssh/agent/s.pen"
    no_answer "$HOME/.ssh/agent/s.pen" --ro "$HOME/.ssh"
}

@test "an agent in a granted directory is closed by \$SSH_AUTH_SOCK" {
    listener "$BASE/agents/pen"
    SSH_AUTH_SOCK=$BASE/agents/pen no_answer "$BASE/agents/pen" \
        --ro "$BASE/agents"
    # By the directory alone it is a socket like any other.
    unset SSH_AUTH_SOCK
    inside --ro "$BASE/agents" socat -u -T 5 "UNIX-CONNECT:$BASE/agents/pen" -
    contains "$output" hidden
}

@test "gpg-agent is out of reach" {
    LEFT+=("$HOME/.gnupg/S.gpg-agent")
    listener "$HOME/.gnupg/S.gpg-agent"
    no_answer "$HOME/.gnupg/S.gpg-agent"
    listener "$RUNTIME/gnupg/S.gpg-agent"
    no_answer "$RUNTIME/gnupg/S.gpg-agent"
    no_answer "$RUNTIME/gnupg/S.gpg-agent" --ro /run/user
}

@test "--rw ~/.gnupg does not bring the agent in it" {
    listener "$HOME/.gnupg/S.gpg-agent"
    no_answer "$HOME/.gnupg/S.gpg-agent" --rw "$HOME/.gnupg"
}

@test "the keyring's socket is out of reach" {
    listener "$RUNTIME/keyring/control"
    no_answer "$RUNTIME/keyring/control"
    no_answer "$RUNTIME/keyring/control" --ro /run/user
}

@test "rootless docker is out of reach" {
    listener "$RUNTIME/docker.sock"
    no_answer "$RUNTIME/docker.sock"
    no_answer "$RUNTIME/docker.sock" --ro /run/user
    listener "$HOME/.docker/run/docker.sock"
    no_answer "$HOME/.docker/run/docker.sock"
    no_answer "$HOME/.docker/run/docker.sock" --ro "$HOME/.docker"
}

@test "rootless podman is out of reach" {
    listener "$RUNTIME/podman/podman.sock"
    no_answer "$RUNTIME/podman/podman.sock"
    no_answer "$RUNTIME/podman/podman.sock" --ro /run/user
}

@test "rootless containerd is out of reach" {
    listener "$RUNTIME/containerd/containerd.sock"
    no_answer "$RUNTIME/containerd/containerd.sock"
    no_answer "$RUNTIME/containerd/containerd.sock" --ro /run/user
}

@test "the session's libvirt is out of reach" {
    listener "$RUNTIME/libvirt/libvirt-sock"
    no_answer "$RUNTIME/libvirt/libvirt-sock"
    no_answer "$RUNTIME/libvirt/libvirt-sock" --ro /run/user
}

@test "a running tmux takes no keys" {
    need tmux
    mkdir -p -m 700 "/tmp/tmux-$UID"
    TMUX_SOCKET=/tmp/tmux-$UID/pen$$
    (unset TMUX && tmux -S "$TMUX_SOCKET" new-session -d -s pen cat 3>&-)
    attempt <<< 'tmux -S "$1" send-keys -t pen "x" && tmux -S "$1" ls'
    works "$TMUX_SOCKET"
    fails "$TMUX_SOCKET"
}

@test "a tmux whose socket lies in a granted directory is closed by \$TMUX" {
    need tmux
    TMUX_SOCKET=$BASE/tmux
    (unset TMUX && tmux -S "$TMUX_SOCKET" new-session -d -s pen cat 3>&-)
    attempt <<< 'tmux -S "$1" send-keys -t pen "x" && tmux -S "$1" ls'
    works "$TMUX_SOCKET"
    TMUX="$TMUX_SOCKET,1,0" inside --ro "$BASE" sh ./attempt "$TMUX_SOCKET"
    claim "$status" != 0
}

@test "screen's sockets in ~/.screen are out of reach" {
    LEFT+=("$HOME/.screen")
    listener "$HOME/.screen/1.pen"
    no_answer "$HOME/.screen/1.pen"
}

@test "a display is out of reach" {
    local socket
    mkdir -p /tmp/.X11-unix
    for socket in /tmp/.X11-unix/X97 "$RUNTIME/wayland-97" "$RUNTIME/pipewire-97"; do
        listener "$socket"
        no_answer "$socket"
    done
}

@test "--rw /tmp brings neither a display nor a tmux" {
    mkdir -p -m 700 "/tmp/tmux-$UID"
    local socket
    for socket in /tmp/.X11-unix/X97 "/tmp/tmux-$UID/pen$$"; do
        listener "$socket"
        no_answer "$socket" --rw /tmp
    done
}

# bats test_tags=version
@test "an abstract socket is out of reach" {
    need_scopes
    background socat "ABSTRACT-LISTEN:/tmp/.X11-unix/X97-$$,fork" SYSTEM:'echo hidden'
    attempt <<< 'socat -u -T 5 "ABSTRACT-CONNECT:$1" -'
    wait_until 60 socat -u -T 5 "ABSTRACT-CONNECT:/tmp/.X11-unix/X97-$$" -
    leaks "/tmp/.X11-unix/X97-$$"
    keeps "/tmp/.X11-unix/X97-$$"
}

# bats test_tags=version
@test "--private-network closes abstract sockets on every kernel" {
    background socat "ABSTRACT-LISTEN:pen-$$,fork" SYSTEM:'echo hidden'
    wait_until 60 socat -u -T 5 "ABSTRACT-CONNECT:pen-$$" -
    inside --private-network -- socat -u -T 5 "ABSTRACT-CONNECT:pen-$$" -
    claim "$status" != 0
    lacks "$output" hidden
}

# bats test_tags=version
@test "any socket of the home directory is out of reach" {
    listener "$BASE/any"
    no_answer "$BASE/any"
}
