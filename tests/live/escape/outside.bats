# bats file_tags=home
# Ways to files elsewhere than in the home directory, and what is left of a run.

load escape

@test "the user's files in /data are neither read nor written" {
    [ -w /data ] || skip "needs a /data of the user's"
    LEFT+=(/data/secret)
    echo hidden > /data/secret
    attempt <<< 'cat /data/secret'
    leaks
    keeps
    inside -- sh -c 'echo planted > /data/secret'
    claim "$(cat /data/secret)" = hidden
}

# bats test_tags=version
@test "other users' homes and /srv, /mnt, /media, /root are empty" {
    attempt <<< 'ls -A /home /srv /srv/homes | grep -vx "$(id -un)" |
        sed "s/alice/hidden/; s/bob/hidden/"'
    leaks
    keeps
    # Whose home is below /srv has that there, and nothing else.
    inside -- sh -c 'ls -A /srv | grep -vx homes; ls -A /mnt /media /root'
    not grep -qv '^\(/.*:\)\?$' <<< "$output"
}

# bats test_tags=version
@test "files in /tmp and /var/tmp are not read" {
    local there
    for there in /tmp /var/tmp; do
        there=$(mktemp "$there/pen.XXXXXX")
        LEFT+=("$there")
        echo hidden > "$there"
        attempt <<< 'cat "$1"'
        leaks "$there"
        keeps "$there"
    done
}

@test "nothing is left anywhere but in the working directory" {
    local dir
    attempt <<< 'for d in / /tmp /var/tmp /dev/shm /dev/mqueue /data /srv /run \
        /run/lock "$1" /etc /usr /usr/local /opt /var /var/lib /boot; do
        { echo x > "$d/$2"; } 2> /dev/null; done; echo x > "$2"'
    LEFT+=(/tmp/planted.$$ /var/tmp/planted.$$ /dev/shm/planted.$$ /dev/mqueue/planted.$$ \
        /data/planted.$$ "$RUNTIME/planted.$$" /run/lock/planted.$$)
    inside sh ./attempt "$RUNTIME" "planted.$$"
    claim "$status" = 0
    claim -e "planted.$$"
    for dir in / /tmp /var/tmp /dev/shm /dev/mqueue /data /srv /run /run/lock \
        "$RUNTIME" /etc /usr /usr/local /opt /var /var/lib /boot; do
        claim ! -e "$dir/planted.$$"
    done
    # And it could have been.
    sh ./attempt "$RUNTIME" "planted.$$"
    for dir in /tmp /var/tmp /dev/shm "$RUNTIME"; do
        claim -e "$dir/planted.$$"
    done
}

# bats test_tags=version
@test "/dev/shm brings nothing in" {
    echo hidden > "/dev/shm/pen.$$"
    LEFT+=("/dev/shm/pen.$$")
    attempt <<< 'cat /dev/shm/*'
    leaks
    keeps
}
