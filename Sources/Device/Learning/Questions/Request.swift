internal import BlueTap
internal import WireFormat

/// What a command should have, so that it tells something; what is not said may be anything.
struct Request: Hashable, Sendable {
    /// What is wished of one value.
    enum Wish: Hashable, Sendable {
        case absent
        case given
        case text(String)
        /// Another than all that were sent.
        case new

        func isMet(by text: String?, seen: Set<String>) -> Bool {
            switch self {
            case .absent: text == nil
            case .given: text != nil
            case .text(let wished): text == wished
            case .new: text.map { !seen.contains($0) } ?? false
            }
        }
    }

    var kind: Command.Kind?
    var wishes: [FieldLayout.Value: Wish] = [:]
    var result: ResultCode?
    /// Whether any answer but success will do.
    var isRefused = false

    /// Whether one command can have both.
    func joined(with other: Request) -> Request? {
        var joined = self
        if let kind = other.kind {
            guard joined.kind == nil || joined.kind == kind else { return nil }
            joined.kind = kind
        }
        for (value, wish) in other.wishes {
            switch (joined.wishes[value], wish) {
            case (nil, _): joined.wishes[value] = wish
            case (.text, .given), (.new, .given): break
            case (.given, .text), (.given, .new): joined.wishes[value] = wish
            case (let own?, _): guard own == wish else { return nil }
            }
        }
        if let result = other.result {
            guard joined.result == nil || joined.result == result else { return nil }
            joined.result = result
        }
        joined.isRefused = joined.isRefused || other.isRefused
        if joined.isRefused, joined.result == .success { return nil }
        let isPaysAlone = joined.wishes.keys.contains { $0 != .orderID }
        if joined.kind == .cancel, isPaysAlone { return nil }
        return joined
    }

    /// Whether a sample has all of it.
    func isMet(by sample: Sample) -> Bool {
        guard kind == nil || sample.command.kind == kind, result == nil || sample.result == result,
            !isRefused || sample.result.map({ $0 != .success }) ?? false
        else { return false }
        let values = sample.values
        return wishes.allSatisfy { value, wish in
            (value == .orderID || sample.command.kind == .pay) && wish.isMet(by: values[value], seen: [])
        }
    }
}

// In words.
extension Request: CustomStringConvertible {
    private static let names: [(value: FieldLayout.Value, name: String)] = [
        (.paymentMethod, "the method"), (.amount, "the amount"), (.orderID, "the OrderId"),
        (.expiryTime, "an ExpiryTime of"),
    ]

    var description: String {
        var parts: [String] = []
        let noun =
            kind == .cancel
            ? "a cancel" : kind == .pay || wishes.keys.contains { $0 != .orderID } ? "a pay" : "a command"
        for (value, name) in Self.names {
            guard let wish = wishes[value] else { continue }
            let article = value == .amount || value == .expiryTime ? "an" : "a"
            let short =
                value == .paymentMethod
                ? "method" : value == .amount ? "amount" : value == .orderID ? "OrderId" : "ExpiryTime"
            let indefinite = value == .orderID ? "an" : article
            switch wish {
            case .absent: parts.append("without \(indefinite) \(short)")
            case .given: parts.append("with \(indefinite) \(short)")
            case .text(let text): parts.append("with \(name) \(text)")
            case .new: parts.append("with another \(short)")
            }
        }
        var texts: [String] = []
        if kind != nil || !parts.isEmpty {
            texts.append(
                (["send \(noun)"] + [parts.joined(separator: ", ")]).filter { !$0.isEmpty }.joined(separator: " "))
        }
        if let result {
            texts.append("have the device answer \(result.rawValue)")
        } else if isRefused {
            texts.append("have the device refuse it")
        }
        return texts.isEmpty ? "send another command" : texts.joined(separator: ", and ")
    }
}

// What doubts ask for in words, as data.
extension Request {
    /// What an advice asks for; anything new where it is in other words.
    init(advice: String) {
        self = Self.advices[advice] ?? Request()
    }

