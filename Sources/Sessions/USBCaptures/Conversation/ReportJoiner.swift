internal import HID

/// Joins reports that are longer than their endpoint's packets, where the host took them packet by packet: full packets,
/// and one that is shorter or completes the report. Source: HID 1.11, section 8.4.
struct ReportJoiner {
    private let reports: ReportDescriptor
    /// Of the interrupt endpoints that are known, in bytes.
    private let packetSizes: [UInt8: Int]

    /// What a capture that began late may have: the sizes of full packets. Source: USB 2.0, section 5.7.3.
    private static let usualPacketSizes: Set<Int> = [8, 16, 32, 64, 512, 1024]

    init(reportDescriptor: [UInt8], interfaces: [HIDInterface]) {
        reports = ReportDescriptor(reportDescriptor)
        let endpoints = interfaces.flatMap { [$0.interruptIn, $0.interruptOut] }.compactMap(\.self)
        packetSizes = Dictionary(endpoints.map { ($0.address, $0.maximumPacketSize) }) { first, _ in first }
    }

    /// A report stands where its last packet does.
    func join(_ transfers: [HIDTransfer]) -> [HIDTransfer] {
        var joined: [HIDTransfer] = []
        /// Of each endpoint, the pieces of a report that is not whole.
        var open: [UInt8: [HIDTransfer]] = [:]
        func giveUp(_ endpoint: UInt8) { joined += open.removeValue(forKey: endpoint) ?? [] }
        for transfer in transfers {
            guard transfer.route == .interrupt else {
                joined.append(transfer)
                continue
            }
            let endpoint = transfer.endpoint
            let pieces = (open[endpoint] ?? []) + [transfer]
            if pieces.count > 1, let size = size(of: pieces[0]) {
                let count = pieces.reduce(0) { $0 + $1.bytes.count }
                if count < size, transfer.bytes.count == pieces[0].bytes.count {
                    open[endpoint] = pieces
                    continue
                }
                if count <= size {
                    var whole = transfer
                    whole.bytes = pieces.flatMap(\.bytes)
                    joined.append(whole)
                    open[endpoint] = nil
                    continue
                }
            }
            giveUp(endpoint)
            if size(of: transfer) != nil { open[endpoint] = [transfer] } else { joined.append(transfer) }
        }
        for endpoint in open.keys.sorted() { giveUp(endpoint) }
        return joined.sorted { $0.packet < $1.packet }
    }

    /// How long the report is of which this is the first packet, and not the last; nil for other reports.
    private func size(of first: HIDTransfer) -> Int? {
        let id = reports.hasReportIDs ? first.bytes.first ?? 0 : 0
        guard let size = reports.size(of: first.isFromHost ? .output : .input, id: id),
            size > first.bytes.count
        else { return nil }
        let isFull =
            packetSizes[first.endpoint].map { $0 == first.bytes.count }
            ?? Self.usualPacketSizes.contains(first.bytes.count)
        return isFull ? size : nil
    }
}

extension CapturedDevice {
    /// The reports of one interface, with those of which the capture does not tell the interface; each whole, also where
    /// it crossed the bus in several transfers.
    ///
    /// - Parameters:
    ///   - number: nil: of all interfaces.
    ///   - reportDescriptor: the interface's, where the capture has none.
    public func wholeReports(interface number: UInt8?, reportDescriptor: [UInt8]? = nil) -> [HIDTransfer] {
        let transfers = number.map(reports(interface:)) ?? transfers
        let own = interfaces.filter { number == nil || $0.number == number }
        let known = own.count == 1 ? own[0].reportDescriptor : nil
        guard let descriptor = known ?? reportDescriptor else { return transfers }
        return ReportJoiner(reportDescriptor: descriptor, interfaces: own).join(transfers)
    }
}
