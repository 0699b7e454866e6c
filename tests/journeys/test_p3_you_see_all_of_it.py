"""P3: you see all of it. Whatever the store holds of a person that person finds, opens and deletes, and what was refused is told.
Through the pages and the API alone. (No releases and no copies to take away yet.) Real recordings: tests/e2e/test_real_recordings.py.
"""

import base64
import json
import re
from collections import Counter
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from consent.captures.models import Refusal, Segment
from consent.collectors.enrolment import enrol
from consent.consultations.models import Consultation
from consent.database import acting_for
from consent.programmes.kinds import CATALOGUE
from consent.rights import doorbell, fulfilment
from consent.rights.sweeping import due_steps, sweep
from tests.captured import allow
from tests.wording import words_of

pytestmark = pytest.mark.own_database
BERLIN = ZoneInfo("Europe/Berlin")
PROGRAMMES = {
    "interface-learning": ("mouse", "click", "keystroke_count", "screenshot"),
    "assistant-quality": ("prompt",),
    "desktop-activity": ("window", "afk", "input_count"),
}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"1" * 20).decode()
FIELDS = {
    "mouse": {"x": 17, "y": 23},
    "click": {"x": 5, "y": 6, "button": "middle", "app": "Drawing board"},
    "keystroke_count": {"app": "Letterbox", "count": 31},
    "screenshot": {"app": "Editor", "width": 641, "height": 481, "image": PNG},
    "prompt": {"app": "Helper", "role": "person", "text": "Where does the river end?"},
    "window": {"duration": 7.5, "app": "Almanac", "title": "Tides in November"},
    "afk": {"duration": 9.5, "status": "not-afk"},
    "input_count": {
        "duration": 5,
        "presses": 77,
        "clicks": 3,
        "delta_x": 9,
        "delta_y": 8,
        "scroll_x": 0,
        "scroll_y": 4,
    },
}
# What the opened hour says of one event of each kind.
SAID = {
    "mouse": "positions", "click": "Drawing board", "keystroke_count": "Letterbox", "screenshot": "641",
    "prompt": "Where does the river end?", "window": "Tides in November", "afk": "not-afk", "input_count": "Input, counted",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nobody_rings(monkeypatch):
    monkeypatch.setattr(doorbell, "ring", lambda _step_id: True)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def alice(own_database, cast, programmes, now):
    for slug, kinds in PROGRAMMES.items():
        allow(cast.alice, programmes[slug], *kinds, since=now - timedelta(days=20))
    return cast.alice


@pytest.fixture
def browser(alice):
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def hand_in(alice, programmes, now):
    """Sends segments as Alice's laptop; the answer's results."""
    token = enrol(person=alice, name="laptop", programmes=programmes.values(), at=now)[1]
    device = Client(headers={"Authorization": f"Bearer {token}"})

    def send(*segments):
        body = {"segments": [{"programme": slug, "kind": kind, "events": events} for slug, kind, events in segments]}
        answer = device.post("/api/v1/captures", body, "application/json", headers={"Idempotency-Key": uuid4().hex})
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]

    return send


@pytest.fixture
def captured(hand_in, now):
    """Of every kind one event in each of four places: now, an hour ago, yesterday, and two weeks ago; 32 in all."""
    for ago in (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=14)):
        sent = [
            (slug, kind, [{"t": (now - ago).isoformat(), **FIELDS[kind]}])
            for slug, kinds in PROGRAMMES.items()
            for kind in kinds
        ]
        assert [each["stored"] for each in hand_in(*sent)] == [1] * 8
    return now


def held(person):
    """What the store holds, by kind: its own rows, whatever any page says."""
    with acting_for(person.pk):
        counted = Counter()
        for kind, count in Segment.objects.filter(person=person.pk).values_list("kind", "count"):
            counted[kind] += count
        return counted


def shown(browser, **asked):
    """What the page says is stored now, and by kind."""
    text = browser.get("/captured/", asked).content.decode()
    chips = re.findall(r'kind=(\w+)[^"]*"[^>]*>(?:(?!</a>).)*?<span class="soft num">([\d,]+)</span>', text, re.DOTALL)
    total = re.search(r"Stored now\s+([\d,]+)", " ".join(words_of(text).split()))
    return (int(total[1].replace(",", "")) if total else 0), {kind: int(n.replace(",", "")) for kind, n in chips}


