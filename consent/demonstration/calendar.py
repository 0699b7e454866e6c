"""When the demonstration's days are: working days in Alice's time zone, counted back from the day of seeding."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
STARTS, ENDS, LUNCH = time(8, 4), time(17, 0), (time(12, 10), time(12, 55))

# No captures are made up for these days, so that a real recording of them, sent through the gate, is seen by itself.
LEFT_FREE = frozenset({date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 11)})


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of day in Alice's time zone."""
    return datetime.combine(day, time(hour, minute), ZONE)


def day_before(at: datetime, days: int) -> date:
    """The working day that many days before `at`, or the last one before that."""
    day = at.astimezone(ZONE).date() - timedelta(days=days)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def hours_worked(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Stretches of work between two times: before and after lunch, Monday to Friday."""
    day = start.astimezone(ZONE).date()
    while day <= end.astimezone(ZONE).date():
        if day.weekday() < 5 and day not in LEFT_FREE:
            for first, last in ((STARTS, LUNCH[0]), (LUNCH[1], ENDS)):
                begin = max(datetime.combine(day, first, ZONE), start)
                until = min(datetime.combine(day, last, ZONE), end)
                if until - begin > timedelta(minutes=5):
                    yield begin, until
        day += timedelta(days=1)
