"""HR: a “no” or a request that came on paper or by phone, written down for somebody. A “yes” cannot be written down."""

import time
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from consent.people.roles import ConflictOfInterest
from consent.programmes.models import Programme
from consent.programmes.notices import NotOffered, in_force
from consent.rights.lodging import KeyReused
from consent.rights.models import RequestType
from consent.rights.on_behalf import Came, NobodyOfThatReference, lodge_for, record_no

from .asking import LONGEST_MESSAGE
from .signed import SignedRequest

# Whatever stood before, the answer takes as long: otherwise the time would tell that there was nothing to end, or to delete.
NO_TAKES_SECONDS = 0.5
ANSWERS, A_NO = {"state", "answer"}, {"refused", "withdrawn", "deny"}
REFERENCE = gettext_lazy("Reference of the person")
REFERENCE_HINT = gettext_lazy("It looks like E-3M8D-71WX. The person finds it on every receipt.")


class NoForm(forms.Form):
    """Whose “no”, to what, and how it came."""

    prefix = "no"

    reference = forms.CharField(label=REFERENCE, help_text=REFERENCE_HINT, max_length=16)
    about = forms.ChoiceField(label=gettext_lazy("The person says no to"))
    came = forms.ChoiceField(
        label=gettext_lazy("How it came"),
        choices=[(Came.PAPER, gettext_lazy("On paper")), (Came.PHONE, gettext_lazy("By phone"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programmes = {programme.slug: programme for programme in Programme.objects.order_by("name")}
        self.fields["about"].choices = _choices(self.programmes)  # type: ignore[attr-defined]


class RequestForm(forms.Form):
    """Whose request, and what for."""

    prefix = "request"

    reference = forms.CharField(label=REFERENCE, help_text=REFERENCE_HINT, max_length=16)
    type = forms.ChoiceField(label=gettext_lazy("What the person asks for"), choices=RequestType.choices)
    message = forms.CharField(
        label=gettext_lazy("In the person’s words"),
        required=False,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: SignedRequest) -> HttpResponse:
    """The two forms, and what they write down."""
    if request.method != "POST":
        return _page(request)
    if _says_other_than_no(request):
        return render(request, "400.html", status=400)
    return _lodged(request) if request.POST.get("act") == "request" else _written(request)


def _written(request: SignedRequest) -> HttpResponse:
    began, form = time.monotonic(), NoForm(request.POST)
    if not form.is_valid():
        return _page(request, no=form)
    slug, _colon, kind = form.cleaned_data["about"].partition(":")
    try:
        record_no(
            actor=request.user,
            person_reference=form.cleaned_data["reference"],
            programme=form.programmes[slug],
            kind=kind or None,
            came=Came(form.cleaned_data["came"]),
            at=timezone.now(),
        )
    except (NobodyOfThatReference, ConflictOfInterest) as refusal:
        form.add_error("reference", str(refusal))
        return _page(request, no=form)
    except NotOffered as refusal:
        form.add_error("about", str(refusal))
        return _page(request, no=form)
    _even_out(began)
    messages.success(request, _("The “no” is written down and holds from now on. The person gets a letter."))
    return redirect("web:hr-paper")


def _lodged(request: SignedRequest) -> HttpResponse:
    began, form = time.monotonic(), RequestForm(request.POST)
    if not form.is_valid():
        return _page(request, asked=form)
    try:
        number = lodge_for(
            actor=request.user,
            person_reference=form.cleaned_data["reference"],
            type=RequestType(form.cleaned_data["type"]),
            message=form.cleaned_data["message"],
            at=timezone.now(),
            key=form.cleaned_data["key"] or None,
        )
    except (NobodyOfThatReference, ConflictOfInterest) as refusal:
        form.add_error("reference", str(refusal))
        return _page(request, asked=form)
    except KeyReused as refusal:
        return render(request, "409.html", {"problem": str(refusal), "url": request.path}, status=409)
    _even_out(began)
    messages.success(request, _("Request %(number)s is received. The person gets a letter.") % {"number": number})
    return redirect("web:hr-paper")


def _even_out(began: float) -> None:
    time.sleep(max(0.0, began + NO_TAKES_SECONDS - time.monotonic()))


def _page(request: SignedRequest, *, no: NoForm | None = None, asked: RequestForm | None = None) -> HttpResponse:
    context = {"no": no or NoForm(), "asked": asked or RequestForm(initial={"key": uuid4().hex})}
    return render(request, "hr/paper.html", context, status=422 if no or asked else 200)


def _says_other_than_no(request: SignedRequest) -> bool:
    """Whether somebody sends an answer, which no form here has, that is not a no."""
    said = [values for name, values in request.POST.lists() if name.rpartition("-")[2] in ANSWERS]
    return any(value not in A_NO for values in said for value in values)


def _choices(programmes: dict[str, Programme]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each programme as a group: all of it, or one kind."""
    found = []
    for slug, programme in programmes.items():
        if notice := in_force(programme):
            whole = (slug, _("Everything in %(programme)s") % {"programme": programme.name})
            found.append(
                (programme.name, [whole, *((f"{slug}:{each.kind}", each.label) for each in notice.kinds.all())])
            )
    return found
