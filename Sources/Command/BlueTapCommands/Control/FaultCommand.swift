internal import ArgumentParser

struct FaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault", abstract: "Let things go wrong at a device.",
        subcommands: [
            FaultAddCommand.self, FaultListCommand.self, FaultClearCommand.self, FaultKindsCommand.self,
        ])
}
