# SPDX-License-Identifier: Apache-2.0
# The one Makefile. Nothing recurses; every source is listed, so the lists double as a table of contents.

.DEFAULT_GOAL := help

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo "  VARIANT=release|debug|asan|tsan|cover|analyze|clang|fuzz   where builds go: build/VARIANT (now: $(VARIANT))"

# ---------------------------------------------------------------------------------------------------- settings

VARIANT ?= release
PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
CC ?= cc
PYTHON ?= /usr/bin/python3
PROTOC_C ?= protoc-c
CFLAGS ?= -O2 -g
VERSION := 0.6.0
SONAME := libliaison.so.0

BUILD := build/$(VARIANT)
GEN := build/gen
comma := ,

PACKAGES_PROTO := libprotobuf-c libcrypto libsodium
PACKAGES_DAEMON := libzmq lmdb inih libsystemd
PACKAGES_CLIENT := libzmq jansson inih
PACKAGES_PEER := libpq hiredis

# ---------------------------------------------------------------------------------------------------- variants

# Empty on a bare machine: the targets people type install what is missing first and then call make again.
PKG_CFLAGS := $(shell pkg-config --cflags $(sort $(PACKAGES_PROTO) $(PACKAGES_DAEMON) $(PACKAGES_CLIENT)) 2>/dev/null)
LIBS_PROTO := $(shell pkg-config --libs $(PACKAGES_PROTO) 2>/dev/null) -lunistring
LIBS_DAEMON := $(shell pkg-config --libs $(PACKAGES_DAEMON) 2>/dev/null) -lisal -lpthread
LIBS_CLIENT := $(shell pkg-config --libs $(PACKAGES_CLIENT) 2>/dev/null)
LIBS_TEST := -lcmocka

WARNINGS := -Wall -Wextra -Wswitch-enum -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla
HARDENING := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fstack-clash-protection
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE $(WARNINGS) -fPIC -fvisibility=hidden $(CFLAGS)
ALL_LDFLAGS = -Wl,-z,relro,-z,now -Wl,-z,noexecstack $(LDFLAGS)

ifeq ($(VARIANT),release)
ALL_CFLAGS += $(HARDENING)
else ifeq ($(VARIANT),debug)
ALL_CFLAGS += -Werror -O0 -g3
else ifeq ($(VARIANT),asan)
ALL_CFLAGS += -Werror -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
ALL_LDFLAGS += -fsanitize=address,undefined
else ifeq ($(VARIANT),tsan)
ALL_CFLAGS += -Werror -O1 -g3 -fno-omit-frame-pointer -fsanitize=thread
ALL_LDFLAGS += -fsanitize=thread
else ifeq ($(VARIANT),cover)
ALL_CFLAGS += -Werror -O0 -g1 --coverage -fprofile-update=atomic
ALL_LDFLAGS += --coverage
else ifeq ($(VARIANT),clang)
CC := clang
CFLAGS := -O1 -gdwarf-4# what valgrind reads
ALL_CFLAGS += -Werror
else ifeq ($(VARIANT),analyze)
# Off is what takes a look beyond the file: a call elsewhere is taken for one that may set nothing and keep nothing.
ALL_CFLAGS += -Werror -O1 -fanalyzer -Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-null-dereference -Wno-analyzer-null-argument \
	-Wno-analyzer-malloc-leak
else ifeq ($(VARIANT),fuzz)
CC := clang
ALL_CFLAGS += -Werror -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
ALL_LDFLAGS += -fsanitize=address,undefined
else
$(error VARIANT is one of release, debug, asan, tsan, cover, analyze, clang, fuzz)
endif

# ---------------------------------------------------------------------------------------------------- sources

PROTOS := common control lead link record statement transfer \
	enforcement fact handover info joint meeting sharing \
	assistance complaint dispute danger crime supervision

SOURCES_PROTO := \
	proto/wire/arena.c \
	proto/wire/text.c \
	proto/wire/identity.c \
	proto/wire/decode.c \
	proto/wire/suite.c \
	proto/wire/hash.c \
	proto/wire/tree.c \
	proto/wire/seal.c \
	proto/wire/sm2.c \
	proto/wire/seal_key.c \
	proto/wire/envelope.c \
	proto/wire/attachment.c \
	proto/wire/header.c \
	proto/wire/envelope_card.c \
	proto/wire/pem.c \
	proto/wire/codes.c \
	proto/wire/faults.c \
	proto/wire/fields.c \
	proto/wire/kinds.c \
	proto/wire/kind_table.c \
	proto/wire/kinds_lead.c \
	proto/wire/kinds_transfer.c \
	proto/wire/kinds_meeting.c \
	proto/wire/kinds_joint.c \
	proto/wire/kinds_enforcement.c \
	proto/wire/kinds_handover.c \
	proto/wire/kinds_info.c \
	proto/wire/kinds_sharing.c \
	proto/wire/kinds_fact.c \
	proto/wire/kinds_assistance.c \
	proto/wire/kinds_complaint.c \
	proto/wire/kinds_dispute.c \
	proto/wire/kinds_danger.c \
	proto/wire/kinds_crime.c \
	proto/wire/kinds_supervision.c \
	proto/wire/kinds_common.c \
	proto/wire/kinds_machine.c \
	proto/wire/terms.c \
	proto/wire/searchable.c \
	proto/law/law_fault.c \
	proto/law/civil.c \
	proto/law/instant.c \
	proto/law/calendar_rows.c \
	proto/law/calendar.c \
	proto/law/clock.c \
	proto/law/explain.c \
	proto/law/ini_text.c \
	proto/law/ini_keys.c \
	proto/law/condition.c \
	proto/law/rule_items.c \
	proto/law/duty_rule.c \
	proto/law/requirement.c \
	proto/law/kind_law.c \
	proto/law/procedure.c \
	proto/law/compact.c \
	proto/law/lint.c \
	proto/law/act.c \
	proto/law/period.c \
	proto/law/counting.c \
	proto/law/obligation_state.c \
	proto/law/opening.c \
	proto/law/obligation.c

