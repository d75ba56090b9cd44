# SPDX-License-Identifier: GPL-2.0-only
#
#   make              build/vtick and build/policies/*.so
#   make check        sets up, builds, runs every test
#   make demo         sets up, builds, replays the corpus and mail-16x4, prints the table
#   make deps         installs what is missing (Debian); elsewhere prints the list
#   make install      DESTDIR and prefix are honoured
#   make help         the rest

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
LIBS := -lzstd -lxxhash -lnettle -ljansson -ldl

SRC := vtick.c $(wildcard traces/*.c traces/import/*.c traces/gen/*.c replay/*.c)
OBJ := $(SRC:%.c=$(B)/obj/%.o)
# Everything but main(), for tests and the bench helpers.
LIBOBJ := $(filter-out $(B)/obj/vtick.o,$(OBJ))
POLICY_SRC := $(wildcard replay/policies/*.c)
POLICIES := $(POLICY_SRC:replay/policies/%.c=$(B)/policies/%.so)

# traces/tests/test_x.c becomes the Criterion program build/tests/traces-test_x; other .c files
# beside it are helpers that all tests of that folder link.
TEST_SRC := $(wildcard */tests/test_*.c */*/tests/test_*.c)
TEST_BIN := $(foreach t,$(TEST_SRC),$(B)/tests/$(subst /,-,$(subst /tests/,/,$(t:.c=))))
TEST_SH := $(wildcard tests/*.sh */tests/test_*.sh */*/tests/test_*.sh)

.PHONY: all tests
all: $(B)/vtick $(POLICIES)

$(B)/vtick: $(OBJ)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/policies/%.so: replay/policies/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Ireplay -MMD -MP -fPIC -shared $(ALL_LDFLAGS) -o $@ $<

tests: $(TEST_BIN)

define test_rule
$(B)/tests/$(subst /,-,$(subst /tests/,/,$(1:.c=))): $(1:%.c=$(B)/obj/%.o) \
		$(patsubst %.c,$(B)/obj/%.o,$(filter-out $(dir $(1))test_%.c,$(wildcard $(dir $(1))*.c))) $(LIBOBJ)
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^ $$(LIBS) -lcriterion -lm
endef
$(foreach t,$(TEST_SRC),$(eval $(call test_rule,$(t))))

.PHONY: clean
clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
