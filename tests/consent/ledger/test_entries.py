"""Entries: written with what they tell of, committed to by hash, unchangeable, and their records erasable."""

import hashlib
import json
from uuid import uuid4

import pytest
import rfc8785
from django.db import DatabaseError, connection, connections, transaction

from consent.database import acting_for
from consent.ledger.entries import NotErasable, OutsideTransaction, append, document_of, entry_of, erase_records
from consent.ledger.models import Checkpoint, Entry, Leaf, Node, Record, Waiting
from consent.ledger.sequencer import sequence_once

from .log import AT, appended, document, sequenced

ALICE, MALLORY = uuid4(), uuid4()


def written(told, subject=None):
    return append(told, kind="decision.given", subject=subject, at=AT)


@pytest.mark.django_db
def test_an_entry_commits_to_nonce_and_exact_bytes():
    entry = written(b'{"a":1}')
    record = Record.objects.get(entry=entry)
    assert len(record.nonce) == 32
    assert entry.commitment == hashlib.sha256(b"\x00" + bytes(record.nonce) + b'{"a":1}').digest()
    assert bytes(Entry.objects.get(id=entry.id).commitment) == entry.commitment


@pytest.mark.django_db
def test_a_mapping_is_made_canonical():
    assert document_of(written({"b": 1, "a": "é"}).id) == '{"a":"é","b":1}'.encode()


@pytest.mark.django_db
def test_bytes_are_kept_as_they_are():
    assert document_of(written(b'{ "b": 1 }').id) == b'{ "b": 1 }'


@pytest.mark.django_db
def test_the_same_document_twice_gives_commitments_that_nobody_can_link():
    assert written(b"{}").commitment != written(b"{}").commitment


@pytest.mark.django_db
def test_an_entry_names_its_kind_and_time_and_no_person():
    entry = entry_of(written(b"{}", subject=ALICE).id)
    assert (entry.kind, entry.at) == ("decision.given", AT)
    assert {field.name for field in Entry._meta.get_fields() if field.concrete} == {"id", "kind", "at", "commitment"}


@pytest.mark.own_database
def test_an_entry_apart_from_a_transaction_is_refused(own_database):
    with pytest.raises(OutsideTransaction):
        written(b"{}")


