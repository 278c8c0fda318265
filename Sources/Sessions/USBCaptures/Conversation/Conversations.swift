/// Puts the packets of a capture together to what each device and the host said.
struct Conversations {
    static let maximumDevices = 128
    static let maximumReports = 1_000_000

    private var conversations: [DeviceConversation] = []
    private var indices: [DeviceAddress: Int] = [:]
    private var pending = PendingTransfers()
    private var reportCount = 0
    private var packetCount = 0
    /// The first packet of each kind that was left out.
    private var firstBeyondDevices: Int?
    private var firstBeyondReports: Int?
    private var malformed: (first: CapturedPacket, count: Int)?
    private var doubled = DoubledPackets()
    private var doubledCount = 0
    /// The snapshot length that something was lost to.
    private(set) var snapshotLength: Int?

    mutating func receive(_ captured: CapturedPacket) {
        guard let linkType = USBLinkType(rawValue: captured.linkType) else { return }
        guard !doubled.contain(captured, linkType) else {
            doubledCount += 1
            return
        }
        packetCount += 1
        guard let packet = USBPacket(captured, linkType) else {
            malformed = (malformed?.first ?? captured, (malformed?.count ?? 0) + 1)
            noteCut(captured)
            return
        }
        if packet.data.whole == nil { noteCut(captured) }
        switch packet.type {
        case .interrupt: receiveInterrupt(packet, captured)
        case .control: receiveControl(packet, captured)
        case .isochronous, .bulk, nil: break
        }
        if let index = indices[packet.device] { conversations[index].note(captured, packet) }
    }

    private mutating func noteCut(_ packet: CapturedPacket) {
        guard packet.bytes.count < packet.originalLength, snapshotLength == nil else { return }
        snapshotLength = packet.snapshotLength == 0 ? packet.bytes.count : packet.snapshotLength
    }

    // MARK: Interrupt transfers

    private mutating func receiveInterrupt(_ packet: USBPacket, _ captured: CapturedPacket) {
        let isInput = packet.endpoint & 0x80 != 0
        switch packet.phase {
        case .submission where !isInput:
            pending.remove(.init(packet))
            send(packet, captured, route: .interrupt, name: nil)
        case .completion(let status):
            if !isInput {
                var transfer = pending.remove(.init(packet))
                // macOS tells of the bytes when they are gone.
                if transfer == nil, packet.data.length > 0 {
                    send(packet, captured, route: .interrupt, name: nil)
                    transfer = pending.remove(.init(packet))
                }
                complete(transfer, status)
            } else if status.isSuccess {
                append(packet, captured, type: .input, route: .interrupt, name: nil)
            } else if reportCount < Self.maximumReports, let index = indices[packet.device] {
                reportCount += 1
                conversations[index].abandonRead(captured, packet, status)
            }
        case .submission, .dataStage: break
        }
    }

    // MARK: Control transfers

    private mutating func receiveControl(_ packet: USBPacket, _ captured: CapturedPacket) {
        let key = PendingTransfers.Key(packet)
        switch packet.phase {
        case .submission:
            pending.remove(key)
            guard let request = packet.setup.flatMap(HIDRequest.init) else { return }
            pending.insert(.request(request), key)
            sendData(packet, captured)
        case .dataStage: sendData(packet, captured)
        case .completion(let status):
            sendData(packet, captured)
            let transfer = pending.remove(key)
            complete(transfer, status)
            if status.isSuccess, case .request(let request) = transfer { answer(request, packet, captured) }
        }
    }

    /// The data of a SET_REPORT came, with its submission or after it.
    private mutating func sendData(_ packet: USBPacket, _ captured: CapturedPacket) {
        guard case .request(.setReport(let name)) = pending[.init(packet)] else { return }
        send(packet, captured, route: .setReport, name: name)
    }

    private mutating func answer(_ request: HIDRequest, _ packet: USBPacket, _ captured: CapturedPacket) {
        switch request {
        case .getDescriptor(let kind): appendDescriptor(kind, packet, captured)
        case .getReport(let name): append(packet, captured, type: name.type, route: .getReport, name: name)
        case .setReport: break
        case .setConfiguration: if let index = indices[packet.device] { conversations[index].configure() }
        }
    }

    // MARK: Reports and descriptors

    /// A report to the device counts at once, and no more if its completion fails.
    private mutating func send(
        _ packet: USBPacket, _ captured: CapturedPacket, route: HIDTransfer.Route, name: ReportName?
    ) {
        let index = append(packet, captured, type: name?.type ?? .output, route: route, name: name)
        if let index, let conversation = indices[packet.device] {
            pending.insert(.sent(conversation: conversation, index), .init(packet))
        }
    }

    private mutating func complete(_ transfer: PendingTransfers.Transfer?, _ status: TransferStatus) {
        guard !status.isSuccess, case .sent(let conversation, let report) = transfer else { return }
        conversations[conversation].withdraw(report, status)
    }

