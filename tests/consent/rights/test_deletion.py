"""A deletion, from the click to the certificate."""

import json
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from consent.captures import erasure, resealing
from consent.captures.models import Batch, Refusal, Segment
from consent.choices.models import ErasedSpan, Standing, State
from consent.consultations.models import Consultation
from consent.database import acting_for
from consent.ledger.models import Record
from consent.letters.models import Letter
from consent.programmes.scopes import Scope
from consent.receipts.models import Receipt
from consent.rights.models import RequestState, StepState
from consent.rights.reading import progress
from consent.seals.models import DataKey
from tests.captured import capture, stored


def body(receipt):
    return json.loads(bytes(receipt.document))["body"]


def test_a_deletion_of_everything_ends_in_a_certificate_with_exact_counts(alice, captured, delete, work):
    request = work(delete(Scope()))
    assert request.state == RequestState.DONE
    assert stored(alice) == 0
    certificate = body(request.certificate)
    assert certificate["removed"] == 3670
    assert certificate["by_kind"] == {"Mouse movement": 3600, "Clicks": 60, "Window titles": 10}


def test_from_the_commit_on_nobody_opens_what_is_to_be_deleted(alice, captured, delete):
    delete(Scope())
    assert stored(alice) == 3670
    assert not DataKey.objects.filter(person=alice.pk).exists()


def test_a_deletion_changes_no_choice_and_recording_goes_on(alice, captured, learning, delete, work, at):
    work(delete(Scope()))
    assert Standing.objects.get(kind="mouse").state == State.GIVEN
    assert (
        capture(alice, learning, "mouse", first=at + timedelta(seconds=1), count=5, at=at + timedelta(minutes=1)) == 5
    )


def test_what_arrives_late_and_falls_into_the_span_is_refused_as_deleted(alice, captured, learning, delete, work, at):
    work(delete(Scope()))
    assert capture(alice, learning, "mouse", first=captured, count=5, at=at) == 0
    assert Refusal.objects.get(reason="deleted").count == 5


def test_what_was_captured_with_a_fast_clock_goes_with_everything_else(alice, learning, delete, work, at):
    capture(alice, learning, "mouse", first=at + timedelta(minutes=3), count=7, at=at)
    request = work(delete(Scope()))
    assert (stored(alice), body(request.certificate)["removed"]) == (0, 7)


def test_one_kind_goes_and_the_others_stay_with_their_key(alice, captured, learning, delete, work):
    request = work(delete(Scope(programme_id=learning.pk, kinds=("mouse",))))
    assert (stored(alice, kind="mouse"), stored(alice)) == (0, 70)
    assert body(request.certificate)["keys"] == [
        "The key of Interface learning stays, because it seals other data that you kept."
    ]
    assert DataKey.objects.filter(person=alice.pk).count() == 2


def test_the_last_kind_of_a_programme_takes_its_key_along(alice, captured, desktop, delete, work):
    request = work(delete(Scope(kinds=("window",))))
    assert not DataKey.objects.filter(programme=desktop.pk).exists()
    assert any("Desktop activity was destroyed" in line for line in body(request.certificate)["keys"])


def test_a_span_that_cuts_through_a_segment_takes_exactly_its_events(alice, captured, delete, work, at):
    start = captured + timedelta(minutes=7, seconds=30)
    request = work(delete(Scope(kinds=("mouse",), start=start, end=start + timedelta(seconds=40))))
    assert body(request.certificate)["removed"] == 40
    assert stored(alice, kind="mouse") == 3560
    assert not Segment.objects.filter(kind="mouse", start__lt=start + timedelta(seconds=40), end__gte=start).exists()


def test_what_lies_outside_the_span_is_sealed_again_and_opens(alice, captured, delete, work, at):
    from consent.captures.opening import open_events

    start = captured + timedelta(minutes=7, seconds=30)
    work(delete(Scope(kinds=("mouse",), start=start, end=start + timedelta(seconds=40))))
    hour = {"start": captured, "end": captured + timedelta(hours=1)}
    events = open_events(person_id=alice.pk, actor=alice, label="Alice", why="look", kinds=["mouse"], at=at, **hour)
    expected = [captured + timedelta(seconds=n) for n in range(3600) if not 450 <= n < 490]
    assert [event.t for event in events] == expected
    assert {(event.values["x"], event.values["y"]) for event in events} == {(1, 2)}


