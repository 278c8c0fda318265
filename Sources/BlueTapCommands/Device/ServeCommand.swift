internal import ArgumentParser
internal import ControlAPI
internal import Glibc
internal import ServiceLifecycle

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a device until interrupted.",
        discussion: "When it is ready it prints one JSON line, whose `event` is `ready`, with the addresses to use.")

    @OptionGroup var device: DeviceOptions

    @Flag(help: "Accepted for symmetry: the ready line is JSON anyway.")
    var json = false

    func run() async throws {
        let directory = RuntimeDirectory(environment: Environment.all)
        if device.control == nil || device.socket == nil { try directory.make() }
        let host = try DeviceHost(
            device, control: .unix(path: directory.controlSocket), socket: directory.loopbackSocket)
        try await host.run { ready in
            emit(
                JSONText.object([
                    ("event", .text("ready")), ("transport", .text(ready.transport)),
                    ("control", .text(ready.control.description)), ("socket", .text(ready.socket)),
                ]))
            try? await gracefulShutdown()
        }
    }
}
