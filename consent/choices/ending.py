"""Ending what stands when somebody leaves or a notice ends, and starting from nothing when somebody comes back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.people.locks import locked
from consent.people.models import Person
from consent.programmes.models import NoticeVersion

from .models import ANSWERS, ENDS, Channel, Decision, Standing, State
from .off import end_standing

NOBODY = UUID(int=0)  # who records what a rule ends


def end_all(*, person: Person, state: State, by: UUID) -> int:
    """Ends every consent that stands, by somebody else than the person: revoked, invalidated or expired. How many there were.

    Each is a decision, and all are records of one receipt. The session must act for the person. Locks the person's row, then the
    standing rows.
    """
    return len(_end(person=person, state=state, by=by, under=None))


def end_under(*, person: Person, notice: NoticeVersion, state: State, by: UUID | None) -> list[Decision]:
    """Ends the consents that the person gave to this notice and that stand: expired or invalidated. None: nothing stood.

    `by` is None where a rule ends them. As `end_all` otherwise.
    """
    return _end(person=person, state=state, by=by or NOBODY, under=notice)


def _end(*, person: Person, state: State, by: UUID, under: NoticeVersion | None) -> list[Decision]:
    if state not in ENDS - ANSWERS:
        raise ValueError(f"{state} is the person's own act")
    return end_standing(person=person, state=state, channel=Channel.SYSTEM, recorded_by=by, under=under)


def start_over(*, person: Person, at: datetime) -> int:
    """Back to undecided in everything, for somebody who comes back: earlier answers were given in another employment.

    Decisions stay as they are; only what stands is reset. How many rows there were.
    """
    with transaction.atomic():
        subject = locked(person.pk)
        rows = Standing.objects.select_for_update().filter(person=subject).order_by("kind", "programme_id")
        ids = [row.pk for row in rows]
        return Standing.objects.filter(pk__in=ids).update(state=State.UNDECIDED, since=at, paused_until=None)
