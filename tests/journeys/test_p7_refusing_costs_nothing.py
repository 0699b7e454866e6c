"""P7: refusing costs nothing. The default is no; yes and no are equal; nothing reveals one person's choice. (The rules; the pages have theirs.)"""

import json

import pytest

from consent.choices.decisions import decide
from consent.choices.models import Channel, Decision, Standing, State
from consent.choices.overview import overview
from consent.database import acting_for
from consent.ledger.models import Entry, Record
from consent.letters.models import Letter
from consent.programmes import states
from consent.programmes.notices import in_force
from consent.receipts.models import Receipt

LEARNING = "interface-learning"


def say(person, programme, kind, state, *, version=None, channel=Channel.PORTAL, by=None):
    with acting_for(person.pk):
        return decide(
            person=person, programme=programme, kind=kind, state=state, notice_version=version,
            channel=channel, recorded_by=by or person.pk,
        )  # fmt: skip


@pytest.fixture
def learning(programmes):
    return programmes[LEARNING]


def test_the_default_is_no(cast, programmes):
    """Whoever does nothing has allowed nothing, in every programme that asks them."""
    for person in cast.everyone():
        with acting_for(person.pk):
            asked = overview(person)
            assert len(asked) == 3
            assert not any(each.recorded for each in asked)


def test_a_no_is_never_refused(cast, learning, at):
    """Stopped or ended, with the wrong version or none, for somebody who has left, by phone: a no is a no."""
    version = in_force(learning).number
    for kind, prepare in {
        "mouse": lambda: states.suspend(programme=learning, by=cast.frank.pk, at=at),
        "click": lambda: states.end(programme=learning, by=cast.frank.pk, at=at),
    }.items():
        say(cast.alice, learning, kind, State.GIVEN, version=version)
        say(cast.bob, learning, kind, State.GIVEN, version=version)
        prepare()
        assert say(cast.alice, learning, kind, State.REFUSED, version=77).state == State.WITHDRAWN
        assert (
            say(cast.bob, learning, kind, State.REFUSED, channel=Channel.PHONE, by=cast.carol.pk).state
            == State.WITHDRAWN
        )
        assert say(cast.mallory, learning, kind, State.REFUSED).state == State.REFUSED
        learning.state = "open"
        learning.save()


def test_a_yes_and_a_no_leave_the_same_traces(cast, learning):
    """One decision, one receipt, one ledger entry, and no letter; receipts have the same fields and the same kind of entry."""
    version = in_force(learning).number
    traces = {}
    for person, state in ((cast.alice, State.GIVEN), (cast.mallory, State.REFUSED)):
        before = Entry.objects.count()
        made = say(person, learning, "mouse", state, version=version)
        with acting_for(person.pk):
            document = json.loads(bytes(Receipt.objects.get(pk=made.receipt_id).document))
            traces[state] = {
                "rows": (Decision.objects.count(), Standing.objects.count(), Receipt.objects.count()),
                "entries": Entry.objects.count() - before,
                "kind": Entry.objects.get(pk=made.receipt.entry).kind,
                "fields": _fields(document),
                "letters": Letter.objects.filter(person=person).count(),
            }
    assert traces[State.GIVEN] == traces[State.REFUSED]
    assert traces[State.GIVEN]["letters"] == 0


def _fields(value, path=""):
    if isinstance(value, dict):
        return {name for key, each in value.items() for name in _fields(each, f"{path}.{key}")}
    return {path}


def test_nobodys_session_shows_another_persons_choice(cast, learning):
    """Not the manager's, not HR's, not legal's, not the owner's, not the privacy officer's, not the works council's, not nobody's."""
    say(cast.alice, learning, "mouse", State.REFUSED)
    for other in [*(person.pk for person in cast.everyone() if person != cast.alice), None]:
        with acting_for(other):
            assert not Decision.objects.exists()
            assert not Standing.objects.exists()
            assert not Receipt.objects.exists()
            assert not Record.objects.filter(entry__kind="receipt.decision").exists()


def test_what_is_public_of_a_decision_is_the_same_for_a_yes_and_a_no(cast, learning):
    """The log's entry names no person and no answer: its kind is the same, its commitment is 32 bytes under a nonce of its own."""
    version = in_force(learning).number
    yes = say(cast.alice, learning, "mouse", State.GIVEN, version=version)
    no = say(cast.mallory, learning, "mouse", State.REFUSED, version=version)
    entries = [Entry.objects.get(pk=each.receipt.entry) for each in (yes, no)]
    assert len({entry.kind for entry in entries}) == 1
    assert [len(bytes(entry.commitment)) for entry in entries] == [32, 32]


def test_taking_back_a_yes_takes_one_call_like_giving_it_and_needs_less(cast, learning):
    """GDPR Art. 7(3): withdrawing is as easy as giving. A yes must name the notice that was read; a no need not."""
    say(cast.alice, learning, "mouse", State.GIVEN, version=in_force(learning).number)
    assert say(cast.alice, learning, "mouse", State.WITHDRAWN).state == State.WITHDRAWN
