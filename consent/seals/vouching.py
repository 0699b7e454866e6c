"""Which public keys the keystore vouches for, now and retired: no right on the database can add one, or move a time.

Beside each seed the keystore holds papers, one a public key, filed before anything it signed leaves: its bytes, and since when it
signs. A key retires when the next of its purpose is made. So a paper never changes, and no crash leaves half a rotation.
"""

import base64
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from . import keystore

# A process that had read its key when the rotation took it away may sign once more, and clocks of machines differ a little.
ALLOWANCE = timedelta(minutes=1)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class VouchedKey:
    """A public key (raw Ed25519, or the DER certificate of the seal) and the time during which its private half signs or signed."""

    key_id: str
    public: bytes
    created_at: datetime
    retired_at: datetime | None = None

    def may_have_signed(self, at: datetime) -> bool:
        """Whether what says that it was signed at this time can have been: not after the key was retired (but for a minute)."""
        return self.retired_at is None or at <= self.retired_at + ALLOWANCE


def put_on_record(purpose: str, *, key_id: str, public: bytes) -> None:
    """Files the public half of the key that signs now; once is enough."""
    place, name = keystore.place(), _name(purpose, key_id)
    if place.papers(name):
        return
    since = [place.made_at(keystore.seed_name(purpose)), *(key.created_at + _TICK for key in on_record(purpose)[-1:])]
    told = {"key": key_id, "public": base64.b64encode(public).decode(), "created_at": max(since).isoformat()}
    place.file(name, json.dumps(told, indent=2, sort_keys=True).encode())


def on_record(purpose: str) -> list[VouchedKey]:
    """Every key of this purpose that signs or signed, oldest first; the last is the one that signs now."""
    keys = sorted(map(_read, keystore.place().papers(_name(purpose, ""))), key=lambda key: key.created_at)
    return [replace(key, retired_at=later.created_at) for key, later in pairwise(keys)] + keys[-1:]


def _name(purpose: str, key_id: str) -> str:
    return f"public-{purpose}-{key_id}"


def _read(paper: bytes) -> VouchedKey:
    told = json.loads(paper)
    created_at = datetime.fromisoformat(told["created_at"])
    return VouchedKey(key_id=told["key"], public=base64.b64decode(told["public"]), created_at=created_at)
