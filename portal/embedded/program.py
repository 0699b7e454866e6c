"""A program that the supervisor runs, how it is asked to stop, and one run of it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One way of asking a program to stop, and how many seconds it has before the next one."""

    signal: signal.Signals
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Account:
    """The system account that a program runs as."""

    user: int
    group: int


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run. `essential`: its death ends everything; `once`: it is expected to end by itself."""

    name: str
    command: tuple[str, ...]
    stages: tuple[Stage, ...] = (Stage(signal=signal.SIGTERM, seconds=10),)
    essential: bool = False
    once: bool = False
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    folder: Path | None = None
    account: Account | None = None
    inherits: tuple[int, ...] = ()


def launch(program: Program) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own, so that Ctrl-C reaches the supervisor alone, which then stops it in its turn.

    On Linux the kernel asks it to stop should the supervisor be killed; elsewhere the next start does (see leftovers).
    """
    return subprocess.Popen(
        program.command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=program.environment,
        cwd=program.folder,
        pass_fds=program.inherits,
        start_new_session=True,
        preexec_fn=_stop_when_orphaned(program.stages[0].signal),
        user=program.account.user if program.account else None,
        group=program.account.group if program.account else None,
        extra_groups=[] if program.account else None,
    )


def _stop_when_orphaned(number: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    control = ctypes.CDLL(None).prctl
    return lambda: control(PR_SET_PDEATHSIG, int(number))


def end_session(process: subprocess.Popen[bytes]) -> None:
    """End what a program that has gone left behind in its session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
