public import ArgumentParser
internal import BlueTap
internal import ControlAPI
internal import ControlClient
internal import Documents
public import Sandbox

struct SandboxPhoneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "phone", abstract: "Phones with the Alipay+ NFC wallet.",
        discussion: """
            A phone comes into being with its first call: `bluetap sandbox phone call Alice init`. Then `connect`,
            `activatePayment`, which takes 20 to 30 s of the sandbox's time, and `tap --amount 12.50`, which makes a payment.
            """,
        subcommands: [
            SandboxPhoneListCommand.self, SandboxPhoneShowCommand.self, SandboxPhoneCallCommand.self,
            SandboxPhoneSetCommand.self,
        ])
}

struct SandboxPhoneListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the phones.")

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().phones()
        if options.json { return emit(answer) }
        guard case .list(let phones)? = try JSONText.parse(answer)["phones"] else { return }
        for phone in phones { emit(PhoneLine(phone)) }
    }
}

struct SandboxPhoneShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a phone, and what was seen of it.")

    @Argument(help: "Its name.")
    var phone: String

    @OptionGroup var options: ControlOptions

    func run() async throws { try options.printPhone(try await options.client().phone(phone)) }
}

struct SandboxPhoneCallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Call the phone's SDK, or hold the phone to a terminal.",
        discussion: "Prints what is seen of the phone at once; `bluetap sandbox phone show` tells of what comes later.")

    @Argument(help: "Its name.")
    var phone: String

    @Argument(help: "The SDK's call by its documented name, or what the user does.")
    var call: NFCPhoneCall.Name

    @Flag(help: "Of init and configure.")
    var supportTransit = false

    @Flag(help: "Of configure.")
    var supportTransitWithoutConsent = false

    @Option(help: ArgumentHelp("Of configure: applyTokenTimes and applyTokenInterval.", valueName: "n,ms"))
    var applyToken: PollingArgument?

    @Option(help: ArgumentHelp("Of configure: activateTimes and activateInterval.", valueName: "n,ms"))
    var activate: PollingArgument?

    @Option(help: ArgumentHelp("Of configure: sessionTimes and sessionInterval.", valueName: "n,ms"))
    var session: PollingArgument?

    @Flag(help: "Of init.")
    var supportLockScreenPay = false

    @Flag(help: "Of activatePayment.")
    var silentActivate = false

    @Flag(help: "Of activatePayment.")
    var doConfirm = false

    @Option(help: "Of setCustomData.")
    var text: String?

    @Option(help: ArgumentHelp("Of tap: what the terminal asks for, such as 12.50.", valueName: "amount"))
    var amount: String?

    @Option(help: ArgumentHelp("Of tap: the same in smallest units.", valueName: "units"))
    var value: String?

    @Option(help: ArgumentHelp("Of tap: three letters.", valueName: "code"))
    var currency: String?

    @Option(help: "Of tap.")
    var kind: NFCTap.Kind?

    @Option(help: "Of tap.")
    var range: NFCTransactionInfo.Range?

    @Option(help: ArgumentHelp("Of tap: the merchant's category.", valueName: "digits"))
    var mcc: String?

    @Option(help: ArgumentHelp("Of tap: the order's id.", valueName: "id"))
    var order: String?

    @Option(help: ArgumentHelp("Of tap: the paymentRequestId.", valueName: "id"))
    var requestId: String?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        var body = NFCPhoneCall(call)
        (body.isSupportTransit, body.isSupportLockScreenPay) = (supportTransit.onlyTrue, supportLockScreenPay.onlyTrue)
        body.isSupportTransitWithoutConsent = supportTransitWithoutConsent.onlyTrue
        (body.applyTokenTimes, body.applyTokenInterval) = (applyToken?.times, applyToken?.interval)
        (body.activateTimes, body.activateInterval) = (activate?.times, activate?.interval)
        (body.sessionTimes, body.sessionInterval) = (session?.times, session?.interval)
        (body.silentActivate, body.doConfirm) = (silentActivate.onlyTrue, doConfirm.onlyTrue)
        (body.text, body.value, body.currency, body.kind) = (text, value, currency, kind)
        body.amount = amount
        (body.range, body.mcc, body.orderId, body.requestId) = (range, mcc, order, requestId)
        try options.printPhone(try await options.client().perform(body, onPhone: phone))
    }
}

