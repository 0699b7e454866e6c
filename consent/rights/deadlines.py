"""When the law wants a request answered (GDPR Art. 12(3), Regulation 1182/71)."""

from calendar import monthrange
from datetime import datetime, time
from zoneinfo import ZoneInfo

MONTHS = 1
WITHIN_DAYS = 7


def due(*, received_at: datetime, time_zone: str, months: int = MONTHS) -> datetime:
    """The last second of the day by which the request must be answered, in the person's own time zone.

    The same date `months` later, or the last day of that month when it has no such date (Regulation 1182/71 Art. 3(2)(c)); the
    day of receipt does not count (Art. 3(1)). The regulation's extension over weekends and holidays (Art. 3(4)) is not used:
    the person is promised the earlier day.
    """
    zone = ZoneInfo(time_zone)
    received = received_at.astimezone(zone).date()
    month = received.month - 1 + months
    year, month = received.year + month // 12, month % 12 + 1
    day = min(received.day, monthrange(year, month)[1])
    return datetime.combine(received.replace(year=year, month=month, day=day), time(23, 59, 59), tzinfo=zone)
