internal import ArgumentParser
internal import BlueTap
internal import ControlAPI
internal import ControlClient
internal import Documents

struct SandboxAuthorizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authorize",
        abstract: "A customer allows an app to ask who they are. Prints the auth_code.",
        discussion: """
            The app's back end takes the code for a token by `alipay.system.oauth.token`, once. It is as if the customer had
            come back from the page of `publicAppAuthorize` to the app's redirect_uri.
            """)

    @Option(help: ArgumentHelp("Whose.", valueName: "name"))
    var wallet = "Alice"

    @Option(help: ArgumentHelp("The app's id; else that of the sandbox, 2088000000000001.", valueName: "id"))
    var app: String?

    @Option(help: ArgumentHelp("What the code is; else a new one.", valueName: "text"))
    var code: String?

    @Option(help: ArgumentHelp("How long it is worth something: 3m to 24h.", valueName: "duration"))
    var life: DurationArgument?

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let answer = try await options.client().authorize(
            SandboxAuthorizeRequest(app: app, code: code, life: life.map { TextualDuration($0.duration) }), by: wallet)
        emit(options.json ? answer : try JSONText.parse(answer)["code"]?.text?.printable ?? "")
    }
}
