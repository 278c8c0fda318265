internal import ArgumentParser
internal import BlueTapHost
internal import CLinuxUAPI
internal import ControlAPI
internal import Emulator
internal import Glibc
internal import ServiceLifecycle
internal import UnixSignals

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
        let host = try BlueTapHost(
            device.configuration(
                control: .unix(path: directory.controlSocket), socket: directory.loopbackSocket))
        let supervisor = ServiceSupervisor(environment: Environment.all)
        let recording = try record.recording(of: host.emulator.devices)
        let transport = device.transport.rawValue
        try await host.run(signals: [.sigterm, .sigint, .sighup, .sigquit]) { ready in
            try announce(ready.json(transport: transport))
            // A device is small while it waits: most of the code that has run by now never runs again.
            bluetap_release_code_pages()
            if let recording {
                await recording.ask()
            } else if let supervisor {
                // Whoever serves a host that hangs holds the device's state.
                await supervisor.attend { for device in ready.emulator.devices { device.catchUp() } }
            } else {
                try? await gracefulShutdown()
            }
        }
    }
}

extension BlueTapHost.Ready {
    /// The line that tells who started `serve` where everything is.
    fileprivate func json(transport: String) -> String {
        var members: [(String, JSONValue?)] = [
            ("event", .text("ready")), ("transport", .text(transport)),
            ("control", control.map { .text($0.description) }),
        ]
        switch place {
        case .sockets(let paths):
            members.append(("socket", .text(paths[0])))
            if paths.count > 1 { members.append(("sockets", .list(paths.map(JSONValue.text)))) }
        case .inProcess: break
        case .node(let path): members.append(("node", path.map(JSONValue.text)))
        case .network(let address, let busIDs):
            members.append(("listen", address.map(JSONValue.text)))
            members.append(("busIds", .list(busIDs.map(JSONValue.text))))
        case .controller(let name, _): members.append(("controller", .text(name)))
        }
        return JSONText.object(members + sandboxMembers)
    }

    /// Where its clients find the sandbox, and whom they are to trust.
    var sandboxMembers: [(String, JSONValue?)] {
        guard let sandbox else { return [] }
        var members: [(String, JSONValue?)] = [("sandbox", .text(sandbox))]
        if sandboxPlaces.count > 1 { members.append(("sandboxes", .list(sandboxPlaces.map { .text($0.url) }))) }
        if let sandboxAuthority { members.append(("sandboxCa", .text(sandboxAuthority))) }
        return members
    }
}
