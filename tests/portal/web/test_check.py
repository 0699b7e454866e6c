"""The public check: of a file every step, of a number only whether it is genuine and the day; and nothing is kept."""

import json
from datetime import UTC

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from consent.ledger.sequencer import sequence_once
from consent.receipts.models import Receipt
from consent.receipts.reading import proof_of
from consent.receipts.seal_check import PDF_BYTES_MAX
from portal import limits, uploads
from tests.wording import words_of


@pytest.fixture
def receipt(cast, decided) -> Receipt:
    return decided(cast.alice, "mouse").receipt


def file_of(content: bytes, name: str = "receipt.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/json")


def checked(**given):
    return Client().post(reverse("web:check"), given)


def test_the_public_check_tells_of_a_number_only_that_it_is_genuine_and_the_day(receipt):
    page = words_of(checked(number=receipt.number.lower()).content.decode())
    assert "This number is genuine" in page
    day = receipt.issued_at.astimezone(UTC)
    assert f"{day.day} {day:%B %Y}" in page
    for hidden in ("Alice", "Mouse movement", "Interface learning", "Allowed"):
        assert hidden not in page


def test_the_check_needs_no_account_and_takes_the_number_of_a_printed_code(receipt):
    assert "This number is genuine" in Client().get(reverse("web:check"), {"number": receipt.number}).content.decode()


def test_a_number_nobody_issued_is_not_genuine(db):
    assert "No receipt has this number" in checked(number="RCP-0000-0000").content.decode()


def test_a_genuine_file_is_read_out_without_the_name_of_the_person(receipt):
    page = words_of(checked(file=file_of(bytes(receipt.document))).content.decode())
    assert "Genuine and unchanged" in page
    assert "Mouse movement" in page
    assert "Alice" not in page


def test_a_file_with_its_proof_is_checked_against_the_log_too(receipt):
    sequence_once(at=receipt.issued_at)
    proof = proof_of(receipt).encode()
    page = checked(file=file_of(bytes(receipt.document)), proof=file_of(proof, "receipt.tlog-proof")).content.decode()
    assert "not checked" not in page
    assert "of the log" in page


def test_a_changed_file_is_refused_and_the_failed_step_is_named(receipt):
    changed = bytes(receipt.document).replace(b"Mouse movement", b"Mouse stillness")
    page = words_of(checked(file=file_of(changed)).content.decode())
    assert "This file was changed, or is not ours" in page
    assert "Do not rely on this file" in page
    assert "Signature: failed" in " ".join(page.split()).replace(" :", ":")
    assert "Mouse stillness" not in page


@pytest.mark.parametrize(
    "junk",
    [b"", b" ", b"%PDF-1.7", b"%PDF-1.7 %%EOF", b"{}", b"[1,2", b"\xff\xfe", b"null", b'{"a":1,"a":2}', b"[" * 5000],
)
def test_junk_is_no_receipt_and_breaks_nothing(db, junk):
    answer = checked(file=file_of(junk))
    assert answer.status_code == 200
    assert "Do not rely on this file" in answer.content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "one of the two"),
        ({"number": " "}, "one of the two"),
        ({"number": "RCP-0000-0000", "file": b"{}"}, "one of the two"),
        ({"file": b"x" * (PDF_BYTES_MAX + 1)}, "too large to be a receipt"),
        ({"file": b"x" * (uploads.LARGEST + 1)}, "too large to be a receipt"),
        ({"file": b"{}", "proof": b"x" * (256 * 1024 + 1)}, "too large to be a proof"),
        ({"number": "9" * 41}, "at most 40 characters"),
    ],
)
def test_what_cannot_be_checked_is_said_beside_its_field(db, given, said):
    given = {name: file_of(value) if isinstance(value, bytes) else value for name, value in given.items()}
    answer = checked(**given)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_the_check_keeps_nothing(receipt, django_assert_num_queries):
    before = Receipt.objects.count()
    checked(file=file_of(bytes(receipt.document)))
    assert Receipt.objects.count() == before
    assert json.loads(receipt.document)["number"] == receipt.number


def test_page_and_api_count_checks_together_and_say_how_long_to_wait(receipt, monkeypatch):
    rate = limits.Rate("verify", times=3, seconds=3600)
    monkeypatch.setattr("portal.web.check.VERIFICATIONS", rate)
    monkeypatch.setattr("portal.api.verification.VERIFICATIONS", rate)
    document = bytes(receipt.document)
    assert checked(file=file_of(document)).status_code == 200
    assert Client().get(reverse("web:check"), {"number": receipt.number}).status_code == 200
    assert Client().post("/api/v1/verify", document, content_type="application/json").status_code == 200
    refused = checked(file=file_of(document))
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert "Genuine" not in refused.content.decode()


def test_opening_the_empty_form_is_not_counted(db, monkeypatch):
    monkeypatch.setattr("portal.web.check.VERIFICATIONS", limits.Rate("verify", times=1, seconds=3600))
    assert {Client().get(reverse("web:check")).status_code for _ in range(3)} == {200}
