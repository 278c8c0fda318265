import HID
import NIOCore
import Testing
import USBDevice

@testable import USBIPTransport

@Suite("A device in the hands of a USB/IP client")
struct USBIPSessionTests {
    private static let description = HIDDescription(
        vendorID: 0x1209, productID: 1, release: 0x0100, manufacturer: "m", product: "p", serialNumber: "s",
        // Input and output reports of 4 bytes, and a feature report of 2.
        reportDescriptor: [0x75, 8, 0x95, 4, 0x81, 2, 0x91, 2, 0x95, 2, 0xB1, 2])

    private static func submission(
        _ sequence: UInt32, in endpoint: UInt8, length: Int = 64, setup: [UInt8] = [UInt8](repeating: 0, count: 8)
    ) -> USBIPCommand {
        .submit(.init(sequence: sequence, isToHost: true, endpoint: endpoint, length: length, setup: setup, data: []))
    }

    private static func submission(
        _ sequence: UInt32, out endpoint: UInt8, _ data: [UInt8], setup: [UInt8] = [UInt8](repeating: 0, count: 8)
    ) -> USBIPCommand {
        .submit(
            .init(
                sequence: sequence, isToHost: false, endpoint: endpoint, length: data.count, setup: setup, data: data))
    }

    private static func ended(
        _ sequence: UInt32, _ ending: USBIPAnswer.Ending, _ count: Int = 0, _ data: [UInt8] = []
    ) -> USBIPSession.Action { .send(.submitted(sequence: sequence, ending, count: count, data: data)) }

