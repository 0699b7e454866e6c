"""A receipt is one signed document that the log commits to, made together with what it states or not at all."""

import json
from hashlib import sha256

import pytest
import rfc8785
from django.db import IntegrityError, InternalError, ProgrammingError, transaction

from consent.database import acting_for
from consent.ledger.entries import OutsideTransaction, document_of
from consent.ledger.models import Entry
from consent.ledger.sequencer import sequence_once
from consent.receipts import reading
from consent.receipts.issuing import NotIssuable, issue
from consent.receipts.models import Receipt, StatementType
from consent.receipts.reading import NotFound, receipt_of, receipts_of


@pytest.fixture(autouse=True)
def _acting(cast):
    with acting_for(cast.alice.pk):
        yield


def test_a_receipt_is_canonical_json(decided):
    document = bytes(decided().document)
    assert rfc8785.dumps(json.loads(document)) == document


def test_the_log_commits_to_exactly_the_document(decided, cast):
    receipt = decided()
    assert document_of(receipt.entry) == bytes(receipt.document)


def test_the_entry_names_its_type_and_nobody(decided):
    entry = Entry.objects.get(pk=decided().entry)
    assert entry.kind == "receipt.decision"


def test_a_receipt_states_number_issuer_time_and_person(decided, cast):
    receipt = decided()
    document = json.loads(bytes(receipt.document))
    assert document["number"] == receipt.number
    assert document["id"] == f"urn:uuid:{receipt.pk}"
    assert document["issuer"]["name"] == "Example Works"
    assert document["issued_at"] == "2026-11-10T09:00:00.000000Z"
    assert document["subject"] == {"name": "Alice Demo", "reference": cast.alice.reference}


def test_a_consent_receipt_states_its_own_identifier_inside_the_record(decided):
    receipt = decided()
    assert json.loads(bytes(receipt.document))["body"]["dct:identifier"] == str(receipt.pk)


def fail_after(act):
    with transaction.atomic():
        act()
        raise ZeroDivisionError


def test_nothing_remains_when_the_callers_transaction_fails(decided):
    before = Entry.objects.count()
    with pytest.raises(ZeroDivisionError):
        fail_after(decided)
    assert not Receipt.objects.exists()
    assert Entry.objects.count() == before


@pytest.mark.usefixtures("own_database")
def test_a_receipt_is_not_issued_outside_a_transaction(cast, at):
    with pytest.raises(OutsideTransaction):
        issue(person=cast.alice, statement=StatementType.REQUEST, state="received", about="", body={}, at=at)
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("value", [2**60, 1.5, 2.0, [{"n": 1.1}], "\ud800"])
def test_what_a_verifier_would_refuse_is_not_signed(cast, at, value):
    """A number that not every reader holds exactly, a fraction anywhere, half a character."""
    with pytest.raises(NotIssuable):
        issue(person=cast.alice, statement=StatementType.REQUEST, state="received", about="", body={"n": value}, at=at)
    assert not Receipt.objects.exists()


def test_an_issued_receipt_never_changes(decided):
    receipt = decided()
    with pytest.raises((InternalError, IntegrityError, ProgrammingError)), transaction.atomic():
        Receipt.objects.filter(pk=receipt.pk).update(document=b"{}")


def test_nobody_else_sees_it(decided, cast):
    receipt = decided()
    for other in cast.everyone():
        if other != cast.alice:
            with acting_for(other.pk):
                assert not Receipt.objects.filter(pk=receipt.pk).exists(), other.username


def test_another_persons_receipt_is_answered_as_if_there_were_none(decided, cast):
    receipt = decided()
    with pytest.raises(NotFound):
        receipt_of(cast.mallory, receipt.pk)
    assert receipt_of(cast.alice, receipt.pk) == receipt
    assert list(receipts_of(cast.mallory)) == []


def test_the_proof_follows_once_the_log_took_it_in(decided, at):
    receipt = decided()
    assert reading.proof_of(receipt) is None
    sequence_once(at=at)
    assert reading.proof_of(receipt).startswith("c2sp.org/tlog-proof@v1\n")


def test_two_receipts_of_the_same_statement_are_two_documents(decided):
    first, second = decided(), decided()
    assert sha256(first.document).digest() != sha256(second.document).digest()
