"""Prints receipts as PDF, once each, and keeps the print: it can always be made again from the document."""

import hashlib
import io
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import segno
from django.db import transaction
from django.template import Context, Engine
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from consent import doorbell
from consent.database import acting_for
from consent.ledger import proofs
from consent.people.models import Person

from . import addresses, pango, sealing
from .finishing import About, Enclosure, finished, producer
from .models import Print, Receipt
from .sheets import Sheet, grouped, sheet_of

PRINT = Path(__file__).resolve().parent / "print"
TASK = "receipts.print"
MADE_BY = ("sheets.py", "printing.py", "typesetting.py", "finishing.py", "sealing.py")


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

    PDF/A-3a and PDF/UA-1 at once (`finishing`), and sealed (`sealing`). Reaches neither network nor files but those of `print/`.
    Raises NotSequenced, PrintingUnavailable.
    """
    check_printing_available()
    # WeasyPrint loads Pango when it is imported: only here, where PDFs are made, may that be missing.
    from .typesetting import typeset  # noqa: PLC0415

    proof = proofs.proof_of(receipt.entry)
    if proof is None:
        raise NotSequenced(_("The log takes it in within seconds. Try again then."))
    with translation.override(receipt.person.language), timezone.override(_zone(receipt.person)):
        sheet = sheet_of(receipt)
        html = _html(receipt, sheet, proof)
        about = About(f"{sheet.title} {receipt.number}", _issuer(receipt), sheet.lead, receipt.issued_at)
        enclosures = _enclosures(receipt, proof)
        alternative = _("Seal of this document")
    typeset_html = typeset(html, pictures={"qr.svg": _qr(addresses.check_page(receipt.number))})
    pdf = finished(typeset_html, about=about, enclosures=enclosures)
    sealing.reserve(pdf, alternative=alternative)
    return sealing.sealed(sealing.written(pdf), at=at)


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


def _html(receipt: Receipt, sheet: Sheet, proof: str) -> str:
    document = json.loads(bytes(receipt.document))
    values: dict[str, Any] = {
        "sheet": sheet,
        "language": translation.get_language(),
        "number": receipt.number,
        "issuer": document["issuer"]["name"],
        "check_page": addresses.check_page(),
        "digest": grouped(hashlib.sha256(receipt.document).hexdigest()),
        "key": document["signature"]["key"],
        "position": proofs.parsed_proof(proof).index,
    }
    return _engine().get_template("receipt.html").render(Context(values))


def _issuer(receipt: Receipt) -> str:
    return str(json.loads(bytes(receipt.document))["issuer"]["name"])


def _enclosures(receipt: Receipt, proof: str) -> list[Enclosure]:
    record, in_log = _("The signed record"), _("The proof that it is in the log")
    return [
        Enclosure(f"{receipt.number}.json", record, bytes(receipt.document), "application/json"),
        Enclosure(f"{receipt.number}.tlog-proof", in_log, proof.encode(), "text/plain"),
    ]


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(PRINT)], libraries={"i18n": "django.templatetags.i18n"}, autoescape=True)


def _qr(address: str) -> bytes:
    picture = io.BytesIO()
    segno.make(address, error="m").save(
        picture, kind="svg", border=1, scale=4, dark="#1b1e22", svgclass=None, lineclass=None
    )
    return picture.getvalue()


def _zone(person: Person) -> ZoneInfo:
    try:
        return ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
