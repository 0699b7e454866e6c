"""A form is laid out once and filled often; a filled print is the print that would have been laid out by itself."""

import io

import pikepdf
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts import pressing
from consent.receipts.composing import composed
from consent.receipts.forms import NoForm
from consent.receipts.models import StatementType
from consent.receipts.printing import render
from consent.receipts.reading import proof_of
from tests.consent.receipts.standards import complaints
from tests.tools import run_tool

NAMES = [
    "Alice Demo", "Łucja Gżegżółka-Świętosławska", "Ægir Þórður Ðýrfjörð", "AVAVA ffi fl Työ ‘quoted’ – “twice”",
    "Ελένη Παπαδοπούλου", "山田 太郎", "عائشة بنت محمد", "‮esrever‬\u0007", "<b>&amp;</b> {{ x }} %(name)s", "W" * 200, "e\u0301\u0323 combining", "~3~",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _acting(cast):
    pressing._form.cache_clear()
    with acting_for(cast.alice.pk):
        yield


@pytest.fixture
def laid_out(monkeypatch):
    """How often WeasyPrint was asked."""
    asked = []
    real = pressing.typeset
    monkeypatch.setattr(pressing, "typeset", lambda html, **named: asked.append(html) or real(html, **named))
    return asked


@pytest.fixture
def named(cast, decided, at):
    def made(name: str, **changes):
        cast.alice.full_name = name
        cast.alice.save()
        receipt = decided(**changes)
        sequence_once(at=at)
        return receipt

    return made


def composition_of(receipt):
    with translation.override("en"):
        return composed(receipt, proof=proof_of(receipt))


def literally(composition, monkeypatch) -> bytes:
    """The same print with no line left blank."""
    with monkeypatch.context() as patched:
        patched.setattr(pressing, "room", lambda paper: -1)
        return pressing.pressed(composition)


def text_of(pdf: bytes, folder) -> str:
    (folder / "x.pdf").write_bytes(pdf)
    return run_tool("pdftotext", "-layout", folder / "x.pdf", "-").stdout


def picture_of(pdf: bytes, folder) -> bytes:
    """The pages in grey, 100 dots an inch."""
    (folder / "x.pdf").write_bytes(pdf)
    run_tool("pdftoppm", "-r", "100", "-gray", folder / "x.pdf", folder / "page")
    pages = sorted(folder.glob("page-*.pgm"))
    found = b"".join(page.read_bytes() for page in pages)
    for page in pages:
        page.unlink()
    return found


def test_receipts_of_one_notice_share_a_form(named, laid_out, at):
    for name in ("Alice Demo", "Łucja Gżegżółka"):
        render(named(name), at=at)
        render(named(name, state="given"), at=at)
    assert len(laid_out) == 1


def test_another_choice_or_another_notice_is_another_form(named, laid_out, at):
    for changes in ({}, {"state": "refused"}, {"notice_number": 3}, {"purpose": "Another purpose."}):
        render(named("Alice Demo", **changes), at=at)
    assert len(laid_out) == 4


@pytest.mark.parametrize("name", NAMES)
def test_a_filled_print_is_the_one_that_would_have_been_laid_out(named, name, tmp_path, monkeypatch):
    composition = composition_of(named(name))
    filled, set_literally = pressing.pressed(composition), literally(composition, monkeypatch)
    assert text_of(filled, tmp_path) == text_of(set_literally, tmp_path)
    one, other = picture_of(filled, tmp_path), picture_of(set_literally, tmp_path)
    assert len(one) == len(other)
    differing = sum(abs(a - b) > 48 for a, b in zip(one, other, strict=True))
    assert differing < len(one) / 100_000, differing


@pytest.mark.parametrize("statement", [each for each in StatementType if each != StatementType.DECISION])
def test_every_statement_is_filled_as_it_would_have_been_laid_out(stated, statement, at, tmp_path, monkeypatch):
    receipt = stated(statement)
    sequence_once(at=at)
    composition = composition_of(receipt)
    filled, set_literally = pressing.pressed(composition), literally(composition, monkeypatch)
    assert text_of(filled, tmp_path) == text_of(set_literally, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_kind_keeps_to_both_standards(named, name, at):
    assert complaints(render(named(name), at=at)) == []


def test_what_the_typeface_has_is_filled_and_what_it_lacks_is_set(named, laid_out, at):
    common = render(named("Alice Demo"), at=at)
    assert common
    render(named("Ælfgifu Őrült"), at=at)
    assert len(laid_out) == 1
    render(named("Ελένη"), at=at)
    assert len(laid_out) == 2


def test_a_name_too_long_for_its_line_is_set_and_shown_in_full(named, laid_out, at, tmp_path):
    render(named("Alice Demo"), at=at)
    shown = text_of(render(named("Wolfgang " * 20), at=at), tmp_path)
    assert shown.count("Wolfgang") == 20
    assert len(laid_out) == 2


def test_text_that_looks_like_a_marker_is_text(named, at, tmp_path):
    assert "~0~" in text_of(render(named("Alice Demo", purpose="~0~"), at=at), tmp_path)


def test_nothing_hidden_is_printed_as_it_is(named, at, tmp_path):
    shown = text_of(render(named("Bob\u202eecilA", purpose="a\u0000b".replace("\u0000", "\u0007")), at=at), tmp_path)
    assert "Bob[U+202E]ecilA" in shown
    assert "a[U+0007]b" in shown


def test_a_character_that_no_font_has_is_written_out(named, at, tmp_path):
    shown = text_of(render(named("Zoë \U0001fb7f \u5c71"), at=at), tmp_path)
    assert "Zoë [U+1FB7F]" in shown


def test_the_specimen_is_on_no_page(named, at, tmp_path):
    shown = text_of(render(named("Alice Demo"), at=at), tmp_path)
    assert "ABCDEFG" not in shown


@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_at_all_is_printed(named, name, at):
    assume_stored = name.replace("\x00", "")
    pdf = render(named(assume_stored or "x"), at=at)
    assert complaints(pdf) == []


def test_a_form_whose_blanks_are_not_found_is_not_used(monkeypatch, named, laid_out):
    composition = composition_of(named("Alice Demo"))
    real = pressing.form_of

    def lost(typeset, *, blanks, **named):
        if blanks:
            raise NoForm("lost")
        return real(typeset, blanks=blanks, **named)

    monkeypatch.setattr(pressing, "form_of", lost)
    assert pressing.pressed(composition).startswith(b"%PDF")
    assert len(laid_out) == 2


@pytest.mark.parametrize(("country", "size"), [("DE", (595, 842)), ("US", (612, 792))])
def test_a_receipt_is_one_page_of_the_paper_of_its_country(named, at, country, size):
    receipt = named("Łucja Gżegżółka-Świętosławska")
    receipt.person.employer.country = country
    with pikepdf.open(io.BytesIO(render(receipt, at=at))) as pdf:
        (page,) = pdf.pages
        assert tuple(round(float(edge)) for edge in page.mediabox[2:]) == size


def test_a_name_that_just_fits_and_one_that_just_does_not_look_alike_laid_out_or_filled(named, tmp_path, monkeypatch):
    """The room that a blank is given is never more than the line has."""
    for length in range(52, 66, 2):
        composition = composition_of(named("n" * length))
        filled = text_of(pressing.pressed(composition), tmp_path)
        assert filled == text_of(literally(composition, monkeypatch), tmp_path), length
