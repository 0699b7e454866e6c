"""Decisions of the past. Only here may a decision carry another time than the clock's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from consent.choices.models import Channel, Decision, Standing, State
from consent.choices.recording import Place, record
from consent.database import acting_for
from consent.people.models import Person
from consent.programmes.models import NoticeKind, NoticeVersion, Programme


@dataclass(frozen=True)
class Choice:
    """What somebody chose, and when."""

    at: datetime
    programme: Programme
    kind: str
    state: State


def choose(*, person: Person, choices: Iterable[Choice]) -> list[Decision]:
    """Records choices in order of time, after whatever the person decided before; each bound to the notice in force at its time."""
    with acting_for(person.pk):
        last = Decision.objects.filter(person=person).order_by("-number").values_list("number", flat=True).first() or 0
        ordered = sorted(choices, key=lambda choice: choice.at)
        return [_backdated(person, choice, number) for number, choice in enumerate(ordered, start=last + 1)]


def _backdated(person: Person, choice: Choice, number: int) -> Decision:
    standing = Standing.objects.filter(person=person, programme=choice.programme, kind=choice.kind).first()
    return record(
        person=person,
        terms=_terms(choice),
        state=choice.state,
        place=Place(number=number, at=choice.at + timedelta(microseconds=number)),
        channel=Channel.DEMONSTRATION,
        recorded_by=person.pk,
        standing=standing,
    )


def _terms(choice: Choice) -> NoticeKind:
    notices = NoticeVersion.objects.filter(programme=choice.programme, published_at__lte=choice.at)
    return (
        NoticeKind.objects.select_related("notice__programme__controller")
        .filter(notice__in=notices, kind=choice.kind)
        .latest("notice__number")
    )


def mixed_choices(*, programmes: Iterable[Programme], chance: Random, at: datetime) -> list[Choice]:
    """What one of many might choose: some yes, some no, some nothing, each with a lean of its own; now and then a change of mind."""
    lean = chance.betavariate(2, 2)
    found: list[Choice] = []
    for programme in programmes:
        for kind in NoticeKind.objects.filter(notice=programme.notices.latest("number")):
            if chance.random() < 0.35:
                continue
            when = at - timedelta(days=chance.randrange(12, 56), minutes=chance.randrange(0, 500))
            state = State.GIVEN if chance.random() < lean else State.REFUSED
            found.append(Choice(when, programme, kind.kind, state))
            if state == State.GIVEN and chance.random() < 0.04:
                changed = at - timedelta(days=chance.randrange(1, 6))
                found.append(Choice(changed, programme, kind.kind, State.WITHDRAWN))
    return found
