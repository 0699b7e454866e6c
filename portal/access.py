"""Who may open which address: the one table of every route, and the middleware that keeps to it.

A route without a rule is closed to everyone. The middleware also tells PostgreSQL for whom the session acts, so that row-level
security stands behind every owner filter (ADR 0002).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from consent.database import acting_for
from consent.people.models import Role
from consent.people.roles import roles_of


@dataclass(frozen=True)
class Rule:
    """`public`: anyone. `roles`: people with one of them; empty: every signed-in person. `own_credential`: the view checks a token."""

    public: bool = False
    roles: frozenset[Role] = frozenset()
    own_credential: bool = False


PUBLIC = Rule(public=True)
SIGNED_IN = Rule()
CREDENTIAL = Rule(own_credential=True)
HR = Rule(roles=frozenset({Role.HR}))
LEGAL = Rule(roles=frozenset({Role.LEGAL}))
LEDGER = Rule(roles=frozenset({Role.LEGAL, Role.PRIVACY_OFFICER, Role.WORKS_COUNCIL}))
EXPORTS = Rule(roles=frozenset({Role.LEGAL, Role.PRIVACY_OFFICER}))

RULES: dict[str, Rule] = {
    "home": SIGNED_IN,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "metrics": CREDENTIAL,
    # sign-in (django-allauth); a sign-up form does not exist: portal.accounts closes it
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_signup": PUBLIC,
    "account_inactive": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    # pages of every employee, about themselves
    "web:choices": SIGNED_IN,
    "web:decide": SIGNED_IN,
    "web:choices-off": SIGNED_IN,
    "web:notice": SIGNED_IN,
    "web:captured": SIGNED_IN,
    "web:captured-picture": SIGNED_IN,
    "web:delete-check": SIGNED_IN,
    "web:who-looked": SIGNED_IN,
    "web:requests": SIGNED_IN,
    "web:request": SIGNED_IN,
    "web:receipts": SIGNED_IN,
    "web:receipts-print": SIGNED_IN,
    "web:receipts-run": SIGNED_IN,
    "web:receipts-zip": SIGNED_IN,
    "web:receipt": SIGNED_IN,
    "web:receipt-pdf": SIGNED_IN,
    "web:receipt-json": SIGNED_IN,
    "web:receipt-proof": SIGNED_IN,
    "web:receipt-kantara": SIGNED_IN,
    # public pages
    "web:check": PUBLIC,
    "web:promises": PUBLIC,
    # the desks
    "web:hr": HR,
    "web:hr-case": HR,
    "web:hr-take": HR,
    "web:hr-close": HR,
    "web:hr-paper": HR,
    "web:legal": EXPORTS,
    "web:legal-export": EXPORTS,
    "web:legal-approve": EXPORTS,
    "web:legal-refuse": EXPORTS,
    "web:legal-download": LEGAL,
    "web:ledger": LEDGER,
    # the API
    "api:schema": PUBLIC,
    "api:docs": PUBLIC,
    "api:verify": PUBLIC,
    "api:checkpoint": PUBLIC,
    "api:checkpoint-of-size": PUBLIC,
    "api:time-stamp-of-size": PUBLIC,
    "api:consistency": PUBLIC,
    "api:keys": PUBLIC,
    "api:captures": CREDENTIAL,
    "api:permissions": CREDENTIAL,
    "api:confirmations": CREDENTIAL,
    "api:decisions": CREDENTIAL,
    "api:receipts": CREDENTIAL,
    "api:receipt-json": CREDENTIAL,
    "api:receipt-proof": CREDENTIAL,
    "api:receipt-kantara": CREDENTIAL,
    "api:receipt-pdf": CREDENTIAL,
    "api:requests": CREDENTIAL,
    "api:request": CREDENTIAL,
    "api:nothing": PUBLIC,
}


class AccessMiddleware:
    """Keeps to the table, acts for the signed-in person, and lets no browser or proxy keep what they see."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, made while the database session acts for the signed-in person and nobody else."""
        if not request.user.is_authenticated:
            return self.get_response(request)
        with acting_for(request.user.pk):
            response = self.get_response(request)
        add_never_cache_headers(response)
        if request.method == "POST" and request.resolver_match and request.resolver_match.view_name == "account_logout":
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """None when the rule lets the person pass; the sign-in page or 403 when not."""
        rule = RULES.get(request.resolver_match.view_name) if request.resolver_match else None
        if rule is None:
            raise PermissionDenied
        if rule.public or rule.own_credential:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if rule.roles and rule.roles.isdisjoint(roles_of(request.user)):
            raise PermissionDenied
        return None
