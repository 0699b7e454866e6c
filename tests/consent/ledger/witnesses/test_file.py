"""The file of checkpoints: only ever longer, complete after any crash, and never in the way of the sequencer."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.core.management import call_command
from django.db import OperationalError

from consent.ledger.management.commands import sequence_ledger
from consent.ledger.models import Checkpoint, Leaf, Witness
from consent.ledger.sequencer import sequence_once
from consent.ledger.witnesses import file
from consent.ledger.witnesses.file import deposit_in_file, notes_in_file
from tests.consent.ledger.log import AT, appended, sequenced
from tests.consent.ledger.test_audit import cut
from tests.consent.ledger.test_sequencer import ROOT, environment


def notes():
    return list(Checkpoint.objects.order_by("size").values_list("note", flat=True))


def witness():
    return Witness.objects.get(name="file")


@pytest.fixture
def path(settings):
    return settings.WITNESS_FILE


@pytest.mark.django_db
def test_every_checkpoint_is_in_the_file_in_order(path):
    for step in (1, 3, 2):
        sequenced(step)
        assert deposit_in_file(at=AT)
    assert list(notes_in_file()) == notes()
    assert (witness().size, witness().deposited_at, witness().trouble) == (6, AT, "")


@pytest.mark.django_db
def test_what_was_sequenced_while_nobody_deposited_is_deposited_later(path, monkeypatch):
    monkeypatch.setattr(file, "AT_ONCE", 2)
    for _each in range(5):
        sequenced(1)
    assert deposit_in_file(at=AT)
    assert list(notes_in_file()) == notes()


@pytest.mark.django_db
def test_without_a_checkpoint_nothing_is_written(path):
    assert deposit_in_file(at=AT)
    assert path.read_bytes() == b""
    assert not Witness.objects.exists()


@pytest.mark.django_db
def test_depositing_twice_writes_once(path):
    sequenced(1)
    deposit_in_file(at=AT)
    before = path.read_bytes()
    deposit_in_file(at=AT)
    assert path.read_bytes() == before


@pytest.mark.django_db
def test_the_file_and_its_folder_are_the_portals_alone(path):
    deposit_in_file(at=AT)
    assert (oct(path.stat().st_mode & 0o777), oct(path.parent.stat().st_mode & 0o777)) == ("0o600", "0o700")


@pytest.mark.django_db
def test_after_a_crash_in_the_middle_of_writing_what_is_missing_is_appended(path):
    sequenced(1)
    deposit_in_file(at=AT)
    sequenced(1)
    whole = path.read_bytes()
    for length in range(1, 160, 13):
        path.write_bytes(whole + notes()[1].encode()[:length])
        assert deposit_in_file(at=AT)
        assert list(notes_in_file()) == notes()


@pytest.mark.django_db
def test_a_file_that_was_lost_is_written_anew_from_the_first_checkpoint_on(path):
    sequenced(1)
    deposit_in_file(at=AT)
    path.unlink()
    sequenced(1)
    deposit_in_file(at=AT)
    assert list(notes_in_file()) == notes()


@pytest.mark.django_db
def test_a_file_that_others_may_write_is_refused_and_the_witness_says_so(path):
    sequenced(1)
    deposit_in_file(at=AT)
    path.chmod(0o660)
    sequenced(1)
    assert not deposit_in_file(at=AT)
    assert "chmod go-w" in witness().trouble
    assert witness().size == 1
    path.chmod(0o600)
    assert deposit_in_file(at=AT)
    assert (witness().size, witness().trouble) == (2, "")


@pytest.mark.django_db
def test_a_link_in_place_of_the_file_is_refused(path, tmp_path):
    sequenced(1)
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    assert not deposit_in_file(at=AT)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.own_database
def test_a_database_that_goes_away_between_commit_and_deposit_delays_the_deposit_by_a_moment(
    own_database, path, monkeypatch
):
    """And not until somebody makes the next entry, which may be on Monday."""
    stopped, rounds, deposits = threading.Event(), [], []

    def goes_away_once(*, at):
        deposits.append(at)
        if len(deposits) == 1:
            appended(1)
        if len(deposits) == 2:
            raise OperationalError
        return deposit_in_file(at=at)

    def four_rounds(*, at):
        rounds.append(at)
        if len(rounds) == 4:
            stopped.set()
        return sequence_once(at=at)

    monkeypatch.setattr(sequence_ledger, "deposit_in_file", goes_away_once)
    monkeypatch.setattr(sequence_ledger, "sequence_once", four_rounds)
    monkeypatch.setattr(sequence_ledger, "INTERVAL", 0.01)
    monkeypatch.setattr(sequence_ledger, "BACKOFF_MAX", 0.01)
    sequence_ledger.run(stopped)
    assert len(notes()) == 1
    assert list(notes_in_file()) == notes()


@pytest.mark.django_db
def test_a_full_disk_is_reported_and_stops_nothing(path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(file.os, "write", full)
        call_command("sequence_ledger", once=True)  # with nothing to do it goes on as well
        appended(2)
        call_command("sequence_ledger", once=True)
    assert Leaf.objects.count() == 2
    assert "No space left on device" in witness().trouble
    assert deposit_in_file(at=AT)
    assert list(notes_in_file()) == notes()


@pytest.mark.own_database
def test_a_log_that_was_rolled_back_is_not_deposited_over_what_the_file_holds(altering, path):
    sequenced(2)
    sequenced(2, start=2)
    deposit_in_file(at=AT)
    before = path.read_bytes()
    cut(altering, 2)
    sequenced(3, start=10)
    assert not deposit_in_file(at=AT)
    assert path.read_bytes() == before
    assert "4 entries is not one of this log" in witness().trouble


@pytest.mark.own_database
def test_of_two_at_once_one_waits_and_no_checkpoint_is_written_twice(own_database, path):
    for _each in range(3):
        sequenced(1)
    path.parent.mkdir(mode=0o700)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    threads = [threading.Thread(target=lambda: (deposit_in_file(at=AT), close())) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    assert path.read_bytes() == b""
    os.close(handle)
    for thread in threads:
        thread.join(30)
    assert list(notes_in_file()) == notes()
    assert path.read_text().count("\n\n\n") == 3


@pytest.mark.django_db
def test_who_holds_the_file_for_ever_is_waited_for_a_moment_and_stops_nothing(path, monkeypatch):
    monkeypatch.setattr(file, "LOCK_PAUSE", 0.001)
    appended(2)
    path.parent.mkdir(mode=0o700)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    call_command("sequence_ledger", once=True)
    assert Leaf.objects.count() == 2
    assert "another program holds it" in witness().trouble
    os.close(handle)
    assert deposit_in_file(at=AT)
    assert list(notes_in_file()) == notes()


def close():
    from django.db import connections

    connections.close_all()


@pytest.mark.own_database
def test_the_sequencers_process_deposits_and_after_kill_9_the_next_one_goes_on(own_database, settings, path):
    for _each in range(2):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "sequence_ledger"], cwd=ROOT, env=environment(settings)
        )
        try:
            expected = Checkpoint.objects.count() + 1
            appended(3)
            deadline = time.monotonic() + 30
            while not (path.exists() and len(list(notes_in_file())) >= expected) and time.monotonic() < deadline:
                time.sleep(0.05)
            appended(300)
            time.sleep(0.3)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    call_command("sequence_ledger", once=True)
    assert list(notes_in_file()) == notes()
    assert Leaf.objects.count() == 606
