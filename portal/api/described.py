"""How the OpenAPI description says what every address answers, the errors too."""

from collections.abc import Iterable
from typing import Any, Literal

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from .credentials import CollectorCredential
from .problems import CONTENT_TYPE

MEANINGS = {
    400: "The request is malformed or not valid.",
    401: "The credential is missing, unknown or revoked.",
    403: "This is not open to the caller, or the session's CSRF token is missing.",
    404: "There is no such thing, or it is another person's.",
    405: "The address does not take this method.",
    409: "What stands now does not allow it: another notice is in force, or the programme is closed.",
    411: "There is no Content-Length header.",
    413: "The body is too large.",
    415: "The body's type or encoding is not taken here.",
    422: "The body was understood, but cannot be taken.",
    429: "Too many requests; the Retry-After header says how long to wait.",
    500: "A fault of the portal. Nothing was changed halfway.",
    503: "The database or the printing does not answer; nothing was changed. Send the same again.",
}


class FieldProblem(serializers.Serializer[Any]):
    """One field of the body that is wrong."""

    pointer = serializers.CharField(help_text="JSON pointer to the field (RFC 6901).")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemDocument(serializers.Serializer[Any]):
    """Problem details (RFC 9457). `code` is stable."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField(required=False)
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]


def problems(
    *statuses: int, document: type[ProblemDocument] = ProblemDocument
) -> dict[tuple[int, str], OpenApiResponse]:
    """Error answers of an address beyond those that follow from what it is."""
    return {(status, CONTENT_TYPE): OpenApiResponse(document, MEANINGS[status]) for status in statuses}


class CandorSchema(AutoSchema):
    """Adds to each address the errors that follow from what it is: its credential, its method, its body."""

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        given = super()._get_response_bodies(direction)
        for status in self._implied():
            if str(status) not in given:
                answer = OpenApiResponse(ProblemDocument, MEANINGS[status])
                given[str(status)] = self._get_response_for_code(answer, str(status), [CONTENT_TYPE], direction)  # type: ignore[no-untyped-call]
        return dict(sorted(given.items()))

    def _implied(self) -> Iterable[int]:
        yield from (405, 503)
        if self.view.authentication_classes:
            yield from (401, 403)
        if CollectorCredential in self.view.authentication_classes:
            yield 429
        if self.method == "POST":
            yield from (400, 413, 415)


class _Session(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "portal.api.credentials.SessionCredential"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        sentence = "A person who is signed in. What changes something also needs the X-CSRFToken header."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": sentence}


class _Collector(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "portal.api.credentials.CollectorCredential"
    name = "collector"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token of an enrolled collector."}
