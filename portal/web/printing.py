"""All of a person's receipts as PDF: ask, watch how far it is, take the ZIP."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from consent.receipts import runs
from consent.receipts.printing import PrintingUnavailable
from consent.receipts.reading import NotFound
from consent.receipts.runs import NotFinished, NothingToPrint

from .signed import SignedRequest

OFTEN = 2  # seconds between two looks while it runs


@require_POST
def ask(request: SignedRequest) -> HttpResponse:
    """Has all of them printed; pressing again while that runs leads to the same job."""
    try:
        made = runs.ask(person=request.user, at=timezone.now())
    except NothingToPrint as nothing:
        messages.info(request, str(nothing))
        return redirect("web:receipts")
    except PrintingUnavailable as reason:
        return render(request, "receipts/no_pdf.html", {"reason": str(reason)}, status=503)
    return redirect("web:receipts-run", made.pk)


@require_safe
def run(request: SignedRequest, run_id: UUID) -> HttpResponse:
    """How many there are by now; with `part=progress` only that."""
    found = _found(request, run_id)
    context = {"found": found, "poll": "" if found.finished else OFTEN}
    part = request.GET.get("part") == "progress"
    return render(request, "receipts/_run.html" if part else "receipts/run.html", context)


@require_safe
def download(request: SignedRequest, run_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """The ZIP of a finished job, in pieces as they are made."""
    try:
        pieces = runs.bundle(_found(request, run_id), at=timezone.now())
    except NotFinished as waiting:
        context = {"problem": str(waiting), "url": reverse("web:receipts-run", args=[run_id])}
        return render(request, "409.html", context, status=409)
    answer = StreamingHttpResponse(pieces, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{_("receipts")}-{timezone.localdate():%Y-%m-%d}.zip"'
    return answer


def _found(request: SignedRequest, run_id: UUID) -> runs.Progress:
    try:
        return runs.progress(person=request.user, run_id=run_id)
    except NotFound as missing:
        raise Http404 from missing
