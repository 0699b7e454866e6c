"""The programme's lock, first in the order of locks: shared by intake and consent, exclusive for acts on the whole programme.

An advisory lock, since share-locking the programme's row starves whoever wants to suspend it (mechanisms 1).
"""

from uuid import UUID

from django.db import connection


def lock_shared(programme_id: UUID) -> None:
    """Until the transaction ends: nobody publishes, suspends or ends this programme. The first statement of the transaction."""
    _lock("pg_advisory_xact_lock_shared", programme_id)


def lock_exclusive(programme_id: UUID) -> None:
    """Until the transaction ends: nothing is stored and nobody consents in this programme. Waits for those who are at it."""
    _lock("pg_advisory_xact_lock", programme_id)


def lock_key(programme_id: UUID) -> int:
    """The signed 64-bit number that stands for a programme in PostgreSQL's advisory locks."""
    return int.from_bytes(programme_id.bytes[:8], signed=True)


def _lock(function: str, programme_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [lock_key(programme_id)])
