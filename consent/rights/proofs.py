"""What each place did or waits for, as a sentence for the person."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Step, StepState
from .places import keys, search, statistics, store


def sentence_of(step: Step) -> str:
    """What the place proved, or what is going on there."""
    if step.state == StepState.DONE:
        return _proven(step, step.proof or {})
    if step.state == StepState.PARKED:
        return _("It failed again and again. A person takes over.")
    if step.state == StepState.RETRYING:
        return _("It did not work. It is tried again by itself.")
    return _waiting(step)


def _proven(step: Step, proof: dict[str, Any]) -> str:
    if step.place == store.CODE:
        number = proof.get("events", 0)
        return ngettext("%(number)d record removed.", "%(number)d records removed.", number) % {"number": number}
    if step.place == keys.CODE:
        return _keys(len(proof.get("destroyed", [])), len(proof.get("kept", [])))
    if step.place == statistics.CODE:
        number = proof.get("rows", 0)
        return ngettext("%(number)d row removed.", "%(number)d rows removed.", number) % {"number": number}
    if step.place == search.CODE:
        return _("We searched our own places again and found nothing.")
    return _device(step, str(proof.get("how")))


def _keys(destroyed: int, kept: int) -> str:
    told = []
    if destroyed:
        told.append(
            ngettext("%(number)d key destroyed.", "%(number)d keys destroyed.", destroyed) % {"number": destroyed}
        )
    if kept:
        told.append(_("A key stays where it seals data that you kept."))
    return " ".join(told) or _("Nothing had been sealed, so there was no key.")


def _device(step: Step, how: str) -> str:
    name = {"name": step.place_name}
    if how == "confirmed":
        return _("%(name)s confirmed that it emptied its buffer.") % name
    if how == "never_seen":
        return _("%(name)s never spoke to Candor, so it holds nothing of yours for it.") % name
    if how == "revoked":
        return _("%(name)s may no longer deliver anything. What it may still hold itself, Candor cannot reach.") % name
    return _("%(name)s was told to empty its buffer and has not answered. Whatever it still sends is refused.") % name


def _waiting(step: Step) -> str:
    if "purge" in step.cursor:
        return _("%(name)s was told to empty its buffer. We wait for its answer.") % {"name": step.place_name}
    if step.state == StepState.WORKING and step.expected:
        told = {"removed": step.removed, "expected": step.expected}
        return _("%(removed)d of %(expected)d records removed.") % told
    if step.state == StepState.WORKING:
        return _("At work.")
    return _("Waiting for its turn.")


def next_try(step: Step) -> datetime | None:
    """When a step that failed is tried again."""
    return step.due_at if step.state == StepState.RETRYING else None
