"""HR's desk: what the queue shows and to whom, who is named when, and the acts on a case."""

from dataclasses import fields
from datetime import timedelta

import pytest

from consent.consultations.models import Consultation, Subject
from consent.database import acting_for
from consent.ledger.models import Entry
from consent.letters.models import Letter
from consent.programmes.scopes import Scope
from consent.rights import desk
from consent.rights.changes import Stale, move
from consent.rights.desk import Case, Filter, Line, NoReason, Row
from consent.rights.lodging import lodge
from consent.rights.models import Event, Origin, RequestState, RequestType, RightsRequest
from consent.rights.reading import NotFound, request_of
from consent.rights.states import NotAllowed


@pytest.fixture
def ask(at):
    """Lets somebody lodge a request."""

    def asked(person, type=RequestType.OBJECTION, **more):
        with acting_for(person.pk):
            return lodge(person=person, type=type, scope=Scope(), **({"at": at, "message": "Please"} | more))

    return asked


@pytest.fixture
def parked(cast, programmes, ask, at):
    """A deletion of Alice's that workers gave up on."""
    request = ask(cast.alice, RequestType.DELETION)
    with acting_for(cast.alice.pk):
        move(request=request, target=RequestState.WITH_A_PERSON, what="parked", at=at)
    return request


def fresh(person, request):
    with acting_for(person.pk):
        return request_of(person, request.number)


def looks_at(person):
    with acting_for(person.pk):
        return list(Consultation.objects.filter(person=person.pk))


def numbers(actor, at, **more):
    return [row.number for row in desk.queue(actor=actor, at=at, **more).rows]


def test_the_nearest_deadline_comes_first(cast, ask, at):
    later, sooner = ask(cast.alice), ask(cast.mallory, at=at - timedelta(days=20))
    assert numbers(cast.carol, at) == [sooner.number, later.number]


@pytest.mark.parametrize(("only", "days"), [(Filter.LATE, 40), (Filter.SOON, 25), (Filter.OPEN, 0)])
def test_a_filter_shows_what_it_counts(cast, ask, at, only, days):
    request = ask(cast.alice, at=at - timedelta(days=days))
    found = desk.queue(actor=cast.carol, at=at, only=only)
    assert [row.number for row in found.rows] == [request.number]
    assert found.figures == {
        Filter.LATE: int(days == 40), Filter.SOON: int(days == 25), Filter.OPEN: 1, Filter.MINE: 0
    }  # fmt: skip


def test_an_open_request_that_people_answer_shows_whose_it_is(cast, ask, at):
    ask(cast.alice)
    assert desk.queue(actor=cast.carol, at=at).rows[0].reference == cast.alice.reference


def test_a_deletion_that_runs_by_itself_shows_nobody(cast, programmes, ask, at):
    request = ask(cast.alice, RequestType.DELETION)
    assert desk.queue(actor=cast.carol, at=at).rows[0].reference == ""
    seen = desk.case(actor=cast.carol, number=request.number, at=at)
    assert seen.person is None
    assert cast.alice.full_name not in {line.who for line in seen.lines}
    assert looks_at(cast.alice) == []


def test_a_deletion_that_workers_gave_up_on_shows_whose_it_is(cast, parked, at):
    assert desk.queue(actor=cast.carol, at=at).rows[0].reference == cast.alice.reference


def test_nobody_is_found_by_a_reference_where_they_are_not_shown(cast, programmes, ask, at):
    ask(cast.alice, RequestType.DELETION)
    assert numbers(cast.carol, at, find=cast.alice.reference) == []


def test_a_request_is_found_by_its_number_and_by_the_reference_it_shows(cast, ask, at):
    request = ask(cast.alice)
    ask(cast.mallory)
    assert numbers(cast.carol, at, find=request.number.lower()) == [request.number]
    assert numbers(cast.carol, at, find=cast.alice.reference) == [request.number]


def test_a_type_narrows_the_queue(cast, ask, at):
    ask(cast.alice)
    copy = ask(cast.alice, RequestType.COPY)
    assert numbers(cast.carol, at, type=RequestType.COPY) == [copy.number]


@pytest.mark.parametrize("origin", [Origin.WITHDRAWAL, Origin.LEAVER, Origin.ON_BEHALF])
def test_a_deletion_that_follows_an_answer_is_not_listed_while_it_runs_on_time(cast, programmes, ask, at, origin):
    """Otherwise whoever wrote it down would see, a week later or from how long it takes, that there had been a yes."""
    request = ask(cast.alice, RequestType.DELETION, origin=origin)
    assert numbers(cast.carol, at) == []
    assert numbers(cast.carol, at, find=request.number) == []
    with pytest.raises(NotFound):
        desk.case(actor=cast.carol, number=request.number, at=at)


