"""Legal: exports of decisions as evidence. Ask, look at the counts, wait for a second person where names are in it, take it once."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.people.models import Role
from consent.people.roles import ConflictOfInterest, has_role
from consent.programmes.models import Programme
from consent.records import exporting
from consent.records.exporting import NotExportable, NotForYou, NotFound, NotWaiting
from consent.records.models import Export
from consent.records.streaming import AlreadyTaken, NotApproved, can_take, stream

from .asking import DAYS
from .signed import SignedRequest

PER_PAGE = 25


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class ExportForm(forms.Form):
    """What legal asks for. Days are whole days where the one who asks is."""

    purpose = forms.CharField(
        label=gettext_lazy("What the export is for"),
        help_text=gettext_lazy("At least 10 characters. Everyone concerned reads this in “Who looked”."),
        min_length=exporting.SHORTEST_PURPOSE,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    programme = forms.ModelChoiceField(
        label=gettext_lazy("Programme"),
        queryset=Programme.objects.order_by("name"),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("Every programme"),
    )
    from_day = forms.DateField(label=gettext_lazy("First day"), widget=_day(), validators=DAYS)
    to_day = forms.DateField(label=gettext_lazy("Last day"), widget=_day(), validators=DAYS)
    named = forms.BooleanField(
        label=gettext_lazy("With names"),
        help_text=gettext_lazy(
            "Somebody else from legal, or the privacy officer, has to agree. Each person gets a letter."
        ),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].label_from_instance = lambda one: one.name  # type: ignore[attr-defined]

    def predicate(self) -> dict[str, Any]:
        """What the room wants to know, without the purpose."""
        given = self.cleaned_data
        return {
            "programme": given["programme"],
            "start": _midnight(given["from_day"]),
            "end": _midnight(given["to_day"] + timedelta(days=1)),
            "named": given["named"],
        }


@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: SignedRequest) -> HttpResponse:
    """Every export there was; for legal the form, the counts, and the asking itself."""
    if request.method != "POST":
        return _page(request, ExportForm(initial=_last_month()))
    form, at = ExportForm(request.POST), timezone.now()
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        if request.POST.get("act") == "request":
            purpose = form.cleaned_data["purpose"]
            made = exporting.request_export(actor=request.user, purpose=purpose, at=at, **form.predicate())
            return redirect("web:legal-export", made.number)
        counts = exporting.preview(actor=request.user, at=at, **form.predicate())
    except NotForYou as refusal:
        raise PermissionDenied from refusal
    except NotExportable as refusal:
        form.add_error("from_day", str(refusal))
        return _page(request, form, status=422)
    return render(request, "legal/preview.html", {"form": form, "counts": counts, "given": form.cleaned_data})


@require_safe
def export(request: SignedRequest, number: str) -> HttpResponse:
    """One export: what it holds, who asked, who agreed, and what can be done now."""
    found = _found(number)
    context = {
        "export": found,
        "waiting": exporting.is_waiting(found),
        "last_day": timezone.localtime(found.end) - timedelta(microseconds=1),
        "can_agree": exporting.can_be_second(actor=request.user, export=found),
        "can_take": has_role(request.user, Role.LEGAL) and can_take(actor=request.user, export=found),
        "mine": found.requested_by_id == request.user.pk,
    }
    return render(request, "legal/export.html", context)


@require_POST
def approve(request: SignedRequest, number: str) -> HttpResponse:
    """A second person agrees to names."""
    return _decided(request, number, agreed=True)


@require_POST
def refuse(request: SignedRequest, number: str) -> HttpResponse:
    """A second person does not agree to names."""
    return _decided(request, number, agreed=False)


@require_POST
def download(request: SignedRequest, number: str) -> HttpResponse | StreamingHttpResponse:
    """The ZIP, in pieces as they are made. Everyone concerned can see it before the first one leaves."""
    found = _found(number)
    try:
        pieces = stream(actor=request.user, export=found, at=timezone.now())
    except (NotForYou, NotApproved) as refusal:
        raise PermissionDenied from refusal
    except AlreadyTaken as taken:
        return _conflict(request, number, str(taken))
    answer = StreamingHttpResponse(pieces, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.zip"'
    return answer


def _decided(request: SignedRequest, number: str, *, agreed: bool) -> HttpResponse:
    act = exporting.approve if agreed else exporting.refuse
    try:
        act(actor=request.user, number=number, at=timezone.now())
    except NotFound as missing:
        raise Http404 from missing
    except (NotForYou, ConflictOfInterest) as refusal:
        raise PermissionDenied from refusal
    except NotWaiting as changed:
        return _conflict(request, number, str(changed))
    messages.success(request, _("You agreed.") if agreed else _("You did not agree. Nothing leaves."))
    return redirect("web:legal-export", number)


def _page(request: SignedRequest, form: ExportForm, *, status: int = 200) -> HttpResponse:
    page = Paginator(exporting.exports(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "asks": has_role(request.user, Role.LEGAL)}
    return render(request, "legal/index.html", context, status=status)


def _found(number: str) -> Export:
    try:
        return exporting.export_of(number)
    except NotFound as missing:
        raise Http404 from missing


def _conflict(request: SignedRequest, number: str, problem: str) -> HttpResponse:
    context = {"problem": problem, "url": reverse("web:legal-export", args=[number])}
    return render(request, "409.html", context, status=409)


def _last_month() -> dict[str, Any]:
    today = timezone.localdate()
    return {"from_day": today - timedelta(days=30), "to_day": today}


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
