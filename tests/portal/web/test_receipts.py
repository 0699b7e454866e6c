"""Receipts as pages and files, and the public check."""

import pytest
from django.urls import reverse

from consent.choices.models import State
from consent.ledger.sequencer import sequence_once
from consent.receipts.models import Receipt
from tests.wording import words_of


@pytest.fixture
def alice(cast, signed_in):
    return signed_in(cast.alice)


@pytest.fixture
def receipt(cast, decided) -> Receipt:
    return decided(cast.alice, "mouse").receipt


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


@pytest.mark.parametrize("name", ["receipt", "receipt-pdf", "receipt-json", "receipt-kantara", "receipt-proof"])
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


def test_a_given_consent_can_be_had_in_kantaras_format(alice, receipt):
    address = reverse("web:receipt-kantara", args=[receipt.pk])
    assert address in alice.get(reverse("web:receipt", args=[receipt.pk])).content.decode()
    answer = alice.get(address)
    assert answer["Content-Disposition"] == f'attachment; filename="{receipt.number}.kantara.json"'
    assert answer.json()["derivedFrom"]["number"] == receipt.number


def test_a_refusal_is_not_offered_in_that_format_and_the_page_says_why(alice, cast, decided):
    refusal = decided(cast.alice, "click", State.REFUSED).receipt
    address = reverse("web:receipt-kantara", args=[refusal.pk])
    assert address not in alice.get(reverse("web:receipt", args=[refusal.pk])).content.decode()
    answer = alice.get(address)
    assert answer.status_code == 409
    assert "knows given consents alone" in answer.content.decode()
