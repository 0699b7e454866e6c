"""Signed-in browsers, and pieces of pages."""

from collections.abc import Callable

import pytest
from django.test import Client

from consent.choices.decisions import decide
from consent.choices.models import Channel, Decision, State
from consent.database import acting_for
from consent.people.models import Person
from consent.programmes.notices import in_force


@pytest.fixture
def signed_in(client: Client) -> Callable[[Person], Client]:
    """A browser in which this person is signed in."""

    def browser(person: Person) -> Client:
        fresh = Client()
        fresh.force_login(person)
        return fresh

    return browser


@pytest.fixture
def decided(programmes) -> Callable[..., Decision]:
    """Lets a person answer as they would on the page."""

    def decide_now(person: Person, kind: str, state: State = State.GIVEN, slug: str = "interface-learning") -> Decision:
        programme = programmes[slug]
        with acting_for(person.pk):
            return decide(
                person=person,
                programme=programme,
                kind=kind,
                state=state,
                notice_version=in_force(programme).number,
                channel=Channel.PORTAL,
                recorded_by=person.pk,
            )

    return decide_now
