internal import BlueTap
internal import WireFormat

// Replies in steps: "received", "working" as often as the device liked, and how it fared.
extension SampleProof {
    /// Compares all that the device said. What a host needs is the first and the last; of the others it takes as many as
    /// the profile says that there may be.
    mutating func compareSteps(_ context: Codec.Context, _ result: ResultCode, _ codec: Codec) {
        let kind = sample.command.kind
        var assembler = codec.replyAssembler
        var messages: [[[UInt8]]] = []
        for report in sample.replies {
            do throws(Malformation) {
                if let message = try assembler.receive(report).message { messages.append(message.reports) }
            } catch {
                return differences.append("a reply cannot be read: \(error)")
            }
        }
        guard messages.flatMap(\.self).count == sample.replies.count, let last = messages.popLast() else {
            return differences.append("the last reply is not whole")
        }
        let acknowledgement = codec.acknowledgement(of: context)
        if !acknowledgement.isEmpty {
            guard !messages.isEmpty else { return differences.append("there is no acknowledgement before the reply") }
            compare(acknowledgement, with: messages.removeFirst(), "acknowledgement", [])
        }
        compareMiddle(messages, context, codec)
        let anatomy = try? codec.anatomy(ofReplyTo: kind, last)
        let reply = codec.reply(
            to: context, result: result, counter: anatomy?.values.number(.counter) ?? 1,
            time: anatomy?.values.number(.time) ?? 0)
        compare(reply, with: last, "reply", anatomy?.reports ?? [])
        if let read = try? codec.decodeReply(reports: last), read.result != result, anatomy?.values[.result] != nil {
            differences.append("the reply is read as \(read.result.rawValue), not \(result.rawValue)")
        }
    }

    /// What stands between "received" and the reply: each step as often as may be, in order.
    private mutating func compareMiddle(_ messages: [[[UInt8]]], _ context: Codec.Context, _ codec: Codec) {
        var rest = messages[...]
        for (step, count) in codec.known(before: sample.command.kind) {
            var number = 0
            while number < count.upperBound, let message = rest.first {
                guard let anatomy = try? codec.anatomy(ofStep: step, to: sample.command.kind, message) else { break }
                let made = codec.reports(
                    of: Codec.StepPlace(step: step, number: number), to: context,
                    counter: anatomy.values.number(.counter) ?? 1, time: anatomy.values.number(.time) ?? 0)
                compare(made, with: message, "step \(step + 1), message \(number + 1)", anatomy.reports)
                rest.removeFirst()
                number += 1
            }
            if number < count.lowerBound {
                differences.append("step \(step + 1) comes \(number) times, not \(count.lowerBound) or more")
            }
        }
        if !rest.isEmpty {
            differences.append("the profile has no step for \(rest.count) of the messages before the reply")
        }
    }
}
