# bats file_tags=slow
# Projects of three kinds, built and tested by the tools under their shims: what
# they say and what lies there afterwards are the bare tool's, to the byte.

load helper

setup() {
    own_home src
    echo hidden-secret > "$HOME/secret"
    "$PLAYPEN" --install-shims "$WORK/bare" --bare 2> /dev/null
    no_limits
    bare_path=$PATH
    cd "$HOME/src" || return
}

# built_alike STEP... - each is a line for a shell, run in a copy of the project p
# without the shims, and in another with them first on PATH.
built_alike() {
    local step how

    for how in bare confined; do
        rm -rf "$HOME/src/project"
        cp -r p project
        git init -q project
        cd project
        PATH=$bare_path
        [ $how = bare ] || PATH=$WORK/bare:$PATH
        for step; do
            echo "\$ $step"
            /bin/sh -c "$step" < /dev/null 2>&1 || echo "status $?"
        done > "../$how.log"
        PATH=$bare_path
        [ $how = confined ] || ! grep -rqs hidden-secret . || bare_read_it=1
        find . -path ./.git -prune -o -name '*.pyc' -o -type f -printf '%m %p\n' \
            -o -type l -printf '%p -> %l\n' | sort > "../$how.files"
        cd ..
    done
    # Times are not compared.
    sed -i -E 's/in [0-9.]+m?s$/in TIME/; s/[(\t][0-9.]+s\)?$/TIME/; s/^Time: .*//' \
        bare.log confined.log
    diff -u bare.log confined.log >&2 || return 1
    diff -u bare.files confined.files >&2 || return 1
    not grep -rqs hidden-secret project
}

