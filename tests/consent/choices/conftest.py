"""Saying yes and no as somebody, in the session of that person."""

from collections.abc import Callable

import pytest

from consent.choices.decisions import decide
from consent.choices.models import Channel, Decision, State
from consent.database import acting_for
from consent.people.models import Person
from consent.programmes.notices import in_force


def _answer(person: Person, programme, kind: str, state: State, version: int | None, **more: object) -> Decision:
    given = {"channel": Channel.PORTAL, "recorded_by": person.pk, **more}
    with acting_for(person.pk):
        return decide(person=person, programme=programme, kind=kind, state=state, notice_version=version, **given)


@pytest.fixture
def allow() -> Callable[..., Decision]:
    """A yes to the notice in force, or to the version named."""

    def say(person: Person, programme, kind: str, version: int | None = None, **more: object) -> Decision:
        return _answer(person, programme, kind, State.GIVEN, version or in_force(programme).number, **more)

    return say


@pytest.fixture
def deny() -> Callable[..., Decision]:
    """A no."""

    def say(person: Person, programme, kind: str, version: int | None = None, **more: object) -> Decision:
        return _answer(person, programme, kind, State.REFUSED, version, **more)

    return say


@pytest.fixture
def learning(programmes):
    return programmes["interface-learning"]
