"""An administrator with all rights on the database changes rows; the audit finds it, and names the first entry that differs."""

import secrets
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from consent.ledger import audit, merkle
from consent.ledger.audit import verify_ledger
from consent.ledger.entries import append, commitment, erase_records
from consent.ledger.erasures import RECORDS_ERASED, erasure
from consent.ledger.models import Checkpoint, Leaf, Record
from consent.ledger.notes import signed_checkpoint
from consent.ledger.outside import kept_in
from consent.ledger.proofs import proof_of
from consent.ledger.rotation import rotate_key
from consent.ledger.sequencer import sequence_once

from .log import AT, appended, document, sequenced

pytestmark = pytest.mark.own_database


def found(*against):
    """The code and position of the first problem, or None. What is kept outside is given as text."""
    problems = verify_ledger(against=[kept_in(text, source="a letter") for text in against]).problems
    return (problems[0].code, problems[0].position) if problems else None


def entry_at(position):
    return str(Leaf.objects.get(position=position).entry_id)


def test_a_log_as_it_was_signed_has_no_problem(own_database):
    for step in (1, 5, 2):
        sequenced(step)
    appended(2)
    findings = verify_ledger()
    assert findings.problems == ()
    assert (findings.size, findings.records, findings.erased, findings.waiting) == (8, 8, 0, 2)


def test_an_empty_log_has_no_problem(own_database):
    assert verify_ledger().problems == ()


def test_a_lawful_erasure_is_no_problem(own_database):
    entries = sequenced(5)
    erase_records([entries[1].id, entries[3].id], reason="storage period ended", at=AT)
    assert verify_ledger().problems == ()  # also while the entry of the erasure still waits
    sequenced(1)
    findings = verify_ledger()
    assert findings.problems == ()
    assert (findings.records, findings.erased) == (5, 2)


@pytest.mark.parametrize("column", ["document", "nonce"])
def test_an_altered_record_is_named(altering, column):
    sequenced(5)
    altering(f"UPDATE ledger_record SET {column} = decode(repeat('41', 32), 'hex') WHERE entry_id = %s", entry_at(3))
    assert found() == ("record_altered", 3)


def test_two_swapped_records_are_named(altering):
    sequenced(5)
    one, two = entry_at(1), entry_at(3)
    altering(
        "UPDATE ledger_record AS a SET document = b.document, nonce = b.nonce FROM ledger_record AS b"
        " WHERE (a.entry_id, b.entry_id) IN ((%s, %s), (%s, %s))",
        one,
        two,
        two,
        one,
    )
    assert found() == ("record_altered", 1)
    assert [problem.position for problem in verify_ledger().problems] == [1, 3]


def test_two_swapped_positions_are_named(altering):
    sequenced(5)
    altering("UPDATE ledger_leaf SET position = position + 100 WHERE position IN (1, 3)")
    altering("UPDATE ledger_leaf SET position = 104 - position WHERE position >= 100")
    assert found() == ("leaf", 1)


def test_a_record_that_was_simply_deleted_is_not_taken_for_a_lawful_erasure(altering):
    sequenced(5)
    altering("DELETE FROM ledger_record WHERE entry_id = %s", entry_at(2))
    assert found() == ("record_missing", 2)


def test_the_record_of_an_erasure_that_was_deleted_is_missed_and_so_is_what_it_covered(altering):
    entries = sequenced(3)
    erase_records([entries[1].id], reason="storage period ended", at=AT)
    sequenced(1)
    altering("DELETE FROM ledger_record WHERE entry_id = %s", entry_at(3))
    assert [(problem.code, problem.position) for problem in verify_ledger().problems] == [
        ("record_missing", 1),
        ("record_missing", 3),
    ]


def test_a_list_of_erased_positions_that_was_widened_covers_nothing(altering):
    entries = sequenced(3)
    erase_records([entries[1].id], reason="storage period ended", at=AT)
    sequenced(1)
    altering("DELETE FROM ledger_record WHERE entry_id = %s", entry_at(0))
    altering(
        "UPDATE ledger_record SET document = replace(convert_from(document, 'UTF8'), '[1]', '[0,1]')::bytea WHERE entry_id = %s",
        entry_at(3),
    )
    assert found() == ("record_missing", 0)


