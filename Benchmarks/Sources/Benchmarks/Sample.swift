internal import BlueTap
internal import ProfileFiles
internal import WireFormat

/// The pay command that everything is measured with: every field is given and as long as it may be.
struct Sample {
    static let sequence: Int64 = 7
    let profile: Profile
    let codec: Codec
    let command = PayCommand(.trueMoney, amount: "12.50", orderID: "ORDER-0123456789", expiryTime: 900)
    let report: [UInt8]
    /// What a device answers that takes it.
    let reply: [UInt8]

    init() throws {
        let file = try ProfileLibrary.profile(ProfileLibrary.standardName)
        profile = file.profile
        codec = file.codec
        report = try codec.encode(.pay(command), sequence: Self.sequence)
        reply = codec.reply(to: Codec.Context(command: .pay, sequence: Self.sequence), result: .success)[0]
    }

    /// Report and reply, for the command line.
    var hexadecimal: [String] { [report, reply].map { HexBytes($0).description } }
}
