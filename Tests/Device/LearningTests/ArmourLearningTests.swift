import BlueTap
import Testing
import WireFormat

@testable import Learning

/// A made-up device whose messages have a layer around them. The layers are written here by hand, apart from the codec.
private enum ArmouredTill {
    /// 'P' or 'C', a count that goes up, the method's code, the amount in cents, the expiry, an order of 16 bytes.
    static func message(_ command: Command, _ count: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [0x21, count]
        if case .pay(let pay) = command {
            bytes.append(UInt8((PaymentMethod.allCases.firstIndex { $0.rawValue == pay.paymentMethod } ?? 0) + 1))
            let cents = UInt32((Double(pay.amount ?? "0") ?? 0) * 100 + 0.5)
            let expiry = UInt32(pay.expiryTime ?? 0)
            bytes += [24, 16, 8, 0 as UInt32].map { UInt8(cents >> $0 & 0xFF) }
            bytes += [24, 16, 8, 0 as UInt32].map { UInt8(expiry >> $0 & 0xFF) }
        } else {
            bytes[0] = 0x22
        }
        let order = Array((command.orderID ?? "").utf8)
        return bytes + order + [UInt8](repeating: 0, count: 16 - order.count)
    }

    /// CRC-16/XMODEM, bit by bit.
    static func checked(_ bytes: [UInt8]) -> [UInt8] {
        var crc: UInt16 = 0
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
        }
        return bytes + [UInt8(crc >> 8), UInt8(crc & 0xFF)]
    }

    static func stuffed(_ bytes: [UInt8], _ escape: UInt8, _ codes: [UInt8: UInt8]) -> [UInt8] {
        bytes.flatMap { byte in codes[byte].map { [escape, $0] } ?? [byte] }
    }

    static func samples(seed: UInt64, count: Int = 20, _ armour: ([UInt8]) -> [UInt8]) -> [Sample] {
        var generator = SeededGenerator(seed: seed)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        let results: [ResultCode] = [.success, .success, .parameterIllegal, .processFail, .unknownException]
        return (1...count).map { number in
            let size = number == 4 ? 16 : Int.random(in: 1...16, using: &generator)
            let order = String((0..<size).compactMap { _ in letters.randomElement(using: &generator) })
            let cents = number == 2 ? 9_999_999 : Int.random(in: 1...99_999, using: &generator)
            let command: Command =
                number % 4 == 3
                ? .cancel(CancelCommand(orderID: number % 8 == 3 ? nil : order))
                : .pay(
                    PayCommand(
                        paymentMethod: PaymentMethod.allCases[number % 4].rawValue,
                        amount: "\(cents / 100).\(cents / 10 % 10)\(cents % 10)", orderID: order,
                        expiryTime: Int64.random(in: 1...86_400, using: &generator)))
            let result = results[number % 5]
            let code: UInt8 = [.success: 0, .parameterIllegal: 1, .processFail: 2][result] ?? 3
            func report(_ bytes: [UInt8]) -> [UInt8] {
                let bytes = armour(bytes)
                return bytes + [UInt8](repeating: 0, count: 128 - bytes.count)
            }
            return Sample(
                command: command, reports: [report(message(command, UInt8(number)))],
                replies: [report([0xA1, UInt8(number), code])], result: result, name: "sample \(number)")
        }
    }
}

@Suite("Learning armour")
struct ArmourLearningTests {
    private static let layers: [(name: String, layers: [String], armour: @Sendable ([UInt8]) -> [UInt8])] = [
        (
            "slip", ["stuffed"],
            { [0xC0] + ArmouredTill.stuffed(ArmouredTill.checked($0), 0xDB, [0xC0: 0xDC, 0xDB: 0xDD]) + [0xC0] }
        ),
        (
            "hdlc", ["stuffed"],
            { [0x7E] + ArmouredTill.stuffed(ArmouredTill.checked($0), 0x7D, [0x7E: 0x5E, 0x7D: 0x5D]) + [0x7E] }
        ),
        (
            "slip behind a report ID", ["wrapped", "stuffed"],
            { [0x05, 0xC0] + ArmouredTill.stuffed(ArmouredTill.checked($0), 0xDB, [0xC0: 0xDC, 0xDB: 0xDD]) + [0xC0] }
        ),
        (
            "doubled, checks of message and end behind it", ["stuffed"],
            {
                [0x10, 2] + ArmouredTill.stuffed($0, 0x10, [0x10: 0x10]) + [0x10, 3]
                    + ArmouredTill.checked($0 + [3]).suffix(2)
            }
        ),
        (
            "hexadecimal", ["wrapped", "hexadecimal"],
            { Array(":".utf8) + Array(HexBytes(ArmouredTill.checked($0)).description.uppercased().utf8) + [13, 10] }
        ),
        ("xor", ["xor"], { ArmouredTill.checked($0).map { $0 ^ 0x5C } }),
        (
            "xor behind a plain head, before a plain check", ["wrapped", "xor"],
            { ArmouredTill.checked(Array($0[..<2] + $0[2...].map { $0 ^ 0x37 })) }
        ),
    ]

    @Test("a layer is taken off, and commands that nobody has seen go both ways", arguments: layers)
    func layer(name: String, layers: [String], armour: @Sendable ([UInt8]) -> [UInt8]) throws {
        let lesson = try Learner(ArmouredTill.samples(seed: 1, armour)).learn()
        #expect(lesson.contradictions == [])
        #expect(lesson.unexplained == [])
        for direction in Direction.allCases {
            #expect(lesson.armour[direction]?.map(\.layer.name) == layers)
        }
        var profile = Profile(
            name: "learned", usb: .madeUp,
            hid: HIDLayout(
                reportDescriptor: HexBytes([0xA1, 0x01, 0xC0]), outputReport: lesson.outputReport,
                inputReport: lesson.inputReport))
        profile.armour = lesson.armour.mapValues { $0.map(\.layer) }
        profile.commands = lesson.commands.mapValues(\.layout)
        profile.replies = lesson.replies.mapValues(\.layout)
        let codec = try Codec(profile)
        for sample in ArmouredTill.samples(seed: 2, count: 60, armour) {
            #expect(SampleProof(sample, codec: codec).differences == [], "\(sample.name)")
        }
    }

    @Test("ends between which no sample shows an escape are a doubt")
    func doubt() throws {
        let samples = ArmouredTill.samples(seed: 1, count: 40, Self.layers[1].armour).filter { sample in
            !(sample.reports + sample.replies).contains { $0.contains(0x7D) }
        }
        let lesson = try Learner(samples, now: { .zero }).learn()
        #expect(lesson.unexplained == [])
        #expect(lesson.armour[.output]?.map(\.layer.name) == ["stuffed"])
        #expect(lesson.doubts.contains { $0.decidedBy.contains("amount 1.26") })
    }
}
