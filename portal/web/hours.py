"""One hour as the computer saw it: the way of the mouse, clicks, counts, titles, words, pictures. Nothing is left out unsaid."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from consent.captures.opening import Event

from .drawing import Position, Screen, screen

LINES = 500  # of one table; what is beyond is counted
DRAWN = frozenset({"mouse", "click", "keystroke_count", "window", "afk", "prompt", "screenshot", "input_count"})
SUMMED = ("presses", "clicks", "scroll_x", "scroll_y", "delta_x", "delta_y")


@dataclass(frozen=True)
class Share:
    """One bar of a table: a name, its number, and its share of the largest in hundredths."""

    name: str
    count: int
    hundredths: int


@dataclass(frozen=True)
class Spell:
    """Something that lasted: a window, or a time at or away from the keyboard."""

    t: datetime
    seconds: float
    values: Mapping[str, Any]

    @property
    def until(self) -> datetime:
        """When it ended."""
        return self.t + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Table:
    """Rows of one kind, and how many more there are than are shown."""

    rows: tuple[Any, ...]
    more: int


@dataclass(frozen=True)
class Picture:
    """A screenshot that can be opened: when, of which program, how large, and which one of its moment."""

    t: datetime
    number: int
    values: Mapping[str, Any]

    @property
    def moment(self) -> str:
        """The moment as its address has it, to the microsecond."""
        return self.t.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")


@dataclass(frozen=True)
class Evidence:
    """Everything that was captured in the hour, kind by kind."""

    screen: Screen | None
    first: datetime | None
    last: datetime | None
    buttons: tuple[Share, ...]
    clicked: tuple[Share, ...]
    keys: tuple[Share, ...]
    inputs: Mapping[str, float]
    windows: Table
    afk: Table
    prompts: Table
    pictures: tuple[Picture, ...]
    others: Table
    total: int = field(default=0)


def evidence_of(events: list[Event]) -> Evidence:
    """The events of one hour, sorted out for the page."""
    kinds: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        kinds[event.kind].append(event)
    moved = [event for event in events if event.kind in {"mouse", "click"} and _placed(event)]
    return Evidence(
        screen=screen(moves=_positions(kinds["mouse"]), clicks=_positions(kinds["click"])),
        first=moved[0].t if moved else None,
        last=moved[-1].t if moved else None,
        buttons=_shares((event.values.get("button", "?"), 1) for event in kinds["click"]),
        clicked=_shares((event.values["app"], 1) for event in kinds["click"] if event.values.get("app")),
        keys=_shares(
            (event.values.get("app", "?"), event.values.get("count", 0)) for event in kinds["keystroke_count"]
        ),
        inputs=_sums(kinds["input_count"]),
        windows=_spells(kinds["window"]),
        afk=_spells(kinds["afk"]),
        prompts=_table(kinds["prompt"]),
        pictures=_pictures(kinds["screenshot"]),
        others=_table([event for kind in kinds.keys() - DRAWN for event in kinds[kind]]),
        total=len(events),
    )


def _placed(event: Event) -> bool:
    return "x" in event.values and "y" in event.values


def _positions(events: Iterable[Event]) -> list[Position]:
    return [Position(event.t, event.values["x"], event.values["y"]) for event in events if _placed(event)]


def _shares(counted: Iterable[tuple[str, int]]) -> tuple[Share, ...]:
    totals: Counter[str] = Counter()
    for name, count in counted:
        totals[name] += count
    most = max(totals.values(), default=0)
    return tuple(Share(name, count, round(100 * count / most) if most else 0) for name, count in totals.most_common())


def _sums(events: list[Event]) -> dict[str, float]:
    """Sums of the counted fields that were captured at all."""
    captured = [name for name in SUMMED if any(name in event.values for event in events)]
    return {name: sum(event.values.get(name, 0) for event in events) for name in captured}


def _spells(events: list[Event]) -> Table:
    rows = tuple(Spell(event.t, event.values.get("duration", 0), event.values) for event in events[:LINES])
    return Table(rows, max(0, len(events) - LINES))


def _table(events: list[Event]) -> Table:
    return Table(tuple(events[:LINES]), max(0, len(events) - LINES))


def _pictures(events: list[Event]) -> tuple[Picture, ...]:
    seen: Counter[datetime] = Counter()
    found = []
    for event in events:
        found.append(Picture(event.t, seen[event.t], event.values))
        seen[event.t] += 1
    return tuple(found)
