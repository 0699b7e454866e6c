"""The sealed store: events become sealed segments, and one statement stores them if consent still stands (mechanisms 1 and 2).

Sealing
1. Events of one kind are cut at the quarter hours of UTC (at full minutes where the notice limits a rate), so that every hour
   and day of every time zone is a sum of whole segments. An event that lasts belongs to where it begins.
2. The columns are packed and sealed under the live data key of the person in the programme.
3. The seal binds format, segment, person, programme, kind, notice, decision, start, end, count and key: a segment that was
   moved, swapped or re-dated does not open.

Storing
4. The INSERT selects from the standing row, share-locked together with the live key and the collector: no row is stored unless,
   at that moment, the person's decision is the one that was read, given on the terms of the notice in force, with no span
   deleted since, not paused, the key live, the collector not revoked. Whoever closes intake *updates* one of these rows, and so
   waits for this transaction or is seen by it. Without the lock, or with a lock that nobody's UPDATE meets, segments leak.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from consent.seals.sealing import LiveKey, seal

from .decoding import UNSET
from .ground import Ground
from .packing import FORMAT, pack
from .sifting import MINUTE, Sifted, microseconds, moment

QUARTER_HOUR = 15 * MINUTE
_BOUND = struct.Struct(">H16s16s16s16s16sqqqi")

LOCK = "FOR SHARE OF s, k"
_LOCK_COLLECTOR = "FOR SHARE"
_INSERT = """
WITH collector AS (
    SELECT id FROM collectors_collector WHERE id = %(collector)s AND revoked_at IS NULL {lock_collector}
), standing AS (
    SELECT w.place
    FROM unnest(%(programmes)b::uuid[], %(kinds)b::text[], %(digests)b::text[], %(decisions)b::bigint[],
                %(span_versions)b::bigint[], %(keys)b::uuid[]) WITH ORDINALITY
         AS w(programme, kind, digest, decision_no, span_version, key, place)
    JOIN choices_standing s ON s.programme_id = w.programme AND s.kind = w.kind
    JOIN seals_datakey k ON k.id = w.key
    WHERE s.person_id = %(person)s AND s.state = 'given' AND s.terms_digest = w.digest
        AND s.decision_no = w.decision_no AND s.span_version = w.span_version
        AND (s.paused_until IS NULL OR s.paused_until <= clock_timestamp()) AND k.retired_at IS NULL
    ORDER BY s.kind, s.programme_id
    {lock}
)
INSERT INTO captures_segment (id, person, programme, kind, notice, decision_no, collector, start, "end", count, bytes, sha256, key,
                              sealed, stored_at)
SELECT p.id, %(person)s, p.programme, p.kind, p.notice, p.decision_no, %(collector)s, p.start, p."end", p.count, length(p.sealed),
       p.sha256, p.key, p.sealed, clock_timestamp()
FROM standing
JOIN unnest(%(place)b::bigint[], %(id)b::uuid[], %(programme)b::uuid[], %(kind)b::text[], %(notice)b::uuid[],
            %(decision_no)b::bigint[], %(start)b::timestamptz[], %(end)b::timestamptz[], %(count)b::int[], %(sha256)b::bytea[],
            %(key)b::uuid[], %(sealed)b::bytea[])
     AS p(place, id, programme, kind, notice, decision_no, start, "end", count, sha256, key, sealed) USING (place)