    /// One whose client has set the configuration.
    private static func configured() -> USBIPSession {
        var session = USBIPSession(USBHIDDevice(description))
        #expect(
            session.receive(submission(1, out: 0, [], setup: [0, 9, 1, 0, 0, 0, 0, 0])) == [
                ended(1, .done), .attached,
            ])
        return session
    }

    @Test("an input transfer waits for a report, and a report for a transfer, in order")
    func reads() {
        var session = Self.configured()
        #expect(
            session.receive(Self.submission(7, in: 1)).isEmpty && session.receive(Self.submission(8, in: 1)).isEmpty)
        #expect(session.send([1, 2, 3, 4]) == [Self.ended(7, .done, 4, [1, 2, 3, 4])])
        #expect(session.send([5]) == [Self.ended(8, .done, 1, [5])])
        #expect(session.send([6]) == [] && session.send([7, 8]) == [])
        #expect(session.receive(Self.submission(9, in: 1)) == [Self.ended(9, .done, 1, [6])])
        // More than was asked for is an overflow, as on a bus.
        #expect(session.receive(Self.submission(10, in: 1, length: 1)) == [Self.ended(10, .overflow, 1, [7])])
        #expect(session.receive(Self.submission(11, in: 2)) == [Self.ended(11, .stall)])
    }

    @Test("what waits is bounded: reports that nobody fetches are dropped, transfers too many are refused")
    func bounds() {
        var session = Self.configured()
        for number in 0..<USBIPSession.mostReports { #expect(session.send([UInt8(number)]) == []) }
        #expect(session.send([0xFF]) == nil)
        #expect(session.end().lost.count == USBIPSession.mostReports)
        session = Self.configured()
        for number in 0..<USBIPSession.mostPending {
            #expect(session.receive(Self.submission(UInt32(number), in: 1)).isEmpty)
        }
        #expect(session.receive(Self.submission(999, in: 1)) == [Self.ended(999, .refused)])
    }

    @Test("what is taken back is not answered; what has ended already is said to have ended")
    func unlink() {
        var session = Self.configured()
        _ = session.receive(Self.submission(7, in: 1))
        _ = session.receive(Self.submission(8, in: 1))
        #expect(
            session.receive(.unlink(sequence: 20, target: 7)) == [.send(.unlinked(sequence: 20, wasCancelled: true))])
        #expect(session.send([1]) == [Self.ended(8, .done, 1, [1])])
        for target: UInt32 in [8, 7, 12345] {
            #expect(
                session.receive(.unlink(sequence: 21, target: target)) == [
                    .send(.unlinked(sequence: 21, wasCancelled: false))
                ])
        }
        // The report that came meanwhile is the next transfer's.
        #expect(session.send([2]) == [])
        #expect(session.receive(Self.submission(9, in: 1)) == [Self.ended(9, .done, 1, [2])])
    }

    @Test("an output transfer is over before the report is worked off")
    func writes() {
        var session = Self.configured()
        #expect(
            session.receive(Self.submission(5, out: 1, [9, 8])) == [Self.ended(5, .done, 2), .outputReport([9, 8])])
        #expect(session.receive(Self.submission(6, out: 2, [9])) == [Self.ended(6, .stall)])
        // As a control transfer as well.
        #expect(
            session.receive(Self.submission(7, out: 0, [1, 2, 3, 4], setup: [0x21, 9, 0, 2, 0, 0, 4, 0])) == [
                Self.ended(7, .done, 4), .outputReport([1, 2, 3, 4]),
            ])
    }

    @Test("a device that does not read leaves reports with the host, which may take them back")
    func slowReader() {
        var session = Self.configured()
        session.isReading = false
        for number: UInt32 in 5...7 {
            #expect(session.receive(Self.submission(number, out: 1, [UInt8(number)])).isEmpty)
        }
        #expect(session.receive(.unlink(sequence: 9, target: 6)) == [.send(.unlinked(sequence: 9, wasCancelled: true))])
        #expect(session.resume() == [])
        session.isReading = true
        // One that comes before those that wait are worked off, waits behind them.
        #expect(session.receive(Self.submission(8, out: 1, [8])) == [])
        #expect(
            session.resume() == [
                Self.ended(5, .done, 1), .outputReport([5]), Self.ended(7, .done, 1), .outputReport([7]),
                Self.ended(8, .done, 1), .outputReport([8]),
            ])
        #expect(session.receive(Self.submission(10, out: 1, [10])).count == 2)
    }

    @Test("a device that did not read when its client went reads the next one's reports")
    func slowReaderOfNobody() {
        var session = Self.configured()
        session.isReading = false
        _ = session.receive(Self.submission(5, out: 1, [5]))
        _ = session.end()
        _ = session.receive(Self.submission(1, out: 0, [], setup: [0, 9, 1, 0, 0, 0, 0, 0]))
        #expect(session.receive(Self.submission(2, out: 1, [2])) == [Self.ended(2, .done, 1), .outputReport([2])])
    }

    @Test(
        "a reset in mid-transfer ends what waits at the endpoints, and what the device has said before is lost",
        arguments: [
            ("configuration 0", [0, 9, 0, 0, 0, 0, 0, 0], .detached),
            ("configuration 1 anew", [0, 9, 1, 0, 0, 0, 0, 0], nil),
            ("a port reset", [0x23, 3, 4, 0, 1, 0, 0, 0], .detached),
            ("alternate setting 0", [1, 11, 0, 0, 0, 0, 0, 0], nil),
        ] as [(String, [UInt8], USBIPSession.Action?)])
    func reset(name: String, setup: [UInt8], consequence: USBIPSession.Action?) {
        var session = Self.configured()
        session.isReading = false
        for command in [
            Self.submission(7, in: 1), Self.submission(8, in: 1), Self.submission(9, out: 1, [9]),
        ] { #expect(session.receive(command) == []) }
        let done = [Self.ended(10, .done)] + [consequence].compactMap(\.self)
        #expect(
            session.receive(Self.submission(10, out: 0, [], setup: setup)) == [
                Self.ended(7, .shutdown), Self.ended(8, .shutdown), Self.ended(9, .shutdown),
            ] + done)
        // They have ended: whoever takes them back hears so, and nothing answers them again.
        #expect(
            session.receive(.unlink(sequence: 11, target: 7)) == [.send(.unlinked(sequence: 11, wasCancelled: false))])
        session.isReading = true
        #expect(session.resume() == [])
        session = Self.configured()
        #expect(session.send([1]) == [] && session.send([2]) == [])
        #expect(
            session.receive(Self.submission(10, out: 0, [], setup: setup)) == [.lost([1]), .lost([2])] + done)
        _ = session.receive(Self.submission(11, out: 0, [], setup: [0, 9, 1, 0, 0, 0, 0, 0]))
        #expect(session.receive(Self.submission(12, in: 1)) == [])
        #expect(session.send([3]) == [Self.ended(12, .done, 1, [3])])
    }

    @Test("halting the IN endpoint stalls the transfers that wait there; reports wait until it is cleared")
    func haltIn() {
        var session = Self.configured()
        #expect(session.receive(Self.submission(7, in: 1)) == [] && session.receive(Self.submission(8, in: 1)) == [])
        #expect(
            session.receive(Self.submission(9, out: 0, [], setup: [2, 3, 0, 0, 0x81, 0, 0, 0])) == [
                Self.ended(7, .stall), Self.ended(8, .stall), Self.ended(9, .done),
            ])
        #expect(session.send([1]) == [] && session.send([2]) == [])
        #expect(session.receive(Self.submission(10, in: 1)) == [Self.ended(10, .stall)])
        // The other one goes on.
        #expect(session.receive(Self.submission(11, out: 1, [1])).count == 2)
        #expect(
            session.receive(Self.submission(12, out: 0, [], setup: [2, 1, 0, 0, 0x81, 0, 0, 0])) == [
                Self.ended(12, .done)
            ])
        #expect(session.receive(Self.submission(13, in: 1)) == [Self.ended(13, .done, 1, [1])])
        #expect(session.receive(Self.submission(14, in: 1)) == [Self.ended(14, .done, 1, [2])])
    }

    @Test("halting the OUT endpoint stalls the reports that the device has not read")
    func haltOut() {
        var session = Self.configured()
        session.isReading = false
        #expect(
            session.receive(Self.submission(7, in: 1)) == [] && session.receive(Self.submission(8, out: 1, [8])) == [])
        #expect(
            session.receive(Self.submission(9, out: 0, [], setup: [2, 3, 0, 0, 1, 0, 0, 0])) == [
                Self.ended(8, .stall), Self.ended(9, .done),
            ])
        #expect(session.send([1]) == [Self.ended(7, .done, 1, [1])])
    }

    @Test("an endpoint that halts stalls what waits and what comes, until the host clears it")
    func stall() {
        var session = Self.configured()
        session.isReading = false
        _ = session.receive(Self.submission(5, out: 1, [1]))
        #expect(session.stall() == [Self.ended(5, .stall)])
        session.isReading = true
        #expect(session.receive(Self.submission(6, out: 1, [1])) == [Self.ended(6, .stall)])
        _ = session.receive(Self.submission(7, out: 0, [], setup: [2, 1, 0, 0, 1, 0, 0, 0]))
        #expect(session.receive(Self.submission(8, out: 1, [1])).count == 2)
    }

    @Test("reports that are asked for by a control transfer are the function's to answer")
    func questions() throws {
        var session = Self.configured()
        let question = USBIPSession.Question(sequence: 5, length: 2)
        #expect(
            session.receive(Self.submission(5, in: 0, length: 2, setup: [0xA1, 1, 0, 3, 0, 0, 2, 0])) == [
                .getReport(.feature, id: 0, for: question)
            ])
        #expect(session.answer(question, with: [1, 2, 3]) == Self.ended(5, .done, 2, [1, 2]))
        #expect(session.answer(question, with: nil) == Self.ended(5, .stall))
        #expect(
            session.receive(Self.submission(6, out: 0, [7, 8], setup: [0x21, 9, 0, 3, 0, 0, 2, 0])) == [
                .setFeatureReport([7, 8], for: USBIPSession.Question(sequence: 6, length: 2))
            ])
        #expect(session.answer(question, wasTaken: false) == Self.ended(5, .stall))
        // An output report is the host's own.
        #expect(
            session.receive(Self.submission(6, in: 0, length: 4, setup: [0xA1, 1, 0, 2, 0, 0, 4, 0])) == [
                Self.ended(6, .stall)
            ])
        // A direction that is not the SETUP packet's.
        #expect(
            session.receive(Self.submission(7, out: 0, [], setup: [0x80, 6, 0, 1, 0, 0, 8, 0])) == [
                Self.ended(7, .stall)
            ])
    }

    @Test("before it is configured and after its end nothing crosses its interrupt endpoints")
    func unconfigured() {
        var session = USBIPSession(USBHIDDevice(Self.description))
        #expect(session.send([1]) == nil)
        #expect(session.receive(Self.submission(2, in: 1)) == [Self.ended(2, .stall)])
        session = Self.configured()
        _ = session.send([1])
        let ending = session.end()
        #expect(ending.lost == [[1]] && ending.wasAttached)
        #expect(session.send([1]) == nil && session.end().lost.isEmpty)
    }
}

