import BlueTap
import BlueTapHost
import ControlAPI
import Documents
import Emulator
import Foundation
import ProfileFiles
import SandboxServer
import Scenario
import TestSupport
import Testing

@Suite("A host", .timeLimit(.minutes(10)))
struct BlueTapHostTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "host-\(UUID().uuidString.prefix(8))")
        .path()

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private static func configuration() throws -> HostConfiguration {
        var configuration = HostConfiguration(try ProfileLibrary.profile("reference"))
        configuration.clock = .virtual
        return configuration
    }

    @Test(
        "a configuration that contradicts itself is refused, by code and with what to do",
        arguments: [
            ("the transport uhid has no device to show", .uhid, 0, nil),
            (
                "the transport gadget shows one device, not 2: choose loopback or usbip", .gadget(controller: nil), 2,
                nil
            ),
            ("there cannot be fewer than 0 devices", nil, -1, nil),
            (
                "the scenario gift has steps for a payment sandbox: give --sandbox HOST:PORT", nil, 1,
                "scenario: gift\ntimeline: [{at: 0s, deposit: {wallet: Bob, value: 300}}]"
            ),
            (
                "the socket path /tmp/a:b has a colon, which separates paths in BLUETAP_LOOPBACK",
                .loopback(socket: "/tmp/a:b"), 1, nil
            ),
        ] as [(String, HostConfiguration.Transport?, Int, String?)])
    func contradictions(
        _ reason: String, _ transport: HostConfiguration.Transport?, _ devices: Int, _ scenario: String?
    ) throws {
        var configuration = try Self.configuration()
        configuration.transport = transport
        configuration.devices = devices
        configuration.scenario = try scenario.map {
            try Scenario(Document(parsing: $0, name: "test"), vocabulary: .sandbox)
        }
        let error = #expect(throws: HostError.self) { try BlueTapHost(configuration) }
        #expect(error?.code == .configuration && error?.description == reason)
    }

    @Test("devices on sockets, a control API and a sandbox are there while it runs, and nothing of them after")
    func everything() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var configuration = try Self.configuration()
        configuration.devices = 2
        configuration.transport = .loopback(socket: "\(folder)/device.sock")
        configuration.control = HostConfiguration.Control(address: .unix(path: "\(folder)/control.sock"))
        configuration.journal = JournalOptions(path: "\(folder)/journal")
        configuration.sandbox = SandboxConfiguration()
        configuration.sandbox?.ledger = "\(folder)/ledger.db"
        try await BlueTapHost(configuration).run { [folder] ready in
            let sockets = ["\(folder)/device.sock", "\(folder)/device-2.sock"]
            #expect(ready.place == .sockets(sockets))
            for socket in sockets {
                let descriptor = try #require(connectUnixSocket(socket, type: SOCK_SEQPACKET))
                close(descriptor)
            }
            #expect(ready.control == .unix(path: "\(folder)/control.sock"))
            #expect(ready.sandbox?.hasPrefix("http://127.0.0.1:") == true)
            // What others must not read is not theirs to read.
            for file in ["control.sock", "ledger.db", "journal", "device.sock"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
            }
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sock") }
        #expect(left == [])
    }

    @Test("a device without a transport has the program that runs it for a host, and a scenario beside it")
    func inProcess() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var configuration = try Self.configuration()
        configuration.scenario = try ScenarioLibrary.scenario("happy-path")
        try await BlueTapHost(configuration).run { ready in
            #expect(ready.place == .inProcess && ready.control == nil && ready.sandbox == nil)
            let device = ready.emulator.devices[0]
            let events = try device.perform(.pay(PayCommand(.trueMoney, orderID: "A1")))
            #expect(events.map(\.kind).starts(with: ["payReceived", "linkReady", "replySent"]))
            ready.emulator.advance(by: .seconds(900))
            let report = (device.script as? ScenarioRun)?.report(device.status)
            #expect(report?.failures.isEmpty == true)
        }
    }

    private struct Enough: Error {}

    @Test("what goes wrong in it is thrown, and so is an address that cannot be used")
    func failures() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        await #expect(throws: Enough.self) {
            try await BlueTapHost(Self.configuration()).run { _ in throw Enough() }
        }
        var configuration = try Self.configuration()
        configuration.control = HostConfiguration.Control(address: .unix(path: "\(folder)/there/is/no/folder"))
        let host = try BlueTapHost(configuration)
        await #expect(throws: (any Error).self) {
            try await host.run { _ in Issue.record("it is ready") }
        }
    }
}
