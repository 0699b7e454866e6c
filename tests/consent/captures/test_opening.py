"""Opening: the person alone, a consultation first, and exactly what was sent."""

from datetime import timedelta

import pytest
from django.db import connections

from consent.captures.models import Segment
from consent.captures.opening import NotYours, open_events
from consent.consultations.models import Consultation
from consent.database import acting_for
from consent.seals.destruction import destroy
from consent.seals.opening import Unreadable
from tests.sessions import mouse_events

from .conftest import ASSISTANT, DESKTOP


@pytest.fixture
def opened(alice, at):
    def of(*kinds, actor=alice, start=at - timedelta(hours=1), end=at + timedelta(minutes=5), **named):
        return open_events(
            person_id=alice.pk,
            actor=actor,
            label="Alice",
            why="test",
            start=start,
            end=end,
            kinds=kinds,
            at=at,
            **named,
        )

    return of


def test_what_is_opened_is_what_was_sent(alice, stands, send, opened, at):
    stands(alice, "mouse")
    sent = mouse_events(3000, start=at - timedelta(minutes=50))
    send("mouse", *sent)
    found = opened("mouse")
    assert [
        {"t": each.t.isoformat(timespec="milliseconds").replace("+00:00", "Z"), **each.values} for each in found
    ] == sent


def test_each_type_of_value_comes_back_as_it_was(alice, stands, send, opened, event):
    stands(alice, "window", programme=DESKTOP)
    stands(alice, "prompt", programme=ASSISTANT)
    send("window", event(-60, duration=12.5, app="Editor", title="Žluťoučký 😀"), event(-40), programme=DESKTOP)
    send("prompt", event(-50, app="Chat", role="person", text="a\nb\u202ec\x00"), programme=ASSISTANT)
    found = opened("window", "prompt")
    assert [(each.kind, each.values) for each in found] == [
        ("window", {"duration": 12.5, "app": "Editor", "title": "Žluťoučký 😀"}),
        ("prompt", {"app": "Chat", "role": "person", "text": "a\nb\u202ec\x00"}),
        ("window", {}),
    ]


def test_a_picture_comes_back_as_bytes(alice, stands, send, opened, event):
    stands(alice, "screenshot")
    outcome = send("screenshot", event(app="Editor", width=1, height=1, image="iVBORw0KGgo="))
    assert outcome.stored == 1
    assert opened("screenshot")[0].values["image"] == b"\x89PNG\r\n\x1a\n"


def test_only_events_that_begin_in_the_span_are_opened(alice, stands, send, opened, event, at):
    stands(alice, "mouse")
    send("mouse", *(event(seconds, x=1) for seconds in (-20, -11, -10, -1, 0)))
    found = opened("mouse", start=at - timedelta(seconds=11), end=at)
    assert [each.t for each in found] == [at - timedelta(seconds=seconds) for seconds in (11, 10, 1)]


def test_only_the_kinds_and_the_programme_asked_for_are_opened(alice, stands, send, opened, event, programmes):
    stands(alice, "mouse")
    stands(alice, "click")
    send("mouse", event(x=1))
    send("click", event(x=2))
    assert [each.kind for each in opened("click")] == ["click"]
    assert opened("click", programme=programmes[DESKTOP].pk) == []


@pytest.mark.parametrize("who", ["bob", "carol", "dan", "erin", "frank", "heidi", "mallory"])
def test_nobody_else_opens_it_whatever_their_role(cast, alice, stands, send, opened, event, who):
    stands(alice, "mouse")
    send("mouse", event(x=1))
    with pytest.raises(NotYours):
        opened("mouse", actor=getattr(cast, who))


def test_a_session_that_acts_for_somebody_else_finds_nothing(cast, alice, stands, send, opened, event):
    stands(alice, "mouse")
    send("mouse", event(x=1))
    with acting_for(cast.mallory.pk):
        assert opened("mouse") == []


def test_the_consultation_says_who_looked_at_what_and_not_what_was_seen(alice, stands, send, opened, event):
    stands(alice, "prompt", programme=ASSISTANT)
    send("prompt", event(text="canary-7f3a"), programme=ASSISTANT)
    opened("prompt")
    row = Consultation.objects.get()
    assert (row.person, row.actor, row.actor_label, row.why) == (alice.pk, alice.pk, "Alice", "test")
    assert "10 November 2026" in row.what
    assert "canary" not in str(Consultation.objects.values().get())


def test_a_failed_opening_stays_listed(own_database, alice, stands, send, opened, event):
    stands(alice, "mouse")
    send("mouse", event(x=1))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE captures_segment DISABLE TRIGGER ALL")
        cursor.execute("ALTER TABLE captures_segment NO FORCE ROW LEVEL SECURITY")
        cursor.execute("""UPDATE captures_segment SET "end" = "end" + interval '1 second'""")
    with pytest.raises(Unreadable):
        opened("mouse")
    assert Consultation.objects.count() == 1


def test_what_a_deletion_has_reached_is_left_out(alice, stands, send, opened, event, programmes, at):
    stands(alice, "mouse")
    send("mouse", event(x=1))
    destroy(person=alice.pk, programme=programmes["interface-learning"].pk, at=at)
    assert opened("mouse") == []


@pytest.mark.parametrize("column", ["person", "programme", "notice", "key", "id"])
def test_a_segment_that_was_moved_does_not_open(alice, stands, send, event, cast, column):
    from consent.captures.resealing import open_segment

    stands(alice, "mouse")
    send("mouse", event(x=1))
    row = Segment.objects.get()
    assert open_segment(row)
    setattr(row, column, cast.mallory.pk)
    with pytest.raises(Unreadable):
        open_segment(row)


@pytest.mark.parametrize("column", ["kind", "decision_no", "count", "start", "end"])
def test_a_segment_that_was_altered_does_not_open(alice, stands, send, event, column):
    from consent.captures.resealing import open_segment

    stands(alice, "mouse")
    send("mouse", event(x=1))
    row = Segment.objects.get()
    old = getattr(row, column)
    match old:
        case str():
            new = "click"
        case int():
            new = old + 1
        case _:
            new = old + timedelta(microseconds=1)
    setattr(row, column, new)
    with pytest.raises(Unreadable):
        open_segment(row)


def test_sealed_bytes_do_not_show_their_content(alice, stands, send, event):
    stands(alice, "prompt", programme=ASSISTANT)
    send("prompt", event(text="canary-7f3a"), programme=ASSISTANT)
    assert b"canary" not in bytes(Segment.objects.get().sealed)
