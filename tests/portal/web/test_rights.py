"""Deleting: checked before, asked once, followed to the certificate. And what a person must answer."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.choices.models import State
from consent.database import acting_for
from consent.programmes.scopes import Scope
from consent.retention.holds import place
from consent.rights import doorbell
from consent.rights.fulfilment import fulfil
from consent.rights.models import RequestType, RightsRequest, Step
from tests.captured import capture, stored
from tests.wording import words_of

CHECK = "/captured/delete/"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(doorbell, "ring", lambda _step_id: True)


@pytest.fixture
def alice(cast, signed_in):
    return signed_in(cast.alice)


@pytest.fixture
def captured(cast, programmes, decided):
    """Alice's captures of this moment: 30 positions and 5 clicks."""
    for kind, count in (("mouse", 30), ("click", 5)):
        decided(cast.alice, kind)
        first = timezone.now() + timedelta(milliseconds=5)
        every = timedelta(milliseconds=1)
        programme = programmes["interface-learning"]
        assert capture(cast.alice, programme, kind, first=first, count=count, every=every, at=timezone.now()) == count


@pytest.fixture
def today():
    """A span that holds the whole of the test: yesterday to tomorrow."""
    now = timezone.now()
    return {"from_day": f"{now - timedelta(days=1):%Y-%m-%d}", "to_day": f"{now + timedelta(days=1):%Y-%m-%d}"}


def text_of(answer) -> str:
    return " ".join(words_of(answer.content.decode()).split())


