"""Wraps data keys under their epoch's key, bound to person, programme and epoch; holds the unwrapped ciphers of this process."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import keystore
from .models import DataKey

NONCE_BYTES = 12
CIPHERS_HELD = 4096

_held: OrderedDict[UUID, tuple[tuple[UUID, UUID, UUID, bytes], AESGCM]] = OrderedDict()
_lock = threading.Lock()


def wrapped_new_key(*, person: UUID, programme: UUID, epoch: UUID) -> bytes:
    """256 new random bits, wrapped: 12-byte nonce and AES-256-GCM (NIST SP 800-38D) ciphertext under the epoch's key."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    key = AESGCM.generate_key(bit_length=256)
    return nonce + AESGCM(keystore.epoch_key(epoch)).encrypt(nonce, key, _bound_to(person, programme, epoch))


def cipher_of(row: DataKey) -> AESGCM:
    """The cipher of a row just read from the database. Raises InvalidTag when the row was altered, KeyMissing when its epoch ended.

    A cipher is held by this process only as long as the row is byte for byte the one it was unwrapped from, and is used only
    while the epoch's key exists.
    """
    epoch_key = keystore.epoch_key(row.epoch_id)
    binding = (row.person, row.programme, row.epoch_id, bytes(row.wrapped))
    with _lock:
        held = _held.get(row.id)
        if held and held[0] == binding:
            _held.move_to_end(row.id)
            return held[1]
    cipher = AESGCM(_unwrapped(epoch_key, *binding))
    with _lock:
        _held[row.id] = (binding, cipher)
        while len(_held) > CIPHERS_HELD:
            _held.popitem(last=False)
    return cipher


def forget(keys: Iterable[UUID]) -> None:
    """Drops the ciphers that this process holds of these keys."""
    with _lock:
        for key in keys:
            _held.pop(key, None)


def _bound_to(person: UUID, programme: UUID, epoch: UUID) -> bytes:
    return person.bytes + programme.bytes + epoch.bytes


def _unwrapped(epoch_key: bytes, person: UUID, programme: UUID, epoch: UUID, wrapped: bytes) -> bytes:
    nonce, ciphertext = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    return AESGCM(epoch_key).decrypt(nonce, ciphertext, _bound_to(person, programme, epoch))
