"""What a collector is told: what may be captured now, until when, and what to delete from its buffer."""

from datetime import timedelta

import pytest

from consent.captures.permissions import LEASE, permissions
from consent.choices.models import State
from consent.collectors.confirmations import confirm, order_purge
from consent.collectors.enrolment import enrol
from consent.programmes.models import Programme, ProgrammeState
from consent.programmes.scopes import Scope

from .conftest import DESKTOP, LEARNING


@pytest.fixture
def told(laptop, alice, at):
    return lambda: permissions(collector=laptop, at=at)


def allowed(document):
    return {each.programme: [kind.kind for kind in each.kinds] for each in document.programmes}


def test_a_collector_may_capture_nothing_before_anything_was_chosen(told, at):
    assert allowed(told()) == {}
    assert told().lease_expires_at == at + LEASE


def test_a_collector_may_capture_what_is_consented_to_and_nothing_else(alice, told, stands):
    stands(alice, "mouse")
    stands(alice, "click", state=State.REFUSED)
    stands(alice, "afk", programme=DESKTOP)
    assert allowed(told()) == {DESKTOP: ["afk"], LEARNING: ["mouse"]}


def test_the_fields_programs_and_rate_are_those_of_the_notice(alice, told, stands):
    stands(alice, "screenshot")
    (programme,) = told().programmes
    (kind,) = programme.kinds
    assert (programme.notice_version, kind.max_per_minute) == (2, 1)
    assert kind.fields == ("t", "app", "width", "height", "image")
    assert kind.apps_allowed == ("Browser", "Editor", "Spreadsheet", "Terminal")


@pytest.mark.parametrize("state", ["suspended", "ended"])
def test_a_closed_programme_is_not_listed(alice, told, stands, state):
    stands(alice, "mouse")
    Programme.objects.filter(slug=LEARNING).update(state=ProgrammeState(state))
    assert allowed(told()) == {}


def test_programmes_that_the_collector_was_not_enrolled_for_are_not_listed(alice, stands, programmes, at):
    phone, _ = enrol(person=alice, name="phone", programmes=[programmes[DESKTOP]], at=at)
    stands(alice, "mouse")
    assert allowed(permissions(collector=phone, at=at)) == {}


def test_a_new_notice_with_other_terms_takes_the_permission_away(alice, told, stands, new_notice):
    stands(alice, "mouse")
    new_notice(LEARNING, "interface-learning-2", purpose="Something else.")
    assert allowed(told()) == {}


def test_the_version_changes_when_a_choice_does_and_only_then(alice, told, stands, laptop, at):
    before = told()
    assert told().version == before.version
    assert permissions(collector=laptop, at=at + timedelta(minutes=5)).version == before.version
    stands(alice, "mouse")
    given = told()
    assert given.version != before.version
    stands(alice, "mouse", state=State.WITHDRAWN)
    assert told().version == before.version
    stands(alice, "mouse", decision_no=3)
    assert told().version not in (before.version, given.version)


def test_purges_are_listed_until_they_are_confirmed_and_change_the_etag_alone(alice, told, laptop, at):
    before = told()
    (order,) = order_purge(person_id=alice.pk, scope=Scope(kinds=("mouse",)), at=at)
    ordered = told()
    assert list(ordered.purge) == [order]
    assert (ordered.version, ordered.etag != before.etag) == (before.version, True)
    confirm(collector=laptop, version=ordered.version, applied_at=at, last_captured_at=None, purged=[order.pk], at=at)
    assert told().etag == before.etag
