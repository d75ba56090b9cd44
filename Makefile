# SPDX-License-Identifier: GPL-2.0-only
#
#   make              build/vtick and build/policies/*.so; V=1 shows the commands
#   make test         builds, runs the quick tests; T=gate or T='kvm*': those of that name, whatever their tier
#   make check        builds, lints, gates, runs the tests of every merge: what .ci/run does
#   make check-all    all of that and what takes longer: more builds, the static analyzer over all, more seeds
#   make gate         builds, replays the corpus, compares with ci/golden (part of make check)
#   make instructions counts vtick's instructions and those of the commit before (part of make check)
#   make pages        writes what tables make of the pages: metrics, and the options of the manual pages
#   make man          the latter alone
#   make lint         what make check says of the sources' form (LINT=--all: of make check-all)
#   make fuzz         builds the fuzzers and runs them; T=xen SECONDS=60: that one, as long (default: 60 s each)
#   make faults       each allocation, write and the like of every command fails once, and what then (samples in make check, check-all)
#   make demo         builds, replays the corpus and mail-16x4, prints the table
#   make bench        builds, measures vtick itself
#   make pgo          builds into build-pgo, for what a short training does most: faster, the same results (gcc; two builds)
#   make study        builds, replays the scaling studies and draws them; PNG=1: as PNG too
#   make deps         installs what is missing (Debian); elsewhere prints the list
#   RECORD=0, TRACECMD=0, D3=    leave out the recorder, trace-cmd's files, timelines that move, and what they need
#   DEVELOPER=1       a warning is an error, as for the tests; CC, CPPFLAGS, CFLAGS, LDFLAGS are honoured
#   make install      prefix, libdir, libexecdir, mandir, docdir, bashcompletiondir and the like, DESTDIR are honoured; make uninstall
#   make tests        builds the test programs
#   make clean        removes what was built

# The folder of the build; `make pgo` has one of its own.
B ?= $(if $(filter pgo,$(MAKECMDGOALS)),build-pgo,build)

# In another folder: it holds the build.
S := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
ifneq ($(realpath $(S)),$(realpath .))
.NOTPARALLEL:
.PHONY: $(or $(MAKECMDGOALS),all)
$(or $(MAKECMDGOALS),all):
	@$(MAKE) --no-print-directory -C '$(S)' B='$(abspath $(B))' $@
else

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
VERSION := 0.1.0
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin LINT),default)
LINT :=
endif

# Where things are installed. What belongs to the command is found from where that lies, so all of it may be moved.
prefix ?= /usr/local
exec_prefix = $(prefix)
bindir = $(exec_prefix)/bin
libdir = $(exec_prefix)/lib
libexecdir = $(exec_prefix)/libexec
includedir = $(prefix)/include
datarootdir = $(prefix)/share
datadir = $(datarootdir)
mandir = $(datarootdir)/man
docdir = $(datarootdir)/doc/vtick
pkgconfigdir = $(libdir)/pkgconfig
bashcompletiondir = $(datarootdir)/bash-completion/completions
zshcompletiondir = $(datarootdir)/zsh/site-functions
fishcompletiondir = $(datarootdir)/fish/vendor_completions.d
# $(1), as seen from the folder $(2).
from = $(shell realpath -ms --relative-to='$(2)' '$(1)')
PLACES := $(call from,$(libdir),$(bindir)) $(call from,$(libexecdir),$(bindir)) $(call from,$(docdir),$(bindir))

# A line for each thing that is made, with V=1 the commands, with -s nothing.
Q := @
say = @printf '  %-5s %s\n' '$(1)' '$(2)'
ifneq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
say = @:
endif
ifeq ($(V),1)
Q :=
say = @:
endif

