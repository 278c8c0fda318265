internal import BlueTap

// Bytes that mean nothing to the device, by the profile's names for them.

extension FieldLayout {
    /// The names of bytes in it that mean nothing to the device.
    package var opaqueNames: [String] {
        var names: [String] = []
        visit { if case .opaque(let name) = $0.content { names.append(name) } }
        return names
    }
}

extension MessageLayout {
    /// How many bytes each has; nil where any number may be.
    fileprivate var opaqueSizes: [String: Int?] {
        var sizes: [String: Int?] = [:]
        for field in self {
            field.visit { if case .opaque(let name) = $0.content { sizes[name] = .some($0.fixedSize) } }
        }
        return sizes
    }
}

extension FramingLayout {
    fileprivate var fields: MessageLayout { (first ?? []) + header + trailer }
}

extension Profile {
    /// Bytes that any number may be of are these many where somebody has to make them up.
    private static let usualOpaqueSize = 8

    /// How many bytes each command has of what means nothing to the device, its reports' headers included.
    var opaqueSizes: [Command.Kind: [String: Int]] {
        let headers = framing[.output]?.fields.opaqueSizes ?? [:]
        return commands.mapValues { layout in
            layout.opaqueSizes.merging(headers) { own, _ in own }.mapValues { $0 ?? Self.usualOpaqueSize }
        }
    }

    /// Names where the device is to repeat what no command has.
    func checkOpaques() throws(ProfileError) {
        let headers = framing[.output]?.fields.opaqueSizes ?? [:]
        func check(
            _ layout: MessageLayout, _ known: [String: Int?], _ path: [ProfileError.PathStep]
        ) throws(ProfileError) {
            for (name, size) in layout.opaqueSizes.sorted(by: { $0.key < $1.key }) {
                guard let told = known[name] else {
                    throw ProfileError(at: path, "\(name) is repeated here, and the command has no such bytes")
                }
                if let size, let told, size != told {
                    throw ProfileError(at: path, "\(name) has \(size) bytes here, \(told) in the command")
                }
            }
        }
        for (key, messages) in [("replies", replies), ("acknowledgements", acknowledgements)] {
            for (kind, layout) in messages.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let known = (commands[kind]?.opaqueSizes ?? [:]).merging(headers) { own, _ in own }
                try check(layout, known, [.key(key), .key(kind.rawValue)])
            }
        }
        for (index, step) in steps.enumerated() {
            for (kind, layout) in step.messages.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let known = (commands[kind]?.opaqueSizes ?? [:]).merging(headers) { own, _ in own }
                try check(layout, known, [.key("steps"), .index(index), .key("messages"), .key(kind.rawValue)])
            }
        }
        let everywhere = commands.values.reduce(into: headers) { $0.merge($1.opaqueSizes) { own, _ in own } }
        for (occasion, layout) in notifications.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            try check(layout, everywhere, [.key("notifications"), .key(occasion.rawValue)])
        }
        if let input = framing[.input] { try check(input.fields, everywhere, [.key("framing"), .key("input")]) }
    }
}
