"""`make run`: sets up what is missing, starts everything, says when it is ready, and keeps it running.

In this order: settings, state directory, port, what PDFs need, stores, schema, demonstration, processes, READY.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from portal.embedded import handover, leftovers, processes, static_files, stores, system_packages
from portal.embedded.addresses import web_address
from portal.embedded.announcement import announcement
from portal.embedded.console import Console
from portal.embedded.ports import listening_socket
from portal.embedded.readiness import await_readiness
from portal.embedded.refusal import CannotStart
from portal.embedded.state import State
from portal.embedded.supervisor import StopAsked, Supervisor

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SHARED = (
    "PUBLIC_URL", "HOST", "PORT", "DEMO", "STATE_DIR", "KEYSTORE_DIR", "SECRET_KEY_FILE", "LEDGER_ORIGIN",
    "WITNESS_FILE", "WITNESS_BUCKET", "WITNESS_ENDPOINT", "WITNESS_REGION", "TSA_URL", "TSA_CERTIFICATES",
)  # fmt: skip


def run(*, project: Path, console: Console) -> None:
    """Returns when somebody has asked to stop, and everything has; raises CannotStart or Ended."""
    with ExitStack() as stack:
        state = stack.enter_context(State(Path(os.environ.get("STATE_DIR") or project / ".state")))
        for name in leftovers.sweep(state.run):
            console.say(f"Ended {name}, which an earlier start had left running")
        listener = stack.enter_context(listen(os.environ))
        os.environ.update(settings(os.environ, state=state, port=listener.getsockname()[1]))
        system_packages.have_pango(console)
        try:
            supervisor = stack.enter_context(Supervisor(console=console, run=state.run))
            open_portal(project=project, supervisor=supervisor, state=state, listener=listener, console=console)
            supervisor.keep(run=(processes.partitions(),))
        except StopAsked:
            console.say("")
        finally:
            # No new visitor is taken in while what is begun comes to its end.
            listener.close()
            handover.withdraw(state.folder)


def listen(environment: Mapping[str, str]) -> socket.socket:
    """The portal's socket; refuses an address that others reach while the demonstration is on."""
    host = environment.get("HOST") or "127.0.0.1"
    public = urlsplit(environment.get("PUBLIC_URL") or "http://127.0.0.1").hostname
    if (environment.get("DEMO") or "1") == "1" and not {host, public} <= LOOPBACK:
        raise CannotStart(
            "The demonstration's passwords are known to everybody, and others may reach this address "
            f"(HOST {host}, PUBLIC_URL at {public}). Set DEMO=0, or leave both out.",
            code="demonstration_in_public",
        )
    return listening_socket(host=host, port=environment.get("PORT"))


def settings(environment: Mapping[str, str], *, state: State, port: int) -> dict[str, str]:
    """The variables of the portal's processes; what is set already stays."""
    host = environment.get("HOST") or "127.0.0.1"
    chosen = {
        "HOST": host,
        "PORT": str(port),
        "PUBLIC_URL": environment.get("PUBLIC_URL") or web_address(host=host, port=port),
        "STATE_DIR": str(state.folder),
        "KEYSTORE_DIR": environment.get("KEYSTORE_DIR") or str(state.folder / "keystore"),
        "DEBUG": environment.get("DEBUG") or "0",
        "DEMO": environment.get("DEMO") or "1",
        # The name of the log must not change with the port: issued receipts carry it.
        "LEDGER_ORIGIN": environment.get("LEDGER_ORIGIN") or "localhost/ledger",
        "PYTHONUNBUFFERED": "1",
    }
    if not environment.get("SECRET_KEY") and not environment.get("SECRET_KEY_FILE"):
        chosen["SECRET_KEY_FILE"] = str(state.secret_key_file())
    return chosen


def open_portal(
    *, project: Path, supervisor: Supervisor, state: State, listener: socket.socket, console: Console
) -> None:
    """Everything up to READY."""
    found = stores.bring_up(
        environment=os.environ, state=state, throw_away=False, console=console, supervisor=supervisor
    )
    os.environ.update(found)
    demonstration = os.environ["DEMO"] == "1"
    console.say("Bringing the database up to date")
    with_static = not static_files.collected(project=project, folder=state.folder)
    supervisor.finish(processes.migrate(), *([processes.static()] if with_static else []))
    static_files.note(project=project, folder=state.folder)
    supervisor.finish(processes.partitions())
    if demonstration:
        console.say("Seeing to the demonstration organisation")
        supervisor.finish(processes.demonstration())
    handover.leave(state.folder, {name: os.environ[name] for name in (*SHARED, *found) if name in os.environ})
    console.say("Starting the portal")
    for program in (
        processes.sequencer(),
        processes.worker(),
        processes.beat(state.run / "beat"),
        processes.web(listener),
    ):
        supervisor.start(program)
    address = web_address(host=os.environ["HOST"], port=int(os.environ["PORT"]))
    await_readiness(address=address, supervisor=supervisor)
    console.say(announcement(address=address, demonstration=demonstration))
