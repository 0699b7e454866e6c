"""A real Celery worker and a Redis of its own, as processes that tests kill."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connections

from portal.embedded.binaries import redis_server
from portal.embedded.valkey import answers

ROOT = Path(__file__).resolve().parent.parent


class Redis:
    """A server on a Unix socket that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / "r.sock"
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis+socket://{self.path}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [redis_server(), "--port", "0", "--unixsocket", self.path, "--save", "", "--appendonly", "no", "--dir", self.folder],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(lambda: answers(self.path), seconds=20)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.path.unlink(missing_ok=True)

    def empty(self) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.path))
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(64).startswith(b"+OK")


class Worker:
    """`celery worker` with one child, on the database that the test uses now."""

    def __init__(self, folder: Path, redis: Redis) -> None:
        self.log = folder / "worker.log"
        self.redis = redis
        self.process: subprocess.Popen | None = None

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": _url("DATABASE_URL", "default"),
            "DATABASE_OWNER_URL": _url("DATABASE_OWNER_URL", "owner"),
            "REDIS_URL": self.redis.url,
            "KEYSTORE_DIR": str(settings.KEYSTORE_DIR),
        }

    def start(self, *, failpoint: str = "") -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "portal", "worker", "-c", "1", "-l", "INFO"],
                cwd=ROOT, env=self.environment() | {"CANDOR_FAILPOINT": failpoint}, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """SIGKILL to the worker and its children, as when the power goes."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def manage(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=True
        )  # fmt: skip
        return done.stdout

    def said(self, text: str) -> bool:
        return self.log.exists() and text in self.log.read_text(errors="replace")


def wait_until(holds: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"did not become true in {seconds} s"
        time.sleep(0.1)


def _url(variable: str, alias: str) -> str:
    head, _, query = os.environ[variable].partition("?")
    return head.rsplit("/", 1)[0] + "/" + connections[alias].settings_dict["NAME"] + (f"?{query}" if query else "")
