"""The gate: a capture is stored only if, in the same transaction, consent stands for it (P1), and only as far as disclosed (P2).

Steps of `admit`, in one transaction, READ COMMITTED, however many processes do the same:
1. Take the shared lock of each programme, in order of id. Whoever publishes a notice, suspends or ends the programme takes it
   exclusively, so the notice in force and the programme's state cannot change until this transaction ended.
2. Read what stands for the person in one statement: programme, notice in force, choices, deleted spans.
3. Refuse whole what no event can save: another person's, a closed programme, a kind that is not disclosed, no consent.
4. Decode the events with the notice's own decoder (P2), and sift them by the time rules.
5. Seal what may be stored. All slow work ends here.
6. Store it with one INSERT that selects from the share-locked standing row, exactly as it was read (store.py).
7. What is missing from the INSERT's answer lost a race with a withdrawal, a deletion or a new key: read again from step 2.
8. Count what was refused, last in the order of locks.

GDPR Articles 6(1)(a), 7(3) and 25. Nothing in this process or in Redis is part of the guarantee.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils.translation import gettext as _

from consent.programmes.locks import lock_shared
from consent.seals.sealing import live_key

from . import limits
from .decoding import NotAList, countable, decode
from .ground import Ground, Terms, read_ground, refusal_of_kind, refusal_of_programme, version_of
from .rates import Limited, lock_rates, stored_in_minutes
from .refusals import UNDISCLOSED_FIELD, Refused, count_refused
from .retrying import retrying
from .sifting import MINUTE, sift, spans_of_time
from .store import Part, basis_of, seal_events, store

ATTEMPTS = 5

_NAMES = """
SELECT p.id, p.slug, %s::uuid IS NULL OR e.id IS NOT NULL FROM programmes_programme p
LEFT JOIN collectors_collector_programmes e ON e.programme_id = p.id AND e.collector_id = %s
WHERE e.id IS NOT NULL OR p.slug = ANY(%s::text[])
"""


class Contended(Exception):
    """What stands changed again and again while this was stored; nothing was. Send it again."""

    code = "contended"


@dataclass(frozen=True)
class IncomingSegment:
    """Events of one kind as they arrived: `events` is a JSON list that nobody looked into. Its own times decide, nothing around it."""

    programme: str
    kind: str
    events: bytes | msgspec.Raw = field(repr=False)
    person: str | None = None

    @classmethod
    def of(cls, *, programme: str, kind: str, events: Sequence[dict[str, Any]]) -> "IncomingSegment":
        """A segment from events as dictionaries, for callers inside Candor; `t` is a datetime or RFC 3339 text."""
        return cls(programme=programme, kind=kind, events=msgspec.json.encode(events))


@dataclass(frozen=True)
class Outcome:
    """What became of one segment. `segment` is the first stored part of it; `refused` counts events by reason."""

    segment: UUID | None
    stored: int
    refused: dict[str, int]
    dropped_fields: dict[str, int]


@dataclass(frozen=True)
class Admission:
    """The outcomes, one per segment and in order, and the version of what the collector may capture now."""

    outcomes: list[Outcome]
    permissions_version: str


@dataclass
class _Trial:
    """One segment on its way through the gate."""

    incoming: IncomingSegment
    parts: list[Part] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    done: bool = False

    def refuse(self, reason: str) -> None:
        """Refuses the segment whole."""
        self.parts, self.refused, self.dropped = [], Counter({reason: countable(self.incoming.events)}), Counter()


@dataclass(frozen=True)
class _Names:
    """The programmes that a batch or a collector names: ids by slug, and those the collector is enrolled for."""

    ids: dict[str, UUID]
    enrolled: frozenset[UUID]


def admit(
    *, person_id: UUID, collector_id: UUID | None, segments: Sequence[IncomingSegment], at: datetime
) -> list[Outcome]:
    """Stores of these segments what the person's consent covers now; one outcome each, in order.

    A transaction of its own, or part of the caller's; a deadlock is retried. Row-level security: the session must act for this
    person. Without a collector, every programme counts as enrolled for. Raises Contended, and TooLarge for too many events.
    """
    return _admit(person_id=person_id, collector_id=collector_id, segments=segments, at=at).outcomes


def admit_here(
    *, person_id: UUID, collector_id: UUID | None, segments: Sequence[IncomingSegment], at: datetime
) -> Admission:
    """As `admit`, in the transaction that the caller has begun and is ready to begin again."""
    names = _names(segments, collector_id)
    for programme_id in sorted(names.ids[slug] for slug in {each.programme for each in segments} & set(names.ids)):
        lock_shared(programme_id)  # 1
    trials = [_Trial(segment) for segment in segments]
    for attempt in range(ATTEMPTS):
        grounds = read_ground(person_id=person_id, programme_ids=names.ids.values())  # 2
        if attempt == 0:
            lock_rates(_limited(trials, names, grounds), person_id=person_id)
        _judge_all([each for each in trials if not each.done], names, grounds, person_id, at)  # 3 to 5
        if _store_all(trials, person_id, collector_id):  # 6
            break  # else 7
    else:
        raise Contended(_("What stands changed while this was being stored. Nothing was stored. Send it again."))
    _count_all(trials, person_id, at)  # 8
    enrolled = [ground for ground in grounds.values() if ground.programme in names.enrolled]
    return Admission([_outcome(each) for each in trials], version_of(enrolled, at=at))


_admit = retrying(transaction.atomic(admit_here))


def _names(segments: Sequence[IncomingSegment], collector_id: UUID | None) -> _Names:
    """Slugs and ids never change: looking them up decides nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [collector_id, collector_id, sorted({segment.programme for segment in segments})])
        rows = cursor.fetchall()
    return _Names({slug: id_ for id_, slug, _ in rows}, frozenset(id_ for id_, _, enrolled in rows if enrolled))


