"""The kiosk's tests, in virtual time. From the root of the repository:

PYTHONPATH=Examples/python:Examples/sandbox bluetap run -- python3 -m pytest Examples/sandbox/test_kiosk.py
"""

import pytest

from kiosk import Kiosk


@pytest.fixture
def kiosk(sandbox):
    kiosk = Kiosk("kiosk-1", sandbox.legacy(), sandbox.clock, sandbox.tell)
    yield kiosk
    kiosk.close()


@pytest.fixture
def asked(sandbox, kiosk):
    """The seconds at which the kiosk has queried, and what it has asked for besides."""
    asked = []
    call = kiosk._gateway.call

    def remember(service, **parameters):
        asked.append((sandbox.clock.elapsed(), service.removeprefix("alipay.acquire.").removeprefix("overseas.")))
        return call(service, **parameters)

    kiosk._gateway.call = remember
    return asked


# Offline mode.


def test_the_answer_tells_that_it_is_paid(sandbox, kiosk, asked):
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Alice"))
    assert sale.state == "paid"
    assert asked == [(0, "spot.pay")]
    assert sandbox.payment("K1")["payment"]["amount"] == "85.00"


@pytest.mark.parametrize("wallet, reason", [("Bob", "BUYER_BALANCE_NOT_ENOUGH"), ("Rita", "BEYOND_PAY_RESTRICTION")])
def test_the_answer_tells_that_it_has_failed(sandbox, kiosk, asked, wallet, reason):
    sale = kiosk.charge("K1", 8500, sandbox.code_of(wallet))
    assert (sale.state, sale.reason) == ("failed", reason)
    assert asked == [(0, "spot.pay")]


def test_what_is_scanned_is_no_payment_code(sandbox, kiosk):
    sale = kiosk.charge("K1", 8500, "4006381333931")
    assert (sale.state, sale.reason) == ("failed", "SOUNDWAVE_PARSER_FAIL")


def test_both_sides_sign_by_rsa2(sandbox, kiosk):
    seen = []
    is_signed = kiosk._gateway.is_signed
    kiosk._gateway.is_signed = lambda fields, kind, sign: seen.append(kind) or is_signed(fields, kind, sign)
    assert kiosk.charge("K1", 8500, sandbox.code_of("Alice")).state == "paid"
    # The notification comes before the answer, or after it.
    sandbox.clock.go_to(1)
    assert seen == ["RSA2", "RSA2"]


# Offline-to-online mode.


def test_a_password_is_typed_meanwhile(sandbox, kiosk, asked):
    # Nok's takes eight seconds.
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Nok"))
    assert sale.state == "paid"
    assert asked == [(0, "spot.pay"), (5, "query"), (10, "query")]


def test_nobody_pays_it_is_queried_every_5_seconds_for_60_and_cancelled(sandbox, kiosk, asked):
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Ploy"))
    assert (sale.state, sale.reason) == ("cancelled", "close")
    assert asked == [(0, "spot.pay")] + [(5 * count, "query") for count in range(1, 13)] + [(60, "cancel")]
    assert sandbox.changes("K1") == [(0, "created"), (60, "cancelled")]


@pytest.mark.parametrize("paid, seen", [(4.999, 5), (5, 5), (5.001, 10), (55.001, 60), (60, 60)])
def test_a_query_of_the_same_instant_sees_the_payment(sandbox, kiosk, asked, paid, seen):
    sandbox.clock.at(paid, lambda: sandbox.pay("K1", "Ploy"))
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Ploy"))
    assert sale.state == "paid"
    assert asked[-1] == (seen, "query")
    assert sandbox.changes("K1") == [(0, "created"), (paid, "paid")]


def test_a_payment_that_comes_after_the_cancel_goes_back(sandbox, kiosk):
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Ploy"))
    assert sale.state == "cancelled"
    sandbox.clock.go_to(60.001)
    assert sandbox.pay("K1", "Ploy") == "returned"
    assert sandbox.changes("K1") == [(0, "created"), (60, "cancelled"), (60.001, "returned")]


@pytest.mark.parametrize("fault", ["unknown", "timeout"])
def test_the_answer_is_lost_the_query_finds_the_payment(sandbox, kiosk, asked, fault):
    sandbox.fault(fault, on="pay")
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Alice"))
    assert sale.state == "paid"
    assert asked == [(0, "spot.pay"), (5, "query")]


def test_an_answer_that_nobody_vouches_for_is_none(sandbox, kiosk, asked):
    sandbox.fault("wrong-signature", on="pay")
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Alice"))
    assert sale.state == "paid"
    assert asked == [(0, "spot.pay"), (5, "query")]


