"""Writes the demonstration once, in one transaction, and says so in the ledger."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from consent.database import acting_for
from consent.ledger import entries
from consent.ledger.models import Entry
from consent.people.models import Person
from consent.programmes.models import NoticeKind
from consent.programmes.scopes import Scope
from consent.rights.lodging import lodge
from consent.rights.models import RequestType

from .alice import Tally, live
from .choosing import choose, everything_told, mixed_choices
from .organisation import found_employer, hire_cast, hire_others
from .programmes import open_programmes

MARK = "demonstration.seeded"
SEED = "candor"
_LOCK = 815_001

# Who has not chosen anything, and so can be shown choosing.
UNDECIDED = frozenset({"mallory"})

# Requests that a person must answer: type, how many days ago, and what was written.
REQUESTS = (
    (RequestType.CORRECTION, 34, "My location is wrong since I moved to Lyon."),
    (RequestType.QUESTION, 26, "Who was asked about this before it began?"),
    (RequestType.OBJECTION, 11, "I object to the sign-in log being kept for 180 days."),
    (RequestType.THIRD_PARTY, 2, "A colleague and I share a screen on Mondays. Am I in the pictures?"),
)


class NotADemonstration(Exception):
    """The demonstration is not written here."""

    code = "not_a_demonstration"


@dataclass(frozen=True)
class Seeded:
    """What was written; nothing if it was there before."""

    people: int = 0
    decisions: int = 0
    captured: int = 0
    refused: int = 0

    def __bool__(self) -> bool:
        return self.people > 0


def seed(*, at: datetime) -> Seeded:
    """The employer, the cast and about 200 people, three programmes, everyone's choices, Alice's three months up to `at`.

    All or nothing, once: where the mark is in the ledger, nothing happens; two at once are one after the other. It alone
    backdates, so it is refused unless DEMO is on and the database has nobody in it. Raises NotADemonstration.
    """
    if not settings.DEMO:
        raise NotADemonstration(_("The demonstration is written with DEMO=1 only."))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if Entry.objects.filter(kind=MARK).exists():
            return Seeded()
        if Person.objects.exists():
            raise NotADemonstration(
                _("There are people in this database. The demonstration is written into an empty one.")
            )
        seeded = _write(Random(SEED), at)
        told = {"type": MARK, "at": at.isoformat(), "backdated": True, **vars(seeded)}
        entries.append(told, kind=MARK, subject=None, at=at)
    return seeded


def _write(chance: Random, at: datetime) -> Seeded:
    employer = found_employer()
    cast = hire_cast(employer=employer, at=at)
    others = hire_others(
        employer=employer, managers=[person for name, person in cast.items() if name != "alice"], chance=chance, at=at
    )
    programmes = open_programmes(employer=employer, owner=cast["erin"], at=at)
    told = everything_told(programmes.values())
    tally = live(alice=cast["alice"], programmes=programmes, told=told, chance=chance, at=at)
    decided = _choices([*cast.values(), *others], told, at)
    _requests(others, at)
    return _seeded(tally, people=len(cast) + len(others), decided=decided)


def _choices(people: list[Person], told: list[NoticeKind], at: datetime) -> int:
    """Each person's by a chance of their own: how much Alice worked until today must not change what Bob chose."""
    made = 0
    for person in people:
        if person.username not in UNDECIDED | {"alice"}:
            chance = Random(f"choices of {person.username}")
            made += len(choose(person=person, choices=mixed_choices(told=told, chance=chance, at=at), told=told))
    return made


def _requests(others: list[Person], at: datetime) -> None:
    for person, (type_, days, message) in zip(others, REQUESTS, strict=False):
        with acting_for(person.pk):
            lodge(person=person, type=type_, scope=Scope(), at=at - timedelta(days=days), message=message)


def _seeded(tally: Tally, *, people: int, decided: int) -> Seeded:
    return Seeded(people=people, decisions=decided, captured=tally.stored, refused=tally.refused)
