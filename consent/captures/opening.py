"""Opens captured content for the person it is of, and nobody else (P3, P4).

1. The actor is the person. There is no other way in, for any role.
2. The consultation is committed, in a transaction of its own, before anything is opened: an opening that fails stays listed.
3. Each segment opens only as the one that was sealed: everything in its row is bound to the seal (store.associated).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consent.consultations import looks
from consent.consultations.models import Subject
from consent.people.models import Person
from consent.programmes.kinds import CATALOGUE
from consent.seals.opening import Unreadable as Unreadable

from .models import Segment
from .resealing import open_segment
from .sifting import microseconds, moment
from .store import QUARTER_HOUR


class NotYours(Exception):
    """Somebody else's captured content stays closed."""

    code = "not_yours"


@dataclass(frozen=True)
class Event:
    """One captured event; `values` has the fields it came with, as far as they were disclosed, without `t`."""

    kind: str
    t: datetime
    values: dict[str, Any]
    programme: UUID


def open_events(
    *,
    person_id: UUID,
    actor: Person,
    label: str,
    why: str,
    start: datetime,
    end: datetime,
    kinds: Iterable[str],
    programme: UUID | None = None,
    at: datetime,
) -> list[Event]:
    """The events of these kinds that begin from `start` (included) to `end` (excluded), in order of time.

    Outside a transaction, with a session that acts for the person. What a deletion has reached (its key is destroyed) is left
    out. Raises NotYours, and Unreadable when a segment was altered. GDPR Article 15(3).
    """
    if actor.pk != person_id:  # 1
        raise NotYours(_("Only the person can open what was captured about them."))
    wanted = tuple(dict.fromkeys(kinds))
    looks.record_first(  # 2
        person=person_id,
        actor=actor,
        label=label,
        role="employee",
        subject=Subject.CONTENT,
        what=_what(wanted, start, end),
        why=why,
        at=at,
    )
    first, after = microseconds(start), microseconds(end)
    segments = Segment.objects.filter(
        person=person_id, kind__in=wanted, start__gte=moment(first // QUARTER_HOUR * QUARTER_HOUR), start__lt=end
    )
    if programme is not None:
        segments = segments.filter(programme=programme)
    found = [each for segment in segments for each in _events(segment) if first <= each[0] < after]
    found.sort(key=lambda each: each[0])
    return [Event(segment.kind, moment(t), values, segment.programme) for t, segment, values in found]


def _events(segment: Segment) -> list[tuple[int, Segment, dict[str, Any]]]:
    try:
        times, columns = open_segment(segment)  # 3
    except Unreadable as error:
        if error.code == "key_destroyed":
            return []
        raise
    return [
        (t, segment, {name: values[place] for name, values in columns.items() if values[place] is not None})
        for place, t in enumerate(times)
    ]


def _what(kinds: tuple[str, ...], start: datetime, end: datetime) -> str:
    names = ", ".join(str(CATALOGUE[kind].label) if kind in CATALOGUE else kind for kind in kinds)
    return _("%(kinds)s, from %(start)s to %(end)s (UTC)") % {
        "kinds": names,
        "start": date_format(start, "j F Y H:i"),
        "end": date_format(end, "j F Y H:i"),
    }
