"""What a deletion would do, before it is asked for: exact numbers, the places it reaches, and whether a hold is in its way."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from consent.captures import erasure
from consent.captures.erasure import Reader
from consent.collectors.models import Collector
from consent.people.models import Person
from consent.programmes.scopes import Scope
from consent.retention.holds import holds_on

from .places import statistics
from .scoping import check_scope


@dataclass(frozen=True)
class Preview:
    """To the event as of now. `by_kind` is by the kinds' slugs; `places` are the names of what the deletion reaches."""

    scope: Scope
    total: int
    by_kind: dict[str, int]
    parts: dict[tuple[UUID, str], int] = field(repr=False)
    first: datetime | None
    last: datetime | None
    held: bool
    told_why: tuple[str, ...]
    places: tuple[str, ...]


def preview(*, person: Person, scope: Scope, at: datetime) -> Preview:
    """Counts what is in the scope. A segment across its ends is opened to count, and “Who looked” says that the person did it.

    The session acts for the person; no transaction is open. Raises NotAScope.
    """
    asked = check_scope(scope=scope, at=at)
    bounded = erasure.bounded(person_id=person.pk, scope=asked, at=at)
    reader = Reader(actor=person, label=person.full_name, role="employee", why=_("To count before deleting"))
    counts = erasure.count(person_id=person.pk, scope=bounded, reader=reader, at=at)
    holds = holds_on(person_id=person.pk, scope=bounded)
    return Preview(
        scope=asked,
        total=counts.total,
        by_kind=counts.by_kind,
        parts=counts.parts,
        first=counts.first,
        last=counts.last,
        held=bool(holds),
        told_why=tuple(dict.fromkeys(hold.told_why for hold in holds)),
        places=tuple(_places(person, asked)),
    )


def _places(person: Person, scope: Scope) -> list[str]:
    devices = Collector.objects.filter(person=person, revoked_at__isnull=True).order_by("name")
    if scope.programme_id is not None:
        devices = devices.filter(programmes=scope.programme_id)
    counts = [_("Counts of what was refused")] if statistics.concerned(scope) else []
    return [_("Event store"), _("Keys"), *counts, *devices.values_list("name", flat=True)]
