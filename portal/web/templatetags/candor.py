"""What every page needs to say: icons, kinds of data, times, numbers, form controls, captured text."""

import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.forms import BoundField
from django.utils import dateformat, timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext_lazy

from consent import legible

register = template.Library()

ICONS = Path(__file__).resolve().parents[3] / "templates" / "icons"

# kind of data → (class that carries its colour, icon). A kind that is not listed is drawn in plain ink.
KINDS = {
    "mouse": ("k-mouse", "move"),
    "click": ("k-click", "mouse-pointer-click"),
    "keystroke_count": ("k-keys", "keyboard"),
    "screenshot": ("k-shot", "image"),
    "prompt": ("k-prompt", "message-square-text"),
    "window": ("k-window", "app-window"),
    "afk": ("k-afk", "coffee"),
    "input_count": ("k-input", "activity"),
}
_OTHER_KIND = ("k-other", "circle-help")

_PATTERNS: dict[str, str | Promise] = {
    "full": pgettext_lazy("pattern of a date with a time, as in Django's date filter", "j F Y, H:i"),
    "exact": pgettext_lazy("pattern of a date with a time and seconds", "j F Y, H:i:s"),
    "short": pgettext_lazy("pattern of a date without its year, with a time", "j F, H:i"),
    "date": pgettext_lazy("pattern of a date", "j F Y"),
    "day": pgettext_lazy("pattern of a date with its day of the week", "l, j F Y"),
    "month": pgettext_lazy("pattern of a month", "F Y"),
    "time": pgettext_lazy("pattern of a time", "H:i"),
    "seconds": pgettext_lazy("pattern of a time with seconds", "H:i:s"),
}


@cache
def _strokes(name: str) -> SafeString:
    drawing = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    inner = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
    if inner is None:
        raise ValueError(f"The icon {name} holds no drawing.")
    return mark_safe(" ".join(inner[1].split()))


@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """Return a Lucide icon that screen readers skip; the word beside it says the same. FileNotFoundError when there is none."""
    classes = f"icon {extra_class}".strip()
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>', classes, _strokes(name)
    )


@register.simple_tag
def kind_icon(kind: str) -> SafeString:
    """Return the icon of a kind of data, in the colour of the nearest element with its `kind_class`."""
    return icon(KINDS.get(kind, _OTHER_KIND)[1], "k-icon")


@register.filter
def kind_class(kind: str) -> str:
    """Return the class that gives an element the colour of a kind of data."""
    return KINDS.get(kind, _OTHER_KIND)[0]


@register.simple_tag
def when(moment: datetime | date | None, pattern: str = "full") -> SafeString:
    """Return `<time>` in the person's own time zone and language; nothing for None.

    `pattern` is one of full, exact, short, date, day, month, time, seconds.
    """
    if moment is None:
        return SafeString("")
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    machine = local.isoformat(timespec="seconds") if isinstance(local, datetime) else local.isoformat()
    return format_html('<time datetime="{}">{}</time>', machine, dateformat.format(local, str(_PATTERNS[pattern])))


@register.filter
def num(value: float | None) -> str:
    """Return a number with the separators of the person's language; nothing for None."""
    return "" if value is None else number_format(value, force_grouping=True)


@register.filter
def visible(text: str) -> str:
    """Return captured text with what would hide or turn it round written out. The result is escaped like any other text; put it
    in `<bdi class="captured">`.
    """
    return legible.visible(text)


@register.filter
def outside(recipients: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those recipients of a notice that do not belong to the employer."""
    return [recipient for recipient in recipients if recipient.get("outside")]


@register.filter
def control(field: BoundField) -> SafeString:
    """Return a form field's control in the portal's style; Django links it to its hint and error by `aria-describedby`."""
    kind = getattr(field.field.widget, "input_type", "")
    if kind in {"checkbox", "radio", "hidden"}:
        return field.as_widget()
    classes = f"input {field.field.widget.attrs.get('class', '')}".strip()
    # A placeholder that repeats the label says nothing and looks like an answer; False leaves the attribute out.
    placeholder = field.field.widget.attrs.get("placeholder", False)
    repeats = str(placeholder).casefold() == str(field.label).casefold()
    return field.as_widget(attrs={"class": classes, "placeholder": False if repeats else placeholder})


@register.filter
def control_type(field: BoundField) -> str:
    """Return what decides a field's layout: checkbox, group (several controls under one legend), hidden or input."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if widget.use_fieldset:
        return "group"
    return "checkbox" if getattr(widget, "input_type", "") == "checkbox" else "input"
