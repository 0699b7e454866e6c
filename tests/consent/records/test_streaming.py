"""What is in the ZIP, who is told before it leaves, and what it takes to get it."""

import base64
import csv
import io
import json
from hashlib import sha256

import pytest
from django.db import connection

from consent.choices.history import decision_times
from consent.choices.models import State
from consent.consultations.looks import who_looked
from consent.consultations.models import Consultation
from consent.database import acting_for
from consent.ledger.models import Entry, Record
from consent.letters.models import Letter
from consent.people.models import Person
from consent.receipts.issuing import canonical
from consent.records import exporting, streaming
from consent.records.exporting import NotForYou
from consent.records.rows import csv_line
from consent.records.streaming import AlreadyTaken, NotApproved, stream
from consent.seals import signing

from .conftest import lines


def manifest_of(files):
    return json.loads(files["manifest.json"])


def looks_of(person):
    with acting_for(person.pk):
        return who_looked(person_id=person.pk, decided=decision_times(person))


def letters_to(person):
    with acting_for(person.pk):
        return Letter.objects.filter(person=person, template="data_named_in_export").count()


def test_every_decision_of_the_period_is_in_both_files(cast, decided, ask, taken):
    decided(cast.alice, cast.mallory)
    decided(cast.alice, state=State.WITHDRAWN)
    files = taken(ask())
    table = list(csv.DictReader(io.StringIO(files["decisions.csv"].decode())))
    assert [{name: str(value) for name, value in row.items()} for row in lines(files)] == table
    assert sorted(row["state"] for row in table) == ["given", "given", "withdrawn"]


def test_a_programme_narrows_it(cast, programmes, decided, ask, taken):
    decided(cast.alice)
    decided(cast.alice, slug="desktop-activity", kind="window")
    files = taken(ask(programme=programmes["desktop-activity"]))
    assert [row["kind"] for row in lines(files)] == ["window"]


def test_without_names_nothing_in_it_names_anybody(cast, decided, ask, taken):
    decided(*cast.everyone())
    everything = b"".join(taken(ask()).values()).decode()
    for person in cast.everyone():
        for trace in (person.full_name, person.reference, str(person.pk), person.username + "@"):
            assert trace not in everything


def test_one_person_has_one_pseudonym_in_an_export_and_another_in_the_next(cast, decided, ask, taken):
    decided(cast.alice)
    decided(cast.alice, kind="click")
    first, second = [{row["person"] for row in lines(taken(ask()))} for _export in range(2)]
    assert (len(first), len(second)) == (1, 1)
    assert first != second


def test_two_exports_without_names_share_no_number_and_no_time_of_day(cast, decided, ask, taken):
    decided(cast.alice)
    [row] = lines(taken(ask()))
    assert {"receipt", "decision", "at"}.isdisjoint(row)
    assert len(row["on"]) == len("2026-11-10")


def test_the_order_of_people_differs_from_export_to_export(cast, decided, ask, taken):
    """Else the rows of two exports could be laid side by side, whatever the pseudonyms."""
    for place, person in enumerate(cast.everyone()):
        decided(person, kind="mouse" if place % 2 else "click")
    orders = {tuple(row["kind"] for row in lines(taken(ask()))) for _export in range(6)}
    assert len(orders) > 1


def test_with_names_each_row_says_who_and_when(cast, decided, named, taken):
    decided(cast.alice)
    [row] = lines(taken(named))
    assert (row["person"], row["name"]) == (cast.alice.reference, cast.alice.full_name)
    assert row["receipt"].startswith("RCP-")
    assert row["at"].endswith("Z")


def test_those_around_who_asked_and_who_agreed_are_left_out(cast, decided, ask, taken, now):
    Person.objects.filter(pk=cast.dan.pk).update(manager=cast.bob)
    Person.objects.filter(pk=cast.mallory.pk).update(manager=cast.frank)
    cast.dan.refresh_from_db()
    decided(*cast.everyone())
    export = exporting.approve(actor=cast.frank, number=ask(named=True).number, at=now)
    files = taken(export)
    left_out = {cast.dan, cast.bob, cast.frank, cast.mallory}
    assert {row["person"] for row in lines(files)} == {
        person.reference for person in cast.everyone() if person not in left_out
    }
    assert manifest_of(files)["people_left_out"] == 4
    assert [letters_to(person) for person in left_out] == [0, 0, 0, 0]


def test_the_manifest_is_signed_and_names_the_digest_of_each_file(cast, decided, ask, taken):
    decided(cast.alice)
    files = taken(ask())
    manifest = manifest_of(files)
    assert manifest["files"] == {
        name: sha256(content).hexdigest() for name, content in files.items() if name != "manifest.json"
    }
    assert manifest["rows"] == 1
    signature = manifest.pop("signature")
    (key,) = signing.own_public_keys("receipts")
    assert signing.is_signed_by(key, message=canonical(manifest), value=base64.b64decode(signature["value"]))


def test_the_ledger_has_the_purpose_the_count_and_the_digest_of_the_manifest(cast, decided, ask, taken):
    decided(cast.alice)
    files = taken(ask())
    entry = Entry.objects.get(kind="export")
    with acting_for(None, service="ledger"):
        told = json.loads(bytes(Record.objects.get(entry=entry.pk).document))
    assert (told["purpose"], told["rows"]) == ("Audit of the year 2026", 1)
    assert told["manifest_sha256"] == sha256(files["manifest.json"]).hexdigest()


