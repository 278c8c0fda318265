internal import BlueTap
public import Documents
public import WireFormat

/// Labelled samples of a wire format, as their file has them.
public struct SampleFile: Sendable {
    public let samples: [Sample]

    private static let schema = Schema(shipped: PackageResources.samples_schema_json)

    private struct Contents: Decodable {
        let samples: [Entry]
    }

    private struct Entry: Decodable {
        let command: Command.Kind
        let paymentMethod: String?
        let amount: String?
        let orderId: String?
        let expiryTime: Int64?
        let reports: [HexBytes]
        let replies: [HexBytes]?
        let result: ResultCode?
    }

    public init(_ document: Document) throws(DocumentError) {
        let contents: Contents = try ValidDocument(document, schema: Self.schema).decode()
        var samples: [Sample] = []
        for (index, entry) in contents.samples.enumerated() {
            let command: Command
            switch entry.command {
            case .pay:
                guard let method = entry.paymentMethod else {
                    throw document.error(
                        at: [.key("samples"), .index(index), .key("paymentMethod")],
                        "a pay has a method: say which was sent")
                }
                command = .pay(
                    PayCommand(
                        paymentMethod: method, amount: entry.amount, orderID: entry.orderId,
                        expiryTime: entry.expiryTime))
            case .cancel:
                for (key, isThere) in [
                    ("paymentMethod", entry.paymentMethod != nil), ("amount", entry.amount != nil),
                    ("expiryTime", entry.expiryTime != nil),
                ] where isThere {
                    throw document.error(
                        at: [.key("samples"), .index(index), .key(key)], "a cancel has only an orderId")
                }
                command = .cancel(CancelCommand(orderID: entry.orderId))
            }
            let order = entry.orderId.map { ", order \($0.printable)" } ?? ""
            samples.append(
                Sample(
                    command: command, reports: entry.reports.map(\.bytes), replies: entry.replies?.map(\.bytes) ?? [],
                    result: entry.result, name: "sample \(index + 1) (\(entry.command.rawValue)\(order))"))
        }
        self.samples = samples
    }

    public init(path: String) throws(DocumentError) {
        try self.init(Document(path: path))
    }

    public init(_ samples: [Sample]) {
        self.samples = samples
    }

    /// The file again, in YAML.
    public var text: String {
        var lines = ["samples:"]
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
