import Glibc
import Testing

@Suite("The command line", .timeLimit(.minutes(10)))
struct CommandLineTests {
    @Test("the demo shows every part of the story and ends by itself with 0")
    func demo() async throws {
        let demo = try await Program.bluetap("demo")
        #expect(demo.status == 0 && demo.errors.isEmpty)
        for kind in [
            "linkReady", "linkTapped", "paymentSucceeded", "linkCancelled", "tapMissed", "linkExpired",
            "commandRejected",
        ] {
            #expect(demo.output.contains(kind), "\(kind)")
        }
        let json = try await Program.bluetap("demo", "--json")
        #expect(
            try json.lines.map { try #require(members($0)["seq"] as? Int) }
                == Array(1...json.lines.count).map { $0 + 1 })
    }

    @Test(
        "`run` has CMD's exit status",
        arguments: [
            (["true"], 0), (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137),
            (["sh", "-c", "kill -TERM $$"], 143),
            (["no-such-program"], 127), (["./no/such/program"], 127), (["/etc/passwd"], 126),
        ])
    func runStatus(command: [String], status: Int) async throws {
        let run = try await Program.run(Program.bluetap, ["run", "--"] + command)
        #expect(run.status == status)
        // None of them opens the device, and all that ran are told so.
        let errors = run.errors.split(separator: "\n").filter { !$0.hasPrefix("bluetap: nothing opened the device") }
        #expect(errors.count == (status < 126 ? 0 : 1), "\(run.errors)")
    }

    @Test("`run` gives CMD a device, and leaves nothing behind")
    func run() async throws {
        let folder = try Folder()
        let run = try await Program.bluetap(
            "run", "--", "sh", "-c",
            "\(Program.bluetap) pay --method TRUEMONEY && ls $TMPDIR && \(Program.bluetap) tap",
            environment: ["TMPDIR": folder.path])
        #expect(run.status == 0, "\(run)")
        #expect(run.lines.first == "SUCCESS")
        let rest = try await Program.run("ls", ["-A", folder.path])
        #expect(rest.output.isEmpty)
    }

