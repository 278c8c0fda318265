"""The pytest fixture `bluetap`. Put `pytest_plugins = ["bluetap_testing.plugin"]` into your conftest.py."""

import json

import pytest

from .device import BlueTap

_failed = pytest.StashKey()


@pytest.fixture
def bluetap(request):
    """A device of its own for each test. `@pytest.mark.bluetap("--scenario", "flaky-cable")` gives it options.

    A test whose scenario expects something else than what came fails, as `bluetap run` does.
    """
    marker = request.node.get_closest_marker("bluetap")
    with BlueTap(*(marker.args if marker else ())) as device:
        yield device
        # Who has failed already need not be told twice.
        failures = [] if request.node.stash.get(_failed, False) else device.scenario_failures()
        if failures:
            lines = [*failures, "the device's events:", *_lines(device)]
            pytest.fail("the scenario's expectations do not hold:\n" + "\n".join(lines), pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that fails shows what happened at its device."""
    outcome = yield
    report = outcome.get_result()
    if report.when != "call" or not report.failed:
        return
    item.stash[_failed] = True
    for device in getattr(item, "funcargs", {}).values():
        if isinstance(device, BlueTap):
            report.sections.append(("bluetap's events", "\n".join(_lines(device))))


def _lines(device):
    try:
        return [json.dumps(event) for event in device.events()]
    except Exception as error:  # A device that has gone has no events to tell of.
        return [f"they cannot be had: {error}"]


def pytest_configure(config):
    config.addinivalue_line("markers", "bluetap(*options): options of `bluetap serve` for the test's device")
