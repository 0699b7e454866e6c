"""The gate: what is stored, and for everything else one reason why not."""

from datetime import timedelta

import pytest

from consent.captures.gate import IncomingSegment, admit
from consent.captures.models import Refusal, Segment
from consent.choices.models import ErasedSpan, State
from consent.collectors.enrolment import enrol, revoke
from consent.database import acting_for
from consent.programmes.models import Programme, ProgrammeState, Suspension
from consent.programmes.publication import publish
from tests.cast import draft

from .conftest import ASSISTANT, DESKTOP


def counters(person):
    return {(each.reason, each.field): each.count for each in Refusal.objects.filter(person=person)}


def test_what_is_consented_to_is_stored(alice, stands, send, event):
    stands(alice, "mouse")
    outcome = send("mouse", event(-60, x=1, y=2), event(-59, x=3, y=4))
    assert (outcome.stored, outcome.refused, outcome.dropped_fields) == (2, {}, {})
    row = Segment.objects.get()
    assert (row.id, row.person, row.kind, row.count, row.decision_no) == (outcome.segment, alice.pk, "mouse", 2, 1)
    assert (row.start.second, row.end.second, row.bytes) == (0, 1, len(row.sealed))


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.UNDECIDED, "not_consented"),
        (State.REFUSED, "not_consented"),
        (State.WITHDRAWN, "withdrawn"),
        (State.REVOKED, "withdrawn"),
        (State.INVALIDATED, "withdrawn"),
        (State.EXPIRED, "withdrawn"),
    ],
)
def test_nothing_is_stored_unless_consent_stands(alice, stands, send, event, state, reason):
    stands(alice, "mouse", state=state)
    assert send("mouse", event(x=1), event(x=2)).refused == {reason: 2}
    assert not Segment.objects.exists()
    assert counters(alice) == {(reason, ""): 2}


def test_nothing_is_stored_for_somebody_who_never_chose(send, event):
    assert send("mouse", event(x=1)).refused == {"not_consented": 1}


def test_consent_to_one_kind_is_not_consent_to_another(alice, stands, send, event):
    stands(alice, "mouse")
    assert send("click", event(x=1)).refused == {"not_consented": 1}


def test_consent_to_the_terms_of_an_older_notice_is_no_consent_now(alice, stands, send, event):
    stands(alice, "mouse", terms_digest="0" * 64)
    assert send("mouse", event(x=1)).refused == {"not_consented": 1}


def test_the_consent_of_another_person_lets_nothing_in(alice, cast, stands, send, event):
    stands(cast.mallory, "mouse")
    assert send("mouse", event(x=1)).refused == {"not_consented": 1}


def test_a_session_that_acts_for_somebody_else_stores_nothing(alice, cast, stands, at, event):
    stands(alice, "mouse")
    segment = IncomingSegment.of(programme="interface-learning", kind="mouse", events=[event(x=1)])
    with acting_for(cast.mallory.pk), pytest.raises(Exception, match="row-level security"):
        admit(person_id=alice.pk, collector_id=None, segments=[segment], at=at)


def test_a_paused_consent_lets_nothing_in(alice, stands, send, event, at):
    stands(alice, "mouse", paused_until=at + timedelta(days=40000))
    assert send("mouse", event(x=1)).refused == {"paused": 1}


def test_a_pause_that_is_over_lets_captures_in_again(alice, stands, send, event, at):
    stands(alice, "mouse", paused_until=at - timedelta(days=400))
    assert send("mouse", event(x=1)).stored == 1


@pytest.mark.parametrize(("state", "reason"), [("suspended", "programme_suspended"), ("ended", "programme_ended")])
def test_a_closed_programme_takes_nothing_in(alice, stands, send, event, programmes, state, reason):
    stands(alice, "mouse")
    Programme.objects.filter(slug="interface-learning").update(state=ProgrammeState(state))
    assert send("mouse", event(x=1)).refused == {reason: 1}


def test_an_event_that_only_reaches_into_a_time_in_which_the_programme_was_stopped_is_refused(
    alice, stands, send, event, programmes, at
):
    stands(alice, "window", programme="desktop-activity")
    Suspension.objects.create(
        programme=programmes["desktop-activity"], start=at - timedelta(seconds=60), end=at - timedelta(seconds=30)
    )
    events = [event(-90, duration=20), event(-80, duration=30), event(-45), event(-30, duration=5)]
    outcome = send("window", *events, programme="desktop-activity")
    assert (outcome.stored, outcome.refused) == (2, {"programme_suspended": 2})


def test_a_programme_takes_nothing_in_after_its_last_day(alice, stands, send, event, new_notice, at):
    new_notice("interface-learning", "interface-learning-2", ends_on=at.date())
    stands(alice, "mouse")
    assert send("mouse", event(10, x=1)).stored == 1
    assert send("mouse", event(10, x=1), at=at + timedelta(days=1)).refused == {"programme_ended": 1}


