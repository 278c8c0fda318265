internal import ArgumentParser
internal import GadgetTransport

struct GadgetStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show bluetap's gadgets, and whether a running bluetap has them.")

    @OptionGroup var options: GadgetOptions

    func run() throws {
        let gadgets = Gadget.all().filter { options.udc == nil || $0.controller.name == options.udc }
        if options.json {
            let list = gadgets.map { gadget in
                JSONValue.object(gadget.members.merging(["inUse": .bool(gadget.isInUse)]) { $1 })
            }
            return emit(try JSONText.encode(["gadgets": JSONValue.list(list)]))
        }
        for gadget in gadgets {
            let node = gadget.isBound ? gadget.node ?? "no node" : "not bound"
            let user = gadget.isInUse ? "in use by a running bluetap" : "in nobody's use"
            emit("\(gadget.name): \(gadget.controller.state ?? "controller gone"), \(node), \(user)")
        }
        if gadgets.isEmpty { emit("there is no gadget of bluetap's") }
    }
}
