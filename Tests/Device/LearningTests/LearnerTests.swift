import BlueTap
import Synchronization
import TestSupport
import Testing
import WireFormat

@testable import Learning

/// A made-up device: what it puts on the wire is written here by hand, apart from the codec.
private enum Till {
    /// 32 bytes: 5A, 'P' or 'C', a count that goes up, the method's code, the amount in cents big-endian, the expiry
    /// little-endian, an order of 16 bytes, zeros, and the XOR of all before it.
    static func report(_ command: Command, _ count: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [0x5A]
        switch command {
        case .pay(let pay):
            bytes += [
                0x50, count,
                [.trueMoney: 1, .sevenEleven: 2, .alipayCN: 3, .alipayPlus: 7][
                    PaymentMethod(rawValue: pay.paymentMethod)] ?? 0,
            ]
            let cents = UInt32((Double(pay.amount ?? "0") ?? 0) * 100 + 0.5)
            bytes += [24, 16, 8, 0 as UInt32].map { UInt8(cents >> $0 & 0xFF) }
            let expiry = UInt16(pay.expiryTime ?? 0)
            bytes += [UInt8(expiry & 0xFF), UInt8(expiry >> 8)]
        case .cancel: bytes += [0x43, count, 0, 0, 0, 0, 0, 0, 0]
        }
        let order = Array((command.orderID ?? "").utf8)
        bytes += order + [UInt8](repeating: 0, count: 16 - order.count) + [0, 0, 0, 0, 0]
        return bytes + [bytes.reduce(0, ^)]
    }

    static func reply(_ count: UInt8, _ result: ResultCode) -> [UInt8] {
        let code: UInt8 = [.success: 0x00, .parameterIllegal: 0x11, .processFail: 0x12][result] ?? 0x1F
        let bytes: [UInt8] = [0xA5, count, code, 0, 0, 0, 0]
        return bytes + [bytes.reduce(0, ^)]
    }

    static func sample(_ command: Command, _ count: Int, _ result: ResultCode = .success) -> Sample {
        Sample(
            command: command, reports: [report(command, UInt8(count))], replies: [reply(UInt8(count), result)],
            result: result,
            name: "sample \(count)")
    }

    private static let results: [ResultCode] = [.success, .parameterIllegal, .processFail, .unknownException]

    static func samples(seed: UInt64 = 1, expiry: Int64? = nil, isAllGiven: Bool = false) -> [Sample] {
        var generator = SeededGenerator(seed: seed)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return (1...20).map { number in
            let size = number == 1 ? 16 : Int.random(in: 1...15, using: &generator)
            let text = String((0..<size).compactMap { _ in letters.randomElement(using: &generator) })
            let order = number % 6 == 0 && !isAllGiven ? nil : text
            if number % 4 == 3 {
                return sample(.cancel(CancelCommand(orderID: order)), number, results[number / 4 % 4])
            }
            let cents = number == 2 ? 9_999_999 : Int.random(in: 1...99_999, using: &generator)
            let amount = number % 7 == 0 && !isAllGiven ? nil : "\(cents / 100).\(cents / 10 % 10)\(cents % 10)"
            let seconds = number == 5 ? 60_000 : Int64.random(in: 1...40_000, using: &generator)
            return sample(
                .pay(
                    PayCommand(
                        PaymentMethod.allCases[number / 3 % 4], amount: amount, orderID: order,
                        expiryTime: expiry ?? (number % 5 == 1 && !isAllGiven ? nil : seconds))),
                number, results[number / 2 % 4])
        }
    }
}

extension Command {
    fileprivate var orderID: String? {
        switch self {
        case .pay(let pay): pay.orderID
        case .cancel(let cancel): cancel.orderID
        }
    }
}

