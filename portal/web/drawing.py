"""Geometry of the pictures that pages draw: calendar shades, lanes of a day, the way of the mouse. Numbers only, no words.

Every number is written as text with a point, whatever the person's language, because it stands in an SVG attribute.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SHADES = 5
LANE_HEIGHT = 24
SCREEN_WIDTH = 800
SCREEN_MARGIN = 20
SCREEN_HEIGHTS = (200, 640)
MAX_POINTS = 4_000
MAX_CLICKS = 400
STILL = timedelta(seconds=5)  # the pointer rested, or was moved by something else: the line is not drawn through

Point = tuple[float, float]


@dataclass(frozen=True)
class Bar:
    """One bar of a lane, in the lane's own units."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Stroke:
    """One part of the mouse's way; later parts are brighter."""

    points: str
    opacity: str


@dataclass(frozen=True)
class Spot:
    """A place on the screen."""

    x: str
    y: str


@dataclass(frozen=True)
class Position:
    """Where the pointer was, in pixels."""

    t: datetime
    x: float
    y: float


@dataclass(frozen=True)
class Screen:
    """The mouse's way and clicks, scaled into a picture. `drawn` of `moves` positions and `marked` of `clicks` are in it."""

    width: int
    height: int
    strokes: tuple[Stroke, ...]
    spots: tuple[Spot, ...]
    end: Spot | None
    moves: int
    drawn: int
    clicks: int
    marked: int
    across: int
    down: int


def shade(count: int, most: int) -> int:
    """Which of the five shades a day takes: 0 for nothing, 5 for the fullest day."""
    if count <= 0 or most <= 0:
        return 0
    return -(-min(count, most) * SHADES // most)


def bars(counts: Sequence[int], *, per_hour: int) -> tuple[Bar, ...]:
    """A lane's bars: one unit across is `1 / 6` hour, as high as its share of the fullest; the smallest is still seen."""
    most = max(counts, default=0)
    unit = 6 / per_hour
    drawn = []
    for place, count in enumerate(counts):
        if count:
            height = max(2.0, (LANE_HEIGHT - 2) * count / most)
            drawn.append(
                Bar(
                    _number(place * unit + 0.12 * unit),
                    _number(LANE_HEIGHT - height),
                    _number(0.76 * unit),
                    _number(height),
                )
            )
    return tuple(drawn)


def stretches(
    spans: Iterable[tuple[datetime, datetime | None]], *, start: datetime, end: datetime
) -> tuple[tuple[Bar, datetime, datetime], ...]:
    """The parts of these spans that lie between start and end, as bars of a lane, with the times they show."""
    drawn = []
    for begun, ended in spans:
        first, last = max(begun, start), min(ended or end, end)
        if first < last:
            left, right = _tenths(first, start), _tenths(last, start)
            drawn.append((Bar(_number(left), "6", _number(max(right - left, 0.2)), "12"), first, last))
    return tuple(drawn)


def _tenths(moment: datetime, start: datetime) -> float:
    return (moment - start).total_seconds() / 600


def screen(*, moves: Sequence[Position], clicks: Sequence[Position]) -> Screen | None:
    """The picture of an hour's movement; None when there is no position at all.

    The picture covers what the positions cover, not the screen, whose size is not captured. Positions closer than one
    unit to the one before are left out, and then every so many, so that no picture has more than 4,000 points.
    """
    everything = [*moves, *clicks]
    if not everything:
        return None
    left, right = min(p.x for p in everything), max(p.x for p in everything)
    top, bottom = min(p.y for p in everything), max(p.y for p in everything)
    inner = SCREEN_WIDTH - 2 * SCREEN_MARGIN
    tallest = SCREEN_HEIGHTS[1] - 2 * SCREEN_MARGIN
    scale = min(inner / max(right - left, 1), tallest / max(bottom - top, 1))
    height = round(min(max((bottom - top) * scale + 2 * SCREEN_MARGIN, SCREEN_HEIGHTS[0]), SCREEN_HEIGHTS[1]))
    aside = (SCREEN_WIDTH - (right - left) * scale) / 2
    above = (height - (bottom - top) * scale) / 2

    def placed(position: Position) -> Point:
        return aside + (position.x - left) * scale, above + (position.y - top) * scale

    runs = _thinned(_runs(moves, placed))
    drawn = sum(len(run) for run in runs)
    step = max(1, -(-len(clicks) // MAX_CLICKS))
    marked = [Spot(_number(x), _number(y)) for x, y in map(placed, clicks[::step])]
    last = max(everything, key=lambda position: position.t)
    end_x, end_y = placed(last)
    return Screen(
        width=SCREEN_WIDTH,
        height=height,
        strokes=tuple(
            Stroke(" ".join(f"{_number(x)},{_number(y)}" for x, y in run), _brightness(place, len(runs)))
            for place, run in enumerate(runs)
        ),
        spots=tuple(marked),
        end=Spot(_number(end_x), _number(end_y)),
        moves=len(moves),
        drawn=drawn,
        clicks=len(clicks),
        marked=len(marked),
        across=round(right - left),
        down=round(bottom - top),
    )


def _runs(moves: Sequence[Position], placed: Callable[[Position], Point]) -> list[list[Point]]:
    """The positions in runs without a pause, those that would not be seen left out."""
    runs: list[list[Point]] = []
    before: Position | None = None
    for position in moves:
        x, y = placed(position)
        if before is None or position.t - before.t > STILL:
            runs.append([(x, y)])
        elif abs(x - runs[-1][-1][0]) + abs(y - runs[-1][-1][1]) >= 1:
            runs[-1].append((x, y))
        before = position
    return runs


def _thinned(runs: list[list[Point]]) -> list[list[Point]]:
    """The same runs with at most MAX_POINTS points; the first and the last of each run stay, short runs go first."""
    total = sum(len(run) for run in runs)
    if total <= MAX_POINTS:
        return runs
    if len(runs) > MAX_POINTS // 4:
        longest = sorted(range(len(runs)), key=lambda place: len(runs[place]), reverse=True)[: MAX_POINTS // 4]
        runs = [runs[place] for place in sorted(longest)]
        total = sum(len(run) for run in runs)
    step = -(-total // (MAX_POINTS // 2))
    return [run if len(run) < 3 else [*run[:-1:step], run[-1]] for run in runs]


def _brightness(place: int, of: int) -> str:
    return _number(1.0 if of < 2 else 0.4 + 0.6 * place / (of - 1), 2)


def _number(value: float, digits: int = 1) -> str:
    """A number for an SVG attribute: a point, no thousands, no needless zeros."""
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
