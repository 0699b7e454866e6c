"""Checkpoints as signed notes: the formats C2SP signed-note and tlog-checkpoint, written, read and verified."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from consent.seals.signing import is_signed_by, sign

from .merkle import HASH_BYTES, ProofInvalid

PURPOSE = "ledger"
ED25519 = b"\x01"
NOTE_BYTES_MAX = 64 * 1024
SIGNATURES_MAX = 64


@dataclass(frozen=True)
class NoteSignature:
    """One signature line: who claims to have signed, the 4-byte key id, the signature."""

    name: str
    key_hash: bytes
    value: bytes


@dataclass(frozen=True)
class CheckpointNote:
    """A checkpoint as read; believe nothing of it before `check_signed`."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: tuple[NoteSignature, ...]


def signed_checkpoint(*, origin: str, size: int, root: bytes) -> str:
    """The note for a log of this size and root, signed with the ledger's key under the name of its origin."""
    text = f"{origin}\n{size}\n{encoded(root)}\n"
    signature = sign(text.encode(), purpose=PURPOSE)  # one call: the key may be rotated before the next
    return f"{text}\n— {origin} {encoded(key_hash(origin, signature.public) + signature.value)}\n"


def parsed_checkpoint(note: str) -> CheckpointNote:
    """Reads a note without believing it. Raises ProofInvalid when it is not exactly of the format."""
    if len(note) > NOTE_BYTES_MAX or any(ord(char) < 32 and char != "\n" for char in note):
        raise _not_a_note()
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise _not_a_note()
    body = text.split("\n")
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    if len(body) < 3 or not all(body) or len(signatures) > SIGNATURES_MAX:
        raise _not_a_note()
    root = decoded(body[2])
    if len(root) != HASH_BYTES:
        raise ProofInvalid(_("The root hash of the checkpoint is not 32 bytes long."), code="hash_length")
    return CheckpointNote(
        origin=body[0], size=whole_number(body[1]), root=root, text=text + "\n", signatures=signatures
    )


def check_signed(checkpoint: CheckpointNote, *, origin: str, public_keys: Sequence[bytes]) -> None:
    """Raises ProofInvalid unless the checkpoint is of this log and a known key signed it.

    Lines of unknown keys are ignored, a wrong signature of a known key spoils the note (C2SP signed-note, Signatures).
    """
    if checkpoint.origin != origin:
        raise ProofInvalid(
            _("The checkpoint is of another log: %(origin)s.") % {"origin": checkpoint.origin}, code="origin"
        )
    known = {key_hash(origin, raw): raw for raw in public_keys}
    ours = [line for line in checkpoint.signatures if line.name == origin and line.key_hash in known]
    if not ours:
        raise ProofInvalid(_("No key of this log signed the checkpoint."), code="unsigned")
    if not all(is_signed_by(known[line.key_hash], message=checkpoint.text.encode(), value=line.value) for line in ours):
        raise ProofInvalid(_("The signature on the checkpoint is not genuine."), code="signature")


def key_hash(name: str, public: bytes) -> bytes:
    """The key id of a signature line: the first 4 bytes of SHA-256(name ‖ newline ‖ type ‖ key)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def encoded(data: bytes) -> str:
    """Base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def decoded(text: str) -> bytes:
    """The bytes of exactly canonical base64: no other text decodes to them. Raises ProofInvalid."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ProofInvalid(_("A line that must be base64 is not."), code="encoding") from None
    if encoded(data) != text:
        raise ProofInvalid(_("A line that must be base64 is not."), code="encoding")
    return data


def whole_number(text: str) -> int:
    """An ASCII decimal without leading zeroes, of at most 18 digits. Raises ProofInvalid."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and (text == "0" or text[0] != "0")):
        raise ProofInvalid(_("A line that must be a whole number is not."), code="encoding")
    return int(text)


def _signature(line: str) -> NoteSignature:
    dash, _space, rest = line.partition(" ")
    name, _space, value = rest.partition(" ")
    if dash != "—" or not name or "+" in name or not value:
        raise _not_a_note()
    raw = decoded(value)
    if len(raw) < 5:
        raise _not_a_note()
    return NoteSignature(name=name, key_hash=raw[:4], value=raw[4:])


def _not_a_note() -> ProofInvalid:
    return ProofInvalid(_("This is not a signed checkpoint (C2SP tlog-checkpoint)."), code="not_a_note")
