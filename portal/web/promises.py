"""Public: what Candor promises, in plain words, each promise with a way to check it and with what it does not cover."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def promises(request: HttpRequest) -> HttpResponse:
    """The eight promises."""
    return render(request, "promises/promises.html")
