"""Reads a notice draft from JSON, the form in which notices are written until they have pages of their own."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from .publication import NoticeDraft


class UnreadableDraft(Exception):
    """The file is not a notice draft; the sentence says where it differs."""

    code = "unreadable_draft"


@dataclass(frozen=True)
class DraftFile:
    """One file: the programme it is for, and what the notice says."""

    programme: str
    name: str
    notice: NoticeDraft


def read_draft(path: Path) -> DraftFile:
    """The draft in a JSON file of `{"programme", "name", "notice": {…}}`. Raises UnreadableDraft with the place of the fault.

    An unknown or misspelt name is a fault: a part of a notice must not get lost on the way.
    """
    try:
        value = msgspec.json.decode(path.read_bytes())
        check_names(value, DraftFile, "")
        check_names(value["notice"], NoticeDraft, "notice")
        return msgspec.convert(value, DraftFile)
    except (msgspec.MsgspecError, OSError) as error:
        raise UnreadableDraft(_("This is not a notice draft: %(why)s.") % {"why": error}) from error


def check_names(value: Any, shape: type, place: str) -> None:
    """Raises UnreadableDraft for names in a JSON object that the shape does not have."""
    if not isinstance(value, dict):
        raise UnreadableDraft(_("This is not a notice draft: an object is expected at “%(place)s”.") % {"place": place})
    unknown = sorted(set(value) - {each.name for each in fields(shape)})
    if unknown:
        raise UnreadableDraft(_("This is not a notice draft: unknown name “%(name)s”.") % {"name": unknown[0]})
    missing = sorted({each.name for each in fields(shape)} & {"notice"} - set(value))
    if missing:
        raise UnreadableDraft(_("This is not a notice draft: “%(name)s” is missing.") % {"name": missing[0]})
