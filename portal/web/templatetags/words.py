"""Words for what the rooms name by a code: reasons, roles, steps, lines of a timeline. An unknown code is shown as it is."""

from collections.abc import Mapping

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.people.models import Role
from consent.programmes.kinds import CATALOGUE
from consent.receipts.models import Receipt, StatementType
from consent.rights.models import Event

from .candor import visible

register = template.Library()

Words = Mapping[str, str | Promise]

REFUSALS: Words = {
    "not_consented": gettext_lazy("You had not allowed it"),
    "withdrawn": gettext_lazy("It arrived after your “Don’t allow”"),
    "before_grant": gettext_lazy("It was captured before your yes"),
    "paused": gettext_lazy("Recording was paused"),
    "deleted": gettext_lazy("It lies in a time that you had deleted"),
    "excluded": gettext_lazy("The program is not one that the notice names"),
    "outside_hours": gettext_lazy("It was captured outside of the agreed hours"),
    "rate": gettext_lazy("More of it came than the notice allows"),
    "not_offered": gettext_lazy("The programme does not ask you for it"),
    "wrong_person": gettext_lazy("The device named another person"),
    "undisclosed_kind": gettext_lazy("The notice does not list this kind of data"),
    "undisclosed_field": gettext_lazy("The notice does not list this field; it was cut off"),
    "kind_halted": gettext_lazy("This kind of data is halted"),
    "programme_suspended": gettext_lazy("The programme was stopped when it was captured or when it arrived"),
    "programme_ended": gettext_lazy("The programme had ended"),
    "clock": gettext_lazy("The device’s clock was wrong"),
    "malformed": gettext_lazy("It was not in a form that can be read"),
}
ANSWERS: Words = {
    "given": gettext_lazy("Allow"),
    "refused": gettext_lazy("Don’t allow"),
    "withdrawn": gettext_lazy("Don’t allow"),
    "revoked": gettext_lazy("Ended by the employer"),
    "expired": gettext_lazy("Expired"),
    "invalidated": gettext_lazy("No longer valid"),
    "several": gettext_lazy("Several choices"),
}
CHECK_STEPS: Words = {
    "form": gettext_lazy("Form"),
    "seal": gettext_lazy("Seal"),
    "whole": gettext_lazy("Whole and unchanged"),
    "attachments": gettext_lazy("Attached files"),
    "issuer": gettext_lazy("Issuer"),
    "signature": gettext_lazy("Signature"),
    "time": gettext_lazy("Time of the keys"),
    "log": gettext_lazy("Public log"),
}
CHECK_FAILURES: Words = {
    "form": gettext_lazy("This is no receipt of Candor"),
    "seal": gettext_lazy("We did not seal this file"),
    "whole": gettext_lazy("This file was changed"),
    "attachments": gettext_lazy("What is in this file does not fit"),
    "issuer": gettext_lazy("Somebody else issued this"),
    "signature": gettext_lazy("This file was changed, or is not ours"),
    "time": gettext_lazy("This was signed too late"),
    "log": gettext_lazy("This is not in our log"),
}
ROLES: Words = {"employee": gettext_lazy("Employee"), "worker": gettext_lazy("Candor"), **dict(Role.choices)}
SPEAKERS: Words = {"person": gettext_lazy("You"), "assistant": gettext_lazy("The assistant")}
INPUTS: Words = {
    "presses": gettext_lazy("Keys pressed"),
    "clicks": gettext_lazy("Clicks"),
    "scroll_x": gettext_lazy("Scrolled sideways"),
    "scroll_y": gettext_lazy("Scrolled up and down"),
    "delta_x": gettext_lazy("Moved sideways, in pixels"),
    "delta_y": gettext_lazy("Moved up and down, in pixels"),
}
EVENTS: Words = {
    "received": gettext_lazy("Received"),
    "started": gettext_lazy("Begun: what arrives late is refused from now on"),
    "held": gettext_lazy("On hold"),
    "parked": gettext_lazy("A person takes over"),
    "tried_again": gettext_lazy("Tried again"),
    "past_due": gettext_lazy("Past the day that the law gives"),
    "taken": gettext_lazy("A person took it on"),
    "done": gettext_lazy("Done"),
    "closed_with_residue": gettext_lazy("Closed, with something left"),
    "refused": gettext_lazy("Refused"),
}


@register.filter
def refusal_words(reason: str) -> str | Promise:
    """Return why something was refused."""
    return REFUSALS.get(reason, reason)


@register.filter
def kind_words(kind: str) -> str | Promise:
    """Return what a kind of data is called; a name that a device made up is made visible."""
    return CATALOGUE[kind].label if kind in CATALOGUE else visible(kind)


@register.filter
def receipt_words(receipt: Receipt) -> str | Promise:
    """Return what a receipt states in a word or two: the answer of a choice, else what kind of statement it is."""
    if receipt.statement != StatementType.DECISION:
        return str(receipt.get_statement_display())
    return ANSWERS.get(receipt.state) or str(receipt.get_statement_display())


@register.filter
def check_step(name: str) -> str | Promise:
    """Return what a step of a receipt's check is called."""
    return CHECK_STEPS.get(name, name)


@register.filter
def check_failure(name: str) -> str | Promise:
    """Return what it means that a step of a receipt's check failed."""
    return CHECK_FAILURES.get(name, name)


@register.filter
def role_words(role: str) -> str | Promise:
    """Return in which role somebody looked."""
    return ROLES.get(role, role)


@register.filter
def speaker(role: str) -> str | Promise:
    """Return who wrote to whom: the person, or the assistant."""
    return SPEAKERS.get(role) or visible(role)


@register.filter
def input_words(name: str) -> str | Promise:
    """Return what was counted."""
    return INPUTS.get(name, name)


@register.filter
def event_words(event: Event) -> str:
    """Return one line of a request's timeline in words."""
    if event.what.startswith("place."):
        return _("%(place)s: done") % {"place": event.note}
    words = str(EVENTS.get(event.what, event.what))
    return f"{words}. {event.note}" if event.note else words
