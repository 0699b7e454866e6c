"""Opposite answers at once, and a yes against a new notice: one order, and what stands is the last of it."""

from collections.abc import Callable
from threading import Barrier, Thread

from django.db import connection

from consent.choices.decisions import NoticeChanged
from consent.choices.models import Decision, Standing, State
from consent.database import acting_for
from consent.programmes.models import Programme

ROUNDS = 40


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Starts all acts behind one barrier, each in a thread and with a connection of its own; what each returned or raised."""
    barrier = Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=20)
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_opposite_answers_from_two_tabs_are_one_after_the_other(own_database, cast, learning, allow, deny):
    for _ in range(ROUNDS):
        results = at_once(
            lambda: allow(cast.alice, learning, "mouse"),
            lambda: deny(cast.alice, learning, "mouse"),
            lambda: allow(cast.alice, learning, "mouse"),
        )
        assert all(isinstance(each, Decision) for each in results), results
        with acting_for(cast.alice.pk):
            last = Decision.objects.order_by("-number").first()
            standing = Standing.objects.get()
        assert (standing.decision_no, standing.state, standing.since) == (last.number, last.state, last.at)
    with acting_for(cast.alice.pk):
        made = list(Decision.objects.order_by("number"))
    assert [each.number for each in made] == list(range(1, len(made) + 1))
    assert all(before.at < after.at for before, after in zip(made, made[1:], strict=False))
    assert all(before.state != after.state for before, after in zip(made, made[1:], strict=False))


def test_a_double_click_is_one_decision(own_database, cast, learning, allow):
    for number in range(10):
        twice = [lambda key=f"k{number}": allow(cast.alice, learning, "mouse", idempotency_key=key)] * 2
        first, second = at_once(*twice)
        assert first == second, (first, second)


def test_no_yes_to_the_old_notice_is_committed_after_the_new_one(own_database, cast, learning, allow, new_notice):
    """Whatever the order: a yes that names version N was committed while N was in force."""
    for number in range(2, 12):
        yes, _ = at_once(
            lambda version=number: allow(cast.alice, learning, "mouse", version),
            lambda days=90 + number: new_notice("interface-learning", "interface-learning-2", storage_days=days),
        )
        published = Programme.objects.get(pk=learning.pk).notices.get(number=number + 1)
        if isinstance(yes, NoticeChanged):
            assert yes.current.number == number + 1
        else:
            assert yes.notice.number == number
            assert _entries_before(yes, published)


def _entries_before(decision: Decision, notice: object) -> bool:
    """The yes got its place in the log's outbox before the notice did: both write it under the programme's lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT arrival FROM ledger_waiting WHERE entry_id = %s) <"
            " (SELECT max(arrival) FROM ledger_waiting w JOIN ledger_entry e ON e.id = w.entry_id WHERE e.kind = 'notice.published')",
            [decision.receipt.entry],
        )
        return bool(cursor.fetchone()[0])


def test_people_do_not_wait_for_each_other(own_database, cast, learning, allow):
    people = [cast.alice, cast.bob, cast.mallory, cast.erin]
    results = at_once(*[lambda one=one: allow(one, learning, "mouse") for one in people])
    assert [each.state for each in results] == [State.GIVEN] * 4
