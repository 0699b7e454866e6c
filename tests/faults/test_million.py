"""A deletion of 10⁶ events by a real worker, killed with SIGKILL at each failpoint, its queue emptied meanwhile (quality: faults)."""

import json
import os
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.captures.models import Segment
from consent.database import acting_for
from consent.ledger.audit import verify_ledger
from consent.ledger.sequencer import sequence_once
from consent.programmes.scopes import Scope
from consent.receipts.models import Receipt
from consent.rights.fulfilment import fulfil
from consent.rights.lodging import lodge
from consent.rights.models import RequestState, RequestType, RightsRequest, Step
from tests.captured import allow, capture, stored
from tests.worker import Redis, Worker, wait_until

pytestmark = pytest.mark.own_database

EVENTS = int(os.environ.get("FAULT_EVENTS", "1000000"))
EVERY = timedelta(milliseconds=120)  # 500 events to a minute, and so (where a notice limits the rate) to a segment
FAILPOINTS = (
    "lease.after_commit", "store.after_samples", "store.before_chunk_commit:2", "store.before_chunk_commit:4", "store.after_chunk:2",
    "store.before_proof", "store.after_proof", "keys.before_commit", "keys.after_commit", "statistics.before_commit",
    "search.before_proof", "certificate.before_commit", "certificate.after_commit",
)  # fmt: skip


@pytest.fixture
def alice(own_database, cast, programmes, at):
    allow(cast.alice, programmes["interface-learning"], "mouse", since=at - timedelta(days=60))
    return cast.alice


@pytest.fixture
def redis(tmp_path):
    running = Redis(tmp_path / "r")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def worker(tmp_path, redis):
    running = Worker(tmp_path, redis)
    yield running
    running.kill()


def fill(alice, programmes, at, *, first):
    learning = programmes["interface-learning"]
    assert capture(alice, learning, "mouse", first=first, count=EVENTS, every=EVERY, at=at, x=1, y=2) == EVENTS


def ask(alice, at):
    with acting_for(alice.pk):
        return lodge(person=alice, type=RequestType.DELETION, scope=Scope(), at=timezone.now())


def of(alice, request):
    with acting_for(alice.pk):
        return RightsRequest.objects.select_related("certificate").get(pk=request.pk)


def test_killed_once_at_every_failpoint_it_finishes_with_exact_counts(alice, programmes, at, redis, worker):
    """One deletion survives all of them: at each the worker dies, the queue is emptied, and another worker begins."""
    fill(alice, programmes, at, first=at - timedelta(days=2))
    request = ask(alice, at)
    for failpoint in FAILPOINTS:
        died = worker.log.read_text().count("SIGKILL") if worker.log.exists() else 0
        worker.start(failpoint=failpoint)
        wait_until(lambda: worker.said("ready"), seconds=120)
        worker.manage("sweep_requests")

        def died_or_done(died=died):
            return worker.log.read_text().count("SIGKILL") > died or of(alice, request).state == RequestState.DONE

        wait_until(died_or_done, seconds=120)
        worker.kill()
        redis.empty()
        with acting_for(None, service="sweep"):
            Step.objects.exclude(leased_until=None).update(leased_until=timezone.now() - timedelta(seconds=1))
    worker.start()
    worker.manage("sweep_requests")
    wait_until(lambda: of(alice, request).state == RequestState.DONE, seconds=120)
    told = json.loads(bytes(of(alice, request).certificate.document))["body"]
    assert (told["removed"], stored(alice)) == (EVENTS, 0)
    with acting_for(alice.pk):
        assert Receipt.objects.filter(statement="certificate").count() == 1
    while sequence_once(at=timezone.now()):
        pass
    assert not verify_ledger().problems


def test_how_long_it_takes_is_said(alice, programmes, at, capsys):
    fill(alice, programmes, at, first=at - timedelta(days=2))
    with acting_for(alice.pk):
        segments = Segment.objects.count()
    begun, cpu = time.perf_counter(), time.process_time()
    request = ask(alice, at)
    lodged = time.perf_counter()
    with acting_for(alice.pk):
        step = request.steps.get(place="store").pk
    fulfil(step_id=step, now=timezone.now)
    done = time.perf_counter()
    assert of(alice, request).state == RequestState.DONE
    with capsys.disabled():
        print(
            f"\n{EVENTS:,} events in {segments:,} segments: lodged in {1000 * (lodged - begun):.0f} ms,"
            f" fulfilled in {1000 * (done - lodged):.0f} ms, {1000 * (time.process_time() - cpu):.0f} ms of it this process's CPU"
        )
