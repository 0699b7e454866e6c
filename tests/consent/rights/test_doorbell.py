"""The doorbell: an unreachable queue costs a delay, never a page and never a deletion (ADR 0003)."""

import socket
import threading
import time

import pytest
from celery import Celery, current_app
from django.db import transaction

from consent import doorbell as bell
from consent.database import acting_for
from consent.programmes.scopes import Scope
from consent.rights import doorbell
from consent.rights.lodging import lodge
from consent.rights.models import RequestType, RightsRequest
from portal.celery import app

REAL_RING = doorbell.ring


def test_every_thread_rings_through_the_portals_own_queue():
    found = []
    thread = threading.Thread(target=lambda: found.append(current_app.conf.broker_url))
    thread.start()
    thread.join()
    assert found == [app.conf.broker_url]


@pytest.fixture
def queue_at(monkeypatch):
    """Lets the bell ring at another address, with the portal's own settings."""

    def use(port):
        other = Celery("other", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
        for name in ("broker_transport_options", "task_publish_retry", "task_ignore_result"):
            setattr(other.conf, name, getattr(app.conf, name))
        monkeypatch.setattr(bell, "current_app", other)
        monkeypatch.setattr(doorbell, "ring", REAL_RING)

    return use


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def deaf_port():
    """Accepts connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield listener.getsockname()[1]


@pytest.mark.own_database
@pytest.mark.parametrize(("kind", "seconds"), [("closed_port", 3), ("deaf_port", 4)])
def test_without_redis_a_request_is_lodged_and_the_page_hardly_waits(
    own_database, cast, at, queue_at, request, kind, seconds
):
    queue_at(request.getfixturevalue(kind))
    begun = time.monotonic()
    with acting_for(cast.alice.pk):
        lodge(person=cast.alice, type=RequestType.DELETION, scope=Scope(), at=at)
        assert time.monotonic() - begun < seconds
        assert RightsRequest.objects.count() == 1


def test_nobody_is_rung_for_what_was_rolled_back(db, cast, rung, django_capture_on_commit_callbacks, at):
    with django_capture_on_commit_callbacks(execute=True):
        with acting_for(cast.alice.pk), transaction.atomic():
            lodge(person=cast.alice, type=RequestType.DELETION, scope=Scope(), at=at)
            transaction.set_rollback(True)
    assert rung == []


def test_a_message_holds_the_steps_id_and_nothing_else(monkeypatch, db, cast, at):
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, args, **options: sent.append((name, args)))
    with acting_for(cast.alice.pk):
        step = lodge(person=cast.alice, type=RequestType.DELETION, scope=Scope(), at=at).steps.get(place="store")
    REAL_RING(step.pk)
    assert sent == [("rights.fulfil", [str(step.pk)])]
