"""Prints receipts as PDF, once each, and keeps the print: it can always be made again from the document."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from consent import doorbell
from consent.database import acting_for
from consent.ledger import proofs
from consent.people.models import Person

from . import pango
from .composing import PRINT, composed
from .filling import producer
from .models import Print, Receipt
from .sealing import sealed

TASK = "receipts.print"
MADE_BY = (
    "sheets.py", "composing.py", "typesetting.py", "pressing.py", "forms.py", "lettering.py", "filling.py", "finishing.py", "sealing.py",
)  # fmt: skip


class PrintingUnavailable(Exception):
    """This machine lacks what PDFs are made with; the sentence says what to install."""

    code = "printing_unavailable"


class NotSequenced(Exception):
    """The log has not taken the receipt in yet; its PDF, which carries the proof, follows in a second or two."""

    code = "not_sequenced"


def print_of(receipt: Receipt) -> bytes | None:
    """The PDF, if it was made already; None otherwise. The session acts for the person."""
    pdf = Print.objects.filter(receipt=receipt, renderer=renderer()).values_list("pdf", flat=True).first()
    return None if pdf is None else bytes(pdf)


def ask_for_print(receipt: Receipt) -> None:
    """Has a worker make the PDF, after the caller's transaction committed. A broker that is down delays it; asking again repeats it.

    Raises PrintingUnavailable when this machine could not make one.
    """
    check_printing_available()
    transaction.on_commit(lambda: doorbell.ring(TASK, receipt.pk), robust=True)


def print_now(receipt_id: UUID, *, at: datetime) -> bool:
    """Makes and keeps the PDF of a receipt; False while the log has not taken it in. Doing it twice keeps one.

    Acts as the service `print`, whoever the caller acted for. Raises PrintingUnavailable.
    """
    with acting_for(None, service="print"):
        receipt = Receipt.objects.select_related("person__employer").get(pk=receipt_id)
        if Print.objects.filter(receipt=receipt, renderer=renderer()).exists():
            return True
        try:
            pdf = render(receipt, at=at)
        except NotSequenced:
            return False
        made = Print(receipt=receipt, person=receipt.person_id, renderer=renderer(), pdf=pdf, rendered_at=at)
        Print.objects.bulk_create([made], ignore_conflicts=True)
    return True


def render(receipt: Receipt, *, at: datetime) -> bytes:
    """The receipt as PDF in the person's language and time zone, sealed at `at`, with document and proof attached byte for byte.

    PDF/A-3a and PDF/UA-1 at once, whether its form was at hand or had to be laid out. Reaches neither network nor files but those
    of `print/`. Raises NotSequenced, PrintingUnavailable.
    """
    check_printing_available()
    # WeasyPrint loads Pango when it is imported: only here, where PDFs are made, may that be missing.
    from .pressing import pressed  # noqa: PLC0415

    proof = proofs.proof_of(receipt.entry)
    if proof is None:
        raise NotSequenced(_("The log takes it in within seconds. Try again then."))
    with translation.override(receipt.person.language), timezone.override(_zone(receipt.person)):
        return sealed(pressed(composed(receipt, proof=proof)), at=at)


def check_printing_available() -> None:
    """Raises PrintingUnavailable with the line to type when this machine cannot make PDFs."""
    lacking = pango.printing_available()
    if lacking:
        raise PrintingUnavailable(
            _("This machine cannot make PDFs yet. To change that, type: %(command)s") % {"command": lacking}
        )


@cache
def renderer() -> str:
    """A name of everything that decides the look or the bytes of a print; a print made by another one is made again.

    The key of the seal is no part of it: a print that an earlier key sealed stays as good as on its day.
    """
    decides = hashlib.sha256(producer().encode())
    room = Path(__file__).parent
    for path in [*sorted(path for path in PRINT.rglob("*") if path.is_file()), *(room / name for name in MADE_BY)]:
        decides.update(path.read_bytes())
    return decides.hexdigest()[:32]


def _zone(person: Person) -> ZoneInfo:
    try:
        return ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
