# SPDX-License-Identifier: GPL-2.0-only
#
#   make              build/vtick and build/policies/*.so
#   make check        sets up, builds, runs every test
#   make gate         builds, replays the corpus, compares with ci/golden (part of make check)
#   make instructions counts vtick's instructions and those of the commit before (part of make check)
#   make demo         sets up, builds, replays the corpus and mail-16x4, prints the table
#   make bench        sets up, builds, measures vtick itself
#   make study        sets up, builds, replays the scaling studies and draws them; PNG=1: as PNG too
#   make deps         installs what is missing (Debian); elsewhere prints the list
#   make install      DESTDIR and prefix are honoured; make uninstall
#   make tests        builds the test programs
#   make clean        removes what was built

MAKEFLAGS += --no-print-directory
VERSION := 0.1.0
B ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
prefix ?= /usr/local

WARN := -Wall -Wextra -Wconversion -Wshadow -Werror
OPT ?= -O3 -g
SAN ?=
ALL_CFLAGS := -std=gnu11 $(WARN) $(OPT) $(SAN) -fvisibility=hidden -I. \
	-DVTICK_VERSION='"$(VERSION)"' $(CFLAGS)
ALL_LDFLAGS := $(SAN) $(LDFLAGS)
LIBS := -lbpf -lelf -lz -lzstd -lxxhash -lnettle -ljansson -lsqlite3 -ldl -lm

# What reads trace-cmd's files; the directories are Debian's, for where there is no pkg-config.
TRACECMD_CFLAGS := $(shell pkg-config --cflags libtracecmd 2>/dev/null || \
	echo -I/usr/include/trace-cmd -I/usr/include/tracefs -I/usr/include/traceevent)
LIBS += $(shell pkg-config --libs libtracecmd 2>/dev/null || echo -ltracecmd -ltracefs -ltraceevent)
$(B)/obj/traces/import/kvm/tracecmd_decode.o: ALL_CFLAGS += $(TRACECMD_CFLAGS)

