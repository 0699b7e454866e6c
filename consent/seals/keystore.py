"""The keys that the database and its backups must never hold: epoch keys and signing keys, by name."""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from .directory import DirectoryKeystore


class Keystore(Protocol):
    """What a place for keys must do; the directory does it, a key management service may later."""

    def read(self, name: str) -> bytes: ...

    def create(self, name: str) -> bytes: ...

    def destroy(self, name: str) -> None: ...

    def check(self) -> None: ...


@dataclass(frozen=True)
class SigningKey:
    """A private Ed25519 key: its purpose as name, an id derived from its public half."""

    name: str
    key_id: str
    private: Ed25519PrivateKey = field(repr=False)


def epoch_key(epoch_id: UUID) -> bytes:
    """The 256-bit key of an epoch. Raises KeyMissing when it was destroyed, KeystoreRefused when the keystore is not private."""
    return _keystore().read(f"epoch-{epoch_id}")


def create_epoch_key(epoch_id: UUID) -> None:
    """Makes the key of an epoch; doing it twice changes nothing."""
    _keystore().create(f"epoch-{epoch_id}")


def destroy_epoch_key(epoch_id: UUID) -> None:
    """Ends the key of an epoch, and with it every data key that only it wraps; what a backup of the keystore holds remains."""
    _keystore().destroy(f"epoch-{epoch_id}")


def signing_key(purpose: str) -> SigningKey:
    """The Ed25519 key (RFC 8032) that signs for a purpose, such as `ledger` or `receipts`; made on first use."""
    return _signing_key(purpose, seed(purpose))


def seed(purpose: str) -> bytes:
    """The 256 random bits from which the private key of a purpose is derived; made on first use. Only this room may ask."""
    return _keystore().create(f"signing-{purpose}")


def check_keystore() -> None:
    """Raises KeystoreRefused with a sentence when keys could not be kept or read safely."""
    _keystore().check()


def key_id_of(public: bytes) -> str:
    """The id of a public key: the first 128 bits of its SHA-256, in hexadecimal."""
    return hashlib.sha256(public).hexdigest()[:32]


def _keystore() -> Keystore:
    return _directory(Path(settings.KEYSTORE_DIR))


@lru_cache(maxsize=8)
def _directory(path: Path) -> Keystore:
    return DirectoryKeystore(path)


@lru_cache(maxsize=8)
def _signing_key(purpose: str, seed: bytes) -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return SigningKey(name=purpose, key_id=key_id_of(private.public_key().public_bytes_raw()), private=private)