def confirm(browser, answer):
    """Sends the form that the check page shows."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.content.decode())
    given: dict[str, list[str]] = {}
    for name, value in fields:
        given.setdefault(name, []).append(value)
    return browser.post(CHECK, given)


def requests_of(person):
    with acting_for(person.pk):
        return list(RightsRequest.objects.filter(person=person))


def work_on(number, person):
    with acting_for(person.pk):
        step = Step.objects.filter(request__number=number).order_by("position").first()
    fulfil(step_id=step.pk, now=timezone.now)


def number_of(answer) -> str:
    return answer.url.removeprefix("/requests/").removesuffix("/")


def test_the_check_counts_exactly_what_would_go_and_deletes_nothing(alice, captured, cast, today):
    shown = text_of(alice.get(CHECK, today | {"kinds": ["mouse"]}))
    assert "30 records will be deleted" in shown
    assert "Mouse movement 30" in shown
    assert "Clicks" not in shown
    assert "Keep them" in shown
    assert stored(cast.alice) == 35
    assert requests_of(cast.alice) == []


def test_what_was_confirmed_is_what_is_deleted(alice, captured, cast, today):
    asked = confirm(alice, alice.get(CHECK, today | {"kinds": ["mouse"]}))
    assert asked.status_code == 302
    work_on(number_of(asked), cast.alice)
    assert stored(cast.alice, kind="mouse") == 0
    assert stored(cast.alice, kind="click") == 5


def test_pressing_twice_asks_once(alice, captured, cast, today):
    shown = alice.get(CHECK, today | {"kinds": ["mouse", "click"]})
    first, second = confirm(alice, shown), confirm(alice, shown)
    assert first.url == second.url
    assert len(requests_of(cast.alice)) == 1


def test_everything_can_go_at_once(alice, captured, cast):
    shown = alice.get(CHECK, {"everything": "1"})
    assert "35 records will be deleted" in text_of(shown)
    work_on(number_of(confirm(alice, shown)), cast.alice)
    assert stored(cast.alice) == 0


def test_nothing_in_the_span_is_said_so_and_cannot_be_confirmed(alice, captured):
    shown = alice.get(CHECK, {"from_day": "2026-01-01", "to_day": "2026-01-02", "kinds": ["mouse"]})
    assert "There is nothing to delete here." in text_of(shown)
    assert 'method="post" action="/captured/delete/"' not in shown.content.decode()


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"kinds": []}, "kinds", "Choose at least one kind of data."),
        ({"kinds": ["none"]}, "kinds", "Select a valid choice"),
        ({"from_day": "2026-11-10", "to_day": "2026-11-01"}, "to_day", "The end must come after the beginning."),
        ({"from_day": "x"}, "from_day", "Enter a valid date."),
        ({"from_day": "", "from_time": "10:00"}, "from_day", "Give the day that this time belongs to."),
        ({"to_time": "25:00"}, "to_time", "Enter a valid time."),
        ({"from_day": "0001-01-01"}, "from_day", "greater than or equal"),
        ({"to_day": "9999-12-31"}, "to_day", "less than or equal"),
        ({"from_day": "2150-01-01", "to_day": ""}, "from_day", "This lies ahead."),
    ],
)
def test_a_span_that_makes_no_sense_is_named_and_nothing_typed_is_lost(alice, programmes, changed, field, said):
    given = {
        "from_day": "2026-11-01",
        "from_time": "",
        "to_day": "2026-11-10",
        "to_time": "",
        "kinds": ["click"],
    } | changed
    answer = alice.get(CHECK, given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#id_{field}"' in page
    assert said in page
    if given["kinds"] == ["click"]:
        assert re.search(r'value="click"[^>]*checked', page)
    if field != "from_day":
        assert 'value="2026-11-01"' in page or "from_day" in changed


def test_the_way_back_keeps_what_was_chosen(alice, captured, today):
    page = alice.get(CHECK, today | {"kinds": ["mouse"]}).content.decode()
    [back] = re.findall(r'<a href="(/captured/\?[^"]*)#delete"', page)
    again = alice.get(back.replace("&amp;", "&")).content.decode()
    assert f'value="{today["from_day"]}"' in again
    assert re.search(r'value="mouse"[^>]*checked', again)


@pytest.fixture
def held(cast, captured):
    with acting_for(cast.dan.pk):
        place(
            person=cast.alice, scope=Scope(), matter="Case 7", told_why="A dispute is pending.", placed_by=cast.dan.pk, at=timezone.now()
        )  # fmt: skip


def test_a_hold_is_told_before_and_after_with_its_reason(alice, cast, held):
    shown = alice.get(CHECK, {"everything": "1"})
    assert "This may not be deleted yet." in text_of(shown)
    asked = confirm(alice, shown)
    page = text_of(alice.get(asked.url))
    assert "A legal hold stands on this data" in page
    assert "A dispute is pending." in page
    assert "Case 7" not in page
    assert stored(cast.alice) == 35


def test_a_request_shows_number_due_date_next_step_contact_and_places(alice, cast, captured):
    asked = confirm(alice, alice.get(CHECK, {"everything": "1"}))
    [request] = requests_of(cast.alice)
    page = text_of(alice.get(asked.url))
    due = timezone.localtime(request.due_at)
    for said in (
        request.number, f"{due:%B %Y}", "Each place deletes, and proves it.", "Write to the data protection officer", "Event store",
        "0 of", "Waiting",
    ):  # fmt: skip
        assert said in page


def test_only_proven_places_count_as_done(alice, cast, captured):
    asked = confirm(alice, alice.get(CHECK, {"everything": "1"}))
    before = alice.get(asked.url).content.decode()
    assert 'value="0" aria-labelledby' in before
    work_on(number_of(asked), cast.alice)
    after = text_of(alice.get(asked.url))
    assert re.search(r"(\d+) of \1 places are done", after)
    assert "35 records removed." in after
    assert "Open the certificate" in after


def test_the_page_asks_again_by_itself_until_it_is_done_and_then_no_more(alice, cast, captured):
    asked = confirm(alice, alice.get(CHECK, {"everything": "1"}))
    running = alice.get(asked.url).content.decode()
    assert 'hx-trigger="every 2s"' in running
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in running
    work_on(number_of(asked), cast.alice)
    for done in (alice.get(asked.url), alice.get(asked.url, {"part": "progress"})):
        assert "hx-trigger" not in done.content.decode()
        assert "http-equiv" not in done.content.decode()


def test_the_part_that_changes_can_be_asked_for_alone(alice, captured):
    asked = confirm(alice, alice.get(CHECK, {"everything": "1"}))
    part = alice.get(asked.url, {"part": "progress"}).content.decode()
    assert "<html" not in part
    assert 'id="progress"' in part


@pytest.mark.parametrize("person", ["mallory", "bob", "heidi"])
def test_the_request_of_somebody_else_is_not_there(alice, person, cast, captured, signed_in):
    asked = confirm(alice, alice.get(CHECK, {"everything": "1"}))
    assert signed_in(getattr(cast, person)).get(asked.url).status_code == 404


@pytest.mark.parametrize("number", ["DEL-0000-0000", "x", "%00", "a" * 500])
def test_a_number_that_nobody_has_is_not_there(alice, programmes, number):
    assert alice.get(f"/requests/{number}/").status_code == 404


def test_requests_are_listed_with_where_they_stand(alice, cast, captured):
    asked = confirm(alice, alice.get(CHECK, {"everything": "1"}))
    page = text_of(alice.get("/requests/"))
    assert number_of(asked) in page
    assert "In progress" in page


def test_no_requests_is_said_so(alice, programmes):
    assert "You have not asked for anything yet." in text_of(alice.get("/requests/"))


def test_what_a_person_must_answer_goes_to_a_person(alice, cast, programmes):
    answer = alice.post("/requests/", {"type": "question", "message": "Why me?", "key": "k"})
    [request] = requests_of(cast.alice)
    assert (request.type, request.message) == (RequestType.QUESTION, "Why me?")
    page = text_of(alice.get(answer.url))
    assert "HR reads it and answers." in page
    assert "Why me?" in page


def test_a_copy_can_be_asked_for_beside_a_withdrawal(alice, cast, decided):
    decided(cast.alice, "mouse")
    decided(cast.alice, "mouse", State.WITHDRAWN)
    given = {"type": "copy", "programme": "interface-learning", "kind": "mouse", "key": "k"}
    first, again = alice.post("/requests/", given), alice.post("/requests/", given)
    assert first.url == again.url
    [request] = requests_of(cast.alice)
    assert request.type == RequestType.COPY
    assert request.scope["kinds"] == ["mouse"]


@pytest.mark.parametrize(
    "given",
    [
        {"type": "deletion"},
        {"type": "x"},
        {},
        {"type": "copy", "kind": "none"},
        {"type": "copy", "programme": "\x00"},
        {"type": "copy", "key": "\x00"},
        {"type": "copy", "message": "a" * 4001},
    ],
)
def test_what_cannot_be_asked_for_here_is_said_so_and_nothing_is_lost(alice, cast, programmes, given):
    answer = alice.post("/requests/", {"message": "Kept text"} | given)
    assert answer.status_code == 422
    if "message" not in given:
        assert "Kept text" in answer.content.decode()
    assert requests_of(cast.alice) == []


def test_a_key_used_for_something_else_is_said_so(alice, cast, programmes):
    alice.post("/requests/", {"type": "question", "key": "k"})
    assert alice.post("/requests/", {"type": "copy", "key": "k"}).status_code == 409
    assert len(requests_of(cast.alice)) == 1


def test_a_key_that_no_form_of_ours_sends_does_not_stop_a_deletion(alice, cast, programmes):
    assert alice.post(CHECK, {"everything": "1", "key": "a\0b"}).status_code == 302
    assert len(requests_of(cast.alice)) == 1
