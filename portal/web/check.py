"""Public: whether a receipt is genuine, by its file or by its number. Nothing is kept, fetched or logged."""

import json
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from consent.ledger.proofs import PROOF_BYTES_MAX
from consent.receipts.models import Receipt
from consent.receipts.parsing import BYTES_MAX
from consent.receipts.seal_check import PDF_BYTES_MAX
from consent.receipts.sheets import sheet_of
from consent.receipts.verification import check_number, verify_file
from portal.limits import VERIFICATIONS, TooOften, check_rate

BESIDE_MAX = max(PROOF_BYTES_MAX, BYTES_MAX)


class CheckForm(forms.Form):
    """A file or a number."""

    file = forms.FileField(
        label=gettext_lazy("Receipt file"),
        help_text=gettext_lazy("The PDF or JSON file that you were sent, up to 5 MB."),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".pdf,.json,application/pdf,application/json"}),
    )
    proof = forms.FileField(
        label=gettext_lazy("Its proof"),
        help_text=gettext_lazy("Only with a JSON file: the one that ends in .tlog-proof. A PDF holds its own."),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".tlog-proof,text/plain"}),
    )
    number = forms.CharField(
        label=gettext_lazy("Receipt number"),
        help_text=gettext_lazy("For example RCP-3M8D-71WX"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_file(self) -> bytes | None:
        """The bytes of what may be a receipt."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file and (file.size or 0) > PDF_BYTES_MAX:
            raise forms.ValidationError(_("This file is too large to be a receipt. The largest has 5 MB."))
        return file.read() if file is not None else None

    def clean_proof(self) -> bytes | None:
        """The bytes of what may be its proof, or, with a PDF, one of the two files in it."""
        file: UploadedFile | None = self.cleaned_data["proof"]
        if file and (file.size or 0) > BESIDE_MAX:
            raise forms.ValidationError(_("This file is too large to be a proof."))
        return file.read() if file is not None else None

    def clean(self) -> dict[str, Any]:
        """One of the two, not both and not none."""
        given = super().clean() or {}
        if not self.errors and (given.get("file") is not None) == bool(given.get("number")):
            raise forms.ValidationError(_("Give a file, or type a number: one of the two."))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Whether a receipt was genuine when issued. A number alone tells only that, and the day."""
    form = _given(request)
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
    return render(request, "check/check.html", _found(**form.cleaned_data))


def _given(request: HttpRequest) -> CheckForm | None:
    """What was given to check: posted, or a number in the address, as the code on a printed receipt has it."""
    if request.method == "POST":
        return CheckForm(request.POST, request.FILES)
    return CheckForm({"number": request.GET["number"]}) if "number" in request.GET else None


def _found(*, file: bytes | None, proof: bytes | None, number: str) -> dict[str, Any]:
    """What the page says of it; of a genuine receipt its words too, but for the head, which names the person."""
    if file is None:
        return {"form": CheckForm(initial={"number": number}), "number": number, "found": check_number(number)}
    verdict = verify_file(file, proof)
    found: dict[str, Any] = {"form": CheckForm(), "verdict": verdict}
    if verdict.document is not None:
        issuer = json.loads(verdict.document)["issuer"]["name"]
        found |= {"issuer": issuer, "sections": sheet_of(Receipt(document=verdict.document)).sections[1:]}
    return found
