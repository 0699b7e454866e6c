"""What a device may send with the canary in it: batches that are stored, refused, malformed, too large, and sent to the wrong place."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import zstandard

from tests.canary import Canary

LEARNING, ASSISTANT, DESKTOP = "interface-learning", "assistant-quality", "desktop-activity"
KINDS = {
    "mouse": LEARNING, "click": LEARNING, "keystroke_count": LEARNING, "screenshot": LEARNING, "prompt": ASSISTANT,
    "window": DESKTOP, "afk": DESKTOP, "input_count": DESKTOP,
}  # fmt: skip
X, Y, PRESSES, COUNTED, WIDE = 918273641, 627384951, 735184629, 846291537, 539172864
PNG = b"\x89PNG\r\n\x1a\n"


def events_of(canary: Canary, kind: str, begun: datetime) -> list[dict[str, Any]]:
    """Two events of a kind, a second apart, with the canary in each field that holds text, and its numbers elsewhere."""
    said, image = canary.token, base64.b64encode(PNG + canary.token.encode()).decode()
    fields: dict[str, dict[str, Any]] = {
        "mouse": {"x": X, "y": Y},
        "click": {"x": X, "y": Y, "button": f"{said} button", "app": f"{said} click"},
        "keystroke_count": {"app": f"{said} keys", "count": COUNTED},
        "screenshot": {"app": "Editor", "width": WIDE, "height": 2, "image": image},
        "prompt": {"app": f"{said} assistant", "role": f"{said} role", "text": f"Is\n{said} <b>secret</b>?"},
        "window": {"duration": 0.1, "app": f"{said} app", "title": f"{said} title\u202e"},
        "afk": {"duration": 0.1, "status": f"{said} status"},
        "input_count": {"duration": 0.1, "presses": PRESSES, "clicks": COUNTED, "delta_x": X, "delta_y": Y, "scroll_x": WIDE, "scroll_y": 0},
    }  # fmt: skip
    return [{"t": (begun + timedelta(seconds=place)).isoformat(), **fields[kind]} for place in range(2)]


def segment(programme: str, kind: str, events: Any, **more: Any) -> dict[str, Any]:
    return {"programme": programme, "kind": kind, "events": events, **more}


def batch(*segments: dict[str, Any]) -> bytes:
    return json.dumps({"segments": segments}, ensure_ascii=False).encode()


def stored(canary: Canary, begun: datetime) -> bytes:
    """Every kind at once, all of it allowed."""
    return batch(*(segment(slug, kind, events_of(canary, kind, begun)) for kind, slug in KINDS.items()))


def refused(canary: Canary, begun: datetime) -> Iterator[tuple[str, bytes]]:
    """Well formed, and refused or cut by the gate."""
    said, now = canary.token, begun.isoformat()
    clicks = events_of(canary, "click", begun)
    yield "an older start", batch(segment(DESKTOP, "window", events_of(canary, "window", begun - timedelta(days=300))))
    yield "a clock ahead", batch(segment(DESKTOP, "window", events_of(canary, "window", begun + timedelta(days=3))))
    yield "somebody else's", batch(segment(LEARNING, "click", clicks, person=f"{said} person"))
    yield "no such programme", batch(segment(f"{said} programme", "click", clicks))
    yield "a programme with a NUL", batch(segment(f"{said}\0", "click", clicks))
    yield (
        "a programme with half a character",
        b'{"segments":[{"programme":"\\ud800%s","kind":"click","events":[]}]}' % said.encode(),
    )
    yield "no such kind", batch(segment(LEARNING, f"{said} kind", clicks))
    yield "a kind with a NUL", batch(segment(LEARNING, f"{said}\0", clicks))
    yield (
        "fields that are not disclosed",
        batch(
            segment(
                LEARNING,
                "mouse",
                [{"t": now, "x": 1, "y": 1, "mood": said, f"{said} name": {said: [said]}, f"{said}\0": 1}],
            )
        ),
    )
    for name, event in {
        "a time": {"t": said},
        "a place": {"t": now, "x": said, "y": 1},
        "a list": [said],
        "a text": said,
        "an application that is a number": {"t": now, "app": 5, "button": said},
        "a button that is too long": {"t": now, "x": 1, "y": 1, "button": said * 20},
    }.items():
        yield f"malformed: {name}", batch(segment(LEARNING, "click", [event]))
    yield (
        "malformed: a title that is too long",
        batch(segment(DESKTOP, "window", [{"t": now, "duration": 0.1, "title": said * 99}])),
    )
    for name, image in {"no picture": said.encode(), "empty": b"", "script": b"<svg>" + said.encode()}.items():
        picture = {"t": now, "app": "Editor", "width": 1, "height": 1, "image": base64.b64encode(image).decode()}
        yield f"malformed: {name}", batch(segment(LEARNING, "screenshot", [picture]))
    other = {
        "t": now,
        "app": f"{said} program",
        "width": 1,
        "height": 1,
        "image": base64.b64encode(PNG + said.encode()).decode(),
    }
    yield "a program that is left out", batch(segment(LEARNING, "screenshot", [other]))


def unreadable(canary: Canary, begun: datetime) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """What is refused as a whole, with the headers it comes with."""
    said, body = canary.token, stored(canary, begun)
    yield "cut off", body[:-40], {}
    yield "twice", body + body, {}
    yield "no JSON", said.encode(), {}
    yield "another form", json.dumps({said: said, "segments": said}).encode(), {}
    yield "an unknown field", json.dumps({"segments": [segment(LEARNING, "click", [], **{said: said})]}).encode(), {}
    yield "no events", batch(segment(LEARNING, "click", said)), {}
    yield "wrong times around", batch(segment(LEARNING, "click", [], start=said, end=said)), {}
    yield "not UTF-8", body + b"\xff\xfe", {}
    yield "not UTF-8 inside", batch(segment(LEARNING, "click", [{"t": said}])).replace(b'"t"', b'"\xff"'), {}
    yield "nested", b'{"segments":[{"programme":"x","kind":"y","events":' + b"[" * 50_000 + said.encode(), {}
    yield "another type", body, {"Content_Type": "text/plain"}
    yield "another coding", body, {"Content_Encoding": "br"}
    yield "not the coding it says", body, {"Content_Encoding": "gzip"}
    yield "a broken coding", gzip.compress(body)[:-9], {"Content_Encoding": "gzip"}
    yield "no key", body, {"Idempotency_Key": " "}
    yield "too many events", batch(segment(LEARNING, "click", [{"t": begun.isoformat(), "app": said}] * 10_001)), {}
    yield "too large", batch(segment(LEARNING, "click", [{"app": said * 500_000}])), {}
    yield "too large unpacked", gzip.compress(said.encode() * 2_000_000), {"Content_Encoding": "gzip"}
    yield "too large from Zstandard", zstandard.compress(said.encode() * 2_000_000), {"Content_Encoding": "zstd"}


def named(names: Canary, begun: datetime) -> bytes:
    """Names that a sender chose and that could be real ones: a field, a kind, a programme."""
    event = {"t": begun.isoformat(), "x": 1, "y": 1, names.token: 1}
    return batch(
        segment(LEARNING, "mouse", [event]),
        segment(LEARNING, names.token, [event]),
        segment(names.token, "mouse", [event]),
    )


def now() -> datetime:
    return datetime.now(UTC)
