internal import BlueTap
internal import WireFormat

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
        lesson.unexplained += draft.riddles.map { "\(place): \($0)" }
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

    /// What no sample shows. Where that would tell more of the bytes that are known, it is a doubt, and marked at its field.
    func addGaps(_ samples: [Sample], _ lesson: inout Lesson) {
        addGapsOfPays(samples.filter { $0.command.kind == .pay }.map(\.values), &lesson)
        addBeginningCounts(samples, &lesson)
        let cancels = samples.filter { $0.command.kind == .cancel }.map(\.values)
        if cancels.isEmpty {
            lesson.doubts.append(
                Doubt(
                    place: "commands.cancel", readings: ["a cancel is never sent", "it is, and no sample shows one"],
                    decidedBy: "send a cancel"))
        } else if cancels.allSatisfy({ $0[.orderID] != nil }) {
            lesson.doubt(
                .orderID, \.commands, .cancel, ["every cancel has an orderId", "another number stands there without"],
                Documented.absence(.orderID)
            ) { $0.needsNumber }
        } else if cancels.allSatisfy({ $0[.orderID] == nil }) {
            lesson.gaps.append("no cancel has an orderId: send one")
        }
        let results = Set(samples.compactMap(\.result))
        if results.count == 1, let only = results.first, !lesson.replies.isEmpty {
            lesson.doubts.append(
                Doubt(
                    place: "replies",
                    readings: ["they say \(only.rawValue) somewhere", "they say nothing of the result"],
                    decidedBy: "send a command that the device refuses"))
        } else if !results.isEmpty {
            for code in ResultCode.allCases where !results.contains(code) && code != .deviceDisconnected {
                for kind in Command.Kind.allCases {
                    lesson.doubt(
                        .result, \.replies, kind,
                        ["\(code.rawValue) is told as another code", "it has a code of its own, which no reply shows"],
                        "have the device answer \(code.rawValue)")
                }
            }
        }
    }

    /// A number that is 1 in every command may count them, where each was sent by a process of its own.
    private func addBeginningCounts(_ samples: [Sample], _ lesson: inout Lesson) {
        let isCounted = lesson.commands.values.contains { message in
            message.layout.contains { $0.values.contains(.counter) || $0.values.contains(.sequence) }
        }
        guard !isCounted, samples.count >= ReadingEvidence.messagesForARule else { return }
        let places = (0..<SearchLimit.bodyHeader).filter { place in
            samples.allSatisfy { sample in
                (sample.reports + sample.replies).allSatisfy { place < $0.count && $0[place] == 1 }
            }
        }
        guard let place = places.first else { return }
        lesson.gaps.append(
            "byte \(place) is 01 in all commands and replies: always, or it counts and begins anew with each process: send two commands in one session"
        )
    }

    private func addGapsOfPays(_ pays: [FieldValues], _ lesson: inout Lesson) {
        let methods = Set(pays.compactMap { $0[.paymentMethod] })
        if methods.count == 1, let method = methods.first {
            lesson.doubt(
                .paymentMethod, \.commands, .pay,
                ["\(method), which every pay has", "something else that is always the same"],
                "send a pay with another method")
        } else {
            for method in PaymentMethod.allCases where !methods.contains(method.rawValue) {
                lesson.doubt(
                    .paymentMethod, \.commands, .pay,
                    ["\(method.rawValue) is never sent", "it has a code of its own, which no pay shows"],
                    "send a pay with the method \(method.rawValue)"
                ) { $0.isTable }
            }
        }
        for value in [FieldLayout.Value.amount, .orderID, .expiryTime] {
            if pays.allSatisfy({ $0[value] != nil }) {
                lesson.doubt(
                    value, \.commands, .pay,
                    ["every pay has \(value.rawValue)", "something else says that one has none"],
                    Documented.absence(value))
            } else if pays.allSatisfy({ $0[value] == nil }) {
                lesson.doubts.append(
                    Doubt(
                        place: "commands.pay",
                        readings: ["it carries no \(value.rawValue)", "it does, and no sample shows one"],
                        decidedBy:
                            "send a pay with \(value == .orderID ? "an OrderId" : value == .amount ? "an amount" : "an ExpiryTime")"
                    ))
            }
        }
    }
}

extension Lesson {
    /// Notes a doubt of what a value's fields say, and marks those fields.
    ///
    /// - Parameter isOpen: which of the fields leave it open.
    fileprivate mutating func doubt(
        _ value: FieldLayout.Value, _ messages: WritableKeyPath<Lesson, [Command.Kind: LearnedMessage]>,
        _ kind: Command.Kind, _ readings: [String], _ decidedBy: String,
        where isOpen: (FieldLayout) -> Bool = { _ in true }
    ) {
        let place = messages == \.replies ? "replies" : "commands"
        let doubt = Doubt(
            place: "\(place).\(kind.rawValue): \(value.rawValue)", readings: readings, decidedBy: decidedBy)
        var isMarked = false
        let layout = self[keyPath: messages][kind]?.layout.map { field in
            field.mapped { field in
                guard field.content.carriesItself(value), isOpen(field) else { return }
                field.mark(doubt)
                isMarked = true
            }
        }
        guard isMarked, let layout else { return }
        self[keyPath: messages][kind]?.layout = layout
        doubts.append(doubt)
    }
}

extension FieldLayout {
    /// Whether it is a number that has to be given.
    fileprivate var needsNumber: Bool {
        guard case .integer(_, let format) = content else { return false }
        return format.absent == nil && format.blank == nil && fixedSize != nil
    }

    fileprivate var isTable: Bool {
        switch content {
        case .enumeration, .bits: true
        default: false
        }
    }
}

extension FieldLayout.Content {
    /// Whether it carries a value, and not by a field in it.
    fileprivate func carriesItself(_ value: FieldLayout.Value) -> Bool {
        switch self {
        case .records, .list, .pairs, .object, .document, .enclosed: false
        default: carries(value)
        }
    }
}

extension Draft {
    /// A command of which two layouts make different bytes; nil where none is known.
    fileprivate func probe(against other: Draft, kind: Command.Kind) -> String? {
        guard let one = try? GeneralMessage(layout, size: 1024, padding: 0, path: []),
            let two = try? GeneralMessage(other.layout, size: 1024, padding: 0, path: [])
        else { return nil }
        for probe in Probe.all(of: kind) {
            var values = FieldValues(probe.command)
            for value in [FieldLayout.Value.sequence, .counter] { values.set(value, 7) }
            values.set(.time, 1_700_000_000)
            var first = MessageWriter(one, values: values)
            var second = MessageWriter(two, values: values)
            let results = ((try? first.write()), (try? second.write()))
            if results.0 != results.1 { return probe.name }
        }
        return nil
    }
}