    /// Keeps a report. One without bytes is none, and one that is not whole is only counted: nil.
    @discardableResult
    private mutating func append(
        _ packet: USBPacket, _ captured: CapturedPacket, type: HIDTransfer.ReportType, route: HIDTransfer.Route,
        name: ReportName?
    ) -> DeviceConversation.ReportIndex? {
        guard packet.data.length > 0, let index = index(of: packet.device, captured) else { return nil }
        guard reportCount < Self.maximumReports else {
            firstBeyondReports = firstBeyondReports ?? captured.number
            return nil
        }
        guard let bytes = packet.data.whole else {
            conversations[index].truncate(packet.data, packet: captured.number, isReport: true)
            return nil
        }
        reportCount += 1
        return conversations[index].append(
            HIDTransfer(
                reportType: type, route: route, reportID: name?.id, bytes: Array(bytes), time: captured.time,
                packet: captured.number, endpoint: route == .interrupt ? packet.endpoint : 0,
                interface: name?.interface))
    }

    private mutating func appendDescriptor(_ kind: DescriptorKind, _ packet: USBPacket, _ captured: CapturedPacket) {
        if kind == .device, let answer = packet.data.whole, answer.count >= 18 {
            beginAgain(packet.device, deviceDescriptor: answer)
        }
        guard let index = index(of: packet.device, captured) else { return }
        if let answer = packet.data.whole {
            conversations[index].descriptors.receive(kind, answer)
        } else {
            conversations[index].truncate(packet.data, packet: captured.number, isReport: false)
        }
    }

    /// A device that is asked what it is once reports have crossed may be another one at the address of one that is gone:
    /// Windows gives addresses out again. It has a conversation of its own, until nothing else speaks for that.
    private mutating func beginAgain(_ device: DeviceAddress, deviceDescriptor answer: ArraySlice<UInt8>) {
        // At 0 each device is found.
        guard device.address != 0, let index = indices[device] else { return }
        let conversation = conversations[index]
        guard conversation.hasSpoken || conversation.descriptors.contradicts(deviceDescriptor: answer) else { return }
        indices[device] = nil
    }

    /// Nil for a device after the last that there is room for.
    private mutating func index(of device: DeviceAddress, _ captured: CapturedPacket) -> Int? {
        if let index = indices[device] { return index }
        guard conversations.count < Self.maximumDevices else {
            firstBeyondDevices = firstBeyondDevices ?? captured.number
            return nil
        }
        conversations.append(
            DeviceConversation(
                device: device, first: captured,
                isOfLinux: captured.linkType != USBLinkType.usbpcap.rawValue
                    && captured.linkType != USBLinkType.darwin.rawValue))
        indices[device] = conversations.count - 1
        return conversations.count - 1
    }

    // MARK: Results

    /// The HID devices, and what was left out of them.
    func results() -> (devices: [CapturedDevice], warnings: [String]) {
        var devices: [CapturedDevice] = []
        var warnings: [String] = []
        for conversation in merged {
            guard let device = conversation.captured else { continue }
            devices.append(device)
            warnings += conversation.warnings
        }
        if devices.isEmpty {
            warnings.append("no HID device in \(packetCount) USB packets: capture the bus that the device is on")
        }
        return (devices, warnings + omissions)
    }

    /// The conversations, each with one device: the host may only have asked again.
    private var merged: [DeviceConversation] {
        var merged: [DeviceConversation] = []
        var last: [DeviceAddress: Int] = [:]
        for conversation in conversations {
            if let index = last[conversation.device], conversation.continues(merged[index]) {
                merged[index].merge(conversation)
            } else {
                last[conversation.device] = merged.count
                merged.append(conversation)
            }
        }
        return merged
    }

    private var omissions: [String] {
        var omissions: [String] = []
        if let malformed {
            let more = malformed.count == 1 ? "" : ", nor those of \(malformed.count - 1) more packets"
            omissions.append(
                "packet \(malformed.first.number): its \(malformed.first.bytes.count) bytes do not begin with a whole USB "
                    + "header\(more)" + ": capture with a larger snapshot length")
        }
        if doubledCount > 0 {
            let noun = doubledCount == 1 ? "packet is" : "packets are"
            omissions.append(
                "\(doubledCount) \(noun) in the file twice, and counted once: capture the bus at one interface alone")
        }
        if let firstBeyondDevices {
            let limit = Self.maximumDevices
            omissions.append("packet \(firstBeyondDevices): there are more than \(limit) devices: capture fewer")
        }
        if let firstBeyondReports {
            let limit = Self.maximumReports
            omissions.append("packet \(firstBeyondReports): there are more than \(limit) reports: cut the file in two")
        }
        return omissions
    }
}
