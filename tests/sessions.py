"""A seeded generator of mouse sessions with the statistics of real ones: 3.5 events a second over a session, 9 while active."""

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

WIDTH, HEIGHT = 1366, 768


def mouse_events(count: int, *, start: datetime, seed: int = 1) -> list[dict[str, Any]]:
    """That many events of kind `mouse`, in order of time, the first at `start`: bursts of movement, and pauses between."""
    chance = random.Random(seed)
    events, when = [], start
    x, y = chance.randrange(WIDTH), chance.randrange(HEIGHT)
    while len(events) < count:
        for _ in range(chance.randint(5, 60)):
            events.append({"t": _text(when), "x": x, "y": y})
            x = min(max(x + round(chance.gauss(0, 40)), 0), WIDTH - 1)
            y = min(max(y + round(chance.gauss(0, 25)), 0), HEIGHT - 1)
            when += timedelta(milliseconds=round(chance.uniform(95, 125)))
        when += timedelta(milliseconds=round(chance.expovariate(1 / 5500)))
    return events[:count]


def regular_events(number: int, *, start: datetime, every: timedelta, **fields: Any) -> list[dict[str, Any]]:
    """That many events at equal distances, each with the same further fields."""
    return [{"t": _text(start + every * place), **fields} for place in range(number)]


def batch(*segments: tuple[str, str, Sequence[dict[str, Any]]]) -> bytes:
    """The JSON body of a batch from (programme, kind, events) of each segment."""
    return json.dumps(
        {
            "segments": [
                {
                    "programme": programme,
                    "kind": kind,
                    "start": events[0]["t"],
                    "end": events[-1]["t"],
                    "events": list(events),
                }
                for programme, kind, events in segments
            ]
        }
    ).encode()


def _text(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
