"""A worker killed with SIGKILL at every named point of a deletion: started again, it finishes, with exact counts (mechanisms 6)."""

import json
from datetime import timedelta

import pytest

from consent.database import acting_for
from consent.ledger.models import Record
from consent.programmes.scopes import Scope
from consent.receipts.models import Receipt
from consent.rights import fulfilment
from consent.rights.lodging import lodge
from consent.rights.models import RequestState, RequestType, RightsRequest, StepState
from consent.rights.places import store
from consent.rights.sweeping import sweep
from tests.captured import allow, capture, stored
from tests.children import in_child

pytestmark = pytest.mark.own_database

EVENTS = 1500
FAILPOINTS = (
    "lease.after_commit",
    "store.after_samples",
    "store.after_look",
    "store.before_commit",
    "store.before_commit:3",
    "store.before_chunk_commit",
    "store.before_chunk_commit:2",
    "store.before_chunk_commit:4",
    "store.after_edges",
    "store.after_edges:2",
    "store.after_chunk",
    "store.after_chunk:3",
    "store.before_proof",
    "store.after_proof",
    "keys.before_commit",
    "keys.after_commit",
    "keys.before_proof",
    "keys.after_proof",
    "search.before_proof",
    "search.after_proof",
    "certificate.before_commit",
    "certificate.after_commit",
)


@pytest.fixture
def world(own_database, cast, programmes, at, monkeypatch):
    monkeypatch.setattr(store, "SEGMENTS_PER_CHUNK", 2)
    learning = programmes["interface-learning"]
    allow(cast.alice, learning, "mouse", since=at - timedelta(days=30))
    return cast.alice, learning


def captured_hour(alice, learning, hour, at):
    """Events from 8:20:05 of an hour on, one a second; the scope leaves 95 of them at the front and 105 at the end."""
    first = (at - timedelta(days=25) + timedelta(hours=hour)).replace(minute=20, second=5)
    assert capture(alice, learning, "mouse", first=first, count=EVENTS, at=at) == EVENTS
    start, end = first + timedelta(seconds=95), first + timedelta(seconds=EVENTS - 105)
    return Scope(programme_id=learning.pk, kinds=("mouse",), start=start, end=end)


def finish(alice, request, at):
    """The sweeper and a worker as after a restart: a minute later, when the lease of the dead worker has run out."""
    for round in range(1, 4):
        later = at + timedelta(seconds=61 * round)
        for step_id in sweep(at=later):
            fulfilment.fulfil(step_id=step_id, now=lambda later=later: later)
    with acting_for(alice.pk):
        request.refresh_from_db()
    return request


def test_killed_at_every_failpoint_it_finishes_with_exact_counts(world, at):
    alice, learning = world
    kept = 0
    for number, failpoint in enumerate(FAILPOINTS):
        scope = captured_hour(alice, learning, number, at)
        with acting_for(alice.pk):
            request = lodge(person=alice, type=RequestType.DELETION, scope=scope, at=at)
            step_id = request.steps.get(place="store").pk
        died = in_child(lambda step_id=step_id: fulfilment.fulfil(step_id=step_id, now=lambda: at), failpoint=failpoint)
        assert died == "killed", failpoint
        request = finish(alice, request, at)
        kept += 200
        assert request.state == RequestState.DONE, failpoint
        with acting_for(alice.pk):
            told = json.loads(bytes(request.certificate.document))["body"]
            assert set(request.steps.values_list("state", flat=True)) == {StepState.DONE}
            ends = Record.objects.filter(subject=alice.pk, entry__kind="request.done").count()
        assert told["removed"] == EVENTS - 200, failpoint
        assert stored(alice) == kept, failpoint
        assert ends == number + 1, failpoint
    with acting_for(alice.pk):
        assert Receipt.objects.filter(statement="certificate").count() == len(FAILPOINTS)


@pytest.mark.parametrize(("failpoint", "lodged"), [("lodge.before_commit", 0), ("lodge.after_commit", 1)])
def test_a_page_that_dies_while_lodging_leaves_all_of_it_or_nothing(world, at, failpoint, lodged):
    alice, learning = world
    scope = captured_hour(alice, learning, 0, at)

    def ask():
        with acting_for(alice.pk):
            lodge(person=alice, type=RequestType.DELETION, scope=scope, at=at, idempotency_key="form")

    assert in_child(ask, failpoint=failpoint) == "killed"
    with acting_for(alice.pk):
        assert RightsRequest.objects.count() == Receipt.objects.count() == lodged
    ask()
    with acting_for(alice.pk):
        request = RightsRequest.objects.get()
    assert finish(alice, request, at).state == RequestState.DONE
    assert stored(alice) == 200
