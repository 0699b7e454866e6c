"""Places and lifts legal holds, and tells a deletion which of them stand in its way."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from consent.database import acting_for
from consent.ledger import entries
from consent.people.locks import locked
from consent.people.models import Person
from consent.people.roles import check_unconflicted
from consent.programmes.scopes import Scope

from .models import Hold

SERVICE = "holds"


class NotPlaceable(Exception):
    """The hold cannot be placed as described; nothing was changed."""

    code = "hold_not_placeable"


class NotFound(Exception):
    """There is no such hold, or it was lifted before."""

    code = "hold_not_found"


def place(*, person: Person, scope: Scope, matter: str, told_why: str, placed_by: UUID, at: datetime) -> Hold:
    """From now on a deletion in this scope waits (GDPR Art. 17(3)(e)). Returns the hold.

    The person's row lock decides between a hold and a deletion: a deletion lodged before the hold goes on, since it was
    promised; one lodged later waits, and so does a withdrawal's deletion that had not begun. `matter` is for legal alone; the
    person is told `told_why`, in general terms. Raises NotPlaceable, or ConflictOfInterest when it is about the one who places
    it, their manager or their report.
    """
    check_unconflicted(actor=Person.objects.get(pk=placed_by), subject=person)
    _check_placeable(scope=scope, matter=matter, told_why=told_why)
    with acting_for(person.pk, service=SERVICE), transaction.atomic():
        locked(person.pk)
        hold = Hold.objects.create(
            person=person,
            programme_id=scope.programme_id,
            kinds=list(scope.kinds) if scope.kinds is not None else None,
            start=scope.start,
            end=scope.end,
            matter=matter.strip(),
            told_why=told_why.strip(),
            placed_by=placed_by,
            placed_at=at,
        )
        told = _told("hold.placed", hold, by=placed_by, at=at)
        entries.append(told | {"scope": scope.to_json()}, kind="hold.placed", subject=person.pk, at=at)
    return hold


def lift(*, hold_id: UUID, lifted_by: UUID, at: datetime) -> Hold:
    """The hold ends; what it delayed resumes by itself within seconds, found by the sweeper.

    Raises NotFound, or ConflictOfInterest as for placing it.
    """
    with acting_for(None, service=SERVICE):
        found = Hold.objects.select_related("person").filter(pk=hold_id).first()
    if found is None:
        raise _not_found()
    check_unconflicted(actor=Person.objects.get(pk=lifted_by), subject=found.person)
    with acting_for(found.person_id, service=SERVICE), transaction.atomic():
        locked(found.person_id)
        if not Hold.objects.filter(pk=hold_id, lifted_at__isnull=True).update(lifted_by=lifted_by, lifted_at=at):
            raise _not_found()
        entries.append(
            _told("hold.lifted", found, by=lifted_by, at=at), kind="hold.lifted", subject=found.person_id, at=at
        )
    found.lifted_by, found.lifted_at = lifted_by, at
    return found


def holds_on(*, person_id: UUID, scope: Scope) -> list[Hold]:
    """The holds that stand and share something with this scope, oldest first.

    To decide on it, the caller holds the person's row lock (`consent.people.locks`) until its own act commits. The session acts
    for the person, or for a service that may read holds.
    """
    standing = Hold.objects.filter(person_id=person_id, lifted_at__isnull=True).order_by("placed_at", "id")
    return [hold for hold in standing if scope_of(hold).meets(scope)]


def scope_of(hold: Hold) -> Scope:
    """What the hold covers."""
    kinds = tuple(hold.kinds) if hold.kinds is not None else None
    return Scope(programme_id=hold.programme_id, kinds=kinds, start=hold.start, end=hold.end)


def _check_placeable(*, scope: Scope, matter: str, told_why: str) -> None:
    if not matter.strip():
        raise NotPlaceable(_("Name the matter that this hold is for."))
    if not told_why.strip():
        raise NotPlaceable(_("Say in general terms why: the person is told that their deletion waits, and this."))
    if scope.start and scope.end and scope.start >= scope.end:
        raise NotPlaceable(_("The hold would end before it begins."))
    if scope.kinds is not None and not scope.kinds:
        raise NotPlaceable(_("Name at least one kind of data, or leave the kinds out for all of them."))


def _told(kind: str, hold: Hold, *, by: UUID, at: datetime) -> dict[str, object]:
    return {"type": kind, "hold": str(hold.pk), "told_why": hold.told_why, "by": str(by), "at": at.isoformat()}


def _not_found() -> NotFound:
    return NotFound(_("There is no such hold, or it was lifted before."))
