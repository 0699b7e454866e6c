"""Receipts and their files: exact, private, and honest about what is not there yet."""

import json
from datetime import timedelta

import pytest

from consent.choices.models import State
from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts.issuing import issue
from consent.receipts.models import Print, Receipt, StatementType
from consent.receipts.printing import PrintingUnavailable, renderer
from portal.api import cursors

from .conftest import code_of

LIST = "/api/v1/receipts/"


@pytest.fixture
def receipt(choose, cast) -> Receipt:
    return choose(cast.alice).receipt


def file_of(receipt: Receipt, ending: str) -> str:
    return f"{LIST}{receipt.pk}.{ending}"


def test_the_list_names_each_receipt_newest_first(alice, choose, cast):
    yes = choose(cast.alice).receipt
    no = choose(cast.alice, state=State.WITHDRAWN).receipt
    body = alice.get(LIST).json()
    assert [each["id"] for each in body["results"]] == [str(no.pk), str(yes.pk)]
    assert [each["state"] for each in body["results"]] == ["withdrawn", "given"]
    assert {each["statement"] for each in body["results"]} == {"decision"}
    assert body["next"] is None


def test_pages_repeat_and_skip_nothing_even_at_equal_times(alice, cast, at, monkeypatch):
    monkeypatch.setattr(cursors, "PAGE", 3)
    with acting_for(cast.alice.pk):
        made = [
            issue(person=cast.alice, statement=StatementType.DECISION, state="given", about="x", body={}, at=at + timedelta(days=n // 4))
            for n in range(8)
        ]  # fmt: skip
    seen, address = [], LIST
    while address:
        body = alice.get(address).json()
        assert len(body["results"]) <= 3
        seen += [each["id"] for each in body["results"]]
        address = body["next"]
    assert len(seen) == len(set(seen)) == 8
    assert set(seen) == {str(each.pk) for each in made}


@pytest.mark.parametrize("after", ["x", "%00", "ü", "a" * 5000, "MjAyNi0xMS0xMCAx", "eA==", "MjAyNi0xMS0xMFQwOTowMDowMCAzZjJiOGYwZS0xMTExLTQyMjItODMzMy00NDQ0NTU1NTY2NjY"])  # fmt: skip
def test_a_place_that_is_none_is_refused(alice, receipt, after):
    assert code_of(alice.get(f"{LIST}?after={after}"), 400) == "bad_cursor"


def test_the_document_is_byte_for_byte_what_was_signed(alice, receipt):
    answer = alice.get(file_of(receipt, "json"))
    assert answer.content == bytes(receipt.document)
    assert answer["Content-Type"] == "application/json"
    assert f'filename="{receipt.number}.json"' in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]


def test_the_proof_follows_when_the_log_has_taken_it_in(alice, receipt, now):
    early = alice.get(file_of(receipt, "proof"))
    assert (early.status_code, early.json()) == (202, {"state": "being_made"})
    assert int(early["Retry-After"]) > 0
    sequence_once(at=now)
    late = alice.get(file_of(receipt, "proof"))
    assert late.status_code == 200
    assert late.content.startswith(b"c2sp.org/tlog-proof@v1\n")


def test_a_pdf_that_is_not_made_yet_is_asked_for(alice, receipt, monkeypatch):
    asked = []
    monkeypatch.setattr("portal.api.receipts.ask_for_print", lambda receipt: asked.append(receipt.pk))
    answer = alice.get(file_of(receipt, "pdf"))
    assert answer.status_code == 202
    assert answer["Retry-After"]
    assert asked == [receipt.pk]


def test_a_pdf_that_was_made_is_given(alice, receipt, cast, now):
    with acting_for(cast.alice.pk):
        Print.objects.create(
            receipt=receipt, person=cast.alice.pk, renderer=renderer(), pdf=b"%PDF-1.7", rendered_at=now
        )
    answer = alice.get(file_of(receipt, "pdf"))
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"%PDF-1.7", "application/pdf")


def test_a_machine_that_cannot_print_says_so(alice, receipt, monkeypatch):
    def cannot(_receipt):
        raise PrintingUnavailable("This machine cannot make PDFs yet.")

    monkeypatch.setattr("portal.api.receipts.ask_for_print", cannot)
    answer = alice.get(file_of(receipt, "pdf"))
    assert code_of(answer, 503) == "printing_unavailable"
    assert answer["Retry-After"]


@pytest.mark.parametrize("ending", ["json", "proof", "pdf"])
@pytest.mark.parametrize("who", ["mallory", "bob", "carol", "dan", "frank", "heidi"])
def test_another_s_receipt_is_answered_like_one_that_does_not_exist(signed_in, cast, receipt, who, ending):
    client = signed_in(getattr(cast, who))
    theirs = client.get(file_of(receipt, ending))
    none = client.get(f"{LIST}3f2b8f0e-1111-4222-8333-444455556666.{ending}")
    assert code_of(theirs, 404) == "not_found"
    assert theirs.content == none.content


@pytest.mark.parametrize("name", ["x.json", "1.pdf", "..%2f..%2fetc%2fpasswd.json", "%00.json"])
def test_what_is_no_id_is_not_found(alice, programmes, name):
    assert code_of(alice.get(LIST + name), 404) == "not_found"


def test_the_list_holds_one_s_own_only(mallory, receipt):
    assert mallory.get(LIST).json()["results"] == []


def test_the_document_says_what_was_decided(alice, receipt):
    document = json.loads(alice.get(file_of(receipt, "json")).content)
    assert (document["type"], document["state"]) == ("decision", "given")


def test_a_given_consent_is_exported_in_kantaras_format_and_a_no_is_a_conflict(alice, receipt, choose, cast):
    body = alice.get(file_of(receipt, "kantara.json")).json()
    assert (body["version"], body["derivedFrom"]["number"]) == ("KI-CR-v1.1.0", receipt.number)
    no = choose(cast.alice, state=State.WITHDRAWN).receipt
    assert code_of(alice.get(file_of(no, "kantara.json")), 409) == "not_given"