def test_a_request_that_never_arrived_is_cancelled_for_safety(sandbox, kiosk, asked):
    sandbox.fault("lost", on="pay")
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Alice"))
    assert (sale.state, sale.reason) == ("cancelled", "nothing was paid")
    assert asked[-1] == (60, "cancel")


def test_queries_without_answers_and_a_payment_that_the_cancel_refunds(sandbox, kiosk, asked):
    sandbox.fault("unknown", on="inquiry", count="always")
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Nok"))
    assert (sale.state, sale.reason) == ("cancelled", "refund")
    assert sandbox.changes("K1") == [(0, "created"), (8, "paid"), (60, "reversed")]


def test_a_cancel_without_answer_is_repeated(sandbox, kiosk, asked):
    sandbox.fault("unknown", on="cancel", count=2)
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Ploy"))
    assert sale.state == "cancelled"
    assert asked[-3:] == [(60, "cancel"), (65, "cancel"), (70, "cancel")]
    assert sandbox.changes("K1") == [(0, "created"), (60, "cancelled")]


def test_a_cancel_that_nobody_answers_is_somebodys_to_look_at(sandbox, kiosk, asked):
    sandbox.fault("answer", code="SYSTEM_ERROR", on="cancel", count="always")
    sale = kiosk.charge("K1", 8500, sandbox.code_of("Ploy"))
    assert (sale.state, sale.reason) == ("unknown", "nobody answers a cancel")
    assert [second for second, what in asked if what == "cancel"] == [60, 65, 70, 75, 80]


# The customer scans the kiosk's code.


def test_a_store_has_one_code(sandbox, kiosk):
    again = Kiosk("kiosk-1", sandbox.legacy(), sandbox.clock, sandbox.tell)
    other = Kiosk("kiosk-2", sandbox.legacy(), sandbox.clock, sandbox.tell)
    again.close()
    other.close()
    assert again.code == kiosk.code != other.code
    assert kiosk.code.startswith("https://qr.alipay.com/ocx")


def test_the_notification_tells_that_the_order_is_paid(sandbox, kiosk):
    sale = kiosk.show("K1", 8500)
    sandbox.clock.go_to(7)
    name = sandbox.scan(kiosk.code, 8500)
    assert sale.state == "paid"
    assert (7, "K1  85.00 THB  paid") in sandbox.said
    assert sandbox.refunds(name) == []
    assert sandbox.payment(name)["notifications"][0]["acknowledgedAt"] is not None


def test_another_amount_than_the_orders_goes_back(sandbox, kiosk):
    sale = kiosk.show("K1", 8500)
    name = sandbox.scan(kiosk.code, 8499)
    assert sale.state == "open"
    assert sandbox.refunds(name) == [(0, 8499)]


def test_the_same_amount_paid_twice_goes_back_once(sandbox, kiosk):
    sale = kiosk.show("K1", 8500)
    first, second = sandbox.scan(kiosk.code, 8500, "Alice"), sandbox.scan(kiosk.code, 8500, "Krit")
    assert sale.state == "paid"
    assert (sandbox.refunds(first), sandbox.refunds(second)) == ([], [(0, 8500)])


def test_who_pays_after_the_customer_has_gone_gets_it_back(sandbox, kiosk):
    sale = kiosk.show("K1", 8500)
    kiosk.withdraw()
    name = sandbox.scan(kiosk.code, 8500)
    assert sale.state == "cancelled"
    assert sandbox.refunds(name) == [(0, 8500)]


def test_a_notification_that_comes_twice_pays_once(sandbox, kiosk):
    sandbox.fault("doubled", on="notification")
    kiosk.show("K1", 8500)
    name = sandbox.scan(kiosk.code, 8500)
    next_sale = kiosk.show("K2", 8500)
    sandbox.notify(name)
    assert next_sale.state == "open"
    assert sandbox.refunds(name) == []


def test_a_notification_that_nobody_has_signed_is_not_believed_and_comes_again_after_2_minutes(sandbox, kiosk):
    sandbox.fault("wrong-signature", on="notification")
    sale = kiosk.show("K1", 8500)
    sandbox.scan(kiosk.code, 8500)
    assert sale.state == "open"
    sandbox.clock.go_to(119.999)
    assert sale.state == "open"
    sandbox.clock.go_to(120)
    assert sale.state == "paid"


def test_a_refund_without_answer_is_made_once(sandbox, kiosk):
    sandbox.fault("unknown", on="refund")
    name = sandbox.scan(kiosk.code, 8500)
    assert kiosk.owed == {name: 8500}
    sandbox.clock.go_to(5)
    kiosk.give_back()
    assert kiosk.owed == {}
    assert sandbox.refunds(name) == [(0, 8500)]
