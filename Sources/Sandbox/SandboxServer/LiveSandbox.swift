public import BlueTap
public import Emulator
internal import HTTPExchange
public import Logging
internal import NIOCore
internal import NIOHTTP1
public import Sandbox
internal import SandboxFaults
internal import Synchronization

/// A payment sandbox beside devices: in their time, told what their customers do, and telling its clients by HTTP.
public final class LiveSandbox: Sendable {
    public let sandbox: PaymentSandbox
    let clock: EmulatorClock
    private let devices: [EmulatedDevice]
    let logger: Logger
    /// One at a time takes what customers did, so that it is in the ledger in their order.
    private let intake = Mutex(())
    /// What was asked of whoever sends notifications, and how much of it is done.
    private let wishes = ChangeNotifier()
    private let granted = ChangeNotifier()
    let phonesByName = Mutex<[NFCPhone]>([])
    /// When something of an NFC authorisation is due next; nil: nothing is.
    let nextAuthorization = Mutex<Instant?>(nil)
    private let notified: NotifiedTrust
    /// Made with the first notification that needs it.
    private let tls = Mutex<TLSClient?>(nil)

    /// Whom it believes of those that it notifies by TLS, beside whom the system believes.
    public struct NotifiedTrust: Sendable {
        /// PEM of certificates; asked once, where one is notified by TLS.
        public var roots: @Sendable () -> [String] = { [] }
        /// False: everybody.
        public var verifies = true

        public init() {}
    }

    /// How long a client may take to answer a notification. Source: Alipay+, "Set timeout", 5 s for `notifyPayment`.
    private static let answerTime = Duration.seconds(5)
    /// Largest answer to a notification that is read, in bytes.
    private static let maximumAnswer = 65_536

    public init(
        _ sandbox: PaymentSandbox, beside emulator: Emulator, notified: NotifiedTrust = NotifiedTrust(), logger: Logger
    ) {
        self.sandbox = sandbox
        self.notified = notified
        self.logger = logger
        clock = emulator.clock
        devices = emulator.devices
        // From here on they keep what their customers do.
        for device in devices { device.openOutbox(for: [.paymentSucceeded, .paymentFailed]) }
        authorizationsChanged()
    }

    public var now: Instant { clock.now }

    // MARK: What happens at devices

    /// Puts what customers did at devices by now into the ledger.
    public func takeIn() { takeIn(from: devices) }

    private func takeIn(from devices: [EmulatedDevice]) {
        let isChanged = intake.withLock { _ in
            let items = devices.flatMap { $0.takeOutbox() }.sorted {
                ($0.time, $0.sequence) < ($1.time, $1.sequence)
            }
            for item in items { take(item) }
            return !items.isEmpty
        }
        if isChanged { announceChange() }
        catchUpAuthorizations(to: now)
    }

    private func take(_ item: OutboxItem) {
        switch item.body {
        case .event(let event): if let purchase = LinkPurchase(event, at: item.time) { sandbox.conclude(purchase) }
        case .request(let request):
            // Others' requests are theirs.
            if let request = request.content as? SandboxRequest { take(request, at: item.time) }
        }
    }

    private func take(_ request: SandboxRequest, at time: Instant) {
        switch request {
        case .fault(var fault):
            // What is due from before it is not its.
            fault.begins = max(fault.begins ?? time, time)
            if sandbox.faults.add(fault, at: time) == nil {
                logger.error("a scenario's fault is not set: \(SandboxFaultBoard.capacity) are set already")
            }
        case .clearFaults: sandbox.faults.end(at: time)
        case .deposit(let sum, let currency, let wallet):
            sandbox.setBalance(sum, currency: currency, of: wallet, at: time)
        case .authorize(let code, let app, let wallet, let life):
            sandbox.authorize(code, app: app, wallet: wallet, life: life, at: time)
        }
    }

    /// Something may have to be told now.
    public func announceChange() { wishes.announceNext() }

    // MARK: Time

    /// Returns once all is in the ledger and every notification is out that is due by now.
    public func flush() async {
        takeIn()
        wishes.announceNext()
        let wish = wishes.value
        while granted.value < wish, !Task.isCancelled { await granted.wait(past: wish - 1) }
    }

    /// Takes in what happens, and sends notifications, until the task is cancelled.
    public func run() async {
        await withDiscardingTaskGroup { group in
            for device in devices {
                group.addTask {
                    var seen: UInt64 = 0
                    while !Task.isCancelled {
                        await device.waitForEvent(after: seen)
                        seen = device.status.lastSequence
                        self.takeIn(from: [device])
                    }
                }
            }
            await notify()
            group.cancelAll()
        }
    }

