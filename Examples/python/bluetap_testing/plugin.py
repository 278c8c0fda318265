"""The pytest fixture `bluetap`. Put `pytest_plugins = ["bluetap_testing.plugin"]` into your conftest.py."""

import pytest

from .device import BlueTap


@pytest.fixture
def bluetap(request):
    """A device of its own for each test. `@pytest.mark.bluetap("--scenario", "flaky-cable")` gives it options."""
    marker = request.node.get_closest_marker("bluetap")
    with BlueTap(*(marker.args if marker else ())) as device:
        yield device


def pytest_configure(config):
    config.addinivalue_line("markers", "bluetap(*options): options of `bluetap serve` for the test's device")
