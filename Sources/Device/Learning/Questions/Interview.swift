internal import BlueTap
internal import WireFormat

/// Chooses the next question: the command that tells most apart of what the samples leave open.
struct Interview {
    private let samples: [Sample]
    /// What was learned, where anything was.
    private let lesson: Lesson?
    private let survey: Survey

    init(_ samples: [Sample], _ lesson: Lesson?) {
        self.samples = samples
        self.lesson = lesson
        survey = Survey(samples)
    }

    /// A wish, and how much it tells.
    private struct Item {
        let request: Request
        let weight: Int
        let reason: String
    }

    /// A command that is like one before, but for one thing.
    private struct Experiment {
        let question: NextQuestion
        let weight: Int
    }

    private var isExplained: Bool { lesson.map { $0.unexplained.isEmpty && $0.contradictions.isEmpty } ?? false }

    var next: NextQuestion? {
        var next = choice
        if !isExplained, next?.isLast == false { next?.known = survey.facts }
        return next
    }

    private var choice: NextQuestion? {
        let isSure = lesson?.isCertain ?? false
        if !isExplained, survey.isCipher, let last { return last }
        let items = items
        let wish = wish(items)
        let experiment = isExplained ? nil : experiments.max { $0.weight < $1.weight }
        if let experiment, experiment.weight > wish?.weight ?? 0 { return experiment.question }
        if let wish { return wish.question }
        if isSure { return nil }
        if let last = isExplained ? patience ?? last : last { return last }
        return question(Request(), reason: open ?? "more samples tell more")
    }

    /// What is open, the worst first.
    private var open: String? { lesson?.openQuestions.first }

    // MARK: Wishes

    private var items: [Item] {
        var items: [Item] = []
        for doubt in lesson?.doubts ?? [] {
            let request = Request(advice: doubt.decidedBy)
            guard request != Request(), !samples.contains(where: { request.isMet(by: $0) }) else { continue }
            items.append(
                Item(
                    request: request, weight: SearchLimit.weightOfADoubt + doubt.readings.count,
                    reason: "\(doubt.place): \(doubt.readings.joined(separator: ", or "))"))
        }
        let isSure = lesson?.isCertain ?? false
        for item in Coverage.missing(in: samples) {
            // Where all is explained, one of each is enough.
            if isSure, samples.contains(where: { item.request.isMet(by: $0) }) { continue }
            items.append(Item(request: item.request, weight: 1, reason: item.reason))
        }
        return items
    }

    /// As many wishes in one command as go together.
    private func wish(_ items: [Item]) -> (question: NextQuestion, weight: Int)? {
        var joined = Request()
        var reasons: [String] = []
        var weight = 0
        for item in items.sorted(by: { $0.weight > $1.weight }) {
            guard let more = joined.joined(with: item.request) else { continue }
            joined = more
            weight += item.weight
            reasons.append(item.reason)
        }
        guard let first = reasons.first else { return nil }
        let reason = reasons.count > 1 ? first + ", and \(reasons.count - 1) more" : first
        return (question(joined, reason: reason), weight)
    }

    private func question(_ request: Request, reason: String) -> NextQuestion {
        let seen = Seen(samples)
        let command = seen.command(request)
        var result = request.result
        if result == nil, request.isRefused { result = .parameterIllegal }
        let words = request == Request() ? "send \(command.words)" : request.description
        return NextQuestion(request: words, reason: reason, commands: [command], result: result)
    }

    // MARK: Experiments

    private var experiments: [Experiment] {
        guard let base = samples.last(where: { $0.command.kind == .pay }) else { return [] }
        var all: [Experiment] = []
        func add(_ request: String, _ reason: String, _ command: Command, _ weight: Int) {
            all.append(
                Experiment(
                    question: NextQuestion(request: request, reason: reason, commands: [command], result: base.result),
                    weight: weight))
        }
        if survey.isSameForSameLabels == nil {
            add(
                "send the same pay again (\(base.name))",
                "what changes then is a clock, a nonce, a counter or a check", base.command,
                SearchLimit.weightOfAnExperiment)
        }
        let isOrderHidden = survey.hidden.contains(.orderID)
        let hasPlainOrder = samples.contains { sample in
            guard let order = sample.command.orderID else { return false }
            return order.utf8.count >= SearchLimit.plainOrder && Set(order.utf8).count == 1
        }
        if !hasPlainOrder {
            let order = Wished.plainOrder
            add(
                "send a pay with the OrderId \(order), and all else as in \(base.name)",
                isOrderHidden
                    ? "the order is not there as it is: what repeats then shows how it is written"
                    : "what repeats then shows where the order stands",
                base.changed(.orderID, order), SearchLimit.weightOfAnExperiment - (isOrderHidden ? 0 : 1))
        }
        for value in [FieldLayout.Value.amount, .expiryTime, .paymentMethod, .orderID] where !hasTwins(but: value) {
            let text = Seen(samples).text(value)
            add(
                "send a pay with another \(value.rawValue), \(text), and all else as in \(base.name)",
                "what changes then follows from \(value.rawValue) alone", base.changed(value, text),
                SearchLimit.weightOfAnExperiment - 2)
        }
        return all
    }

