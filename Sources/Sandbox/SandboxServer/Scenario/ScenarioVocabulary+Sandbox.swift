internal import BlueTap
internal import Emulator
internal import Sandbox
internal import SandboxFaults
public import Scenario

extension ScenarioVocabulary {
    /// The steps of a device with a payment sandbox beside it: `sandboxFault`, `clearSandboxFaults`, `deposit` and
    /// `authorize`.
    public static let sandbox = ScenarioVocabulary(
        [
            "sandboxFault": SandboxFaultStep.self, "clearSandboxFaults": ClearSandboxFaultsStep.self,
            "deposit": DepositStep.self, "authorize": AuthorizeStep.self,
        ], rules: PackageResources.scenario_steps_schema_json)
}

private struct SandboxFaultStep: CompanionStep {
    private var description: SandboxFaultDescription

    init(from decoder: any Decoder) throws {
        description = try SandboxFaultDescription(from: decoder)
    }

    var contradiction: String? {
        do throws(SandboxFaultError) {
            _ = try description.fault(at: Instant(nanoseconds: 0))
            return nil
        } catch {
            return error.description
        }
    }

    func request(at now: Instant, filling fill: (String) -> String) throws(CompanionStepError) -> OutboxRequest {
        var filled = description
        filled.order = filled.order.map(fill)
        do throws(SandboxFaultError) {
            return .sandbox(.fault(try filled.fault(at: now)), "the sandbox's fault \(filled.name.rawValue) is set")
        } catch {
            throw CompanionStepError(error.description)
        }
    }
}

private struct ClearSandboxFaultsStep: CompanionStep {
    var contradiction: String? { nil }

    func request(at now: Instant, filling fill: (String) -> String) -> OutboxRequest {
        .sandbox(.clearFaults, "the sandbox's faults are ended")
    }
}

/// Smallest units; without a currency of the sandbox's.
private struct DepositStep: CompanionStep {
    private var wallet: String
    private var value: Int64
    private var currency: String?

    var contradiction: String? { nil }

    func request(at now: Instant, filling fill: (String) -> String) -> OutboxRequest {
        let wallet = fill(wallet)
        return .sandbox(.deposit(value, currency: currency, wallet: wallet), "the wallet \(wallet) has \(value)")
    }
}

/// The customer's leave for an app; the code is that which the app's back end then has.
private struct AuthorizeStep: CompanionStep {
    private var wallet: String
    private var code: String
    private var app: String?
    private var life: TextualDuration?

    var contradiction: String? { nil }

    func request(at now: Instant, filling fill: (String) -> String) throws(CompanionStepError) -> OutboxRequest {
        let (wallet, code) = (fill(wallet), fill(code))
        guard Authorization.isCode(code) else {
            throw CompanionStepError("a code has 1 to 40 letters, digits, and _ - .")
        }
        let life = life?.duration ?? Authorization.life.lowerBound
        return .sandbox(
            .authorize(code: code, app: app.map(fill), wallet: wallet, life: life),
            "\(wallet) authorises with the code \(code)")
    }
}

extension OutboxRequest {
    fileprivate static func sandbox(_ request: SandboxRequest, _ summary: String) -> OutboxRequest {
        OutboxRequest(
            request, summary: summary,
            absence: "there is no payment sandbox beside the device: start it with --sandbox HOST:PORT")
    }
}
