internal import ArgumentParser
internal import ControlAPI
internal import ControlClient
internal import Documents

struct SandboxOrdersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders", abstract: "List the payments, oldest first.")

    @Option(help: ArgumentHelp("Only those after the one of that place.", valueName: "place"))
    var after: Int64 = 0

    @Option(help: ArgumentHelp("At most so many.", valueName: "n"))
    var limit = 100

    @OptionGroup var options: ControlOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit must be 1 to 1000") }
        guard after >= 0 else { throw ValidationError("--after must be 0 or more") }
    }

    func run() async throws {
        let answer = try await options.client().payments(after: after, limit: limit)
        if options.json { return emit(answer) }
        guard case .list(let payments)? = try JSONText.parse(answer)["payments"] else { return }
        for payment in payments { emit(PaymentLine(payment)) }
        guard case .list(let problems)? = try JSONText.parse(answer)["problems"] else { return }
        for problem in problems {
            emit("\(problem["time"]?.text?.printable ?? "")  not paid: \(problem["text"]?.text?.printable ?? "")")
        }
    }
}

/// A payment in one line.
struct PaymentLine: CustomStringConvertible {
    let description: String

    init(_ payment: JSONValue) {
        func text(_ key: String) -> String? { payment[key]?.text?.printable }
        let state = text("state") ?? ""
        var marks: [String] = []
        if case .list(let entries)? = payment["marks"] { marks = entries.compactMap { $0.text?.printable } }
        let more =
            [
                text("wallet").map { "by \($0)" }, text("failure"),
                text("refunded").flatMap { $0 == "0" ? nil : "refunded \(text("refundedAmount") ?? $0)" }
                    .map { text("isFullyRefunded") == "true" ? "\($0) in full" : $0 },
            ].compactMap(\.self) + marks
        description =
            ([
                text("createdAt") ?? "", text("id") ?? "", "\(text("amount") ?? "") \(text("currency") ?? "")", state,
                text("orderId").map { "order \($0)" } ?? "request \(text("requestId") ?? "")",
            ] + more).joined(separator: "  ")
    }
}
