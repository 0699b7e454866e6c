"""A “no” or a request that HR writes down: it holds, it says who wrote it down, and it tells HR nothing."""

import inspect

import pytest

from consent.choices.decisions import decide
from consent.choices.models import Channel, Decision, Standing, State
from consent.database import acting_for
from consent.ledger.models import Entry
from consent.letters.models import Letter
from consent.people.roles import ConflictOfInterest
from consent.programmes.notices import NotOffered, in_force
from consent.rights import on_behalf
from consent.rights.models import Origin, RequestType
from consent.rights.on_behalf import Came, NobodyOfThatReference, lodge_for, record_no
from consent.rights.reading import request_of


@pytest.fixture
def say_no(cast, learning, at):
    def said(person=cast.alice, kind="mouse", came=Came.PHONE, actor=cast.carol):
        return record_no(
            actor=actor, person_reference=person.reference, programme=learning, kind=kind, came=came, at=at
        )

    return said


@pytest.fixture
def say_yes(cast, learning):
    def said(kind="mouse"):
        with acting_for(cast.alice.pk):
            decide(
                person=cast.alice, programme=learning, kind=kind, state=State.GIVEN, channel=Channel.PORTAL,
                notice_version=in_force(learning).number, recorded_by=cast.alice.pk,
            )  # fmt: skip

    return said


def decisions_of(person):
    with acting_for(person.pk):
        return list(Decision.objects.filter(person=person).order_by("number"))


def test_a_no_ends_a_yes_and_says_who_wrote_it_down(cast, say_yes, say_no):
    say_yes()
    say_no()
    last = decisions_of(cast.alice)[-1]
    assert (last.state, last.channel, last.recorded_by) == (State.WITHDRAWN, Channel.PHONE, cast.carol.pk)
    with acting_for(cast.alice.pk):
        assert Standing.objects.get(person=cast.alice, kind="mouse").state == State.WITHDRAWN


def test_a_no_to_all_of_a_programme_covers_each_kind(cast, learning, say_no):
    say_no(kind=None)
    kinds = {each.kind for each in in_force(learning).kinds.all()}
    assert {(each.kind, each.state) for each in decisions_of(cast.alice)} == {(kind, State.REFUSED) for kind in kinds}


@pytest.mark.parametrize("before", ["nothing", "yes", "no"])
def test_the_answer_is_the_same_whatever_stood(cast, say_yes, say_no, before):
    if before == "yes":
        say_yes()
    if before == "no":
        say_no()
    assert say_no() is None
    with acting_for(cast.alice.pk):
        assert Letter.objects.filter(person=cast.alice, template="choices_receipts").count() == 1


@pytest.mark.parametrize("kind", ["mouse", None])
def test_the_log_grows_by_as_much_whatever_stood(say_yes, say_no, kind):
    """Its size is public: HR could read there, before and after, whether a “no” stood already."""

    def growth() -> int:
        before = Entry.objects.count()
        say_no(kind=kind)
        return Entry.objects.count() - before

    undecided, refused = growth(), growth()
    say_yes()
    given, withdrawn = growth(), growth()
    assert undecided == refused == given == withdrawn > 0


def test_a_yes_to_a_kind_that_the_notice_has_dropped_does_not_show_in_the_log_either(
    cast, learning, say_yes, say_no, new_notice
):
    say_yes("screenshot")
    new_notice("interface-learning", "interface-learning-1")
    grown = []
    for person in (cast.alice, cast.mallory):
        before = Entry.objects.count()
        say_no(person=person, kind=None)
        grown.append(Entry.objects.count() - before)
    with acting_for(cast.alice.pk):
        assert Standing.objects.get(person=cast.alice, kind="screenshot").state == State.WITHDRAWN
    assert grown[0] == grown[1]


def test_there_is_no_way_to_say_yes():
    assert "state" not in inspect.signature(record_no).parameters
    assert {came.value for came in Came} <= {Channel.PAPER, Channel.PHONE}
    assert "GIVEN" not in inspect.getsource(on_behalf._refuse)


@pytest.mark.parametrize("about", ["herself", "report", "manager"])
def test_nobody_writes_down_a_no_around_themselves(cast, say_no, about):
    people = {"herself": (cast.carol, cast.carol), "report": (cast.alice, cast.bob), "manager": (cast.bob, cast.alice)}
    person, actor = people[about]
    with pytest.raises(ConflictOfInterest):
        say_no(person=person, actor=actor)
    assert decisions_of(person) == []


def test_a_reference_of_nobody_is_said_to_be_one(cast, learning, at):
    with pytest.raises(NobodyOfThatReference):
        record_no(
            actor=cast.carol, person_reference="E-0000-0000", programme=learning, kind=None, came=Came.PAPER, at=at
        )


def test_a_kind_that_was_never_asked_for_is_refused_and_nothing_kept(cast, say_no):
    with pytest.raises(NotOffered):
        say_no(kind="gaze")
    assert decisions_of(cast.alice) == []


def test_a_request_on_paper_has_number_deadline_and_receipt(cast, at):
    number = lodge_for(
        actor=cast.carol, person_reference=cast.alice.reference.lower(), type=RequestType.COPY, message="All", at=at
    )
    with acting_for(cast.alice.pk):
        made = request_of(cast.alice, number)
    assert (made.origin, made.lodged_by, made.message) == (Origin.ON_BEHALF, cast.carol.pk, "All")
    assert made.receipt is not None


def test_the_same_key_is_the_same_request(cast, at):
    made = {
        lodge_for(
            actor=cast.carol, person_reference=cast.alice.reference, type=RequestType.COPY, message="", at=at, key="k"
        )
        for _press in range(2)
    }
    assert len(made) == 1
