internal import BlueTap
internal import WireFormat

// Who is to blame where samples do not fit the others: a label, or what is not known of the format.
extension Learner {
    /// Takes back what is said of samples whose labels are not to blame: there the format does something that the others do
    /// not show.
    func judged(_ suspects: [Sample], _ names: [String], _ lesson: Lesson) -> Lesson {
        var lesson = lesson
        guard let codec = lesson.codec else {
            lesson.contradictions = names
            return lesson
        }
        var strangers: [Sample] = []
        for (sample, name) in zip(suspects, names) {
            if isMislabelled(sample, codec) {
                lesson.contradictions.append(name)
            } else {
                strangers.append(sample)
            }
        }
        guard !strangers.isEmpty else { return lesson }
        let orders = Set(suspects.map(\.order))
        let trait = Trait.common(strangers, samples.filter { !orders.contains($0.order) })
        let list = strangers.map(\.name).joined(separator: ", ")
        let are = strangers.count == 1 ? "is" : "are"
        lesson.unexplained.append(
            "\(list) \(are) not read as the others are, and another label would not mend it"
                + (trait.map {
                    ": such samples alone \($0.text), and what the format does there is not known; \($0.request)"
                } ?? ": send \(strangers.count == 1 ? "it" : "them") again, and others that differ in one value only"))
        return lesson
    }

    /// Whether a sample's reports are those of another command than its label says, in the format of all others.
    private func isMislabelled(_ sample: Sample, _ codec: Codec) -> Bool {
        guard let read = try? codec.decode(reports: sample.reports).command else { return false }
        if read.kind != sample.command.kind { return true }
        let (found, meant) = (FieldValues(read), sample.values)
        for value in FieldLayout.Value.ofCommands where !codec.isEqual(sample.command.kind, value, found, meant) {
            // What is cut short, or only stands there where nothing was given, is the format's doing.
            guard let one = found[value], let other = meant[value] else { continue }
            let isText = one.unicodeScalars.allSatisfy { (0x20...0x7E).contains($0.value) }
            if isText, !other.hasPrefix(one), !other.hasSuffix(one), !one.hasPrefix(other) { return true }
        }
        guard codec.isEqual(read, sample.command), let result = sample.result,
            let reply = try? codec.decodeReply(reports: sample.replies)
        else { return false }
        return reply.result != result
    }
}

extension Codec {
    /// Whether two commands are the same, as far as a profile's messages tell.
    func isEqual(_ read: Command, _ meant: Command) -> Bool {
        let (found, expected) = (FieldValues(read), FieldValues(meant))
        return read.kind == meant.kind
            && FieldLayout.Value.ofCommands.allSatisfy { isEqual(read.kind, $0, found, expected) }
    }

    fileprivate func isEqual(
        _ kind: Command.Kind, _ value: FieldLayout.Value, _ read: FieldValues, _ meant: FieldValues
    ) -> Bool {
        if read[value] == meant[value] || isSame(kind, value, read[value], meant[value]) { return true }
        let format = IntegerFormat(decimals: 4)
        guard value == .amount, let one = read[value].flatMap(format.number(of:)) else { return false }
        return one == meant[value].flatMap(format.number(of:))
    }
}

extension FieldLayout.Value {
    /// What commands carry.
    fileprivate static let ofCommands: [Self] = [.paymentMethod, .amount, .orderID, .expiryTime]
}

extension Lesson {
    /// What was learned as a codec; nil where it is not whole.
    var codec: Codec? {
        let usb = USBIdentity(vendorID: 0, productID: 0, release: 0, manufacturer: "", product: "", serialNumber: "")
        return try? Codec(
            Profile(
                name: "lesson", usb: usb,
                hid: HIDLayout(
                    reportDescriptor: HexBytes([]), outputReport: outputReport, inputReport: inputReport),
                framing: framing, armour: armour.mapValues { $0.map(\.layer) }, commands: commands.mapValues(\.layout),
                replies: replies.filter { commands[$0.key] != nil }.mapValues(\.layout),
                acknowledgements: acknowledgements.mapValues(\.layout)))
    }
}

