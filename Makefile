# Aglet. `make run` serves the network you are on; `make demo` boots a virtual machine; `make test` proves it all.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:

ARCH ?= x64
IFACE ?= $(shell ip -4 route show default 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
SEED ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo 1)
N ?= 10000000
ROUNDS ?= 5
ONLY ?=
STORM ?= full
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
TREE_IN_IMAGE ?=

BINARY := out/linux-$(ARCH)/aglet
# Folders count, too: theirs is the time of the last file that came or went.
SOURCES := Appliance.csproj .editorconfig $(shell find src -name '*.cs' -o -type d)
TEST_SOURCES := $(SOURCES) $(shell find tests -type f -o -type d)
TESTS := out/tests/bin/Release/net10.0/Tests.dll
TREE := rootfs/srv/boot/SOURCES.txt
DOTNET := $(shell command -v dotnet || echo dotnet)

# The lab makes network namespaces, which is root's right.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# Two runs at a time take turns. The lock is not handed on (-o) to the compiler's server, which stays.
BUILD_ALONE := mkdir -p out && flock -o out/build.lock

NEED_BUILD := clang:clang ld.lld:lld objcopy:binutils /usr/include/zlib.h:zlib1g-dev
NEED_ARM64 := aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu aarch64-linux-gnu-objcopy:binutils-aarch64-linux-gnu \
	/usr/aarch64-linux-gnu/lib/libc.a:libc6-dev-arm64-cross
NEED_LAB := ip:iproute2 tc:iproute2 qemu-system-x86_64:qemu-system-x86 /usr/lib/ipxe/qemu/efi-virtio.rom:ipxe-qemu \
	/usr/share/OVMF/OVMF_CODE_4M.fd:ovmf dnsmasq:dnsmasq-base tcpdump:tcpdump busybox:busybox-static \
	curl:curl atftp:atftp dhclient:isc-dhcp-client setpriv:util-linux \
	dhcrelay:isc-dhcp-relay dhcpcd:dhcpcd-base dhcping:dhcping perfdhcp:kea-admin nsenter:util-linux \
	/lib/systemd/systemd-networkd:systemd mformat:mtools xorriso:xorriso
NEED_PACKAGE := dpkg-deb:dpkg python3:python3 gzip:gzip
NEED_INSTALLED := podman:podman crun:crun /usr/bin/conmon:conmon unshare:util-linux debootstrap:debootstrap systemd-nspawn:systemd-container \
	systemd-analyze:systemd lintian:lintian mandoc:mandoc strace:strace
NEED_LAB_ARM64 := qemu-system-aarch64:qemu-system-arm /usr/share/AAVMF/AAVMF_CODE.fd:qemu-efi-aarch64 \
	/usr/lib/u-boot/qemu_arm64/u-boot.bin:u-boot-qemu
NEED_IMAGE := apt-get:apt dpkg-deb:dpkg mkfs.vfat:dosfstools mcopy:mtools mke2fs:e2fsprogs sfdisk:fdisk grub-mkimage:grub-common \
	depmod:kmod zstd:zstd xz:xz-utils
NEED_UNIT := gcc:gcc /usr/include/stdio.h:libc6-dev $(NEED_ARM64) qemu-aarch64-static:qemu-user-static curl:curl atftp:atftp \
	grub-script-check:grub-common openssl:openssl tshark:tshark debconf-set-selections:debconf bash:bash dash:dash \
	/usr/bin/python3:python3 /usr/lib/python3/dist-packages/yaml/__init__.py:python3-yaml \
	/usr/lib/python3/dist-packages/jsonschema/__init__.py:python3-jsonschema

# run_tests FILTER: each test is a line, the last line counts them, and what failed is said once more before it.
NEED_BENCH := ip:iproute2 tc:iproute2 wrk:wrk taskset:util-linux dpkg-deb:dpkg strace:strace

