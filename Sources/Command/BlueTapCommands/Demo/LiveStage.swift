internal import BlueTap
internal import Documents
internal import Emulator
internal import Glibc
internal import QRCode
internal import SystemPackage
internal import WireFormat

/// A view of the device that is drawn again with each step: state, link with QR code and countdown, customers, the last
/// report, and what the story says.
actor LiveStage: Stage {
    nonisolated let steps = 30
    private let device: EmulatedDevice
    private let columns: Int
    private let rows: Int
    private var words: [String] = []
    private var news: [String] = []
    private var customer = "nobody yet"
    private var report: [UInt8] = []
    private let pace: Double
    /// How many lines were drawn last.
    private var height = 0

    /// The QR code and what stands beside it.
    private static let leastColumns = 96
    private static let leastRows = 34

    /// Nil where the terminal is too small.
    ///
    /// - Parameter pace: how many times as long each step takes.
    init?(_ device: EmulatedDevice, pace: Double) {
        guard let size = Terminal.size, size.columns >= Self.leastColumns, size.rows >= Self.leastRows else {
            return nil
        }
        self.device = device
        self.pace = pace
        columns = size.columns
        rows = size.rows
    }

    func say(_ lines: [String]) async throws {
        if lines.first == "" { words = [] }
        words += lines.filter { !$0.isEmpty }
        draw()
        try await rest(.milliseconds(1200))
    }

    func show(_ events: [Event], isBrief: Bool) async throws {
        for event in events {
            let parsed = try JSONText.parse(event.json)
            news.append("\(EventLine(parsed))")
            if let wallet = parsed["wallet"]?.text { customer = "\(wallet.printable): \(event.kind)" }
            if let hex = parsed["report"]?.text.flatMap(HexBytes.init) { report = hex.bytes }
        }
        draw()
        try await rest(isBrief ? .milliseconds(80) : .milliseconds(900))
    }

    func end() async {
        // The cursor comes back, below what is there.
        write("\u{1B}[\(height + 1);1H\u{1B}[?25h")
    }

    private func rest(_ time: Duration) async throws { try await Task.sleep(for: time * pace) }

    // MARK: Drawing

    private func draw() {
        let status = device.status
        var left = [
            "\u{1B}[1mbluetap\u{1B}[0m  \(status.now)", "",
            "state     \(Self.light(status.state)) \(status.state.rawValue)",
        ]
        if let link = status.link {
            let what = [link.paymentMethod.rawValue, link.amount, link.orderID.map { "order \($0)" }].compactMap(\.self)
            let seconds = Int64(((link.expiresAt - status.now) / .seconds(1)).rounded(.up))
            let rest = String(seconds % 60)
            left += [
                "link      \(what.joined(separator: ", ").printable)",
                "ends in   \(seconds / 60):\(rest.count == 1 ? "0" : "")\(rest)", "",
            ]
        } else {
            left += ["link      none", "", ""]
        }
        left += [
            "customer  \(customer)", "report    \(HexBytes(Array(report.prefix(12))))\(report.count > 12 ? " …" : "")",
            "",
        ]
        let code = status.link.flatMap { try? QRCode($0.url).lines(.coloured) } ?? []
        var lines = left
        // The code stands on the right, as far as it reaches.
        let width = columns - 50
        let height = max(left.count, code.count)
        lines += [String](repeating: "", count: height - left.count)
        var screen = "\u{1B}[?25l\u{1B}[H"
        for (index, line) in lines.enumerated() {
            screen += "\u{1B}[2K\(line)"
            if index < code.count { screen += "\u{1B}[\(max(46, width))G\(code[index])" }
            screen += "\r\n"
        }
        let room = rows - lines.count - words.count - 2
        let recent = news.suffix(max(0, min(room, 8)))
        for line in words.suffix(6) { screen += "\u{1B}[2K\(line.prefix(columns - 1))\r\n" }
        screen += "\u{1B}[2K\r\n"
        for line in recent { screen += "\u{1B}[2K\u{1B}[2m\(line.prefix(columns - 1))\u{1B}[0m\r\n" }
        self.height = lines.count + min(words.count, 6) + 1 + recent.count
        write(screen + "\u{1B}[J")
    }

    private static func light(_ state: Device.State) -> String {
        switch state {
        case .detached: "\u{1B}[2m○\u{1B}[0m"
        case .idle: "\u{1B}[37m●\u{1B}[0m"
        case .linkReady: "\u{1B}[34m●\u{1B}[0m"
        case .linkOpened: "\u{1B}[32m●\u{1B}[0m"
        }
    }

    private func write(_ text: String) { emit(bytes: Array(text.utf8)) }
}
