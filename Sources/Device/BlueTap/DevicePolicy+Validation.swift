extension DevicePolicy {
    /// Longest values, in characters. Source: Alipay+ Docs, SendPayCommand.
    public static let maximumAmountLength = 8
    public static let maximumOrderIDLength = 16

    /// What a pay command means once it is found to be good.
    struct Terms: Equatable {
        var paymentMethod: PaymentMethod
        /// In seconds.
        var expiry: Int64
    }

    /// Checks a pay command's fields in their documented order; the first that is wrong is named.
    func terms(of command: PayCommand) throws(Refusal) -> Terms {
        guard let method = PaymentMethod(rawValue: command.paymentMethod) else {
            let known = PaymentMethod.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal(
                .parameterIllegal, field: .paymentMethod,
                reason: "\(quoted(command.paymentMethod)) is not one of \(known)")
        }
        if let amount = command.amount {
            try check(amount, isAtMost: Self.maximumAmountLength, field: .amount)
            if self.amount == .strict && !isStrictAmount(amount) {
                throw Refusal(
                    .parameterIllegal, field: .amount,
                    reason: "\(quoted(amount)) is not digits with at most one decimal point and two decimals")
            }
        }
        if let orderID = command.orderID {
            try check(orderID, isAtMost: Self.maximumOrderIDLength, field: .orderID)
        }
        let seconds = command.expiryTime ?? expiry.standard
        guard (expiry.minimum...expiry.maximum).contains(seconds) else {
            throw Refusal(
                .parameterIllegal, field: .expiryTime,
                reason: "\(seconds) is not between \(expiry.minimum) and \(expiry.maximum) seconds")
        }
        return Terms(paymentMethod: method, expiry: seconds)
    }

    func check(_ command: CancelCommand) throws(Refusal) {
        if let orderID = command.orderID {
            try check(orderID, isAtMost: Self.maximumOrderIDLength, field: .orderID)
        }
    }

    private func check(_ value: String, isAtMost limit: Int, field: Refusal.Field) throws(Refusal) {
        // Bytes first: they are counted and looked at far quicker than characters, of which there are no more.
        if value.utf8.count > limit && value.unicodeScalars.count > limit {
            throw Refusal(
                .parameterIllegal, field: field,
                reason: "\(quoted(value)) is longer than \(limit) characters")
        }
        if value.isEmpty {
            throw Refusal(.parameterIllegal, field: field, reason: "the text is empty: leave the field out instead")
        }
        let isPrintableASCII = value.utf8.withContiguousStorageIfAvailable { $0.allSatisfy { 0x20...0x7E ~= $0 } }
        if isPrintableASCII != true && !value.unicodeScalars.allSatisfy(isPrintable) {
            throw Refusal(
                .parameterIllegal, field: field,
                reason: "\(quoted(value)) has a character that is not printable\(text == .ascii ? " ASCII" : "")")
        }
    }

    private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if (0x20...0x7E).contains(scalar.value) { return true }
        guard text == .unicode, scalar != "\u{FFFD}" else { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
        default: return true
        }
    }

    private func isStrictAmount(_ amount: String) -> Bool {
        var digits = 0
        var decimals: Int?
        for byte in amount.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if let count = decimals { decimals = count + 1 } else { digits += 1 }
            case UInt8(ascii: ".") where decimals == nil: decimals = 0
            default: return false
            }
        }
        return digits > 0 && (decimals.map { (1...2).contains($0) } ?? true)
    }
}

/// The value in quotes, unprintable characters escaped and cut at 40, so that hostile text stays one short line.
private func quoted(_ value: String) -> String {
    var result = "\""
    for scalar in value.unicodeScalars.prefix(40) {
        result += scalar.escaped(asASCII: true)
    }
    if value.unicodeScalars.count > 40 { result += "…" }
    return result + "\""
}
