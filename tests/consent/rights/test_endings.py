"""Consents end without the people: on a notice's last day, with its programme, or because the notice was void."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from consent.choices.decisions import decide
from consent.choices.models import Channel, Decision, Standing, State
from consent.choices.overview import overview
from consent.database import acting_for
from consent.demonstration.choosing import Choice, choose, everything_told
from consent.ledger import entries
from consent.ledger.models import Entry
from consent.letters.models import Letter
from consent.programmes import states
from consent.programmes.closings import invalidate
from consent.programmes.models import Closing, Programme
from consent.programmes.notices import in_force
from consent.programmes.publication import publish
from consent.programmes.states import ProgrammeClosed, WrongState
from consent.receipts.models import Receipt
from consent.receipts.verification import verify_file
from consent.rights import endings
from consent.rights.models import Origin, RightsRequest
from consent.rights.sweeping import sweep
from consent.rights.withdrawals import delete_now, lodge_due
from tests.captured import capture
from tests.cast import draft


@pytest.fixture
def now():
    """Decisions and closings ask the database's clock, so here the test's time is the real one."""
    return timezone.now()


@pytest.fixture
def answered(now):
    """Records what somebody answered in the past."""

    def recorded(person, programme, when=None, **answers):
        when = when or now - timedelta(days=5)
        choices = [Choice(when, programme, kind, state) for kind, state in answers.items()]
        return choose(person=person, choices=choices, told=everything_told([programme]))

    return recorded


@pytest.fixture
def over(programmes, now):
    """Desktop activity, of which the notice that was in force had its last day yesterday."""
    programme = programmes["desktop-activity"]
    ends_on = (now - timedelta(days=1)).date()
    publish(programme=programme, draft=draft("desktop-activity-1", ends_on=ends_on), at=now - timedelta(days=9))
    return programme


def stands(person):
    with acting_for(person.pk):
        return {row.kind: str(row.state) for row in Standing.objects.filter(person=person)}


def letters(person, template):
    with acting_for(person.pk):
        return list(Letter.objects.filter(person=person, template=template))


def receipts(person, state):
    with acting_for(person.pk):
        return list(Receipt.objects.filter(person=person, state=state))


def test_after_the_last_day_of_its_notice_a_consent_has_expired_with_one_receipt_for_all(cast, over, answered, now):
    answered(cast.alice, over, window=State.GIVEN, afk=State.GIVEN, input_count=State.REFUSED)
    sweep(at=now)
    assert stands(cast.alice) == {"window": "expired", "afk": "expired", "input_count": "refused"}
    [receipt] = receipts(cast.alice, "expired")
    document = json.loads(bytes(receipt.document))
    [first, second] = document["body"]["dpv:hasRecordOfActivity"]
    assert first["dpv:hasConsentStatus"]["@type"] == second["dpv:hasConsentStatus"]["@type"] == "dpv:ConsentExpired"
    assert first["dpv:hasNotice"]["dct:identifier"] == "desktop-activity/2"
    assert verify_file(bytes(receipt.document)).genuine
    with acting_for(cast.alice.pk):
        made = Decision.objects.filter(receipt=receipt)
        assert {(each.channel, each.recorded_by.int) for each in made} == {(Channel.SYSTEM, 0)}
        assert {each.erase_after - each.at for each in made} == {timedelta(days=7)}


def test_nothing_is_captured_on_a_consent_that_is_over_before_and_after_the_sweep(cast, over, answered, now):
    answered(cast.alice, over, window=State.GIVEN)
    minute = {"first": now - timedelta(minutes=5), "count": 2, "duration": 1, "at": now}
    assert capture(cast.alice, over, "window", **minute) == 0
    sweep(at=now)
    assert capture(cast.alice, over, "window", **minute) == 0


def test_who_said_yes_and_who_said_no_get_the_same_letter_once_and_nobody_else_gets_one(cast, over, answered, now):
    answered(cast.alice, over, window=State.GIVEN)
    answered(cast.bob, over, window=State.REFUSED)
    sweep(at=now)
    sweep(at=now)
    [yes], [no] = letters(cast.alice, "notice_expired"), letters(cast.bob, "notice_expired")
    assert (yes.values, yes.written_at, yes.due_at) == (no.values, no.written_at, no.due_at)
    assert letters(cast.mallory, "notice_expired") == []


def test_it_is_done_once_and_the_ledger_tells_of_it(cast, over, answered, now):
    answered(cast.alice, over, window=State.GIVEN)
    for _ in range(3):
        sweep(at=now)
    assert len(receipts(cast.alice, "expired")) == 1
    closing = Closing.objects.get()
    assert (closing.notice.number, closing.state, closing.done_at) == (2, "expired", now)
    told = json.loads(entries.document_of(Entry.objects.get(kind="notice.expired").pk))
    assert (told["programme"], told["number"], told["by"]) == ("desktop-activity", 2, None)


def test_a_clock_that_runs_ahead_ends_nobodys_consent(cast, programmes, answered, now):
    """The notice ends tomorrow; this process believes it is next year, the database does not."""
    programme = programmes["desktop-activity"]
    tomorrow = (now + timedelta(days=1)).date()
    publish(programme=programme, draft=draft("desktop-activity-1", ends_on=tomorrow), at=now - timedelta(days=9))
    answered(cast.alice, programme, window=State.GIVEN)
    endings.end_due(at=now + timedelta(days=400))
    assert stands(cast.alice) == {"window": "given"}
    assert not Closing.objects.exists()


def test_a_clock_that_is_behind_ends_nothing_early_either(cast, over, answered, now):
    answered(cast.alice, over, window=State.GIVEN)
    endings.end_due(at=now - timedelta(days=2))
    assert stands(cast.alice) == {"window": "given"}


def test_consents_in_a_programme_that_ended_expire(cast, programmes, answered, now):
    learning = programmes["interface-learning"]
    answered(cast.alice, learning, mouse=State.GIVEN)
    states.end(programme=learning, by=cast.erin.pk, at=now)
    sweep(at=now)
    assert stands(cast.alice) == {"mouse": "expired"}


def test_a_consent_to_a_newer_notice_stands_when_the_older_one_ends(cast, over, answered, now):
    answered(cast.alice, over, window=State.GIVEN, afk=State.GIVEN)
    publish(programme=over, draft=draft("desktop-activity-1"), at=now - timedelta(days=1))
    with acting_for(cast.alice.pk):
        decide(
            person=cast.alice, programme=over, kind="window", state=State.GIVEN, notice_version=3,
            channel=Channel.PORTAL, recorded_by=cast.alice.pk,
        )  # fmt: skip
    sweep(at=now)
    assert stands(cast.alice) == {"window": "given", "afk": "expired"}


def test_who_has_answered_a_newer_notice_since_is_not_written_to(cast, over, answered, now):
    answered(cast.alice, over, window=State.REFUSED)
    publish(programme=over, draft=draft("desktop-activity-1"), at=now - timedelta(days=2))
    answered(cast.alice, over, when=now - timedelta(days=1), window=State.GIVEN)
    sweep(at=now)
    assert letters(cast.alice, "notice_expired") == []


def test_somebody_over_whom_the_walk_stumbles_is_seen_to_later_and_nobody_waits_for_it(
    cast, over, answered, now, monkeypatch
):
    for person in (cast.alice, cast.bob, cast.mallory):
        answered(person, over, window=State.GIVEN)
    once, end_under = [cast.bob.pk], endings.end_under

    def stumble(*, person, **named):
        if person.pk in once:
            once.clear()
            raise OSError
        return end_under(person=person, **named)

    monkeypatch.setattr(endings, "end_under", stumble)
    sweep(at=now)
    assert (stands(cast.alice), stands(cast.bob)) == ({"window": "expired"}, {"window": "given"})
    sweep(at=now)
    assert Closing.objects.get().done_at is None
    sweep(at=now)
    assert stands(cast.bob) == {"window": "expired"}
    sweep(at=now)
    assert Closing.objects.get().done_at == now


def test_a_walk_goes_on_where_it_stopped(cast, over, answered, now, monkeypatch):
    monkeypatch.setattr(endings, "AT_ONCE", 1)
    for person in (cast.alice, cast.bob):
        answered(person, over, window=State.GIVEN)
    assert [endings.end_due(at=now) for _ in range(4)] == [1, 1, 0, 0]
    assert (stands(cast.alice), stands(cast.bob)) == ({"window": "expired"}, {"window": "expired"})
    closing = Closing.objects.get()
    assert (closing.done_at, closing.cursor) == (now, None)  # nobody's id is left behind


def test_what_was_captured_on_a_consent_that_ended_goes_after_the_grace_or_at_once(cast, over, answered, now):
    answered(cast.alice, over, window=State.GIVEN, afk=State.GIVEN)
    sweep(at=now)
    with acting_for(cast.alice.pk):
        window = Decision.objects.get(kind="window", state=State.EXPIRED)
        assert delete_now(person=cast.alice, decision_id=window.pk, at=now).decision == window.pk
    assert lodge_due(at=now + timedelta(days=6)) == 0
    assert lodge_due(at=now + timedelta(days=8)) == 1
    with acting_for(cast.alice.pk):
        assert set(RightsRequest.objects.values_list("origin", flat=True)) == {Origin.ENDED}


def test_nothing_changes_for_who_has_left(cast, over, answered, now):
    answered(cast.alice, over, window=State.GIVEN)
    cast.alice.is_active, cast.alice.active_to = False, now
    cast.alice.save()
    sweep(at=now)
    assert letters(cast.alice, "notice_expired") == []


WHY = "It did not say that the data goes to another company."


@pytest.fixture
def void(cast, programmes, answered, now):
    """Interface learning, whose second notice was found void after Alice said yes to it and Bob said no."""
    learning = programmes["interface-learning"]
    answered(cast.alice, learning, mouse=State.GIVEN, click=State.GIVEN)
    answered(cast.bob, learning, mouse=State.REFUSED)
    invalidate(notice=in_force(learning), by=cast.frank.pk, at=now, reason=WHY)
    return learning


def test_from_the_moment_a_notice_is_void_nothing_is_captured_or_allowed_on_it(cast, void, now):
    assert Programme.objects.get(pk=void.pk).state == "suspended"
    assert capture(cast.alice, void, "mouse", first=now - timedelta(minutes=1), count=2, at=now) == 0
    with acting_for(cast.mallory.pk), pytest.raises(ProgrammeClosed):
        decide(
            person=cast.mallory, programme=void, kind="mouse", state=State.GIVEN, notice_version=2,
            channel=Channel.PORTAL, recorded_by=cast.mallory.pk,
        )  # fmt: skip


def test_consents_to_a_void_notice_end_as_invalidated_with_a_receipt_and_all_who_answered_are_told_why(cast, void, now):
    sweep(at=now)
    assert stands(cast.alice) == {"mouse": "invalidated", "click": "invalidated"}
    [receipt] = receipts(cast.alice, "invalidated")
    assert receipt.about == "Interface learning: 2 choices"
    with acting_for(cast.alice.pk):
        assert {each.recorded_by for each in Decision.objects.filter(receipt=receipt)} == {cast.frank.pk}
        assert {choice.state for each in overview(cast.alice) for choice in each.kinds} >= {State.INVALIDATED}
    [yes], [no] = letters(cast.alice, "notice_invalidated"), letters(cast.bob, "notice_invalidated")
    assert yes.values == no.values
    assert yes.values["why"] == WHY


def test_a_programme_is_resumed_only_when_another_notice_is_in_force_and_no_consent_to_the_void_one_stands(
    cast, void, now
):
    resume = {"programme": void, "by": cast.frank.pk, "at": now}
    sweep(at=now)
    sweep(at=now)
    with pytest.raises(WrongState, match="Publish another one"):
        states.resume(**resume)
    publish(programme=void, draft=draft("interface-learning-2"), at=now)
    assert states.resume(**resume).state == "open"


def test_a_programme_stays_stopped_while_a_consent_to_a_void_notice_stands(cast, programmes, answered, now):
    """The void notice is an older one with the same terms: to the gate, a consent to it looks like one to the notice in force."""
    learning = programmes["interface-learning"]
    first = learning.notices.get(number=1)
    answered(cast.alice, learning, when=first.published_at + timedelta(hours=1), mouse=State.GIVEN)
    answered(cast.bob, learning, mouse=State.GIVEN)
    invalidate(notice=first, by=cast.frank.pk, at=now, reason=WHY)
    resume = {"programme": learning, "by": cast.frank.pk, "at": now}
    with pytest.raises(WrongState, match="still being ended"):
        states.resume(**resume)
    sweep(at=now)
    sweep(at=now)
    states.resume(**resume)
    assert (stands(cast.alice), stands(cast.bob)) == ({"mouse": "invalidated"}, {"mouse": "given"})
    soon = timezone.now()
    assert capture(cast.alice, learning, "mouse", first=soon, count=1, at=soon) == 0
    assert capture(cast.bob, learning, "mouse", first=soon, count=1, at=soon) == 1


def test_a_notice_is_found_void_once_and_does_not_expire_besides(cast, void, now):
    with pytest.raises(WrongState):
        invalidate(notice=in_force(void), by=cast.frank.pk, at=now, reason=WHY)
    states.end(programme=void, by=cast.frank.pk, at=now)
    sweep(at=now)
    assert set(Closing.objects.filter(notice__number=2).values_list("state", flat=True)) == {"invalidated"}


def test_the_command_closes_a_notice_and_says_what_happens(cast, programmes, capsys):
    call_command("invalidate_notice", "interface-learning", 2, by="frank", reason=WHY)
    assert "notice 2 does not hold" in capsys.readouterr().out
    told = json.loads(entries.document_of(Entry.objects.get(kind="notice.invalidated").pk))
    assert (told["by"], told["reason"]) == (str(cast.frank.pk), WHY)


@pytest.mark.parametrize(("number", "by", "reason"), [(9, "frank", WHY), (2, "carol", WHY), (2, "frank", " ")])
def test_the_command_refuses_what_it_cannot_do_and_changes_nothing(programmes, number, by, reason):
    with pytest.raises(CommandError):
        call_command("invalidate_notice", "interface-learning", number, by=by, reason=reason)
    assert not Closing.objects.exists()
