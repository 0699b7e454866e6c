"""Signs with the portal's own keys, and tells which keys the keystore vouches for, so that old signatures verify after a rotation."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from . import keystore, vouching
from .vouching import VouchedKey

ALGORITHM = "Ed25519"


@dataclass(frozen=True)
class Signature:
    """64 bytes of Ed25519 (RFC 8032), and the key that made them: its id and its 32 public bytes."""

    key_id: str
    value: bytes
    public: bytes


@dataclass(frozen=True)
class PublicKey:
    """What a stranger needs to verify: 32 raw bytes, and since when (and until when) the key signs."""

    key_id: str
    algorithm: str
    raw: bytes
    created_at: datetime
    retired_at: datetime | None = None


def sign(message: bytes, *, purpose: str) -> Signature:
    """Signs the exact bytes with the key of this purpose, whose public half is on record before the signature leaves.

    While a key is rotated it signs with the old one or the new one, each valid. Raises KeystoreRefused when the keystore is not
    private.
    """
    key = _on_record(purpose)
    return Signature(key_id=key.key_id, value=key.private.sign(message), public=key.public)


def public_keys(purpose: str) -> list[PublicKey]:
    """Every key that ever signed for this purpose, oldest first."""
    return [
        PublicKey(key.key_id, ALGORITHM, key.public, key.created_at, key.retired_at)
        for key in keys_vouched_for(purpose)
    ]


def signing_public_key(purpose: str) -> PublicKey:
    """The key that signs for this purpose now; made and put on record on first use."""
    return public_keys(purpose)[-1]


def own_public_keys(purpose: str) -> list[bytes]:
    """The raw public keys that the keystore itself vouches for, retired ones too: no right on the database can add to them."""
    return [key.public for key in keys_vouched_for(purpose)]


def keys_vouched_for(purpose: str) -> list[VouchedKey]:
    """The keys that the keystore vouches for, oldest first, each with its time: hold what it signed to `may_have_signed`."""
    _on_record(purpose)
    return vouching.on_record(purpose)


def is_signed_by(public: bytes, *, message: bytes, value: bytes) -> bool:
    """Pure: whether the 32-byte Ed25519 key made this 64-byte signature over the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _on_record(purpose: str) -> keystore.SigningKey:
    key = keystore.signing_key(purpose)
    vouching.put_on_record(purpose, key_id=key.key_id, public=key.public)
    return key
