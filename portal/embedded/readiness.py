"""Whether the portal can be used: its page answers, and a worker has answered a ping."""

import http.client
from urllib.parse import urlsplit

from portal.embedded import processes
from portal.embedded.program import Program
from portal.embedded.supervisor import Supervisor

PATIENCE = 90.0


def await_readiness(*, address: str, supervisor: Supervisor) -> None:
    """Return when a person can use the portal; raises CannotStart when that takes longer than `PATIENCE`."""
    supervisor.wait_until(
        lambda: page_answers(address),
        seconds=PATIENCE,
        otherwise=f"{address}/readyz does not answer 200; the last lines of web stand above.",
    )
    supervisor.wait_until(
        Knock(supervisor=supervisor, program=processes.ping()),
        seconds=PATIENCE,
        otherwise="The worker does not answer a ping; its last lines stand above.",
    )


class Knock:
    """Asks again and again, as a program of its own each time, until one has succeeded."""

    def __init__(self, *, supervisor: Supervisor, program: Program) -> None:
        self._supervisor, self._program = supervisor, program
        self._asked = supervisor.start(program)

    def __call__(self) -> bool:
        """Whether an answer has come; asks anew after a failure."""
        if self._asked.status not in {None, 0}:
            self._asked = self._supervisor.start(self._program)
        return self._asked.status == 0


def page_answers(address: str) -> bool:
    """Whether GET /readyz answers 200."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5.0)
    try:
        connection.request("GET", "/readyz", headers={"Connection": "close"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
