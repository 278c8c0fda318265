"""The till's tests, in virtual time. From the root of the repository:

PYTHONPATH=Examples/python:Examples/sandbox bluetap run -- python3 -m pytest Examples/sandbox/test_till.py
"""

import shutil
import subprocess

import pytest

from acquirer_api import AcquirerAPI, NoAnswer, NotificationServer
from bluetap_testing import BlueTap
from conftest import Sandbox
from keys import Keys
from money import decimal, units
from sales import Sales
from till import Refused, Till


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


# Who signs.


@pytest.fixture
def signed_till(sandbox, tmp_path):
    """One that signs, believes only who signs, is notified, and keeps its sales in a file."""
    tills = []

    def make():
        till = Till(
            AcquirerAPI(sandbox.url, sandbox.clock, timeout=0.5, keys=sandbox.keys), sandbox.clock, sandbox.tell,
            Sales(str(tmp_path / "sales.sqlite")),
            notify=lambda heard: NotificationServer(sandbox.clock, heard, sandbox.keys),
        )
        tills.append(till)
        return till

    yield make
    for till in tills:
        till.close()


def forbid_inquiries(till):
    def asked(sale):
        raise AssertionError("there was nothing to ask")

    till._ask = asked


def test_a_signed_notification_tells_that_it_is_paid(sandbox, signed_till):
    till = signed_till()
    sale = till.start("A1", 1250)
    sandbox.clock.at(2, lambda: sandbox.device.tap("Alice"))
    forbid_inquiries(till)
    till.wait(sale)
    assert sale.state == "paid" and sandbox.clock.elapsed() == 3
    assert sale.receipt.splitlines()[:3] == ["order    A1", "paid     12.50 THB", "at       2026-01-01T00:00:02Z"]
    assert sandbox.payment("A1-1")["notifications"][0]["acknowledgedAt"]


def test_a_notification_tells_that_the_wallet_has_refused(sandbox, signed_till):
    till = signed_till()
    sale = till.start("A1", 1250)
    sandbox.clock.at(2, lambda: sandbox.device.tap("Rita"))
    forbid_inquiries(till)
    till.wait(sale)
    assert (sale.state, sale.reason) == ("failed", "RISK_REJECT")
    assert sandbox.device.state == "idle"


def test_a_notification_that_nobody_has_signed_is_not_believed(sandbox, signed_till):
    till = signed_till()
    sale = till.start("A1", 1250)
    sandbox.fault("wrong-signature", on="notification")
    sandbox.device.tap("Alice")
    sandbox.clock.go_to(1)
    assert sale.state == "open"
    assert "acknowledgedAt" not in sandbox.payment("A1-1")["notifications"][0]
    till.wait(sale)
    assert sale.state == "paid" and sandbox.clock.elapsed() == 4


def test_a_notification_that_comes_twice_is_one_payment(sandbox, signed_till):
    till = signed_till()
    sale = till.start("A1", 1250)
    sandbox.fault("doubled", on="notification")
    sandbox.device.tap("Alice")
    sandbox.notify("A1-1")
    assert [text for _, text in sandbox.said].count("A1  paid") == 1 and sale.state == "paid"


def test_an_answer_that_nobody_has_signed_is_none(sandbox, signed_till):
    till = signed_till()
    sandbox.fault("wrong-signature", on="pay")
    sale = till.start("A1", 1250)
    assert sale.state == "open"
    assert any("its signature does not fit" in text for _, text in sandbox.said)
    assert len(sandbox.control.get("/v1/sandbox/payments")["payments"]) == 1


def test_the_wrong_key_is_noticed(sandbox, tmp_path):
    folder = tmp_path / "others"
    shutil.copytree(tmp_path / "keys", folder)
    subprocess.run(
        ["openssl", "rsa", "-in", folder / "client-private.pem", "-pubout", "-out", folder / "gateway-public.pem"],
        check=True, capture_output=True,
    )
    api = AcquirerAPI(sandbox.url, sandbox.clock, keys=Keys(folder))
    with pytest.raises(NoAnswer, match="its signature does not fit"):
        api.call("inquiryPayment", paymentRequestId="A1-1")
    # And the other way round: ours is none that the gateway knows.
    shutil.copy(tmp_path / "keys" / "gateway-public.pem", folder)
    subprocess.run(["openssl", "genrsa", "-out", folder / "client-private.pem", "2048"], check=True, capture_output=True)
    refused = AcquirerAPI(sandbox.url, sandbox.clock, keys=Keys(folder))
    with pytest.raises(NoAnswer):
        refused.call("inquiryPayment", paymentRequestId="A1-1")


# Another attempt, and another day.


