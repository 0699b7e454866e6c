"""Ending what stands when somebody leaves, and starting from nothing when they come back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.people.locks import locked
from consent.people.models import Person

from .models import Channel, Standing, State
from .off import end_standing

BY_SOMEBODY_ELSE = frozenset({State.REVOKED, State.INVALIDATED, State.EXPIRED})


def end_all(*, person: Person, state: State, by: UUID) -> int:
    """Ends every consent that stands, by somebody else than the person: revoked, invalidated or expired. How many there were.

    Each is a decision, and all are records of one receipt. The session must act for the person. Locks the person's row, then the standing rows.
    """
    if state not in BY_SOMEBODY_ELSE:
        raise ValueError(f"{state} is the person's own act")
    return len(end_standing(person=person, state=state, channel=Channel.SYSTEM, recorded_by=by))


def start_over(*, person: Person, at: datetime) -> int:
    """Back to undecided in everything, for somebody who comes back: earlier answers were given in another employment.

    Decisions stay as they are; only what stands is reset. How many rows there were.
    """
    with transaction.atomic():
        subject = locked(person.pk)
        rows = Standing.objects.select_for_update().filter(person=subject).order_by("kind", "programme_id")
        ids = [row.pk for row in rows]
        return Standing.objects.filter(pk__in=ids).update(state=State.UNDECIDED, since=at, paused_until=None)
