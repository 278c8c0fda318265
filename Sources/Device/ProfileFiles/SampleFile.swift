internal import BlueTap
public import Documents
public import Learning
internal import WireFormat

/// Labelled samples of a wire format, as their file has them.
public struct SampleFile: Sendable {
    public let samples: [Sample]

    private static let schema = Schema(shipped: PackageResources.samples_schema_json)

    private struct Contents: Decodable {
        let samples: [Entry]?
        let commands: [Entry]?
    }

    fileprivate struct Entry: Decodable {
        let command: Command.Kind
        let paymentMethod: String?
        let amount: String?
        let orderId: String?
        let expiryTime: Int64?
        let reports: [HexBytes]?
        let replies: [HexBytes]?
        let result: ResultCode?
    }

    /// Reads samples; `samples` has them.
    public init(_ document: Document) throws(DocumentError) {
        var samples: [Sample] = []
        for (index, entry) in try Self.entries(of: document, \.samples, "samples").enumerated() {
            guard let reports = entry.reports else {
                throw document.error(
                    at: [.key("samples"), .index(index), .key("reports")],
                    "a sample has reports: say what the host sent")
            }
            let command = try entry.command(in: document, at: [.key("samples"), .index(index)])
            let order = entry.orderId.map { ", order \($0.printable)" } ?? ""
            samples.append(
                Sample(
                    command: command, reports: reports.map(\.bytes), replies: entry.replies?.map(\.bytes) ?? [],
                    result: entry.result, name: "sample \(index + 1) (\(entry.command.rawValue)\(order))"))
        }
        self.samples = samples
    }

    /// Reads the commands that were made while something else kept their reports; `commands` has them.
    public static func labels(path: String) throws(DocumentError) -> [Session.Label] {
        let document = try Document(path: path)
        var labels: [Session.Label] = []
        for (index, entry) in try entries(of: document, \.commands, "commands").enumerated() {
            let place: [DocumentStep] = [.key("commands"), .index(index)]
            if entry.reports != nil || entry.replies != nil {
                throw document.error(at: place + [.key("reports")], "the reports are in the capture")
            }
            labels.append(Session.Label(command: try entry.command(in: document, at: place), result: entry.result))
        }
        return labels
    }

    private static func entries(
        of document: Document, _ key: KeyPath<Contents, [Entry]?>, _ name: String
    ) throws(DocumentError) -> [Entry] {
        let contents: Contents = try ValidDocument(document, schema: schema).decode()
        guard let entries = contents[keyPath: key] else {
            throw document.error(at: [], "there is no `\(name)`: `bluetap profile learn --help-samples` shows one")
        }
        return entries
    }

    public init(path: String) throws(DocumentError) {
        try self.init(Document(path: path))
    }

    public init(_ samples: [Sample]) {
        self.samples = samples
    }

    /// The file again, in YAML.
    public var text: String {
        var lines = [samples.isEmpty ? "samples: []" : "samples:"]
        for sample in samples {
            var members: [(String, FlowText)] = []
            switch sample.command {
            case .pay(let pay):
                members = [("command", .plain("pay")), ("paymentMethod", .quoted(pay.paymentMethod))]
                if let amount = pay.amount { members.append(("amount", .quoted(amount))) }
                if let order = pay.orderID { members.append(("orderId", .quoted(order))) }
                if let expiry = pay.expiryTime { members.append(("expiryTime", .number(expiry))) }
            case .cancel(let cancel):
                members = [("command", .plain("cancel"))]
                if let order = cancel.orderID { members.append(("orderId", .quoted(order))) }
            }
            func list(_ reports: [[UInt8]]) -> FlowText { .list(reports.map { .quoted(HexBytes($0).description) }) }
            members.append(("reports", list(sample.reports)))
            if !sample.replies.isEmpty { members.append(("replies", list(sample.replies))) }
            if let result = sample.result { members.append(("result", .plain(result.rawValue))) }
            for (index, member) in members.enumerated() {
                lines.append("  \(index == 0 ? "-" : " ") \(member.0): \(member.1)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension SampleFile.Entry {
    fileprivate func command(in document: Document, at place: [DocumentStep]) throws(DocumentError) -> Command {
        switch command {
        case .pay:
            guard let method = paymentMethod else {
                throw document.error(at: place + [.key("paymentMethod")], "a pay has a method: say which was sent")
            }
            return .pay(
                PayCommand(paymentMethod: method, amount: amount, orderID: orderId, expiryTime: expiryTime))
        case .cancel:
            for (key, isThere) in [
                ("paymentMethod", paymentMethod != nil), ("amount", amount != nil), ("expiryTime", expiryTime != nil),
            ] where isThere {
                throw document.error(at: place + [.key(key)], "a cancel has only an orderId")
            }
            return .cancel(CancelCommand(orderID: orderId))
        }
    }
}
