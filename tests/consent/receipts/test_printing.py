"""The PDF of a receipt: the document and its proof enclosed, tagged, titled, made from vendored files alone."""

import hashlib
import io
import json
import socket
import tomllib
from contextlib import contextmanager

import pikepdf
import pytest
from django.utils import translation
from weasyprint.urls import FatalURLFetchingError

from consent import doorbell
from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts import pango, pressing, printing, typesetting
from consent.receipts.composing import composed
from consent.receipts.models import Print, StatementType
from consent.receipts.printing import NotSequenced, PrintingUnavailable, ask_for_print, print_now, print_of, render
from consent.receipts.reading import proof_of
from consent.receipts.sheets import sheet_of
from consent.receipts.tasks import print_receipt
from consent.receipts.verification import verify_file


@pytest.fixture(autouse=True)
def _acting(cast):
    with acting_for(cast.alice.pk):
        yield


@pytest.fixture
def sequenced(decided, at):
    def made(**changes):
        receipt = decided(**changes)
        sequence_once(at=at)
        return receipt

    return made


@contextmanager
def opened(pdf: bytes):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        yield document


def words(receipt) -> str:
    with translation.override("en"):
        sheet = sheet_of(receipt)
    rows = [line for section in sheet.sections for row in section.rows for line in (row.label, *row.lines)]
    return "\n".join([sheet.title, sheet.lead, *rows])


def test_document_and_proof_are_enclosed_byte_for_byte(sequenced, at):
    receipt = sequenced()
    with opened(render(receipt, at=at)) as pdf:
        enclosed = {name: each.get_file().read_bytes() for name, each in pdf.attachments.items()}
        relations = {str(each.obj.AFRelationship) for each in pdf.attachments.values()}
    assert enclosed == {
        f"{receipt.number}.json": bytes(receipt.document),
        f"{receipt.number}.tlog-proof": proof_of(receipt).encode(),
    }
    assert relations == {"/Data"}


def test_what_is_enclosed_verifies(sequenced, at):
    receipt = sequenced()
    with opened(render(receipt, at=at)) as pdf:
        files = {name.rpartition(".")[2]: each.get_file().read_bytes() for name, each in pdf.attachments.items()}
    assert verify_file(files["json"], files["tlog-proof"]).genuine


def test_the_pdf_is_tagged_and_has_language_and_title(sequenced, at):
    receipt = sequenced()
    with opened(render(receipt, at=at)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == "en"
        assert str(pdf.docinfo["/Title"]) == f"Receipt of a choice {receipt.number}"
        assert pdf.open_metadata()["pdfaid:part"] == "3"


def test_every_picture_has_an_alternative_text(sequenced, at):
    with opened(render(sequenced(), at=at)) as pdf:
        figures = [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Figure"]
        assert len(figures) == 2
        assert all(str(each.get("/Alt", "")) for each in figures)


def test_all_fonts_are_the_vendored_ones_and_embedded(sequenced, at):
    with opened(render(sequenced(controller_name="Łódź & Größe"), at=at)) as pdf:
        names = {
            str(each["/FontName"]).partition("+")[2]
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor"
        }
    assert names
    assert all(name.startswith("Atkinson") for name in names), names


@pytest.mark.parametrize("statement", [each for each in StatementType if each != StatementType.DECISION])
def test_every_statement_has_a_print(stated, at, statement):
    receipt = stated(statement)
    sequence_once(at=at)
    with opened(render(receipt, at=at)) as pdf:
        assert receipt.number in str(pdf.docinfo["/Title"])


@pytest.mark.parametrize("state", ["given", "refused", "withdrawn", "revoked", "expired", "invalidated"])
def test_every_decision_says_what_it_is(sequenced, state):
    said = {"given": "allowed", "refused": "did not allow", "withdrawn": "withdrew"}.get(state, "")
    assert said in sheet_of(sequenced(state=state)).lead


def test_a_receipt_tells_what_a_lawyer_asks(sequenced):
    receipt = sequenced(state="withdrawn")
    said = words(receipt)
    for needed in (
        receipt.number, receipt.person.full_name, receipt.person.reference, "Mouse movement: t, x, y", "180 days",
        "Germany, in our own data centre (DE)",
        "Interface team, 6 people, DE", "GDPR Article 6(1)(a)", "a1a1a1a1 a1a1a1a1", "/notices/interface-learning/2/",
        "/choices/", "dpo@example.com", "no effect on your work", "cannot forget",
    ):  # fmt: skip
        assert needed in said, needed


def test_a_completion_tells_since_when_nothing_can_be_restored_and_what_remains(stated):
    said = words(stated(StatementType.COMPLETION))
    for needed in (
        "cannot be restored from the database or its backups since 11 November 2026, 05:00 UTC", "RCP-3M8D-71WX", "2026-11-09",
        "Unreadable since", "Backups of the keys are kept until", "10 December 2026", "A backup of the keystore from before",
    ):  # fmt: skip
        assert needed in said, needed


def test_a_certificate_tells_searched_places_from_confirmed_ones(stated):
    said = words(stated(StatementType.CERTIFICATE))
    assert "We deleted 14,044 records" in said
    assert "Mouse movement 11,930 · Clicks 2,114" in said
    assert "Deleted and searched by us\nSealed store: searched again" in said
    assert "Confirmed by\nlaptop: confirmed" in said
    assert "restore" not in said


def test_times_are_the_persons_own(sequenced, cast, at):
    cast.alice.time_zone = "America/New_York"
    cast.alice.save()
    receipt = sequenced()
    receipt.person.refresh_from_db()
    pdf = render(receipt, at=at)
    assert pdf != b""
    with printing.timezone.override("America/New_York"):
        assert "10 November 2026, 04:00 EST" in words(receipt)


def test_a_time_zone_that_does_not_exist_stops_nothing(sequenced, cast, at):
    cast.alice.time_zone = "Nowhere/At_all"
    cast.alice.save()
    receipt = sequenced()
    receipt.person.refresh_from_db()
    assert render(receipt, at=at).startswith(b"%PDF")


def test_markup_in_a_name_is_printed_not_run(sequenced, at):
    receipt = sequenced(purpose='<img src="file:///etc/passwd"><b>x</b>')
    assert render(receipt, at=at).startswith(b"%PDF")


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/x.png", "https://example.com/x.png", "file:///etc/passwd", "data:image/png;base64,AA",
        "candor-print:../models.py", "candor-print:receipt.css", "ftp://example.com/x", "x.png",
    ],
)  # fmt: skip
def test_a_document_that_names_anything_else_is_not_set(address):
    with pytest.raises(FatalURLFetchingError):
        typesetting.typeset(f'<html lang="en"><img alt="" src="{address}">', pictures={})


