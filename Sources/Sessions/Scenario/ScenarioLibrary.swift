public import Documents

/// The scenarios that ship with the program.
public enum ScenarioLibrary {
    private static let texts: [(name: String, bytes: [UInt8])] = [
        ("happy-path", PackageResources.happy_path_yaml),
        ("unattended-device", PackageResources.unattended_device_yaml),
        ("flaky-cable", PackageResources.flaky_cable_yaml),
        ("tap-after-cancel", PackageResources.tap_after_cancel_yaml),
        ("tap-at-expiry", PackageResources.tap_at_expiry_yaml),
        ("cancel-after-tap", PackageResources.cancel_after_tap_yaml),
        ("doubled-order-id", PackageResources.doubled_order_id_yaml),
        ("second-pay-while-live", PackageResources.second_pay_while_live_yaml),
        ("pay-unplug-replug", PackageResources.pay_unplug_replug_yaml),
    ]

    public static var names: [String] { texts.map(\.name) }

    /// The scenario file as it ships, comments and all.
    public static func text(of name: String) -> String? {
        texts.first { $0.name == name }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    /// The built-in scenario of that name, else the file at that path.
    public static func scenario(
        _ nameOrPath: String, vocabulary: ScenarioVocabulary = .device
    ) throws(DocumentError) -> Scenario {
        if let text = text(of: nameOrPath) {
            return try Scenario(Document(parsing: text, name: "<built-in scenario \(nameOrPath)>"))
        }
        do {
            return try Scenario(path: nameOrPath, vocabulary: vocabulary)
        } catch  where !nameOrPath.contains("/") && !nameOrPath.contains(".") {
            throw DocumentError(
                whole: nameOrPath,
                "no built-in scenario has that name (there are \(names.joined(separator: ", "))), and no file either")
        } catch {
            throw error
        }
    }
}
