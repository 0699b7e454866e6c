"""The sequencer: one position each, no gap, nobody skipped, one at a time, nothing signed on top of what was altered."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from consent.ledger.audit import verify_ledger
from consent.ledger.entries import append
from consent.ledger.health import health
from consent.ledger.management.commands.sequence_ledger import run
from consent.ledger.models import Checkpoint, Leaf, Waiting
from consent.ledger.notes import parsed_checkpoint
from consent.ledger.sequencer import BATCH, LedgerDamaged, sequence_once

from .log import AT, appended, sequenced

ROOT = Path(__file__).resolve().parents[3]


def positions():
    return list(Leaf.objects.order_by("position").values_list("position", flat=True))


@pytest.mark.django_db
def test_entries_get_positions_in_order_of_arrival_without_a_gap():
    entries = appended(5)
    assert sequence_once(at=AT) == 5
    assert list(Leaf.objects.order_by("position").values_list("entry_id", flat=True)) == [entry.id for entry in entries]
    assert positions() == [0, 1, 2, 3, 4]


@pytest.mark.django_db
def test_with_nothing_new_nothing_is_signed():
    sequenced(1)
    assert sequence_once(at=AT) == 0
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db
def test_a_batch_is_at_most_256_entries_and_each_has_its_checkpoint():
    sequenced(BATCH + 4)
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [BATCH, BATCH + 4]


@pytest.mark.django_db
def test_a_checkpoint_says_in_its_note_what_its_row_says(settings):
    sequenced(3)
    row = Checkpoint.objects.get()
    note = parsed_checkpoint(row.note)
    assert (note.origin, note.size, note.root) == (settings.LEDGER_ORIGIN, row.size, bytes(row.root))
    assert row.at == AT


@pytest.mark.django_db
def test_the_tree_grows_the_same_in_many_steps_as_in_one():
    for step in (1, 2, 3, 1, 7):
        sequenced(step)
    assert verify_ledger().problems == ()
    assert positions() == list(range(14))


@pytest.mark.django_db
def test_health_tells_the_newest_checkpoint_and_how_long_the_oldest_waits():
    assert health(at=AT).size == 0
    sequenced(2)
    appended(3)
    found = health(at=AT)
    assert (found.size, found.checkpoint_at, found.unsequenced) == (2, AT, 3)
    assert found.oldest_unsequenced.total_seconds() == 0


@pytest.mark.own_database
def test_an_entry_that_commits_late_is_not_skipped(own_database):
    """It arrived first and commits last: a sequencer that remembers how far it came would never see it."""
    wrote, finish = threading.Event(), threading.Event()
    made = []

    def slow() -> None:
        with transaction.atomic():
            made.append(append({"late": True}, kind="test", subject=None, at=AT))
            wrote.set()
            finish.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    wrote.wait(10)
    sequenced(2)
    assert positions() == [0, 1]
    finish.set()
    thread.join()
    assert sequence_once(at=AT) == 1
    assert Leaf.objects.get(position=2).entry_id == made[0].id


@pytest.mark.own_database
def test_two_sequencers_and_four_writers_at_once_give_every_entry_one_position(own_database):
    raised, writing = [], threading.Event()

    def work(task) -> None:
        try:
            task()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    def write() -> None:
        for _each in range(25):
            appended(3)

    def sequence() -> None:
        while not writing.is_set() or Waiting.objects.exists():
            sequence_once(at=AT)

    writers = [threading.Thread(target=work, args=[write]) for _ in range(4)]
    sequencers = [threading.Thread(target=work, args=[sequence]) for _ in range(2)]
    for thread in writers + sequencers:
        thread.start()
    for thread in writers:
        thread.join(60)
    writing.set()
    for thread in sequencers:
        thread.join(60)
    assert raised == []
    assert positions() == list(range(300))
    assert verify_ledger().problems == ()


@pytest.mark.own_database
def test_a_sequencer_that_fails_before_its_commit_leaves_everything_waiting(own_database, monkeypatch):
    appended(2)
    monkeypatch.setattr("consent.ledger.sequencer.Checkpoint.objects.create", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sequence_once(at=AT)
    assert (positions(), Waiting.objects.count()) == ([], 2)


@pytest.mark.own_database
def test_nothing_is_signed_on_top_of_a_tree_that_was_altered(own_database, altering):
    sequenced(3)
    altering("UPDATE ledger_node SET hash = decode(repeat('00', 32), 'hex') WHERE level = 1")
    appended(1)
    with pytest.raises(LedgerDamaged):
        sequence_once(at=AT)
    assert Checkpoint.objects.count() == 1


@pytest.mark.own_database
def test_nothing_is_signed_on_top_of_a_checkpoint_that_another_key_signed(own_database, settings, tmp_path):
    sequenced(3)
    settings.KEYSTORE_DIR = tmp_path / "another"
    appended(1)
    with pytest.raises(LedgerDamaged):
        sequence_once(at=AT)


@pytest.mark.own_database
def test_the_command_says_in_a_sentence_why_it_stops(own_database, settings, tmp_path):
    sequenced(3)
    settings.KEYSTORE_DIR = tmp_path / "another"
    appended(1)
    with pytest.raises(CommandError, match="not the one that was signed"):
        call_command("sequence_ledger", once=True)


@pytest.mark.own_database
def test_the_command_sequences_what_waits_and_ends(own_database):
    appended(BATCH + 1)
    call_command("sequence_ledger", once=True)
    assert positions() == list(range(BATCH + 1))


@pytest.mark.own_database
def test_the_loop_survives_a_database_that_drops_its_connection(own_database, monkeypatch):
    appended(1)
    stopped, tries = threading.Event(), []

    def first_fails(*, at):
        tries.append(at)
        if len(tries) == 1:
            with owner_connection() as owner:
                owner.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        stopped.set() if len(tries) > 1 else None
        return sequence_once(at=at)

    monkeypatch.setattr("consent.ledger.management.commands.sequence_ledger.sequence_once", first_fails)
    monkeypatch.setattr("consent.ledger.management.commands.sequence_ledger.BACKOFF_MAX", 0.1)
    run(stopped)
    assert len(tries) == 2
    assert positions() == [0]


@pytest.mark.own_database
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_gives_positions_within_seconds_and_ends_cleanly_when_told(own_database, settings, number):
    process = subprocess.Popen([sys.executable, "manage.py", "sequence_ledger"], cwd=ROOT, env=environment(settings))
    try:
        appended(3)
        deadline = time.monotonic() + 30
        while Leaf.objects.count() < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert positions() == [0, 1, 2]
        process.send_signal(number)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


def environment(settings):
    """That of the tests, with their databases: `?host=` serves addresses and socket directories alike."""
    own = {name: str(getattr(settings, name)) for name in ("KEYSTORE_DIR", "STATE_DIR", "WITNESS_FILE")}
    for alias, name in (("default", "DATABASE_URL"), ("owner", "DATABASE_OWNER_URL")):
        own[name] = os.environ[name].rpartition("/")[0] + "/" + connections[alias].settings_dict["NAME"]
    return os.environ | own


def owner_connection():
    given = connections["default"].settings_dict
    return psycopg.connect(
        host=given["HOST"] or None,
        port=given["PORT"] or None,
        user=given["USER"],
        password=given["PASSWORD"] or None,
        dbname=given["NAME"],
        autocommit=True,
    )
