"""P5: gone is gone. As far as it is built: no recipients, no rotation of keys, no restored backups yet."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.captures.models import Segment
from consent.captures.opening import open_events
from consent.choices.decisions import decide
from consent.choices.models import Channel, State
from consent.database import acting_for
from consent.programmes.scopes import Scope
from consent.receipts.verification import verify_file
from consent.retention.holds import lift, place
from consent.rights import fulfilment
from consent.rights.lodging import lodge
from consent.rights.models import RequestState, RequestType, RightsRequest
from consent.rights.places import store
from consent.rights.reading import progress
from consent.rights.sweeping import due_steps, sweep
from consent.seals.models import DataKey
from tests.captured import allow, capture, keys_in_use, stored
from tests.children import in_child

pytestmark = pytest.mark.own_database
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def learning(programmes):
    return programmes["interface-learning"]


@pytest.fixture
def alice(own_database, cast, learning, now):
    """Alice has allowed mouse and click; 120 events of each were captured."""
    allow(cast.alice, learning, "mouse", "click", since=now - timedelta(days=2))
    for kind in ("mouse", "click"):
        capture(cast.alice, learning, kind, first=now - timedelta(hours=3), count=120, every=MINUTE, at=now)
    return cast.alice


def work_until_nothing_is_due(at):
    """Workers and sweepers, as long as there is something to do."""
    sweep(at=at)
    while steps := due_steps(at=at):
        for step in steps:
            fulfilment.fulfil(step_id=step, now=lambda: at)


def delete(person, at, scope=None):
    with acting_for(person.pk):
        return lodge(person=person, type=RequestType.DELETION, scope=scope or Scope(), at=at)


def certificate_of(person, request):
    with acting_for(person.pk):
        found = RightsRequest.objects.select_related("certificate").get(pk=request.pk)
        return found, bytes(found.certificate.document) if found.certificate else None


def answer(person, programme, state):
    with acting_for(person.pk):
        return decide(
            person=person, programme=programme, kind="mouse", state=state, notice_version=2, channel=Channel.PORTAL,
            recorded_by=person.pk,
        )  # fmt: skip


def test_what_was_captured_on_a_withdrawn_consent_is_deleted_seven_days_later_by_itself(alice, learning):
    withdrawn = answer(alice, learning, State.WITHDRAWN)
    work_until_nothing_is_due(withdrawn.at + timedelta(days=7) - MINUTE)
    assert stored(alice, kind="mouse") == 120
    work_until_nothing_is_due(withdrawn.at + timedelta(days=7))
    assert (stored(alice, kind="mouse"), stored(alice, kind="click")) == (0, 120)
    with acting_for(alice.pk):
        assert RightsRequest.objects.get(decision=withdrawn.pk).state == RequestState.DONE


def test_a_withdrawn_consent_given_again_does_not_bring_the_old_captures_back(alice, learning):
    withdrawn = answer(alice, learning, State.WITHDRAWN)
    again = answer(alice, learning, State.GIVEN)
    work_until_nothing_is_due(withdrawn.at + timedelta(days=7))
    at = again.at + MINUTE
    assert stored(alice, kind="mouse") == 0
    assert capture(alice, learning, "mouse", first=again.at - timedelta(hours=3), count=120, every=MINUTE, at=at) == 0


def test_from_the_click_on_neither_the_person_nor_the_portal_can_open_it(alice, now):
    keys = keys_in_use(alice)
    delete(alice, now)
    span = {"start": now - timedelta(days=1), "end": now, "kinds": ["mouse", "click"], "at": now}
    with acting_for(alice.pk):
        assert not DataKey.objects.filter(pk__in=keys).exists()
        assert open_events(person_id=alice.pk, actor=alice, label="Alice", why="look", **span) == []


def test_content_and_summaries_are_gone_and_the_certificate_counts_each_event(alice, now):
    request = delete(alice, now)
    work_until_nothing_is_due(now)
    closed, document = certificate_of(alice, request)
    with acting_for(alice.pk):
        assert not Segment.objects.exists()
    assert (closed.state, json.loads(document)["body"]["removed"]) == (RequestState.DONE, 240)


def test_the_certificate_is_signed_and_one_changed_digit_shows(alice, now):
    request = delete(alice, now)
    work_until_nothing_is_due(now)
    _closed, document = certificate_of(alice, request)
    assert verify_file(document).genuine
    assert not verify_file(document.replace(b'"removed":240', b'"removed":241', 1)).genuine


def test_it_stays_gone_when_the_device_sends_its_backlog(alice, learning, now):
    delete(alice, now)
    work_until_nothing_is_due(now)
    at = now + timedelta(days=1)
    assert capture(alice, learning, "mouse", first=now - timedelta(hours=3), count=120, every=MINUTE, at=at) == 0
    assert stored(alice) == 0


@pytest.mark.parametrize("failpoint", ["store.before_chunk_commit", "store.after_chunk", "certificate.before_commit"])
def test_a_worker_that_is_killed_costs_a_minute_and_nothing_else(alice, now, failpoint):
    request = delete(alice, now)
    [step] = due_steps(at=now)
    assert in_child(lambda: fulfilment.fulfil(step_id=step, now=lambda: now), failpoint=failpoint) == "killed"
    work_until_nothing_is_due(now + timedelta(seconds=61))
    closed, document = certificate_of(alice, request)
    assert (closed.state, stored(alice), json.loads(document)["body"]["removed"]) == (RequestState.DONE, 0, 240)


def test_nothing_is_certified_that_a_second_search_still_finds(alice, now, monkeypatch):
    """A store that says done and has deleted nothing."""
    monkeypatch.setattr(store.erasure, "erase_whole", lambda **_: store.erasure.Chunk(store.Counts({}), 0, None, False))
    request = delete(alice, now)
    work_until_nothing_is_due(now)
    assert certificate_of(alice, request)[1] is None


def test_only_a_hold_delays_it_and_then_the_person_is_told_that_and_why(cast, alice, now):
    hold = place(person=alice, scope=Scope(), matter="M 1", told_why="A court asked.", placed_by=cast.dan.pk, at=now)
    request = delete(alice, now)
    work_until_nothing_is_due(now)
    with acting_for(alice.pk):
        seen = progress(alice, request.number)
    assert (seen.request.state, seen.held_because, stored(alice)) == (RequestState.HELD, "A court asked.", 240)
    lift(hold_id=hold.pk, lifted_by=cast.dan.pk, at=now)
    work_until_nothing_is_due(now)
    assert (certificate_of(alice, request)[0].state, stored(alice)) == (RequestState.DONE, 0)


def test_no_certificate_promises_that_nothing_can_be_restored_while_keys_are_not_rotated(alice, now):
    request = delete(alice, now)
    work_until_nothing_is_due(now)
    residuals = json.loads(certificate_of(alice, request)[1])["body"]["residuals"]
    assert any(
        "Until those keys are replaced, we do not say that nothing can be restored" in line for line in residuals
    )
