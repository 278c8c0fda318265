public import BlueTap

// The names here are the keys of a profile file. Every file is checked against the schema before it comes here, so that
// what can still fail is what a schema does not say; those errors carry their coding path, from which the file's reader
// finds the line.

extension Profile: Codable {
    private enum Key: String, CodingKey {
        case profile, summary, usb, hid, commands, replies, links, policy
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .profile)
        summary = try container.decodeIfPresent(String.self, forKey: .summary)
        usb = try container.decode(USBIdentity.self, forKey: .usb)
        hid = try container.decode(HIDLayout.self, forKey: .hid)
        commands = try container.decodeKeyed(MessageLayout.self, forKey: .commands)
        replies = try container.decodeKeyed(MessageLayout.self, forKey: .replies)
        links = try container.decodeKeyed(LinkTemplate.self, forKey: .links)
        policy = try container.decodeIfPresent(DevicePolicy.self, forKey: .policy) ?? DevicePolicy()
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .profile)
        try container.encodeIfPresent(summary, forKey: .summary)
        try container.encode(usb, forKey: .usb)
        try container.encode(hid, forKey: .hid)
        try container.encodeKeyed(commands, forKey: .commands)
        try container.encodeKeyed(replies, forKey: .replies)
        try container.encodeKeyed(links, forKey: .links)
        try container.encode(policy, forKey: .policy)
    }
}

extension FieldLayout: Codable {
    private enum Key: String, CodingKey {
        case at, size, constant, fill, text, pad, integer, order, signed, absent, result, checksum, over
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        at = try container.decode(Int.self, forKey: .at)
        let order = try container.decodeIfPresent(IntegerFormat.ByteOrder.self, forKey: .order) ?? .little

        if let constant = try container.decodeIfPresent(HexBytes.self, forKey: .constant) {
            size = try container.decodeIfPresent(Int.self, forKey: .size) ?? constant.bytes.count
            content = .constant(constant.bytes)
            return
        }
        size = try container.decode(Int.self, forKey: .size)
        if let value = try container.decodeIfPresent(Value.self, forKey: .text) {
            let pad = try container.decodeIfPresent(HexBytes.self, forKey: .pad)
            content = .text(value, TextFormat(pad: pad?.bytes.first ?? 0))
        } else if let value = try container.decodeIfPresent(Value.self, forKey: .integer) {
            content = .integer(
                value,
                IntegerFormat(
                    order: order,
                    isSigned: try container.decodeIfPresent(Bool.self, forKey: .signed) ?? false,
                    absent: try container.decodeIfPresent(Int64.self, forKey: .absent)))
        } else if container.contains(.result) {
            content = .result(
                try container.decodeKeyed(UInt64.self, forKey: .result), IntegerFormat(order: order))
        } else if let algorithm = try container.decodeIfPresent(ChecksumAlgorithm.self, forKey: .checksum) {
            let span = try container.decode([Int].self, forKey: .over)
            guard span.count == 2, span[0] <= span[1] else {
                throw DecodingError.dataCorruptedError(
                    forKey: .over, in: container,
                    debugDescription: "over takes two offsets, the first byte covered and the first one not covered")
            }
            content = .checksum(ChecksumField(algorithm: algorithm, over: span[0]..<span[1], order: order))
        } else {
            content = .fill(try container.decode(HexBytes.self, forKey: .fill).bytes.first ?? 0)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(at, forKey: .at)
        try container.encode(size, forKey: .size)
        switch content {
        case .constant(let bytes):
            try container.encode(HexBytes(bytes), forKey: .constant)
        case .fill(let byte):
            try container.encode(HexBytes([byte]), forKey: .fill)
        case .text(let value, let format):
            try container.encode(value, forKey: .text)
            try container.encode(HexBytes([format.pad]), forKey: .pad)
        case .integer(let value, let format):
            try container.encode(value, forKey: .integer)
            try container.encode(format.order, forKey: .order)
            try container.encode(format.isSigned, forKey: .signed)
            try container.encodeIfPresent(format.absent, forKey: .absent)
        case .result(let numbers, let format):
            try container.encodeKeyed(numbers, forKey: .result)
            try container.encode(format.order, forKey: .order)
        case .checksum(let checksum):
            try container.encode(checksum.algorithm, forKey: .checksum)
            try container.encode([checksum.over.lowerBound, checksum.over.upperBound], forKey: .over)
            try container.encode(checksum.order, forKey: .order)
        }
    }
}

extension LinkTemplate: Codable {
    private enum Key: String, CodingKey {
        case url, androidPackage
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            url: try container.decode(String.self, forKey: .url),
            androidPackage: try container.decode(String.self, forKey: .androidPackage))
        guard let used = usedPlaceholders else {
            throw DecodingError.dataCorruptedError(
                forKey: .url, in: container, debugDescription: "\"\(url)\" has a { without a }")
        }
        if let unknown = used.first(where: { !Self.placeholders.contains($0) }) {
            throw DecodingError.dataCorruptedError(
                forKey: .url, in: container,
                debugDescription: "{\(unknown)} is not one of {\(Self.placeholders.joined(separator: "}, {"))}")
        }
        guard used.contains("token") else {
            throw DecodingError.dataCorruptedError(
                forKey: .url, in: container,
                debugDescription: "\"\(url)\" has no {token}, so that anyone could guess the link")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(url, forKey: .url)
        try container.encode(androidPackage, forKey: .androidPackage)
    }
}

extension DevicePolicy: Codable {
    private enum Key: String, CodingKey {
        case secondPay, cancelOfNothing, cancelOfAnotherOrder, tapOnOpenedLink, amount, text, expiry
    }

