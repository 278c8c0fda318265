internal import BlueTapCommands

@main
struct Main {
    static func main() async {
        await BlueTapCommand.run(arguments: Array(CommandLine.arguments.dropFirst()))
    }
}
