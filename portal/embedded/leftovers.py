"""Processes of an earlier start that outlived their supervisor, found by number and time of birth, and ended."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 10.0
SUFFIX = ".process"


def remember(folder: Path, *, name: str, process: int) -> None:
    """Write down a process that was started, so that the next start finds it should this one be killed."""
    (folder / f"{name}{SUFFIX}").write_text(f"{process} {birth(process)}", encoding="utf-8")


def forget(folder: Path, *, name: str) -> None:
    """The process has ended."""
    (folder / f"{name}{SUFFIX}").unlink(missing_ok=True)


def sweep(folder: Path) -> list[str]:
    """End every process written down in the folder that still lives; the names of those that did.

    The caller holds the lock of the state directory: whatever still runs from it has lost its supervisor. A number that
    the system has given to another process since has another time of birth, and is left alone.
    """
    living = {path.stem: number for path in sorted(folder.glob(f"*{SUFFIX}")) if (number := _alive(path)) is not None}
    for name, number in living.items():
        _signal(number, signal.SIGINT if name == "postgresql" else signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(_alive(folder / f"{name}{SUFFIX}") for name in living):
        time.sleep(0.1)
    for name, number in living.items():
        if _alive(folder / f"{name}{SUFFIX}"):
            _signal(number, signal.SIGKILL)
    for path in folder.glob(f"*{SUFFIX}"):
        path.unlink(missing_ok=True)
    return list(living)


def birth(process: int) -> str:
    """When the process was started, in the system's own words; empty when there is no such process."""
    if sys.platform == "linux":
        try:
            # The fields after the name in brackets, which may hold anything: state first, start time twentieth.
            fields = (
                Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            )
        except OSError:
            return ""
        return "" if fields[0] == "Z" else fields[19]
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(process)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()


def _alive(path: Path) -> int | None:
    try:
        number, _, born = path.read_text(encoding="utf-8").partition(" ")
    except OSError:
        return None
    return int(number) if number.isdigit() and born and birth(int(number)) == born else None


def _signal(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)
