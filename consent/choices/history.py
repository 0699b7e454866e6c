"""What a person decided over time, and during which intervals a consent counted."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from uuid import UUID

from consent.people.models import Person
from consent.programmes.models import NoticeVersion, Programme

from .models import Decision, State

_Terms = Sequence[tuple[datetime, str]]  # since when which digest was in force


@dataclass(frozen=True)
class Interval:
    """From `start` (included) to `end` (excluded; None: still) the consent of decision `decision_no` counted."""

    start: datetime
    end: datetime | None
    decision_no: int


def history(person: Person, *, programme: Programme | None = None) -> list[Decision]:
    """Every decision of the person, or those in one programme; the latest first. The session must act for the person."""
    decisions = Decision.objects.filter(person=person).select_related("programme", "notice", "receipt")
    if programme is not None:
        decisions = decisions.filter(programme=programme)
    return list(decisions.order_by("-number"))


def decision_times(person: Person) -> list[tuple[UUID, datetime]]:
    """Programme and time of every decision, oldest first: which exports of decisions hold one of this person."""
    return list(Decision.objects.filter(person=person).order_by("number").values_list("programme_id", "at"))


def allowed_times(*, person_id: UUID) -> dict[tuple[UUID, str], list[Interval]]:
    """When a consent counted, oldest first, for each programme and kind the person ever decided about: from each yes to the next
    decision, less the times in which the notice in force had other terms than those the yes was given to.

    Two queries, however much was decided. The session must act for the person.
    """
    decided: defaultdict[tuple[UUID, str], list[Decision]] = defaultdict(list)
    fields = ("programme_id", "kind", "state", "number", "at", "terms_digest")
    for decision in Decision.objects.filter(person=person_id).only(*fields).order_by("number"):
        decided[decision.programme_id, decision.kind].append(decision)
    said = _terms_over_time({programme for programme, _ in decided})
    return {
        (programme, kind): _when_given(decisions, [(since, kinds.get(kind, "")) for since, kinds in said[programme]])
        for (programme, kind), decisions in decided.items()
    }


def intervals(*, person: Person, programme: UUID, kind: str) -> list[Interval]:
    """The same for one kind. Who asks about several asks for all of them at once."""
    return allowed_times(person_id=person.pk).get((programme, kind), [])


def _when_given(decisions: Sequence[Decision], terms: _Terms) -> list[Interval]:
    """The times in which the decisions about one kind, oldest first, let it be captured."""
    return [
        each
        for decision, later in zip_longest(decisions, decisions[1:])
        if decision.state == State.GIVEN
        for each in _counted(decision, later.at if later else None, terms)
    ]


def _terms_over_time(programmes: Collection[UUID]) -> dict[UUID, list[tuple[datetime, dict[str, str]]]]:
    """By programme: since when the notice in force said what about its kinds, as their digests."""
    said: defaultdict[UUID, dict[int, tuple[datetime, dict[str, str]]]] = defaultdict(dict)
    notices = NoticeVersion.objects.filter(programme__in=programmes).order_by("programme", "number")
    rows = notices.values_list("programme_id", "number", "published_at", "kinds__kind", "kinds__terms_digest")
    for programme, number, published, kind, digest in rows:
        said[programme].setdefault(number, (published, {}))[1][kind] = digest
    return {programme: list(versions.values()) for programme, versions in said.items()}


def _counted(decision: Decision, end: datetime | None, terms: _Terms) -> Iterator[Interval]:
    """The parts of the time from the decision to `end` in which its terms were in force; neighbouring parts are one."""
    opened: datetime | None = None
    for number, (published, digest) in enumerate(terms):
        until = terms[number + 1][0] if number + 1 < len(terms) else None
        same = digest == decision.terms_digest and (until is None or until > decision.at)
        if same and opened is None and (end is None or published < end):
            opened = max(published, decision.at)
        elif not same and opened is not None and (end is None or published < end):
            yield Interval(opened, published, decision.number)
            opened = None
    if opened is not None:
        yield Interval(opened, end, decision.number)
