"""Seals bytes under the live data key of a person in a programme, made on first use."""

import secrets
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils.translation import gettext as _

from . import keystore
from .directory import KeyMissing
from .models import DataKey, Epoch
from .wrapping import NONCE_BYTES, cipher_of, wrapped_new_key


class Unsealable(Exception):
    """The live key exists and cannot be unwrapped: its row or its epoch's key was tampered with or lost. Nothing is sealed."""

    code = "unsealable"


@dataclass(frozen=True)
class LiveKey:
    """The key under which this person's captures of this programme are sealed now."""

    id: UUID
    cipher: AESGCM = field(repr=False)


def live_key(*, person: UUID, programme: UUID) -> LiveKey:
    """The live data key, made if there is none; of two makers at once one wins and both use its key.

    The row is looked up at each call and share-locked by none: an intake transaction locks it itself (FOR SHARE), so that a
    destruction waits for it. Row-level security: the session must act for this person. Raises Unsealable.
    """
    row = _live_row(person, programme) or _made_row(person, programme)
    try:
        return LiveKey(id=row.id, cipher=cipher_of(row))
    except (InvalidTag, KeyMissing) as error:
        raise Unsealable(
            _("The key for this data cannot be used. Nothing was stored; ask the data protection officer.")
        ) from error


def seal(plaintext: bytes, *, key: LiveKey, associated: bytes) -> bytes:
    """AES-256-GCM: 12-byte random nonce, then ciphertext and tag. `associated` must be given again, byte for byte, to open.

    Random nonces bound a key to well under 2**32 seals (NIST SP 800-38D, 8.3).
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + key.cipher.encrypt(nonce, plaintext, associated)


def live_epoch() -> UUID:
    """The epoch whose key wraps new data keys; made on first use."""
    found = Epoch.objects.filter(retired_at__isnull=True).values_list("id", flat=True).first()
    if found:
        return found
    epoch = Epoch(id=uuid4())
    keystore.create_epoch_key(epoch.id)
    Epoch.objects.bulk_create([epoch], ignore_conflicts=True)
    made = Epoch.objects.filter(retired_at__isnull=True).values_list("id", flat=True).get()
    if made != epoch.id:
        keystore.destroy_epoch_key(epoch.id)
    return made


def _live_row(person: UUID, programme: UUID) -> DataKey | None:
    return DataKey.objects.filter(person=person, programme=programme, retired_at__isnull=True).first()


def _made_row(person: UUID, programme: UUID) -> DataKey:
    """Insert or, when another transaction was first, wait for its commit and take its row (READ COMMITTED)."""
    epoch = live_epoch()
    wrapped = wrapped_new_key(person=person, programme=programme, epoch=epoch)
    made = DataKey(person=person, programme=programme, epoch_id=epoch, wrapped=wrapped)
    DataKey.objects.bulk_create([made], ignore_conflicts=True)
    return DataKey.objects.get(person=person, programme=programme, retired_at__isnull=True)
