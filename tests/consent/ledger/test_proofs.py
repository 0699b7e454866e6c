"""Proofs of entries: the public text format, few rows read, and every way of bending one refused."""

import base64
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.database import acting_for
from consent.ledger import proofs, tree
from consent.ledger.entries import erase_records
from consent.ledger.merkle import ProofInvalid, check_consistency
from consent.ledger.models import Checkpoint
from consent.ledger.proofs import consistency_proof, proof_of, verify_proof
from consent.seals.signing import signing_public_key

from .log import AT, appended, document, sequenced

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    return signing_public_key("ledger")


def assert_refused(code, told, proof, key, **more):
    with pytest.raises(ProofInvalid) as refused:
        verify_proof(told, proof, public_key=key, **more)
    assert refused.value.code == code


def test_every_entry_is_proven_and_its_position_told(key):
    entries = sequenced(7) + sequenced(4, start=7) + sequenced(1, start=11)
    for position, entry in enumerate(entries):
        proven = verify_proof(document(position), proof_of(entry.id), public_key=key)
        assert proven.position == position
        assert proven.size in {7, 11, 12}


def test_a_proof_is_the_public_text_format():
    entries = sequenced(4)
    lines = proof_of(entries[2].id).split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2] == "index 2"
    assert [len(line) for line in lines[3:5]] == [44, 44]
    assert "\n".join(lines[6:]) == Checkpoint.objects.get().note


def test_there_is_no_proof_before_a_position_and_none_of_an_unknown_entry():
    (entry,) = appended(1)
    assert proof_of(entry.id) is None
    assert proof_of(uuid4()) is None


def test_the_proof_of_an_entry_stays_the_same_while_the_log_grows():
    entries = sequenced(3)
    before = proof_of(entries[1].id)
    sequenced(20, start=3)
    assert proof_of(entries[1].id) == before


def test_a_proof_reads_logarithmically_many_rows(monkeypatch):
    entries = sequenced(700)
    asked = []
    read = tree.stored_nodes
    monkeypatch.setattr(tree, "stored_nodes", lambda wanted: asked.append(len(wanted)) or read(wanted))
    for at in (0, 255, 256, 699):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            proof_of(entries[at].id)
        assert len(queries) <= 6
    assert max(asked) <= 2 * 10


def test_another_document_is_not_proven(key):
    entries = sequenced(5)
    assert_refused("root", document(2), proof_of(entries[1].id), key)
    assert_refused("root", b"", proof_of(entries[1].id), key)


def test_a_genuine_proof_that_somebody_made_enormous_is_refused_before_it_is_read(key, monkeypatch):
    (entry,) = sequenced(1)
    monkeypatch.setattr(proofs, "parsed_checkpoint", lambda note: pytest.fail("it was read"))
    assert_refused("not_a_proof", document(0), proof_of(entry.id) + "x" * 70_000, key)


@pytest.mark.parametrize("shift", [1, 32])
def test_no_byte_can_be_shifted_from_the_nonce_into_the_document(key, shift):
    """Both pairs hash to the same leaf: only the fixed length of the nonce tells them apart."""
    (entry,) = sequenced(1)
    proof = proof_of(entry.id)
    nonce = base64.b64decode(proof.split("\n")[1].removeprefix("extra "))
    shifted = proof.replace(base64.b64encode(nonce).decode(), base64.b64encode(nonce[:-shift]).decode())
    assert_refused("nonce_length", nonce[-shift:] + document(0), shifted, key)


def test_the_proof_of_one_entry_with_the_index_of_another_is_refused(key):
    entries = sequenced(5)
    proof = proof_of(entries[1].id)
    assert_refused("root", document(1), proof.replace("index 1\n", "index 2\n"), key)
    assert_refused("index", document(1), proof.replace("index 1\n", "index 5\n"), key)


def test_the_path_of_one_proof_under_the_checkpoint_of_another_log_is_refused(key, tmp_path, settings):
    entries = sequenced(5)
    proof = proof_of(entries[1].id)
    settings.KEYSTORE_DIR = tmp_path / "forger"
    with pytest.raises(ProofInvalid, match="No key of this log"):
        verify_proof(document(1), proof, public_key=signing_public_key("ledger"))


