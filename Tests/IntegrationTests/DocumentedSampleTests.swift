import Foundation
import Testing

@Suite("The documented samples", .timeLimit(.minutes(10)))
struct DocumentedSampleTests {
    static let examples = "\(Program.repository)/Examples"
    /// The documentation as Alipay+ publishes it, where this machine has it.
    static let documentation = "\(Program.repository)/../shared/seeds"
    static let hasDocumentation = FileManager.default.fileExists(atPath: documentation)

    /// A sample that ran, and what its device saw.
    struct Run {
        let finished: Finished
        let kinds: [String]
        /// The results of the replies, in order.
        let results: [String]

        /// Whether the sample itself has nothing to complain of. Mono tells of a failed Debug.Assert on standard error
        /// alone.
        var isContent: Bool {
            finished.status == 0 && finished.output.isEmpty && finished.errors.isEmpty
        }

        func count(_ kind: String) -> Int { kinds.filter { $0 == kind }.count }
    }

    /// Runs a command on a device of its own.
    static func run(
        _ command: [String], in folder: Folder, _ options: [String] = [], environment: [String: String] = [:]
    ) async throws -> Run {
        let journal = "journal-\(UInt64.random(in: 0...UInt64.max))"
        let finished = try await Program.run(
            Program.bluetap, ["run", "--journal", folder.file(journal)] + options + ["--"] + command,
            environment: environment.merging(["MONO_TRACE_LISTENER": "Console.Error"]) { $1 })
        let events = try folder.contents(of: journal).split(separator: "\n").map { try members(String($0)) }
        return Run(
            finished: finished, kinds: try events.map { try #require($0["kind"] as? String) },
            results: events.filter { $0["kind"] as? String == "replySent" }.compactMap { $0["result"] as? String })
    }

    /// Compiles a C# sample with the stand-in for BluetapLib.dll, and returns the command that runs it.
    static func compile(_ sample: String, in folder: Folder) async throws -> [String] {
        let sources = try FileManager.default.contentsOfDirectory(atPath: "\(examples)/csharp/BluetapLib").sorted()
            .filter { $0.hasSuffix(".cs") }.map { "\(examples)/csharp/BluetapLib/\($0)" }
        let library = try await HIDAPIProgram.compileCSharp(
            sources, to: "BluetapLib.dll", in: folder, "-target:library", "-warnaserror")
        return [
            "mono",
            try await HIDAPIProgram.compileCSharp(
                [sample], to: "Sample.exe", in: folder, "-d:DEBUG", "-r:System.Windows.Forms", "-r:\(library)"),
        ]
    }

    /// What the device does when the C# sample pays three times and then asks for what is not allowed. By the
    /// profile's policy a pay command replaces a link that is ready; the last link is lost with the device.
    static let paySampleKinds = [
        "attached",
        "payReceived", "linkReady", "replySent",
        "payReceived", "linkReplaced", "linkReady", "replySent",
        "payReceived", "linkReplaced", "linkReady", "replySent",
        "payReceived", "commandRejected", "replySent",
        "linkLost", "detached",
    ]

    @Test("the C# pay sample runs unchanged")
    func payCSharp() async throws {
        let folder = try Folder()
        let sample = try await Self.compile("\(Self.examples)/csharp/samples/SendPayCommand.cs", in: folder)
        let run = try await Self.run(sample, in: folder)
        #expect(run.isContent, "\(run.finished)")
        #expect(run.count("linkReady") == 3 && run.count("commandRejected") == 1)
        #expect(run.kinds == Self.paySampleKinds)
        #expect(run.results == ["SUCCESS", "SUCCESS", "SUCCESS", "PARAM_ILLEGAL"])
        #expect(try await Program.bluetap("profile", "show", "reference").output.contains("secondPay: replace"))
    }

    @Test("the C# pay sample's own assertions hold where a second pay command is refused")
    func payCSharpRefused() async throws {
        let folder = try Folder()
        let reference = try await Program.bluetap("profile", "show", "reference").output
        let profile = try folder.write(
            "refuse.yaml", reference.replacing("secondPay: replace", with: "secondPay: refuse"))
        let sample = try await Self.compile("\(Self.examples)/csharp/samples/SendPayCommand.cs", in: folder)
        let run = try await Self.run(sample, in: folder, ["--profile", profile])
        #expect(run.isContent, "\(run.finished)")
        #expect(run.count("linkReady") == 1 && run.count("linkReplaced") == 0 && run.count("commandRejected") == 3)
        #expect(run.results == ["SUCCESS", "PROCESS_FAIL", "PROCESS_FAIL", "PARAM_ILLEGAL"])
    }

    @Test("a C# sample that asserts what is not so is found out")
    func wrongAssertion() async throws {
        let folder = try Folder()
        let sample = try String(
            contentsOf: URL(filePath: "\(Self.examples)/csharp/samples/SendPayCommand.cs"), encoding: .utf8)
        let wrong = sample.replacing("ResultCode.SUCCESS", with: "ResultCode.PROCESS_FAIL")
        #expect(wrong != sample)
        let run = try await Self.run(
            Self.compile(folder.write("Wrong.cs", wrong), in: folder), in: folder)
        #expect(!run.isContent && run.finished.errors.contains("Fail:"), "\(run.finished)")
        #expect(run.kinds == Self.paySampleKinds)
    }

    @Test("the Python pay sample runs unchanged with either package", arguments: ["hidapi", "hid"])
    func payPython(package: String) async throws {
        let folder = try Folder()
        let run = try await Self.run(
            [Program.tool("\(package)/bin/python"), "\(Self.examples)/python/samples/send_pay_command.py"],
            in: folder, environment: ["PYTHONPATH": "\(Self.examples)/python"])
        #expect(run.isContent, "\(run.finished)")
        #expect(run.count("linkReady") == 2)
        #expect(
            run.kinds == [
                "attached", "payReceived", "linkReady", "replySent",
                "payReceived", "linkReplaced", "linkReady", "replySent",
                "linkLost", "detached",
            ])
        #expect(run.results == ["SUCCESS", "SUCCESS"])
    }