def test_a_deletion_that_follows_an_answer_is_listed_once_it_is_late(cast, programmes, ask, at):
    request = ask(cast.alice, RequestType.DELETION, origin=Origin.WITHDRAWAL, at=at - timedelta(days=40))
    assert numbers(cast.carol, at, only=Filter.LATE) == [request.number]


@pytest.mark.parametrize("whose", ["carol", "report", "manager"])
def test_requests_around_oneself_do_not_exist(cast, ask, at, whose):
    if whose == "report":
        type(cast.alice).objects.filter(pk=cast.alice.pk).update(manager=cast.carol)
    if whose == "manager":
        type(cast.carol).objects.filter(pk=cast.carol.pk).update(manager=cast.alice)
    cast.alice.refresh_from_db()
    cast.carol.refresh_from_db()
    request = ask(cast.carol if whose == "carol" else cast.alice)
    found = desk.queue(actor=cast.carol, at=at)
    assert (found.rows, found.figures[Filter.OPEN]) == ((), 0)
    with pytest.raises(NotFound):
        desk.case(actor=cast.carol, number=request.number, at=at)
    with pytest.raises(NotFound):
        desk.take(actor=cast.carol, number=request.number, version=0, at=at)
    with pytest.raises(NotFound):
        desk.close(actor=cast.carol, number=request.number, version=0, outcome=RequestState.DONE, reason="Done", at=at)


def test_opening_a_case_that_names_a_person_is_a_look(cast, ask, at):
    request = ask(cast.alice)
    assert desk.case(actor=cast.carol, number=request.number, at=at).person == cast.alice
    [look] = looks_at(cast.alice)
    assert (look.subject, look.actor, look.role) == (Subject.REQUEST, cast.carol.pk, "hr")
    assert request.number in look.what


def test_a_case_that_cannot_write_down_the_look_is_not_shown(cast, ask, at, monkeypatch):
    request = ask(cast.alice)
    monkeypatch.setattr(desk.looks, "record_first", lambda **_: (_ for _ in ()).throw(RuntimeError))
    with pytest.raises(RuntimeError):
        desk.case(actor=cast.carol, number=request.number, at=at)


def test_a_case_has_no_field_for_what_a_request_is_about():
    names = {field.name for value in (Row, Case, Line) for field in fields(value)}
    assert names.isdisjoint({"scope", "kinds", "programme", "places", "steps", "count", "expected", "removed", "proof"})


def test_places_are_no_lines_of_the_timeline(cast, programmes, ask, at):
    request = ask(cast.alice, RequestType.DELETION)
    with acting_for(cast.alice.pk):
        Event.objects.create(
            request=request,
            person=cast.alice.pk,
            at=at,
            actor_label="Candor",
            what="place.store",
            note="Alice’s laptop",
        )
    assert {line.what for line in desk.case(actor=cast.carol, number=request.number, at=at).lines} == {
        "received", "started"
    }  # fmt: skip


def test_why_a_deletion_is_held_is_not_told(cast, programmes, ask, at):
    from consent.retention.holds import place

    place(person=cast.alice, scope=Scope(), matter="M", told_why="A dispute", placed_by=cast.dan.pk, at=at)
    request = ask(cast.alice, RequestType.DELETION)
    seen = desk.case(actor=cast.carol, number=request.number, at=at)
    assert seen.row.state == RequestState.HELD
    assert "A dispute" not in str(seen)


def test_who_takes_a_request_is_seen_by_the_person(cast, ask, at):
    request = ask(cast.alice)
    desk.take(actor=cast.carol, number=request.number, version=0, at=at)
    taken = fresh(cast.alice, request)
    assert (taken.state, taken.handler, taken.version) == (RequestState.WITH_A_PERSON, cast.carol, 1)
    assert numbers(cast.carol, at, only=Filter.MINE) == [request.number]


def test_taking_twice_is_once(cast, ask, at):
    request = ask(cast.alice)
    for _press in range(2):
        desk.take(actor=cast.carol, number=request.number, version=0, at=at)
    assert fresh(cast.alice, request).version == 1


