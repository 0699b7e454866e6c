"""`make test` and `make bench`: run a command against stores of its own, which are thrown away afterwards."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from io import StringIO
from pathlib import Path

from portal.embedded import leftovers, stores, system_packages
from portal.embedded.console import Console
from portal.embedded.refusal import CannotStart
from portal.embedded.state import State
from portal.embedded.supervisor import StopAsked, Supervisor

PREFIX = "candor-test-"


def test(*, project: Path, arguments: Sequence[str], console: Console) -> int:
    """Run pytest with the arguments; its exit status. Stores that the environment names are used as they are."""
    system_packages.have_pango(console)
    system_packages.have_chromium(console)
    system_packages.have_pdf_tools(console)
    return tried(("pytest", "-n", "2", "--dist", "loadfile", *arguments), project=project, console=console)


def bench(*, project: Path, arguments: Sequence[str], console: Console) -> int:
    """Run the benchmark with the arguments; its exit status. Stores that the environment names are used as they are."""
    system_packages.have_pango(console)
    return tried(("bench", *arguments), project=project, console=console)


def tried(module: Sequence[str], *, project: Path, console: Console) -> int:
    """Run a Python module, with its arguments, against throw-away stores; its exit status."""
    for left in clear_away(Path(tempfile.gettempdir())):
        console.say(f"Removed {left.name}, which tests that were killed had left behind")
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    output = StringIO()
    try:
        with State(folder) as state, ExitStack() as stack:
            supervisor = stack.enter_context(Supervisor(console=Console(output), run=state.run))
            found = stores.bring_up(
                environment=os.environ, state=state, throw_away=True, console=console, supervisor=supervisor
            )
            # What the tests leave in the temporary directory goes with the rest.
            temporary = folder / "tmp"
            temporary.mkdir()
            found["TMPDIR"] = str(temporary)
            return foreground(supervisor, {**defaults(folder), **os.environ, **found}, project=project, module=module)
    except CannotStart:
        console.say(output.getvalue())
        raise
    except StopAsked as asked:
        return 128 + asked.number
    finally:
        remove(folder)


def defaults(folder: Path) -> dict[str, str]:
    """The variables of a test run that nobody has set."""
    return {"SECRET_KEY": secrets.token_urlsafe(50), "STATE_DIR": str(folder / "portal"), "DEBUG": "0"}


def foreground(supervisor: Supervisor, environment: dict[str, str], *, project: Path, module: Sequence[str]) -> int:
    """The module, in the foreground: it reads Ctrl-C for itself, and is waited for."""
    running = subprocess.Popen([sys.executable, "-m", *module], env=environment, cwd=project)
    while running.poll() is None:
        try:
            supervisor.turn(0.5)
        except StopAsked as asked:
            return interrupted(running, number=asked.number)
    return running.returncode


def interrupted(running: subprocess.Popen[bytes], *, number: int) -> int:
    """Somebody asked to stop: pass it on, unless it was Ctrl-C, which reached the tests too; the exit status."""
    if number != signal.SIGINT:
        running.send_signal(signal.SIGINT)
    for insist in (running.terminate, running.kill):
        try:
            running.wait(timeout=20)
            break
        except subprocess.TimeoutExpired:
            insist()
    running.wait()
    return 128 + number


def clear_away(temporary: Path) -> list[Path]:
    """Remove what earlier test runs of this account left behind; one that still runs holds its lock, and is let be."""
    removed = []
    for folder in temporary.glob(f"{PREFIX}*"):
        try:
            with State(folder) as state:
                leftovers.sweep(state.run)
        except CannotStart:
            continue
        remove(folder)
        removed.append(folder)
    return removed


def remove(folder: Path) -> None:
    """Remove a throw-away state directory, and the cluster that it links to."""
    link = folder / "postgresql"
    if link.is_symlink():
        shutil.rmtree(link.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
