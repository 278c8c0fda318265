public import USBCaptures

extension RecordedSession {
    /// What a capture has of one device, under every address at which the host found it, in the order of these.
    ///
    /// - Parameters:
    ///   - interface: nil: of all interfaces.
    ///   - reportDescriptor: the interface's, where the capture has none: reports that crossed the bus in several transfers
    ///     are put together by it.
    public init(_ devices: [CapturedDevice], interface: UInt8?, reportDescriptor: [UInt8]? = nil) {
        var steps: [Step] = []
        for (index, device) in devices.enumerated() {
            if index > 0 {
                let first = device.firstPacket
                // What was said to nobody any more stands behind that.
                if devices[index - 1].gone == nil {
                    let last = devices[index - 1].lastPacket
                    steps.append(Step(time: last.time, place: .packet(last.number), .detached))
                }
                steps.append(Step(time: first.time, place: .packet(first.number), .attached))
            }
            steps += Self.steps(of: device, interface: interface, reportDescriptor: reportDescriptor)
        }
        self.init(steps, end: devices.last?.lastPacket.time)
    }

    private static func steps(
        of device: CapturedDevice, interface: UInt8?, reportDescriptor: [UInt8]?
    ) -> [Step] {
        func step(_ packet: CapturedDevice.Packet, _ happening: Happening) -> (Int, Step) {
            (packet.number, Step(time: packet.time, place: .packet(packet.number), happening))
        }
        var steps = device.wholeReports(interface: interface, reportDescriptor: reportDescriptor).compactMap {
            transfer in
            Happening(transfer).map { step(.init(number: transfer.packet, time: transfer.time), $0) }
        }
        func isMeant(_ number: UInt8?) -> Bool { interface == nil || number == nil || number == interface }
        for write in device.failedWrites where isMeant(write.interface) {
            guard write.reportType != .input, let failure = write.failure else { continue }
            steps.append(
                step(
                    .init(number: write.packet, time: write.time),
                    .failedWrite(write.bytes, isFeature: write.reportType == .feature, WriteFailure(failure))))
        }
        for read in device.abandonedReads where isMeant(read.interface) {
            steps.append(step(read.packet, read.bytes.isEmpty ? .unanswered : .unheard(read.bytes)))
        }
        if let gone = device.gone { steps.append(step(gone, .detached)) }
        return steps.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
    }
}

extension RecordedSession.WriteFailure {
    fileprivate init(_ status: TransferStatus) {
        self.init(status.isStall ? .stall : status.isGone ? .gone : .other, status: status.description)
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
