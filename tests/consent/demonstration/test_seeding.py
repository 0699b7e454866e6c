"""What the demonstration holds, against what is promised of it."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from consent.captures.models import Refusal, Segment
from consent.choices.history import intervals
from consent.choices.models import Channel, Decision, Standing, State
from consent.choices.overview import overview
from consent.choices.spans import spans_of
from consent.database import acting_for
from consent.demonstration.calendar import LEFT_FREE, ZONE
from consent.demonstration.seeding import MARK, seed
from consent.ledger import entries
from consent.ledger.models import Entry
from consent.people.models import Role, RoleGrant
from consent.people.roles import roles_of
from consent.programmes.notices import in_force
from consent.rights.models import RequestState, RequestType, RightsRequest

from .conftest import AT

LEARNING, DESKTOP = "interface-learning", "desktop-activity"
REAL_RECORDINGS_BEGIN = datetime(2026, 11, 9, tzinfo=UTC)


@pytest.fixture
def hers(alice):
    """The session of Alice."""
    with acting_for(alice.pk):
        yield alice


def states_of(person):
    with acting_for(person.pk):
        return {kind.kind.kind: kind.state for each in overview(person, at=AT) for kind in each.kinds}


def test_it_is_written_once_and_says_so_in_the_ledger(seeded):
    assert not seed(at=AT + timedelta(days=1))
    told = json.loads(entries.document_of(Entry.objects.get(kind=MARK).pk))
    assert told["backdated"] is True
    assert (told["people"], told["captured"]) == (seeded.people, seeded.captured)


def test_the_cast_is_there_with_their_roles_and_two_hundred_more(people, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    named = [name for name, person in people.items() if person.has_usable_password()]
    assert sorted(named) == ["alice", "bob", "carol", "dan", "erin", "frank", "grace", "mallory"]
    assert len(people) - len(named) == 200
    assert all(people[name].check_password("demo") for name in ("alice", "mallory"))
    assert {name: set(roles_of(people[name])) for name in named} == {
        "alice": set(), "bob": set(), "mallory": set(), "carol": {Role.HR}, "dan": {Role.LEGAL}, "erin": {Role.OWNER},
        "frank": {Role.PRIVACY_OFFICER}, "grace": {Role.WORKS_COUNCIL},
    }  # fmt: skip
    assert RoleGrant.objects.count() == 5


def test_bob_is_alices_manager_and_everyone_has_one_but_the_top(people):
    assert people["alice"].manager == people["bob"]
    assert [name for name, person in people.items() if person.manager_id is None] == ["erin"]
    assert not any(person.manager_id == people["alice"].pk for person in people.values())


def test_the_programmes_have_notices_in_force_and_one_is_at_its_second(programmes):
    found = {
        slug: (in_force(each).number, in_force(each).storage_days, in_force(each).ends_on)
        for slug, each in programmes.items()
    }
    assert found == {
        LEARNING: (2, 90, date(2027, 3, 31)),
        "assistant-quality": (1, 30, date(2027, 1, 31)),
        DESKTOP: (1, 60, date(2027, 6, 30)),
    }
    assert all(in_force(each).agreed_on < in_force(each).published_at.date() for each in programmes.values())


def test_alice_has_chosen_as_the_demonstration_tells(alice):
    assert states_of(alice) == {
        "mouse": State.GIVEN, "click": State.GIVEN, "keystroke_count": State.REFUSED, "screenshot": State.UNDECIDED,
        "prompt": State.UNDECIDED, "window": State.GIVEN, "afk": State.GIVEN, "input_count": State.GIVEN,
    }  # fmt: skip


def test_mallory_has_not_chosen_anything(people):
    assert set(states_of(people["mallory"]).values()) == {State.UNDECIDED}


def test_every_kind_has_more_than_ten_people_on_each_side(people):
    sides: dict[str, Counter[str]] = {}
    for person in people.values():
        with acting_for(person.pk):
            for row in Standing.objects.filter(person=person):
                sides.setdefault(row.kind, Counter())["yes" if row.state == State.GIVEN else "no"] += 1
    assert len(sides) == 8
    assert all(side["yes"] > 10 and side["no"] > 10 for side in sides.values()), sides


def test_every_decision_is_marked_as_the_demonstrations_and_lies_in_the_past(hers):
    made = list(Decision.objects.filter(person=hers).order_by("number"))
    assert {each.channel for each in made} == {Channel.DEMONSTRATION}
    assert all(earlier.at < after.at for earlier, after in zip(made, made[1:], strict=False))
    assert AT - timedelta(days=92) < made[0].at < made[-1].at < AT
    assert all(each.notice.published_at <= each.at for each in made)


def test_the_real_recordings_of_november_fall_into_what_alice_allows(hers, programmes):
    for slug, kinds in ((LEARNING, ("mouse", "click")), (DESKTOP, ("window", "afk", "input_count"))):
        for kind in kinds:
            standing = intervals(person=hers, programme=programmes[slug].pk, kind=kind)[-1]
            assert standing.end is None
            assert standing.start < REAL_RECORDINGS_BEGIN


def test_alices_captures_are_some_ten_thousand_events_over_three_months_of_what_she_allowed(hers, seeded):
    counted = Counter()
    for kind, count in Segment.objects.filter(person=hers.pk).values_list("kind", "count"):
        counted[kind] += count
    assert set(counted) == {"mouse", "click", "window", "afk", "input_count"}
    assert 20_000 < sum(counted.values()) < 100_000
    months = {
        start.astimezone(ZONE).month for start in Segment.objects.filter(person=hers.pk).values_list("start", flat=True)
    }
    assert len(months) >= 3


def test_every_capture_lies_inside_an_interval_of_consent(hers, programmes):
    for programme in programmes.values():
        for kind in programme.notices.latest("number").kinds.values_list("kind", flat=True):
            allowed = intervals(person=hers, programme=programme.pk, kind=kind)
            for start, end in Segment.objects.filter(programme=programme.pk, kind=kind).values_list("start", "end"):
                assert any(each.start <= start and (each.end is None or end <= each.end) for each in allowed)


def test_no_capture_is_older_than_its_notice_keeps_it_nor_in_the_future(hers, programmes):
    for programme in programmes.values():
        days = in_force(programme).storage_days
        spans = Segment.objects.filter(programme=programme.pk).values_list("start", "end")
        assert all(AT - timedelta(days=days) <= start and end <= AT for start, end in spans)


def test_captures_are_made_in_working_hours_and_leave_the_days_of_the_real_recordings_free(hers):
    starts = [
        start.astimezone(ZONE) for start in Segment.objects.filter(person=hers.pk).values_list("start", flat=True)
    ]
    assert all(start.weekday() < 5 and 8 <= start.hour < 17 for start in starts)
    assert not {start.date() for start in starts} & LEFT_FREE


def test_what_she_withdrew_was_deleted_when_it_was_due_with_a_certificate(hers):
    off = Decision.objects.get(person=hers, state=State.WITHDRAWN)
    request = RightsRequest.objects.get(person=hers)
    assert (request.decision, request.state) == (off.pk, RequestState.DONE)
    assert request.certificate is not None
    assert off.erase_after - timedelta(hours=12) < request.closed_at < off.erase_after + timedelta(days=1)
    removed = sum(request.steps.filter(place="store").values_list("removed", flat=True))
    assert removed > 100
    assert not Segment.objects.filter(kind="mouse", start__lt=off.at).exists()
    assert [span.kind for span in spans_of(hers.pk)] == ["mouse"]


def test_what_was_refused_is_counted_with_its_reasons(hers):
    counted = {(row.kind, row.reason, row.field) for row in Refusal.objects.filter(person=hers)}
    assert counted == {
        ("mouse", "withdrawn", ""), ("keystroke_count", "not_consented", ""), ("click", "undisclosed_field", "label"),
    }  # fmt: skip


def test_nobody_else_has_captures(people, hers):
    for name in ("mallory", "bob"):
        with acting_for(people[name].pk):
            assert not Segment.objects.exists()


def test_hr_has_requests_to_work_on_one_of_them_past_due(seeded):
    with acting_for(None, service="desk"):
        found = list(RightsRequest.objects.exclude(type=RequestType.DELETION).order_by("due_at"))
    assert len(found) == 4
    assert found[0].due_at < AT < found[1].due_at < AT + timedelta(days=7)
