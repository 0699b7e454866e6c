"""The seal in a PDF: over every byte, believed by pyHanko and poppler, and gone with the first change."""

import io
from datetime import timedelta

import pikepdf
import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts import sealing
from consent.receipts.printing import render
from consent.receipts.reading import proof_of
from consent.receipts.sealing import NotSealed
from consent.receipts.verification import verify_file
from consent.seals import certificate
from consent.seals.rotation import rotate
from tests.tools import run_tool


@pytest.fixture(autouse=True)
def _acting(cast):
    with acting_for(cast.alice.pk):
        yield


@pytest.fixture
def receipt(decided, at):
    made = decided()
    sequence_once(at=at)
    return made


@pytest.fixture
def pdf(receipt, at) -> bytes:
    return render(receipt, at=at)


@pytest.fixture
def file(pdf, tmp_path):
    path = tmp_path / "receipt.pdf"
    path.write_bytes(pdf)
    return path


def verdict(pdf: bytes):
    root = x509.Certificate.load(certificate.seal().certificate_der)
    believed = ValidationContext(trust_roots=[root], allow_fetching=False)
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return signature, validate_pdf_signature(signature, signer_validation_context=believed)


def test_pyhanko_believes_the_seal_and_finds_it_over_the_entire_file(pdf):
    signature, found = verdict(pdf)
    assert found.bottom_line
    assert found.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert found.modification_level == ModificationLevel.NONE
    assert signature.field_name == "Seal"
    assert (found.md_algorithm, found.pkcs7_signature_mechanism) == ("sha256", "sha256_ecdsa")


def test_the_seal_certifies_and_permits_no_change(pdf):
    signature, _ = verdict(pdf)
    assert signature.docmdp_level == MDPPerm.NO_CHANGES
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"


def test_the_claimed_time_is_the_one_passed_in(pdf, at):
    signature, _ = verdict(pdf)
    assert signature.self_reported_timestamp == at.replace(microsecond=0)


def test_the_seal_is_in_the_file_as_it_was_first_written(pdf):
    assert pdf.count(b"%%EOF") == pdf.count(b"startxref") == 1
    with pikepdf.open(io.BytesIO(pdf)) as document:
        start, first, second, last = map(int, document.Root.Perms.DocMDP.ByteRange)
    assert start == 0
    assert second + last == len(pdf)
    assert pdf[first : first + 1] == b"<"
    assert pdf[second - 1 : second] == b">"


def test_the_field_is_outside_the_page_and_not_hidden(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        (field,) = document.Root.AcroForm.Fields
        assert [int(edge) for edge in field.Rect] == [-9999, -9999, -9999, -9999]
        assert int(field.F) == 132
        assert document.Root.AcroForm.SigFlags == 3


def test_poppler_says_valid_and_all_of_it_signed(file):
    said = run_tool("pdfsig", file).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert said.count("Signature #") == 1


def test_poppler_gives_back_exactly_what_was_enclosed(file, receipt, tmp_path):
    run_tool("pdfdetach", "-saveall", "-o", tmp_path, file)
    assert (tmp_path / f"{receipt.number}.json").read_bytes() == bytes(receipt.document)
    assert (tmp_path / f"{receipt.number}.tlog-proof").read_text() == proof_of(receipt)


def test_qpdf_finds_no_fault(file):
    done = run_tool("qpdf", "--check", file)
    assert done.returncode == 0, done.stderr
    assert "No syntax or stream encoding errors" in done.stdout


def test_one_byte_changed_anywhere_ends_the_seal(pdf):
    hole = pdf.index(b"/Contents <")
    for place in (20, len(pdf) // 3, hole - 40, len(pdf) * 2 // 3, len(pdf) - 3):
        changed = bytearray(pdf)
        changed[place] ^= 1
        try:
            _, found = verdict(bytes(changed))
        except Exception:
            continue  # no PDF any more
        assert not found.bottom_line, place


def test_bytes_added_at_the_end_are_not_covered(pdf):
    added = io.BytesIO(pdf + b"\n% and so on\n")
    (signature,) = PdfFileReader(added).embedded_signatures
    assert signature.evaluate_signature_coverage() != SignatureCoverageLevel.ENTIRE_FILE


def test_another_portals_certificate_is_not_believed(pdf, settings, tmp_path_factory):
    settings.KEYSTORE_DIR = tmp_path_factory.mktemp("another")
    _, found = verdict(pdf)
    assert found.intact
    assert not found.bottom_line


def test_a_file_without_a_place_is_not_sealed(pdf, at):
    with pytest.raises(NotSealed):
        sealing.sealed(pdf, at=at)  # its place is taken


def test_a_seal_that_does_not_fit_is_not_written(receipt, at, monkeypatch):
    monkeypatch.setattr(sealing, "_cms", lambda digest: bytes(sealing.ROOM + 1))
    with pytest.raises(NotSealed):
        render(receipt, at=at)


def test_each_file_has_a_signature_of_its_own(receipt, at):
    first, second = (verdict(render(receipt, at=moment)) for moment in (at, at + timedelta(days=1)))
    assert first[1].bottom_line
    assert second[1].bottom_line
    assert first[0].signer_info["signature"].native != second[0].signer_info["signature"].native


def test_a_new_key_seals_with_a_new_certificate(receipt, at, settings, tmp_path_factory):
    render(receipt, at=at)
    settings.KEYSTORE_DIR = tmp_path_factory.mktemp("another")
    _, found = verdict(render(receipt, at=at))
    assert found.bottom_line


@pytest.mark.parametrize("moment", ["before its pattern is made", "after"])
def test_a_key_rotated_while_a_pdf_is_sealed_leaves_a_seal_of_one_key(receipt, at, monkeypatch, moment):
    """One pulled out from under the other: the certificate of the old key around a signature of the new one is no seal."""
    pattern, rotated = sealing._pattern, []

    def rotating(*arguments):
        if moment == "after":
            made = pattern(*arguments)
        rotated.append(rotate("seal"))
        return made if moment == "after" else pattern(*arguments)

    monkeypatch.setattr(sealing, "_pattern", rotating)
    pdf = render(receipt, at=at)
    assert len(rotated) == 1
    assert verify_file(pdf).genuine
    monkeypatch.undo()
    assert verify_file(render(receipt, at=at)).genuine
