"""`python -m bench [SUBJECT …] [--rounds N] [--json FILE]`: holds the contests of each subject; `make bench` gives it stores of its own.

A subject is a module of this package with `contests()`, which yields `Contest`s. Figures are for comparing within one run:
ratios hold on another machine, seconds do not.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import django

from bench import contest, ground, report

SUBJECTS: tuple[str, ...] = ("ledger", "receipts")


def main() -> int:
    """The exit status: 0 when every contest was held."""
    asked = arguments()
    os.environ.update({"DJANGO_SETTINGS_MODULE": "portal.settings", "DEMO": "1"})
    django.setup()
    ground.prepare()
    outcomes = []
    for outcome in outcomes_of(asked.subjects, rounds=asked.rounds):
        print(report.table([outcome]), flush=True)
        outcomes.append(outcome)
    if asked.json:
        asked.json.write_text(report.as_json(outcomes), encoding="utf-8")
    return 0


def arguments() -> argparse.Namespace:
    """What was asked for; an unknown subject is answered with those there are."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("subjects", nargs="*", help=f"of {', '.join(SUBJECTS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=contest.ROUNDS)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    asked = parser.parse_args()
    unknown = sorted(set(asked.subjects) - set(SUBJECTS))
    if unknown:
        parser.error(f"there is no subject {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    asked.subjects = asked.subjects or SUBJECTS
    return asked


def outcomes_of(subjects: Sequence[str], *, rounds: int) -> Iterator[contest.Outcome]:
    """Each contest of each subject, held."""
    for subject in subjects:
        for each in importlib.import_module(f"bench.{subject}").contests():
            print(f"{subject}: {each.title} …", file=sys.stderr, flush=True)
            yield contest.held(each, rounds=rounds)


if __name__ == "__main__":
    sys.exit(main())
