import Essentials
import Glibc
import HID
import LinuxIO
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import USBIPTransport

@Suite("A USB/IP client's connection")
struct USBIPConnectionTests {
    private let function = TestFunction()
    private let log = TestLog()
    private let transport: USBIPTransport

    init() {
        transport = USBIPTransport(
            [.init(description: TestFunction.description, function: function)], host: "127.0.0.1", port: 0,
            logger: log.logger)
    }

    // MARK: Cable

    @Test("a device whose cable was pulled while it did not read, reads its next host")
    func slowReaderUnplugged() throws {
        let first = try TestClient(of: transport)
        try first.attach()
        function.cable.setReading(false)
        try first.submit(out: 1, [1])
        #expect(try first.answers() == [])
        function.cable.unplug()
        _ = function.cable.plug()
        first.channel.embeddedEventLoop.run()
        let second = try TestClient(of: transport)
        try second.attach()
        _ = function.takeTold()
        try second.submit(out: 1, [2])
        #expect(try second.answers() == ["2: 0, 1"])
        #expect(function.takeTold() == ["report [2]"])
    }

    @Test("a device reads again although its host went at that moment")
    func resumedForNobody() throws {
        let first = try TestClient(of: transport)
        try first.attach()
        function.cable.setReading(false)
        // What it does to its connection, happens in the connection's next turn; by then there is none.
        function.cable.setReading(true)
        function.cable.setReading(false)
        first.channel.close(promise: nil)
        first.channel.embeddedEventLoop.run()
        let second = try TestClient(of: transport)
        try second.attach()
        try second.submit(out: 1, [2])
        #expect(try second.answers() == ["2: 0, 1"])
        // Without a host as well.
        second.channel.close(promise: nil)
        function.cable.setReading(false)
        function.cable.setReading(true)
        let third = try TestClient(of: transport)
        try third.attach()
        try third.submit(out: 1, [3])
        #expect(try third.answers() == ["2: 0, 1"])
    }

    @Test("what was said before the cable was pulled has been sent; what no transfer waited for is lost")
    func unplugAfterReply() throws {
        let client = try TestClient(of: transport)
        try client.attach()
        _ = function.takeTold()
        try client.submit(in: 1)
        function.react { cable in
            #expect(cable.sendInputReport([1, 2, 3, 4]) == .sent && cable.sendInputReport([5]) == .sent)
            cable.unplug()
        }
        try client.submit(out: 1, [9])
        #expect(try client.answers() == ["3: 0, 1", "2: 0, [1, 2, 3, 4]"])
        #expect(!client.channel.isActive)
        client.channel.embeddedEventLoop.run()
        #expect(function.takeTold() == ["report [9]", "lost [5]: the host has gone"])
    }

    @Test(
        "an answer for a client that has gone does not reach the next one",
        arguments: [[0xA1, 1, 0, 3, 0, 0, 2, 0], [0x21, 9, 0, 3, 0, 0, 2, 0]] as [[UInt8]])
    func staleAnswer(setup: [UInt8]) throws {
        let first = try TestClient(of: transport)
        try first.attach()
        let second = try TestClient(of: transport, port: 50_001)
        nonisolated(unsafe) let next = second
        function.react { cable in
            cable.unplug()
            _ = cable.plug()
            #expect((try? next.importDevice()) == 0)
        }
        if setup[0] & 0x80 != 0 {
            try first.submit(in: 0, length: 2, setup: setup)
        } else {
            try first.submit(out: 0, [1, 2], setup: setup)
        }
        first.channel.embeddedEventLoop.run()
        second.channel.embeddedEventLoop.run()
        #expect(try second.answers() == [])
        try second.submit(out: 0, setup: [0, 9, 1, 0, 0, 0, 0, 0])
        #expect(try second.answers() == ["1: 0, 0"])
    }

    @Test("what one client is sent does not go to another in whose turn it is")
    func ownTurn() throws {
        let first = try TestClient(of: transport)
        try first.attach()
        try first.submit(in: 1)
        #expect(function.cable.sendInputReport([1]) == .sent)
        function.cable.unplug()
        _ = function.cable.plug()
        let second = try TestClient(of: transport, port: 50_001)
        try second.attach()
        try second.submit(in: 1)
        #expect(function.cable.sendInputReport([2]) == .sent)
        // Its turn, of which the client has gone.
        first.channel.embeddedEventLoop.run()
        #expect(try first.answers() == ["2: 0, [1]"])
        second.channel.embeddedEventLoop.run()
        #expect(try second.answers() == ["2: 0, [2]"])
    }

