internal import BlueTap
internal import WireFormat

// What customers do at the device and in their wallets.
extension DeviceCore {
    mutating func tap(_ customer: Customer, at now: Instant) {
        if customer.outcome == .arrivesLate, let link = machine.link {
            return plan(.tap(customer.onceMore, link.token), at: link.expiresAt + customer.time, now, by: customer)
        }
        if meet(customer, at: now) { read(customer, at: now) }
    }

    /// Whether a customer's phone finds the device's tag.
    mutating func meet(_ customer: Customer, at now: Instant) -> Bool {
        let dead = faults.isEmpty ? [] : faults.fireOnTap(at: now)
        guard !dead.isEmpty else { return true }
        for fault in dead { tell(.faultFired(fault.id, fault.fault.effect, report: nil), at: now) }
        tell(.tapMissed(wallet: customer.wallet, reason: EventReason.deadTag), at: now)
        return false
    }

    /// What a reader can read at this moment; nil: nothing.
    ///
    /// - Parameter known: the link that it has read before, which it may read again.
    func readableLink(knowing known: LinkToken?) -> Link? {
        guard let link = machine.link else { return nil }
        let isOpen = link.openedAt == nil || link.token == known || profile.policy.tapOnOpenedLink == .reopen
        return isOpen ? link : nil
    }

    /// A phone that has found the tag reads what is on it.
    mutating func read(_ customer: Customer, at now: Instant) {
        switch machine.tap(at: now) {
        case .nothingToRead(let reason): tell(.tapMissed(wallet: customer.wallet, reason: reason), at: now)
        case .opened(let link, let again):
            tell(.linkTapped(link, wallet: customer.wallet, again: again), at: now)
            notify(.linkTapped, at: now)
            useWallet(of: link, by: customer, at: now)
        }
    }

    /// A customer who opened the live link does what they do in the wallet.
    mutating func useWallet(_ customer: Customer, at now: Instant) {
        guard let link = machine.link, link.openedAt != nil else {
            return tell(.note("\(customer.wallet) has no open link to pay"), at: now)
        }
        useWallet(of: link, by: customer, at: now)
    }

    private mutating func useWallet(of link: Link, by customer: Customer, at now: Instant) {
        switch customer.outcome {
        case .walksAway: break
        case .declines: fail(link, customer, customer.reason?.rawValue ?? "the customer declined", at: now)
        case .wrongWallet:
            let reason = Customer.Reason.unavailablePaymentMethod.rawValue
            fail(link, customer, "\(reason): the wallet is none for \(link.paymentMethod.rawValue)", at: now)
        case .pays, .arrivesLate: pay(link, customer, at: now)
        case .tapsTwice:
            pay(link, customer, at: now)
            plan(.tap(customer.onceMore, link.token), at: now + customer.time, now, by: customer)
        case .paysLater, .needsPassword: wait(for: .pay(link, customer), of: link, customer, at: now)
        case .losesNetwork:
            if paidToken == link.token { return pay(link, customer, at: now) }
            paidToken = link.token
            wait(for: .answer(link, customer), of: link, customer, at: now)
        }
    }

    private mutating func pay(_ link: Link, _ customer: Customer, at now: Instant) {
        if paidToken == link.token { return fail(link, customer, EventReason.paidAlready, at: now, isTold: false) }
        paidToken = link.token
        succeed(link, customer, at: now)
    }

    private mutating func succeed(_ link: Link, _ customer: Customer, at now: Instant) {
        tell(.paymentSucceeded(link, wallet: customer.wallet), at: now)
        notify(.paymentSucceeded, at: now)
    }

    private mutating func fail(
        _ link: Link, _ customer: Customer, _ reason: String, at now: Instant, isTold: Bool = true
    ) {
        tell(.paymentFailed(link, wallet: customer.wallet, reason: reason), at: now)
        if isTold { notify(.paymentFailed, at: now) }
    }

    private mutating func wait(
        for plan: CustomerPlan, of link: Link, _ customer: Customer, at now: Instant
    ) {
        let reason = customer.outcome.pendingReason ?? ""
        tell(.paymentPending(link, wallet: customer.wallet, reason: reason), at: now)
        self.plan(plan, at: now + customer.time, now, by: customer)
    }

    // MARK: Those who come by themselves

    /// The next in the queue steps up to the live link, if nobody has.
    mutating func serveQueue(at now: Instant) {
        guard !crowd.queue.isEmpty, let link = machine.link, let customer = crowd.next(for: link) else { return }
        plan(.stepUp(link.token), at: now + Crowd.approach, now, by: customer)
    }

    /// Sends everybody away who waits, and lets nobody come.
    mutating func clearCrowd() {
        crowd.clear()
        _ = schedule.remove { if case .customer(.stepUp) = $0 { true } else { false } }
    }

    /// Puts customers at the end of the queue; how many found a place.
    mutating func enqueue(_ customers: [Customer], at now: Instant) -> Int {
        var count = 0
        for customer in customers where crowd.add(customer) {
            count += 1
            tell(.customerArrived(wallet: customer.wallet, waiting: crowd.queue.count), at: now)
        }
        serveQueue(at: now)
        return count
    }

    mutating func letCustomerArrive(at now: Instant) {
        if let customer = crowd.arrive(at: now) { _ = enqueue([customer], at: now) }
    }

    // MARK: Later

    /// - Parameter now: when it is planned.
    private mutating func plan(_ plan: CustomerPlan, at due: Instant, _ now: Instant, by customer: Customer) {
        guard !schedule.isFull else {
            return tell(.note("too many customers have something to do: one is forgotten"), at: now)
        }
        switch plan {
        case .tap, .stepUp: tell(.tapPlanned(wallet: customer.wallet, at: due), at: now)
        case .pay, .answer: break
        }
        schedule.add(.customer(plan), at: due)
    }

    mutating func carryOut(_ plan: CustomerPlan, at now: Instant) {
        switch plan {
        case .tap(let customer, let token):
            if let link = machine.link, link.token != token {
                return tell(.tapMissed(wallet: customer.wallet, reason: EventReason.anothersLink), at: now)
            }
            tap(customer, at: now)
        case .stepUp(let token):
            guard let link = machine.link, link.token == token, link.openedAt == nil,
                let customer = crowd.removeFirst()
            else { return }
            tap(customer, at: now)
        case .pay(let link, let customer):
            // What the till has cancelled, and what has expired, can no longer be paid.
            guard machine.link?.token == link.token else {
                return fail(link, customer, "the link ended before the customer paid", at: now)
            }
            pay(link, customer, at: now)
        case .answer(let link, let customer): succeed(link, customer, at: now)
        }
    }
}