@test "C with configure and make: libraries, tests, install, clean, four at a time" {
    need gcc
    mkdir -p p/src p/tests p/include
    cat > p/configure <<'END'
#!/bin/sh
# As autoconf's: programs that are compiled and run, files from templates.
prefix=/usr/local
for word; do case $word in --prefix=*) prefix=${word#*=} ;; esac; done
CC=${CC-gcc}
printf 'int main(void){return sizeof(long) == 8 ? 0 : 1;}\n' > conftest.c
$CC -o conftest conftest.c && ./conftest && echo "checking for long... 64 bits"
echo '#include <zork.h>' > conftest.c
$CC -c conftest.c 2> conftest.err || echo "checking for zork.h... no"
rm -f conftest*
sed "s|@prefix@|$prefix|; s|@CC@|$CC|" Makefile.in > Makefile
echo '#define VERSION "1.0"' > include/config.h
END
    chmod +x p/configure
    cat > p/Makefile.in <<'END'
CC = @CC@
prefix = @prefix@
CFLAGS = -O1 -Iinclude -fPIC -MMD
all: libx.a libx.so prog sub
libx.a: src/a.o src/b.o ; ar rcs $@ $^
libx.so: src/a.o src/b.o ; $(CC) -shared -o $@ $^
prog: src/main.o libx.a ; $(CC) -o $@ $^
sub: libx.a ; @$(MAKE) --no-print-directory -C tests
check: all ; @./prog; LD_LIBRARY_PATH=. tests/t && echo passed
install: all
	mkdir -p $(DESTDIR)$(prefix)/bin && cp -p prog $(DESTDIR)$(prefix)/bin/
clean: ; rm -f src/*.o src/*.d lib* prog tests/t
-include src/*.d
END
    printf 'int a(void) { return 40; }\n' > p/src/a.c
    printf 'int a(void);\nint b(void) { return a() + 2; }\n' > p/src/b.c
    printf '#include <stdio.h>\n#include "config.h"\nint b(void);\nint main(void) { printf("%%s %%d\\n", VERSION, b()); return 0; }\n' > p/src/main.c
    printf 'int b(void);\nint main(void) { return b() != 42; }\n' > p/tests/t.c
    printf 't: t.c ; $(CC) -o $@ t.c -L.. -lx\n' > p/tests/Makefile
    built_alike './configure --prefix=/opt/x' 'make -Otarget -j4 > /dev/null; make' 'make check' \
        'make install DESTDIR=$PWD/stage' 'stage/opt/x/bin/prog' 'touch src/a.c && make prog' \
        'make nothing' 'make clean && make -s CC="gcc -DX=\"a b\"" prog && ./prog'
}

@test "Python with a virtual environment: an editable install, a wheel, unittest" {
    need python3
    mkdir -p p/pkg p/tests
    cat > p/setup.py <<'END'
from setuptools import setup
setup(name="pkg", version="1.0", packages=["pkg"],
      entry_points={"console_scripts": ["pkg-run = pkg.main:main"]})
END
    echo 'def main(): print("ran", __name__)' > p/pkg/main.py
    echo 'VALUE = 42' > p/pkg/__init__.py
    cat > p/tests/test_pkg.py <<'END'
import multiprocessing, os, subprocess, sys, tempfile, unittest
import pkg
class Test(unittest.TestCase):
    def test_value(self):
        self.assertEqual(pkg.VALUE, 42)
    def test_processes(self):
        with multiprocessing.Pool(2) as pool:
            self.assertEqual(pool.map(abs, [-1, 2]), [1, 2])
    def test_subprocess(self):
        done = subprocess.run([sys.executable, "-c", "import pkg; print(pkg.VALUE)"],
                              capture_output=True, text=True)
        self.assertEqual(done.stdout, "42\n")
    def test_temporary(self):
        with tempfile.TemporaryDirectory() as name:
            open(os.path.join(name, "x"), "w").close()
    @unittest.skip("why not")
    def test_skipped(self): pass
    def test_fails(self):
        self.assertEqual(1, 2)
END
    built_alike 'python3 -m venv --system-site-packages .venv' \
        '.venv/bin/python3 -c "import sys; print(sys.prefix)"' \
        '.venv/bin/pip install -q --no-index --no-build-isolation -e .' \
        '.venv/bin/pkg-run' 'cd tests && ../.venv/bin/python3 -m unittest 2>&1 | sed "s/ in .*s$//"' \
        'PYTHONPATH=. python3 -m unittest discover -s tests 2>&1 | sed "s/ in .*s$//"' \
        '.venv/bin/pip wheel -q --no-index --no-build-isolation --no-deps -w dist . && ls dist' \
        'python3 -m zipfile -l dist/*.whl | cut -d" " -f1 | sort'
}

@test "node with a dependency in a directory, whose install scripts run" {
    need npm
    mkdir -p p/vendor/dep p/packages/a
    cat > p/vendor/dep/package.json <<'END'
{ "name": "dep", "version": "1.0.0", "main": "index.js", "bin": { "dep-run": "cli.js" },
  "scripts": { "install": "node build.js", "postinstall": "cat ../../../../secret >> log.txt; echo post >> log.txt" } }
END
    echo 'require("fs").writeFileSync("built.js", "module.exports = " + JSON.stringify(process.env.npm_package_name))' \
        > p/vendor/dep/build.js
    echo 'module.exports = require("./built")' > p/vendor/dep/index.js
    printf '#!/usr/bin/env node\nconsole.log("dep-run", process.argv.slice(2))\n' > p/vendor/dep/cli.js
    chmod +x p/vendor/dep/cli.js
    cat > p/package.json <<'END'
{ "name": "top", "version": "1.0.0", "private": true, "workspaces": ["packages/*"],
  "dependencies": { "dep": "file:vendor/dep" },
  "scripts": { "prepare": "mkdir -p .husky/_ && echo hook > .husky/_/pre-commit",
    "build": "dep-run built && node -p \"require('dep')\" > out.txt", "test": "node --test test.js | grep -c '^ok'", "fail": "exit 7" } }
END
    echo '{ "name": "a", "version": "2.0.0", "scripts": { "where": "node -p process.cwd().split(\"/\").pop()" } }' \
        > p/packages/a/package.json
    printf 'require("node:test")("one", () => {})\n' > p/test.js
    # That a hook was made is said, by playpen alone.
    built_alike 'npm install --offline --no-audit --no-fund --loglevel=error 2>&1 | grep -v "^playpen: made or changed"' \
        'npm run -s build; cat out.txt' 'npm test -s' 'npm run -s fail' 'cd packages/a && npm run -s where' \
        'npx --no-install dep-run x' 'npm ls --all' 'npm pack --silent && tar tzf top-1.0.0.tgz | sort' \
        'npm ci --offline --no-audit --no-fund --loglevel=error 2>&1 | grep -v "^playpen: made or changed"'
    claim "$bare_read_it" = 1
}

# bats test_tags=workshop
@test "C with autoconf and libtool, with cmake and ninja, with meson" {
    need autoreconf
    need cmake
    need meson
    mkdir p
    printf 'int b(void) { return 42; }\n' > p/b.c
    printf '#include <stdio.h>\nint b(void);\nint main(void) { printf("%%d\\n", b()); return b() != 42; }\n' > p/main.c
    cat > p/configure.ac <<'END'
AC_INIT([x], [1.0])
AM_INIT_AUTOMAKE([foreign])
AC_PROG_CC
AM_PROG_AR
LT_INIT
AC_CHECK_HEADERS([stdio.h zork.h])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
END
    cat > p/Makefile.am <<'END'
lib_LTLIBRARIES = libb.la
libb_la_SOURCES = b.c
bin_PROGRAMS = x
x_SOURCES = main.c
x_LDADD = libb.la
TESTS = x
END
    printf '%s\n' 'cmake_minimum_required(VERSION 3.20)' 'project(x C)' \
        'add_library(b SHARED b.c)' 'add_executable(x main.c)' \
        'target_link_libraries(x b)' 'enable_testing()' 'add_test(NAME t COMMAND x)' > p/CMakeLists.txt
    printf '%s\n' "project('x', 'c')" "b = shared_library('b', 'b.c')" \
        "x = executable('x', 'main.c', link_with: b)" "test('t', x)" > p/meson.build
    built_alike 'autoreconf -fi > log 2>&1; rm log' './configure -q; grep STDIO config.log | tail -n 1' \
        'make -s -j2 && ./x' 'make -s check | grep "^# "' 'make -s install DESTDIR=$PWD/stage > log; rm log' \
        'make -s distclean' 'cmake -G Ninja -B c' 'cmake --build c > log && c/x; rm log' \
        'ctest --test-dir c | grep "tests passed"' 'meson setup m | tail -n 1' \
        'meson compile -C m > log && m/x; rm log' 'meson test -C m | grep Ok:'
}

# bats test_tags=workshop
@test "Go, Rust, Java and pytest: built, run and tested" {
    need go
    need cargo
    need javac
    need pytest
    mkdir -p p/go p/rust/src p/java p/python
    printf 'module example.org/x\n' > p/go/go.mod
    printf 'package main\nimport "fmt"\nfunc B() int { return 42 }\nfunc main() { fmt.Println(B()) }\n' > p/go/main.go
    printf 'package main\nimport "testing"\nfunc TestB(t *testing.T) { if B() != 42 { t.Fatal() } }\n' > p/go/main_test.go
    printf '[package]\nname = "x"\nversion = "1.0.0"\nedition = "2021"\n' > p/rust/Cargo.toml
    printf 'fn main() { println!("{}", b()); }\nfn b() -> i32 { 42 }\n#[test]\nfn t() { assert_eq!(b(), 42); }\n' > p/rust/src/main.rs
    printf 'class X { static int b() { return 42; } public static void main(String[] a) { System.out.println(b()); } }\n' > p/java/X.java
    printf 'import static org.junit.Assert.*; import org.junit.Test;\npublic class T { @Test public void t() { assertEquals(42, X.b()); } }\n' > p/java/T.java
    echo 'def test_x(tmp_path): (tmp_path / "x").write_text("y"); assert 1' > p/python/test_x.py
    echo 'def test_y(): assert 1 == 2' > p/python/test_y.py
    built_alike 'cd go && go build -o app . && ./app' 'cd go && go vet ./... && go test -count=1 ./...' \
        'cd rust && CARGO_INCREMENTAL=0 cargo -q build --offline && target/debug/x' \
        'cd rust && CARGO_INCREMENTAL=0 cargo -q test --offline' \
        'cd java && javac -cp /usr/share/java/junit4.jar -d out X.java T.java && java -cp out X' \
        'cd java && java -cp out:/usr/share/java/junit4.jar:/usr/share/java/hamcrest-core.jar org.junit.runner.JUnitCore T' \
        'cd python && pytest -q -p no:cacheprovider --no-header'
}

# bats test_tags=workshop
@test "25 tools, however they were installed and are called: tests/bench/matrix" {
    run -0 "${BATS_TEST_DIRNAME%/live}/bench/matrix"
    contains "$output" "real: "
}
