"""Deadlines, row by row."""

from datetime import UTC, datetime

import pytest

from consent.rights.deadlines import due


@pytest.mark.parametrize(
    ("received", "last_day"),
    [
        ("2026-11-10T09:00", "2026-12-10"),
        ("2026-01-31T09:00", "2026-02-28"),
        ("2028-01-31T09:00", "2028-02-29"),
        ("2026-03-31T09:00", "2026-04-30"),
        ("2026-12-31T12:00", "2027-01-31"),
        ("2026-11-10T23:30", "2026-12-11"),  # the 11th already, in Berlin
    ],
)
def test_a_request_is_due_on_the_same_day_of_the_next_month_or_on_its_last(received, last_day):
    found = due(received_at=datetime.fromisoformat(received).replace(tzinfo=UTC), time_zone="Europe/Berlin")
    assert (found.date().isoformat(), found.time().isoformat()) == (last_day, "23:59:59")


def test_the_day_ends_in_the_persons_own_time_zone():
    received = datetime(2026, 11, 10, 9, tzinfo=UTC)
    assert due(received_at=received, time_zone="America/New_York").astimezone(UTC) == datetime(
        2026, 12, 11, 4, 59, 59, tzinfo=UTC
    )


def test_summer_time_moves_the_end_of_the_day_along():
    received = datetime(2026, 9, 30, 9, tzinfo=UTC)
    found = due(received_at=received, time_zone="Europe/Berlin")
    assert found.astimezone(UTC) == datetime(2026, 10, 30, 22, 59, 59, tzinfo=UTC)
