"""Decodes events with a decoder built from what the notice discloses: an undisclosed field never becomes an object (P2).

1. The decoder's type has the disclosed fields of the kind and no other.
2. It is first tried strictly: no event has another field. That is one pass, and the usual case.
3. Otherwise the same type is decoded leniently, which skips other fields unread, and a second look takes their *names* only:
   each value stays a slice of the body and is dropped.
4. An event that does not have the types is counted as malformed, and no part of it is kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from consent.programmes.kinds import CATALOGUE, FieldType

from . import limits

UNSET = msgspec.UNSET
# What decoding raises for bytes that are no JSON, nested without end, or no UTF-8 (where an unknown name stands).
UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_Integer = Annotated[int, msgspec.Meta(ge=-limits.COORDINATE, le=limits.COORDINATE)]
_Number = Annotated[float, msgspec.Meta(ge=-limits.COORDINATE, le=limits.COORDINATE)]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Image = Annotated[bytes, msgspec.Meta(max_length=limits.IMAGE_BYTES)]
_Seconds = (
    Annotated[int, msgspec.Meta(ge=0, le=limits.DURATION_SECONDS)]
    | Annotated[float, msgspec.Meta(ge=0, le=limits.DURATION_SECONDS)]
)

_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_names = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


class NotAList(Exception):
    """The events of a segment are not a list, or too many."""

    code = "malformed"


@dataclass(frozen=True)
class Decoded:
    """The events of one segment as the notice allows to see them, and what was left out."""

    events: Sequence[Any]
    malformed: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Decoders:
    fields: tuple[str, ...]
    strict: msgspec.json.Decoder[Any]
    lenient: msgspec.json.Decoder[Any]
    one: msgspec.json.Decoder[Any]


def decode(raw: bytes | msgspec.Raw, *, kind: str, fields: tuple[str, ...]) -> Decoded:
    """The events of a JSON list, with at most these fields. Raises NotAList; never quotes what it read."""
    try:
        return _with_pictures(_decoded(raw, _decoders(kind, fields)))
    except UNREADABLE:
        raise NotAList from None


def countable(raw: bytes | msgspec.Raw) -> int:
    """How many events a list has, without looking into any: for what is refused whole. 1 when it is no list."""
    try:
        return len(_raw_list.decode(raw))
    except UNREADABLE:
        return 1


def printable_name(name: str) -> str:
    """A name that a sender chose, fit to be shown: letters, digits, `_`, `.` and `-`, 50 at most; anything else is “…”."""
    plain = name.isascii() and name.replace("_", "").replace(".", "").replace("-", "").isalnum()
    return name if plain and len(name) <= limits.NAME_LENGTH else "…"


@lru_cache(maxsize=1024)
def _decoders(kind: str, fields: tuple[str, ...]) -> _Decoders:
    known = CATALOGUE[kind].fields
    disclosed = tuple(name for name in known if name in fields and name != "t")
    types: list[Any] = [("t", _Time)]  # 1
    types += [(name, _type_of(name, known[name]) | msgspec.UnsetType, UNSET) for name in disclosed]
    strict = msgspec.defstruct(kind, types, forbid_unknown_fields=True, gc=False)
    lenient = msgspec.defstruct(kind, types, gc=False)
    return _Decoders(
        fields=("t", *disclosed),
        strict=msgspec.json.Decoder(list[strict]),  # type: ignore[valid-type]
        lenient=msgspec.json.Decoder(list[lenient]),  # type: ignore[valid-type]
        one=msgspec.json.Decoder(lenient),
    )


def _type_of(name: str, type_: FieldType) -> Any:
    if name == "duration":
        return _Seconds
    match type_:
        case FieldType.NUMBER:
            return _Integer | _Number
        case FieldType.INTEGER:
            return _Integer
        case FieldType.IMAGE:
            return _Image
        case FieldType.TIME:
            return _Time
        case FieldType.TEXT:
            return Annotated[str, msgspec.Meta(max_length=limits.TEXT_LENGTH.get(name, limits.OTHER_TEXT_LENGTH))]


def _decoded(raw: bytes | msgspec.Raw, decoders: _Decoders) -> Decoded:
    try:
        return Decoded(decoders.strict.decode(raw))  # 2
    except msgspec.ValidationError:
        pass
    try:
        return Decoded(decoders.lenient.decode(raw), dropped=_undisclosed(raw, decoders.fields))  # 3
    except msgspec.ValidationError:
        return _one_by_one(raw, decoders)


def _undisclosed(raw: bytes | msgspec.Raw, fields: tuple[str, ...]) -> Counter[str]:
    counted: Counter[str] = Counter()
    _count_undisclosed(raw, fields, counted)
    return counted


def _count_undisclosed(raw: bytes | msgspec.Raw, fields: tuple[str, ...], counted: Counter[str]) -> None:
    """Adds to what was counted of the segment so far: its names stay few, however many events it has."""
    for event in _names.decode(raw):
        for name in event:
            if name not in fields:
                shown = printable_name(name)
                counted[shown if shown in counted or len(counted) < limits.NAMES_COUNTED else "…"] += 1


def _one_by_one(raw: bytes | msgspec.Raw, decoders: _Decoders) -> Decoded:
    events, dropped, malformed = [], Counter[str](), 0
    for each in _raw_list.decode(raw):
        try:
            event = decoders.one.decode(each)
            _count_undisclosed(b"[" + bytes(each) + b"]", decoders.fields, dropped)
            events.append(event)
        except UNREADABLE:
            malformed += 1  # 4
    return Decoded(events, malformed, dropped)


def _with_pictures(decoded: Decoded) -> Decoded:
    """An image must begin as a PNG, JPEG or WebP does; it is not decoded here or anywhere in the portal."""
    if not decoded.events or not hasattr(decoded.events[0], "image"):
        return decoded
    kept = [event for event in decoded.events if event.image is UNSET or _is_picture(event.image)]
    return Decoded(kept, decoded.malformed + len(decoded.events) - len(kept), decoded.dropped)


def _is_picture(image: bytes) -> bool:
    return image.startswith(_MAGIC) or (image[:4] == b"RIFF" and image[8:12] == b"WEBP")
