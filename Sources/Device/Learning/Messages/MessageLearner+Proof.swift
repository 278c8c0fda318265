internal import BlueTap
internal import WireFormat

// No layout is believed that does not give every message back.
extension MessageLearner {
    /// Whether a layout reads every message as what it carries, and writes it back to the byte.
    func verifies(_ draft: Draft) -> Bool {
        guard
            let message = try? GeneralMessage(
                draft.layout, size: reportSize > 0 ? reportSize : specimens[0].bytes.count, padding: padding, path: [])
        else { return false }
        let carried = Set(draft.layout.flatMap(\.values))
        return specimens.allSatisfy { specimen in
            var known = FieldValues()
            if specimen.isSizeTold { known.set(.total, specimen.bytes.count) }
            var reader = MessageReader(message, bytes: specimen.bytes, values: known)
            guard (try? reader.read()) != nil else { return false }
            var values = reader.values
            if !specimen.command.isEmpty,
                !values.opaques.allSatisfy({ specimen.values.opaques[$0.key] == $0.value })
            {
                return false
            }
            for value in wanted where carried.contains(value) {
                guard
                    same(values[value], specimen.values[value])
                        || value == .result && reader.resultClass.contains(specimen.values[value] ?? "")
                        || draft.layout.isSame(value, values[value], specimen.values[value])
                else { return false }
                values[value] = specimen.values[value]
            }
            if draft.unexplained > 0 { return true }
            var writer = MessageWriter(message, values: values, answering: specimen.command)
            guard var bytes = try? writer.write() else { return false }
            if let padding, bytes.count < specimen.bytes.count, !specimen.isSizeTold {
                bytes += [UInt8](repeating: padding, count: specimen.bytes.count - bytes.count)
            }
            return bytes == specimen.bytes
        }
    }

    private func same(_ one: String?, _ other: String?) -> Bool {
        if one == other { return true }
        let format = IntegerFormat(decimals: 4)
        guard let one, let other, let first = format.number(of: one), let second = format.number(of: other) else {
            return false
        }
        return first == second
    }
}
