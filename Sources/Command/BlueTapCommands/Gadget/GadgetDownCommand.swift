internal import ArgumentParser
internal import GadgetTransport
internal import HID

struct GadgetDownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Unbind and remove the gadget, also one that a killed run left behind.",
        discussion: "Touches bluetap's own gadgets only. Where there is none it has nothing to do, and succeeds.")

    @OptionGroup var options: GadgetOptions

    func run() throws {
        let gadgets = Gadget.all().filter { options.udc == nil || $0.controller.name == options.udc }
        var removed: [String] = []
        var failure: TransportError?
        // One that cannot be removed keeps no other.
        for gadget in gadgets {
            do throws(TransportError) {
                try gadget.down()
                removed.append(gadget.name)
                if !options.json { emit("\(gadget.name) is gone from \(gadget.controller.name)") }
            } catch {
                failure = failure ?? error
            }
        }
        if options.json { emit(try JSONText.encode(["removed": removed])) }
        if let failure { throw failure }
        if !options.json && gadgets.isEmpty { emit("there is no gadget of bluetap's") }
    }
}
