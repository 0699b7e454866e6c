"""The kinds of data that Candor can hold, with every field an event of each may have; a notice discloses some of them."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class FieldType(StrEnum):
    """What a field of an event holds."""

    TIME = "time"
    NUMBER = "number"
    INTEGER = "integer"
    TEXT = "text"
    IMAGE = "image"


class DataClass(StrEnum):
    """Activity says that something happened; content says what was written, read or shown."""

    ACTIVITY = "activity"
    CONTENT = "content"


@dataclass(frozen=True)
class Kind:
    """One kind of data. `interval` is true when an event lasts: it then has a `duration` in seconds, and must lie inside consent as a whole."""

    slug: str
    label: str | Promise
    data_class: DataClass
    fields: dict[str, FieldType]

    @property
    def interval(self) -> bool:
        """Whether an event of this kind lasts."""
        return "duration" in self.fields


def _kind(slug: str, label: Promise, data_class: DataClass, **fields: FieldType) -> tuple[str, Kind]:
    return slug, Kind(slug=slug, label=label, data_class=data_class, fields={"t": FieldType.TIME, **fields})


_ACTIVITY, _CONTENT = DataClass.ACTIVITY, DataClass.CONTENT
_NUMBER, _INTEGER, _TEXT, _IMAGE = FieldType.NUMBER, FieldType.INTEGER, FieldType.TEXT, FieldType.IMAGE

CATALOGUE: dict[str, Kind] = dict(
    [
        _kind("mouse", _("Mouse movement"), _ACTIVITY, x=_NUMBER, y=_NUMBER),
        _kind("click", _("Clicks"), _ACTIVITY, x=_NUMBER, y=_NUMBER, button=_TEXT, app=_TEXT),
        _kind("keystroke_count", _("Keystroke counts"), _ACTIVITY, app=_TEXT, count=_INTEGER),
        _kind("screenshot", _("Screenshots"), _CONTENT, app=_TEXT, width=_INTEGER, height=_INTEGER, image=_IMAGE),
        _kind("prompt", _("Questions and answers"), _CONTENT, app=_TEXT, role=_TEXT, text=_TEXT),
        _kind("window", _("Window titles"), _CONTENT, duration=_NUMBER, app=_TEXT, title=_TEXT),
        _kind("afk", _("Away from the keyboard"), _ACTIVITY, duration=_NUMBER, status=_TEXT),
        _kind(
            "input_count",
            _("Input counts"),
            _ACTIVITY,
            duration=_NUMBER,
            presses=_INTEGER,
            clicks=_INTEGER,
            delta_x=_NUMBER,
            delta_y=_NUMBER,
            scroll_x=_NUMBER,
            scroll_y=_NUMBER,
        ),
    ]
)
