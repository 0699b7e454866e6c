"""Callers of the API: people by session, a collector by token; and what a problem document must be."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from consent.choices.decisions import decide
from consent.choices.models import Channel, Decision, State
from consent.collectors.enrolment import enrol
from consent.collectors.models import Collector
from consent.database import acting_for
from consent.people.models import Person
from consent.programmes.notices import in_force
from portal.api.problems import codes

PROBLEM = "application/problem+json"


@pytest.fixture
def now() -> datetime:
    """The real time: decisions take theirs from the database's clock."""
    return timezone.now()


@pytest.fixture
def signed_in() -> Callable[[Person], Client]:
    """A browser session of this person, which also sends the CSRF token, as a script of theirs would."""

    def enter(person: Person) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(person)
        return client

    return enter


@pytest.fixture
def alice(cast, signed_in) -> Client:
    return signed_in(cast.alice)


@pytest.fixture
def mallory(cast, signed_in) -> Client:
    return signed_in(cast.mallory)


@pytest.fixture
def anyone() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def laptop(cast, programmes, now) -> tuple[Collector, str]:
    """Alice's collector for all three programmes, and its token."""
    return enrol(person=cast.alice, name="laptop", programmes=programmes.values(), at=now)


@pytest.fixture
def collector(laptop) -> Client:
    """A client that shows the laptop's token."""
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {laptop[1]}"})


@pytest.fixture
def choose(programmes) -> Callable[..., Decision]:
    """Says yes or no for a person, to the notice in force."""

    def say(
        person: Person, kind: str = "mouse", state: State = State.GIVEN, slug: str = "interface-learning"
    ) -> Decision:
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

    return say


def code_of(response: HttpResponse, status: int) -> str:
    """The code of a problem document of this status, after checking that it is one."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == PROBLEM
    assert response["Cache-Control"].startswith(("no-store", "max-age=0"))
    body = response.json()
    assert set(body) >= {"type", "title", "status", "detail", "code"}
    assert body["status"] == status
    assert body["detail"]
    assert body["code"] in codes()[status], "a code that the documentation does not list"
    return body["code"]
