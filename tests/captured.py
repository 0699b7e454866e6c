"""Captures for tests: consent set by hand, and events sent through the real gate."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from consent.captures.gate import IncomingSegment, admit
from consent.captures.models import Segment
from consent.choices.models import Standing, State
from consent.database import acting_for
from consent.people.models import Person
from consent.programmes.models import Programme
from consent.programmes.notices import in_force

PER_SEGMENT = 5_000


def allow(person: Person, programme: Programme, *kinds: str, since: datetime) -> None:
    """What stands, as if the person had allowed these kinds then."""
    notice = in_force(programme)
    digests = {each.kind: each.terms_digest for each in notice.kinds.all()}
    with acting_for(person.pk):
        for kind in kinds:
            values = {"state": State.GIVEN, "terms_digest": digests[kind], "decision_no": 0, "since": since}
            Standing.objects.update_or_create(person=person, programme=programme, kind=kind, defaults=values)


def capture(
    person: Person,
    programme: Programme,
    kind: str,
    *,
    first: datetime,
    count: int,
    every: timedelta = timedelta(seconds=1),
    at: datetime,
    **fields: Any,
) -> int:
    """Sends that many events at equal distances through the gate; returns how many it stored."""
    with acting_for(person.pk):
        stored = 0
        for begin in range(0, count, PER_SEGMENT):
            places = range(begin, min(begin + PER_SEGMENT, count))
            events = [{"t": (first + every * place).isoformat(), **fields} for place in places]
            incoming = IncomingSegment.of(programme=programme.slug, kind=kind, events=events)
            stored += admit(person_id=person.pk, collector_id=None, segments=[incoming], at=at)[0].stored
        return stored


def stored(person: Person, **where: Any) -> int:
    """How many events the store holds of the person."""
    with acting_for(person.pk):
        return Segment.objects.filter(person=person.pk, **where).aggregate(n=Sum("count"))["n"] or 0


def keys_in_use(person: Person) -> set[Any]:
    """Ids of the keys of the person's segments."""
    with acting_for(person.pk):
        return set(Segment.objects.filter(person=person.pk).values_list("key", flat=True))