define run_tests
	@mkdir -p out
	@$(AS_ROOT) "$(DOTNET)" test tests/Tests.csproj -c Release --no-build --nologo --filter "$(1)" \
		--logger "console;verbosity=normal" </dev/null | tee out/tests.log || { \
			echo "what failed (all of it: out/tests.log):"; \
			grep -A 24 '^  Failed ' out/tests.log | cut -c 1-300 | head -n 150 || true; \
			exit 1; }
	@awk '/^Total tests:/ { total = $$3 } /^ *Passed:/ { passed = $$2 } /^ *Skipped:/ { skipped = $$2 } \
		END { printf "Passed! - Failed: %d, Passed: %d, Skipped: %d, Total: %d\n", \
			total - passed - skipped, passed, skipped, total; exit !(passed > 0) }' out/tests.log
endef

.PHONY: image image-check images test-power
.PHONY: build build-arm64 test test-unit test-lab test-crash test-arm64 run demo tree sim fuzz bench conformance size format clean help
.PHONY: install uninstall deb container
.PHONY: sdk need-build need-run need-test

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

sdk:
	@"$(DOTNET)" --list-sdks 2>/dev/null | grep -q '^1[0-9]\.' || { \
		echo "missing: the .NET 10 SDK (https://dotnet.microsoft.com/download)" >&2; exit 1; }

need-build: sdk
	@.ci/need $(NEED_BUILD) $(if $(filter arm64,$(ARCH)),$(NEED_ARM64))

build: need-build $(BINARY) ## the static binary, out/linux-x64/aglet (ARCH=arm64 for the other)

$(BINARY): $(SOURCES) | need-build
	@echo "building $@"
	@$(BUILD_ALONE) "$(DOTNET)" publish Appliance.csproj --nologo -v quiet \
		-c Release -r linux-$(ARCH) -o out/publish/$(ARCH)
	@mkdir -p $(@D)
	@cp out/publish/$(ARCH)/aglet $@.new
	@mv $@.new $@

build-arm64:
	@$(MAKE) --no-print-directory build ARCH=arm64

tree: $(TREE) ## fill rootfs/srv/boot with boot programs and the Debian installer

$(TREE): .ci/tree
	@.ci/need apt-get:apt dpkg-deb:dpkg
	@.ci/tree

