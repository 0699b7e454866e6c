"""What every format is read into: events of one kind in order of time, and what had no kind of ours."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

Event = dict[str, Any]


class NotThisFormat(Exception):
    """The file is not of the format it was said to be. The sentence names a place in it, never its content."""

    code = "not_this_format"


@dataclass(frozen=True)
class Stream:
    """Events of one kind, each with `t` as a datetime. `programme` is set where the file itself names one."""

    kind: str
    events: Sequence[Event] = field(repr=False)
    programme: str | None = None


@dataclass(frozen=True)
class Recording:
    """A file as streams. `skipped` counts, by a word of the format, what is no kind of data here."""

    streams: tuple[Stream, ...]
    skipped: Counter[str]


def in_order(events: Iterable[Event]) -> list[Event]:
    """By time; what happened at once stays in the order of the file."""
    return sorted(events, key=lambda event: event["t"])


def shifted(recording: Recording, *, start: datetime) -> Recording:
    """The same recording, moved in time so that its first event is at `start`."""
    times = [event["t"] for stream in recording.streams for event in stream.events]
    if not times:
        return recording
    by = start - min(times)
    streams = tuple(
        replace(stream, events=[event | {"t": event["t"] + by} for event in stream.events])
        for stream in recording.streams
    )
    return replace(recording, streams=streams)
