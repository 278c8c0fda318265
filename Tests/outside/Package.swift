// swift-tools-version: 6.2
import PackageDescription

/// A package as users have one: it depends on bluetap, and imports what the README tells Swift developers to import.
let package = Package(
    name: "outside",
    dependencies: [.package(name: "bluetap", path: "../..")],
    targets: [
        // Written by Tests/outside/run from the README.
        .executableTarget(
            name: "Readme",
            dependencies: [
                .product(name: "BlueTapKit", package: "bluetap"), .product(name: "BlueTapHost", package: "bluetap"),
            ], swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "Outside",
            dependencies: [
                .product(name: "BlueTapKit", package: "bluetap"), .product(name: "BlueTapHost", package: "bluetap"),
                .product(name: "Sandbox", package: "bluetap"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]),
    ]
)
