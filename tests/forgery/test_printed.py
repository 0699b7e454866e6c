"""The printed receipt: bytes flipped all over the file, attachments exchanged, things added, sealed again by somebody else.

Each forgery names the step that catches it. Those that leave a “valid” signature behind are shown to do so.
"""

import io
import os
from collections import Counter

import pikepdf
import pytest
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, sign_pdf
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from consent.choices.models import State
from consent.database import acting_for
from consent.ledger.proofs import proof_of
from consent.ledger.sequencer import sequence_once
from consent.receipts import printing, seal_check, sealing
from consent.receipts.verification import verify_file
from consent.seals import certificate
from tests.tools import run_tool

# Every so many bytes of the parts that steer a reader, and of the rest. `EVERY_BYTE=1 make test ARGS=tests/forgery`: all of the former.
EVERY, ELSEWHERE = 1 if os.environ.get("EVERY_BYTE") else 5, 97
CONTENTS = b"/Contents <"


@pytest.fixture
def receipts(say, cast, at):
    """Alice's “no” and Mallory's “yes”."""
    made = [say(cast.alice, state=State.REFUSED), say(cast.mallory)]
    sequence_once(at=at)
    return made


@pytest.fixture
def printed(cast, at):
    """Prints a receipt."""

    def render(receipt) -> bytes:
        with acting_for(receipt.person_id):
            return printing.render(receipt, at=at)

    return render


@pytest.fixture
def pdf(receipts, printed) -> bytes:
    return printed(receipts[0])


@pytest.fixture
def forger(settings, tmp_path):
    """Somebody with a keystore of their own, and Candor's own code."""

    class Forger:
        def __enter__(self):
            self.ours, settings.KEYSTORE_DIR = settings.KEYSTORE_DIR, tmp_path / "forger"

        def __exit__(self, *_):
            settings.KEYSTORE_DIR = self.ours

    return Forger()


def failed(pdf: bytes, beside: bytes | None = None) -> str | None:
    return verify_file(pdf, beside).failed


def object_with(pdf: bytes, mark: bytes) -> list[range]:
    """Where the objects lie that have this in them."""
    found, at = [], 0
    while (at := pdf.find(mark, at)) >= 0:
        end = pdf.index(b"endobj", at)
        found.append(range(pdf.rindex(b" obj", 0, at), end))
        at = end
    assert found
    return found


def flips(pdf: bytes, places) -> Counter:
    """What the verifier says when each of these bytes is flipped, one at a time."""
    said: Counter = Counter()
    for place in places:
        changed = bytearray(pdf)
        changed[place] ^= (0x01, 0x20, 0x80)[place % 3]
        said[failed(bytes(changed))] += 1
    return said


def test_a_receipt_as_printed_is_genuine_at_each_step(pdf, receipts):
    verdict = verify_file(pdf)
    assert [(step.name, step.passed) for step in verdict.steps] == [
        (name, True) for name in ("form", "seal", "whole", "attachments", "issuer", "signature", "time", "log")
    ]
    assert verdict.document == bytes(receipts[0].document)


# --- bytes ---


@pytest.mark.usefixtures("keys_read_once")
@pytest.mark.parametrize("mark", [b"/Type /Catalog", b"/Type /EmbeddedFile", b"/Type /Filespec"])
def test_every_byte_of_the_catalog_and_of_the_attachments_counts(pdf, mark):
    said = flips(pdf, [place for part in object_with(pdf, mark) for place in part[::EVERY]])
    assert set(said) <= {"whole", "form"}
    assert said["whole"] > said["form"]


@pytest.mark.usefixtures("keys_read_once")
def test_every_byte_of_the_seal_counts(pdf):
    (seal,) = object_with(pdf, b"/Type /Sig ")
    hole = pdf.index(CONTENTS) + len(CONTENTS)
    cms = len(pdf[hole : pdf.index(b">", hole)].rstrip(b"0")) + 2
    within = range(hole - len(CONTENTS), hole + cms)
    padding = range(within.stop, pdf.index(b">", hole) + 1)
    assert set(flips(pdf, within[::EVERY])) == {"seal"}
    assert set(flips(pdf, padding[::ELSEWHERE])) == {"seal"}
    around = [place for place in seal if place not in within and place not in padding]
    assert set(flips(pdf, around[::EVERY])) <= {"seal", "whole"}


