internal import ArgumentParser
internal import GadgetTransport

struct GadgetDownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Unbind and remove the gadget, also one that a killed run left behind.",
        discussion: "Touches bluetap's own gadgets only. Where there is none it has nothing to do, and succeeds.")

    @OptionGroup var options: GadgetOptions

    func run() throws {
        let gadgets = Gadget.all().filter { options.udc == nil || $0.controller.name == options.udc }
        for gadget in gadgets {
            try gadget.down()
            if !options.json { emit("\(gadget.name) is gone from \(gadget.controller.name)") }
        }
        if options.json { return emit(try JSONText.encode(["removed": gadgets.map(\.name)])) }
        if gadgets.isEmpty { emit("there is no gadget of bluetap's") }
    }
}
