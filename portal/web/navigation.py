"""What every page shows around its content: the tabs of this person's roles, and whom to write to."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from consent.people.demonstration import cast
from consent.people.models import Role
from consent.people.roles import roles_of


@dataclass(frozen=True)
class Tab:
    """One entry of the main navigation."""

    url: str
    label: str
    current: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context: `tabs`, `privacy_officer_mail`, and `demo_people` in the demonstration."""
    user = getattr(request, "user", None)
    known = user is not None and user.is_authenticated
    return {
        "tabs": SimpleLazyObject(lambda: _tabs(request)) if known else (),
        "privacy_officer_mail": user.employer.contact if known else "",
        "demo_people": cast() if settings.DEMO and not known else (),
    }


def _tabs(request: HttpRequest) -> list[Tab]:
    places = [
        ("web:choices", _("Your choices")),
        ("web:captured", _("What was captured")),
        ("web:requests", _("Requests")),
        ("web:receipts", _("Receipts")),
    ]
    roles = roles_of(request.user)
    if Role.HR in roles:
        places.append(("web:hr", _("Request queue")))
    if roles & {Role.LEGAL, Role.PRIVACY_OFFICER}:
        places.append(("web:legal", _("Exports")))
    urls = [(reverse(name), label) for name, label in places]
    return [Tab(url, label, request.path.startswith(url)) for url, label in urls]
