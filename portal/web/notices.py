"""A notice in full: what it says, and how it differs from the version before."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.programmes.differences import difference
from consent.programmes.models import NoticeVersion
from consent.programmes.notices import NoSuchNotice, in_force
from consent.programmes.notices import notice as notice_of


@require_safe
def notice(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version of one programme's notice, as it was published (GDPR Article 13)."""
    shown = _notice(slug, number)
    if shown is None:
        raise Http404
    current, older = in_force(shown.programme), _notice(slug, number - 1)
    context = {
        "notice": shown,
        "older": older,
        "differences": difference(older, shown) if older else (),
        "newer": current if current and current.number > shown.number else None,
        "paragraphs": [part for part in shown.text.split("\n\n") if part.strip()],
    }
    return render(request, "notices/notice.html", context)


def _notice(slug: str, number: int) -> NoticeVersion | None:
    try:
        return notice_of(slug, number)
    except NoSuchNotice:
        return None
