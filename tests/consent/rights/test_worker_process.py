"""A deletion by a real worker behind a real queue: the worker is killed, the queue emptied and killed, and it finishes all the same."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.database import acting_for
from consent.programmes.scopes import Scope
from consent.rights.lodging import lodge
from consent.rights.models import RequestState, RequestType, RightsRequest, Step
from tests.captured import allow, capture, stored
from tests.worker import Redis, Worker, wait_until

pytestmark = pytest.mark.own_database
EVENTS = 20_000


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


def free_leases():
    """The dead worker's minute, passed."""
    with acting_for(None, service="sweep"):
        Step.objects.exclude(leased_until=None).update(leased_until=timezone.now() - timedelta(seconds=1))


def of(person, request):
    with acting_for(person.pk):
        return RightsRequest.objects.select_related("certificate").get(pk=request.pk)


def test_killed_and_forgotten_by_the_queue_it_is_swept_up_and_finished(
    own_database, cast, programmes, at, redis, worker
):
    alice, learning = cast.alice, programmes["interface-learning"]
    allow(alice, learning, "mouse", since=at - timedelta(days=30))
    capture(alice, learning, "mouse", first=at - timedelta(days=10), count=EVENTS, every=timedelta(seconds=2), at=at)
    with acting_for(alice.pk):
        request = lodge(person=alice, type=RequestType.DELETION, scope=Scope(), at=timezone.now())
    worker.start(failpoint="store.after_chunk")
    wait_until(lambda: worker.said("celery@"), seconds=60)
    worker.manage("sweep_requests")
    wait_until(lambda: worker.said("SIGKILL"), seconds=60)
    worker.kill()
    assert of(alice, request).state == RequestState.IN_PROGRESS
    redis.kill()
    redis.start()
    free_leases()
    worker.start()
    worker.manage("sweep_requests")
    wait_until(lambda: of(alice, request).state == RequestState.DONE, seconds=60)
    told = json.loads(bytes(of(alice, request).certificate.document))["body"]
    assert (told["removed"], stored(alice)) == (EVENTS, 0)


def test_a_worker_that_lost_its_queue_finds_it_again(own_database, cast, programmes, at, redis, worker):
    worker.start()
    wait_until(lambda: worker.said("ready"), seconds=60)
    redis.kill()
    with acting_for(cast.alice.pk):
        request = lodge(person=cast.alice, type=RequestType.DELETION, scope=Scope(), at=timezone.now())
    redis.start()

    def swept_and_done():
        worker.manage("sweep_requests")
        return of(cast.alice, request).state == RequestState.DONE

    wait_until(swept_and_done, seconds=90)
