internal import BlueTap
internal import ControlAPI
internal import Emulator
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import QRCode
internal import SandboxServer

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The routes of the control API.
struct ControlRouter {
    let emulator: Emulator
    let transport: String
    /// Nil: there is none.
    let sandbox: LiveSandbox?
    /// Whether browsers can reach it, and with them pages of others.
    let isOnNetwork: Bool
    /// What callers must know; nil: nothing.
    let token: String?
    let subscribers = Subscribers()
    private let timeTravel = TimeTravel()

    var router: Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: ProblemMiddleware())
        if isOnNetwork { router.add(middleware: SameOriginMiddleware(acceptsAnyHost: token != nil)) }
        PageRoutes.add(to: router)
        if let token { router.add(middleware: TokenMiddleware(token: token)) }
        router.get("v1/faults/kinds") { _, _ in
            try Response.json(["kinds": FaultName.allCases.map(FaultKindView.init)])
        }
        router.get("openapi.json") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: OpenAPIDocument.bytes)))
        }
        router.get("metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
                body: ResponseBody(
                    byteBuffer: ByteBuffer(string: Metrics.text(of: emulator, subscribers: subscribers.count))))
        }
        router.get("v1/devices") { _, _ in
            try Response.json(
                DevicesView(
                    devices: emulator.devices.map { DeviceView($0, transport: transport, clock: emulator.clock) },
                    hasSandbox: sandbox != nil))
        }
        router.get("v1/wallets") { _, _ in try Response.json(["wallets": Customer.known.map(WalletView.init)]) }
        SandboxRoutes(live: sandbox).add(to: router.group("v1/sandbox"))
        addDeviceRoutes(to: router.group("v1"))
        addDeviceRoutes(to: router.group("v1/devices/:id"))
        return router
    }

    private func addDeviceRoutes(to group: RouterGroup<BasicRequestContext>) {
        group.get("device") { _, context in try Response.json(view(try device(context))) }
        group.get("events") { request, context in
            try await EventRoutes(device: device(context), subscribers: subscribers).events(request)
        }
        group.post("tap") { request, context in
            let device = try device(context)
            let body: TapRequest = try await RequestBody.decode(request, keys: TapRequest.keys)
            if let wallet = body.wallet, !(1...64).contains(wallet.unicodeScalars.count) {
                throw Problem(.notValid, "wallet must have 1 to 64 characters")
            }
            if let contradiction = body.customer.contradiction { throw Problem(.notValid, contradiction) }
            return try caused(device.tap(body.customer), on: device)
        }
        group.post("pay") { request, context in
            let device = try device(context)
            let body: CommandRequest = try await RequestBody.decode(request, keys: CommandRequest.payKeys)
            guard let method = body.paymentMethod else {
                throw Problem(.notValid, "paymentMethod is missing")
            }
            let command = Command.pay(
                PayCommand(
                    paymentMethod: method, amount: body.amount, orderID: body.orderId, expiryTime: body.expiryTime))
            return try caused(try device.perform(command), on: device)
        }
        group.post("cancel") { request, context in
            let device = try device(context)
            let body: CommandRequest = try await RequestBody.decode(request, keys: CommandRequest.cancelKeys)
            let command = Command.cancel(CancelCommand(orderID: body.orderId))
            return try caused(try device.perform(command), on: device)
        }
        group.get("link.svg") { request, context in
            let link = try device(context).catchUp().link
            // Who has heard of a link that has gone meanwhile has made no mistake.
            if let url = request.uri.queryParameters["of"], link?.url != String(url) {
                return Response(status: .noContent)
            }
            guard let link else { throw Problem(.noLink, "no link is live: let a POS pay") }
            let code: QRCode
            do throws(QRCode.TooLong) {
                code = try QRCode(link.url)
            } catch {
                throw Problem(.linkTooLong, "the link's URL: \(error)")
            }
            return Response(
                status: .ok, headers: [.contentType: "image/svg+xml", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: code.svg(title: link.url))))
        }
        group.post("unplug") { request, context in
            let device = try device(context)
            let body: UnplugRequest = try await RequestBody.decode(request, keys: UnplugRequest.keys)
            return try caused(try device.unplug(replug: body.replug?.duration), on: device)
        }
        group.post("plug") { request, context in
            let device = try device(context)
            let _: Nothing = try await RequestBody.decode(request, keys: [])
            return try caused(try device.plug(), on: device)
        }
        group.post("reset") { request, context in
            let device = try device(context)
            let _: Nothing = try await RequestBody.decode(request, keys: [])
            return try caused(try device.reset(), on: device)
        }
        group.post("clock") { request, context in
            // Where there is a sandbox alone, its clock is steered all the same.
            try await clock(request, emulator.devices.isEmpty ? nil : device(context))
        }
        ScenarioRoutes(clock: emulator.clock, device: device).add(to: group)
        CustomerRoutes(device: device).add(to: group)
        group.get("faults") { _, context in try Response.json(FaultView.list(try device(context))) }
        group.post("faults") { request, context in
            let device = try device(context)
            let body: FaultDescription = try await RequestBody.decode(
                request, keys: Set(FaultDescription.Key.allCases.map(\.rawValue)))
            return try Response.json(FaultView(try device.add(try body.fault)), status: .created)
        }
        group.delete("faults") { _, context in
            let device = try device(context)
            _ = device.clearFaults()
            return try Response.json(FaultView.list(device))
        }
        group.delete("faults/:fault") { _, context in
            let device = try device(context)
            let text = context.parameters.get("fault") ?? ""
            guard let id = Int(text), device.clearFaults(id) else {
                throw Problem(.noSuchFault, "there is no fault \(text.prefix(20)): GET faults lists them")
            }
            return try Response.json(FaultView.list(device))
        }
    }

    /// A request that has nothing to say.
    private struct Nothing: Decodable {}

    private func device(_ context: BasicRequestContext) throws -> EmulatedDevice {
        guard let first = emulator.devices.first else {
            throw Problem(.noDevice, "there is no device here, but a payment sandbox alone: start `bluetap serve`")
        }
        guard let id = context.parameters.get("id") else { return first }
        guard let device = emulator.device(id) else {
            let ids = emulator.devices.map(\.id)
            let known = ids.count == 1 ? ids[0] : "\(ids[0]) to \(ids[ids.count - 1])"
            throw Problem(.noSuchDevice, "there is no device \(id.prefix(40)): there is \(known)")
        }
        return device
    }

    // MARK: Time

    private func clock(_ request: Request, _ device: EmulatedDevice?) async throws -> Response {
        let body: ClockRequest = try await RequestBody.decode(request, keys: ClockRequest.keys)
        let goals = [body.advance != nil, body.to != nil, body.next != nil].count { $0 }
        guard goals <= 1, goals == 1 || body.mode != nil else {
            throw Problem(
                .notValid, "give one of advance (seconds), to (an instant), next (before, after), or mode")
        }
        let target = try body.to.map { text in
            guard let instant = Instant(iso8601: text) else {
                throw Problem(.notValid, "to must be an instant such as 2026-01-01T00:15:00Z, until 2261")
            }
            return instant
        }
        if let target, target < emulator.clock.now {
            throw Problem(.timeIsPast, "it is \(emulator.clock.now) already: time does not go back")
        }
        // Each is done with what it has answered: what that has made due is known.
        for other in emulator.devices { other.catchUp() }
        let before = device?.status.lastSequence ?? 0
        let isDone = try await timeTravel.run { [emulator] in
            let modeBefore = emulator.clock.mode
            if let mode = body.mode { emulator.clock.mode = mode }
            if let duration = body.advance?.duration { return emulator.advance(by: duration) }
            if let target { return emulator.advance(to: target) }
            guard let side = body.next, !emulator.advanceToNextDue(side) else { return true }
            // What is refused has changed nothing.
            if body.mode != nil { emulator.clock.mode = modeBefore }
            return false
        }
        await sandbox?.flush()
        guard isDone else {
            throw body.next != nil
                ? Problem(.nothingDue, "nothing is due: there is no instant to advance to")
                : Problem(
                    .timeStopped,
                    "so much is due that time stopped at \(emulator.clock.now): advance again, or let less happen")
        }
        guard let device else { return try Response.json(["now": emulator.clock.now.description]) }
        let events = device.events(after: before)
        return try caused(events, missed: missed(events, after: before), on: device)
    }

    // MARK: Answers

    private func view(_ device: EmulatedDevice) -> DeviceView {
        DeviceView(device, transport: transport, clock: emulator.clock)
    }

    /// The device, and the events that the request caused.
    ///
    /// - Parameter missed: how many more were forgotten before they could be told.
    private func caused(_ events: [Event], missed: UInt64 = 0, on device: EmulatedDevice) throws -> Response {
        var body = "{\"device\":"
        body += String(decoding: try JSONEncoder.control.encode(view(device)), as: UTF8.self)
        body += ",\"events\":["
        body += events.lazy.map(\.json).joined(separator: ",")
        body += "],\"missed\":\(missed)}"
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

}

extension Response {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder.control.encode(value))))
    }
}