SOURCES_DAEMON := \
	daemon/main.c \
	daemon/daemon.c \
	daemon/turn.c \
	daemon/attempt.c \
	daemon/effect.c \
	daemon/config.c \
	daemon/card.c \
	daemon/init.c \
	daemon/law_files.c \
	daemon/setup.c \
	daemon/acquaint.c \
	daemon/porter.c \
	daemon/regain.c \
	daemon/haul.c \
	daemon/intake/client_port.c \
	daemon/intake/client_keys.c \
	daemon/intake/request.c \
	daemon/intake/peer_port.c \
	daemon/intake/peer_guard.c \
	daemon/intake/doors.c \
	daemon/intake/peer_keys.c \
	daemon/intake/examine.c \
	daemon/intake/workers.c \
	daemon/intake/wakeup.c \
	daemon/rules/decide.c \
	daemon/rules/submit.c \
	daemon/rules/statement.c \
	daemon/rules/accept.c \
	daemon/rules/hold.c \
	daemon/rules/receipt.c \
	daemon/rules/acknowledge.c \
	daemon/rules/attach.c \
	daemon/rules/file.c \
	daemon/rules/act_fill.c \
	daemon/rules/automatic.c \
	daemon/rules/closed.c \
	daemon/rules/come_due.c \
	daemon/rules/coverage.c \
	daemon/rules/due_text.c \
	daemon/rules/parties.c \
	daemon/rules/requires.c \
	daemon/rules/delivery.c \
	daemon/rules/duty.c \
	daemon/rules/evidence.c \
	daemon/rules/membership.c \
	daemon/rules/operate.c \
	daemon/rules/query.c \
	daemon/rules/seek.c \
	daemon/rules/shared.c \
	daemon/rules/sharing.c \
	daemon/rules/ruling.c \
	daemon/rules/subscription.c \
	daemon/rules/report.c \
	daemon/rules/announce.c \
	daemon/rules/alarm.c \
	daemon/rules/allowance.c \
	daemon/rules/refuse.c \
	daemon/store/pages.c \
	daemon/store/schema.c \
	daemon/store/recent.c \
	daemon/store/store.c \
	daemon/store/wal.c \
	daemon/store/shelf.c \
	daemon/store/view.c \
	daemon/store/commit.c \
	daemon/store/attached.c \
	daemon/store/blob.c \
	daemon/store/leaves.c \
	daemon/store/ongoing.c \
	daemon/store/journal.c \
	daemon/store/audit.c \
	daemon/store/segment.c \
	daemon/store/search.c \
	daemon/dispatch/outbox.c \
	daemon/dispatch/peer_link.c \
	daemon/dispatch/fetch.c \
	daemon/dispatch/tunnel.c \
	daemon/dispatch/client_reply.c \
	daemon/dispatch/notice.c \
	daemon/base/fail.c \
	daemon/base/log.c \
	daemon/base/loop.c \
	daemon/base/pace.c \
	daemon/base/quiet.c \
	daemon/base/names.c \
	daemon/base/wallclock.c \
	daemon/base/wreck.c \
	daemon/base/keyring.c
SOURCES_LIB := \
	client/lib/mapping.c \
	client/lib/rendering.c \
	client/lib/refusal.c \
	client/lib/client_key.c \
	client/lib/channel.c \
	client/lib/exchange.c \
	client/lib/session.c \
	client/lib/ask.c \
	client/lib/questions.c \
	client/lib/lookup.c \
	client/lib/draft.c \
	client/lib/deposit.c \
	client/lib/batch.c \
	client/lib/respond.c \
	client/lib/recode.c \
	client/lib/csv.c \
	client/lib/lines.c \
	client/lib/moment.c \
	client/lib/ordinals.c \
	client/lib/columns.c \
	client/lib/filling.c \
	client/lib/listing.c \
	client/lib/halt.c \
	client/lib/slot.c \
	client/lib/import.c \
	client/lib/follow.c \
	client/lib/bundle.c \
	client/lib/trust.c \
	client/lib/paper.c \
	client/lib/inspect.c \
	client/lib/bodies.c \
	client/lib/describe.c \
	client/lib/offline.c \
	client/lib/phrase.c \
	client/lib/statute.c \
	client/lib/advice.c \
	client/lib/next.c

SOURCES_CLI := \
	client/cli/cli.c \
	client/cli/command.c \
	client/cli/compose.c \
	client/cli/share.c \
	client/cli/attach_option.c \
	client/cli/progress.c \
	client/cli/parcels.c \
	client/cli/publish.c \
	client/cli/browse.c \
	client/cli/sheet.c \
	client/cli/statutes.c \
	client/cli/advise.c \
	client/cli/oversee.c \
	client/cli/members.c \
	client/cli/tools.c \
	client/cli/delegate.c \
	client/cli/completion.c \
	client/cli/output.c \
	client/cli/table.c \
	client/cli/files.c

# Tests of rules and journal play in a town: some agencies in one process (tests/unit/town.h).
TOWN_TESTS := \
	test_decide \
	test_sharing \
	test_subscription \
	test_accept \
	test_allowance \
	test_flips \
	test_workers \
	test_receipt \
	test_acknowledge \
	test_duty \
	test_coverage \
	test_membership \
	test_operate \
	test_query \
	test_search \
	test_report \
	test_announce \
	test_submit \
	test_attach \
	test_requires \
	test_exhaust \
	test_peer_link \
	test_audit

UNIT_TESTS := \
	test_arena \
	test_text \
	test_terms \
	test_identity \
	test_decode \
	test_seal \
	test_envelope \
	test_kinds \
	test_kind_rules \
	test_vectors \
	test_examples \
	test_calendar \
	test_clock \
	test_procedure \
	test_lint \
	test_statute \
	test_obligation \
	test_rules \
	test_rows \
	test_mapping \
	test_lists \
	test_inspect \
	test_table \
	test_public_api \
	test_session \
	test_config \
	test_wallclock \
	test_quiet \
	test_names \
	test_keyring \
	test_request \
	test_delivery \
	test_schema \
	test_segment \
	test_wal \
	test_recent \
	test_pages \
	test_blob \
	test_store \
	test_journal \
	$(TOWN_TESTS)

# Those in which threads of ours meet.
THREAD_TESTS := test_seal test_workers

SOURCES_HOSTILE := \
	tests/e2e/hostile.c \
	tests/e2e/hostile_talk.c \
	tests/e2e/hostile_bytes.c \
	tests/e2e/hostile_rules.c \
	tests/e2e/hostile_stream.c \
	tests/e2e/hostile_receipts.c \
	tests/e2e/hostile_door.c \
	tests/e2e/hostile_flood.c \
	tests/e2e/hostile_chunks.c \
	tests/e2e/forge.c

SOURCES_BENCH := \
	tests/bench/bench.c \
	tests/bench/bench_tell.c \
	tests/bench/bench_bulk.c \
	tests/bench/bench_lone.c \
	tests/bench/bench_matter.c \
	tests/bench/bench_search.c

SOURCES_BENCH_MEMBERS := \
	tests/bench/bench_members.c \
	tests/e2e/forge.c

# Needs libpq and hiredis, which only deps-peers installs.
SOURCES_BENCH_PEER := \
	tests/bench/bench_peer.c \
	tests/bench/bench_peer_postgres.c \
	tests/bench/bench_peer_redis.c

# The power fails: what a daemon's record makes of its disk (recorder.so stands alone, it is loaded before the daemon).
SOURCES_IMAGES := \
	tests/power/images.c \
	tests/power/disk.c

# The steps of a turn that can be the daemon's last (tests/power/kill_points.c).
KILL_POINTS := \
	peer_port_gather \
	client_port_gather \
	store_begin \
	decide \
	hold_statement \
	receipt_accept \
	commit_apply \
	receipt_seal \
	keyring_sign \
	journal_append \
	store_commit \
	wal_append \
	wal_has_room \
	blob_take \
	client_reply_send \
	peer_link_send \
	outbox_take \
	zmq_send

# Fuzz programs, tests/fuzz/fuzz_STEM.c, in the order of the layers. Those of the second list take protobuf messages, which
# mutate.c changes by field; those of the third play in a town.
FUZZ_TEXTS := text envelope pem json csv config procedure compact calendar key
FUZZ_MESSAGES := header decode body card
FUZZ_TOWN := statements receipt request link bundle row
FUZZ_PROGRAMS := $(FUZZ_TEXTS) $(FUZZ_MESSAGES) $(FUZZ_TOWN)
TIME ?= 600
TARGET ?= $(FUZZ_PROGRAMS)

