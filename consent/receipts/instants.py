"""How times are written into statements."""

from datetime import UTC, datetime


def instant(at: datetime) -> str:
    """A time as RFC 3339 in UTC with microseconds, such as 2026-11-10T09:00:00.000000Z; what has no zone is refused."""
    if at.tzinfo is None:
        raise ValueError("A time in a statement has a zone.")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
