"""What every page shows around its content: the tabs of this person's roles, and whom to write to."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from consent.people.demonstration import cast
from consent.people.models import Person, Role
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
    if isinstance(user, Person) and user.is_authenticated:
        return {
            "tabs": SimpleLazyObject(lambda: _tabs(user, request.path)),
            "privacy_officer_mail": user.employer.contact,
        }
    return {"tabs": (), "privacy_officer_mail": "", "demo_people": cast() if settings.DEMO else ()}


def _tabs(person: Person, path: str) -> list[Tab]:
    places = [
        ("web:choices", _("Your choices")),
        ("web:captured", _("What was captured")),
        ("web:requests", _("Requests")),
        ("web:receipts", _("Receipts")),
    ]
    roles = roles_of(person)
    if Role.HR in roles:
        places.append(("web:hr", _("Request queue")))
    if roles & {Role.LEGAL, Role.PRIVACY_OFFICER}:
        places.append(("web:legal", _("Exports")))
    if roles & {Role.LEGAL, Role.PRIVACY_OFFICER, Role.WORKS_COUNCIL}:
        places.append(("web:ledger", _("Ledger")))
    urls = [(reverse(name), label) for name, label in places]
    return [Tab(url, label, path.startswith(url)) for url, label in urls]
