"""Counts what was refused, by day and reason, where the person sees it (P2, P3). Never what it contained."""

from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from . import limits
from .decoding import printable_name

UNDISCLOSED_FIELD = "undisclosed_field"

_COUNT = """
INSERT INTO captures_refusal (person_id, day, programme, kind, reason, field, count)
SELECT %(person)s, %(day)s, r.programme, r.kind, r.reason, r.field, r.count
FROM unnest(%(programme)s::text[], %(kind)s::text[], %(reason)s::text[], %(field)s::text[], %(count)s::bigint[])
     AS r(programme, kind, reason, field, count)
ORDER BY r.programme, r.kind, r.reason, r.field
ON CONFLICT (person_id, day, programme, kind, reason, field) DO UPDATE SET count = captures_refusal.count + excluded.count
"""


class Refused(NamedTuple):
    """What one counter counts. `field` is empty unless the reason is an undisclosed field."""

    programme: str
    kind: str
    reason: str
    field: str = ""


def count_refused(counted: Counter[Refused], *, person_id: UUID, at: datetime) -> None:
    """Adds to the person's counters of the day (UTC). The last locks of a transaction, taken in the order of the key.

    Names of unknown programmes and kinds are a sender's choice: they are cut, made printable, and counted together beyond 20.
    """
    if not counted:
        return
    rows: Counter[Refused] = Counter()
    for each, times in counted.items():
        shown = each._replace(programme=printable_name(each.programme), kind=printable_name(each.kind))
        known = shown in rows or len(rows) < limits.NAMES_COUNTED * 5
        rows[shown if known else shown._replace(programme="…", kind="…", field="")] += times
    values: dict[str, Any] = {name: [getattr(row, name) for row in rows] for name in Refused._fields}
    values |= {"person": person_id, "day": at.date(), "count": list(rows.values())}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
