"""How a POS is tested with an emulated BlueTap. From the root of the repository:

    PYTHONPATH=Examples/python bluetap run -- pytest Examples/python/tests
"""

import pytest
from bluetaplib import CancelCommand, PayCommand, PaymentMethod, ResultCode, TinyCommand


def pay(order="A1", method=PaymentMethod.TRUEMONEY):
    return TinyCommand().SendPayCommand(PayCommand(method, Amount="12.50", OrderId=order))


def test_a_customer_who_pays(bluetap):
    assert pay() == ResultCode.SUCCESS
    assert bluetap.state == "linkReady"
    bluetap.tap("Alice")
    bluetap.expect("paymentSucceeded", orderId="A1", wallet="Alice")


def test_nobody_comes(bluetap):
    assert pay() == ResultCode.SUCCESS
    bluetap.advance_to_next("before")
    assert bluetap.state == "linkReady"
    bluetap.advance_to_next("after")
    assert bluetap.state == "idle"
    assert [event["kind"] for event in bluetap.tap()] == ["tapMissed"]


def test_a_cancel_after_the_tap(bluetap):
    pay()
    bluetap.tap(outcome="walks-away")
    assert TinyCommand().SendCancelCommand(CancelCommand(OrderId="A1")) == ResultCode.SUCCESS
    bluetap.expect("linkCancelled", orderId="A1")


def test_a_cable_that_is_pulled_in_a_command(bluetap):
    bluetap.fault("unplug", on="pay", moment="during", replug=3)
    assert pay() == ResultCode.DEVICE_DISCONNECTED
    assert pay() == ResultCode.DEVICE_DISCONNECTED
    bluetap.advance(3)
    assert pay("A2") == ResultCode.SUCCESS


def test_a_device_that_is_busy_for_one_order(bluetap):
    bluetap.fault("busy", orderId="B*", count="always")
    assert pay("A1") == ResultCode.SUCCESS
    assert pay("B1") == ResultCode.PROCESS_FAIL


@pytest.mark.bluetap("--scenario", "pay-unplug-replug")
def test_a_scenario(bluetap):
    assert pay("A1") == ResultCode.SUCCESS
    bluetap.wait("idle")
    assert pay("A2") == ResultCode.SUCCESS
    bluetap.expect("paymentSucceeded", orderId="A2")
