"""The keys that the database and its backups must never hold: epoch keys and signing keys, by name."""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from .directory import DirectoryKeystore


class Keystore(Protocol):
    """What a place for keys must do; the directory does it, a key management service may later.

    Keys are 256 secret bits under a name. Papers are public: they say which public keys this place vouches for, and until when.
    """

    def read(self, name: str) -> bytes:
        """The key. KeyMissing: never made, lost, or destroyed."""

    def made_at(self, name: str) -> datetime:
        """When the key that stands under the name now was made."""

    def create(self, name: str) -> bytes:
        """A new key, or the one that is there."""

    def replace(self, name: str) -> bytes:
        """A new key in the place of the old one, in one step; the old one is gone."""

    def destroy(self, name: str) -> None:
        """The key is gone."""

    def file(self, name: str, paper: bytes) -> None:
        """Keeps a paper; of two under one name the first stays."""

    def papers(self, prefix: str) -> list[bytes]:
        """The papers whose names begin so."""

    def alone(self) -> AbstractContextManager[None]:
        """One process at a time."""

    def check(self) -> None:
        """KeystoreRefused when keys could not be kept or read safely."""


@dataclass(frozen=True)
class SigningKey:
    """A private Ed25519 key: its purpose as name, an id derived from its public half."""

    name: str
    key_id: str
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> bytes:
        """The public half, 32 raw bytes."""
        return self.private.public_key().public_bytes_raw()


def epoch_key(epoch_id: UUID) -> bytes:
    """The 256-bit key of an epoch. Raises KeyMissing when it was destroyed, KeystoreRefused when the keystore is not private."""
    return place().read(f"epoch-{epoch_id}")


def create_epoch_key(epoch_id: UUID) -> None:
    """Makes the key of an epoch; doing it twice changes nothing."""
    place().create(f"epoch-{epoch_id}")


def destroy_epoch_key(epoch_id: UUID) -> None:
    """Ends the key of an epoch, and with it every data key that only it wraps; what a backup of the keystore holds remains."""
    place().destroy(f"epoch-{epoch_id}")


def signing_key(purpose: str) -> SigningKey:
    """The Ed25519 key (RFC 8032) that signs for a purpose, such as `ledger` or `receipts`; made on first use."""
    return _signing_key(purpose, seed(purpose))


def seed(purpose: str) -> bytes:
    """The 256 random bits from which the private key of a purpose is derived; made on first use. Only this room may ask."""
    return place().create(seed_name(purpose))


def seed_name(purpose: str) -> str:
    """The name under which the seed of a purpose is kept."""
    return f"signing-{purpose}"


def check_keystore() -> None:
    """Raises KeystoreRefused with a sentence when keys could not be kept or read safely."""
    place().check()


def key_id_of(public: bytes) -> str:
    """The id of a public key: the first 128 bits of its SHA-256, in hexadecimal."""
    return hashlib.sha256(public).hexdigest()[:32]


def place() -> Keystore:
    """The place for keys that the settings name. Only this room may ask."""
    return _directory(Path(settings.KEYSTORE_DIR))


@lru_cache(maxsize=8)
def _directory(path: Path) -> Keystore:
    return DirectoryKeystore(path)


@lru_cache(maxsize=8)
def _signing_key(purpose: str, seed: bytes) -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return SigningKey(name=purpose, key_id=key_id_of(private.public_key().public_bytes_raw()), private=private)
