internal import BlueTap
internal import Documents
public import Learning
public import WireFormat

/// A profile that was learned, as a file that people can read and edit.
public struct LearnedProfile: Sendable {
    public var lesson: Lesson
    public var name: String
    /// What a capture says of the device; nil: made up.
    public var usb: USBIdentity?
    public var reportDescriptor: [UInt8]?
    /// Why it does not give back every sample; nil: it does.
    public var draft: String?

    public init(_ lesson: Lesson, name: String, usb: USBIdentity? = nil, reportDescriptor: [UInt8]? = nil) {
        self.lesson = lesson
        self.name = name
        self.usb = usb
        self.reportDescriptor = reportDescriptor
    }

    /// The file, with the evidence as comments.
    public var text: String {
        let usb =
            usb
            ?? USBIdentity(
                vendorID: 0x1209, productID: 0x0001, release: 0x0100, manufacturer: "bluetap",
                product: "BlueTap emulator",
                serialNumber: "000001")
        var lines = ["# Learned by `bluetap profile learn`. Each field has its evidence beside it."]
        if draft != nil { lines.append("# DRAFT: it is not right in all samples. Do not rely on it.") }
        for line in lesson.contradictions { lines.append("# CONTRADICTION: \(line.printable)") }
        for doubt in lesson.doubts {
            lines.append("# NOT SURE: \(doubt.description.printable).")
        }
        for text in lesson.unexplained { lines.append("# Not explained: \(text.printable).") }
        for gap in lesson.gaps { lines.append("# Not seen: \(gap.printable).") }
        func hex(_ number: UInt16) -> String {
            let digits = String(number, radix: 16, uppercase: true)
            return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        lines += [
            "", "profile: \(FlowText.quoted(name))", "summary: learned from commands that are known",
        ]
        if let draft { lines.append("draft: \(FlowText.quoted(draft.printable))") }
        lines += [
            "", "usb:",
            "  vendorID: \(hex(usb.vendorID))" + (self.usb == nil ? " # not in the samples: give your device's" : ""),
            "  productID: \(hex(usb.productID))", "  release: \(hex(usb.release))",
            "  manufacturer: \(FlowText.quoted(usb.manufacturer))", "  product: \(FlowText.quoted(usb.product))",
            "  serialNumber: \(FlowText.quoted(usb.serialNumber))", "", "hid:",
        ]
        if reportDescriptor == nil { lines.append("  # Not in the samples: vendor-defined reports of the sizes seen.") }
        lines.append(
            "  reportDescriptor: \(FlowText.quoted(HexBytes(reportDescriptor ?? madeUpDescriptor).description.uppercased()))"
        )
        for (key, report) in [("outputReport", lesson.outputReport), ("inputReport", lesson.inputReport)] {
            var members: [(String, FlowText)] = [("size", .number(report.size))]
            if let padding = report.padding { members.append(("padding", .quoted(padding.description.uppercased()))) }
            if let sizes = report.sizes {
                let list = sizes.map { FlowText.mapping([("id", .number(Int($0.id))), ("size", .number($0.size))]) }
                members.append(("sizes", .list(list)))
            }
            if report.isFeature { members.append(("feature", .plain("true"))) }
            lines.append("  \(key): \(FlowText.mapping(members))")
        }
        if !lesson.framing.isEmpty {
            lines += ["", "framing:"]
            for direction in Direction.allCases {
                guard let framing = lesson.framing[direction] else { continue }
                lines.append("  \(direction.rawValue):")
                if let reports = framing.reports {
                    lines.append("    reports: \(reports) # every message has as many")
                }
                if let end = framing.end { lines.append("    end: \(end.flowText)") }
                if framing.isFullClosed { lines.append("    emptyAfterFull: true") }
                if framing.isEmptyOmitted { lines.append("    leavesOutEmpty: true") }
                if framing.first == [] { lines.append("    first: []") }
                let evidence = lesson.framingEvidence[direction]
                for (key, layout, evidence) in [
                    ("first", framing.first ?? [], evidence?.first), ("header", framing.header, evidence?.header),
                    ("trailer", framing.trailer, evidence?.trailer),
                ] where !layout.isEmpty {
                    lines.append("    \(key):")
                    lines += zip(layout, evidence ?? []).map { "      - \($0.flowText) # \($1.printable)" }
                }
            }
        }
        if !lesson.armour.isEmpty {
            lines += ["", "armour: # from the outside inwards"]
            for direction in Direction.allCases {
                guard let armour = lesson.armour[direction] else { continue }
                lines.append("  \(direction.rawValue):")
                lines += armour.map { "    - \($0.layer.flowText) # \($0.evidence.printable)" }
            }
        }
        for (key, messages) in [
            ("commands", lesson.commands), ("acknowledgements", lesson.acknowledgements), ("replies", lesson.replies),
        ] where !messages.isEmpty {
            lines.append("")
            lines += section(key, messages)
            if key == "acknowledgements" || lesson.acknowledgements.isEmpty && key == "commands" { lines += steps }
        }
        if !lesson.exchanges.isEmpty { lines += ["", "exchanges:"] + lesson.exchanges.map { "  - \($0.flowText)" } }
        lines += [
            "", "# Where taps lead: these lead nowhere. Give your own to test with a phone.", "links:",
        ]
        for method in PaymentMethod.allCases {
            lines.append(
                "  \(method.rawValue): { url: \"https://bluetap.example/pay/{token}\", androidPackage: example.bluetap }"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ key: String, _ messages: [Command.Kind: LearnedMessage]) -> [String] {
        ProfileText.section(key, messages) { message in
            zip(message.layout, message.evidence).map { ($0, $1.printable) }
        }
    }

    private var steps: [String] {
        guard !lesson.steps.isEmpty else { return [] }
        return ["", "steps:"]
            + lesson.steps.flatMap { step in
                [
                    "  - count: \(step.count) # most samples have as many", "    least: \(step.known.lowerBound)",
                    "    most: \(step.known.upperBound)", "    first: \(step.first)",
                ] + section("messages", step.messages).map { "    " + $0 }
            }
    }

    /// One collection with reports of the sizes that were seen. Source: HID 1.11, section 6.2.2.
    private var madeUpDescriptor: [UInt8] {
        var descriptor: [UInt8] = [0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08]
        let input = lesson.inputReport
        let output = lesson.outputReport
        if input.sizes != nil || output.sizes != nil { return descriptor + identified + [0xC0] }
        if !input.isFeature { descriptor += Self.count(input.size) + [0x09, 0x02, 0x81, 0x02] }
        if !output.isFeature { descriptor += Self.count(output.size) + [0x09, 0x03, 0x91, 0x02] }
        // There is one feature report without an ID, whichever way it goes.
        let features = [input, output].filter(\.isFeature)
        if let size = features.map(\.size).max() { descriptor += Self.count(size) + [0x09, 0x04, 0xB1, 0x02] }
        return descriptor + [0xC0]
    }

    /// Reports that begin with their IDs, which the descriptor does not count.
    private var identified: [UInt8] {
        let first = lesson.replies.values.compactMap { message -> UInt8? in
            if case .constant(let bytes)? = message.layout.first?.content { bytes.first } else { nil }
        }.min()
        let sides: [(ReportLayout, UInt8?, [UInt8])] = [
            (lesson.inputReport, first, [0x09, 0x02, 0x81, 0x02]),
            (lesson.outputReport, nil, [0x09, 0x03, 0x91, 0x02]),
        ]
        var items: [UInt8] = []
        for (report, id, main) in sides {
            let sizes = report.sizes ?? [ReportLayout.IdentifiedSize(id: id ?? 1, size: report.size)]
            for one in sizes where one.size > 1 && one.id > 0 {
                items +=
                    [0x85, one.id] + Self.count(one.size - 1) + (report.isFeature ? [0x09, 0x04, 0xB1, 0x02] : main)
            }
        }
        return items
    }

    /// A report count in one byte or two: the prefix's lowest bits say which.
    private static func count(_ size: Int) -> [UInt8] {
        size < 256 ? [0x95, UInt8(size)] : [0x96, UInt8(size & 0xFF), UInt8(size >> 8)]
    }
}
