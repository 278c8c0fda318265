import BlueTap

@testable import WireFormat

/// Makes profiles of messages that the quick way can hold, and some beside them that it cannot.
///
/// What is made need not make sense: the codec refuses some of it, and both ways have to refuse the same.
struct RandomProfile {
    var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func next() -> Profile {
        let reportID: [UInt8] = chance(2) ? [number(1, 3)] : []
        let output = ReportLayout(size: 24 + int(0...56), padding: padding())
        let input = ReportLayout(size: 8 + int(0...24), padding: padding())
        let sequence = chance(6) ? nil : sequenceField()
        // Before the byte that tells commands apart stands the same in both.
        let isEarly = chance(3)
        func layout(_ kind: Command.Kind, _ mark: UInt8) -> MessageLayout {
            var start = reportID.isEmpty ? [] : [FieldLayout(size: 1, content: .constant(reportID))]
            if isEarly, let sequence { start.append(sequence) }
            start.append(FieldLayout(size: 1, content: .constant([mark])))
            var fields = values(of: kind)
            if !isEarly, let sequence { fields.append(sequence) }
            return message(start, fields, size: output.size)
        }
        let mark = number(0, 255)
        var profile = Profile(
            name: "random",
            usb: .madeUp,
            hid: HIDLayout(reportDescriptor: HexBytes([0xA1, 0x01, 0xC0]), outputReport: output, inputReport: input))
        profile.commands[.pay] = layout(.pay, mark)
        if !chance(5) { profile.commands[.cancel] = layout(.cancel, chance(30) ? mark : mark &+ 1) }
        func own(_ mark: UInt8, _ hasResult: Bool) -> MessageLayout {
            let start = [FieldLayout(size: 1, content: .constant(reportID.isEmpty ? [mark] : [reportID[0], mark]))]
            return message(start, answers(sequence, hasResult: hasResult), size: input.size)
        }
        let answer = number(0, 255)
        for (index, kind) in Command.Kind.allCases.enumerated() where profile.commands[kind] != nil {
            if !chance(8) { profile.replies[kind] = own(chance(3) ? answer : answer &+ UInt8(index), !chance(8)) }
            if chance(4) { profile.acknowledgements[kind] = own(answer &+ 7, false) }
        }
        for occasion in Occasion.allCases where chance(4) {
            profile.notifications[occasion] = own(number(0, 255), chance(12))
        }
        return profile
    }

    // MARK: Fields

    /// Some of what a command says, and perhaps what no command does.
    private mutating func values(of kind: Command.Kind) -> MessageLayout {
        var fields: MessageLayout = []
        if kind == .pay || chance(6) { fields.append(text(.paymentMethod)) }
        if chance(2) { fields.append(text(.amount)) }
        if !chance(4) { fields.append(text(.orderID)) }
        if chance(2) || kind == .pay {
            fields.append(FieldLayout(size: int(1...8), content: .integer(.expiryTime, integer())))
        }
        if chance(10) { fields.append(text(.orderID)) }
        if chance(20) { fields.append(result()) }
        if chance(12) {
            fields.append(
                FieldLayout(size: 4, content: .integer(.amount, IntegerFormat(order: .big, absent: 0, decimals: 2))))
        }
        if chance(12) {
            fields.append(FieldLayout(size: 2, content: .integer(chance(2) ? .counter : .time, IntegerFormat())))
        }
        return fields
    }

    /// Some of what a device says.
    private mutating func answers(_ sequence: FieldLayout?, hasResult: Bool) -> MessageLayout {
        var fields: MessageLayout = []
        if let sequence, !chance(4) { fields.append(chance(3) ? sequenceField() : sequence) }
        if hasResult { fields.append(result()) }
        // What only the general way knows: it repeats what either way has read.
        switch int(0...15) {
        case 0: fields.append(FieldLayout(size: 3, content: .echo(2..<5)))
        case 1: fields.append(text(.orderID))
        case 2: fields.append(text(.paymentMethod))
        case 3: fields.append(FieldLayout(size: 8, content: .integer(.expiryTime, integer())))
        case 4: fields.append(FieldLayout(size: 1, content: .integer(.counter, IntegerFormat())))
        default: break
        }
        return fields
    }