# The simulator: real daemons in one process (tests/sim/world.h).
SOURCES_SIM := \
	tests/sim/sim.c \
	tests/sim/world.c \
	tests/sim/chance.c \
	tests/sim/machine.c \
	tests/sim/system.c \
	tests/sim/network.c \
	tests/sim/chaos.c \
	tests/sim/people.c \
	tests/sim/deed.c \
	tests/sim/seats.c \
	tests/sim/charter.c \
	tests/sim/editors.c \
	tests/sim/readers.c \
	tests/sim/forms.c \
	tests/sim/clerks.c \
	tests/sim/verdicts.c \
	tests/sim/reckoner.c \
	tests/sim/witness.c

# Faults to order, and the scenes that are played under each.
SOURCES_SWEEP := \
	tests/faults/main.c \
	tests/faults/fault.c \
	tests/faults/sweep.c \
	tests/faults/scenes_turns.c \
	tests/faults/scenes_files.c

# ---------------------------------------------------------------------------------------------------- derived names

GEN_HEADERS := $(PROTOS:%=$(GEN)/wire/%.pb-c.h)
GEN_SOURCES := $(PROTOS:%=$(GEN)/wire/%.pb-c.c)
OBJECTS_GEN := $(PROTOS:%=$(BUILD)/gen/%.pb-c.o)
OBJECTS_PROTO := $(SOURCES_PROTO:%.c=$(BUILD)/%.o)
OBJECTS_DAEMON := $(SOURCES_DAEMON:%.c=$(BUILD)/%.o)
OBJECTS_LIB := $(SOURCES_LIB:%.c=$(BUILD)/%.o)
OBJECTS_CLI := $(SOURCES_CLI:%.c=$(BUILD)/%.o)
TEST_PROGRAMS := $(UNIT_TESTS:%=$(BUILD)/tests/%)

LIBPROTO := $(BUILD)/libproto.a
LIBDAEMON := $(BUILD)/libdaemon.a
LIBLIAISON := $(BUILD)/$(SONAME)
PROGRAMS := $(BUILD)/liaisond $(BUILD)/liaison
E2E_PROGRAMS := hostile stranger lostguard.so nursery.so bench/bench
OBJECTS_HOSTILE := $(SOURCES_HOSTILE:%.c=$(BUILD)/%.o)
OBJECTS_BENCH := $(SOURCES_BENCH:%.c=$(BUILD)/%.o)
OBJECTS_BENCH_MEMBERS := $(SOURCES_BENCH_MEMBERS:%.c=$(BUILD)/%.o)
OBJECTS_BENCH_PEER := $(SOURCES_BENCH_PEER:%.c=$(BUILD)/%.o)
BENCH_PROGRAMS := $(BUILD)/tests/bench/bench $(BUILD)/tests/bench/bench_members
BENCH_PROGRAMS += $(if $(filter peers,$(subst $(comma), ,$(ROWS))),$(BUILD)/tests/bench/bench_peer)
POWER_PROGRAMS := images recorder.so liaisond-killable
OBJECTS_IMAGES := $(SOURCES_IMAGES:%.c=$(BUILD)/%.o)

FUZZ_BINARIES := $(FUZZ_PROGRAMS:%=$(BUILD)/tests/fuzz_%)

OBJECTS_SIM := $(SOURCES_SIM:%.c=$(BUILD)/%.o)

# Faults to order, and the scenes that are played under each.
OBJECTS_SWEEP := $(SOURCES_SWEEP:%.c=$(BUILD)/%.o)

ALL_CPPFLAGS = -Iinclude -Iproto -I$(GEN) $(PKG_CFLAGS) $(CPPFLAGS) \
	-DLIAISON_VERSION='"$(VERSION)"' -DLIAISON_SHARE_DIR='"$(PREFIX)/share/liaison"' -DLIAISON_CONF_DIR='"$(SYSCONFDIR)/liaison"'

# ---------------------------------------------------------------------------------------------------- building

.PHONY: help deps deps-peers need-peers all programs demo check-fast check check-long check-layers bench install run-install uninstall clean \
	unit-tests run-unit coverage run-coverage lint run-lint lint-tidy lint-cppcheck lint-scripts lint-manuals \
	run-demo run-check-fast run-vectors run-power run-kills run-kills-sanitized run-check run-check-long run-bench mutants run-mutants check-mutants mutants-list check-mutants-list
.DELETE_ON_ERROR:
.SECONDARY:

DEBIAN_PACKAGES := gcc clang make pkg-config protobuf-c-compiler libprotobuf-c-dev libzmq3-dev liblmdb-dev libssl-dev libsodium-dev libinih-dev \
	libjansson-dev libsystemd-dev libisal-dev libunistring-dev libcmocka-dev shellcheck python3 python3-pytest python3-pytest-xdist strace valgrind openssl e2fsprogs gcovr libclang-rt-14-dev

deps: ## install what building and testing needs (Debian 12; root or sudo)
	@missing=$$(dpkg-query -W -f='$${Package} $${Status}\n' $(DEBIAN_PACKAGES) 2>/dev/null | \
		awk -v all="$(DEBIAN_PACKAGES)" '/install ok installed/ {have[$$1] = 1} END {n = split(all, a, " "); for (i = 1; i <= n; i++) if (!(a[i] in have)) printf "%s ", a[i]}'); \
	if [ -n "$$missing" ]; then \
		root=; [ "$$(id -u)" = 0 ] || root=sudo; \
		echo "installing: $$missing"; \
		$$root env DEBIAN_FRONTEND=noninteractive apt-get update -qq && \
		$$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

# Others' queues, to measure beside ours. Neither package may start a service: PostgreSQL's is told so, Redis's server comes with its tools.
PEER_PACKAGES := postgresql-15 libpq-dev redis-tools libhiredis-dev openssl pkg-config
NO_CLUSTER := /etc/postgresql-common/createcluster.d/liaison-bench.conf

deps-peers: ## install PostgreSQL 15 and Redis 7, which make bench ROWS=peers measures beside us
	@root=; [ "$$(id -u)" = 0 ] || root=sudo; \
		trap "$$root rm -f $(NO_CLUSTER)" EXIT; \
		$$root mkdir -p $(dir $(NO_CLUSTER)) && echo 'create_main_cluster = off' | $$root tee $(NO_CLUSTER) >/dev/null && \
		$(MAKE) --no-print-directory deps DEBIAN_PACKAGES='$(PEER_PACKAGES)'

# What make check needs beyond that.
LINT_PACKAGES := clang-tidy cppcheck shellcheck mandoc

AGAIN = @$(MAKE) --no-print-directory deps && $(MAKE) --no-print-directory
AGAIN_LINT = @$(MAKE) --no-print-directory deps DEBIAN_PACKAGES='$(DEBIAN_PACKAGES) $(LINT_PACKAGES)' && $(MAKE) --no-print-directory

all: ## build programs and library into build/VARIANT
	$(AGAIN) -j$(JOBS) programs

programs: $(PROGRAMS) $(LIBLIAISON)

$(GEN)/wire/%.pb-c.c $(GEN)/wire/%.pb-c.h: proto/wire/%.proto
	@mkdir -p $(GEN)/wire
	@echo "  GEN   $@"
	@$(PROTOC_C) -Iproto --c_out=$(GEN) proto/wire/$*.proto

$(BUILD)/gen/%.pb-c.o: $(GEN)/wire/%.pb-c.c $(GEN_HEADERS)
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) -std=c17 -fPIC -fvisibility=hidden $(CFLAGS) $(filter -fsanitize%,$(ALL_CFLAGS)) $(ALL_CPPFLAGS) -c $< -o $@

