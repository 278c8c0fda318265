internal import ArgumentParser
internal import ControlAPI
internal import ControlClient

struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Pull a device's cable and put it back at once: it begins anew.")

    @OptionGroup var options: ControlOptions

    func run() async throws {
        try options.printEvents(of: await options.client().reset())
    }
}
