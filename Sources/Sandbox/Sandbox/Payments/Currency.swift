/// The currencies of ISO 4217, and how their amounts are written.
public enum Currency {
    private static let withoutDecimals: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
        "XPF",
    ]
    private static let withThree: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
    private static let withFour: Set<String> = ["CLF", "UYW"]
    private static let withTwo = Set(
        """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF \
        CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF \
        IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN \
        MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS \
        SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
        """.split(separator: " ").map(String.init))

    /// Whether ISO 4217 has it.
    public static func isKnown(_ code: String) -> Bool {
        withTwo.contains(code) || withoutDecimals.contains(code) || withThree.contains(code) || withFour.contains(code)
    }

    /// How many decimals an amount has: two where nobody knows the currency.
    public static func decimals(of code: String) -> Int {
        if withTwo.contains(code) { return 2 }
        if withoutDecimals.contains(code) { return 0 }
        return withThree.contains(code) ? 3 : withFour.contains(code) ? 4 : 2
    }

    /// Whole smallest units that every amount is a multiple of: one, and a hundred for rupiah.
    ///
    /// Source: Alipay's SDKs, `Amount.value`: of IDR the last two digits are always 00.
    public static func step(of code: String) -> Int64 { code == "IDR" ? 100 : 1 }
}
