internal import Documents
internal import WireFormat

// Layers as profile files have them: the counterpart of ArmourLayer+Codable.swift.
extension ArmourLayer {
    var flowText: FlowText {
        func hex(_ bytes: [UInt8]) -> FlowText { .quoted(HexBytes(bytes).description.uppercased()) }
        func flag(_ name: String, _ isSet: Bool, unless standard: Bool = false) -> [(String, FlowText)] {
            isSet == standard ? [] : [(name, .plain("\(isSet)"))]
        }
        func number(_ name: String, _ number: Int) -> [(String, FlowText)] {
            number == 0 ? [] : [(name, .number(number))]
        }
        let (name, members): (String, [(String, FlowText)]) =
            switch self {
            case .wrapped(let layer):
                (
                    "wrapped",
                    [("head", layer.head), ("tail", layer.tail)].filter { !$0.1.isEmpty }.map {
                        ($0.0, .list($0.1.map(\.flowText)))
                    }
                )
            case .stuffed(let layer):
                (
                    "stuffed",
                    [("start", layer.start), ("end", layer.end)].filter { !$0.1.bytes.isEmpty }.map {
                        ($0.0, hex($0.1.bytes))
                    } + [
                        ("escape", hex([layer.escape])),
                        (
                            "codes",
                            .mapping(
                                layer.codes.sorted { $0.key < $1.key }.map {
                                    (HexBytes([$0.key]).description.uppercased(), hex([$0.value]))
                                })
                        ),
                    ] + number("keptStart", layer.keptStart) + number("keptEnd", layer.keptEnd) + layer.span.members
                )
            case .cobs(let layer):
                (
                    "cobs",
                    flag("led", layer.isLed) + flag("terminated", layer.isTerminated)
                        + flag("reduced", layer.isReduced)
                )
            case .base64(let layer):
                (
                    "base64",
                    flag("url", layer.isURL) + flag("padded", layer.isPadded, unless: true) + layer.span.members
                )
            case .hexadecimal(let layer):
                ("hexadecimal", flag("lowercase", layer.isLowercase) + layer.span.members)
            case .exclusiveOr(let layer): ("xor", layer.members)
            case .swapped(let layer): ("swapped", [("unit", .plain(layer.unit.rawValue))] + layer.span.members)
            }
        return .mapping([(name, .mapping(members))])
    }
}

extension ArmourSpan {
    fileprivate var members: [(String, FlowText)] {
        (from == 0 ? [] : [("from", .number(from))])
            + (to == Place(.end) ? [] : [("to", .plain(to.description))])
    }
}

extension ExclusiveOrLayer {
    fileprivate var members: [(String, FlowText)] {
        func hex(_ bytes: [UInt8]) -> FlowText { .quoted(HexBytes(bytes).description.uppercased()) }
        var members: [(String, FlowText)]
        switch key {
        case .constant(let key): members = [("key", hex(key.bytes))]
        case .at(let place, let size):
            members = [("keyAt", .plain(place.description))]
            if size != 1 { members.append(("keySize", .number(size))) }
        }
        if step != 0 { members.append(("step", hex([step]))) }
        if chain != .none { members.append(("chain", .plain(chain.rawValue))) }
        if let initial { members.append(("initial", hex([initial]))) }
        if !sizes.isEmpty { members.append(("sizes", .list(sizes.map { .number($0) }))) }
        return members + span.members
    }
}