def test_a_colleague_may_take_over_what_they_have_seen(cast, ask, at):
    from consent.people.models import Role, RoleGrant

    RoleGrant.objects.create(person=cast.mallory, role=Role.HR, granted_at=at)
    request = ask(cast.alice)
    desk.take(actor=cast.carol, number=request.number, version=0, at=at)
    with pytest.raises(Stale):
        desk.take(actor=cast.mallory, number=request.number, version=0, at=at)
    desk.take(actor=cast.mallory, number=request.number, version=1, at=at)
    assert fresh(cast.alice, request).handler == cast.mallory


def test_nobody_takes_a_deletion_that_runs_by_itself(cast, programmes, ask, at):
    request = ask(cast.alice, RequestType.DELETION)
    with pytest.raises(NotAllowed):
        desk.take(actor=cast.carol, number=request.number, version=request.version, at=at)


@pytest.mark.parametrize("outcome", [RequestState.DONE, RequestState.REFUSED])
def test_closing_leaves_row_line_ledger_entry_and_letter(cast, ask, at, outcome):
    request = ask(cast.alice)
    desk.close(actor=cast.carol, number=request.number, version=0, outcome=outcome, reason="Because.", at=at)
    closed = fresh(cast.alice, request)
    assert (closed.state, closed.reason, closed.closed_at, closed.handler) == (outcome, "Because.", at, cast.carol)
    with acting_for(cast.alice.pk):
        assert Event.objects.filter(request=request, what=str(outcome), note="Because.").count() == 1
        assert Letter.objects.filter(person=cast.alice, template="request_answered").count() == 1
    assert Entry.objects.filter(kind=f"request.{outcome}").count() == 1


@pytest.mark.parametrize("outcome", [RequestState.DONE, RequestState.REFUSED])
def test_nothing_is_closed_without_a_word_to_the_person(cast, ask, at, outcome):
    request = ask(cast.alice)
    with pytest.raises(NoReason):
        desk.close(actor=cast.carol, number=request.number, version=0, outcome=outcome, reason=" ", at=at)
    assert fresh(cast.alice, request).closed_at is None


def test_closing_twice_is_once(cast, ask, at):
    request = ask(cast.alice)
    for _press in range(2):
        desk.close(actor=cast.carol, number=request.number, version=0, outcome=RequestState.DONE, reason="Sent.", at=at)
    with acting_for(cast.alice.pk):
        assert Letter.objects.filter(person=cast.alice, template="request_answered").count() == 1
        assert Event.objects.filter(request=request, what="done").count() == 1


def test_a_stale_form_closes_nothing_and_says_what_changed(cast, ask, at):
    request = ask(cast.alice)
    desk.take(actor=cast.carol, number=request.number, version=0, at=at)
    with pytest.raises(Stale, match="With a person.*Carol Demo"):
        desk.close(actor=cast.carol, number=request.number, version=0, outcome=RequestState.DONE, reason="x", at=at)
    assert fresh(cast.alice, request).closed_at is None


@pytest.mark.parametrize("outcome", [RequestState.REFUSED, RequestState.DONE, RequestState.CLOSED_WITH_RESIDUE])
def test_a_deletion_is_neither_refused_nor_closed_by_hr(cast, parked, at, outcome):
    with pytest.raises(NotAllowed):
        desk.close(actor=cast.carol, number=parked.number, version=parked.version, outcome=outcome, reason="No.", at=at)
    assert fresh(cast.alice, parked).state == RequestState.WITH_A_PERSON


def test_a_deletion_that_workers_gave_up_on_can_be_tried_again(cast, parked, at):
    seen = desk.case(actor=cast.carol, number=parked.number, at=at)
    assert seen.outcomes == (RequestState.IN_PROGRESS,)
    desk.close(
        actor=cast.carol, number=parked.number, version=seen.version, outcome=RequestState.IN_PROGRESS, reason="", at=at
    )
    assert fresh(cast.alice, parked).state == RequestState.IN_PROGRESS


def test_a_closed_request_names_nobody_any_more(cast, ask, at):
    request = ask(cast.alice)
    desk.close(actor=cast.carol, number=request.number, version=0, outcome=RequestState.DONE, reason="Sent.", at=at)
    seen = desk.case(actor=cast.carol, number=request.number, at=at)
    assert (seen.person, seen.message, seen.outcomes, seen.can_take) == (None, "", (), False)


def test_the_session_of_the_desk_changes_nothing_by_itself(cast, ask, at):
    request = ask(cast.alice)
    with acting_for(cast.carol.pk):
        desk.queue(actor=cast.carol, at=at)
        assert not RightsRequest.objects.filter(pk=request.pk).exists()