    public init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: Key.self)
        secondPay = try container.decodeIfPresent(SecondPay.self, forKey: .secondPay) ?? secondPay
        cancelOfNothing =
            try container.decodeIfPresent(CancelOfNothing.self, forKey: .cancelOfNothing) ?? cancelOfNothing
        cancelOfAnotherOrder =
            try container.decodeIfPresent(CancelOfAnotherOrder.self, forKey: .cancelOfAnotherOrder)
            ?? cancelOfAnotherOrder
        tapOnOpenedLink =
            try container.decodeIfPresent(TapOnOpenedLink.self, forKey: .tapOnOpenedLink) ?? tapOnOpenedLink
        amount = try container.decodeIfPresent(AmountForm.self, forKey: .amount) ?? amount
        text = try container.decodeIfPresent(TextCharacters.self, forKey: .text) ?? text
        expiry = try container.decodeIfPresent(Expiry.self, forKey: .expiry) ?? expiry
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(secondPay, forKey: .secondPay)
        try container.encode(cancelOfNothing, forKey: .cancelOfNothing)
        try container.encode(cancelOfAnotherOrder, forKey: .cancelOfAnotherOrder)
        try container.encode(tapOnOpenedLink, forKey: .tapOnOpenedLink)
        try container.encode(amount, forKey: .amount)
        try container.encode(text, forKey: .text)
        try container.encode(expiry, forKey: .expiry)
    }
}

extension DevicePolicy.Expiry: Codable {
    private enum Key: String, CodingKey {
        case standard = "default"
        case minimum, maximum
    }

    public init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: Key.self)
        standard = try container.decodeIfPresent(Int64.self, forKey: .standard) ?? standard
        minimum = try container.decodeIfPresent(Int64.self, forKey: .minimum) ?? minimum
        maximum = try container.decodeIfPresent(Int64.self, forKey: .maximum) ?? maximum
        guard minimum <= standard, standard <= maximum else {
            throw DecodingError.dataCorruptedError(
                forKey: .standard, in: container,
                debugDescription: "the default of \(standard) s is not between \(minimum) and \(maximum) s")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(standard, forKey: .standard)
        try container.encode(minimum, forKey: .minimum)
        try container.encode(maximum, forKey: .maximum)
    }
}

/// A key of a mapping whose keys are an enumeration's names.
private struct NamedKey<Name: RawRepresentable<String> & Sendable>: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
    init(_ name: Name) { stringValue = name.rawValue }
}

extension KeyedDecodingContainer {
    /// A mapping from an enumeration's names to values.
    fileprivate func decodeKeyed<Name: RawRepresentable<String> & Hashable & Sendable, Value: Decodable>(
        _: Value.Type, forKey key: Key
    ) throws -> [Name: Value] {
        let nested = try nestedContainer(keyedBy: NamedKey<Name>.self, forKey: key)
        var result: [Name: Value] = [:]
        for key in nested.allKeys {
            guard let name = Name(rawValue: key.stringValue) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: nested, debugDescription: "\"\(key.stringValue)\" is not a name known here")
            }
            result[name] = try nested.decode(Value.self, forKey: key)
        }
        return result
    }
}

extension KeyedEncodingContainer {
    fileprivate mutating func encodeKeyed<Name: RawRepresentable<String> & Hashable & Sendable>(
        _ values: [Name: some Encodable], forKey key: Key
    ) throws {
        var nested = nestedContainer(keyedBy: NamedKey<Name>.self, forKey: key)
        for (name, value) in values { try nested.encode(value, forKey: NamedKey(name)) }
    }
}
