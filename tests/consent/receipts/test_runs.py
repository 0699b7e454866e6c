"""All receipts of a person as one job: nothing is lost to a crash, nothing is done twice, one that cannot be printed holds up nothing."""

import io
import logging
import zipfile
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.db import IntegrityError

from consent import doorbell
from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts import printing, runs
from consent.receipts.models import Print, PrintRun
from consent.receipts.reading import NotFound
from consent.receipts.runs import NotFinished, NothingToPrint, advance, ask, bundle, due, progress
from consent.receipts.tasks import print_some, sweep

KINDS = ("mouse", "click", "prompt", "window", "afk")
LATER = timedelta(seconds=61)


@pytest.fixture(autouse=True)
def rung(monkeypatch) -> list:
    heard = []
    monkeypatch.setattr(doorbell, "ring", lambda *rung: heard.append(rung))
    return heard


@pytest.fixture
def receipts(decided, at):
    made = [decided(kind=kind, at=at + timedelta(seconds=place)) for place, kind in enumerate(KINDS)]
    sequence_once(at=at)
    return made


@pytest.fixture
def run(cast, receipts, at):
    with acting_for(cast.alice.pk):
        return ask(person=cast.alice, at=at)


@pytest.fixture
def broken(monkeypatch):
    """Lets the printing of one receipt fail, by whatever is given."""

    def breaks(receipt, error: BaseException):
        real = printing.print_now

        def print_now(receipt_id, *, at):
            if receipt_id == receipt.pk:
                raise error
            return real(receipt_id, at=at)

        monkeypatch.setattr(printing, "print_now", print_now)

    return breaks


def seen(cast, run):
    with acting_for(cast.alice.pk):
        return progress(person=cast.alice, run_id=run.pk)


def to_the_end(run, at, *, turns=20):
    for turn in range(turns):
        while advance(run_id=run.pk, at=at + turn * LATER):
            pass


def zipped(cast, run, at) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(bundle(seen(cast, run), at=at))))


def test_every_receipt_is_printed_and_in_the_zip(cast, run, receipts, at):
    to_the_end(run, at)
    found = seen(cast, run)
    assert (found.total, found.printed, found.missing, found.finished) == (5, 5, (), True)
    with zipped(cast, run, at) as archive:
        assert archive.namelist() == [f"{receipt.number}.pdf" for receipt in receipts]
        with acting_for(cast.alice.pk):
            for receipt in receipts:
                assert archive.read(f"{receipt.number}.pdf") == bytes(Print.objects.get(receipt=receipt).pdf)


def test_a_print_of_the_job_is_the_print_of_the_receipt(cast, run, receipts, at):
    """Single or in bulk there is one way to print, and one print."""
    to_the_end(run, at)
    with acting_for(cast.alice.pk):
        assert all(printing.print_of(receipt) for receipt in receipts)


def test_before_it_is_finished_there_is_no_zip(cast, run, at):
    with pytest.raises(NotFinished):
        bundle(seen(cast, run), at=at)


def test_asking_twice_is_one_job_and_asking_after_it_another(cast, run, at):
    with acting_for(cast.alice.pk):
        assert ask(person=cast.alice, at=at).pk == run.pk
    to_the_end(run, at)
    with acting_for(cast.alice.pk):
        assert ask(person=cast.alice, at=at).pk != run.pk


def test_what_was_issued_since_is_not_in_it(cast, run, decided, at):
    decided(kind="screenshot")
    sequence_once(at=at)
    to_the_end(run, at)
    assert seen(cast, run).total == 5


def test_somebody_elses_job_is_not_there(cast, run):
    with acting_for(cast.mallory.pk), pytest.raises(NotFound):
        progress(person=cast.mallory, run_id=run.pk)
    with acting_for(cast.mallory.pk):
        assert not PrintRun.objects.exists()


def test_without_receipts_there_is_nothing_to_ask_for(cast, at):
    with acting_for(cast.alice.pk), pytest.raises(NothingToPrint):
        ask(person=cast.alice, at=at)


def test_the_message_holds_the_id_of_the_job_alone(cast, receipts, at, rung, django_capture_on_commit_callbacks):
    with acting_for(cast.alice.pk), django_capture_on_commit_callbacks(execute=True):
        run = ask(person=cast.alice, at=at)
    assert rung == [(runs.TASK, run.pk)]


class Killed(BaseException):
    """As if the process ended: nothing that handles errors sees it."""


