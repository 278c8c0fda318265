internal import ArgumentParser
internal import BlueTap
internal import Documents
internal import Glibc
internal import Replay
internal import WireFormat

struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode", abstract: "Show the command or reply in reports, or all those of a capture, as JSON.",
        discussion:
            "A report is given as on the wire: the report ID first where the profile has one, else the data alone. Of a"
            + " capture (pcapng or pcap, also packed with gzip or zstd: bluetap's own, usbmon's, USBPcap's, macOS') or a"
            + " journal every report is a line.")

    @OptionGroup var profile: ProfileOptions

    @Argument(
        help: ArgumentHelp(
            "The reports of one message, in hexadecimal; or a capture or journal, - for standard input.",
            valueName: "hex|file|-"))
    var reports: [String]

    @Option(
        help: ArgumentHelp(
            "Which device of a capture, by serial number or by bus and address (1.5); of a journal, by id.",
            valueName: "serial|bus.address|id"))
    var device: String?

    @Option(help: ArgumentHelp("Which interface of a capture's device, by number.", valueName: "n"))
    var interface: UInt8?

    @Flag(
        help:
            "Print what each byte is, and why, as an annotated hexdump. What cannot be read is explained as far as it goes."
    )
    var explain = false

    @Flag(help: "With --explain print it as JSON; else the output is JSON anyway.")
    var json = false

    func run() throws {
        let (profile, codec) = try self.profile.load()
        let reports = reports.map { HexArgument(argument: $0)?.bytes }
        if let index = reports.firstIndex(of: nil) {
            guard reports.count == 1 else {
                throw ValidationError("\"\(self.reports[index])\" is no report: pairs of hexadecimal digits")
            }
            guard !explain else { throw ValidationError("--explain takes the reports of one message, in hexadecimal") }
            return try decode(file: self.reports[0], profile, codec)
        }
        let given = reports.compactMap(\.self)
        guard explain else { return try decode(given, codec) }
        let explanation = try Explanation(of: given, with: profile)
        if json {
            emit(JSONText.object(Self.members(of: explanation)))
        } else {
            for line in explanation.lines { emit(line.printable) }
        }
        if let stop = explanation.stop { throw CommandError("the message cannot be read whole: \(stop)") }
    }

    private static func members(of explanation: Explanation) -> [(String, JSONValue?)] {
        let blocks = explanation.blocks.map { block in
            JSONValue.object(["title": .text(block.title), "parts": .list(block.parts.map(members))])
        }
        return [
            ("meaning", .text(explanation.meaning)), ("blocks", .list(blocks)),
            ("stopped", explanation.stop.map(JSONValue.text)),
        ]
    }

    private static func members(of part: Explanation.Part) -> JSONValue {
        var members: [String: JSONValue] = [
            "at": .integer(Int64(part.at)), "bytes": .text(HexBytes(part.bytes).description),
            "layer": .text(part.layer.rawValue), "field": .text(part.field), "why": .text(part.reason),
        ]
        members["value"] = part.value.map(JSONValue.text)
        members["path"] = part.path.map(JSONValue.text)
        members["right"] = part.isRight.map(JSONValue.bool)
        return .object(members)
    }

    private func decode(_ reports: [[UInt8]], _ codec: Codec) throws {
        do {
            let (command, context) = try codec.decode(reports: reports)
            emit(JSONText.object(Self.members(of: command) + [("sequence", .integer(context.sequence))]))
        } catch {
            guard let (result, context) = try? codec.decodeReply(reports: reports) else {
                throw CommandError("the \(reports.count == 1 ? "report is" : "reports are") no command: \(error)")
            }
            emit(
                JSONText.object([
                    ("reply", .text(context.command.rawValue)), ("result", .text(result.rawValue)),
                    ("sequence", .integer(context.sequence)),
                ]))
        }
    }

    private func decode(file: String, _ profile: Profile, _ codec: Codec) throws {
        guard file == SessionFile.standardInput || access(file, F_OK) == 0 else {
            throw ValidationError("\"\(file)\" is neither a report (pairs of hexadecimal digits) nor a file")
        }
        let choice = CaptureChoice(usbID: self.profile.usbID, device: device, interface: interface)
        let recorded = try SessionFile(path: file, choice, profile: profile)
        for note in recorded.notes { complain(note) }
        for session in recorded.sessions { decode(session, codec) }
    }

    private func decode(_ session: RecordedSession, _ codec: Codec) {
        var interpreter = Interpreter(codec)
        for step in session.steps {
            let interpretation: Interpreter.Interpretation
            let (from, bytes): (String, [UInt8])
            switch step.happening {
            case .hostReport(let report, let isFeature):
                (from, bytes) = ("host", report)
                interpretation = interpreter.host(report, isFeature: isFeature)
            case .deviceReport(let report), .featureRead(_, let report):
                (from, bytes) = ("device", report)
                interpretation = interpreter.device(report)
            case .detached:
                interpreter.reset()
                continue
            case .failedWrite(let report, let isFeature, let failure):
                // It never came to the device, and is no part of what does.
                var glance = interpreter
                let meant = glance.host(report, isFeature: isFeature)
                emit(line(step, from: "host", [("failed", .text(failure.status))] + Self.members(of: meant), report))
                continue
            case .attached, .unheard, .unanswered, .pulled, .disturbed, .tap, .pending, .payment, .refusal: continue
            }
            emit(line(step, from: from, Self.members(of: interpretation), bytes))
        }
    }

    private func line(
        _ step: RecordedSession.Step, from: String, _ members: [(String, JSONValue?)], _ report: [UInt8]
    ) -> String {
        JSONText.object(
            [
                (step.place.unit.rawValue, .integer(step.place.number)), ("time", .number(step.time.inSeconds)),
                ("from", .text(from)),
            ] + members + [("report", .text(HexBytes(report).description))])
    }

    private static func members(of interpretation: Interpreter.Interpretation) -> [(String, JSONValue?)] {
        switch interpretation {
        case .message(let meaning, let anatomy, _):
            members(of: meaning) + [("sequence", anatomy.values.number(.sequence).map(JSONValue.integer))]
        case .part: [("part", .bool(true))]
        case .exchange: [("exchange", .bool(true))]
        case .unreadable(let malformation): [("unreadable", .text(malformation.description))]
        }
    }

    private static func members(of meaning: Interpreter.Meaning) -> [(String, JSONValue?)] {
        switch meaning {
        case .command(let command): members(of: command)
        case .reply(let kind, let result): [("reply", .text(kind.rawValue)), ("result", .text(result.rawValue))]
        case .acknowledgement(let kind): [("acknowledgement", .text(kind.rawValue))]
        case .notification(let occasion): [("notification", .text(occasion.rawValue))]
        }
    }

    private static func members(of command: Command) -> [(String, JSONValue?)] {
        switch command {
        case .pay(let pay):
            [
                ("command", .text("pay")), ("paymentMethod", .text(pay.paymentMethod)),
                ("amount", pay.amount.map(JSONValue.text)), ("orderId", pay.orderID.map(JSONValue.text)),
                ("expiryTime", pay.expiryTime.map(JSONValue.integer)),
            ]
        case .cancel(let cancel):
            [("command", .text("cancel")), ("orderId", cancel.orderID.map(JSONValue.text))]
        }
    }
}