$(BUILD)/%.o: %.c | $(GEN_HEADERS)
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(ALL_CFLAGS) $(ALL_CPPFLAGS) $(COMPONENT_CPPFLAGS) -MMD -MP -c $< -o $@

# Paths are compiled in, so a change of PREFIX or SYSCONFDIR makes what holds them anew.
PATHS := PREFIX=$(PREFIX) SYSCONFDIR=$(SYSCONFDIR)
$(BUILD)/paths: FORCE
	@mkdir -p $(@D)
	@echo "$(PATHS)" | cmp -s - $@ || echo "$(PATHS)" >$@
.PHONY: FORCE

$(BUILD)/daemon/config.o $(BUILD)/daemon/main.o $(BUILD)/client/cli/tools.o $(BUILD)/client/lib/session.o: $(BUILD)/paths

$(OBJECTS_DAEMON): COMPONENT_CPPFLAGS = -Idaemon
$(OBJECTS_LIB): COMPONENT_CPPFLAGS = -Iclient
$(OBJECTS_CLI): COMPONENT_CPPFLAGS = -Iclient/cli

$(LIBPROTO): $(OBJECTS_PROTO) $(OBJECTS_GEN)
	@rm -f $@
	@ar rcsD $@ $^

$(LIBDAEMON): $(filter-out $(BUILD)/daemon/main.o,$(OBJECTS_DAEMON))
	@rm -f $@
	@ar rcsD $@ $^

$(LIBLIAISON): $(OBJECTS_LIB) $(LIBPROTO) client/lib/libliaison.map
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=client/lib/libliaison.map $(ALL_LDFLAGS) \
		-o $@ $(OBJECTS_LIB) $(LIBPROTO) $(LIBS_CLIENT) $(LIBS_PROTO)
	@ln -sf $(SONAME) $(BUILD)/libliaison.so

$(BUILD)/liaisond: $(BUILD)/daemon/main.o $(LIBDAEMON) $(LIBPROTO)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIBS_DAEMON) $(LIBS_PROTO)

$(BUILD)/liaison: $(OBJECTS_CLI) $(LIBLIAISON)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) -pie $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN' -o $@ $(OBJECTS_CLI) -L$(BUILD) -lliaison -ljansson -lunistring

# A unit test is one program, tests/unit/test_STEM.c, linked with everything but main.
$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(LIBDAEMON) $(OBJECTS_LIB) $(LIBPROTO)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(TEST_OBJECTS) $(OBJECTS_LIB) $(LIBDAEMON) $(LIBPROTO) $(LIBS_TEST) $(LIBS_DAEMON) $(LIBS_CLIENT) $(LIBS_PROTO)

# The programs' own modules are in no library.
$(BUILD)/tests/test_table: $(BUILD)/client/cli/table.o
$(BUILD)/tests/test_table: TEST_OBJECTS = $(BUILD)/client/cli/table.o

$(TOWN_TESTS:%=$(BUILD)/tests/%): $(BUILD)/tests/unit/town.o
$(TOWN_TESTS:%=$(BUILD)/tests/%): TEST_OBJECTS = $(BUILD)/tests/unit/town.o

# A public-API test links the shared library and nothing else of ours.
$(BUILD)/tests/test_public_api: $(BUILD)/tests/unit/test_public_api.o $(LIBLIAISON)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN/..' -o $@ $< -L$(BUILD) -lliaison $(LIBS_TEST)

$(BUILD)/tests/unit/%.o: COMPONENT_CPPFLAGS = -Idaemon -Iclient -Itests

# The load of the benchmark is a client like any other.
$(BUILD)/tests/bench/bench: $(OBJECTS_BENCH) $(LIBLIAISON)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../..' -o $@ $(OBJECTS_BENCH) -L$(BUILD) -lliaison

# Its thousand members are the daemon's own code at the other end of the wire.
$(BUILD)/tests/bench/bench_members: $(OBJECTS_BENCH_MEMBERS) $(LIBDAEMON) $(LIBPROTO) $(LIBLIAISON)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../..' -o $@ $(OBJECTS_BENCH_MEMBERS) $(LIBDAEMON) $(LIBPROTO) -L$(BUILD) -lliaison \
		$(LIBS_DAEMON) $(LIBS_PROTO)

# What others' queues are put under, and what carries from one to the other.
$(BUILD)/tests/bench/bench_peer: $(OBJECTS_BENCH_PEER) $(BUILD)/tests/bench/bench_tell.o
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(shell pkg-config --libs $(PACKAGES_PEER))

need-peers:
	@pkg-config --exists $(PACKAGES_PEER) && [ -x /usr/lib/postgresql/15/bin/postgres ] && [ -x /usr/bin/redis-check-rdb ] || \
		{ echo "PostgreSQL 15 or Redis 7 is missing: make deps-peers" >&2; exit 1; }

$(OBJECTS_BENCH_PEER): | need-peers
$(OBJECTS_BENCH_PEER): COMPONENT_CPPFLAGS = -Itests $(shell pkg-config --cflags $(PACKAGES_PEER))
$(OBJECTS_BENCH) $(OBJECTS_BENCH_MEMBERS): COMPONENT_CPPFLAGS = -Idaemon -Itests

# A member that breaks the rules, for the end-to-end tests.
$(BUILD)/tests/hostile: $(OBJECTS_HOSTILE) $(LIBDAEMON) $(LIBPROTO)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(OBJECTS_HOSTILE) $(LIBDAEMON) $(LIBPROTO) $(LIBS_DAEMON) $(LIBS_PROTO)

# Somebody who is no member at all, in numbers.
$(BUILD)/tests/stranger: $(BUILD)/tests/e2e/stranger.o
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(LIBS_DAEMON)

$(BUILD)/tests/images: $(OBJECTS_IMAGES) $(LIBDAEMON) $(LIBPROTO)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(OBJECTS_IMAGES) $(LIBDAEMON) $(LIBPROTO) $(LIBS_DAEMON) $(LIBS_PROTO)

# Takes a daemon's guard away from its door; has a program run again and again without being started anew.
$(BUILD)/tests/lostguard.so $(BUILD)/tests/nursery.so: $(BUILD)/tests/%.so: $(BUILD)/tests/e2e/%.o
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) -shared $(ALL_LDFLAGS) -o $@ $< -ldl

$(BUILD)/tests/recorder.so: $(BUILD)/tests/power/recorder.o
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) -shared $(ALL_LDFLAGS) -o $@ $<

$(BUILD)/tests/liaisond-killable: $(BUILD)/tests/power/kill_points.o $(BUILD)/daemon/main.o $(LIBDAEMON) $(LIBPROTO)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) -pie $(ALL_LDFLAGS) $(KILL_POINTS:%=-Wl,--wrap=%) -o $@ $^ $(LIBS_DAEMON) $(LIBS_PROTO)

$(OBJECTS_HOSTILE) $(OBJECTS_IMAGES) $(BUILD)/tests/power/recorder.o $(BUILD)/tests/power/kill_points.o: COMPONENT_CPPFLAGS = -Idaemon -Itests

# A fuzz program searches in the variant fuzz and tries its corpus again in every other.
$(GEN)/fuzz/play.pb-c.c $(GEN)/fuzz/play.pb-c.h &: tests/fuzz/play.proto $(PROTOS:%=proto/wire/%.proto)
	@mkdir -p $(GEN)/fuzz
	@echo "  GEN   $(GEN)/fuzz/play.pb-c.c"
	@$(PROTOC_C) -Iproto -Itests --c_out=$(GEN) tests/fuzz/play.proto

