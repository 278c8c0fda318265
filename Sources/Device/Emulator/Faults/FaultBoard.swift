internal import BlueTap

/// A fault that is set, and how far it has come.
public struct ArmedFault: Hashable, Sendable {
    /// From 1, in the order in which they were set.
    public let id: Int
    public let fault: Fault
    /// How often it has fired.
    public internal(set) var fired = 0
    /// Commands that fitted.
    var seen = 0
    let startsAt: Instant
    let endsAt: Instant
    var generator: SeededGenerator

    init(id: Int, fault: Fault, at now: Instant) {
        self.id = id
        self.fault = fault
        startsAt = now + fault.trigger.delay
        endsAt = fault.trigger.lifetime.map { now + fault.trigger.delay + $0 } ?? .distantFuture
        generator = SeededGenerator(seed: fault.seed)
    }

    /// Whether it may fire once more.
    private var isLive: Bool { fault.count.map { fired < $0 } ?? true }

    /// Nothing more comes of it. A flood goes on until it is cleared, however often it may begin.
    var isSpent: Bool { !isLive && fault.effect.name != .flood }

    fileprivate mutating func fires(at now: Instant, _ fits: Bool) -> Bool {
        guard fits, isLive, startsAt <= now, now < endsAt else { return false }
        seen += 1
        let trigger = fault.trigger
        // The nth alone, unless it is to fire more often.
        if let nth = trigger.nth, seen < nth { return false }
        if let probability = trigger.probability, Double.random(in: 0..<1, using: &generator) >= probability {
            return false
        }
        fired += 1
        return true
    }

    /// Fires by time.
    mutating func fireByTime(at now: Instant) -> Bool {
        guard isLive, now < endsAt else { return false }
        fired += 1
        return true
    }

    /// So much more than the least, drawn from the fault's seed.
    mutating func draw(upTo spread: Duration) -> Duration {
        spread == .zero ? .zero : spread * Double.random(in: 0..<1, using: &generator)
    }
}

/// The faults of a device that wait to fire.
struct FaultBoard: Sendable {
    /// Most at a time.
    static let capacity = 100

    private(set) var armed: [ArmedFault] = []
    private(set) var lastID = 0

    var isEmpty: Bool { armed.isEmpty }

    mutating func add(_ fault: Fault, at now: Instant) throws(EmulatorError) -> ArmedFault {
        armed.removeAll { $0.isSpent || $0.endsAt <= now }
        guard armed.count < Self.capacity else {
            throw EmulatorError(
                "there are \(Self.capacity) faults already", code: .limitReached, remedy: "clear some")
        }
        lastID += 1
        let new = ArmedFault(id: lastID, fault: fault, at: now)
        armed.append(new)
        return new
    }

    /// All of them, or the one of that number; false where there is none.
    mutating func clear(_ id: Int?) -> Bool {
        guard let id else {
            armed = []
            return true
        }
        let before = armed.count
        armed.removeAll { $0.id == id }
        return armed.count < before
    }

    subscript(id: Int) -> ArmedFault? {
        get { armed.first { $0.id == id } }
        set {
            guard let index = armed.firstIndex(where: { $0.id == id }) else { return }
            if let newValue { armed[index] = newValue } else { armed.remove(at: index) }
        }
    }

    /// The faults that a command fires, of those set after `id`.
    mutating func fire(on command: Command, after id: Int, at now: Instant) -> [ArmedFault] {
        fire(after: id, at: now) { fault in
            Self.concerns(fault, command) && fault.trigger.fits(command)
        }
    }

    private static func concerns(_ fault: Fault, _ command: Command) -> Bool {
        switch fault.occasion {
        case .command: true
        case .pay: command.kind == .pay
        case .tap: false
        case .commandOrTime: fault.trigger.namesCommand
        }
    }

    /// The faults that a tap fires.
    mutating func fireOnTap(at now: Instant) -> [ArmedFault] {
        fire(after: 0, at: now) { $0.occasion == .tap }
    }

    private mutating func fire(after id: Int, at now: Instant, _ fits: (Fault) -> Bool) -> [ArmedFault] {
        var fired: [ArmedFault] = []
        for index in armed.indices where armed[index].id > id {
            let isFiring = armed[index].fires(at: now, fits(armed[index].fault))
            if isFiring { fired.append(armed[index]) }
        }
        return fired
    }
}
