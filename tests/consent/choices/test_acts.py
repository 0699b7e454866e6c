"""Turning everything off, leaving and coming back, deleted spans, history."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.choices.ending import end_all, start_over
from consent.choices.history import allowed_times, decision_times, history, intervals
from consent.choices.models import Channel, Decision, Standing, State
from consent.choices.off import turn_everything_off
from consent.choices.overview import overview
from consent.choices.spans import bury, spans_of
from consent.database import acting_for
from consent.ledger.models import Entry
from consent.programmes import states
from consent.programmes.models import NoticeVersion
from consent.programmes.notices import in_force
from consent.programmes.publication import publish
from consent.receipts import records
from consent.receipts.verification import verify_file
from tests.cast import draft


@pytest.fixture
def mixed(cast, programmes, allow, deny):
    """Alice allows mouse, click and window, refuses keystroke counts, and has not chosen the rest."""
    learning, desktop = programmes["interface-learning"], programmes["desktop-activity"]
    allow(cast.alice, learning, "mouse")
    allow(cast.alice, learning, "click")
    deny(cast.alice, learning, "keystroke_count")
    allow(cast.alice, desktop, "window")
    with acting_for(cast.alice.pk):
        yield cast.alice


def states_of(person):
    return {row.kind: row.state for row in Standing.objects.filter(person=person)}


def test_everything_off_withdraws_each_yes_and_leaves_the_rest(mixed):
    made = turn_everything_off(person=mixed, channel=Channel.PORTAL, recorded_by=mixed.pk)
    assert [(each.kind, each.state) for each in made] == [
        ("click", State.WITHDRAWN), ("mouse", State.WITHDRAWN), ("window", State.WITHDRAWN),
    ]  # fmt: skip
    assert states_of(mixed) == {
        "mouse": State.WITHDRAWN, "click": State.WITHDRAWN, "window": State.WITHDRAWN, "keystroke_count": State.REFUSED,
    }  # fmt: skip
    assert all(each.erase_after for each in made)
    assert [each.number for each in made] == [5, 6, 7]
    assert made[0].at < made[1].at < made[2].at


def test_everything_off_is_one_act_one_receipt_one_leaf_with_a_record_of_each(mixed):
    leaves = Entry.objects.filter(kind="receipt.decision").count()
    made = turn_everything_off(person=mixed, channel=Channel.PORTAL, recorded_by=mixed.pk)
    [receipt] = {each.receipt for each in made}
    document = json.loads(bytes(receipt.document))
    carried = document["body"]["dpv:hasRecordOfActivity"]
    assert Entry.objects.filter(kind="receipt.decision").count() == leaves + 1
    assert [each["dct:identifier"] for each in carried] == [str(each.pk) for each in made]
    assert (document["state"], receipt.about, receipt.issued_at) == ("withdrawn", "3 choices", made[-1].at)
    assert verify_file(bytes(receipt.document)).genuine


def test_a_receipt_of_an_act_in_one_programme_names_it(mixed, programmes, deny):
    deny(mixed, programmes["desktop-activity"], "window")
    made = turn_everything_off(person=mixed, channel=Channel.PORTAL, recorded_by=mixed.pk)
    assert made[0].receipt.about == "Interface learning: 2 choices"


def test_an_act_too_large_for_one_receipt_has_several_that_verify(mixed, monkeypatch):
    monkeypatch.setattr(records, "RECORDS_BYTES_MAX", 14_000)
    made = turn_everything_off(person=mixed, channel=Channel.PORTAL, recorded_by=mixed.pk)
    receipts = [each.receipt for each in made]
    assert [receipt.about for receipt in receipts] == ["Interface learning: 2 choices"] * 2 + [
        "Desktop activity: Window titles"
    ]
    for decision, receipt in zip(made, receipts, strict=True):
        assert str(decision.pk) in bytes(receipt.document).decode()
        assert verify_file(bytes(receipt.document)).genuine


def test_everything_that_the_demonstration_asks_for_goes_off_with_one_receipt(cast, programmes, allow):
    for programme in programmes.values():
        for kind in in_force(programme).kinds.all():
            allow(cast.alice, programme, kind.kind)
    with acting_for(cast.alice.pk):
        made = turn_everything_off(person=cast.alice, channel=Channel.PORTAL, recorded_by=cast.alice.pk)
    assert len(made) == 8
    assert {each.receipt_id for each in made} == {made[0].receipt_id}
    assert len(made[0].receipt.document) < 80 * 1024
    assert verify_file(bytes(made[0].receipt.document)).genuine


def test_everything_off_twice_is_everything_off(mixed):
    turn_everything_off(person=mixed, channel=Channel.PORTAL, recorded_by=mixed.pk)
    assert turn_everything_off(person=mixed, channel=Channel.PORTAL, recorded_by=mixed.pk) == []


def test_everything_off_works_while_a_programme_is_stopped(mixed, programmes, at):
    states.suspend(programme=programmes["interface-learning"], by=mixed.pk, at=at)
    assert len(turn_everything_off(person=mixed, channel=Channel.PORTAL, recorded_by=mixed.pk)) == 3


def test_leaving_revokes_each_yes_with_a_receipt(mixed, cast):
    assert end_all(person=mixed, state=State.REVOKED, by=cast.heidi.pk) == 3
    assert states_of(mixed)["mouse"] == State.REVOKED
    last = Decision.objects.first()
    assert (last.state, last.recorded_by, last.receipt.state) == (State.REVOKED, cast.heidi.pk, "revoked")
    assert Decision.objects.filter(receipt=last.receipt).count() == 3


def test_leaving_never_puts_a_no_into_the_persons_mouth(mixed, cast):
    with pytest.raises(ValueError):
        end_all(person=mixed, state=State.WITHDRAWN, by=cast.heidi.pk)


def test_coming_back_starts_undecided_and_keeps_the_history(mixed, cast, at):
    end_all(person=mixed, state=State.REVOKED, by=cast.heidi.pk)
    before = len(history(mixed))
    start_over(person=mixed, at=at)
    assert set(states_of(mixed).values()) == {State.UNDECIDED}
    assert {choice.state for each in overview(mixed) for choice in each.kinds} == {State.UNDECIDED}
    assert len(history(mixed)) == before


def test_a_no_after_coming_back_is_a_refusal_and_a_yes_a_new_one(mixed, cast, programmes, allow, deny, at):
    end_all(person=mixed, state=State.REVOKED, by=cast.heidi.pk)
    start_over(person=mixed, at=at)
    assert deny(mixed, programmes["interface-learning"], "mouse").state == State.REFUSED
    assert allow(mixed, programmes["interface-learning"], "click").state == State.GIVEN


def test_a_deleted_span_raises_the_version_of_what_it_covers_and_changes_no_choice(mixed, programmes, at):
    learning = programmes["interface-learning"].pk
    bury(
        person_id=mixed.pk, programme_id=learning, kinds=["mouse", "screenshot"], start=at, end=at + timedelta(hours=1),
        request_id=mixed.pk, at=at,
    )  # fmt: skip
    assert {row.kind: row.span_version for row in Standing.objects.all()} == {
        "mouse": 1, "click": 0, "keystroke_count": 0, "window": 0,
    }  # fmt: skip
    assert states_of(mixed)["mouse"] == State.GIVEN
    assert [(span.programme_id, span.kind, span.start) for span in spans_of(mixed.pk)] == [
        (learning, "mouse", at), (learning, "screenshot", at),
    ]  # fmt: skip


def test_a_span_of_everything_covers_every_kind_of_every_programme(mixed, at):
    bury(person_id=mixed.pk, programme_id=None, kinds=None, start=None, end=at, request_id=mixed.pk, at=at)
    assert set(Standing.objects.values_list("span_version", flat=True)) == {1}
    assert [(span.programme_id, span.kind, span.start) for span in spans_of(mixed.pk)] == [(None, "", None)]


def test_history_is_the_persons_decisions_the_latest_first(mixed, programmes):
    assert [each.kind for each in history(mixed)] == ["window", "keystroke_count", "click", "mouse"]
    assert [each.kind for each in history(mixed, programme=programmes["desktop-activity"])] == ["window"]
    assert [programme for programme, _ in decision_times(mixed)][-1] == programmes["desktop-activity"].pk


def test_intervals_are_from_each_yes_to_the_next_no(mixed, programmes, allow, deny):
    learning = programmes["interface-learning"]
    off = deny(mixed, learning, "mouse")
    on = allow(mixed, learning, "mouse")
    found = intervals(person=mixed, programme=learning.pk, kind="mouse")
    first = Decision.objects.get(kind="mouse", number=1)
    assert [(each.start, each.end, each.decision_no) for each in found] == [
        (first.at, off.at, 1),
        (on.at, None, on.number),
    ]


def test_a_refusal_is_no_interval(mixed, programmes):
    learning = programmes["interface-learning"].pk
    assert intervals(person=mixed, programme=learning, kind="keystroke_count") == []


def test_two_queries_tell_when_everything_was_allowed(mixed, programmes, allow, deny, django_assert_num_queries):
    learning, desktop = programmes["interface-learning"], programmes["desktop-activity"]
    deny(mixed, learning, "mouse")
    publish(programme=learning, draft=draft("interface-learning-2", storage_days=365), at=timezone.now())
    allow(mixed, learning, "mouse")
    with django_assert_num_queries(2):
        times = allowed_times(person_id=mixed.pk)
    decided = {(learning.pk, "mouse"), (learning.pk, "click"), (learning.pk, "keystroke_count"), (desktop.pk, "window")}
    assert set(times) == decided
    assert {kind: len(found) for (_, kind), found in times.items()} == {
        "mouse": 2, "click": 1, "keystroke_count": 0, "window": 1,
    }  # fmt: skip
    for programme, kind in decided:
        assert times[programme, kind] == intervals(person=mixed, programme=programme, kind=kind)
    assert times[learning.pk, "click"][0].end == NoticeVersion.objects.latest("published_at").published_at


def test_of_two_notices_published_in_the_same_moment_the_later_one_counts(mixed, programmes):
    learning, moment = programmes["interface-learning"], timezone.now()
    without = draft("interface-learning-2")
    without = replace(without, kinds=tuple(each for each in without.kinds if each.kind != "click"))
    for each in (draft("interface-learning-2", text="Plainer."), without):
        publish(programme=learning, draft=each, at=moment)
    assert intervals(person=mixed, programme=learning.pk, kind="click")[0].end == moment


def test_an_interval_ends_when_a_notice_with_other_terms_is_published(mixed, programmes, cast):
    learning = programmes["interface-learning"]
    made = Decision.objects.get(kind="mouse")
    moments = [made.at + timedelta(minutes=number) for number in (1, 2, 3)]
    wider = draft("interface-learning-2", storage_days=365)
    for moment, each in zip(
        moments, (replace(wider, storage_days=90, text="Plainer."), wider, draft("interface-learning-2")), strict=True
    ):
        publish(programme=learning, draft=each, at=moment)
    found = intervals(person=mixed, programme=learning.pk, kind="mouse")
    assert [(each.start, each.end) for each in found] == [(made.at, moments[1]), (moments[2], None)]


def test_a_yes_in_a_programme_that_asks_no_more_stays_in_sight(mixed, programmes, new_notice, at):
    new_notice("interface-learning", "interface-learning-2", audience={"departments": ["Warehouse"]})
    states.end(programme=programmes["desktop-activity"], by=mixed.pk, at=at)
    shown = {each.programme.slug: [c.kind.kind for c in each.kinds] for each in overview(mixed)}
    assert shown["interface-learning"] == ["click", "mouse"]
    assert shown["desktop-activity"] == ["window"]


def test_a_stopped_programme_records_nothing_and_keeps_the_choice(mixed, programmes, at):
    states.suspend(programme=programmes["interface-learning"], by=mixed.pk, at=at)
    programme = next(each for each in overview(mixed) if each.programme.slug == "interface-learning")
    assert programme.recorded == ()
    assert [choice.state for choice in programme.kinds[:2]] == [State.GIVEN, State.GIVEN]
