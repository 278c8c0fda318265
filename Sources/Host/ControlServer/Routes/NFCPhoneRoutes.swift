internal import BlueTap
internal import ControlAPI
internal import HTTPTypes
internal import Hummingbird
internal import Sandbox
internal import SandboxServer

/// `/v1/sandbox/phones`: phones with the NFC wallet, what their users do, and what was seen of them.
struct NFCPhoneRoutes: Sendable {
    let live: @Sendable () throws -> LiveSandbox

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.get("") { _, _ in
            let live = try live()
            return try Response.json(["phones": live.caughtUpPhones().map { NFCPhoneView($0, at: live.now) }])
        }
        group.get(":phone") { _, context in
            let phone = try phone(context, orNew: false)
            return try Response.json(NFCPhoneDetails(phone, phone.sights(), at: try live().now))
        }
        group.post(":phone") { request, context in
            let live = try live()
            let body: NFCPhoneCall = try await RequestBody.decode(
                request, keys: Set(NFCPhoneCall.CodingKeys.allCases.map(\.rawValue)))
            try body.check()
            let phone = try phone(context, orNew: body.call == .initialize)
            let result = try live.perform(body, on: phone)
            await live.flush()
            return try Response.json(NFCPhoneDetails(phone, result.sights, paymentId: result.paymentID, at: live.now))
        }
        group.patch(":phone") { request, context in
            let phone = try phone(context, orNew: false)
            let live = try live()
            let body: NFCPhoneConditions = try await RequestBody.decode(
                request, keys: Set(NFCPhoneConditions.CodingKeys.allCases.map(\.rawValue)))
            try body.check()
            live.change(body, of: phone)
            return try Response.json(NFCPhoneView(phone, at: live.now))
        }
    }

    private func phone(_ context: BasicRequestContext, orNew: Bool) throws -> NFCPhone {
        let live = try live()
        let name = context.parameters.get("phone")?.urlDecoded ?? ""
        guard !orNew || (1...64).contains(name.unicodeScalars.count) else {
            throw Problem(.notValid, "a phone's name must have 1 to 64 characters")
        }
        return try live.phone(named: name, orNew: orNew)
    }
}

/// A phone, as a list tells it.
struct NFCPhoneView: Encodable {
    let phone: String
    let isConnected: Bool
    /// `isPaymentAvailable()`.
    let isPaymentAvailable: Int
    let isNfcPaySettingsCompleted: Bool
    let progress: Int?
    let credentials: Int
    let token: String?
    let conditions: NFCPhoneConditions

    init(_ phone: NFCPhone, at now: Instant) {
        let state = phone.state
        self.phone = phone.name
        isConnected = state.isConnected
        isPaymentAvailable = state.status.rawValue
        isNfcPaySettingsCompleted = state.isNfcPaySettingsCompleted
        progress = state.activationProgress(at: now)
        credentials = state.credentials
        token = state.tokenNumber
        conditions = phone.conditions
    }
}

/// A phone with what was seen of it.
struct NFCPhoneDetails: Encodable {
    struct SightView: Encodable {
        let number: Int
        let time: String
        let text: String
    }

    let phone: NFCPhoneView
    let seen: [SightView]
    let paymentId: String?

    init(_ phone: NFCPhone, _ sights: [NFCPhone.Sight], paymentId: String? = nil, at now: Instant) {
        self.phone = NFCPhoneView(phone, at: now)
        seen = sights.map { SightView(number: $0.number, time: $0.time.description, text: $0.text) }
        self.paymentId = paymentId
    }
}
