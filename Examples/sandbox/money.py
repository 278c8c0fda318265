"""Amounts are whole numbers of the currency's smallest unit. These are for currencies with hundredths, such as THB."""

from decimal import Decimal


def units(text: str) -> int:
    """12.50 is 1250."""
    amount = Decimal(text) * 100
    if amount != int(amount) or amount <= 0:
        raise ValueError(f"{text} is no amount: digits, and at most two decimals")
    return int(amount)


def decimal(units: int) -> str:
    """1250 is 12.50."""
    return f"{units // 100}.{units % 100:02d}"
