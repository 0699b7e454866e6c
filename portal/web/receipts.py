"""Receipts: the list, one receipt with its files, and the public check."""

import hashlib
import json
from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consent.ledger.proofs import parsed_proof
from consent.receipts.models import Receipt
from consent.receipts.printing import PrintingUnavailable, ask_for_print, print_of
from consent.receipts.reading import NotFound, proof_of, receipt_of, receipts_of
from consent.receipts.sheets import grouped, sheet_of
from consent.receipts.verification import check_number, verify_document
from portal.limits import VERIFICATIONS, TooOften, check_rate

from .signed import SignedRequest

PER_PAGE = 25
LARGEST_FILE = 256 * 1024
WAIT = 2  # seconds until the page asks again whether a PDF is ready


@require_safe
def receipts(request: SignedRequest) -> HttpResponse:
    """The person's receipts, newest first."""
    page = Paginator(receipts_of(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "receipts/index.html", {"page": page})


@require_safe
def receipt(request: SignedRequest, receipt_id: UUID) -> HttpResponse:
    """One receipt, as it was signed."""
    found = _own(request, receipt_id)
    proof = proof_of(found)
    context = {
        "receipt": found,
        "sheet": sheet_of(found),
        "document": json.loads(bytes(found.document)),
        "digest": grouped(hashlib.sha256(found.document).hexdigest()),
        "position": parsed_proof(proof).index if proof else None,
    }
    return render(request, "receipts/receipt.html", context)


@require_safe
def receipt_json(request: SignedRequest, receipt_id: UUID) -> HttpResponse:
    """The signed document, byte for byte."""
    found = _own(request, receipt_id)
    return _file(bytes(found.document), f"{found.number}.json", "application/json")


@require_safe
def receipt_proof(request: SignedRequest, receipt_id: UUID) -> HttpResponse:
    """The proof that the log holds it; a page that waits until there is one."""
    found = _own(request, receipt_id)
    proof = proof_of(found)
    if proof is None:
        return _wait(request, found, _("The proof that it stands in the log is being made."))
    return _file(proof.encode(), f"{found.number}.tlog-proof", "text/plain; charset=utf-8")


@require_safe
def receipt_pdf(request: SignedRequest, receipt_id: UUID) -> HttpResponse:
    """The receipt to print or to keep; a page that waits until a worker has made it."""
    found = _own(request, receipt_id)
    try:
        pdf = print_of(found)
        if pdf is None:
            ask_for_print(found)
            return _wait(request, found, _("The PDF is being prepared."))
    except PrintingUnavailable as reason:
        return render(request, "receipts/no_pdf.html", {"receipt": found, "reason": str(reason)}, status=503)
    return _file(pdf, f"{found.number}.pdf", "application/pdf")


class CheckForm(forms.Form):
    """A file or a number."""

    file = forms.FileField(
        label=gettext_lazy("Receipt file"),
        help_text=gettext_lazy("The JSON file of the receipt. A PDF cannot be checked here yet: type its number."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )
    proof = forms.FileField(
        label=gettext_lazy("Its proof"),
        help_text=gettext_lazy("The file that ends in .tlog-proof. With it we also check the place in the log."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".tlog-proof,text/plain"}),
    )
    number = forms.CharField(
        label=gettext_lazy("Receipt number"),
        help_text=gettext_lazy("For example RCP-3M8D-71WX"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_file(self) -> UploadedFile | None:
        """Refuses what cannot be a receipt before it is read."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file and (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(_("This file is too large to be a receipt."))
        if file and file.read(5) == b"%PDF-":
            raise forms.ValidationError(_("This is a PDF. Give its JSON file, or type the receipt number."))
        if file:
            file.seek(0)
        return file

    def clean_proof(self) -> str | None:
        """The proof as text."""
        file: UploadedFile | None = self.cleaned_data["proof"]
        if file and (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(_("This file is too large to be a proof."))
        return file.read().decode("utf-8", "replace") if file else None

    def clean(self) -> dict[str, Any]:
        """One of the two, not both and not none."""
        given = super().clean() or {}
        if not self.errors and bool(given.get("file")) == bool(given.get("number")):
            raise forms.ValidationError(_("Give a file, or type a number: one of the two."))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Public: whether a receipt is genuine. A number alone tells only that, and the day. Nothing is kept."""
    form = _check_form(request)
    if form is None:
        return render(request, "check/check.html", {"form": CheckForm()})
    try:
        check_rate(request, VERIFICATIONS, at=timezone.now())
    except TooOften as often:
        response = render(request, "429.html", status=429)
        response["Retry-After"] = str(often.seconds)
        return response
    if not form.is_valid():
        return render(request, "check/check.html", {"form": form}, status=422 if request.method == "POST" else 200)
    file, number = form.cleaned_data["file"], form.cleaned_data["number"].strip()
    if not file:
        context = {"form": CheckForm(initial={"number": number}), "number": number, "found": check_number(number)}
        return render(request, "check/check.html", context)
    raw = file.read()
    verdict = verify_document(raw, form.cleaned_data["proof"])
    context = {"form": CheckForm(), "verdict": verdict}
    if verdict.genuine:  # its words, but for the head, which names the person
        context |= {
            "issuer": json.loads(raw)["issuer"]["name"],
            "sections": sheet_of(Receipt(document=raw)).sections[1:],
        }
    return render(request, "check/check.html", context)


def _check_form(request: HttpRequest) -> CheckForm | None:
    """What was given to check: posted, or a number in the address, as the code on a printed receipt has it."""
    if request.method == "POST":
        return CheckForm(request.POST, request.FILES)
    return CheckForm({"number": request.GET["number"]}) if "number" in request.GET else None


def _own(request: SignedRequest, receipt_id: UUID) -> Receipt:
    try:
        return receipt_of(request.user, receipt_id)
    except NotFound as missing:
        raise Http404 from missing


def _wait(request: SignedRequest, receipt: Receipt, what: str) -> HttpResponse:
    context = {"receipt": receipt, "what": what, "url": request.path, "wait": WAIT}
    response = render(request, "receipts/wait.html", context, status=202)
    response["Retry-After"] = str(WAIT)
    return response


def _file(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
