"""Work in a process of its own that can be killed, and work in several threads at once."""

import os
import signal
import threading
from collections.abc import Callable

from django.db import connections

from consent.rights import failpoints


def in_child(work: Callable[[], object], *, failpoint: str = "") -> str:
    """Runs the work in a forked process: “killed” when the failpoint was reached, “done” when it ended, “failed” when it raised.

    The parent's connections are closed before, so that the two never share one.
    """
    connections.close_all()
    child = os.fork()
    if child == 0:
        outcome = 1
        try:
            os.environ[failpoints.VARIABLE] = failpoint
            work()
            outcome = 0
        finally:
            os._exit(outcome)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return "killed"
    return "done" if os.WEXITSTATUS(status) == 0 else "failed"


def together(*works: Callable[[], object]) -> None:
    """Runs each in a thread with a connection of its own, all let go at once; raises what any of them raised."""
    start, raised = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(10)
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a thread still waits: a deadlock?"
    if raised:
        raise raised[0]
