#!/usr/bin/env bats
# What the filter of system calls leaves to tools that need much of the kernel: each
# does in a bundle what it does outside.

load helper

# same NAME COMMAND... - the output and the status of both runs.
same() {
    local direct

    run "$@"
    direct="$status $output"
    run "$PLAYPEN" -q --current-dir-only -- "$@"
    [ "$status $output" = "$direct" ] || fail "direct: $direct" "inside: $status $output"
    claim "$status" = 0
}

threads() {
    cat > threads.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static void *thread(void *number) { ++*(int *)number; return NULL; }
static int sum(int a, int b) { return a + b; }
int main(void)
{
    pthread_t id;
    int number = 1, status;

    pthread_create(&id, NULL, thread, &number);
    pthread_join(id, NULL);
    if (fork() == 0)
        _exit(3);
    wait(&status);
    printf("%d\n", sum(number, WEXITSTATUS(status)));
    return 0;
}
END
    gcc -g -o threads threads.c -lpthread
}

@test "valgrind of threads and children" {
    need valgrind
    threads
    same valgrind -q --error-exitcode=9 ./threads
    claim "$output" = 5
}

# bats test_tags=workshop
@test "gdb of an own child" {
    need gdb
    threads
    same sh -c 'gdb -q -batch -ex "break sum" -ex run -ex "info args" -ex cont ./threads 2>&1 |
        grep -v "LWP\|process"'
    contains "$output" 'a = 2'
}

@test "files that are setuid are made, copied and unpacked" {
    mkdir d
    cp /usr/bin/true d
    chmod 4755 d/true
    tar -cf d.tar d
    same sh -c 'rm -rf d && tar -xpf d.tar && install -m 6755 d/true installed &&
        cp -p d/true copied && stat -c %a d/true installed copied'
}

# bats test_tags=workshop
@test "workers of node, and of Python however they are started" {
    need node
    cat > workers.js <<'END'
const { Worker, isMainThread, parentPort } = require("worker_threads");
let sum = 0, ended = 0;
if (isMainThread)
    for (let i = 0; i < 4; i++)
        new Worker(__filename).on("message", (n) => (sum += n))
            .on("exit", () => ++ended === 4 && console.log(sum));
else
    parentPort.postMessage(5);
END
    same node workers.js
    claim "$output" = 20
    # With io_uring where node may have it.
    echo 'require("fs").promises.readFile("ring.js").then((b) => console.log(b.length))' > ring.js
    same env UV_USE_IO_URING=1 node ring.js
    cat > pools.py <<'END'
import multiprocessing
if __name__ == "__main__":
    for method in "fork", "spawn", "forkserver":
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(method, sum(pool.map(abs, [-1, -2])))
END
    same python3 pools.py
}

# bats test_tags=workshop
@test "Go: what it builds has threads and children" {
    need go
    cat > threads.go <<'END'
package main

import ("fmt"; "os/exec"; "sync")

func main() {
	var group sync.WaitGroup
	lengths := make(chan int, 50)
	for i := 0; i < 50; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			text, _ := exec.Command("echo", "-n", "x").Output()
			lengths <- len(text)
		}()
	}
	group.Wait()
	close(lengths)
	sum := 0
	for n := range lengths { sum += n }
	fmt.Println(sum)
}
END
    same env GOCACHE="$PWD/cache" GOTOOLCHAIN=local GOFLAGS=-mod=mod go run threads.go
    claim "$output" = 50
}

# bats test_tags=workshop
@test "Rust: what it builds has threads, children and time-outs" {
    need rustc
    cat > threads.rs <<'END'
use std::{process::Command, sync::mpsc, thread, time::Duration};

fn main() {
    let (sender, lengths) = mpsc::channel();
    for _ in 0..50 {
        let sender = sender.clone();
        thread::spawn(move || {
            let out = Command::new("echo").args(["-n", "x"]).output().unwrap();
            sender.send(out.stdout.len()).unwrap();
        });
    }
    let sum: usize = lengths.iter().take(50).sum();
    println!("{} {}", sum, lengths.recv_timeout(Duration::from_millis(1)).is_err());
}
END
    same sh -c 'rustc -o threads-rs threads.rs && ./threads-rs'
    claim "$output" = '50 true'
}

