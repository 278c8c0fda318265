# The commands of this repository. `make demo` and `make test` install what they miss from Debian's packages and PyPI.
#
#   make check    while one works: the tests that start no program, and the format
#   make test     every test, with the real parts
#   make soak     the same with large counts, on one processor as well, and the benchmarks

BLUETAP = .build/debug/bluetap
# Imports that Package.swift does not declare are an error.
DEBUG_TESTS = --build-tests --explicit-target-dependency-import-check error
RELEASE = -c release --static-swift-stdlib
# Run by itself, so that it does not hold the build folder, as `swift test` does.
TESTS = $(CURDIR)/.build/debug/bluetapPackageTests.xctest --testing-library swift-testing
UNIT_TESTS = $(TESTS) --skip KernelTests
FIRST_PROCESSOR = $(shell sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
# dpkg installs into the throw-away systems of gadget/test as root only.
SUDO = $(if $(filter-out 0,$(shell id -u)),sudo)

.PHONY: demo build check test test-virtual test-kernel test-more test-unit test-pinned test-package test-learning soak bench release format format-check clean

demo: build
	$(BLUETAP) demo

build:
	Tests/prepare build
	swift build

# While one works: what needs no program, and the format. The rest starts the real programs, and is in `make test`.
check: format-check
	Tests/prepare build
	swift build $(DEBUG_TESTS)
	$(TESTS) --skip IntegrationTests

test:
	Tests/prepare kernel
	swift build $(DEBUG_TESTS)
	# What is tested in the virtual machine is the release: its processor is slow.
	$(MAKE) release
	# The virtual machine is busy with one processor: the other has the rest.
	$(MAKE) --jobs=2 --output-sync=target test-virtual test-more

# The kernel suite, and the package, installed and removed, in one virtual machine.
test-virtual: .build/test.deb
	BLUETAP_PROGRAM=.build/release/bluetap Tests/kernel/run --package .build/test.deb

test-kernel:
	BLUETAP_PROGRAM=.build/release/bluetap Tests/kernel/run

.PHONY: .build/test.deb
.build/test.deb:
	gadget/build-deb --quick -o $@

test-more: test-unit
	Tests/Fuzz/run 20
	$(MAKE) test-learning test-package

test-unit:
	$(UNIT_TESTS)

# On one processor, where other things come first than on two.
test-pinned:
	taskset --cpu-list $(FIRST_PROCESSOR) $(UNIT_TESTS)

# What turns a Raspberry Pi into a BlueTap: the scripts and units in gadget/, and the package; and the README's CI snippets; a package
# that depends on this one, as users' packages do.
test-package:
	$(SUDO) gadget/test
	Tests/readme-ci
	Tests/outside/run

# What `profile learn` makes of made-up vendors' formats, in a release build.
test-learning:
	Tests/learning/run .build/release/bluetap
	Tests/guide

# The tests with the full counts of what `make test` does a little of, once on one processor, then the benchmarks' targets.
soak:
	Tests/prepare kernel
	swift build $(DEBUG_TESTS)
	$(MAKE) release
	$(MAKE) test-pinned
	BLUETAP_SOAK=1 $(UNIT_TESTS) --skip PageTests/manyPages
	# Fifty browsers leave nothing for others.
	BLUETAP_SOAK=1 BLUETAP_PROGRAM=$(CURDIR)/.build/release/bluetap $(UNIT_TESTS) --filter PageTests/manyPages
	Tests/Fuzz/run 300
	BLUETAP_SOAK=1 BLUETAP_KERNEL_TIMEOUT=18000 $(MAKE) test-virtual
	$(MAKE) test-package
	Tests/learning/run .build/release/bluetap --seeds 10 --seconds 10 --random 2000 --users 50 --least 90
	Tests/learning/ruler .build/release/bluetap --pairs --seconds 10 --megabytes 500 --quiet
	$(MAKE) bench

bench: release
	Benchmarks/run --check
	Benchmarks/run --check --kernel

# One program that has Swift's run time in it, and beside it the drop-in libhidapi, the hidraw seam and the resolver for
# gateways' names. The program needs the C libraries of Debian's libyaml-0-2, libsqlite3-0, libpng16-16, libqrencode4,
# libusbgx2, zlib1g and libstdc++6, which the package depends on; the
# libraries beside it need the C library alone.
release:
	Tests/prepare build
	swift build $(RELEASE) --product bluetap
	swift build $(RELEASE) --product hidapi-loopback
	swift build $(RELEASE) --product hidraw-seam
	swift build $(RELEASE) --product bluetap-names

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

format-check:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks

clean:
	rm -rf .build Tests/Fuzz/.build
