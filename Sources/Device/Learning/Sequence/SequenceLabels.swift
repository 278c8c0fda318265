internal import BlueTap
internal import WireFormat

/// What messages are known to carry, written in all ways: a quick look whether bytes may be any of it.
struct SequenceLabels {
    private let specimens: [Specimen]
    private let wanted: [FieldLayout.Value]
    /// Values that some message has.
    let given: Set<FieldLayout.Value>
    /// Values that some messages have and others have not.
    let optional: [FieldLayout.Value]
    /// For each value, of the first message that has it: that message, its text, and its number in bytes.
    private let forms: [FieldLayout.Value: (index: Int, text: [UInt8], numbers: Set<[UInt8]>)]
    /// Of amounts and expiries, the messages that have one, from the smallest to the largest.
    private let rising: [FieldLayout.Value: [Int]]
    private let isGivenTo: [FieldLayout.Value: [Bool]]
    /// Messages in the order of time, and how many lie between.
    private let order: [Int]

    init(_ specimens: [Specimen], _ wanted: [FieldLayout.Value]) {
        self.specimens = specimens
        self.wanted = wanted
        isGivenTo = Dictionary(
            uniqueKeysWithValues: wanted.map { value in (value, specimens.map { $0.values[value] != nil }) })
        given = Set(wanted.filter { value in specimens.contains { $0.values[value] != nil } })
        optional = wanted.filter { value in
            specimens.contains { $0.values[value] != nil } && specimens.contains { $0.values[value] == nil }
        }
        order = specimens.indices.sorted { specimens[$0].order < specimens[$1].order }
        rising = Dictionary(
            uniqueKeysWithValues: wanted.filter { $0 == .amount || $0 == .expiryTime }.map { value in
                let plain = IntegerFormat(decimals: value == .amount ? 2 : nil)
                let numbers = specimens.indices.compactMap { index in
                    specimens[index].values[value].flatMap(plain.number(of:)).map { (index, number: $0) }
                }
                let isEnough = Set(numbers.map(\.number)).count >= ReadingEvidence.numbersOfARatio
                return (value, isEnough ? numbers.sorted { $0.number < $1.number }.map(\.0) : [])
            })
        var forms: [FieldLayout.Value: (index: Int, text: [UInt8], numbers: Set<[UInt8]>)] = [:]
        for value in wanted {
            guard let index = specimens.firstIndex(where: { $0.values[value] != nil }),
                let text = specimens[index].values[value]
            else { continue }
            var numbers: Set<[UInt8]> = []
            if value != .paymentMethod, value != .result {
                for format in RegionLearner.numberFormats where (format.decimals != nil) == (value == .amount) {
                    guard let number = format.number(of: text) else { continue }
                    for size in SearchLimit.itemSizes {
                        if let bytes = format.bytes(number, size: size) { numbers.insert(bytes) }
                    }
                }
            }
            forms[value] = (index, Array(text.utf8), numbers)
        }
        self.forms = forms
    }

    func isGiven(_ value: FieldLayout.Value, _ index: Int) -> Bool { isGivenTo[value]?[index] ?? false }

    /// Whether bytes of one size may be a value that is not carried yet.
    func mayCarry(_ slices: [[UInt8]?], except carried: Set<FieldLayout.Value>) -> Bool {
        wanted.contains { !carried.contains($0) && mayCarry(slices, only: $0) }
    }

    func mayCarry(_ slices: [[UInt8]?], only value: FieldLayout.Value) -> Bool {
        guard let (index, text, numbers) = forms[value], let slice = slices[index] else { return false }
        if numbers.contains(slice) || slice.starts(with: text) || slice.suffix(text.count).elementsEqual(text) {
            return true
        }
        return (value == .paymentMethod || value == .result) && isTable(slices, value) || mayBeScaled(slices, value)
    }

    /// Whether bytes of one size may be numbers that go up with the value: in units of their own, say.
    private func mayBeScaled(_ slices: [[UInt8]?], _ value: FieldLayout.Value) -> Bool {
        guard let indices = rising[value], let low = indices.first, let high = indices.last, let first = slices[low],
            let last = slices[high], (2...8).contains(first.count), last.count == first.count
        else { return false }
        return IntegerFormat.ByteOrder.allCases.contains { order in
            var before: UInt64 = 0
            let goesUp = indices.allSatisfy { index in
                guard let slice = slices[index], slice.count == first.count else { return false }
                let number = slice.unsignedInteger(at: 0, size: slice.count, order: order)
                defer { before = number }
                return number >= before
            }
            return goesUp && first != last
        }
    }

    /// Whether each of a value's names has bytes of its own.
    private func isTable(_ slices: [[UInt8]?], _ value: FieldLayout.Value) -> Bool {
        var table: [String: [UInt8]] = [:]
        for (specimen, slice) in zip(specimens, slices) {
            guard let name = specimen.values[value], let slice else { return false }
            if let known = table.updateValue(slice, forKey: name), known != slice { return false }
        }
        return table.count > 1 && Set(table.values).count == table.count
    }

    /// Whether bytes may be a number that goes up with each message.
    func mayCount(_ slices: [[UInt8]?]) -> Bool {
        guard specimens.count >= ReadingEvidence.messagesForARule else { return false }
        func counts(_ byte: ([UInt8]) -> UInt8?, modulus: Int) -> Bool {
            zip(order, order.dropFirst()).allSatisfy { one, other in
                guard let first = slices[one].flatMap(byte), let second = slices[other].flatMap(byte) else {
                    return false
                }
                let step = specimens[other].order - specimens[one].order
                return (Int(second) - Int(first) - step) % modulus == 0
            }
        }
        return counts(\.last, modulus: 256) || counts(\.first, modulus: 256)
            || counts({ $0.last.map { $0 & 0xF } }, modulus: 10)
    }
}
