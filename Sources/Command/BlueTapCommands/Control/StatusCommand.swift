internal import ArgumentParser
internal import ControlAPI
internal import ControlClient

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show a device's state.")

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().device()
        if options.json { return emit(answer) }
        let device = try JSONText.parse(answer)
        for key in ["state", "transport", "profile", "now", "clock", "journalFailure"] {
            if let value = device[key]?.text { emit("\(key): \(value)") }
        }
        for key in ["paymentMethod", "amount", "orderId", "url", "expiresAt"] {
            if let value = device["link"]?[key]?.text { emit("link \(key): \(value)") }
        }
    }
}
