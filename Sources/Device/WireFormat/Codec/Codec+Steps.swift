public import BlueTap

// What a device says between "received" and its reply.
extension Codec {
    /// A step, compiled.
    struct Step: Sendable {
        let messages: [Command.Kind: Message]
        let count: Int
        let known: ClosedRange<Int>
        let first: Int
    }

    /// One message of a step.
    public struct StepPlace: Hashable, Sendable {
        public let step: Int
        /// How many of the step came before.
        public let number: Int

        package init(step: Int, number: Int) {
            self.step = step
            self.number = number
        }
    }

    /// Most messages of one step.
    static let mostOfStep = 64

    /// What the device says between "received" and the reply, in order.
    public func places(before kind: Command.Kind) -> [StepPlace] {
        steps.indices.filter { steps[$0].messages[kind] != nil }.flatMap { index in
            (0..<steps[index].count).map { StepPlace(step: index, number: $0) }
        }
    }

    /// How often a device may say each step of those that a command has.
    package func known(before kind: Command.Kind) -> [(step: Int, count: ClosedRange<Int>)] {
        steps.indices.filter { steps[$0].messages[kind] != nil }.map { ($0, steps[$0].known) }
    }

    /// The reports of one message before the reply.
    public func reports(
        of place: StepPlace, to context: Context, counter: Int64 = 1, time: Int64 = 0
    ) -> [[UInt8]] {
        guard steps.indices.contains(place.step), let message = steps[place.step].messages[context.command] else {
            return []
        }
        let number = Int64(steps[place.step].first) + Int64(place.number)
        return
            (try? write(
                message, answering: context, result: .success, counter: counter, time: time, step: number)) ?? []
    }

    /// What stands where in a step's reports.
    package func anatomy(
        ofStep step: Int, to kind: Command.Kind, _ reports: [[UInt8]]
    ) throws(Malformation) -> Anatomy {
        try anatomy(steps.indices.contains(step) ? steps[step].messages[kind] : nil, replyAssembler, reports)
    }
}

extension Profile {
    /// Steps that cannot be.
    func checkSteps() throws(ProfileError) {
        for (index, step) in steps.enumerated() {
            let path: [ProfileError.PathStep] = [.key("steps"), .index(index)]
            guard step.known.contains(step.count), step.known.lowerBound >= 0,
                step.known.upperBound <= Codec.mostOfStep
            else {
                throw ProfileError(
                    at: path + [.key("count")], "a step is said 0 to \(Codec.mostOfStep) times, from least to most")
            }
            guard (0...Int(UInt16.max)).contains(step.first) else {
                throw ProfileError(at: path + [.key("first")], "a running number begins with 0 to 65535")
            }
            for kind in step.messages.keys.sorted(by: { $0.rawValue < $1.rawValue }) where replies[kind] == nil {
                throw ProfileError(
                    at: path + [.key("messages"), .key(kind.rawValue)], "comes before a reply, and there is none")
            }
        }
    }
}
