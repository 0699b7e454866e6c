"""Leases and fencing tokens: one worker at a time, and an old one's writes are void."""

from datetime import timedelta

import pytest

from consent.programmes.scopes import Scope
from consent.rights import fulfilment, leases
from consent.rights.leases import ATTEMPTS, LeaseLost
from consent.rights.models import RequestState, RightsRequest, StepState
from consent.rights.places import store
from tests.captured import stored


@pytest.fixture
def step(alice, captured, delete):
    return delete(Scope()).steps.get(place="store")


def test_a_leased_step_is_nobody_elses(step, at):
    assert leases.take(step_id=step.pk, at=at) is not None
    assert leases.take(step_id=step.pk, at=at + timedelta(seconds=59)) is None


def test_a_lease_that_ran_out_goes_to_the_next_with_a_higher_token(step, at):
    first = leases.take(step_id=step.pk, at=at)
    second = leases.take(step_id=step.pk, at=at + timedelta(seconds=61))
    assert second.token == first.token + 1


@pytest.mark.parametrize("write", ["progress", "finish", "put_back", "fail"])
def test_an_old_lease_writes_nothing(step, at, write):
    old = leases.take(step_id=step.pk, at=at)
    leases.take(step_id=step.pk, at=at + timedelta(seconds=61))
    values = {
        "progress": {"at": at, "removed": 5},
        "finish": {"at": at, "proof": {"how": "lie"}},
        "put_back": {"until": at},
        "fail": {"at": at, "code": "x"},
    }[write]
    with pytest.raises(LeaseLost):
        getattr(leases, write)(lease=old, **values)
    step.refresh_from_db()
    assert (step.state, step.removed, step.proof) == (StepState.WORKING, 0, None)


def test_a_worker_that_wakes_up_with_an_old_lease_deletes_nothing(alice, step, at, monkeypatch):
    """It is paused before a chunk; meanwhile another takes the step over."""
    other = {}

    def slow(**arguments):
        other["lease"] = leases.take(step_id=step.pk, at=at + timedelta(seconds=61))
        return real(**arguments)

    real = store.erasure.edges_to_open
    monkeypatch.setattr(store.erasure, "edges_to_open", slow)
    fulfilment.fulfil(step_id=step.pk, now=lambda: at)
    assert stored(alice) == 3670
    step.refresh_from_db()
    assert (step.token, step.removed) == (other["lease"].token, 0)


def test_progress_renews_the_lease_and_forgives_earlier_failures(step, at):
    lease = leases.take(step_id=step.pk, at=at)
    leases.progress(lease=lease, at=at + timedelta(seconds=50))
    step.refresh_from_db()
    assert (step.leased_until, step.attempts) == (at + timedelta(seconds=110), 1)


def test_waiting_for_an_answer_is_no_failure(step, at):
    lease = leases.take(step_id=step.pk, at=at)
    leases.put_back(lease=lease, until=at + timedelta(seconds=5))
    step.refresh_from_db()
    assert (step.state, step.attempts) == (StepState.WAITING, 0)
    assert leases.take(step_id=step.pk, at=at + timedelta(seconds=4)) is None


def test_the_pause_doubles_up_to_an_hour():
    assert [leases.pause_after(n).seconds for n in (1, 2, 3, 12, 31)] == [5, 10, 20, 3600, 3600]


def test_a_step_is_tried_for_about_a_day():
    assert 20 < sum(leases.pause_after(n).total_seconds() for n in range(1, ATTEMPTS)) / 3600 < 26


def test_what_keeps_failing_ends_with_a_person_and_the_clock_runs(alice, step, at, monkeypatch):
    monkeypatch.setitem(fulfilment.PLACES, "store", lambda work: 1 / 0)
    for attempt in range(ATTEMPTS):
        fulfilment.fulfil(step_id=step.pk, now=lambda n=attempt: at + timedelta(hours=2 * n))
    step.refresh_from_db()
    assert (step.state, step.last_error) == (StepState.PARKED, "ZeroDivisionError")
    request = step.request
    assert (request.state, request.closed_at) == (RequestState.WITH_A_PERSON, None)
    assert request.events.filter(what="parked").exists()


def test_a_person_can_let_it_be_tried_again_and_it_finishes(alice, step, at, monkeypatch, work):
    from consent.rights.changes import Doer

    with monkeypatch.context() as broken:
        broken.setitem(fulfilment.PLACES, "store", lambda work: 1 / 0)
        for attempt in range(ATTEMPTS):
            fulfilment.fulfil(step_id=step.pk, now=lambda n=attempt: at + timedelta(hours=2 * n))
    later = at + timedelta(days=5)
    fulfilment.try_again(request_id=step.request_id, doer=Doer(by="hr", label="Carol"), at=later)
    assert work(step.request, at=later).state == RequestState.DONE
    assert stored(alice) == 0


def test_a_failure_is_noted_by_its_code_never_its_words(alice, step, at, monkeypatch):
    def fail(work):
        raise RuntimeError("a title that was captured")

    monkeypatch.setitem(fulfilment.PLACES, "store", fail)
    fulfilment.fulfil(step_id=step.pk, now=lambda: at)
    step.refresh_from_db()
    assert (step.state, step.last_error) == (StepState.RETRYING, "RuntimeError")


def test_the_search_waits_for_the_places_it_searches(alice, step, at, monkeypatch):
    monkeypatch.setitem(fulfilment.PLACES, "store", lambda work: 1 / 0)
    search = step.request.steps.get(place="search")
    fulfilment.fulfil(step_id=search.pk, now=lambda: at)
    search.refresh_from_db()
    assert (search.state, search.token) == (StepState.WAITING, 0)


def test_what_the_search_finds_keeps_the_certificate_back(alice, step, at, monkeypatch, work):
    """A store that claims to be done while it is not."""
    from consent.rights.places.work import Done

    monkeypatch.setitem(fulfilment.PLACES, "store", lambda work: Done("deleted", told={"events": 0}))
    request = work(step.request)
    assert (request.state, request.certificate) == (RequestState.IN_PROGRESS, None)
    assert request.steps.get(place="search").last_error == "still_there"


def test_a_step_of_which_every_worker_dies_ends_with_a_person(step, at):
    """Who dies cannot note that it failed: the next one that takes it does."""
    type(step).objects.filter(pk=step.pk).update(attempts=ATTEMPTS, state=StepState.WORKING, leased_until=at)
    fulfilment.fulfil(step_id=step.pk, now=lambda: at + timedelta(seconds=1))
    step.refresh_from_db()
    assert (step.state, step.last_error, step.request.state) == (
        StepState.PARKED,
        "worker_died",
        RequestState.WITH_A_PERSON,
    )


def test_a_second_place_that_is_given_up_on_is_parked_too(alice, captured, delete, at, monkeypatch):
    """Two workers, two places of one request: the request is with a person already when the second one gives up."""

    def broken(_work):
        RightsRequest.objects.filter(pk=request.pk).update(state=RequestState.WITH_A_PERSON)
        raise ZeroDivisionError

    request = delete(Scope())
    step = request.steps.get(place="store")
    type(step).objects.filter(pk=step.pk).update(attempts=ATTEMPTS - 1)
    monkeypatch.setitem(fulfilment.PLACES, "store", broken)
    fulfilment.fulfil(step_id=step.pk, now=lambda: at)
    step.refresh_from_db()
    assert step.state == StepState.PARKED
