// Values of the documented types.

extension LegacyParameters {
    subscript(_ name: String) -> String? { all.first { $0.name == name }?.value }

    /// At most `limit` characters; nil where it is left out.
    func text(_ name: String, limit: Int) throws(LegacyRefusal) -> String? {
        guard let text = self[name] else { return nil }
        guard text.unicodeScalars.count <= limit else { throw .illegal("\(name) is longer than \(limit) characters") }
        return text
    }

    func required(_ name: String, limit: Int) throws(LegacyRefusal) -> String {
        guard let text = try text(name, limit: limit) else { throw .illegal("\(name) is missing") }
        return text
    }

    /// One value only.
    func fixed(_ name: String, _ value: String) throws(LegacyRefusal) {
        guard try required(name, limit: 256) == value else { throw .illegal("\(name) is not \(value)") }
    }

    /// An HTTP URL; nil where it is left out.
    func address(_ name: String) throws(LegacyRefusal) -> String? {
        let address = try text(name, limit: 200)
        guard address?.isHTTPAddress ?? true else { throw .illegal("\(name) is no HTTP URL") }
        return address
    }

    /// A decimal amount of more than nothing.
    ///
    /// - Parameters:
    ///   - digits: most digits of it, the two decimals among them.
    ///   - most: in whole units.
    func money(_ name: String, _ currency: String, digits: Int, most: Int64) throws(LegacyRefusal) -> Money {
        let text = try required(name, limit: digits + 1)
        let units = text.prefix { $0 != "." }
        guard units.utf8.count <= digits - 2, let money = Money(currency: currency, decimal: text),
            money.minorUnits > 0, let limit = Money(currency: currency, decimal: "\(most)"),
            money.minorUnits <= limit.minorUnits
        else {
            throw .illegal("\(name) is no amount of \(currency) up to \(most)")
        }
        return money
    }

    /// ISO 4217's three letters.
    func currency(_ name: String, limit: Int) throws(LegacyRefusal) -> String? {
        guard let currency = try text(name, limit: limit) else { return nil }
        guard Money(currency: currency, minorUnits: 0) != nil else {
            throw .illegal("\(name) is no currency of three upper-case letters")
        }
        return currency
    }

    func requiredCurrency(_ name: String, limit: Int) throws(LegacyRefusal) -> String {
        guard let currency = try currency(name, limit: limit) else { throw .illegal("\(name) is missing") }
        return currency
    }

    /// Digits alone.
    func number(_ name: String, limit: Int, isRequired: Bool) throws(LegacyRefusal) {
        let text = isRequired ? try required(name, limit: limit) : try text(name, limit: limit)
        guard text?.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ?? true else {
            throw .illegal("\(name) is no number")
        }
    }

    /// A JSON object of at most `limit` characters; nil where it is left out.
    func object(_ name: String, limit: Int) throws(LegacyRefusal) -> RequestFields? {
        guard let text = try text(name, limit: limit) else { return nil }
        do throws(RequestFields.Illegal) {
            return try RequestFields(Array(text.utf8))
        } catch {
            throw .illegal("\(name): \(error.reason)")
        }
    }
}
