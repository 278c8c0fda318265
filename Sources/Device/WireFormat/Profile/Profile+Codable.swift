public import BlueTap

// The names here are the keys of a profile file. Every file is checked against the schema before it comes here, so that
// what can still fail is what a schema does not say; those errors carry their coding path, from which the file's reader
// finds the line.

extension Profile: Decodable {
    private enum Key: String, CodingKey {
        case profile, summary, draft, usb, hid, framing, armour, commands, replies, acknowledgements, steps, replyDelay
        case notifications
        case exchanges, links, policy
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            name: try container.decode(String.self, forKey: .profile),
            summary: try container.decodeIfPresent(String.self, forKey: .summary),
            draft: try container.decodeIfPresent(String.self, forKey: .draft),
            usb: try container.decode(USBIdentity.self, forKey: .usb),
            hid: try container.decode(HIDLayout.self, forKey: .hid),
            framing: try container.decodeKeyed(FramingLayout.self, forKey: .framing),
            armour: try container.decodeKeyed(ArmourLayout.self, forKey: .armour),
            commands: try container.decodeKeyed(MessageLayout.self, forKey: .commands),
            replies: try container.decodeKeyed(MessageLayout.self, forKey: .replies),
            acknowledgements: try container.decodeKeyed(MessageLayout.self, forKey: .acknowledgements),
            steps: try container.decodeIfPresent([ReplyStep].self, forKey: .steps) ?? [],
            replyDelay: .seconds(try container.decodeIfPresent(Double.self, forKey: .replyDelay) ?? 0),
            notifications: try container.decodeKeyed(MessageLayout.self, forKey: .notifications),
            exchanges: try container.decodeIfPresent([Exchange].self, forKey: .exchanges) ?? [],
            links: try container.decodeKeyed(LinkTemplate.self, forKey: .links),
            policy: try container.decodeIfPresent(DevicePolicy.self, forKey: .policy) ?? DevicePolicy())
    }
}

extension LinkTemplate: Decodable {
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
}

extension DevicePolicy: Decodable {
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
}

extension DevicePolicy.Expiry: Decodable {
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
}

/// A key of a mapping whose keys are an enumeration's names.
private struct NamedKey<Name: RawRepresentable<String> & Sendable>: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer {
    /// A mapping from an enumeration's names to values; empty where there is none.
    func decodeKeyed<Name: RawRepresentable<String> & Hashable & Sendable, Value: Decodable>(
        _: Value.Type, forKey key: Key
    ) throws -> [Name: Value] {
        guard contains(key) else { return [:] }
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
