"""Ends the data keys that a deletion leaves without use: the ones that seal nothing but what it covers, or nothing any more.

Both acts hold the person's row lock, under which alone a survivor is sealed again, and lock the keys' rows: intake that holds one
of them FOR SHARE has stored its segment before this looks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.aggregates import Aggregate

from consent.programmes.scopes import Scope
from consent.seals.destruction import destroy_key
from consent.seals.models import DataKey

from .erasure import inside
from .models import Segment


@dataclass(frozen=True)
class Key:
    """A data key by its id, and the programme whose captures it seals."""

    id: UUID
    programme: UUID


class _Every(Aggregate):
    function = "bool_and"
    output_field = BooleanField()


def keys_of(*, person_id: UUID, scope: Scope) -> list[Key]:
    """The person's keys of the programmes in the scope, locked until the transaction ends."""
    rows = DataKey.objects.select_for_update().filter(person=person_id).order_by("id")
    if scope.programme_id is not None:
        rows = rows.filter(programme=scope.programme_id)
    return [Key(id=row.id, programme=row.programme) for row in rows]


def destroy_covered(*, person_id: UUID, scope: Scope, keys: Iterable[Key], at: datetime) -> list[Key]:
    """Destroys those of the keys that seal something, and nothing outside the scope: unreadable from the commit on (P5).

    After the tombstone, in its transaction.
    """
    covered = ExpressionWrapper(inside(person_id, scope), output_field=BooleanField())
    sealing = Segment.objects.filter(person=person_id, key__in=[key.id for key in keys]).order_by()
    whole = dict(sealing.values("key").annotate(every=_Every(covered)).values_list("key", "every"))
    return _destroyed([key for key in keys if whole.get(key.id)], at)


def destroy_unused(*, person_id: UUID, keys: Iterable[Key], at: datetime) -> list[Key]:
    """Destroys those of the keys under which nothing of the person is sealed any more."""
    ids = [key.id for key in keys]
    locked = set(DataKey.objects.select_for_update().filter(id__in=ids).order_by("id").values_list("id", flat=True))
    used = set(Segment.objects.filter(Q(person=person_id, key__in=ids)).values_list("key", flat=True).distinct())
    return _destroyed([key for key in keys if key.id in locked - used], at)


def on_record(keys: Iterable[Key]) -> set[UUID]:
    """Which of the keys still exist."""
    return set(DataKey.objects.filter(id__in=[key.id for key in keys]).values_list("id", flat=True))


def _destroyed(keys: list[Key], at: datetime) -> list[Key]:
    for key in keys:
        destroy_key(key=key.id, at=at)
    return keys
