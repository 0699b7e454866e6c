"""The sweeper: whatever message was lost, what is due is found."""

from datetime import timedelta

import pytest

from consent.programmes.scopes import Scope
from consent.rights import leases, sweeping
from consent.rights.fulfilment import fulfil
from consent.rights.models import Event, RequestState, RequestType, Step, StepState
from consent.rights.sweeping import due_steps, sweep


@pytest.fixture
def swept(rung):
    """The steps that the sweeper rang for."""
    return rung


def test_a_deletion_whose_ring_was_lost_is_rung_again_until_it_is_done(alice, captured, delete, swept, at):
    request = delete(Scope())
    swept.clear()
    for _ in range(2):
        sweep(at=at)
    assert swept == [request.steps.get(place="store").pk] * 2
    fulfil(step_id=swept[0], now=lambda: at)
    assert sweep(at=at) == []


def test_a_leased_step_is_left_alone_until_its_lease_runs_out(alice, captured, delete, swept, at):
    step = delete(Scope()).steps.get(place="store")
    leases.take(step_id=step.pk, at=at)
    assert step.pk not in due_steps(at=at)
    assert step.pk in due_steps(at=at + timedelta(seconds=61))


def test_a_deletion_that_lacks_only_its_certificate_is_found(alice, captured, delete, work, swept, at):
    request = work(delete(Scope()))
    type(request).objects.filter(pk=request.pk).update(state=RequestState.IN_PROGRESS, closed_at=None, certificate=None)
    [step] = due_steps(at=at)
    fulfil(step_id=step, now=lambda: at)
    request.refresh_from_db()
    assert request.state == RequestState.DONE


def test_steps_that_wait_for_another_one_do_not_hide_other_peoples(alice, captured, delete, monkeypatch, at):
    stuck = delete(Scope(kinds=("mouse",)), at=at - timedelta(days=2))
    ready = delete(Scope(kinds=("click",)))
    later = at + timedelta(hours=1)
    stuck.steps.filter(place="store").update(state=StepState.RETRYING, due_at=later)
    monkeypatch.setattr(sweeping, "AT_ONCE", 2)
    assert due_steps(at=at) == [ready.steps.get(place="store").pk]


def test_what_fails_for_one_request_stops_nobody_elses(alice, captured, delete, swept, monkeypatch, at, caplog):
    def broken(**_given):
        raise ZeroDivisionError("words of the exception")

    request = delete(Scope())
    swept.clear()
    monkeypatch.setattr(sweeping, "_held", lambda: [(request.pk, alice.pk)])
    monkeypatch.setattr(sweeping, "resume", broken)
    assert sweep(at=at) == [request.steps.get(place="store").pk]
    assert "ZeroDivisionError" in caplog.text
    assert "words" not in caplog.text


def test_what_is_past_its_due_date_is_marked_once_and_loudly(alice, swept, at, caplog):
    from consent.rights.lodging import lodge

    request = lodge(person=alice, type=RequestType.QUESTION, scope=Scope(), at=at)
    sweep(at=request.due_at)
    assert not Event.objects.filter(what="past_due").exists()
    for _ in range(2):
        sweep(at=request.due_at + timedelta(seconds=1))
    assert Event.objects.filter(request=request, what="past_due").count() == 1
    assert request.number in caplog.text


def test_a_step_that_is_gone_is_no_failure(at, db):
    fulfil(step_id=Step().pk, now=lambda: at)
