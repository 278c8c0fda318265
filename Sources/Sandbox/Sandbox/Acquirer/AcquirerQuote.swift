internal import BlueTap

/// An exchange rate, as each dialect writes it.
///
/// Source: Alipay's SDKs, `Quote`. Antom's in-store Java SDK reads a price that is a number and `guaranteed` as a truth value;
/// Alipay+'s pages have strings.
struct AcquirerQuote: Encodable, Hashable {
    let quote: ExchangeRates.Quote
    let time: Instant
    let dialect: AcquirerOperation.Dialect

    private enum Key: String, CodingKey {
        case quoteId, quoteCurrencyPair, quotePrice, quoteStartTime, quoteExpiryTime, baseCurrency, quoteUnit,
            guaranteed
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(quote.id, forKey: .quoteId)
        try container.encode(quote.pair, forKey: .quoteCurrencyPair)
        let day = Instant(secondsSinceEpoch: time.secondsSince1970 / 86_400 * 86_400)
        try container.encode(day.offsetText, forKey: .quoteStartTime)
        try container.encode((day + .seconds(86_400)).offsetText, forKey: .quoteExpiryTime)
        switch dialect {
        case .alipayPlus:
            try container.encode(quote.priceText, forKey: .quotePrice)
            try container.encode(quote.base, forKey: .baseCurrency)
            try container.encode("1", forKey: .quoteUnit)
        case .antom:
            try container.encode(quote.price, forKey: .quotePrice)
            try container.encode(true, forKey: .guaranteed)
        }
    }
}
