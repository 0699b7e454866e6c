"""Sends a file through the same gate as any collector, and tells what became of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from consent.database import acting_for
from consent.people.models import Person
from consent.programmes.models import Programme
from consent.programmes.notices import in_force

from .formats import activitywatch, balabit, native
from .formats.streams import NotThisFormat, Recording, Stream, shifted
from .gate import IncomingSegment, admit

READERS = {"activitywatch": activitywatch.read, "balabit": balabit.read, "segments": native.read}
EVENTS, SEGMENTS = 5_000, 10


@dataclass(frozen=True)
class Report:
    """What became of a file: events stored and refused, fields dropped, and what was no kind of data here."""

    stored: int
    refused: Mapping[str, int]
    dropped_fields: Mapping[str, int]
    skipped: Mapping[str, int]


def read_recording(raw: bytes, *, format_name: str | None, start: datetime | None, at: datetime) -> Recording:
    """The recording in a file, of the format named or, if none is, of the first that reads it.

    With `start`, moved so that its first event is there. A Balabit session knows no time of day: without `start` it ends at `at`.
    Raises NotThisFormat.
    """
    name, recording = _read(raw, format_name)
    if start is None and name == "balabit":
        last = max((event["t"] for stream in recording.streams for event in stream.events), default=balabit.BEGINNING)
        first = min((event["t"] for stream in recording.streams for event in stream.events), default=last)
        start = at - (last - first)
    return recording if start is None else shifted(recording, start=start)


def ingest(*, person: Person, programmes: Sequence[Programme], recording: Recording, at: datetime) -> Report:
    """Sends a recording through the gate as the person's. Each kind goes to the first of the programmes whose notice lists it.

    A stream that names its programme goes there. A kind that none of them lists goes to the first, which refuses and counts it.
    """
    outcomes = []
    with acting_for(person.pk):
        segments = list(_segments(recording, programmes))
        for place in range(0, len(segments), SEGMENTS):
            some = segments[place : place + SEGMENTS]
            outcomes += admit(person_id=person.pk, collector_id=None, segments=some, at=at)
    return Report(
        stored=sum(each.stored for each in outcomes),
        refused=sum((Counter(each.refused) for each in outcomes), Counter()),
        dropped_fields=sum((Counter(each.dropped_fields) for each in outcomes), Counter()),
        skipped=recording.skipped,
    )


def _read(raw: bytes, format_name: str | None) -> tuple[str, Recording]:
    if format_name is not None:
        return format_name, READERS[format_name](raw)
    for name, read in READERS.items():
        try:
            return name, read(raw)
        except NotThisFormat:
            continue
    raise NotThisFormat(_("The file is of none of the known formats: %(names)s.") % {"names": ", ".join(READERS)})


def _segments(recording: Recording, programmes: Sequence[Programme]) -> Iterator[IncomingSegment]:
    listed = [(each.slug, _kinds(each)) for each in programmes]
    for stream in recording.streams:
        slug = stream.programme or _programme_of(stream, listed)
        for place in range(0, len(stream.events), EVENTS):
            events = stream.events[place : place + EVENTS]
            yield IncomingSegment.of(programme=slug, kind=stream.kind, events=events)


def _programme_of(stream: Stream, listed: Sequence[tuple[str, set[str]]]) -> str:
    return next((slug for slug, kinds in listed if stream.kind in kinds), listed[0][0])


def _kinds(programme: Programme) -> set[str]:
    notice = in_force(programme)
    return {each.kind for each in notice.kinds.all()} if notice else set()
