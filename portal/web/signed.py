"""What a view of a signed-in person gets: portal.access lets nobody else in."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from consent.people.models import Person


class SignedRequest(HttpRequest):
    """A request whose user is a person, and that knows whether htmx sent it."""

    user: Person
    htmx: HtmxDetails
