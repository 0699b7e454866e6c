"""Judges the segments of one batch on what stands: refuses, decodes, sifts and seals, and stores nothing (steps 3 to 5 of the gate)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from consent.seals.sealing import LiveKey, live_key

from . import limits
from .decoding import Decoded, NotAList, countable, decode
from .ground import Ground, Terms, refusal_of_kind, refusal_of_programme
from .rates import Limited, stored_in_minutes
from .sifting import AHEAD, MINUTE, microseconds, sift, spans_of_time
from .store import Part, basis_of, seal_events


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


@dataclass
class Trial:
    """One segment on its way through the gate, and what was found so far."""

    incoming: IncomingSegment
    parts: list[Part] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    done: bool = False

    def refuse(self, reason: str) -> None:
        """Refuses the segment whole."""
        self.parts, self.refused, self.dropped = [], Counter({reason: countable(self.incoming.events)}), Counter()


@dataclass(frozen=True)
class Bench:
    """On what a batch is judged: whose it is, what stands by programme slug, where the collector is enrolled, and the time."""

    person: UUID
    grounds: Mapping[str, Ground]
    enrolled: frozenset[UUID]
    at: datetime


@dataclass(frozen=True)
class _Case:
    """A trial whose kind is consented to, decoded; times in microseconds."""

    trial: Trial
    ground: Ground
    terms: Terms
    decoded: Decoded
    starts: list[int]
    ends: list[int]

    @property
    def limited(self) -> Limited | None:
        return None if self.terms.per_minute is None else Limited(self.ground.programme, self.terms.kind)


def judge_all(trials: Sequence[Trial], bench: Bench) -> None:
    """Leaves in each trial what may be stored, sealed, and what is refused. Raises TooLarge: the whole batch is too much."""
    cases = [case for trial in trials if (case := _case(trial, bench))]
    if sum(len(case.decoded.events) for case in cases) > limits.EVENTS_PER_BATCH:
        raise _too_many()
    in_minute = _in_minutes(cases, bench)
    keys: dict[UUID, LiveKey] = {}
    for case in cases:
        _judge(case, bench, in_minute[case.limited] if case.limited else {}, keys)


def limited_kinds(trials: Sequence[Trial], grounds: Mapping[str, Ground]) -> set[Limited]:
    """The kinds of a batch whose notice limits the rate."""
    found = set()
    for trial in trials:
        ground = grounds.get(trial.incoming.programme)
        terms = ground.notice.terms.get(trial.incoming.kind) if ground and ground.notice else None
        if ground and terms and terms.per_minute is not None:
            found.add(Limited(ground.programme, terms.kind))
    return found


def _case(trial: Trial, bench: Bench) -> _Case | None:
    """The trial as a case; None when it was refused whole (3), or is not even a list of events."""
    ground = bench.grounds.get(trial.incoming.programme)
    reason = _refusal(trial.incoming, ground, bench)
    if reason or ground is None or ground.notice is None:
        trial.refuse(reason or "undisclosed_kind")
        return None
    terms = ground.notice.terms[trial.incoming.kind]
    try:
        decoded = decode(trial.incoming.events, kind=terms.kind, fields=terms.fields)  # 4
    except NotAList:
        trial.refuse("malformed")
        return None
    if len(decoded.events) + decoded.malformed > limits.EVENTS_PER_SEGMENT:
        raise _too_many()
    return _Case(trial, ground, terms, decoded, *spans_of_time(decoded.events))


def _refusal(incoming: IncomingSegment, ground: Ground | None, bench: Bench) -> str | None:
    """Why the segment is refused whole. A programme that does not exist discloses nothing: `undisclosed_kind`."""
    if incoming.person not in (None, str(bench.person)):
        return "wrong_person"
    if ground is None:
        return "undisclosed_kind"
    enrolled = ground.programme in bench.enrolled
    return refusal_of_programme(ground, enrolled=enrolled, at=bench.at) or refusal_of_kind(ground, incoming.kind)


def _in_minutes(cases: Sequence[_Case], bench: Bench) -> dict[Limited, Counter[int]]:
    """What is stored already in the minutes of the batch, for kinds with a limited rate. A time that no event may have is not
    looked up: a device can claim one at the end of the calendar."""
    latest = microseconds(bench.at + AHEAD)
    starts: defaultdict[Limited, list[int]] = defaultdict(list)
    for case in cases:
        if case.limited:
            since = case.ground.standing[case.terms.kind].since
            starts[case.limited] += [start for start in case.starts if since <= start <= latest]
    return {each: stored_in_minutes(each, person_id=bench.person, starts=times) for each, times in starts.items()}


def _judge(case: _Case, bench: Bench, in_minute: Counter[int] | dict[int, int], keys: dict[UUID, LiveKey]) -> None:
    """Sifts one case by the time rules (4) and seals what may be stored (5)."""
    trial, ground, terms = case.trial, case.ground, case.terms
    sifted = sift(
        case.decoded.events,
        case.starts,
        case.ends,
        terms=terms,
        stand=ground.standing[terms.kind],
        stops=ground.stops,
        spans=ground.spans_of(terms.kind),
        in_minute=in_minute,
        at=bench.at,
    )
    if isinstance(in_minute, Counter):
        in_minute.update(start // MINUTE for start in sifted.starts)  # later segments of the batch come on top
    trial.refused = sifted.refused + Counter(malformed=case.decoded.malformed)
    trial.dropped = case.decoded.dropped
    trial.parts = []
    if sifted.events:
        if ground.programme not in keys:
            keys[ground.programme] = live_key(person=bench.person, programme=ground.programme)
        trial.parts = seal_events(
            sifted,
            basis=basis_of(person=bench.person, ground=ground, kind=terms.kind),
            fields=terms.fields,
            key=keys[ground.programme],
            by_minute=terms.per_minute is not None,
        )


def _too_many() -> limits.TooLarge:
    return limits.TooLarge(_("A segment has at most 10,000 events, and a batch 100,000. Send several smaller ones."))