def test_a_proof_of_a_log_of_another_name_is_refused(key):
    entries = sequenced(2)
    assert_refused("origin", document(0), proof_of(entries[0].id), key, origin="other.example/ledger")


def test_any_of_the_keys_that_the_verifier_trusts_may_have_signed(key, tmp_path, settings):
    entries = sequenced(2)
    proof = proof_of(entries[0].id)
    settings.KEYSTORE_DIR = tmp_path / "later"
    verify_proof(document(0), proof, public_key=[signing_public_key("ledger"), key])


def test_a_path_cut_lengthened_or_reordered_is_refused(key):
    entries = sequenced(5)
    head, _, note = proof_of(entries[1].id).partition("\n\n")
    first, second, third = head.split("\n")[3:]
    start = head.split("\n")[:3]
    for path in ([first, second], [first, second, third, third], [second, first, third], []):
        with pytest.raises(ProofInvalid):
            verify_proof(document(1), "\n".join([*start, *path]) + "\n\n" + note, public_key=key)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400, deadline=None)
@given(data=st.data())
def test_no_character_of_a_proof_can_be_changed(key, data, bent):
    told, proof = bent
    at = data.draw(st.integers(0, len(proof) - 1))
    other = data.draw(st.characters().filter(lambda char: char != proof[at]))
    with pytest.raises(ProofInvalid):
        verify_proof(told, proof[:at] + other + proof[at + 1 :], public_key=key)


@pytest.fixture
def bent(db):
    return document(3), proof_of(sequenced(6)[3].id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v2\n\n",
        "c2sp.org/tlog-proof@v1\n\n\n",
        "x" * 70_000,
        "\0",
        "﻿c2sp.org/tlog-proof@v1",
    ],
)
def test_what_is_no_proof_is_refused_with_a_sentence(text, key):
    with pytest.raises(ProofInvalid) as refused:
        verify_proof(b"{}", text, public_key=key)
    assert str(refused.value).endswith(".")


def test_a_proof_is_there_whoever_asks_since_it_shows_nothing_without_the_document():
    (entry,) = sequenced(1, subject=uuid4())
    with acting_for(uuid4()):
        proof = proof_of(entry.id)
    assert proof
    assert "number" not in proof


def test_after_an_erasure_the_proofs_of_others_hold_and_the_erased_one_has_none(key):
    entries = sequenced(6)
    before = [proof_of(entry.id) for entry in entries]
    erase_records([entries[2].id, entries[3].id], reason="storage period ended", at=AT)
    sequenced(3, start=6)
    assert [proof_of(entry.id) for entry in entries] == [*before[:2], None, None, *before[4:]]
    for position in (0, 1, 4, 5):
        verify_proof(document(position), proof_of(entries[position].id), public_key=key)


def test_a_proof_handed_out_before_the_erasure_still_verifies(key):
    entries = sequenced(3)
    kept = proof_of(entries[1].id)
    erase_records([entries[1].id], reason="storage period ended", at=AT)
    assert verify_proof(document(1), kept, public_key=key).position == 1


def test_any_checkpoint_is_proven_to_extend_any_earlier_one():
    for step in (3, 1, 5, 2):
        sequenced(step)
    checkpoints = list(Checkpoint.objects.order_by("size"))
    for first in checkpoints:
        for second in checkpoints:
            if first.size <= second.size:
                check_consistency(
                    first=first.size,
                    first_root=bytes(first.root),
                    second=second.size,
                    second_root=bytes(second.root),
                    path=consistency_proof(first=first.size, second=second.size),
                )


@pytest.mark.parametrize(("first", "second"), [(0, 3), (3, 2), (1, 4), (-1, 3)])
def test_a_consistency_proof_of_sizes_that_never_were_is_refused(first, second):
    sequenced(3)
    with pytest.raises(ProofInvalid):
        consistency_proof(first=first, second=second)


def test_verifying_reads_no_database(key):
    entries = sequenced(3)
    proof = proof_of(entries[1].id)
    with CaptureQueriesContext(connection) as queries:
        proofs.verify_proof(document(1), proof, public_key=key)
    assert len(queries) == 0
