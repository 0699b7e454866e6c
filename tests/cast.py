"""One cast for all tests: Alice, her manager Bob, and those with a role; and the demonstration's programmes, published."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from consent.people.models import Employer, Person, Role, RoleGrant
from consent.programmes.drafts import read_draft
from consent.programmes.models import Programme
from consent.programmes.publication import NoticeDraft, publish

PASSWORD = "demo"
NOTICES = Path(__file__).resolve().parent.parent / "consent" / "demonstration" / "notices"
NOTICE_FILES = ("interface-learning-1", "interface-learning-2", "assistant-quality-1", "desktop-activity-1")
FAR_AWAY = date(2199, 12, 31)  # decisions take their time from the database's clock, which a test does not set


@dataclass(frozen=True)
class Cast:
    """The people of the tests. Everyone's password is “demo”."""

    employer: Employer
    alice: Person
    bob: Person
    carol: Person
    dan: Person
    dana: Person
    erin: Person
    frank: Person
    grace: Person
    heidi: Person
    mallory: Person

    def everyone(self) -> list[Person]:
        return [value for value in vars(self).values() if isinstance(value, Person)]


def _database(request: pytest.FixtureRequest) -> None:
    """The database that rolls back, unless the test has one of its own."""
    if "own_database" in request.fixturenames:
        request.getfixturevalue("own_database")
    elif "transactional_db" not in request.fixturenames:
        request.getfixturevalue("db")


@pytest.fixture
def cast(request: pytest.FixtureRequest, at: datetime) -> Cast:
    """Alice (Bob is her manager), Carol (HR), Dan and Dana (legal), Erin (owner), Frank (privacy officer), Grace (works council),
    Heidi (administrator), and Mallory, who has no business here."""
    _database(request)
    employer = Employer.objects.create(
        name="Example Works", address="Example Street 1, 10115 Berlin", country="DE", contact="dpo@example.com"
    )
    joined = at - timedelta(days=400)

    def person(name: str, *roles: Role, **fields: object) -> Person:
        made = Person.objects.create_user(
            name,
            PASSWORD,
            full_name=f"{name.capitalize()} Demo",
            email=f"{name}@example.com",
            employer=employer,
            department="Office",
            location="Berlin",
            time_zone="Europe/Berlin",
            active_from=joined,
            **fields,
        )
        RoleGrant.objects.bulk_create(RoleGrant(person=made, role=role, granted_at=joined) for role in roles)
        return made

    bob = person("bob")
    return Cast(
        employer=employer,
        alice=person("alice", manager=bob),
        bob=bob,
        carol=person("carol", Role.HR),
        dan=person("dan", Role.LEGAL),
        dana=person("dana", Role.LEGAL),
        erin=person("erin", Role.OWNER),
        frank=person("frank", Role.PRIVACY_OFFICER),
        grace=person("grace", Role.WORKS_COUNCIL),
        heidi=person("heidi", Role.ADMINISTRATOR),
        mallory=person("mallory"),
    )


def draft(name: str, **changes: object) -> NoticeDraft:
    """One of the demonstration's notices, ending when no test runs any more, with these changes."""
    return replace(read_draft(NOTICES / f"{name}.json").notice, **{"ends_on": FAR_AWAY, **changes})


@pytest.fixture
def programmes(cast: Cast, at: datetime) -> dict[str, Programme]:
    """The three demonstration programmes with their notices: interface-learning is at its second."""
    made: dict[str, Programme] = {}
    for number, name in enumerate(NOTICE_FILES):
        file = read_draft(NOTICES / f"{name}.json")
        if file.programme not in made:
            made[file.programme] = Programme.objects.create(
                slug=file.programme,
                name=file.name,
                controller=cast.employer,
                owner=cast.erin,
                created_at=at - timedelta(days=120),
            )
        publish(programme=made[file.programme], draft=draft(name), at=at - timedelta(days=110 - number))
    return made


@pytest.fixture
def new_notice(programmes: dict[str, Programme], at: datetime) -> Callable[..., object]:
    """Publishes a further notice of a programme: the one of this file with these changes."""

    def publish_next(slug: str, name: str, **changes: object) -> object:
        return publish(programme=programmes[slug], draft=draft(name, **changes), at=at)

    return publish_next
