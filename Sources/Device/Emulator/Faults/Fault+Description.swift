internal import BlueTap

extension FaultDescription {
    /// A fault with its settings by name.
    public init(_ fault: Fault) {
        self.init(fault.effect.name)
        let trigger = fault.trigger
        on = trigger.command
        nth = trigger.nth
        paymentMethod = trigger.paymentMethod?.text
        amount = trigger.amount?.text
        orderId = trigger.orderID?.text
        after = trigger.delay == .zero ? nil : TextualDuration(trigger.delay)
        lasting = trigger.lifetime.map(TextualDuration.init)
        every = trigger.interval.map(TextualDuration.init)
        probability = trigger.probability
        seed = fault.seed == 0 ? nil : fault.seed
        count = fault.count.map(FaultCount.times) ?? .always
        switch fault.effect {
        case .unplug(let moment, let replug):
            if trigger.namesCommand { self.moment = moment }
            self.replug = replug.map(TextualDuration.init)
        case .reEnumerate(let moment): if trigger.namesCommand { self.moment = moment }
        case .slowReader(let delay), .linkSlow(let delay): self.delay = TextualDuration(delay)
        case .flood(let interval, let burst):
            self.interval = TextualDuration(interval)
            self.burst = burst
        case .replyDelayed(let delay, let spread):
            self.delay = TextualDuration(delay)
            if spread > .zero { self.spread = TextualDuration(spread) }
        case .replyTruncated(let count), .replyPadded(let count): bytes = count
        case .replyResult(let result): self.result = result
        case .clockSkew(let factor): self.factor = factor
        case .stall, .replyDropped, .replyDoubled, .replyCorrupted, .replyOutOfOrder, .replyLate, .replyWrongSequence,
            .busy, .linkFails, .nfcDead:
            break
        }
    }
}
