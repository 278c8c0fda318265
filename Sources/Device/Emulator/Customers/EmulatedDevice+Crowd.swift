extension Crowd {
    /// What is to change of a crowd.
    public struct Change: Sendable {
        /// Who comes by themselves from now on.
        public enum Coming: Sendable {
            case asBefore
            case nobody
            case anew(Arrivals)
        }

        /// Who joins the queue, in this order.
        public var joining: [Customer]
        public var coming: Coming

        public init(joining: [Customer] = [], coming: Coming = .asBefore) {
            self.joining = joining
            self.coming = coming
        }
    }
}

extension EmulatedDevice {
    /// Changes who waits and who comes by themselves: all of it, or where the queue has no room, nothing. Returns how it is
    /// then.
    @discardableResult
    public func change(_ change: Crowd.Change) throws(EmulatorError) -> Crowd {
        let result: Result<Crowd, EmulatorError> = update { core, now in
            guard core.crowd.queue.count + change.joining.count <= Crowd.capacity else {
                return .failure(
                    EmulatorError("the queue is full: \(Crowd.capacity) wait at most", code: .limitReached))
            }
            switch change.coming {
            case .asBefore: break
            case .nobody: core.crowd.set(nil, at: now)
            case .anew(let arrivals): core.crowd.set(arrivals, at: now)
            }
            _ = core.enqueue(change.joining, at: now)
            return .success(core.crowd)
        }
        return try result.get()
    }
}
