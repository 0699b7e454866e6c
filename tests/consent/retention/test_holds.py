"""Legal holds: what they cover, who may place them, what is written down."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from consent.database import acting_for
from consent.ledger.models import Entry
from consent.people.roles import ConflictOfInterest
from consent.programmes.scopes import Scope
from consent.retention.holds import NotFound, NotPlaceable, holds_on, lift, place
from consent.retention.models import Hold

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

ALL = Scope()


@pytest.fixture
def hold(cast, at):
    def placed(scope=ALL, **more):
        values = {
            "person": cast.alice,
            "matter": "Case 12",
            "told_why": "A court may need it.",
            "placed_by": cast.dan.pk,
        }
        return place(scope=scope, at=at, **(values | more))

    return placed


@pytest.mark.parametrize(
    ("held", "asked", "meets"),
    [
        (Scope(), Scope(), True),
        (Scope(kinds=("mouse",)), Scope(kinds=("click",)), False),
        (Scope(kinds=("mouse",)), Scope(), True),
        (Scope(start=NOON), Scope(end=NOON), False),
        (Scope(start=NOON), Scope(end=NOON + HOUR), True),
        (Scope(start=NOON - HOUR, end=NOON), Scope(start=NOON), False),
        (Scope(start=NOON - HOUR, end=NOON), Scope(start=NOON - HOUR, end=NOON), True),
    ],
)
def test_a_hold_stands_in_the_way_of_what_shares_something_with_it(cast, hold, held, asked, meets):
    hold(held)
    with acting_for(cast.alice.pk):
        assert bool(holds_on(person_id=cast.alice.pk, scope=asked)) is meets


def test_a_hold_on_one_programme_leaves_the_others(cast, programmes, hold):
    hold(Scope(programme_id=programmes["desktop-activity"].pk))
    with acting_for(cast.alice.pk):
        for slug, held in (("desktop-activity", True), ("interface-learning", False)):
            assert bool(holds_on(person_id=cast.alice.pk, scope=Scope(programme_id=programmes[slug].pk))) is held


def test_a_lifted_hold_holds_nothing(cast, hold, at):
    placed = hold()
    lift(hold_id=placed.pk, lifted_by=cast.dan.pk, at=at)
    with acting_for(cast.alice.pk):
        assert holds_on(person_id=cast.alice.pk, scope=Scope()) == []
    with pytest.raises(NotFound):
        lift(hold_id=placed.pk, lifted_by=cast.dan.pk, at=at)


def test_a_hold_that_never_was_cannot_be_lifted(cast, at):
    with pytest.raises(NotFound):
        lift(hold_id=uuid4(), lifted_by=cast.dan.pk, at=at)


def test_a_hold_is_one_persons(cast, hold):
    hold()
    with acting_for(cast.mallory.pk):
        assert not Hold.objects.exists()
        assert holds_on(person_id=cast.mallory.pk, scope=Scope()) == []


@pytest.mark.parametrize(
    "changes", [{"matter": " "}, {"told_why": ""}, {"scope": Scope(kinds=())}, {"scope": Scope(start=NOON, end=NOON)}]
)
def test_a_hold_that_says_nothing_is_not_placed(cast, hold, changes):
    with pytest.raises(NotPlaceable, match="."):
        hold(**changes)


def test_nobody_places_a_hold_on_themselves_or_lifts_it(cast, hold, at):
    with pytest.raises(ConflictOfInterest):
        hold(placed_by=cast.alice.pk)
    with pytest.raises(ConflictOfInterest):
        hold(placed_by=cast.bob.pk)
    with pytest.raises(ConflictOfInterest):
        lift(hold_id=hold().pk, lifted_by=cast.bob.pk, at=at)


def test_placing_and_lifting_are_entries_of_the_ledger(cast, hold, at):
    lift(hold_id=hold().pk, lifted_by=cast.dan.pk, at=at)
    assert set(Entry.objects.filter(kind__startswith="hold.").values_list("kind", flat=True)) == {
        "hold.placed",
        "hold.lifted",
    }


def test_the_commands_place_and_lift(cast, programmes):
    out = StringIO()
    call_command(
        "place_hold", "--person=alice", "--by=dan", "--matter=Case 12", "--told-why=A court may need it.",
        "--programme=interface-learning", "--kind=mouse", "--from=2026-11-01T00:00:00Z", stdout=out,
    )  # fmt: skip
    placed = out.getvalue().strip()
    with acting_for(cast.alice.pk):
        row = Hold.objects.get(pk=placed)
        assert (row.kinds, row.start, row.placed_by) == (["mouse"], datetime(2026, 11, 1, tzinfo=UTC), cast.dan.pk)
    call_command("lift_hold", placed, "--by=dan", stdout=out)
    with acting_for(cast.alice.pk):
        assert Hold.objects.get(pk=placed).lifted_at is not None


@pytest.mark.parametrize("wrong", [{"person": "nobody"}, {"programme": "none"}, {"by": "alice"}])
def test_the_command_names_what_is_wrong(cast, programmes, wrong):
    values = {"person": "alice", "by": "dan", "matter": "M", "told_why": "W"} | wrong
    with pytest.raises(CommandError):
        call_command("place_hold", **values)