def test_another_entry_renamed_to_an_erasure_covers_nothing(altering):
    sequenced(3)
    altering("DELETE FROM ledger_record WHERE entry_id = %s", entry_at(0))
    altering("UPDATE ledger_entry SET kind = 'records.erased' WHERE id = %s", entry_at(1))
    assert found() == ("record_missing", 0)


@pytest.mark.parametrize(
    "document",
    [
        {"type": RECORDS_ERASED, "at": AT.isoformat(), "reason": "storage period ended", "positions": [1]},
        {"type": RECORDS_ERASED, "at": AT.isoformat(), "positions": [1], "signature": {"key": "0" * 32, "value": "AAAA"}},
        {"positions": 1},
        b"[1]",
        b"not JSON",
    ],
)  # fmt: skip
def test_an_erasure_that_the_portal_did_not_sign_covers_nothing_though_it_was_appended_as_any_entry_is(
    altering, document
):
    sequenced(3)
    altering("DELETE FROM ledger_record WHERE entry_id = %s", entry_at(1))
    with transaction.atomic():
        append(document, kind=RECORDS_ERASED, subject=None, at=AT)
    sequence_once(at=AT)
    assert found() == ("record_missing", 1)


def test_an_erasure_that_a_retired_key_signed_covers_nothing_of_later(altering):
    sequenced(3)
    altering("DELETE FROM ledger_record WHERE entry_id = %s", entry_at(1))
    now = datetime.now(UTC)
    late = erasure([1], reason="with a key found later", at=now + timedelta(hours=1))
    rotate_key("ledger", at=now)
    with transaction.atomic():
        append(late, kind=RECORDS_ERASED, subject=None, at=AT)
    sequence_once(at=AT)
    assert found() == ("record_missing", 1)


def test_no_entry_can_cover_that_the_record_of_an_erasure_is_gone(altering):
    entries = sequenced(3)
    erase_records([entries[1].id], reason="storage period ended", at=AT)
    with transaction.atomic():
        append(erasure([3], reason="to hide it", at=AT), kind=RECORDS_ERASED, subject=None, at=AT)
    sequence_once(at=AT)
    altering("DELETE FROM ledger_record WHERE entry_id = %s", entry_at(3))
    assert ("record_missing", 3) in [(problem.code, problem.position) for problem in verify_ledger().problems]


def test_a_record_put_back_after_its_erasure_is_named(altering):
    entries = sequenced(3)
    nonce = bytes(Record.objects.get(entry=entries[1]).nonce)
    erase_records([entries[1].id], reason="storage period ended", at=AT)
    altering(
        "INSERT INTO ledger_record (entry_id, document, nonce) VALUES (%s, %s, %s)",
        str(entries[1].id),
        document(1),
        nonce,
    )
    assert found() == ("not_erased", 1)


def test_an_entry_rewritten_together_with_its_record_is_named_by_its_leaf(altering):
    sequenced(9)
    rewrite(altering, 4)
    assert found() == ("leaf", 4)
    assert "node" not in {problem.code for problem in verify_ledger().problems}  # those above differ because it does


def test_the_commitment_of_an_erased_entry_cannot_be_changed_either(altering):
    entries = sequenced(5)
    erase_records([entries[2].id], reason="storage period ended", at=AT)
    altering("UPDATE ledger_entry SET commitment = decode(repeat('41', 32), 'hex') WHERE id = %s", str(entries[2].id))
    assert found() == ("leaf", 2)


def test_an_altered_hash_between_leaves_and_root_is_found_where_it_lies(altering):
    sequenced(9)
    altering("UPDATE ledger_node SET hash = decode(repeat('41', 32), 'hex') WHERE level = 1 AND index = 2")
    assert [(problem.code, problem.position) for problem in verify_ledger().problems] == [("node", 4)]