    @Test(
        "the cancel samples cancel what is pending, and succeed where nothing is", arguments: ["C#", "hidapi", "hid"])
    func cancel(language: String) async throws {
        let folder = try Folder()
        let sample =
            language == "C#"
            ? try await Self.compile("\(Self.examples)/csharp/samples/SendCancelCommand.cs", in: folder)
            : [
                try Program.tool("\(language)/bin/python"), "\(Self.examples)/python/samples/send_cancel_command.py",
            ]
        let python = ["PYTHONPATH": "\(Self.examples)/python"]

        let idle = try await Self.run(sample, in: folder, environment: python)
        #expect(idle.isContent, "\(idle.finished)")
        #expect(idle.kinds == ["attached", "cancelReceived", "replySent", "detached"])
        #expect(idle.results == ["SUCCESS"])

        let pending = try await Self.run(
            ["sh", "-c", "\(Program.bluetap) pay --method TRUEMONEY >/dev/null && exec \"$@\"", "sh"] + sample,
            in: folder, environment: python)
        #expect(pending.isContent, "\(pending.finished)")
        #expect(
            pending.kinds == [
                "attached", "payReceived", "linkReady", "replySent", "cancelReceived", "linkCancelled", "replySent",
                "detached",
            ])
        #expect(pending.results == ["SUCCESS", "SUCCESS"])
    }

    @Test(
        "the samples are the documentation's, word for word",
        .enabled(if: hasDocumentation, "the documentation's text is not on this machine"),
        arguments: [
            "csharp/samples/SendPayCommand.cs", "python/samples/send_pay_command.py",
            "python/samples/send_cancel_command.py",
        ])
    func wordForWord(sample: String) throws {
        func text(_ path: String) throws -> String {
            try String(contentsOf: URL(filePath: path), encoding: .utf8)
        }
        let copy = try text("\(Self.examples)/\(sample)")
        let pages = try FileManager.default.contentsOfDirectory(atPath: Self.documentation)
            .filter { $0.hasSuffix(".txt") }.map { try text("\(Self.documentation)/\($0)") }
        #expect(!copy.isEmpty && pages.contains { $0.contains(copy) })
    }
}
