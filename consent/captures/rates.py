"""How many events of each minute are stored already, for kinds whose notice limits the rate; exact, however they arrive."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from .sifting import MINUTE, moment

_LOCKS = 815_002
_IN_MINUTES = """
SELECT floor(extract(epoch FROM start) / 60)::bigint, sum(count)::bigint FROM captures_segment
WHERE person = %s AND programme = %s AND kind = %s AND start >= %s AND start < %s GROUP BY 1
"""


class Limited(NamedTuple):
    """A kind of one programme with a limited rate."""

    programme: UUID
    kind: str


def lock_rates(limited: Iterable[Limited], *, person_id: UUID) -> None:
    """Until the transaction ends, nobody else counts and adds to these minutes. After the programmes' locks, before any row."""
    with connection.cursor() as cursor:
        for each in sorted(set(limited)):
            name = f"{person_id}{each.programme}{each.kind}"
            cursor.execute("SELECT pg_advisory_xact_lock(%s::int, hashtext(%s))", [_LOCKS, name])


def stored_in_minutes(limited: Limited, *, person_id: UUID, starts: Sequence[int]) -> Counter[int]:
    """How many are stored, by minute since 1970, in the minutes from the first to the last of `starts` (microseconds).

    Exact, since segments of such a kind are cut at full minutes. After `lock_rates`.
    """
    if not starts:
        return Counter()
    first, last = min(starts) // MINUTE, max(starts) // MINUTE
    bounds = [moment(first * MINUTE), moment((last + 1) * MINUTE)]
    with connection.cursor() as cursor:
        cursor.execute(_IN_MINUTES, [person_id, limited.programme, limited.kind, *bounds])
        return Counter(dict(cursor.fetchall()))