def test_a_missing_or_additional_hash_is_found(altering):
    sequenced(4)
    altering("INSERT INTO ledger_node (level, index, hash) VALUES (9, 9, decode(repeat('41', 32), 'hex'))")
    assert found() == ("node_count", None)
    altering("DELETE FROM ledger_node WHERE level >= 1 AND index = 0")
    assert "node" in {problem.code for problem in verify_ledger().problems}


def test_a_log_rewritten_and_hashed_anew_does_not_fit_its_checkpoints(altering):
    sequenced(3)
    sequenced(6, start=3)
    rewrite(altering, 4)
    hash_anew(altering)
    assert found() == ("root", 3)


def test_a_log_hashed_anew_and_signed_with_another_key_is_found(altering, settings, tmp_path):
    sequenced(9)
    rewrite(altering, 4)
    hash_anew(altering)
    ours = settings.KEYSTORE_DIR
    settings.KEYSTORE_DIR = tmp_path / "forger"
    sign_anew(altering)
    settings.KEYSTORE_DIR = ours
    assert found() == ("checkpoint", 0)


def test_who_stole_the_signing_key_as_well_is_found_by_a_checkpoint_kept_outside(altering):
    sequenced(3)
    sequenced(6, start=3)
    outside = Checkpoint.objects.get(size=9).note
    rewrite(altering, 4)
    hash_anew(altering)
    sign_anew(altering)
    assert found() is None
    assert found(outside) == ("rewritten", 0)


def test_an_old_proof_is_a_checkpoint_kept_outside_too(altering):
    entries = sequenced(9)
    receipts_proof = proof_of(entries[7].id)
    assert found(receipts_proof) is None
    rewrite(altering, 4)
    hash_anew(altering)
    sign_anew(altering)
    assert found(receipts_proof) == ("rewritten", 0)


def test_a_log_cut_at_its_end_is_found(altering):
    sequenced(3)
    sequenced(3, start=3)
    altering("DELETE FROM ledger_leaf WHERE position >= 4")
    assert ("cut", 4) in [(problem.code, problem.position) for problem in verify_ledger().problems]


def test_a_log_cut_back_to_an_earlier_checkpoint_is_found_by_a_later_one_kept_outside(altering):
    sequenced(3)
    sequenced(3, start=3)
    outside = Checkpoint.objects.get(size=6).note
    cut(altering, 3)
    assert found() is None
    assert found(outside) == ("rolled_back", 3)


def test_a_leaf_taken_out_of_the_middle_is_named(altering):
    sequenced(6)
    altering("DELETE FROM ledger_leaf WHERE position = 2")
    assert found() == ("leaf_missing", 2)


def test_a_leaf_added_without_a_checkpoint_is_found(altering):
    sequenced(3)
    (entry,) = appended(1, start=3)
    altering("DELETE FROM ledger_waiting")
    altering("INSERT INTO ledger_leaf (position, entry_id) VALUES (3, %s)", str(entry.id))
    altering(
        "INSERT INTO ledger_node (level, index, hash) VALUES (0, 3, %s), (1, 1, %s), (2, 0, %s)",
        *nodes_of_fourth(entry),
    )
    assert found() == ("unsigned", 3)


def nodes_of_fourth(entry):
    leaves = [bytes(leaf.entry.commitment) for leaf in Leaf.objects.order_by("position").select_related("entry")]
    right = merkle.node_hash(leaves[2], leaves[3])
    return leaves[3], right, merkle.node_hash(merkle.node_hash(leaves[0], leaves[1]), right)


def test_an_entry_taken_out_of_the_outbox_before_it_had_a_position_is_found(altering):
    sequenced(2)
    appended(1, start=2)
    altering("DELETE FROM ledger_waiting")
    assert found() == ("lost", None)


def test_a_checkpoint_row_that_says_something_else_than_its_note_is_found(altering):
    sequenced(3)
    altering("UPDATE ledger_checkpoint SET root = decode(repeat('41', 32), 'hex')")
    assert found() == ("root", 0)


