/// The layers of one direction, checked.
package struct CompiledArmour: Sendable {
    private let layers: [CompiledLayer]
    /// What fills a report behind its message; nil where the message's end is known otherwise.
    private let padding: UInt8?
    /// The report's size, for messages that fill it with padding.
    private let size: Int
    /// The same inside all layers.
    package let innerPadding: UInt8?
    /// Whether every byte of the message stands at its own place in the armour.
    package let preservesPlaces: Bool
    /// "base64, xor"
    package let name: String

    /// The most that layers may make of a message, and a message of them.
    static let sizeLimit = 65_536

    /// - Parameter size: the report's where each is a message; else 0.
    package init(
        _ layout: ArmourLayout, size: Int = 0, padding: UInt8?, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        guard layout.count <= 8 else { throw ProfileError(at: path, "more than 8 layers") }
        var layers: [CompiledLayer] = []
        var inner = padding
        for (index, layer) in layout.enumerated() {
            let next = index + 1 < layout.count ? layout[index + 1] : nil
            let compiled = try CompiledLayer(layer, around: next, padding: inner, path: path + [.index(index)])
            inner = compiled.innerPadding
            layers.append(compiled)
        }
        self.layers = layers
        self.padding = padding
        self.size = size
        innerPadding = inner
        preservesPlaces = layout.allSatisfy(\.preservesPlaces)
        name = layout.map(\.name).joined(separator: ", ")
    }

    /// The message inside. Where ``innerPadding`` is given, padding may stand behind it.
    ///
    /// - Parameter isExact: whether the bytes are known to end where the armour does.
    package func open(_ bytes: [UInt8], isExact: Bool = false) throws(Malformation) -> [UInt8] {
        var bytes = bytes
        guard bytes.count <= Self.sizeLimit else { throw .unreadable("a message has more than 65536 bytes") }
        var padding = isExact ? nil : padding
        for layer in layers {
            bytes = try layer.open(bytes, padding: padding)
            padding = padding == nil ? nil : layer.innerPadding
        }
        // What was taken out leaves room for more padding.
        if let padding, bytes.count < size {
            bytes += [UInt8](repeating: padding, count: size - bytes.count)
        }
        return bytes
    }

    package func close(_ message: [UInt8]) throws(EncodingError) -> [UInt8] {
        // Padding is no part of what is stuffed: it makes room for that.
        var bytes = innerPadding == nil ? message : Array(message[..<message.end(before: innerPadding)])
        for layer in layers.reversed() {
            bytes = try layer.close(bytes)
            guard bytes.count <= Self.sizeLimit else { throw .tooLong(bytes.count) }
        }
        return bytes
    }
}

/// A layer, checked and ready.
enum CompiledLayer: Sendable {
    case wrapped(CompiledWrapping)
    case stuffed(CompiledStuffing)
    case cobs(COBSLayer)
    case base64(CompiledBase64)
    case hexadecimal(HexadecimalLayer)
    case exclusiveOr(CompiledExclusiveOr)
    case swapped(SwappedLayer, padding: UInt8?)

    init(
        _ layer: ArmourLayer, around next: ArmourLayer?, padding: UInt8?, path: [ProfileError.PathStep]
    ) throws(ProfileError) {
        switch layer {
        case .wrapped(let wrapped):
            let inner = try next.map { next throws(ProfileError) in
                try CompiledLayer(next, around: nil, padding: nil, path: path)
            }
            self = .wrapped(try CompiledWrapping(wrapped, around: inner?.ending, padding: padding, path: path))
        case .stuffed(let stuffed): self = .stuffed(try CompiledStuffing(stuffed, padding: padding, path: path))
        case .cobs(let cobs): self = .cobs(cobs)
        case .base64(let base64):
            try base64.span.check(isMoving: true, path: path)
            self = .base64(CompiledBase64(base64))
        case .hexadecimal(let hexadecimal):
            try hexadecimal.span.check(isMoving: true, path: path)
            self = .hexadecimal(hexadecimal)
        case .exclusiveOr(let xor):
            try xor.span.check(isMoving: false, path: path)
            self = .exclusiveOr(try CompiledExclusiveOr(xor, padding: padding, path: path))
        case .swapped(let swapped):
            try swapped.span.check(isMoving: false, path: path)
            self = .swapped(swapped, padding: padding)
        }
    }

