"""The gate: a capture is stored only if, in the same transaction, consent stands for it (P1), and only as far as disclosed (P2).

Steps of `admit`, in one transaction, READ COMMITTED, however many processes do the same:
1. Take the shared lock of each programme, in order of id. Whoever publishes a notice, suspends or ends the programme takes it
   exclusively, so the notice in force and the programme's state cannot change until this transaction ended.
2. Read what stands for the person in one statement: programme, notice in force, choices, deleted spans (ground.py).
3. Refuse whole what no event can save: another person's, a closed programme, a kind that is not disclosed, no consent.
4. Decode the events with the notice's own decoder (P2, decoding.py), and sift them by the time rules (sifting.py).
5. Seal what may be stored. All slow work ends here.
6. Store it with one INSERT that selects from the share-locked standing row, exactly as it was read (store.py).
7. What is missing from the INSERT's answer lost a race with a withdrawal, a deletion or a new key: read again from step 2.
8. Count what was refused, last in the order of locks.

GDPR Articles 6(1)(a), 7(3) and 25. Nothing in this process or in Redis is part of the guarantee.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from consent.programmes.locks import lock_shared

from .decoding import printable_name
from .ground import read_ground, version_of
from .judging import Bench, IncomingSegment, Trial, judge_all, limited_kinds
from .rates import lock_rates
from .refusals import UNDISCLOSED_FIELD, Refused, count_refused
from .retrying import retrying
from .store import store

__all__ = ["Admission", "Contended", "IncomingSegment", "Outcome", "admit", "admit_here"]

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
    for programme_id in sorted({names.ids[each.programme] for each in segments if each.programme in names.ids}):
        lock_shared(programme_id)  # 1
    trials = [Trial(segment) for segment in segments]
    for attempt in range(ATTEMPTS):
        found = read_ground(person_id=person_id, programme_ids=names.ids.values())  # 2
        bench = Bench(person_id, {each.slug: each for each in found.values()}, names.enrolled, at)
        if attempt == 0:
            lock_rates(limited_kinds(trials, bench.grounds), person_id=person_id)
        judge_all([each for each in trials if not each.done], bench)  # 3 to 5
        if _store_all(trials, person_id, collector_id):  # 6
            break  # else 7
    else:
        raise Contended(_("What stands changed while this was being stored. Nothing was stored. Send it again."))
    _count_all(trials, person_id, at)  # 8
    enrolled = [each for each in bench.grounds.values() if each.programme in names.enrolled]
    return Admission([_outcome(each) for each in trials], version_of(enrolled, at=at))


_admit = retrying(transaction.atomic(admit_here))


def _names(segments: Sequence[IncomingSegment], collector_id: UUID | None) -> _Names:
    """Slugs and ids never change: looking them up decides nothing. What no slug can be, PostgreSQL is not asked about."""
    named = {segment.programme for segment in segments}
    slugs = sorted(name for name in named if printable_name(name) == name)
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [collector_id, collector_id, slugs])
        rows = cursor.fetchall()
    return _Names({slug: id_ for id_, slug, _ in rows}, frozenset(id_ for id_, _, enrolled in rows if enrolled))


def _store_all(trials: Sequence[Trial], person_id: UUID, collector_id: UUID | None) -> bool:
    """True when every segment is stored or refused; a segment of which something is missing is to be judged again."""
    parts = [part for trial in trials if not trial.done for part in trial.parts]
    ids = store(parts, person=person_id, collector=collector_id)
    for trial in trials:
        trial.done = trial.done or all(part.id in ids for part in trial.parts)
    return all(trial.done for trial in trials)


def _count_all(trials: Sequence[Trial], person_id: UUID, at: datetime) -> None:
    counted: Counter[Refused] = Counter()
    for trial in trials:
        place = (trial.incoming.programme, trial.incoming.kind)
        for reason, times in trial.refused.items():
            counted[Refused(*place, reason)] += times
        for name, times in trial.dropped.items():
            counted[Refused(*place, UNDISCLOSED_FIELD, name)] += times
    count_refused(+counted, person_id=person_id, at=at)


def _outcome(trial: Trial) -> Outcome:
    return Outcome(
        segment=trial.parts[0].id if trial.parts else None,
        stored=sum(part.count for part in trial.parts),
        refused=dict(+trial.refused),
        dropped_fields=dict(trial.dropped),
    )
