"""Processes that send captures through the gate for as long as a test wants, with a lock left out if it says so.

They linger between INSERT and commit, where a race would be lost.
"""

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connections
from django.utils import timezone

from consent.captures import gate, judging, store
from consent.database import acting_for

WRITERS, LINGER = 4, 0.004
REFUSED = 0.01  # seconds to leave the processors to the others, while nothing would be stored anyway
_forking = multiprocessing.get_context("fork")


@contextmanager
def writing(*, person: UUID, programme: str, kind: str, without: Sequence[str] = ()) -> Iterator[Counter[str]]:
    """Four processes write for the person while the block runs; afterwards the counter tells what became of their events.

    `without` names what to leave out: "row" for the lock on the standing row, "programme" for the advisory one, "stops" for the
    rule about times in which the programme was stopped.
    """
    for each in connections.all():
        each.close()  # a connection must not be shared with a forked process
    stopped, results = _forking.Event(), _forking.SimpleQueue()
    told = (person, programme, kind, tuple(without), stopped, results)
    processes = [_forking.Process(target=_work, args=told, daemon=True) for _ in range(WRITERS)]
    for each in processes:
        each.start()
    became: Counter[str] = Counter()
    try:
        with acting_for(person):
            yield became
            stopped.set()
            for _ in processes:
                became.update(results.get())
    finally:
        stopped.set()
        for each in processes:
            each.join(timeout=20)
    assert [each.exitcode for each in processes] == [0] * WRITERS


def _work(person: UUID, programme: str, kind: str, without: Sequence[str], stopped: Any, results: Any) -> None:
    if "row" in without:
        store.LOCK = ""
    if "programme" in without:
        gate.lock_shared = lambda programme_id: None
    if "stops" in without:
        judging.sift = partial(_without_stops, judging.sift)
    gate.store = partial(_lingering, gate.store)
    became: Counter[str] = Counter()
    try:
        with acting_for(person):
            while not stopped.is_set():
                _write(person, programme, kind, became)
    except BaseException as error:
        became[f"{type(error).__name__}: {error}"] += 1
        raise
    finally:
        results.put(became)


def _lingering(insert: Any, *args: Any, **named: Any) -> Any:
    ids = insert(*args, **named)
    time.sleep(LINGER)
    return ids


def _without_stops(sift: Any, *args: Any, **named: Any) -> Any:
    return sift(*args, **(named | {"stops": ()}))


def _write(person: UUID, programme: str, kind: str, became: Counter[str]) -> None:
    """One segment with one event of this moment."""
    now = timezone.now()
    event = {"t": now - timedelta(milliseconds=1), "count": 1}
    segment = gate.IncomingSegment.of(programme=programme, kind=kind, events=[event])
    try:
        (outcome,) = gate.admit(person_id=person, collector_id=None, segments=[segment], at=now)
    except gate.Contended:
        became["contended"] += 1
        return
    became["stored"] += outcome.stored
    became.update(outcome.refused)
    if outcome.refused:
        time.sleep(REFUSED)
