internal import ArgumentParser

struct SandboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "The payment sandbox: what the POS's back end asks whether the customer paid.",
        discussion: """
            Beside a device it is served by `bluetap serve --sandbox 127.0.0.1:8088`, alone by `bluetap sandbox serve`.
            """,
        subcommands: [
            SandboxServeCommand.self, SandboxOrdersCommand.self, SandboxShowCommand.self, SandboxPayCommand.self,
            SandboxScanCommand.self, SandboxRefundCommand.self, SandboxCancelCommand.self, SandboxNotifyCommand.self,
            SandboxCodeCommand.self, SandboxDepositCommand.self, SandboxAuthorizeCommand.self, SandboxPhoneCommand.self,
            SandboxNetworkCommand.self, SandboxFaultCommand.self,
        ])
}