def test_an_event_that_reaches_into_the_span_goes_whole(alice, captured, desktop, delete, work):
    """A window from 9:05 to 9:10 with a span from 9:07 to 9:08, and the gate would refuse it as deleted."""
    start = captured + timedelta(minutes=7)
    request = work(delete(Scope(kinds=("window",), start=start, end=start + timedelta(minutes=1))))
    assert (body(request.certificate)["removed"], stored(alice, kind="window")) == (1, 9)


def test_what_the_worker_opened_is_listed_with_the_number_of_the_request(alice, captured, delete, work):
    start = captured + timedelta(minutes=7, seconds=30)
    request = work(delete(Scope(kinds=("mouse",), start=start, end=start + timedelta(seconds=40))))
    look = Consultation.objects.get(person=alice.pk)
    assert (look.actor, look.role, look.why) == (None, "worker", request.number)


def test_a_deletion_of_whole_segments_opens_nothing(alice, captured, delete, work):
    work(delete(Scope()))
    assert not Consultation.objects.exists()


def test_a_deletion_of_everything_takes_the_counts_of_refusals_and_the_answers_along(alice, captured, delete, work, at):
    Refusal.objects.create(person=alice, day=at.date(), programme="x", kind="mouse", reason="clock", count=3)
    Batch.objects.create(collector=alice.pk, person=alice.pk, key="k", body_sha256=b"x", answer={}, at=at)
    work(delete(Scope()))
    assert not Refusal.objects.exists()
    assert not Batch.objects.exists()


def test_the_tombstone_is_set_with_the_request(alice, captured, delete, at):
    request = delete(Scope(kinds=("mouse", "click")))
    spans = ErasedSpan.objects.filter(request=request.pk)
    assert {(span.kind, span.start, span.end) for span in spans} == {("mouse", None, at), ("click", None, at)}


def test_every_place_is_done_only_with_its_proof(alice, captured, delete, work):
    request = work(delete(Scope()))
    steps = request.steps.all()
    assert [step.place for step in steps] == ["store", "keys", "statistics", "search"]
    assert {step.state for step in steps} == {StepState.DONE}
    assert [step.proof["how"] for step in steps] == ["deleted", "destroyed", "deleted", "searched"]
    assert steps[3].proof["probed"] == 20


def test_the_page_counts_only_proven_places(alice, captured, delete, work):
    request = delete(Scope())
    before = progress(alice, request.number)
    work(request)
    after = progress(alice, request.number)
    assert (before.done, before.total, after.done) == (0, 4, 4)
    assert before.places[0].expected == 3670
    assert (before.final, after.final) == (False, True)


def test_the_certificate_says_what_is_left_and_not_that_nothing_can_be_restored(alice, captured, delete, work):
    certificate = body(work(delete(Scope())).certificate)
    assert "Backups of the database" in certificate["residuals"][0]
    assert "restored" not in json.dumps({**certificate, "residuals": []})


def test_unreadable_since_is_the_click_where_the_keys_went_with_it(alice, captured, delete, work, at):
    certificate = body(work(delete(Scope()), at=at + timedelta(hours=1)).certificate)
    assert certificate["unreadable_since"].startswith("2026-11-10T09:00")
    assert certificate["finished_at"].startswith("2026-11-10T10:00")


def test_unreadable_since_is_the_last_removal_where_the_key_stays(alice, captured, delete, work, at):
    certificate = body(work(delete(Scope(kinds=("mouse",))), at=at + timedelta(hours=1)).certificate)
    assert certificate["unreadable_since"].startswith("2026-11-10T10:00")


