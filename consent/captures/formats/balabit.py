"""A session of the Balabit Mouse Dynamics Challenge: lines of seconds since the session began, button, state and position.

Moving and dragging become `mouse`, a pressed button becomes `click` with the button's name in lower case. Releases and the wheel
are no kind of data here and are skipped. The time is the client's: the other one is when a server in between noted it.
"""

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from .streams import NotThisFormat, Recording, Stream, in_order

HEADER = ["record timestamp", "client timestamp", "button", "state", "x", "y"]
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MOVES = {"Move", "Drag"}


def read(raw: bytes) -> Recording:
    """The session, as if it had begun in 1970: to be shifted to its real beginning. Raises NotThisFormat with the line."""
    try:
        lines = csv.reader(io.StringIO(raw.decode()))
    except UnicodeDecodeError:
        raise NotThisFormat(_("This is not a session of the Balabit data set: it is not text.")) from None
    if next(lines, None) != HEADER:
        raise NotThisFormat(_("This is not a session of the Balabit data set: its first line names other columns."))
    moves: list[dict[str, Any]] = []
    clicks: list[dict[str, Any]] = []
    skipped: Counter[str] = Counter()
    for number, line in enumerate(lines, start=2):
        try:
            _record, client, button, state, x, y = line
            event = {"t": BEGINNING + timedelta(seconds=float(client)), "x": int(x), "y": int(y)}
        except (ValueError, OverflowError):
            raise NotThisFormat(_("Line %(number)d is not a line of a Balabit session.") % {"number": number}) from None
        if state in _MOVES:
            moves.append(event)
        elif state == "Pressed":
            clicks.append(event | {"button": button.lower()})
        else:
            skipped[state] += 1
    return Recording((Stream("mouse", in_order(moves)), Stream("click", in_order(clicks))), skipped)
