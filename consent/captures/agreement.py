"""Compares what is stored with what was allowed when it was captured: the person's own check of P1."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, Min, Sum

from consent.choices.history import Interval, allowed_times
from consent.people.models import Person

from .models import Segment

FAST_CLOCK = timedelta(
    minutes=5
)  # how far ahead of ours a device's clock may be (sifting); a withdrawal does not wait for it


def outside(*, person: Person) -> int:
    """How many stored records lie outside of the consent under which they came in. It must be none. Opens nothing.

    By the summary columns: each segment names its decision, so it must lie within the times in which that decision counted.
    The session must act for the person.

    1. What is stored is read before what was allowed: a decision that is taken in between is then at worst one too many, while the
       other way round its first records would seem to lie outside.
    """
    rows = Segment.objects.filter(person=person.pk).values("programme", "kind", "decision_no").order_by()
    stored = list(rows.annotate(events=Sum("count"), first=Min("start"), last=Max("end")))  # 1
    allowed = allowed_times(person_id=person.pk)
    found = 0
    for row in stored:
        times = allowed.get((row["programme"], row["kind"]), [])
        counted = [each for each in times if each.decision_no == row["decision_no"]]
        if not _within(row["first"], row["last"], counted):
            found += _one_by_one(person, row["programme"], row["kind"], row["decision_no"], counted)
    return found


def _within(first: datetime, last: datetime, counted: Iterable[Interval]) -> bool:
    return any(
        each.start <= first and first <= last and (each.end is None or last <= each.end + FAST_CLOCK)
        for each in counted
    )


def _one_by_one(person: Person, programme: UUID, kind: str, decision_no: int, counted: list[Interval]) -> int:
    """A decision that counted in several times: its segments may lie in different ones."""
    segments = Segment.objects.filter(person=person.pk, programme=programme, kind=kind, decision_no=decision_no)
    rows = segments.values_list("start", "end", "count")
    return sum(count for first, last, count in rows if not _within(first, last, counted))
