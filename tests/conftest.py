"""Databases, and the cast. Each run clones its databases from a migrated template, so that triggers and roles are the real ones.

`make test` names the stores; to run pytest by hand, set DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, SECRET_KEY and STATE_DIR.
"""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

pytest_plugins = ["tests.cast", "tests.authority"]

ROOT = Path(__file__).resolve().parent.parent


def _server() -> psycopg.Connection:
    """A connection as the owner to a database that always exists, for creating and dropping databases."""
    owner = connections["owner"].settings_dict
    return psycopg.connect(
        host=owner["HOST"] or None,
        port=owner["PORT"] or None,
        user=owner["USER"],
        password=owner["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    )


def _fingerprint() -> str:
    """Of everything that decides what a migrated database looks like."""
    files = sorted(ROOT.glob("consent/*/migrations/*.py")) + [ROOT / "consent/database.py", ROOT / "requirements.txt"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _use(name: str) -> None:
    for alias in connections:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name


def _template() -> str:
    """The name of a migrated database, made once per state of the migrations; an advisory lock serialises the makers."""
    name = f"candor_template_{_fingerprint()}"
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(815)")
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name]).fetchone():
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
            _use(name)
            call_command("migrate", database="owner", verbosity=0)
            call_command("make_partitions", verbosity=0)
            _use(name)
            server.execute(f"ALTER DATABASE {name} WITH IS_TEMPLATE true")
        return name


def _clone(template: str, name: str) -> None:
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(815)")
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")


def _drop(name: str) -> None:
    for alias in connections:
        connections[alias].close()
    with _server() as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Nothing: the databases are ours, below."""


@pytest.fixture(scope="session")
def database_template(django_db_blocker: pytest.FixtureRequest) -> str:
    with django_db_blocker.unblock():
        return _template()


@pytest.fixture(scope="session")
def django_db_setup(database_template: str, django_db_blocker) -> Iterator[None]:
    """One database per test process for the tests that roll back."""
    name = f"candor_test_{os.getpid()}"
    with django_db_blocker.unblock():
        _clone(database_template, name)
        _use(name)
        yield
        _drop(name)


@pytest.fixture
def own_database(
    request: pytest.FixtureRequest, django_db_setup: None, database_template: str, django_db_blocker
) -> Iterator[str]:
    """A database of the test's own: it may commit, use threads, other processes, the owner's role. Dropped afterwards."""
    before = connections["default"].settings_dict["NAME"]
    name = f"candor_own_{os.getpid()}"
    with django_db_blocker.unblock():
        _clone(database_template, name)
        _use(name)
        try:
            yield name
        finally:
            _drop(name)
            _use(before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`own_database` in a test's fixtures is also its marker; such a test does not take `db`."""
    for item in items:
        if "own_database" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.own_database)


@pytest.fixture(autouse=True)
def _quick_and_private(settings, tmp_path: Path) -> None:
    """A fast password hash; a keystore, files and mail of the test's own; static files as they lie."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.KEYSTORE_DIR = tmp_path / "keystore"
    settings.WITNESS_FILE = tmp_path / "witness" / "checkpoints.notes"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def at() -> datetime:
    """The time of the test."""
    return datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
