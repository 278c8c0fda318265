public import USBCaptures

extension RecordedSession {
    /// What a capture has of one device, under every address at which the host found it, in the order of these.
    public init(_ devices: [CapturedDevice], interface: UInt8?) {
        var steps: [Step] = []
        for (index, device) in devices.enumerated() {
            if index > 0 {
                let (last, first) = (devices[index - 1].lastPacket, device.firstPacket)
                steps.append(Step(time: last.time, place: .packet(last.number), .detached))
                steps.append(Step(time: first.time, place: .packet(first.number), .attached))
            }
            let transfers = interface.map(device.reports(interface:)) ?? device.transfers
            let heard = transfers.compactMap { transfer in
                Happening(transfer).map {
                    (transfer.packet, Step(time: transfer.time, place: .packet(transfer.packet), $0))
                }
            }
            let unheard = device.abandonedReads.map { packet in
                (packet.number, Step(time: packet.time, place: .packet(packet.number), .unheard))
            }
            steps += (heard + unheard).sorted { $0.0 < $1.0 }.map(\.1)
        }
        self.init(steps, end: devices.last?.lastPacket.time)
    }
}

extension RecordedSession.Happening {
    /// Nil for what tells nothing new: an input report that the host asked for again.
    fileprivate init?(_ transfer: HIDTransfer) {
        switch (transfer.reportType, transfer.route) {
        case (.output, _): self = .hostReport(transfer.bytes, isFeature: false)
        case (.feature, .setReport): self = .hostReport(transfer.bytes, isFeature: true)
        case (.feature, .getReport): self = .featureRead(id: transfer.reportID ?? 0, answer: transfer.bytes)
        case (.input, .interrupt): self = .deviceReport(transfer.bytes)
        case (.input, _), (.feature, .interrupt): return nil
        }
    }
}
