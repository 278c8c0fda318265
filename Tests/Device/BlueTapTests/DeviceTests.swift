import Testing

@testable import BlueTap

/// A device with a link template for every wallet but one.
private func device(_ change: (inout DevicePolicy) -> Void = { _ in }) -> Device {
    var policy = DevicePolicy()
    change(&policy)
    let template = LinkTemplate(url: "https://pay.example/{paymentMethod}/{token}", androidPackage: "example.wallet")
    var device = Device(policy: policy, templates: [.trueMoney: template, .alipayPlus: template])
    _ = device.attach()
    return device
}

private func token(_ seed: UInt64 = 1) -> LinkToken {
    var generator = Counter(value: seed)
    return LinkToken(using: &generator)
}

/// A generator that counts, so that a token can be foretold.
struct Counter: RandomNumberGenerator {
    var value: UInt64

    mutating func next() -> UInt64 {
        defer { value += 1 }
        return value
    }
}

private let noon = Instant(secondsSinceEpoch: 1_767_268_800)

@Suite("The device's state machine")
struct DeviceTests {
    @Test("a payment method's ordinal is its place among the cases, by which the templates are kept")
    func ordinals() {
        #expect(PaymentMethod.allCases.map(\.ordinal) == Array(PaymentMethod.allCases.indices))
    }

