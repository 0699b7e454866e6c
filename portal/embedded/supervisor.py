"""Keeps the processes of the portal: starts them, passes their output on, restarts what dies, stops them in order.

Believe this, in this order:
1. One thread. Everything happens in `turn`: output is passed on, ends are noticed, what waits for a restart is started.
2. A program that dies is started again, after 1, 2, 4 … 30 seconds; one that is essential ends everything instead.
3. Stopping goes backwards through the order of starting, one program at a time, each by its own stages, SIGKILL last.
   While one stops, the output of all goes on being read: a full pipe would keep it from stopping.
4. Asking a second time moves on to the next stage at once.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self

from portal.embedded import leftovers
from portal.embedded.console import Console
from portal.embedded.program import Program, end_session, launch
from portal.embedded.refusal import CannotStart

ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HEALTHY_AFTER = 60.0
SLOWEST_RESTART = 30.0
PAUSE = 0.1
# Of one program's output in one turn: more than a pipe holds, so that an ended program's is read to the last.
PIECES = 16


class StopAsked(Exception):
    """Ctrl-C (SIGINT), or a signal that means the same."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Asked to stop by {signal.Signals(number).name}.")
        self.number = number


class Ended(Exception):
    """An essential program is gone."""

    def __init__(self, name: str, status: int) -> None:
        super().__init__(f"{name} ended ({described(status)}); everything else is stopped.")
        self.name, self.status = name, status