def hour_of(moment: datetime) -> dict[str, object]:
    local = moment.astimezone(BERLIN)
    midnight = datetime(local.year, local.month, local.day, tzinfo=BERLIN)
    return {"day": f"{local:%Y-%m-%d}", "hour": int((moment - midnight).total_seconds() // 3600)}


def links(page: str, pattern: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(rf'href="({pattern})"', page)]


def test_the_totals_on_the_page_are_the_stores(browser, alice, captured):
    total, kinds = shown(browser)
    assert sum(held(alice).values()) == total == 32
    assert kinds == dict(held(alice)) == dict.fromkeys(CATALOGUE, 4)


def test_every_stored_event_is_found_from_the_first_page_by_following_its_links(browser, alice, captured):
    """From the calendar to the day, from the day to the hour: the hours that are led to hold all there is."""
    found, months = Counter(), {"/captured/"}
    first = browser.get("/captured/").content.decode()
    months |= {f"/captured/{link}" for link in links(first, r"\?[^\"]*month=[^\"]*") if "day=" not in link}
    days = {
        link
        for month in months
        for link in links(browser.get(month).content.decode(), r"\?[^\"]*day=[^\"]*")
        if "hour=" not in link
    }
    hours = {
        link
        for day in days
        for link in links(browser.get(f"/captured/{day.partition('#')[0]}").content.decode(), r"\?[^\"]*hour=\d+[^\"]*")
    }
    at_places = {
        re.sub(r".*day=([\d-]+).*hour=(\d+).*|.*hour=(\d+).*day=([\d-]+).*", r"\1\4 \2\3", hour) for hour in hours
    }
    for place in sorted(at_places):
        day, hour = place.split()
        page = browser.get("/captured/", {"day": day, "hour": hour}).content.decode()
        for kind, said in SAID.items():
            found[kind] += said in page.partition('id="hour"')[2]
    assert found == Counter(dict.fromkeys(CATALOGUE, 4))


@pytest.mark.parametrize("kind", CATALOGUE)
def test_an_opened_hour_shows_every_field_of_each_kind(browser, captured, kind):
    hour = browser.get("/captured/", {"kind": kind, **hour_of(captured - timedelta(hours=1))}).content.decode()
    evidence = words_of(hour.partition('id="hour"')[2])
    texts = [
        value
        for name, value in FIELDS[kind].items()
        if isinstance(value, str) and name not in ("image", "button", "role")
    ]
    numbers = [
        f"{FIELDS[kind][name]}" for name in ("count", "presses", "clicks", "width", "height") if name in FIELDS[kind]
    ]
    for said in [*texts, *numbers, SAID[kind]]:
        assert said in evidence, said


def test_a_screenshot_opens_to_the_bytes_that_were_sent(browser, captured):
    hour = browser.get("/captured/", hour_of(captured - timedelta(days=1))).content.decode()
    [address] = links(hour, '/captured/picture/[^"]+')
    assert browser.get(address).content == base64.b64decode(PNG)


def test_what_was_refused_is_counted_with_its_reason_and_nothing_is_counted_twice(browser, alice, hand_in, captured):
    """The sum of what a device was told is what the person is told, reason by reason."""
    old, soon = captured - timedelta(days=30), captured + timedelta(hours=2)
    results = hand_in(
        ("interface-learning", "mouse", [{"t": old.isoformat(), "x": 1, "y": 1}] * 3),
        ("interface-learning", "mouse", [{"t": soon.isoformat(), "x": 1, "y": 1}] * 2),
        ("interface-learning", "click", [{"t": captured.isoformat(), "x": "left"}] * 4),
        ("interface-learning", "keylog", [{"t": captured.isoformat(), "key": "a"}] * 5),
        ("interface-learning", "mouse", [{"t": captured.isoformat(), "x": 1, "y": 1, "mood": "calm"}]),
    )
    told = sum((Counter(each["refused"]) for each in results), Counter())
    assert told == {"before_grant": 3, "clock": 2, "malformed": 4, "undisclosed_kind": 5}
    with acting_for(alice.pk):
        counted = Counter()
        for reason, count in Refusal.objects.exclude(reason="undisclosed_field").values_list("reason", "count"):
            counted[reason] += count
    assert counted == told
    page = browser.get("/captured/").content.decode().partition('id="refused"')[2]
    table = [int(number) for number in re.findall(r'<td class="n">([\d,]+)</td>', page.partition("</table>")[0])]
    assert sorted(table) == [1, 2, 3, 4, 5]
    words = " ".join(words_of(page).split())
    for said in ("It was captured before your yes", "cut off: mood", "keylog"):
        assert said in words


def test_opening_is_written_down_where_the_person_sees_it_and_looking_at_numbers_is_not(browser, alice, captured):
    browser.get("/captured/")
    assert looks_of(alice) == 0
    browser.get("/captured/", hour_of(captured))
    assert looks_of(alice) == 1
    assert "To see what was captured" in browser.get("/captured/who-looked/").content.decode()


def looks_of(person):
    with acting_for(person.pk):
        return Consultation.objects.filter(person=person.pk).count()


def delete(browser, **form):
    """Asks on the page, reads how many it says, confirms; the number said. The worker then does its work."""
    check = browser.get("/captured/delete/", form).content.decode()
    said = int(re.search(r"Delete ([\d,]+) records?", check)[1].replace(",", ""))
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', check.partition("<main")[2])
    given = {}
    for name, value in fields:
        if name != "csrfmiddlewaretoken":
            given.setdefault(name, []).append(value)
    assert browser.post("/captured/delete/", given).status_code == 302
    at = timezone.now() + timedelta(seconds=1)
    sweep(at=at)
    while steps := due_steps(at=at):
        for step in steps:
            fulfilment.fulfil(step_id=step, now=lambda: at)
    return said


def test_one_day_of_one_kind_is_deleted_to_the_event_and_the_rest_stays(browser, alice, captured):
    day = (captured - timedelta(days=14)).astimezone(BERLIN).date()
    before = held(alice)
    assert delete(browser, from_day=day, to_day=day, kinds=["window"]) == 1
    assert before - held(alice) == {"window": 1}
    assert shown(browser)[1] == dict(held(alice))


def test_all_of_it_is_deleted_by_the_person_alone_and_the_page_then_says_so(browser, alice, captured):
    assert delete(browser, everything=1) == 32
    assert sum(held(alice).values()) == 0
    assert "Nothing about you is stored." in browser.get("/captured/").content.decode()


def test_the_receipt_of_a_deletion_says_how_many_went(browser, captured):
    delete(browser, everything=1)
    listed = set(re.findall(r"/receipts/([0-9a-f-]{36})", browser.get("/receipts/").content.decode()))
    bodies = [json.loads(b"".join(browser.get(f"/receipts/{one}.json"))) for one in listed]
    assert [body["body"]["removed"] for body in bodies if "removed" in body["body"]] == [32]
