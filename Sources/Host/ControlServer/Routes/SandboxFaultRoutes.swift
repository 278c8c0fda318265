internal import ControlAPI
internal import HTTPTypes
internal import Hummingbird
internal import Sandbox
internal import SandboxFaults
internal import SandboxServer

/// `/v1/sandbox/faults`: what the gateways do wrong.
struct SandboxFaultRoutes: Sendable {
    let live: @Sendable () throws -> LiveSandbox

    func add(to group: RouterGroup<BasicRequestContext>) {
        group.get("") { _, _ in try answer() }
        group.get("kinds") { _, _ in
            try Response.json(["kinds": SandboxFaultDescription.Name.allCases.map(KindView.init)])
        }
        group.post("") { request, _ in
            let live = try live()
            let body: SandboxFaultDescription = try await RequestBody.decode(
                request, keys: Set(SandboxFaultDescription.CodingKeys.allCases.map(\.rawValue)))
            let fault = try body.fault(at: live.now)
            guard let armed = live.sandbox.faults.add(fault) else {
                throw Problem(.limitReached, "\(SandboxFaultBoard.capacity) faults are set already: clear some")
            }
            return try Response.json(FaultView(armed), status: .created)
        }
        group.delete("") { _, _ in
            _ = try live().sandbox.faults.clear()
            return try answer()
        }
        group.delete(":fault") { _, context in
            let text = context.parameters.get("fault") ?? ""
            guard let id = Int(text), try live().sandbox.faults.clear(id) else {
                throw Problem(.noSuchFault, "there is no fault \(text.prefix(20)): GET faults lists them")
            }
            return try answer()
        }
    }

    private func answer() throws -> Response {
        try Response.json(["faults": try live().sandbox.faults.armed.map(FaultView.init)])
    }

    private struct KindView: Encodable {
        let name: String
        let summary: String

        init(_ name: SandboxFaultDescription.Name) {
            (self.name, summary) = (name.rawValue, name.summary)
        }
    }

    private struct FaultView: Encodable {
        let id: Int
        let fired: Int
        let fault: SandboxFaultDescription

        init(_ armed: SandboxFaultBoard.Armed) {
            (id, fired, fault) = (armed.id, armed.fired, SandboxFaultDescription(armed.fault))
        }
    }
}