# record.bpf.c runs in the kernel and is compiled by a rule of its own.
SRC := vtick.c $(wildcard traces/*.c traces/base/*.c traces/import/*.c traces/import/xen/*.c \
	traces/import/kvm/*.c traces/gen/*.c replay/*.c \
	replay/engine/*.c replay/watch/*.c replay/run/*.c replay/plugin/*.c compare/*.c compare/report/*.c \
	compare/history/*.c) $(filter-out %.bpf.c,$(wildcard traces/record/*.c))
OBJ := $(SRC:%.c=$(B)/obj/%.o)
# Everything but main(), for tests and the bench helpers.
LIBOBJ := $(filter-out $(B)/obj/vtick.o,$(OBJ))
POLICY_SRC := $(wildcard replay/policies/*.c)
POLICIES := $(POLICY_SRC:replay/policies/%.c=$(B)/policies/%.so)

# traces/tests/test_x.c becomes the Criterion program build/tests/traces-test_x; other .c files
# beside it are helpers that all tests of that folder link.
TEST_SRC := $(wildcard */tests/test_*.c */*/tests/test_*.c)
TEST_BIN := $(foreach t,$(TEST_SRC),$(B)/tests/$(subst /,-,$(subst /tests/,/,$(t:.c=))))
TEST_SH := $(wildcard */tests/test_*.sh */*/tests/test_*.sh)
RECORD_LOAD := $(B)/tests/record-load
BENCH_TOOLS := $(B)/bench/bare_loop $(B)/bench/run_cost $(B)/bench/xen_capture
MAN := $(wildcard *.1 */man/*.1)

# The same program by other compilers: their results must be identical (replay/tests/test_builds_agree.sh).
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
BUILD_CLANG := B=$(B)/clang CC=clang
BUILD_CLANG_SAN := B=$(B)/clang-san CC=clang OPT='-O1 -g' SAN='$(SANITIZE)'
BUILD_GCC_SAN := B=$(B)/gcc-san CC=gcc OPT='-O1 -g' SAN='$(SANITIZE)'

.PHONY: all tests
all: $(B)/vtick $(POLICIES)

$(B)/vtick: $(OBJ)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The recorder's kernel side: BPF object code, in a header that loads it. bpftool drops the DWARF.
BPF_CLANG ?= clang
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool)
BPF_INCLUDE := $(shell $(CC) -print-multiarch 2>/dev/null)

$(B)/bpf/record.skel.h: traces/record/record.bpf.c traces/record/raw.h traces/record/kernel.h Makefile
	@mkdir -p $(@D)
	@command -v $(BPF_CLANG) >/dev/null && [ -n "$(BPFTOOL)" ] || { \
		echo "vtick: building 'vtick record' needs clang and bpftool; 'make deps' installs them" >&2; exit 1; }
	$(BPF_CLANG) -std=gnu11 -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter \
		-I/usr/include/$(BPF_INCLUDE) -c -o $(B)/bpf/record.o $<
	$(BPFTOOL) gen object $(B)/bpf/record.bpf.o $(B)/bpf/record.o
	{ echo "/* NOLINTBEGIN: generated */" && $(BPFTOOL) gen skeleton $(B)/bpf/record.bpf.o name record_bpf && \
		echo "/* NOLINTEND */"; } >$@.new
	mv $@.new $@

$(B)/obj/traces/record/probes.o: $(B)/bpf/record.skel.h
$(B)/obj/traces/record/probes.o: ALL_CFLAGS += -isystem $(B)/bpf

$(B)/policies/%.so: replay/policies/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Ireplay -MMD -MP -fPIC -shared $(ALL_LDFLAGS) -Wl,--build-id=sha1 -o $@ $<

tests: $(TEST_BIN) $(RECORD_LOAD) $(BENCH_TOOLS)

# $(1) is the source of a test program.
define test_rule
$(B)/tests/$(subst /,-,$(subst /tests/,/,$(1:.c=))): $(1:%.c=$(B)/obj/%.o) \
		$(patsubst %.c,$(B)/obj/%.o,$(filter-out $(dir $(1))test_%.c,$(wildcard $(dir $(1))*.c))) $(LIBOBJ)
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^ $$(LIBS) -lcriterion -lm
endef
$(foreach t,$(TEST_SRC),$(eval $(call test_rule,$(t))))

# Virtual machines to record: a program of its own, run by the recorder's test scripts.
$(RECORD_LOAD): $(wildcard traces/record/tests/load/*) Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.c %.S,$^) -lpthread

# What sets up, builds and then runs needs a second make: the libraries must be there first.
.PHONY: deps demo check check-built bench study
deps:
	ci/deps.sh test

demo:
	ci/deps.sh build
	$(MAKE) all $(RECORD_LOAD)
	ci/demo.sh $(B)

check:
	ci/deps.sh test
	$(MAKE) check-built

# GATE: options for ci/gate.sh.
.PHONY: gate
gate: all
	@ci/gate.sh $(GATE) $(B)

.PHONY: instructions
instructions: all $(B)/bench/xen_capture
	@CC='$(CC)' OPT='$(OPT)' ci/instructions.sh $(B)

check-built: all tests
	$(MAKE) $(BUILD_CLANG) all
	$(MAKE) $(BUILD_CLANG_SAN) all tests
	$(MAKE) $(BUILD_GCC_SAN) all
	ci/lint.sh
	$(MAKE) gate
	$(MAKE) instructions
	ci/test.sh build=$(B) $(TEST_BIN) $(TEST_SH) \
		build=$(B)/clang-san $(TEST_BIN:$(B)/%=$(B)/clang-san/%)

bench:
	ci/deps.sh bench
	$(MAKE) all $(RECORD_LOAD) $(BENCH_TOOLS)
	bench/bench.sh $(B)

study:
	ci/deps.sh bench
	$(MAKE) all
	bench/study/study.sh $(if $(PNG),-p) $(B) $(B)/study

# The simulation uses the functions that it judges.
$(B)/bench/stats_sim: $(B)/obj/bench/stats_sim.o $(LIBOBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/bench/%: bench/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $<

# ---- install ----

bindir := $(prefix)/bin
libdir := $(prefix)/lib
includedir := $(prefix)/include
datadir := $(prefix)/share
INSTALL := install

.PHONY: install uninstall clean help
install: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/vtick/policies $(DESTDIR)$(libdir)/pkgconfig \
		$(DESTDIR)$(includedir)/vtick $(DESTDIR)$(datadir)/man/man1 $(DESTDIR)$(datadir)/doc/vtick
	$(INSTALL) -m 755 $(B)/vtick $(DESTDIR)$(bindir)/
	$(INSTALL) -m 644 $(POLICIES) $(DESTDIR)$(libdir)/vtick/policies/
	$(INSTALL) -m 644 replay/policy.h $(DESTDIR)$(includedir)/vtick/
	$(INSTALL) -m 644 $(MAN) $(DESTDIR)$(datadir)/man/man1/
	$(INSTALL) -m 644 README.md traces/FORMAT.md replay/RULES.md replay/POLICIES.md replay/RESULT.md replay/FIDELITY.md \
		replay/WRITING-A-POLICY.md compare/RULES-FILE.md compare/STATISTICS.md \
		$(DESTDIR)$(datadir)/doc/vtick/
	sed -e 's|@prefix@|$(prefix)|g' -e 's|@version@|$(VERSION)|g' replay/vtick-policy.pc.in \
		>$(DESTDIR)$(libdir)/pkgconfig/vtick-policy.pc
	chmod 644 $(DESTDIR)$(libdir)/pkgconfig/vtick-policy.pc

uninstall:
	rm -f $(DESTDIR)$(bindir)/vtick $(DESTDIR)$(libdir)/pkgconfig/vtick-policy.pc
	rm -f $(addprefix $(DESTDIR)$(datadir)/man/man1/,$(notdir $(MAN)))
	rm -rf $(DESTDIR)$(libdir)/vtick $(DESTDIR)$(includedir)/vtick $(DESTDIR)$(datadir)/doc/vtick

clean:
	rm -rf $(B)

help:
	@sed -n '/^#   make/s/^# *//p' Makefile

-include $(shell find $(B) -name '*.d' -not -path '$(B)/*-san/*' -not -path '$(B)/clang/*' 2>/dev/null)
