internal import BlueTap
internal import ControlAPI
internal import Emulator
internal import WireFormat

extension DeviceView {
    init(_ device: EmulatedDevice, transport: String, clock: EmulatorClock) {
        let status = device.catchUp()
        self.init(
            id: device.id, state: status.state.rawValue, transport: transport, profile: device.profile.name,
            now: status.now.description, clock: clock.mode.rawValue, link: status.link.map(LinkView.init),
            lastSequence: status.lastSequence, faults: status.faults.count, journalFailure: status.journalFailure)
    }
}

extension DeviceView.LinkView {
    fileprivate init(_ link: Link) {
        self.init(
            url: link.url, ndef: HexBytes(link.message.bytes).description, paymentMethod: link.paymentMethod.rawValue,
            amount: link.amount, orderId: link.orderID, expiresAt: link.expiresAt.description)
    }
}

/// All devices, as `GET /v1/devices` tells them.
struct DevicesView: Encodable {
    let devices: [DeviceView]
    /// Whether there is a payment sandbox beside them.
    let hasSandbox: Bool
}