def _limited(trials: Sequence[_Trial], names: _Names, grounds: dict[UUID, Ground]) -> set[Limited]:
    """The kinds of this batch with a limited rate, whose minutes must be counted by one transaction at a time."""
    found = set()
    for trial in trials:
        ground = _ground_of(trial, names, grounds)
        terms = ground.notice.terms.get(trial.incoming.kind) if ground and ground.notice else None
        if ground and terms and terms.per_minute is not None:
            found.add(Limited(ground.programme, terms.kind))
    return found


def _ground_of(trial: _Trial, names: _Names, grounds: dict[UUID, Ground]) -> Ground | None:
    programme = names.ids.get(trial.incoming.programme)
    return None if programme is None else grounds.get(programme)


def _judge_all(
    trials: Sequence[_Trial], names: _Names, grounds: dict[UUID, Ground], person_id: UUID, at: datetime
) -> None:
    taken: defaultdict[Limited, Counter[int]] = defaultdict(Counter)  # by earlier segments of this batch
    for trial in trials:
        ground = _ground_of(trial, names, grounds)
        enrolled = ground is not None and ground.programme in names.enrolled
        reason = _refusal(trial.incoming, ground, enrolled, person_id, at)
        if reason or ground is None or ground.notice is None:
            trial.refuse(reason or "undisclosed_kind")  # 3
            continue
        _judge(trial, ground, ground.notice.terms[trial.incoming.kind], person_id, taken, at)
    if sum(part.count for trial in trials for part in trial.parts) > limits.EVENTS_PER_BATCH:
        raise _too_many()


def _refusal(
    incoming: IncomingSegment, ground: Ground | None, enrolled: bool, person_id: UUID, at: datetime
) -> str | None:
    """Why the segment is refused whole. A programme that does not exist discloses nothing: `undisclosed_kind`."""
    if incoming.person not in (None, str(person_id)):
        return "wrong_person"
    if ground is None:
        return "undisclosed_kind"
    return refusal_of_programme(ground, enrolled=enrolled, at=at) or refusal_of_kind(ground, incoming.kind)


def _judge(
    trial: _Trial,
    ground: Ground,
    terms: Terms,
    person_id: UUID,
    taken: defaultdict[Limited, Counter[int]],
    at: datetime,
) -> None:
    """Decodes, sifts and seals one segment whose kind is consented to (steps 4 and 5)."""
    try:
        decoded = decode(trial.incoming.events, kind=terms.kind, fields=terms.fields)  # 4
    except NotAList:
        trial.refuse("malformed")
        return
    if len(decoded.events) + decoded.malformed > limits.EVENTS_PER_SEGMENT:
        raise _too_many()
    limited = Limited(ground.programme, terms.kind)
    stored = Counter[int]()
    if terms.per_minute is not None:
        starts, _ends = spans_of_time(decoded.events)
        stored = stored_in_minutes(limited, person_id=person_id, starts=starts) + taken[limited]
    sifted = sift(
        decoded.events,
        terms=terms,
        stand=ground.standing[terms.kind],
        spans=ground.spans_of(terms.kind),
        in_minute=stored,
        at=at,
    )
    taken[limited].update(start // MINUTE for start in sifted.starts)
    trial.refused = sifted.refused + Counter(malformed=decoded.malformed)
    trial.dropped = decoded.dropped
    trial.parts = []
    if sifted.events:
        key = live_key(person=person_id, programme=ground.programme)
        basis = basis_of(person=person_id, ground=ground, kind=terms.kind)
        by_minute = terms.per_minute is not None
        trial.parts = seal_events(sifted, basis=basis, fields=terms.fields, key=key, by_minute=by_minute)  # 5


def _store_all(trials: Sequence[_Trial], person_id: UUID, collector_id: UUID | None) -> bool:
    """True when every segment is stored or refused; a segment of which something is missing is to be judged again."""
    parts = [part for trial in trials if not trial.done for part in trial.parts]
    ids = store(parts, person=person_id, collector=collector_id)
    for trial in trials:
        trial.done = trial.done or all(part.id in ids for part in trial.parts)
    return all(trial.done for trial in trials)


def _count_all(trials: Sequence[_Trial], person_id: UUID, at: datetime) -> None:
    counted: Counter[Refused] = Counter()
    for trial in trials:
        place = (trial.incoming.programme, trial.incoming.kind)
        for reason, times in trial.refused.items():
            counted[Refused(*place, reason)] += times
        for name, times in trial.dropped.items():
            counted[Refused(*place, UNDISCLOSED_FIELD, name)] += times
    count_refused(+counted, person_id=person_id, at=at)


def _outcome(trial: _Trial) -> Outcome:
    return Outcome(
        segment=trial.parts[0].id if trial.parts else None,
        stored=sum(part.count for part in trial.parts),
        refused=dict(+trial.refused),
        dropped_fields=dict(trial.dropped),
    )


def _too_many() -> limits.TooLarge:
    return limits.TooLarge(_("A segment has at most 10,000 events, and a batch 100,000. Send several smaller ones."))
