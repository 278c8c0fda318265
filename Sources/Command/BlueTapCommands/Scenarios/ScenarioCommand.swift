internal import ArgumentParser
internal import SandboxServer
internal import Scenario

struct ScenarioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenario", abstract: "Scripts of what happens beside a device, and what is expected of it.",
        subcommands: [ListCommand.self, ShowCommand.self, CheckCommand.self, SchemaCommand.self])

    struct ListCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the built-in scenarios.")

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            for name in ScenarioLibrary.names {
                let summary = try ScenarioLibrary.scenario(name).summary ?? ""
                if json {
                    emit(JSONText.object([("name", .text(name)), ("summary", .text(summary))]))
                } else {
                    emit("\(name): \(summary)")
                }
            }
        }
    }

    struct ShowCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print a built-in scenario's file, to begin one's own from.")

        @Argument(help: ArgumentHelp("The scenario.", valueName: "name"))
        var name: String

        func run() throws {
            guard let text = ScenarioLibrary.text(of: name) else {
                throw CommandError(
                    "there is no built-in scenario \"\(name)\": there are \(ScenarioLibrary.names.joined(separator: ", "))"
                )
            }
            emit(text.dropLast())
        }
    }

    struct CheckCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Check a scenario without running it.")

        @Argument(help: ArgumentHelp("The scenario's file, or a built-in one's name.", valueName: "file"))
        var file: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let scenario = try ScenarioLibrary.scenario(file, vocabulary: .sandbox)
            emit(
                json
                    ? JSONText.object([("scenario", .text(scenario.name)), ("good", .bool(true))])
                    : "\(scenario.name) is good")
        }
    }

    struct SchemaCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schema", abstract: "Print the JSON Schema of scenario files, for editors.")

        func run() throws {
            emit(ScenarioVocabulary.sandbox.schemaText.dropLast())
        }
    }
}