    func open(_ bytes: [UInt8], padding: UInt8?) throws(Malformation) -> [UInt8] {
        switch self {
        case .wrapped(let layer): try layer.open(bytes, padding: padding)
        case .stuffed(let layer): try layer.open(bytes, padding: padding)
        case .cobs(let layer): try layer.open(bytes, padding: padding)
        case .base64(let layer): try layer.open(bytes, padding: padding)
        case .hexadecimal(let layer): try layer.open(bytes, padding: padding)
        case .exclusiveOr(let layer): try layer.open(bytes, padding: padding)
        case .swapped(let layer, _): try layer.open(bytes, padding: padding)
        }
    }

    func close(_ bytes: [UInt8]) throws(EncodingError) -> [UInt8] {
        switch self {
        case .wrapped(let layer): try layer.close(bytes)
        case .stuffed(let layer): try layer.close(bytes)
        case .cobs(let layer): layer.close(bytes)
        case .base64(let layer): try layer.close(bytes)
        case .hexadecimal(let layer): try layer.close(bytes)
        case .exclusiveOr(let layer): try layer.close(bytes)
        case .swapped(let layer, let padding): try layer.close(bytes, padding: padding)
        }
    }

    /// What may stand behind the message inside; nil where its end is known.
    var innerPadding: UInt8? {
        switch self {
        case .wrapped(let layer): layer.innerPadding
        case .stuffed(let layer): layer.innerPadding
        case .cobs, .base64, .hexadecimal: nil
        case .exclusiveOr(let layer): layer.innerPadding
        case .swapped(let layer, let padding): padding.flatMap(layer.innerPadding)
        }
    }

    /// Tells where what the layer has made ends that begins at a place; nil where it does not say.
    var ending: (@Sendable (_ bytes: [UInt8], _ start: Int) -> Int?)? {
        switch self {
        case .stuffed(let layer):
            if layer.layer.end.bytes.isEmpty { return nil }
            return { bytes, start in layer.end(in: bytes, from: start) }
        case .cobs(let layer): return { bytes, start in layer.end(in: bytes, from: start) }
        case .base64(let layer): return { bytes, start in layer.end(in: bytes, from: start) }
        case .hexadecimal(let layer): return { bytes, start in layer.end(in: bytes, from: start) }
        case .wrapped, .exclusiveOr, .swapped: return nil
        }
    }
}

extension ArmourLayer {
    /// Whether every byte stays where it is.
    fileprivate var preservesPlaces: Bool {
        switch self {
        case .exclusiveOr: true
        case .swapped(let swapped): swapped.unit.width == 1
        default: false
        }
    }
}

extension ArmourSpan {
    /// - Parameter isMoving: whether the layer changes the message's size, so that nothing behind it has a fixed place.
    func check(isMoving: Bool, path: [ProfileError.PathStep]) throws(ProfileError) {
        guard (0...CompiledArmour.sizeLimit).contains(from) else {
            throw ProfileError(at: path + [.key("from")], "a place from 0 to 65536")
        }
        switch to.base {
        case .end where (-CompiledArmour.sizeLimit...0).contains(to.offset): break
        case .start where !isMoving && to.offset >= from && to.offset <= CompiledArmour.sizeLimit: break
        default:
            throw ProfileError(
                at: path + [.key("to")],
                isMoving ? "counts from the end: end or end-2" : "end, end-2, or a place behind `from`")
        }
    }
}

extension [UInt8] {
    /// Where padding begins.
    func end(before padding: UInt8?) -> Int {
        guard let padding else { return count }
        var end = count
        while end > 0, self[end - 1] == padding { end -= 1 }
        return end
    }

    /// Refuses what is behind the armour and no padding.
    func checkPadding(from end: Int, _ padding: UInt8?) throws(Malformation) {
        guard end < count else { return }
        guard let padding, self[end...].allSatisfy({ $0 == padding }) else {
            throw .unreadable("\(count - end) bytes stand behind the end of the message")
        }
    }
}
