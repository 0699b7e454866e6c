"""What every address of the API has in common: one credential, one answer format, English, and the rows of the caller only."""

from contextlib import ExitStack
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.collectors.models import Collector
from consent.database import acting_for
from consent.people.models import Person

from .credentials import CollectorCredential, IsCollector, SessionCredential
from .described import CandorSchema
from .parsing import StrictJSON
from .problems import refused

KEY_LENGTH_MAX = 64


class OneAnswer(BaseContentNegotiation):
    """Each address has one format; what the Accept header asks for changes nothing (RFC 9110, 12.5.1, allows it)."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first renderer, always."""
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """The parser of the body's type; None (415) for another type."""
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)


class Resource(APIView):
    """An address of the API. `cache` is its Cache-Control header: what is about a person is kept by nobody."""

    schema = CandorSchema()
    content_negotiation_class = OneAnswer
    parser_classes = [StrictJSON]
    http_method_names = ["get", "head", "post"]
    cache = "no-store"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer, in English, given while the database session acts for the caller."""
        with translation.override("en"), ExitStack() as self.acting:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Checks credential and permission; from here on PostgreSQL shows the caller's rows only."""
        super().initial(request, *args, **kwargs)
        self.acting.enter_context(acting_for(self.acts_for(request)))

    def acts_for(self, request: Request) -> UUID | None:
        """Whose rows the view may see; nobody's unless a subclass says so."""
        return None

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Sets what may be kept, and what the answer depends on."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", self.cache if answer.status_code < 400 else "no-store")
        if self.authentication_classes:
            patch_vary_headers(answer, ["Cookie", "Authorization"])
        return answer


class PersonResource(Resource):
    """For the person who is signed in, about themselves."""

    authentication_classes = [SessionCredential]
    permission_classes = [IsAuthenticated]

    def acts_for(self, request: Request) -> UUID | None:
        """The signed-in person."""
        return signed_in(request).pk


class CollectorResource(Resource):
    """For a collector, on behalf of the person it was enrolled for."""

    authentication_classes = [CollectorCredential]
    permission_classes = [IsCollector]

    def acts_for(self, request: Request) -> UUID | None:
        """The collector's person."""
        return collector_of(request).person_id


class PublicResource(Resource):
    """For anyone: no credential is looked at."""

    authentication_classes = []
    permission_classes = [AllowAny]


def signed_in(request: Request) -> Person:
    """The signed-in person. Raises NotAuthenticated."""
    if not isinstance(request.user, Person):
        raise exceptions.NotAuthenticated
    return request.user


def collector_of(request: Request) -> Collector:
    """The collector whose token was shown. Raises NotAuthenticated."""
    if not isinstance(request.auth, Collector):
        raise exceptions.NotAuthenticated
    return request.auth


def idempotency_key(request: Request) -> str | None:
    """The Idempotency-Key header, or None without one. Raises a problem 400 for one that is empty, long or not plain ASCII."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (0 < len(key) <= KEY_LENGTH_MAX and key.isascii() and key.isprintable()):
        raise refused(400, "bad_key", "An Idempotency-Key has 1 to 64 printable ASCII characters.")
    return key