WHERE %(collector)s::uuid IS NULL OR EXISTS (SELECT FROM collector)
RETURNING id
"""


@dataclass(frozen=True)
class Basis:
    """The consent on which segments are stored, as it was read: the INSERT stores nothing if any of it changed since."""

    person: UUID
    programme: UUID
    kind: str
    notice: UUID
    digest: str
    decision_no: int
    span_version: int


@dataclass(frozen=True)
class Part:
    """One sealed segment, ready to be stored."""

    basis: Basis
    id: UUID
    start: datetime
    end: datetime
    count: int
    key: UUID
    sealed: bytes = field(repr=False)


def basis_of(*, person: UUID, ground: Ground, kind: str) -> Basis:
    """The consent that stands for this kind. Only for a kind whose consent stands."""
    if ground.notice is None:
        raise ValueError("no notice is in force")
    stand = ground.standing[kind]
    return Basis(
        person=person,
        programme=ground.programme,
        kind=kind,
        notice=ground.notice.id,
        digest=stand.digest,
        decision_no=stand.decision_no,
        span_version=stand.span_version,
    )


def seal_events(
    sifted: Sifted, *, basis: Basis, fields: Iterable[str], key: LiveKey, by_minute: bool = False
) -> list[Part]:
    """The events as sealed segments, in order of time (steps 1 to 3)."""
    names = [name for name in fields if name != "t"]
    return [
        _sealed(basis, sifted, piece, names, key)
        for piece in _pieces(sifted.starts, MINUTE if by_minute else QUARTER_HOUR)
    ]


def associated(
    *, basis: Basis, segment: UUID, start: datetime, end: datetime, count: int, key: UUID, format_version: int = FORMAT
) -> bytes:
    """What the seal of a segment is bound to, as bytes of fixed layout with the kind at the end (step 3)."""
    return (
        _BOUND.pack(
            format_version,
            segment.bytes,
            basis.person.bytes,
            basis.programme.bytes,
            basis.notice.bytes,
            key.bytes,
            basis.decision_no,
            microseconds(start),
            microseconds(end),
            count,
        )
        + basis.kind.encode()
    )


def store(parts: Sequence[Part], *, person: UUID, collector: UUID | None) -> set[UUID]:
    """Stores what may be stored at this moment, in one statement, and returns the ids that were (step 4).

    In the caller's transaction, which holds the programmes' shared locks. Takes locks on standing rows (by kind),
    then keys. A part that is missing from the answer was not stored: something it was based on has changed.
    """
    if not parts:
        return set()
    bases = sorted({(part.basis, part.key) for part in parts}, key=lambda each: (each[0].kind, each[0].programme))
    places = {each: place for place, each in enumerate(bases, start=1)}
    values: dict[str, Any] = {
        "person": person,
        "collector": collector,
        "programmes": [basis.programme for basis, _ in bases],
        "kinds": [basis.kind for basis, _ in bases],
        "digests": [basis.digest for basis, _ in bases],
        "decisions": [basis.decision_no for basis, _ in bases],
        "span_versions": [basis.span_version for basis, _ in bases],
        "keys": [key for _, key in bases],
        "place": [places[part.basis, part.key] for part in parts],
        "sha256": [hashlib.sha256(part.sealed).digest() for part in parts],
    }
    for name in ("programme", "kind", "notice", "decision_no"):
        values[name] = [getattr(part.basis, name) for part in parts]
    for name in ("id", "start", "end", "count", "key", "sealed"):
        values[name] = [getattr(part, name) for part in parts]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(lock=LOCK, lock_collector=_LOCK_COLLECTOR if LOCK else ""), values)
        return {row[0] for row in cursor.fetchall()}


def _pieces(starts: Sequence[int], width: int) -> Iterator[range]:
    """Ranges of places whose events begin in the same stretch of time."""
    for _, group in groupby(range(len(starts)), key=lambda place: starts[place] // width):
        places = list(group)
        yield range(places[0], places[-1] + 1)


def _sealed(basis: Basis, sifted: Sifted, piece: range, names: Iterable[str], key: LiveKey) -> Part:
    events = sifted.events[piece.start : piece.stop]
    starts, ends = sifted.starts[piece.start : piece.stop], sifted.ends[piece.start : piece.stop]
    columns = {name: values for name in names if (values := _column(events, name)) is not None}
    segment, start, end = uuid4(), moment(starts[0]), moment(max(ends))  # 1
    bound = associated(basis=basis, segment=segment, start=start, end=end, count=len(events), key=key.id)  # 3
    sealed = seal(pack(starts, columns), key=key, associated=bound)  # 2
    return Part(basis=basis, id=segment, start=start, end=end, count=len(events), key=key.id, sealed=sealed)


def _column(events: Sequence[Any], name: str) -> list[Any] | None:
    """One field of all events; None where an event does not have it, and no column if none has."""
    values = list(map(attrgetter(name), events))
    if UNSET not in values:
        return values
    values = [None if value is UNSET else value for value in values]
    return values if any(value is not None for value in values) else None
