"""`python -m portal.embedded run | test [ARGUMENTS] | bench [ARGUMENTS] | check | roles CONNECTION`: what the Makefile and .ci/run call."""

import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg

from portal.embedded import roles
from portal.embedded.checks import check
from portal.embedded.console import Console
from portal.embedded.refusal import CannotStart
from portal.embedded.run import run
from portal.embedded.supervisor import Ended
from portal.embedded.trial import bench, test

PROJECT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str], *, console: Console) -> int:
    """The exit status: 1, after a sentence, for what is in the way."""
    try:
        match arguments:
            case ["run"]:
                run(project=PROJECT, console=console)
            case ["test", *rest]:
                return test(project=PROJECT, arguments=rest, console=console)
            case ["bench", *rest]:
                return bench(project=PROJECT, arguments=rest, console=console)
            case ["check"]:
                return check(project=PROJECT, console=console)
            case ["roles", superuser]:
                roles.prepare(superuser=superuser, throw_away=True)
            case _:
                console.say(str(__doc__))
                return 2
    except (CannotStart, Ended, psycopg.Error) as problem:
        console.say(str(problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], console=Console(sys.stdout)))