    private mutating func sequenceField() -> FieldLayout {
        FieldLayout(size: int(1...8), content: .integer(.sequence, integer()))
    }

    private mutating func integer() -> IntegerFormat {
        let absent: Int64? =
            switch int(0...5) {
            case 0: 0
            case 1: -1
            case 2: 255
            case 3: .max
            default: nil
            }
        return IntegerFormat(order: chance(2) ? .big : .little, isSigned: chance(3) || absent == -1, absent: absent)
    }

    private mutating func text(_ value: FieldLayout.Value) -> FieldLayout {
        let format = TextFormat(
            characters: chance(16) ? .utf16LE : .utf8, pad: [0x00, 0x20, 0x30, 0xFF, 0x41, 0x80][int(0...5)],
            alignment: chance(16) ? .right : .left)
        return FieldLayout(size: int(1...9) * 2, content: .text(value, format))
    }

    private mutating func result() -> FieldLayout {
        let size = int(1...8)
        let format = IntegerFormat(order: chance(2) ? .big : .little, isSigned: chance(4))
        var codes: [ResultCode: UInt64] = [:]
        let first = UInt64(number(0, 100))
        for (index, code) in ResultCode.allCases.enumerated() where index == 0 || !chance(40) {
            codes[code] = first + UInt64(index)
        }
        if size == 8, chance(3) { codes[.success] = UInt64(Int64.max) }
        return FieldLayout(size: size, content: .result(codes, format))
    }

    private mutating func constant() -> FieldLayout {
        let bytes = (0..<int(1...3)).map { _ in number(0, 255) }
        return FieldLayout(size: bytes.count, content: .constant(bytes))
    }

    private mutating func fill(_ size: Int) -> FieldLayout {
        FieldLayout(size: size, content: .fill(number(0, 255)))
    }

    private mutating func checksum() -> FieldLayout {
        let algorithm = ChecksumAlgorithm.catalogue[int(0...(ChecksumAlgorithm.catalogue.count - 1))].algorithm
        return FieldLayout(
            size: algorithm.size,
            content: .checksum(ChecksumField(algorithm: algorithm, over: 0..<0, order: chance(2) ? .big : .little)))
    }

    // MARK: Messages

    /// The fields in some order behind the start, with constants, fillings and checksums between them, cut to a size.
    private mutating func message(_ start: MessageLayout, _ own: MessageLayout, size: Int) -> MessageLayout {
        var fields = own
        for _ in 0..<int(0...2) { fields.append(constant()) }
        for _ in 0..<int(0...2) { fields.append(fill(int(1...4))) }
        for _ in 0..<int(0...2) { fields.append(checksum()) }
        fields.shuffle(using: &generator)
        var layout = start
        var used = start.reduce(0) { $0 + ($1.fixedSize ?? 0) }
        for field in fields where used + (field.fixedSize ?? 0) <= size {
            layout.append(field)
            used += field.fixedSize ?? 0
        }
        if used < size, !chance(12) { layout.append(fill(size - used)) }
        return placed(layout, size: size)
    }

    /// With the spans of checksums, and now and then with places, which may be told in any order.
    private mutating func placed(_ layout: MessageLayout, size: Int) -> MessageLayout {
        var layout = layout
        var cursor = 0
        let isPlaced = chance(2)
        for index in layout.indices {
            let width = layout[index].fixedSize ?? 0
            if case .checksum(var field) = layout[index].content {
                field.over = PlaceRange(span(cursor..<cursor + width, size: size))
                layout[index].content = .checksum(field)
            }
            if isPlaced { layout[index].at = cursor }
            cursor += width
        }
        if isPlaced { layout.shuffle(using: &generator) }
        return layout
    }

