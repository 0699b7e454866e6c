"""Who calls: a person by session, a collector by bearer token. No address takes both."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from consent.collectors.enrolment import RevokedToken, UnknownToken, collector_for
from consent.collectors.models import Collector
from portal.limits import UNKNOWN_TOKENS, check_rate

TOKEN_LENGTH_MAX = 200


class SessionCredential(SessionAuthentication):
    """The person who is signed in. Whatever changes something also needs the CSRF token of that session."""

    def authenticate_header(self, request: Request) -> str:
        """So that a signed-out caller gets 401, not 403."""
        return 'Session realm="Candor"'

    def enforce_csrf(self, request: Request) -> None:
        """Raises PermissionDenied with the code `csrf`."""
        check = _Check(lambda _request: None)  # type: ignore[arg-type]
        check.process_request(request)
        if check.process_view(request, None, (), {}):  # type: ignore[arg-type]
            raise exceptions.PermissionDenied(code="csrf")


class CollectorCredential(BaseAuthentication):
    """A collector, by its token. `request.auth` is the collector; `request.user` stays nobody: a token is not a person.

    Tokens that are unknown or revoked are counted per address, and answered 429 beyond the limit; a token that is valid still passes.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Collector] | None:
        """None without a bearer token. Raises AuthenticationFailed with `unknown_token` or `revoked_token`, or TooOften."""
        scheme, _space, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            return AnonymousUser(), collector_for(_readable(token))
        except (UnknownToken, RevokedToken) as refused:
            check_rate(request, UNKNOWN_TOKENS, at=timezone.now())
            raise exceptions.AuthenticationFailed(str(refused), code=refused.code) from None

    def authenticate_header(self, request: Request) -> str:
        """RFC 6750, section 3."""
        return 'Bearer realm="Candor"'


class IsCollector(BasePermission):
    """Only a collector."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller showed a collector's token."""
        return isinstance(request.auth, Collector)


class _Check(CsrfViewMiddleware):
    """Django's own check, which tells the reason instead of showing a page."""

    def _reject(self, request: Any, reason: str) -> Any:
        return reason


def _readable(token: bytes) -> str:
    """The token as text; what cannot be a token is looked up as none."""
    text = token.decode("latin-1").strip()
    return text if text.isascii() and text.isprintable() and len(text) <= TOKEN_LENGTH_MAX else ""
