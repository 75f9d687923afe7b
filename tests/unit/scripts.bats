#!/usr/bin/env bats
# Which argument is the script that an interpreter is told to run, by the
# options that it has.

load helper

# told EXPECTED COMMAND... - of a home with scripts/s and scripts/other, what is
# granted as the script: EXPECTED below the home, or nothing.
told() {
    local got

    explain --current-dir-only -- "${@:2}"
    got=$(sed -nE 's!^  HOME/(.*[^ ])  +the script$!\1!p' "$dir/out")
    [ "$got" = "$1" ] || fail "${*:2}: '$got', not '$1'"
}

files() {
    make_home
    mkdir -p "$home_dir/bin" "$home_dir/scripts"
    # So that each is granted alone and can be told from the other.
    touch "$home_dir/s" "$home_dir/other" "$home_dir/scripts/s"
    for name; do
        cp /bin/true "$home_dir/bin/$name"
    done
    environment=(PATH="$home_dir/bin:/usr/bin:/bin")
    s=$home_dir/s o=$home_dir/other
}

@test "python: the first word, after options and their values; not after -c and -m" {
    files python3 python3.12 pypy3
    told s python3 "$s" "$o"
    told s python3 ../s
    told s python3.12 -u -B -Wignore -X dev -W error "$s"
    told s python3 -bb -OO -- "$s"
    told s pypy3 --check-hash-based-pycs always "$s"
    told '' python3 -c "$o" "$s"
    told '' python3 -Ic 'pass' "$s"
    told '' python3 -m module "$s"
    told '' python3 - "$s"
    told '' python3
    told '' python3 -W "$s"
    told scripts python3 "$home_dir/scripts/s"
}

@test "shells: after -o and its value; not after -c and -s" {
    files sh bash dash zsh
    for shell in sh bash dash zsh; do
        told s $shell "$s"
        told s $shell -eu -o pipefail "$s" -c x
        told s $shell -euo pipefail "$s"
        told s $shell +x "$s"
        told '' $shell -c ". $s" "$s"
        told '' $shell -ec ". $s"
        told '' $shell -s "$s"
    done
    told s bash --norc --rcfile "$o" "$s"
    told s bash --login +O extglob "$s"
}

@test "node and its kin: after -r, --import and their values; not after -e and -p" {
    files node deno bun tsx
    told s node "$s"
    told s node --no-warnings -r "$o" --import "$o" --conditions=x "$s" "$o"
    told s node --inspect=127.0.0.1:0 -C x "$s"
    told s node inspect "$s"
    told '' node -e "$o" "$s"
    told '' node -pe "$o" "$s"
    told '' node --eval "$o" "$s"
    told s deno run --allow-read -A --config "$o" "$s"
    told '' deno eval "$s"
    told s bun run "$s"
    told s bun "$s"
    told s tsx watch --tsconfig "$o" "$s"
}

@test "ruby, perl, php, lua, Rscript" {
    files ruby perl php lua Rscript
    told s ruby -w -I "$home_dir" -rset -C / "$s"
    told '' ruby -ne "$o" "$s"
    told s perl -w -Mstrict -MFile::Spec=all -I"$home_dir" -I "$home_dir" "$s"
    told s perl -i.bak -l012 "$s"
    told '' perl -pi -e 's/a/b/' "$s"
    told '' perl -Mre -E 1 "$s"
    told s php -d memory_limit=1 -c "$o" "$s"
    told s php -f "$s" -- "$o"
    told '' php -r 1 "$s"
    told '' php -S localhost:1 "$s"
    told s lua -l x "$s"
    told s Rscript --vanilla "$s"
    told '' Rscript -e 1 "$s"
}

@test "java: the archive after -jar, or one source file" {
    files java
    told s java -Xmx1G -Dmode=dev -jar "$s" "$o"
    told s java -cp "$o" --add-modules x -ea -jar "$s"
    told s java "$s"
    told '' java -cp "$o" Main "$s"
    told '' java -m module "$s"
    told '' java --module module "$s"
    told '' java -version
}

@test "no interpreter, no script" {
    files cat
    told '' cat "$s"
    told '' /bin/ls "$s"
}

@test "a script is a file of the user's, and no credential" {
    files sh
    mkdir -p "$home_dir/.ssh" "$home_dir/.aws" "$home_dir/.config/gh" "$home_dir/.cargo"
    for secret in .ssh/config .ssh/id_ed25519 .aws/config .netrc .env .npmrc \
        .config/gh/hosts.yml .cargo/credentials.toml .git-credentials x/my-token; do
        mkdir -p "$(dirname "$home_dir/$secret")"
        echo _authToken=x > "$home_dir/$secret"
        told '' sh "$home_dir/$secret"
    done
    mkfifo "$home_dir/fifo"
    told '' sh "$home_dir/fifo"
    told '' sh "$home_dir/scripts"
    told '' sh "$home_dir/nothing"
    told '' sh ''
}