IMAGE := out/aglet-$(ARCH).img
IMAGE_SOURCES := .ci/image .ci/packages $(wildcard rootfs/boot/* rootfs/etc/aglet/aglet.schema.json rootfs/etc/aglet/answers/*)

image: build $(TREE) ## the appliance as a disk image to flash (ARCH=arm64, TREE_SIZE=8G, ...: see .ci/image)
	@.ci/need $(NEED_IMAGE)
	@.ci/image $(ARCH) $(BINARY) $(IMAGE)

$(IMAGE): $(BINARY) $(IMAGE_SOURCES) $(TREE)
	@.ci/need $(NEED_IMAGE)
	@COMPRESS=no .ci/image $(ARCH) $(BINARY) $(IMAGE)

images: # what the lab starts
	@$(MAKE) --no-print-directory out/aglet-x64.img ARCH=x64
	@$(MAKE) --no-print-directory out/aglet-arm64.img ARCH=arm64

image-check: build $(TREE) ## two builds of the image give the same bytes
	@.ci/need $(NEED_IMAGE)
	@COMPRESS=no .ci/image $(ARCH) $(BINARY) out/image/first.img >/dev/null
	@umask 077; COMPRESS=no TZ=Asia/Seoul LC_ALL=C.UTF-8 .ci/image $(ARCH) $(BINARY) out/image/second.img >/dev/null
	@cmp out/image/first.img out/image/second.img && sha256sum out/image/first.img out/image/second.img
	@rm -f out/image/first.img out/image/second.img

need-run:
	@.ci/need ip:iproute2

run: build tree need-run ## serve the network of the default route (or IFACE=...), beside its own DHCP server
	@if [ -z "$(IFACE)" ] || [ ! -d "/sys/class/net/$(IFACE)" ]; then \
		echo "no usable network interface: name one with 'make run IFACE=eth0', or see it work without one: make demo" >&2; \
		exit 1; \
	fi
	@[ -z "$(AS_ROOT)" ] || echo "the ports of DHCP, TFTP and HTTP need root: asking sudo"
	@exec $(AS_ROOT) $(BINARY) serve --built-in --interface "$(IFACE)" --tree rootfs/srv/boot \
		$(if $(AS_ROOT),--user "$$(id -u):$$(id -g)")

demo: build tree $(TESTS) ## boot a virtual machine from it, on a network of its own, up to its answer file
	@.ci/need $(NEED_LAB)
	@exec $(AS_ROOT) "$(DOTNET)" $(TESTS) demo

# Every time in a package is that of the last commit, so that two builds give the same bytes.
VERSION := $(shell sed -n 's,.*<Version>\(.*\)</Version>.*,\1,p' Appliance.csproj)
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1)
MAINTAINER ?=
export MAINTAINER VERSION SOURCE_DATE_EPOCH TREE_IN_IMAGE

INSTALLED := $(DESTDIR)$(PREFIX)
CONFIG := $(DESTDIR)$(SYSCONFDIR)/aglet
UNIT := $(INSTALLED)/lib/systemd/system/aglet.service
READY_MADE := openwrt/aglet.init kubernetes/aglet.yaml compose/compose.yaml mikrotik/aglet.rsc

install: $(if $(BUILT),,build) ## put binary, unit, manual and example where they belong (PREFIX=/usr/local DESTDIR=)
	install -D -m 755 $(BINARY) $(INSTALLED)/bin/aglet
	install -D -m 644 rootfs/usr/share/man/man8/aglet.8 $(INSTALLED)/share/man/man8/aglet.8
	install -d $(dir $(UNIT)) && sed 's,/usr/bin/aglet,$(PREFIX)/bin/aglet,; s,/etc/aglet,$(SYSCONFDIR)/aglet,g' \
		rootfs/usr/lib/systemd/system/aglet.service >$(UNIT) && chmod 644 $(UNIT)
	install -D -m 644 rootfs/usr/lib/sysusers.d/aglet.conf $(INSTALLED)/lib/sysusers.d/aglet.conf
	for file in $(READY_MADE); do \
		install -D -m 644 rootfs/usr/share/aglet/$$file $(INSTALLED)/share/aglet/$$file; done
	chmod 755 $(INSTALLED)/share/aglet/openwrt/aglet.init
	install -D -m 644 rootfs/etc/aglet/aglet.schema.json $(CONFIG)/aglet.schema.json
	install -d $(CONFIG)/answers $(CONFIG)/examples
	install -m 644 rootfs/etc/aglet/examples/* $(CONFIG)/examples/
	# What a person may have edited stays as it is.
	for file in rootfs/etc/aglet/answers/*; do \
		[ -e $(CONFIG)/answers/$${file##*/} ] || install -m 644 $$file $(CONFIG)/answers/; done
	sed 's,// "state": ,"state": ,; s,"\.\./\.\./srv/boot","/srv/boot",' rootfs/etc/aglet/aglet.json >$(CONFIG)/aglet.json.example
	chmod 644 $(CONFIG)/aglet.json.example
	@[ -e $(CONFIG)/aglet.json ] || [ -n "$(DESTDIR)" ] || printf '%s\n' \
		"next: systemd-sysusers; cp $(CONFIG)/aglet.json.example $(CONFIG)/aglet.json; edit it; aglet check;" \
		"then: systemctl daemon-reload; systemctl enable --now aglet"

uninstall: ## remove what install put there; configuration and state stay
	rm -f $(INSTALLED)/bin/aglet $(INSTALLED)/share/man/man8/aglet.8 $(UNIT) $(INSTALLED)/lib/sysusers.d/aglet.conf
	rm -f $(addprefix $(INSTALLED)/share/aglet/,$(READY_MADE)) $(CONFIG)/aglet.json.example $(CONFIG)/aglet.schema.json
	-rmdir $(addprefix $(INSTALLED)/share/aglet/,$(dir $(READY_MADE))) $(INSTALLED)/share/aglet

