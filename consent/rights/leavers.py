"""Somebody leaves, or comes back: what stands ends with their collectors, in one transaction; a return starts undecided."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from consent.choices import ending
from consent.choices.models import State
from consent.collectors import enrolment
from consent.database import acting_for
from consent.ledger import entries
from consent.letters import outbox
from consent.people.locks import locked
from consent.people.models import Person


class NotPossible(Exception):
    """The person is already as they were to become, or it is about oneself."""

    code = "not_possible"


def deactivate(*, person: Person, by: UUID, at: datetime) -> Person:
    """From the commit on nothing of this person is captured, and they cannot sign in. What was captured goes after the grace.

    Ends every consent (`revoked`: not the person's own act, each with a receipt), revokes every collector, writes the ledger
    entry and a letter; all or nothing. Locks the person's row, then the standing rows. Raises NotPossible.
    """
    with acting_for(person.pk), transaction.atomic():
        leaver = _locked(person, by, active=True, sentence=_("This person has left already."))
        ended = ending.end_all(person=leaver, state=State.REVOKED, by=by)
        revoked = enrolment.revoke_all(person=leaver, at=at)
        leaver.is_active, leaver.active_to = False, at
        leaver.save(update_fields=["is_active", "active_to"])
        told = {"type": "person.deactivated", "by": str(by), "at": at.isoformat(), "ended": ended, "revoked": revoked}
        entries.append(told, kind="person.deactivated", subject=leaver.pk, at=at)
        outbox.write(
            person=leaver,
            template="account_ended",
            values={"ended_at": at},
            key=f"account_ended:{leaver.pk}:{at.isoformat()}",
            at=at,
        )
    return leaver


def reactivate(*, person: Person, by: UUID, at: datetime) -> Person:
    """The person works here again, undecided in everything and without a collector: earlier answers are not revived.

    Raises NotPossible. Locks as in `deactivate`.
    """
    with acting_for(person.pk), transaction.atomic():
        comer = _locked(person, by, active=False, sentence=_("This person works here."))
        ending.start_over(person=comer, at=at)
        comer.is_active, comer.active_from, comer.active_to = True, at, None
        comer.save(update_fields=["is_active", "active_from", "active_to"])
        told = {"type": "person.reactivated", "by": str(by), "at": at.isoformat()}
        entries.append(told, kind="person.reactivated", subject=comer.pk, at=at)
    return comer


def _locked(person: Person, by: UUID, *, active: bool, sentence: str) -> Person:
    if person.pk == by:
        raise NotPossible(_("Nobody does this for themselves."))
    found = locked(person.pk)
    if found.is_active is not active:
        raise NotPossible(sentence)
    return found