    @Test("a pay makes a link that lives 900 seconds when no expiry is given")
    func standardExpiry() throws {
        var device = device()
        #expect(device.state == .idle)
        guard case .linkMade(let link, replacing: nil) = device.pay(PayCommand(.trueMoney), token: token(), at: noon)
        else { return #expect(Bool(false), "no link") }
        #expect(link.expiresAt == noon + .seconds(900))
        #expect(link.url == "https://pay.example/TRUEMONEY/00000000000000010000000000000002")
        #expect(device.state == .linkReady)
        #expect(device.nextDue == link.expiresAt)
    }

    @Test("a link dies at its expiry, not a nanosecond before")
    func expiryInstant() {
        var device = device()
        _ = device.pay(PayCommand(.trueMoney, expiryTime: 5), token: token(), at: noon)
        #expect(device.expire(at: Instant(nanoseconds: (noon + .seconds(5)).nanoseconds - 1)) == .nothingDue)
        guard case .linkExpired = device.expire(at: noon + .seconds(5)) else { return #expect(Bool(false), "it lives") }
        #expect(device.state == .idle)
        #expect(device.expire(at: noon + .seconds(6)) == .nothingDue)
    }

    @Test("the newest pay replaces the live link, unless the policy refuses")
    func secondPay() {
        var replacing = device()
        _ = replacing.pay(PayCommand(.trueMoney, orderID: "A"), token: token(1), at: noon)
        guard
            case .linkMade(let link, replacing: let old?) = replacing.pay(
                PayCommand(.alipayPlus, orderID: "B"), token: token(9), at: noon)
        else { return #expect(Bool(false), "not replaced") }
        #expect(old.orderID == "A" && link.orderID == "B" && replacing.link == link)

        var refusing = device { $0.secondPay = .refuse }
        _ = refusing.pay(PayCommand(.trueMoney, orderID: "A"), token: token(), at: noon)
        guard case .refuse(let refusal) = refusing.pay(PayCommand(.trueMoney), token: token(), at: noon) else {
            return #expect(Bool(false), "not refused")
        }
        #expect(refusal.result == .processFail)
        #expect(refusing.link?.orderID == "A")
    }

    struct BadPay: CustomTestStringConvertible, Sendable {
        let command: PayCommand
        let field: Refusal.Field
        let reason: String

        var testDescription: String { reason }
    }

    @Test(
        "a pay that breaks a limit is PARAM_ILLEGAL, names field and limit, and leaves the live link alone",
        arguments: [
            BadPay(
                command: PayCommand(paymentMethod: "Test"), field: .paymentMethod,
                reason: "\"Test\" is not one of TRUEMONEY, SEVEN_11, ALIPAY_CN, ALIPAY_PLUS"),
            BadPay(
                command: PayCommand(paymentMethod: ""), field: .paymentMethod,
                reason: "\"\" is not one of TRUEMONEY, SEVEN_11, ALIPAY_CN, ALIPAY_PLUS"),
            BadPay(
                command: PayCommand(paymentMethod: "truemoney"), field: .paymentMethod,
                reason: "\"truemoney\" is not one of TRUEMONEY, SEVEN_11, ALIPAY_CN, ALIPAY_PLUS"),
            BadPay(
                command: PayCommand(.sevenEleven), field: .paymentMethod, reason: "the profile has no link for SEVEN_11"
            ),
            BadPay(
                command: PayCommand(.trueMoney, amount: "123456789"), field: .amount,
                reason: "\"123456789\" is longer than 8 characters"),
            BadPay(
                command: PayCommand(.trueMoney, amount: "1,00"), field: .amount,
                reason: "\"1,00\" is not digits with at most one decimal point and two decimals"),
            BadPay(
                command: PayCommand(.trueMoney, amount: "1\u{7}"), field: .amount,
                reason: "\"1\\u{07}\" has a character that is not printable ASCII"),
            BadPay(
                command: PayCommand(.trueMoney, orderID: "12345678901234567"), field: .orderID,
                reason: "\"12345678901234567\" is longer than 16 characters"),
            BadPay(
                command: PayCommand(.trueMoney, orderID: "A\0B"), field: .orderID,
                reason: "\"A\\0B\" has a character that is not printable ASCII"),
            BadPay(
                command: PayCommand(.trueMoney, orderID: "ก"), field: .orderID,
                reason: "\"\\u{0E01}\" has a character that is not printable ASCII"),
            BadPay(
                command: PayCommand(.trueMoney, expiryTime: 0), field: .expiryTime,
                reason: "0 is not between 1 and 86400 seconds"),
            BadPay(
                command: PayCommand(.trueMoney, expiryTime: -1), field: .expiryTime,
                reason: "-1 is not between 1 and 86400 seconds"),
            BadPay(
                command: PayCommand(.trueMoney, expiryTime: .max), field: .expiryTime,
                reason: "9223372036854775807 is not between 1 and 86400 seconds"),
        ])
    func badPay(_ bad: BadPay) {
        var device = device()
        _ = device.pay(PayCommand(.trueMoney, orderID: "LIVE"), token: token(), at: noon)
        let before = device
        let action = device.pay(bad.command, token: token(5), at: noon)
        #expect(action == .refuse(Refusal(.parameterIllegal, field: bad.field, reason: bad.reason)))
        #expect(device == before)
    }

    @Test(
        "a strict amount is digits with at most one point and two decimals",
        arguments: [
            ("0", true), ("12", true), ("12.5", true), ("12.50", true), ("99999.99", true), (".5", false),
            ("5.", false),
            ("1.234", false), ("1.2.3", false), ("-1", false), ("+1", false), ("1e3", false), (" 1", false),
            ("١", false),
        ])
    func strictAmount(amount: String, isGood: Bool) {
        var device = device()
        let action = device.pay(PayCommand(.trueMoney, amount: amount), token: token(), at: noon)
        if case .linkMade = action { #expect(isGood) } else { #expect(!isGood) }
    }

    @Test("a lenient amount is any printable text that fits")
    func lenientAmount() {
        var device = device { $0.amount = .lenient }
        guard case .linkMade = device.pay(PayCommand(.trueMoney, amount: "THB 1,50"), token: token(), at: noon) else {
            return #expect(Bool(false), "refused")
        }
    }

    @Test("Unicode text passes only where the policy lets it, and never a control character")
    func unicodeText() {
        var device = device { $0.text = .unicode }
        guard case .linkMade = device.pay(PayCommand(.trueMoney, orderID: "โต๊ะ 7"), token: token(), at: noon) else {
            return #expect(Bool(false), "refused")
        }
        for text in ["\u{85}", "\u{202E}", "\u{FFFD}", "\u{E000}"] {
            guard case .refuse = device.pay(PayCommand(.trueMoney, orderID: text), token: token(), at: noon) else {
                return #expect(Bool(false), "\(text.unicodeScalars) passed")
            }
        }
    }

    @Test("a cancel without order id cancels whatever is live")
    func plainCancel() {
        var device = device()
        _ = device.pay(PayCommand(.trueMoney, orderID: "A"), token: token(), at: noon)
        guard case .linkCancelled(let link) = device.cancel(CancelCommand()) else { return #expect(Bool(false)) }
        #expect(link.orderID == "A" && device.state == .idle)
    }

    @Test(
        "a cancel of another order follows the policy",
        arguments: [
            (DevicePolicy.CancelOfAnotherOrder.refuse, ResultCode?.some(.parameterIllegal), true),
            (.ignore, nil, true), (.cancel, nil, false),
        ])
    func otherOrder(policy: DevicePolicy.CancelOfAnotherOrder, refusal: ResultCode?, linkLives: Bool) {
        var device = device { $0.cancelOfAnotherOrder = policy }
        _ = device.pay(PayCommand(.trueMoney, orderID: "A"), token: token(), at: noon)
        let action = device.cancel(CancelCommand(orderID: "B"))
        if case .refuse(let given) = action {
            #expect(given.result == refusal && given.field == .orderID)
        } else {
            #expect(refusal == nil)
        }
        #expect((device.link != nil) == linkLives)
    }

    @Test("a cancel with nothing live succeeds, or is PROCESS_FAIL where the policy says so")
    func nothingLive() {
        var lenient = device()
        #expect(lenient.cancel(CancelCommand(orderID: "A")) == .nothingToCancel)
        var strict = device { $0.cancelOfNothing = .refuse }
        guard case .refuse(let refusal) = strict.cancel(CancelCommand()) else { return #expect(Bool(false)) }
        #expect(refusal.result == .processFail)
    }

    @Test("a tap opens the link, again as often as the policy lets it")
    func tap() {
        var reopening = device()
        _ = reopening.pay(PayCommand(.trueMoney), token: token(), at: noon)
        guard case .opened(let link, again: false) = reopening.tap(at: noon + .seconds(1)) else {
            return #expect(Bool(false))
        }
        #expect(link.openedAt == noon + .seconds(1) && reopening.state == .linkOpened)
        guard case .opened(let same, again: true) = reopening.tap(at: noon + .seconds(2)) else {
            return #expect(Bool(false))
        }
        #expect(same.openedAt == noon + .seconds(1))

        var refusing = device { $0.tapOnOpenedLink = .refuse }
        _ = refusing.pay(PayCommand(.trueMoney), token: token(), at: noon)
        _ = refusing.tap(at: noon)
        guard case .nothingToRead = refusing.tap(at: noon) else { return #expect(Bool(false)) }
    }

    @Test("a tap with no live link, or on a device without power, reads nothing")
    func tapOnNothing() {
        var device = device()
        #expect(device.tap(at: noon) == .nothingToRead(reason: "no link is live"))
        _ = device.detach()
        guard case .nothingToRead = device.tap(at: noon) else { return #expect(Bool(false)) }
    }

    @Test("pulling the cable loses the live link, and plugging it in again finds the device idle")
    func cable() {
        var device = device()
        _ = device.pay(PayCommand(.trueMoney, orderID: "A"), token: token(), at: noon)
        guard case .detached(losing: let link?) = device.detach() else { return #expect(Bool(false)) }
        #expect(link.orderID == "A" && device.state == .detached)
        #expect(device.detach() == .alreadyDetached)
        #expect(device.attach() == .attached)
        #expect(device.attach() == .alreadyAttached)
        #expect(device.state == .idle)
    }
}
