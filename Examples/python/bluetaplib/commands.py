"""The commands and their result, named as in the documentation of Alipay+."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Optional, Union


class PaymentMethod(str, Enum):
    """The wallet that the cashier selected."""

    TRUEMONEY = "TRUEMONEY"
    SEVEN_11 = "SEVEN_11"
    ALIPAY_CN = "ALIPAY_CN"
    ALIPAY_PLUS = "ALIPAY_PLUS"


class ResultCode(Enum):
    """The result of sending a command. It does not tell whether the customer paid."""

    SUCCESS = "SUCCESS"
    DEVICE_DISCONNECTED = "DEVICE_DISCONNECTED"
    PARAM_ILLEGAL = "PARAM_ILLEGAL"
    PROCESS_FAIL = "PROCESS_FAIL"
    UNKNOWN_EXCEPTION = "UNKNOWN_EXCEPTION"


@dataclass
class PayCommand:
    """Asks the device for an NFC link."""

    # At most 12 characters. Any text may be sent; the device refuses what it does not know.
    PaymentMethod: Union[PaymentMethod, str]
    # At most 8 characters.
    Amount: Optional[str] = None
    # At most 16 characters.
    OrderId: Optional[str] = None
    # Seconds. The device takes 900 when it is not given.
    ExpiryTime: Optional[int] = None


@dataclass
class CancelCommand:
    """Asks the device to disable its NFC link."""

    # At most 16 characters. Without it, whatever is pending is meant.
    OrderId: Optional[str] = None
