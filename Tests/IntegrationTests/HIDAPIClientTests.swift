import Foundation
import TestSupport
import Testing

/// A way in which POS programs use hidapi.
enum HIDAPIClient: String, CaseIterable, CustomTestStringConvertible {
    case cHidraw = "C, linked with libhidapi-hidraw"
    case cLibusb = "C, linked with libhidapi-libusb"
    case wheelHid = "PyPI's hidapi, module hid"
    case wheelHidraw = "PyPI's hidapi, module hidraw"
    case ctypesHid = "PyPI's hid"
    case debianHid = "Debian's python3-hid, module hid"
    case debianHidraw = "Debian's python3-hid, module hidraw"
    case mono = "C# on Mono"

    var testDescription: String { rawValue }

    /// The program, without the report that it takes as its last argument.
    func command(in folder: Folder) async throws -> [String] {
        let programs = HIDAPIProgram.folder
        switch self {
        case .cHidraw: return [try await HIDAPIProgram.compileC("client", with: .hidraw, in: folder)]
        case .cLibusb: return [try await HIDAPIProgram.compileC("client", with: .libusb, in: folder)]
        case .wheelHid: return [try Program.tool("hidapi/bin/python"), "\(programs)/client_hidapi.py", "hid"]
        case .wheelHidraw: return [try Program.tool("hidapi/bin/python"), "\(programs)/client_hidapi.py", "hidraw"]
        case .ctypesHid: return [try Program.tool("hid/bin/python"), "\(programs)/client_hid.py"]
        case .debianHid: return [HIDAPIProgram.debianPython, "\(programs)/client_hidapi.py", "hid"]
        case .debianHidraw: return [HIDAPIProgram.debianPython, "\(programs)/client_hidapi.py", "hidraw"]
        case .mono:
            return [
                "mono", try await HIDAPIProgram.compileCSharp(["\(programs)/Client.cs"], to: "Client.exe", in: folder),
            ]
        }
    }

    /// Debian 12's binding is older than the member.
    var mayOmitBusType: Bool { self == .debianHid || self == .debianHidraw }
}

@Suite("Programs that use hidapi", .timeLimit(.minutes(10)))
struct HIDAPIClientTests {
    @Test(
        "every kind of client finds the device, pays and gets the reply, to the byte", arguments: HIDAPIClient.allCases)
    func client(_ client: HIDAPIClient) async throws {
        let folder = try Folder()
        let pay = ReferenceReports.pay(amount: "12.50", order: "A1", expiry: 900, sequence: 4660)
        let reply = ReferenceReports.reply(to: pay)

        let journal = folder.file("journal")
        let ran = try await Program.run(
            Program.bluetap, ["run", "--journal", journal, "--"] + client.command(in: folder) + [pay])
        #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
        let expected = [
            "1209:0001 0100", "bluetap|BlueTap emulator|000001", "usage ff00:0001 interface 0", "bus 1", reply,
        ]
        #expect(
            ran.lines == expected || client.mayOmitBusType && ran.lines == expected.filter { $0 != "bus 1" }, "\(ran)")

