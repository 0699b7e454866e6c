"""Signs with the portal's own keys, and keeps their public halves so that old signatures verify after a key was replaced."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from . import keystore
from .models import SigningKey

ALGORITHM = "Ed25519"


@dataclass(frozen=True)
class Signature:
    """64 bytes of Ed25519 (RFC 8032), and the id of the key that made them."""

    key_id: str
    value: bytes


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

    Raises KeystoreRefused when the keystore is not private.
    """
    key = keystore.signing_key(purpose)
    _register(key)
    return Signature(key_id=key.key_id, value=key.private.sign(message))


def public_keys(purpose: str) -> list[PublicKey]:
    """Every key that ever signed for this purpose, oldest first."""
    rows = SigningKey.objects.filter(purpose=purpose).order_by("created_at", "id")
    return [PublicKey(row.id, ALGORITHM, bytes(row.public), row.created_at, row.retired_at) for row in rows]


def signing_public_key(purpose: str) -> PublicKey:
    """The key that signs for this purpose now; made and put on record on first use."""
    key_id = _register(keystore.signing_key(purpose))
    return next(key for key in public_keys(purpose) if key.key_id == key_id)


def own_public_keys(purpose: str) -> list[bytes]:
    """The raw public keys that the keystore itself vouches for: unlike the table's, no right on the database can add to them."""
    return [keystore.signing_key(purpose).private.public_key().public_bytes_raw()]


def verify(message: bytes, signature: Signature, *, purpose: str) -> bool:
    """True when a key on record for this purpose, retired or not, made this signature over exactly these bytes."""
    row = SigningKey.objects.filter(id=signature.key_id, purpose=purpose).first()
    return row is not None and is_signed_by(bytes(row.public), message=message, value=signature.value)


def is_signed_by(public: bytes, *, message: bytes, value: bytes) -> bool:
    """Pure: whether the 32-byte Ed25519 key made this 64-byte signature over the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _register(key: keystore.SigningKey) -> str:
    if not SigningKey.objects.filter(id=key.key_id).exists():
        row = SigningKey(id=key.key_id, purpose=key.name, public=key.private.public_key().public_bytes_raw())
        SigningKey.objects.bulk_create([row], ignore_conflicts=True)
    return key.key_id
