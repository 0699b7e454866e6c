"""Addresses of what was started, in the forms that the environment variables take."""

import os
from pathlib import Path
from urllib.parse import quote


def database_url(*, role: str, sockets: Path, database: str) -> str:
    """DATABASE_URL for a PostgreSQL behind a Unix socket: the folder, percent-encoded, stands where a host would."""
    return f"postgres://{role}@{quote(os.fsencode(sockets), safe='')}/{database}"


def redis_url(socket: Path) -> str:
    """REDIS_URL for a Unix socket."""
    return f"unix://{quote(os.fsencode(socket))}"


def web_address(*, host: str, port: int) -> str:
    """Where a browser finds the portal."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
