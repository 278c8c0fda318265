import Foundation
import TestSupport
import Testing

/// What a POS under `bluetap run` must not notice: that the machine has other things to do.
@Suite("A machine that is busy", .timeLimit(.minutes(10)))
struct BusyMachineTests {
    /// The first processor that this process may use.
    static func processor() throws -> String {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
        return String(line.drop { !$0.isNumber }.prefix { $0.isNumber })
    }

    @Test("eight busy loops on the device's only processor, and every command of a POS is answered")
    func busy() async throws {
        let folder = try Folder()
        let pos = try await HIDAPIProgram.compileC("pos", in: folder)
        // They end with the script, and by themselves should it be killed.
        let script = """
            loops=
            trap 'kill $loops' EXIT
            for loop in 1 2 3 4 5 6 7 8; do
                timeout 300 sh -c 'while :; do :; done' & loops="$loops $!"
            done
            \(pos) 0 50
            for order in A1 A2; do
                $bluetap pay --method TRUEMONEY --order $order
                $bluetap cancel --order $order
            done
            """
        let ran = try await Program.run(
            "taskset",
            ["--cpu-list", Self.processor(), Program.bluetap, "run", "--clock", "virtual", "--", "sh", "-euc", script],
            environment: ["bluetap": Program.bluetap])
        #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)")
        #expect(ran.lines == Array(repeating: "SUCCESS", count: 4), "\(ran)")
    }

    @Test(
        "a device of `run` that does nothing for a while is waited for, and one that dies meanwhile is not",
        arguments: [("CONT", "SUCCESS\n"), ("KILL", "DEVICE_DISCONNECTED\n")])
    func waiting(_ signal: String, _ result: String) async throws {
        let folder = try Folder()
        // Longer than one that somebody has stopped is waited for elsewhere.
        let script = """
            kill -STOP $BLUETAP_RUN
            { sleep 3; kill -\(signal) $BLUETAP_RUN; } &
            $bluetap pay --method TRUEMONEY >\(folder.file("result")) || true
            """
        let ran = try await Program.run(
            Program.bluetap, ["run", "--", "sh", "-euc", script],
            environment: ["bluetap": Program.bluetap, "TMPDIR": folder.path])
        #expect(ran.status == (signal == "CONT" ? 0 : 137), "\(ran)")
        // Where the run is killed, its program goes on by itself.
        try await eventually("a result") { (try? folder.contents(of: "result"))?.isEmpty == false }
        #expect(try folder.contents(of: "result") == result, "\(ran)")
    }
}
