"""Sifts the events of one segment: which may be stored, and for each other one why not.

Time rules (mechanisms 1). A device's clock is a claim, and a backlog arrives late:
1. `clock`: more than 5 minutes ahead of the portal, or before an earlier event of the same segment.
2. `before_grant`: begins before the consent in force was given, or before the terms it was given to came (back) into force. Only
   the current interval of consent counts: what was captured on a consent that was withdrawn meanwhile must not come in under a
   new one.
3. `programme_suspended`: any part of it lies in a time in which the programme was stopped.
4. `deleted`: any part of it lies in a span that the person had deleted.
5. `excluded`: not of a program that the notice names, where it names some.
6. `rate`: more in one minute than the notice allows, what is already stored included.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from operator import attrgetter, le
from typing import Any

from .decoding import UNSET
from .ground import Span, Stand, Stop, Terms

SECOND = 1_000_000
MINUTE = 60 * SECOND
AHEAD = timedelta(minutes=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sifted:
    """The events that may be stored, with their beginnings and ends in microseconds since 1970, and the refused by reason."""

    events: Sequence[Any]
    starts: Sequence[int]
    ends: Sequence[int]
    refused: Counter[str]


@dataclass(frozen=True)
class _Rules:
    """What every event of a segment is held to; times in microseconds."""

    since: int
    latest: int
    stops: Sequence[Stop]
    spans: Sequence[Span]
    apps: frozenset[str] | None
    per_minute: int | None


def microseconds(moment: datetime) -> int:
    """Since 1970, UTC; exact."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(microseconds_since_1970: int) -> datetime:
    """The reverse of `microseconds`."""
    return EPOCH + timedelta(microseconds=microseconds_since_1970)


def spans_of_time(events: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Beginnings and ends of events, in microseconds; an event without a duration ends when it begins."""
    starts = [round(event.t.timestamp() * SECOND) for event in events]
    if not events or not hasattr(events[0], "duration"):
        return starts, starts
    durations = map(attrgetter("duration"), events)
    return starts, [
        start if lasts is UNSET else start + round(lasts * SECOND)
        for start, lasts in zip(starts, durations, strict=True)
    ]


def sift(
    events: Sequence[Any],
    starts: Sequence[int],
    ends: Sequence[int],
    *,
    terms: Terms,
    stand: Stand,
    stops: Sequence[Stop],
    spans: Sequence[Span],
    in_minute: Mapping[int, int],
    at: datetime,
) -> Sifted:
    """Sorts the decoded events of one segment, with their times. `in_minute`: how many are stored already, by minute since 1970."""
    rules = _Rules(
        since=max(stand.since, microseconds(terms.in_force_since)),
        latest=microseconds(at + AHEAD),
        stops=[stop for stop in stops if starts and stop.start <= max(ends) and min(starts) < stop.end],
        spans=spans,
        apps=None if terms.apps is None else frozenset(app.casefold() for app in terms.apps),
        per_minute=terms.per_minute,
    )
    if starts and _all_pass(starts, ends, rules, in_minute):
        return Sifted(events, starts, ends, Counter())
    reasons = _reasons(events, starts, ends, rules, dict(in_minute))
    kept = [place for place, reason in enumerate(reasons) if reason is None]
    return Sifted(
        events=[events[place] for place in kept],
        starts=[starts[place] for place in kept],
        ends=[ends[place] for place in kept],
        refused=Counter(reason for reason in reasons if reason),
    )


def _all_pass(starts: Sequence[int], ends: Sequence[int], rules: _Rules, in_minute: Mapping[int, int]) -> bool:
    """The usual case without a look at each event: in order, within consent, and nothing else to ask."""
    if rules.stops or rules.spans or rules.apps is not None:
        return False
    in_order = all(map(le, starts, islice(starts, 1, None)))
    return (
        in_order
        and starts[0] >= rules.since
        and max(ends) <= rules.latest
        and (rules.per_minute is None or _within_rate(starts, rules.per_minute, in_minute))
    )


def _within_rate(starts: Sequence[int], per_minute: int, in_minute: Mapping[int, int]) -> bool:
    own = Counter(start // MINUTE for start in starts)
    return all(number + in_minute.get(minute, 0) <= per_minute for minute, number in own.items())


def _reasons(
    events: Sequence[Any], starts: Sequence[int], ends: Sequence[int], rules: _Rules, in_minute: dict[int, int]
) -> list[str | None]:
    """Per event the reason for which it is refused, or None."""
    reasons: list[str | None] = []
    so_far = -math.inf
    for event, start, end in zip(events, starts, ends, strict=True):
        if end > rules.latest or start < so_far:
            reasons.append("clock")  # 1
            continue
        so_far = start
        reason = _reason(event, start, end, rules)
        if reason is None and rules.per_minute is not None:
            minute = start // MINUTE
            if in_minute.get(minute, 0) >= rules.per_minute:
                reason = "rate"  # 6
            else:
                in_minute[minute] = in_minute.get(minute, 0) + 1
        reasons.append(reason)
    return reasons


def _reason(event: Any, start: int, end: int, rules: _Rules) -> str | None:
    if start < rules.since:
        return "before_grant"  # 2
    if any(end >= stop.start and start < stop.end for stop in rules.stops):
        return "programme_suspended"  # 3
    if any((span.start is None or end >= span.start) and start < span.end for span in rules.spans):
        return "deleted"  # 4
    if rules.apps is not None and not _of_allowed_app(event, rules.apps):
        return "excluded"  # 5
    return None


def _of_allowed_app(event: Any, apps: frozenset[str]) -> bool:
    """An event that does not say its program cannot be shown to be of an allowed one. A kind without the field is of none."""
    app = getattr(event, "app", None)
    return app is not None and app is not UNSET and app.casefold() in apps