def test_the_genuine_note_of_another_size_is_found(altering):
    sequenced(3)
    sequenced(2, start=3)
    altering("UPDATE ledger_checkpoint SET note = (SELECT note FROM ledger_checkpoint WHERE size = 3) WHERE size = 5")
    assert found() == ("root", 3)


def test_a_note_that_was_altered_is_found(altering):
    sequenced(3)
    altering("UPDATE ledger_checkpoint SET note = replace(note, E'\\n3\\n', E'\\n2\\n')")
    assert found() == ("checkpoint", 0)


def test_the_command_is_content_with_a_log_as_it_was_signed(own_database, tmp_path, capsys):
    sequenced(3)
    kept = tmp_path / "kept"
    kept.write_text(Checkpoint.objects.get().note)
    call_command("verify_ledger", against=[kept])
    said = capsys.readouterr().out
    assert "3 entries" in said
    assert "Compared with: kept." in said


def test_the_command_fails_with_the_first_entry_that_differs(altering):
    sequenced(5)
    altering("UPDATE ledger_record SET nonce = decode(repeat('41', 32), 'hex') WHERE entry_id = %s", entry_at(3))
    with pytest.raises(CommandError, match="record of entry 3"):
        call_command("verify_ledger")


def test_the_command_says_when_the_file_cannot_be_read(own_database, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_ledger", against=[tmp_path / "missing"])


def test_the_audit_sees_one_moment_while_the_sequencer_goes_on(own_database, monkeypatch):
    """Between reading the leaves and counting the hashes a batch is added: it must not be seen half."""
    sequenced(3)
    chunks = audit._chunks

    def interrupted():
        yield from chunks()
        thread = threading.Thread(target=lambda: (sequenced(3, start=3), connections.close_all()))
        thread.start()
        thread.join()

    monkeypatch.setattr(audit, "_chunks", interrupted)
    findings = verify_ledger()
    assert findings.problems == ()
    assert findings.size == 3


def rewrite(altering, position):
    """Another document in the place of an entry, with a commitment that fits."""
    nonce, other = secrets.token_bytes(32), b'{"number":"another"}'
    altering("UPDATE ledger_record SET document = %s, nonce = %s WHERE entry_id = %s", other, nonce, entry_at(position))
    altering(
        "UPDATE ledger_entry SET commitment = %s WHERE id = %s", commitment(other, nonce=nonce), entry_at(position)
    )


def hash_anew(altering):
    """All hashes of the tree, as they follow from the commitments."""
    frontier = merkle.Frontier()
    for leaf in Leaf.objects.order_by("position").select_related("entry"):
        for each in frontier.append(bytes(leaf.entry.commitment)):
            altering(
                "UPDATE ledger_node SET hash = %s WHERE level = %s AND index = %s", each.hash, each.level, each.index
            )


def sign_anew(altering):
    """All checkpoints, as they follow from the commitments, signed with the key of the keystore."""
    leaves = [bytes(leaf.entry.commitment) for leaf in Leaf.objects.order_by("position").select_related("entry")]
    for size in Checkpoint.objects.values_list("size", flat=True):
        frontier = merkle.Frontier()
        for leaf in leaves[:size]:
            list(frontier.append(leaf))
        note = signed_checkpoint(origin=django_settings.LEDGER_ORIGIN, size=size, root=frontier.root())
        altering("UPDATE ledger_checkpoint SET root = %s, note = %s WHERE size = %s", frontier.root(), note, size)


def cut(altering, size):
    """Everything after `size` entries, without a trace inside the database."""
    gone = [str(leaf.entry_id) for leaf in Leaf.objects.filter(position__gte=size)]
    altering("DELETE FROM ledger_leaf WHERE position >= %s", size)
    altering("DELETE FROM ledger_node WHERE ((index + 1) << level) > %s", size)
    altering("DELETE FROM ledger_checkpoint WHERE size > %s", size)
    altering("DELETE FROM ledger_record WHERE entry_id = ANY(%s::uuid[])", gone)
    altering("DELETE FROM ledger_entry WHERE id = ANY(%s::uuid[])", gone)
