"""Counts and deletes what lies in a scope, to the event, and searches for what is left (GDPR Art. 17, P5).

What is in a scope: an event that begins before its end, and ends at or after its start. The gate refuses the same as `deleted`.

1. A segment that lies in the scope as a whole is counted by its summary and deleted unopened, key or no key.
2. A segment that reaches across an end of the scope is opened: what is outside is sealed again, what is inside is counted. The
   consultation that says so is committed first.
3. One whose key was destroyed is deleted whole: nobody can tell its events apart any more, and another deletion covers the rest.
4. Deletion and count are one statement, so that the number is that of the rows that went.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q, QuerySet
from django.utils.translation import ngettext
from psycopg import sql

from consent.consultations import looks
from consent.consultations.models import Subject
from consent.people.models import Person
from consent.programmes.models import Programme
from consent.programmes.scopes import Scope
from consent.seals.models import DataKey

from .models import Batch, Refusal, Segment
from .resealing import open_segment, seal_again
from .sifting import SECOND, microseconds

Part = tuple[UUID, str]
Place = tuple[datetime, UUID]
MICROSECOND = timedelta(microseconds=1)
EDGES = 50
_BEGINNING, _END = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Counts:
    """Numbers of events by programme and kind, and the time from the first to the last segment that held them."""

    parts: dict[Part, int]
    first: datetime | None = None
    last: datetime | None = None

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.parts.values())

    @property
    def by_kind(self) -> dict[str, int]:
        """By kind, most first."""
        found: Counter[str] = Counter()
        for (_programme, kind), number in self.parts.items():
            found[kind] += number
        return dict(found.most_common())

    def __add__(self, other: "Counts") -> "Counts":
        firsts, lasts = [x for x in (self.first, other.first) if x], [x for x in (self.last, other.last) if x]
        parts = Counter(self.parts) + Counter(other.parts)
        return Counts(dict(parts), min(firsts, default=None), max(lasts, default=None))


@dataclass(frozen=True)
class Sample:
    """A segment by which the search afterwards knows it again."""

    id: UUID
    sha256: bytes


@dataclass(frozen=True)
class Reader:
    """Who opens the segments at the ends of a scope, as “Who looked” will say; `actor` is None for a worker of Candor."""

    actor: Person | None
    label: str
    role: str
    why: str


@dataclass(frozen=True)
class Chunk:
    """What one chunk removed; the next begins at `reached`, and there is a next one if `more`."""

    counts: Counts
    segments: int
    reached: datetime | None
    more: bool


def bounded(*, person_id: UUID, scope: Scope, at: datetime) -> Scope:
    """The scope with an end. One that is open or ends in the future ends now, or just after the last event that a fast clock dated later.

    Called after the tombstone or under locks that keep intake out, so that nothing is stored meanwhile.
    """
    if scope.end is not None and scope.end <= at:
        return scope
    latest = Segment.objects.filter(_in_columns(person_id, scope)).aggregate(found=Max("end"))["found"]
    end = max(at, latest + MICROSECOND) if latest else at
    return replace(scope, end=min(end, scope.end) if scope.end else end)


def count(*, person_id: UUID, scope: Scope, reader: Reader, at: datetime) -> Counts:
    """How many events lie in the scope, exactly. Opens what lies across its ends, which `reader` is on record for (step 2).

    The session acts for the person; no transaction is open.
    """
    found, after = whole(person_id=person_id, scope=scope), None
    while edges := edges_to_open(person_id=person_id, scope=scope, after=after, reader=reader, at=at):
        found = sum((_cut(edge, scope).counts for edge in edges), start=found)
        after = place_of(edges[-1])
    return found


def whole(*, person_id: UUID, scope: Scope) -> Counts:
    """How many events lie in segments that are in the scope as a whole, by their summaries."""
    return _counts(_run(_COUNT, person_id, scope))


def erase_whole(*, person_id: UUID, scope: Scope, reached: datetime | None, limit: int) -> Chunk:
    """Deletes about `limit` of the segments that are in the scope as a whole, oldest first, unopened. Steps 1 and 4.

    In the caller's transaction, which holds the person's row lock. `reached` saves searching where nothing is left.
    """
    begun = replace(scope, start=max(time for time in (scope.start, reached, _BEGINNING) if time))
    last = _run(_LAST_OF_CHUNK, person_id, begun, skip=limit - 1)
    until = last[0][0] if last else scope.end
    gone = _run(_DELETE, person_id, begun, until=until)
    return Chunk(_counts(gone), segments=sum(row[5] for row in gone), reached=until, more=bool(last))


def edges_to_open(
    *, person_id: UUID, scope: Scope, after: Place | None, reader: Reader, at: datetime, limit: int = EDGES
) -> list[Segment]:
    """The next segments that reach across an end of the scope. The look at them is committed before it returns any (step 2)."""
    edges = _edges(person_id, scope, after)[:limit]
    if edges:
        looks.record_first(
            person=person_id,
            actor=reader.actor,
            label=reader.label,
            role=reader.role,
            subject=Subject.CONTENT,
            what=ngettext(
                "One sealed piece that reaches across the time to delete, to tell what is inside",
                "%(number)d sealed pieces that reach across the time to delete, to tell what is inside",
                len(edges),
            )
            % {"number": len(edges)},
            why=reader.why,
            at=at,
        )
    return list(edges)


def erase_edges(*, scope: Scope, edges: Iterable[Segment]) -> Counts:
    """Takes out of these segments what is in the scope, and seals again what is not; returns what went. Steps 2 to 4.

    In the caller's transaction, which holds the person's row lock; the look at them was committed before. One that another
    deletion removed meanwhile counts nothing. Raises Unreadable, with nothing changed, for one that cannot be opened although
    its key is on record.
    """
    return sum((_erase_edge(edge, scope) for edge in edges), start=Counts({}))


def are_there(edges: Iterable[Segment]) -> bool:
    """Whether each of these segments is still as it was read. The caller holds the person's row lock."""
    read = list(edges)
    return Segment.objects.filter(
        person__in={one.person for one in read}, id__in=[one.id for one in read]
    ).count() == len(read)


