"""What somebody with all rights on the database can do to the log; `alter` runs a statement with every wall out of the way."""

import json
import secrets
from collections.abc import Callable

import rfc8785
from django.conf import settings
from django.db import transaction

from consent.ledger import merkle
from consent.ledger.entries import append, commitment
from consent.ledger.models import Checkpoint, Leaf
from consent.ledger.notes import signed_checkpoint
from consent.ledger.sequencer import sequence_once

Alter = Callable[..., int]


def turned(document: bytes) -> bytes:
    """Her “no”, turned into a “yes”; its signature is that of the “no”."""
    whole = json.loads(document)
    whole["state"] = "given"
    (record,) = whole["body"]["dpv:hasRecordOfActivity"]
    record["dpv:hasConsentStatus"]["@type"] = "dpv:ConsentGiven"
    return rfc8785.dumps(whole)


def entry_at(position: int) -> str:
    return str(Leaf.objects.get(position=position).entry_id)


def edit_record(alter: Alter, position: int, document: bytes) -> None:
    """The record alone."""
    assert alter("UPDATE ledger_record SET document = %s WHERE entry_id = %s", document, entry_at(position))


def edit_receipt(alter: Alter, receipt, document: bytes) -> None:
    """The receipt as the portal hands it out."""
    alter("ALTER TABLE receipts_receipt DISABLE TRIGGER USER")
    alter("ALTER TABLE receipts_receipt NO FORCE ROW LEVEL SECURITY")
    alter("ALTER TABLE receipts_receipt DISABLE ROW LEVEL SECURITY")
    assert alter("UPDATE receipts_receipt SET document = %s, state = 'given' WHERE id = %s", document, str(receipt.pk))


def rewrite(alter: Alter, position: int, document: bytes) -> None:
    """The record, with a new nonce, and the commitment to both."""
    nonce, entry = secrets.token_bytes(32), entry_at(position)
    alter("UPDATE ledger_record SET document = %s, nonce = %s WHERE entry_id = %s", document, nonce, entry)
    alter("UPDATE ledger_entry SET commitment = %s WHERE id = %s", commitment(document, nonce=nonce), entry)


def hash_anew(alter: Alter) -> None:
    """All hashes of the tree, as they follow from the commitments."""
    frontier = merkle.Frontier()
    for leaf in _leaves():
        for each in frontier.append(leaf):
            alter("UPDATE ledger_node SET hash = %s WHERE level = %s AND index = %s", each.hash, each.level, each.index)


def sign_anew(alter: Alter) -> None:
    """All checkpoints, as they follow from the commitments, with the keys of the keystore that is set."""
    leaves = _leaves()
    for size in list(Checkpoint.objects.values_list("size", flat=True)):
        frontier = merkle.Frontier()
        for leaf in leaves[:size]:
            list(frontier.append(leaf))
        note = signed_checkpoint(origin=settings.LEDGER_ORIGIN, size=size, root=frontier.root())
        alter("UPDATE ledger_checkpoint SET root = %s, note = %s WHERE size = %s", frontier.root(), note, size)


def cut(alter: Alter, size: int) -> None:
    """Everything after `size` entries, without a trace inside the database."""
    gone = [str(leaf.entry_id) for leaf in Leaf.objects.filter(position__gte=size)]
    alter("DELETE FROM ledger_leaf WHERE position >= %s", size)
    alter("DELETE FROM ledger_node WHERE ((index + 1) << level) > %s", size)
    alter("DELETE FROM ledger_checkpoint WHERE size > %s", size)
    alter("DELETE FROM ledger_record WHERE entry_id = ANY(%s::uuid[])", gone)
    alter("DELETE FROM ledger_entry WHERE id = ANY(%s::uuid[])", gone)


def swap_records(alter: Alter, one: int, other: int) -> None:
    """Two records change places."""
    first, second = entry_at(one), entry_at(other)
    alter(
        "UPDATE ledger_record AS a SET document = b.document, nonce = b.nonce FROM ledger_record AS b"
        " WHERE (a.entry_id, b.entry_id) IN ((%s, %s), (%s, %s))",
        first, second, second, first,
    )  # fmt: skip


def swap_positions(alter: Alter, one: int, other: int) -> None:
    """Two entries change places."""
    alter("UPDATE ledger_leaf SET position = position + 1000 WHERE position IN (%s, %s)", one, other)
    alter("UPDATE ledger_leaf SET position = %s - (position - 1000) WHERE position >= 1000", one + other)


def take_out(alter: Alter, position: int) -> None:
    """An entry vanishes, and those after it close the gap."""
    entry = entry_at(position)
    alter("DELETE FROM ledger_leaf WHERE position = %s", position)
    alter("UPDATE ledger_leaf SET position = -position WHERE position > %s", position)
    alter("UPDATE ledger_leaf SET position = -position - 1 WHERE position < 0")
    alter("DELETE FROM ledger_record WHERE entry_id = %s", entry)
    alter("DELETE FROM ledger_entry WHERE id = %s", entry)


def grow(documents: list[bytes], at, kind: str = "receipt.decision") -> None:
    """The log goes on as it would: entries, a batch, a checkpoint."""
    with transaction.atomic():
        for document in documents:
            append(document, kind=kind, subject=None, at=at)
    while sequence_once(at=at):
        pass


def _leaves() -> list[bytes]:
    return [bytes(leaf.entry.commitment) for leaf in Leaf.objects.order_by("position").select_related("entry")]
