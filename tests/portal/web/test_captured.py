"""“What was captured”: the store's own numbers, opened only on request, for nobody else."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from consent.captures import agreement
from consent.captures.gate import IncomingSegment, admit
from consent.captures.models import Segment
from consent.choices.history import allowed_times
from consent.choices.models import Standing, State
from consent.consultations.models import Consultation
from consent.database import acting_for
from consent.rights import doorbell
from tests.captured import allow, capture
from tests.wording import words_of

BERLIN = ZoneInfo("Europe/Berlin")
CANARY = "Canary-4711"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(doorbell, "ring", lambda _step_id: True)


@pytest.fixture
def browser(cast, signed_in):
    return signed_in(cast.alice)


@pytest.fixture
def send(cast, programmes):
    """Sends events of one kind through the gate as Alice, one every millisecond from a moment after her last choice."""

    def through_gate(kind, *events, slug="interface-learning", first=None):
        begin = first or timezone.now() + timedelta(milliseconds=5)
        timed = [
            {"t": (begin + timedelta(milliseconds=place)).isoformat(), **each} for place, each in enumerate(events)
        ]
        incoming = IncomingSegment.of(programme=slug, kind=kind, events=timed)
        with acting_for(cast.alice.pk):
            return admit(person_id=cast.alice.pk, collector_id=None, segments=[incoming], at=timezone.now())[0]

    return through_gate


@pytest.fixture
def captured(cast, decided, send):
    """Alice allowed four kinds, and something of each was captured just now: 20 positions, 2 clicks, a window, a prompt."""
    for kind in ("mouse", "click"):
        decided(cast.alice, kind)
    decided(cast.alice, "window", slug="desktop-activity")
    decided(cast.alice, "prompt", slug="assistant-quality")
    begun = timezone.now() + timedelta(milliseconds=5)
    assert send("mouse", *({"x": 40 * place, "y": 10 * place} for place in range(20)), first=begun).stored == 20
    clicks = [{"x": 5, "y": 5, "button": "left", "app": "Editor"}] * 2
    assert send("click", *clicks, first=begun).stored == 2
    title = {"duration": 1.5, "app": "Browser", "title": f"<b>{CANARY}</b>\u202e"}
    assert send("window", title, slug="desktop-activity", first=begun - timedelta(microseconds=1)).stored == 1
    prompt = {"app": "Assistant", "role": "person", "text": f"Where is\n{CANARY}?"}
    assert send("prompt", prompt, slug="assistant-quality", first=begun).stored == 1
    return begun


def hour_address(begun: datetime) -> dict[str, object]:
    local = begun.astimezone(BERLIN)
    midnight = datetime(local.year, local.month, local.day, tzinfo=BERLIN)
    return {"day": f"{local:%Y-%m-%d}", "hour": int((begun - midnight).total_seconds() // 3600)}


def page(browser, **asked):
    return browser.get("/captured/", asked).content.decode()


def looks(person):
    with acting_for(person.pk):
        return list(Consultation.objects.filter(person=person.pk))


def test_the_totals_are_the_stores_to_the_record(browser, captured, cast):
    text = " ".join(words_of(page(browser)).split())
    with acting_for(cast.alice.pk):
        stored = sum(Segment.objects.filter(person=cast.alice.pk).values_list("count", flat=True))
    assert stored == 24
    assert "Stored now 24 records" in text
    for said in ("Mouse movement 20", "Clicks 2", "Window titles 1", "Questions and answers 1"):
        assert said in text


def test_the_overview_opens_nothing_and_shows_no_content(browser, captured, cast):
    assert CANARY not in page(browser)
    assert looks(cast.alice) == []


def test_an_hour_is_opened_on_request_after_that_was_written_down(browser, captured, cast):
    shown = page(browser, **hour_address(captured))
    assert shown.count(CANARY) == 2
    [look] = looks(cast.alice)
    assert look.actor == cast.alice.pk
    assert CANARY not in look.what + look.why


def test_an_opening_that_fails_stays_listed(browser, captured, cast, monkeypatch):
    def broken(*_args, **_named):
        raise RuntimeError

    monkeypatch.setattr("consent.captures.opening._events", broken)
    with pytest.raises(RuntimeError):
        page(browser, **hour_address(captured))
    assert len(looks(cast.alice)) == 1


def test_what_was_altered_in_the_store_is_not_shown_as_if_it_were_whole(browser, captured, cast, monkeypatch):
    from consent.captures.opening import Unreadable

    def altered(*_args, **_named):
        raise Unreadable("This was altered after it was stored, and cannot be opened.", code="altered")

    monkeypatch.setattr("portal.web.timeline.open_events", altered)
    shown = page(browser, **hour_address(captured))
    assert "This was altered after it was stored" in shown
    assert CANARY not in shown


def test_captured_markup_is_shown_as_text_and_hidden_characters_are_written_out(browser, captured):
    shown = page(browser, **hour_address(captured))
    assert f"&lt;b&gt;{CANARY}&lt;/b&gt;[U+202E]" in shown
    assert f"<b>{CANARY}" not in shown


def test_the_mouse_is_drawn_and_said_in_words(browser, captured):
    shown = page(browser, **hour_address(captured))
    assert '<polyline class="trail"' in shown
    assert "20 positions and 2 clicks" in shown
    assert "760 by 190 pixels" in shown


def test_a_question_to_the_assistant_keeps_its_line_breaks(browser, captured):
    assert f'<bdi class="captured">Where is\n{CANARY}?</bdi>' in page(browser, **hour_address(captured))


def test_one_kind_alone_can_be_shown(browser, captured):
    shown = page(browser, kind="mouse", **hour_address(captured))
    assert CANARY not in shown
    assert "20 records" in shown


@pytest.mark.parametrize("person", ["mallory", "bob", "carol", "dan", "erin", "frank", "grace", "heidi"])
def test_nobody_else_sees_any_of_it(person, captured, cast, signed_in):
    other = signed_in(getattr(cast, person))
    answer = other.get("/captured/", hour_address(captured))
    if answer.status_code == 200:  # a page of their own, with nothing in it
        assert CANARY not in answer.content.decode()
        assert "Nothing about you is stored." in answer.content.decode()
    assert looks(cast.alice) == []


def test_nothing_of_it_may_be_kept_by_the_browser(browser, captured):
    assert "no-store" in browser.get("/captured/", hour_address(captured))["Cache-Control"]


def test_an_empty_page_says_what_that_means(browser, programmes):
    shown = page(browser)
    assert "Nothing about you is stored." in shown
    assert "/choices/" in shown


def test_what_was_refused_is_counted_with_its_reason_in_words(browser, captured, send):
    send("screenshot", {"app": "x", "width": 1, "height": 1, "image": "iVBORw0KGgo="})
    send("mouse", {"x": 1, "y": 1}, first=timezone.now() - timedelta(hours=3))
    send("mouse", {"x": 1, "y": 1, "mood": "calm"})
    shown = " ".join(words_of(page(browser)).split())
    assert "You had not allowed it Screenshots" in shown
    assert "It was captured before your yes Mouse movement" in shown
    assert "The notice does not list this field; it was cut off: mood" in shown
    assert "2 records, never stored" in shown


def test_records_outside_of_what_was_allowed_are_shown_in_red(browser, cast, programmes):
    now = timezone.now()
    allow(cast.alice, programmes["interface-learning"], "mouse", since=now - timedelta(hours=1))
    capture(
        cast.alice,
        programmes["interface-learning"],
        "mouse",
        first=now - timedelta(minutes=9),
        count=7,
        x=1,
        y=1,
        at=now,
    )
    shown = page(browser)
    assert re.search(r'<strong class="alarm">.*?7 records</strong>', shown, re.DOTALL)


def test_a_record_from_before_the_yes_is_outside_of_it(browser, cast, decided, programmes):
    now = timezone.now()
    decided(cast.alice, "mouse")
    with acting_for(cast.alice.pk):  # as if the gate had believed that it was allowed earlier
        Standing.objects.filter(person=cast.alice).update(since=now - timedelta(hours=1))
    programme = programmes["interface-learning"]
    capture(cast.alice, programme, "mouse", first=now - timedelta(minutes=9), count=3, x=1, y=1, at=now)
    assert re.search(r'<strong class="alarm">.*?3 records</strong>', page(browser), re.DOTALL)


def test_records_within_what_was_allowed_raise_no_alarm(browser, captured):
    shown = page(browser)
    assert "alarm" not in shown
    assert "Outside what you allowed" in shown


def test_a_withdrawal_does_not_make_what_came_before_it_look_outside(browser, captured, cast, decided):
    decided(cast.alice, "mouse", State.WITHDRAWN)
    assert "alarm" not in page(browser)


def test_what_comes_in_while_the_page_is_made_does_not_look_outside(captured, cast, decided, send, monkeypatch):
    def told_too_early(**person):
        told = allowed_times(**person)
        decided(cast.alice, "keystroke_count")
        assert send("keystroke_count", {"count": 5}).stored == 1
        return told

    monkeypatch.setattr(agreement, "allowed_times", told_too_early)
    with acting_for(cast.alice.pk):
        assert agreement.outside(person=cast.alice) == 0


def test_the_day_says_when_what_was_allowed(browser, captured):
    assert re.search(r"Allowed from <time[^>]*>\d\d:\d\d</time> to", page(browser))


def test_the_day_stands_in_a_table_too(browser, captured):
    table = re.search(r"<caption>Records by hour</caption>.*?</table>", page(browser), re.DOTALL)[0]
    assert '<td class="n">20</td>' in table


@pytest.mark.parametrize(
    "asked",
    [
        {"day": "2026-02-31"}, {"day": "x"}, {"month": "2026-13"}, {"hour": "99", "day": "2026-11-10"}, {"hour": "-1"}, {"kind": "none"},
        {"month": "0001-01"}, {"day": "9999-12-31"}, {"kind": "\x00"}, {"day": "2026-11-10\x00"}, {"hour": "²", "day": "2026-11-10"},
        {"page": "x"}, {"to_day": "x", "kinds": "none"},
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_shows_the_page_as_it_is(browser, captured, asked):
    assert "Stored now" in page(browser, **asked)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_on_which_the_clocks_change_are_shown(browser, captured, day, hours):
    assert browser.get("/captured/", {"day": day, "hour": hours - 1}).status_code == 200
    assert "as your computer saw it" in page(browser, day=day, hour=hours - 1)
    assert "as your computer saw it" not in page(browser, day=day, hour=hours)


@pytest.fixture
def picture(cast, decided, send):
    """A screenshot of Alice's, and its address."""
    decided(cast.alice, "screenshot")
    begun = timezone.now() + timedelta(milliseconds=5)
    import base64

    image = {"app": "Editor", "width": 2, "height": 1, "image": base64.b64encode(PNG).decode()}
    assert send("screenshot", image, first=begun).stored == 1
    return begun, f"/captured/picture/{begun.astimezone(UTC):%Y%m%dT%H%M%S%fZ}/0/"