    /// Whether an advice is to send more of the same, until a number has become large.
    static func isPatience(advice: String) -> Bool { advice.contains("go on until") }

    static func method(_ method: PaymentMethod) -> Request {
        Request(kind: .pay, wishes: [.paymentMethod: .text(method.rawValue)])
    }

    private static let advices: [String: Request] = {
        var all: [String: Request] = [
            "send a cancel": Request(kind: .cancel),
            "send the longest command there is": Probe.largePay.request,
            "send the longest command that there is": Probe.largePay.request,
            "send a pay with another method": Request(kind: .pay, wishes: [.paymentMethod: .new]),
            "send a command that the device refuses": Request(isRefused: true),
            "send a pay with an OrderId": Request(kind: .pay, wishes: [.orderID: .given]),
            "send a pay with an amount": Request(kind: .pay, wishes: [.amount: .given]),
            "send a pay with an ExpiryTime": Request(kind: .pay, wishes: [.expiryTime: .given]),
            "send a pay with the amount 10.01": Request(kind: .pay, wishes: [.amount: .text("10.01")]),
            "send \(Probe.smallPay.name)": Probe.smallPay.request,
            "send \(Probe.largePay.name)": Probe.largePay.request,
            "send \(Probe.smallCancel.name)": Probe.smallCancel.request,
            "send \(Probe.emptyCancel.name)": Probe.emptyCancel.request,
        ]
        for method in PaymentMethod.allCases { all["send a pay with the method \(method.rawValue)"] = .method(method) }
        for result in ResultCode.allCases { all["have the device answer \(result.rawValue)"] = Request(result: result) }
        for value in [FieldLayout.Value.paymentMethod, .amount, .orderID, .expiryTime] {
            all["send a command with another \(value.rawValue)"] = Request(wishes: [value: .new])
            all["send a command with a shorter \(value.rawValue)"] = Request(
                wishes: [value: shortest[value].map { .text($0) } ?? .new])
            all[Documented.absence(value)] = Request(kind: value == .orderID ? nil : .pay, wishes: [value: .absent])
            if let largest = largest[value] { all[Documented.probe(value)] = Request(wishes: [value: .text(largest)]) }
        }
        return all
    }()

    /// Values that need all the room that a field has.
    static let largest: [FieldLayout.Value: String] = [
        .paymentMethod: PaymentMethod.alipayPlus.rawValue, .amount: "99999.99", .orderID: "ABCDEFGHIJKLMNOP",
        .expiryTime: "86400",
    ]
    private static let shortest: [FieldLayout.Value: String] = [.amount: "0.07", .orderID: "A", .expiryTime: "60"]
}

/// Commands in which two readings of the same samples may differ.
struct Probe {
    let name: String
    let command: Command

    var request: Request {
        var request = Request(kind: command.kind)
        let values = FieldValues(command)
        for value in [FieldLayout.Value.amount, .orderID, .expiryTime] {
            guard let text = values[value] else { continue }
            request.wishes[value] = .text(text)
        }
        if command.kind == .cancel, request.wishes.isEmpty { request.wishes[.orderID] = .absent }
        return request
    }

    static let smallPay = Probe(
        name: "a pay with amount 1, order A",
        command: .pay(PayCommand(.trueMoney, amount: "1", orderID: "A", expiryTime: 1)))
    static let largePay = Probe(
        name: "a pay with amount 99999.99, order ABCDEFGHIJKLMNOP and expiry 86400",
        command: .pay(
            PayCommand(.alipayPlus, amount: "99999.99", orderID: "ABCDEFGHIJKLMNOP", expiryTime: 86_400)))
    static let smallCancel = Probe(name: "a cancel of order A", command: .cancel(CancelCommand(orderID: "A")))
    static let emptyCancel = Probe(name: "a cancel without an order", command: .cancel(CancelCommand()))

    static func all(of kind: Command.Kind) -> [Probe] {
        kind == .pay ? [smallPay, largePay] : [smallCancel, emptyCancel]
    }
}
