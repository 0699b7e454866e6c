"""Tombstones of deleted spans: what falls into one is refused as `deleted`, however late it arrives (P5)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from consent.people.locks import locked

from .models import ErasedSpan, Standing


def bury(
    *,
    person_id: UUID,
    programme_id: UUID | None,
    kinds: list[str] | None,
    start: datetime | None,
    end: datetime,
    request_id: UUID,
    at: datetime,
) -> None:
    """Closes a span of the past for good, from `start` (included; None: the beginning) to `end` (excluded).

    A choice is not changed by it: recording that stands goes on. Raises what `span_version` says on the standing rows in scope,
    which intake compares as it stores: intake that had read the older spans stores nothing and reads again (mechanisms 1).
    In the caller's transaction if one is open. Locks the person's row, then the standing rows by kind.
    """
    with transaction.atomic():
        locked(person_id)
        rows = Standing.objects.select_for_update().filter(person_id=person_id).order_by("kind", "programme_id")
        if programme_id is not None:
            rows = rows.filter(programme_id=programme_id)
        if kinds is not None:
            rows = rows.filter(kind__in=kinds)
        ErasedSpan.objects.bulk_create(
            ErasedSpan(
                person_id=person_id,
                programme_id=programme_id,
                kind=kind,
                start=start,
                end=end,
                request=request_id,
                erased_at=at,
            )
            for kind in ([""] if kinds is None else kinds)
        )
        Standing.objects.filter(pk__in=[row.pk for row in rows]).update(span_version=F("span_version") + 1)


def spans_of(person_id: UUID) -> list[ErasedSpan]:
    """Every deleted span of the person, oldest first."""
    return list(ErasedSpan.objects.filter(person_id=person_id).order_by("erased_at", "pk"))