/// What some samples have in common, and no other has.
private struct Trait {
    let text: String
    /// What would tell more.
    let request: String

    static func common(_ some: [Sample], _ others: [Sample]) -> Trait? {
        all(some).first { trait in some.allSatisfy(trait.has) && !others.contains(where: trait.has) }.map {
            Trait(text: $0.text, request: $0.request)
        } ?? extremes.lazy.compactMap { $0(some, others) }.first
    }

    private typealias Candidate = (text: String, request: String, has: (Sample) -> Bool)

    private static func all(_ some: [Sample]) -> [Candidate] {
        var candidates: [Candidate] = []
        if let result = some.first?.result, result != .success {
            candidates.append(
                (
                    "say \(result.rawValue)", "have the device answer \(result.rawValue) to other commands",
                    { $0.result == result }
                ))
            candidates.append(
                ("are refused", "have the device refuse other commands", { $0.result.map { $0 != .success } ?? false }))
        }
        candidates.append(
            ("are cancels", "send cancels with and without an OrderId", { $0.command.kind == .cancel }))
        for value in [FieldLayout.Value.amount, .orderID, .expiryTime] {
            let pay = { (sample: Sample) in sample.command.kind == .pay || value == .orderID }
            candidates.append(
                (
                    "have no \(value.rawValue)", "send the same command with and without \(value.rawValue)",
                    { pay($0) && $0.values[value] == nil }
                ))
            candidates.append(
                (
                    "have \(value.rawValue)", "send the same command with and without \(value.rawValue)",
                    { $0.values[value] != nil }
                ))
        }
        // Bytes that stuffing changes, and those that separate.
        for byte in [0x10, 0x1B, 0x5C, 0x7D, 0x7E, 0xDB, 0xDC, 0xC0, 0x02, 0x03, 0x25, 0x11, 0x13] as [UInt8] {
            candidates.append(
                (
                    "have a byte \(HexBytes([byte])) in their reports",
                    "send commands whose amounts and expiries have that byte, and the same twice",
                    { $0.reports.contains { $0.dropFirst().contains(byte) } }
                ))
        }
        if let method = some.first?.values[.paymentMethod] {
            candidates.append(
                (
                    "have the method \(method)", "send other pays with the method \(method)",
                    { $0.values[.paymentMethod] == method }
                ))
        }
        return candidates
    }

    /// What is longer, or larger, than with all others.
    private static var extremes: [([Sample], [Sample]) -> Trait?] {
        [
            { some, others in
                extreme(some, others, "more reports", "send longer and shorter commands") { $0.reports.count }
            },
            { some, others in
                extreme(some, others, "a longer OrderId", "send commands whose OrderIds have 1 to 16 characters") {
                    $0.values[.orderID]?.utf8.count ?? 0
                }
            },
            { some, others in
                extreme(
                    some, others, "a larger amount", "send pays with the amounts 0.01, 2.55, 2.56, 655.36 and 99999.99"
                ) {
                    IntegerFormat(decimals: 2).number(of: $0.values[.amount] ?? "").map { Int($0) } ?? 0
                }
            },
            { some, others in
                extreme(
                    some, others, "a larger expiryTime", "send pays with an ExpiryTime of 1, 255, 256, 65536 and 86400"
                ) {
                    Int($0.values.number(.expiryTime) ?? 0)
                }
            },
        ]
    }

    private static func extreme(
        _ some: [Sample], _ others: [Sample], _ what: String, _ request: String, _ measure: (Sample) -> Int
    ) -> Trait? {
        guard let least = some.map(measure).min(), let most = others.map(measure).max(), least > most else {
            return nil
        }
        return Trait(text: "have \(what) than all others", request: request)
    }
}
