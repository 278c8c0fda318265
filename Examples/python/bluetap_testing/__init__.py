"""An emulated BlueTap for tests of a POS: `bluetap serve` in virtual time, and a pytest fixture that starts it.

    def test_an_order_that_nobody_pays(bluetap):
        assert pos.pay("A1", "12.50") == "SUCCESS"
        bluetap.advance(900)
        bluetap.expect("linkExpired", orderId="A1")

Run it with `bluetap run -- pytest`, so that the POS's libhidapi is bluetap's. Needs nothing but Python's own library.
"""

from .device import BlueTap, BlueTapError, Event

__all__ = ["BlueTap", "BlueTapError", "Event"]
