"""What HR writes down for somebody who has no computer at hand: a “no”, or a request. Never a “yes”: there is no way to say it here."""

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from consent.captures.retrying import retrying
from consent.choices.decisions import decide
from consent.choices.models import Channel, State
from consent.database import acting_for
from consent.letters import outbox
from consent.people.models import Person
from consent.people.roles import check_unconflicted
from consent.programmes.models import NoticeKind, Programme
from consent.programmes.scopes import Scope

from .lodging import lodge
from .models import Origin, RequestType


class Came(StrEnum):
    """How the person said it."""

    PAPER = "paper"
    PHONE = "phone"


class NobodyOfThatReference(Exception):
    """The reference is nobody's."""

    code = "no_such_reference"


def record_no(
    *, actor: Person, person_reference: str, programme: Programme, kind: str | None, came: Came, at: datetime
) -> None:
    """Refuses or withdraws for a person one kind of a programme, or all of it; in force when this returns (GDPR Art. 7(3)).

    Says nothing about what stood before, and does the same whatever stood: the decisions, each with its receipt, name who wrote them
    down, and the person gets a letter. All or nothing. Raises NobodyOfThatReference, ConflictOfInterest, NotOffered.
    """
    person = _person(actor, person_reference)
    _refuse(person, programme, kind, Channel(came), actor, at)


def lodge_for(
    *, actor: Person, person_reference: str, type: RequestType, message: str, at: datetime, key: str | None = None
) -> str:
    """Receives a request that came on paper or by phone, about everything; returns its number. The same key is the same request.

    Raises NobodyOfThatReference, ConflictOfInterest, KeyReused.
    """
    person = _person(actor, person_reference)
    with acting_for(person.pk):
        made = lodge(
            person=person,
            type=type,
            scope=Scope(),
            at=at,
            origin=Origin.ON_BEHALF,
            lodged_by=actor.pk,
            idempotency_key=key,
            message=message,
        )
    return made.number


@retrying
def _refuse(
    person: Person, programme: Programme, kind: str | None, channel: Channel, actor: Person, at: datetime
) -> None:
    with acting_for(person.pk), transaction.atomic():
        for each in [kind] if kind else _kinds(programme):
            decide(
                person=person,
                programme=programme,
                kind=each,
                state=State.REFUSED,
                notice_version=None,
                channel=channel,
                recorded_by=actor.pk,
            )
        day = at.astimezone(ZoneInfo(person.time_zone)).date()
        outbox.write(
            person=person,
            template="choices_receipts",
            values={"day": day},
            key=f"choices_receipts:{person.pk}:{day}",
            at=at,
        )


def _kinds(programme: Programme) -> list[str]:
    """Whatever a notice of the programme ever asked for, the same for everybody; in the order of locks."""
    asked = NoticeKind.objects.filter(notice__programme=programme)
    return sorted(asked.values_list("kind", flat=True).distinct())


def _person(actor: Person, reference: str) -> Person:
    found = Person.objects.filter(reference=reference.strip().upper()).first()
    if found is None:
        raise NobodyOfThatReference(_("Nobody has this reference."))
    check_unconflicted(actor=actor, subject=found)
    return found