deb: build ## a Debian package, out/aglet_VERSION_amd64.deb (ARCH=arm64 for the other)
	@.ci/need $(NEED_PACKAGE)
	@.ci/deb $(ARCH) $(VERSION) out

container: build build-arm64 tree ## container images for amd64 and arm64, out/aglet-container.tar (TREE_IN_IMAGE=all)
	@.ci/need $(NEED_PACKAGE)
	@.ci/container out

$(TESTS): $(TEST_SOURCES) | sdk
	@echo "building the tests"
	@$(BUILD_ALONE) "$(DOTNET)" build tests/Tests.csproj --nologo -v quiet -c Release
	@touch $@

need-test: sdk
	@.ci/need $(NEED_BUILD) $(NEED_UNIT) $(NEED_LAB) $(NEED_LAB_ARM64) $(NEED_IMAGE) $(NEED_PACKAGE) $(NEED_INSTALLED)

test: need-test build build-arm64 tree images size format $(TESTS) ## everything that proves it: units, simulator, real firmware, size, format
	$(call run_tests,Category!=None)

test-unit: $(TESTS) ## without the virtual machines
	@.ci/need $(NEED_UNIT)
	$(call run_tests,Category!=Lab&Category!=LabArm64)

test-lab: build build-arm64 tree images $(TESTS) ## only the virtual machines and real clients
	@.ci/need $(NEED_UNIT) $(NEED_LAB) $(NEED_IMAGE) $(NEED_PACKAGE) $(NEED_INSTALLED)
	$(call run_tests,Category=Lab)

test-crash: export AGLET_CRASHES := 200
test-crash: build $(TESTS) ## only the server that is killed 200 times under load
	@.ci/need $(NEED_LAB)
	$(call run_tests,FullyQualifiedName~CrashTests)

test-power: export AGLET_POWER_CUTS := 30
test-power: build tree images $(TESTS) ## only the appliance whose power is cut 30 times
	@.ci/need $(NEED_LAB) $(NEED_IMAGE)
	$(call run_tests,FullyQualifiedName~ImagePowerTests)

test-arm64: build tree images $(TESTS) ## only the emulated 64-bit ARM machine
	@.ci/need $(NEED_LAB) $(NEED_LAB_ARM64)
	$(call run_tests,Category=LabArm64)

sim: $(TESTS) ## simulate thousands of machines on a bad network (SEED=...)
	@"$(DOTNET)" $(TESTS) sim "$(SEED)"

fuzz: $(TESTS) ## mutate every packet that a peer may send (N=... times)
	@"$(DOTNET)" $(TESTS) fuzz "$(N)"

bench: build $(TESTS) ## compare with dnsmasq, atftpd, tftpd-hpa, nginx, lighttpd, Kea (ONLY=tftp ROUNDS=3 STORM=small)
	@.ci/need $(NEED_BENCH)
	@.ci/peers out/bench/peers
	@$(AS_ROOT) "$(DOTNET)" $(TESTS) bench --rounds $(ROUNDS) --storm $(STORM) $(if $(ONLY),--only $(ONLY))

conformance: build $(TESTS) ## what TFTP and HTTP require, asked of it and of its peers, as a matrix (ONLY=aglet)
	@.ci/need ip:iproute2 busybox:busybox-static dpkg-deb:dpkg
	@.ci/peers out/bench/peers
	@$(AS_ROOT) "$(DOTNET)" $(TESTS) conformance $(if $(ONLY),--only $(ONLY))

size: build ## the binary's size and the memory it needs when idle
	@.ci/need ip:iproute2
	@$(AS_ROOT) .ci/size $(BINARY)

format: sdk ## the source is formatted as .editorconfig says
	@$(BUILD_ALONE) "$(DOTNET)" format Appliance.csproj --verify-no-changes
	@$(BUILD_ALONE) "$(DOTNET)" format tests/Tests.csproj --verify-no-changes

clean: ## remove what was built (the boot tree stays)
	rm -rf out
