internal import ArgumentParser

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Tell what this machine can do: for each transport whether it works, or why not and how to mend it.",
        discussion: """
            With a POS program (`bluetap doctor -- CMD`) it tells whether CMD would see the device under `bluetap run`. CMD does \
            not run.

            Exit status: 1 where a transport that was named does not work, or CMD would not see the device. Else it is 0: \
            few machines can do all.
            """)

    @Argument(
        help: ArgumentHelp(
            "The transports to look at; else all. Or a POS program, as `bluetap run` gets it.",
            valueName: "transport|cmd"))
    var subjects: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard let first = subjects.first, DeviceOptions.TransportName(rawValue: first) != nil else { return }
        if let other = subjects.first(where: { DeviceOptions.TransportName(rawValue: $0) == nil }) {
            let names = DeviceOptions.TransportName.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no transport \"\(other)\": the transports are \(names)")
        }
    }

    func run() throws {
        let transports = subjects.compactMap(DeviceOptions.TransportName.init)
        if transports.isEmpty, let program = subjects.first { return try examine(program) }
        let examinations = (transports.isEmpty ? DeviceOptions.TransportName.allCases : transports).map(
            Examination.init)
        if json {
            emit(try JSONText.encode(["transports": JSONValue.list(examinations.map(\.json))]))
        } else {
            for examination in examinations { emit(examination.text) }
        }
        if !transports.isEmpty && examinations.contains(where: { !$0.works }) { throw ExitCode.failure }
    }

    private func examine(_ program: String) throws {
        let reach = ProgramReach(command: program)
        if json {
            emit(try JSONText.encode(reach.members(program)))
        } else {
            emit(reach.text(program))
        }
        guard case .reached = reach else { throw ExitCode.failure }
    }
}

extension ProgramReach {
    fileprivate func text(_ program: String) -> String {
        switch self {
        case .reached(let file):
            return
                "\"\(program)\" sees the device under `bluetap run`, through any hidapi on libudev or hidraw (\(file))"
        case .unreached(let file, let reason):
            return
                "\"\(program)\" does not see the device under `bluetap run`, for \(reason) (\(file)): \(Self.otherWays)"
        case .unknown: return "\"\(program)\" is neither a transport nor a program that can be read: check its path"
        }
    }

    fileprivate func members(_ program: String) -> [String: JSONValue] {
        switch self {
        case .reached(let file): ["command": .text(program), "file": .text(file), "seesDevice": .bool(true)]
        case .unreached(let file, let reason):
            [
                "command": .text(program), "file": .text(file), "seesDevice": .bool(false), "problem": .text(reason),
                "remedy": .text(Self.otherWays),
            ]
        case .unknown:
            [
                "command": .text(program), "seesDevice": .bool(false), "problem": .text("no program that can be read"),
                "remedy": .text("check its path"),
            ]
        }
    }
}
