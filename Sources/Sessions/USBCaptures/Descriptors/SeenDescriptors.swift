/// The descriptors of a device that the host read during the capture.
struct SeenDescriptors {
    private var answers: [DescriptorKind: ArraySlice<UInt8>] = [:]
    private var reports = SeenReportDescriptors()

    /// Takes an answer. Hosts read a descriptor's beginning first to learn its length: the longest answer counts.
    mutating func receive(_ kind: DescriptorKind, _ answer: ArraySlice<UInt8>) {
        if case .report(let interface) = kind {
            if answer.count >= 2 { reports.receive(interface: interface, answer) }
            return
        }
        guard isWhole(kind, answer), answer.count >= answers[kind]?.count ?? 0 else { return }
        answers[kind] = answer
    }

    /// Takes what was read later.
    mutating func merge(_ later: SeenDescriptors) {
        for (kind, answer) in later.answers { receive(kind, answer) }
        reports.merge(later.reports)
    }

    /// Whether this answer is of another device.
    func contradicts(deviceDescriptor answer: ArraySlice<UInt8>) -> Bool {
        answers[.device].map { $0.prefix(18) != answer.prefix(18) } ?? false
    }

    private func isWhole(_ kind: DescriptorKind, _ answer: ArraySlice<UInt8>) -> Bool {
        let head = Array(answer.prefix(2))
        guard head.count == 2 else { return false }
        return switch kind {
        case .device: head[1] == 1 && answer.count >= 18
        // Its header alone, which hosts read first, has no interface.
        case .configuration: head[1] == 2 && answer.count > 9
        case .string: head[1] == 3 && 2...answer.count ~= Int(head[0])
        case .report: false
        }
    }

    var device: DeviceDescriptor? {
        guard let answer = answers[.device] else { return nil }
        let view = ByteView(answer, .little)
        guard let usbVersion = view.integer(UInt16.self, at: 2), let deviceClass = view.integer(UInt8.self, at: 4),
            let vendorID = view.integer(UInt16.self, at: 8), let productID = view.integer(UInt16.self, at: 10),
            let release = view.integer(UInt16.self, at: 12)
        else { return nil }
        return DeviceDescriptor(
            usbVersion: usbVersion, deviceClass: deviceClass, vendorID: vendorID, productID: productID,
            release: release, manufacturer: string(view.integer(UInt8.self, at: 14)),
            product: string(view.integer(UInt8.self, at: 15)), serialNumber: string(view.integer(UInt8.self, at: 16)))
    }

    /// Index 0 is the table of languages, and means that there is no string. Some devices fill strings up with zeros, which
    /// hosts cut off.
    private func string(_ index: UInt8?) -> String? {
        guard let index, index != 0, let answer = answers[.string(index: index)], let length = answer.first else {
            return nil
        }
        let view = ByteView(answer.prefix(Int(length)), .little)
        let units = stride(from: 2, to: view.count, by: 2).compactMap { view.integer(UInt16.self, at: $0) }
        return String(decoding: units.prefix { $0 != 0 }, as: UTF16.self)
    }

    /// The HID interfaces of the configuration; nil if it was not read.
    var configuredInterfaces: [HIDInterface]? { answers[.configuration].map(HIDInterface.interfaces(configuration:)) }

    /// The HID interfaces with their report descriptors, so far as they are known.
    var interfaces: [HIDInterface] {
        var interfaces = configuredInterfaces ?? interfacesOfReportDescriptors
        let descriptors = reports.assigned(to: interfaces)
        for index in interfaces.indices {
            guard let descriptor = descriptors[interfaces[index].number],
                descriptor.count >= interfaces[index].reportDescriptorLength ?? 0
            else { continue }
            interfaces[index].reportDescriptor = descriptor
        }
        return interfaces
    }

    /// The report descriptors of which the host read no more than a part, with their lengths in bytes.
    var partialReportDescriptors: [(interface: UInt8, read: Int, length: Int)] {
        let interfaces = configuredInterfaces ?? []
        let descriptors = reports.assigned(to: interfaces)
        return interfaces.compactMap { interface in
            guard let answer = descriptors[interface.number],
                let length = interface.reportDescriptorLength, answer.count < length
            else { return nil }
            return (interface.number, answer.count, length)
        }
    }

    private var interfacesOfReportDescriptors: [HIDInterface] {
        reports.interfaces.map(HIDInterface.init(number:))
    }
}
