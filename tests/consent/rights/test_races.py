"""Who comes first is decided by the person's row lock: holds, deletions, withdrawals and sweepers at the same moment."""

import json
import threading
import time
from datetime import timedelta

import pytest

from consent.choices.models import ErasedSpan
from consent.database import acting_for
from consent.ledger.entries import append
from consent.programmes.scopes import Scope
from consent.receipts.models import Receipt
from consent.retention import holds
from consent.retention.holds import holds_on, lift, place
from consent.retention.models import Hold
from consent.rights import fulfilment, starting
from consent.rights.lodging import lodge
from consent.rights.models import RequestState, RequestType, RightsRequest, Step
from consent.rights.sweeping import sweep
from tests.captured import allow, capture, stored
from tests.children import together

pytestmark = pytest.mark.own_database

ROUNDS = 25


@pytest.fixture
def world(own_database, cast, programmes, at):
    learning = programmes["interface-learning"]
    allow(cast.alice, learning, "mouse", since=at - timedelta(days=30))
    return cast, learning


def ask(person, scope, at, **more):
    with acting_for(person.pk):
        return lodge(person=person, type=RequestType.DELETION, scope=scope, at=at, **more)


def fulfil(step_id, at):
    fulfilment.fulfil(step_id=step_id, now=lambda: at)


def test_between_a_hold_and_a_deletion_one_is_first_and_both_know_it(world, at):
    """Never both: a deletion that began although the hold stood before it, or one that waits for a hold that came later."""
    cast, _learning = world
    outcomes = set()
    for number in range(ROUNDS):
        scope = Scope(start=at - timedelta(days=2), end=at - timedelta(days=1) + timedelta(seconds=number))
        found = {}

        def hold(scope=scope, found=found):
            found["hold"] = place(
                person=cast.alice, scope=scope, matter="M", told_why="W", placed_by=cast.dan.pk, at=at
            ).pk

        def delete(scope=scope, found=found):
            found["request"] = ask(cast.alice, scope, at)

        together(hold, delete)
        with acting_for(cast.alice.pk):
            request = RightsRequest.objects.get(pk=found["request"].pk)
            buried = ErasedSpan.objects.filter(request=request.pk).exists()
            assert (request.state == RequestState.HELD) is not buried
            assert Hold.objects.filter(pk=found["hold"], lifted_at__isnull=True).exists()
        outcomes.add(request.state)
        lift(hold_id=found["hold"], lifted_by=cast.dan.pk, at=at)
        sweep(at=at)
    assert outcomes == {RequestState.HELD, RequestState.IN_PROGRESS}, "the race was never run both ways"


def test_a_hold_waits_for_a_deletion_that_is_being_decided(world, at, monkeypatch):
    """The deletion has asked for holds and not committed yet: a hold that came in between would be passed over."""
    cast, _learning = world
    order, asked = [], threading.Event()

    def slowly(**arguments):
        found = holds_on(**arguments)
        asked.set()
        time.sleep(0.5)
        order.append("decided")
        return found

    monkeypatch.setattr(starting, "holds_on", slowly)

    def hold():
        assert asked.wait(10)
        place(person=cast.alice, scope=Scope(), matter="M", told_why="W", placed_by=cast.dan.pk, at=at)
        order.append("held")

    together(hold, lambda: ask(cast.alice, Scope(), at))
    assert order == ["decided", "held"]


def test_a_deletion_waits_for_a_hold_that_is_being_placed(world, at, monkeypatch):
    cast, _learning = world
    placed, found = threading.Event(), []

    def slowly(*arguments, **more):
        placed.set()
        time.sleep(0.5)
        return append(*arguments, **more)

    monkeypatch.setattr(holds.entries, "append", slowly)

    def delete():
        assert placed.wait(10)
        found.append(ask(cast.alice, Scope(), at).state)

    together(
        lambda: place(person=cast.alice, scope=Scope(), matter="M", told_why="W", placed_by=cast.dan.pk, at=at), delete
    )
    assert found == [RequestState.HELD]


def test_a_double_click_in_two_processes_is_one_request(world, at):
    cast, _learning = world
    for number in range(10):
        click = lambda number=number: ask(cast.alice, Scope(), at, idempotency_key=f"form-{number}")  # noqa: E731
        together(click, click)
    with acting_for(cast.alice.pk):
        assert RightsRequest.objects.count() == 10


def test_two_overlapping_deletions_at_once_both_finish_and_add_up(world, at):
    cast, learning = world
    first = at - timedelta(days=1)
    for number in range(8):
        begin = first + timedelta(hours=number)
        capture(cast.alice, learning, "mouse", first=begin, count=2000, at=at)
        before = stored(cast.alice)
        cuts = [
            Scope(start=begin, end=begin + timedelta(seconds=1234)),
            Scope(start=begin + timedelta(seconds=777), end=begin + timedelta(seconds=1999)),
        ]
        requests = [ask(cast.alice, scope, at) for scope in cuts]
        with acting_for(cast.alice.pk):
            steps = [Step.objects.get(request=request, place="store").pk for request in requests]
        together(*[lambda step=step: fulfil(step, at) for step in steps])
        with acting_for(cast.alice.pk):
            rows = [RightsRequest.objects.get(pk=request.pk) for request in requests]
            removed = [json.loads(bytes(row.certificate.document))["body"]["removed"] for row in rows]
        assert sum(removed) == before - stored(cast.alice) == 1999
    assert stored(cast.alice) == 8


def test_however_many_workers_are_rung_the_work_is_done_once(world, at):
    cast, learning = world
    for number in range(6):
        begin = at - timedelta(days=1) + timedelta(hours=number)
        capture(cast.alice, learning, "mouse", first=begin, count=1000, at=at)
        request = ask(cast.alice, Scope(start=begin + timedelta(seconds=1), end=begin + timedelta(hours=1)), at)
        with acting_for(cast.alice.pk):
            steps = list(request.steps.values_list("pk", flat=True)) * 2
        together(*[lambda step=step: fulfil(step, at) for step in steps])
        fulfil(steps[0], at)
        with acting_for(cast.alice.pk):
            row = RightsRequest.objects.get(pk=request.pk)
            assert row.state == RequestState.DONE
            assert json.loads(bytes(row.certificate.document))["body"]["removed"] == 999
            assert Receipt.objects.filter(statement="certificate").count() == number + 1


def test_sweepers_in_parallel_resume_a_lifted_deletion_once(world, at):
    cast, _learning = world
    for _ in range(10):
        hold = place(person=cast.alice, scope=Scope(), matter="M", told_why="W", placed_by=cast.dan.pk, at=at)
        request = ask(cast.alice, Scope(), at)
        lift(hold_id=hold.pk, lifted_by=cast.dan.pk, at=at)
        together(*[lambda: sweep(at=at)] * 3)
        with acting_for(cast.alice.pk):
            assert ErasedSpan.objects.filter(request=request.pk).count() == 1
            assert Step.objects.filter(request=request, place="store").count() == 1
