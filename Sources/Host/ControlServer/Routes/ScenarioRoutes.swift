internal import ControlAPI
internal import Documents
internal import Emulator
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import SandboxServer
internal import Scenario

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// `/v1/scenario`: what happens beside a device, and what has become of its expectations.
struct ScenarioRoutes: Sendable {
    let clock: EmulatorClock
    let device: @Sendable (BasicRequestContext) throws -> EmulatedDevice

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.get("scenario") { _, context in try report(of: device(context)) }
        group.post("scenario") { request, context in
            let device = try device(context)
            let bytes = try await RequestBody.bytes(of: request)
            let scenario: Scenario
            do throws(DocumentError) {
                scenario = try Scenario(Document(bytes: bytes, name: "scenario"), vocabulary: .sandbox)
            } catch {
                throw Problem(.notValid, "\(error)")
            }
            guard !scenario.needsCompanion || device.hasOutbox else {
                throw Problem(
                    .needsSandbox,
                    "the scenario has steps for a payment sandbox, which is not here: start `bluetap serve --sandbox`"
                )
            }
            device.load(ScenarioRun(scenario, startingAt: clock.now))
            return try report(of: device, status: .created)
        }
        group.delete("scenario") { _, context in
            let device = try device(context)
            device.load(nil)
            return Response(status: .noContent)
        }
    }

    private func report(of device: EmulatedDevice, status: HTTPResponse.Status = .ok) throws -> Response {
        // First what is due: of that the scenario has to hear as well.
        let deviceStatus = device.catchUp()
        guard let run = device.script as? ScenarioRun else {
            throw Problem(.noScenario, "the device has no scenario: POST one, as YAML or JSON")
        }
        let body = try JSONEncoder.control.encode(run.report(deviceStatus))
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
