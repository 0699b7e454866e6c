"""The portal's own processes: what is done before it opens, and what then runs."""

import os
import signal
import socket
import sys
from pathlib import Path

from portal.embedded.program import Program, Stage

PYTHON = sys.executable
# Celery warns each time that it runs as root, which whoever types `make run` as root knows.
CELERY = (PYTHON, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "portal")
WEB_PROCESSES, WEB_THREADS, WORKER_PROCESSES = 2, 8, 2
# The worker's own name: on a Redis that others use too, the ping must be answered by this one.
WORKER = f"candor-{os.getpid()}@{socket.gethostname()}"


def manage(name: str, *arguments: str) -> Program:
    """One of `manage.py`'s commands, to be run to its end."""
    return Program(name=name, command=(PYTHON, "manage.py", *arguments), once=True)


def migrate() -> Program:
    """Bring the database's schema up to date, as its owner."""
    return manage("migrate", "migrate", "--database", "owner", "--no-input", "--verbosity", "1")


def partitions() -> Program:
    """Have the partitions of the months to come; wanted daily."""
    return manage("partitions", "make_partitions")


def static() -> Program:
    """Collect the stylesheets and scripts under names that change with their content."""
    return manage("static", "collectstatic", "--no-input", "--verbosity", "0")


def demonstration() -> Program:
    """The demonstration organisation; does nothing where it is there."""
    return manage("seed", "seed_demo")


def sequencer() -> Program:
    """Gives ledger entries their positions and signs checkpoints."""
    return Program(name="sequencer", command=(PYTHON, "manage.py", "sequence_ledger"))


def worker() -> Program:
    """Carries out requests. SIGTERM: finish what is begun; SIGQUIT: put it back into the queue and go."""
    command = ("worker", "--concurrency", str(WORKER_PROCESSES), "--hostname", WORKER, "--loglevel", "WARNING")
    return Program(
        name="worker",
        command=(*CELERY, *command, "--without-gossip", "--without-mingle"),
        stages=(Stage(signal=signal.SIGTERM, seconds=10), Stage(signal=signal.SIGQUIT, seconds=10)),
    )


def beat(schedule: Path) -> Program:
    """Asks for what is due by the clock."""
    command = ("beat", "--schedule", str(schedule), "--pidfile", "", "--loglevel", "WARNING")
    return Program(name="beat", command=(*CELERY, *command))


def ping() -> Program:
    """Asks the worker whether it is there."""
    command = ("inspect", "ping", "--destination", WORKER, "--timeout", "3")
    return Program(name="ping", command=(*CELERY, *command), once=True)


def web(listener: socket.socket) -> Program:
    """Serves the pages and the API on a socket that listens already."""
    number = listener.fileno()
    options = ("--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS))
    patience = ("--timeout", "60", "--graceful-timeout", "10", "--no-control-socket", "--log-level", "warning")
    return Program(
        name="web",
        command=(PYTHON, "-m", "gunicorn", "portal.wsgi", "--bind", f"fd://{number}", *options, *patience),
        stages=(Stage(signal=signal.SIGTERM, seconds=15), Stage(signal=signal.SIGQUIT, seconds=3)),
        essential=True,
        inherits=(number,),
    )
