"""Receipts as PDF: one naive WeasyPrint call each, against forms that are laid out once and filled."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache

from django.db import transaction
from django.utils import translation
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from bench.contest import Contender, Contest
from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.people.models import Person
from consent.receipts import pressing, printing, typesetting
from consent.receipts.composing import composed, placeholder
from consent.receipts.models import Receipt, StatementType
from consent.receipts.reading import proof_of

IN_A_ROW = 60
ALONE = 3
SPECIMENS = re.compile(r"<blockquote.*?</blockquote>", re.DOTALL)


def contests() -> Iterator[Contest]:
    """Decisions of many people about the same few notices, as legal exports them."""
    at = datetime.now(UTC)
    while sequence_once(at=at):
        pass
    person = Person.objects.get(username="alice")
    found = itertools.cycle(_decisions())
    css = (typesetting.PRINT / "receipt.css").read_text()

    def page(receipt: Receipt) -> tuple[str, dict[str, bytes]]:
        composition = composed(receipt, proof=proof_of(receipt) or "")
        every = frozenset(range(len(composition.page()[1])))
        html, _lines = composition.page(literal=every)
        return SPECIMENS.sub("", html), {"qr.svg": placeholder(composition.modules)}

    def naive() -> int:
        """What the first example of a tutorial does; not even sealed."""
        for receipt in itertools.islice(found, ALONE):
            html, pictures = page(receipt)
            fonts, fetcher = FontConfiguration(), typesetting.VendoredOnly(pictures)
            sheet = CSS(string=css, font_config=fonts, url_fetcher=fetcher, base_url=typesetting.SCHEME)
            HTML(string=html, base_url=typesetting.SCHEME, url_fetcher=fetcher).write_pdf(
                stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/a-3a"
            )
        return ALONE

    def reused() -> int:
        """Fonts and stylesheet are read once; not sealed either."""
        for receipt in itertools.islice(found, ALONE):
            html, pictures = page(receipt)
            typesetting.typeset(html, pictures=pictures)
        return ALONE

    def alone() -> int:
        """A receipt whose form nobody has laid out yet: sealed."""
        for receipt in itertools.islice(found, ALONE):
            with forms_put_away():
                printing.render(receipt, at=at)
        return ALONE

    def bulk() -> int:
        """A job that has been going on for a while: each receipt with its proof from the database, filled and sealed."""
        for receipt in itertools.islice(found, IN_A_ROW):
            printing.render(receipt, at=at)
        return IN_A_ROW

    def notes() -> list[str]:
        return [
            f"In bulk {pressing._form.cache_info().currsize} forms served {IN_A_ROW} receipts of different people, notices and choices."
            " A job pays for a form once: add the time of one that is laid out for each."
        ]

    with acting_for(None, service="print"), translation.override(person.language):
        yield Contest(
            title="Receipts as PDF/A-3a and PDF/UA-1",
            unit="PDF",
            target="sealed PDFs in bulk at least 10 times as many as naive calls, which are not sealed",
            contenders=[
                Contender("one naive WeasyPrint call each", naive),
                Contender("WeasyPrint, fonts and stylesheet reused", reused),
                Contender("Candor, laid out and sealed", alone),
                Contender("Candor, in bulk, sealed", bulk),
            ],
            notes=notes,
        )


@contextmanager
def forms_put_away() -> Iterator[None]:
    """Nothing is laid out yet; afterwards what was is there again."""
    kept, pressing._form = pressing._form, lru_cache(pressing._form.__wrapped__)
    try:
        yield
    finally:
        pressing._form = kept


def _decisions() -> list[Receipt]:
    """Receipts of as many people as there are, in an order that mixes their notices."""
    with acting_for(None, service="print"), transaction.atomic():
        chosen = (
            Receipt.objects.filter(statement=StatementType.DECISION).select_related("person__employer").order_by("id")
        )
        return list(chosen[:IN_A_ROW])