$(BUILD)/gen/fuzz/play.pb-c.o: $(GEN)/fuzz/play.pb-c.c $(GEN_HEADERS)
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) -std=c17 $(CFLAGS) $(filter -fsanitize%,$(ALL_CFLAGS)) $(ALL_CPPFLAGS) -c $< -o $@

ifeq ($(VARIANT),fuzz)
FUZZ_LDFLAGS := -fsanitize=fuzzer
$(FUZZ_MESSAGES:%=$(BUILD)/tests/fuzz_%) $(FUZZ_TOWN:%=$(BUILD)/tests/fuzz_%): $(BUILD)/tests/fuzz/mutate.o
$(FUZZ_MESSAGES:%=$(BUILD)/tests/fuzz_%) $(FUZZ_TOWN:%=$(BUILD)/tests/fuzz_%): FUZZ_MAIN = $(BUILD)/tests/fuzz/mutate.o
else
$(FUZZ_BINARIES): $(BUILD)/tests/fuzz/replay.o
$(FUZZ_BINARIES): FUZZ_MAIN = $(BUILD)/tests/fuzz/replay.o
endif

OBJECTS_FUZZ := $(BUILD)/tests/fuzz/fuzz.o $(BUILD)/tests/fuzz/play.o $(BUILD)/tests/unit/town.o $(BUILD)/gen/fuzz/play.pb-c.o

$(BUILD)/tests/libfuzz.a: $(OBJECTS_FUZZ)
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcsD $@ $^

$(FUZZ_BINARIES): $(BUILD)/tests/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/libfuzz.a $(LIBDAEMON) $(OBJECTS_LIB) $(LIBPROTO)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(FUZZ_LDFLAGS) -o $@ $< $(FUZZ_MAIN) $(BUILD)/tests/libfuzz.a $(OBJECTS_LIB) $(LIBDAEMON) $(LIBPROTO) \
		$(LIBS_TEST) $(LIBS_DAEMON) $(LIBS_CLIENT) $(LIBS_PROTO)

$(BUILD)/tests/fuzz/%.o: COMPONENT_CPPFLAGS = -Idaemon -Iclient -Itests
$(BUILD)/tests/fuzz/play.o $(FUZZ_PROGRAMS:%=$(BUILD)/tests/fuzz/fuzz_%.o): | $(GEN)/fuzz/play.pb-c.h

-include $(FUZZ_PROGRAMS:%=$(BUILD)/tests/fuzz/fuzz_%.d) $(patsubst %,$(BUILD)/tests/fuzz/%.d,fuzz play mutate replay)

# The simulator's own modules stand before the libraries, so that of these only what they do not replace is linked. sim has weak keys, sim-suites true ones.
SIM_WRAPS := clock_gettime getrandom statvfs log_write client_keys_role fdatasync mdb_env_open mdb_txn_commit wal_append commit_turn
SIM_LDFLAGS := $(SIM_WRAPS:%=-Wl,--wrap=%)
SIM_PROGRAMS := $(BUILD)/tests/sim/sim $(BUILD)/tests/sim/sim-suites

$(BUILD)/tests/sim/sim: $(OBJECTS_SIM) $(BUILD)/tests/sim/weak_keys.o $(LIBDAEMON) $(LIBPROTO)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(SIM_LDFLAGS) -o $@ $^ $(LIBS_DAEMON) $(LIBS_PROTO)

$(BUILD)/tests/sim/sim-suites: $(OBJECTS_SIM) $(LIBDAEMON) $(LIBPROTO)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(SIM_LDFLAGS) -o $@ $^ $(LIBS_DAEMON) $(LIBS_PROTO)

$(OBJECTS_SIM) $(BUILD)/tests/sim/weak_keys.o: COMPONENT_CPPFLAGS = -Idaemon -Itests

# Faults to order: every call for memory comes by fault.c first, those of the libraries too.
$(BUILD)/tests/faults/sweep: $(OBJECTS_SWEEP) $(BUILD)/tests/unit/town.o $(LIBDAEMON) $(OBJECTS_LIB) $(LIBPROTO)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,--wrap=EVP_DigestInit_ex2 -o $@ $(OBJECTS_SWEEP) $(BUILD)/tests/unit/town.o $(OBJECTS_LIB) \
		$(LIBDAEMON) $(LIBPROTO) $(LIBS_TEST) $(LIBS_DAEMON) $(LIBS_CLIENT) $(LIBS_PROTO)

$(BUILD)/tests/faults/damage: $(BUILD)/tests/faults/damage.o $(BUILD)/tests/unit/town.o $(LIBDAEMON) $(LIBPROTO)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_TEST) $(LIBS_DAEMON) $(LIBS_PROTO)

$(OBJECTS_SWEEP) $(BUILD)/tests/faults/damage.o: COMPONENT_CPPFLAGS = -Idaemon -Iclient -Itests

-include $(OBJECTS_PROTO:.o=.d) $(OBJECTS_DAEMON:.o=.d) $(OBJECTS_LIB:.o=.d) $(OBJECTS_CLI:.o=.d) $(UNIT_TESTS:%=$(BUILD)/tests/unit/%.d) $(BUILD)/tests/unit/town.d \
	$(OBJECTS_HOSTILE:.o=.d) $(OBJECTS_BENCH:.o=.d) $(OBJECTS_BENCH_MEMBERS:.o=.d) $(OBJECTS_BENCH_PEER:.o=.d) $(OBJECTS_IMAGES:.o=.d) $(BUILD)/tests/power/recorder.d $(BUILD)/tests/power/kill_points.d \
	$(OBJECTS_SIM:.o=.d) $(BUILD)/tests/sim/weak_keys.d $(OBJECTS_SWEEP:.o=.d) $(BUILD)/tests/faults/damage.d

# ---------------------------------------------------------------------------------------------------- checks

PYTEST = $(PYTHON) -B -m pytest -q -p no:cacheprovider
JOBS := $(shell nproc)

# What is freed is not reused until this much else was: by default a short test would touch fresh memory to its end, and pay for every page.
export ASAN_OPTIONS ?= quarantine_size_mb=8

# One stage of make check: its name, and what it does. The last stage is followed by the times of all.
stage = @started=$$(date +%s); $(2) && printf '%5d s  %s\n' $$(($$(date +%s) - started)) '$(1)' >>build/stages
SUBMAKE = $(MAKE) --no-print-directory -j$(JOBS)

unit-tests: $(TEST_PROGRAMS)

# What an earlier run counted must not count again.
run-unit: unit-tests
	@find $(BUILD) -name '*.gcda' -delete
	@printf '%s\n' $(TEST_PROGRAMS) | xargs -P $(JOBS) -I@ sh -c '@ >@.output 2>&1 || { cat @.output; echo "FAILED @"; exit 255; }; \
		grep -h PASSED @.output | sed "s|^|  $$(basename @) |"'

# What daemons do under valgrind: a lead from its discovery to the duty met, and stops and kills in between; at length every pair of suites, every form,
# and whatever a hostile member says. (At the door nothing but patience is tried, and valgrind has too much of it.)
VALGRIND_STORY := 'ed25519-sm2 or restart_without_a_restore'
VALGRIND_LONG := $(addprefix tests/e2e/test_,10_exchange_lead.py 10_exchange_forms.py 50_duties_recall.py 80_hostile.py) -k 'not door'

