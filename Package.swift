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
    static let asn1 = product(name: "SwiftASN1", package: "swift-asn1")
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
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let system = product(name: "SystemPackage", package: "swift-system")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let x509 = product(name: "X509", package: "swift-certificates")
}

/// The folders of `Sources` and `Tests`. A room uses those above it, never those below (CONTRIBUTING.md).
enum Room: String {
    case foundations = "Foundations"
    case device = "Device"
    case transports = "Transports"
    case sessions = "Sessions"
    case sandbox = "Sandbox"
    case host = "Host"
    case command = "Command"

    func target(
        _ name: String, _ dependencies: [Target.Dependency] = [], embedding resources: [String] = []
    ) -> Target {
        .target(
            name: name, dependencies: dependencies, path: "Sources/\(rawValue)/\(name)",
            resources: resources.map { .embedInCode("Resources/\($0)") }, swiftSettings: house)
    }

    func c(
        _ name: String, _ dependencies: [Target.Dependency] = [], settings: [CSetting] = [],
        linker: [LinkerSetting] = []
    ) -> Target {
        .target(
            name: name, dependencies: dependencies, path: "Sources/\(rawValue)/\(name)", cSettings: settings,
            linkerSettings: linker)
    }

    /// A library of the system's. Without a pkg-config name only that library is linked, not what it needs itself.
    func system(_ name: String, pkgConfig: String? = nil, debian package: String) -> Target {
        .systemLibrary(
            name: name, path: "Sources/\(rawValue)/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
    }

    func tests(_ name: String, _ dependencies: [Target.Dependency], excluding files: [String] = []) -> Target {
        .testTarget(
            name: name, dependencies: dependencies, path: "Tests/\(rawValue)/\(name)", exclude: files,
            swiftSettings: house)
    }
}

let package = Package(
    name: "bluetap",
    products: [
        .executable(name: "bluetap", targets: ["bluetap"]),
        .library(
            name: "BlueTapKit",
            targets: [
                "BlueTap", "WireFormat", "Learning", "ProfileFiles", "HID", "LoopbackTransport", "Emulator", "Scenario",
                "POSClient", "Replay", "USBCaptures", "USBIPTransport", "Documents",
            ]),
        .library(name: "Sandbox", targets: ["Sandbox", "SandboxServer"]),
        .library(name: "BlueTapHost", targets: ["BlueTapHost", "ControlAPI", "ControlClient"]),
        .library(name: "hidapi-loopback", type: .dynamic, targets: ["HIDAPIDropIn"]),
        .library(name: "hidraw-seam", type: .dynamic, targets: ["HIDRawSeam"]),
        .library(name: "bluetap-names", type: .dynamic, targets: ["HostNames"]),
    ],
    traits: [
        .trait(
            name: "Gadget", description: "A real USB device, through libusbgx (Debian: libusbgx-dev)."),
        .default(enabledTraits: ["Gadget"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.10.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
    ],
    targets: [
        // Foundations
        Room.foundations.c("CLinuxUAPI"),
        Room.foundations.system("CLibYAML", pkgConfig: "yaml-0.1", debian: "libyaml-dev"),
        Room.foundations.system("CPNG", debian: "libpng-dev"),
        Room.foundations.system("CQREncode", debian: "libqrencode-dev"),
        Room.foundations.system("CUSBGX", debian: "libusbgx-dev"),
        Room.foundations.system("CZlib", debian: "zlib1g-dev"),
        Room.foundations.target("Essentials"),
        Room.foundations.target("LinuxIO", ["CLinuxUAPI", "Essentials", .system]),
        Room.foundations.target("Documents", ["CLibYAML", "Essentials", .system]),
        Room.foundations.target("QRCode", ["CPNG", "CQREncode", "Essentials"]),
        Room.foundations.target("HTTPExchange", ["Essentials", .nioCore, .nioHTTP1, .nioPosix, .nioSSL]),
        Room.foundations.target("Certificates", ["Essentials", .asn1, .crypto, .x509]),

        // Device
        Room.device.target("BlueTap", ["Essentials"]),
        Room.device.target("HID", ["CLinuxUAPI", "Essentials", "LinuxIO"]),
        Room.device.target("WireFormat", ["BlueTap", "Essentials"]),
        Room.device.target("Learning", ["BlueTap", "WireFormat"]),
        Room.device.target(
            "ProfileFiles", ["BlueTap", "Documents", "HID", "Learning", "WireFormat"],
            embedding: ["reference.yaml", "any.yaml", "profile.schema.json", "samples.schema.json"]),
        Room.device.target("NFCTag", ["BlueTap"]),
        Room.device.target(
            "Emulator",
            ["BlueTap", "Essentials", "HID", "LinuxIO", "NFCTag", "WireFormat", .deque, .heap, .system]),

        // Transports
        Room.transports.c("CLoopback"),
        Room.transports.target(
            "LoopbackTransport", ["CLinuxUAPI", "CLoopback", "HID", "LinuxIO", .logging, .system]),
        Room.transports.target("UHIDTransport", ["CLinuxUAPI", "HID", "LinuxIO", .logging, .system]),
        Room.transports.target(
            "GadgetTransport",
            [
                .target(name: "CUSBGX", condition: .when(traits: ["Gadget"])), "CLinuxUAPI", "HID", "LinuxIO",
                .logging, .system,
            ]),
        Room.transports.target("USBDevice", ["HID"]),
        Room.transports.target("USBIPTransport", ["HID", "USBDevice", .deque, .logging, .nioCore, .nioPosix]),
        Room.transports.c("HIDAPILoopback", ["CLoopback"], settings: [.define("_GNU_SOURCE")]),
        Room.transports.c(
            "HIDAPIDropIn", ["HIDAPILoopback"],
            linker: [
                .unsafeFlags([
                    "-nostartfiles", "-static-stdlib", "-Xlinker", "--as-needed", "-Xlinker",
                    "-soname=libhidapi-hidraw.so.0",
                ])
            ]),
        Room.transports.c(
            "HIDRawSeam", ["HIDAPILoopback"],
            settings: [.define("_GNU_SOURCE"), .headerSearchPath("../HIDAPILoopback")],
            linker: [
                .unsafeFlags([
                    "-nostartfiles", "-static-stdlib", "-Xlinker", "--as-needed", "-Xlinker",
                    "-soname=libhidraw-seam.so",
                ])
            ]),
        Room.transports.target("POSClient", ["BlueTap", "HID", "HIDAPILoopback", "WireFormat"]),

        // Sessions
        Room.sessions.target(
            "Scenario", ["BlueTap", "Documents", "Emulator"],
            embedding: [
                "scenario.schema.json", "happy-path.yaml", "unattended-device.yaml", "flaky-cable.yaml",
                "tap-after-cancel.yaml", "tap-at-expiry.yaml", "cancel-after-tap.yaml", "doubled-order-id.yaml",
                "second-pay-while-live.yaml", "pay-unplug-replug.yaml",
            ]),
        Room.sessions.target("USBCaptures", ["CZlib", "Essentials", "HID", "LinuxIO", "USBDevice", .system]),
        Room.sessions.target(
            "Replay",
            ["BlueTap", "Documents", "Emulator", "Essentials", "HID", "Scenario", "USBCaptures", "WireFormat", .deque]),

        // Sandbox
        Room.sandbox.target("SandboxFaults", ["BlueTap", "Essentials"]),
        Room.sandbox.target(
            "Sandbox", ["BlueTap", "Essentials", "SandboxFaults", .crypto, .cryptoExtras, .grdb, .logging]),
        Room.sandbox.target(
            "SandboxServer",
            [
                "BlueTap", "Certificates", "Emulator", "Essentials", "HTTPExchange", "Sandbox", "SandboxFaults",
                "Scenario", .hummingbird, .hummingbirdCore, .httpTypes, .logging, .nioCore, .nioHTTP1, .nioPosix,
                .nioSSL, .serviceLifecycle,
            ], embedding: ["scenario-steps.schema.json"]),

        // Host
        Room.host.c(
            "HostNames", settings: [.define("_GNU_SOURCE")],
            linker: [
                .unsafeFlags([
                    "-nostartfiles", "-static-stdlib", "-Xlinker", "--as-needed", "-Xlinker",
                    "-soname=libbluetap-names.so",
                ])
            ]),
        Room.host.target("VPCDReader", ["NFCTag", .logging, .nioCore, .nioPosix]),
        Room.host.target("ControlAPI", ["BlueTap", "Emulator"], embedding: ["openapi.json"]),
        Room.host.target(
            "ControlClient",
            [
                "ControlAPI", "Emulator", "Essentials", "HTTPExchange", "Sandbox", "SandboxFaults", .nioCore,
                .nioHTTP1,
            ]),
        Room.host.target(
            "ControlServer",
            [
                "BlueTap", "ControlAPI", "Documents", "Emulator", "Essentials", "HID", "LinuxIO", "QRCode", "Sandbox",
                "SandboxFaults", "SandboxServer", "Scenario", "WireFormat", .hummingbird, .hummingbirdCore, .httpTypes,
                .logging, .nioCore, .nioPosix, .serviceLifecycle,
            ],
            embedding: ["page.html", "page.css", "page.js", "icon.svg"]),

        Room.host.target(
            "BlueTapHost",
            [
                "BlueTap", "Certificates", "ControlAPI", "ControlServer", "Essentials", "Documents", "Emulator",
                "GadgetTransport",
                "HID", "LoopbackTransport", "ProfileFiles", "Sandbox",
                "SandboxServer", "Scenario", "UHIDTransport", "USBCaptures", "USBIPTransport", "VPCDReader",
                "WireFormat",
                .logging, .serviceLifecycle, .unixSignals,
            ]),

        // Command
        Room.command.target(
            "BlueTapCommands",
            [
                "BlueTap", "BlueTapHost", "CLinuxUAPI", "Certificates", "ControlAPI", "ControlClient", "Documents",
                "Emulator", "Essentials", "GadgetTransport", "HID", "Learning", "LinuxIO", "NFCTag", "POSClient",
                "ProfileFiles", "QRCode", "Replay", "Sandbox",
                "SandboxFaults", "SandboxServer", "Scenario", "UHIDTransport", "USBCaptures", "USBIPTransport",
                "VPCDReader", "WireFormat", .argumentParser, .logging, .serviceLifecycle, .subprocess, .system,
                .unixSignals,
            ]),
        .executableTarget(
            name: "bluetap", dependencies: ["BlueTapCommands"], path: "Sources/Command/bluetap", swiftSettings: house,
            // Relocations that take a fiftieth of the room: the loader reads them all, and they stay in memory.
            linkerSettings: [.unsafeFlags(["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"])]),

        // Tests, in the same rooms
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: house),
        Room.foundations.tests("QRCodeTests", ["QRCode", .subprocess, .system]),
        Room.foundations.tests("DocumentsTests", ["Documents"]),
        Room.foundations.tests("CertificatesTests", ["Certificates"]),
        Room.foundations.tests("HTTPExchangeTests", ["HTTPExchange", "TestSupport", .nioCore, .nioHTTP1]),
        Room.device.tests("BlueTapTests", ["BlueTap"]),
        Room.device.tests("HIDTests", ["BlueTap", "HID", "LinuxIO", "TestSupport", .system]),
        Room.device.tests("WireFormatTests", ["BlueTap", "TestSupport", "WireFormat"]),
        Room.device.tests("LearningTests", ["BlueTap", "Learning", "TestSupport", "WireFormat"]),
        Room.device.tests(
            "ProfileFilesTests", ["BlueTap", "Documents", "Learning", "ProfileFiles", "TestSupport", "WireFormat"]),
        Room.device.tests("NFCTagTests", ["BlueTap", "NFCTag"]),
        Room.device.tests(
            "EmulatorTests",
            ["BlueTap", "Documents", "Emulator", "HID", "NFCTag", "ProfileFiles", "TestSupport", "WireFormat"]),
        Room.transports.tests(
            "LoopbackTransportTests", ["HID", "LinuxIO", "LoopbackTransport", "TestSupport", .logging]),
        Room.transports.tests("UHIDTransportTests", ["BlueTap", "HID", "UHIDTransport"]),
        Room.transports.tests("GadgetTransportTests", ["Essentials", "GadgetTransport", "HID"]),
        Room.transports.tests("USBDeviceTests", ["BlueTap", "HID", "USBDevice"], excluding: ["requests.json"]),
        Room.transports.tests(
            "USBIPTransportTests",
            [
                "Essentials", "HID", "LinuxIO", "USBDevice", "USBIPTransport", .logging, .nioCore, .nioEmbedded,
                .nioPosix,
            ]),
        Room.sessions.tests(
            "ScenarioTests",
            ["BlueTap", "Documents", "Emulator", "HID", "ProfileFiles", "Scenario", "WireFormat"]),
        Room.sessions.tests("USBCapturesTests", ["HID", "USBCaptures", "USBDevice"]),
        Room.sessions.tests(
            "ReplayTests",
            [
                "BlueTap", "Documents", "Emulator", "HID", "ProfileFiles", "Replay", "Scenario", "TestSupport",
                "USBCaptures", "WireFormat",
            ]),
        Room.sandbox.tests(
            "SandboxTests", ["BlueTap", "Sandbox", "SandboxFaults", "TestSupport", .logging],
            excluding: ["Programs"]),
        Room.sandbox.tests(
            "SandboxServerTests",
            [
                "BlueTap", "Documents", "Emulator", "HID", "ProfileFiles", "SandboxFaults", "SandboxServer", "Scenario",
                "WireFormat",
            ]),
        Room.host.tests(
            "BlueTapHostTests",
            [
                "BlueTap", "BlueTapHost", "ControlAPI", "Documents", "Emulator", "ProfileFiles", "SandboxServer",
                "Scenario", "TestSupport",
            ]),
        Room.host.tests("ControlAPITests", ["ControlAPI"]),
        Room.host.tests(
            "ControlClientTests",
            [
                "BlueTap", "ControlAPI", "ControlClient", "ControlServer", "Emulator", "ProfileFiles", "Sandbox",
                "SandboxFaults", "SandboxServer", "TestSupport", .logging,
            ]),
        Room.host.tests("ControlServerTests", ["ControlAPI", "ControlServer", "Emulator", .hummingbird]),
        Room.host.tests("VPCDReaderTests", ["NFCTag", "VPCDReader", .logging, .nioCore, .nioPosix]),
        .testTarget(name: "PlanTests", swiftSettings: house),
        .testTarget(
            name: "IntegrationTests", dependencies: ["TestSupport", "bluetap", .subprocess, .system],
            exclude: ["Programs"], swiftSettings: house),
    ]
)
