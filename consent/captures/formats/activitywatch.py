"""An export of an ActivityWatch server: buckets of window titles, away-from-keyboard status and input counts.

The published schema has `buckets` as a list, real servers write an object keyed by id: both are read. Every field of an event's
`data` goes on to the gate under the name it has there, so that what the notice does not list is dropped and counted there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from django.utils.translation import gettext as _

from ..decoding import UNREADABLE
from .streams import NotThisFormat, Recording, Stream, in_order

KIND_OF_TYPE = {"currentwindow": "window", "afkstatus": "afk", "os.hid.input": "input_count"}
KIND_OF_CLIENT = {"aw-watcher-input": "input_count"}
FIELDS = {"deltaX": "delta_x", "deltaY": "delta_y", "scrollX": "scroll_x", "scrollY": "scroll_y"}


class _Event(msgspec.Struct):
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    duration: float = 0
    data: dict[str, Any] = {}


class _Bucket(msgspec.Struct):
    events: list[_Event]
    type: str = ""
    client: str = ""


class _Export(msgspec.Struct):
    buckets: dict[str, _Bucket] | list[_Bucket]


def read(raw: bytes) -> Recording:
    """The events of an export by kind, in order of time. Raises NotThisFormat."""
    try:
        buckets = msgspec.json.decode(raw, type=_Export).buckets
        return _recording(buckets.values() if isinstance(buckets, dict) else buckets)
    except UNREADABLE:
        raise NotThisFormat(_("This is not an export of ActivityWatch: JSON with buckets of events.")) from None


def _recording(buckets: Iterable[_Bucket]) -> Recording:
    events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    skipped: Counter[str] = Counter()
    for bucket in buckets:
        kind = KIND_OF_TYPE.get(bucket.type) or KIND_OF_CLIENT.get(bucket.client)
        if kind is None:
            skipped[bucket.type] += len(bucket.events)
        else:
            events[kind] += map(_event, bucket.events)
    return Recording(tuple(Stream(kind, in_order(found)) for kind, found in events.items()), +skipped)


def _event(event: _Event) -> dict[str, Any]:
    fields = {FIELDS.get(name, name): value for name, value in event.data.items()}
    return fields | {"t": event.timestamp, "duration": event.duration}
