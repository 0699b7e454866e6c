"""A receipt is believed step by step, and any byte that is not as issued is found."""

import json
from datetime import date
from typing import Any

import pytest
import rfc8785

from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts.models import Receipt, StatementType
from consent.receipts.reading import proof_of
from consent.receipts.verification import NumberVerdict, check_number, verify_file


def last(raw: bytes, proof: bytes | None = None):
    verdict = verify_file(raw, proof)
    assert not verdict.genuine
    assert verdict.number is None
    return verdict.steps[-1]


def changed(document: bytes, **parts: Any) -> bytes:
    return rfc8785.dumps({**json.loads(document), **parts})


@pytest.fixture
def document(decided) -> bytes:
    return bytes(decided().document)


@pytest.fixture
def proven(decided, cast, at) -> tuple[bytes, bytes]:
    receipt = decided()
    sequence_once(at=at)
    with acting_for(cast.alice.pk):
        return bytes(receipt.document), proof_of(receipt).encode()


def test_a_receipt_as_issued_is_genuine_and_says_when(document, at):
    verdict = verify_file(document)
    assert verdict.genuine
    assert verdict.issued_at == at
    assert [(step.name, step.passed) for step in verdict.steps] == [
        ("form", True), ("issuer", True), ("signature", True), ("time", True), ("log", None)
    ]  # fmt: skip


def test_with_its_proof_the_log_is_checked_too(proven):
    verdict = verify_file(*proven)
    assert verdict.genuine
    assert verdict.steps[-1].passed


def check_flips(document: bytes, *, step: int) -> None:
    for position in range(0, len(document), step):
        altered = bytearray(document)
        altered[position] ^= (0x01, 0x20)[position // step % 2]
        assert not verify_file(bytes(altered)).genuine, (position, document[position - 20 : position + 20])


def test_every_byte_is_covered(stated):
    check_flips(bytes(stated(StatementType.HOLD).document), step=1)


def test_bytes_all_over_a_decision_are_covered(document):
    check_flips(document, step=13)


def test_every_byte_of_a_proof_is_covered(proven):
    document, proof = proven
    for position in range(len(proof)):
        altered = bytearray(proof)
        altered[position] ^= 0x01
        assert not verify_file(document, bytes(altered)).genuine, proof[position : position + 20]


def test_no_byte_can_be_added_or_cut(document):
    for altered in (document + b" ", b" " + document, document + b"\n", document[:-1], document[1:], document * 2, b""):
        assert not verify_file(altered).genuine


def test_the_same_value_spelled_otherwise_is_refused(document):
    assert last(json.dumps(json.loads(document)).encode()).name == "form"


def test_a_name_that_stands_twice_is_refused(document):
    doubled = document[:-1] + b',"state":"refused"}'
    assert "twice" in last(doubled).sentence


def test_a_name_that_stands_twice_inside_is_refused(document):
    doubled = document.replace(b'"log":', b'"log":"x","log":')
    assert "twice" in last(doubled).sentence


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe{}", b"[]", b"null", b"{}", b'{"format":"candor-receipt/1"}', b"{" * 100_000, b"[" * 100_000, b"1" * 10_000,
        b"NaN", b'{"a":Infinity}', b'{"a":"\\ud800"}', b"%PDF-1.7", b"\x00", b" " * 300_000,
    ],
)  # fmt: skip
def test_what_is_no_receipt_gets_a_sentence(raw, db):
    step = last(raw)
    assert step.name == "form"
    assert step.sentence


def test_an_unknown_part_is_refused(document):
    assert "unknown" in last(changed(document, extra=1)).sentence


def test_a_part_of_the_wrong_kind_is_refused(document):
    for wrong in (
        {"number": 1},
        {"body": []},
        {"issued_at": "yesterday"},
        {"type": "wish"},
        {"subject": {"name": "x"}},
    ):
        assert last(changed(document, **wrong)).name == "form", wrong


def test_a_changed_state_breaks_the_signature(document):
    assert last(changed(document, state="refused")).name == "signature"


def test_the_signature_of_another_receipt_does_not_fit(decided):
    one, other = bytes(decided().document), bytes(decided(state="refused").document)
    assert last(changed(one, signature=json.loads(other)["signature"])).name == "signature"


def test_a_key_that_only_the_database_vouches_for_is_not_believed(decided, settings, tmp_path):
    """Whoever can write the table of keys can add one; the keystore does not know it."""
    settings.KEYSTORE_DIR = tmp_path / "forger"
    forged = bytes(decided().document)
    settings.KEYSTORE_DIR = tmp_path / "keystore"
    assert last(forged).name == "signature"


def test_a_receipt_of_another_issuer_is_told_apart(document, settings):
    settings.LEDGER_ORIGIN = "elsewhere.example/ledger"
    step = last(document)
    assert step.name == "issuer"
    assert "Ask there" in step.sentence


def test_the_proof_of_another_receipt_does_not_fit(decided, cast, at):
    one, other = decided(), decided(state="refused")
    sequence_once(at=at)
    with acting_for(cast.alice.pk):
        assert last(bytes(one.document), proof_of(other).encode()).name == "log"


@pytest.mark.parametrize("proof", [b"", b"x", b"c2sp.org/tlog-proof@v1\n", b"\x00" * 100, b"\xff", b"x" * 200_000])
def test_what_is_no_proof_is_refused(document, proof):
    assert last(document, proof).name == "log"


def test_checking_a_file_reads_no_receipt_of_anybody(document, django_assert_max_num_queries):
    with django_assert_max_num_queries(0):
        verify_file(document)


def test_a_number_reveals_genuine_and_the_date_alone(decided):
    receipt = decided(state="withdrawn")
    assert check_number(receipt.number) == NumberVerdict(genuine=True, issued_at=date(2026, 11, 10))


def test_a_number_that_nobody_issued_is_not_genuine(db):
    for number in ("RCP-0000-0000", "", "x" * 500, "RCP\x00", "'; --"):
        assert check_number(number) == NumberVerdict(genuine=False, issued_at=None)


def test_a_number_is_found_as_people_type_it(decided):
    number = decided().number
    typed = "rcp-" + number[4:].lower().replace("0", "o").replace("1", "l")
    assert check_number(f"  {typed} ").genuine


def test_checking_a_number_gives_no_view_of_the_receipt(decided):
    receipt = decided()
    check_number(receipt.number)
    assert not Receipt.objects.exists()
