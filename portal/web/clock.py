"""Times on pages are the person's own: the middleware that sets their time zone while one of our pages is made."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from consent.people.models import Person


class OwnTimeMiddleware:
    """Pages speak the time zone of the signed-in person; the API and the error pages keep to UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer; afterwards the next one starts without a time zone of anybody's."""
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> None:
        """Sets the time zone for a page; an answer for a program stays in UTC."""
        page = request.resolver_match is not None and request.resolver_match.namespace == "web"
        if page and request.user.is_authenticated:
            timezone.activate(zone_of(request.user))


def zone_of(person: Person) -> ZoneInfo:
    """The person's time zone; UTC when what is written down for them is not the name of one."""
    try:
        return ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
