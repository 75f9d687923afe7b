#!/usr/bin/env bats
# bats file_tags=workshop,slow
# The network by name, with tools as they are: no variable set, nothing
# configured. Each reaches a server of the test's own by a name of the list, and
# fails with its own words for one that is not, which is named at the end.

load helper

setup_file() {
    need openssl
    NAME=$(getent hosts 127.0.1.1 | awk '{print $2; exit}')
    [ -n "$NAME" ] || skip "needs a name for 127.0.1.1 in /etc/hosts"
    export NAME
    export CA=$BATS_FILE_TMPDIR
    # An authority of the test's own, and a certificate of its for the name.
    cd "$CA"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority \
        -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem 2> /dev/null
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$NAME" -keyout key.pem \
        -out request 2> /dev/null
    openssl x509 -req -in request -CA ca.pem -CAkey ca.key -days 2 -out one.pem \
        -extfile <(echo "subjectAltName=DNS:$NAME"; echo authorityKeyIdentifier=keyid) 2> /dev/null
    cat key.pem one.pem > cert.pem
}

cleanup() {
    [ -z "${mounted-}" ] || fusermount3 -uz "$mounted"
    [ -z "${servers-}" ] || kill $servers 2> /dev/null || :
}

# serve KIND: starts net.py's server in the directory served; sets port.
serve() {
    port=$((20000 + (RANDOM + BASHPID) % 20000))
    cp -r "$CA/cert.pem" "$CA/ca.pem" .
    python3 "$BATS_TEST_DIRNAME/net.py" "$1" 0.0.0.0 "$port" > server 2>&1 3>&- &
    servers+=" $!"
    wait_until 60 grep -q ready server
}

# listens: something does, at port.
listens() { (: > "/dev/tcp/127.0.1.1/$port") 2> /dev/null; }

# A server of the user's own, which takes the user alone; sets port and key.
serve_ssh() {
    [ -x /usr/sbin/sshd ] || skip "needs sshd"
    key=$WORK/key port=$((20000 + (RANDOM + BASHPID) % 20000))
    ssh-keygen -q -t ed25519 -N '' -f "$key"
    ssh-keygen -q -t ed25519 -N '' -f host
    printf '%s\n' "Port $port" "ListenAddress 127.0.1.1" "HostKey $WORK/host" \
        "AuthorizedKeysFile $WORK/key.pub" "StrictModes no" "UsePAM no" \
        "Subsystem sftp internal-sftp" "PidFile none" > sshd_config
    /usr/sbin/sshd -D -f sshd_config 2> sshd.log 3>&- &
    servers+=" $!"
    wait_until 60 listens
}

# both WORDS SHELL-LINE: the line prints the words, with $host a host of the list
# and $port its port; with another host it fails, and playpen says which.
both() {
    local list=(--net-allow "$NAME:$port" --net-allow "127.0.1.1:$port")
    run -0 --separate-stderr env -i HOME="$HOME" PATH="$PATH" LANG=C.UTF-8 \
        XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" DBUS_SESSION_BUS_ADDRESS="$DBUS_SESSION_BUS_ADDRESS" \
        "$PLAYPEN" -q --current-dir-only -e "host=$NAME" -e "port=$port" "${list[@]}" bash -c "$2"
    claim "$output" = "$1"
    run -0 --separate-stderr env -i HOME="$HOME" PATH="$PATH" LANG=C.UTF-8 \
        XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" DBUS_SESSION_BUS_ADDRESS="$DBUS_SESSION_BUS_ADDRESS" \
        "$PLAYPEN" --current-dir-only -e host=other.test -e "port=$port" "${list[@]}" \
        bash -c "if ($2); then echo reached; else echo failed; fi"
    claim "${lines[-1]}" = failed
    contains "$stderr" "playpen: not reached: other.test ("
    contains "$stderr" "--net-allow other.test allows it"
}

@test "curl, by HTTPS" {
    need curl
    serve https
    echo found > page
    both found 'curl -s --cacert ca.pem "https://$host:$port/page"'
}

@test "wget, by HTTPS" {
    need wget
    serve https
    echo found > page
    both found 'wget -q -t 1 -O - --ca-certificate=ca.pem "https://$host:$port/page"'
}

@test "git, by HTTPS and by ssh, and ssh" {
    local key=$WORK/key
    need git
    need ssh
    serve https
    git init -q --bare repo
    git init -q src
    git -C src -c user.name=a -c user.email=a commit -q --allow-empty -m one
    git -C src push -q ../repo HEAD:refs/heads/master
    git -C repo update-server-info
    both one 'rm -rf clone; git -c http.sslCAInfo="$PWD/ca.pem" clone -q "https://$host:$port/repo" clone &&
        git -C clone log --format=%s'
    serve_ssh
    local options="-p \$port -i $key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=$WORK/known"
    both there "ssh -q $options \$host echo there"
    both one "rm -rf clone2; GIT_SSH_COMMAND='ssh -q -i $key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=$WORK/known' git clone -q ssh://\$host:\$port$WORK/repo clone2 && git -C clone2 log --format=%s"
}

