internal import ArgumentParser
internal import ProfileFiles
internal import WireFormat

struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "What devices look like on the wire.",
        subcommands: [ListCommand.self, ShowCommand.self, CheckCommand.self, SchemaCommand.self])

    struct ListCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the built-in profiles.")

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            for name in ProfileLibrary.names {
                let summary = try ProfileLibrary.profile(name).profile.summary ?? ""
                emit(
                    json
                        ? JSONText.object([("name", .text(name)), ("summary", .text(summary))]) : "\(name)  \(summary)")
            }
        }
    }

    struct ShowCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print a profile, to read or to make one's own of.")

        @Argument(help: "A built-in profile.")
        var name: String

        @Flag(help: "Print JSON, without the comments.")
        var json = false

        func run() throws {
            if json { return emit(try ProfileLibrary.profile(name).json) }
            guard let text = ProfileLibrary.text(of: name) else {
                throw CommandError(
                    "there is no built-in profile \"\(name)\": there is \(ProfileLibrary.names.joined(separator: ", "))"
                )
            }
            emit(text.dropLast())
        }
    }

    struct CheckCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "check", abstract: "Check a profile file.")

        @Argument(help: ArgumentHelp("The file.", valueName: "file"))
        var file: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let name = try ProfileFile(path: file).profile.name
            emit(
                json
                    ? JSONText.object([("file", .text(file)), ("profile", .text(name)), ("ok", .bool(true))])
                    : "\(file): profile \(name) is good")
        }
    }

    struct SchemaCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schema", abstract: "Print the JSON Schema of profile files, for editors.")

        func run() {
            emit(ProfileFile.schemaText.dropLast())
        }
    }
}
