# bats file_tags=home
# Ways over the kernel's keyrings and queues, which have no path.

load escape

# bats test_tags=version
@test "keys of the session keyring stay outside" {
    id=$("$PLAYPEN" -q -- keyctl add user pen-mark hidden @s)
    run "$PLAYPEN" -q -- keyctl print "$id"
    contains "$output" hidden
    inside keyctl print "$id"
    lacks "$output" hidden
    # Nor by a call that the filter would refuse: the keyring is another.
    local words
    words=$("$PLAYPEN" -n -q --current-dir-only -- keyctl print "$id")
    contains "$words" ' filter=full '
    eval "run ${words/ filter=full / filter=network }"
    contains "$output" keyctl
    lacks "$output" hidden
}

@test "keys of the user's keyring stay outside, whatever they permit" {
    local id
    id=$(keyctl add user pen-mark hidden @u)
    keyctl setperm "$id" 0x3f3f0000
    attempt <<< 'keyctl print "$1"; keyctl pipe %user:pen-mark'
    leaks "$id"
    keeps "$id"
    keyctl unlink "$id" @u
}

@test "the user's keys are not listed" {
    local id
    id=$(keyctl add user pen-hidden x @u)
    attempt <<< 'cat /proc/keys'
    leaks
    keeps
    keyctl unlink "$id" @u
}

# bats test_tags=version
@test "shared memory of System V stays outside" {
    local id
    id=$(ipcmk -M 4096 | sed 's/.*: //')
    attempt <<< 'ipcs -m | grep " $1 " && echo hidden'
    leaks "$id"
    keeps "$id"
    ipcrm -m "$id"
}

@test "message queues and semaphores of System V stay outside" {
    local queue semaphore
    queue=$(ipcmk -Q | sed 's/.*: //')
    semaphore=$(ipcmk -S 1 | sed 's/.*: //')
    attempt <<< 'ipcs -q | grep " $1 " && echo hidden; ipcs -s | grep " $2 " && echo hidden'
    leaks "$queue" "$semaphore"
    keeps "$queue" "$semaphore"
    inside -- ipcrm -q "$queue" -s "$semaphore"
    ipcrm -q "$queue" -s "$semaphore"
}

@test "message queues of POSIX stay outside" {
    attempt << 'EOF2'
python3 -c 'import ctypes, os, sys
rt = ctypes.CDLL("librt.so.1")
queue = rt.mq_open(b"/pen-mark", os.O_RDONLY | os.O_NONBLOCK)
if queue >= 0: print("hidden")'
ls /dev/mqueue | sed s/pen-mark/hidden/
EOF2
    python3 -c 'import ctypes, os
ctypes.CDLL("librt.so.1").mq_open(b"/pen-mark", os.O_RDWR | os.O_CREAT, 0o600, None)'
    LEFT+=(/dev/mqueue/pen-mark)
    leaks
    keeps
}
