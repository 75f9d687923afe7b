#!/usr/bin/env bats
# install.bats - make install and make uninstall, below a DESTDIR.

load helper

files() { (cd "$dir/root" && find . ! -type d | sort); }

@test "what make install puts there make uninstall takes back, and nothing else" {
    mkdir -p "$dir/root/usr/bin"
    touch "$dir/root/usr/bin/other"
    export DESTDIR=$dir/root PREFIX=/usr MAKEFLAGS=
    make -sC "$BATS_TEST_DIRNAME/../.." -e install
    run -0 files
    for file in bin/playpen share/man/man1/playpen.1 \
        share/bash-completion/completions/playpen \
        share/zsh/site-functions/_playpen \
        share/fish/vendor_completions.d/playpen.fish \
        bin/pp-npm share/bash-completion/completions/pp-npm \
        share/fish/vendor_completions.d/pp-npm.fish; do
        [ -s "$dir/root/usr/$file" ] || fail "no $file in" "$output"
    done
    make -sC "$BATS_TEST_DIRNAME/../.." -e uninstall
    run -0 files
    [ "$output" = ./usr/bin/other ] || fail "$output"
}
