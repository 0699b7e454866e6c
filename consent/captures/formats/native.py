"""Our own format: the JSON body of a batch, as a collector sends it, in a file."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any

import msgspec
from django.utils.translation import gettext as _

from ..decoding import UNREADABLE
from .streams import NotThisFormat, Recording, Stream, in_order


class _Segment(msgspec.Struct):
    programme: str
    kind: str
    events: list[dict[str, Any]]


class _File(msgspec.Struct):
    segments: list[_Segment]


def read(raw: bytes) -> Recording:
    """The segments of the file, each as a stream that names its programme. Raises NotThisFormat."""
    try:
        segments = msgspec.json.decode(raw, type=_File).segments
        return Recording(tuple(Stream(each.kind, _events(each), each.programme) for each in segments), Counter())
    except UNREADABLE:
        raise NotThisFormat(
            _("This is not a file of segments: JSON with segments of events, each with a time “t”.")
        ) from None


def _events(segment: _Segment) -> list[dict[str, Any]]:
    times = [
        msgspec.convert(event.get("t"), type=Annotated[datetime, msgspec.Meta(tz=True)]) for event in segment.events
    ]
    return in_order(event | {"t": time} for event, time in zip(segment.events, times, strict=True))
