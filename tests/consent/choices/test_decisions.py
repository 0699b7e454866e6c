"""Giving, refusing, withdrawing."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from consent.choices import recording
from consent.choices.decisions import KeyReused, NotByAnother, NoticeChanged, decide
from consent.choices.models import Channel, Decision, Standing, State
from consent.choices.overview import overview
from consent.database import acting_for
from consent.ledger.models import Entry
from consent.people.roles import Inactive
from consent.programmes import states
from consent.programmes.notices import NotOffered, in_force
from consent.programmes.states import ProgrammeClosed
from consent.receipts.models import Receipt


def stands(person, programme, kind):
    with acting_for(person.pk):
        return Standing.objects.filter(person=person, programme=programme, kind=kind).first()


def test_nothing_stands_until_it_is_chosen(cast, programmes):
    with acting_for(cast.alice.pk):
        assert not Standing.objects.exists()
        asked = overview(cast.alice)
    assert {choice.state for each in asked for choice in each.kinds} == {State.UNDECIDED}
    assert [each.recorded for each in asked] == [(), (), ()]


def test_a_yes_stands_bound_to_the_notice_shown(cast, learning, allow):
    made = allow(cast.alice, learning, "mouse")
    notice = in_force(learning)
    assert (made.state, made.notice, made.text_sha256) == (State.GIVEN, notice, notice.text_sha256)
    assert made.terms_digest == notice.kinds.get(kind="mouse").terms_digest
    standing = stands(cast.alice, learning, "mouse")
    assert (standing.state, standing.decision_no, standing.since) == (State.GIVEN, made.number, made.at)
    assert standing.terms_digest == made.terms_digest


def test_a_yes_to_one_kind_is_no_yes_to_another(cast, learning, allow):
    allow(cast.alice, learning, "mouse")
    assert stands(cast.alice, learning, "click") is None


def test_a_first_no_is_a_refusal_and_schedules_nothing(cast, learning, deny):
    made = deny(cast.alice, learning, "mouse")
    assert (made.state, made.erase_after) == (State.REFUSED, None)


@pytest.mark.parametrize("word", [State.REFUSED, State.WITHDRAWN])
def test_a_no_after_a_yes_is_a_withdrawal_whichever_word_is_used(cast, learning, allow, word):
    allow(cast.alice, learning, "mouse")
    with acting_for(cast.alice.pk):
        made = decide(
            person=cast.alice, programme=learning, kind="mouse", state=word, notice_version=2, channel=Channel.API,
            recorded_by=cast.alice.pk,
        )  # fmt: skip
    assert made.state == State.WITHDRAWN
    assert made.erase_after == made.at + timedelta(days=7)


def test_the_time_of_grace_is_the_programmes_own(cast, learning, allow, deny):
    learning.grace_days = 0
    learning.save()
    allow(cast.alice, learning, "mouse")
    made = deny(cast.alice, learning, "mouse")
    assert made.erase_after == made.at


@pytest.mark.parametrize("version", [None, 1, 2, 99])
def test_a_no_succeeds_whatever_version_it_names(cast, learning, allow, deny, version):
    allow(cast.alice, learning, "mouse")
    made = deny(cast.alice, learning, "mouse", version)
    assert made.state == State.WITHDRAWN
    assert made.notice.number == (1 if version == 1 else 2)


@pytest.mark.parametrize("act", [states.suspend, states.end])
def test_a_no_succeeds_in_a_programme_that_is_closed(cast, learning, allow, deny, act, at):
    allow(cast.alice, learning, "mouse")
    act(programme=learning, by=cast.frank.pk, at=at)
    assert deny(cast.alice, learning, "mouse").state == State.WITHDRAWN


def test_a_no_succeeds_when_the_programme_does_not_ask_the_person_any_more(cast, learning, allow, deny, new_notice):
    allow(cast.alice, learning, "mouse")
    new_notice("interface-learning", "interface-learning-2", audience={"departments": ["Warehouse"]})
    assert deny(cast.alice, learning, "mouse").state == State.WITHDRAWN


def test_a_no_succeeds_when_the_notice_has_dropped_the_kind(cast, learning, allow, deny, new_notice):
    allow(cast.alice, learning, "screenshot")
    new_notice("interface-learning", "interface-learning-1")
    assert deny(cast.alice, learning, "screenshot", 3).state == State.WITHDRAWN


def test_a_no_succeeds_for_somebody_who_has_left(cast, learning, allow, deny, at):
    allow(cast.alice, learning, "mouse")
    cast.alice.is_active, cast.alice.active_to = False, at
    cast.alice.save()
    assert deny(cast.alice, learning, "mouse").state == State.WITHDRAWN


def test_a_no_may_be_written_down_by_somebody_else(cast, learning, allow, deny):
    allow(cast.alice, learning, "mouse")
    made = deny(cast.alice, learning, "mouse", channel=Channel.PHONE, recorded_by=cast.carol.pk)
    assert (made.state, made.channel, made.recorded_by) == (State.WITHDRAWN, Channel.PHONE, cast.carol.pk)


def test_a_yes_is_never_written_down_by_somebody_else(cast, learning, allow):
    with pytest.raises(NotByAnother):
        allow(cast.alice, learning, "mouse", channel=Channel.PHONE, recorded_by=cast.carol.pk)
    assert stands(cast.alice, learning, "mouse") is None


def test_the_table_refuses_a_yes_by_somebody_else_too(cast, learning, allow):
    made = allow(cast.alice, learning, "mouse")
    row = Decision(**{field.attname: getattr(made, field.attname) for field in Decision._meta.fields})
    row.id, row.number, row.recorded_by, row.receipt_id = uuid4(), 99, cast.carol.pk, uuid4()
    with acting_for(cast.alice.pk), pytest.raises(IntegrityError, match="given_by_the_person"), transaction.atomic():
        row.save(force_insert=True)


def test_a_yes_to_an_older_notice_is_answered_with_the_one_in_force(cast, learning, allow):
    with pytest.raises(NoticeChanged) as caught:
        allow(cast.alice, learning, "mouse", 1)
    assert caught.value.code == "notice_changed"
    assert caught.value.current == in_force(learning)
    assert stands(cast.alice, learning, "mouse") is None


def test_a_yes_that_names_no_notice_is_not_informed(cast, learning):
    with acting_for(cast.alice.pk), pytest.raises(NoticeChanged):
        decide(
            person=cast.alice, programme=learning, kind="mouse", state=State.GIVEN, notice_version=None,
            channel=Channel.API, recorded_by=cast.alice.pk,
        )  # fmt: skip


@pytest.mark.parametrize(("act", "code"), [(states.suspend, "programme_suspended"), (states.end, "programme_ended")])
def test_a_closed_programme_takes_no_yes(cast, learning, allow, act, code, at):
    act(programme=learning, by=cast.frank.pk, at=at)
    with pytest.raises(ProgrammeClosed) as caught:
        allow(cast.alice, learning, "mouse")
    assert caught.value.code == code


def test_a_programme_past_its_end_date_takes_no_yes(cast, learning, allow, new_notice):
    new_notice("interface-learning", "interface-learning-2", ends_on=datetime(2026, 11, 10, tzinfo=UTC).date())
    with patch.object(recording, "_MOMENT", "SELECT coalesce(%s::timestamptz, '2026-11-11T00:00Z')"):
        with pytest.raises(ProgrammeClosed) as caught:
            allow(cast.alice, learning, "mouse")
    assert caught.value.code == "programme_ended"


def test_a_kind_that_the_notice_does_not_list_is_not_offered(cast, programmes, allow, deny):
    for say in (allow, deny):
        with pytest.raises(NotOffered):
            say(cast.alice, programmes["desktop-activity"], "mouse")


def test_whoever_is_not_asked_cannot_say_yes(cast, learning, allow, new_notice):
    new_notice("interface-learning", "interface-learning-2", audience={"departments": ["Warehouse"]})
    with pytest.raises(NotOffered):
        allow(cast.alice, learning, "mouse")


def test_whoever_has_left_cannot_say_yes(cast, learning, allow, at):
    cast.alice.is_active, cast.alice.active_to = False, at
    cast.alice.save()
    with pytest.raises(Inactive):
        allow(cast.alice, learning, "mouse")


def test_the_same_answer_again_is_the_decision_that_stands(cast, learning, allow, deny):
    assert allow(cast.alice, learning, "mouse") == allow(cast.alice, learning, "mouse")
    withdrawn = deny(cast.alice, learning, "mouse")
    assert deny(cast.alice, learning, "mouse") == withdrawn
    assert allow(cast.alice, learning, "mouse").number == withdrawn.number + 1


def test_a_repeated_key_is_answered_with_the_decision_it_made_even_after_another(cast, learning, allow, deny):
    first = allow(cast.alice, learning, "mouse", idempotency_key="k1")
    deny(cast.alice, learning, "mouse", idempotency_key="k2")
    assert allow(cast.alice, learning, "mouse", idempotency_key="k1") == first
    assert stands(cast.alice, learning, "mouse").state == State.WITHDRAWN


def test_a_key_used_for_another_choice_makes_no_yes_but_stops_no_no(cast, learning, allow, deny):
    allow(cast.alice, learning, "mouse", idempotency_key="k1")
    with pytest.raises(KeyReused):
        allow(cast.alice, learning, "click", idempotency_key="k1")
    assert deny(cast.alice, learning, "mouse", idempotency_key="k1").state == State.WITHDRAWN


def test_keys_of_two_people_are_apart(cast, learning, allow):
    assert allow(cast.alice, learning, "mouse", idempotency_key="k1").person_id == cast.alice.pk
    assert allow(cast.bob, learning, "mouse", idempotency_key="k1").person_id == cast.bob.pk


def test_since_rises_strictly_even_while_the_clock_stands(cast, learning, allow, deny):
    still = "SELECT greatest(%s::timestamptz + interval '1 microsecond', '2026-11-10T09:00Z'::timestamptz)"
    with patch.object(recording, "_MOMENT", still):
        made = [say(cast.alice, learning, "mouse") for say in (allow, deny, allow, deny)]
    times = [each.at for each in made]
    assert times == [times[0] + timedelta(microseconds=number) for number in range(4)]
    assert [each.number for each in made] == [1, 2, 3, 4]


def test_since_is_the_databases_clock_and_not_the_start_of_the_transaction(cast, learning, allow):
    with connection.cursor() as cursor:
        cursor.execute("SELECT now(), pg_sleep(0.02), clock_timestamp()")
        began, _, now = cursor.fetchone()
    assert allow(cast.alice, learning, "mouse").at > now > began


def test_a_decision_its_receipt_its_entry_and_what_stands_are_all_or_nothing(cast, learning, allow):
    before = Entry.objects.count()
    for target in ("Standing.save", "Decision.save"):
        with patch(f"consent.choices.recording.{target}", side_effect=RuntimeError("power cut")):
            with pytest.raises(RuntimeError):
                allow(cast.alice, learning, "mouse")
        with acting_for(cast.alice.pk):
            assert not Decision.objects.exists()
            assert not Standing.objects.exists()
            assert not Receipt.objects.exists()
        assert Entry.objects.count() == before


@pytest.mark.parametrize("path", ["yes", "no", "withdrawal"])
def test_every_decision_has_a_receipt_and_an_entry(cast, learning, allow, deny, path):
    if path != "no":
        made = allow(cast.alice, learning, "mouse")
    if path != "yes":
        made = deny(cast.alice, learning, "mouse")
    assert made.receipt.state == made.state
    assert Entry.objects.filter(pk=made.receipt.entry, kind="receipt.decision").exists()
    assert str(made.pk).encode() in bytes(made.receipt.document)


def test_a_new_notice_with_other_terms_ends_what_was_allowed_and_says_so(cast, learning, allow, new_notice):
    made = allow(cast.alice, learning, "mouse")
    new_notice("interface-learning", "interface-learning-2", storage_days=120)
    with acting_for(cast.alice.pk):
        choice = next(c for c in _of(overview(cast.alice), learning).kinds if c.kind.kind == "mouse")
    assert (choice.state, choice.notice_changed, choice.decision) == (State.UNDECIDED, True, made)
    assert allow(cast.alice, learning, "mouse").number == made.number + 1


def test_a_new_notice_with_other_words_asks_nobody_again(cast, learning, allow, new_notice):
    made = allow(cast.alice, learning, "mouse")
    new_notice("interface-learning", "interface-learning-2", text="The same in plainer words.")
    with acting_for(cast.alice.pk):
        programme = _of(overview(cast.alice), learning)
    assert programme.recorded == ("Mouse movement",)
    assert allow(cast.alice, learning, "mouse") == made


def _of(asked, programme):
    return next(each for each in asked if each.programme == programme)
