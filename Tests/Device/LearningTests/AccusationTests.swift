import BlueTap
import Testing

@testable import Learning

/// A made-up device: 24 bytes of 'P' or 'C', a count, the method's code, the amount in cents big-endian, the expiry
/// big-endian in seconds, which is 900 where none was given, and an order of 12 bytes.
private enum Kiosk {
    static func report(_ command: Command, _ count: Int) -> [UInt8] {
        var bytes: [UInt8]
        switch command {
        case .pay(let pay):
            let code = PaymentMethod.allCases.firstIndex { $0.rawValue == pay.paymentMethod } ?? 0
            let cents = UInt32((Double(pay.amount ?? "0") ?? 0) * 100 + 0.5)
            let expiry = UInt32(pay.expiryTime ?? 900)
            bytes = [0x50, UInt8(count), UInt8(code + 1)] + big(cents) + big(expiry) + order(pay.orderID)
        case .cancel(let cancel): bytes = [0x43, UInt8(count)] + order(cancel.orderID)
        }
        return bytes + [UInt8](repeating: 0, count: 24 - bytes.count)
    }

    private static func big(_ number: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) } }

    private static func order(_ text: String?) -> [UInt8] {
        let bytes = Array((text ?? "").utf8)
        return bytes + [UInt8](repeating: 0, count: 12 - bytes.count)
    }

    static let commands: [Command] = (0..<19).map { index in
        if index % 4 == 2 { return .cancel(CancelCommand(orderID: "C\(index * 37)X")) }
        return .pay(
            PayCommand(
                PaymentMethod.allCases[index * 3 % 4],
                amount: index % 7 == 5 ? nil : "\(index * index * 31 + 3).\(10 + index)",
                orderID: "A\(index * 7919)",
                expiryTime: index % 5 == 1 ? nil : index == 3 ? 900 : Int64(index * 641 + 60)))
    }

    private static let results: [ResultCode] = [.success, .parameterIllegal, .processFail, .unknownException]

    /// - Parameter labels: which command each sample is said to be.
    static func samples(labels: (Int) -> Int = { $0 }, count: (Int) -> Int = { $0 + 1 }) -> [Sample] {
        commands.indices.map { index in
            let result = results[index / 2 % 4]
            return Sample(
                command: commands[labels(index)], reports: [report(commands[index], count(index))],
                replies: [[0x52, UInt8(count(index)), UInt8(index / 2 % 4)]], result: result,
                name: "sample \(index + 1)")
        }
    }
}

@Suite("Samples that are blamed, and those that are not")
struct AccusationTests {
    @Test("a default that the host puts in accuses nobody")
    func defaults() throws {
        let lesson = try Learner(Kiosk.samples()).learn()
        #expect(
            lesson.contradictions.isEmpty && lesson.unexplained.isEmpty,
            "\(lesson.contradictions) \(lesson.unexplained)")
        let codec = try #require(lesson.codec)
        for sample in Kiosk.samples() { #expect(SampleProof(sample, codec: codec).differences.isEmpty) }
    }

    @Test("labels that were moved are found, and it is said whose they are")
    func moved() throws {
        let lesson = try Learner(Kiosk.samples { $0 < 12 ? $0 : min($0 + 1, 18) }).learn()
        #expect(lesson.contradictions.count >= 6, "\(lesson.contradictions)")
        #expect(lesson.contradictions.first?.hasPrefix("sample 13 has a label that was moved by 1") == true)
    }

    @Test("a count that misses one, or has one twice, is a count")
    func brokenCounts() throws {
        for count in [{ $0 < 9 ? $0 + 1 : $0 + 4 }, { $0 < 9 ? $0 + 1 : $0 }] as [(Int) -> Int] {
            let lesson = try Learner(Kiosk.samples(count: count)).learn()
            #expect(lesson.contradictions.isEmpty && lesson.unexplained.isEmpty, "\(lesson.unexplained)")
        }
    }
}