def test_the_deletion_leaves_request_certificate_and_their_entries(alice, captured, delete, work):
    request = work(delete(Scope()))
    assert [receipt.statement for receipt in Receipt.objects.order_by("issued_at", "statement")] == [
        "certificate",
        "request",
    ]
    kinds = set(Record.objects.filter(subject=alice.pk).values_list("entry__kind", flat=True))
    assert kinds >= {"receipt.request", "request.started", "receipt.certificate", "request.done"}
    assert {event.what for event in request.events.all()} >= {"received", "started", "place.store", "done"}


def test_the_person_is_written_to_without_a_word_of_what_it_was(alice, captured, delete, work):
    work(delete(Scope(kinds=("mouse",))))
    letters = Letter.objects.all()
    assert {letter.template for letter in letters} == {"request_received", "deletion_done"}
    assert not any("mouse" in json.dumps(letter.values).lower() for letter in letters)


def test_a_message_thrice_and_late_changes_nothing(alice, captured, delete, work):
    request = work(delete(Scope()))
    first = request.certificate_id
    for _step in request.steps.all():
        work(request)
    assert (request.certificate_id, Receipt.objects.filter(statement="certificate").count()) == (first, 1)


def test_two_deletions_that_overlap_add_up_to_what_there_was(alice, captured, delete, work):
    cut = captured + timedelta(minutes=20, seconds=30)
    one = delete(Scope(kinds=("mouse",), end=cut))
    two = delete(Scope(start=captured + timedelta(minutes=10, seconds=10)))
    removed = [body(work(request).certificate)["removed"] for request in (one, two)]
    assert removed[0] == 1230
    assert sum(removed) == 3670 - stored(alice)


def test_a_second_deletion_that_ends_the_key_leaves_nothing_uncounted(alice, captured, delete, work):
    """The first needs to open a segment; the second has destroyed its key meanwhile."""
    one = delete(Scope(kinds=("mouse",), end=captured + timedelta(minutes=20, seconds=30)))
    two = delete(Scope())
    removed = [body(work(request).certificate)["removed"] for request in (one, two)]
    assert (sum(removed), stored(alice)) == (3670, 0)


def test_nothing_of_another_person_is_touched(cast, alice, captured, learning, delete, work, at):
    from tests.captured import allow

    allow(cast.mallory, learning, "mouse", since=at - timedelta(days=2))
    capture(cast.mallory, learning, "mouse", first=captured, count=9, at=at)
    work(delete(Scope()))
    assert stored(cast.mallory) == 9
    with acting_for(cast.mallory.pk):
        assert DataKey.objects.filter(person=cast.mallory.pk).count() == 1


def test_a_deletion_of_nothing_is_certified_with_nothing(alice, delete, work):
    request = work(delete(Scope()))
    assert (request.state, body(request.certificate)["removed"]) == (RequestState.DONE, 0)


@pytest.mark.parametrize("scope", [Scope(), Scope(kinds=("mouse",))])
def test_an_empty_scope_says_so_and_not_that_a_key_was_there(alice, delete, work, scope):
    request = work(delete(scope))
    assert body(request.certificate)["keys"] == []


def test_a_segment_that_another_deletion_divides_meanwhile_is_not_passed_over(
    alice, captured, delete, work, monkeypatch
):
    """The pieces it leaves stand where the whole stood, or before it in the order of ids."""
    half_past, second = captured + timedelta(minutes=30), timedelta(seconds=1)
    other = Scope(kinds=("mouse",), start=half_past + 40 * second, end=half_past + 50 * second)
    ids, real, raced = count(1), erasure.edges_to_open, []

    def opened(**given):
        found = real(**given)
        if found and not raced:
            raced.append(erasure.erase_edges(scope=other, edges=found).total)
        return found

    monkeypatch.setattr(resealing, "uuid4", lambda: UUID(int=next(ids)))
    monkeypatch.setattr(erasure, "edges_to_open", opened)
    request = work(delete(Scope(kinds=("mouse",), end=half_past + 20 * second)))
    assert (raced, request.state) == ([10], RequestState.DONE)
    assert stored(alice, kind="mouse") == 3600 - 10 - 1820