    @Test("a reset in mid-transfer loses the reports that nobody has fetched, and the device is told")
    func reset() throws {
        let client = try TestClient(of: transport)
        try client.attach()
        #expect(function.cable.sendInputReport([1]) == .sent)
        _ = function.takeTold()
        try client.submit(out: 0, setup: [0x23, 3, 4, 0, 1, 0, 0, 0])
        #expect(function.takeTold() == ["lost [1]: the host has set the device up anew", "detached"])
        try client.submit(out: 0, setup: [0, 9, 1, 0, 0, 0, 0, 0])
        try client.submit(in: 1)
        #expect(try client.answers() == ["2: 0, 0", "3: 0, 0"])
        try client.submit(out: 0, setup: [0, 9, 1, 0, 0, 0, 0, 0])
        #expect(try client.answers() == ["4: -108, []", "5: 0, 0"])
    }

    @Test("an endpoint that the device halts itself stalls what waits there, at once")
    func stall() throws {
        let client = try TestClient(of: transport)
        try client.attach()
        function.cable.setReading(false)
        try client.submit(out: 1, [1])
        function.cable.stall()
        try client.submit(out: 1, [2])
        #expect(try client.answers() == ["2: -32, 0", "3: -32, 0"])
    }

    // MARK: Hostile and unlucky clients