@pytest.mark.own_database
def test_an_entry_of_a_transaction_that_rolls_back_never_was(own_database):
    with transaction.atomic():
        written(b"{}")
        transaction.set_rollback(True)
    assert (Entry.objects.count(), Record.objects.count(), Waiting.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_a_record_is_read_by_its_subject_and_by_nobody_else():
    entry = written(b'{"refused":true}', subject=ALICE)
    assert document_of(entry.id) is None
    with acting_for(MALLORY):
        assert document_of(entry.id) is None
    with acting_for(ALICE):
        assert document_of(entry.id) == b'{"refused":true}'


@pytest.mark.django_db
def test_a_person_cannot_delete_a_record_not_even_their_own():
    entry = written(b"{}", subject=ALICE)
    with acting_for(ALICE):
        assert Record.objects.filter(entry=entry).delete()[0] == 0
        assert document_of(entry.id) == b"{}"


@pytest.mark.own_database
@pytest.mark.parametrize("role", ["default", "owner"])
def test_the_log_can_be_neither_changed_nor_shortened(own_database, role):
    sequenced(2)
    for model in (Entry, Leaf, Node, Checkpoint):
        table, column = model._meta.db_table, model._meta.concrete_fields[-1].column
        for statement in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            assert_refused(statement, role)
        assert model.objects.exists()


@pytest.mark.own_database
@pytest.mark.parametrize("role", ["default", "owner"])
def test_a_record_can_be_erased_but_not_changed(own_database, role):
    appended(1)
    for statement in (
        "UPDATE ledger_record SET subject = NULL",
        "TRUNCATE ledger_record",
        "UPDATE ledger_waiting SET arrival = 7",
        "TRUNCATE ledger_waiting",
    ):
        assert_refused(statement, role)


def assert_refused(statement, role):
    with connections[role].cursor() as cursor, pytest.raises(DatabaseError, match="append-only|permission denied"):
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_commitment_of_another_length_is_refused():
    with pytest.raises(DatabaseError, match="ledger_commitment_32_bytes"), connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_entry VALUES (gen_random_uuid(), 'x', now(), '\\x00'::bytea)")


@pytest.mark.django_db
def test_erasing_records_is_an_entry_that_lists_their_positions():
    entries = sequenced(4, subject=ALICE)
    told = erase_records([entries[2].id, entries[0].id], reason="storage period ended", at=AT)
    statement = json.loads(document_of(told.id))
    assert statement.pop("signature").keys() == {"algorithm", "key", "value"}
    assert statement == {
        "type": "records.erased",
        "at": AT.isoformat(),
        "reason": "storage period ended",
        "positions": [0, 2],
    }
    with acting_for(ALICE):
        assert [document_of(entry.id) for entry in entries] == [None, document(1), None, document(3)]
    assert Entry.objects.count() == 5


@pytest.mark.django_db
def test_what_was_erased_before_is_not_listed_again():
    entries = sequenced(2)
    erase_records([entries[0].id], reason="first", at=AT)
    told = erase_records([entry.id for entry in entries], reason="second", at=AT)
    assert json.loads(document_of(told.id))["positions"] == [1]
    assert erase_records([entry.id for entry in entries], reason="third", at=AT) is None


@pytest.mark.django_db
def test_a_record_without_a_position_is_not_erased_yet():
    entries = sequenced(1) + appended(1, start=1)
    with pytest.raises(NotErasable) as refused:
        erase_records([entry.id for entry in entries], reason="too early", at=AT)
    assert refused.value.code == "not_sequenced"
    assert Record.objects.count() == 2


@pytest.mark.django_db
def test_the_record_of_an_erasure_is_never_erased():
    (entry,) = sequenced(1)
    told = erase_records([entry.id], reason="storage period ended", at=AT)
    sequenced(1)
    with pytest.raises(NotErasable) as refused:
        erase_records([told.id], reason="to hide it", at=AT)
    assert refused.value.code == "erasure_record"


# Everything that the demonstration's choices could be, in so few words: who, what about, which answer, on which day.
WHO = [f"E-{number:04}" for number in range(200)]
KINDS = ("mouse", "click", "keystroke_count", "screenshot", "prompt", "window", "afk", "input_count")
STATES = ("given", "refused", "withdrawn")


def every_small_document():
    for who in WHO:
        for kind in KINDS:
            for state in STATES:
                yield rfc8785.dumps({"kind": kind, "person": who, "state": state})


def guessed(commitment, nonces):
    """The documents which, with one of these nonces or none, would have this commitment: what an attacker with the log can try."""
    return [
        told
        for told in every_small_document()
        for nonce in nonces
        if hashlib.sha256(b"\x00" + nonce + told).digest() == commitment
    ]


@pytest.mark.own_database
def test_an_erased_record_cannot_be_guessed_back_though_every_possible_one_is_tried(own_database, altering):
    """With the nonce the same trial finds it at once: it is the nonce, and that it is gone, which hides the record."""
    told = {"kind": "mouse", "person": "E-0117", "state": "refused"}
    with transaction.atomic():
        entry = append(told, kind="test", subject=ALICE, at=AT)
        others = [append({"kind": "click", "person": "E-0118", "state": "given"}, kind="test", subject=MALLORY, at=AT)]
    while sequence_once(at=AT):
        pass
    known = list(nonces_in_the_database(altering))
    assert guessed(entry.commitment, known) == [rfc8785.dumps(told)]
    erase_records([entry.id], reason="storage period ended", at=AT)
    while sequence_once(at=AT):
        pass
    left = bytes(Entry.objects.get(id=entry.id).commitment)
    assert left == entry.commitment
    remaining = list(nonces_in_the_database(altering))
    assert len(remaining) == len(known)  # one went, and one of the erasure's own entry came
    tried = [b"", bytes(32), entry.id.bytes * 2, *remaining, *(bytes(other.commitment) for other in others)]
    assert guessed(left, tried) == []


def nonces_in_the_database(altering):
    """What somebody with all rights on the database finds: every value of 32 bytes in any table of the log."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT nonce FROM ledger_record")
        yield from (bytes(nonce) for (nonce,) in cursor.fetchall())


@pytest.mark.own_database
def test_an_erased_record_is_in_no_column_of_any_table(own_database, altering):
    told = b'{"state":"refused","canary":"c4n4ry"}'
    with transaction.atomic():
        entry = append(told, kind="test", subject=ALICE, at=AT)
    with acting_for(ALICE):
        nonce = bytes(Record.objects.get(entry=entry).nonce)
    sequence_once(at=AT)
    assert told.hex() in everything()
    assert nonce.hex() in everything()
    erase_records([entry.id], reason="storage period ended", at=AT)
    sequence_once(at=AT)
    assert told.hex() not in everything()
    assert nonce.hex() not in everything()
    assert str(ALICE) not in everything()


def everything():
    """Every row of every table of the log, as text, as its owner sees it."""
    found = []
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'ledger_%%'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT string_agg(row::text, ' ') FROM {table} AS row")
            found.append(cursor.fetchone()[0] or "")
    return " ".join(found)
