# playpen's build. `make help` lists the targets.

VERSION = 0.1.0
PREFIX = /usr/local
CC = cc
BUILD = build

CFLAGS = -O2 -g
WARNINGS = -Wall -Wextra -Wshadow -Wmissing-prototypes -Wwrite-strings
# For those that not every compiler or processor has.
supported = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null /dev/null \
	2> /dev/null && echo $(1))
HARDENING := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 \
	-fPIE $(call supported,-fstack-clash-protection) \
	$(call supported,-fcf-protection)
override CPPFLAGS += -D_GNU_SOURCE -DVERSION='"$(VERSION)"'
PIE = -pie
# One file that runs anywhere: see src/static.c for what it gives up.
ifdef STATIC
BUILD = build/static
PIE = -static-pie
override CPPFLAGS += -DSTATIC
endif
override LDFLAGS += $(PIE) -Wl,-z,relro,-z,now

SOURCES = $(wildcard src/*.c)
OBJECTS = $(SOURCES:src/%.c=$(BUILD)/%.o) $(BUILD)/presets.o \
	$(BUILD)/completions.o
SHIMS = $(notdir $(wildcard shims/*))
SHELLS = bash zsh fish
# Lines of text as strings of C.
QUOTE = sed 's/[\\"]/\\&/g; s/^/"/; s/$$/\\n"/'
MAN = $(DESTDIR)$(PREFIX)/share/man/man1
BASH = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISH = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
VM = tests/vm/vm
# Not leaks: what a policy points to is there until the program ends.
SANITIZE = ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1

.PHONY: all help install uninstall check-unit check-live check check-all \
	check-sanitize check-valgrind check-aarch64 fuzz lint dist deb release try bench \
	clean

all: $(BUILD)/playpen ## build build/playpen (the default)

$(BUILD)/playpen: $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(OBJECTS)

$(BUILD)/%.o: src/%.c $(wildcard src/*.h) Makefile
	@mkdir -p $(BUILD)
	$(CC) -std=c11 $(CPPFLAGS) $(WARNINGS) $(HARDENING) $(CFLAGS) -c -o $@ $<

# The files of shims/.
$(BUILD)/presets.c: shims $(wildcard shims/*) Makefile
	@mkdir -p $(BUILD)
	@{ echo '#include "preset.h"'; \
	echo 'const struct builtin_preset builtin_presets[] = {'; \
	for name in $(SHIMS); do \
		echo "{ \"$$name\","; \
		$(QUOTE) "shims/$$name" || exit; \
		echo ", \"$$(basename "$$(readlink -f "shims/$$name")")\" },"; \
	done; \
	echo '{ 0 } };'; } > $@.$$$$ && mv $@.$$$$ $@

# The completion scripts.
$(BUILD)/completions.c: $(SHELLS:%=src/completions/playpen.%) Makefile
	@mkdir -p $(BUILD)
	@{ echo '#include "help.h"'; \
	for shell in $(SHELLS); do \
		echo "const char $${shell}_completion[] ="; \
		$(QUOTE) "src/completions/playpen.$$shell" || exit; \
		echo ';'; \
	done; } > $@.$$$$ && mv $@.$$$$ $@

$(BUILD)/presets.o $(BUILD)/completions.o: $(BUILD)/%.o: $(BUILD)/%.c \
		$(wildcard src/*.h)
	$(CC) -std=c11 -Isrc $(CPPFLAGS) $(WARNINGS) $(HARDENING) $(CFLAGS) -c -o $@ $<

try: all ## show the main job: a Python killed at 50 MB
	@tests/vm/try

check-unit: all ## the quick tests, which need no systemd
	bats tests/unit

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 18

install: all ## install to $(PREFIX), staged below DESTDIR
	install -D -m 755 $(BUILD)/playpen $(DESTDIR)$(PREFIX)/bin/playpen
	install -D -m 644 src/playpen.1 $(MAN)/playpen.1
	$(BUILD)/playpen --completions bash | \
		install -D -m 644 /dev/stdin $(BASH)/playpen
	$(BUILD)/playpen --completions zsh | \
		install -D -m 644 /dev/stdin $(ZSH)/_playpen
	$(BUILD)/playpen --completions fish | \
		install -D -m 644 /dev/stdin $(FISH)/playpen.fish
	for name in $(SHIMS); do \
		ln -sf playpen $(DESTDIR)$(PREFIX)/bin/pp-$$name && \
		ln -sf playpen $(BASH)/pp-$$name && \
		ln -sf playpen.fish $(FISH)/pp-$$name.fish || exit; \
	done

uninstall: ## take back what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/playpen \
		$(SHIMS:%=$(DESTDIR)$(PREFIX)/bin/pp-%) \
		$(MAN)/playpen.1 $(BASH)/playpen $(SHIMS:%=$(BASH)/pp-%) \
		$(ZSH)/_playpen $(FISH)/playpen.fish $(SHIMS:%=$(FISH)/pp-%.fish)

check-sanitize: ## the unit tests under AddressSanitizer and UBSan
	$(MAKE) BUILD=build/sanitize HARDENING=-fPIE \
		CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover' all
	PLAYPEN=$(CURDIR)/build/sanitize/playpen $(SANITIZE) bats tests/unit

check-live: all ## the live tests, on this machine's own systemd
	bats -r tests/live

check: ## units, and live tests in virtual machines of Debian 12, 13, sid
	tests/run

check-all: ## every live test on every machine, root's as well
	PLAYPEN_ALL=1 tests/run

# Under valgrind the environment, the calls of the kernel and playpen's own file
# are others, so that some tests fail: what counts is what valgrind says.
check-valgrind: all ## what the unit tests do, under valgrind
	@rm -rf build/valgrind && mkdir -p build/valgrind
	printf '#!/bin/sh\nexec %s %s %s "$$@"\n' 'valgrind -q' \
		'--log-file=$(CURDIR)/build/valgrind/log.%p' \
		'$(CURDIR)/$(BUILD)/playpen' > build/valgrind/playpen
	chmod +x build/valgrind/playpen
	PLAYPEN=$(CURDIR)/build/valgrind/playpen bats tests/unit || :
	ls build/valgrind/log.* > /dev/null && ! grep -h '^==' build/valgrind/log.*

check-aarch64: ## the unit tests of an aarch64 build, under qemu-user
	tests/aarch64

fuzz: ## the fuzzers, FUZZ_TIME seconds each; FUZZ_KEEP=1 adds to the corpus
	FUZZ_TIME=$${FUZZ_TIME:-60} tests/fuzz/run

# The analyzer of gcc takes what a list owns for a leak.
lint: ## gcc and clang with -Werror, gcc's analyzer, clang-tidy, cppcheck, shellcheck
	$(MAKE) BUILD=build/gcc CC=gcc \
		CFLAGS='-O2 -Werror -fanalyzer -Wno-analyzer-malloc-leak' all
	$(MAKE) BUILD=build/clang CC=clang CFLAGS='-O2 -Werror' all
	clang-tidy --quiet $(SOURCES) -- -std=c11 $(CPPFLAGS)
	cppcheck -q --std=c11 --enable=warning,performance,portability \
		--inline-suppr --error-exitcode=1 $(CPPFLAGS) src
	shellcheck $$(awk 'FNR == 1 && /^#!.*\/(ba)?sh$$/ { print FILENAME } { nextfile }' \
		$$(git ls-files .ci src tests))
	shellcheck -S error -e SC2072 $$(git ls-files 'tests/*.bats' 'tests/*.bash')

# The last commit, with its time. What is not committed is not in it.
dist: ## build/playpen-VERSION.tar.gz, the same bytes wherever it is made
	@mkdir -p build
	git -c tar.umask=0022 archive --format=tar --prefix=playpen-$(VERSION)/ HEAD | gzip -9n \
		> build/playpen-$(VERSION).tar.gz

deb: ## a Debian package, build/playpen_VERSION_ARCH.deb
	VERSION=$(VERSION) src/packaging/deb

release: ## static binaries of x86-64 and aarch64, an archive each, the same bytes anywhere
	VERSION=$(VERSION) src/packaging/release

bench: all ## what playpen costs, in a virtual machine; PAIRS=3 for a short look
	name=bench-$$$$; trap '$(VM) down $$name > /dev/null 2>&1' EXIT; \
	$(VM) up trixie $$name && $(VM) put $$name && \
	$(VM) run $$name -u alice -- env PAIRS="$$PAIRS" SIZES="$$SIZES" \
		PARALLEL="$$PARALLEL" /src/tests/bench/run && \
	$(VM) run $$name -- \
		tc qdisc add dev lo root tbf rate 1gbit burst 1mb latency 50ms && \
	$(VM) run $$name -u alice -- env PAIRS="$$PAIRS" /src/tests/bench/run gigabit

clean: ## remove build/
	rm -rf build
