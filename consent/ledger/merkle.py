"""The Merkle tree of RFC 9162 (section 2.1), pure: hashes, paths, and the verifying of both kinds of proof."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class ProofInvalid(Exception):
    """A proof, checkpoint or document does not hold; the sentence says which step failed."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Span:
    """A subtree as the leaves from `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class Subtree:
    """The hash of a complete subtree: `level` 0 is a leaf, `index` counts subtrees of that level from the left."""

    level: int
    index: int
    hash: bytes


@dataclass
class Frontier:
    """The right edge of a growing tree: the complete subtrees that make up its leaves, largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> Iterator[Subtree]:
        """Adds a leaf hash and yields each subtree that becomes complete, the leaf itself first."""
        index, level, made = self.size, 0, leaf
        yield Subtree(level, index, made)
        while index & 1:
            made = node_hash(self.peaks.pop(), made)
            index, level = index >> 1, level + 1
            yield Subtree(level, index, made)
        self.peaks.append(made)
        self.size += 1

    def root(self) -> bytes:
        """The root hash at this size."""
        return folded(self.peaks)


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def folded(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, largest (leftmost) first; of none, the hash of the empty tree."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def complete_subtrees(span: Span) -> list[tuple[int, int]]:
    """The (level, index) of the complete subtrees that make up a span of the tree, left to right: at most log2 of its length."""
    found, start = [], span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def inclusion_spans(*, index: int, size: int) -> list[Span]:
    """The subtrees whose hashes prove the leaf at `index` in a tree of `size`, from the leaf's sibling up (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ProofInvalid(
            _("There is no entry %(index)s in a log of %(size)s.") % {"index": index, "size": size}, code="index"
        )
    spans, start, end = [], 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            spans.append(Span(split, end))
            end = split
        else:
            spans.append(Span(start, split))
            start = split
    return spans[::-1]


def consistency_spans(*, first: int, second: int) -> list[Span]:
    """The subtrees whose hashes prove that a tree of `second` extends one of `first` (RFC 9162, 2.1.4.1); none when equal."""
    if not 0 < first <= second:
        raise ProofInvalid(
            _("A log of %(second)s cannot extend one of %(first)s.") % {"first": first, "second": second}, code="size"
        )
    spans, start, end, whole = [], 0, second, True
    while end != first:
        split = start + _split(end - start)
        if first <= split:
            spans.append(Span(split, end))
            end = split
        else:
            spans.append(Span(start, split))
            start, whole = split, False
    return ([] if whole else [Span(start, end)]) + spans[::-1]


def check_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raises ProofInvalid unless the path leads from the leaf at `index` to the root of a tree of `size` (RFC 9162, 2.1.3.2).

    Stricter than the RFC: 32-byte hashes only, and no proof in an empty log.
    """
    if not 0 <= index < size:
        raise ProofInvalid(
            _("There is no entry %(index)s in a log of %(size)s.") % {"index": index, "size": size}, code="index"
        )
    _check_lengths([leaf, root, *path])
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise _wrong_length()
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise _wrong_length()
    if found != root:
        raise ProofInvalid(
            _("The path does not lead to the checkpoint: the document is not entry %(index)s of this log.")
            % {"index": index},
            code="root",
        )


def check_consistency(*, first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> None:
    """Raises ProofInvalid unless the tree of `second` begins with exactly the tree of `first` (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        raise ProofInvalid(
            _("A log of %(second)s cannot extend one of %(first)s.") % {"first": first, "second": second}, code="size"
        )
    _check_lengths([first_root, second_root, *path])
    if first == second:
        if path:
            raise _wrong_length()
        old = new = first_root
    else:
        old, new = _roots_by(list(path), first=first, second=second, first_root=first_root)
    if old != first_root or new != second_root:
        raise ProofInvalid(
            _("The later checkpoint does not extend the earlier one: the log was rewritten or forked."), code="fork"
        )


def _roots_by(path: list[bytes], *, first: int, second: int, first_root: bytes) -> tuple[bytes, bytes]:
    """The roots of both trees as the path gives them."""
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        raise _wrong_length()
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise _wrong_length()
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise _wrong_length()
    return old, new


def _split(length: int) -> int:
    """The largest power of two smaller than the length."""
    return 1 << ((length - 1).bit_length() - 1)


def _check_lengths(hashes: Sequence[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofInvalid(_("A hash in the proof is not 32 bytes long."), code="hash_length")


def _wrong_length() -> ProofInvalid:
    return ProofInvalid(_("The proof is too long or too short for the size of the log."), code="path_length")
