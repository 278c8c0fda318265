/// The device's state machine: what it holds, and what each input makes of it.
///
/// A value without clock, randomness or I/O: the instant and the link's token come with each input, and what follows is
/// returned. Call ``expire(at:)`` for what fell due before any other input of the same instant.
public struct Device: Hashable, Sendable {
    public enum State: String, CaseIterable, Codable, Hashable, Sendable {
        /// No host sees the device.
        case detached
        /// No link is live.
        case idle
        /// A link is live and no phone has read it.
        case linkReady
        /// A link is live and a phone has read it.
        case linkOpened
    }

    public let policy: DevicePolicy
    /// By the order of the methods' cases: quicker than a dictionary, which hashes their names.
    private let templates: [LinkTemplate?]
    public private(set) var isAttached = false
    /// The live link.
    public private(set) var link: Link?

    public init(policy: DevicePolicy, templates: [PaymentMethod: LinkTemplate]) {
        self.policy = policy
        self.templates = PaymentMethod.allCases.map { templates[$0] }
    }

    public var state: State {
        guard isAttached else { return .detached }
        guard let link else { return .idle }
        return link.openedAt == nil ? .linkReady : .linkOpened
    }

    /// When something happens by itself next.
    public var nextDue: Instant? { link?.expiresAt }

    // MARK: Pay

    public enum PayAction: Equatable, Sendable {
        case linkMade(Link, replacing: Link?)
        case refuse(Refusal)
    }

    /// - Parameter clockRate: how many times as fast as time the device's own clock runs, which ends the link.
    public mutating func pay(
        _ command: PayCommand, token: LinkToken, clockRate: Double = 1, at now: Instant
    ) -> PayAction {
        let terms: DevicePolicy.Terms
        do {
            terms = try policy.terms(of: command)
        } catch {
            return .refuse(error)
        }
        if link != nil && policy.secondPay == .refuse {
            return .refuse(Refusal(.processFail, reason: "a link is live, and the profile's secondPay is refuse"))
        }
        guard let template = templates[terms.paymentMethod.ordinal] else {
            return .refuse(
                Refusal(
                    .parameterIllegal, field: .paymentMethod,
                    reason: "the profile has no link for \(terms.paymentMethod.rawValue)"))
        }
        let made = Link(
            token: token, template: template, paymentMethod: terms.paymentMethod, command: command, madeAt: now,
            expiresAt: clockRate == 1
                ? now.advanced(bySeconds: terms.expiry) : now + .seconds(Double(terms.expiry) / clockRate))
        let replaced = link
        link = made
        return .linkMade(made, replacing: replaced)
    }

    // MARK: Cancel

    public enum CancelAction: Equatable, Sendable {
        case linkCancelled(Link)
        /// SUCCESS, and nothing changed.
        case nothingToCancel
        case refuse(Refusal)
    }

    public mutating func cancel(_ command: CancelCommand) -> CancelAction {
        do {
            try policy.check(command)
        } catch {
            return .refuse(error)
        }
        guard let live = link else {
            switch policy.cancelOfNothing {
            case .succeed: return .nothingToCancel
            case .refuse:
                return .refuse(
                    Refusal(.processFail, reason: "no link is live, and the profile's cancelOfNothing is refuse"))
            }
        }
        if let orderID = command.orderID, orderID != live.orderID {
            switch policy.cancelOfAnotherOrder {
            case .cancel: break
            case .ignore: return .nothingToCancel
            case .refuse:
                return .refuse(
                    Refusal(
                        .parameterIllegal, field: .orderID,
                        reason: live.orderID.map { "the live link belongs to order \($0)" }
                            ?? "the live link belongs to no order"))
            }
        }
        link = nil
        return .linkCancelled(live)
    }

    // MARK: Tap

    public enum TapAction: Equatable, Sendable {
        /// The phone read the link; `again` where it had been read before.
        case opened(Link, again: Bool)
        /// The phone read nothing.
        case nothingToRead(reason: String)
    }

    public mutating func tap(at now: Instant) -> TapAction {
        guard isAttached else { return .nothingToRead(reason: "the device is detached and has no power") }
        guard var live = link else { return .nothingToRead(reason: "no link is live") }
        if live.openedAt != nil {
            switch policy.tapOnOpenedLink {
            case .reopen: return .opened(live, again: true)
            case .refuse:
                return .nothingToRead(reason: "the link was opened before, and the profile's tapOnOpenedLink is refuse")
            }
        }
        live.openedAt = now
        link = live
        return .opened(live, again: false)
    }

    // MARK: Time and cable

    public enum ExpireAction: Equatable, Sendable {
        case linkExpired(Link)
        case nothingDue
    }

    /// What falls due at or before `now`.
    public mutating func expire(at now: Instant) -> ExpireAction {
        guard let live = link, !live.isLive(at: now) else { return .nothingDue }
        link = nil
        return .linkExpired(live)
    }

    public enum AttachAction: Equatable, Sendable {
        case attached
        case alreadyAttached
    }

    public mutating func attach() -> AttachAction {
        if isAttached { return .alreadyAttached }
        isAttached = true
        return .attached
    }

    public enum DetachAction: Equatable, Sendable {
        /// The device drew its power from the cable: a live link is lost with it.
        case detached(losing: Link?)
        case alreadyDetached
    }

    public mutating func detach() -> DetachAction {
        guard isAttached else { return .alreadyDetached }
        isAttached = false
        defer { link = nil }
        return .detached(losing: link)
    }
}
