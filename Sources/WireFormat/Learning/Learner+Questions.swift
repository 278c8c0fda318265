internal import BlueTap

// What is not sure, what no sample shows, and which command would decide.
extension Learner {
    func add(
        _ draft: Draft, _ alternatives: [Draft], _ place: String, _ samples: [Sample], to lesson: inout Lesson
    ) {
        for doubt in draft.doubts {
            lesson.doubts.append(
                Doubt(place: "\(place): \(doubt.place)", readings: doubt.readings, decidedBy: doubt.decidedBy))
        }
        for value in draft.missing { lesson.unexplained.append("\(place): no bytes carry \(value.rawValue)") }
        // A device may well answer something of its own; what a host sends is said by the labels.
        if !draft.missing.isEmpty || (!samples.isEmpty && draft.unexplained > 0) { lesson.isPoor = true }
        if draft.unexplained > 0 {
            lesson.unexplained.append("\(place): \(draft.unexplained) bytes change, and nothing explains them")
        }
        if let separator = draft.structure.bareSeparator {
            lesson.gaps.append("\(place): no value has \(separator) in it: how it would be escaped is not known")
        }
        // Other ways to build the messages, which say something else of commands that nobody has sent yet.
        guard !samples.isEmpty else { return }
        for other in alternatives where other.structure != draft.structure && other.isComplete {
            guard let probe = draft.probe(against: other, kind: samples[0].command.kind) else { continue }
            lesson.doubts.append(
                Doubt(
                    place: place, readings: [draft.structure.name, other.structure.name], decidedBy: "send \(probe)"))
            break
        }
    }

    /// What nothing but the report descriptor tells of samples: hosts and devices count report IDs differently.
    public static func gapsWithoutDescriptor(_ samples: [Sample]) -> [String] {
        let sides = [("the host's", samples.flatMap(\.reports)), ("the device's", samples.flatMap(\.replies))]
        return sides.compactMap { side, reports in
            guard let first = reports.first?.first, first != 0, reports.allSatisfy({ $0.first == first }) else {
                return nil
            }
            return
                "whether \(HexBytes([first])), with which all of \(side) reports begin, is a report ID: the profile's descriptor has none; learn from a capture, or put the device's in"
        }
    }

    func addGaps(_ samples: [Sample], _ lesson: inout Lesson) {
        let pays = samples.filter { $0.command.kind == .pay }.map(\.values)
        let methods = Set(pays.compactMap { $0[.paymentMethod] })
        if methods.count == 1, let method = methods.first {
            lesson.gaps.append("every pay has the method \(method): send one with another")
        } else if let layout = lesson.commands[.pay]?.layout, layout.hasTable(.paymentMethod) {
            for method in PaymentMethod.allCases where !methods.contains(method.rawValue) {
                lesson.gaps.append("no pay has the method \(method.rawValue), which has a code of its own: send one")
            }
        }
        for value in [FieldLayout.Value.amount, .orderID, .expiryTime] {
            if pays.allSatisfy({ $0[value] != nil }) {
                lesson.gaps.append("no pay leaves \(value.rawValue) out: \(Documented.absence(value))")
            } else if pays.allSatisfy({ $0[value] == nil }) {
                lesson.gaps.append("no pay has \(value.rawValue): send one")
            }
        }
        if !samples.contains(where: { $0.command.kind == .cancel }) {
            lesson.gaps.append("no sample is a cancel: send one")
        }
        let results = Set(samples.compactMap(\.result))
        if results.count == 1, let only = results.first, !lesson.replies.isEmpty {
            lesson.doubts.append(
                Doubt(
                    place: "replies",
                    readings: ["they say \(only.rawValue) somewhere", "they say nothing of the result"],
                    decidedBy: "send a command that the device refuses"))
        }
        if !results.isEmpty {
            for code in ResultCode.allCases where !results.contains(code) && code != .deviceDisconnected {
                lesson.gaps.append("no reply means \(code.rawValue): its code is not known")
            }
        }
    }
}

extension Draft {
    /// A command of which two layouts make different bytes; nil where none is known.
    fileprivate func probe(against other: Draft, kind: Command.Kind) -> String? {
        guard let one = try? GeneralMessage(layout, size: 1024, padding: 0, path: []),
            let two = try? GeneralMessage(other.layout, size: 1024, padding: 0, path: [])
        else { return nil }
        let probes: [(String, Command)] =
            kind == .pay
            ? [
                (
                    "a pay with amount 1, order A",
                    .pay(PayCommand(.trueMoney, amount: "1", orderID: "A", expiryTime: 1))
                ),
                (
                    "a pay with amount 99999.99, order ABCDEFGHIJKLMNOP and expiry 86400",
                    .pay(PayCommand(.alipayPlus, amount: "99999.99", orderID: "ABCDEFGHIJKLMNOP", expiryTime: 86_400))
                ),
            ]
            : [
                ("a cancel of order A", .cancel(CancelCommand(orderID: "A"))),
                ("a cancel without an order", .cancel(CancelCommand())),
            ]
        for (name, command) in probes {
            var values = FieldValues(command)
            for value in [FieldLayout.Value.sequence, .counter] { values.set(value, 7) }
            values.set(.time, 1_700_000_000)
            var first = MessageWriter(one, values: values)
            var second = MessageWriter(two, values: values)
            let results = ((try? first.write()), (try? second.write()))
            if results.0 != results.1 { return name }
        }
        return nil
    }
}

extension MessageLayout {
    fileprivate func hasTable(_ value: FieldLayout.Value) -> Bool {
        var found = false
        for field in self {
            field.visit { field in
                switch field.content {
                case .enumeration(value, _): found = true
                case .bits(let bits, _):
                    for bit in bits { if case .enumeration(value, _) = bit.content { found = true } }
                default: break
                }
            }
        }
        return found
    }
}
