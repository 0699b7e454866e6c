"""Gives waiting entries their positions, extends the tree and signs a checkpoint: all in one transaction, by one at a time."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from consent.seals.signing import own_public_keys

from .merkle import Frontier, ProofInvalid, Subtree
from .models import Checkpoint, Leaf, Node, Waiting
from .notes import PURPOSE, check_signed, parsed_checkpoint, signed_checkpoint
from .tree import frontier_at, newest_checkpoint

BATCH = 256
LOCK = 0x63616E646F720001  # "candor", 1


class LedgerDamaged(Exception):
    """The stored tree is not the one last signed; nothing may be added to it."""

    code = "ledger_damaged"


def sequence_once(*, at: datetime) -> int:
    """Sequences up to 256 waiting entries in order of arrival, and returns how many.

    An entry whose transaction commits late is not skipped: the outbox holds it until it has a position.
    Waits for another sequencer (advisory lock). Raises LedgerDamaged rather than sign a tree that was altered.
    """
    with transaction.atomic():
        # 1. One sequencer at a time; what it reads next is what the one before has committed.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        # 2. What waits, in order of arrival.
        waiting = list(
            Waiting.objects.order_by("arrival").values_list("arrival", "entry_id", "entry__commitment")[:BATCH]
        )
        if not waiting:
            return 0
        # 3. Extend exactly the tree that was last signed.
        frontier = _signed_frontier()
        _extend(frontier, [(entry, bytes(commitment)) for _arrival, entry, commitment in waiting])
        # 4. Sign the new state, in the same transaction: no position is ever visible without its checkpoint.
        root = frontier.root()
        note = signed_checkpoint(origin=settings.LEDGER_ORIGIN, size=frontier.size, root=root)
        Checkpoint.objects.create(size=frontier.size, root=root, note=note, at=at)
        Waiting.objects.filter(arrival__in=[arrival for arrival, _entry, _commitment in waiting]).delete()
        return len(waiting)


def _signed_frontier() -> Frontier:
    """The stored right edge, if it is the one that this portal's key signed last."""
    last = newest_checkpoint()
    if last is None:
        return Frontier()
    try:
        signed = parsed_checkpoint(last.note)
        check_signed(signed, origin=settings.LEDGER_ORIGIN, public_keys=own_public_keys(PURPOSE))
        frontier = frontier_at(last.size)
    except (ProofInvalid, KeyError) as error:
        raise _damaged(last.size) from error
    if (frontier.size, frontier.root()) != (signed.size, signed.root):
        raise _damaged(last.size)
    return frontier


def _damaged(size: int) -> LedgerDamaged:
    return LedgerDamaged(
        _("The stored log is not the one that was signed at %(size)s entries. Run verify_ledger.") % {"size": size}
    )


def _extend(frontier: Frontier, entries: list[tuple[UUID, bytes]]) -> None:
    leaves: list[Leaf] = []
    made: list[Subtree] = []
    for entry, commitment in entries:
        leaves.append(Leaf(position=frontier.size, entry_id=entry))
        made.extend(frontier.append(commitment))
    Leaf.objects.bulk_create(leaves)
    Node.objects.bulk_create([Node(level=each.level, index=each.index, hash=each.hash) for each in made])
