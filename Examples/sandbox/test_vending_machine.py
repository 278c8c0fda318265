"""The vending machine's tests, in virtual time. From the root of the repository:

PYTHONPATH=Examples/python:Examples/sandbox bluetap run -- python3 -m pytest Examples/sandbox/test_vending_machine.py
"""

import pytest

from vending_machine import BuyFirst, Item, PayFirst


@pytest.fixture
def start(sandbox):
    """Starts a machine of a kind."""
    machines = []

    def make(kind, name="machine-7"):
        items = {"tea": Item(2000, 2), "water": Item(1500, 1)}
        machines.append(kind(name, items, sandbox.legacy(), sandbox.clock, sandbox.tell))
        return machines[-1]

    yield make
    for machine in machines:
        machine.close()


def test_each_machine_has_a_code(start):
    first, second = start(PayFirst), start(PayFirst, "machine-8")
    assert first.code != second.code
    assert first.code.startswith("https://qr.alipay.com/ocx")


def test_a_machine_that_starts_again_has_its_code_and_is_notified(sandbox, start):
    first = start(PayFirst)
    first.close()
    second = start(PayFirst)
    sandbox.scan(second.code, 5000)
    assert second.code == first.code
    assert first.credit is None and second.credit.left == 5000


# Case 1: pay first, then buy.


def test_what_is_left_after_five_minutes_is_refunded(sandbox, start):
    machine = start(PayFirst)
    sandbox.clock.go_to(10)
    name = sandbox.scan(machine.code, 5000)
    assert machine.credit.left == 5000
    sandbox.clock.go_to(60)
    machine.press("tea")
    assert machine.delivered == ["tea"]
    sandbox.clock.go_to(309.999)
    machine.tick()
    assert machine.credit.left == 3000 and sandbox.refunds(name) == []
    sandbox.clock.go_to(310)
    machine.tick()
    assert machine.credit is None and sandbox.refunds(name) == [(310, 3000)]
    assert sandbox.payment(name)["payment"]["refunded"] == "3000"


def test_the_button_in_the_last_instant_counts_and_at_five_minutes_no_more(sandbox, start):
    machine = start(PayFirst)
    name = sandbox.scan(machine.code, 5000)
    sandbox.clock.go_to(299.999)
    machine.press("tea")
    assert machine.delivered == ["tea"]
    sandbox.clock.go_to(300)
    machine.press("tea")
    assert machine.delivered == ["tea"]
    assert sandbox.refunds(name) == [(300, 3000)]


def test_where_the_money_ran_out_nothing_is_refunded(sandbox, start):
    machine = start(PayFirst)
    name = sandbox.scan(machine.code, 3500)
    machine.press("tea")
    machine.press("water")
    assert machine.delivered == ["tea", "water"] and machine.credit is None
    sandbox.clock.go_to(600)
    machine.tick()
    assert sandbox.refunds(name) == []


def test_who_buys_nothing_gets_everything_back(sandbox, start):
    machine = start(PayFirst)
    name = sandbox.scan(machine.code, 5000)
    sandbox.clock.go_to(300)
    machine.tick()
    machine.tick()
    assert sandbox.refunds(name) == [(300, 5000)]


def test_nothing_is_sold_without_money_nor_beyond_it_nor_what_is_not_there(sandbox, start):
    machine = start(PayFirst)
    machine.press("tea")
    sandbox.scan(machine.code, 3500)
    machine.press("water")
    machine.press("water")
    machine.press("coffee")
    assert machine.delivered == ["water"] and machine.credit.left == 2000
    assert (0, "there is no water") in sandbox.said and (0, "there is no coffee") in sandbox.said


def test_another_customer_meanwhile_gets_the_money_back(sandbox, start):
    machine = start(PayFirst)
    first = sandbox.scan(machine.code, 5000, "Alice")
    second = sandbox.scan(machine.code, 4000, "Krit")
    assert (sandbox.refunds(first), sandbox.refunds(second)) == ([], [(0, 4000)])
    assert machine.credit.left == 5000


def test_a_notification_that_comes_twice_is_one_payment(sandbox, start):
    machine = start(PayFirst)
    sandbox.fault("doubled", on="notification")
    name = sandbox.scan(machine.code, 5000)
    sandbox.notify(name)
    assert machine.credit.left == 5000 and machine.owed == {}
    assert sandbox.refunds(name) == []


