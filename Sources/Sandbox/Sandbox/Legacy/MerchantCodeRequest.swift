internal import BlueTap

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The requests `alipay.commerce.qrcode.*`: what of them the gateway acts on.
struct MerchantCodeRequest: Hashable {
    enum Action: Hashable {
        case create(MerchantCode.Details)
        case modify(String, MerchantCode.Details)
        case setState(String, MerchantCode.State)
    }

    let action: Action
    let notifyURL: String?

    init(
        _ service: LegacyService, _ parameters: LegacyParameters, _ settings: LegacySettings, at now: Instant
    ) throws(LegacyRefusal) {
        _ = try parameters.required("timestamp", limit: 19)
        try parameters.checkTimestamp(settings, at: now)
        notifyURL = try parameters.address("notify_url")
        try parameters.fixed("biz_type", "OVERSEASHOPQRCODE")
        switch service {
        case .createCode: action = .create(try Self.details(parameters, settings))
        case .modifyCode:
            action = .modify(try Self.code(parameters, settings), try Self.details(parameters, settings))
        default:
            let code = try Self.code(parameters, settings)
            switch try parameters.required("status", limit: 32) {
            case "STOP": action = .setState(code, .stopped)
            case "RESTART": action = .setState(code, .active)
            default: throw .illegal("status is neither STOP nor RESTART")
            }
        }
    }

    private static func code(
        _ parameters: LegacyParameters, _ settings: LegacySettings
    ) throws(LegacyRefusal) -> String {
        if settings.acceptsClientSpelling, let code = try parameters.text("qr_code", limit: 256) { return code }
        return try parameters.required("qrcode", limit: 256)
    }

    // MARK: biz_data

    /// Taxis have more to tell than shops, and need not tell their store.
    private static let taxi = "4121"

    private static func details(
        _ parameters: LegacyParameters, _ settings: LegacySettings
    ) throws(LegacyRefusal) -> MerchantCode.Details {
        guard let data = try parameters.object("biz_data", limit: 2000) else { throw .illegal("biz_data is missing") }
        do throws(RequestFields.Illegal) {
            return try details(data, parameters["biz_data"] ?? "", nameLimit: settings.pages == .hongKong ? 32 : 64)
        } catch {
            throw .illegal("biz_data: \(error.reason)")
        }
    }

    private static func details(
        _ data: RequestFields, _ text: String, nameLimit: Int
    ) throws(RequestFields.Illegal) -> MerchantCode.Details {
        let industry = try data.required("secondary_merchant_industry", limit: 4)
        _ = try data.required("secondary_merchant_id", limit: nameLimit)
        let name = try data.required("secondary_merchant_name", limit: nameLimit)
        for (optional, limit) in [
            ("country_code", 2), ("address", 256), ("sys_service_provider_id", 64), ("notify_mobile", 32),
            ("notify_wangwang", 64), ("notify_alipay_account", 64),
        ] {
            _ = try data.text(optional, limit: limit)
        }
        var store = try data.text("store_id", limit: 64)
        let storeName = try data.text("store_name", limit: 128)
        if industry == taxi {
            let number = try data.required("taxi_number", limit: 64)
            for needed in ["taxi_operation_id", "taxi_driver_name", "taxi_driver_mobile"] {
                _ = try data.required(needed, limit: 64)
            }
            store = store ?? "taxi \(number)"
        }
        guard let store else { throw RequestFields.Illegal(reason: "store_id is missing") }
        guard storeName != nil || industry == taxi else { throw RequestFields.Illegal(reason: "store_name is missing") }
        return MerchantCode.Details(
            store: store, hasCommission: try data.text("channel_fee", limit: 64) != nil, name: name,
            currency: try currency("trans_currency", data), settlementCurrency: try currency("currency", data),
            data: text, passback: try passback(data))
    }

    private static func currency(_ name: String, _ data: RequestFields) throws(RequestFields.Illegal) -> String {
        let currency = try data.required(name, limit: 8)
        guard Money(currency: currency, minorUnits: 0) != nil else {
            throw RequestFields.Illegal(reason: "\(name) is no currency of three upper-case letters")
        }
        return currency
    }

    /// Flat JSON: an object, or a string that has one. It goes back as it came, the members of an object sorted.
    private static func passback(_ data: RequestFields) throws(RequestFields.Illegal) -> String? {
        let name = "passback_parameters"
        if let text = try? data.text(name, limit: 2000) {
            guard let object = try? RequestFields(Array(text.utf8)), object.isFlat else {
                throw RequestFields.Illegal(reason: "\(name) is no flat JSON object")
            }
            return text
        }
        guard let texts = try data.texts(name) else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings alone can always be encoded.
        return (try? encoder.encode(texts)).map { String(decoding: $0, as: UTF8.self) }
    }
}
