internal import BlueTap
public import NFCTag
internal import Synchronization
internal import WireFormat

/// The tag that a device presents to readers: what is on it is the device's live link at each moment. That a reader has
/// read it to its end is a tap.
public final class EmulatedTag: ContactlessCard {
    private let device: EmulatedDevice
    private let customer: Customer
    private let session: Mutex<Session>

    /// From when a reader finds the tag until it lets go of it.
    private struct Session {
        var tag: Type4Tag
        /// Whether the tag answers; nil before the first command.
        var isAnswering: Bool?
        var known: LinkToken?
    }

    /// - Parameter customer: whose phone the reader is.
    public init(_ device: EmulatedDevice, customer: Customer) {
        self.device = device
        self.customer = customer
        // FNV-1a of what tells devices apart.
        let number = device.profile.usb.serialNumber.utf8.reduce(0x811C_9DC5 as UInt32) {
            ($0 ^ UInt32($1)) &* 0x0100_0193
        }
        session = Mutex(Session(tag: Type4Tag(number: number)))
    }

    public var answerToReset: [UInt8] { Type4Tag.answerToReset }

    /// Without a host the device has no power.
    public var isPresent: Bool { device.status.state != .detached }

    public func waitForPresence(_ isPresent: Bool) async {
        while !Task.isCancelled {
            let status = device.status
            if (status.state != .detached) == isPresent { return }
            await device.waitForEvent(after: status.lastSequence)
        }
    }

    public func reset() {
        session.withLock { session in
            session.tag.reset()
            session.isAnswering = nil
            session.known = nil
        }
    }

    public func respond(to command: [UInt8]) -> [UInt8] {
        session.withLock { session in
            let isAnswering = session.isAnswering ?? device.meet(customer)
            session.isAnswering = isAnswering
            guard isAnswering, isPresent else { return [] }
            return device.present(to: customer, knowing: session.known) { link in
                let (response, action) = session.tag.respond(to: command, link: link)
                if case .messageRead(let token) = action { session.known = token }
                return (response, action != .nothing)
            }
        }
    }
}
