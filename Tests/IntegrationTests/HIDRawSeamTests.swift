import Foundation
import Glibc
import TestSupport
import Testing

/// A POS program that the drop-in libhidapi cannot reach, for it has a hidapi of its own or none.
enum HIDRawClient: String, CaseIterable, CustomTestStringConvertible {
    case staticHIDAPI = "C, with hidapi linked in"
    case sdl = "SDL2's own hidapi"
    case mono = "C# that calls the C library and libudev, as HidSharp does"

    var testDescription: String { rawValue }

    /// The program, without the report that it takes as its last argument.
    func command(in folder: Folder) async throws -> [String] {
        let programs = HIDAPIProgram.folder
        switch self {
        case .staticHIDAPI:
            let program = folder.file("static")
            let compiled = try await Program.run(
                "cc", ["-std=gnu11", "\(programs)/client.c", "-l:libhidapi-hidraw.a", "-ludev", "-o", program])
            try #require(compiled.status == 0, "\(compiled)")
            return [program]
        case .sdl: return [HIDAPIProgram.debianPython, "\(programs)/client_sdl.py"]
        case .mono:
            return [
                "mono",
                try await HIDAPIProgram.compileCSharp(["\(programs)/RawClient.cs"], to: "RawClient.exe", in: folder),
            ]
        }
    }
}

@Suite("Programs with a hidapi of their own", .timeLimit(.minutes(10)))
struct HIDRawSeamTests {
    @Test(
        "every kind of client finds the device, pays and gets the reply, to the byte", arguments: HIDRawClient.allCases)
    func client(_ client: HIDRawClient) async throws {
        let folder = try Folder()
        let pay = ReferenceReports.pay(amount: "12.50", order: "A1", expiry: 900, sequence: 4660)
        let ran = try await Program.run(
            Program.bluetap, ["run", "--journal", folder.file("journal"), "--"] + client.command(in: folder) + [pay])
        #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
        #expect(Array(ran.lines.prefix(2)) == ["1209:0001 0100", "bluetap|BlueTap emulator|000001"], "\(ran)")
        #expect(ran.lines.last == ReferenceReports.reply(to: pay))
        let events = try folder.contents(of: "journal").split(separator: "\n").map { try members(String($0)) }
        #expect(events.compactMap { $0["report"] as? String }.first == pay)
    }

    @Test("the documents' table names the programs that the suite runs, and no others as seeing the device")
    func table() throws {
        let document = try String(contentsOfFile: "\(Program.repository)/docs/hosts.md", encoding: .utf8)
        let rows = document.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2).map {
            $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(
            rows.filter { $0[1] == "yes" }.map { $0[0] }
                == HIDAPIClient.allCases.map(\.rawValue) + HIDRawClient.allCases.map(\.rawValue))
        let kernels = HIDAPIClient.forHIDRaw.map(\.rawValue)
        for row in rows where HIDAPIClient(rawValue: row[0]) != nil && row[0] != HIDAPIClient.mono.rawValue {
            #expect((row[2] == "yes") == kernels.contains(row[0]), "\(row)")
        }
    }

    /// What a kernel's own hidraw says; ``KernelTests/UHID`` compares.
    static let semantics = [
        "listed ['/dev/hidraw0'] ['hidraw0']", "node True True", "subsystem hidraw hid", "by number True",
        "lines ['HID_ID=0003:00001209:00000001', 'HID_NAME=bluetap BlueTap emulator', 'HID_UNIQ=000001']",
        "opened True", "descriptor 27 True", "info (3, 4617, 1)", "name b'bluetap BlueTap emulator'",
        "cut name (8, b'bluetap ')", "serial number b'000001'", "unknown requests ENOTTY EINVAL",
        "too short EINVAL EINVAL", "nothing to read EAGAIN True", "paid 65 b781", "both handles b781 b781",
        "a copy b781 EBADF", "after children b781", "a short buffer 10 EAGAIN", "unplugged EIO ENODEV ENOENT False",
        "plugged in 65 b781",
    ]