@dataclass
class Child:
    """A program in the supervisor's care: running, or waiting for its next start."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0
    status: int | None = None


class Supervisor:
    """See the module. To be used as a context, which catches the signals that ask to stop, and stops everything at its end."""

    def __init__(self, *, console: Console, run: Path) -> None:
        self.children: dict[str, Child] = {}
        self._console, self._run = console, run
        self._selector = selectors.DefaultSelector()
        self._asked, self._last, self._stopping = 0, 0, False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._awake, self._wake = os.pipe()
        os.set_blocking(self._awake, False)
        os.set_blocking(self._wake, False)
        self._selector.register(self._awake, selectors.EVENT_READ)
        self._before_wake = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._ask) for number in ASKING}
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        # A shell starts what it puts in the background deaf to SIGQUIT, and children inherit that; it is their second signal.
        self._before[signal.SIGQUIT] = signal.signal(signal.SIGQUIT, signal.SIG_DFL)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            signal.set_wakeup_fd(self._before_wake)
            for number, handler in self._before.items():
                signal.signal(number, handler)
            self._selector.close()
            os.close(self._awake)
            os.close(self._wake)

    def start(self, program: Program) -> Child:
        """Start a program and take it into care."""
        child = self.children[program.name] = Child(program)
        self._launch(child)
        return child

    def finish(self, *programs: Program, seconds: float = 600) -> None:
        """Run programs that end by themselves, side by side; raises CannotStart when one fails or takes too long."""
        children = [self.start(program) for program in programs]
        self.wait_until(
            lambda: all(child.status is not None for child in children),
            seconds=seconds,
            otherwise=f"{', '.join(program.name for program in programs)}: not done after {seconds:.0f} seconds.",
        )
        for child in children:
            if child.status:
                raise CannotStart(
                    f"{child.program.name} failed ({described(child.status)}); its last lines stand above.",
                    code="step_failed",
                )

    def wait_until(self, true: Callable[[], bool], *, seconds: float, otherwise: str) -> None:
        """Keep everything going until something is true; raises CannotStart with `otherwise` when it takes too long."""
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                raise CannotStart(otherwise, code="not_ready")
            self.go_on(PAUSE)

    def keep(self, *, every: float = 86_400.0, run: tuple[Program, ...] = ()) -> None:
        """Keep everything going until somebody asks to stop or an essential program ends; run some programs each `every` seconds."""
        due = time.monotonic() + every
        while True:
            self.turn(1.0)
            if time.monotonic() >= due:
                due += every
                for program in run:
                    self.start(program)

    def go_on(self, seconds: float) -> None:
        """Go on for so long, however much there is to pass on: what is asked in between is not asked more often."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.turn(left)

    def turn(self, seconds: float) -> None:
        """Go on for at most so long. Raises StopAsked or Ended, unless everything is being stopped already."""
        for key, _ in self._selector.select(seconds):
            if key.fileobj == self._awake:
                _read(self._awake)
            else:
                self._read_output(key.data)
        for child in list(self.children.values()):
            self._look_after(child)
        if self._asked and not self._stopping:
            raise StopAsked(self._last)

    def stop(self) -> None:
        """Stop every program, the last started first (3)."""
        self._stopping = True
        for child in self.children.values():
            child.due = float("inf")
        for child in reversed(list(self.children.values())):
            self._stop(child)

    def _stop(self, child: Child) -> None:
        if child.process is None:
            return
        if not child.program.once:
            self._console.say(f"Stopping {child.program.name}")
        for stage in child.program.stages:
            self._signal(child, stage.signal)
            deadline, asked = time.monotonic() + stage.seconds, self._asked
            while child.process and time.monotonic() < deadline and self._asked == asked:  # 4
                self.turn(0.2)
            if child.process is None:
                return
        self._console.say(f"{child.program.name} does not stop; it is killed")
        end_session(child.process)
        child.process.wait()
        self._look_after(child)

    def _signal(self, child: Child, number: signal.Signals) -> None:
        if child.process:
            with suppress(ProcessLookupError):
                os.kill(child.process.pid, number)

    def _launch(self, child: Child) -> None:
        try:
            child.process = launch(child.program)
        except (OSError, subprocess.SubprocessError) as problem:
            raise CannotStart(
                f"{child.program.name} cannot be started: {problem}. Command: {child.program.command[0]}",
                code="no_program",
            ) from problem
        child.started, child.status = time.monotonic(), None
        leftovers.remember(self._run, name=child.program.name, process=child.process.pid)
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _look_after(self, child: Child) -> None:
        if child.process is not None and child.process.poll() is not None:
            self._bury(child)
        elif child.process is None and child.due <= time.monotonic():
            self._launch(child)

    def _bury(self, child: Child) -> None:
        """The process has ended: read what it left, and decide what comes next (2)."""
        process = child.process
        assert process is not None
        assert process.stdout is not None
        self._read_output(child)
        with suppress(KeyError):
            self._selector.unregister(process.stdout)
        process.stdout.close()
        self._console.end(child.program.name)
        end_session(process)
        leftovers.forget(self._run, name=child.program.name)
        child.process, child.status, child.due = None, process.returncode, float("inf")
        if child.program.once:
            del self.children[child.program.name]
        elif not self._stopping:
            self._after_death(child, status=process.returncode)

    def _after_death(self, child: Child, *, status: int) -> None:
        if child.program.essential:
            raise Ended(child.program.name, status)
        lived = time.monotonic() - child.started
        child.failures = 1 if lived > HEALTHY_AFTER else child.failures + 1
        pause = pause_before(failures=child.failures)
        child.due = time.monotonic() + pause
        self._console.say(f"{child.program.name} ended ({described(status)}); it is started again in {pause:.0f} s")

    def _read_output(self, child: Child) -> None:
        stdout = child.process.stdout if child.process else None
        if stdout is None or stdout.closed:
            return
        for _ in range(PIECES):
            piece = _read(stdout.fileno())
            if piece is None:
                return
            if not piece:
                with suppress(KeyError):
                    self._selector.unregister(stdout)
                return
            self._console.pass_on(child.program.name, piece)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked, self._last = self._asked + 1, number


def pause_before(*, failures: int) -> float:
    """How many seconds to wait before a program that has died so often is started again."""
    return float(min(2 ** min(failures - 1, 10), SLOWEST_RESTART))


def described(status: int) -> str:
    """How a process ended, for people."""
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def _read(descriptor: int) -> bytes | None:
    """What is there; empty at the end; None when there is nothing yet."""
    try:
        return os.read(descriptor, 65_536)
    except BlockingIOError:
        return None