def test_whoever_is_not_invited_is_not_captured(alice, stands, send, event, new_notice):
    new_notice("interface-learning", "interface-learning-2", audience={"departments": ["Warehouse"]})
    stands(alice, "mouse")
    assert send("mouse", event(x=1)).refused == {"not_offered": 1}


def test_a_kind_that_the_notice_does_not_list_is_refused_whole(alice, send, event):
    assert send("prompt", event(text="secret"), event()).refused == {"undisclosed_kind": 2}
    assert send("made-up", event()).refused == {"undisclosed_kind": 1}


def test_a_programme_that_does_not_exist_discloses_nothing(send, event):
    assert send("mouse", event(x=1), programme="no-such").refused == {"undisclosed_kind": 1}


def test_a_segment_that_names_another_person_is_refused(alice, stands, cast, at, event):
    stands(alice, "mouse")
    raw = IncomingSegment.of(programme="interface-learning", kind="mouse", events=[event(x=1)]).events
    named = [IncomingSegment("interface-learning", "mouse", raw, str(each.pk)) for each in (cast.mallory, alice)]
    outcomes = admit(person_id=alice.pk, collector_id=None, segments=named, at=at)
    assert [each.refused for each in outcomes] == [{"wrong_person": 1}, {}]


def test_a_collector_sends_only_for_programmes_it_was_enrolled_for(alice, stands, send, event, programmes, at):
    phone, _ = enrol(person=alice, name="phone", programmes=[programmes[ASSISTANT]], at=at)
    stands(alice, "mouse")
    assert send("mouse", event(x=1), collector=phone).refused == {"not_offered": 1}


def test_a_revoked_collector_stores_nothing_even_when_it_was_recognised_before(alice, stands, send, event, laptop, at):
    stands(alice, "mouse")
    assert send("mouse", event(x=1), collector=laptop).stored == 1
    revoke(collector=laptop, at=at)
    with pytest.raises(Exception, match="Send it again"):
        send("mouse", event(x=1), collector=laptop)
    assert Segment.objects.count() == 1


def test_what_was_captured_before_the_grant_stays_out(alice, stands, send, event, at):
    stands(alice, "mouse", since=at - timedelta(seconds=60))
    outcome = send("mouse", event(-61, x=1), event(-60, x=2), event(-59, x=3))
    assert (outcome.stored, outcome.refused) == (2, {"before_grant": 1})


def test_a_consent_does_not_cover_the_time_in_which_other_terms_were_in_force(
    alice, stands, send, programmes, event, at
):
    other = {"purpose": "Something else."}
    for minutes, changes in ((30, other), (10, {}), (5, {"language": "en"})):
        notice = draft("interface-learning-2", **changes)
        publish(programme=programmes["interface-learning"], draft=notice, at=at - timedelta(minutes=minutes))
    stands(alice, "mouse", since=at - timedelta(hours=1))
    outcome = send("mouse", event(-2400, x=1), event(-1200, x=2), event(-601, x=3), event(-600, x=4), event(-60, x=5))
    assert (outcome.stored, outcome.refused) == (2, {"before_grant": 3})


def test_an_event_that_lasts_must_begin_after_the_grant(alice, stands, send, event, at):
    stands(alice, "window", programme=DESKTOP, since=at - timedelta(seconds=60))
    outcome = send("window", event(-70, duration=30, app="Mail"), event(-40, duration=5, app="Mail"), programme=DESKTOP)
    assert (outcome.stored, outcome.refused) == (1, {"before_grant": 1})


def test_a_clock_more_than_five_minutes_ahead_is_not_believed(alice, stands, send, event):
    stands(alice, "mouse")
    outcome = send("mouse", event(299, x=1), event(301, x=1))
    assert (outcome.stored, outcome.refused) == (1, {"clock": 1})


def test_an_event_that_would_last_into_the_future_is_not_believed(alice, stands, send, event):
    stands(alice, "afk", programme=DESKTOP)
    outcome = send(
        "afk", event(-60, duration=30, status="afk"), event(-60, duration=400, status="afk"), programme=DESKTOP
    )
    assert (outcome.stored, outcome.refused) == (1, {"clock": 1})


def test_a_clock_that_runs_backwards_inside_a_segment_is_not_believed(alice, stands, send, event):
    stands(alice, "mouse")
    outcome = send("mouse", event(-60, x=1), event(-50, x=2), event(-55, x=3), event(-40, x=4))
    assert (outcome.stored, outcome.refused) == (3, {"clock": 1})


def test_one_event_from_the_future_does_not_make_the_others_late(alice, stands, send, event):
    stands(alice, "mouse")
    outcome = send("mouse", event(-60, x=1), event(86400, x=2), event(-50, x=3))
    assert (outcome.stored, outcome.refused) == (2, {"clock": 1})