# What a compiler warns of is an error for who works on vtick, whose goals these are, and not for who builds it.
DEVELOPER ?= $(if $(filter test tests check check-all builds builds-all lint fuzz fuzzers faults,$(MAKECMDGOALS)),1,0)
export DEVELOPER
WARN := -Wall -Wextra -Wconversion -Wshadow $(if $(filter-out 0,$(DEVELOPER)),-Werror)
# 0 leaves a part out, and what it needs: the recorder clang, bpftool and libbpf; trace-cmd's files libtracecmd.
RECORD ?= 1
TRACECMD ?= 1
OPT ?= -O3 -g
SAN ?=
ALL_CFLAGS := -std=gnu11 $(WARN) $(OPT) $(SAN) -fvisibility=hidden -I. \
	-DVTICK_VERSION='"$(VERSION)"' $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS := $(SAN) $(LDFLAGS)
LIBS := $(if $(filter-out 0,$(RECORD)),-lbpf) -lelf -lz -lzstd -lxxhash -lnettle -ljansson -lsmartcols -lsqlite3 -lprotobuf-c -ldl -lm

# What reads trace-cmd's files; the directories are Debian's, for where there is no pkg-config.
TRACECMD_CFLAGS := $(shell pkg-config --cflags libtracecmd 2>/dev/null || \
	echo -I/usr/include/trace-cmd -I/usr/include/tracefs -I/usr/include/traceevent)
ifneq ($(TRACECMD),0)
LIBS += $(shell pkg-config --libs libtracecmd 2>/dev/null || echo -ltracecmd -ltracefs -ltraceevent)
endif
LIBS += $(shell pkg-config --libs libseccomp 2>/dev/null || echo -lseccomp)
# What pages hold (traces/base/page.c). D3, for the timelines, is Debian's libjs-d3; `make D3=` makes pages without it.
D3 := /usr/share/javascript/d3/d3.min.js
D3_LICENCE := /usr/share/doc/libjs-d3/copyright
$(B)/obj/traces/base/page.o $(B)/obj/traces/base/build_options.o: ALL_CFLAGS += $(if $(D3),-DPAGE_D3='"$(D3)"' -DPAGE_D3_LICENCE='"$(D3_LICENCE)"')

# What -flto would spoil: files held by .incbin, as it does not see their names; and our malloc(), of which compilers
# believe that it reads nothing of ours, and which only a call in plain object code (mem.c) brings out of an archive.
$(addprefix $(B)/obj/,$(addprefix traces/base/,page.o malloc.o mem.o) replay/plugin/builder.o): ALL_CFLAGS += -fno-lto

$(B)/obj/replay/plugin/sandbox.o $(B)/obj/traces/base/build_options.o: ALL_CFLAGS += $(shell pkg-config --cflags libseccomp 2>/dev/null)
$(B)/obj/traces/import/kvm/tracecmd_decode.o $(B)/obj/traces/import/kvm/tracecmd_buffers.o: \
	ALL_CFLAGS += $(TRACECMD_CFLAGS)

# record.bpf.c runs in the kernel and is compiled by a rule of its own.
WITHOUT := $(if $(filter 0,$(RECORD)),traces/record/probes.c traces/record/kernel_facts.c,traces/record/without.c) \
	$(if $(filter 0,$(TRACECMD)),traces/import/kvm/tracecmd_decode.c traces/import/kvm/tracecmd_buffers.c, \
	traces/import/kvm/without_tracecmd.c)
SRC := vtick.c $(wildcard traces/*.c traces/base/*.c traces/import/*.c traces/import/xen/*.c \
	traces/import/kvm/*.c traces/gen/*.c traces/cut/*.c traces/reduce/*.c replay/*.c \
	replay/kinds/*.c replay/engine/*.c replay/loop/*.c replay/watch/*.c replay/run/*.c replay/fleet/*.c replay/merge/*.c replay/late/*.c replay/bound/*.c replay/find/*.c replay/plugin/*.c replay/export/*.c compare/*.c compare/report/*.c \
	compare/history/*.c ci/*.c) $(filter-out %.bpf.c,$(wildcard traces/record/*.c))
SRC := $(filter-out $(WITHOUT),$(SRC))
OBJ := $(SRC:%.c=$(B)/obj/%.o)
LIBOBJ := $(filter-out $(B)/obj/vtick.o,$(OBJ)) $(B)/obj/proto/perfetto.pb-c.o
POLICY_SRC := $(wildcard replay/policies/*.c)
POLICIES := $(POLICY_SRC:replay/policies/%.c=$(B)/policies/%.so)
# Kinds: folders with a shell, read when a policy is built from a tree.
KIND_SRC := $(filter-out %.md replay/kinds/tests/%,$(wildcard replay/kinds/*/*))
KINDS := $(KIND_SRC:replay/%=$(B)/%)