@test "sshfs: a work tree, a home, and what is left when its server is gone" {
    local how

    need sshfs
    serve_ssh
    mkdir remote far
    sshfs -p "$port" -o "IdentityFile=$key,BatchMode=yes,StrictHostKeyChecking=no,UserKnownHostsFile=$WORK/known" \
        "127.0.1.1:$WORK/remote" far 3>&-
    mounted=$WORK/far
    mkdir -p far/home far/tree/sub
    echo secret | tee far/home/secret > far/secret
    for how in '' --current-dir-only '--preset npm -m infinity' '--project-only'; do
        cd "$WORK/far/tree"
        git init -q .
        # shellcheck disable=SC2086
        run -0 --separate-stderr env HOME="$WORK/far/home" "$PLAYPEN" -q $how -- \
            sh -c 'echo made > new && mv new file && ln -sf file link && cat link &&
                git status --short; cat ../secret ~/secret; true'
        claim "${lines[0]}" = made
        claim "$(cat "$WORK/remote/tree/file")" = made
        [ -z "$how" ] || lacks "$output" secret
        cd "$WORK"
        # shellcheck disable=SC2086
        run -0 "$PLAYPEN" -q $how --rw far/tree -- sh -c 'echo more >> far/tree/file'
    done
    claim "$(grep -c more remote/tree/file)" = 1
    # shellcheck disable=SC2086
    kill -STOP ${servers##* } $(pgrep -P "${servers##* }")
    run -0 "$PLAYPEN" --current-dir-only echo fine
    contains "$output" fine
    # shellcheck disable=SC2086
    kill -CONT ${servers##* } $(pgrep -P "${servers##* }")
}

@test "npm and npx, from a registry by HTTPS" {
    need npm
    serve https
    mkdir package
    printf '#!/bin/sh\necho run\n' > package/run.sh
    chmod +x package/run.sh
    echo '{"name":"thing","version":"1.0.0","bin":{"thing":"run.sh"}}' > package/package.json
    tar czf thing.tgz package
    echo "{\"name\":\"thing\",\"dist-tags\":{\"latest\":\"1.0.0\"},\"versions\":{\"1.0.0\":{\"name\":\"thing\",\"version\":\"1.0.0\",\"bin\":{\"thing\":\"run.sh\"},\"dist\":{\"tarball\":\"https://$NAME:$port/thing.tgz\"}}}}" > thing
    both $'1.0.0\nrun' 'npm view --fetch-retries=0 --cafile=ca.pem --registry "https://$host:$port" thing version &&
        npx --yes --cafile=ca.pem --registry "https://$host:$port" thing'
}

@test "pip, from an index by HTTPS" {
    python3 -m pip --version || skip "needs pip"
    serve https
    mkdir -p simple/thing thing-1
    echo '<a href="/thing-1.tar.gz">thing-1.tar.gz</a>' > simple/thing/index.html
    printf 'from setuptools import setup\nsetup(name="thing", version="1")\n' > thing-1/setup.py
    tar czf thing-1.tar.gz thing-1
    both thing-1.tar.gz 'rm -rf got; python3 -m pip download -q --retries 0 --no-deps --no-build-isolation --cert ca.pem -i "https://$host:$port/simple" -d got thing && ls got'
}

@test "node's fetch, python's urllib and asyncio, by HTTPS" {
    need node
    serve https
    printf found > page
    both found 'NODE_EXTRA_CA_CERTS=ca.pem node -e "fetch(process.argv[1]).then(r => r.text()).then(t => process.stdout.write(t))" "https://$host:$port/page"'
    both found 'python3 -c "import ssl, sys, urllib.request as u
print(u.urlopen(sys.argv[1], context=ssl.create_default_context(cafile=\"ca.pem\")).read().decode())" "https://$host:$port/page"'
    both found 'python3 -c "import asyncio, ssl, sys
async def get(host, port):
    r, w = await asyncio.open_connection(host, port, ssl=ssl.create_default_context(cafile=\"ca.pem\"))
    w.write(b\"GET /page HTTP/1.0\r\n\r\n\")
    print((await r.read()).decode().split(\"\r\n\")[-1])
asyncio.run(get(*sys.argv[1:]))" "$host" "$port"'
}

@test "a Go program, with Go's own look-up and with libc's" {
    need go
    serve https
    printf found > page
    cat > get.go <<'END_OF_GO'
package main

import ("crypto/tls"; "crypto/x509"; "fmt"; "io"; "net/http"; "os")

func main() {
    pem, _ := os.ReadFile("ca.pem")
    roots := x509.NewCertPool()
    roots.AppendCertsFromPEM(pem)
    client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
    r, err := client.Get(os.Args[1])
    if err != nil { fmt.Fprintln(os.Stderr, err); os.Exit(1) }
    body, _ := io.ReadAll(r.Body)
    fmt.Println(string(body))
}
END_OF_GO
    export GOCACHE=$WORK/cache GOFLAGS=-mod=mod GO111MODULE=off
    CGO_ENABLED=0 go build -o get-go get.go
    CGO_ENABLED=1 go build -o get-libc get.go
    both found './get-go "https://$host:$port/page"'
    both found 'GODEBUG=netdns=cgo ./get-libc "https://$host:$port/page"'
    both found 'GODEBUG=netdns=go ./get-libc "https://$host:$port/page"'
}

@test "a Java program" {
    need javac
    serve https
    printf found > page
    cat > Get.java <<'END_OF_JAVA'
import java.net.URI;
import java.net.http.*;

class Get {
    public static void main(String[] args) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(args[0])).build();
        System.out.println(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
}
END_OF_JAVA
    javac Get.java
    keytool -importcert -noprompt -storepass password -keystore store -file ca.pem
    both found 'java -Djavax.net.ssl.trustStore=store -Djavax.net.ssl.trustStorePassword=password Get "https://$host:$port/page"'
}

@test "cargo, from a registry" {
    local index
    need cargo
    serve https
    mkdir -p index/th/in project/src project/.cargo thing-1.0.0/src
    printf '[package]\nname = "thing"\nversion = "1.0.0"\nedition = "2021"\n' > thing-1.0.0/Cargo.toml
    echo 'pub const WORD: &str = "found";' > thing-1.0.0/src/lib.rs
    tar czf thing-1.0.0.crate thing-1.0.0
    echo "{\"dl\":\"https://$NAME:$port/{crate}-{version}.crate\"}" > index/config.json
    echo "{\"name\":\"thing\",\"vers\":\"1.0.0\",\"deps\":[],\"cksum\":\"$(sha256sum < thing-1.0.0.crate | cut -d' ' -f1)\",\"features\":{},\"yanked\":false}" > index/th/in/thing
    printf '[package]\nname = "p"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\nthing = { version = "1", registry = "own" }\n' > project/Cargo.toml
    echo 'fn main() { println!("{}", thing::WORD); }' > project/src/main.rs
    # Before 1.68 a registry's index is a repository.
    if [[ $(printf 'cargo 1.68\n%s\n' "$(cargo --version)" | sort -V | head -n 1) = 'cargo 1.68' ]]; then
        index=sparse+https://\$host:\$port/index/
    else
        need git
        git -C index init -q
        git -C index add .
        git -C index -c user.name=a -c user.email=a commit -q -m one
        git -C index update-server-info
        index=https://\$host:\$port/index/.git
    fi
    both found "cd project; rm -rf target Cargo.lock cargo-home; export CARGO_HOME=\$PWD/cargo-home CARGO_NET_RETRY=0 CARGO_HTTP_CAINFO=\$PWD/../ca.pem CARGO_REGISTRIES_OWN_INDEX=$index
        export CARGO_NET_GIT_FETCH_WITH_CLI=true GIT_SSL_CAINFO=\$PWD/../ca.pem; cargo run -q"
}

@test "psql, a server of PostgreSQL" {
    local bin
    need psql
    bin=$(echo /usr/lib/postgresql/*/bin)
    [ -x "$bin/initdb" ] || skip "needs the server of PostgreSQL"
    port=$((20000 + (RANDOM + BASHPID) % 20000))
    "$bin/initdb" -D data -A trust -U tester > /dev/null
    "$bin/postgres" -D data -p "$port" -h 127.0.1.1 -k "" > log 2>&1 3>&- &
    servers=$!
    wait_until 60 listens
    both 42 'psql -h "$host" -p "$port" -U tester -Atc "select 6 * 7" postgres'
}

@test "redis-cli" {
    need redis-server
    port=$((20000 + (RANDOM + BASHPID) % 20000))
    redis-server --bind 127.0.1.1 --port "$port" --save '' > log 3>&- &
    servers=$!
    wait_until 60 listens
    redis-cli -h 127.0.1.1 -p "$port" set key found
    both found 'set -o pipefail; redis-cli -h "$host" -p "$port" get key | grep found'
}

@test "static programs, with glibc's and musl's look-up" {
    local compiler seen=0
    need cc
    serve http
    printf found > page
    cat > get.c <<'END_OF_C'
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
    char answer[4096] = "", *body;
    const char request[] = "GET /page HTTP/1.0\r\n\r\n";
    size_t n = 0;
    ssize_t more;
    int fd;

    if (argc < 3 || getaddrinfo(argv[1], argv[2], &hints, &list))
        return 2;
    fd = socket(list->ai_family, SOCK_STREAM, 0);
    if (connect(fd, list->ai_addr, list->ai_addrlen) < 0 ||
        write(fd, request, sizeof(request) - 1) < 0)
        return 3;
    while ((more = read(fd, answer + n, sizeof(answer) - 1 - n)) > 0)
        n += (size_t)more;
    body = strstr(answer, "\r\n\r\n");
    puts(body ? body + 4 : "nothing");
    return !body;
}
END_OF_C
    for compiler in cc musl-gcc; do
        command -v $compiler > /dev/null || continue
        $compiler -static -o "get-$compiler" get.c 2> log || continue
        ((++seen))
        both found "./get-$compiler \"\$host\" \"\$port\""
    done
    claim "$seen" -gt 0
}
