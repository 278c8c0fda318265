internal import WireFormat

extension FieldLayout {
    /// The same with plain JSON objects for documents that are such.
    var withObjects: FieldLayout {
        mapped { field in
            if case .document(let document) = field.content, let object = document.object {
                field.content = .object(object)
            }
        }
    }
}

extension DocumentLayout {
    fileprivate var object: ObjectLayout? {
        guard notation == .json, kind == .map else { return nil }
        return ObjectLayout(
            isSpaced: style.hasSpacedCommas, isAlways: isAlways,
            bare: Set(members.filter { $0.kind != .text }.map(\.key)),
            items: members.map { KeyedField($0.key, $0.field) })
    }
}
