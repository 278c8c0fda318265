// swift-tools-version: 6.2
import PackageDescription

/// Settings that every Swift target shares.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras = product(name: "CryptoExtras", package: "swift-crypto")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let heap = product(name: "HeapModule", package: "swift-collections")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let logging = product(name: "Logging", package: "swift-log")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let system = product(name: "SystemPackage", package: "swift-system")
}

let package = Package(
    name: "bluetap",
    products: [
        .executable(name: "bluetap", targets: ["bluetap"]),
        .library(
            name: "BlueTapKit",
            targets: [
                "BlueTap", "WireFormat", "ProfileFiles", "VirtualHID", "LoopbackTransport", "Emulator", "Scenario",
                "POSClient", "Replay", "USBCaptures", "USBIPTransport",
            ]),
        .library(name: "hidapi-loopback", type: .dynamic, targets: ["HIDAPIDropIn"]),
    ],
    traits: [
        .trait(
            name: "Gadget", description: "A real USB device, through libusbgx (Debian: libusbgx-dev)."),
        .default(enabledTraits: ["Gadget"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.10.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
    ],
    targets: [
        .target(name: "BlueTap", swiftSettings: house),
        .target(name: "WireFormat", dependencies: ["BlueTap"], swiftSettings: house),
        .target(name: "SandboxFaults", dependencies: ["BlueTap"], swiftSettings: house),
        .target(name: "NFCTag", dependencies: ["BlueTap"], swiftSettings: house),
        .target(
            name: "VPCDReader", dependencies: ["NFCTag", .logging, .nioCore, .nioPosix], swiftSettings: house),
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "Documents", dependencies: ["CLibYAML", .system], swiftSettings: house),
        .target(
            name: "ProfileFiles", dependencies: ["BlueTap", "Documents", "VirtualHID", "WireFormat"],
            resources: [
                .embedInCode("Resources/reference.yaml"), .embedInCode("Resources/any.yaml"),
                .embedInCode("Resources/profile.schema.json"),
                .embedInCode("Resources/samples.schema.json"),
            ],
            swiftSettings: house),
        .target(name: "USBCaptures", dependencies: ["USBDevice", "VirtualHID", .system], swiftSettings: house),
        // Without pkg-config, which would link what these need as well.
        .systemLibrary(name: "CQREncode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
        .target(name: "QRCode", dependencies: ["CPNG", "CQREncode"], swiftSettings: house),
        .target(name: "CLinuxUAPI"),
        .target(name: "VirtualHID", dependencies: ["CLinuxUAPI", .system], swiftSettings: house),
        .target(name: "USBDevice", dependencies: ["VirtualHID"], swiftSettings: house),
        .target(name: "CLoopback"),
        .target(
            name: "LoopbackTransport", dependencies: ["CLinuxUAPI", "CLoopback", "VirtualHID", .logging, .system],
            swiftSettings: house),
        .target(
            name: "USBIPTransport",
            dependencies: ["USBDevice", "VirtualHID", .deque, .logging, .nioCore, .nioPosix], swiftSettings: house),
        .target(
            name: "UHIDTransport", dependencies: ["CLinuxUAPI", "VirtualHID", .logging, .system], swiftSettings: house),
        // Without pkg-config, which would link everything with libusbgx's own dependencies.
        .systemLibrary(name: "CUSBGX", providers: [.apt(["libusbgx-dev"])]),
        .target(
            name: "GadgetTransport",
            dependencies: [
                .target(name: "CUSBGX", condition: .when(traits: ["Gadget"])), "CLinuxUAPI", "VirtualHID", .logging,
                .system,
            ], swiftSettings: house),
        .target(
            name: "Emulator",
            dependencies: [
                "BlueTap", "NFCTag", "SandboxFaults", "VirtualHID", "WireFormat", .deque, .heap, .system,
            ], swiftSettings: house),
        .target(
            name: "Scenario", dependencies: ["BlueTap", "Documents", "Emulator", "SandboxFaults"],
            resources: [
                .embedInCode("Resources/scenario.schema.json"), .embedInCode("Resources/happy-path.yaml"),
                .embedInCode("Resources/unattended-device.yaml"), .embedInCode("Resources/flaky-cable.yaml"),
                .embedInCode("Resources/tap-after-cancel.yaml"), .embedInCode("Resources/tap-at-expiry.yaml"),
                .embedInCode("Resources/cancel-after-tap.yaml"), .embedInCode("Resources/doubled-order-id.yaml"),
                .embedInCode("Resources/second-pay-while-live.yaml"), .embedInCode("Resources/pay-unplug-replug.yaml"),
            ], swiftSettings: house),
        .target(
            name: "Replay",
            dependencies: [
                "BlueTap", "Documents", "Emulator", "Scenario", "USBCaptures", "VirtualHID", "WireFormat", .deque,
            ], swiftSettings: house),
        .target(
            name: "Sandbox", dependencies: ["BlueTap", "SandboxFaults", .crypto, .cryptoExtras, .grdb, .logging],
            swiftSettings: house),
        .target(name: "HTTPExchange", dependencies: [.nioCore, .nioHTTP1, .nioPosix], swiftSettings: house),
        .target(
            name: "SandboxServer",
            dependencies: [
                "BlueTap", "Emulator", "HTTPExchange", "Sandbox", "SandboxFaults", .hummingbird, .hummingbirdCore,
                .httpTypes,
                .logging, .nioCore, .nioHTTP1, .nioPosix, .serviceLifecycle,
            ], swiftSettings: house),
        .target(
            name: "ControlAPI",
            dependencies: [
                "BlueTap", "Documents", "Emulator", "HTTPExchange", "QRCode", "Sandbox", "SandboxFaults",
                "SandboxServer",
                "Scenario", "VirtualHID", "WireFormat", .hummingbird, .hummingbirdCore, .httpTypes, .logging, .nioCore,
                .nioHTTP1, .nioPosix, .serviceLifecycle,
            ],
            resources: [
                .embedInCode("Resources/openapi.json"), .embedInCode("Resources/page.html"),
                .embedInCode("Resources/page.css"), .embedInCode("Resources/page.js"),
                .embedInCode("Resources/icon.svg"),
            ], swiftSettings: house),
        .target(
            name: "HIDAPILoopback", dependencies: ["CLoopback"],
            cSettings: [.define("_GNU_SOURCE")]),
        .target(
            name: "HIDAPIDropIn", dependencies: ["HIDAPILoopback"],
            linkerSettings: [
                .unsafeFlags([
                    "-nostartfiles", "-static-stdlib", "-Xlinker", "--as-needed", "-Xlinker",
                    "-soname=libhidapi-hidraw.so.0",
                ])
            ]),
        .target(
            name: "POSClient", dependencies: ["BlueTap", "HIDAPILoopback", "VirtualHID", "WireFormat"],
            swiftSettings: house),
        .target(
            name: "BlueTapCommands",
            dependencies: [
                "BlueTap", "CLinuxUAPI", "ControlAPI", "Documents", "Emulator", "GadgetTransport", "LoopbackTransport",
                "POSClient",
                "ProfileFiles", "QRCode", "Replay", "Sandbox", "SandboxFaults", "SandboxServer", "Scenario",
                "UHIDTransport",
                "USBCaptures", "USBIPTransport", "VPCDReader", "VirtualHID", "WireFormat",
                .argumentParser,
                .logging,
                .serviceLifecycle, .subprocess,
                .system,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: house),
        .executableTarget(
            name: "bluetap", dependencies: ["BlueTapCommands"], swiftSettings: house,
            // Relocations that take a fiftieth of the room: the loader reads them all, and they stay in memory.
            linkerSettings: [.unsafeFlags(["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"])]),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: house),
        .testTarget(name: "BlueTapTests", dependencies: ["BlueTap"], swiftSettings: house),
        .testTarget(
            name: "VPCDReaderTests", dependencies: ["NFCTag", "VPCDReader", .logging, .nioCore, .nioPosix],
            swiftSettings: house),
        .testTarget(name: "QRCodeTests", dependencies: ["QRCode", .subprocess, .system], swiftSettings: house),
        .testTarget(name: "NFCTagTests", dependencies: ["BlueTap", "NFCTag"], swiftSettings: house),
        .testTarget(
            name: "WireFormatTests", dependencies: ["BlueTap", "TestSupport", "WireFormat"], swiftSettings: house),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents"], swiftSettings: house),
        .testTarget(
            name: "ProfileFilesTests",
            dependencies: ["BlueTap", "Documents", "ProfileFiles", "TestSupport", "WireFormat"],
            swiftSettings: house),
        .testTarget(
            name: "USBCapturesTests", dependencies: ["USBCaptures", "USBDevice", "VirtualHID"], swiftSettings: house),
        .testTarget(name: "VirtualHIDTests", dependencies: ["BlueTap", "VirtualHID", .system], swiftSettings: house),
        .testTarget(
            name: "USBDeviceTests", dependencies: ["BlueTap", "USBDevice", "VirtualHID"], exclude: ["requests.json"],
            swiftSettings: house),
        .testTarget(
            name: "LoopbackTransportTests", dependencies: ["LoopbackTransport", "TestSupport", "VirtualHID", .logging],
            swiftSettings: house),
        .testTarget(
            name: "USBIPTransportTests",
            dependencies: [
                "BlueTap", "USBDevice", "USBIPTransport", "VirtualHID", .logging, .nioCore, .nioEmbedded, .nioPosix,
            ],
            swiftSettings: house),
        .testTarget(
            name: "UHIDTransportTests", dependencies: ["BlueTap", "UHIDTransport", "VirtualHID"], swiftSettings: house),
        .testTarget(
            name: "GadgetTransportTests", dependencies: ["GadgetTransport", "VirtualHID"], swiftSettings: house),
        .testTarget(name: "ControlAPITests", dependencies: ["ControlAPI"], swiftSettings: house),
        .testTarget(
            name: "EmulatorTests",
            dependencies: [
                "BlueTap", "Emulator", "NFCTag", "ProfileFiles", "TestSupport", "VirtualHID", "WireFormat",
            ],
            swiftSettings: house),
        .testTarget(
            name: "ScenarioTests",
            dependencies: [
                "BlueTap", "Documents", "Emulator", "ProfileFiles", "SandboxFaults", "Scenario", "VirtualHID",
                "WireFormat",
            ],
            swiftSettings: house),
        .testTarget(
            name: "ReplayTests",
            dependencies: [
                "BlueTap", "Documents", "Emulator", "ProfileFiles", "Replay", "Scenario", "TestSupport", "USBCaptures",
                "VirtualHID", "WireFormat",
            ], swiftSettings: house),
        .testTarget(
            name: "SandboxTests", dependencies: ["BlueTap", "Sandbox", "SandboxFaults", "TestSupport", .logging],
            exclude: ["Programs"], swiftSettings: house),
        .testTarget(
            name: "IntegrationTests", dependencies: ["TestSupport", "bluetap", .subprocess, .system],
            exclude: ["Programs"], swiftSettings: house),
    ]
)