def test_a_notification_that_nobody_has_signed_is_not_believed(sandbox, start):
    machine = start(PayFirst)
    sandbox.fault("wrong-signature", on="notification")
    sandbox.scan(machine.code, 5000)
    assert machine.credit is None
    # It comes again after two minutes, and five minutes begin.
    sandbox.clock.go_to(119.999)
    assert machine.credit is None
    sandbox.clock.go_to(120)
    assert machine.credit.left == 5000
    sandbox.clock.go_to(419.999)
    machine.tick()
    assert machine.credit.left == 5000
    sandbox.clock.go_to(420)
    machine.tick()
    assert machine.credit is None


def test_a_refund_without_answer_is_asked_for_again_and_made_once(sandbox, start):
    machine = start(PayFirst)
    sandbox.fault("unknown", on="refund", count=2)
    name = sandbox.scan(machine.code, 5000)
    for second in (300, 301, 302, 303):
        sandbox.clock.go_to(second)
        machine.tick()
        assert machine.owed == ({name: 5000} if second < 302 else {})
    assert sandbox.refunds(name) == [(300, 5000)]


def test_a_refund_that_is_refused_is_somebodys_to_look_at(sandbox, start):
    machine = start(PayFirst)
    sandbox.fault("answer", code="HAS_NO_PRIVILEGE", on="refund")
    name = sandbox.scan(machine.code, 5000)
    sandbox.clock.go_to(300)
    machine.tick()
    assert machine.alarms == [f"{name}: 50.00 is not refunded: HAS_NO_PRIVILEGE"]
    assert sandbox.refunds(name) == []


# Case 2: buy first, then pay.


@pytest.mark.parametrize("second", [0, 12, 24.999])
def test_the_result_within_25_seconds_delivers_at_once(sandbox, start, second):
    machine = start(BuyFirst)
    machine.press("tea")
    sandbox.clock.go_to(second)
    name = sandbox.scan(machine.code, 2000)
    assert machine.delivered == ["tea"]
    assert (second, "here is your tea") in sandbox.said
    sandbox.clock.go_to(30)
    machine.tick()
    assert sandbox.refunds(name) == []
    assert machine.owed == {} and machine.alarms == []


@pytest.mark.parametrize("second", [25, 25.001, 400])
def test_a_payment_that_comes_later_is_refunded(sandbox, start, second):
    machine = start(BuyFirst)
    machine.press("tea")
    sandbox.clock.go_to(second)
    name = sandbox.scan(machine.code, 2000)
    assert machine.delivered == []
    assert sandbox.refunds(name) == [(second, 2000)]


def test_after_25_seconds_nobody_waits_any_more(sandbox, start):
    machine = start(BuyFirst)
    machine.press("tea")
    sandbox.clock.go_to(24.999)
    machine.tick()
    assert machine.choice is not None
    sandbox.clock.go_to(25)
    machine.tick()
    assert machine.choice is None and (25, "nobody has paid for tea") in sandbox.said


@pytest.mark.parametrize("delay, delivered, refunds", [(24, ["tea"], []), (25, [], [2000])])
def test_it_is_the_result_that_counts_not_when_the_customer_paid(sandbox, start, delay, delivered, refunds):
    machine = start(BuyFirst)
    machine.press("tea")
    sandbox.fault("late", delay=delay, on="notification")
    name = sandbox.scan(machine.code, 2000)
    sandbox.clock.go_to(delay)
    assert machine.delivered == delivered
    assert [value for _, value in sandbox.refunds(name)] == refunds


def test_too_little_is_refunded_and_of_too_much_the_rest(sandbox, start):
    machine = start(BuyFirst)
    machine.press("tea")
    little = sandbox.scan(machine.code, 1999)
    assert machine.delivered == [] and sandbox.refunds(little) == [(0, 1999)]
    much = sandbox.scan(machine.code, 2500)
    assert machine.delivered == ["tea"] and sandbox.refunds(much) == [(0, 500)]


def test_who_pays_without_a_choice_gets_it_back(sandbox, start):
    machine = start(BuyFirst)
    name = sandbox.scan(machine.code, 2000)
    assert machine.delivered == [] and sandbox.refunds(name) == [(0, 2000)]


def test_two_machines_do_not_take_each_others_payments(sandbox, start):
    first, second = start(BuyFirst), start(BuyFirst, "machine-8")
    first.press("tea")
    second.press("water")
    sandbox.scan(second.code, 1500)
    assert (first.delivered, second.delivered) == ([], ["water"])
