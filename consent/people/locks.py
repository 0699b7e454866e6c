"""The person's row as a lock: decisions, deletions, holds and leaving of one person happen one after the other."""

from uuid import UUID

from .models import Person


def locked(person_id: UUID) -> Person:
    """The person, read under a lock that lasts until the transaction ends (second in the order of locks, after the programme's).

    FOR NO KEY UPDATE: rows that only refer to the person can still be written. Raises Person.DoesNotExist, and Django's
    TransactionManagementError outside a transaction.
    """
    return Person.objects.select_for_update(no_key=True, of=("self",)).get(pk=person_id)