# traces/tests/test_x.c becomes the Criterion program build/tests/traces-test_x; other .c files
# beside it are helpers that all tests of that folder link.
TEST_SRC := $(wildcard */tests/test_*.c */*/tests/test_*.c)
TEST_BIN := $(foreach t,$(TEST_SRC),$(B)/tests/$(subst /,-,$(subst /tests/,/,$(t:.c=))))
TEST_SH := $(wildcard */tests/test_*.sh */*/tests/test_*.sh)
RECORD_LOAD := $(B)/tests/record-load
BENCH_TOOLS := $(B)/bench/bare_loop $(B)/bench/heap_loop $(B)/bench/run_cost $(B)/bench/xen_capture
MAN := $(wildcard *.1 */man/*.1)

# The same program by other compilers: their results must be identical (replay/tests/test_builds_agree.sh).
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
BUILD_CLANG := B=$(B)/clang CC=clang
# The counters are for the fuzzers, which run on it for a few seconds each; `make fuzz` has a build that sees more.
BUILD_CLANG_SAN := B=$(B)/clang-san CC=clang OPT='-O1 -g' OPT_TESTS=-O0 \
	SAN='$(SANITIZE) -fsanitize-coverage=inline-8bit-counters,pc-table'
BUILD_FUZZ := B=$(B)/fuzz CC=clang OPT='-O1 -g' SAN='$(SANITIZE) -fsanitize=fuzzer-no-link'
BUILD_GCC_SAN := B=$(B)/gcc-san CC=gcc OPT='-O1 -g' SAN='$(SANITIZE)'

.PHONY: all tests
all: $(B)/vtick $(POLICIES) $(KINDS) $(B)/sources

# Everything but main(), for vtick, tests and the bench helpers.
LIB := $(B)/libvtick.a

$(B)/vtick: $(B)/obj/vtick.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# What it is built with; changes when that does.
PARTS := record=$(RECORD) trace-cmd=$(TRACECMD) d3=$(D3)
$(B)/parts: FORCE
	@mkdir -p $(@D)
	@echo '$(PARTS)' | cmp -s - $@ || echo '$(PARTS)' >$@
.PHONY: FORCE
FORCE:
$(B)/obj/traces/base/build_options.o: ALL_CFLAGS += -DWITH_RECORD=$(RECORD) -DWITH_TRACECMD=$(TRACECMD)
$(B)/obj/traces/base/build_options.o $(B)/obj/traces/base/page.o: $(B)/parts

# Made anew, as members whose source has gone would stay.
$(LIB): $(LIBOBJ) $(B)/parts
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(LIBOBJ)

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/traces/base/page.o: traces/base/page.css traces/base/page.js $(D3) $(if $(D3),$(D3_LICENCE))

# Where the command finds the rest, once installed; as it is by default in the program of the build.
DEFAULT_PLACES := ../lib ../libexec ../share/doc/vtick
place_flags = -DPLACE_LIB='"$(word 1,$(1))"' -DPLACE_EXEC='"$(word 2,$(1))"' -DPLACE_DOC='"$(word 3,$(1))"'
$(B)/obj/traces/base/places.o: ALL_CFLAGS += $(call place_flags,$(DEFAULT_PLACES))
ifeq ($(PLACES),$(DEFAULT_PLACES))
INSTALLED := $(B)/vtick
else
INSTALLED := $(B)/installed/$(subst /,_,$(subst $(eval) ,+,$(PLACES)))/vtick
endif
$(B)/installed/%/vtick: traces/base/places.c $(B)/obj/vtick.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(call place_flags,$(PLACES)) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# Built twice: first to count what a short training does most, then for that. A file's counts are found by the name of
# its object, so both are of one folder; ccache does not look there. Other inlining finds other things to warn of.
PGO = --always-make B='$(B)' DEVELOPER=0
# Other goals of the call come after it.
$(if $(filter pgo,$(MAKECMDGOALS)),$(eval .NOTPARALLEL:))
.PHONY: pgo
pgo:
	@if $(CC) -dM -E -x c /dev/null | grep -q __clang__; then \
		echo "vtick: 'make pgo' needs gcc (CC=gcc): the profiles of clang are of another kind" >&2; exit 2; fi
	@CCACHE_DISABLE=1 $(MAKE) $(PGO) OPT='$(OPT) -fprofile-generate -D_exit=exit' all
	$(call say,TRAIN,$(B))
	@bench/train.sh $(B)
	@CCACHE_DISABLE=1 $(MAKE) $(PGO) OPT='$(OPT) -fprofile-use -fprofile-partial-training -Wno-missing-profile -flto=auto -ffat-lto-objects' all

# By the link the command of a build finds scripts and pages.
$(B)/sources:
	@mkdir -p $(@D)
	$(Q)ln -sfn $(CURDIR) $@

# The recorder's kernel side: BPF object code, in a header that loads it. bpftool drops the DWARF.
BPF_CLANG ?= clang
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool)
# Debian's folder of the machine's own headers; clang has no word for it from 16 on.
BPF_INCLUDE := $(or $(shell $(CC) -print-multiarch 2>/dev/null),$(shell $(CC) -dumpmachine 2>/dev/null | sed 's/-pc-\|-unknown-/-/'))

$(B)/bpf/record.skel.h: traces/record/record.bpf.c traces/record/raw.h traces/record/kernel.h Makefile
	@mkdir -p $(@D)
	@command -v $(BPF_CLANG) >/dev/null && [ -n "$(BPFTOOL)" ] || { \
		echo "vtick: building 'vtick record' needs clang and bpftool; 'make deps' installs them, RECORD=0 leaves it out" >&2; exit 1; }
	$(call say,BPF,$@)
	$(Q)$(BPF_CLANG) -std=gnu11 -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter \
		-ffile-prefix-map=$(CURDIR)=. \
		-I/usr/include/$(BPF_INCLUDE) -c -o $(B)/bpf/record.o $<
	$(Q)$(BPFTOOL) gen object $(B)/bpf/record.bpf.o $(B)/bpf/record.o
	$(Q){ echo "/* NOLINTBEGIN: generated */" && $(BPFTOOL) gen skeleton $(B)/bpf/record.bpf.o name record_bpf && \
		echo "/* NOLINTEND */"; } >$@.new
	$(Q)mv $@.new $@

$(B)/obj/traces/record/probes.o: $(B)/bpf/record.skel.h
$(B)/obj/traces/record/probes.o: ALL_CFLAGS += -isystem $(B)/bpf

# Perfetto's trace format, as far as it is written: structures and their encoding, made by protobuf-c.
$(B)/proto/perfetto.pb-c.h: replay/export/perfetto.proto Makefile
	@mkdir -p $(@D)
	@command -v protoc-c >/dev/null || { \
		echo "vtick: building 'vtick export' needs protobuf-c; 'make deps' installs it" >&2; exit 1; }
	$(call say,PROTO,$@)
	$(Q)protoc-c --proto_path=$(<D) --c_out=$(@D) $(<F)

$(B)/obj/proto/perfetto.pb-c.o: $(B)/proto/perfetto.pb-c.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $(<:.h=.c)

$(B)/obj/replay/export/packets.o: $(B)/proto/perfetto.pb-c.h
$(B)/obj/replay/export/packets.o: ALL_CFLAGS += -isystem $(B)/proto

# A policy's hooks have more parameters than each of them uses.
POLICY_CC = $(CC) $(ALL_CFLAGS) -Wno-unused-parameter -Ireplay -MMD -MP -fPIC -shared $(ALL_LDFLAGS) \
	-Wl,--build-id=sha1
$(B)/policies/%.so: replay/policies/%.c Makefile
	@mkdir -p $(@D)
	$(call say,SO,$@)
	$(Q)$(POLICY_CC) -o $@ $<

$(B)/kinds/%: replay/kinds/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

# Policies that the tests hold against the reference.
TEST_POLICIES := $(patsubst %,$(B)/tests/plugins/%.so,entry kick keeper)
$(TEST_POLICIES): $(B)/tests/plugins/%.so: replay/tests/plugins/%.c Makefile
	@mkdir -p $(@D)
	$(call say,SO,$@)
	$(Q)$(POLICY_CC) -o $@ $<

FAULTS := $(B)/tests/faults/faults $(B)/tests/faults/preload.so
tests: $(TEST_BIN) $(TEST_POLICIES) $(RECORD_LOAD) $(BENCH_TOOLS) $(FAULTS)

# $(1) is the source of a test program.
# What a test does itself is done in no time, and most of that is in compiling it.
OPT_TESTS ?= -O1
$(TEST_SRC:%.c=$(B)/obj/%.o): ALL_CFLAGS += $(OPT_TESTS)

define test_rule
$(B)/tests/$(subst /,-,$(subst /tests/,/,$(1:.c=))): $(1:%.c=$(B)/obj/%.o) \
		$(patsubst %.c,$(B)/obj/%.o,$(filter-out $(dir $(1))test_%.c $(dir $(1))fuzz_%.c,$(wildcard $(dir $(1))*.c))) $(LIB)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^ $$(LIBS) -lcriterion -lm
endef
$(foreach t,$(TEST_SRC),$(eval $(call test_rule,$(t))))

# traces/tests/fuzz_x.c becomes build/fuzz/fuzzers/x, a program of libFuzzer's, which clang brings.
FUZZ_SRC := $(wildcard */tests/fuzz_*.c */*/tests/fuzz_*.c)
FUZZERS := $(foreach f,$(FUZZ_SRC),$(B)/fuzzers/$(patsubst fuzz_%.c,%,$(notdir $(f))))
$(B)/fuzzers/engine: $(patsubst %.c,$(B)/obj/%.o,$(filter-out %/reference_case.c,$(wildcard replay/tests/re*.c)) \
	replay/tests/random_trace.c)

define fuzz_rule
$(B)/fuzzers/$(patsubst fuzz_%.c,%,$(notdir $(1))): $(1:%.c=$(B)/obj/%.o) $(LIB)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -fsanitize=fuzzer -o $$@ $$(filter %.o,$$^) $$(LIB) $$(LIBS)
endef
$(foreach f,$(FUZZ_SRC),$(eval $(call fuzz_rule,$(f))))

# T: the names of some; SECONDS: for each.
.PHONY: fuzzers fuzz
fuzzers: $(FUZZERS) $(POLICIES) $(TEST_POLICIES)

fuzz:
	@$(MAKE) $(BUILD_FUZZ) fuzzers
	@ci/fuzz.sh --seconds $(or $(SECONDS),60) $(B)/fuzz $(T)

# What makes vtick's allocations and system calls fail, and looks what comes of it.
$(B)/tests/faults/faults: $(wildcard ci/tests/faults/*.[ch]) Makefile
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter-out %/preload.c,$(filter %.c,$^))

$(B)/tests/faults/preload.so: ci/tests/faults/preload.c ci/tests/faults/page.h Makefile
	@mkdir -p $(@D)
	$(call say,SO,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fvisibility=default -fPIC -shared -o $@ $<

.PHONY: faults
faults: all $(FAULTS)
	@VTICK_TIER=each sh ci/tests/test_faults.sh $(B)

# Virtual machines to record: a program of its own, run by the recorder's test scripts.
$(RECORD_LOAD): $(wildcard traces/record/tests/load/*) Makefile
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.c %.S,$^) -lpthread

# What must be there first is installed by ./bootstrap, which then runs these.
.PHONY: deps demo bench study
deps:
	@ci/deps.sh all

demo: all $(RECORD_LOAD)
	@ci/demo.sh $(B)

bench: all $(RECORD_LOAD) $(BENCH_TOOLS)
	@bench/bench.sh $(B)

study: all
	@bench/study/study.sh $(if $(PNG),-p) $(B) $(B)/study

# GATE: options for ci/gate.sh.
.PHONY: gate instructions lint
gate: all
	@ci/gate.sh $(GATE) $(B)

# The tables of metrics in the pages, from the table in vtick.
.PHONY: pages man
pages: all
	@ci/metric-pages.sh $(B)
	@ci/man.sh $(B)

man: all
	@ci/man.sh $(B)

instructions: all $(B)/bench/xen_capture
	@CC='$(CC)' OPT='$(OPT)' ci/instructions.sh $(B)

lint: all
	@ci/lint.sh $(LINT)

# ---- tests, in three tiers: what stands in a test file says where it belongs (ci/test.sh) ----

TESTS := build=$(B) $(TEST_BIN) $(TEST_SH)
# No tests, but as long as some: beside them both CPUs have something to do.
LONG := build=$(B) ci/lint.sh ci/instructions.sh
SAN_TESTS := build=$(B)/clang-san $(TEST_BIN:$(B)/%=$(B)/clang-san/%) $(FUZZERS:$(B)/%=$(B)/clang-san/%)
# With sanitizers they take longest, and are for check-all.
SAN_LATER := $(addprefix $(B)/clang-san/tests/,replay-test_cut traces-import-test_xen_seeds traces-import-test_xen_broken)

# Tests build revisions of this tree, nearly all of whose files are the tree's own: where there is a ccache, it has their
# objects from this build.
ifeq ($(findstring ccache,$(CC))$(shell command -v ccache >/dev/null || echo none),)
check check-all: CC := ccache $(CC)
check check-all: export CCACHE_DIR := $(abspath $(B))/ccache
check check-all: export CCACHE_BASEDIR := /
check check-all: export CCACHE_NOHASHDIR := 1
check check-all: export CCACHE_DEPEND := 1
endif

.PHONY: test check check-all builds builds-all
test: all tests
	@ci/test.sh --tier test $(if $(T),--name '$(T)') $(TESTS)

# Two compilers, with and without sanitizers; all four of them in check-all.
builds: all tests
	@$(MAKE) $(BUILD_CLANG_SAN) all tests fuzzers

builds-all: builds
	@$(MAKE) $(BUILD_CLANG) all
	@$(MAKE) $(BUILD_GCC_SAN) all

check: builds
	@$(MAKE) gate
	@CC='$(CC)' OPT='$(OPT)' ci/test.sh --tier check $(LONG) $(TESTS) $(filter-out $(SAN_LATER),$(SAN_TESTS))

check-all: builds-all
	@$(MAKE) gate
	@CC='$(CC)' OPT='$(OPT)' ci/test.sh --tier all $(LONG) $(TESTS) $(SAN_TESTS)

# The simulation uses the functions that it judges, the heap's loop reads traces.
$(B)/bench/stats_sim $(B)/bench/heap_loop: $(B)/bench/%: $(B)/obj/bench/%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/bench/%: bench/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $<

# ---- install ----

INSTALL := install
# The scripts of `vtick gate` and its like, with what they read.
SCRIPTS := $(addprefix ci/,$(addsuffix .sh,accept answer bisect bisect-step bisect-tree common compare-patch compare-tree fleet \
	fleet-merge fleet-run fleet-slurm fleet-task folder \
	gate layout made night night-store night-times night-tree nightly replays revisions tree-first tree-reach tree-replays \
	tree-traces trees worktrees) can-show.awk nights.awk tree-first.jq tree-reach.awk without-comments.awk tree-reach-said.awk allow-empty \
	variants made-costs.json)
GOLDEN := $(wildcard ci/golden/*.txt)
CORPUS := $(wildcard traces/corpus/*.vtt)

.PHONY: install uninstall clean help
install: all $(INSTALLED)
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/vtick/policies $(DESTDIR)$(pkgconfigdir) \
		$(DESTDIR)$(includedir)/vtick $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(docdir) \
		$(DESTDIR)$(libexecdir)/vtick/ci $(DESTDIR)$(datadir)/vtick/corpus $(DESTDIR)$(datadir)/vtick/golden
	$(INSTALL) -m 755 $(INSTALLED) $(DESTDIR)$(bindir)/
	$(INSTALL) -m 644 $(POLICIES) $(DESTDIR)$(libdir)/vtick/policies/
	for f in $(KIND_SRC:replay/%=%); do \
		$(INSTALL) -D -m 644 replay/$$f $(DESTDIR)$(libdir)/vtick/$$f || exit 1; done
	$(INSTALL) -m 644 replay/policy.h $(DESTDIR)$(includedir)/vtick/
	$(INSTALL) -m 644 $(MAN) $(DESTDIR)$(mandir)/man1/
	$(INSTALL) -D -m 644 ci/shells/vtick.bash $(DESTDIR)$(bashcompletiondir)/vtick
	$(INSTALL) -D -m 644 ci/shells/vtick.zsh $(DESTDIR)$(zshcompletiondir)/_vtick
	$(INSTALL) -D -m 644 ci/shells/vtick.fish $(DESTDIR)$(fishcompletiondir)/vtick.fish
	for f in $$(ci/pages.sh); do $(INSTALL) -D -m 644 $$f $(DESTDIR)$(docdir)/$$f || exit 1; done
	for f in $(SCRIPTS); do \
		head -n 1 $$f | grep -q '^#!' && mode=755 || mode=644; \
		$(INSTALL) -m $$mode $$f $(DESTDIR)$(libexecdir)/vtick/ci/ || exit 1; done
	printf '%s\n' $(POLICY_SRC:replay/policies/%.c=%) >$(DESTDIR)$(libexecdir)/vtick/ci/policies
	printf '%s\n' '# Where the rest was installed.' \
		'our_corpus=$$top/$(call from,$(datadir),$(libexecdir)/vtick)/vtick/corpus' \
		'our_golden=$$top/$(call from,$(datadir),$(libexecdir)/vtick)/vtick/golden' \
		'our_kinds=$$top/$(call from,$(libdir),$(libexecdir)/vtick)/vtick/kinds' \
		'our_build=$$top/$(call from,$(bindir),$(libexecdir)/vtick)' >$(DESTDIR)$(libexecdir)/vtick/ci/installed
	chmod 644 $(DESTDIR)$(libexecdir)/vtick/ci/policies $(DESTDIR)$(libexecdir)/vtick/ci/installed
	$(INSTALL) -m 644 $(GOLDEN) $(DESTDIR)$(datadir)/vtick/golden/
	$(INSTALL) -m 644 $(CORPUS) $(DESTDIR)$(datadir)/vtick/corpus/
	sed -e 's|@prefix@|$(prefix)|g' -e 's|@version@|$(VERSION)|g' -e 's|@include@|$(call from,$(includedir),$(prefix))|' \
		-e 's|@lib@|$(call from,$(libdir),$(prefix))|' replay/vtick-policy.pc.in >$(DESTDIR)$(pkgconfigdir)/vtick-policy.pc
	chmod 644 $(DESTDIR)$(pkgconfigdir)/vtick-policy.pc

uninstall:
	rm -f $(DESTDIR)$(bindir)/vtick $(DESTDIR)$(pkgconfigdir)/vtick-policy.pc
	rm -f $(addprefix $(DESTDIR)$(mandir)/man1/,$(notdir $(MAN)))
	rm -f $(DESTDIR)$(bashcompletiondir)/vtick $(DESTDIR)$(zshcompletiondir)/_vtick $(DESTDIR)$(fishcompletiondir)/vtick.fish
	rm -rf $(DESTDIR)$(libdir)/vtick $(DESTDIR)$(includedir)/vtick $(DESTDIR)$(docdir) $(DESTDIR)$(libexecdir)/vtick \
		$(DESTDIR)$(datadir)/vtick

clean:
	rm -rf $(B)

help:
	@sed -n '/^#   [a-zA-Z]/s/^# *//p' Makefile

-include $(shell find $(B) -name '*.d' -not -path '$(B)/*-san/*' -not -path '$(B)/clang/*' 2>/dev/null)

endif
