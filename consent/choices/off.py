"""Turning everything off: one act, one transaction, one receipt, a withdrawal for each yes that stands."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from consent.people.locks import locked
from consent.people.models import Person
from consent.programmes.models import NoticeVersion

from .models import Channel, Decision, Standing, State
from .recording import Answer, next_places, record
from .wording import terms_shown


def turn_everything_off(*, person: Person, channel: Channel, recorded_by: UUID) -> list[Decision]:
    """Withdraws every consent that stands, in every programme, whatever its state (GDPR Art. 7(3)). Always succeeds.

    What was refused or never chosen stays as it is. The session must act for the person.
    """
    return end_standing(person=person, state=State.WITHDRAWN, channel=channel, recorded_by=recorded_by)


def end_standing(
    *, person: Person, state: State, channel: Channel, recorded_by: UUID, under: NoticeVersion | None = None
) -> list[Decision]:
    """Ends every consent that stands, or those given to one notice, with a decision of this state; all are records of one receipt.

    Locks the person's row, then the standing rows by kind.
    """
    with transaction.atomic():
        subject = locked(person.pk)
        given = Standing.objects.select_for_update(of=("self",)).select_related("programme")
        rows = list(given.filter(_standing_yes(subject, under)).order_by("kind", "programme_id"))
        number = under.number if under else None
        answers = [
            Answer(terms_shown(programme=row.programme, kind=row.kind, number=number), state, place, row)
            for row, place in zip(rows, next_places(subject, len(rows)), strict=True)
        ]
        return record(person=subject, answers=answers, channel=channel, recorded_by=recorded_by)


def _standing_yes(person: Person, under: NoticeVersion | None) -> Q:
    stands = Q(person=person, state=State.GIVEN)
    if under is None:
        return stands
    given = Decision.objects.filter(person=person, notice=under, state=State.GIVEN)
    return stands & Q(programme=under.programme_id, decision_no__in=given.values("number"))