    /// Whether two pays differ in this value alone.
    private func hasTwins(but value: FieldLayout.Value) -> Bool {
        var seen: [FieldValues: Set<String>] = [:]
        for sample in samples where sample.command.kind == .pay {
            var values = sample.values
            let text = values[value] ?? ""
            values[value] = nil
            seen[values, default: []].insert(text)
        }
        return seen.values.contains { $0.count > 1 }
    }

    // MARK: The end

    /// Said where all is explained, and what is open takes many commands of any sort.
    private var patience: NextQuestion? {
        let doubts = lesson?.doubts ?? []
        guard let first = doubts.first, doubts.allSatisfy({ Request.isPatience(advice: $0.decidedBy) }) else {
            return nil
        }
        return NextQuestion(
            request: first.decidedBy, reason: "\(first.place): \(first.readings.joined(separator: ", or "))",
            commands: [])
    }

    /// Said when nothing that is sent would tell more.
    private var last: NextQuestion? {
        let reason: String
        if survey.looksRandom, survey.isCipher || samples.count >= SearchLimit.wishedSamples {
            reason =
                "the messages look encrypted or compressed"
                + (survey.isCipher ? ", and are others even with the same labels" : "")
                + ": without the key nothing that is sent tells more"
        } else if samples.count >= SearchLimit.wishedSamples {
            reason = "all that could be asked was sent"
        } else {
            return nil
        }
        return NextQuestion(request: "it cannot be said", reason: reason, known: survey.facts, commands: [])
    }
}

/// What was sent, so that something else is asked for.
private struct Seen {
    private let samples: [Sample]

    init(_ samples: [Sample]) { self.samples = samples }

    private func texts(_ value: FieldLayout.Value) -> [String] { samples.compactMap { $0.values[value] } }

    /// A value that was sent least.
    func text(_ value: FieldLayout.Value) -> String {
        let seen = texts(value)
        if value == .orderID { return Wished.order(samples.count) }
        let pool = Wished.pool[value] ?? []
        return pool.min { left, right in seen.count { $0 == left } < seen.count { $0 == right } } ?? ""
    }

    func command(_ request: Request) -> Command {
        let kind = request.kind ?? .pay
        var values = FieldValues()
        let own: [FieldLayout.Value] = kind == .pay ? [.paymentMethod, .amount, .orderID, .expiryTime] : [.orderID]
        for value in own {
            switch request.wishes[value] {
            case .absent: break
            case .text(let text): values[value] = text
            case .given, .new, nil: values[value] = text(value)
            }
        }
        return values.command(kind)
    }
}

/// Values that tell much of how they are written.
private enum Wished {
    /// Of all sizes, with digits that differ; expiries are whole minutes, for some formats have no others.
    static let pool: [FieldLayout.Value: [String]] = [
        .paymentMethod: PaymentMethod.allCases.map(\.rawValue),
        .amount: [
            "12.50", "655.36", "99999.99", "0.07", "2550.00", "43210.05", "8.88", "167.77", "1.00", "310.00", "80.20",
            "0.50", "1234.56", "34567.89", "5.01", "456.78",
        ],
        .expiryTime: [
            "900", "43200", "86400", "60", "12360", "600", "3600", "1800", "300", "660", "7200", "120", "30060",
            "65580",
        ],
    ]
    static let plainOrder = "AAAAAAAAAAAAAAAA"
    private static let orderLengths = [9, 16, 4, 1, 12, 6, 14, 3, 10, 2, 7]
    private static let signs = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

    /// An order of letters and digits, another for each number.
    static func order(_ number: Int) -> String {
        let length = orderLengths[number % orderLengths.count]
        return String((0..<length).map { signs[(number * 17 + $0 * $0 * 5 + $0 * 7) % signs.count] })
    }
}

extension Command {
    /// "a pay with the method SEVEN_11, with the amount 12.50"
    fileprivate var words: String {
        let values = FieldValues(self)
        var request = Request(kind: kind)
        for value in [FieldLayout.Value.paymentMethod, .amount, .orderID, .expiryTime] {
            request.wishes[value] = values[value].map { .text($0) }
        }
        return String(request.description.dropFirst("send ".count))
    }

    var orderID: String? {
        switch self {
        case .pay(let pay): pay.orderID
        case .cancel(let cancel): cancel.orderID
        }
    }
}

extension Sample {
    /// Its command with another value.
    fileprivate func changed(_ value: FieldLayout.Value, _ text: String) -> Command {
        var values = self.values
        values[value] = text
        return values.command(command.kind)
    }
}
