import os
import signal
import subprocess
import sys
import time
from io import StringIO

import pytest

from portal.embedded.console import Console
from portal.embedded.program import Program, Stage
from portal.embedded.refusal import CannotStart
from portal.embedded.supervisor import Ended, StopAsked, Supervisor, pause_before

TERM = (Stage(signal=signal.SIGTERM, seconds=5),)


@pytest.fixture(autouse=True)
def in_time():
    """What a broken rule would keep for ever fails instead."""

    def fail(*_):
        raise AssertionError("not done after 30 seconds")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def out():
    return StringIO()


@pytest.fixture
def supervisor(out, tmp_path):
    with Supervisor(console=Console(out), run=tmp_path) as supervisor:
        yield supervisor


def program(name: str, code: str, **options) -> Program:
    """A program of a few lines, which says `up` when it has come so far."""
    return Program(name=name, command=(sys.executable, "-c", f"import os, signal, sys, time\n{code}"), **options)


def patient(name: str, **options) -> Program:
    return program(name, "print('up', flush=True)\ntime.sleep(60)", **options)


def stubborn(name: str, *ignored: str, **options) -> Program:
    ignoring = "\n".join(f"signal.signal(signal.{number}, signal.SIG_IGN)" for number in ignored)
    return program(name, f"{ignoring}\nprint('up', flush=True)\ntime.sleep(60)", **options)


def bring_up(supervisor: Supervisor, out: StringIO, *programs: Program) -> None:
    for given in programs:
        supervisor.start(given)
    wait_for(supervisor, out, *(f"{given.name:<11}| up" for given in programs))


def wait_for(supervisor: Supervisor, out: StringIO, *lines: str) -> None:
    supervisor.wait_until(lambda: all(line in out.getvalue() for line in lines), seconds=10, otherwise=out.getvalue())


def test_programs_are_stopped_in_the_opposite_order_each_before_the_next(supervisor, out):
    says_goodbye = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('gone', flush=True)))\nprint('up', flush=True)\ntime.sleep(60)"
    bring_up(supervisor, out, *(program(name, says_goodbye) for name in ("store", "worker", "web")))
    supervisor.stop()
    said = [line for line in out.getvalue().splitlines() if "gone" in line or "Stopping" in line]
    assert said == [
        "Stopping web",
        "web        | gone",
        "Stopping worker",
        "worker     | gone",
        "Stopping store",
        "store      | gone",
    ]


def test_a_program_that_goes_on_after_the_first_signal_gets_the_second_and_then_is_killed(supervisor, out):
    stages = (Stage(signal=signal.SIGTERM, seconds=0.3), Stage(signal=signal.SIGQUIT, seconds=20))
    bring_up(supervisor, out, stubborn("worker", "SIGTERM", stages=stages))
    child = supervisor.children["worker"]
    supervisor.stop()
    assert child.status == -signal.SIGQUIT
    assert "is killed" not in out.getvalue()


def test_one_that_ignores_every_signal_is_killed_at_last(supervisor, out):
    bring_up(supervisor, out, stubborn("worker", "SIGTERM", stages=(Stage(signal=signal.SIGTERM, seconds=0.3),)))
    child = supervisor.children["worker"]
    supervisor.stop()
    assert child.status == -signal.SIGKILL


def test_asking_again_moves_on_at_once(supervisor, out):
    stages = (Stage(signal=signal.SIGTERM, seconds=60), Stage(signal=signal.SIGQUIT, seconds=60))
    bring_up(supervisor, out, stubborn("worker", "SIGTERM", stages=stages))
    subprocess.Popen(["sh", "-c", f"sleep 2; kill -INT {os.getpid()}"])
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 25


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_asks_to_stop_ends_the_keeping(supervisor, out, number):
    bring_up(supervisor, out, patient("web"))
    os.kill(os.getpid(), number)
    with pytest.raises(StopAsked) as asked:
        supervisor.keep()
    assert asked.value.number == number


