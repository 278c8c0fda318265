# The commands of this repository. `make demo` and `make test` install what they miss from Debian's packages and PyPI.

BLUETAP = .build/debug/bluetap
RELEASE = -c release --static-swift-stdlib

.PHONY: demo build test soak bench release format format-check clean

demo: build
	$(BLUETAP) demo

build:
	Tests/prepare build
	swift build

test:
	Tests/prepare kernel
	swift build --build-tests
	swift test --skip-build --skip KernelTests
	Tests/kernel/run

# The tests with the full counts of what `make test` does a little of, then the benchmarks' targets.
soak:
	Tests/prepare kernel
	swift build --build-tests
	BLUETAP_SOAK=1 swift test --skip-build --skip KernelTests
	BLUETAP_SOAK=1 Tests/kernel/run
	$(MAKE) bench

bench: release
	Benchmarks/run --check

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