    private func notify() async {
        // Whoever waits at the end is not kept.
        defer { granted.announce(.max) }
        while !Task.isCancelled {
            let wish = wishes.value
            do throws(LedgerError) {
                catchUpAuthorizations(to: now)
                while !Task.isCancelled, let outgoing = try sandbox.nextOutgoing(at: now) {
                    try sandbox.sent(outgoing, problem: await send(outgoing.message))
                }
                sandbox.faults.forget(endedBy: now)
                granted.announce(wish)
                await clock.wait(until: try nextDue, or: wishes, past: wish)
            } catch {
                // A full disk, say: whoever waits is not kept, and it is tried again with the next change.
                logger.error("notifications wait: \(error)")
                granted.announce(wish)
                await clock.wait(until: nil, or: wishes, past: wish)
            }
        }
    }

    /// When something happens by itself next; nil: nothing does.
    private var nextDue: Instant? {
        get throws(LedgerError) {
            [try sandbox.ledger.nextDue, nextAuthorization.withLock { $0 }].compactMap(\.self).min()
        }
    }

    // MARK: Notifications

    /// Sends a notification; why nobody has answered that it was heard, or nil: somebody has.
    private func send(_ message: NotificationMessage) async -> String? {
        var problem: String?
        for _ in 0..<message.copies { problem = await sendOnce(message) }
        return problem
    }

    private func sendOnce(_ message: NotificationMessage) async -> String? { await ask(message).problem }

    /// Sends a message; what is answered, and what is wrong with that.
    func ask(_ message: NotificationMessage) async -> (answer: [UInt8], problem: String?) {
        if let refusal = sandbox.refusalToTell(message.url) { return ([], "nothing was sent: \(refusal)") }
        guard let address = HTTPAddress(message.url) else {
            return ([], "nothing was sent: this is no http:// or https:// URL")
        }
        var headers: HTTPHeaders = ["Host": address.authority]
        for (name, value) in message.headers { headers.add(name: name, value: value) }
        let attempt = await withTaskGroup(of: Attempt.self) { [headers] group in
            group.addTask {
                do {
                    return .answer(try await self.post(message, to: address, headers))
                } catch {
                    return .failure("\(error)")
                }
            }
            group.addTask {
                try? await Task.sleep(for: Self.answerTime)
                return .failure("no answer in \(Self.answerTime.components.seconds) s")
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure("it was ended")
        }
        switch attempt {
        case .answer(let answer):
            return (answer.body, message.objection(toStatus: answer.status, answer.headers, answer.body))
        case .failure(let reason):
            // For people it is in the ledger, with the payment.
            logger.info("\(message.url) is not notified: \(reason)")
            return ([], reason)
        }
    }

    private enum Attempt: Sendable {
        case answer(Answer)
        case failure(String)
    }

    private struct Answer: Sendable {
        var status = 0
        /// By lower-case name.
        var headers: [String: String] = [:]
        var body: [UInt8] = []
    }

    private func client() throws -> TLSClient {
        try tls.withLock { tls in
            if let tls { return tls }
            let made = try TLSClient(trusting: notified.roots(), verifies: notified.verifies)
            tls = made
            return made
        }
    }

    private func post(
        _ message: NotificationMessage, to address: HTTPAddress, _ headers: HTTPHeaders
    ) async throws -> Answer {
        var answer = Answer()
        try await HTTPExchange.perform(
            .POST, address.path, at: .tcp(host: address.host, port: address.port),
            tls: address.isSecure ? try client() : nil, headers: headers, content: message.body
        ) { part in
            switch part {
            case .head(let head):
                answer.status = Int(head.status.code)
                for (name, value) in head.headers { answer.headers[name.lowercased()] = value }
            case .body(let bytes): answer.body += bytes.readableBytesView
            case .end: break
            }
            return answer.body.count <= Self.maximumAnswer
        }
        return answer
    }
}

extension LinkPurchase {
    /// Nil where an event is of no payment.
    fileprivate init?(_ event: Event.Body, at time: Instant) {
        let (link, wallet, deed): (Link, String, Deed)
        switch event {
        case .paymentSucceeded(let paid, let payer): (link, wallet, deed) = (paid, payer, .paid)
        case .paymentFailed(let failed, let payer, let reason): (link, wallet, deed) = (failed, payer, .refused(reason))
        default: return nil
        }
        self.init(
            link: "link-\(link.token)", orderID: link.orderID, amount: link.amount, wallet: wallet, deed: deed,
            time: time)
    }
}
