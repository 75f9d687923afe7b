# first_lines.bats - the lines of README.md that people paste, and what tests/vm
# needs, with stubs for all that would change the machine.

load helper

README=$BATS_TEST_DIRNAME/../../README.md

# stub NAME [BODY] - leaves word of how it was called.
stub() {
    printf '#!/bin/sh\necho "%s $*" >> "%s/called"\n%s\n' "$1" "$dir" "${2-}" \
        > "$dir/bin/$1"
    chmod +x "$dir/bin/$1"
}

@test "the README's lines use sudo for a user, and do without for root" {
    stub apt-get
    stub make
    stub sudo 'exec "$@"'
    for target in try check; do
        line=$(grep "make $target\$" "$README")
        [ -n "$line" ]
        stub id 'echo 0'
        rm -f "$dir/called"
        sh -c "$line"
        run -0 cat "$dir/called"
        [[ $output == $'id -u\napt-get update\napt-get install -y gcc '*$'\nmake '$target ]] ||
            fail "$output"
        stub id 'echo 1000'
        rm -f "$dir/called"
        sh -c "$line"
        run -0 cat "$dir/called"
        [[ $output == $'id -u\nsudo apt-get update\napt-get update\nsudo apt-get install -y gcc '*$'\nmake '$target ]] ||
            fail "$output"
        # What fails is not passed over.
        stub apt-get 'exit 100'
        run -100 sh -c "$line"
        stub apt-get
    done
}

@test "tests/vm names all that is missing at once, before it begins" {
    local vm=$BATS_TEST_DIRNAME/../vm/vm
    export PLAYPEN_VM_CACHE=$dir/cache
    # The programs that a fresh machine has.
    mkdir "$dir/few"
    for name in bash dirname id env cat; do
        ln -s "$(command -v "$name")" "$dir/few/"
    done
    sed 's/^PATH=.*//; s,/usr/share/keyrings/,/nowhere/,' "$vm" > "$dir/vm"
    PATH=$dir/few run -0 bash "$dir/vm" missing
    for package in debian-archive-keyring util-linux git gpg e2fsprogs mmdebstrap \
        qemu-system-x86 openssh-client; do
        [[ " $output " == *" $package "* ]] || fail "no $package in: $output"
    done
    list=$output
    # The README's line brings them, whatever recommends them.
    line=$(grep 'make check$' "$README")
    for package in $list; do
        [[ " $line " == *" $package "* ]] || fail "no $package in: $line"
    done
    for command in "build trixie" "up trixie" "test trixie"; do
        # shellcheck disable=SC2086 # words
        PATH=$dir/few run -125 bash "$dir/vm" $command
        [[ $output == "vm: "*" $list" ]] || fail "$output"
    done
    [ ! -e "$dir/cache" ]
}
