internal import BlueTap
internal import WireFormat

/// Results that are told by their names.
enum ResultNames {
    /// The table with the results that no reply shows, where those that are shown are their names: as they are, in lower
    /// case, or cut.
    static func completed(_ table: [String: HexBytes]) -> [String: HexBytes] {
        guard table.count > 1, let size = table.values.first?.bytes.count, size > 2,
            table.values.allSatisfy({ $0.bytes.count == size })
        else { return table }
        for isLower in [false, true] {
            func written(_ name: String) -> HexBytes? {
                let text = Array((isLower ? name.lowercased() : name).utf8)
                return text.count >= size ? HexBytes(Array(text.prefix(size))) : nil
            }
            guard table.allSatisfy({ written($0.key) == $0.value }) else { continue }
            var all = table
            for code in ResultCode.allCases {
                guard let bytes = written(code.rawValue) else { return table }
                all[code.rawValue] = bytes
            }
            return Set(all.values).count == all.count ? all : table
        }
        return table
    }
}
