"""Writes down each look before it happens, and tells a person who looked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from consent.people.models import Person

from .models import Consultation, Subject


class NamesNobody(Exception):
    """A look names neither a person nor a predicate, or both."""

    code = "names_nobody"


@dataclass(frozen=True)
class Look:
    """One line of “Who looked”. `who` is a name of the moment, `role` the role in which they looked."""

    at: datetime
    who: str
    role: str
    subject: Subject
    what: str
    why: str


def record(
    *,
    person: UUID | None,
    actor: Person | None,
    label: str,
    role: str,
    subject: Subject,
    what: str,
    why: str,
    at: datetime,
    predicate: Mapping[str, Any] | None = None,
) -> UUID:
    """Adds a row in the caller's transaction, and returns its id; it can never be changed.

    `person` is whose data it is. An export that covers many gives a `predicate` instead: {"programme": id or null,
    "from": iso, "to": iso, "named": bool, "export": number}. Raises NamesNobody for neither or both.
    GDPR Articles 5(2) and 15(1)(c).
    """
    if (person is None) == (predicate is None):
        raise NamesNobody(_("A look is at one person's data, or at everyone's that a predicate describes."))
    row = Consultation(
        person=person, actor=actor.pk if actor else None, actor_label=label[:200], role=role[:20], subject=subject,
        what=what[:300], why=why[:500], predicate=None if predicate is None else dict(predicate), at=at,
    )  # fmt: skip
    Consultation.objects.bulk_create([row])
    return row.pk


def record_first(
    *,
    person: UUID | None,
    actor: Person | None,
    label: str,
    role: str,
    subject: Subject,
    what: str,
    why: str,
    at: datetime,
    predicate: Mapping[str, Any] | None = None,
) -> UUID:
    """As `record`, but committed before it returns: only then may content be opened, and a failed opening stays listed.

    Raises RuntimeError in an open transaction, because that could still undo the row.
    """
    with transaction.atomic(durable=True):
        return record(
            person=person, actor=actor, label=label, role=role, subject=subject, what=what, why=why, at=at,
            predicate=predicate,
        )  # fmt: skip


def who_looked(*, person_id: UUID, decided: Iterable[tuple[UUID, datetime]]) -> list[Look]:
    """Every look at this person's data, newest first, exports included.

    `decided` are the times (programme, at) of the person's decisions: an export concerns the person when one of them lies
    in what it covered. The session must act for the person.
    """
    own = list(Consultation.objects.filter(person=person_id))
    times = list(decided)
    exports = Consultation.objects.filter(person__isnull=True, predicate__isnull=False)
    concerning = [row for row in exports if covers(row.predicate or {}, times)]
    rows = sorted([*own, *concerning], key=lambda row: row.at, reverse=True)
    return [Look(row.at, row.actor_label, row.role, Subject(row.subject), row.what, row.why) for row in rows]


def covers(predicate: Mapping[str, Any], decided: Iterable[tuple[UUID, datetime]]) -> bool:
    """Whether a predicate covers one of these decisions: from `from` up to, not including, `to`."""
    programme, start, end = predicate.get("programme"), _time(predicate.get("from")), _time(predicate.get("to"))
    return any(
        (programme is None or str(decided_in) == programme)
        and (start is None or at >= start)
        and (end is None or at < end)
        for decided_in, at in decided
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