def test_each_attempt_has_a_request_of_its_own(sandbox, signed_till):
    till = signed_till()
    first = till.start("A1", 1250)
    till.cancel(first)
    second = till.start("A1", 1250)
    assert (first.request, second.request) == ("A1-1", "A1-2")
    sandbox.device.tap("Alice")
    till.wait(second)
    assert (first.state, second.state) == ("cancelled", "paid")
    with pytest.raises(Refused, match="A1 is paid already: A1-2"):
        till.start("A1", 1250)


def test_an_attempt_that_is_open_is_cancelled_before_the_next(sandbox, signed_till):
    till = signed_till()
    first = till.start("A1", 1250)
    second = till.start("A1", 1300)
    assert (first.state, first.reason, second.state) == ("cancelled", "tried anew", "open")
    sandbox.device.tap("Alice")
    till.wait(second)
    assert second.state == "paid"
    assert sandbox.changes("A1-1") == [(0, "created"), (0, "cancelled")]


def test_a_restart_finds_what_was_paid_meanwhile(sandbox, signed_till):
    till = signed_till()
    till.start("A1", 1250)
    # The till goes off, and nobody hears the notification.
    till.close()
    sandbox.clock.at(5, lambda: sandbox.device.tap("Alice"))
    sandbox.clock.go_to(60)
    [sale] = signed_till().resume()
    assert sale.state == "paid" and sale.receipt.splitlines()[1] == "paid     12.50 THB"
    assert signed_till().resume() == []


def test_a_restart_goes_on_waiting(sandbox, signed_till):
    # The gateway goes on notifying where nobody is: the inquiries tell.
    till = signed_till()
    till.start("A1", 1250)
    till.close()
    till = signed_till()
    [sale] = till.resume()
    assert sale.state == "open"
    sandbox.clock.at(5, lambda: sandbox.device.tap("Alice"))
    till.wait(sale)
    assert sale.state == "paid" and sandbox.clock.elapsed() == 6


def test_a_restart_after_the_end_of_time_expires_the_sale(sandbox, signed_till):
    till = signed_till()
    till.start("A1", 1250)
    till.close()
    sandbox.clock.go_to(1000)
    [sale] = signed_till().resume()
    assert sale.state == "expired"
    assert sandbox.changes("A1-1") == [(0, "created"), (900, "closed")]


def test_a_restart_forgets_what_was_never_asked_for(sandbox, signed_till, tmp_path):
    # It went off between writing and asking.
    Sales(str(tmp_path / "sales.sqlite")).begin("A1", 1250, "THB", sandbox.clock.now())
    till = signed_till()
    [sale] = till.resume()
    assert (sale.state, sale.reason) == ("cancelled", "never asked for")
    assert till.start("A1", 1250).request == "A1-2"


# Currencies.


@pytest.mark.parametrize(
    "currency, text, told",
    [("JPY", "1250", "1250"), ("KRW", "12000", "12000"), ("VND", "50000", "50000"), ("IDR", "15000", "15000.00")],
)
def test_a_sale_in_a_currency_with_other_decimals(currency, text, told):
    with BlueTap("--sandbox", "127.0.0.1:0", "--sandbox-currency", currency) as device:
        sandbox = Sandbox(device)
        till = Till(AcquirerAPI(sandbox.url, sandbox.clock, timeout=0.5), sandbox.clock, sandbox.tell, currency=currency)
        sale = till.start("A1", units(text, currency))
        device.expect("payReceived", amount=told)
        device.tap("Alice")
        till.wait(sale)
        assert sale.state == "paid" and sale.receipt.splitlines()[1] == f"paid     {told} {currency}"


@pytest.mark.parametrize(
    "text, currency, smallest, told",
    [
        ("12.50", "THB", 1250, "12.50"), ("12.5", "THB", 1250, "12.50"), ("12", "JPY", 12, "12"),
        ("0.001", "KWD", 1, "0.001"), ("1.25", "KWD", 1250, "1.250"), ("15000", "IDR", 1500000, "15000.00"),
        ("1000", "VND", 1000, "1000"), ("0.01", "EUR", 1, "0.01"), ("12.00", "JPY", 12, "12"),
    ],
)
def test_amounts_follow_the_currency(text, currency, smallest, told):
    assert units(text, currency) == smallest and decimal(smallest, currency) == told


@pytest.mark.parametrize(
    "text, currency",
    [
        ("12.50", "JPY"), ("12.505", "THB"), ("0.5", "KRW"), ("15000.50", "IDR"), ("0.0001", "KWD"), ("0", "THB"),
        ("-1", "THB"), ("x", "THB"), ("NaN", "THB"), ("Infinity", "THB"), ("1e30", "THB"), ("", "THB"), ("1", "thb"),
        ("1", "THBB"),
    ],
)
def test_what_is_no_amount_of_a_currency_is_refused(text, currency):
    with pytest.raises(ValueError):
        units(text, currency)
