"""Rotates a signing key: a new one signs from now on, the old one is destroyed, what it signed verifies at its time."""

from collections.abc import Callable
from dataclasses import dataclass

from . import certificate, keystore, signing
from .vouching import VouchedKey

# The keys that sign, and who puts the one that signs now on record and tells all.
KEYS: dict[str, Callable[[], list[VouchedKey]]] = {
    "ledger": lambda: signing.keys_vouched_for("ledger"),
    "receipts": lambda: signing.keys_vouched_for("receipts"),
    certificate.PURPOSE: certificate.keys_vouched_for,
}


@dataclass(frozen=True)
class Rotation:
    """What a rotation did: the key that signed until now, and the one that signs from now on."""

    retired: VouchedKey
    now: VouchedKey


def rotate(purpose: str) -> Rotation:
    """Puts a new key in the place of the one that signs for this purpose. Other processes go on: each signs with the old or the new.

    A crash between any two steps leaves a keystore that works: before 2 nothing has happened, after it the next signature does 3.
    """
    with keystore.place().alone():
        # 1. The key that signs now is on record: what it signed will be believed.
        KEYS[purpose]()
        # 2. Another seed in the place of its seed, in one step; the old one is overwritten.
        keystore.place().replace(keystore.seed_name(purpose))
        # 3. The new key is on record, and with it the end of the old one.
        *_, retired, now = KEYS[purpose]()
    return Rotation(retired=retired, now=now)
