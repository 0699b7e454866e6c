"""Opens a segment of the store, and seals part of it again: the two steps by which a deletion keeps what lies outside its scope.

Whoever calls this has committed the consultation before (captures.erasure, captures.opening), and acts for the person.
"""

import hashlib
from typing import Any
from uuid import uuid4

from consent.seals.opening import open_sealed
from consent.seals.sealing import live_key, seal

from .models import Segment
from .packing import pack, unpack
from .sifting import moment
from .store import Basis, associated


def open_segment(segment: Segment) -> tuple[list[int], dict[str, list[Any]]]:
    """The beginnings of its events in microseconds since 1970, and its columns. Raises Unreadable."""
    bound = associated(
        basis=_basis(segment),
        segment=segment.id,
        start=segment.start,
        end=segment.end,
        count=segment.count,
        key=segment.key,
    )
    return unpack(open_sealed(bytes(segment.sealed), key_id=segment.key, associated=bound))


def seal_again(segment: Segment, *, times: list[int], columns: dict[str, list[Any]], ends: list[int]) -> Segment:
    """Stores these of its events as a segment of its own: same consent, notice and collector, a new id, the live key.

    In the caller's transaction, which holds the person's row lock (no key is destroyed meanwhile) and deletes the old segment.
    """
    key = live_key(person=segment.person, programme=segment.programme)
    row = Segment(
        id=uuid4(),
        person=segment.person,
        programme=segment.programme,
        kind=segment.kind,
        notice=segment.notice,
        decision_no=segment.decision_no,
        collector=segment.collector,
        start=moment(times[0]),
        end=moment(max(ends)),
        count=len(times),
        key=key.id,
        stored_at=segment.stored_at,
    )
    bound = associated(basis=_basis(segment), segment=row.id, start=row.start, end=row.end, count=row.count, key=key.id)
    row.sealed = seal(pack(times, columns), key=key, associated=bound)
    row.bytes, row.sha256 = len(row.sealed), hashlib.sha256(row.sealed).digest()
    row.save(force_insert=True)
    return row


def _basis(segment: Segment) -> Basis:
    """As far as a seal is bound to it: what stood when it was stored is not asked again."""
    return Basis(
        person=segment.person,
        programme=segment.programme,
        kind=segment.kind,
        notice=segment.notice,
        digest="",
        decision_no=segment.decision_no,
        span_version=0,
    )
