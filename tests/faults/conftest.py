"""The long form of the fault tests: minutes, not seconds. Collected only when asked for: `pytest tests/faults`."""

import pytest

from consent.rights import doorbell


def pytest_ignore_collect(collection_path, config: pytest.Config) -> bool | None:
    asked_for = any("faults" in str(argument) for argument in config.args)
    return None if asked_for else True


@pytest.fixture(autouse=True)
def _silent_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process rings nowhere; what is due is found by the sweeper, on the queue of the test's own."""
    monkeypatch.setattr(doorbell, "ring", lambda step_id: True)