@pytest.mark.parametrize(
    ("kind", "everywhere", "refused"), [("mouse", False, 2), ("", False, 2), ("", True, 2), ("click", False, 0)]
)
def test_what_falls_into_a_deleted_span_stays_deleted(
    alice, stands, send, event, programmes, at, kind, everywhere, refused
):
    stands(alice, "mouse")
    ErasedSpan.objects.create(
        person=alice,
        programme=None if everywhere else programmes["interface-learning"],
        kind=kind,
        start=at - timedelta(seconds=60),
        end=at - timedelta(seconds=50),
        request=alice.pk,
        erased_at=at,
    )
    outcome = send("mouse", event(-61, x=1), event(-60, x=2), event(-51, x=3), event(-50, x=4))
    assert outcome.refused.get("deleted", 0) == refused
    assert outcome.stored == 4 - refused


def test_an_event_that_reaches_into_a_deleted_span_stays_out(alice, stands, send, event, at):
    stands(alice, "window", programme=DESKTOP)
    ErasedSpan.objects.create(person=alice, start=at - timedelta(seconds=60), end=at, request=alice.pk, erased_at=at)
    outcome = send("window", event(-90, duration=20, app="a"), event(-65, duration=20, app="a"), programme=DESKTOP)
    assert (outcome.stored, outcome.refused) == (1, {"deleted": 1})


@pytest.mark.parametrize(("app", "stored"), [("Editor", 1), ("editor", 1), ("Chat", 0), (None, 0)])
def test_only_the_programs_that_the_notice_names_are_captured(alice, stands, send, event, app, stored):
    stands(alice, "screenshot")
    named = {} if app is None else {"app": app}
    outcome = send("screenshot", event(image="iVBORw0KGgo=", **named))
    assert (outcome.stored, outcome.refused) == (stored, {} if stored else {"excluded": 1})


def test_no_more_events_in_a_minute_are_stored_than_the_notice_allows(alice, stands, send, at):
    stands(alice, "click")
    times = [at - timedelta(minutes=10) + timedelta(milliseconds=50 * place) for place in range(1300)]
    events = [{"t": each.isoformat(), "x": 1, "y": 1} for each in times]
    first, second = send("click", *events[:500]), send("click", *events[500:])
    assert (first.stored, first.refused) == (500, {})
    assert (second.stored, second.refused) == (200, {"rate": 600})


def test_each_minute_has_its_own_count_however_the_events_arrived(alice, stands, send, event):
    stands(alice, "click")
    first, second = [event(-600, x=1)] * 10, [event(-540, x=1)] * 600
    assert send("click", *first, *second).stored == 610
    assert send("click", event(-600, x=1)).stored == 1
    assert send("click", event(-540, x=1)).refused == {"rate": 1}


def test_the_rate_counts_segments_of_one_batch_together(alice, stands, at):
    stands(alice, "click")
    events = [{"t": (at - timedelta(minutes=10)).isoformat(), "x": 1, "y": 1}] * 400
    segment = IncomingSegment.of(programme="interface-learning", kind="click", events=events)
    outcomes = admit(person_id=alice.pk, collector_id=None, segments=[segment, segment], at=at)
    assert [each.stored for each in outcomes] == [400, 200]


@pytest.mark.parametrize(
    ("t", "reason"), [("0001-01-01T00:00:00+14:00", "before_grant"), ("9999-12-31T23:59:59-14:00", "clock")]
)
def test_a_time_at_the_end_of_the_calendar_costs_only_its_own_event_where_the_rate_is_limited(
    alice, stands, send, event, t, reason
):
    stands(alice, "click")
    outcome = (
        send("click", event(-60, x=1), {"t": t, "x": 2}) if reason == "clock" else send("click", {"t": t}, event(x=1))
    )
    assert (outcome.stored, outcome.refused) == (1, {reason: 1})


def test_refusals_add_up_over_batches(alice, send, event):
    send("mouse", event(x=1))
    send("mouse", event(x=1), event(x=2))
    assert counters(alice) == {("not_consented", ""): 3}


def test_outcomes_come_one_per_segment_in_order(alice, stands, at, event):
    stands(alice, "mouse")
    stands(alice, "keystroke_count")
    kinds = ["keystroke_count", "click", "mouse", "made-up"]
    segments = [IncomingSegment.of(programme="interface-learning", kind=kind, events=[event()]) for kind in kinds]
    outcomes = admit(person_id=alice.pk, collector_id=None, segments=segments, at=at)
    assert [each.stored for each in outcomes] == [1, 0, 1, 0]


def test_a_segment_without_events_stores_and_refuses_nothing(alice, stands, send):
    stands(alice, "mouse")
    outcome = send("mouse")
    assert (outcome.segment, outcome.stored, outcome.refused) == (None, 0, {})


def test_the_gate_and_the_notices_agree_on_which_notice_is_in_force(alice, stands, send, event, new_notice, programmes):
    notice = new_notice("interface-learning", "interface-learning-1")
    stands(alice, "mouse")
    send("mouse", event(x=1))
    assert Segment.objects.get().notice == notice.pk
