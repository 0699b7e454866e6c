"""Made-up work at a computer: pointer, clicks, windows, presence and counts, from a seeded source of chance."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

Event = dict[str, Any]

TITLES = {
    "Browser": ("Ticket 2210: label printer", "Wiki: travel expenses", "Search", "Train times", "Canteen menu"),
    "Editor": ("minutes.txt", "offer-draft.md", "checklist.md", "Untitled"),
    "Spreadsheet": ("Deliveries October", "Budget 2027", "Room plan", "Untitled"),
    "Mail": ("Inbox", "Re: delivery note", "New message"),
    "Chat": ("#office", "#printers", "#lunch"),
    "Terminal": ("backup", "top"),
}
APPS = tuple(TITLES)
WIDTH, HEIGHT = 1920, 1080
TENTH = timedelta(milliseconds=100)


def pointer_and_clicks(chance: Random, start: datetime, end: datetime) -> tuple[list[Event], list[Event]]:
    """Mouse movement ten times a second, in a few short stretches an hour, and the clicks at their ends."""
    moves: list[Event] = []
    clicks: list[Event] = []
    position = (chance.randrange(WIDTH), chance.randrange(HEIGHT))
    now = start + timedelta(seconds=chance.randrange(30, 600))
    while now < end - timedelta(minutes=1):
        app = chance.choice(APPS)
        for _ in range(chance.randrange(2, 5)):
            target = (chance.randrange(40, WIDTH - 40), chance.randrange(40, HEIGHT - 40))
            path = list(_path(chance, position, target))
            moves += [{"t": now + number * TENTH, "x": x, "y": y} for number, (x, y) in enumerate(path)]
            now, position = now + len(path) * TENTH, target
            clicks.append({"t": now, "x": target[0], "y": target[1], "button": _button(chance), "app": app})
            now += timedelta(seconds=chance.uniform(0.4, 6))
        now += timedelta(seconds=chance.randrange(400, 1900))
    return moves, clicks


def windows(chance: Random, start: datetime, end: datetime) -> list[Event]:
    """The window in front, and for how long."""
    found: list[Event] = []
    now = start
    while now < end:
        app = chance.choice(APPS)
        lasts = min(chance.expovariate(1 / 320) + 12, (end - now).total_seconds())
        found.append({"t": now, "duration": round(lasts, 1), "app": app, "title": chance.choice(TITLES[app])})
        now += timedelta(seconds=lasts + 0.2)
    return found


def presence(chance: Random, start: datetime, end: datetime) -> list[Event]:
    """At the keyboard or away, turn by turn."""
    found: list[Event] = []
    now, here = start, True
    while now < end:
        lasts = chance.randrange(1500, 4200) if here else chance.randrange(180, 900)
        seconds = min(float(lasts), (end - now).total_seconds())
        found.append({"t": now, "duration": round(seconds, 1), "status": "not-afk" if here else "afk"})
        now, here = now + timedelta(seconds=lasts), not here
    return found


def counts(chance: Random, start: datetime, end: datetime) -> list[Event]:
    """How much was typed, clicked, moved and scrolled, in periods of two minutes; quiet ones are left out."""
    found: list[Event] = []
    now, period = start, timedelta(minutes=2)
    while now + period <= end:
        if chance.random() < 0.7:
            found.append(
                {
                    "t": now,
                    "duration": period.total_seconds(),
                    "presses": chance.randrange(0, 260),
                    "clicks": chance.randrange(0, 24),
                    "delta_x": chance.randrange(0, 9000),
                    "delta_y": chance.randrange(0, 6000),
                    "scroll_x": 0,
                    "scroll_y": chance.randrange(0, 1200),
                }
            )
        now += period
    return found


def keystroke_counts(chance: Random, start: datetime, end: datetime) -> list[Event]:
    """Keys a minute; what a collector would send that was set up wrong."""
    minutes = int((end - start).total_seconds() // 60)
    times = (start + timedelta(minutes=number) for number in range(min(minutes, 30)))
    return [{"t": at, "app": "Editor", "count": chance.randrange(0, 200)} for at in times]


def _path(chance: Random, start: tuple[int, int], target: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """A hand's way from here to there: slow, fast, slow, in a slight bow."""
    distance = math.dist(start, target)
    steps = max(4, int(distance / 110) + chance.randrange(2, 6))
    bow = chance.uniform(-0.12, 0.12) * distance
    for step in range(1, steps + 1):
        done = (1 - math.cos(math.pi * step / steps)) / 2
        aside = bow * math.sin(math.pi * done)
        x = start[0] + (target[0] - start[0]) * done + aside
        y = start[1] + (target[1] - start[1]) * done + aside
        yield min(max(round(x), 0), WIDTH - 1), min(max(round(y), 0), HEIGHT - 1)


def _button(chance: Random) -> str:
    return "right" if chance.random() < 0.08 else "left"
