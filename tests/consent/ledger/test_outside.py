"""The log against what is kept outside: a fork, a rollback and a log signed anew are found by it, each in a sentence of its own."""

import threading

import pytest
from django.conf import settings as settings_now
from django.core.management import CommandError, call_command
from django.db import connections

from consent.ledger import audit
from consent.ledger.models import Audit, Checkpoint
from consent.ledger.notes import signed_checkpoint
from consent.ledger.outside import NotKept, kept_in, kept_receipt, read_kept
from consent.ledger.proofs import proof_of
from consent.ledger.verdicts import audited, newest_audit
from consent.ledger.witnesses.file import deposit_in_file
from consent.ledger.witnesses.time_stamps import stamp_checkpoints

from .log import AT, document, sequenced
from .test_audit import cut, hash_anew, rewrite, sign_anew

own_database = pytest.mark.own_database


def found(*against):
    """Code, position and source of each problem."""
    return [(problem.code, problem.position, problem.source) for problem in audited(against=against, at=AT).problems]


def signed_anew(altering, position):
    """What who has database and signing key can do: another entry, and everything over it."""
    rewrite(altering, position)
    hash_anew(altering)
    sign_anew(altering)


def signed(*, size, root):
    return signed_checkpoint(origin=settings_now.LEDGER_ORIGIN, size=size, root=root)


@pytest.fixture
def deposited(own_database):
    """Three checkpoints, of 3, 6 and 9 entries, all in the file."""
    for start in (0, 3, 6):
        sequenced(3, start=start)
    assert deposit_in_file(at=AT)


@own_database
def test_a_log_as_it_was_signed_agrees_with_its_deposits(deposited):
    outcome = audited(at=AT)
    assert (outcome.problems, outcome.compared, outcome.unreached) == ((), ("file",), ())


@own_database
def test_a_log_signed_anew_with_a_stolen_key_is_found_by_the_deposits_alone(deposited, altering):
    signed_anew(altering, 4)
    assert found() == [("rewritten", 3, "file")]
    assert "Entry 3 or a later one differs" in newest_audit().first


@own_database
def test_a_log_rolled_back_is_found_by_the_deposits_beyond_it(deposited, altering):
    cut(altering, 3)
    assert found() == [("rolled_back", 3, "file")]
    assert "6 entries" in newest_audit().first


@own_database
def test_a_forked_log_of_one_size_with_two_roots_is_found_by_who_was_shown_the_other(deposited):
    shown = kept_in(signed(size=6, root=b"\x07" * 32), source="a colleague")
    assert found(shown) == [("forked", 3, "a colleague")]
    assert "Two logs were signed" in newest_audit().first


@own_database
def test_a_log_cut_back_and_grown_again_is_found_where_it_parted(deposited, altering):
    cut(altering, 6)
    sequenced(5, start=50)
    assert found() == [("rewritten", 6, "file")]


@own_database
def test_a_checkpoint_of_a_size_that_the_log_has_none_of_is_compared_all_the_same(deposited):
    sequenced(1, start=9)
    old = kept_in(Checkpoint.objects.get(size=6).note, source="a letter")
    assert found(old) == []
    wrong = kept_in(signed(size=7, root=b"\x07" * 32), source="a letter")
    assert found(wrong) == [("forked", 6, "a letter")]


@own_database
def test_deposits_out_of_order_are_compared_too(deposited, settings):
    path = settings.WITNESS_FILE
    first, *others = path.read_text().split("\n\n\n")[:3]
    path.write_text("\n\n\n".join([*others, first, ""]))
    assert found() == []


@own_database
def test_a_receipt_and_its_proof_name_the_very_entry_that_differs(own_database, altering, tmp_path):
    entries = sequenced(9)
    (tmp_path / "DEC-1.json").write_bytes(document(4))
    (tmp_path / "DEC-1.tlog-proof").write_text(proof_of(entries[4].id))
    kept = read_kept(tmp_path / "DEC-1.json")
    assert found(kept) == []
    signed_anew(altering, 4)
    assert found(kept) == [("document", 4, "DEC-1.json"), ("rewritten", 0, "DEC-1.json")]
    assert newest_audit().first.startswith("Entry 4 ")


