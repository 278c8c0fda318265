import ControlAPI
import Emulator
import Foundation
import Hummingbird
import Testing

@testable import ControlServer

@Suite("The routes of the control API")
struct RouteTests {
    /// What the page is made of, which no program asks for.
    private static let page: Set<String> = ["/", "/page.css", "/page.js", "/icon.svg"]

    private static func members(_ value: Any?, _ path: String...) -> [String: Any] {
        path.reduce(value) { ($0 as? [String: Any])?[$1] } as? [String: Any] ?? [:]
    }

    private static var document: [String: Any] {
        get throws { members(try JSONSerialization.jsonObject(with: Data(OpenAPIDocument.bytes))) }
    }

    @Test("the OpenAPI document has every route, and no other")
    func routes() throws {
        let emulator = Emulator(
            devices: [], clock: EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart))
        let router = ControlRouter(
            emulator: emulator, transport: "none", sandbox: nil, isOnNetwork: false, token: nil
        ).router
        let served = router.routes.map { ("\($0.path)", "\($0.method.rawValue)") }.filter {
            !Self.page.contains($0.0)
        }.map { "\($1) \($0)" }
        let paths = Self.members(try Self.document, "paths")
        let documented = paths.flatMap { path, methods in
            Self.members(methods).keys.map { "\($0.uppercased()) \(path)" }
        }
        #expect(served.sorted() == documented.sorted())
    }

    @Test("a problem's code has one status, and the document says so of each route")
    func codes() throws {
        let document = try Self.document
        let schema = Self.members(document, "components", "schemas", "Problem", "properties", "code")
        #expect(schema["enum"] as? [String] == ProblemCode.allCases.map(\.rawValue))
        let responses = Self.members(document, "components", "responses")
        #expect(!responses.isEmpty)
        for (name, response) in responses {
            let schema = Self.members(response, "content", "application/problem+json", "schema")
            let parts = schema["allOf"] as? [Any] ?? []
            let codes = parts.lazy.compactMap { Self.members($0, "properties", "code")["enum"] as? [String] }.first
            for code in try #require(codes, "\(name)") {
                let known = try #require(ProblemCode(rawValue: code), "\(name): \(code)")
                #expect(name.hasPrefix("\(known.status)-"), "\(name): \(code) has the status \(known.status)")
            }
        }
    }
}
