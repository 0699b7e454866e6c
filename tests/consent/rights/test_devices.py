"""The buffers of devices: ordered to purge, done when they confirm, named when they do not."""

import json
from datetime import timedelta

import pytest

from consent.collectors.confirmations import confirm
from consent.collectors.enrolment import enrol, revoke
from consent.collectors.models import Collector, Purge
from consent.programmes.scopes import Scope
from consent.rights.models import RequestState, Step, StepState


@pytest.fixture
def laptop(alice, learning, at):
    made = enrol(person=alice, name="laptop", programmes=[learning], at=at)[0]
    Collector.objects.filter(pk=made.pk).update(seen_at=at)
    return made


def device(request):
    return Step.objects.get(request=request, place__startswith="collector:")


def residuals(request):
    return " ".join(json.loads(bytes(request.certificate.document))["body"]["residuals"])


def test_the_device_is_ordered_to_purge_with_the_deletion(alice, captured, laptop, learning, delete, at):
    delete(Scope(programme_id=learning.pk, kinds=("mouse",)))
    purge = Purge.objects.get()
    assert (purge.collector_id, purge.programme, purge.kinds, purge.end) == (
        laptop.pk,
        "interface-learning",
        ["mouse"],
        at,
    )


def test_the_certificate_waits_for_the_devices_word(alice, captured, laptop, delete, work, at):
    request = work(delete(Scope()))
    assert (request.state, device(request).state) == (RequestState.IN_PROGRESS, StepState.WAITING)
    assert request.steps.filter(state=StepState.DONE).count() == 4
    purge, later = Purge.objects.get(), at + timedelta(seconds=40)
    confirm(collector=laptop, version="1", applied_at=later, last_captured_at=None, purged=[purge.pk], at=later)
    assert work(request, at=later).state == RequestState.DONE
    assert device(request).proof["how"] == "confirmed"
    assert "laptop" not in residuals(request)


def test_a_device_that_never_answers_is_named_and_does_not_keep_the_certificate_for_ever(
    alice, captured, laptop, delete, work, at, settings
):
    settings.COLLECTOR_PATIENCE = timedelta(hours=24)
    request = work(delete(Scope()))
    assert work(request, at=at + timedelta(hours=23, minutes=59)).state == RequestState.IN_PROGRESS
    assert work(request, at=at + timedelta(hours=24)).state == RequestState.DONE
    assert device(request).proof["how"] == "unconfirmed"
    assert "laptop was told to empty its buffer and has not answered" in residuals(request)


def test_waiting_for_a_device_uses_up_no_attempt(alice, captured, laptop, delete, work, at):
    request = delete(Scope())
    for minute in range(100):
        work(request, at=at + timedelta(minutes=minute))
    assert device(request).attempts == 0
    assert request.state == RequestState.IN_PROGRESS


def test_a_device_that_never_spoke_holds_nobody_up(alice, captured, learning, delete, work, at):
    enrol(person=alice, name="tablet", programmes=[learning], at=at)
    request = work(delete(Scope()))
    assert (request.state, device(request).proof["how"]) == (RequestState.DONE, "never_seen")


def test_a_revoked_device_is_said_to_be_out_of_reach(alice, captured, laptop, delete, work, at):
    request = delete(Scope())
    revoke(collector=laptop, at=at)
    assert work(request).state == RequestState.DONE
    assert "laptop may no longer deliver" in residuals(request)


def test_a_device_of_another_programme_is_not_asked(alice, captured, laptop, desktop, delete):
    delete(Scope(programme_id=desktop.pk))
    assert not Purge.objects.exists()
