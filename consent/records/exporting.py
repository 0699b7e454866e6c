"""Exports of decisions as evidence: asked for with a purpose, with names only once a second person has agreed (mechanisms 8).

1. Legal asks, and says what for. Without names it is ready at once.
2. With names it waits for another legal person or the privacy officer; never the one who asked, their manager or their report.
3. Nobody exports or approves for themselves, their manager or their report: of both people's circles no record is in it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from consent import identifiers
from consent.choices.models import Decision
from consent.database import acting_for
from consent.ledger import entries
from consent.people.models import Person, Role
from consent.people.roles import ConflictOfInterest, check_unconflicted, conflicted_ids, has_role
from consent.programmes.models import Programme
from consent.receipts.instants import instant

from .models import Export

SERVICE = "export"
PREFIX = "EXP"
SHORTEST_PURPOSE = 10
KEY_BYTES = 32


class NotExportable(Exception):
    """The export cannot be asked for as described; nothing was kept."""

    code = "not_exportable"


class NotForYou(Exception):
    """The actor's role or part in it does not allow the act."""

    code = "not_for_you"


class NotWaiting(Exception):
    """The export does not wait for a second person any more."""

    code = "not_waiting"


class NotFound(Exception):
    """There is no export of that number."""

    code = "not_found"


@dataclass(frozen=True)
class ExportPreview:
    """How much an export of this predicate would hold now."""

    decisions: int
    people: int


def request_export(
    *,
    actor: Person,
    purpose: str,
    programme: Programme | None,
    start: datetime,
    end: datetime,
    named: bool,
    at: datetime,
) -> Export:
    """Asks for the decisions from `start` up to, not including, `end`, which is now at the latest. Raises NotForYou, NotExportable."""
    end = min(end, at)
    _check_legal(actor)
    _check_described(purpose, start, end)
    with transaction.atomic():
        export = Export.objects.create(
            number=identifiers.number(PREFIX),
            requested_by=actor,
            requested_at=at,
            purpose=purpose.strip(),
            programme=programme,
            start=start,
            end=end,
            named=named,
            pseudonym_key=None if named else secrets.token_bytes(KEY_BYTES),
        )
        _tell(export, "export.requested", by=actor, at=at)
    return export


def preview(
    *, actor: Person, programme: Programme | None, start: datetime, end: datetime, named: bool, at: datetime
) -> ExportPreview:
    """Counts what the predicate covers, with names or without: the difference would count the actor's own circle (mechanisms 8).

    Raises NotForYou, NotExportable.
    """
    _check_legal(actor)
    _check_period(start, min(end, at))
    with acting_for(None, service=SERVICE):
        found = decisions(
            programme_id=programme.pk if programme else None, start=start, end=min(end, at), left_out=frozenset()
        )
        counts = found.aggregate(decisions=Count("pk"), people=Count("person", distinct=True))
    return ExportPreview(**counts)


def approve(*, actor: Person, number: str, at: datetime) -> Export:
    """A second person agrees to names. Twice by the same is once. Raises NotFound, NotForYou, ConflictOfInterest, NotWaiting."""
    with transaction.atomic():
        export = _locked(number)
        check_second(actor=actor, export=export)
        if export.approved_by_id == actor.pk and not export.refused_at:
            return export
        _check_waiting(export)
        export.approved_by, export.approved_at = actor, at
        export.save(update_fields=["approved_by", "approved_at"])
        _tell(export, "export.approved", by=actor, at=at)
    return export


def refuse(*, actor: Person, number: str, at: datetime) -> Export:
    """A second person does not agree: this export will never be. Raises as `approve`."""
    with transaction.atomic():
        export = _locked(number)
        check_second(actor=actor, export=export)
        if export.refused_at:
            return export
        _check_waiting(export)
        export.refused_at = at
        export.save(update_fields=["refused_at"])
        _tell(export, "export.refused", by=actor, at=at)
    return export


def check_second(*, actor: Person, export: Export) -> None:
    """Raises NotForYou or ConflictOfInterest unless the actor may be this export's second person (steps 2 and 3)."""
    if not has_role(actor, Role.LEGAL, Role.PRIVACY_OFFICER):
        raise NotForYou(_("Legal or the privacy officer agrees to exports."))
    if actor.pk == export.requested_by_id:
        raise NotForYou(_("You asked for this export. Somebody else has to agree to it."))
    check_unconflicted(actor=actor, subject=export.requested_by)


def can_be_second(*, actor: Person, export: Export) -> bool:
    """Whether the export waits and `check_second` would pass."""
    try:
        check_second(actor=actor, export=export)
    except (NotForYou, ConflictOfInterest):
        return False
    return is_waiting(export)


def is_waiting(export: Export) -> bool:
    """Whether it waits for a second person."""
    return export.named and export.approved_at is None and export.refused_at is None


def exports() -> QuerySet[Export]:
    """Every export, newest first: who asked for what and why is open to all who may take part."""
    return Export.objects.select_related("requested_by", "approved_by", "programme").order_by("-requested_at", "number")


def export_of(number: str) -> Export:
    """The export of this number. Raises NotFound."""
    found = exports().filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no export of that number."))
    return found


def left_out_of(export: Export) -> frozenset[UUID]:
    """The people of whom nothing is in it: with names, those around the one who asked and the one who agreed (step 3)."""
    if not export.named:
        return frozenset()
    second = conflicted_ids(export.approved_by) if export.approved_by else frozenset()
    return conflicted_ids(export.requested_by) | second


def decisions(
    *, programme_id: UUID | None, start: datetime, end: datetime, left_out: frozenset[UUID]
) -> QuerySet[Decision]:
    """The decisions of a predicate, as `consultations.looks.covers` reads it. In acting for the service."""
    found = Decision.objects.filter(at__gte=start, at__lt=end).exclude(person__in=left_out)
    return found if programme_id is None else found.filter(programme=programme_id)


def _check_described(purpose: str, start: datetime, end: datetime) -> None:
    if len(" ".join(purpose.split())) < SHORTEST_PURPOSE:
        raise NotExportable(
            _("Say what the export is for, in at least %(count)d characters. The people concerned read it.")
            % {"count": SHORTEST_PURPOSE}
        )
    _check_period(start, end)


def _check_period(start: datetime, end: datetime) -> None:
    if start >= end:
        raise NotExportable(_("The period must begin before it ends, and before now."))


def _check_legal(actor: Person) -> None:
    if not has_role(actor, Role.LEGAL):
        raise NotForYou(_("Legal asks for exports."))


def _check_waiting(export: Export) -> None:
    if not is_waiting(export):
        raise NotWaiting(_("This export does not wait for anybody. Look at it again."))


def _locked(number: str) -> Export:
    found = Export.objects.select_for_update(of=("self",)).select_related("requested_by").filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no export of that number."))
    return found


def _tell(export: Export, what: str, *, by: Person, at: datetime) -> None:
    told = {
        "type": what,
        "export": export.number,
        "purpose": export.purpose,
        "programme": str(export.programme_id) if export.programme_id else None,
        "from": instant(export.start),
        "to": instant(export.end),
        "named": export.named,
        "by": str(by.pk),
        "at": instant(at),
    }
    entries.append(told, kind=what, subject=None, at=at)