    @Test("the whole story through the command line, each step seen in `bluetap events --json`")
    func story() async throws {
        let folder = try Folder()
        let ended = try await Serving.start(in: folder, "--clock", "virtual", "--journal", folder.file("journal")) {
            device in
            func bluetap(_ arguments: String...) async throws -> Finished {
                try await Program.run(Program.bluetap, arguments, environment: device.environment)
            }
            #expect(
                try await bluetap("pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", "A1").output
                    == "SUCCESS\n")
            #expect(try await bluetap("tap", "--wallet", "Alice").status == 0)
            #expect(try await bluetap("pay", "--method", "ALIPAY_CN", "--order", "A2", "--expiry", "60").status == 0)
            #expect(try await bluetap("clock", "advance", "59.999s").output.isEmpty)
            #expect(try await bluetap("clock", "advance", "1ms").output.contains("linkExpired"))
            let missed = try await bluetap("tap")
            #expect(missed.status == 1 && missed.output.contains("tapMissed"))
            #expect(try await bluetap("pay", "--method", "SEVEN_11", "--order", "A3").status == 0)
            #expect(try await bluetap("cancel", "--order", "other").output == "PARAM_ILLEGAL\n")
            #expect(try await bluetap("cancel", "--order", "A3").status == 0)
            #expect(try await bluetap("pay", "--method", "SEVEN_11").status == 0)
            #expect(try await bluetap("cancel").status == 0)
            let refused = try await bluetap("pay", "--method", "Test", "--json")
            #expect(refused.status == 1 && refused.output == "{\"result\":\"PARAM_ILLEGAL\"}\n")

            let events = try await bluetap("events", "--json")
            try #require(events.status == 0 && events.lines.count == 30, "\(events)")
            let kinds = try events.lines.map { try #require(members($0)["kind"] as? String) }
            #expect(
                kinds == [
                    "attached",
                    "payReceived", "linkReady", "replySent", "linkTapped", "paymentSucceeded",
                    "payReceived", "linkReplaced", "linkReady", "replySent", "linkExpired", "tapMissed",
                    "payReceived", "linkReady", "replySent", "cancelReceived", "commandRejected", "replySent",
                    "cancelReceived", "linkCancelled", "replySent",
                    "payReceived", "linkReady", "replySent", "cancelReceived", "linkCancelled", "replySent",
                    "payReceived", "commandRejected", "replySent",
                ])
            let expired = try members(events.lines[10])
            #expect(expired["time"] as? String == "2026-01-01T00:01:00.000Z")
            let last = try await bluetap("events", "--after", "29")
            #expect(last.lines.count == 1)
            let status = try members(try await bluetap("status", "--json").output)
            #expect(status["state"] as? String == "idle" && status["lastSequence"] as? Int == 30)
        }
        #expect(ended.status == 0, "\(ended)")
        let journal = try folder.contents(of: "journal").split(separator: "\n")
        #expect(try journal.map { try #require(members(String($0))["seq"] as? Int) } == Array(1...31))
    }

    @Test("`events --follow` prints events as they happen, and ends with the device")
    func follow() async throws {
        let folder = try Folder()
        try await Serving.start(in: folder) { device in
            async let followed = Program.run(Program.bluetap, ["events", "--follow"], environment: device.environment)
            for _ in 0..<3 {
                _ = try await Program.run(
                    Program.bluetap, ["pay", "--method", "TRUEMONEY"], environment: device.environment)
            }
            device.send(SIGTERM)
            let kinds = try await followed.lines.map { try members($0)["kind"] as? String }
            #expect(kinds.prefix(4) == ["attached", "payReceived", "linkReady", "replySent"])
            #expect(kinds.filter { $0 == "linkReady" }.count == 3)
            #expect(kinds.suffix(2) == ["linkLost", "detached"])
        }
    }

    @Test("a socket in use is refused, and a stale one of a killed run is taken over")
    func sockets() async throws {
        let folder = try Folder()
        try await Serving.start(in: folder, endingWith: 137) { device in
            let second = try await Serving.refusal(in: folder)
            #expect(second.status == 1)
            #expect(
                second.errors
                    == "bluetap: the socket \(device.socket) is in use: stop the bluetap that has it, or choose another path\n"
            )
            device.send(SIGKILL)
        }
        let again = try await Serving.start(in: folder) { device in
            let pay = try await Program.run(
                Program.bluetap, ["pay", "--method", "TRUEMONEY"], environment: device.environment)
            #expect(pay.status == 0)
        }
        #expect(again.status == 0)
        #expect(try await Program.run("ls", ["-A", folder.path]).output.isEmpty)
    }

    @Test("sockets and journal are their owner's alone")
    func modes() async throws {
        let folder = try Folder()
        try await Serving.start(in: folder, "--journal", folder.file("journal")) { _ in
            let modes = try await Program.run(
                "stat", ["-c", "%a", folder.file("loopback.sock"), folder.file("control.sock"), folder.file("journal")])
            #expect(modes.output == "600\n600\n600\n")
        }
    }

    @Test("a seed makes two runs alike")
    func seed() async throws {
        func events(_ seed: String) async throws -> [String] {
            let run = try await Program.bluetap(
                "run", "--seed", seed, "--clock", "virtual", "--", "sh", "-c",
                "\(Program.bluetap) pay --method TRUEMONEY && \(Program.bluetap) events --json")
            try #require(run.status == 0 && run.lines.first == "SUCCESS", "\(run)")
            // The POS counts its commands from where it likes.
            return run.lines.dropFirst().map { $0.replacing(#/"report":"[0-9a-f]*"/#, with: #""report":"""#) }
        }
        let first = try await events("7")
        #expect(
            try first.map { try #require(members($0)["kind"] as? String) }
                == ["attached", "payReceived", "linkReady", "replySent"])
        #expect(first[2].contains(#""url":"https://"#), "\(first)")
        #expect(try await events("7") == first)
        // What differs is the link, and nothing else.
        let other = try await events("8")
        #expect(zip(first, other).map { $0 == $1 } == [true, true, false, true], "\(other)")
    }

    @Test("with no device the result is DEVICE_DISCONNECTED, and the reason says what to do")
    func disconnected() async throws {
        let folder = try Folder()
        let pay = try await Program.bluetap(
            "pay", "--method", "TRUEMONEY", environment: ["BLUETAP_LOOPBACK": folder.file("none")])
        #expect(pay.status == 1 && pay.output == "DEVICE_DISCONNECTED\n")
        #expect(pay.errors.contains("bluetap serve"))
    }

    @Test("a command that the device does not answer is PROCESS_FAIL")
    func unanswered() async throws {
        let folder = try Folder()
        let shown = try await Program.bluetap("profile", "show", "reference").output
        let other = try folder.write("other.yaml", shown.replacing("constant: B7", with: "constant: B8"))
        let run = try await Program.bluetap(
            "run", "--journal", folder.file("journal"), "--", Program.bluetap, "pay", "--profile", other, "--method",
            "TRUEMONEY", "--timeout", "50ms")
        #expect(run.status == 1 && run.output == "PROCESS_FAIL\n" && run.errors.contains("did not answer"), "\(run)")
        #expect(try folder.contents(of: "journal").contains(#""kind":"reportMalformed""#))
    }

    @Test("inside `run`, pay and cancel know the device's profile and identity by themselves")
    func inherited() async throws {
        let folder = try Folder()
        let shown = try await Program.bluetap("profile", "show", "reference").output
        let other = try folder.write("other.yaml", shown.replacing("constant: B7", with: "constant: B8"))
        let run = try await Program.bluetap(
            "run", "--profile", other, "--usb-id", "04d8:003f", "--", "sh", "-c",
            "cd /; \(Program.bluetap) pay --method TRUEMONEY && \(Program.bluetap) cancel")
        #expect(run.status == 0 && run.output == "SUCCESS\nSUCCESS\n", "\(run)")
    }

    @Test("paths that loaders and sockets cannot have do not keep CMD from its device")
    func awkwardPaths() async throws {
        let folder = try Folder()
        let awkward = folder.file("a b:c")
        _ = try await Program.run("mkdir", [awkward])
        let run = try await Program.bluetap(
            "run", "--", Program.bluetap, "pay", "--method", "TRUEMONEY", environment: ["TMPDIR": awkward])
        #expect(run.status == 0 && run.errors.isEmpty, "\(run)")
        let relative = try await Program.run(
            "sh",
            [
                "-c",
                "cd \(folder.path) && \(Program.bluetap) run --socket s --control unix:c -- sh -c 'cd / && \(Program.bluetap) pay --method TRUEMONEY && \(Program.bluetap) tap'",
            ])
        #expect(relative.status == 0, "\(relative)")
        let colon = try await Program.bluetap("serve", "--socket", folder.file("a:b"))
        #expect(colon.status == 1 && colon.errors.contains("colon"))
    }

    @Test("a disk that is full in the middle of a line leaves whole lines, and what it missed comes when there is room")
    func diskFills() async throws {
        let folder = try Folder()
        try await Serving.start(in: folder, "--clock", "virtual", "--journal", folder.file("journal")) { device in
            func bluetap(_ arguments: String...) async throws -> String {
                let ran = try await Program.run(Program.bluetap, arguments, environment: device.environment)
                #expect(ran.status == 0, "\(arguments): \(ran)")
                return ran.output
            }
            /// A limit on the size of files is a disk that is full, for that process alone.
            func limit(to size: String) async throws {
                let ran = try await Program.run("prlimit", ["--pid", "\(device.process)", "--fsize=\(size):"])
                try #require(ran.status == 0, "\(ran)")
            }
            func failure() async throws -> String? {
                try members(try await bluetap("status", "--json"))["journalFailure"] as? String
            }
            #expect(try await bluetap("pay", "--method", "TRUEMONEY", "--order", "A1") == "SUCCESS\n")
            let before = try device.settled().journalled().count
            #expect(try await failure() == nil && before == 4)
            try await limit(to: "\(folder.contents(of: "journal").utf8.count + 100)")
            #expect(try await bluetap("pay", "--method", "TRUEMONEY", "--order", "A2") == "SUCCESS\n")
            #expect(try await failure()?.contains("cannot be written: File too large") == true)
            // Half a line was cut off again.
            #expect(try device.journalled().count == before)
            #expect(try folder.contents(of: "journal").hasSuffix("\n"))
            try await limit(to: "unlimited")
            #expect(try await bluetap("pay", "--method", "TRUEMONEY", "--order", "A3") == "SUCCESS\n")
            #expect(try await failure() == nil)
            let kinds = try device.settled().journalledKinds()
            #expect(kinds.filter { $0.hasPrefix("journal") } == ["journalFailed", "journalRestored"])
            #expect(kinds.count { $0 == "payReceived" } == 3)
        }
        // The last line as well: the device has ended.
        let numbers = try folder.contents(of: "journal").split(separator: "\n").map {
            try members(String($0))["seq"] as? Int
        }
        #expect(numbers == Array(1...numbers.count))
    }

    @Test("a journal that cannot be written fails the run, once it is over")
    func fullDisk() async throws {
        let run = try await Program.bluetap(
            "run", "--journal", "/dev/full", "--", Program.bluetap, "pay", "--method", "TRUEMONEY")
        #expect(run.status == 1 && run.output == "SUCCESS\n" && run.errors.contains("No space left"), "\(run)")
        let failed = try await Program.bluetap("run", "--journal", "/dev/full", "--", "sh", "-c", "exit 7")
        #expect(failed.status == 7, "\(failed)")
    }

    @Test("output that nobody reads ends the program, and output that cannot be written fails it")
    func lostOutput() async throws {
        let piped = try await Program.bluetap(
            "run", "--", "sh", "-c",
            """
            (\(Program.bluetap) events --follow | head -1) &
            for i in 1 2 3 4 5 6 7 8; do \(Program.bluetap) pay --method TRUEMONEY > /dev/null; done; wait
            """)
        #expect(piped.status == 0 && piped.lines.count == 1, "\(piped)")
        let full = try await Program.run("sh", ["-c", "\(Program.bluetap) profile list > /dev/full"])
        #expect(full.status == 1 && full.errors.contains("standard output"))
        let folder = try Folder()
        let serving = try await Program.run(
            "sh",
            [
                "-c",
                "\(Program.bluetap) serve --socket \(folder.file("l")) --control unix:\(folder.file("c")) > /dev/full",
            ])
        #expect(serving.status == 1 && serving.errors.contains("standard output cannot be written"), "\(serving)")
        // What it had opened is closed again.
        #expect(try await Program.run("ls", [folder.path]).output.isEmpty)
    }

    @Test("a signal that was ignored from the start stays ignored, and SIGTERM reaches CMD")
    func signals() async throws {
        let folder = try Folder()
        let hungUp = try await Program.run(
            "sh",
            [
                "-c",
                """
                trap '' HUP
                \(Program.bluetap) serve --socket \(folder.file("s")) --control unix:\(folder.file("c")) > \(folder.file("out")) & P=$!
                until grep -q ready \(folder.file("out")) 2> /dev/null; do :; done
                kill -HUP $P
                \(Program.bluetap) status --control unix:\(folder.file("c")) > /dev/null && kill -TERM $P && wait $P
                """,
            ])
        #expect(hungUp.status == 0, "\(hungUp)")
        let terminated = try await Program.run(
            "sh",
            [
                "-c",
                """
                \(Program.bluetap) run -- sh -c 'trap "exit 5" TERM; touch \(folder.file("up")); while :; do sleep 0.01; done' & P=$!
                until [ -e \(folder.file("up")) ]; do :; done
                kill -TERM $P; wait $P
                """,
            ])
        #expect(terminated.status == 5, "\(terminated)")
    }

    @Test("encode, decode and reply agree")
    func codec() async throws {
        let report = try await Program.bluetap(
            "encode", "pay", "--method", "TRUEMONEY", "--amount", "12.50", "--order", "A1", "--expiry", "900",
            "--sequence", "4660"
        ).lines[0]
        #expect(report.hasSuffix("c8adb032"))
        #expect(
            try await Program.bluetap("decode", report).output
                == #"{"command":"pay","paymentMethod":"TRUEMONEY","amount":"12.50","orderId":"A1","expiryTime":900,"sequence":4660}"#
                + "\n")
        let reply = try await Program.bluetap("encode", "reply", "--to", report, "--result", "SUCCESS").lines[0]
        #expect(reply.hasSuffix("f5534941"))
        #expect(
            try await Program.bluetap("decode", reply).output
                == #"{"reply":"pay","result":"SUCCESS","sequence":4660}"# + "\n")
        for arguments in [["encode", "--profile", "nosuch", "cancel"], ["encode", "cancel", "--profile", "nosuch"]] {
            #expect(try await Program.run(Program.bluetap, arguments).errors.contains("there is reference"))
        }
        let cancel = try await Program.bluetap("encode", "cancel").lines[0]
        #expect(try await Program.bluetap("decode", cancel).output == #"{"command":"cancel","sequence":1}"# + "\n")
    }

    @Test("profiles are listed, shown and checked")
    func profiles() async throws {
        let folder = try Folder()
        #expect(try await Program.bluetap("profile", "list").output.hasPrefix("reference  "))
        let shown = try await Program.bluetap("profile", "show", "reference").output
        let file = try folder.write("mine.yaml", shown)
        #expect(try await Program.bluetap("profile", "check", file).output == "\(file): profile reference is good\n")
        let own = try await Program.bluetap(
            "run", "--profile", file, "--usb-id", "04d8:003f", "--", "sh", "-c",
            "\(Program.bluetap) pay --profile \(file) --usb-id 04d8:003f --method TRUEMONEY")
        #expect(own.status == 0, "\(own)")
        let json = try members(try await Program.bluetap("profile", "show", "reference", "--json").output)
        #expect(json["profile"] as? String == "reference")
        let schema = try members(try await Program.bluetap("profile", "schema").output)
        #expect(schema["title"] as? String == "bluetap profile")
    }

    @Test("on TCP the control API binds to this machine alone")
    func tcp() async throws {
        let folder = try Folder()
        let open = try await Program.bluetap(
            "serve", "--socket", folder.file("s"), "--control", "0.0.0.0:0")
        #expect(open.status == 1 && open.errors.contains("open to the network"))
        let local = try await Program.bluetap(
            "run", "--control", "127.0.0.1:0", "--", "sh", "-c", "\(Program.bluetap) status && echo $BLUETAP_CONTROL")
        #expect(local.status == 0 && local.output.contains("127.0.0.1:") && !local.output.contains("127.0.0.1:0\n"))
    }

    struct Mistake: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        let status: Int
        let message: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(
        "a mistake is one line that says what to do",
        arguments: [
            Mistake(arguments: ["serve", "--profile", "nosuch"], status: 1, message: "there is reference"),
            Mistake(
                arguments: ["serve", "--socket", "/nonexistent/s"], status: 1,
                message: "/nonexistent/s cannot be made: No such file"),
            Mistake(arguments: ["serve", "--socket", "/etc/passwd"], status: 1, message: "is not a socket"),
            Mistake(
                arguments: ["serve", "--socket", "/tmp/" + String(repeating: "x", count: 200)], status: 1,
                message: "choose a shorter one"),
            Mistake(
                arguments: ["run", "--journal", "/nonexistent/j", "--", "true"], status: 1,
                message: "journal /nonexistent/j"),
            Mistake(arguments: ["run"], status: 64, message: "put it behind --; see `bluetap run --help`"),
            Mistake(arguments: ["pay"], status: 64, message: "see `bluetap pay --help`"),
            Mistake(arguments: ["tap", "--after", "5"], status: 64, message: "a time goes with pays-later"),
            Mistake(arguments: ["tap", "--reason", "RISK_REJECT"], status: 64, message: "a reason goes with declines"),
            Mistake(arguments: ["customers", "come", "--rate", "nan"], status: 64, message: "--rate is 0 to 600"),
            Mistake(arguments: ["nosuch"], status: 64, message: "see `bluetap --help`"),
            Mistake(arguments: ["serve", "--clock", "fast"], status: 64, message: "see `bluetap serve --help`"),
            Mistake(
                arguments: ["clock", "advance", "soon"], status: 64, message: "see `bluetap clock advance --help`"),
            Mistake(arguments: ["clock", "advance", "--", "-5"], status: 64, message: "duration"),
            Mistake(arguments: ["clock", "advance", ""], status: 64, message: "duration"),
            Mistake(arguments: ["clock", "advance", "0x10"], status: 64, message: "duration"),
            Mistake(arguments: ["pay", "--method", "x", "--timeout", "1e300"], status: 64, message: "timeout"),
            Mistake(
                arguments: ["pay", "--method", "x", "--timeout", "999999999999999999"], status: 64, message: "timeout"),
            Mistake(
                arguments: ["encode", "pay", "--method", "x", "--amount", ""], status: 1, message: "amount is empty"),
            Mistake(arguments: ["status", "--control", "nowhere"], status: 64, message: "control"),
            Mistake(
                arguments: ["status", "--control", "unix:/nonexistent"], status: 1, message: "start `bluetap serve`"),
            Mistake(arguments: ["decode", "zz"], status: 64, message: "hex"),
            Mistake(arguments: ["decode", "00"], status: 1, message: "the report has 1 bytes, the profile says 64"),
            Mistake(arguments: ["profile", "check", "/nonexistent.yaml"], status: 1, message: "No such file"),
            Mistake(arguments: ["profile", "show", "nosuch"], status: 1, message: "there is reference"),
            Mistake(arguments: ["encode", "pay", "--method", "0123456789ABC"], status: 1, message: "paymentMethod"),
        ])
    func mistakes(_ mistake: Mistake) async throws {
        let ended = try await Program.run(Program.bluetap, mistake.arguments)
        #expect(ended.status == mistake.status, "\(ended)")
        #expect(ended.output.isEmpty)
        #expect(ended.errors.hasPrefix("bluetap: ") && ended.errors.hasSuffix("\n"))
        #expect(
            ended.errors.split(separator: "\n").count == 1 && ended.errors.contains(mistake.message), "\(ended.errors)")
    }

    @Test("a bad YAML line is named")
    func badYAML() async throws {
        let folder = try Folder()
        let file = try folder.write("bad.yaml", "profile: x\nusb: [1\n")
        let checked = try await Program.bluetap("profile", "check", file)
        #expect(checked.status == 1 && checked.errors.hasPrefix("bluetap: \(file):3:1: "), "\(checked.errors)")
    }

    @Test("every command has help")
    func help() async throws {
        let dump = try await Program.bluetap("--experimental-dump-help")
        let root = try #require(members(dump.output)["command"] as? [String: Any])
        func commands(_ command: [String: Any], _ path: [String]) -> [[String]] {
            let subcommands = command["subcommands"] as? [[String: Any]] ?? []
            return [path] + subcommands.flatMap { commands($0, path + [$0["commandName"] as? String ?? "?"]) }
        }
        let all = commands(root, []).filter { $0.last != "help" }
        #expect(all.count > 60 && all.contains(["profile", "check"]), "\(all)")
        for command in all {
            let help = try await Program.run(Program.bluetap, command + ["--help"])
            let usage = (["USAGE: bluetap"] + command).joined(separator: " ")
            #expect(help.status == 0 && help.output.contains(usage), "\(command): \(help)")
            #expect(help.output.hasPrefix("OVERVIEW: "), "\(command): \(help)")
        }
    }
}
