// swift-tools-version: 6.2
import PackageDescription

/// The measurements of bluetap, apart from its package so that nobody builds them who does not measure.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "bluetap", path: ".."),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    ],
    targets: [
        // What the figures stand beside: the same work in bare C.
        .target(name: "CFloor"),
        .executableTarget(name: "FloorEcho", cSettings: [.define("_GNU_SOURCE")]),
        .executableTarget(name: "FloorLine"),
        .executableTarget(name: "GadgetFloor"),
        .executableTarget(name: "UHIDFloor"),
        // The POS of many devices.
        .executableTarget(name: "ManyDevicesClient", cSettings: [.define("_GNU_SOURCE")]),
        // Those who look at a device.
        .executableTarget(name: "PageClients", cSettings: [.define("_GNU_SOURCE")]),
        // The back end that asks a payment sandbox.
        .executableTarget(name: "SandboxClient", cSettings: [.define("_GNU_SOURCE")]),
        // The hosts of devices over the network, and what their figures stand beside.
        .executableTarget(name: "USBIPClient", cSettings: [.define("_GNU_SOURCE")]),
        .executableTarget(name: "USBIPFloor", cSettings: [.define("_GNU_SOURCE")]),
        // The POS of the round trips.
        .executableTarget(
            name: "RoundTripClient", cSettings: [.define("_GNU_SOURCE")],
            linkerSettings: [.linkedLibrary("dl")]),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CFloor", .product(name: "BlueTapKit", package: "bluetap"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]),
    ]
)
