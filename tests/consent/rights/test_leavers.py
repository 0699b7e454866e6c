"""Somebody leaves: what stands ends with the collectors; coming back starts undecided."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from consent.choices.models import Decision, Standing, State
from consent.collectors.enrolment import RevokedToken, collector_for, enrol
from consent.collectors.models import Collector
from consent.letters.models import Letter
from consent.people.models import Person
from consent.rights import leavers
from consent.rights.leavers import NotPossible, deactivate, reactivate
from consent.rights.models import Origin, RequestState, RightsRequest
from consent.rights.withdrawals import lodge_due
from tests.captured import capture, stored


@pytest.fixture
def leave(cast, alice):
    def left(at=None):
        return deactivate(person=alice, by=cast.heidi.pk, at=at or timezone.now())

    return left


def test_a_leaver_has_no_consent_no_collector_and_no_sign_in(alice, learning, leave):
    token = enrol(person=alice, name="laptop", programmes=[learning], at=timezone.now())[1]
    leave()
    alice.refresh_from_db()
    assert (alice.is_active, alice.active_to is not None) == (False, True)
    assert set(Standing.objects.values_list("state", flat=True)) == {State.REVOKED}
    assert Decision.objects.filter(state=State.REVOKED).count() == 4
    with pytest.raises(RevokedToken):
        collector_for(token)


def test_nothing_is_captured_of_a_leaver(alice, learning, leave, at):
    leave()
    now = timezone.now()
    assert capture(alice, learning, "mouse", first=now - timedelta(minutes=1), count=3, at=now) == 0


def test_all_of_it_or_nothing(alice, learning, leave, monkeypatch):
    enrol(person=alice, name="laptop", programmes=[learning], at=timezone.now())
    monkeypatch.setattr(leavers.outbox, "write", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        leave()
    assert Person.objects.get(pk=alice.pk).is_active
    assert set(Standing.objects.values_list("state", flat=True)) == {State.GIVEN}
    assert Collector.objects.get().revoked_at is None


def test_the_leaver_is_told(alice, leave):
    leave()
    assert Letter.objects.get().template == "account_ended"


def test_what_was_captured_goes_after_the_grace(alice, captured, leave, work):
    leave()
    later = timezone.now() + timedelta(days=7, minutes=1)
    assert lodge_due(at=later) == 4
    for request in RightsRequest.objects.all():
        assert work(request, at=later).state == RequestState.DONE
        assert request.origin == Origin.LEAVER
    assert stored(alice) == 0
    # The leaver asked for nothing, so no letter says that a request of theirs came in.
    assert not Letter.objects.filter(template="request_received").exists()


def test_who_comes_back_is_undecided_in_everything_and_without_a_collector(cast, alice, learning, leave):
    enrol(person=alice, name="laptop", programmes=[learning], at=timezone.now())
    leave()
    reactivate(person=alice, by=cast.heidi.pk, at=timezone.now())
    alice.refresh_from_db()
    assert (alice.is_active, alice.active_to) == (True, None)
    assert set(Standing.objects.values_list("state", flat=True)) == {State.UNDECIDED}
    assert Collector.objects.get().revoked_at is not None
    now = timezone.now()
    assert capture(alice, learning, "mouse", first=now, count=3, at=now) == 0


def test_nobody_leaves_twice_comes_back_twice_or_does_it_to_themselves(cast, alice, leave):
    with pytest.raises(NotPossible):
        reactivate(person=alice, by=cast.heidi.pk, at=timezone.now())
    leave()
    with pytest.raises(NotPossible):
        leave()
    with pytest.raises(NotPossible):
        deactivate(person=cast.heidi, by=cast.heidi.pk, at=timezone.now())


def test_the_commands_do_it(cast, alice):
    call_command("deactivate_person", "--person=alice", "--by=heidi", stdout=StringIO())
    assert not Person.objects.get(pk=alice.pk).is_active
    call_command("reactivate_person", "--person=alice", "--by=heidi", stdout=StringIO())
    assert Person.objects.get(pk=alice.pk).is_active
    with pytest.raises(CommandError, match="nobody"):
        call_command("deactivate_person", "--person=nobody", "--by=heidi")
