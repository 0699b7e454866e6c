"""What `make bench` prints: a table for people, and JSON for whoever compares one run with another."""

import dataclasses
import json
import os
import platform
from collections.abc import Sequence

from bench.contest import Outcome


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as Markdown: seconds as people read them, and the ratio to the first contender."""
    return "\n".join(line for outcome in outcomes for line in _lines(outcome))


def as_json(outcomes: Sequence[Outcome]) -> str:
    """The outcomes with the machine that they were measured on."""
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    return json.dumps({"machine": machine, "contests": [dataclasses.asdict(each) for each in outcomes]}, indent=1)


def _lines(outcome: Outcome) -> list[str]:
    head = ["", f"### {outcome.title}", ""]
    if outcome.target:
        head += [f"Target: {outcome.target}", ""]
    columns = [
        f"| per {outcome.unit} | units a round | wall | CPU | times the first, wall | times the first, CPU |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    rows = [
        f"| {each.name} | {each.units:,} | {seconds(each.wall)} | {seconds(each.cpu)} | {each.times_wall:.1f} | {each.times_cpu:.1f} |"
        for each in outcome.figures
    ]
    notes = ["", *(f"- {note}" for note in outcome.notes)] if outcome.notes else []
    return [*head, *columns, *rows, *notes]


def seconds(value: float) -> str:
    """A duration with the digits that count."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 1:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.0f} ns"
