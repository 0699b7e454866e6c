"""How often the busiest pages ask the database: as often for a person with much behind them as for one with little."""

import re

import pytest
from django.utils import timezone

from consent.choices.models import State
from consent.database import acting_for
from consent.programmes.publication import publish
from consent.programmes.scopes import Scope
from consent.rights import doorbell
from consent.rights.lodging import lodge
from consent.rights.models import RequestType
from tests.cast import draft

OFFERED = {
    "interface-learning": ("mouse", "click", "keystroke_count", "screenshot"),
    "assistant-quality": ("prompt",),
    "desktop-activity": ("window", "afk", "input_count"),
}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(doorbell, "ring", lambda _step_id: True)


@pytest.fixture
def decisive(cast, decided, programmes):
    """Alice answered everything that she is asked, three times, and once more when a notice had changed."""
    for state in (State.GIVEN, State.REFUSED, State.GIVEN):
        for slug, kinds in OFFERED.items():
            for kind in kinds:
                decided(cast.alice, kind, state, slug)
    changed = draft("interface-learning-2", storage_days=365)
    publish(programme=programmes["interface-learning"], draft=changed, at=timezone.now())
    for kind in OFFERED["interface-learning"]:
        decided(cast.alice, kind)
    return cast.alice


@pytest.mark.parametrize("asked", [{}, {"kind": "mouse"}])
def test_what_was_captured_asks_no_oftener_however_much_was_decided(
    decisive, signed_in, django_assert_max_num_queries, asked
):
    browser = signed_in(decisive)
    with django_assert_max_num_queries(22):
        assert browser.get("/captured/", asked).status_code == 200


def test_your_choices_ask_no_oftener_however_much_was_decided(decisive, signed_in, django_assert_max_num_queries):
    browser = signed_in(decisive)
    with django_assert_max_num_queries(13):
        assert browser.get("/choices/").status_code == 200


def test_hrs_queue_asks_no_oftener_however_many_ask(cast, programmes, signed_in, django_assert_max_num_queries):
    for person in (cast.alice, cast.bob, cast.erin, cast.frank, cast.mallory):
        for type in (RequestType.OBJECTION, RequestType.COPY):
            with acting_for(person.pk):
                lodge(person=person, type=type, scope=Scope(), at=timezone.now(), message="Please look at this")
    browser = signed_in(cast.carol)
    with django_assert_max_num_queries(15):
        page = browser.get("/hr/").content.decode()
    assert len(set(re.findall(r"(?:OBJ|CPY)(?:-[0-9A-Z]{4}){2}", page))) == 10
