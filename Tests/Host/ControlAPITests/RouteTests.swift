import Emulator
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import ControlAPI

@Suite("The control API's routes")
struct RouteTests {
    /// What browsers ask for; the document is about what programs do.
    private static let page: Set = ["GET /", "GET /page.css", "GET /page.js", "GET /icon.svg"]

    @Test("every route is in the OpenAPI document, and nothing else is")
    func document() throws {
        let object = try JSONSerialization.jsonObject(with: Data(PackageResources.openapi_json)) as? [String: Any]
        let paths = try #require(object?["paths"] as? [String: [String: Any]])
        // A method has responses; what else stands there is about all of them.
        let documented = paths.flatMap { path, members in
            members.filter { ($0.value as? [String: Any])?["responses"] != nil }.keys.map {
                "\($0.uppercased()) \(path)"
            }
        }
        let clock = EmulatorClock(mode: .frozen, startingAt: EmulatorClock.virtualStart)
        let router = ControlRouter(
            emulator: Emulator(devices: [], clock: clock), transport: "loopback", sandbox: nil, isOnNetwork: false,
            token: nil
        ).router
        try router.validate()
        let routes = router.routes.filter { $0.method != .head }.map { route in
            let path = route.path.description.split(separator: "/").map {
                $0.hasPrefix(":") ? "{\($0.dropFirst())}" : "\($0)"
            }
            return "\(route.method) /\(path.joined(separator: "/"))"
        }
        #expect(Set(routes).subtracting(documented).sorted() == Self.page.sorted(), "not in the document")
        #expect(Set(documented).subtracting(routes).sorted() == [], "in the document alone")
        #expect(routes.count == Set(routes).count && documented.count > 60)
    }
}
