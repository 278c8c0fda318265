import Foundation
import Testing

@Suite("The plan of the house")
struct PlanTests {
    /// From the top to the bottom: a room uses those above it, never those below.
    private static let rooms = ["Foundations", "Device", "Transports", "Sessions", "Sandbox", "Host", "Command"]
    /// Targets of `Tests` that are named for no target of `Sources`.
    private static let testsOfTheWhole: Set = ["IntegrationTests", "PlanTests", "TestSupport"]

    private let manifest: Manifest

    // SwiftPM is asked once.
    private static let read = Result { try Manifest.read() }

    init() throws {
        manifest = try Self.read.get()
    }

    @Test("CONTRIBUTING.md draws each target in its room, with what it owns and uses, and nothing else")
    func drawn() throws {
        let drawing = try Drawing()
        #expect(drawing.rooms.map(\.name) == Self.rooms)
        for room in drawing.rooms {
            let targets = manifest.sources.filter { $0.room == room.name }
            #expect(!targets.isEmpty, "\(room.name) is empty")
            #expect(Set(room.rows.map(\.target)).count == room.rows.count, "\(room.name) has a target twice")
            for row in room.rows {
                #expect(!row.owns.isEmpty, "\(row.target) owns nothing")
                #expect(
                    targets.contains { $0.name == row.target },
                    "CONTRIBUTING.md draws \(row.target) in \(room.name), and Package.swift has none there")
            }
            for target in targets {
                let uses = target.targets.sorted().map { "`\($0)`" }.joined(separator: ", ")
                let row = room.rows.first { $0.target == target.name }
                #expect(
                    row?.uses == target.targets,
                    "CONTRIBUTING.md needs a row in \(room.name): | `\(target.name)` | \(row?.owns ?? "…") | \(uses) |")
            }
        }
    }

    @Test("each target lies in its room's folder, and each test where the target is that it is named for")
    func folders() {
        for target in manifest.targets where !Self.testsOfTheWhole.contains(target.name) {
            if target.isTest {
                let subject = manifest.target(String(target.name.dropLast("Tests".count)))
                #expect(target.name.hasSuffix("Tests") && subject != nil, "\(target.name) is named for no target")
                #expect(
                    target.folder == "Tests/\(subject?.room ?? "")/\(target.name)",
                    "\(target.name) lies in \(target.folder)")
            } else {
                #expect(
                    target.room.map(Self.rooms.contains) == true, "\(target.name) lies in \(target.folder), in no room")
            }
        }
        for name in Self.testsOfTheWhole { #expect(manifest.target(name)?.folder == "Tests/\(name)") }
    }

    @Test("no arrow runs up: what a target uses is in its own room or in one above")
    func arrows() throws {
        for target in manifest.sources {
            let place = try #require(Self.rooms.firstIndex(of: target.room ?? ""))
            for name in target.targets.sorted() {
                let used = try #require(manifest.target(name)?.room, "\(target.name) uses \(name)")
                #expect(
                    Self.rooms[...place].contains(used),
                    "\(target.name) in \(Self.rooms[place]) uses \(name), which is in \(used)")
            }
        }
    }

    @Test("transports do not know each other")
    func transports() {
        let transports = manifest.sources.filter { $0.room == "Transports" && $0.name.hasSuffix("Transport") }
        #expect(transports.count >= 4)
        for transport in transports {
            let others = manifest.reach(of: transport.name).filter { $0.hasSuffix("Transport") }
            #expect(others.isEmpty, "\(transport.name) reaches \(others.sorted())")
        }
    }

    /// What comes with the toolchain, which nobody declares.
    private static let toolchain: Set = [
        "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Testing",
    ]

    @Test("a target declares what it imports, and no more: also what it would get by way of another")
    func imports() throws {
        for target in manifest.targets {
            let files = try Repository.files(in: target.folder).filter { $0.hasSuffix(".swift") }
            if files.isEmpty { continue }
            let imported = try Self.imported(by: files)
            // A program that is only run is declared so that it is built.
            let programs = target.targets.filter { manifest.target($0)?.isExecutable == true }
            let declared = target.targets.union(target.products)
            let undeclared = imported.subtracting(Self.toolchain).subtracting(declared)
            #expect(undeclared.isEmpty, "\(target.name) imports and does not declare \(undeclared.sorted())")
            let unused = declared.subtracting(imported).subtracting(programs)
            #expect(unused.isEmpty, "\(target.name) declares and does not import \(unused.sorted())")
        }
    }

    // Built in this package's folder it finds the modules of all targets, whether they are in a product or not.
    @Test("the package outside imports what its products have, and nothing else of this one")
    func outside() throws {
        let files = try Repository.files(in: "Tests/outside/Sources").filter { $0.hasSuffix(".swift") }
        let imported = try Self.imported(by: files).subtracting(Self.toolchain)
        let declared = try Repository.text("Tests/outside/Package.swift")
            .matches(of: /\.product\(name: "(\w+)", package: "bluetap"\)/).map { String($0.output.1) }
        #expect(!imported.isEmpty && !declared.isEmpty)
        for name in declared { #expect(manifest.products[name] != nil, "there is no product \(name)") }
        let offered = declared.reduce(into: Set<String>()) { $0.formUnion(manifest.products[$1] ?? []) }
        let missing = imported.subtracting(offered)
        #expect(missing.isEmpty, "no product that it declares has \(missing.sorted())")
    }

    private static func imported(by files: [String]) throws -> Set<String> {
        var imported: Set<String> = []
        for file in files {
            for match in try Repository.text(file).matches(of: importLine) { imported.insert(String(match.output.1)) }
        }
        return imported
    }

    nonisolated(unsafe) private static let importLine =
        /(?:^|\n) *(?:@[a-z_]+ )?(?:(?:public|package|internal|fileprivate|private) )?import (?:(?:struct|class|enum|protocol|func|var|let|typealias) )?(\w+)[\w.]*(?=\n)/

    @Test("above the sandbox's room nobody has heard of it")
    func sandboxWord() throws {
        for room in Self.rooms.prefix(while: { $0 != "Sandbox" }) {
            let files = try Repository.files(in: "Sources/\(room)")
            #expect(!files.isEmpty)
            for file in files {
                let lines = try Repository.text(file).split(separator: "\n", omittingEmptySubsequences: false)
                let places = lines.indices.filter { lines[$0].lowercased().contains("sandbox") }.map { $0 + 1 }
                #expect(places.isEmpty && !file.lowercased().contains("sandbox"), "\(file): lines \(places)")
            }
        }
    }
}