def test_a_dead_worker_is_started_again(supervisor, out):
    bring_up(supervisor, out, patient("worker"))
    first = supervisor.children["worker"].process.pid
    os.kill(first, signal.SIGKILL)
    supervisor.wait_until(
        lambda: (process := supervisor.children["worker"].process) is not None and process.pid != first,
        seconds=10,
        otherwise=out.getvalue(),
    )
    assert "worker ended (signal SIGKILL); it is started again in 1 s" in out.getvalue()


def test_one_that_dies_again_and_again_is_started_less_and_less_often():
    assert [pause_before(failures=failures) for failures in (1, 2, 3, 4, 5, 6, 2000)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_dead_web_ends_everything(supervisor, out):
    bring_up(supervisor, out, patient("worker"), patient("web", essential=True))
    os.kill(supervisor.children["web"].process.pid, signal.SIGKILL)
    with pytest.raises(Ended, match=r"web ended \(signal SIGKILL\)"):
        supervisor.keep()


def test_nothing_is_started_again_while_everything_stops(supervisor, out):
    slow = "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1.5), sys.exit()))\nprint('up', flush=True)\ntime.sleep(60)"
    bring_up(supervisor, out, patient("worker"), program("web", slow))
    os.kill(supervisor.children["worker"].process.pid, signal.SIGKILL)
    wait_for(supervisor, out, "again in 1 s")
    supervisor.stop()
    assert out.getvalue().count("worker     | up") == 1


def test_a_program_that_writes_more_than_a_pipe_holds_can_still_stop(supervisor, out):
    chatty = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('x' * 500_000)))\nprint('up', flush=True)\ntime.sleep(60)"
    bring_up(supervisor, out, program("worker", chatty, stages=TERM))
    child = supervisor.children["worker"]
    supervisor.stop()
    assert child.status == 0


def test_each_program_has_a_session_of_its_own_so_that_ctrl_c_reaches_the_supervisor_alone(supervisor, out):
    bring_up(supervisor, out, patient("worker"))
    assert os.getsid(supervisor.children["worker"].process.pid) != os.getsid(0)


def test_what_a_dead_program_leaves_in_its_session_goes_too(supervisor, out):
    code = "import subprocess\nprint('left', subprocess.Popen(['sleep', '60']).pid, flush=True)"
    supervisor.start(program("worker", code, once=True))
    wait_for(supervisor, out, "left ")
    left = int(out.getvalue().split("left ")[1])
    supervisor.wait_until(lambda: not runs(left), seconds=10, otherwise="it runs on")


def runs(process: int) -> bool:
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return bool(shown) and not shown.startswith("Z")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends it")
def test_a_program_stops_when_its_supervisor_is_killed(tmp_path):
    code = f"""
import sys, time
from pathlib import Path
from portal.embedded.console import Console
from portal.embedded.program import Program
from portal.embedded.supervisor import Supervisor
with Supervisor(console=Console(sys.stdout), run=Path({str(tmp_path)!r})) as supervisor:
    child = supervisor.start(Program(name="worker", command=("sleep", "60")))
    print(child.process.pid, flush=True)
    supervisor.keep()
"""
    killed = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    left = int(killed.stdout.readline())
    killed.kill()
    killed.communicate()
    deadline = time.monotonic() + 5
    while runs(left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(left)


def test_a_step_that_fails_is_named(supervisor):
    with pytest.raises(CannotStart, match=r"migrate failed \(exit status 3\)"):
        supervisor.finish(program("static", "", once=True), program("migrate", "sys.exit(3)", once=True))


def test_a_program_that_is_not_there_is_named(supervisor):
    with pytest.raises(CannotStart, match="web cannot be started"):
        supervisor.start(Program(name="web", command=("/nowhere/gunicorn",)))


def test_a_line_without_an_end_is_shown_when_its_program_ends(supervisor, out):
    supervisor.finish(program("seed", "sys.stdout.write('no end')", once=True))
    assert out.getvalue() == "seed       | no end\n"
