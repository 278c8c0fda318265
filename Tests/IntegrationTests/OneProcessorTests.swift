import Foundation
import TestSupport
import Testing

@Suite("On one processor", .timeLimit(.minutes(60)))
struct OneProcessorTests {
    /// One of each kind of control command, in an order in which each can be done.
    private static let commands = """
        status
        pay --method TRUEMONEY --order A1 --amount 1
        status --json
        link --format url
        wait payReceived --after 0
        tap
        sandbox show A1
        sandbox orders
        events --after 0
        customers add Bob
        customers come --rate 2 --seed 7
        customers list
        customers clear
        fault add busy --order-id nobody
        fault list
        fault clear
        clock freeze
        clock advance 1ms
        clock resume
        sandbox code --wallet Alice
        sandbox deposit 100 --wallet Bob
        sandbox fault add unknown
        sandbox fault list
        sandbox fault clear
        sandbox phone call Mei init
        sandbox phone list
        sandbox phone show Mei
        unplug
        plug
        reset
        """

    @Test("no control command fails, of whatever kind")
    func commands() async throws {
        let folder = try Folder()
        let commands = try folder.write("commands", Self.commands + "\n")
        let rounds = rounds(3, soak: 1000)
        let ran = try await Program.run(
            "taskset",
            [
                "--cpu-list", try BusyMachineTests.processor(), Program.bluetap, "run", "--clock", "virtual",
                "--sandbox", "127.0.0.1:0", "--", "sh",
                "-c",
                """
                round=0
                while [ $round -lt $2 ]; do
                  round=$((round + 1))
                  while read -r command; do
                    said=$("$0" $command 2>&1 </dev/null) && echo "done: $command" || echo "failed: $command: $said"
                  done < "$1"
                done
                """, Program.bluetap, commands, "\(rounds)",
            ])
        let failed = ran.lines.filter { !$0.hasPrefix("done: ") }
        #expect(failed.isEmpty, "\(failed.count) of \(ran.lines.count): \(failed.prefix(20).joined(separator: "\n"))")
        #expect(ran.lines.count == rounds * Self.commands.split(separator: "\n").count)
        #expect(ran.status == 0, "\(ran.errors)")
    }
}
