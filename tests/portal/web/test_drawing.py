"""Pictures are true to the numbers, bounded in size, and written for SVG whatever the language."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from portal.web import drawing
from portal.web.drawing import Position, bars, screen, shade, stretches

T0 = datetime(2026, 11, 10, 9, tzinfo=UTC)


def walk(number: int, *, every: timedelta = timedelta(milliseconds=100)) -> list[Position]:
    """A way that never rests: each step is many pixels long."""
    return [Position(T0 + every * step, (step * 37) % 1900, (step * 53) % 1000) for step in range(number)]


@pytest.mark.parametrize(
    ("count", "most", "expected"), [(0, 10, 0), (1, 10, 1), (2, 10, 1), (3, 10, 2), (9, 10, 5), (10, 10, 5), (1, 1, 5)]
)
def test_a_day_is_shaded_by_its_share_of_the_fullest(count, most, expected):
    assert shade(count, most) == expected


def test_nothing_is_never_shaded():
    assert shade(0, 0) == 0


def test_the_fullest_bar_fills_the_lane_and_the_smallest_is_still_seen():
    drawn = bars([0, 1, 1000], per_hour=2)
    assert len(drawn) == 2
    assert float(drawn[0].height) == 2
    assert float(drawn[1].height) == drawing.LANE_HEIGHT - 2
    assert all(float(bar.y) + float(bar.height) == drawing.LANE_HEIGHT for bar in drawn)


def test_a_stretch_is_cut_to_what_is_shown():
    [(bar, first, last)] = stretches([(T0 - timedelta(days=1), None)], start=T0, end=T0 + timedelta(hours=12))
    assert (bar.x, bar.width, first, last) == ("0", "72", T0, T0 + timedelta(hours=12))


def test_what_lies_outside_is_not_drawn():
    assert stretches([(T0, T0 + timedelta(hours=1))], start=T0 + timedelta(hours=2), end=T0 + timedelta(hours=3)) == ()


def test_without_a_position_there_is_no_picture():
    assert screen(moves=[], clicks=[]) is None


def test_one_position_alone_is_a_picture_too():
    drawn = screen(moves=[Position(T0, 5, 5)], clicks=[])
    assert drawn is not None
    assert drawn.moves == drawn.drawn == 1


@pytest.mark.parametrize("number", [10, 4_000, 36_000])
def test_a_picture_never_has_more_points_than_it_may(number):
    drawn = screen(moves=walk(number), clicks=walk(number))
    points = sum(len(stroke.points.split()) for stroke in drawn.strokes)
    assert points == drawn.drawn <= drawing.MAX_POINTS
    assert len(drawn.spots) == drawn.marked <= drawing.MAX_CLICKS
    assert (drawn.moves, drawn.clicks) == (number, number)


def test_an_hour_of_single_positions_is_bounded_too():
    drawn = screen(moves=walk(36_000, every=timedelta(seconds=10)), clicks=[])
    assert drawn.drawn <= drawing.MAX_POINTS


def test_a_way_is_not_drawn_through_a_pause():
    rest = [Position(T0 + timedelta(minutes=5, milliseconds=step), 10 * step, 5) for step in range(3)]
    assert len(screen(moves=[*walk(3), *rest], clicks=[]).strokes) == 2


def test_later_parts_are_brighter():
    parts = [Position(T0 + timedelta(minutes=step), step * 10, 0) for step in range(3)]
    shades = [float(stroke.opacity) for stroke in screen(moves=parts, clicks=[]).strokes]
    assert shades == sorted(shades)
    assert shades[-1] == 1


@pytest.mark.parametrize("far", [1, 1920, 10_000_000])
def test_everything_drawn_lies_inside_the_picture(far):
    drawn = screen(
        moves=[Position(T0 + timedelta(milliseconds=step), (step * 7) % 11 * far, (step * 5) % 9 * far) for step in range(50)],
        clicks=[Position(T0, -far, -far), Position(T0, far, far)],
    )  # fmt: skip
    pairs = [pair.split(",") for stroke in drawn.strokes for pair in stroke.points.split()]
    pairs += [(spot.x, spot.y) for spot in (*drawn.spots, drawn.end)]
    assert all(0 <= float(x) <= drawn.width and 0 <= float(y) <= drawn.height for x, y in pairs)


def test_numbers_in_attributes_are_the_same_in_every_language():
    with translation.override("de"):
        drawn = screen(moves=walk(200), clicks=walk(3))
    assert re.fullmatch(r"[\d., -]+", " ".join(stroke.points + " " + stroke.opacity for stroke in drawn.strokes))
