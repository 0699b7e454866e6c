"""The port that the portal listens on: the one asked for, or the next free one."""

import errno
import socket

from portal.embedded.refusal import CannotStart

FIRST_PORT = 8000
TRIES = 100


def listening_socket(*, host: str, port: str | None) -> socket.socket:
    """A socket that listens already, to hand to the web server: a port found free cannot be lost in between.

    `port` as it stands in the environment. Raises CannotStart when it is no port, is taken, or `host` is no address here.
    """
    if port:
        return _listen(host, _number(port), wanted=True)
    for candidate in range(FIRST_PORT, FIRST_PORT + TRIES):
        try:
            return _listen(host, candidate, wanted=False)
        except _Taken:
            continue
    raise CannotStart(
        f"No port from {FIRST_PORT} to {FIRST_PORT + TRIES - 1} is free. Set PORT to one that is.", code="port_taken"
    )


class _Taken(Exception):
    """Somebody else listens there."""


def _number(port: str) -> int:
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise CannotStart(f"PORT is {port!r}. Set it to a number from 1 to 65535.", code="port_wrong")
    return int(port)


def _listen(host: str, port: int, *, wanted: bool) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as problem:
        raise CannotStart(f"HOST is {host!r}, which is no address of this machine.", code="host_wrong") from problem
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except OSError as problem:
        listener.close()
        if problem.errno == errno.EADDRINUSE and not wanted:
            raise _Taken from problem
        raise CannotStart(_sentence(problem, host=host, port=port), code="port_taken") from problem
    return listener


def _sentence(problem: OSError, *, host: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken on {host}. Set PORT to another one, or leave it out: the next free one is used then."
        )
    if problem.errno == errno.EACCES:
        return f"Port {port} is reserved for the administrator. Set PORT to a number from 1024 up."
    return f"Candor cannot listen on {host}, port {port}: {problem.strerror}. Set HOST to an address of this machine."