    @Test("who is refused a device, and why, is logged")
    func refused() throws {
        let holder = try TestClient(of: transport, port: 50_001)
        #expect(try holder.importDevice() == 0)
        for (busID, status) in [("1-1", 2), ("1-\u{1B}[31m", 4)] as [(String, UInt32)] {
            let client = try TestClient(of: transport, port: 50_002)
            #expect(try client.importDevice(busID) == status)
            #expect(!client.channel.isActive)
        }
        function.cable.unplug()
        #expect(try TestClient(of: transport, port: 50_003).importDevice() == 4)
        #expect(
            log.lines == [
                "info imported address=192.0.2.1:50001 device=1-1",
                "warning a USB/IP client does not get the device address=192.0.2.1:50002 device=\"1-1\" reason=192.0.2.1:50001 has it",
                "warning a USB/IP client does not get the device address=192.0.2.1:50002 device=\"1-\\u{1B}[31m\" reason=there is none of this bus id",
                "info detached device=1-1",
                "warning a USB/IP client does not get the device address=192.0.2.1:50003 device=\"1-1\" reason=its cable is unplugged",
            ])
    }

    @Test("who speaks another protocol is turned away, and logged")
    func turnedAway() throws {
        let client = try TestClient(of: transport)
        try client.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        #expect(!client.channel.isActive)
        #expect(
            log.lines == [
                "warning a USB/IP client is turned away address=192.0.2.1:50000 reason=the client speaks version 0x4745 of USB/IP, not 0x111"
            ])
    }

    @Test("who takes no device in time is turned away, and logged; who has one may be silent")
    func silent() throws {
        let holder = try TestClient(of: transport)
        #expect(try holder.importDevice() == 0)
        let silent = try TestClient(of: transport, port: 50_001)
        for client in [holder, silent] { client.channel.embeddedEventLoop.advanceTime(by: .seconds(9)) }
        #expect(silent.channel.isActive)
        for client in [holder, silent] { client.channel.embeddedEventLoop.advanceTime(by: .seconds(1)) }
        #expect(!silent.channel.isActive && holder.channel.isActive)
        #expect(
            log.lines.last
                == "warning a USB/IP client is turned away address=192.0.2.1:50001 reason=it took no device within 10 s"
        )
    }

    @Test("a client whose connection breaks is logged where it had a device, but not one that was killed")
    func vanished() throws {
        for (code, isVanished) in [(ETIMEDOUT, true), (ECONNRESET, false), (EPIPE, false)] {
            let client = try TestClient(of: transport)
            #expect(try client.importDevice() == 0)
            client.channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "read"))
            #expect(!client.channel.isActive)
            let line =
                "warning a USB/IP client has vanished address=192.0.2.1:50000 device=1-1 reason=Connection timed out"
            #expect(
                log.lines.suffix(2) == [
                    isVanished ? line : "info imported address=192.0.2.1:50000 device=1-1", "info detached device=1-1",
                ])
        }
    }

    @Test("a client may ask one thing: what else it asks for is not answered")
    func once() throws {
        let client = try TestClient(of: transport)
        let list: [UInt8] = [0x01, 0x11, 0x80, 0x05, 0, 0, 0, 0]
        try client.send([[UInt8]](repeating: list, count: 10_000).flatMap(\.self))
        var size = 0
        while let part = try client.channel.readOutbound(as: ByteBuffer.self) { size += part.readableBytes }
        #expect(size == 12 + 312 + 4)
    }

    @Test("of what is logged there is so much a minute, and what is left out is counted")
    func lineBudget() {
        var budget = LineBudget()
        var now = NIODeadline.uptimeNanoseconds(1)
        for _ in 0..<LineBudget.linesPerMinute { #expect(budget.admit(at: now) == 0) }
        now = now + .seconds(59)
        for _ in 0..<7 { #expect(budget.admit(at: now) == nil) }
        now = now + .seconds(1)
        #expect(budget.admit(at: now) == 7 && budget.admit(at: now) == 0 && budget.leftOut == 0)
    }

    @Test("a flood of one sort of client does not hide the others, and is summed up at the end")
    func flood() throws {
        for _ in 0..<LineBudget.linesPerMinute + 5 {
            try TestClient(of: transport).send([0, 0, 0, 0])
        }
        #expect(log.lines.count == LineBudget.linesPerMinute)
        #expect(try TestClient(of: transport).importDevice("9-9") == 4)
        #expect(log.lines.last?.contains("there is none of this bus id") == true)
        transport.log.finish()
        #expect(log.lines.last == "warning a USB/IP client is turned away leftOut=5")
    }
}

@Suite("A USB/IP server on the network", .timeLimit(.minutes(2)))
struct USBIPServerTests {
    private static func transport(
        _ devices: [TestFunction] = [], host: String = "127.0.0.1", port: Int = 0, log: TestLog = TestLog()
    ) -> USBIPTransport {
        USBIPTransport(
            devices.map { .init(description: TestFunction.description, function: $0) }, host: host, port: port,
            logger: log.logger)
    }

    /// Runs a server while `body` gets its port.
    private static func serve(
        _ transport: USBIPTransport, _ body: @Sendable @escaping (Int) throws -> Void
    ) async throws {
        try transport.open()
        let port = try #require(transport.address?.split(separator: ":").last.flatMap { Int($0) })
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await transport.run() }
            defer { group.cancelAll() }
            await IOThread.run { #expect(throws: Never.self) { try body(port) } }
        }
    }

    @Test("whoever vanishes without a word, as by a cable that is cut, is noticed within seconds")
    func keepsAlive() async throws {
        try await Self.serve(Self.transport([TestFunction()])) { port in
            let client = try TestSocket(port: port)
            try client.send(
                [0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0] + Array("1-1".utf8) + [UInt8](repeating: 0, count: 29))
            #expect(try client.read(320).prefix(8) == [0x01, 0x11, 0, 3, 0, 0, 0, 0])
            let accepted = try #require(client.otherEnd)
            #expect(TestSocket.option(SO_KEEPALIVE, at: SOL_SOCKET, of: accepted) == 1)
            #expect(TestSocket.option(TCP_KEEPIDLE, of: accepted) == 5)
            #expect(TestSocket.option(TCP_KEEPINTVL, of: accepted) == 5)
            #expect(TestSocket.option(TCP_KEEPCNT, of: accepted) == 3)
            #expect(TestSocket.option(TCP_USER_TIMEOUT, of: accepted) == 20_000)
            #expect(TestSocket.option(TCP_NODELAY, of: accepted) == 1)
        }
    }

    @Test("an address that cannot be listened on is one line with the reason and a remedy")
    func addresses() async throws {
        try await Self.serve(Self.transport()) { port in
            for (host, port, message) in [
                (
                    "127.0.0.1", port,
                    "127.0.0.1:\(port): Address already in use: stop who listens there (usbipd, or another bluetap), or give another --listen HOST:PORT"
                ),
                (
                    "192.0.2.1", 3240,
                    "192.0.2.1:3240: Cannot assign requested address: give --listen an address that this machine has: 127.0.0.1:3240, or 0.0.0.0:3240 for all of them"
                ),
                (
                    "no-such-host.invalid", 3240,
                    "no-such-host.invalid:3240: there is no address of that name: give --listen an address of this machine, as 127.0.0.1:3240, or a name that has one"
                ),
            ] {
                let error = #expect(throws: TransportError.self) { try Self.transport(host: host, port: port).open() }
                #expect(error?.description == "USB/IP clients cannot be listened for at " + message)
            }
        }
        #expect(
            USBIPTransport.failure(IOError(errnoCode: EACCES, reason: "bind"), host: "::1", port: 80).description
                == "USB/IP clients cannot be listened for at [::1]:80: Permission denied: ports below 1024 are root's: give --listen a higher one, as [::1]:3240"
        )
    }
}
