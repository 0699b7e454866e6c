"""A log to test with: entries about nobody in particular, sequenced or not."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from consent.ledger.entries import append
from consent.ledger.models import Entry
from consent.ledger.sequencer import sequence_once

AT = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)


def document(number: int) -> bytes:
    return b'{"number":%d}' % number


def appended(count: int, *, start: int = 0, subject: UUID | None = None) -> list[Entry]:
    with transaction.atomic():
        return [append(document(start + n), kind="test", subject=subject, at=AT) for n in range(count)]


def sequenced(count: int, *, start: int = 0, subject: UUID | None = None) -> list[Entry]:
    """The entries, in the order of their positions."""
    entries = appended(count, start=start, subject=subject)
    while sequence_once(at=AT):
        pass
    return entries