# Both find what sanitizers of addresses do not: what was never set, and what two threads touch at once. What valgrind takes for possibly lost
# are the stacks of libzmq's threads, which run until the end.
run-valgrind: unit-tests
	@printf '%s\n' $(TEST_PROGRAMS) | xargs -P $(JOBS) -I@ sh -c 'valgrind -q --error-exitcode=1 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite @ >@.output 2>&1 || { cat @.output; echo "FAILED @"; exit 255; }'

run-threads: $(THREAD_TESTS:%=$(BUILD)/tests/%)
	@for test in $^; do $$test >$$test.output 2>&1 || { cat $$test.output; exit 1; }; done

check-layers: ## who may include whom
	@$(PYTHON) -B tests/layers.py

check-fast: ## unit tests, rules, vectors, layers: about a minute
	$(AGAIN) -j$(JOBS) run-check-fast VARIANT=debug

# The programs of other tests are built along: they lean on the same insides, and so does whoever changes those.
run-check-fast: check-layers check-mutants run-vectors programs $(POWER_PROGRAMS:%=$(BUILD)/tests/%) $(E2E_PROGRAMS:%=$(BUILD)/tests/%) run-unit

run-vectors:
	@$(PYTEST) tests/vectors

check: ## every test, scaled for two cores
	$(AGAIN_LINT) run-check

# A test that waits for daemons leaves its processor to another.
TESTERS = $(shell expr $(JOBS) + 1)

run-check:
	@rm -f build/stages
	$(call stage,lint,$(SUBMAKE) run-lint VARIANT=analyze)
	$(call stage,unit tests and their coverage,$(SUBMAKE) check-layers check-mutants run-vectors run-unit VARIANT=cover && $(MAKE) --no-print-directory run-coverage VARIANT=cover)
	$(call stage,unit tests with sanitizers,$(SUBMAKE) programs run-unit VARIANT=asan)
	$(call stage,fuzz corpora with sanitizers,$(SUBMAKE) run-replay VARIANT=asan)
	$(call stage,release build and demo,$(SUBMAKE) programs VARIANT=release && ONCE=1 $(PYTHON) -B tests/demo/demo.py build/release)
	$(call stage,end to end with sanitizers,$(SUBMAKE) $(E2E_PROGRAMS:%=build/asan/tests/%) VARIANT=asan && $(SUBMAKE) build/release/tests/nursery.so VARIANT=release && LIAISON_BUILD=build/asan LIAISON_REPEATED=build/release $(PYTEST) -n $(TESTERS) --dist loadfile tests/e2e)
	$(call stage,clang build and the story of a lead under valgrind,$(SUBMAKE) programs build/clang/tests/nursery.so VARIANT=clang && LIAISON_BUILD=build/clang LIAISON_VALGRIND=1 $(PYTEST) -n $(JOBS) --dist loadfile tests/e2e -k $(VALGRIND_STORY))
	$(call stage,memory that runs out and calls that fail,$(SUBMAKE) build/asan/tests/faults/sweep VARIANT=asan && printf "%s\n" memory calls | xargs -P $(JOBS) -n 1 build/asan/tests/faults/sweep)
	$(call stage,a damaged store,$(SUBMAKE) build/release/tests/faults/damage VARIANT=release && printf "%s\n" "260 0" "260 260" | xargs -P $(JOBS) -L 1 build/release/tests/faults/damage)
	$(call stage,power loss and kills and a full disk,$(SUBMAKE) $(POWER_PROGRAMS:%=build/release/tests/%) VARIANT=release && $(SUBMAKE) build/asan/tests/liaisond-killable VARIANT=asan && $(SUBMAKE) run-kills run-power run-kills-sanitized)
	$(call stage,simulated agencies,$(SUBMAKE) run-sim VARIANT=release)
	@cat build/stages

# Each is one test after the other, which waits for daemons and the disk; so they run side by side.
run-power:
	@LIAISON_BUILD=build/release $(PYTEST) tests/power --ignore tests/power/test_kills.py

run-kills:
	@LIAISON_BUILD=build/release $(PYTEST) tests/power/test_kills.py

run-kills-sanitized:
	@LIAISON_BUILD=build/asan LIAISON_POINT_KILLS=1 LIAISON_KILLS=20 $(PYTEST) tests/power/test_kills.py

# Of must() only the side that holds can be reached: the other is a bug of ours.
GCOVR = gcovr --root . build/cover -j $(JOBS) --exclude-branches-by-pattern '.*\bmust\('
COVERED := proto daemon/rules daemon/store
COVERED_LINES := 90
COVERED_BRANCHES := 80

coverage: ## what the unit tests reach of the core, file by file, and what they do not
	$(AGAIN) -j$(JOBS) run-unit VARIANT=cover
	@$(GCOVR) $(COVERED:%=--filter %/) && $(GCOVR) $(COVERED:%=--filter %/) --branches

run-coverage:
	@$(GCOVR) $(COVERED:%=--filter %/) --json build/cover/report.json
	@for part in $(COVERED); do echo "  $$part"; gcovr --root . --add-tracefile build/cover/report.json --filter $$part/ --print-summary \
		--output build/cover/report --fail-under-line $(COVERED_LINES) --fail-under-branch $(COVERED_BRANCHES) || exit 1; done

replay: $(FUZZ_BINARIES)

.PHONY: replay run-replay fuzz run-fuzz sim show-sim run-sim

# Every input that the fuzz programs keep, tried once more: what they reach, and what once broke something.
run-replay: replay
	@printf "%s\n" $(FUZZ_PROGRAMS) | xargs -P $(JOBS) -I@ sh -c '$(BUILD)/tests/fuzz_@ tests/fuzz/corpus/@'

fuzz: ## search with the fuzz programs, TIME=600 seconds each (TARGET="header body" for some, MINIMISE=1 to choose the corpora anew)
	$(AGAIN) run-fuzz VARIANT=fuzz

run-fuzz: replay
	@$(PYTHON) -B tests/fuzz/fuzz.py $(BUILD) --seconds $(TIME) $(if $(MINIMISE),--minimise) $(TARGET)

# Runs that once failed, as small as they could be made; always played first, and added to by a run that fails.
SIM_LIST := tests/sim/seeds.txt
# Few and small, and yet between them they open every duty of every procedure; the run fails if one is left out.
FIVE_SEEDS := 51-55
LAW ?= town
SEED ?= 1
AGENCIES ?= 20
DAYS ?= 30
FAULTS ?= 511

sim: ## one simulated run again, with all that happens in it (LAW=town|five|press SEED=1 AGENCIES=20 DAYS=30 FAULTS=511)
	$(AGAIN) -j$(JOBS) show-sim VARIANT=release

show-sim: $(BUILD)/tests/sim/sim
	@$< --law $(LAW) --seeds $(SEED) --agencies $(AGENCIES) --days $(DAYS) --faults $(FAULTS) --verbose

# LMDB fills megabytes with zeros whenever it opens a store, and a run opens a hundred: large pages, that are kept, make a third of the time.
run-sim: export GLIBC_TUNABLES = glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=1073741824
run-sim: $(SIM_PROGRAMS)
	@printf "%s\n" "sim --seeds 1-100 --twice 20 --list $(SIM_LIST)" "sim --seeds 101-200 --twice 20 --list $(SIM_LIST)" \
		"sim --law five --seeds $(FIVE_SEEDS) --agencies 30 --days 6 --complete --list $(SIM_LIST)" "sim-suites --seeds 201-205" \
		"sim --law press --seeds 301 --agencies 51 --days 60 --list $(SIM_LIST)" | xargs -P $(JOBS) -I@ sh -c '$(BUILD)/tests/sim/@'

