"""What a person decided over time, and during which intervals a consent counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent.people.models import Person
from consent.programmes.models import NoticeKind, NoticeVersion, Programme

from .models import Decision, State


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


def intervals(*, person: Person, programme: UUID, kind: str) -> list[Interval]:
    """When a consent to this kind counted, oldest first: from each yes to the next decision, less the times in which the notice in
    force had other terms than those the yes was given to."""
    decisions = list(Decision.objects.filter(person=person, programme_id=programme, kind=kind).order_by("number"))
    terms = _terms_over_time(programme, kind)
    found: list[Interval] = []
    for number, decision in enumerate(decisions):
        if decision.state == State.GIVEN:
            end = decisions[number + 1].at if number + 1 < len(decisions) else None
            found.extend(_counted(decision, end, terms))
    return found


def _terms_over_time(programme: UUID, kind: str) -> list[tuple[datetime, str]]:
    """Since when the notice in force said what about the kind: its digest, or nothing if it did not have the kind."""
    digests = dict(
        NoticeKind.objects.filter(notice__programme=programme, kind=kind).values_list("notice_id", "terms_digest")
    )
    notices = NoticeVersion.objects.filter(programme=programme).order_by("number").values_list("pk", "published_at")
    return [(published, digests.get(notice, "")) for notice, published in notices]


def _counted(decision: Decision, end: datetime | None, terms: list[tuple[datetime, str]]) -> Iterator[Interval]:
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
