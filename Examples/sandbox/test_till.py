"""The till's tests, in virtual time. From the root of the repository:

PYTHONPATH=Examples/python:Examples/sandbox bluetap run -- python3 -m pytest Examples/sandbox/test_till.py
"""

import pytest

from till import AcquirerAPI, Till


@pytest.fixture
def till(open_sandbox):
    return Till(AcquirerAPI(open_sandbox.url, open_sandbox.clock, timeout=0.5), open_sandbox.clock, open_sandbox.tell)


def test_a_customer_taps_and_pays(open_sandbox, till):
    sale = till.start("A1", 1250)
    assert sale.state == "open" and open_sandbox.device.state == "linkReady"
    open_sandbox.device.expect("payReceived", paymentMethod="ALIPAY_PLUS", amount="12.50", orderId="A1")
    open_sandbox.clock.at(4, lambda: open_sandbox.device.tap("Alice"))
    till.wait(sale)
    assert sale.state == "paid" and open_sandbox.clock.elapsed() == 6
    assert sale.receipt.splitlines()[:2] == ["order    A1", "paid     12.50 THB"]
    assert "at       2026-01-01T00:00:04Z" in sale.receipt
    assert open_sandbox.changes("A1-1") == [(0, "created"), (4, "paid")]


@pytest.mark.parametrize("tapped, seen", [(1, 9), (1.001, 12)])
def test_the_inquiry_of_the_same_second_sees_the_payment(open_sandbox, till, tapped, seen):
    sale = till.start("A1", 1250)
    # Nok's password takes eight seconds.
    open_sandbox.clock.at(tapped, lambda: open_sandbox.device.tap("Nok"))
    till.wait(sale)
    assert sale.state == "paid" and open_sandbox.clock.elapsed() == seen
    assert open_sandbox.changes("A1-1") == [(0, "created"), (tapped + 8, "paid")]


def test_inquiries_are_three_seconds_apart(open_sandbox, till):
    asked = []
    ask = till._ask
    till._ask = lambda sale: asked.append(open_sandbox.clock.elapsed()) or ask(sale)
    sale = till.start("A1", 1250)
    open_sandbox.clock.at(13, lambda: open_sandbox.device.tap("Alice"))
    till.wait(sale)
    assert asked == [3, 6, 9, 12, 15]


def test_the_wallet_declines(open_sandbox, till):
    sale = till.start("A1", 1250)
    open_sandbox.clock.at(2, lambda: open_sandbox.device.tap("Rita"))
    till.wait(sale)
    assert (sale.state, sale.reason, sale.receipt) == ("failed", "RISK_REJECT", None)
    assert open_sandbox.clock.elapsed() == 3
    assert open_sandbox.device.state == "idle"


def test_the_cashier_cancels(open_sandbox, till):
    sale = till.start("A1", 1250)
    open_sandbox.clock.go_to(10)
    till.cancel(sale)
    assert (sale.state, sale.reason) == ("cancelled", "")
    assert open_sandbox.device.state == "idle"
    open_sandbox.device.expect("linkCancelled", orderId="A1")
    assert open_sandbox.changes("A1-1") == [(0, "created"), (10, "cancelled")]
    # Who taps now finds nothing, and nobody pays.
    assert [event["kind"] for event in open_sandbox.device.tap()] == ["tapMissed"]


def test_the_cashier_cancels_what_was_paid_this_moment(open_sandbox, till):
    sale = till.start("A1", 1250)
    open_sandbox.clock.go_to(2)
    open_sandbox.device.tap("Alice")
    till.cancel(sale)
    assert (sale.state, sale.reason) == ("cancelled", "what was paid goes back")
    assert open_sandbox.changes("A1-1") == [(0, "created"), (2, "paid"), (2, "reversed")]