check-long: ## the same tests at full size, and the unit tests under valgrind
	$(AGAIN_LINT) run-check-long

run-check-long: run-check
	$(call stage,unit tests under valgrind,$(SUBMAKE) run-valgrind VARIANT=debug)
	$(call stage,end to end under valgrind,$(SUBMAKE) build/debug/tests/hostile programs VARIANT=debug && LIAISON_VALGRIND=1 $(PYTEST) -n $(JOBS) --dist loadfile $(VALGRIND_LONG))
	$(call stage,threads under their sanitizer,$(SUBMAKE) run-threads VARIANT=tsan)
	@$(MAKE) --no-print-directory $(E2E_PROGRAMS:%=build/release/tests/%) VARIANT=release
	@LIAISON_BUILD=build/release LIAISON_STARTS=500 LIAISON_STRANGERS=10 LIAISON_READERS=50 $(PYTEST) tests/e2e
	@LIAISON_BUILD=build/asan ASAN_OPTIONS= $(PYTEST) -n $(TESTERS) --dist loadfile tests/e2e
	@LIAISON_BUILD=build/release LIAISON_ATTACHMENT=2147483648 LIAISON_IMAGES=100000 LIAISON_POINT_KILLS=1000 LIAISON_KILLS=1000 LIAISON_FILLS=500 $(PYTEST) tests/power
	@SWEEP_ALL=1 ASAN_OPTIONS= build/asan/tests/faults/sweep memory
	@SWEEP_ALL=1 build/asan/tests/faults/sweep calls
	@build/release/tests/faults/damage 20000
	@build/release/tests/sim/sim --seeds 1001-1100 --agencies 100 --days 365 --list $(SIM_LIST)
	@build/release/tests/sim/sim --seeds 1101 --agencies 1000 --days 30 --list $(SIM_LIST)
	@build/release/tests/sim/sim --law five --seeds 1201-1202 --agencies 30 --days 365 --list $(SIM_LIST)
	@build/release/tests/sim/sim --law press --seeds 1301-1320 --agencies 51 --days 120 --list $(SIM_LIST)
	@$(MAKE) --no-print-directory run-mutants

LINTED := $(SOURCES_PROTO) $(SOURCES_DAEMON) $(SOURCES_LIB) $(SOURCES_CLI)
LINT_FLAGS = -D_GNU_SOURCE $(ALL_CPPFLAGS) -Idaemon -Iclient -Iclient/cli
SCRIPTS := .ci/run
MANUALS := client/cli/liaison.1 client/lib/liaison.3 daemon/liaisond.8 daemon/liaisond.conf.5 proto/law/procedure.5

lint: ## what clang-tidy, cppcheck, gcc -fanalyzer, shellcheck and mandoc have to say
	$(AGAIN_LINT) -j$(JOBS) run-lint VARIANT=analyze

run-lint: lint-tidy lint-cppcheck lint-scripts lint-manuals check-mutants-list $(LINTED:%.c=$(BUILD)/%.o)

lint-tidy: $(GEN_HEADERS)
	@printf '%s\n' $(LINTED) | FLAGS='$(subst ',,$(LINT_FLAGS))' xargs -P $(JOBS) -n 8 sh -c 'clang-tidy --quiet "$$@" -- -std=c17 $$FLAGS 2>/dev/null' tidy

# It does not know the headers of the system, so it is told that those of protobuf-c fit.
lint-cppcheck: $(GEN_HEADERS)
	@mkdir -p build/cppcheck
	@cppcheck --quiet --std=c11 --enable=warning,portability,performance,information --error-exitcode=1 \
		-j $(JOBS) --cppcheck-build-dir=build/cppcheck -DPROTOBUF_C_VERSION_NUMBER=1004001 -DPROTOBUF_C_MIN_COMPILER_VERSION=1000000 \
		$(LINT_FLAGS) $(LINTED)

lint-scripts: $(BUILD)/installed/liaison.bash
	@shellcheck --shell bash $^ $(SCRIPTS)

lint-manuals:
	@mandoc -T lint -W warning $(MANUALS)

mutants: ## seeded bugs, each killed by the test it names (MUTANT=NAME for one)
	$(AGAIN) run-mutants

run-mutants:
	@$(PYTHON) -B tests/mutants/run.py $(MUTANT)

check-mutants:
	@$(PYTHON) -B tests/mutants/run.py --check

mutants-list: ## list the mutants in tests/README.md anew
	@$(PYTHON) -B tests/mutants/run.py --list

check-mutants-list:
	@$(PYTHON) -B tests/mutants/run.py --check-list

demo: ## three agencies, real daemons, one lead from discovery to the duty met (ONCE=1 ends by itself)
	$(AGAIN) run-demo

run-demo: programs
	@$(PYTHON) -B tests/demo/demo.py $(BUILD)

bench: ## measure two daemons, and one with a thousand members, on a real disk (FULL=1 ROWS=… CALLGRIND=1; tests/bench/bench.py --help)
	$(AGAIN) run-bench VARIANT=release

run-bench: programs $(BENCH_PROGRAMS)
	@$(PYTHON) -B tests/bench/bench.py $(BUILD) $(if $(FULL),--full) $(if $(ROWS),--rows $(ROWS)) $(if $(CALLGRIND),--callgrind)

# ---------------------------------------------------------------------------------------------------- install

# One row a file: mode, source, place below PREFIX. Installing and uninstalling follow it.
INSTALLED = \
	755,$(BUILD)/liaisond,sbin/liaisond \
	755,$(BUILD)/installed/liaison,bin/liaison \
	755,$(LIBLIAISON),lib/$(SONAME) \
	644,include/liaison/liaison.h,include/liaison/liaison.h \
	644,$(BUILD)/installed/liaison.pc,lib/pkgconfig/liaison.pc \
	644,$(BUILD)/installed/liaison.bash,share/bash-completion/completions/liaison \
	644,client/cli/liaison.1,share/man/man1/liaison.1 \
	644,client/lib/liaison.3,share/man/man3/liaison.3 \
	644,daemon/liaisond.conf.5,share/man/man5/liaisond.conf.5 \
	644,proto/law/procedure.5,share/man/man5/procedure.5 \
	644,daemon/liaisond.8,share/man/man8/liaisond.8 \
	644,$(BUILD)/installed/liaisond.service,lib/systemd/system/liaisond.service \
	644,systemd/liaison.sysusers,lib/sysusers.d/liaison.conf \
	644,systemd/liaison.tmpfiles,lib/tmpfiles.d/liaison.conf \
	644,conf/calendars/calendar.csv,share/liaison/calendars/calendar.csv \
	644,conf/procedures.d/yecheng-2025.conf,share/liaison/procedures.d/yecheng-2025.conf \
	644,conf/procedures.d/xixian-xincai-2022.conf,share/liaison/procedures.d/xixian-xincai-2022.conf \
	644,conf/procedures.d/weibin-2024.conf,share/liaison/procedures.d/weibin-2024.conf \
	644,conf/procedures.d/youyang-2025.conf,share/liaison/procedures.d/youyang-2025.conf \
	644,conf/procedures.d/rongcheng-2021.conf,share/liaison/procedures.d/rongcheng-2021.conf \
	644,conf/procedures.d/national.conf,share/liaison/procedures.d/national.conf \
	644,conf/compacts.d/yecheng.conf,share/liaison/compacts.d/yecheng.conf \
	644,conf/compacts.d/xixian-xincai.conf,share/liaison/compacts.d/xixian-xincai.conf \
	644,conf/compacts.d/weibin.conf,share/liaison/compacts.d/weibin.conf \
	644,conf/compacts.d/youyang.conf,share/liaison/compacts.d/youyang.conf \
	644,conf/compacts.d/rongcheng.conf,share/liaison/compacts.d/rongcheng.conf \
	644,conf/compacts.d/national.conf,share/liaison/compacts.d/national.conf \
	$(foreach example,$(EXAMPLES),644,conf/examples/$(example),share/liaison/examples/$(example)) \
	$(foreach part,README.md Makefile push.c,644,conf/examples/push/$(part),share/liaison/examples/push/$(part))

