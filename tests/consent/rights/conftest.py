"""Alice with captures, a bell that only notes what it was rung for, and a clock that stands where the test puts it."""

from datetime import timedelta

import pytest

from consent.database import acting_for
from consent.rights import doorbell
from consent.rights.fulfilment import fulfil
from consent.rights.lodging import lodge
from consent.rights.models import RequestType, Step
from tests.captured import allow, capture


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """Nothing is sent to a queue; the steps that were rung for are noted."""
    steps = []
    monkeypatch.setattr(doorbell, "ring", lambda step_id: steps.append(step_id) or True)
    return steps


@pytest.fixture
def learning(programmes):
    return programmes["interface-learning"]


@pytest.fixture
def desktop(programmes):
    return programmes["desktop-activity"]


@pytest.fixture
def alice(cast, learning, desktop, at):
    """Alice, who allowed mouse, click and window two days ago; the session acts for her."""
    allow(cast.alice, learning, "mouse", "click", since=at - timedelta(days=2))
    allow(cast.alice, desktop, "window", "afk", since=at - timedelta(days=2))
    with acting_for(cast.alice.pk):
        yield cast.alice


@pytest.fixture
def captured(alice, learning, desktop, at):
    """Alice's captures: 3,600 mouse events and 60 clicks of yesterday's hour from nine, 10 windows of five minutes. 3,670 in all."""
    nine = at - timedelta(days=1)
    assert capture(alice, learning, "mouse", first=nine, count=3600, x=1, y=2, at=at) == 3600
    assert capture(alice, learning, "click", first=nine, count=60, every=timedelta(minutes=1), at=at) == 60
    every = timedelta(minutes=5)
    assert capture(alice, desktop, "window", first=nine, count=10, every=every, duration=300, title="A", at=at) == 10
    return nine


@pytest.fixture
def delete(alice, at):
    """Lodges a deletion of Alice's."""

    def lodged(scope, **more):
        return lodge(person=alice, type=RequestType.DELETION, scope=scope, **({"at": at} | more))

    return lodged


@pytest.fixture
def work(at):
    """Lets a worker fulfil a request as it would when rung, at the time of the test."""

    def worked(request, at=at):
        step = Step.objects.filter(request=request).order_by("position").first()
        fulfil(step_id=step.pk, now=lambda: at)
        request.refresh_from_db()
        return request

    return worked
