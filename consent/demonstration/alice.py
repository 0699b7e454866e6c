"""Alice's three months: what she chose, what was captured on it through the very gate, what she withdrew and had deleted, and what
was refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from consent.captures.gate import IncomingSegment, admit
from consent.choices.models import Decision, State
from consent.database import acting_for
from consent.people.models import Person
from consent.programmes.models import NoticeKind, Programme
from consent.rights.fulfilment import fulfil
from consent.rights.withdrawals import delete_now

from . import activity
from .activity import Event
from .calendar import day_before, hours_worked, moment
from .choosing import Choice, choose

LEARNING, DESKTOP = "interface-learning", "desktop-activity"

# Days before the seeding. What is stored must be younger than the notice's storage period: 90 days, and 60.
FIRST_YES, OFF, ON_AGAIN, DELETED = 88, 76, 72, 69
DESKTOP_YES, DESKTOP_CAPTURES = 80, 58


@dataclass
class Tally:
    """How many events the gate stored and refused."""

    stored: int = 0
    refused: int = 0


@dataclass
class _Batch:
    """Events on their way to the gate, by programme and kind, and when they would have arrived."""

    at: datetime
    events: dict[tuple[str, str], list[Event]] = field(default_factory=dict)

    def add(self, programme: str, kind: str, events: Iterable[Event]) -> None:
        self.events.setdefault((programme, kind), []).extend(events)


def live(
    *, alice: Person, programmes: dict[str, Programme], told: Sequence[NoticeKind], chance: Random, at: datetime
) -> Tally:
    """The three months up to `at`, in the order in which they happened as far as the gate can see it.

    1. She allows mouse movement and clicks, and what the desktop activity asks for. She does not allow keystroke counts.
    2. She is captured. Then she withdraws mouse movement; what arrives after that is refused.
    3. She allows mouse movement again. After the time of grace, what was captured on the withdrawn consent is deleted, with
       a certificate; what was captured since stays.
    4. She is captured until now. A collector that was set up wrong sends what she did not allow.
    """
    tally = Tally()
    choose(person=alice, choices=_first_choices(programmes, at), told=told)  # 1
    off, again = _time(at, OFF, 16, 40), _time(at, ON_AGAIN, 9, 12)
    _capture(alice, _learning(chance, _time(at, FIRST_YES, 9, 15), off), tally)  # 2
    (withdrawn,) = choose(
        person=alice, choices=[Choice(off, programmes[LEARNING], "mouse", State.WITHDRAWN)], told=told
    )
    _capture(alice, _late(chance, off), tally)
    choose(person=alice, choices=[Choice(again, programmes[LEARNING], "mouse", State.GIVEN)], told=told)  # 3
    _delete(alice, withdrawn, _time(at, DELETED, 16, 41))
    _capture(alice, _learning(chance, off + timedelta(minutes=5), again, moves=False), tally)  # 4
    _capture(alice, _learning(chance, again + timedelta(minutes=1), at), tally)
    _capture(alice, _desktop(chance, _time(at, DESKTOP_CAPTURES, 8), at), tally)
    _capture(alice, _set_up_wrong(chance, _time(at, 20, 10)), tally)
    return tally


def _time(at: datetime, days: int, hour: int, minute: int = 0) -> datetime:
    return moment(day_before(at, days), hour, minute)


def _first_choices(programmes: dict[str, Programme], at: datetime) -> list[Choice]:
    yes, no = State.GIVEN, State.REFUSED
    first, desktop = _time(at, FIRST_YES, 9, 12), _time(at, DESKTOP_YES, 8, 3)
    return [
        *(Choice(first, programmes[LEARNING], kind, yes) for kind in ("mouse", "click")),
        Choice(first, programmes[LEARNING], "keystroke_count", no),
        *(Choice(desktop, programmes[DESKTOP], kind, yes) for kind in ("window", "afk", "input_count")),
    ]


def _delete(alice: Person, withdrawn: Decision, at: datetime) -> None:
    """The real deletion, by the real worker's code, on the day it was due."""
    with acting_for(alice.pk):
        steps = delete_now(person=alice, decision_id=withdrawn.pk, at=at).steps
        first = steps.order_by("position").values_list("pk", flat=True)[0]
    fulfil(step_id=first, now=lambda: at + timedelta(seconds=4))


def _learning(chance: Random, start: datetime, end: datetime, *, moves: bool = True) -> Iterable[_Batch]:
    for begin, until in hours_worked(start, end):
        batch = _Batch(at=until)
        moved, clicked = activity.pointer_and_clicks(chance, begin, until)
        batch.add(LEARNING, "mouse", moved if moves else [])
        batch.add(LEARNING, "click", clicked)
        yield batch


def _desktop(chance: Random, start: datetime, end: datetime) -> Iterable[_Batch]:
    for begin, until in hours_worked(start, end):
        batch = _Batch(at=until)
        batch.add(DESKTOP, "window", activity.windows(chance, begin, until))
        batch.add(DESKTOP, "afk", activity.presence(chance, begin, until))
        batch.add(DESKTOP, "input_count", activity.counts(chance, begin, until))
        yield batch


def _late(chance: Random, off: datetime) -> Iterable[_Batch]:
    """What a device still sends in the minutes after a withdrawal."""
    batch = _Batch(at=off + timedelta(minutes=20))
    moved, _ = activity.pointer_and_clicks(chance, off, off + timedelta(minutes=20))
    batch.add(LEARNING, "mouse", moved)
    yield batch


def _set_up_wrong(chance: Random, start: datetime) -> Iterable[_Batch]:
    """Keystroke counts, which she did not allow, and a field of clicks that no notice lists."""
    batch = _Batch(at=start + timedelta(minutes=40))
    batch.add(LEARNING, "keystroke_count", activity.keystroke_counts(chance, start, batch.at))
    _, clicked = activity.pointer_and_clicks(chance, start, batch.at)
    batch.add(LEARNING, "click", [click | {"label": "…"} for click in clicked])
    yield batch


def _capture(alice: Person, batches: Iterable[_Batch], tally: Tally) -> None:
    with acting_for(alice.pk):
        for batch in batches:
            segments = [
                IncomingSegment.of(programme=programme, kind=kind, events=events)
                for (programme, kind), events in batch.events.items()
                if events
            ]
            for outcome in admit(person_id=alice.pk, collector_id=None, segments=segments, at=batch.at):
                tally.stored += outcome.stored
                tally.refused += sum(outcome.refused.values())
