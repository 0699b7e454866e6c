"""Rotates a signing key and writes it into the log: who keeps an old checkpoint can see how the keys followed each other."""

import base64
from datetime import datetime

from django.db import transaction

from consent.seals import rotation
from consent.seals.rotation import Rotation
from consent.seals.vouching import VouchedKey

from .entries import append

KEY_ROTATED = "key.rotated"
PURPOSES = tuple(rotation.KEYS)


def rotate_key(purpose: str, *, at: datetime) -> Rotation:
    """From now on another key signs for this purpose; the entry lists all of its keys, so that one rotation tells of any before it.

    The keystore is first: should the entry then fail, the keys are as they should be, and the next rotation's entry says so.
    Raises KeyError for an unknown purpose, KeystoreRefused when the keystore is not private.
    """
    with transaction.atomic():  # without a database nothing is rotated
        done = rotation.rotate(purpose)
        keys = [_told(key) for key in rotation.KEYS[purpose]()]
        append(
            {"type": KEY_ROTATED, "purpose": purpose, "keys": keys, "at": at.isoformat()},
            kind=KEY_ROTATED,
            subject=None,
            at=at,
        )
    return done


def _told(key: VouchedKey) -> dict[str, str | None]:
    return {
        "key": key.key_id,
        "public": base64.b64encode(key.public).decode(),
        "created_at": key.created_at.isoformat(),
        "retired_at": key.retired_at.isoformat() if key.retired_at else None,
    }
