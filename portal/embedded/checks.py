"""`make check`: every tool is run, and every one that complains is named at the end."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from portal.embedded.console import Console

BESIDE = Path(sys.executable).parent
MANAGE = (sys.executable, "-W", "ignore::RuntimeWarning", "manage.py")
CHECKS = {
    "format": (str(BESIDE / "ruff"), "format", "--no-cache", "--check", "."),
    "lint": (str(BESIDE / "ruff"), "check", "--no-cache", "."),
    "types": (sys.executable, "-m", "mypy", "."),
    "floors": (str(BESIDE / "lint-imports"), "--no-cache"),
    "templates": (sys.executable, "-m", "djlint", "--lint", "--quiet", "."),
    "migrations": (*MANAGE, "makemigrations", "--check", "--dry-run"),
    "deployment": (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"),
}


def check(*, project: Path, console: Console) -> int:
    """0 when no tool complains, else 1; what a tool says is shown when it complains."""
    with tempfile.TemporaryDirectory(prefix="candor-check-") as folder:
        environment = {**os.environ, **production(Path(folder))}
        failed = [
            name for name in CHECKS if not passes(name, project=project, environment=environment, console=console)
        ]
    console.say(f"Failed: {', '.join(failed)}." if failed else f"All {len(CHECKS)} checks pass.")
    return 1 if failed else 0


def passes(name: str, *, project: Path, environment: dict[str, str], console: Console) -> bool:
    """Run one tool."""
    began = time.monotonic()
    done = subprocess.run(
        CHECKS[name],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    console.say(f"{'FAILED' if done.returncode else 'passes'}  {name:<11} {time.monotonic() - began:5.1f} s")
    if done.returncode:
        console.say(done.stdout.rstrip())
    return not done.returncode


def production(folder: Path) -> dict[str, str]:
    """Settings as in production. The stores are nowhere: no check may need them, or touch any."""
    return {
        "DATABASE_URL": "postgres://candor_portal@%2Fnowhere/candor",
        "DATABASE_OWNER_URL": "postgres://candor_owner@%2Fnowhere/candor",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "STATE_DIR": str(folder),
        "KEYSTORE_DIR": str(folder / "keystore"),
        "PUBLIC_URL": "https://candor.example.com",
        "HOST": "127.0.0.1",
        "DEBUG": "0",
        "DEMO": "0",
    }
