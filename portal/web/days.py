"""One day as lanes: what was captured in each half hour, and when it was allowed. Twelve hours to a band, so that fingers can hit them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consent.captures.timeline import Day, Lane

from .drawing import Bar, bars, stretches

HOURS = 12
BINS_PER_HOUR = 2
USUAL = 7  # the first hour of a band when nothing calls for another


@dataclass(frozen=True)
class Hour:
    """One hour of the day; `number` counts from the day's beginning, so that it is exact when the clocks change."""

    number: int
    start: datetime
    count: int


@dataclass(frozen=True)
class Drawn:
    """One lane of a band: bars of what was captured, and above them the time in which it was allowed."""

    kind: str
    label: str
    programme: str
    total: int
    bars: tuple[Bar, ...]
    allowed: tuple[Bar, ...]
    busiest: datetime | None


@dataclass(frozen=True)
class Band:
    """Up to twelve hours next to each other."""

    hours: tuple[Hour, ...]
    lanes: tuple[Drawn, ...]

    @property
    def span(self) -> int:
        """How wide the drawing is: six units to the hour."""
        return 6 * len(self.hours)


@dataclass(frozen=True)
class Spell:
    """A time in which these kinds were allowed."""

    labels: str
    start: datetime
    end: datetime
    all_day: bool


@dataclass(frozen=True)
class DayView:
    """The day as the page shows it: drawn, in words, and as a table with a row per hour that has records."""

    day: Day
    bands: tuple[Band, ...]
    spells: tuple[Spell, ...]
    labels: tuple[str, ...]
    rows: tuple[tuple[datetime, tuple[int, ...]], ...]


def day_view(day: Day, *, labels: Mapping[str, str], names: Mapping[str, str]) -> DayView:
    """The day drawn; `labels` by kind and `names` by programme say what things are called."""
    hours = _hours(day)
    called = {(lane.programme, lane.kind): _called(lane, day, labels, names) for lane in day.lanes}
    return DayView(
        day=day,
        bands=tuple(_band(day, part, called) for part in _parts(hours)),
        spells=_spells(day, called),
        labels=tuple(called.values()),
        rows=tuple(_row(day, hour) for hour in hours if hour.count),
    )


def _spells(day: Day, called: Mapping[tuple[str, str], str]) -> tuple[Spell, ...]:
    """When what was allowed: kinds that share a time stand together."""
    together: defaultdict[tuple[datetime, datetime], list[str]] = defaultdict(list)
    for lane in day.lanes:
        for each in lane.consented:
            together[each.start, each.end or day.end].append(called[lane.programme, lane.kind])
    return tuple(
        Spell(", ".join(labels), start, end, all_day=(start, end) == (day.start, day.end))
        for (start, end), labels in sorted(together.items())
    )


def _hours(day: Day) -> list[Hour]:
    found = []
    for number in range(-(-len(day.bins) // BINS_PER_HOUR)):
        place = number * BINS_PER_HOUR
        count = sum(sum(lane.counts[place : place + BINS_PER_HOUR]) for lane in day.lanes)
        found.append(Hour(number, day.bins[place], count))
    return found


def _parts(hours: list[Hour]) -> list[list[Hour]]:
    """One band around what there is, if twelve hours hold it; else the whole day in twelves."""
    busy = [hour.number for hour in hours if hour.count]
    first = min([USUAL, *busy]) if not busy or max(busy) < USUAL + HOURS else min(busy)
    first = min(first, len(hours) - HOURS)
    if not busy or max(busy) < first + HOURS:
        return [hours[first : first + HOURS]]
    return [hours[place : place + HOURS] for place in range(0, len(hours), HOURS)]


def _band(day: Day, hours: list[Hour], called: Mapping[tuple[str, str], str]) -> Band:
    start, end = hours[0].start, hours[-1].start + timedelta(hours=1)
    first, after = hours[0].number * BINS_PER_HOUR, (hours[-1].number + 1) * BINS_PER_HOUR
    drawn = []
    for lane in day.lanes:
        counts = lane.counts[first:after]
        spans = [(each.start, each.end) for each in lane.consented]
        drawn.append(
            Drawn(
                kind=lane.kind,
                label=called[lane.programme, lane.kind],
                programme=lane.programme,
                total=sum(counts),
                bars=bars(counts, per_hour=BINS_PER_HOUR),
                allowed=tuple(bar for bar, _from, _to in stretches(spans, start=start, end=end)),
                busiest=day.bins[first + counts.index(max(counts))] if any(counts) else None,
            )
        )
    return Band(tuple(hours), tuple(drawn))


def _row(day: Day, hour: Hour) -> tuple[datetime, tuple[int, ...]]:
    place = hour.number * BINS_PER_HOUR
    return hour.start, tuple(sum(lane.counts[place : place + BINS_PER_HOUR]) for lane in day.lanes)


def _called(lane: Lane, day: Day, labels: Mapping[str, str], names: Mapping[str, str]) -> str:
    """The kind; with its programme where two programmes capture the same."""
    label = labels.get(lane.kind, lane.kind)
    twice = sum(other.kind == lane.kind for other in day.lanes) > 1
    return f"{label} ({names.get(lane.programme, lane.programme)})" if twice else label


def hour_of(day: Day, number: int) -> tuple[datetime, datetime] | None:
    """Beginning and end of an hour of the day; None when the day has no such hour."""
    place = number * BINS_PER_HOUR
    if not 0 <= place < len(day.bins):
        return None
    start = day.bins[place]
    return start, min(start + timedelta(hours=1), day.end)


def neighbours(day: Day, *, today: date) -> tuple[date, date | None]:
    """The day before, and the day after unless it is still to come."""
    after = day.day + timedelta(days=1)
    return day.day - timedelta(days=1), after if after <= today else None
