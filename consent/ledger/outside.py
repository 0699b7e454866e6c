"""What is kept of the log outside the database: deposits of witnesses, and old checkpoints, proofs and receipts that people hold."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from consent.seals.signing import own_public_keys, public_keys

from .merkle import Frontier, ProofInvalid
from .notes import PURPOSE, CheckpointNote, check_signed, parsed_checkpoint
from .proofs import HEADER, parsed_proof, verify_proof
from .tree import frontier_at
from .witnesses.bucket import notes_in_bucket
from .witnesses.file import notes_in_file
from .witnesses.reports import BUCKET, FILE, WitnessTrouble, deposited_size

FILE_BYTES_MAX = 4 * 1024 * 1024
PROOF_SUFFIX = ".tlog-proof"


class NotKept(Exception):
    """A file that was given to compare with holds nothing that can be compared; the sentence says why."""

    code = "not_kept"


@dataclass(frozen=True)
class Kept:
    """A checkpoint that our key signed, and who keeps it; of a receipt also which document was which entry (its commitment)."""

    source: str
    size: int
    root: bytes
    position: int | None = None
    commitment: bytes = b""


@dataclass
class Comparison:
    """How the log compares with all that is kept, in order of size. `agreed`: the largest size at which something kept agrees."""

    kept: Iterator[Kept]
    agreed: int = 0
    disagreeing: list[tuple[Kept, int]] = field(default_factory=list)
    beyond: list[Kept] = field(default_factory=list)
    documents: list[tuple[int, Kept]] = field(default_factory=list)
    _next: Kept | None = None

    def __post_init__(self) -> None:
        self._next = next(self.kept, None)

    def reach(self, frontier: Frontier) -> None:
        """The reading has come to this size: whatever is kept up to it is compared."""
        while self._next is not None and self._next.size <= frontier.size:
            here = self._next.size == frontier.size
            self._compare(self._next, frontier.root() if here else _earlier_root(self._next.size))
            self._next = next(self.kept, None)

    def end(self) -> None:
        """The log ends here: what is still kept is beyond it."""
        while self._next is not None:
            self._remember(self.beyond, self._next)
            self._next = next(self.kept, None)

    def _compare(self, kept: Kept, root: bytes | None) -> None:
        if kept.position is not None:
            self.documents.append((kept.position, kept))
        if kept.root == root:
            self.agreed = max(self.agreed, kept.size)
        elif kept.source not in {other.source for other, _agreed in self.disagreeing}:
            self.disagreeing.append((kept, self.agreed))

    @staticmethod
    def _remember(found: list[Kept], kept: Kept) -> None:
        """The first of each source is enough to tell."""
        if kept.source not in {other.source for other in found}:
            found.append(kept)


def kept_in(text: str, *, source: str) -> Kept:
    """A checkpoint, or the one at the end of a proof. Raises NotKept."""
    try:
        read = parsed_proof(text).checkpoint if text.startswith(HEADER) else parsed_checkpoint(text)
        return _believed(read, source=source, keys=own_public_keys(PURPOSE))
    except ProofInvalid as error:
        raise NotKept(_("%(source)s proves nothing: %(why)s") % {"source": source, "why": error}) from error


def kept_receipt(document: bytes, proof: str, *, source: str) -> Kept:
    """A receipt, byte for byte, with its proof. Raises NotKept when the proof does not fit, or is of another log."""
    try:
        proven = verify_proof(document, proof, public_key=public_keys(PURPOSE))
    except ProofInvalid as error:
        raise NotKept(_("%(source)s proves nothing: %(why)s") % {"source": source, "why": error}) from error
    return Kept(source, proven.size, proven.root, proven.position, proven.commitment)


def read_kept(path: Path) -> Kept:
    """What a file holds: a checkpoint, a proof, or a receipt as JSON whose proof lies beside it. Raises NotKept."""
    raw = _bytes(path)
    if raw.startswith(b"%PDF"):
        raise NotKept(
            _("%(file)s is a PDF: verify_receipt reads it. Give its JSON and proof here.") % {"file": path.name}
        )
    if not raw.startswith(b"{"):
        return kept_in(_decoded(raw, path), source=path.name)
    beside = path.with_suffix(PROOF_SUFFIX)
    if not beside.is_file():
        raise NotKept(
            _("%(file)s has no proof beside it: put %(proof)s into the same folder.")
            % {"file": path.name, "proof": beside.name}
        )
    return kept_receipt(raw, _decoded(_bytes(beside), beside), source=path.name)


def deposits(
    *, unread: Callable[[str, str], object], unreached: Callable[[str, str], object]
) -> dict[str, Iterator[Kept]]:
    """What each witness holds that can be read, by its name; what proves nothing or cannot be reached is told to the callbacks."""
    readers: dict[str, Callable[[], Iterator[str]]] = {}
    if settings.WITNESS_FILE.exists() or deposited_size(FILE):
        readers[FILE] = notes_in_file
    if settings.WITNESS_BUCKET:
        readers[BUCKET] = notes_in_bucket
    return {name: _deposited(name, notes, unread, unreached) for name, notes in readers.items()}


def in_order(*sources: Iterable[Kept]) -> Iterator[Kept]:
    """All of it by size; each source is in that order nearly everywhere."""
    return heapq.merge(*sources, key=lambda kept: kept.size)


def _deposited(
    name: str,
    notes: Callable[[], Iterator[str]],
    unread: Callable[[str, str], object],
    unreached: Callable[[str, str], object],
) -> Iterator[Kept]:
    keys = own_public_keys(PURPOSE)
    try:
        for note in notes():
            try:
                yield _believed(parsed_checkpoint(note), source=name, keys=keys)
            except ProofInvalid as error:
                unread(name, str(error))
    except OSError as error:
        unreached(name, error.strerror or type(error).__name__)
    except WitnessTrouble as error:
        unreached(name, str(error))


def _believed(read: CheckpointNote, *, source: str, keys: list[bytes]) -> Kept:
    check_signed(read, origin=settings.LEDGER_ORIGIN, public_keys=keys)
    return Kept(source=source, size=read.size, root=read.root)


def _earlier_root(size: int) -> bytes | None:
    """Of a size that the reading has passed; the stored hashes were compared on the way."""
    try:
        return frontier_at(size).root()
    except KeyError:
        return None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX)
    except OSError as error:
        raise NotKept(
            _("%(file)s cannot be read: %(why)s.") % {"file": path, "why": error.strerror or type(error).__name__}
        ) from None


def _decoded(raw: bytes, path: Path) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise NotKept(_("%(file)s cannot be read: it is not text.") % {"file": path}) from None
