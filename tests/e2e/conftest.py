"""A whole Candor for the browser: gunicorn, a Celery worker with beat, the sequencer, on a seeded database and a Redis of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connections

from portal.embedded.binaries import redis_server
from portal.embedded.refusal import CannotStart
from tests.conftest import _clone, _server

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(reason="NO CHROMIUM: install Debian's package `chromium` to run the browser tests")
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "stack" in names:
            item.add_marker(pytest.mark.e2e)
            if "chromium" in names and not CHROMIUM and not os.environ.get("CI"):
                item.add_marker(missing)


@dataclass
class Stack:
    """The running portal: its address, its environment, its processes, and where their output goes."""

    url: str
    environment: dict[str, str]
    directory: Path
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start(self, name: str, *command: str, program: str = sys.executable) -> None:
        with (self.directory / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [program, *command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start_redis(self) -> None:
        """An empty one at the address that the others know."""
        port = urlsplit(self.environment["REDIS_URL"]).port
        where = ("--bind", "127.0.0.1", "--port", str(port), "--dir", str(self.directory))
        self.start("redis", *where, "--save", "", "--appendonly", "no", program=str(redis_server()))
        _until_listening(port)

    def kill(self, name: str) -> None:
        """At once, as a crash would end it."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in self.directory.glob("*.log"))

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _until_listening(port: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing listens at port {port} after {seconds} s") from None
        time.sleep(0.05)


def _has_redis_server() -> bool:
    """Whether this machine has one that a test may start and kill; else the stack shares the one that the tests were given."""
    try:
        return redis_server().exists()
    except CannotStart:
        return False


def _url_of(alias: str, name: str) -> str:
    variable = {"default": "DATABASE_URL", "owner": "DATABASE_OWNER_URL"}[alias]
    head, _, query = os.environ[variable].partition("?")
    return head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def stack(database_template: str, django_db_blocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("stack")
    name, port = f"candor_e2e_{os.getpid()}", _free_port()
    with django_db_blocker.unblock():
        _clone(database_template, name)
    environment = os.environ | {
        "DATABASE_URL": _url_of("default", name),
        "DATABASE_OWNER_URL": _url_of("owner", name),
        "STATE_DIR": str(directory / "state"),
        "PORT": str(port),
        "DEMO": "1",
        "QUEUE": name,
        "PYTHONUNBUFFERED": "1",
    }
    environment.pop("PUBLIC_URL", None)
    if own_redis := _has_redis_server():
        environment["REDIS_URL"] = f"redis://127.0.0.1:{_free_port()}/0"
    running = Stack(url=f"http://127.0.0.1:{port}", environment=environment, directory=directory)
    try:
        if own_redis:
            running.start_redis()
        running.manage("collectstatic", "--noinput", "-v0")
        running.manage("seed_demo")
        running.start(
            "web", "-m", "gunicorn", "portal.wsgi", "-b", f"127.0.0.1:{port}", "-k", "gthread", "--threads", "8"
        )
        running.start("worker", "-m", "celery", "-A", "portal", "worker", "-c", "1", "-l", "INFO")
        running.start("beat", "-m", "celery", "-A", "portal", "beat", "-s", str(directory / "beat"))
        running.start("sequencer", "manage.py", "sequence_ledger")
        _wait_for(f"{running.url}/readyz")
        yield running
    finally:
        running.stop()
        with _server() as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _wait_for(url: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"{url} did not answer 200 within {seconds} s")
        time.sleep(0.2)


@pytest.fixture(scope="package")
def chromium(stack: Stack):
    """Chromium, until the last browser test is over: its driver keeps an event loop in this process, beside which Django
    refuses the database unless told that nothing here awaits."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "CI needs Chromium: install Debian's package `chromium`"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        )  # fmt: skip
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def sign_in(stack: Stack, chromium):
    """sign_in("alice", width=390, javascript=False) → a page of a fresh browser session of that person."""
    contexts = []

    def open_as(username: str | None, *, width: int = 1200, javascript: bool = True, scheme: str = "light"):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            color_scheme=scheme,
            base_url=stack.url,
        )
        contexts.append(context)
        page = context.new_page()
        if username:
            page.goto("/accounts/login/")
            page.fill("input[name=login]", username)
            page.fill("input[name=password]", "demo")
            page.locator("form:has(input[name=password]:not([type=hidden])) button[type=submit]").first.click()
            page.wait_for_url("**/choices/")
        return page

    yield open_as
    for context in contexts:
        context.close()


def axe_violations(page) -> list[str]:
    """What axe finds on the page: rule and first place, one line each."""
    # The portal's own policy allows no eval; the checker runs in the page's isolated world through the protocol instead.
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes[0].target} (${v.help})`)"
    )
    return list(found)


def database_of(stack: Stack) -> psycopg.Connection:
    """The owner's connection to the stack's database, for counting."""
    owner = connections["owner"].settings_dict
    name = stack.environment["DATABASE_OWNER_URL"].partition("?")[0].rsplit("/", 1)[1]
    return psycopg.connect(
        host=owner["HOST"] or None,
        port=owner["PORT"] or None,
        user=owner["USER"],
        password=owner["PASSWORD"] or None,
        dbname=name,
    )
