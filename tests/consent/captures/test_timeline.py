"""The timeline: numbers that are the store's, in the person's own days and hours."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum

from consent.captures import timeline
from consent.captures.models import Segment
from consent.database import acting_for
from tests.sessions import mouse_events

from .conftest import DESKTOP

BERLIN, NEPAL = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")  # Nepal is 5 hours and 45 minutes ahead of UTC


@pytest.fixture
def session(alice, stands, send, at):
    """An hour and a half of mouse movement across midnight in Berlin, given long before."""
    start = datetime(2026, 11, 9, 22, 20, tzinfo=at.tzinfo)
    stands(alice, "mouse", since=at - timedelta(days=2))
    events = mouse_events(5000, start=start)
    assert send("mouse", *events).stored == 5000
    return [datetime.fromisoformat(each["t"]) for each in events]


def test_totals_are_the_stores_to_the_event(alice, session, send, event):
    send("click", event(x=1), event(x=2))
    found = timeline.totals(alice.pk)
    assert found.stored == Segment.objects.aggregate(Sum("count"))["count__sum"] == 5000
    assert found.segments == Segment.objects.count()
    assert (found.by_kind, found.by_programme) == ({"mouse": 5000}, {"interface-learning": 5000})
    assert (found.oldest, found.newest) == (session[0], session[-1])
    assert found.refused == 2
    assert timeline.segment_bounds(alice.pk) == (session[0], session[-1])


def test_a_person_without_captures_has_zeros(alice):
    found = timeline.totals(alice.pk)
    assert (found.stored, found.refused, found.oldest, found.by_kind) == (0, 0, None, {})
    assert timeline.segment_bounds(alice.pk) is None


def test_nothing_of_another_person_is_counted(alice, cast, session):
    with acting_for(cast.mallory.pk):
        assert timeline.totals(alice.pk).stored == 0
        assert timeline.totals(cast.mallory.pk).stored == 0


def test_dropped_fields_are_counted_apart_from_refused_events(alice, stands, send, event):
    stands(alice, "mouse")
    send("mouse", event(x=1, typed="hunter2"))
    found = timeline.totals(alice.pk)
    assert (found.stored, found.refused, found.dropped_fields) == (1, 0, 1)
    (row,) = timeline.refusals(alice.pk)
    assert (row.reason, row.field, row.count) == ("undisclosed_field", "typed", 1)


@pytest.mark.parametrize("zone", [BERLIN, NEPAL, ZoneInfo("UTC")])
def test_each_day_of_the_calendar_has_exactly_the_events_that_began_on_it(alice, session, zone):
    expected: dict[date, int] = {}
    for when in session:
        local = when.astimezone(zone).date()
        expected[local] = expected.get(local, 0) + 1
    months = timeline.calendar(alice.pk, last=date(2026, 11, 10), zone=zone)
    found = {each.day: each.count for month in months for each in month.days if each.count}
    assert found == expected


def test_the_calendar_has_the_days_of_three_whole_months(alice):
    months = timeline.calendar(alice.pk, last=date(2026, 1, 31), zone=BERLIN)
    assert [month.first for month in months] == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]
    assert [len(month.days) for month in months] == [30, 31, 31]


def test_the_calendar_can_be_of_one_kind_or_programme(alice, session, programmes):
    last = date(2026, 11, 10)
    wanted = [{"kind": "click"}, {"programme": programmes[DESKTOP].pk}, {"kind": "mouse"}]
    found = [
        sum(month.total for month in timeline.calendar(alice.pk, last=last, zone=BERLIN, **each)) for each in wanted
    ]
    assert found == [0, 0, 5000]


@pytest.mark.parametrize("zone", [BERLIN, NEPAL])
def test_each_half_hour_of_a_day_has_exactly_the_events_that_began_in_it(alice, session, zone):
    day = session[-1].astimezone(zone).date()
    found = timeline.day(alice.pk, day=day, zone=zone)
    (lane,) = found.lanes
    for begins, count in zip(found.bins, lane.counts, strict=True):
        assert count == sum(begins <= when < begins + timedelta(minutes=30) for when in session)
    assert found.total == sum(when.astimezone(zone).date() == day for when in session)


@pytest.mark.parametrize(("day", "bins"), [(date(2026, 10, 25), 50), (date(2026, 3, 29), 46), (date(2026, 11, 10), 48)])
def test_a_day_on_which_the_clocks_change_has_the_half_hours_it_has(alice, day, bins):
    assert len(timeline.day(alice.pk, day=day, zone=BERLIN).bins) == bins
