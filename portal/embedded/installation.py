"""Makes the virtual environment, with nothing but the standard library; the only module that runs outside of it.

Believe this, in this order:
1. One installation at a time: a lock on the folder of the project.
2. A virtual environment that works and carries the stamp of these requirement files is left alone.
3. Every package comes with the hash that the requirement files name; without a match nothing is installed.
4. The stamp is written last, so that an interrupted installation is done again.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENT = PROJECT / ".venv"
INTERPRETER = ENVIRONMENT / "bin" / "python"
# The Python behind the one that runs this, which may be the environment's own.
BASE = os.path.realpath(sys.executable)
INSTALLER = "requirements-uv.txt"
REQUIREMENTS = {"run": ("requirements.txt",), "check": ("requirements.txt", "requirements-dev.txt")}


def install(purpose: str) -> None:
    """Have the environment ready for `run` or `check`; leaves the process with a sentence where that is impossible."""
    folder = os.open(PROJECT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # 1
        stamp = ENVIRONMENT / f"candor-{purpose}.json"
        if works() and read(stamp) == fingerprint(purpose):  # 2
            return
        if ENVIRONMENT.exists() and not os.access(ENVIRONMENT, os.W_OK):
            raise SystemExit(
                f"{ENVIRONMENT} belongs to {ENVIRONMENT.owner()}. Delete it, or work in a copy of the project of your own."
            )
        if not works() or moved():
            create()
        fill(REQUIREMENTS[purpose])  # 3
        stamp.write_text(json.dumps(fingerprint(purpose)), encoding="utf-8")  # 4
    except OSError as problem:
        raise SystemExit(f"The virtual environment {ENVIRONMENT} cannot be set up: {problem}") from problem
    finally:
        os.close(folder)


def fingerprint(purpose: str) -> dict[str, str]:
    """What an installation depends on: where it is, which Python it runs, and the bytes of the requirement files."""
    digests = {name: hashlib.sha256((PROJECT / name).read_bytes()).hexdigest() for name in REQUIREMENTS[purpose]}
    return {"place": str(ENVIRONMENT), "python": os.path.realpath(INTERPRETER), **digests}


def read(stamp: Path) -> object:
    """The stamp of an earlier installation; None if there is none, or it cannot be read."""
    try:
        return json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def works() -> bool:
    """Whether the environment's Python starts (it does not after the Python it was made from has gone)."""
    try:
        return subprocess.run([INTERPRETER, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def moved() -> bool:
    """Whether the environment was made somewhere else: its scripts name the old place in their first line."""
    places = [stamp["place"] for path in ENVIRONMENT.glob("candor-*.json") if isinstance(stamp := read(path), dict)]
    return any(place != str(ENVIRONMENT) for place in places)


def create() -> None:
    """An empty environment; without pip where this Python comes without `ensurepip`, as Debian's does."""
    say(f"Making a virtual environment with Python {sys.version.split()[0]} ({BASE})")
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    made = subprocess.run([BASE, "-m", "venv", ENVIRONMENT], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        subprocess.run([BASE, "-m", "venv", "--without-pip", ENVIRONMENT], check=True)


def pip() -> list[str]:
    """The command of a pip that installs into the environment: its own, or else that of the Python that made it."""
    if subprocess.run([INTERPRETER, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        return [str(INTERPRETER), "-m", "pip"]
    return [BASE, "-m", "pip", "--python", str(INTERPRETER)]


def fill(files: tuple[str, ...]) -> None:
    """Install the requirement files with the pinned uv; with pip alone where uv cannot be had or fails."""
    say(f"Installing {' and '.join(files)}")
    requirements = [part for name in files for part in ("-r", str(PROJECT / name))]
    quiet = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    installer = [*pip(), "install", *quiet, "--no-deps", "-r", str(PROJECT / INSTALLER)]
    if succeeds(installer) and succeeds([*uv(), *requirements], settings=as_uv_reads_them()):
        return
    say("Going on with pip alone, which takes a minute longer")
    if not succeeds([*pip(), "install", *quiet, *requirements]):
        raise SystemExit(
            "The packages could not be installed; the reason stands above. Candor needs pip, and a package index that pip "
            "reaches: `pip config list` shows which one it asks."
        )


def uv() -> list[str]:
    """The command of the pinned uv. Where Python may not keep what it compiles, uv does: else each start compiles all."""
    keeping = ["--compile-bytecode"] if "PYTHONDONTWRITEBYTECODE" in os.environ else []
    return [
        str(INTERPRETER),
        "-m",
        "uv",
        "pip",
        "install",
        "--python",
        str(INTERPRETER),
        "--quiet",
        "--require-hashes",
        *keeping,
    ]


def succeeds(command: list[str], *, settings: dict[str, str] | None = None) -> bool:
    """Whether the command ends well; its output goes to the terminal."""
    return (
        subprocess.run(
            command, env={**os.environ, **(settings or {})}, stdin=subprocess.DEVNULL, check=False
        ).returncode
        == 0
    )


def as_uv_reads_them() -> dict[str, str]:
    """The index and the certificates that pip is told to use: uv reads neither pip's files nor its variables."""
    settings = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    for option, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        said = subprocess.run(
            [*pip(), "config", "get", f"global.{option}"], capture_output=True, text=True, check=False
        )
        value = os.environ.get(f"PIP_{option.upper().replace('-', '_')}") or said.stdout.strip()
        if value and variable not in os.environ:
            settings[variable] = value
    return settings


def say(sentence: str) -> None:
    """One line to the terminal, at once."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    install(sys.argv[1])
