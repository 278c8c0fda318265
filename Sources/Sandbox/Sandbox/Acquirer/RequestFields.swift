/// The members of a JSON object, as Alipay+ wants them: every value that is neither object nor list is a string, and none is
/// empty; what is optional is left out, or null. Numbers are read as well, as the real gateways do: ``numbers`` names them.
struct RequestFields {
    /// What is wrong with a request, in one line without its text.
    struct Illegal: Error {
        let reason: String
        /// That is wrong; nil: the request.
        var refusal = AcquirerRefusal.illegalParameter
    }

    private let members: [String: RequestValue]
    /// The names that lead to it, each with a dot.
    private let path: String
    private let takesNumbers: Bool

    /// - Parameter takesNumbers: whether numbers and truth values are read as strings.
    init(_ body: [UInt8], takesNumbers: Bool = false) throws(Illegal) {
        self.init(members: try RequestValue.members(of: body), path: "", takesNumbers: takesNumbers)
    }

    private init(members: [String: RequestValue], path: String, takesNumbers: Bool) {
        self.members = members
        self.path = path
        self.takesNumbers = takesNumbers
    }

    /// Its members as they came.
    var value: RequestValue { .object(members) }

    private func value(_ name: String) -> RequestValue? {
        if case .null? = members[name] { return nil }
        return members[name]
    }

    /// A string of at most `limit` characters; nil where it is left out.
    func text(_ name: String, limit: Int) throws(Illegal) -> String? {
        switch value(name) {
        case nil: return nil
        case .number? where !takesNumbers, .truth? where !takesNumbers:
            throw Illegal(reason: "\(path)\(name) is no string")
        case .text(let text)?, .number(let text)?:
            guard !text.isEmpty else { throw Illegal(reason: "\(path)\(name) is empty: leave it out") }
            guard text.unicodeScalars.count <= limit else {
                throw Illegal(reason: "\(path)\(name) is longer than \(limit) characters")
            }
            return text
        case .truth(let truth)?: return String(truth)
        case .object?, .list?, .null?: throw Illegal(reason: "\(path)\(name) is no string")
        }
    }

    func required(_ name: String, limit: Int) throws(Illegal) -> String {
        guard let text = try text(name, limit: limit) else { throw missing(name) }
        return text
    }

    /// A name that a client gives to something: printable ASCII without spaces. Source: Antom's pages, "Special characters
    /// are not supported".
    func name(_ name: String, limit: Int = 64) throws(Illegal) -> String? {
        guard let text = try text(name, limit: limit) else { return nil }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Illegal(reason: "\(path)\(name) has what is not printable ASCII, or spaces")
        }
        return text
    }

    func requiredName(_ name: String, limit: Int = 64) throws(Illegal) -> String {
        guard let text = try self.name(name, limit: limit) else { throw missing(name) }
        return text
    }

    /// An HTTP URL; nil where it is left out.
    func address(_ name: String, limit: Int = 2048) throws(Illegal) -> String? {
        guard let text = try text(name, limit: limit) else { return nil }
        guard text.isHTTPAddress else { throw Illegal(reason: "\(path)\(name) is no HTTP URL") }
        return text
    }

    func object(_ name: String) throws(Illegal) -> RequestFields? {
        switch value(name) {
        case nil: return nil
        case .object(let members)?:
            return RequestFields(members: members, path: "\(path)\(name).", takesNumbers: takesNumbers)
        case .text?, .list?, .null?, .truth?, .number?: throw Illegal(reason: "\(path)\(name) is no object")
        }
    }

    func required(_ name: String) throws(Illegal) -> RequestFields {
        guard let object = try object(name) else { throw missing(name) }
        return object
    }

    /// The members of an object of strings; nil where it is left out.
    func texts(_ name: String) throws(Illegal) -> [String: String]? {
        guard let object = try object(name) else { return nil }
        var texts: [String: String] = [:]
        for name in object.members.keys { texts[name] = try object.text(name, limit: .max) }
        return texts
    }

    /// A list of strings; nil where it is left out.
    func list(_ name: String) throws(Illegal) -> [String]? {
        switch value(name) {
        case nil: return nil
        case .list(let items)?:
            var texts: [String] = []
            for item in items {
                guard case .text(let text) = item else { throw Illegal(reason: "\(path)\(name) has what is no string") }
                texts.append(text)
            }
            return texts
        case .text?, .object?, .null?, .truth?, .number?: throw Illegal(reason: "\(path)\(name) is no list")
        }
    }

    /// `{currency, value}` of more than nothing.
    func money(_ name: String) throws(Illegal) -> Money {
        let money = try moneyOrNothing(name)
        guard money.minorUnits > 0 else { throw noAmount(name) }
        return money
    }

    /// `{currency, value}`.
    func moneyOrNothing(_ name: String) throws(Illegal) -> Money {
        let object = try required(name)
        let (currency, value) = (
            try object.required("currency", limit: 3), try object.required("value", limit: 16)
        )
        guard let money = Money(currency: currency, value: value) else { throw noAmount(name) }
        guard Currency.isKnown(currency) else {
            throw Illegal(
                reason: "\(path)\(name).currency is none of ISO 4217", refusal: .currencyNotSupported)
        }
        guard money.isPayable else {
            throw Illegal(reason: "\(path)\(name).value of \(currency) must end in 00: there are no smaller amounts")
        }
        return money
    }

    private func noAmount(_ name: String) -> Illegal {
        Illegal(
            reason:
                "\(path)\(name) is no amount: a currency of three letters, and a value of digits in its smallest unit")
    }

    /// Whether nothing of it has members of its own.
    var isFlat: Bool {
        members.values.allSatisfy {
            switch $0 {
            case .text, .null, .truth, .number: true
            case .object, .list: false
            }
        }
    }

    func missing(_ name: String) -> Illegal { Illegal(reason: "\(path)\(name) is missing") }

    /// The names of values that are numbers, where the documents want strings: at most eight.
    var numbers: [String] {
        var names: [String] = []
        RequestValue.object(members).findNumbers(at: "", in: &names)
        return names
    }

    /// The name of a string that is empty, which is to be left out; nil where none is.
    var firstEmpty: String? { RequestValue.object(members).firstEmpty(at: "").map { String($0.dropFirst()) } }

    /// The same text for the same members in any order.
    var canonical: String { RequestValue.object(members).canonical }
}
