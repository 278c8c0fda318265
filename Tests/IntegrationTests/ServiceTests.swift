import Glibc
import Testing

/// The other end of systemd's NOTIFY_SOCKET.
private final class Supervisor: @unchecked Sendable {
    // Read by one test, hence the unchecked Sendable.
    private let descriptor: CInt
    private(set) var messages: [String] = []

    /// - Parameter name: a path, or @ and a name in the abstract name space.
    init(_ name: String) throws {
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: bytes[0] == UInt8(ascii: "@") ? [0] + bytes.dropFirst() : bytes)
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(status == 0)
    }

    deinit { close(descriptor) }

    /// What has come so far.
    func receive() -> [String] {
        var message = [UInt8](repeating: 0, count: 256)
        while case let count = recv(descriptor, &message, message.count, 0), count >= 0 {
            messages.append(String(decoding: message[..<count], as: UTF8.self))
        }
        return messages
    }
}

@Suite("Under a service manager", .timeLimit(.minutes(10)))
struct ServiceTests {
    @Test("serve says that it is ready, gives signs of life, and says that it stops", arguments: [false, true])
    func notifies(isAbstract: Bool) async throws {
        let folder = try Folder()
        let name = isAbstract ? "@bluetap\(folder.path)" : folder.file("notify")
        let supervisor = try Supervisor(name)
        let ended = try await Serving.start(
            in: folder, environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "100000"]
        ) { _ in
            try await eventually("two signs of life") {
                supervisor.receive().filter { $0 == "WATCHDOG=1" }.count >= 2
            }
        }
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
        let messages = supervisor.receive()
        #expect(messages.first == "READY=1" && messages.last == "STOPPING=1", "\(messages)")
        #expect(Set(messages) == ["READY=1", "WATCHDOG=1", "STOPPING=1"])
    }

    @Test("signs of life are for the process that the manager means")
    func otherProcess() async throws {
        let folder = try Folder()
        let supervisor = try Supervisor(folder.file("notify"))
        try await Serving.start(
            in: folder,
            environment: ["NOTIFY_SOCKET": folder.file("notify"), "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"]
        ) { device in
            try await eventually("ready") { supervisor.receive().contains("READY=1") }
            // Programs come and go for many times half a millisecond, in which there would be signs of life.
            for _ in 0..<5 { _ = try await device.eventKinds() }
            let messages = supervisor.receive()
            #expect(messages == ["READY=1"])
            // One that does not stop to give signs of life would wait for somebody who reads them.
            if messages.count > 1 { device.send(SIGKILL) }
        }
        #expect(supervisor.receive() == ["READY=1", "STOPPING=1"])
    }
}

@Suite("What this machine can do", .timeLimit(.minutes(10)))
struct DoctorTests {
    @Test("doctor looks at every transport; one that is named decides the status")
    func doctor() async throws {
        let all = try await Program.bluetap("doctor")
        #expect(all.status == 0 && all.errors.isEmpty, "\(all)")
        #expect(all.lines.map { $0.prefix { $0 != " " } } == ["loopback", "uhid", "gadget", "usbip"])
        #expect(all.lines[0].contains("works: for programs that `bluetap run` starts"))

        let json = try members(try await Program.bluetap("doctor", "--json").output)
        let transports = try #require(json["transports"] as? [[String: any Sendable]])
        #expect(transports.count == 4)
        for transport in transports {
            let name = try #require(transport["transport"] as? String)
            let works = try #require(transport["works"] as? Bool)
            #expect((transport["detail"] != nil) == works && (transport["problem"] != nil) == !works)
            #expect(try await Program.bluetap("doctor", name).status == (works ? 0 : 1))
        }
    }

    @Test("a drop-in that is missing is said")
    func missingDropIn() async throws {
        let doctor = try await Program.bluetap("doctor", "loopback", environment: ["BLUETAP_HIDAPI": "/nowhere.so"])
        #expect(doctor.status == 1)
        #expect(doctor.output.contains("BLUETAP_HIDAPI names /nowhere.so, which cannot be read"), "\(doctor)")
    }

    @Test(
        "options of one transport are wrong usage with another",
        arguments: [
            ["--udc", "a"], ["--listen", "127.0.0.1:1"], ["--transport", "usbip", "--listen", "unix:/tmp/x"],
            ["--transport", "uhid", "--udc", "a"], ["--transport", "gadget", "--socket", "a"],
        ])
    func wrongUsage(options: [String]) async throws {
        for command in [["serve"], ["run"]] {
            let ran = try await Program.run(
                Program.bluetap, command + options + (command == ["run"] ? ["--", "true"] : []))
            #expect(ran.status == 64 && ran.errors.split(separator: "\n").count == 1, "\(ran)")
        }
    }
}
