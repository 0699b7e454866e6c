"""The calendar: three months of days, each with what was captured, deleted, or not allowed on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from consent.captures.timeline import DayCount, Month
from consent.choices.history import Interval
from consent.choices.models import ErasedSpan

from .drawing import shade


@dataclass(frozen=True)
class Cell:
    """One day: how many records, its shade, and whether it was emptied by a deletion or lay outside of every consent."""

    day: date
    count: int
    shade: int
    gone: bool
    off: bool


@dataclass(frozen=True)
class Sheet:
    """One month in weeks that begin on Monday; None where a week has days of another month."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]


def sheets(
    months: Sequence[Month], *, erased: Iterable[ErasedSpan], allowed: Iterable[Interval], today: date
) -> tuple[Sheet, ...]:
    """The months drawn. A day is emptied or off only as far as nothing is stored of it and it is not in the future."""
    most = max((each.count for month in months for each in month.days), default=0)
    gone, on = _days_of_spans(erased), _days_allowed(allowed, today=today)

    def cell(each: DayCount) -> Cell:
        nothing = each.count == 0 and each.day <= today
        was_gone = nothing and any(start <= each.day <= end for start, end in gone)
        was_off = nothing and not was_gone and bool(on) and on[0][0] <= each.day and not _lies_in(each.day, on)
        return Cell(each.day, each.count, shade(each.count, most), was_gone, was_off)

    return tuple(Sheet(month.first, _weeks([cell(each) for each in month.days])) for month in months)


def _weeks(cells: list[Cell]) -> tuple[tuple[Cell | None, ...], ...]:
    padded: list[Cell | None] = [None] * cells[0].day.weekday() + [*cells]
    padded += [None] * (-len(padded) % 7)
    return tuple(tuple(padded[place : place + 7]) for place in range(0, len(padded), 7))


def _days_of_spans(erased: Iterable[ErasedSpan]) -> list[tuple[date, date]]:
    """The days that deletions reached; one without a beginning reaches back to where the calendar does."""
    return [(_local(span.start) if span.start else date.min, _last_day(span.end)) for span in erased]


def _days_allowed(allowed: Iterable[Interval], *, today: date) -> list[tuple[date, date]]:
    return sorted((_local(each.start), _last_day(each.end) if each.end else today) for each in allowed)


def _lies_in(day: date, spans: Iterable[tuple[date, date]]) -> bool:
    return any(start <= day <= end for start, end in spans)


def _last_day(end: datetime) -> date:
    """The last day of which a time that is excluded itself still covers something."""
    return _local(end - timedelta(microseconds=1))


def _local(moment: datetime) -> date:
    return timezone.localtime(moment).date()
