"""Receipts: the list, and one receipt with its files."""

import hashlib
import json
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consent.ledger.proofs import parsed_proof
from consent.receipts import kantara
from consent.receipts.models import Receipt
from consent.receipts.printing import PrintingUnavailable, ask_for_print, print_of
from consent.receipts.reading import NotFound, proof_of, receipt_of, receipts_of
from consent.receipts.sheets import grouped, sheet_of

from .signed import SignedRequest

PER_PAGE = 25
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
        "kantara": kantara.can_export(found),
    }
    return render(request, "receipts/receipt.html", context)


@require_safe
def receipt_json(request: SignedRequest, receipt_id: UUID) -> HttpResponse:
    """The signed document, byte for byte."""
    found = _own(request, receipt_id)
    return _file(bytes(found.document), f"{found.number}.json", "application/json")


@require_safe
def receipt_kantara(request: SignedRequest, receipt_id: UUID) -> HttpResponse:
    """A given consent in Kantara's format; a page that says why not for anything else."""
    found = _own(request, receipt_id)
    try:
        made = kantara.export(found)
    except kantara.NotExportable as reason:
        context = {"problem": str(reason), "url": reverse("web:receipt", args=[found.pk])}
        return render(request, "409.html", context, status=409)
    return _file(made, f"{found.number}.kantara.json", "application/json")


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
