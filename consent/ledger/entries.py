"""Writes entries in the transaction of what they tell of, and erases their records without breaking the log."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785
from django.db import connection, transaction
from django.utils.translation import gettext as _

from consent.database import acting_for

from .erasures import RECORDS_ERASED, erasure
from .merkle import leaf_hash
from .models import Entry, Leaf, Record

NONCE_BYTES = 32
SERVICE = "ledger"

_APPEND = """
WITH entry AS (
    INSERT INTO ledger_entry (id, kind, at, commitment) VALUES (%(id)s, %(kind)s, %(at)s, %(commitment)s) RETURNING id
), record AS (
    INSERT INTO ledger_record (entry_id, document, nonce, subject) SELECT id, %(document)s, %(nonce)s, %(subject)s FROM entry
)
INSERT INTO ledger_waiting (entry_id) SELECT id FROM entry
"""


class OutsideTransaction(Exception):
    """An entry was to be written apart from what it tells of."""

    code = "outside_transaction"


class NotErasable(Exception):
    """A record cannot be erased now, or never; nothing was erased."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def append(document: bytes | Mapping[str, Any], *, kind: str, subject: UUID | None, at: datetime) -> Entry:
    """Writes an entry and its record in the caller's transaction; the sequencer gives it a position within a second or two.

    A mapping is made canonical (RFC 8785); bytes are taken as they are: they are what a proof will be checked against.
    `subject` is the person whose record this is. Raises OutsideTransaction without an open transaction.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(_("An entry is written in the transaction of what it tells of, never by itself."))
    exact = document if isinstance(document, bytes) else rfc8785.dumps(dict(document))
    nonce = secrets.token_bytes(NONCE_BYTES)
    entry = Entry(kind=kind, at=at, commitment=commitment(exact, nonce=nonce))
    values: dict[str, Any] = {"id": entry.id, "kind": kind, "at": at, "commitment": entry.commitment}
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, values | {"document": exact, "nonce": nonce, "subject": subject})
    return entry


def commitment(document: bytes, *, nonce: bytes) -> bytes:
    """SHA-256(0x00 ‖ nonce ‖ document): the RFC 9162 leaf hash of nonce and document, and all that the log keeps for ever."""
    return leaf_hash(nonce + document)


def entry_of(entry_id: UUID) -> Entry | None:
    """The entry of this id."""
    return Entry.objects.filter(id=entry_id).first()


def document_of(entry_id: UUID) -> bytes | None:
    """The exact bytes that the entry commits to; None once erased, or for a session that acts for somebody else."""
    found = Record.objects.filter(entry_id=entry_id).values_list("document", flat=True).first()
    return None if found is None else bytes(found)


def erase_records(entries: Iterable[UUID], *, reason: str, at: datetime) -> Entry | None:
    """Deletes the records of these entries, and appends a signed entry that lists their positions; None when all were erased before.

    GDPR Articles 5(1)(e) and 17. `reason` is a rule or request number and names no person. Proofs of all other entries hold.
    Raises NotErasable, and erases nothing: an entry without a position yet, or one that itself tells of an erasure.
    """
    with transaction.atomic(), acting_for(None, service=SERVICE):
        records = Record.objects.select_for_update().filter(entry_id__in=list(entries)).order_by("entry_id")
        ids = list(records.values_list("entry_id", flat=True))
        if not ids:
            return None
        positions = _erasable_positions(ids)
        Record.objects.filter(entry_id__in=ids).delete()
        return append(erasure(positions, reason=reason, at=at), kind=RECORDS_ERASED, subject=None, at=at)


def _erasable_positions(ids: list[UUID]) -> list[int]:
    if Entry.objects.filter(id__in=ids, kind=RECORDS_ERASED).exists():
        raise NotErasable(
            _("The record of an erasure stays: without it a lawful gap could not be told from a deleted row."),
            code="erasure_record",
        )
    positions = sorted(Leaf.objects.filter(entry_id__in=ids).values_list("position", flat=True))
    if len(positions) != len(ids):
        raise NotErasable(
            _("An entry has no position in the log yet. Try again in a few seconds."), code="not_sequenced"
        )
    return positions