def test_setting_a_receipt_opens_no_connection(sequenced, monkeypatch):
    receipt = sequenced()
    with translation.override("en"):
        composition = composed(receipt, proof=proof_of(receipt))
    pressing._form.cache_clear()

    def refused(*arguments, **named):
        raise AssertionError("a connection")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    assert pressing.pressed(composition).startswith(b"%PDF")


def test_before_the_log_took_it_in_there_is_no_print(decided, at):
    receipt = decided()
    with pytest.raises(NotSequenced):
        render(receipt, at=at)
    assert print_now(receipt.pk, at=at) is False
    assert print_of(receipt) is None


def test_a_print_is_made_once_and_kept(sequenced, monkeypatch, at):
    receipt = sequenced()
    assert print_of(receipt) is None
    print_receipt(str(receipt.pk))
    kept = print_of(receipt)
    assert kept.startswith(b"%PDF")
    monkeypatch.setattr(printing, "render", lambda receipt, **named: pytest.fail("rendered twice"))
    assert print_now(receipt.pk, at=at)
    assert print_of(receipt) == kept


def test_another_renderer_prints_anew(sequenced, monkeypatch, at):
    receipt = sequenced()
    print_now(receipt.pk, at=at)
    monkeypatch.setattr(printing, "renderer", lambda: "another")
    assert print_of(receipt) is None
    print_now(receipt.pk, at=at)
    assert Print.objects.filter(receipt=receipt).count() == 2


def test_nobody_else_sees_the_print(sequenced, cast, at):
    receipt = sequenced()
    print_now(receipt.pk, at=at)
    with acting_for(cast.bob.pk):
        assert print_of(receipt) is None


def test_asking_for_a_print_sends_an_id_alone_after_the_commit(
    sequenced, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(doorbell.current_app, "send_task", lambda task, *, args, **options: sent.append((task, args)))
    receipt = sequenced()
    with django_capture_on_commit_callbacks(execute=True):
        ask_for_print(receipt)
        assert sent == []
    assert sent == [("receipts.print", [str(receipt.pk)])]


def test_a_broker_that_is_down_fails_nothing(sequenced, monkeypatch, caplog, django_capture_on_commit_callbacks):
    def down(*task, **options):
        raise OSError("down")

    monkeypatch.setattr(doorbell.current_app, "send_task", down)
    receipt = sequenced()
    with django_capture_on_commit_callbacks(execute=True):
        ask_for_print(receipt)
    assert "not rung: OSError" in caplog.text


def test_a_machine_without_pango_or_fonts_says_what_to_type(sequenced, monkeypatch, at):
    receipt = sequenced()
    monkeypatch.setattr(pango, "printing_available", lambda: pango.ADVICE)
    for act in (lambda receipt: render(receipt, at=at), ask_for_print):
        with pytest.raises(PrintingUnavailable, match="apt-get install -y libpango"):
            act(receipt)


def test_a_missing_library_is_noticed(monkeypatch):
    monkeypatch.setattr(pango, "LIBRARIES", (("libnowhere.so.7",), *pango.LIBRARIES))
    pango.printing_available.cache_clear()
    assert pango.printing_available() == pango.ADVICE
    pango.printing_available.cache_clear()


def test_no_font_is_noticed(monkeypatch):
    monkeypatch.setattr(pango, "_fonts", lambda library: 0)
    pango.printing_available.cache_clear()
    assert pango.printing_available() == pango.ADVICE
    pango.printing_available.cache_clear()


def test_the_vendored_fonts_are_as_written_down():
    source = tomllib.loads((printing.PRINT / "SOURCE.toml").read_text())
    listed = {file["path"]: file["sha256"] for file in source["files"]}
    found = {
        path.relative_to(printing.PRINT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in printing.PRINT.rglob("*.woff2")
    }
    assert found == listed


def test_the_words_come_from_the_signed_document_alone(sequenced):
    receipt = sequenced()
    receipt.state, receipt.about = "refused", "something else"
    assert "allowed" in sheet_of(receipt).lead
    assert json.loads(bytes(receipt.document))["state"] == "given"