@pytest.mark.usefixtures("keys_read_once")
def test_every_byte_of_the_table_of_objects_counts(pdf):
    start = pdf.rindex(b"xref", 0, pdf.rindex(b"startxref"))
    assert set(flips(pdf, range(start, len(pdf), EVERY))) <= {"whole", "form"}


@pytest.mark.usefixtures("keys_read_once")
def test_bytes_all_over_the_file_count(pdf):
    assert None not in flips(pdf, range(0, len(pdf), ELSEWHERE))


@pytest.mark.usefixtures("keys_read_once")
def test_no_byte_can_be_put_in_taken_out_or_left_away(pdf):
    for at in range(1, len(pdf), 997):
        assert failed(pdf[:at] + pdf[at + 1 :]), at
        assert failed(pdf[:at] + b" " + pdf[at:]), at
        assert failed(pdf[:at]), at
    assert failed(pdf + b"\n") == "whole"


# --- attachments ---


def rewritten(pdf: bytes, change) -> bytes:
    """The file as a program writes it that opened and saved it."""
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        document.save(file, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return file.getvalue()


def attached(document: pikepdf.Pdf) -> list[pikepdf.Object]:
    """Record and proof, to be read or written."""
    names = document.Root.Names.EmbeddedFiles.Names
    return [names[1].EF.F, names[3].EF.F]


def with_attachments(record: bytes, proof: bytes):
    def change(document: pikepdf.Pdf) -> None:
        for stream, content in zip(attached(document), (record, proof), strict=True):
            stream.write(content)

    return change


@pytest.fixture
def resealed(at):
    """Changes a print, and seals it again with the keystore that is set: what only its holder can do."""

    def seal(pdf: bytes, change) -> bytes:
        def again(document: pikepdf.Pdf) -> None:
            change(document)
            del document.Root.AcroForm
            page = document.pages[0].obj
            page.Annots = pikepdf.Array([each for each in page.Annots if each.get("/FT") != "/Sig"])
            sealing.reserve(document, alternative="Seal")

        with pikepdf.open(io.BytesIO(pdf)) as document:
            again(document)
            return sealing.sealed(sealing.written(document), at=at)

    return seal


def files_of(receipt) -> tuple[bytes, bytes]:
    with acting_for(receipt.person_id):
        return bytes(receipt.document), proof_of(receipt.entry).encode()


def test_a_file_that_was_opened_and_saved_is_no_receipt_any_more(pdf):
    assert failed(rewritten(pdf, lambda document: None)) in {"seal", "whole"}


def test_swapped_attachments_break_the_seal(pdf, receipts):
    assert failed(rewritten(pdf, with_attachments(*files_of(receipts[1])))) in {"seal", "whole"}


def test_swapped_attachments_under_another_seal_show_the_seal(pdf, receipts, resealed, forger):
    with forger:
        forged = resealed(pdf, with_attachments(*files_of(receipts[1])))
    assert failed(forged) == "seal"


def test_who_stole_the_seal_can_still_not_forge_what_it_holds(pdf, receipts, resealed):
    """The seal alone makes no receipt: the record has a signature of its own, and its proof."""
    (mine, my_proof), (other, other_proof) = map(files_of, receipts)
    forged = mine.replace(b'"state":"refused"', b'"state":"given"')
    caught = {
        "attachments": [
            (other, other_proof),
            (b"{}", my_proof),
            (mine + b" ", my_proof),
            (b" " * 10_000_000, my_proof),
        ],
        "signature": [(forged, my_proof)],
        "log": [(mine, other_proof), (mine, my_proof[:-1])],
    }
    assert verify_file(resealed(pdf, with_attachments(mine, my_proof))).genuine
    for step, files in caught.items():
        for pair in files:
            assert failed(resealed(pdf, with_attachments(*pair))) == step


def test_a_third_file_beside_the_two_is_refused(pdf, resealed):
    def one_more(document: pikepdf.Pdf) -> None:
        document.attachments["more.txt"] = b"more"

    assert failed(resealed(pdf, one_more)) == "attachments"


def test_what_is_given_beside_the_pdf_must_be_what_it_holds(pdf, receipts):
    (mine, my_proof), (_other, other_proof) = map(files_of, receipts)
    assert [failed(pdf, beside) for beside in (mine, my_proof)] == [None, None]
    assert [failed(pdf, beside) for beside in (other_proof, my_proof + b"\n", b"")] == ["attachments"] * 3


# --- things added ---


def signature_is_valid(pdf: bytes, portal: bytes) -> bool:
    """What a verifier says that looks at the first signature, and not at what it covers."""
    first = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
    believed = ValidationContext(trust_roots=[Certificate.load(portal)], allow_fetching=False)
    status = validate_pdf_signature(first, signer_validation_context=believed, skip_diff=True)
    return status.intact and status.valid and status.trusted


def updated(pdf: bytes, change) -> bytes:
    """The file with an incremental update behind it (ISO 32000-1, 7.5.6): every byte of before is still there."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    file = io.BytesIO()
    writer.write(file)
    assert file.getvalue().startswith(pdf)
    return file.getvalue()


def another_title(writer: IncrementalPdfFileWriter) -> None:
    info = writer.trailer.raw_get("/Info")
    info.get_object()["/Title"] = pdf_string("Another receipt")
    writer.mark_update(info)


def other_pages(writer: IncrementalPdfFileWriter) -> None:
    """What the reader sees is gone, or could be anything else."""
    page, _ = writer.find_page_for_modification(0)
    writer.mark_update(page)
    page.get_object().pop("/Contents")


def test_an_incremental_update_is_caught_though_its_signature_is_valid(pdf, tmp_path):
    ours = certificate.seal().certificate_der
    for change in (another_title, other_pages):
        forged = updated(pdf, change)
        assert signature_is_valid(forged, ours), "otherwise this test would show nothing"
        assert failed(forged) == "whole"
        (tmp_path / "forged.pdf").write_bytes(forged)
        said = run_tool("pdfsig", tmp_path / "forged.pdf").stdout
        assert "Signature is Valid" in said
        assert "Not total document signed" in said


def test_a_second_signature_behind_ours_is_caught(pdf, forger, monkeypatch):
    monkeypatch.setattr(
        PdfSigner, "_enforce_certification_constraints", lambda *_: None
    )  # a forger does not keep to it
    with forger:
        signer = sealing._signer(certificate.seal())
        added = io.BytesIO()
        sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(updated(pdf, other_pages))), PdfSignatureMetadata(field_name="Seal2"),
            signer=signer, new_field_spec=SigFieldSpec("Seal2"), output=added,
        )  # fmt: skip
    assert signature_is_valid(added.getvalue(), certificate.seal().certificate_der)
    assert failed(added.getvalue()) == "whole"


def test_the_same_print_sealed_by_somebody_else_is_told_apart(receipts, printed, forger):
    with forger:
        forged = printed(receipts[0])
    assert failed(forged) == "seal"


def test_a_script_a_password_and_a_missing_end_have_sentences_of_their_own(pdf):
    def scripted(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))

    def started(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/OpenAction"] = writer.root["/Pages"]
        writer.root["/AA"] = pdf_name("/Launch")
        writer.update_root()

    secret = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(secret, encryption=pikepdf.Encryption(owner="owner", user=""))
    sentences = {
        "runs": [rewritten(pdf, scripted), updated(pdf, started)],
        "password": [secret.getvalue()],
        "cut off": [pdf[: len(pdf) // 2], pdf[:20], b"%PDF-"],
        "too large": [pdf + b"\0" * seal_check.PDF_BYTES_MAX],
    }
    for said, files in sentences.items():
        for file in files:
            (step,) = verify_file(file).steps
            assert (step.name, step.passed) == ("form", False)
            assert said in step.sentence
