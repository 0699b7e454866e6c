"""Turning everything off: one act, one transaction, one receipt, a withdrawal for each yes that stands."""

from uuid import UUID

from django.db import transaction

from consent.people.locks import locked
from consent.people.models import Person

from .models import Channel, Decision, Standing, State
from .recording import Answer, next_places, record
from .wording import terms_shown


def turn_everything_off(*, person: Person, channel: Channel, recorded_by: UUID) -> list[Decision]:
    """Withdraws every consent that stands, in every programme, whatever its state (GDPR Art. 7(3)). Always succeeds.

    What was refused or never chosen stays as it is. The session must act for the person.
    """
    return end_standing(person=person, state=State.WITHDRAWN, channel=channel, recorded_by=recorded_by)


def end_standing(*, person: Person, state: State, channel: Channel, recorded_by: UUID) -> list[Decision]:
    """Ends every consent that stands with a decision of this state; all of them are records of one receipt.

    Locks the person's row, then the standing rows by kind.
    """
    with transaction.atomic():
        subject = locked(person.pk)
        given = Standing.objects.select_for_update(of=("self",)).select_related("programme")
        rows = list(given.filter(person=subject, state=State.GIVEN).order_by("kind", "programme_id"))
        answers = [
            Answer(terms_shown(programme=row.programme, kind=row.kind), state, place, row)
            for row, place in zip(rows, next_places(subject, len(rows)), strict=True)
        ]
        return record(person=subject, answers=answers, channel=channel, recorded_by=recorded_by)
