"""P8: every request has its deadline, is never lost, never silently late, and the person always sees where it stands."""

from datetime import UTC, datetime, timedelta

import pytest

from consent.database import acting_for
from consent.programmes.scopes import Scope
from consent.rights import doorbell, fulfilment
from consent.rights.leases import ATTEMPTS
from consent.rights.lodging import lodge
from consent.rights.models import RequestState, RequestType, RightsRequest
from consent.rights.reading import progress
from consent.rights.states import STATES
from consent.rights.sweeping import due_steps, sweep

TYPES = list(RequestType)


@pytest.fixture(autouse=True)
def _nobody_hears_the_bell(monkeypatch):
    """Redis is down all the time in these journeys: nothing may depend on it."""
    monkeypatch.setattr(doorbell, "ring", lambda step_id: False)


@pytest.fixture
def alice(cast):
    with acting_for(cast.alice.pk):
        yield cast.alice


def ask(person, at, type=RequestType.DELETION, **more):
    return lodge(person=person, type=type, scope=Scope(), at=at, **more)


@pytest.mark.parametrize("type", TYPES)
def test_every_request_has_a_number_a_day_and_a_signed_receipt_at_once(alice, at, type):
    request = ask(alice, at, type)
    assert request.due_at == datetime(2026, 12, 10, 22, 59, 59, tzinfo=UTC)
    assert request.receipt.issued_at == at
    assert request.number


@pytest.mark.parametrize("type", TYPES)
def test_the_person_can_always_see_where_it_stands_and_what_comes_next(alice, at, type):
    seen = progress(alice, ask(alice, at, type).number)
    assert seen.request.due_at
    assert seen.next_step == STATES[RequestState(seen.request.state)].next_step
    assert seen.events[0].what == "received"


def test_a_request_that_no_message_ever_told_of_is_found_and_finished(alice, at):
    request = ask(alice, at)
    for step in due_steps(at=at):
        fulfilment.fulfil(step_id=step, now=lambda: at)
    request.refresh_from_db()
    assert request.state == RequestState.DONE


def test_what_is_late_says_so_to_the_person(alice, at):
    request = ask(alice, at, RequestType.QUESTION)
    sweep(at=request.due_at + timedelta(minutes=1))
    assert "past_due" in [event.what for event in progress(alice, request.number).events]


def test_what_a_worker_cannot_do_comes_to_a_person_before_the_day(alice, at, monkeypatch):
    monkeypatch.setitem(fulfilment.PLACES, "store", lambda work: 1 / 0)
    request, clock = ask(alice, at), at
    for _ in range(ATTEMPTS):
        for step in due_steps(at=clock):
            fulfilment.fulfil(step_id=step, now=lambda clock=clock: clock)
        clock += timedelta(hours=1, seconds=1)
    seen = progress(alice, request.number)
    assert (seen.request.state, seen.done) == (RequestState.WITH_A_PERSON, 0)
    assert clock < request.due_at
    assert "parked" in [event.what for event in seen.events]


def test_a_deletion_counts_a_place_as_done_only_with_its_proof(alice, at):
    request = ask(alice, at)
    assert progress(alice, request.number).done == 0
    [step] = due_steps(at=at)
    fulfilment.fulfil(step_id=step, now=lambda: at)
    seen = progress(alice, request.number)
    assert (seen.done, seen.total) == (4, 4)
    assert all(step.proof for step in request.steps.all())


def test_nothing_that_is_open_lacks_a_deadline(alice, at):
    for type in TYPES:
        ask(alice, at, type)
    assert not RightsRequest.objects.filter(due_at__lte=at).exists()
