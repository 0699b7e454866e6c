"""Composes the page of a receipt: its sheet as HTML, with markers where lines vary, and all that fills them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import segno
from django.template import Context, Engine
from django.utils import translation
from django.utils.translation import gettext as _

from consent.ledger import proofs
from consent.legible import visible

from . import addresses
from .filling import About, Enclosure, Filling
from .forms import marker
from .lettering import specimen_of_exact, specimen_of_text
from .models import Receipt
from .sheets import Sheet, Varying, grouped, sheet_of

PRINT = Path(__file__).resolve().parent / "print"
# Where letters are written on Letter; ISO 216 holds everywhere else (CLDR, `paperSize` of each territory).
ON_LETTER = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])
MARGIN = 1  # modules around the QR code; the paper around it is white too


@dataclass(frozen=True)
class Paper:
    """A format by its name in CSS, and its width in millimetres."""

    name: str
    width: float


A4, LETTER = Paper("A4", 210), Paper("Letter", 215.9)


def paper_of(country: str) -> Paper:
    """The paper that people in this country (ISO 3166-1) put into their printers."""
    return LETTER if country.upper() in ON_LETTER else A4


@dataclass(frozen=True)
class Line:
    """A line as the page is laid out with it; of one that varies it is the marker, or the line itself."""

    text: str
    varies: bool


@dataclass
class Lines:
    """Numbers the lines that vary, in the order in which they are asked for, and says what is set in their place."""

    literal: frozenset[int]
    texts: list[str] = field(default_factory=list)

    def set(self, line: str) -> Line:
        """The line as it is laid out."""
        if not isinstance(line, Varying):
            return Line(line, varies=False)
        number = len(self.texts)
        self.texts.append(line)
        return Line(line if number in self.literal else marker(number), varies=True)


@dataclass(frozen=True)
class Composition:
    """A receipt on paper: its sheet, the words that close it, its QR code, and what the file says about itself and encloses."""

    sheet: Sheet
    closing: Mapping[str, str]
    paper: Paper
    code: Sequence[Sequence[int]]
    about: About
    enclosures: Sequence[Enclosure]

    @property
    def modules(self) -> int:
        """How many modules the QR code has on each side, its margin included."""
        return len(self.code) + 2 * MARGIN

    def page(self, *, literal: frozenset[int] = frozenset()) -> tuple[str, list[str]]:
        """The HTML with markers for lines that vary, but those set literally; and the texts of all that vary, by number."""
        lines = Lines(literal)
        values: dict[str, Any] = {name: lines.set(text) for name, text in self.closing.items()}
        values["sections"] = [
            {
                "heading": section.heading,
                "rows": [
                    {"label": row.label, "exact": row.exact, "lines": [lines.set(line) for line in row.lines]}
                    for row in section.rows
                ],
            }
            for section in self.sheet.sections
        ]
        values |= {"title": self.sheet.title, "lead": self.sheet.lead, "language": translation.get_language()}
        values |= {"specimens": {"text": specimen_of_text(), "exact": specimen_of_exact()}}
        return _engine().get_template("receipt.html").render(Context(values)), lines.texts

    def filling(self, lines: Sequence[str]) -> Filling:
        """What fills the form of this page."""
        return Filling(lines=lines, code=_squares(self.code), about=self.about, enclosures=self.enclosures)


def composed(receipt: Receipt, *, proof: str) -> Composition:
    """The receipt in the language and time zone that are active."""
    document, sheet = json.loads(bytes(receipt.document)), sheet_of(receipt)
    issuer = visible(document["issuer"]["name"])
    digest = grouped(hashlib.sha256(receipt.document).hexdigest())
    half = len(digest) // 2
    closing = {
        "number": Varying(receipt.number),
        "digest_start": Varying(digest[:half]),
        "digest_end": Varying(digest[half + 1 :]),
        "position": Varying(_("log entry %(position)s") % {"position": proofs.parsed_proof(proof).index}),
        "key": document["signature"]["key"],
        "check_page": addresses.check_page(),
        "issuer": issuer,
    }
    return Composition(
        sheet=sheet,
        closing=closing,
        paper=paper_of(receipt.person.employer.country),
        code=segno.make(addresses.check_page(receipt.number), error="m", micro=False).matrix,
        about=About(f"{sheet.title} {receipt.number}", issuer, sheet.lead, receipt.issued_at),
        enclosures=[
            Enclosure(f"{receipt.number}.json", _("The signed record"), bytes(receipt.document), "application/json"),
            Enclosure(
                f"{receipt.number}.tlog-proof", _("The proof that it is in the log"), proof.encode(), "text/plain"
            ),
        ],
    )


def placeholder(modules: int) -> bytes:
    """The picture that is laid out in place of the QR code: a plain square in its colour."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {modules} {modules}">'
        f'<rect width="{modules}" height="{modules}" fill="#1b1e22"/></svg>'
    ).encode()


def _squares(code: Sequence[Sequence[int]]) -> bytes:
    """The dark modules as PDF operators, in units of a module: each run of a row is one rectangle."""
    runs = []
    for y, row in enumerate(code, start=MARGIN):
        x = 0
        while x < len(row):
            length = next((end for end, module in enumerate(row[x:]) if module != row[x]), len(row) - x)
            if row[x]:
                runs.append(f"{x + MARGIN} {y} {length} 1 re")
            x += length
    return "\n".join([*runs, "f"]).encode()


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(PRINT)], libraries={"i18n": "django.templatetags.i18n"}, autoescape=True)
