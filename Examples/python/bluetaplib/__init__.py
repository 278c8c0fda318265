"""Open stand-in for Alipay+ BlueTap's `bluetaplib`.

It has the public names of the vendor's documentation, and speaks the `reference` wire format of bluetap, not the
vendor's: that one is not public.
"""

from .commands import CancelCommand, PayCommand, PaymentMethod, ResultCode
from .tiny_command import TinyCommand

__all__ = ["CancelCommand", "PayCommand", "PaymentMethod", "ResultCode", "TinyCommand"]
