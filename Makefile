# The commands of this repository. `make demo` and `make test` install what they miss from Debian's packages and PyPI.

BLUETAP = .build/debug/bluetap
RELEASE = -c release --static-swift-stdlib
# Run by itself, so that it does not hold the build folder, as `swift test` does.
UNIT_TESTS = $(CURDIR)/.build/debug/bluetapPackageTests.xctest --testing-library swift-testing --skip KernelTests
# dpkg installs into the throw-away systems of gadget/test as root only.
SUDO = $(if $(filter-out 0,$(shell id -u)),sudo)

.PHONY: demo build test test-virtual test-kernel test-more test-unit test-package test-learning soak bench release format format-check clean

demo: build
	$(BLUETAP) demo

build:
	Tests/prepare build
	swift build

test:
	Tests/prepare kernel
	swift build --build-tests
	# What is tested in the virtual machine is the release: its processor is slow.
	$(MAKE) release
	# The virtual machine is busy with one processor: the other has the rest.
	$(MAKE) --jobs=2 --output-sync=target test-virtual test-more

test-virtual: test-kernel
	$(MAKE) test-package

test-kernel:
	BLUETAP_PROGRAM=.build/release/bluetap Tests/kernel/run

test-more: test-unit
	Tests/Fuzz/run 20
	$(MAKE) test-learning

test-unit:
	$(UNIT_TESTS)

# What turns a Raspberry Pi into a BlueTap: the scripts and units in gadget/, and the package, installed and removed in the
# virtual machine. And that those who want no gadget can build without libusbgx: of this one target knows.
test-package: release
	Tests/prepare kernel
	$(SUDO) gadget/test
	gadget/build-deb -o .build/test.deb
	Tests/kernel/run -- env BLUETAP_THROWAWAY=1 gadget/test-package "$(CURDIR)/.build/test.deb"
	Tests/readme-ci
	swift build --disable-default-traits --scratch-path .build/loopback-only --target GadgetTransport

# What `profile learn` makes of made-up vendors' formats, in a release build.
test-learning: release
	Tests/learning/run .build/release/bluetap
	Tests/guide

# The tests with the full counts of what `make test` does a little of, then the benchmarks' targets.
soak:
	Tests/prepare kernel
	swift build --build-tests
	$(MAKE) release
	BLUETAP_SOAK=1 $(UNIT_TESTS) --skip PageTests/manyPages
	# Fifty browsers leave nothing for others.
	BLUETAP_SOAK=1 BLUETAP_PROGRAM=$(CURDIR)/.build/release/bluetap $(UNIT_TESTS) --filter PageTests/manyPages
	Tests/Fuzz/run 300
	BLUETAP_PROGRAM=.build/release/bluetap BLUETAP_SOAK=1 BLUETAP_KERNEL_TIMEOUT=9000 Tests/kernel/run
	$(MAKE) test-package
	Tests/learning/run .build/release/bluetap --seeds 10 --seconds 10
	$(MAKE) bench

bench: release
	Benchmarks/run --check
	Benchmarks/run --check --kernel

# One program without run-time dependencies, and the drop-in libhidapi beside it.
release:
	Tests/prepare build
	swift build $(RELEASE) --product bluetap
	swift build $(RELEASE) --product hidapi-loopback

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

format-check:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks

clean:
	rm -rf .build Benchmarks/.build