@Suite("What crosses a USB/IP connection")
struct USBIPMessageTests {
    private func buffer(_ words: [UInt32], _ rest: [UInt8] = []) -> ByteBuffer {
        var buffer = ByteBuffer()
        for word in words { buffer.writeInteger(word) }
        buffer.writeBytes(rest)
        return buffer
    }

    private func hex(_ answer: USBIPAnswer) -> String {
        var buffer = ByteBuffer()
        answer.write(to: &buffer)
        return buffer.readableBytesView.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("commands are read, whole or in parts")
    func commands() throws {
        let setup: [UInt8] = [0x80, 6, 0, 1, 0, 0, 18, 0]
        // Command, sequence, device, direction, endpoint; flags, length, start frame, packets, interval; SETUP.
        let control: [UInt32] = [1, 0xDEAD_BEEF, 0x10002, 1, 0, 0x200, 18, 0, .max, 0]
        var whole = buffer(control, setup)
        let bytes = Array(whole.readableBytesView)
        let expected = USBIPCommand.submit(
            .init(sequence: 0xDEAD_BEEF, isToHost: true, endpoint: 0, length: 18, setup: setup, data: []))
        #expect(try USBIPCommand.read(from: &whole) == expected && whole.readableBytes == 0)
        for count in 0..<bytes.count {
            var part = ByteBuffer(bytes: bytes.prefix(count))
            #expect(try USBIPCommand.read(from: &part) == nil && part.readableBytes == count)
        }
        // A transfer to the device, with the beginning of the next command behind it.
        var output = buffer([1, 2, 0, 0, 1, 0, 3, 0, 0, 4, 0, 0], [7, 8, 9, 0xFF])
        guard case .submit(let submission)? = try USBIPCommand.read(from: &output) else {
            Issue.record("no submission")
            return
        }
        #expect(submission.data == [7, 8, 9] && submission.sequence == 2 && output.readableBytes == 1)
        var unlink = buffer([2, 5, 0x10002, 0, 0, 4, 0, 0, 0, 0, 0, 0])
        #expect(try USBIPCommand.read(from: &unlink) == .unlink(sequence: 5, target: 4))
    }

    @Test("answers are as Linux reads them, and what means nothing is zero")
    func answers() {
        #expect(
            hex(.submitted(sequence: 0x0102_0304, .done, count: 2, data: [0xAA, 0xBB]))
                == "0000000301020304" + String(repeating: "0", count: 24) + "0000000000000002"
                + String(repeating: "0", count: 40) + "aabb")
        #expect(
            hex(.submitted(sequence: 1, .stall, count: 0, data: []))
                == "0000000300000001" + String(repeating: "0", count: 24) + "ffffffe000000000"
                + String(repeating: "0", count: 40))
        #expect(
            hex(.unlinked(sequence: 9, wasCancelled: true))
                == "0000000400000009" + String(repeating: "0", count: 24) + "ffffff98"
                + String(repeating: "0", count: 48))
        #expect(hex(.unlinked(sequence: 9, wasCancelled: false)).dropFirst(40).allSatisfy { $0 == "0" })
    }

    @Test(
        "what no client sends is refused with the reason",
        arguments: [
            ([3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "no USB/IP command 0x3"),
            ([1, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0], "no endpoint 0 in direction 2"),
            ([1, 1, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0], "no endpoint 16"),
            ([1, 1, 0, 0, 1, 0, .max, 0, 0, 0, 0, 0], "4294967295 bytes is longer"),
            ([1, 1, 0, 1, 1, 0, 0x10001, 0, 0, 0, 0, 0], "65537 bytes is longer"),
            ([1, 1, 0, 1, 1, 0, 64, 0, 8, 0, 0, 0], "no isochronous endpoint"),
        ] as [([UInt32], String)])
    func refused(words: [UInt32], reason: String) {
        var buffer = buffer(words)
        let error = #expect(throws: USBIPError.self) { try USBIPCommand.read(from: &buffer) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("operations are read, and those of other versions refused")
    func operations() throws {
        var list = buffer([0x0111_8005, 0])
        #expect(try USBIPOperation.read(from: &list) == .listDevices)
        var importing = buffer([0x0111_8003, 0], Array("1-1".utf8) + [UInt8](repeating: 0, count: 29))
        #expect(try USBIPOperation.read(from: &importing) == .importDevice(busID: "1-1"))
        // As long as a bus id may be, without a zero, and no UTF-8.
        var odd = buffer([0x0111_8003, 0], [UInt8](repeating: 0xFF, count: 32))
        guard case .importDevice? = try USBIPOperation.read(from: &odd) else {
            Issue.record("no import")
            return
        }
        for words: [UInt32] in [[0x0106_8005, 0], [0x0111_8001, 0], [0x4745_5420, 0x2F20_4854]] {
            var buffer = buffer(words)
            #expect(throws: USBIPError.self) { try USBIPOperation.read(from: &buffer) }
        }
        var short = buffer([0x0111_8003, 0], [1, 2])
        #expect(try USBIPOperation.read(from: &short) == nil && short.readableBytes == 10)
    }
}
