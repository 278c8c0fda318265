internal import ArgumentParser

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Tell what this machine can do: for each transport whether it works, or why not and how to mend it.",
        discussion: """
            Exit status: 1 where a transport that was named does not work. Without names it is 0: few machines can do all.
            """)

    @Argument(help: ArgumentHelp("The transports to look at; else all.", valueName: "transport"))
    var transports: [DeviceOptions.TransportName] = []

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let examinations = (transports.isEmpty ? DeviceOptions.TransportName.allCases : transports).map(
            Examination.init)
        if json {
            emit(try JSONText.encode(["transports": JSONValue.list(examinations.map(\.json))]))
        } else {
            for examination in examinations { emit(examination.text) }
        }
        if !transports.isEmpty && examinations.contains(where: { !$0.works }) { throw ExitCode.failure }
    }
}
