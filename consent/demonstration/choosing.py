"""Decisions of the past. Only here may a decision carry another time than the clock's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from consent.choices.models import Channel, Decision, Standing, State
from consent.choices.recording import Answer, Place, record
from consent.database import acting_for
from consent.people.models import Person
from consent.programmes.models import NoticeKind, Programme


@dataclass(frozen=True)
class Choice:
    """What somebody chose, and when."""

    at: datetime
    programme: Programme
    kind: str
    state: State


def everything_told(programmes: Iterable[Programme]) -> list[NoticeKind]:
    """Every kind of every notice of the programmes, in order of their numbers."""
    kinds = NoticeKind.objects.filter(notice__programme__in=programmes)
    return list(kinds.select_related("notice__programme__controller").order_by("notice__number", "position"))


def choose(*, person: Person, choices: Iterable[Choice], told: Sequence[NoticeKind]) -> list[Decision]:
    """Records choices in order of time, after whatever the person decided before; each bound to the notice in force at its time."""
    with acting_for(person.pk):
        before = (
            Decision.objects.filter(person=person).order_by("-number").values_list("number", flat=True).first() or 0
        )
        ordered = sorted(choices, key=lambda choice: choice.at)
        return [_backdated(person, choice, number, told) for number, choice in enumerate(ordered, start=before + 1)]


def _backdated(person: Person, choice: Choice, number: int, told: Sequence[NoticeKind]) -> Decision:
    standing = Standing.objects.filter(person=person, programme=choice.programme, kind=choice.kind).first()
    answer = Answer(
        terms=[each for each in told if _says(each, choice)][-1],
        state=choice.state,
        place=Place(number=number, at=choice.at + timedelta(microseconds=number)),
        standing=standing,
    )
    [decision] = record(person=person, answers=[answer], channel=Channel.DEMONSTRATION, recorded_by=person.pk)
    return decision


def _says(told: NoticeKind, choice: Choice) -> bool:
    """Whether the notice had been published when the choice was made, and is about it."""
    about = (told.notice.programme_id, told.kind) == (choice.programme.pk, choice.kind)
    return about and told.notice.published_at <= choice.at


def mixed_choices(*, told: Sequence[NoticeKind], chance: Random, at: datetime) -> list[Choice]:
    """What one of many might choose: some yes, some no, some nothing, each with a lean of its own; now and then a change of mind."""
    lean = chance.betavariate(2, 2)
    found: list[Choice] = []
    for programme, kind in sorted({(each.notice.programme, each.kind) for each in told}, key=str):
        if chance.random() < 0.35:
            continue
        when = at - timedelta(days=chance.randrange(12, 56), minutes=chance.randrange(0, 500))
        state = State.GIVEN if chance.random() < lean else State.REFUSED
        found.append(Choice(when, programme, kind, state))
        if state == State.GIVEN and chance.random() < 0.04:
            changed = at - timedelta(days=chance.randrange(1, 6))
            found.append(Choice(changed, programme, kind, State.WITHDRAWN))
    return found
