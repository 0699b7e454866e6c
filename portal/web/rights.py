"""Requests: check before deleting, ask, and follow what becomes of it."""

from datetime import datetime
from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from consent.programmes.scopes import Scope
from consent.rights.lodging import KeyReused, lodge
from consent.rights.models import RequestType, RightsRequest
from consent.rights.preview import Preview, preview
from consent.rights.reading import NotFound, progress, requests_of
from consent.rights.scoping import NotAScope, in_words, label_of
from consent.rights.withdrawals import NotWithdrawn, delete_now

from .asking import AskForm, ScopeForm
from .signed import SignedRequest

PER_PAGE = 25
OFTEN, SELDOM = 2, 10  # seconds between two looks at a deletion: at first, and after a minute


@require_http_methods(["GET", "HEAD", "POST"])
def delete_check(request: SignedRequest) -> HttpResponse:
    """What would be deleted, to the record, before anything is; then the deletion itself (GDPR Article 17)."""
    if request.method == "POST" and "decision" in request.POST:
        return _delete_withdrawn(request)
    given = request.POST if request.method == "POST" else request.GET
    form = None if "everything" in given else ScopeForm(given)
    if form is not None and not form.is_valid():
        return render(request, "captured/delete_form.html", {"form": form}, status=422)
    scope, at = form.scope() if form else Scope(), timezone.now()
    try:
        if request.method == "POST":
            return _lodged(request, RequestType.DELETION, scope, key=given.get("key", "").replace("\0", "")[:40])
        seen = preview(person=request.user, scope=scope, at=at)
    except NotAScope as refusal:
        form = form or ScopeForm(given)
        form.add_error(None, str(refusal))
        return render(request, "captured/delete_form.html", {"form": form}, status=422)
    context = {
        "preview": seen,
        "scope": scope,
        "between": _between(seen),
        "kinds": [(label_of(kind), count) for kind, count in seen.by_kind.items()],
        "hidden": _hidden(form),
        "back": f"{reverse('web:captured')}?{request.GET.urlencode()}#delete",
        "at": at,
    }
    return render(request, "captured/delete_check.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def requests(request: SignedRequest) -> HttpResponse:
    """The person's requests; and a form for what a person must answer (GDPR Articles 15 to 22)."""
    form = AskForm(request.POST) if request.method == "POST" else AskForm(initial={"key": uuid4().hex})
    if request.method == "POST" and form.is_valid():
        kind, message = RequestType(form.cleaned_data["type"]), form.cleaned_data["message"]
        return _lodged(request, kind, form.scope(), key=form.cleaned_data["key"], message=message)
    page = Paginator(requests_of(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "requests/index.html", {"page": page, "form": form}, status=422 if form.errors else 200)


@require_safe
def one_request(request: SignedRequest, number: str) -> HttpResponse:
    """Where one request stands; with `part=progress` only what changes."""
    try:
        shown = progress(request.user, number)
    except NotFound as missing:
        raise Http404 from missing
    at = timezone.now()
    about = in_words(Scope.from_json(shown.request.scope))
    context = {"progress": shown, "at": at, "poll": _poll(shown.request, at), "about": about}
    part = request.GET.get("part") == "progress"
    return render(request, "requests/_progress.html" if part else "requests/request.html", context)


def _delete_withdrawn(request: SignedRequest) -> HttpResponse:
    """“Delete it now”: what was recorded on one withdrawn yes, in one click."""
    try:
        made = delete_now(person=request.user, decision_id=UUID(request.POST["decision"]), at=timezone.now())
    except (ValueError, NotWithdrawn) as missing:
        raise Http404 from missing
    return redirect("web:request", made.number)


def _lodged(
    request: SignedRequest,
    type: RequestType,
    scope: Scope,
    *,
    key: str = "",
    message: str = "",
) -> HttpResponse:
    """Asks, once however often it is pressed, and leads to the page of the request."""
    try:
        made = lodge(
            person=request.user,
            type=type,
            scope=scope,
            at=timezone.now(),
            idempotency_key=key or None,
            message=message,
        )
    except KeyReused as refusal:
        return render(request, "409.html", {"problem": str(refusal), "url": reverse("web:requests")}, status=409)
    return redirect("web:request", made.number)


def _between(seen: Preview) -> tuple[datetime, datetime] | None:
    """Within which times the records lie: what is known of the pieces they are stored in, cut to what was asked for."""
    if seen.first is None or seen.last is None:
        return None
    return max(filter(None, (seen.first, seen.scope.start))), min(filter(None, (seen.last, seen.scope.end)))


def _hidden(form: ScopeForm | None) -> list[tuple[str, str]]:
    """What the confirming form sends: the same answers again, and a key that makes two presses one."""
    key = ("key", uuid4().hex)
    if form is None:
        return [("everything", "1"), key]
    given = QueryDict(mutable=True)
    given.update(form.data)
    return [(name, value) for name in form.fields for value in given.getlist(name)] + [key]


def _poll(request: RightsRequest, at: datetime) -> int:
    """Seconds until the page looks again; 0 when nothing more happens by itself."""
    if request.type != RequestType.DELETION or request.state not in {"received", "in_progress"}:
        return 0
    return OFTEN if (at - request.received_at).total_seconds() < 60 else SELDOM
