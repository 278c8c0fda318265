import Foundation
import Testing

/// Package.swift, as SwiftPM reads it.
struct Manifest {
    struct Target {
        let name: String
        let isTest: Bool
        let isExecutable: Bool
        /// From the repository's folder.
        let folder: String
        /// The targets of this package that it declares to use, and the products of others.
        let targets: Set<String>
        let products: Set<String>

        /// The folder of `Sources` that it is in; nil: it is elsewhere.
        var room: String? {
            let parts = folder.split(separator: "/").map(String.init)
            return parts.count == 3 && parts[0] == "Sources" && parts[2] == name ? parts[1] : nil
        }
    }

    let targets: [Target]
    /// What other packages may import of this one: the targets of each product.
    let products: [String: Set<String>]

    var sources: [Target] { targets.filter { $0.room != nil } }

    func target(_ name: String) -> Target? { targets.first { $0.name == name } }

    /// All that a target uses, and what these use.
    func reach(of name: String) -> Set<String> {
        var reached: Set<String> = []
        var next = [name]
        while let name = next.popLast() {
            for used in target(name)?.targets ?? [] where reached.insert(used).inserted { next.append(used) }
        }
        return reached
    }

    static func read() throws -> Manifest {
        let object = try JSONSerialization.jsonObject(with: dumped()) as? [String: Any]
        let targets = try #require(object?["targets"] as? [[String: Any]])
        let products = try #require(object?["products"] as? [[String: Any]]).map { product in
            (try #require(product["name"] as? String), Set(try #require(product["targets"] as? [String])))
        }
        return Manifest(
            targets: try targets.map(target), products: Dictionary(products) { first, _ in first })
    }

    /// With a folder of its own for what is built, SwiftPM does not wait for whoever builds here.
    private static func dumped() throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", Repository.path, "--scratch-path",
            NSTemporaryDirectory() + "bluetap-plan-\(UUID().uuidString)", "dump-package",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "swift package dump-package has failed")
        return output
    }

    private static func target(_ object: [String: Any]) throws -> Target {
        let name = try #require(object["name"] as? String)
        let type = try #require(object["type"] as? String)
        let isTest = type == "test"
        var (targets, products): (Set<String>, Set<String>) = ([], [])
        for dependency in try #require(object["dependencies"] as? [[String: Any]]) {
            for (kind, value) in dependency {
                let used = try #require((value as? [Any])?.first as? String, "\(name): \(dependency)")
                if kind == "product" { products.insert(used) } else { targets.insert(used) }
            }
        }
        return Target(
            name: name, isTest: isTest, isExecutable: type == "executable",
            folder: object["path"] as? String ?? "\(isTest ? "Tests" : "Sources")/\(name)", targets: targets,
            products: products)
    }
}

enum Repository {
    static let path = URL(filePath: #filePath).appending(path: "../../..").standardized.path()

    static func text(_ file: String) throws -> String { try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8) }

    /// The files of a folder, and of those in it, by their paths from the repository's folder.
    static func files(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(path)/\(folder)").map { "\(folder)/\($0)" }.filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(path)/\($0)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }
}