def test_a_payment_that_arrives_after_the_cancel_is_returned(open_sandbox, till):
    sale = till.start("A1", 1250)
    # Mei pays, but her phone has no network: it is known 30 seconds later.
    open_sandbox.clock.at(5, lambda: open_sandbox.device.tap("Mei"))
    till.wait(sale, until=open_sandbox.clock.now().replace(second=10))
    assert sale.state == "open" and open_sandbox.clock.elapsed() == 10
    till.cancel(sale)
    assert sale.state == "cancelled"
    open_sandbox.clock.go_to(34.999)
    assert open_sandbox.changes("A1-1") == [(0, "created"), (10, "cancelled")]
    open_sandbox.clock.go_to(35)
    assert open_sandbox.changes("A1-1") == [(0, "created"), (10, "cancelled"), (35, "returned")]
    assert till._ask(sale)[:2] == ("F", "ORDER_IS_CLOSED")


@pytest.mark.parametrize("tapped, state", [(899.999, "paid"), (900, "expired")])
def test_it_expires_after_900_seconds(open_sandbox, till, tapped, state):
    sale = till.start("A1", 1250)
    open_sandbox.clock.at(tapped, lambda: open_sandbox.device.tap("Alice"))
    till.wait(sale)
    assert (sale.state, open_sandbox.clock.elapsed()) == (state, 900)
    assert open_sandbox.changes("A1-1")[-1] == (tapped, "paid" if state == "paid" else "closed")


def test_nobody_comes(open_sandbox, till):
    sale = till.start("A1", 1250)
    open_sandbox.clock.at(899.999, lambda: open_sandbox.said.append(open_sandbox.device.state))
    till.wait(sale)
    assert "linkReady" in open_sandbox.said
    assert (sale.state, open_sandbox.device.state) == ("expired", "idle")
    open_sandbox.device.expect("linkExpired", orderId="A1")
    assert open_sandbox.changes("A1-1") == [(0, "created"), (900, "closed")]


def test_a_payment_that_arrives_after_the_expiry_is_returned(open_sandbox, till):
    sale = till.start("A1", 1250)
    open_sandbox.clock.at(880, lambda: open_sandbox.device.tap("Mei"))
    till.wait(sale)
    assert (sale.state, open_sandbox.clock.elapsed()) == ("expired", 900)
    open_sandbox.clock.go_to(910)
    assert open_sandbox.changes("A1-1")[-1] == (910, "returned")


def test_a_device_that_is_not_there_costs_nobody_anything(open_sandbox, till):
    open_sandbox.device.unplug()
    sale = till.start("A1", 1250)
    assert (sale.state, sale.reason) == ("cancelled", "DEVICE_DISCONNECTED")
    assert open_sandbox.changes("A1-1") == [(0, "created"), (0, "cancelled")]


@pytest.mark.parametrize("fault", [{"name": "timeout"}, {"name": "lost"}, {"name": "unknown"}])
def test_an_order_whose_answer_is_lost_is_asked_for_once_more_and_made_once(open_sandbox, till, fault):
    open_sandbox.fault(**fault, on="pay")
    sale = till.start("A1", 1250)
    assert sale.state == "open"
    open_sandbox.device.tap("Alice")
    till.wait(sale)
    assert sale.state == "paid"
    assert len(open_sandbox.control.get("/v1/sandbox/payments")["payments"]) == 1


def test_a_service_that_is_down_is_asked_again(open_sandbox, till):
    sale = till.start("A1", 1250)
    open_sandbox.device.tap("Alice")
    open_sandbox.fault("down", count="always", after=0, **{"for": 60})
    till.wait(sale)
    assert (sale.state, open_sandbox.clock.elapsed()) == ("paid", 60)


def test_a_cancel_is_repeated_until_it_is_answered(open_sandbox, till):
    sale = till.start("A1", 1250)
    open_sandbox.fault("down", count="always", after=0, **{"for": 6})
    till.cancel(sale)
    assert (sale.state, open_sandbox.clock.elapsed()) == ("cancelled", 6)
    assert open_sandbox.changes("A1-1") == [(0, "created"), (6, "cancelled")]


def test_an_order_that_is_refused_is_not_shown(open_sandbox, till):
    open_sandbox.fault("answer", code="RISK_REJECT", on="pay")
    sale = till.start("A1", 1250)
    assert (sale.state, sale.reason) == ("failed", "RISK_REJECT")
    assert open_sandbox.device.state == "idle"
