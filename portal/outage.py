"""When the database does not answer: 503 with Retry-After and a page that says what holds, never half a choice."""

import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

RETRY_AFTER = "10"


class OutageMiddleware:
    """Turns a lost database into a clear answer; the transaction it was in is rolled back by PostgreSQL."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The view's answer, or 503."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Catches what a view raised, before Django turns it into a 500."""
        if isinstance(exception, OperationalError | InterfaceError):
            return unavailable(request)
        return None


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler500: what was raised around the views, by other middleware too, which Django turns into an answer at once."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable(request)
    return server_error(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: a problem document for the API, a page for people. Says that nothing was changed and that repeating is safe."""
    if request.path.startswith("/api/"):
        body = {
            "type": "about:blank",
            "title": "Service unavailable",
            "detail": "The database does not answer. Nothing was stored or changed. Send the same request again.",
            "code": "unavailable",
        }
        response: HttpResponse = JsonResponse(body, status=503, content_type="application/problem+json")
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = RETRY_AFTER
    return response
