internal import ArgumentParser
internal import BlueTap
internal import ControlAPI
internal import ControlClient
internal import Emulator

struct UnplugCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unplug", abstract: "Pull a device's cable: its host loses it, and a live link dies.")

    @Option(help: ArgumentHelp("Put the cable back after so long.", valueName: "duration"))
    var replug: DurationArgument?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let request = UnplugRequest(replug: replug.map { TextualDuration($0.duration) })
        try options.printEvents(of: await options.client().unplug(request))
    }
}