@Suite("Learning a wire format")
struct LearnerTests {
    @Test("every field of a format is found, with what speaks for it")
    func fields() throws {
        let lesson = try Learner(Till.samples()).learn()
        #expect(lesson.isCertain, "\(lesson.doubts) \(lesson.unexplained) \(lesson.contradictions)")
        let pay = try #require(lesson.commands[.pay])
        #expect(
            pay.layout == [
                FieldLayout(size: 2, content: .constant([0x5A, 0x50])),
                FieldLayout(size: 1, content: .integer(.sequence, IntegerFormat(order: .big))),
                FieldLayout(
                    size: 1,
                    content: .enumeration(
                        .paymentMethod,
                        [
                            "TRUEMONEY": HexBytes([1]), "SEVEN_11": HexBytes([2]), "ALIPAY_CN": HexBytes([3]),
                            "ALIPAY_PLUS": HexBytes([7]),
                        ])),
                FieldLayout(size: 4, content: .integer(.amount, IntegerFormat(order: .big, absent: 0, decimals: 2))),
                FieldLayout(size: 2, content: .integer(.expiryTime, IntegerFormat(absent: 0))),
                FieldLayout(size: 16, content: .text(.orderID, TextFormat())),
                FieldLayout(size: 5, content: .fill(0)),
                FieldLayout(
                    size: 1,
                    content: .checksum(
                        ChecksumField(
                            algorithm: .xor, over: PlaceRange(from: Place(.start, 0), to: Place(.here)),
                            format: IntegerFormat(order: .big)))),
            ])
        #expect(pay.evidence.count == pay.layout.count)
        #expect(pay.evidence[1] == "goes up by one with each message, and replies repeat it")
        #expect(lesson.replies[.pay] == lesson.replies[.cancel])
    }

    @Test("a value that is always the same may as well be a constant: that is said, and what decides it")
    func alwaysTheSame() throws {
        let lesson = try Learner(Till.samples(expiry: 900)).learn()
        #expect(!lesson.isCertain)
        let doubt = try #require(lesson.doubts.first)
        #expect(doubt.place == "commands.pay: expiryTime at byte 8")
        #expect(doubt.readings.contains("a constant"))
        #expect(doubt.decidedBy == "send a command with another expiryTime")
        let marked = lesson.commands[.pay]?.layout.first { $0.unsure != nil }
        #expect(marked?.values == [.expiryTime])
    }

    @Test("a sample that contradicts the others is named", arguments: [2, 9, 13])
    func contradiction(at index: Int) throws {
        var samples = Till.samples()
        let label = Command.pay(PayCommand(.trueMoney, amount: "4.44", orderID: "OTHER", expiryTime: 77))
        samples[index] = Till.sample(label, index + 1)
        samples[index].command = .pay(PayCommand(.trueMoney, amount: "4.45", orderID: "ANOTHER", expiryTime: 78))
        let lesson = try Learner(samples, now: { .zero }).learn()
        #expect(lesson.contradictions == ["sample \(index + 1) contradicts the others: without it all of them fit"])
    }

    @Test(
        "several samples that contradict the others are all named", arguments: [[2, 9], [4, 5, 16], [0, 8, 12]])
    func contradictions(at indices: [Int]) throws {
        var samples = Till.samples()
        for index in indices {
            let label = Command.pay(PayCommand(.sevenEleven, amount: "7.\(10 + index)", orderID: "X\(index)"))
            samples[index] = Till.sample(label, index + 1)
            samples[index].command = .pay(PayCommand(.sevenEleven, amount: "7.\(10 + index)", orderID: "Y\(index)Y"))
        }
        let isPastTheEnd = Atomic(false)
        let lesson = try Learner(samples) { done, total, _ in
            if done > total { isPastTheEnd.store(true, ordering: .relaxed) }
        } now: {
            .zero
        }.learn()
        let wentTooFar = isPastTheEnd.load(ordering: .relaxed)
        #expect(!wentTooFar, "progress went past its end")
        #expect(lesson.contradictions == indices.map { "sample \($0 + 1) contradicts most of the others" })
        #expect(lesson.unexplained.isEmpty && lesson.commands.count == 2)
    }

    @Test("two samples of the same bytes and other labels are named both")
    func twins() throws {
        var samples = Till.samples()
        var other = samples[3]
        other.command = .pay(PayCommand(.alipayPlus, amount: "1.00", orderID: "TWIN"))
        other.name = "sample 21"
        samples.append(other)
        let lesson = try Learner(samples, now: { .zero }).learn()
        #expect(lesson.contradictions == ["sample 4 and sample 21 have the same reports and other labels"])
    }

    @Test("bytes that nothing explains are said to be unknown")
    func unknown() throws {
        var generator = SeededGenerator(seed: 5)
        let samples = Till.samples().map { sample in
            var sample = sample
            sample.replies[0][4] = UInt8.random(in: 0...255, using: &generator)
            sample.replies[0][7] = sample.replies[0].dropLast().reduce(0, ^)
            return sample
        }
        let lesson = try Learner(samples, now: { .zero }).learn()
        #expect(lesson.unexplained.count == 2, "\(lesson.unexplained)")
        for (line, place) in zip(lesson.unexplained, ["replies.pay", "replies.cancel"]) {
            #expect(line.hasPrefix("\(place): byte 4 changes"), "\(line)")
        }
        #expect(lesson.nextQuestion != nil)
    }

    @Test("codes and commands that no sample shows are in doubt, and their fields are marked")
    func unseen() throws {
        let pays = Till.samples().filter {
            $0.command.kind == .pay && $0.result != .processFail && $0.values[.paymentMethod] != "ALIPAY_PLUS"
        }
        let lesson = try Learner(pays).learn()
        let decided = lesson.doubts.map { "\($0.place): \($0.decidedBy)" }
        #expect(
            decided == [
                "commands.pay: paymentMethod: send a pay with the method ALIPAY_PLUS", "commands.cancel: send a cancel",
                "replies.pay: result: have the device answer PROCESS_FAIL",
            ])
        #expect(lesson.openQuestions.count == 3 && !lesson.isCertain)
        #expect(Self.marked(lesson.commands[.pay]) == [.paymentMethod])
        #expect(Self.marked(lesson.replies[.pay]) == [.result])
    }

    @Test("a field that every command has is in doubt: nobody knows what says that it is not given")
    func alwaysGiven() throws {
        let lesson = try Learner(Till.samples(isAllGiven: true)).learn()
        #expect(
            lesson.doubts.map { "\($0.place): \($0.decidedBy)" } == [
                "commands.pay: amount: send a pay without an amount",
                "commands.pay: orderId: send a command without an OrderId",
                "commands.pay: expiryTime: send a pay without an ExpiryTime",
            ])
        #expect(Self.marked(lesson.commands[.pay]) == [.amount, .expiryTime, .orderID])
    }

    /// What fields of a message that are not sure carry.
    private static func marked(_ message: LearnedMessage?) -> [FieldLayout.Value] {
        (message?.layout ?? []).filter { $0.unsure != nil }.flatMap(\.values)
    }

    /// Replies of a made-up device: 06, the command's count, the result, the sum of these, and padding.
    private static func summed(from first: Int, _ mark: UInt8 = 6) -> [Sample] {
        Till.samples().enumerated().map { index, sample in
            var sample = sample
            let code = sample.replies[0][2]
            let head = [mark, UInt8(first + index), code]
            sample.reports = [Till.report(sample.command, head[1])]
            sample.replies = [head + [head.reduce(0, &+), 0, 0, 0, 0]]
            return sample
        }
    }

    @Test(
        "of sums that fit the narrowest is taken; where none passes 255 it is in doubt, for a longer one fits as well")
    func narrowSums() throws {
        func check(_ lesson: Lesson) -> ChecksumAlgorithm? {
            for field in lesson.replies[.pay]?.layout ?? [] {
                if case .checksum(let check) = field.content { return check.algorithm }
            }
            return nil
        }
        let small = try Learner(Self.summed(from: 1)).learn()
        #expect(check(small) == .sum(size: 1, isNegated: false))
        let doubt = try #require(small.doubts.first)
        #expect(doubt.place == "replies.pay: checksum at byte 3")
        #expect(doubt.readings == ["a sum of 1 byte", "one of 2, of which no sample needs the upper"])
        #expect(doubt.decidedBy == "go on until the bytes add up to more than 255")
        // With sums of 256 and more only one reading is left.
        let large = try Learner(Self.summed(from: 1, 0xF1)).learn()
        #expect(check(large) == .sum(size: 1, isNegated: false))
        #expect(large.isCertain, "\(large.doubts)")
    }

    @Test("of a sum those bits speak that change")
    func evidence() throws {
        // Two sums that differ in one bit: any sum of the reply's first bytes is right in both.
        let samples = Self.summed(from: 1).filter { $0.result == .success }.prefix(2)
        let lesson = try Learner(Array(samples)).learn()
        let hasCheck = (lesson.replies[.pay]?.layout ?? []).contains {
            if case .checksum = $0.content { true } else { false }
        }
        #expect(!hasCheck)
    }

    /// The pays with other bytes in some columns, and the check as before.
    private static func rewritten(_ columns: Range<Int>, _ bytes: (PayCommand) -> [UInt8]) -> [Sample] {
        var samples: [Sample] = []
        for var sample in Till.samples() {
            guard case .pay(let pay) = sample.command else { continue }
            var report = Array(sample.reports[0].dropLast())
            report.replaceSubrange(columns, with: bytes(pay))
            report.append(report.reduce(0, ^))
            sample.reports = [report]
            samples.append(sample)
        }
        return samples
    }

    /// The field of a pay that carries a value.
    private static func field(_ value: FieldLayout.Value, in samples: [Sample]) throws -> FieldLayout? {
        try Learner(samples, now: { .zero }).learn().commands[.pay]?.layout.first { $0.values == [value] }
    }

    @Test("numbers that stand as text in UTF-16 are found in columns")
    func wideNumbers() throws {
        let samples = Self.rewritten(8..<10) { pay in
            let digits = pay.expiryTime.map { String($0) } ?? ""
            let text = String(repeating: " ", count: 5 - digits.utf8.count) + digits
            return text.utf16.flatMap { [UInt8($0), 0] }
        }
        let format = IntegerFormat(form: .decimal, blank: 0x20, pad: 0x20, characters: .utf16LE)
        #expect(
            try Self.field(.expiryTime, in: samples) == FieldLayout(size: 10, content: .integer(.expiryTime, format)))
    }

    @Test("text with zeros before it is found, 0.05 and all")
    func zerosBefore() throws {
        let samples = Self.rewritten(4..<8) { pay in
            let amount = pay.amount ?? ""
            return Array((String(repeating: "0", count: 8 - amount.utf8.count) + amount).utf8)
        }
        let format = TextFormat(pad: 0x30, alignment: .right)
        #expect(try Self.field(.amount, in: samples) == FieldLayout(size: 8, content: .text(.amount, format)))
    }

    /// The pays with a date of so many digits, in BCD, in the place of the zeros before the check.
    private static func dated(from start: Int64, every step: Int64, _ notation: TimeNotation) -> [Sample] {
        var time = start
        return rewritten(26..<31) { _ in
            time += step
            let format = IntegerFormat(form: .bcd, order: .big, notation: notation)
            return format.bytes(notation.number(of: time, utcOffset: 0), size: nil) ?? []
        }
    }

    @Test(
        "a date and time of day is found in BCD",
        arguments: [TimeNotation.yearFirst, .dayFirst, .shortYearFirst, .shortDayFirst])
    func dates(notation: TimeNotation) throws {
        // From a quarter to midnight on the last day of 2025.
        let samples = Self.dated(from: 1_767_224_700, every: 97, notation)
        let format = IntegerFormat(form: .bcd, order: .big, notation: notation)
        let size = notation.rawValue.utf8.count / 2
        #expect(try Self.field(.time, in: samples) == FieldLayout(size: size, content: .integer(.time, format)))
    }

    @Test("a date whose year may be its day is in doubt")
    func doubtfulDate() throws {
        // All on 28 November 2026, or 26 November 2028.
        let lesson = try Learner(Self.dated(from: 1_795_860_000, every: 97, .shortYearFirst)).learn()
        #expect(
            lesson.doubts.contains {
                $0.description.hasSuffix(
                    "time at byte 26: yyMMddHHmmss, or ddMMyyHHmmss; to decide, send a command on one of the first"
                        + " 18 days of a month")
            }, "\(lesson.doubts)")
        // From there to the third of December: whoever does as told is in doubt no more.
        let later = try Learner(Self.dated(from: 1_795_860_000, every: 30_000, .shortYearFirst)).learn()
        #expect(!later.doubts.contains { $0.description.contains("time at byte") }, "\(later.doubts)")
    }

    @Test(
        "a date between separators is the host's number where replies repeat it, and else a time",
        arguments: [true, false])
    func listedDates(isEchoed: Bool) throws {
        var samples: [Sample] = []
        for (index, var sample) in Till.samples(isAllGiven: true).enumerated() {
            guard case .pay(let pay) = sample.command else { continue }
            sample.command = .pay(PayCommand(paymentMethod: pay.paymentMethod, orderID: pay.orderID))
            let date = TimeNotation.yearFirst.number(of: 1_767_224_700 + 97 * Int64(index), utcOffset: 0)
            let report = Array("PAY|\(pay.paymentMethod)|\(date)|\(pay.orderID ?? "")|".utf8)
            let reply = Array("R|\(sample.result?.rawValue ?? "")|\(isEchoed ? "\(date)" : "")|".utf8)
            sample.reports = [report + [UInt8](repeating: 0, count: 64 - report.count)]
            sample.replies = [reply + [UInt8](repeating: 0, count: 64 - reply.count)]
            samples.append(sample)
        }
        let lesson = try Learner(samples, now: { .zero }).learn()
        let values = try #require(lesson.commands[.pay]).layout.flatMap(\.values)
        #expect(values.contains(.sequence) == isEchoed && values.contains(.time) == !isEchoed, "\(values)")
    }

    /// Messages without a size of their own: 50, method and order behind their lengths; in reports of 8 bytes that begin with
    /// how many bytes are left.
    private static func cut(_ number: (_ left: Int, _ piece: Int) -> Int) -> [Sample] {
        var samples: [Sample] = []
        for var sample in Till.samples() {
            guard case .pay(let pay) = sample.command else { continue }
            sample.command = .pay(PayCommand(paymentMethod: pay.paymentMethod, orderID: pay.orderID))
            var message: [UInt8] = [0x50]
            for text in [pay.paymentMethod, pay.orderID ?? ""] {
                message += [UInt8(text.utf8.count)] + Array(text.utf8)
            }
            sample.reports = []
            for start in stride(from: 0, to: message.count, by: 7) {
                let piece = message[start..<min(message.count, start + 7)]
                var report = [UInt8(number(message.count - start, piece.count))] + piece
                report += [UInt8](repeating: 0, count: 8 - report.count)
                sample.reports.append(report)
            }
            sample.replies = []
            samples.append(sample)
        }
        return samples
    }

    @Test("headers that say how many bytes are left are understood, those of their report counted or not")
    func bytesLeft() throws {
        let counted = try Learner(Self.cut { left, _ in left }).learn()
        #expect(counted.framing[.output]?.header.flatMap(\.values) == [.pieceAndRemainder])
        let others = try Learner(Self.cut { left, piece in left - piece }).learn()
        #expect(others.framing[.output]?.header.flatMap(\.values) == [.remainder])
        for lesson in [counted, others] { #expect(lesson.commands[.pay] != nil && lesson.unexplained.isEmpty) }
    }

    @Test("where no sample has a value in a known way, none is blamed, and no search for it goes on")
    func foreign() throws {
        let samples = Till.samples().map { sample in
            var sample = sample
            for place in 4..<10 { sample.reports[0][place] = sample.reports[0][place] &* 29 ^ sample.reports[0][2] }
            sample.reports[0][31] = sample.reports[0].dropLast().reduce(0, ^)
            return sample
        }
        let told = Mutex<[String]>([])
        let lesson = try Learner(samples) { done, total, what in
            told.withLock { $0.append("\(done) of \(total): \(what)") }
        } now: {
            .zero
        }.learn()
        #expect(lesson.unexplained.contains("commands.pay: no bytes carry amount") && lesson.contradictions.isEmpty)
        let lines = told.withLock { $0 }
        #expect(!lines.contains { $0.contains("contradicts") })
        // What is looked for is said, by structure and by place.
        #expect(lines.last == "100 of 100: done")
        #expect(lines.contains { $0.contains("commands: pay: checksums") })
        #expect(lines.contains { $0.contains("records with 1-byte tags") }, "\(lines)")
    }

    struct Refusal: CustomTestStringConvertible {
        let testDescription: String
        let samples: [Sample]
    }

    @Test(
        "samples from which nothing can be learned are refused with what is wrong",
        arguments: [
            Refusal(testDescription: "there are no samples", samples: []),
            Refusal(
                testDescription: "no sample is a pay: there is nothing to learn",
                samples: [Till.sample(.cancel(CancelCommand()), 1)]),
            Refusal(
                testDescription: "sample 1 has no reports",
                samples: [Sample(command: .cancel(CancelCommand()), reports: [], name: "sample 1")]),
            Refusal(
                testDescription: "sample 1 has a report of 1025 bytes: 1 to 1024",
                samples: [
                    Sample(
                        command: .cancel(CancelCommand()), reports: [[UInt8](repeating: 0, count: 1025)],
                        name: "sample 1")
                ]),
        ])
    func refused(refusal: Refusal) {
        let error = #expect(throws: LearningError.self) { try Learner(refusal.samples).learn() }
        #expect(error?.description == refusal.testDescription)
    }

    @Test("samples of any bytes end in a lesson or an error, never in a trap", arguments: [UInt64(3), 4])
    func anyBytes(seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        for await _ in Rounds(15, soak: 300) {
            let samples = (1...4).map { number in
                var sample = Till.samples()[number]
                for _ in 0..<Int.random(in: 0...6, using: &generator) {
                    let size = Int.random(in: 1...24, using: &generator)
                    sample.reports[0] = (0..<size).map { _ in
                        UInt8.random(in: 0...255, using: &generator) & (Bool.random(using: &generator) ? 0xFF : 0x0F)
                    }
                }
                if Bool.random(using: &generator) { sample.replies.removeAll() }
                if Bool.random(using: &generator) { sample.reports.append(sample.reports[0]) }
                return sample
            }
            _ = try? Learner(samples, now: { .zero }).learn()
        }
    }
}
