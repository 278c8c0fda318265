internal import ArgumentParser
internal import ControlAPI
internal import ControlClient
internal import Documents

struct SandboxShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a payment and what became of it.",
        discussion: """
            Without one: the requests that were refused for their signatures, and why. A payment's come with it.
            """)

    @Argument(help: "The payment: its id, its paymentRequestId, or its order's id.")
    var payment: String?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let client = try options.client()
        guard let payment else {
            let answer = try await client.refusals()
            if options.json { return emit(answer) }
            for line in try RefusalLines(answer).lines { emit(line) }
            return
        }
        let answer: String
        do {
            answer = try await client.payment(payment)
        } catch {
            // It may be that it was never made.
            let refused = try RefusalLines(try await client.refusals(), of: [payment])
            guard !refused.lines.isEmpty, !options.json else { throw error }
            for line in refused.lines { emit(line) }
            return
        }
        try options.printPayment(answer)
        if options.json { return }
        let names = [payment, try JSONText.parse(answer)["payment"]?["requestId"]?.text].compactMap(\.self)
        for line in try RefusalLines(try await client.refusals(), of: names).lines { emit(line) }
    }
}

struct SandboxPayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pay", abstract: "A customer pays it, as after scanning its code.",
        discussion: "Fails where the money did not stay: the payment had ended, or the wallet has too little.")

    @Argument(help: "The payment: its id, its paymentRequestId, or its order's id.")
    var payment: String

    @Option(help: ArgumentHelp("Who pays.", valueName: "name"))
    var wallet = "Alice"

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().pay(payment, SandboxPayRequest(wallet: wallet))
        let settlement = try JSONText.parse(answer)["settlement"]?.text ?? ""
        emit(options.json ? answer : settlement)
        if settlement != "paid" && settlement != "alreadyPaid" { throw ExitCode.failure }
    }
}

struct SandboxScanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "A customer scans a merchant's code, types an amount, and pays.",
        discussion: """
            The code is what `alipay.commerce.qrcode.create` has answered, or `alipay.acquire.precreate`, whose codes have
            their amount, or one that the client has made itself, whose amount it says: see `--sandbox-private-codes`.
            Prints the payment's name, under which the merchant is told of it. Fails where the money did not stay: the
            wallet has too little.
            """)

    @Argument(help: "What the code says: its URL.")
    var code: String

    @Argument(help: "How much, in the code's currency, such as 20.00; nothing where the code says it.")
    var amount: String?

    @Option(help: ArgumentHelp("Who pays.", valueName: "name"))
    var wallet = "Alice"

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().scan(SandboxScanRequest(code: code, amount: amount, wallet: wallet))
        let paid = try JSONText.parse(answer)
        let settlement = paid["settlement"]?.text ?? ""
        let name = paid["payment"]?["payment"]?["requestId"]?.text ?? ""
        emit(options.json ? answer : "\(settlement)  \(name.printable)")
        if settlement != "paid" { throw ExitCode.failure }
    }
}

struct SandboxRefundCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refund", abstract: "Give a payment back, or a part of it.")

    @Argument(help: "The payment: its id, its paymentRequestId, or its order's id.")
    var payment: String

    @Option(help: ArgumentHelp("How much, such as 2.50; else what is left.", valueName: "amount"))
    var amount: String?

    @Option(
        help: ArgumentHelp("How much, in the currency's smallest unit, in the place of --amount.", valueName: "units"))
    var value: String?

    @Option(help: ArgumentHelp("The refund's name, under which it is made once.", valueName: "id"))
    var requestId: String?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        try options.printPayment(
            try await options.client().refund(
                payment, SandboxRefundRequest(value: value, amount: amount, requestId: requestId)))
    }
}

struct SandboxCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a payment; what was paid goes back.")

    @Argument(help: "The payment: its id, its paymentRequestId, or its order's id.")
    var payment: String

    @OptionGroup var options: ControlOptions

    func run() async throws { try options.printPayment(try await options.client().cancelPayment(payment)) }
}

struct SandboxNotifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Send a payment's newest notification again.")

    @Argument(help: "The payment: its id, its paymentRequestId, or its order's id.")
    var payment: String

    @OptionGroup var options: ControlOptions

    func run() async throws { try options.printPayment(try await options.client().notify(payment)) }
}

struct SandboxCodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "code", abstract: "Print a payment code that a customer shows, for the till to scan.")

    @Option(help: ArgumentHelp("Whose.", valueName: "name"))
    var wallet = "Alice"

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().paymentCode(of: wallet)
        emit(options.json ? answer : try JSONText.parse(answer)["code"]?.text ?? "")
    }
}

struct SandboxDepositCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deposit",
        abstract: "Put money into a wallet, which from then on spends no more than it has.")

    @Option(help: ArgumentHelp("Whose.", valueName: "name"))
    var wallet = "Alice"

    @Option(help: ArgumentHelp("Three letters; else the sandbox's.", valueName: "code"))
    var currency: String?

    @Argument(help: "How much, such as 50.00.")
    var amount: String

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().deposit(
            SandboxAmountRequest(currency: currency, amount: amount), in: wallet)
        if options.json { return emit(answer) }
        let balance = try JSONText.parse(answer)
        emit("\(wallet) has \(balance["amount"]?.text ?? "") \(balance["currency"]?.text ?? "")")
    }
}

extension ControlOptions {
    fileprivate func printPayment(_ answer: String) throws {
        if json { return emit(answer) }
        let details = try JSONText.parse(answer)
        if let payment = details["payment"] { emit(PaymentLine(payment)) }
        for (key, prefix) in [("changes", ""), ("notifications", "notification ")] {
            guard case .list(let entries)? = details[key] else { continue }
            for entry in entries {
                let words = ["time", "kind", "detail", "url", "attempts", "dueAt", "acknowledgedAt", "problem"]
                    .compactMap { key in
                        entry[key]?.text.map {
                            key == "time" || key == "kind" ? $0.printable : "\(key) \($0.printable)"
                        }
                    }
                emit("  \(prefix)\(words.joined(separator: "  "))")
            }
        }
    }
}
