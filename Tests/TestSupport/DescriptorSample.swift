/// A report descriptor, and what Linux says of it: the kernel suite asks it.
public struct DescriptorSample: Sendable, CustomStringConvertible {
    public let hexadecimal: String
    /// What is wrong with it; nil where Linux takes it.
    public let problem: String?

    public var description: String { hexadecimal }
    public var bytes: [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    private init(_ hexadecimal: String, _ problem: String? = nil) {
        self.hexadecimal = hexadecimal
        self.problem = problem
    }

    public static let all = [
        DescriptorSample("0600FF0901A101150026FF007508954009028102954009039102C0"),
        DescriptorSample("A101C0"),
        DescriptorSample("A101D0C0"), DescriptorSample("A1010CC0"), DescriptorSample("A101A901C0"),
        DescriptorSample("750895018102"), DescriptorSample("0601FF"),
        DescriptorSample("A101760001750895408102C0"),
        DescriptorSample("A1011581257F750895018102C0"), DescriptorSample("A101A4A4A4A4B4B4B4B4C0"),
        DescriptorSample("A101", "the item at byte 2: an End Collection is missing for 1 of the collections"),
        DescriptorSample("A101A100C0", "the item at byte 5: an End Collection is missing for 1 of the collections"),
        DescriptorSample("C0", "the item at byte 0: an End Collection without its Collection"),
        DescriptorSample("A101C0C0", "the item at byte 3: an End Collection without its Collection"),
        DescriptorSample(
            "0600FF0901A10109", "the item at byte 7: it has 1 bytes of data, and the descriptor ends before"),
        DescriptorSample("A101FE000AC0", "the item at byte 2: long items are not taken: leave it out"),
        DescriptorSample("A101F4C0", "the item at byte 2: long items are not taken: leave it out"),
        DescriptorSample("A101E4C0", "the item at byte 2: there is no such global item"),
        DescriptorSample("A1018500C0", "the item at byte 2: the Report ID 0 is not 1 to 255"),
        DescriptorSample("A101860001C0", "the item at byte 2: the Report ID 256 is not 1 to 255"),
        DescriptorSample("A101760101C0", "the item at byte 2: the Report Size 257 is above 256"),
        DescriptorSample("A101960130C0", "the item at byte 2: the Report Count 12289 is above 12288"),
        DescriptorSample("A101B4C0", "the item at byte 2: a Pop without its Push"),
        DescriptorSample("A101A4A4A4A4A4C0", "the item at byte 6: more than 4 Push items"),
        DescriptorSample("A101A901A901C0", "the item at byte 4: Delimiters are nested"),
        DescriptorSample("A101A900C0", "the item at byte 2: a Delimiter that was not opened"),
        DescriptorSample(
            "A10115FF25FE750895018102C0", "the item at byte 10: the Logical Maximum -2 is below the Logical Minimum -1"),
        DescriptorSample("A1017600019600308102C0", "the item at byte 8: the report is longer than 16383 bytes"),
    ]
}