def test_a_worker_that_dies_leaves_what_it_did_and_another_goes_on(cast, run, receipts, broken, at, monkeypatch):
    with monkeypatch.context() as patched:
        real = printing.print_now
        patched.setattr(printing, "print_now", lambda pk, *, at: _die() if pk == receipts[2].pk else real(pk, at=at))
        with pytest.raises(Killed):
            advance(run_id=run.pk, at=at)
    assert seen(cast, run).printed == 2
    assert not advance(run_id=run.pk, at=at)  # the lease of the dead
    assert seen(cast, run).printed == 2
    to_the_end(run, at + LATER)
    assert seen(cast, run).printed == 5
    with acting_for(cast.alice.pk):
        assert Print.objects.count() == 5


def _die():
    raise Killed


def test_a_worker_that_was_replaced_writes_nothing(cast, run, receipts, at, monkeypatch):
    """It slept beyond its lease, and somebody else has the job: what it prints then is taken back."""
    real = printing.print_now

    def slow(receipt_id, *, at):
        if receipt_id == receipts[1].pk:
            with acting_for(None, service="print"):
                PrintRun.objects.filter(pk=run.pk).update(token=99)
        return real(receipt_id, at=at)

    monkeypatch.setattr(printing, "print_now", slow)
    assert not advance(run_id=run.pk, at=at)
    assert seen(cast, run).printed == 1
    with acting_for(cast.alice.pk):
        assert Print.objects.count() == 1


def test_one_that_cannot_be_printed_is_named_and_the_rest_is_there(cast, run, receipts, broken, at, caplog):
    broken(receipts[1], ValueError("the words of the receipt"))
    with caplog.at_level(logging.WARNING):
        to_the_end(run, at)
    found = seen(cast, run)
    assert (found.printed, found.missing, found.finished) == (4, (receipts[1].number,), True)
    with zipped(cast, run, at) as archive:
        assert f"{receipts[1].number}.pdf" not in archive.namelist()
        assert archive.read(f"{receipts[1].number}.json") == bytes(receipts[1].document)
        assert len(archive.namelist()) == 5
    assert str(receipts[1].pk) in caplog.text
    assert "the words of the receipt" not in caplog.text


def test_asking_in_the_moment_in_which_the_one_that_runs_ends_leads_to_that_one(cast, run, at, monkeypatch):
    def ends_meanwhile(self, **_options):
        PrintRun.objects.filter(pk=run.pk).update(finished_at=at)
        raise IntegrityError("print_run_one_at_a_time")

    monkeypatch.setattr(PrintRun, "save", ends_meanwhile)
    monkeypatch.setattr(runs.transaction, "atomic", nullcontext)  # what the other committed stays
    with acting_for(cast.alice.pk):
        assert ask(person=cast.alice, at=at) == run


def test_one_that_fails_once_is_tried_again(cast, run, receipts, at, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(printing, "print_now", lambda pk, *, at: 1 / 0)
        assert not advance(run_id=run.pk, at=at)
    to_the_end(run, at + LATER)
    assert seen(cast, run).missing == ()


def test_what_the_log_has_not_taken_in_yet_is_waited_for_and_is_no_failure(cast, decided, at):
    decided()
    with acting_for(cast.alice.pk):
        run = ask(person=cast.alice, at=at)
    to_the_end(run, at)
    assert (seen(cast, run).printed, seen(cast, run).finished) == (0, False)
    sequence_once(at=at)
    to_the_end(run, at + timedelta(hours=1))
    assert (seen(cast, run).printed, seen(cast, run).missing) == (1, ())


def test_a_lost_message_costs_seconds(run, at, rung, monkeypatch):
    """The sweeper rings for what is due, until it is finished."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    rung.clear()
    sweep()
    assert rung == [(runs.TASK, run.pk)]
    to_the_end(run, at)
    rung.clear()
    sweep()
    assert rung == []


def test_a_long_job_rings_for_its_own_rest(run, at, rung, monkeypatch):
    monkeypatch.setattr(runs, "AT_ONCE", 2)
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    rung.clear()
    print_some(str(run.pk))
    assert rung == [(runs.TASK, run.pk)]


def test_a_day_later_the_job_is_cleared_away_and_the_prints_stay(cast, run, at):
    to_the_end(run, at)
    [finished] = _finished(cast)
    due(at=finished + timedelta(hours=23, minutes=59))
    assert _finished(cast) == [finished]
    due(at=finished + timedelta(hours=24, minutes=1))
    assert _finished(cast) == []
    with acting_for(cast.alice.pk):
        assert Print.objects.count() == 5


def _finished(cast):
    with acting_for(cast.alice.pk):
        return list(PrintRun.objects.values_list("finished_at", flat=True))
