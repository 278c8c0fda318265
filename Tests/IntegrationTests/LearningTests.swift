import Foundation
import Testing

@Suite("Learning a vendor's format", .timeLimit(.minutes(10)))
struct LearningTests {
    private static let examples = "\(Program.repository)/Examples/learning"

    /// What a program of the examples prints, in a file.
    private static func write(_ name: String, in folder: Folder, _ arguments: String...) async throws -> String {
        let made = try await Program.run(
            "python3", ["\(examples)/device.py"] + arguments, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        try #require(made.status == 0, "\(made)")
        return try folder.write(name, made.output)
    }

    /// The examples' session as a capture.
    private static func capture(
        _ session: String, in folder: Folder, link: String, container: String
    ) async throws -> String {
        let capture = folder.file("usb.\(container)")
        let made = try await Program.run(
            "python3", ["\(examples)/captures.py", capture, session, "--link", link, "--container", container])
        try #require(made.status == 0, "\(made)")
        return capture
    }

    @Test("samples become a profile that is right in commands it has not seen; one that is mislabelled is named")
    func samples() async throws {
        let folder = try Folder()
        let samples = try await Self.write("samples.json", in: folder, "samples")
        let fresh = try await Self.write("fresh.json", in: folder, "fresh", "7")
        let profile = folder.file("p.yaml")
        let learned = try await Program.bluetap("profile", "learn", samples, "-o", profile, "--strict", "--json")
        #expect(learned.status == 0 && learned.errors.isEmpty, "\(learned)")
        let events = try learned.lines.map { try #require(members($0)["event"] as? String) }
        #expect(events.last == "learned" && events.contains("progress"))
        #expect(try await Program.bluetap("profile", "check", profile, "--samples", fresh).status == 0)
        // Evidence stands beside each field.
        #expect(
            try folder.contents(of: "p.yaml").contains("over: [2, here], order: big } # crc-16/ibm-3740 of 2 to here"))

        let text = try folder.contents(of: "samples.json")
        let label = try #require(text.firstRange(of: "\"amount\": \"12.50\""))
        let wrong = try folder.write("wrong.json", text.replacingCharacters(in: label, with: "\"amount\": \"12.51\""))
        let contradicted = try await Program.bluetap("profile", "learn", wrong, "-o", folder.file("q.yaml"))
        #expect(contradicted.status == 1)
        #expect(contradicted.errors.contains("contradicts the others: without it all of them fit"))
        #expect(contradicted.errors.contains("nothing is written: sample"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("q.yaml")))

        // A draft is written where one is asked for, and says that it is one wherever it is used.
        let draft = try await Program.bluetap(
            "profile", "learn", wrong, "-o", folder.file("q.yaml"), "--draft", "--json")
        #expect(draft.status == 1 && draft.errors.contains("a draft is written, which is not proved: sample"))
        #expect(try members(#require(draft.lines.last))["outcome"] as? String == "draft")
        #expect(try folder.contents(of: "q.yaml").contains("# CONTRADICTION: sample"))
        let checked = try await Program.bluetap("profile", "check", folder.file("q.yaml"))
        #expect(checked.status == 1 && checked.errors.contains("is a draft, which is not right in all of its samples"))
        let used = try await Program.bluetap("encode", "--profile", folder.file("q.yaml"), "cancel")
        #expect(used.status == 0 && used.errors.contains("is a draft"))

        // What differs is shown with its bytes and its field's name.
        let check = try await Program.bluetap("profile", "check", profile, "--samples", wrong)
        #expect(check.status == 1)
        #expect(check.output.contains("amount is read as 12.50, not 12.51"))
        #expect(check.output.contains("sample   21 5a"))
    }

    @Test("in a terminal a bar shows how far it is")
    func bar() async throws {
        let folder = try Folder()
        let samples = try await Self.write("samples.json", in: folder, "samples")
        let learned = try await Program.inTerminal(
            rows: 24, columns: 80, [Program.bluetap, "profile", "learn", samples, "-o", folder.file("p.yaml")])
        #expect(learned.status == 0 && learned.output.contains("█░"), "\(learned)")
    }

    @Test(
        "a capture and the list of commands become a profile with the device's identity", arguments: ["pcap", "pcapng"])
    func capture(container: String) async throws {
        let folder = try Folder()
        let session = try await Self.write("session.json", in: folder, "session")
        let commands = try await Self.write("commands.json", in: folder, "commands")
        let capture = try await Self.capture(session, in: folder, link: "usbpcap", container: container)
        let profile = folder.file("p.yaml")
        let learned = try await Program.bluetap(
            "profile", "learn", "--capture", capture, "--commands", commands, "-o", profile, "--strict")
        #expect(learned.status == 0 && learned.errors.isEmpty, "\(learned)")
        let text = try folder.contents(of: "p.yaml")
        for part in ["vendorID: 0x4E54", "product: \"NordTap 2\"", "0600FF0901A101150026FF007508852109", "exchanges:"] {
            #expect(text.contains(part), "\(part)")
        }
        let fresh = try await Self.write("fresh.json", in: folder, "fresh", "8")
        #expect(try await Program.bluetap("profile", "check", profile, "--samples", fresh).status == 0)
    }

    @Test("a host that commands by feature reports, and reads the answers as such, is learned from a capture")
    func featureReports() async throws {
        let folder = try Folder()
        let session = try await Self.write("session.json", in: folder, "session")
        let commands = try await Self.write("commands.json", in: folder, "commands")
        var members = try members(folder.contents(of: "session.json"))
        // Its output and input items are feature items now.
        let descriptor = try #require(members["reportDescriptor"] as? String)
        members["reportDescriptor"] = descriptor.lowercased().replacing("8102", with: "b102").replacing(
            "9102", with: "b102")
        members["outVia"] = "feature"
        try JSONSerialization.data(withJSONObject: members).write(to: URL(filePath: session))
        let capture = try await Self.capture(session, in: folder, link: "usbmon-mmapped", container: "pcapng")
        let profile = folder.file("p.yaml")
        let learned = try await Program.bluetap(
            "profile", "learn", "--capture", capture, "--commands", commands, "-o", profile, "--strict")
        #expect(learned.status == 0 && learned.errors.isEmpty, "\(learned)")
        let text = try folder.contents(of: "p.yaml")
        for part in ["outputReport: { size: 64, padding: \"FF\", feature: true", "setFeature:"] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        let fresh = try await Self.write("fresh.json", in: folder, "fresh", "9")
        #expect(try await Program.bluetap("profile", "check", profile, "--samples", fresh).status == 0)
    }

    @Test("what hosts send is kept with the labels that are typed, before and after")
    func recording() async throws {
        let folder = try Folder()
        let labels = try folder.write("labels", "pay TRUEMONEY 12.50 A1 900\nskip\ncancel A1 PROCESS_FAIL\n")
        let device = try await Program.bluetap(
            "run", "--profile", "any", "--record", folder.file("s.yaml"), "--labels", labels, "--", "sh", "-c",
            """
            \(Program.bluetap) pay --method TRUEMONEY --amount 12.50 --order A1 --expiry 900 --profile reference
            \(Program.bluetap) pay --method SEVEN_11 --profile reference
            \(Program.bluetap) cancel --order A1 --profile reference
            """)
        #expect(device.errors.contains("sample 2: cancel, 1 report"), "\(device)")
        let samples = try folder.contents(of: "s.yaml")
        let lines = samples.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(
            lines.filter { !$0.hasPrefix("reports") } == [
                "samples:", "- command: pay", "paymentMethod: \"TRUEMONEY\"", "amount: \"12.50\"", "orderId: \"A1\"",
                "expiryTime: 900", "- command: cancel", "orderId: \"A1\"", "result: PROCESS_FAIL",
            ])
        // They are what the reference profile reads as that.
        let reference = try await Program.bluetap("profile", "show", "reference")
        let profile = try folder.write("reference.yaml", reference.output)
        #expect(try await Program.bluetap("profile", "check", profile, "--samples", folder.file("s.yaml")).status == 0)
    }

    @Test(
        "what cannot be done is said in one line",
        arguments: [
            (["learn", "/no/such.yaml"], "/no/such.yaml: cannot be read"),
            (["learn"], "give files of samples"),
            (["learn", "--capture", "/dev/null"], "go together"),
            (["learn", "--capture", "/dev/null", "--commands", "COMMANDS"], "/dev/null: the file is empty"),
            (["learn", "--capture", "COMMANDS", "--commands", "COMMANDS"], "neither pcap nor pcapng"),
            (["learn", "COMMANDS"], "there is no `samples`"),
            (["probe", "--profile", "reference", "--", "true"], "has replies already"),
            (["probe", "--profile", "any", "--", "true"], "sent no command that the profile knows"),
            (["probe", "--profile", "any"], "there is no CMD"),
        ])
    func refused(arguments: [String], message: String) async throws {
        let folder = try Folder()
        let commands = try folder.write("commands.yaml", "commands:\n  - { command: pay, paymentMethod: TRUEMONEY }\n")
        let ended = try await Program.run(
            Program.bluetap, ["profile"] + arguments.map { $0 == "COMMANDS" ? commands : $0 })
        #expect(ended.status == 1 || ended.status == 64)
        #expect(ended.errors.contains(message), "\(ended)")
        #expect(ended.status == 64 || ended.errors.split(separator: "\n").count == 1, "\(ended)")
    }
}
