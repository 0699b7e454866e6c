"""Receipts as pages and files, and the public check."""

import json
from datetime import UTC

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from consent.choices.models import State
from consent.ledger.sequencer import sequence_once
from consent.receipts.models import Receipt
from portal import limits
from tests.wording import words_of


@pytest.fixture
def alice(cast, signed_in):
    return signed_in(cast.alice)


@pytest.fixture
def receipt(cast, decided) -> Receipt:
    return decided(cast.alice, "mouse").receipt


def file_of(content: bytes, name: str = "receipt.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/json")


def checked(**given):
    return Client().post(reverse("web:check"), given)


def test_the_list_names_each_receipt_what_it_states_and_about_what(alice, cast, decided):
    yes, no = decided(cast.alice, "mouse").receipt, decided(cast.alice, "click", State.REFUSED).receipt
    page = alice.get(reverse("web:receipts")).content.decode()
    for one in (yes, no):
        assert one.number in page
        assert one.about in page
    assert "Allow</td>" in page
    assert "Don’t allow</td>" in page


def test_somebody_without_receipts_is_told_so(signed_in, cast):
    assert "You have no receipts yet" in signed_in(cast.mallory).get(reverse("web:receipts")).content.decode()


def test_a_long_list_is_turned_page_by_page(alice, cast, decided):
    for turn in range(27):
        decided(cast.alice, "mouse", State.GIVEN if turn % 2 else State.REFUSED)
    first = alice.get(reverse("web:receipts")).content.decode()
    assert "1 to 25 of 27" in first
    assert 'href="?page=2"' in first


def test_a_receipt_shows_the_words_of_the_signed_document(alice, receipt):
    page = words_of(alice.get(reverse("web:receipt", args=[receipt.pk])).content.decode())
    for said in (receipt.number, "Alice Demo", "Mouse movement", "Interface learning", "Allowed", "sha-256"):
        assert said in page


def test_a_receipt_names_its_place_in_the_log_once_it_has_one(alice, receipt):
    address = reverse("web:receipt", args=[receipt.pk])
    assert "on its way into the log" in alice.get(address).content.decode()
    sequence_once(at=receipt.issued_at)
    assert "log entry" in alice.get(address).content.decode()


@pytest.mark.parametrize("name", ["receipt", "receipt-pdf", "receipt-json", "receipt-proof"])
def test_nobody_opens_the_receipt_of_somebody_else(name, cast, receipt, signed_in):
    address = reverse(f"web:{name}", args=[receipt.pk])
    for person in (cast.mallory, cast.bob, cast.grace, cast.heidi):
        assert signed_in(person).get(address).status_code == 404


def test_the_file_is_the_signed_document_byte_for_byte(alice, receipt):
    answer = alice.get(reverse("web:receipt-json", args=[receipt.pk]))
    assert answer.content == bytes(receipt.document)
    assert f'filename="{receipt.number}.json"' in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]


def test_a_proof_that_is_not_there_yet_is_waited_for(alice, receipt):
    answer = alice.get(reverse("web:receipt-proof", args=[receipt.pk]))
    assert answer.status_code == 202
    assert answer["Retry-After"] == "2"
    assert '<meta http-equiv="refresh" content="2">' in answer.content.decode()


def test_a_proof_is_downloaded_once_the_log_has_it(alice, receipt):
    sequence_once(at=receipt.issued_at)
    answer = alice.get(reverse("web:receipt-proof", args=[receipt.pk]))
    assert answer.content.startswith(b"c2sp.org/tlog-proof@v1")


def test_a_pdf_that_no_worker_has_made_yet_is_waited_for(alice, receipt, monkeypatch):
    asked = []
    monkeypatch.setattr("portal.web.receipts.ask_for_print", asked.append)
    answer = alice.get(reverse("web:receipt-pdf", args=[receipt.pk]))
    assert answer.status_code == 202
    assert [one.pk for one in asked] == [receipt.pk]


def test_a_pdf_that_was_made_is_downloaded(alice, receipt, monkeypatch):
    monkeypatch.setattr("portal.web.receipts.print_of", lambda _receipt: b"%PDF-1.7")
    answer = alice.get(reverse("web:receipt-pdf", args=[receipt.pk]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content == b"%PDF-1.7"


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


def test_a_file_with_its_proof_is_checked_against_the_log_too(receipt, alice):
    sequence_once(at=receipt.issued_at)
    proof = alice.get(reverse("web:receipt-proof", args=[receipt.pk])).content
    page = checked(file=file_of(bytes(receipt.document)), proof=file_of(proof, "receipt.tlog-proof")).content.decode()
    assert "not checked" not in page
    assert "of the log" in page


def test_a_changed_file_is_refused_and_the_failed_step_is_named(receipt):
    changed = bytes(receipt.document).replace(b"Mouse movement", b"Mouse stillness")
    page = words_of(checked(file=file_of(changed)).content.decode())
    assert "Do not rely on this file" in page
    assert "Signature : failed" in " ".join(page.split()) or "Signature: failed" in " ".join(page.split())
    assert "Mouse stillness" not in page


@pytest.mark.parametrize("junk", [b"", b"{}", b"[1,2", b"\xff\xfe", b"null", b'{"a":1,"a":2}', b"[" * 5000])
def test_junk_is_no_receipt_and_breaks_nothing(db, junk):
    answer = checked(file=file_of(junk or b" "))
    assert answer.status_code == 200
    assert "Do not rely on this file" in answer.content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "one of the two"),
        ({"number": " "}, "one of the two"),
        ({"number": "RCP-0000-0000", "file": b"{}"}, "one of the two"),
        ({"file": b"%PDF-1.7 x"}, "This is a PDF"),
        ({"file": b"x" * (256 * 1024 + 1)}, "too large"),
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
    monkeypatch.setattr("portal.web.receipts.VERIFICATIONS", rate)
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
    monkeypatch.setattr("portal.web.receipts.VERIFICATIONS", limits.Rate("verify", times=1, seconds=3600))
    assert {Client().get(reverse("web:check")).status_code for _ in range(3)} == {200}
