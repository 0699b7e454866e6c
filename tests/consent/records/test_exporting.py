"""Who may ask for an export, who may agree to names, and what stays out."""

from datetime import timedelta

import pytest

from consent.ledger.models import Entry
from consent.people.models import Person
from consent.people.roles import ConflictOfInterest
from consent.records import exporting
from consent.records.exporting import NotExportable, NotForYou, NotFound, NotWaiting
from consent.records.models import Export


def test_without_names_it_is_ready_at_once(ask):
    export = ask()
    assert not exporting.is_waiting(export)
    assert len(export.pseudonym_key) == 32


def test_with_names_it_waits_and_has_no_pseudonyms(ask):
    export = ask(named=True)
    assert exporting.is_waiting(export)
    assert export.pseudonym_key is None


@pytest.mark.parametrize("purpose", ["", "         x        ", "too short"])
def test_an_export_says_what_it_is_for(ask, purpose):
    with pytest.raises(NotExportable):
        ask(purpose=purpose)
    assert not Export.objects.exists()


def test_a_period_begins_before_it_ends_and_before_now(ask, now):
    with pytest.raises(NotExportable):
        ask(start=now, end=now - timedelta(days=1))
    with pytest.raises(NotExportable):
        ask(start=now + timedelta(days=1), end=now + timedelta(days=2))


def test_what_lies_ahead_is_not_in_the_period(ask, now):
    assert ask(end=now + timedelta(days=9)).end == now


@pytest.mark.parametrize("name", ["alice", "bob", "carol", "erin", "frank", "grace", "heidi"])
def test_only_legal_asks(cast, ask, name):
    with pytest.raises(NotForYou):
        ask(actor=getattr(cast, name))


@pytest.mark.parametrize("name", ["frank", "dana"])
def test_another_of_legal_or_the_privacy_officer_agrees(cast, ask, now, name):
    export = exporting.approve(actor=getattr(cast, name), number=ask(named=True).number, at=now)
    assert (export.approved_by, exporting.is_waiting(export)) == (getattr(cast, name), False)


@pytest.mark.parametrize("name", ["alice", "bob", "carol", "dan", "erin", "grace", "heidi"])
@pytest.mark.parametrize("act", [exporting.approve, exporting.refuse])
def test_nobody_else_agrees_and_not_the_one_who_asked(cast, ask, now, name, act):
    export = ask(named=True)
    with pytest.raises(NotForYou):
        act(actor=getattr(cast, name), number=export.number, at=now)
    assert exporting.is_waiting(exporting.export_of(export.number))


@pytest.mark.parametrize("relation", ["manager", "report"])
def test_nobody_agrees_for_their_manager_or_report(cast, ask, now, relation):
    lower, upper = (cast.dana, cast.dan) if relation == "manager" else (cast.dan, cast.dana)
    Person.objects.filter(pk=lower.pk).update(manager=upper)
    cast.dana.refresh_from_db()
    export = ask(named=True)
    with pytest.raises(ConflictOfInterest):
        exporting.approve(actor=cast.dana, number=export.number, at=now)


def test_agreeing_twice_is_once_and_refusing_afterwards_is_late(cast, named, now):
    again = exporting.approve(actor=cast.frank, number=named.number, at=now + timedelta(minutes=1))
    assert again.approved_at == named.approved_at
    with pytest.raises(NotWaiting):
        exporting.refuse(actor=cast.dana, number=named.number, at=now)
    assert Entry.objects.filter(kind="export.approved").count() == 1


def test_what_was_refused_stays_refused(cast, ask, now):
    export = ask(named=True)
    exporting.refuse(actor=cast.frank, number=export.number, at=now)
    with pytest.raises(NotWaiting):
        exporting.approve(actor=cast.dana, number=export.number, at=now)


def test_what_has_no_names_waits_for_nobody(cast, ask, now):
    with pytest.raises(NotWaiting):
        exporting.approve(actor=cast.frank, number=ask().number, at=now)


def test_a_number_of_no_export_is_not_found(cast, now):
    with pytest.raises(NotFound):
        exporting.approve(actor=cast.frank, number="EXP-0000-0000", at=now)


def test_the_preview_counts_what_would_be_in_it(cast, decided, now):
    decided(cast.alice, cast.mallory, cast.dan)
    period = {"programme": None, "start": now - timedelta(days=1), "end": now, "at": now}
    assert exporting.preview(actor=cast.dan, named=False, **period) == exporting.ExportPreview(3, 3)
    # The same with names: the difference would say how many around the actor decided, and when.
    assert exporting.preview(actor=cast.dan, named=True, **period) == exporting.ExportPreview(3, 3)


@pytest.mark.parametrize(("act", "kind"), [("ask", "export.requested"), ("approve", "export.approved")])
def test_each_step_is_in_the_ledger(cast, ask, now, act, kind):
    export = ask(named=True)
    if act == "approve":
        exporting.approve(actor=cast.frank, number=export.number, at=now)
    assert Entry.objects.filter(kind=kind).count() == 1
