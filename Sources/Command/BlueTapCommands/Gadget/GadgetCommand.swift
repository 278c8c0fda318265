internal import ArgumentParser
internal import GadgetTransport

struct GadgetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gadget",
        abstract: "The USB gadget alone: make it, remove it, look at it.",
        discussion: """
            `bluetap serve --transport gadget` does all of this itself. These are for those who serve the device's node
            (/dev/hidg0) with a program of their own, and for clearing up.
            """,
        subcommands: [GadgetUpCommand.self, GadgetDownCommand.self, GadgetStatusCommand.self])
}

/// Which controller a gadget command is about, and how it answers.
struct GadgetOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The USB device controller, where there are several.", valueName: "name"))
    var udc: String?

    @Flag(help: "Print JSON.")
    var json = false
}

extension Gadget {
    /// How the commands show it.
    var members: [String: JSONValue] {
        [
            "gadget": .text(name), "controller": .text(controller.name), "bound": .bool(isBound),
            "state": controller.state.map(JSONValue.text) ?? .null, "node": node.map(JSONValue.text) ?? .null,
        ]
    }
}