def is_readable(*, person_id: UUID, scope: Scope) -> bool:
    """Whether a key still exists for any segment that touches the scope."""
    keys = Segment.objects.filter(_touching(person_id, scope)).values_list("key", flat=True).distinct()
    return DataKey.objects.filter(id__in=list(keys)).exists()


def place_of(segment: Segment) -> Place:
    """Where a segment stands in the order in which edges are opened."""
    return segment.start, segment.id


def samples(*, person_id: UUID, scope: Scope, number: int = 20) -> list[Sample]:
    """Ids and digests of some segments that are about to be deleted, drawn by their random ids, to be looked for afterwards."""
    return [Sample(id=row[0], sha256=bytes(row[1])) for row in _run(_SAMPLES, person_id, scope, number=number)]


def found_again(*, person_id: UUID, sampled: Iterable[Sample]) -> int:
    """How many of the person's segments have the id or the digest of one that was deleted. It must be none."""
    known = list(sampled)
    same = Q(id__in=[one.id for one in known]) | Q(sha256__in=[one.sha256 for one in known])
    return Segment.objects.filter(same, person=person_id).count()


def erase_statistics(*, person_id: UUID, programme: Programme | None, until: datetime) -> int:
    """Deletes the daily counts of what was refused, up to that day; with every programme also the answers given to batches.

    An answer holds times and numbers of events. Without it a batch that is sent again is judged again, and refused as `deleted`.
    """
    counters = Refusal.objects.filter(person_id=person_id, day__lte=until.date())
    if programme is not None:
        return counters.filter(programme=programme.slug).delete()[0]
    return counters.delete()[0] + Batch.objects.filter(person=person_id, at__lte=until).delete()[0]


# --- what is in a scope ---


@dataclass(frozen=True)
class _Cut:
    """An opened segment, divided: events before the scope, those in it, and those after."""

    before: list[int]
    inside: list[int]
    behind: list[int]
    times: list[int]
    ends: list[int]
    columns: dict[str, list[Any]]
    counts: Counts


def _cut(edge: Segment, scope: Scope) -> _Cut:
    times, columns = open_segment(edge)
    ends = [time + lasts for time, lasts in zip(times, _durations(columns, len(times)), strict=True)]
    start, end = microseconds(scope.start or _BEGINNING), microseconds(scope.end or _END)
    places = range(len(times))
    behind = [place for place in places if times[place] >= end]
    before = [place for place in places if times[place] < end and ends[place] < start]
    inside = [place for place in places if times[place] < end and ends[place] >= start]
    counts = Counts({(edge.programme, edge.kind): len(inside)}, edge.start, edge.end) if inside else Counts({})
    return _Cut(before, inside, behind, times, ends, columns, counts)