    static func semanticsProgram() -> [String] {
        [
            HIDAPIProgram.debianPython, "\(HIDAPIProgram.folder)/hidraw_semantics.py", Program.bluetap,
            ReferenceReports.pay(amount: "12.50", order: "A1"),
        ]
    }

    @Test("a node is opened, read, written, asked, copied, inherited and unplugged as the kernel's own")
    func semantics() async throws {
        let ran = try await Program.run(Program.bluetap, ["run", "--"] + Self.semanticsProgram())
        #expect(ran.status == 0 && ran.errors.isEmpty && ran.lines == Self.semantics, "\(ran)")
    }

    @Test("several devices have a node each, and all else in /dev, /sys and /run is there as before")
    func several() async throws {
        let classes = try FileManager.default.contentsOfDirectory(atPath: "/sys/class").filter { $0 != "hidraw" }
        let ran = try await Program.run(
            "sh",
            [
                "-c", "echo \"$3\" | \"$0\" run --devices 2 -- \"$1\" \"$2\"", Program.bluetap,
                HIDAPIProgram.debianPython,
                "\(HIDAPIProgram.folder)/hidraw_surroundings.py", classes.joined(separator: " "),
            ])
        #expect(
            ran.lines == ["['hidraw0', 'hidraw1'] ['000001', '000001-2']", "True", "True True True True"], "\(ran)")
    }

    @Test("--no-hidraw leaves the machine's own devices in sight, and other transports need none of it")
    func without() async throws {
        let look = ["sh", "-c", "echo \"${BLUETAP_HIDRAW-none} $LD_PRELOAD\""]
        let ran = try await Program.run(Program.bluetap, ["run", "--no-hidraw", "--"] + look)
        #expect(ran.status == 0 && ran.output.hasPrefix("none ") && !ran.output.contains("seam"), "\(ran)")
        let refused = try await Program.bluetap("run", "--hidraw", "--transport", "usbip", "--", "true")
        #expect(
            refused.status != 0
                && refused.errors.contains("--hidraw and --no-hidraw go with --transport loopback"), "\(refused)")
    }

    @Test("a program that never opens the device is told why, by looking at it")
    func neverOpened() async throws {
        let folder = try Folder()
        let source = try folder.write("main.c", "int main(void) { return 7; }\n")
        let program = folder.file("program")
        let cases = [
            (["-static"], "does not see it, for it is linked statically, and loads no library (\(program))"),
            (["-Wl,--no-as-needed", "-l:libusb-1.0.so.0"], "it uses libusb, which looks for the device on a real bus"),
            ([], "check that it looks for the profile's USB id"),
        ]
        for (options, reason) in cases {
            let compiled = try await Program.run("cc", [source, "-o", program] + options)
            try #require(compiled.status == 0, "\(compiled)")
            let ran = try await Program.bluetap("run", "--", program)
            #expect(ran.status == 7 && ran.errors.contains(reason) && ran.errors.contains("--transport uhid"), "\(ran)")
            let looked = try await Program.bluetap("doctor", "--", program)
            #expect(looked.status == (options.isEmpty ? 0 : 1), "\(looked)")
            #expect(options.isEmpty == looked.output.contains("\" sees the device"), "\(looked)")
        }
        // A script is what interprets it.
        let script = try folder.write("pos", "#!/usr/bin/env -S python3\n")
        chmod(script, 0o755)
        let looked = try await Program.bluetap("doctor", "--json", "--", script)
        #expect(try members(looked.output)["seesDevice"] as? Bool == true, "\(looked)")
        let missing = try await Program.bluetap("doctor", "--", "./no-such-program")
        #expect(
            missing.status == 1 && missing.output.contains("is neither a transport nor a program that can be read"),
            "\(missing)")
    }
}
