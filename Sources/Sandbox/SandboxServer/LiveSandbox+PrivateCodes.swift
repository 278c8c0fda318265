public import Sandbox

extension LiveSandbox {
    /// A wallet reads a code that a client has made, and pays what the client says that it stands for; nil: no client has said
    /// where it is asked.
    public func pay(privateCode code: String, by wallet: String) async throws -> Ledger.Settlement? {
        guard let question = sandbox.question(about: code, by: wallet, at: now) else { return nil }
        let (answer, problem) = await ask(question)
        if let problem {
            throw SandboxError(.paymentRefuses, "\(question.url) does not say what the code stands for: \(problem)")
        }
        let settlement = try sandbox.pay(privateCode: code, answer: answer, by: wallet, at: now)
        announceChange()
        return settlement
    }
}
