"""The system account that PostgreSQL runs as when root starts Candor: PostgreSQL refuses to be root."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from portal.embedded.program import Account
from portal.embedded.refusal import CannotStart

NAME = "candor-postgres"
SHELF = Path("/var/lib/candor")


def needed() -> bool:
    """Whether this runs as root."""
    return os.geteuid() == 0


def system_account() -> Account:
    """The account, made the first time; raises CannotStart where it cannot be made."""
    found = _look_up()
    if found is None:
        _make()
        found = _look_up()
    if found is None:
        raise CannotStart(
            f"PostgreSQL does not run as root, and the system account {NAME} for it cannot be made here. "
            "Start Candor as an ordinary user, or set DATABASE_URL and DATABASE_OWNER_URL.",
            code="no_account",
        )
    return found


def _look_up() -> Account | None:
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return None
    return Account(user=entry.pw_uid, group=entry.pw_gid)


def _make() -> None:
    if program := shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"):
        options = (
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            str(SHELF),
            "--shell",
            "/usr/sbin/nologin",
        )
        # Its failure is seen by looking the account up: another start may just have made it.
        subprocess.run([program, *options, NAME], capture_output=True, check=False)