EXAMPLES := \
	confirm.json \
	lead-advertising.json \
	lead-assessment.json \
	lead-discovered.json \
	lead-drugs-devices.json \
	lead-environment.json \
	lead-fake-brand.json \
	lead-farm-inputs.json \
	lead-food-expired.json \
	lead-fuel-quality.json \
	lead-measurement.json \
	lead-online-trade.json \
	lead-price.json \
	lead-pyramid-selling.json \
	lead-school-canteen.json \
	lead-special-equipment.json \
	lead-unlicensed-trading.json \
	lead-work-safety.json \
	meeting-held.json \
	note.json \
	transfer-applied.json \
	transfer-approved.json \
	transfer-checked.json \
	transfer-filing.json \
	transfer-letter.json \
	transfer-prior-notice.json \
	transfer-result.json \
	transfer-review.json \
	transfer-reviewed.json \
	transfer-supplement.json \
	basis-changed.json \
	case-closed.json \
	case-extended.json \
	case-filed.json \
	case-not-filed.json \
	complaint-received.json \
	complaint-told.json \
	crime-approved.json \
	crime-suspected.json \
	enforcement-approval.json \
	enforcement-operation.json \
	enforcement-opinion.json \
	enforcement-plan.json \
	enforcement-refusal.json \
	enforcement-report.json \
	enforcement-yearly.json \
	evidence-collected.json \
	evidence-review.json \
	evidence-shared.json \
	guidance-basis.json \
	guidance-visit.json \
	handover-list.json \
	handover-receipt.json \
	info-answer.json \
	info-extension.json \
	info-formed.json \
	info-query.json \
	info-received.json \
	info-refusal.json \
	info-shared.json \
	penalties.csv \
	catalogue-entry.json \
	subscription-request.json \
	subscription-grant.json \
	subscription-refusal.json \
	subscription-end.json \
	items-disposed.json \
	items-seized.json \
	joint-decision.json \
	joint-execution.json \
	joint-plan.json \
	joint-progress.json \
	joint-proposal.json \
	joint-report.json \
	joint-team.json \
	list-version.json \
	measure-taken.json \
	meeting-call.json \
	meeting-minutes.json \
	meeting-proposal.json \
	meeting-results.json \
	operation-ended.json \
	originals-posted.json \
	permit-issued.json \
	transfer-report.json \
	violation-stopped.json \
	work-record.json \
	year-begun.json \
	assistance-request.json \
	assistance-acceptance.json \
	assistance-refusal.json \
	assistance-extension.json \
	assistance-officers.json \
	assistance-result.json \
	assistance-suspended.json \
	assistance-resumed.json \
	complaint-referral.json \
	complaint-notice.json \
	complaint-result.json \
	dispute-objection.json \
	dispute-negotiation.json \
	dispute-submission.json \
	dispute-ruling.json \
	danger-alert.json \
	danger-response.json \
	danger-report.json \
	violation-notice.json \
	crime-referral.json \
	crime-receipt.json \
	crime-passed-on.json \
	crime-decision.json \
	crime-review.json \
	crime-review-decision.json \
	crime-items.json \
	supervision-reminder.json \
	supervision-order.json \
	supervision-answer.json \
	supervision-record.json \
	supervision-record-number.json \
	supervision-copy.json \
	supervision-task.json \
	supervision-task-report.json \
	supervision-misconduct.json \
	supervision-government-report.json \
	supplement-request.json \
	supplement-answer.json \
	forward.json \
	link.json \
	correction.json \
	deletion-confirmed.json \
	urgency-raised.json \
	offline-act.json

# Folders that are ours alone, the inner ones first.
OWN_FOLDERS := share/liaison/calendars share/liaison/procedures.d share/liaison/compacts.d share/liaison/examples/push share/liaison/examples \
	share/liaison include/liaison

FIELD = $(word $(1),$(subst $(comma), ,$(row)))
INSTALL_FILES = $(foreach row,$(INSTALLED),install -D -m $(call FIELD,1) $(call FIELD,2) $(DESTDIR)$(PREFIX)/$(call FIELD,3) &&)
UNINSTALL_FILES = $(foreach row,$(INSTALLED),$(DESTDIR)$(PREFIX)/$(call FIELD,3))
INSTALLED_MADE = $(filter $(BUILD)/installed/%,$(foreach row,$(INSTALLED),$(call FIELD,2)))

# Where it is installed the program finds its library in PREFIX.
$(BUILD)/installed/liaison: $(OBJECTS_CLI) $(LIBLIAISON) $(BUILD)/paths
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(ALL_CFLAGS) -pie $(ALL_LDFLAGS) -Wl,-rpath,$(PREFIX)/lib -o $@ $(OBJECTS_CLI) -L$(BUILD) -lliaison -ljansson -lunistring

$(BUILD)/installed/liaison.bash: $(BUILD)/liaison
	@mkdir -p $(@D)
	@$(BUILD)/liaison completion >$@

SUBSTITUTE = sed 's|@PREFIX@|$(PREFIX)|g; s|@VERSION@|$(VERSION)|g' $< >$@

$(BUILD)/installed/liaison.pc: client/lib/liaison.pc.in $(BUILD)/paths
	@mkdir -p $(@D)
	@$(SUBSTITUTE)

$(BUILD)/installed/liaisond.service: systemd/liaisond.service $(BUILD)/paths
	@mkdir -p $(@D)
	@$(SUBSTITUTE)

install: ## programs, library, header, manuals, data and units under DESTDIR/PREFIX
	$(AGAIN) run-install

run-install: programs $(INSTALLED_MADE)
	@$(INSTALL_FILES) ln -sf $(SONAME) $(DESTDIR)$(PREFIX)/lib/libliaison.so
	@[ -n "$(DESTDIR)" ] || ldconfig 2>/dev/null || true
	@echo "installed $(words $(INSTALLED)) files under $(DESTDIR)$(PREFIX)"

uninstall: ## take away what install put there; agencies' folders stay
	@rm -f $(UNINSTALL_FILES) $(DESTDIR)$(PREFIX)/lib/libliaison.so
	@for folder in $(OWN_FOLDERS); do rmdir $(DESTDIR)$(PREFIX)/$$folder 2>/dev/null; done; [ -n "$(DESTDIR)" ] || ldconfig 2>/dev/null || true

clean: ## remove build/
	rm -rf build