def test_a_zip_that_was_cut_off_has_no_entry_of_its_manifest(cast, decided, ask, now):
    decided(cast.alice)
    pieces = stream(actor=cast.dan, export=ask(), at=now)
    next(pieces)
    pieces.close()
    assert not Entry.objects.filter(kind="export").exists()
    assert Entry.objects.filter(kind="export.begun").count() == 1


def test_everyone_concerned_sees_the_look_before_the_first_byte_and_nobody_else(cast, decided, ask, now):
    decided(cast.alice)
    stream(actor=cast.dan, export=ask(), at=now)
    [look] = looks_of(cast.alice)
    assert (look.who, look.role, look.why) == (cast.dan.full_name, "legal", "Audit of the year 2026")
    assert looks_of(cast.mallory) == []
    assert Consultation.objects.count() == 1


def test_each_person_named_gets_a_letter_and_without_names_nobody_does(cast, decided, ask, named, taken):
    decided(cast.alice)
    taken(ask())
    assert letters_to(cast.alice) == 0
    taken(named)
    assert [letters_to(person) for person in (cast.alice, cast.mallory)] == [1, 0]


def test_letters_are_written_in_batches(cast, decided, named, taken, monkeypatch):
    monkeypatch.setattr(streaming, "LETTERS_AT_ONCE", 2)
    people = [cast.alice, cast.bob, cast.carol, cast.erin, cast.mallory]
    decided(*people)
    taken(named)
    assert [letters_to(person) for person in people] == [1, 1, 1, 1, 1]


def test_an_export_is_taken_once_and_its_key_is_gone(cast, decided, ask, now):
    export = ask()
    stream(actor=cast.dan, export=export, at=now)
    with pytest.raises(AlreadyTaken):
        stream(actor=cast.dan, export=export, at=now)
    assert exporting.export_of(export.number).pseudonym_key is None
    assert Consultation.objects.count() == 1


@pytest.mark.parametrize("refused", [False, True])
def test_names_do_not_leave_unless_a_second_person_agreed(cast, ask, now, refused):
    export = ask(named=True)
    if refused:
        exporting.refuse(actor=cast.frank, number=export.number, at=now)
    with pytest.raises(NotApproved):
        stream(actor=cast.dan, export=export, at=now)
    assert not Consultation.objects.exists()


@pytest.mark.parametrize("name", ["dana", "frank", "alice"])
def test_only_who_asked_takes_it(cast, ask, now, name):
    with pytest.raises(NotForYou):
        stream(actor=getattr(cast, name), export=ask(), at=now)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start):
    [cell, plain] = next(csv.reader(io.StringIO(csv_line([f"{start}HYPERLINK()", "a=b"]).decode(), newline="")))
    assert (cell, plain) == (f"'{start}HYPERLINK()", "a=b")


def test_a_name_that_is_a_formula_arrives_as_text(cast, decided, named, taken):
    Person.objects.filter(pk=cast.alice.pk).update(full_name="=1+1")
    decided(cast.alice)
    files = taken(named)
    assert next(csv.DictReader(io.StringIO(files["decisions.csv"].decode())))["name"] == "'=1+1"
    assert lines(files)[0]["name"] == "=1+1"


MANY = 20_000


def many_decisions(person):
    """So many rows of one person, by copying one of theirs."""
    with acting_for(person.pk), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE copies ON COMMIT DROP AS"
            f" SELECT gen_random_uuid() AS receipt, n FROM generate_series(2, {MANY}) n"
        )
        cursor.execute(
            "INSERT INTO receipts_receipt (id, number, person_id, statement, state, about, issued_at, entry, document)"
            " SELECT c.receipt, 'R' || c.n, r.person_id, r.statement, r.state, r.about, r.issued_at, c.receipt, r.document"
            " FROM copies c, receipts_receipt r WHERE r.person_id = %s",
            [person.pk],
        )
        cursor.execute(
            "INSERT INTO choices_decision (id, person_id, programme_id, kind, state, number, at, notice_id, terms_digest,"
            " text_sha256, channel, recorded_by, receipt_id)"
            " SELECT gen_random_uuid(), d.person_id, d.programme_id, d.kind, d.state, c.n, d.at, d.notice_id, d.terms_digest,"
            " d.text_sha256, d.channel, d.recorded_by, c.receipt"
            " FROM copies c, choices_decision d WHERE d.person_id = %s",
            [person.pk],
        )


def test_memory_does_not_grow_with_the_rows(cast, decided, ask, now, monkeypatch):
    """What leaves, leaves while the rest still waits on the server."""
    decided(cast.alice)
    many_decisions(cast.alice)
    written = []
    monkeypatch.setattr(streaming, "csv_line", lambda values: written.append(1) or csv_line(values))
    pieces = stream(actor=cast.dan, export=ask(), at=now)
    sizes = [len(next(pieces))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE NOT is_holdable")
        assert cursor.fetchone()[0] == 1
    assert 0 < len(written) < MANY / 2
    sizes += [len(piece) for piece in pieces]
    assert len(written) == MANY + 1
    assert max(sizes) < 100_000
