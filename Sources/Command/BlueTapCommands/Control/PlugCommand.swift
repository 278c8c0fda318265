internal import ArgumentParser
internal import ControlAPI
internal import ControlClient

struct PlugCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "plug", abstract: "Put a device's cable back.")

    @OptionGroup var options: ControlOptions

    func run() async throws {
        try options.printEvents(of: await options.client().plug())
    }
}