    /// A span before a field or behind it, that may be empty; seldom one that is wrong.
    private mutating func span(_ own: Range<Int>, size: Int) -> Range<Int> {
        if chance(60) { return own.lowerBound..<own.upperBound }
        if chance(60) { return -1..<own.lowerBound }
        if own.upperBound < size, chance(3) {
            let from = int(own.upperBound...size)
            return from..<int(from...size)
        }
        let from = int(0...own.lowerBound)
        return from..<(chance(2) ? own.lowerBound : int(from...own.lowerBound))
    }

    // MARK: Commands

    mutating func command(_ kind: Command.Kind) -> Command {
        switch kind {
        case .pay:
            .pay(
                PayCommand(
                    paymentMethod: word(12) ?? "", amount: word(8), orderID: word(16), expiryTime: wildNumber()))
        case .cancel: .cancel(CancelCommand(orderID: word(16)))
        }
    }

    /// A number near the ends of what fields hold.
    mutating func wildNumber() -> Int64? {
        let ends: [Int64] = [0, 1, 127, 128, 255, 256, 900, 32_767, 32_768, 65_535, 86_400, .max, -1, -128, .min]
        return chance(4) ? nil : chance(3) ? ends[int(0...(ends.count - 1))] : Int64(int(0...255))
    }

    private mutating func word(_ most: Int) -> String? {
        guard !chance(4) else { return nil }
        if chance(12) { return ["", " ", "A", "é", "10 ", "\u{0}", "ÿ", "支付"][int(0...7)] }
        return String(decoding: (0..<int(1...most)).map { _ in number(0x21, 0x7E) }, as: UTF8.self)
    }

    // MARK: Reports

    /// The report as a bad cable or another program would send it.
    mutating func spoiled(_ report: [UInt8], _ layout: MessageLayout) -> [UInt8] {
        var report = report
        switch int(0...9) {
        case 0: report.removeLast(int(0...report.count))
        case 1: report += (0..<int(1...3)).map { _ in chance(2) ? 0 : number(0, 255) }
        case 2: return (0..<int(0...(report.count + 2))).map { _ in number(0, 255) }
        case 3: for index in report.indices { report[index] = number(0, 255) }
        default:
            for _ in 0..<int(1...4) where !report.isEmpty { report[int(0...(report.count - 1))] = number(0, 255) }
        }
        // Half of them are right but for what they say: constants and checksums as they belong.
        return chance(2) ? sealed(report, layout) : report
    }

    /// With the constants of a layout now and then, and its checksums right.
    private mutating func sealed(_ report: [UInt8], _ layout: MessageLayout) -> [UInt8] {
        guard report.count == layout.reduce(0, { $0 + ($1.fixedSize ?? 0) }) else { return report }
        var report = report
        var cursor = 0
        var checks: [(Int, ChecksumField)] = []
        for field in layout.sorted(by: { ($0.at ?? 0) < ($1.at ?? 0) }) {
            let size = field.fixedSize ?? 0
            switch field.content {
            case .constant(let bytes): report.replaceSubrange(cursor..<cursor + size, with: bytes)
            case .checksum(let check): checks.append((cursor, check))
            default: break
            }
            cursor += size
        }
        for (at, check) in checks {
            guard let span = check.over.fixedRange, span.lowerBound >= 0, span.upperBound <= report.count else {
                continue
            }
            let value = Checksum(check.algorithm)(report, over: span)
            report.store(value, at: at, size: check.algorithm.size, order: check.format.order)
        }
        return report
    }

    // MARK: Chance

    mutating func chance(_ one: Int) -> Bool { int(0...(one - 1)) == 0 }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func number(_ low: UInt8, _ high: UInt8) -> UInt8 {
        UInt8.random(in: low...high, using: &generator)
    }

    private mutating func padding() -> UInt8? { [nil, 0x00, 0xFF, 0x20][int(0...3)] }
}
