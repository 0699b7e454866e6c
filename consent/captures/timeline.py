"""What the store holds of a person, from the summary columns alone: nothing is opened, and the numbers are the store's (P3).

Segments are cut at the quarter hours of UTC when they are sealed, so an hour or a day of any time zone is a sum of whole
segments, exact to the event. An event that lasts counts where it begins.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, QuerySet, Sum
from django.db.models.functions import TruncDate

from consent.choices.history import Interval, allowed_times
from consent.programmes.models import Programme

from .models import Refusal, Segment
from .refusals import UNDISCLOSED_FIELD

MONTHS = 3
BIN = timedelta(minutes=30)


@dataclass(frozen=True)
class Totals:
    """Everything the store holds of a person, in numbers. `refused` is events that were not stored; dropped fields are apart."""

    stored: int
    segments: int
    oldest: datetime | None
    newest: datetime | None
    refused: int
    dropped_fields: int
    by_kind: dict[str, int]
    by_programme: dict[str, int]


@dataclass(frozen=True)
class Refusals:
    """How many events were refused for one reason, or (with `field`) how often a field was dropped."""

    programme: str
    kind: str
    reason: str
    field: str
    count: int
    first: date
    last: date


@dataclass(frozen=True)
class DayCount:
    """One day of the calendar."""

    day: date
    count: int


@dataclass(frozen=True)
class Month:
    """One month of the calendar, each of its days with the events that began on it."""

    first: date
    days: tuple[DayCount, ...]

    @property
    def total(self) -> int:
        """Events of the month."""
        return sum(each.count for each in self.days)


@dataclass(frozen=True)
class Lane:
    """One kind of one programme on one day: events per bin, and when consent counted, cut to the day."""

    programme: str
    kind: str
    counts: tuple[int, ...]
    consented: tuple[Interval, ...]

    @property
    def total(self) -> int:
        """Events of the lane."""
        return sum(self.counts)


@dataclass(frozen=True)
class Day:
    """One local day in bins of half an hour: 48 of them, or 46 or 50 when the clocks change. `bins` are their beginnings."""

    day: date
    start: datetime
    end: datetime
    bins: tuple[datetime, ...]
    lanes: tuple[Lane, ...]

    @property
    def total(self) -> int:
        """Events of the day."""
        return sum(lane.total for lane in self.lanes)


def totals(person_id: UUID) -> Totals:
    """Numbers of stored and refused events. The session must act for the person: they are shown to nobody else."""
    rows = Segment.objects.filter(person=person_id).values("programme", "kind")
    found = list(rows.annotate(events=Sum("count"), rows=Count("id"), first=Min("start"), last=Max("end")))
    slugs = _slugs()
    by_kind, by_programme = Counter[str](), Counter[str]()
    for row in found:
        by_kind[row["kind"]] += row["events"]
        by_programme[slugs[row["programme"]]] += row["events"]
    refused = Counter[bool]()
    for counted in Refusal.objects.filter(person=person_id).values("reason").annotate(events=Sum("count")):
        refused[counted["reason"] == UNDISCLOSED_FIELD] += counted["events"]
    return Totals(
        stored=sum(by_kind.values()),
        segments=sum(row["rows"] for row in found),
        oldest=min((row["first"] for row in found), default=None),
        newest=max((row["last"] for row in found), default=None),
        refused=refused[False],
        dropped_fields=refused[True],
        by_kind=dict(by_kind.most_common()),
        by_programme=dict(by_programme.most_common()),
    )


def refusals(person_id: UUID) -> list[Refusals]:
    """What was refused, over all days, most first; dropped fields included, with their names."""
    rows = Refusal.objects.filter(person=person_id).values("programme", "kind", "reason", "field")
    rows = rows.annotate(total=Sum("count"), first=Min("day"), last=Max("day")).order_by("-total", "reason", "field")
    return [
        Refusals(
            programme=row["programme"],
            kind=row["kind"],
            reason=row["reason"],
            field=row["field"],
            count=row["total"],
            first=row["first"],
            last=row["last"],
        )
        for row in rows
    ]


def calendar(
    person_id: UUID, *, last: date, zone: ZoneInfo, kind: str | None = None, programme: UUID | None = None
) -> list[Month]:
    """Three months of local days, the last being that of `last`, each day with its number of events."""
    firsts = [_month(last, back) for back in range(MONTHS - 1, -2, -1)]
    segments = _between(person_id, _midnight(firsts[0], zone), _midnight(firsts[-1], zone), kind, programme)
    by_day = segments.annotate(day=TruncDate("start", tzinfo=zone)).values("day").annotate(events=Sum("count"))
    counts = Counter({row["day"]: row["events"] for row in by_day})
    return [
        Month(first, tuple(DayCount(day, counts[day]) for day in _days(first, after)))
        for first, after in zip(firsts, firsts[1:], strict=False)
    ]


def day(person_id: UUID, *, day: date, zone: ZoneInfo, kind: str | None = None, programme: UUID | None = None) -> Day:
    """One local day as lanes, one per programme and kind that has events or consent on it."""
    start, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    bins = tuple(start + BIN * place for place in range((end - start) // BIN))
    counted: defaultdict[tuple[UUID, str], Counter[int]] = defaultdict(Counter)
    rows = _between(person_id, start, end, kind, programme).values_list("programme", "kind", "start", "count")
    for of_programme, of_kind, begins, count in rows:
        counted[of_programme, of_kind][(begins - start) // BIN] += count
    consented = _consented(person_id, start, end, kind, programme)
    slugs = _slugs()
    lanes = [
        Lane(
            programme=slugs[place[0]],
            kind=place[1],
            counts=tuple(counted[place][number] for number in range(len(bins))),
            consented=consented.get(place, ()),
        )
        for place in {**consented, **counted}
    ]
    lanes.sort(key=lambda lane: (lane.programme, lane.kind))
    return Day(day=day, start=start, end=end, bins=bins, lanes=tuple(lanes))


def segment_bounds(person_id: UUID) -> tuple[datetime, datetime] | None:
    """When the first stored event begins and the last ends; None when nothing is stored."""
    found = Segment.objects.filter(person=person_id).aggregate(first=Min("start"), last=Max("end"))
    return (found["first"], found["last"]) if found["first"] else None


def _between(
    person_id: UUID, start: datetime, end: datetime, kind: str | None, programme: UUID | None
) -> QuerySet[Segment]:
    segments = Segment.objects.filter(person=person_id, start__gte=start, start__lt=end)
    if kind is not None:
        segments = segments.filter(kind=kind)
    return segments if programme is None else segments.filter(programme=programme)


def _consented(
    person_id: UUID, start: datetime, end: datetime, kind: str | None, programme: UUID | None
) -> dict[tuple[UUID, str], tuple[Interval, ...]]:
    """When consent counted, by programme and kind, cut to the time asked about."""
    found = {}
    for place, whole in allowed_times(person_id=person_id).items():
        if kind in (None, place[1]) and programme in (None, place[0]):
            parts = [
                Interval(max(each.start, start), min(each.end or end, end), each.decision_no)
                for each in whole
                if each.start < end and (each.end is None or each.end > start)
            ]
            if parts:
                found[place] = tuple(parts)
    return found


def _slugs() -> dict[UUID, str]:
    return dict(Programme.objects.values_list("pk", "slug"))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _month(last: date, back: int) -> date:
    """The first day of the month that many months before (or, negative, after) the month of `last`."""
    number = last.year * 12 + last.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def _days(first: date, after: date) -> Iterator[date]:
    for number in range((after - first).days):
        yield first + timedelta(days=number)
