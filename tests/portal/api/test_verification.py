"""The public check by file: a verdict with its steps, nothing kept, nothing about now."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from consent.choices.models import State
from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts.models import Receipt
from consent.receipts.parsing import BYTES_MAX
from consent.receipts.printing import render
from consent.receipts.reading import proof_of
from consent.receipts.seal_check import PDF_BYTES_MAX
from consent.receipts.verification import STEPS
from portal import limits
from portal.api.verification import BODY_MAX

from .conftest import code_of

PATH = "/api/v1/verify"


@pytest.fixture
def document(choose, cast) -> bytes:
    return bytes(choose(cast.alice).receipt.document)


def check(client, body: bytes, kind: str = "application/json"):
    return client.generic("POST", PATH, body, content_type=kind)


def test_a_genuine_receipt_is_called_genuine_with_each_step(anyone, document):
    body = check(anyone, document).json()
    assert body["genuine"] is True
    assert body["number"] == json.loads(document)["number"]
    assert [(step["name"], step["passed"]) for step in body["steps"]] == [
        ("form", True),
        ("issuer", True),
        ("signature", True),
        ("time", True),
        ("log", None),
    ]


def test_with_its_proof_the_place_in_the_log_is_checked_too(anyone, choose, cast, now):
    receipt = choose(cast.alice).receipt
    sequence_once(at=now)
    files = {
        "receipt": SimpleUploadedFile("a.json", bytes(receipt.document)),
        "proof": SimpleUploadedFile("a.tlog-proof", proof_of(receipt).encode()),
    }
    body = anyone.post(PATH, files).json()
    assert body["genuine"] is True
    assert body["steps"][-1]["passed"] is True


def test_a_receipt_with_another_s_proof_is_not_genuine(anyone, choose, cast, now):
    first, second = choose(cast.alice).receipt, choose(cast.mallory).receipt
    sequence_once(at=now)
    files = {
        "receipt": SimpleUploadedFile("a.json", bytes(first.document)),
        "proof": SimpleUploadedFile("a.tlog-proof", proof_of(second).encode()),
    }
    assert anyone.post(PATH, files).json()["genuine"] is False


def test_a_changed_receipt_is_not_genuine(anyone, document):
    assert check(anyone, document.replace(b'"given"', b'"refused"')).json()["genuine"] is False


@pytest.mark.parametrize(
    "body", [b"{", b"null", b"\xff" * 20, b"[" * 100_000, b"{}", b'{"a":1,"a":2}', b"9" * 10_000, b'"\\ud800"']
)
def test_what_is_no_receipt_is_not_genuine(db, anyone, body):
    answer = check(anyone, body)
    assert answer.status_code == 200
    assert answer.json()["genuine"] is False


@pytest.mark.parametrize(
    "parts", [{}, {"receipt": ""}, {"receipt": SimpleUploadedFile("a", b"")}, {"proof": "x"}, {"else": "x"}]
)
def test_a_form_without_a_receipt_is_refused(db, anyone, parts):
    assert code_of(anyone.post(PATH, parts), 400) == "malformed"


def test_a_form_may_hold_text_instead_of_files(anyone, document):
    assert anyone.post(PATH, {"receipt": document.decode()}).json()["genuine"] is True


@pytest.mark.parametrize(
    "body", [b"--x", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="receipt"\r\n\r\n', b"\x00" * 40]
)
def test_a_broken_form_is_refused(db, anyone, body):
    answer = check(anyone, body, "multipart/form-data; boundary=x")
    assert code_of(answer, 400) == "malformed"


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\xe9"]
)
def test_a_form_without_a_boundary_is_refused(db, anyone, kind):
    assert code_of(check(anyone, b"--x", kind), 400) == "malformed"


@pytest.mark.parametrize("size", [PDF_BYTES_MAX + 1, BODY_MAX + 1])
def test_what_is_too_large_to_be_a_receipt_is_refused(db, anyone, size):
    assert code_of(check(anyone, b" " * size), 413) == "too_large"


@pytest.mark.parametrize("kind", ["application/pdf", "application/json"])
def test_a_pdf_is_told_by_its_first_bytes_whatever_its_type_says(db, anyone, kind):
    body = check(anyone, b"%PDF-1.7 %%EOF", kind).json()
    assert body["genuine"] is False
    assert [(step["name"], step["passed"]) for step in body["steps"]] == [("form", True), ("seal", False)]


def test_json_that_is_too_large_to_be_a_receipt_gets_a_verdict(db, anyone):
    body = check(anyone, b" " * (BYTES_MAX + 1)).json()
    assert body["steps"] == [{"name": "form", "passed": False, "sentence": "The file is too large to be a receipt."}]


def test_the_verdict_says_nothing_about_now(anyone, choose, cast, document):
    before = check(anyone, document).content
    choose(cast.alice, state=State.WITHDRAWN)
    assert check(anyone, document).content == before


def test_nothing_of_it_is_kept(anyone, document):
    number = Receipt.objects.count()
    answer = check(anyone, document)
    assert "no-store" in answer["Cache-Control"]
    assert Receipt.objects.count() == number


def test_it_is_rate_limited(anyone, document, monkeypatch):
    monkeypatch.setattr("portal.api.verification.VERIFICATIONS", limits.Rate("verify", times=2, seconds=3600))
    assert [check(anyone, document).status_code for _ in range(3)] == [200, 200, 429]


def test_a_printed_receipt_is_checked_as_it_is_and_in_a_form(anyone, choose, cast, now):
    receipt = choose(cast.alice).receipt
    sequence_once(at=now)
    with acting_for(cast.alice.pk):
        pdf = render(receipt, at=now)
    alone = check(anyone, pdf, "application/pdf").json()
    assert alone["genuine"] is True
    assert [(step["name"], step["passed"]) for step in alone["steps"]] == [(name, True) for name in STEPS]
    files = {
        "receipt": SimpleUploadedFile("a.pdf", pdf),
        "proof": SimpleUploadedFile("a.tlog-proof", proof_of(receipt).encode()),
    }
    assert anyone.post(PATH, files).json()["genuine"] is True
    assert check(anyone, pdf + b" ", "application/pdf").json()["steps"][-1]["name"] == "whole"
