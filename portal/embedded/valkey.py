"""The Valkey (or Redis) of `make run` and `make test`: reached through a Unix socket alone."""

import signal
import socket
from pathlib import Path

from portal.embedded.program import Program, Stage
from portal.embedded.supervisor import Supervisor

NAME = "valkey"
SOCKET = "valkey.sock"
PATIENCE = 30.0
KEPT = ("--appendonly", "yes")
THROWN_AWAY = ("--appendonly", "no")


def bring_up(*, server: Path, folder: Path, sockets: Path, throw_away: bool, supervisor: Supervisor) -> Path:
    """A server that answers; its socket. Raises CannotStart."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = sockets / SOCKET
    supervisor.start(program(server=server, folder=folder, path=path, throw_away=throw_away))
    supervisor.wait_until(
        lambda: answers(path), seconds=PATIENCE, otherwise="Valkey does not start; its last lines stand above."
    )
    return path


def program(*, server: Path, folder: Path, path: Path, throw_away: bool) -> Program:
    """The server, for the supervisor. It never evicts: a doorbell that was rung is heard, or known to be lost."""
    options = (
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--unixsocketperm",
        "700",
        "--save",
        "",
        "--loglevel",
        "warning",
    )
    kept = THROWN_AWAY if throw_away else KEPT
    return Program(
        name=NAME,
        command=(str(server), *options, *kept, "--maxmemory-policy", "noeviction", "--dir", str(folder)),
        stages=(Stage(signal=signal.SIGTERM, seconds=10),),
        folder=folder,
    )


def answers(path: Path) -> bool:
    """Whether the server answers a ping, having read what it kept."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
