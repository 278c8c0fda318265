internal import ArgumentParser
internal import Emulator
internal import GadgetTransport
internal import HID
internal import WireFormat

struct GadgetUpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Make the gadget and bind it; it stays until `bluetap gadget down`.")

    @OptionGroup var options: GadgetOptions
    @OptionGroup var profile: ProfileOptions

    func run() throws {
        let gadget = Gadget(controller: try .find(named: options.udc))
        try gadget.up(try profile.load().profile.hidDescription)
        if options.json { return emit(try JSONText.encode(gadget.members)) }
        emit("\(gadget.name) is up at \(gadget.controller.name): \(gadget.node ?? "no node yet")")
    }
}
