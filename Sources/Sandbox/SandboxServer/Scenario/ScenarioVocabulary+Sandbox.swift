internal import BlueTap
internal import Emulator
internal import SandboxFaults
public import Scenario

extension ScenarioVocabulary {
    /// The steps of a device with a payment sandbox beside it: `sandboxFault`, `clearSandboxFaults` and `deposit`.
    public static let sandbox = ScenarioVocabulary(
        [
            "sandboxFault": SandboxFaultStep.self, "clearSandboxFaults": ClearSandboxFaultsStep.self,
            "deposit": DepositStep.self,
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

extension OutboxRequest {
    fileprivate static func sandbox(_ request: SandboxRequest, _ summary: String) -> OutboxRequest {
        OutboxRequest(
            request, summary: summary,
            absence: "there is no payment sandbox beside the device: start it with --sandbox HOST:PORT")
    }
}
