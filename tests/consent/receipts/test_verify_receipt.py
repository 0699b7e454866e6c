"""`manage.py verify_receipt`: exit 0, or the step that failed."""

import io

import pytest
from django.core.management import CommandError, call_command

from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts.printing import render
from consent.receipts.reading import proof_of
from consent.receipts.verification import STEPS


def check(*arguments) -> str:
    out = io.StringIO()
    call_command("verify_receipt", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def files(decided, cast, at, tmp_path):
    receipt = decided(state="withdrawn")
    sequence_once(at=at)
    (tmp_path / "r.json").write_bytes(receipt.document)
    with acting_for(cast.alice.pk):
        (tmp_path / "other.tlog-proof").write_text(proof_of(receipt))
    return tmp_path


def test_a_genuine_receipt_is_told_step_by_step(files):
    said = check(files / "r.json")
    assert "Genuine when issued" in said
    assert "yes signature" in said
    assert "–   log" in said


def test_nothing_is_said_about_the_choice(files):
    assert "withdr" not in check(files / "r.json").lower()


def test_the_proof_is_given_or_lies_beside_it(files):
    assert "yes log" in check(files / "r.json", "--proof", files / "other.tlog-proof")
    (files / "other.tlog-proof").rename(files / "r.tlog-proof")
    assert "yes log" in check(files / "r.json")


def test_a_changed_receipt_fails_with_the_step(files):
    raw = (files / "r.json").read_bytes()
    (files / "r.json").write_bytes(raw.replace(b'"dpv:ConsentWithdrawn"', b'"dpv:ConsentGiven"'))
    with pytest.raises(CommandError, match="NO  signature"):
        check(files / "r.json")


def test_a_file_that_is_not_there_gets_a_sentence(files):
    for missing in (files / "nowhere.json", files):
        with pytest.raises(CommandError, match="cannot be read"):
            check(missing)


def test_a_huge_file_is_not_read_to_its_end(files):
    with (files / "huge.json").open("wb") as file:
        file.truncate(10**10)
    with pytest.raises(CommandError, match="too large"):
        check(files / "huge.json")


def test_a_printed_receipt_is_told_step_by_step(files, decided, cast, at):
    receipt = decided()
    sequence_once(at=at)
    with acting_for(cast.alice.pk):
        (files / "r.pdf").write_bytes(render(receipt, at=at))
    said = check(files / "r.pdf")
    assert [f"yes {step}" in said for step in STEPS] == [True] * len(STEPS)
    assert "Genuine when issued" in said
    with pytest.raises(CommandError, match="NO  attachments"):
        check(files / "r.pdf", "--proof", files / "other.tlog-proof")
    with (files / "r.pdf").open("ab") as file:
        file.write(b"% and so on")
    with pytest.raises(CommandError, match="NO  whole"):
        check(files / "r.pdf")
