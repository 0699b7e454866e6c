"""The sweeper: whatever message was lost, what is due is found."""

from datetime import timedelta

import pytest

from consent.programmes.scopes import Scope
from consent.rights import leases
from consent.rights.fulfilment import fulfil
from consent.rights.models import Event, RequestState, RequestType, Step
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
