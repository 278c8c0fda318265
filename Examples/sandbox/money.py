"""Amounts are whole numbers of the currency's smallest unit; people read and type whole units with decimals.

How many decimals a currency has follows ISO 4217. Rupiahs have two there, and none in any shop: Alipay+ takes them in
hundreds of the smallest unit.
"""

from decimal import Decimal, InvalidOperation

NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
# Of whose decimals nobody has coins.
WHOLE = frozenset(["IDR"])
# Most that one payment may be of, in smallest units.
MOST = 10**12


def decimals(currency: str) -> int:
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise ValueError(f"{currency} is no currency: three capitals, such as THB")
    return 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


def units(text: str, currency: str = "THB") -> int:
    """THB 12.50 is 1250, JPY 12 is 12, KWD 1.250 is 1250, IDR 1000 is 100000."""
    try:
        amount = Decimal(text)
        # Neither infinity nor "not a number".
        amount = amount.scaleb(decimals(currency)) if amount.is_finite() else Decimal(0)
    except InvalidOperation:
        amount = Decimal(0)
    step = 100 if currency in WHOLE else 1
    if not 0 < amount <= MOST or amount % step != 0:
        places = 0 if currency in WHOLE else decimals(currency)
        raise ValueError(f"{text} is no amount of {currency}: digits, and at most {places} decimals")
    return int(amount)


def decimal(units: int, currency: str = "THB") -> str:
    """THB 1250 is 12.50, JPY 12 is 12, IDR 100000 is 1000.00."""
    places = decimals(currency)
    whole, rest = divmod(units, 10**places)
    return f"{whole}.{rest:0{places}d}" if places else str(whole)
