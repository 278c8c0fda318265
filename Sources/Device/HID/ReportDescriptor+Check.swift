extension ReportDescriptor {
    /// Refuses what Linux refuses, so that a device is not made that no host can use.
    ///
    /// Source: HID 1.11, sections 5.3 and 6.2.2; Linux, drivers/hid/hid-core.c (`hid_open_report`).
    public static func check(_ bytes: [UInt8]) throws(ReportDescriptorError) {
        guard bytes.count <= Limit.size else {
            throw ReportDescriptorError(offset: Limit.size, problem: "a descriptor has at most \(Limit.size) bytes")
        }
        var checker = Checker()
        var offset = 0
        while offset < bytes.count {
            let prefix = bytes[offset]
            // Linux tells a long item, which is 0xFE, by the tag alone.
            guard prefix < 0xF0 else {
                throw ReportDescriptorError(offset: offset, problem: "long items are not taken: leave it out")
            }
            let size = [0, 1, 2, 4][Int(prefix & 3)]
            guard offset + size < bytes.count else {
                throw ReportDescriptorError(
                    offset: offset, problem: "it has \(size) bytes of data, and the descriptor ends before")
            }
            let data = bytes[offset + 1..<offset + 1 + size]
            if let problem = checker.take(prefix & 0xFC, Array(data)) {
                throw ReportDescriptorError(offset: offset, problem: problem)
            }
            offset += 1 + size
        }
        if let problem = checker.complaintAtEnd { throw ReportDescriptorError(offset: offset, problem: problem) }
    }

    /// Linux's limits. Source: include/linux/hid.h.
    private enum Limit {
        static let size = 4096
        static let globalStack = 4
        static let reportSize: UInt32 = 256
        static let usages: UInt32 = 12288
        static let collectionDepth = 4096
        /// Of a report, in bits: HID_MAX_BUFFER_SIZE, less a byte.
        static let reportBits = (16384 - 1) * 8
    }

    /// The state of Linux's parser, as far as it refuses by it.
    private struct Checker {
        private struct Globals {
            var size: UInt32 = 0
            var count: UInt32 = 0
            var id: UInt32 = 0
            var logicalMinimum: Int32 = 0
            var logicalMaximum: Int32 = 0
        }

        private var globals = Globals()
        private var stack: [Globals] = []
        private var collections = 0
        private var isDelimited = false
        private var bits: [UInt64: Int] = [:]

        /// Takes an item without its size in the prefix; what is wrong with it, or nil.
        mutating func take(_ tag: UInt8, _ data: [UInt8]) -> String? {
            switch tag & 0x0C {
            case 0x00: return main(tag)
            case 0x04: return global(tag, data)
            case 0x08: return local(tag, data)
            // Reserved, and passed over.
            default: return nil
            }
        }

        var complaintAtEnd: String? {
            if collections > 0 { return "an End Collection is missing for \(collections) of the collections" }
            return isDelimited ? "a Delimiter is not closed" : nil
        }

        private mutating func main(_ tag: UInt8) -> String? {
            // What is local ends with the main item that it is for.
            isDelimited = false
            switch tag {
            case 0x80, 0x90, 0xB0: return field(tag)
            case 0xA0:
                guard collections < Limit.collectionDepth else { return "collections are nested too deeply" }
                collections += 1
            case 0xC0:
                guard collections > 0 else { return "an End Collection without its Collection" }
                collections -= 1
            default: break
            }
            return nil
        }

        /// Input, Output or Feature.
        private mutating func field(_ tag: UInt8) -> String? {
            let (minimum, maximum) = (globals.logicalMinimum, globals.logicalMaximum)
            let isReversed =
                minimum < 0 ? maximum < minimum : UInt32(bitPattern: maximum) < UInt32(bitPattern: minimum)
            if isReversed { return "the Logical Maximum \(maximum) is below the Logical Minimum \(minimum)" }
            let report = UInt64(tag) << 32 | UInt64(globals.id)
            let size = bits[report, default: 0] + Int(globals.size) * Int(globals.count)
            guard size <= Limit.reportBits else { return "the report is longer than \(Limit.reportBits / 8) bytes" }
            bits[report] = size
            return nil
        }

        private mutating func global(_ tag: UInt8, _ data: [UInt8]) -> String? {
            let value = data.unsigned
            switch tag {
            case 0x14: globals.logicalMinimum = data.signed
            // Linux takes the maximum as signed only where the minimum is negative.
            case 0x24:
                globals.logicalMaximum = globals.logicalMinimum < 0 ? data.signed : Int32(bitPattern: value)
            case 0x74:
                guard value <= Limit.reportSize else { return "the Report Size \(value) is above \(Limit.reportSize)" }
                globals.size = value
            case 0x94:
                guard value <= Limit.usages else { return "the Report Count \(value) is above \(Limit.usages)" }
                globals.count = value
            case 0x84:
                guard (1...255).contains(value) else { return "the Report ID \(value) is not 1 to 255" }
                globals.id = value
            case 0xA4:
                guard stack.count < Limit.globalStack else { return "more than \(Limit.globalStack) Push items" }
                stack.append(globals)
            case 0xB4:
                guard let last = stack.popLast() else { return "a Pop without its Push" }
                globals = last
            case 0x04, 0x34, 0x44, 0x54, 0x64: break
            default: return "there is no such global item"
            }
            return nil
        }

        private mutating func local(_ tag: UInt8, _ data: [UInt8]) -> String? {
            guard tag == 0xA8 else { return nil }
            let opens = data.unsigned != 0
            guard opens != isDelimited else {
                return opens ? "Delimiters are nested" : "a Delimiter that was not opened"
            }
            isDelimited = opens
            return nil
        }
    }
}

extension [UInt8] {
    fileprivate var unsigned: UInt32 { reversed().reduce(0) { $0 << 8 | UInt32($1) } }

    fileprivate var signed: Int32 {
        switch count {
        case 1: Int32(Int8(truncatingIfNeeded: unsigned))
        case 2: Int32(Int16(truncatingIfNeeded: unsigned))
        default: Int32(bitPattern: unsigned)
        }
    }
}
