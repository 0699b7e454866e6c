"""What makes a gap in the records a lawful one: an entry that lists it, signed by the portal. No right on the database can write one."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import rfc8785

from consent.seals.signing import ALGORITHM, is_signed_by, sign
from consent.seals.vouching import VouchedKey

from .merkle import ProofInvalid
from .notes import PURPOSE, decoded, encoded

RECORDS_ERASED = "records.erased"


def erasure(positions: Sequence[int], *, reason: str, at: datetime) -> dict[str, Any]:
    """The statement that the records at these positions were erased; signed with the key of the log, which signs notes otherwise.

    A note begins with the log's name on a line of its own, this with a brace and no line: neither can pass for the other.
    """
    told: dict[str, Any] = {
        "type": RECORDS_ERASED,
        "at": at.isoformat(),
        "reason": reason,
        "positions": list(positions),
    }
    signature = sign(rfc8785.dumps(told), purpose=PURPOSE)
    return told | {
        "signature": {"algorithm": ALGORITHM, "key": signature.key_id, "value": encoded(signature.value)},
    }


def erased_positions(document: bytes, *, keys: Sequence[VouchedKey]) -> list[int]:
    """The positions that it says were erased, if one of these keys signed that while it was in use; of anything else none."""
    try:
        told = json.loads(document)
        signature = told.pop("signature")
        value, at = decoded(signature["value"]), datetime.fromisoformat(told["at"])
        (key,) = (key for key in keys if key.key_id == signature["key"] and key.may_have_signed(at))
        genuine = is_signed_by(key.public, message=rfc8785.dumps(told), value=value)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, ProofInvalid):
        return []
    return list(told["positions"]) if genuine and told["type"] == RECORDS_ERASED else []