@own_database
def test_a_deposit_that_our_key_did_not_sign_proves_nothing_and_is_told(deposited, settings, tmp_path):
    ours, settings.KEYSTORE_DIR = settings.KEYSTORE_DIR, tmp_path / "forger"
    forged = signed(size=6, root=b"\x07" * 32)
    settings.KEYSTORE_DIR = ours
    with settings.WITNESS_FILE.open("a") as file:
        file.write(forged + "\n\n")
    assert found() == [("outside_unread", None, "file")]


@own_database
def test_a_witness_that_cannot_be_reached_is_told_and_is_no_problem_of_the_log(deposited, settings, capsys):
    settings.WITNESS_FILE.unlink()
    outcome = audited(at=AT)
    assert (outcome.problems, outcome.compared) == ((), ())
    assert outcome.unreached == (("file", "No such file or directory"),)
    call_command("verify_ledger")
    said = capsys.readouterr()
    assert "Not compared with the witness file" in said.err
    assert "nothing outside the database" in said.out


@own_database
def test_checkpoints_deposited_while_the_log_is_being_read_are_no_rollback(deposited, monkeypatch):
    """The audit sees one moment; the file goes on."""
    read = audit.deposits

    def meanwhile(**told):
        in_another_connection(lambda: (sequenced(3, start=9), deposit_in_file(at=AT)))
        return read(**told)

    monkeypatch.setattr(audit, "deposits", meanwhile)
    assert found() == []
    assert newest_audit().size == 9


def in_another_connection(act):
    thread = threading.Thread(target=lambda: (act(), connections.close_all()))
    thread.start()
    thread.join()


@own_database
def test_a_time_stamp_of_something_else_is_found(own_database, authority, altering):
    sequenced(1)
    sequenced(1, start=1)
    stamp_checkpoints(at=AT)
    assert found() == []
    altering("ALTER TABLE ledger_timestamp DISABLE TRIGGER USER")
    altering(
        "UPDATE ledger_timestamp SET token = (SELECT token FROM ledger_timestamp WHERE checkpoint_id = 1) WHERE checkpoint_id = 2"
    )
    assert found() == [("time_stamp", None, "")]
    assert "2 entries" in newest_audit().first


@pytest.mark.django_db
def test_every_outcome_is_kept():
    sequenced(2)
    audited(at=AT)
    row = Audit.objects.get()
    assert (row.at, row.size, row.problems, row.first) == (AT, 2, 0, "")
    assert row.seconds > 0


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "nonsense", "c2sp.org/tlog-proof@v1\n", "\x00"])
def test_a_text_that_is_no_checkpoint_is_refused_in_a_sentence(text):
    with pytest.raises(NotKept, match="a letter proves nothing"):
        kept_in(text, source="a letter")


@pytest.mark.django_db
def test_a_receipt_whose_proof_is_of_another_document_is_refused():
    entries = sequenced(3)
    with pytest.raises(NotKept, match="proves nothing"):
        kept_receipt(document(1), proof_of(entries[2].id), source="a receipt")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.json", b"{}", "has no proof beside it"),
        ("a.pdf", b"%PDF-1.7", "verify_receipt reads it"),
        ("a.note", b"\xff\xfe", "not text"),
    ],
)
def test_the_command_says_what_it_needs_of_a_file(tmp_path, name, raw, said):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(CommandError, match=said):
        call_command("verify_ledger", "--against", str(tmp_path / name))


@pytest.mark.django_db
def test_the_command_takes_many_files_at_once_and_one_after_the_other(tmp_path, capsys):
    entries = sequenced(3)
    (tmp_path / "note").write_text(Checkpoint.objects.get().note)
    (tmp_path / "one.tlog-proof").write_text(proof_of(entries[0].id))
    (tmp_path / "one.json").write_bytes(document(0))
    names = [str(tmp_path / name) for name in ("note", "one.tlog-proof", "one.json")]
    call_command("verify_ledger", "--against", *names[:2], "--against", names[2])
    assert "Compared with: note, one.tlog-proof, one.json." in capsys.readouterr().out
