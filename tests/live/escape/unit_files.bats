# bats file_tags=home
# Text of a unit file in what becomes a part of one.

load escape

unit_text() {
    printf '\n[Service]\nExecStopPost=\nExecStopPost=/bin/touch %s\nPrivateUsers=no\nTemporaryFileSystem=\nProtectHome=no\n' \
        "$BASE/planted"
}

@test "a directory with unit-file text in its name is refused" {
    mkdir "a$(unit_text | tr / _)b"
    cd "a$(unit_text | tr / _)b"
    inside touch made
    claim "$status" = 125
    claim ! -e made
    cd ..
    inside --ro "./a$(unit_text | tr / _)b" touch made
    claim "$status" = 125
    claim ! -e made
}

# harmless ARG... - a confined program, started with ARGs, reads nothing hidden
# after the manager has read its unit file anew, which ran nothing.
harmless() {
    start_ready -q --current-dir-only -e PEN -- \
        sh -c 'echo ready; until [ -e go ]; do sleep 0.1; done; cat "$1"' sh \
        "$SECRET" "$@"
    systemctl --user daemon-reload
    touch go
    finish
    lacks "$(cat out)" hidden
    claim ! -e "$BASE/planted"
}

@test "one below the working directory is harmless, daemon-reload or not" {
    local directory
    directory="a$(unit_text | tr / _)b"
    mkdir -p "$directory"
    git init -q "$directory"
    harmless
}

# bats test_tags=version
@test "arguments with unit-file text are harmless, daemon-reload or not" {
    harmless "$(unit_text)"
}

# bats test_tags=version
@test "variables with unit-file text are harmless, daemon-reload or not" {
    PEN=$(unit_text) harmless
}
