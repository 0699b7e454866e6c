"""Recomputes the whole log from its records, compares it with what is kept outside, and finds what is not as it was signed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection, transaction

from consent.database import acting_for
from consent.seals.signing import keys_vouched_for
from consent.seals.timestamping import TimeStampRefused, check_token
from consent.seals.vouching import VouchedKey

from .entries import SERVICE, commitment
from .erasures import RECORDS_ERASED, erased_positions
from .findings import Findings, Problem, in_position_order
from .merkle import Frontier, ProofInvalid, Subtree
from .models import Checkpoint, Entry, Leaf, Node, Record, TimeStamp, Waiting
from .notes import PURPOSE, check_signed, key_hash, parsed_checkpoint
from .outside import Comparison, Kept, deposits, in_order
from .tree import stored_nodes

CHUNK = 1024
PROBLEMS_MAX = 100
TIME_STAMPS_MAX = 1000


def verify_ledger(*, against: Sequence[Kept] = ()) -> Findings:
    """Reads everything in one snapshot, recomputes it, and compares it with the witnesses' deposits and with `against`.

    Who has all rights on the database can change rows, but sign no checkpoint. Who has the signing key as well cannot change
    a checkpoint that is elsewhere: the comparison finds that.
    """
    problems: list[Problem] = []
    unreached: dict[str, str] = {}
    with _snapshot(), acting_for(None, service=SERVICE):
        witnesses = deposits(
            unread=lambda name, why: problems.append(Problem("outside_unread", detail=why, source=name)),
            unreached=unreached.setdefault,
        )
        kept = in_order(sorted(against, key=lambda each: each.size), *witnesses.values())
        audit = _Audit(vouched=keys_vouched_for(PURPOSE), outside=Comparison(kept), problems=problems)
        audit.read_erasures()
        audit.read_log()
        audit.read_outside()
        audit.read_checkpoints_beyond()
        audit.read_unlogged()
        audit.read_time_stamps()
    audit.read_grown()
    return Findings(
        size=audit.frontier.size,
        records=audit.records,
        erased=audit.erased,
        waiting=audit.waiting,
        problems=in_position_order(audit.problems),
        compared=tuple(name for name in witnesses if name not in unreached),
        unreached=tuple(unreached.items()),
    )


@dataclass(frozen=True)
class _Row:
    """An entry at its position, with the record if that is still there."""

    position: int
    commitment: bytes
    kind: str
    document: bytes | None
    nonce: bytes | None


@dataclass
class _Audit:
    """The state of one reading, from the first entry to the last."""

    vouched: Sequence[VouchedKey]
    outside: Comparison
    problems: list[Problem]
    frontier: Frontier = field(default_factory=Frontier)
    signed_size: int = 0
    signed_by: int = 0
    records: int = 0
    erased: int = 0
    waiting: int = 0
    lawfully_erased: set[int] = field(default_factory=set)
    nodes_expected: int = 0
    altered_nodes: set[tuple[int, int]] = field(default_factory=set)
    differs: bool = False
    checkpoints: Iterator[Checkpoint] = field(default_factory=lambda: Checkpoint.objects.order_by("size").iterator())
    next_checkpoint: Checkpoint | None = None

    @property
    def keys(self) -> list[bytes]:
        """The public keys of the log, oldest first."""
        return [key.public for key in self.vouched]

    def read_erasures(self) -> None:
        """1. Which gaps are lawful: the positions that entries of erasure list which the portal signed."""
        rows = Record.objects.filter(entry__kind=RECORDS_ERASED).values_list("document", "nonce", "entry__commitment")
        for document, nonce, committed in rows.iterator():
            if commitment(bytes(document), nonce=bytes(nonce)) == bytes(committed):
                self.lawfully_erased.update(erased_positions(bytes(document), keys=self.vouched))

    def read_log(self) -> None:
        """2. Every entry in order: its record, its leaf, the nodes it completes, the checkpoints it reaches."""
        self.next_checkpoint = next(self.checkpoints, None)
        for rows in _chunks():
            made: list[Subtree] = []
            for row in rows:
                if row.position != self.frontier.size:
                    self.differs = True
                    self._report("leaf_missing", self.frontier.size)
                    return
                self._check_record(row)
                made.extend(self.frontier.append(row.commitment))
                self._check_roots()
            self._check_nodes(made)
        if Node.objects.count() != self.nodes_expected:
            self._report("node_count")

    def read_outside(self) -> None:
        """3. Whatever is kept outside is of this log. Only a signature of ours can contradict it: whose log was it, then?"""
        self.outside.reach(self.frontier)
        self.outside.end()
        for kept, agreed in self.outside.disagreeing:
            # Both logs have somebody who saw them, or one has taken the place of the other.
            code = "forked" if self.outside.agreed >= kept.size else "rewritten"
            self._report(code, agreed, source=kept.source, size=kept.size)
        for position, kept in self.outside.documents:
            found = Leaf.objects.filter(position=position).values_list("entry__commitment", flat=True).first()
            if found is not None and bytes(found) != kept.commitment:
                self._report("document", position, source=kept.source)

    def read_checkpoints_beyond(self) -> None:
        """4. No checkpoint may be larger than the log, and the newest covers all of it."""
        size = self.frontier.size
        if self.differs:
            return
        if self.next_checkpoint is not None:
            self._report("cut", size)
        if self.signed_size < size and not self.problems:
            self._report("unsigned", self.signed_size)

    def read_unlogged(self) -> None:
        """5. Every other entry waits for its position; none was taken out of the outbox."""
        self.waiting = Waiting.objects.count()
        lost = Entry.objects.filter(leaf__isnull=True, waiting__isnull=True).values_list("id", flat=True)
        for entry in lost[:PROBLEMS_MAX]:
            self._report("lost", detail=str(entry))

    def read_time_stamps(self) -> None:
        """6. The newest time-stamps are of the notes beside them. (Each vouches for every entry before it.)"""
        if not settings.TSA_CERTIFICATES:
            return
        for row in TimeStamp.objects.select_related("checkpoint").order_by("-checkpoint")[:TIME_STAMPS_MAX]:
            try:
                check_token(bytes(row.token), message=row.checkpoint.note.encode())
            except TimeStampRefused as error:
                self._report("time_stamp", detail=str(error), size=row.checkpoint_id)

    def read_grown(self) -> None:
        """7. What is kept outside beyond this log was added while it was being read; else the log was rolled back."""
        for kept in self.outside.beyond:
            if not Checkpoint.objects.filter(size=kept.size, root=kept.root).exists():
                self._report("rolled_back", self.frontier.size, source=kept.source, size=kept.size)

    def _check_record(self, row: _Row) -> None:
        listed = row.position in self.lawfully_erased and row.kind != RECORDS_ERASED
        if row.document is None or row.nonce is None:
            self.erased += 1
            if not listed:
                self._report("record_missing", row.position)
            return
        self.records += 1
        if listed:
            self._report("not_erased", row.position)
        if commitment(row.document, nonce=row.nonce) != row.commitment:
            self._report("record_altered", row.position)

    def _check_nodes(self, made: Sequence[Subtree]) -> None:
        """Reports the lowest hash that differs: those above it differ because it does."""
        self.nodes_expected += len(made)
        stored = stored_nodes([(each.level, each.index) for each in made])
        for each in made:
            if stored.get((each.level, each.index)) == each.hash:
                continue
            self.altered_nodes.add((each.level, each.index))
            below = {(each.level - 1, each.index * 2), (each.level - 1, each.index * 2 + 1)}
            if below.isdisjoint(self.altered_nodes):
                self._report("leaf" if each.level == 0 else "node", each.index << each.level)

    def _check_roots(self) -> None:
        size = self.frontier.size
        while self.next_checkpoint is not None and self.next_checkpoint.size <= size:
            if not self.differs:
                self._check_checkpoint(self.next_checkpoint)
            self.next_checkpoint = next(self.checkpoints, None)
        self.outside.reach(self.frontier)

    def _check_checkpoint(self, row: Checkpoint) -> None:
        try:
            read = parsed_checkpoint(row.note)
            check_signed(read, origin=settings.LEDGER_ORIGIN, public_keys=self.keys)
        except ProofInvalid as error:
            self._report("checkpoint", self.signed_size, detail=str(error))
            return
        recomputed = (self.frontier.size, self.frontier.root())
        if (read.size, read.root) != recomputed or (row.size, bytes(row.root)) != recomputed:
            self.differs = True
            self._report("root", self.signed_size)
            return
        signed_by = max(
            number
            for number, key in enumerate(self.keys)
            if key_hash(read.origin, key) in {line.key_hash for line in read.signatures}
        )
        if signed_by < self.signed_by:
            self._report("retired_key", self.signed_size)
        self.signed_size, self.signed_by = row.size, max(signed_by, self.signed_by)

    def _report(
        self, code: str, position: int | None = None, *, detail: str = "", source: str = "", size: int | None = None
    ) -> None:
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem(code, position, detail, source, size))


def _chunks() -> Iterator[list[_Row]]:
    """The entries in order of position, some at a time."""
    last = -1
    fields = ("position", "entry__commitment", "entry__kind", "entry__record__document", "entry__record__nonce")
    while found := list(Leaf.objects.filter(position__gt=last).order_by("position").values_list(*fields)[:CHUNK]):
        yield [
            _Row(at, bytes(hash_), kind, _bytes(document), _bytes(nonce)) for at, hash_, kind, document, nonce in found
        ]
        last = found[-1][0]


def _bytes(value: memoryview | bytes | None) -> bytes | None:
    return None if value is None else bytes(value)


@contextmanager
def _snapshot() -> Iterator[None]:
    """One consistent view of all tables while the sequencer goes on; inside a transaction of the caller, that one's view."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
