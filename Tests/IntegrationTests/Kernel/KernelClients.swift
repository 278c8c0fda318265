import Testing

extension HIDAPIClient {
    /// Those that see USB devices. Mono calls the same libhidapi-hidraw as others here, and takes long to start.
    static let forUSB = allCases.filter { $0 != .mono }
    /// Those that see every device of the kernel's; hidapi by way of libusb sees USB devices only.
    static let forHIDRaw: [HIDAPIClient] = [.cHidraw, .wheelHidraw, .ctypesHid, .debianHidraw]

    /// Pays as the smallest POS does, and checks what it sees, to the byte.
    func payOnKernel(_ identity: String, _ strings: String, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        let folder = try Folder()
        let pay = ReferenceReports.pay(amount: "12.50", order: "A1", sequence: 4660)
        let reply = ReferenceReports.reply(to: pay)
        let command = try await command(in: folder) + [pay]
        let ran = try await Program.run(command[0], Array(command.dropFirst()))
        #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran)", sourceLocation: sourceLocation)
        #expect(Array(ran.lines.prefix(2)) == [identity, strings], "\(ran)", sourceLocation: sourceLocation)
        #expect(ran.lines.last == reply, "\(ran)", sourceLocation: sourceLocation)
    }
}
