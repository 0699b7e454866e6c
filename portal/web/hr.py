"""HR: the queue of requests by deadline, one request, and the acts on it."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from consent.people.models import Person
from consent.rights import desk
from consent.rights.changes import Stale
from consent.rights.deadlines import WITHIN_DAYS
from consent.rights.desk import Filter, Row
from consent.rights.models import RequestState, RequestType
from consent.rights.reading import NotFound
from consent.rights.states import NotAllowed

from .signed import SignedRequest

PER_PAGE = 25
LONGEST_ANSWER = 4_000
HEADINGS: dict[Filter, Promise] = {
    Filter.LATE: gettext_lazy("Past the deadline"),
    Filter.SOON: gettext_lazy("Due within 7 days"),
    Filter.OPEN: gettext_lazy("Open requests"),
    Filter.MINE: gettext_lazy("Assigned to you"),
}
FIGURES: dict[Filter, Promise] = {
    Filter.LATE: gettext_lazy("past the deadline"),
    Filter.SOON: gettext_lazy("due within 7 days"),
    Filter.OPEN: gettext_lazy("open"),
    Filter.MINE: gettext_lazy("assigned to you"),
}
OUTCOMES: dict[RequestState, Promise] = {
    RequestState.DONE: gettext_lazy("Done as asked"),
    RequestState.REFUSED: gettext_lazy("Refused"),
    RequestState.IN_PROGRESS: gettext_lazy("Let it be tried again"),
}


@dataclass(frozen=True)
class Figure:
    """One number above the queue, which is also a filter."""

    name: str
    count: int
    label: str | Promise
    current: bool


@dataclass(frozen=True)
class Due:
    """How long there is still time, in words and as the tag's colour and symbol."""

    words: str
    look: str
    symbol: str


@dataclass(frozen=True)
class Shown:
    """One row as the page says it."""

    row: Row
    due: Due
    with_whom: str


@require_safe
def queue(request: SignedRequest) -> HttpResponse:
    """The requests that HR may handle, nearest deadline first."""
    at = timezone.now()
    only, find = _filter(request.GET.get("show", "")), request.GET.get("q", "").replace("\0", "")[:40].strip()
    chosen = request.GET.get("type", "")
    type = RequestType(chosen) if chosen in RequestType.values else None
    found = desk.queue(actor=request.user, at=at, only=only, find=find, type=type)
    rows = [_shown(row, request.user, at) for row in found.rows]
    figures = [Figure(name, found.figures[name], FIGURES[name], name == only and not find) for name in Filter]
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "figures": figures,
        "heading": _("Found") if find else HEADINGS[only],
        "only": only,
        "find": find,
        "type": chosen,
        "types": RequestType.choices,
    }
    return render(request, "hr/queue.html", context)


@require_safe
def case(request: SignedRequest, number: str) -> HttpResponse:
    """One request. Where it names somebody, the look is written down first."""
    return _case(request, number)


@require_POST
def take(request: SignedRequest, number: str) -> HttpResponse:
    """The request is mine."""
    try:
        desk.take(actor=request.user, number=number, version=_version(request), at=timezone.now())
    except NotFound as missing:
        raise Http404 from missing
    except (NotAllowed, Stale) as changed:
        return _conflict(request, number, str(changed))
    messages.success(request, _("The request is with you. The person sees that somebody takes care of it."))
    return redirect("web:hr-case", number)


@require_POST
def close(request: SignedRequest, number: str) -> HttpResponse:
    """The answer to a request, with words for the person."""
    outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "").replace("\0", "")
    if outcome not in desk.OUTCOMES:
        return _case(request, number, problem=_("Choose what becomes of the request."), reason=reason)
    if len(reason) > LONGEST_ANSWER:
        return _case(request, number, problem=_("The answer is too long."), reason=reason, outcome=outcome)
    at, version = timezone.now(), _version(request)
    try:
        desk.close(
            actor=request.user, number=number, version=version, outcome=RequestState(outcome), reason=reason, at=at
        )
    except NotFound as missing:
        raise Http404 from missing
    except desk.NoReason as refusal:
        return _case(request, number, problem=str(refusal), outcome=outcome)
    except (NotAllowed, Stale) as changed:
        return _conflict(request, number, str(changed))
    messages.success(request, _("Done. The person gets a letter, and reads the answer in Candor."))
    return redirect("web:hr-case", number)


def _case(
    request: SignedRequest, number: str, *, problem: str = "", reason: str = "", outcome: str = ""
) -> HttpResponse:
    at = timezone.now()
    try:
        found = desk.case(actor=request.user, number=number, at=at)
    except NotFound as missing:
        raise Http404 from missing
    context = {
        "case": found,
        "shown": _shown(found.row, request.user, at),
        "outcomes": [(each, OUTCOMES[each]) for each in found.outcomes],
        "problem": problem,
        "reason": reason,
        "outcome": outcome,
        "longest": LONGEST_ANSWER,
    }
    return render(request, "hr/case.html", context, status=422 if problem else 200)


def _conflict(request: SignedRequest, number: str, problem: str) -> HttpResponse:
    context = {"problem": problem, "url": reverse("web:hr-case", args=[number])}
    return render(request, "409.html", context, status=409)


def _filter(name: str) -> Filter:
    return Filter(name) if name in set(Filter) else Filter.OPEN


def _version(request: SignedRequest) -> int:
    """The version that the form was made from; no form has -1."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 10 else -1


def _shown(row: Row, actor: Person, at: datetime) -> Shown:
    return Shown(row=row, due=_due(row, at), with_whom=_with_whom(row, actor))


def _due(row: Row, at: datetime) -> Due:
    days = (timezone.localdate(row.due_at) - timezone.localdate(at)).days
    if row.due_at < at:
        late = max(-days, 1)
        return Due(ngettext("%(days)d day late", "%(days)d days late", late) % {"days": late}, "bad", "triangle-alert")
    if days == 0:
        return Due(_("Today"), "warn", "clock")
    words = ngettext("In %(days)d day", "In %(days)d days", days) % {"days": days}
    return Due(words, "warn" if days <= WITHIN_DAYS else "", "clock")


def _with_whom(row: Row, actor: Person) -> str:
    if row.handler is not None:
        return _("You") if row.handler == actor else row.handler.full_name
    if row.human:
        return _("Nobody yet")
    return _("Legal") if row.state == RequestState.HELD else _("Automatic")