struct SandboxPhoneSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change what a phone, its app and its surroundings are like.")

    @Argument(help: "Its name.")
    var phone: String

    @Option(help: ArgumentHelp("Whether NFC is on.", valueName: "bool"))
    var nfc: Bool?

    @Option(help: ArgumentHelp("Whether the wallet is the default app.", valueName: "bool"))
    var defaultApp: Bool?

    @Option(help: ArgumentHelp("Whether the screen is locked.", valueName: "bool"))
    var screenLocked: Bool?

    @Option(help: ArgumentHelp("Whether there is a network.", valueName: "bool"))
    var network: Bool?

    @Option(help: ArgumentHelp("False: rooted, or a simulator.", valueName: "bool"))
    var safe: Bool?

    @Option(help: ArgumentHelp("False: the white box has crashed.", valueName: "bool"))
    var whiteBox: Bool?

    @Option(help: ArgumentHelp("False: the token's state cannot be asked.", valueName: "bool"))
    var query: Bool?

    @Option(help: ArgumentHelp("RiskControlInfo's decision.", valueName: "bool"))
    var riskProceed: Bool?

    @Option(help: "What the app answers the next taps.")
    var permit: NFCPermit?

    @Option(help: ArgumentHelp("What the app's proxy brings back: 10000 is success.", valueName: "code"))
    var proxyCode: Int?

    @Option(help: ArgumentHelp("How long the proxy takes.", valueName: "duration"))
    var proxyDelay: DurationArgument?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        var conditions = NFCPhoneConditions()
        (conditions.nfc, conditions.defaultApp, conditions.screenLocked) = (nfc, defaultApp, screenLocked)
        (conditions.network, conditions.safe, conditions.whiteBox) = (network, safe, whiteBox)
        (conditions.query, conditions.riskProceed, conditions.permit) = (query, riskProceed, permit)
        conditions.proxyCode = proxyCode
        conditions.proxyDelay = proxyDelay.map { TextualDuration($0.duration) }
        let answer = try await options.client().change(conditions, ofPhone: phone)
        emit(options.json ? answer : PhoneLine(try JSONText.parse(answer)).description)
    }
}

struct SandboxNetworkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "What the card network tells of a payment that a phone has made, or its merchant refunds.")

    @Argument(help: "reverse, clear or refund-by-merchant.")
    var message: NetworkRequest.Name

    @Argument(help: "The payment: its id, its paymentRequestId, or its order's id.")
    var payment: String

    @Argument(help: "How much, such as 2.50; without it all that is left is reversed, or all of it cleared.")
    var amount: String?

    @Option(help: ArgumentHelp("What a repeated message is known by.", valueName: "id"))
    var requestId: String?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().tell(
            message, payment, NetworkRequest(amount: amount, requestId: requestId))
        emit(options.json ? answer : try JSONText.parse(answer)["outcome"]?.text?.printable ?? "")
    }
}

/// How often, and after how many milliseconds: `10,2000`.
struct PollingArgument: ExpressibleByArgument {
    let times: Int
    let interval: Int

    init?(argument: String) {
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let times = numbers[0], let interval = numbers[1] else { return nil }
        (self.times, self.interval) = (times, interval)
    }
}

/// A phone in one line.
private struct PhoneLine: CustomStringConvertible {
    let description: String

    init(_ phone: JSONValue) {
        func text(_ key: String) -> String? { phone[key]?.text?.printable }
        description = [
            text("phone") ?? "", "isPaymentAvailable \(text("isPaymentAvailable") ?? "")",
            text("progress").map { "progress \($0)%" } ?? "credentials \(text("credentials") ?? "")",
        ].joined(separator: "  ")
    }
}

extension ControlOptions {
    fileprivate func printPhone(_ answer: String) throws {
        if json { return emit(answer) }
        let details = try JSONText.parse(answer)
        if let phone = details["phone"] { emit(PhoneLine(phone)) }
        guard case .list(let sights)? = details["seen"] else { return }
        for sight in sights {
            emit("  \(sight["time"]?.text?.printable ?? "")  \(sight["text"]?.text?.printable ?? "")")
        }
    }
}

extension Bool {
    /// What is left out is not said.
    fileprivate var onlyTrue: Bool? { self ? true : nil }
}

extension NFCPhoneCall.Name: ExpressibleByArgument {}
extension NFCTap.Kind: ExpressibleByArgument {}
extension NFCTransactionInfo.Range: ExpressibleByArgument {}
extension NFCPermit: ExpressibleByArgument {}
extension NetworkRequest.Name: ExpressibleByArgument {}
