internal import ArgumentParser
internal import CLinuxUAPI
internal import ControlAPI
internal import Emulator
internal import Glibc
internal import ServiceLifecycle

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a device until interrupted.",
        discussion: "When it is ready it prints one JSON line, whose `event` is `ready`, with the addresses to use.")

    @OptionGroup var device: DeviceOptions

    @OptionGroup var record: RecordOptions

    @Flag(help: "Accepted for symmetry: the ready line is JSON anyway.")
    var json = false

    func run() async throws {
        let directory = RuntimeDirectory(environment: Environment.all)
        if device.control == nil || (device.transport == .loopback && device.socket == nil) { try directory.make() }
        let host = try DeviceHost(
            device, control: .unix(path: directory.controlSocket), socket: directory.loopbackSocket)
        let supervisor = ServiceSupervisor(environment: Environment.all)
        let recording = try record.recording(of: host.emulator.devices)
        try await host.run { [emulator = host.emulator] ready in
            try announce(ready.json)
            // A device is small while it waits: most of the code that has run by now never runs again.
            bluetap_release_code_pages()
            if let recording {
                await recording.ask()
            } else if let supervisor {
                // Whoever serves a host that hangs holds the device's state.
                await supervisor.attend { for device in emulator.devices { _ = device.status } }
            } else {
                try? await gracefulShutdown()
            }
        }
    }
}

extension DeviceHost.Ready {
    /// The line that tells who started `serve` where everything is.
    fileprivate var json: String {
        var members: [(String, JSONValue?)] = [
            ("event", .text("ready")), ("transport", .text(transport)), ("control", .text(control.description)),
        ]
        switch place {
        case .sockets(let paths):
            members.append(("socket", .text(paths[0])))
            if paths.count > 1 { members.append(("sockets", .list(paths.map(JSONValue.text)))) }
        case .node(let path): members.append(("node", path.map(JSONValue.text)))
        case .network(let address, let busIDs):
            members.append(("listen", address.map(JSONValue.text)))
            members.append(("busIds", .list(busIDs.map(JSONValue.text))))
        case .controller(let name, _): members.append(("controller", .text(name)))
        }
        if let sandbox { members.append(("sandbox", .text(sandbox))) }
        return JSONText.object(members)
    }
}
