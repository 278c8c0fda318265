internal import ControlAPI
internal import Emulator
internal import HTTPTypes
internal import Hummingbird

/// `/v1/customers`: who waits at a device, and who comes by themselves.
struct CustomerRoutes: Sendable {
    let device: @Sendable (BasicRequestContext) throws -> EmulatedDevice

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.get("customers") { _, context in
            let device = try device(context)
            device.catchUp()
            return try Response.json(CrowdView(device.crowd))
        }
        group.post("customers") { request, context in
            let device = try device(context)
            let body: CustomersRequest = try await RequestBody.decode(request, keys: CustomersRequest.keys)
            try Self.check(body)
            var change = Crowd.Change(joining: (body.queue ?? []).map { Customer(named: $0) })
            if let rate = body.rate {
                let seed = body.seed ?? UInt64.random(in: 0...Self.mostSeed)
                change.coming =
                    rate > 0 ? .anew(Crowd.Arrivals(rate: rate, names: body.names ?? [], seed: seed)) : .nobody
            }
            return try Response.json(CrowdView(device.change(change)))
        }
        group.delete("customers") { _, context in
            let device = try device(context)
            device.clearCrowd()
            return try Response.json(CrowdView(device.crowd))
        }
    }

    /// What every reader of JSON keeps to the digit.
    private static let mostSeed: UInt64 = 1 << 53

    private static func check(_ body: CustomersRequest) throws {
        guard body.queue != nil || body.rate != nil else {
            throw Problem(.notValid, "give queue, names of customers, or rate, how many come a minute")
        }
        if body.rate == nil, body.names != nil || body.seed != nil {
            throw Problem(.notValid, "names and seed go with rate")
        }
        if let seed = body.seed, seed > mostSeed {
            throw Problem(.notValid, "seed must be 0 to \(mostSeed)")
        }
        for name in (body.queue ?? []) + (body.names ?? []) where !(1...64).contains(name.unicodeScalars.count) {
            throw Problem(.notValid, "a name must have 1 to 64 characters")
        }
        guard (body.queue ?? []).count <= Crowd.capacity, (body.names ?? []).count <= Crowd.capacity else {
            throw Problem(.notValid, "at most \(Crowd.capacity) names")
        }
        if let rate = body.rate, !(0...Crowd.maximumRate).contains(rate) {
            throw Problem(.notValid, "rate must be 0 to \(Int(Crowd.maximumRate)) customers a minute")
        }
    }
}

/// Who waits at a device, and who comes by themselves.
struct CrowdView: Encodable {
    let queue: [String]
    /// Customers a minute; 0: nobody comes.
    let rate: Double
    let names: [String]?
    let seed: UInt64?

    init(_ crowd: Crowd) {
        queue = crowd.queue.map(\.wallet)
        rate = crowd.arrivals?.rate ?? 0
        names = crowd.arrivals.flatMap { $0.names.isEmpty ? nil : $0.names }
        seed = crowd.arrivals?.seed
    }
}
