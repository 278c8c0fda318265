// swift-tools-version: 6.2
import PackageDescription

/// Fuzzers of what reads hostile input, apart from the package so that nobody builds them who does not fuzz: libFuzzer
/// wants everything built with its instrumentation (`Tests/Fuzz/run`). It takes bluetap without its default traits, as
/// those do who want no gadget: that this works is looked at here, where it costs no build of its own.
// libFuzzer brings the main function.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .unsafeFlags(["-parse-as-library"]),
]

let package = Package(
    name: "fuzz",
    dependencies: [
        .package(name: "bluetap", path: "../..", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .executableTarget(
            name: "FuzzReports", dependencies: [.product(name: "BlueTapKit", package: "bluetap")],
            swiftSettings: settings),
        .executableTarget(
            name: "FuzzFiles", dependencies: [.product(name: "BlueTapKit", package: "bluetap")],
            swiftSettings: settings),
        .executableTarget(
            name: "FuzzLayers", dependencies: [.product(name: "BlueTapKit", package: "bluetap")],
            swiftSettings: settings),
        .executableTarget(
            name: "FuzzUSBIP",
            dependencies: [
                .product(name: "BlueTapKit", package: "bluetap"), .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
            ], swiftSettings: settings),
    ]
)