# bats test_tags=workshop
@test "a Debian package is built with fakeroot, and chown under it" {
    need fakeroot
    need dh
    same fakeroot sh -c 'touch file; chown -R 12:34 file; stat -c "%u %g" file
        install -o 5 -g 6 file installed; stat -c "%u %g" installed
        mknod null c 1 3; stat -c %F null; rm -f file null installed'
    "$PLAYPEN" -q -- fakeroot sh -c 'touch file; chown 12:34 file; rm file'
    mkdir -p hello/debian/source
    cd hello
    echo '3.0 (native)' > debian/source/format
    cat > debian/control <<'END'
Source: hello
Section: misc
Priority: optional
Maintainer: A <a@example.org>
Standards-Version: 4.6.2
Rules-Requires-Root: binary-targets
Build-Depends: debhelper-compat (= 13)

Package: hello
Architecture: all
Description: says hello
 And nothing else.
END
    printf '%s\n' 'hello (1.0) unstable; urgency=low' '' '  * First.' '' \
        ' -- A <a@example.org>  Thu, 01 Jan 2026 00:00:00 +0000' > debian/changelog
    printf '#!/usr/bin/make -f\n%%:\n\tdh $@\n' > debian/rules
    chmod +x debian/rules
    echo hello > hello
    echo 'hello usr/share/hello' > debian/install
    cd ..
    same sh -c 'cd hello && dpkg-buildpackage -d -us -uc -b -rfakeroot > ../log 2>&1 || cat ../log
        dpkg-deb -c ../hello_1.0_all.deb'
    contains "$output" 'root/root'
}

# bats test_tags=workshop
@test "chromium --headless with its own sandbox" {
    need chromium
    same sh -c 'chromium --headless --disable-gpu --user-data-dir="$PWD/profile" \
        --dump-dom "data:text/html,<p id=x></p><script>x.textContent=6*7</script>" 2> errors'
    contains "$output" '<p id="x">42</p>'
    # Pages are drawn in namespaces of its own.
    run "$PLAYPEN" -q --current-dir-only -- sh -c '
        chromium --headless --disable-gpu --user-data-dir="$PWD/profile2" \
            --remote-debugging-port=0 about:blank > /dev/null 2>&1 &
        n=0
        until grep -l -- "--type=[r]enderer" /proc/[0-9]*/cmdline || [ $n -ge 600 ]; do
            sleep 0.1; n=$((n + 1))
        done > found 2> /dev/null
        for p in $(head -n 1 found) /proc/$$/cmdline; do
            readlink "${p%/*}/ns/user" "${p%/*}/ns/pid"
        done
        kill $!; wait'
    claim "${#lines[@]}" = 4
    claim "${lines[0]}" != "${lines[2]}"
    claim "${lines[1]}" != "${lines[3]}"
}

# bats test_tags=workshop
@test "ninja is a client of make's jobserver" {
    need ninja
    [[ $(printf '1.13\n%s\n' "$(ninja --version)" | sort -V | head -n 1) = 1.13 ]] ||
        skip "ninja before 1.13 knows no jobserver"
    [ "$(printf '4.4\n%s\n' "$(make --version | sed -n '1s/.* //p')" | sort -V | head -n 1)" = 4.4 ] ||
        skip "make before 4.4 has no FIFO"
    cat > job <<'END'
echo + >> log
sleep 0.3
echo - >> log
END
    {
        printf 'rule job\n  command = sh ./job\n'
        printf 'build %s: job\n' a b c d e f g h
    } > build.ninja
    # shellcheck disable=SC2016 # is make's
    printf 'all:\n\t+@%s ninja\n' '$(RUN)' > Makefile
    for command in "" "$PLAYPEN -q --capture-env --current-dir-only --" \
        "$PLAYPEN -q --capture-env --"; do
        : > log
        run -0 make -j5 RUN="$command"
        claim "$(awk '/[+]/ { if (++n > most) most = n } /-/ { n-- } END { print NR, most }' log)" = '16 5'
    done
}
