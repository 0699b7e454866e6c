"""Proofs that a document is in the log, as `c2sp.org/tlog-proof@v1` text, and what a verifier must believe of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from consent.database import acting_for
from consent.seals.signing import PublicKey

from .entries import NONCE_BYTES, SERVICE, commitment
from .merkle import ProofInvalid, check_inclusion, consistency_spans, inclusion_spans
from .models import Checkpoint, Leaf, Record
from .notes import CheckpointNote, check_signed, decoded, encoded, parsed_checkpoint, whole_number
from .tree import hashes_of

HEADER = "c2sp.org/tlog-proof@v1"
PATH_MAX = 63
PROOF_BYTES_MAX = 64 * 1024


@dataclass(frozen=True)
class Proof:
    """A proof as read; believe nothing of it before `verify_proof`."""

    nonce: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: CheckpointNote


@dataclass(frozen=True)
class Proven:
    """What a verified proof says: the document is the entry at `position` of a log that had `size` entries with this root."""

    position: int
    size: int
    root: bytes
    commitment: bytes


def proof_of(entry_id: UUID) -> str | None:
    """The proof of an entry against the first checkpoint that covers it, always the same text; None until sequenced, or once erased.

    The nonce is in the `extra` line: it shows nothing without the document. Reads O(log n) rows.
    """
    with acting_for(None, service=SERVICE):
        nonce = Record.objects.filter(entry_id=entry_id).values_list("nonce", flat=True).first()
    position = Leaf.objects.filter(entry_id=entry_id).values_list("position", flat=True).first()
    if nonce is None or position is None:
        return None
    checkpoint = Checkpoint.objects.filter(size__gt=position).order_by("size").first()
    if checkpoint is None:
        return None
    path = hashes_of(inclusion_spans(index=position, size=checkpoint.size))
    lines = [HEADER, f"extra {encoded(bytes(nonce))}", f"index {position}", *map(encoded, path)]
    return "\n".join(lines) + "\n\n" + checkpoint.note


def consistency_proof(*, first: int, second: int) -> list[bytes]:
    """The hashes which prove that the log of `second` extends the log of `first`. Raises ProofInvalid for sizes that never were."""
    newest = Checkpoint.objects.filter(size__gte=second).exists()
    if not newest:
        raise ProofInvalid(_("The log has not reached %(size)s entries.") % {"size": second}, code="size")
    return hashes_of(consistency_spans(first=first, second=second))


def verify_proof(
    document: bytes, proof: str, *, public_key: PublicKey | Sequence[PublicKey], origin: str | None = None
) -> Proven:
    """Believes a proof, step by step, or raises ProofInvalid with the sentence of the step that failed. Reads no database.

    `public_key`: the key, or keys, of the log that the verifier trusts; `origin`: the log's name (default: this portal's).
    """
    # 1. The text is exactly of the format.
    read = parsed_proof(proof)
    # 2. The checkpoint is of this log, and signed with a trusted key.
    trusted = [public_key] if isinstance(public_key, PublicKey) else public_key
    check_signed(read.checkpoint, origin=origin or settings.LEDGER_ORIGIN, public_keys=[key.raw for key in trusted])
    # 3. The document and nonce give the leaf.
    leaf = commitment(document, nonce=read.nonce)
    # 4. The path leads from that leaf, at that position, to the signed root.
    size, root = read.checkpoint.size, read.checkpoint.root
    check_inclusion(leaf=leaf, index=read.index, size=size, path=read.path, root=root)
    return Proven(position=read.index, size=size, root=root, commitment=leaf)


def parsed_proof(proof: str) -> Proof:
    """Reads a proof without believing it. Raises ProofInvalid when it is not exactly of the format."""
    if len(proof) > PROOF_BYTES_MAX:
        raise _not_a_proof()
    head, separator, note = proof.partition("\n\n")
    lines = head.split("\n")
    if not separator or len(lines) < 3 or len(lines) > 3 + PATH_MAX or lines[0] != HEADER:
        raise _not_a_proof()
    nonce = decoded(_after("extra ", lines[1]))
    if len(nonce) != NONCE_BYTES:
        raise ProofInvalid(_("The nonce in the proof is not 32 bytes long."), code="nonce_length")
    index = whole_number(_after("index ", lines[2]))
    return Proof(nonce=nonce, index=index, path=tuple(map(decoded, lines[3:])), checkpoint=parsed_checkpoint(note))


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise _not_a_proof()
    return line[len(word) :]


def _not_a_proof() -> ProofInvalid:
    return ProofInvalid(_("This is not a proof of an entry (c2sp.org/tlog-proof@v1)."), code="not_a_proof")