def _erase_edge(edge: Segment, scope: Scope) -> Counts:
    row = Segment.objects.filter(person=edge.person, start=edge.start, id=edge.id)
    # 3. Its key was destroyed: unreadable for everyone and for ever, so all of it goes.
    if not DataKey.objects.filter(id=edge.key).exists():
        went = row.delete()[0]
        return Counts({(edge.programme, edge.kind): edge.count}, edge.start, edge.end) if went else Counts({})
    # 2. Opened; what lies outside is sealed again, on either side of the scope.
    cut = _cut(edge, scope)
    if not cut.inside or not row.delete()[0]:
        return Counts({})
    for kept in (cut.before, cut.behind):
        if kept:
            seal_again(
                edge,
                times=[cut.times[place] for place in kept],
                ends=[cut.ends[place] for place in kept],
                columns={name: [values[place] for place in kept] for name, values in cut.columns.items()},
            )
    return cut.counts


def _durations(columns: dict[str, list[Any]], number: int) -> list[int]:
    return [round((seconds or 0) * SECOND) for seconds in columns.get("duration", [0] * number)]


def _in_columns(person_id: UUID, scope: Scope) -> Q:
    found = Q(person=person_id)
    if scope.programme_id is not None:
        found &= Q(programme=scope.programme_id)
    if scope.kinds is not None:
        found &= Q(kind__in=scope.kinds)
    return found


def inside(person_id: UUID, scope: Scope) -> Q:
    """The segments that lie in the scope as a whole; what `_INSIDE` says, for queries of other modules."""
    start, end = scope.start or _BEGINNING, scope.end or _END
    return _in_columns(person_id, scope) & Q(start__gte=start, start__lt=end, end__lt=end)


def _touching(person_id: UUID, scope: Scope) -> Q:
    start, end = scope.start or _BEGINNING, scope.end or _END
    return _in_columns(person_id, scope) & Q(start__lt=end, end__gte=start)


def _edges(person_id: UUID, scope: Scope, after: Place | None) -> QuerySet[Segment]:
    across = Q(start__lt=scope.start or _BEGINNING) | Q(end__gte=scope.end or _END)
    found = Segment.objects.filter(_touching(person_id, scope), across).order_by("start", "id")
    if after is not None:
        found = found.filter(Q(start__gt=after[0]) | Q(start=after[0], id__gt=after[1]))
    return found


_INSIDE = sql.SQL(
    'person = %(person)s AND {programme} AND {kind} AND start >= %(start)s AND start < %(end)s AND "end" < %(end)s'
)
_COUNT = sql.SQL(
    'SELECT programme, kind, sum(count)::bigint, min(start), max("end"), count(*)'
    " FROM captures_segment WHERE {inside} GROUP BY programme, kind"
)
_SAMPLES = sql.SQL("SELECT id, sha256 FROM captures_segment WHERE {inside} ORDER BY id LIMIT %(number)s")
_LAST_OF_CHUNK = sql.SQL("SELECT start FROM captures_segment WHERE {inside} ORDER BY start OFFSET %(skip)s LIMIT 1")
# 4. Deleted and counted by one statement.
_DELETE = sql.SQL(
    "WITH gone AS (DELETE FROM captures_segment WHERE {inside} AND start <= %(until)s"
    ' RETURNING programme, kind, count, start, "end")'
    ' SELECT programme, kind, sum(count)::bigint, min(start), max("end"), count(*) FROM gone GROUP BY programme, kind'
)


def _run(statement: sql.SQL, person_id: UUID, scope: Scope, **values: Any) -> list[tuple[Any, ...]]:
    inside = _INSIDE.format(
        programme=sql.SQL("true" if scope.programme_id is None else "programme = %(programme)s"),
        kind=sql.SQL("true" if scope.kinds is None else "kind = ANY(%(kinds)s)"),
    )
    values |= {"person": person_id, "programme": scope.programme_id, "kinds": list(scope.kinds or ())}
    values |= {"start": scope.start or _BEGINNING, "end": scope.end or _END}
    with connection.cursor() as cursor:
        cursor.execute(statement.format(inside=inside), values)
        return cursor.fetchall()


def _counts(rows: list[tuple[Any, ...]]) -> Counts:
    parts = {(row[0], row[1]): row[2] for row in rows}
    return Counts(parts, min((row[3] for row in rows), default=None), max((row[4] for row in rows), default=None))
