internal import BlueTap
internal import Synchronization

// Those who come to a device.
extension EmulatedDevice {
    /// A customer holds a phone to the device. Returns the events that this caused.
    @discardableResult
    public func tap(_ customer: Customer) -> [Event] { steer { core, now in core.tap(customer, at: now) } }

    /// Those who come by themselves.
    public var crowd: Crowd { inside.withLock { $0.core.crowd } }

    /// Sends everybody away who waits, and lets nobody come.
    public func clearCrowd() { update { core, _ in core.clearCrowd() } }

    /// A reader begins to read the device's tag; false where it is not answered.
    func meet(_ customer: Customer) -> Bool { update { core, now in core.meet(customer, at: now) } }

    /// Hands a reader what is on the tag at this moment; nil: nothing. Where it has then read to the end, that is a tap of
    /// just this link.
    ///
    /// - Parameter known: the link that this reader has read before, which it may read again.
    func present<Response: Sendable>(
        to customer: Customer, knowing known: LinkToken?, _ read: (Link?) -> (response: Response, isWhole: Bool)
    ) -> Response {
        update { core, now in
            let (response, isWhole) = read(core.readableLink(knowing: known))
            if isWhole { core.read(customer, at: now) }
            return response
        }
    }
}