        let events = try folder.contents(of: "journal").split(separator: "\n").map { try members(String($0)) }
        #expect(
            events.compactMap { $0["kind"] as? String }
                == ["attached", "payReceived", "linkReady", "replySent", "linkLost", "detached"])
        #expect(events[1]["report"] as? String == pay && events[1]["orderId"] as? String == "A1")
    }

    @Test("the drop-in has the functions of hidapi 0.15, and no others")
    func functions() async throws {
        func functions(_ library: String) async throws -> Set<String> {
            let listed = try await Program.run("nm", ["--dynamic", "--defined-only", library])
            try #require(listed.status == 0, "\(listed)")
            return Set(
                listed.lines.map { $0.split(separator: " ") }.filter { $0[1] == "T" }.map { String($0[2]) }
            )
        }
        var expected: Set = [
            "hid_get_report_descriptor", "hid_send_output_report", "hid_read_error", "hid_libusb_error",
        ]
        for library in HIDAPILibrary.allCases {
            let file = try await Program.run("cc", ["-print-file-name=lib\(library.rawValue).so"]).lines[0]
            let system = try await functions(file).filter { $0.hasPrefix("hid_") }
            #expect(system.count >= 22)
            expected.formUnion(system)
        }
        #expect(try await functions(HIDAPIProgram.dropIn) == expected)
    }

    @Test("the drop-in exports no data of its own and needs nothing but the C library")
    func dependencies() async throws {
        let symbols = try await Program.run("nm", ["--dynamic", "--defined-only", HIDAPIProgram.dropIn])
        try #require(symbols.status == 0 && symbols.output.contains(" hid_init\n"), "\(symbols)")
        // Some linkers mark the ends of the sections.
        let marks: Set = ["__bss_start", "_edata", "_end"]
        let others = symbols.lines.map { String($0.split(separator: " ")[2]) }.filter { !$0.hasPrefix("hid_") }
        #expect(Set(others).isSubset(of: marks))

        let needed = try await Program.run("readelf", ["--dynamic", "--wide", HIDAPIProgram.dropIn]).lines
            .filter { $0.contains("(NEEDED)") }
            .map { String($0.split(separator: "[")[1].dropLast()) }
        let allowed = ["libc.so.", "libm.so.", "libstdc++.so.", "ld-linux"]
        #expect(needed.contains { $0.hasPrefix("libc.so.") })
        for library in needed { #expect(allowed.contains { library.hasPrefix($0) }, "\(library)") }
    }

    /// A C program in `Programs/`, and what it shows.
    struct Subject: Sendable, CustomTestStringConvertible {
        let program: String
        let testDescription: String

        init(_ program: String, _ description: String) {
            self.program = program
            testDescription = description
        }
    }

    @Test(
        "what hidapi promises, and survives, holds",
        arguments: [
            Subject("abi", "the entries of hid_enumerate are as large as the system's header says"),
            Subject("reads", "reads wait as long as asked, and a short buffer loses the rest"),
            Subject("writes", "a report is written whole, and a bad one is an error"),
            Subject("strings", "strings fit their buffers"),
            Subject("control_requests", "a stall is an error, and the functions of 0.15 work"),
            Subject("reader_threads", "several threads get each reply exactly once"),
            Subject("two_handles", "every handle gets every reply"),
            Subject("errors", "handles that are none are refused, and there is always an error text"),
        ], HIDAPILibrary.allCases)
    func semantics(_ subject: Subject, _ library: HIDAPILibrary) async throws {
        let folder = try Folder()
        let program = try await HIDAPIProgram.compileC(subject.program, with: library, in: folder)
        let ran = try await Program.bluetap("run", "--", program)
        #expect(ran.status == 0 && ran.errors.isEmpty && ran.output.isEmpty, "\(ran)")
    }

    @Test(
        "a handle closed under a waiting reader ends the wait, and the program lives", arguments: HIDAPILibrary.allCases
    )
    func closeWhileReading(_ library: HIDAPILibrary) async throws {
        let folder = try Folder()
        let program = try await HIDAPIProgram.compileC("close_while_reading", with: library, in: folder)
        let ran = try await Program.bluetap("run", "--", program, "\(rounds(1_000, soak: 50_000))")
        #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
    }

    @Test("two POS programs share a device")
    func twoPrograms() async throws {
        let folder = try Folder()
        let pays = rounds(200, soak: 5_000)
        let pos = try await HIDAPIProgram.compileC("pos", in: folder)
        let ended = try await Serving.start(in: folder, "--journal", folder.file("journal")) { device in
            async let first = Program.run(pos, ["0", "\(pays)"], environment: device.dropInEnvironment)
            async let second = Program.run(pos, ["30000", "\(pays)"], environment: device.dropInEnvironment)
            for ran in try await [first, second] { #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)") }
        }
        #expect(ended.status == 0, "\(ended)")
        let kinds = try folder.contents(of: "journal").split(separator: "\n").map {
            try members(String($0))["kind"] as? String
        }
        for kind in ["payReceived", "linkReady", "replySent"] {
            #expect(kinds.filter { $0 == kind }.count == 2 * pays, "\(kind)")
        }
    }

    @Test("BLUETAP_LOOPBACK may name several devices")
    func severalDevices() async throws {
        let (one, two) = (try Folder(), try Folder())
        let program = try await HIDAPIProgram.compileC("every_device", in: one)
        try await Serving.start(in: one) { first in
            try await Serving.start(in: two, "--usb-id", "04d8:003f") { second in
                // An empty place and one where nobody listens do no harm.
                var environment = first.dropInEnvironment
                environment["BLUETAP_LOOPBACK"] = ":\(first.socket):\(one.file("nobody")):\(second.socket)"
                let ran = try await Program.run(program, [], environment: environment)
                #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
                #expect(ran.lines == ["1209:0001 \(first.socket)", "04d8:003f \(second.socket)"])
                for device in [first, second] {
                    #expect(try await device.eventKinds() == ["attached", "payReceived", "linkReady", "replySent"])
                }
            }
        }
    }
}