def test_a_picture_is_closed_until_it_is_opened_and_each_opening_is_written_down(browser, cast, picture):
    begun, address = picture
    assert address in page(browser, **hour_address(begun))
    before = len(looks(cast.alice))
    answer = browser.get(address)
    assert (answer["Content-Type"], answer.content) == ("image/png", PNG)
    assert "sandbox" in answer["Content-Security-Policy"]
    assert len(looks(cast.alice)) == before + 1


def test_a_picture_of_somebody_else_is_not_there(cast, picture, signed_in):
    assert signed_in(cast.mallory).get(picture[1]).status_code == 404


@pytest.mark.parametrize("address", ["x/0", "20261110T090000000000Z/0", "20261110T090000000000Z/99999999999999999999"])
def test_a_picture_that_does_not_exist_is_not_there(browser, programmes, address):
    assert browser.get(f"/captured/picture/{address}/").status_code == 404


def test_who_looked_lists_every_look_with_its_reason(browser, captured, cast):
    page(browser, **hour_address(captured))
    shown = words_of(browser.get("/captured/who-looked/").content.decode())
    for said in ("Alice Demo", "Employee", "To see what was captured", "Window titles"):
        assert said in shown


def test_nobody_looked_is_said_so(browser, programmes):
    assert "Nobody has looked." in browser.get("/captured/who-looked/").content.decode()


def test_a_session_that_ended_shows_nothing(client, captured):
    assert client.get("/captured/").url.startswith("/accounts/login/")
