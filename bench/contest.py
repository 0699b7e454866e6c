"""A contest: pieces of work that do the same thing in different ways, taken in turns, so that a slow minute slows all alike."""

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

ROUNDS = 3


@dataclass(frozen=True)
class Contender:
    """One way of doing it. `work` does some of it and returns how many units that were; `seconds` are spent on nothing else."""

    name: str
    work: Callable[[], int]


@dataclass(frozen=True)
class Contest:
    """`contenders`, the first of which the others are measured against. `target`: what quality asks for, in words."""

    title: str
    unit: str
    contenders: Sequence[Contender]
    target: str = ""
    notes: Callable[[], Sequence[str]] = field(default=tuple)


@dataclass(frozen=True)
class Figure:
    """What one contender took for a unit: medians over the rounds, in seconds; `times` how often it fits into the first one's."""

    name: str
    units: int
    wall: float
    cpu: float
    times_wall: float
    times_cpu: float


@dataclass(frozen=True)
class Outcome:
    """A contest that was held."""

    title: str
    unit: str
    target: str
    figures: Sequence[Figure]
    notes: Sequence[str]


def held(contest: Contest, *, rounds: int = ROUNDS) -> Outcome:
    """Each contender works once to warm up, then all in turn, `rounds` times; ratios are taken between the medians."""
    for contender in contest.contenders:
        contender.work()
    taken: dict[str, list[tuple[int, float, float]]] = {each.name: [] for each in contest.contenders}
    for _round in range(rounds):
        for contender in contest.contenders:
            taken[contender.name].append(_timed(contender.work))
    first = contest.contenders[0].name
    medians = {name: _median(runs) for name, runs in taken.items()}
    figures = [
        Figure(name, units, wall, cpu, medians[first][1] / wall, medians[first][2] / max(cpu, 1e-9))
        for name, (units, wall, cpu) in medians.items()
    ]
    return Outcome(contest.title, contest.unit, contest.target, figures, tuple(contest.notes()))


def _timed(work: Callable[[], int]) -> tuple[int, float, float]:
    cpu, wall = _cpu(), time.perf_counter()
    units = work()
    return units, (time.perf_counter() - wall) / units, (_cpu() - cpu) / units


def _cpu() -> float:
    """Processor seconds of this process, and of its children that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in spent)


def _median(runs: Sequence[tuple[int, float, float]]) -> tuple[int, float, float]:
    units, wall, cpu = zip(*runs, strict=True)
    return int(statistics.median(units)), statistics.median(wall), statistics.median(cpu)
