"""The ledger: what an entry costs to append, to sequence, to prove and to verify, in a log of 100,000 entries."""

import base64
from collections.abc import Callable, Iterator
from itertools import cycle
from random import Random
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bench.contest import Contender, Contest
from consent.database import acting_for
from consent.ledger import sequencer, tree
from consent.ledger.entries import SERVICE, append
from consent.ledger.merkle import check_consistency
from consent.ledger.models import Checkpoint, Leaf
from consent.ledger.proofs import consistency_proof, proof_of, verify_proof
from consent.ledger.sequencer import BATCH, sequence_once
from consent.seals.signing import public_keys

SIZES = (1_000, 10_000, 100_000)
ALONE = 200
BATCHED = 10 * BATCH
PROOFS = 200
ROUNDS_MAX = 12
# About as long as the JSON of a receipt.
DOCUMENT = b'{"body":"' + base64.b64encode(Random(3).randbytes(2_000)) + b'"}'


def contests() -> Iterator[Contest]:
    """In this order: the log has to grow before anything large can be proven."""
    yield Contest(
        "Appending to the ledger",
        "entry",
        [
            Contender(
                "a transaction for each entry, as a choice has", lambda: sum(appended(1) for _each in range(ALONE))
            ),
            Contender("256 in one transaction", lambda: appended(BATCH)),
        ],
    )
    sequence_all()
    appended_and_left(ROUNDS_MAX * (ALONE + BATCHED))
    yield Contest(
        "Sequencing: position, hashes, signed checkpoint",
        "entry",
        [
            Contender("one at a time", lambda: sum(in_batches_of(1) for _each in range(ALONE))),
            Contender("in batches of 256", lambda: sum(in_batches_of(BATCH) for _each in range(BATCHED // BATCH))),
        ],
    )
    sequence_all()
    grow(SIZES[-1])
    held = {size: some_entries(size) for size in SIZES}
    yield Contest(
        "Proving an entry (the database is read)",
        "proof",
        [Contender(f"in a log of {size:,}", proving(held[size])) for size in SIZES],
        target="O(log n) rows",
        notes=lambda: [f"log of {size:,}: {rows_read(held[size])} rows read, at most" for size in SIZES],
    )
    yield Contest(
        "Verifying a proof (nothing is read)",
        "proof",
        [Contender(f"in a log of {size:,}", verifying(held[size])) for size in SIZES],
    )
    yield Contest(
        "Proving and verifying that the log only grew",
        "proof",
        [Contender(f"to {size:,}, from sizes before", consistency(size)) for size in SIZES],
        target="O(log n) rows",
    )


def appended(count: int) -> int:
    """Appends in one transaction."""
    at = timezone.now()
    with transaction.atomic():
        for _each in range(count):
            append(DOCUMENT, kind="bench", subject=None, at=at)
    return count


def appended_and_left(count: int) -> None:
    """Entries that wait for the sequencer."""
    for _each in range(-(-count // BATCH)):
        appended(BATCH)


def in_batches_of(count: int) -> int:
    """One run of the sequencer that takes so many."""
    sequencer.BATCH = count
    try:
        return sequence_once(at=timezone.now())
    finally:
        sequencer.BATCH = BATCH


def sequence_all() -> None:
    """Nothing waits."""
    while sequence_once(at=timezone.now()):
        pass


def grow(size: int) -> None:
    """The log has at least so many entries."""
    while Leaf.objects.order_by("-position").values_list("position", flat=True)[0] + 1 < size:
        appended(BATCH)
        sequence_once(at=timezone.now())


def some_entries(size: int) -> list[UUID]:
    """Entries that were proven when the log was about that large."""
    newest = Checkpoint.objects.filter(size__lte=size).order_by("-size").values_list("size", flat=True)[0]
    before = Checkpoint.objects.filter(size__lt=newest).order_by("-size").values_list("size", flat=True)[0]
    covered = Leaf.objects.filter(position__gte=before, position__lt=newest)
    return list(covered.order_by("position").values_list("entry", flat=True))


def proving(entries: list[UUID]) -> Callable[[], int]:
    """Proofs of these, one after the other."""
    turn = cycle(entries)
    return lambda: len([proof_of(next(turn)) for _each in range(PROOFS)])


def verifying(entries: list[UUID]) -> Callable[[], int]:
    """A stranger's work: document, proof, public keys."""
    keys = public_keys("ledger")
    proofs = [proof for entry in entries if (proof := proof_of(entry))]
    with acting_for(None, service=SERVICE):
        documents = [bytes(leaf.entry.record.document) for leaf in leaves_of(entries)]
    turn = cycle(zip(documents, proofs, strict=True))

    def work() -> int:
        for _each in range(PROOFS):
            document, proof = next(turn)
            verify_proof(document, proof, public_key=keys, origin=settings.LEDGER_ORIGIN)
        return PROOFS

    return work


def leaves_of(entries: list[UUID]) -> list[Leaf]:
    """Their places with their records, in order."""
    return list(Leaf.objects.filter(entry__in=entries).select_related("entry__record").order_by("position"))


def consistency(size: int) -> Callable[[], int]:
    """From checkpoints before to the newest of about this size."""
    rows = list(Checkpoint.objects.filter(size__lte=size).order_by("-size")[:9])
    newest, others = rows[0], cycle(rows[1:])

    def work() -> int:
        for _each in range(PROOFS):
            old = next(others)
            path = consistency_proof(first=old.size, second=newest.size)
            roots = {"first_root": bytes(old.root), "second_root": bytes(newest.root)}
            check_consistency(first=old.size, second=newest.size, path=path, **roots)
        return PROOFS

    return work


def rows_read(entries: list[UUID]) -> int:
    """Record, position and checkpoint, and the hashes of the path: the most that any of these took."""
    most, read = 0, tree.stored_nodes

    def counted(wanted):  # type: ignore[no-untyped-def]
        nonlocal most
        most = max(most, 3 + len(wanted))
        return read(wanted)

    tree.stored_nodes = counted
    try:
        for entry in entries:
            proof_of(entry)
    finally:
        tree.stored_nodes = read
    return most
