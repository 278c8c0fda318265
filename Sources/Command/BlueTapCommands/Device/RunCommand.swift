internal import ArgumentParser
internal import BlueTap
internal import BlueTapHost
internal import ControlAPI
internal import Emulator
internal import Glibc
internal import ProfileFiles
internal import ServiceLifecycle
internal import Subprocess
internal import Synchronization
internal import SystemPackage
internal import UnixSignals

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start a device, run CMD so that its hidapi sees it, stop the device.",
        discussion: """
            CMD's libhidapi is replaced by one that talks to the device: no USB, no root, no network. With another
            transport than loopback CMD uses its own libhidapi, and starts when a host sees the device. CMD finds the \
            control API in BLUETAP_CONTROL, so that `bluetap tap` and the like work inside it. With --sandbox the gateways' \
            own names lead CMD to the payment sandbox, whose URL is in BLUETAP_SANDBOX.

            Exit status: CMD's; 128+n where signal n killed it; 127 where there is no such CMD; 126 where it cannot be
            executed; 3 where CMD succeeded and the scenario's expectations do not hold.
            """)

    @OptionGroup var device: DeviceOptions

    @Option(
        help: ArgumentHelp(
            "Write a report of CMD and of the scenario's expectations that CI servers read.", valueName: "file"))
    var junit: String?

    @OptionGroup var record: RecordOptions

    @Flag(
        inversion: .prefixedNo,
        help: "Show CMD the device as /dev/hidraw0 too, for programs with a hidapi of their own. (default: --hidraw)")
    var hidraw: Bool?

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The POS program and its arguments.", valueName: "cmd"))
    var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("there is no CMD: put it behind --") }
        if hidraw != nil, device.transport != .loopback {
            throw ValidationError(
                "--hidraw and --no-hidraw go with --transport loopback: else the kernel has the device")
        }
        if record.record != nil, record.labels == nil {
            throw ValidationError("what is typed here goes to CMD: give the labels with --labels FILE, or use `serve`")
        }
    }

    func run() async throws {
        let report = try junit.map(JUnitFile.init)
        let directory = try TemporaryDirectory(prefix: "bluetap-run")
        let libraries = device.transport == .loopback ? try HIDAPIDropIn.link(in: directory.path) : nil
        let socket = "\(directory.path)/loopback.sock"
        let picture = libraries != nil && hidraw != false ? "\(directory.path)/hidraw" : nil
        let host = try BlueTapHost(
            device.configuration(
                control: .unix(path: "\(directory.path)/control.sock"), socket: socket, hidraw: picture))
        let recording = try record.recording(of: host.emulator.devices)
        var settings: [Subprocess.Environment.Key: String?] = [:]
        if let usbID = device.profile.usbID { settings["BLUETAP_USB_ID"] = usbID.description }
        if let profile = device.profile.profile {
            settings["BLUETAP_PROFILE"] = ProfileLibrary.names.contains(profile) ? profile : absolutePath(profile)
        }
        // Ctrl-C reaches CMD from the terminal, as it would without us; we end when CMD has.
        if !UnixSignal.sigint.isIgnored { signal(SIGINT) { _ in } }
        try await host.run(signals: [.sigterm, .sighup, .sigquit]) {
            [command, settings, emulator = host.emulator] ready in
            // The drop-in waits for this device for as long as it lives.
            var environment: [Subprocess.Environment.Key: String?] = ["BLUETAP_RUN": "\(getpid())"]
            if let control = ready.control { environment["BLUETAP_CONTROL"] = control.description }
            var preloaded = libraries.map { picture == nil ? [$0.preload] : [$0.preload, $0.hidrawSeam] } ?? []
            if let sandbox = ready.sandbox {
                environment["BLUETAP_SANDBOX"] = sandbox
                var variables = GatewayNames.variables(ready.sandboxPlaces)
                if let authority = ready.sandboxAuthority {
                    variables += try ClientTrust(authority: authority, directory: directory.path).variables
                }
                for (name, value) in variables {
                    environment[Subprocess.Environment.Key(rawValue: name)!] = value
                }
                preloaded.append(try GatewayNames.link(in: directory.path))
            }
            if !preloaded.isEmpty {
                environment["LD_PRELOAD"] = prepend(preloaded.joined(separator: ":"), to: "LD_PRELOAD")
            }
            if let libraries {
                environment["BLUETAP_HIDRAW"] = picture
                environment["LD_LIBRARY_PATH"] = prepend(libraries.directory, to: "LD_LIBRARY_PATH")
            }
            switch ready.place {
            case .sockets(let paths): environment["BLUETAP_LOOPBACK"] = paths.joined(separator: ":")
            case .network(let address, _):
                environment["BLUETAP_LOOPBACK"] = socket
                environment["BLUETAP_USBIP"] = address
            case .inProcess, .node, .controller:
                // Nothing is there, so that a loopback device of somebody else is not taken for this one.
                environment["BLUETAP_LOOPBACK"] = socket
                try await cancelWhenGracefulShutdown {
                    try await HostArrival(device: emulator.devices[0], place: ready.place).wait()
                }
            }
            if Task.isShuttingDownGracefully { return }
            environment.merge(settings) { _, setting in setting }
            let clock = ContinuousClock()
            let start = clock.now
            let settled = environment
            let result = try await Recording.during(recording) {
                try await execute(command, environment: .inherit.updating(settled))
            }
            // Who tests a back end against the sandbox needs no device.
            if host.hasBeenOpened == false, ready.sandbox == nil, result != 126, result != 127 {
                complain(ProgramReach(command: command[0]).explanation(of: command[0]))
            }
            let verdict = Verdict(of: emulator)
            verdict.explain()
            try report?.write(
                verdict.report(command: command, status: result, seconds: (clock.now - start).inSeconds))
            // CMD's own failure counts before what the device has to say at its end.
            if result != 0 { throw ExitCode(result) }
            if !verdict.holds { throw ExitCode(3) }
        }
    }

    /// Runs the command to its end; a shutdown of the device is passed on to it.
    private func execute(_ command: [String], environment: Subprocess.Environment) async throws -> Int32 {
        let executable: Executable = command[0].contains("/") ? .path(FilePath(command[0])) : .name(command[0])
        let process = Mutex<pid_t?>(nil)
        do {
            let result = try await withGracefulShutdownHandler {
                try await Subprocess.run(
                    executable, arguments: Arguments(Array(command.dropFirst())), environment: environment,
                    input: .currentStandardInput, output: .currentStandardOutput, error: .currentStandardError
                ) { execution in
                    process.withLock { $0 = execution.processIdentifier.value }
                }
            } onGracefulShutdown: {
                process.withLock { if let process = $0 { _ = kill(process, SIGTERM) } }
            }
            process.withLock { $0 = nil }
            switch result.terminationStatus {
            case .exited(let code): return code
            case .signaled(let signal):
                complain(
                    "the command \"\(command[0])\" was killed by signal \(signal) (\(String(cString: strsignal(signal))))"
                )
                return 128 + signal
            }
        } catch let error as SubprocessError where error.code == .executableNotFound {
            if command[0].contains("/"), access(command[0], F_OK) == 0 {
                complain("\(command[0]) cannot be executed: check its permissions (chmod +x) and its first line")
                return 126
            }
            complain(
                "there is no command \"\(command[0])\": check its path"
                    + (command[0].contains("/") ? "" : ", or give it as ./\(command[0])"))
            return 127
        }
    }

    private func prepend(_ entry: String, to variable: String) -> String {
        Environment[variable].map { "\(entry):\($0)" } ?? entry
    }
}
